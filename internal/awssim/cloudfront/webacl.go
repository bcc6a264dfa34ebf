package cloudfront

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"

func init() {
	operations["AssociateDistributionWebACL"] = operation{serve: (*Service).associateWebACL}
	operations["DisassociateDistributionWebACL"] = operation{serve: (*Service).disassociateWebACL}
}

// associateWebACL changes this one field without the rest of the configuration. WAF
// is not here, so what an ARN names is not looked for.
func (s *Service) associateWebACL(r *call) (*wire.Response, error) {
	arn := r.Body.String("WebACLArn")
	if arn == "" || !webACL.MatchString(arn) {
		return nil, errorf("InvalidArgument", "The parameter WebACLArn is not valid.")
	}
	return s.setWebACL(r, "AssociateDistributionWebACLResult", arn)
}

func (s *Service) disassociateWebACL(r *call) (*wire.Response, error) {
	return s.setWebACL(r, "DisassociateDistributionWebACLResult", "")
}

// setWebACL is conditional only if the client makes it so: the model requires no If-Match.
func (s *Service) setWebACL(r *call, result, arn string) (*wire.Response, error) {
	d, err := s.find(r.Labels["Id"])
	if err != nil {
		return nil, errorf("EntityNotFound", "The distribution %s does not exist.", r.Labels["Id"])
	}
	if r.Header.Get("If-Match") != "" {
		if err := ifMatch(r, d.etag(r.now)); err != nil {
			return nil, err
		}
	}
	config := d.config().Clone()
	config.Set(text("WebACLId", arn))
	if s.checkLocked(d, config) != nil { // whose error the operations have not
		return nil, errorf("InvalidArgument", "The web ACL of a distribution with a continuous deployment policy cannot be changed.")
	}
	s.mu.Lock()
	s.point(func() { s.commit(d, config, r.now) }, r.now)
	s.mu.Unlock()
	body := wire.Elem(result, wire.Text("Id", d.id))
	if arn != "" {
		body.Children = append(body.Children, wire.Text("WebACLArn", arn))
	}
	return (&wire.Response{Body: body}).WithHeader("ETag", d.etag(r.now)), nil
}
