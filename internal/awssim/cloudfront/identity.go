package cloudfront

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	crud("CloudFrontOriginAccessIdentity", "CloudFrontOriginAccessIdentities", (*Service).createIdentity, (*Service).updateIdentity, kept{
		store: func(s *Service) *[]*entity { return &s.identities }, part: true,
		missing: func() error {
			return errorf("NoSuchCloudFrontOriginAccessIdentity", "The specified origin access identity does not exist.")
		},
		used: func(s *Service, e *entity) error {
			uses := func(o *wire.Node) bool {
				return o.String("S3OriginConfig", "OriginAccessIdentity") == identityPath+e.id
			}
			if len(s.using(func(c *wire.Node) bool { return slices.ContainsFunc(c.All("Origin", "Origins", "Items"), uses) })) > 0 {
				return errorf("CloudFrontOriginAccessIdentityInUse", "The CloudFront origin access identity is still being used.")
			}
			return nil
		},
		render: renderIdentity,
		summary: func(e *entity) *wire.Node {
			return wire.Elem("CloudFrontOriginAccessIdentitySummary", wire.Text("Id", e.id), wire.Text("S3CanonicalUserId", canonicalUser(e.id)), wire.Text("Comment", e.config.String("Comment")))
		},
	})
}

// An entity is something small of the account's that has an id, an ETag and a
// configuration, and is in force everywhere at once.
type entity struct {
	id, etag string
	config   *wire.Node
	at       time.Time // of the latest change; of the creation, for what never says more
}

// kept is what all operations of a kind of entity have to know.
type kept struct {
	store   func(*Service) *[]*entity
	part    bool // Get…Config exists, and lists have markers
	missing func() error
	used    func(*Service, *entity) error
	render  func(*entity) *wire.Node
	summary func(*entity) *wire.Node
}

func (k kept) find(s *Service, id string) (*entity, error) {
	if e := entityOf(*k.store(s), id); e != nil {
		return e, nil
	}
	return nil, k.missing()
}

// entityOf is the one with an id, or nil.
func entityOf(list []*entity, id string) *entity {
	for _, e := range list {
		if e.id == id {
			return e
		}
	}
	return nil
}

func (k kept) answer(e *entity) *wire.Response {
	return (&wire.Response{Body: k.render(e)}).WithHeader("ETag", e.etag)
}

// crud registers the operations of a kind of entity.
func crud(name, plural string, create func(*Service, *call, kept) (*entity, error), update func(*Service, *call, *entity) (*wire.Node, error), k kept) {
	operations["Create"+name] = operation{serve: func(s *Service, r *call) (*wire.Response, error) {
		e, err := create(s, r, k)
		if err != nil {
			return nil, err
		}
		path := s.model.Operations["Get"+name].HTTP.URI
		return k.answer(e).WithHeader("Location", "https://cloudfront.amazonaws.com"+strings.Replace(path, "{Id}", e.id, 1)), nil
	}}
	operations["Get"+name] = operation{read: true, serve: func(s *Service, r *call) (*wire.Response, error) {
		e, err := k.find(s, r.Labels["Id"])
		if err != nil {
			return nil, err
		}
		return k.answer(e), nil
	}}
	operations["Get"+name+"Config"] = operation{read: true, serve: func(s *Service, r *call) (*wire.Response, error) {
		e, err := k.find(s, r.Labels["Id"])
		if err != nil {
			return nil, err
		}
		return (&wire.Response{Body: e.config}).WithHeader("ETag", e.etag), nil
	}}
	operations["Update"+name] = operation{serve: func(s *Service, r *call) (*wire.Response, error) {
		e, err := k.find(s, r.Labels["Id"])
		if err != nil {
			return nil, err
		}
		if err := ifMatch(r, e.etag); err != nil {
			return nil, err
		}
		config, err := update(s, r, e)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		e.config, e.etag = config, s.newETag()
		s.mu.Unlock()
		return k.answer(e), nil
	}}
	operations["Delete"+name] = operation{serve: func(s *Service, r *call) (*wire.Response, error) {
		e, err := k.find(s, r.Labels["Id"])
		if err != nil {
			return nil, err
		}
		if err := ifMatch(r, e.etag); err != nil {
			return nil, err
		}
		if err := k.used(s, e); err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		list := k.store(s)
		*list = slices.DeleteFunc(slices.Clone(*list), func(x *entity) bool { return x == e })
		return &wire.Response{}, nil
	}}
	operations["List"+plural] = operation{read: true, serve: func(s *Service, r *call) (*wire.Response, error) {
		var ids []string
		for _, e := range *k.store(s) {
			ids = append(ids, e.id)
		}
		p, err := pageAfter(r, ids, *k.store(s), func(e *entity) string { return e.id })
		if err != nil {
			return nil, err
		}
		items := wire.Elem("Items")
		for _, e := range p.items {
			items.Children = append(items.Children, k.summary(e))
		}
		out := p.render(name+"List", items)
		if !k.part {
			out.Remove("Marker")
			out.Remove("IsTruncated")
		}
		return &wire.Response{Body: out}, nil
	}}
}

