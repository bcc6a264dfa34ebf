package cloudfront

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	crud("PublicKey", "PublicKeys", (*Service).createPublicKey, (*Service).updatePublicKey, kept{
		store:   func(s *Service) *[]*entity { return &s.publicKeys },
		missing: func() error { return errorf("NoSuchPublicKey", "The specified public key doesn't exist.") },
		used: func(s *Service, e *entity) error {
			if slices.ContainsFunc(s.keyGroups, func(g *entity) bool { return slices.Contains(publicKeysOf(g.config), e.id) }) {
				return errorf("PublicKeyInUse", "The specified public key is in use.")
			}
			return nil
		},
		render: func(e *entity) *wire.Node {
			return wire.Elem("PublicKey", wire.Text("Id", e.id), wire.Text("CreatedTime", stamp(e.at)), e.config)
		},
		summary: func(e *entity) *wire.Node {
			out := wire.Elem("PublicKeySummary", wire.Text("Id", e.id), wire.Text("CreatedTime", stamp(e.at)))
			for _, name := range []string{"Name", "EncodedKey", "Comment"} {
				out.Children = append(out.Children, wire.Text(name, e.config.String(name)))
			}
			return out
		},
	})
	crud("KeyGroup", "KeyGroups", (*Service).createKeyGroup, (*Service).updateKeyGroup, kept{
		store:   func(s *Service) *[]*entity { return &s.keyGroups },
		missing: noSuchKeyGroup,
		used: func(s *Service, e *entity) error {
			if len(s.using(trusts(e.id))) > 0 {
				return errorf("ResourceInUse", "Cannot delete this resource because it is in use.")
			}
			return nil
		},
		render: renderKeyGroup,
		summary: func(e *entity) *wire.Node {
			return wire.Elem("KeyGroupSummary", renderKeyGroup(e))
		},
	})
	operations["ListDistributionsByKeyGroup"] = operation{read: true, serve: (*Service).listByKeyGroup}
}

// Quotas of an account. Source: Developer Guide, quotas on signed URLs and signed cookies.
const (
	maxPublicKeys  = 10
	maxGroups      = 10
	maxKeysInGroup = 5
)

func noSuchKeyGroup() error {
	return errorf("NoSuchResource", "A resource that was specified is not valid.")
}

func publicKeysOf(group *wire.Node) []string {
	var out []string
	for _, n := range group.All("PublicKey", "Items") {
		out = append(out, n.Text)
	}
	return out
}

// trusts finds the configurations in which some behaviour trusts a key group.
func trusts(id string) func(*wire.Node) bool {
	return func(c *wire.Node) bool {
		return slices.ContainsFunc(behaviors(c), func(b *wire.Node) bool {
			return slices.ContainsFunc(b.All("KeyGroup", "TrustedKeyGroups", "Items"), func(n *wire.Node) bool { return n.Text == id })
		})
	}
}

// Key is the public key with which a signature of some viewer's may be made, if one of
// the groups has it; nil if none has.
func (e *edge) Key(groups []string, id string) any {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, s := range e.accounts {
		for _, g := range groups {
			group := entityOf(s.keyGroups, g)
			if group == nil || !slices.Contains(publicKeysOf(group.config), id) {
				continue
			}
			if key := entityOf(s.publicKeys, id); key != nil {
				return decodeKey(key.config.String("EncodedKey"))
			}
		}
	}
	return nil
}

// decodeKey reads a key of a kind that CloudFront takes: RSA of 2048 bits, or ECDSA on
// P-256. Source: Developer Guide, creating key pairs for your signers.
func decodeKey(encoded string) any {
	block, _ := pem.Decode([]byte(encoded))
	if block == nil {
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil
	}
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() == 2048 {
			return k
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return k
		}
	}
	return nil
}

