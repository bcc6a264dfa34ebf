package stagingpromotion

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"

// shown is what may be logged of what a run has seen. Of a header that leads to staging it is
// the name: whoever knows the value gets what is not released yet.
type shown struct {
	Primary      shownDistribution `json:"primary"`
	Staging      shownDistribution `json:"staging"`
	Policy       shownPolicy       `json:"policy"`
	Locked       []string          `json:"locked,omitempty"`
	Release      string            `json:"bucket_release,omitempty"`
	Spreading    bool              `json:"spreading"`
	Refused      bool              `json:"refused"`
	Bound        string            `json:"bound_content,omitempty"`
	Proven       int               `json:"routes_proven"`
	Stepped      bool              `json:"stepped"`
	Glanced      bool              `json:"glanced"`
	Before       string            `json:"gate_before,omitempty"`
	After        string            `json:"gate_after,omitempty"`
	Promoted     string            `json:"promoted_content,omitempty"`
	PromotedFrom string            `json:"promoted_from,omitempty"`
	SentBack     bool              `json:"sent_back"`
	Invalidation string            `json:"invalidation,omitempty"`
}

type shownDistribution struct {
	ID       string   `json:"id"`
	ETag     string   `json:"etag"`
	Deployed bool     `json:"deployed"`
	Enabled  bool     `json:"enabled"`
	Staging  bool     `json:"staging"`
	Policy   string   `json:"continuous_deployment_policy_id,omitempty"`
	Aliases  []string `json:"aliases,omitempty"`
	Content  string   `json:"content"`
}

type shownPolicy struct {
	ID      string  `json:"id"`
	ETag    string  `json:"etag"`
	Enabled bool    `json:"enabled"`
	Staging string  `json:"staging"`
	Header  string  `json:"header,omitempty"`
	Percent float64 `json:"percent,omitempty"`
}

func show(o promotion.Observation) shown {
	return shown{
		Primary: distribution(o.Primary), Staging: distribution(o.Staging),
		Policy: shownPolicy{
			ID: o.Policy.ID, ETag: o.Policy.ETag, Enabled: o.Policy.Enabled, Staging: o.Policy.Staging, Header: o.Policy.Route.Header, Percent: o.Policy.Route.Percent,
		},
		Locked: o.Locked, Release: o.Entry.Release, Spreading: o.Spreading, Refused: o.Refused, Bound: o.Bound, Proven: o.Proven, Stepped: o.Stepped, Glanced: o.Glanced,
		Before: string(o.Before), After: string(o.After), Promoted: o.Promoted, PromotedFrom: o.PromotedFrom, SentBack: o.SentBack, Invalidation: string(o.Invalidation),
	}
}

func distribution(d promotion.Distribution) shownDistribution {
	return shownDistribution{
		ID: d.ID, ETag: d.ETag, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, Policy: d.Policy, Aliases: d.Aliases, Content: d.Content,
	}
}
