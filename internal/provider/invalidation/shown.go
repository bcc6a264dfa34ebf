package invalidation

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"

// shown is what may be logged of what a run has seen.
type shown struct {
	Exists    bool   `json:"exists"`
	Deployed  bool   `json:"deployed"`
	TagHeader string `json:"cache_tag_header,omitempty"`
	ID        string `json:"invalidation_id,omitempty"`
	Done      bool   `json:"done"`
}

func show(o purge.Observation) shown {
	return shown{Exists: o.Exists, Deployed: o.Deployed, TagHeader: o.TagHeader, ID: o.ID, Done: o.Done}
}
