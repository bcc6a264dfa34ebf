package continuousdeployment

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"

// shown is what may be logged of what a run has seen. Of a header that leads to staging it is
// the name: whoever knows the value gets what is not released yet.
type shown struct {
	Primary *shownDistribution `json:"primary"`
	Staging *shownDistribution `json:"staging"`
	Policy  *shownPolicy       `json:"policy"`
	Locked  []string           `json:"locked,omitempty"`
	User    string             `json:"user,omitempty"`
	Unsure  bool               `json:"unsure"`
	Owner   string             `json:"owner,omitempty"`
	Stray   bool               `json:"stray"`
}

type shownDistribution struct {
	ID       string   `json:"id"`
	Deployed bool     `json:"deployed"`
	Enabled  bool     `json:"enabled"`
	Staging  bool     `json:"staging"`
	Policy   string   `json:"continuous_deployment_policy_id,omitempty"`
	Aliases  []string `json:"aliases,omitempty"`
}

type shownPolicy struct {
	ID      string  `json:"id"`
	Enabled bool    `json:"enabled"`
	AsAsked bool    `json:"as_asked"`
	Staging string  `json:"staging"`
	Header  string  `json:"header,omitempty"`
	Percent float64 `json:"percent,omitempty"`
}

func show(o deployment.Observation) shown {
	out := shown{Primary: distribution(o.Primary), Staging: distribution(o.Staging), Locked: o.Locked, User: o.User, Unsure: o.Unsure, Owner: o.Owner, Stray: o.Stray}
	if p := o.Policy; p != nil {
		out.Policy = &shownPolicy{ID: p.ID, Enabled: p.Enabled, AsAsked: p.AsAsked, Staging: p.Staging, Header: p.Routing.Header, Percent: p.Routing.Percent}
	}
	return out
}

func distribution(d *deployment.Distribution) *shownDistribution {
	if d == nil {
		return nil
	}
	return &shownDistribution{ID: d.ID, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, Policy: d.Policy, Aliases: d.Aliases}
}
