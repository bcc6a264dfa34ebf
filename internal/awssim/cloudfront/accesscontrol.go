package cloudfront

import (
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// An accessControl is an origin access control: whether CloudFront signs its requests
// to an origin. A change of one is in force everywhere at once.
type accessControl struct {
	id, etag string
	config   *wire.Node
}

const maxAccessControls = 100 // quota per account

func (s *Service) findAccessControl(r *call) (*accessControl, error) {
	for _, a := range s.controls {
		if a.id == r.Labels["Id"] {
			return a, nil
		}
	}
	return nil, errorf("NoSuchOriginAccessControl", "The specified origin access control does not exist.")
}

// Signing returns the signing behaviour (always, never, no-override) of an origin
// access control, "" where there is none.
func (e *edge) Signing(id string) string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, s := range e.accounts {
		for _, a := range s.controls {
			if a.id == id {
				return a.config.String("SigningBehavior")
			}
		}
	}
	return ""
}

func (a *accessControl) answer() *wire.Response {
	return (&wire.Response{Body: wire.Elem("OriginAccessControl", wire.Text("Id", a.id), a.config)}).WithHeader("ETag", a.etag)
}

// accessControlConfig completes and checks a configuration; self keeps its own name.
func (s *Service) accessControlConfig(asked *wire.Node, self *accessControl) (*wire.Node, error) {
	config := asked.Renamed("OriginAccessControlConfig")
	defaults(config, wire.Text("Description", ""))
	name := config.String("Name")
	if name == "" || len(name) > 64 {
		return nil, errorf("InvalidArgument", "The parameter Name is not valid.")
	}
	for _, a := range s.controls {
		if a != self && a.config.String("Name") == name {
			return nil, errorf("OriginAccessControlAlreadyExists", "An origin access control with the same name already exists.")
		}
	}
	return config, nil
}

func (s *Service) createAccessControl(r *call) (*wire.Response, error) {
	config, err := s.accessControlConfig(r.Body, nil)
	if err != nil {
		return nil, err
	}
	if len(s.controls) >= maxAccessControls {
		return nil, errorf("TooManyOriginAccessControls", "The number of origin access controls in your account exceeds the maximum allowed.")
	}
	a := &accessControl{id: s.random("E", upper), etag: s.newETag(), config: config}
	s.mu.Lock()
	s.controls = append(s.controls, a)
	s.mu.Unlock()
	return a.answer().WithHeader("Location", "https://cloudfront.amazonaws.com/2020-05-31/origin-access-control/"+a.id), nil
}

func (s *Service) getAccessControl(r *call) (*wire.Response, error) {
	a, err := s.findAccessControl(r)
	if err != nil {
		return nil, err
	}
	return a.answer(), nil
}

func (s *Service) getAccessControlConfig(r *call) (*wire.Response, error) {
	a, err := s.findAccessControl(r)
	if err != nil {
		return nil, err
	}
	return (&wire.Response{Body: a.config}).WithHeader("ETag", a.etag), nil
}

func (s *Service) updateAccessControl(r *call) (*wire.Response, error) {
	a, err := s.findAccessControl(r)
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, a.etag); err != nil {
		return nil, err
	}
	config, err := s.accessControlConfig(r.Body, a)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	a.config, a.etag = config, s.newETag()
	s.mu.Unlock()
	return a.answer(), nil
}

func (s *Service) deleteAccessControl(r *call) (*wire.Response, error) {
	a, err := s.findAccessControl(r)
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, a.etag); err != nil {
		return nil, err
	}
	uses := func(o *wire.Node) bool { return o.String("OriginAccessControlId") == a.id }
	if len(s.using(func(c *wire.Node) bool { return slices.ContainsFunc(c.All("Origin", "Origins", "Items"), uses) })) > 0 {
		return nil, errorf("OriginAccessControlInUse", "Cannot delete the origin access control because it's in use by one or more distributions.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.controls = slices.DeleteFunc(slices.Clone(s.controls), func(x *accessControl) bool { return x == a })
	return &wire.Response{}, nil
}

func (s *Service) listAccessControls(r *call) (*wire.Response, error) {
	var ids []string
	for _, a := range s.controls {
		ids = append(ids, a.id)
	}
	p, err := pageAfter(r, ids, s.controls, func(a *accessControl) string { return a.id })
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, a := range p.items {
		summary := a.config.Renamed("OriginAccessControlSummary")
		summary.Children = append([]*wire.Node{wire.Text("Id", a.id)}, summary.Children...)
		items.Children = append(items.Children, summary)
	}
	return &wire.Response{Body: p.render("OriginAccessControlList", items)}, nil
}