// keep adds an entity to its kind.
func (s *Service) keep(k kept, id string, config *wire.Node, now time.Time) *entity {
	e := &entity{id: id, etag: s.newETag(), config: config, at: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	list := k.store(s)
	*list = append(slices.Clone(*list), e)
	return e
}

// identityPath precedes the id of an origin access identity where an origin names it.
const identityPath = "origin-access-identity/cloudfront/"

const maxIdentities = 100 // quota per account

// canonicalUser is what S3 calls an origin access identity.
func canonicalUser(id string) string {
	sum := sha256.Sum256([]byte("origin access identity " + id))
	long := sha256.Sum256(sum[:])
	return hex.EncodeToString(sum[:]) + hex.EncodeToString(long[:])[:32]
}

// Identity is the canonical user of an origin access identity, ok only for one that exists.
// A bucket's policy may name one of any account.
func (e *edge) Identity(id string) (user string, ok bool) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return canonicalUser(id), slices.ContainsFunc(e.accounts, func(s *Service) bool { return entityOf(s.identities, id) != nil })
}

func renderIdentity(e *entity) *wire.Node {
	return wire.Elem("CloudFrontOriginAccessIdentity", wire.Text("Id", e.id), wire.Text("S3CanonicalUserId", canonicalUser(e.id)), e.config)
}

// createIdentity answers a repeated call with the identity that the first one made.
func (s *Service) createIdentity(r *call, k kept) (*entity, error) {
	config := r.Body.Renamed("CloudFrontOriginAccessIdentityConfig")
	for _, e := range s.identities {
		switch {
		case e.config.String("CallerReference") != config.String("CallerReference"):
		case e.config.String("Comment") == config.String("Comment"):
			return e, nil
		default:
			return nil, errorf("CloudFrontOriginAccessIdentityAlreadyExists", "If the CallerReference is a value you already sent in a previous request to create an identity but the content of the CloudFrontOriginAccessIdentityConfig is different from the original request, CloudFront returns a CloudFrontOriginAccessIdentityAlreadyExists error.")
		}
	}
	if err := checkIdentity(config); err != nil {
		return nil, err
	}
	if len(s.identities) >= maxIdentities {
		return nil, errorf("TooManyCloudFrontOriginAccessIdentities", "Processing your request would cause you to exceed the maximum number of origin access identities allowed.")
	}
	return s.keep(k, s.random("E", upper), config, r.now), nil
}

func checkIdentity(config *wire.Node) error {
	if len(config.String("Comment")) > 128 {
		return errorf("InvalidArgument", "The parameter Comment is too long.")
	}
	return nil
}

func (s *Service) updateIdentity(r *call, e *entity) (*wire.Node, error) {
	config := r.Body.Renamed("CloudFrontOriginAccessIdentityConfig")
	if config.String("CallerReference") != e.config.String("CallerReference") {
		return nil, errorf("IllegalUpdate", "The update contains modifications that are not allowed.")
	}
	return config, checkIdentity(config)
}
