package cloudfront

import (
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// copied remembers the CopyDistribution that made a distribution.
type copied struct {
	primary string
	enabled bool
}

// copyDistribution makes a staging distribution with the configuration of a primary,
// all but its aliases and policy: a staging distribution can have neither. Tags are
// not part of a configuration. Source: model prose.
func (s *Service) copyDistribution(r *call) (*wire.Response, error) {
	primary, err := s.find(r.Labels["PrimaryDistributionId"])
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, primary.etag(r.now)); err != nil {
		return nil, err
	}
	// "The only valid value is True", in whichever spelling a client has for it.
	if !strings.EqualFold(r.Header.Get("Staging"), "true") {
		return nil, notValid("Staging")
	}
	if primary.staging() {
		return nil, errorf("InvalidArgument", "A staging distribution cannot be copied.")
	}
	how := copied{primary: primary.id, enabled: r.Body.Get("Enabled") == nil || r.Body.True("Enabled")}
	config := withAliases(primary.config(), nil)
	config.Set(wire.Text("CallerReference", r.Body.String("CallerReference")))
	config.Set(wire.Text("ContinuousDeploymentPolicyId", ""))
	config.Set(wire.Bool("Staging", true))
	config.Set(wire.Bool("Enabled", how.enabled))
	if s.opts.Knobs.CopyReplay {
		for _, d := range s.order {
			if !d.deleted && d.copied != nil && *d.copied == how && d.config().String("CallerReference") == config.String("CallerReference") {
				return s.answer(d, r.now).WithHeader("Location", location(d)), nil
			}
		}
	}
	if err := s.admit(config); err != nil {
		return nil, err
	}
	if err := s.check(config, nil, r.now); err != nil {
		return nil, err
	}
	d := s.add(config, r.now)
	d.copied = &how
	return s.answer(d, r.now).WithHeader("Location", location(d)), nil
}

// promote copies the configuration of a staging distribution over its primary, which
// keeps its aliases and its policy, and disables that policy. It is one write: at each
// point of presence the new configuration arrives together with the end of the split.
// Source: model prose; that the caller reference stays is inferred, as is the rest of
// what the knobs ask.
func (s *Service) promote(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	if r.Query.Get("StagingDistributionId") == "" {
		return nil, notValid("StagingDistributionId")
	}
	staging, err := s.find(r.Query.Get("StagingDistributionId"))
	if err != nil {
		return nil, err
	}
	etags := strings.Split(r.Header.Get("If-Match"), ",")
	if len(etags) != 2 {
		return nil, invalidIfMatch()
	}
	for i, side := range []*distribution{d, staging} {
		if err := match(strings.TrimSpace(etags[i]), side.etag(r.now)); err != nil {
			return nil, err
		}
	}
	p, err := s.promotable(d, staging)
	if err != nil {
		return nil, err
	}
	for i, code := range []string{s.opts.Knobs.RefusePromoteInProgress, s.opts.Knobs.RefusePromoteStagingInProgress} {
		if code != "" && []*distribution{d, staging}[i].status(r.now) == "InProgress" {
			return nil, &wire.Error{Code: code, Status: conflictStatus(code), Message: "The distribution is still being deployed."}
		}
	}
	old := d.config()
	config := staging.config().Clone()
	for _, kept := range []string{"CallerReference", "Aliases", "ContinuousDeploymentPolicyId", "Staging"} {
		config.Set(old.Get(kept))
	}
	if s.opts.Knobs.PromoteKeepsEnabled {
		config.Set(old.Get("Enabled"))
	}
	if err := s.check(config, d, r.now); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p != nil && p.split.enabled {
		off, split := p.config.Clone(), *p.split
		off.Set(wire.Bool("Enabled", false))
		split.enabled = false
		s.turn(p, off, &split, r.now)
	}
	s.commit(d, config, r.now)
	if s.opts.Knobs.PromoteNewStagingETag {
		s.touch(staging, r.now)
	}
	return s.answer(d, r.now), nil
}

// promotable finds the policy that joins a primary and a staging distribution.
func (s *Service) promotable(d, staging *distribution) (*deployment, error) {
	p := (*deployment)(nil)
	if id := d.config().String("ContinuousDeploymentPolicyId"); id != "" {
		var err error
		if p, err = s.findDeployment(id); err != nil {
			return nil, errorf("IllegalUpdate", "The continuous deployment policy of the distribution does not exist.")
		}
	}
	switch {
	case d.staging() || !staging.staging():
		return nil, errorf("IllegalUpdate", "Only the configuration of a staging distribution can be promoted, and only to a primary distribution.")
	case p == nil && s.opts.Knobs.PromoteUnlinked:
	case p == nil || p.split.staging != staging:
		return nil, errorf("IllegalUpdate", "The staging distribution is not the one of the primary distribution's continuous deployment policy.")
	case s.opts.Knobs.PromoteNeedsEnabled && !p.split.enabled:
		return nil, errorf("IllegalUpdate", "The continuous deployment policy is not enabled.")
	}
	return p, nil
}