func (s *Service) createPublicKey(r *call, k kept) (*entity, error) {
	config := r.Body.Renamed("PublicKeyConfig")
	defaults(config, wire.Text("Comment", ""))
	for _, e := range s.publicKeys {
		if e.config.String("Name") == config.String("Name") || e.config.String("CallerReference") == config.String("CallerReference") {
			return nil, errorf("PublicKeyAlreadyExists", "The specified public key already exists.")
		}
	}
	switch {
	case config.String("Name") == "":
		return nil, errorf("InvalidArgument", "The parameter Name is not valid.")
	case decodeKey(config.String("EncodedKey")) == nil:
		return nil, errorf("InvalidArgument", "Your request contains empty/invalid/out of limits RSA Encoded Key")
	case len(config.String("Comment")) > 128:
		return nil, errorf("InvalidArgument", "The parameter Comment is too long.")
	case len(s.publicKeys) >= maxPublicKeys:
		return nil, errorf("TooManyPublicKeys", "The maximum number of public keys for field-level encryption have been created. To create a new public key, delete one of the existing keys.")
	}
	return s.keep(k, s.random("K", upper), config, r.now), nil
}

// updatePublicKey lets nothing change but the comment.
func (s *Service) updatePublicKey(r *call, e *entity) (*wire.Node, error) {
	config := r.Body.Renamed("PublicKeyConfig")
	defaults(config, wire.Text("Comment", ""))
	for _, name := range []string{"CallerReference", "Name", "EncodedKey"} {
		if config.String(name) != e.config.String(name) {
			return nil, errorf("CannotChangeImmutablePublicKeyFields", "You can't change the value of a public key.")
		}
	}
	return config, nil
}

func renderKeyGroup(e *entity) *wire.Node {
	return wire.Elem("KeyGroup", wire.Text("Id", e.id), wire.Text("LastModifiedTime", stamp(e.at)), e.config)
}

// keyGroupConfig checks a configuration; self keeps its own name.
func (s *Service) keyGroupConfig(asked *wire.Node, self *entity) (*wire.Node, error) {
	config := asked.Renamed("KeyGroupConfig")
	defaults(config, wire.Text("Comment", ""))
	keys := publicKeysOf(config)
	switch {
	case config.String("Name") == "":
		return nil, errorf("InvalidArgument", "The parameter Name is not valid.")
	case len(config.String("Comment")) > 128:
		return nil, errorf("InvalidArgument", "The parameter Comment is too long.")
	case len(keys) == 0:
		return nil, errorf("InvalidArgument", "The parameter Items is not valid.")
	case len(keys) > maxKeysInGroup:
		return nil, errorf("TooManyPublicKeysInKeyGroup", "The number of public keys in this key group is more than the maximum allowed.")
	}
	for _, id := range keys {
		if entityOf(s.publicKeys, id) == nil {
			return nil, errorf("InvalidArgument", "The parameter PublicKey %s does not exist.", id)
		}
	}
	for _, e := range s.keyGroups {
		if e != self && e.config.String("Name") == config.String("Name") {
			return nil, errorf("KeyGroupAlreadyExists", "A key group with this name already exists. You must provide a unique name.")
		}
	}
	return config, nil
}

func (s *Service) createKeyGroup(r *call, k kept) (*entity, error) {
	config, err := s.keyGroupConfig(r.Body, nil)
	if err != nil {
		return nil, err
	}
	if len(s.keyGroups) >= maxGroups {
		return nil, errorf("TooManyKeyGroups", "You have reached the maximum number of key groups for this Amazon Web Services account.")
	}
	return s.keep(k, s.uuid(), config, r.now), nil
}

func (s *Service) updateKeyGroup(r *call, e *entity) (*wire.Node, error) {
	config, err := s.keyGroupConfig(r.Body, e)
	if err == nil {
		s.mu.Lock()
		e.at = r.now
		s.mu.Unlock()
	}
	return config, err
}

func (s *Service) listByKeyGroup(r *call) (*wire.Response, error) {
	id := r.Labels["KeyGroupId"]
	if entityOf(s.keyGroups, id) == nil {
		return nil, noSuchKeyGroup()
	}
	return s.listIDs(r, s.showing(r.now, trusts(id)))
}
