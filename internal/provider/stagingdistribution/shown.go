package stagingdistribution

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"

// shown is what may be logged of what a run has seen.
type shown struct {
	Primary *shownDistribution `json:"primary"`
	Staging *shownDistribution `json:"staging"`
	Change  bool               `json:"change"`
	Agrees  bool               `json:"agrees"`
	Locked  []string           `json:"locked,omitempty"`
	Missing []string           `json:"missing,omitempty"`
	Owner   string             `json:"owner,omitempty"`
	Live    string             `json:"live,omitempty"`
	Idle    string             `json:"idle,omitempty"`
}

type shownDistribution struct {
	ID       string `json:"id"`
	Deployed bool   `json:"deployed"`
	Enabled  bool   `json:"enabled"`
	Staging  bool   `json:"staging"`
	Policy   string `json:"continuous_deployment_policy_id,omitempty"`
}

func show(o staging.Observation) shown {
	return shown{
		Primary: distribution(o.Primary), Staging: distribution(o.Staging), Change: o.Change, Agrees: o.Agrees, Locked: o.Locked, Missing: o.Missing,
		Owner: o.Owner, Live: o.Live, Idle: o.Idle,
	}
}

func distribution(d *staging.Distribution) *shownDistribution {
	if d == nil {
		return nil
	}
	return &shownDistribution{ID: d.ID, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, Policy: d.Policy}
}
