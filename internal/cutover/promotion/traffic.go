package promotion

import (
	"fmt"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Traffic says where the viewers of the primary are sent, and what they get there.
func (o Observation) Traffic(spec Spec) cutover.Traffic {
	p := o.Primary
	if p.ID == "" {
		return cutover.Traffic{{Note: fmt.Sprintf("This account has no distribution %s, so it does not show where traffic goes", spec.Primary)}}
	}
	share := cutover.Share{To: p.ID}
	share.Disabled = !p.Enabled
	switch {
	case spec.Settled == "": // creating: nobody has said yet what is in order
	case p.Content == spec.Settled && o.Released():
		share.Has = fmt.Sprintf("the configuration that was settled last, as staging (%s) has", o.Staging.ID)
	case p.Content == spec.Settled:
		share.Has = "the configuration that was settled last"
	case p.Content == o.Staging.Content:
		share.Has = fmt.Sprintf("the configuration of staging (%s)", o.Staging.ID)
	case o.Released(), spec.Resumes != nil && p.Content == spec.Resumes.Content:
		share.Has = "the configuration that was promoted"
	default:
		share.Has = "a configuration that was not released here"
	}
	r := cutover.Route{To: []cutover.Share{share}}
	if o.Spreading || !p.Deployed {
		r.Learning = "edge locations"
	}
	if o.Canary() {
		staging := cutover.Share{To: fmt.Sprintf("staging (%s)", o.Staging.ID), Part: o.Policy.Route.String()}
		staging.Disabled = !o.Staging.Enabled
		if !o.Staging.Deployed {
			r.Learning = "edge locations"
		}
		r.To = append(r.To, staging)
	}
	return cutover.Traffic{r}
}

// Traffic is that of an Observation, from what state has.
func (p Prior) Traffic(spec Spec) cutover.Traffic {
	obs := Observation{Seen: Seen{Primary: Distribution{ID: spec.Primary, Content: p.Primary, Enabled: true, Deployed: true}}}
	out := obs.Traffic(spec)
	part := p.Routed
	switch p.Phase {
	case Canary, GoingBack:
		if part = ""; p.Attempt != nil {
			part = p.Attempt.Route
		}
	case Stray:
		part = "some of the viewers" // which of them is in no state
	case Settled, Promoted, RolledBack, Stale, Unproven, Drifted:
	}
	if part != "" {
		out[0].To = append(out[0].To, cutover.Share{To: fmt.Sprintf("staging (%s)", spec.Staging), Part: part})
	}
	return out
}
