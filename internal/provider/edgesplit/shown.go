package edgesplit

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"

// shown is what may be logged of what a run has seen. Of the testers' secret it is that there
// is one.
type shown struct {
	Store      string                   `json:"store"`
	Ready      bool                     `json:"ready"`
	Stranger   string                   `json:"stranger,omitempty"`
	Generation int64                    `json:"generation"`
	Weights    string                   `json:"weights"`
	Override   bool                     `json:"override"`
	Functions  map[string]shownFunction `json:"functions"`
	Old        []string                 `json:"old_functions,omitempty"`
	Site       shownSite                `json:"distribution"`
	Behaviors  []shownBehavior          `json:"behaviors"`
	Spreading  bool                     `json:"spreading"`
	Stepped    bool                     `json:"stepped"`
	Made       bool                     `json:"made"`
	Down       bool                     `json:"down"`
	Taken      bool                     `json:"taken"`
	Evidence   map[string]string        `json:"gate_by_weights,omitempty"`
}

type shownFunction struct {
	Name      string `json:"name"`
	Exists    bool   `json:"exists"`
	Foreign   string `json:"foreign"`
	Published bool   `json:"published"`
	Tried     bool   `json:"tried"`
}

type shownSite struct {
	Exists   bool   `json:"exists"`
	ETag     string `json:"etag"`
	Deployed bool   `json:"deployed"`
	Enabled  bool   `json:"enabled"`
}

type shownBehavior struct {
	Distribution string            `json:"distribution_id"`
	Pattern      string            `json:"pattern"`
	Origin       string            `json:"origin_id"`
	Functions    map[string]string `json:"functions"`
	Lambda       string            `json:"lambda,omitempty"`
	Policy       string            `json:"cache_policy_id,omitempty"`
	Blind        bool              `json:"blind"`
}

func show(o split.Observation) shown {
	out := shown{
		Store: o.Store, Ready: o.Ready, Stranger: o.Stranger, Generation: o.Table.Generation, Weights: o.Table.Weights.String(), Override: o.Table.Override != "",
		Functions: map[string]shownFunction{}, Old: o.Old, Site: shownSite{o.Site.Exists, o.Site.ETag, o.Site.Deployed, o.Site.Enabled},
		Spreading: o.Spreading, Stepped: o.Stepped, Made: o.Made, Down: o.Down, Taken: o.Taken, Evidence: map[string]string{},
	}
	for role, f := range o.Functions {
		out.Functions[string(role)] = shownFunction{f.Name, f.Exists, f.Foreign, f.Published, f.Tried}
	}
	for _, behaviors := range [][]split.Behavior{o.Site.Behaviors, o.Users} {
		for _, b := range behaviors {
			functions := map[string]string{}
			for role, arn := range b.Functions {
				functions[string(role)] = arn
			}
			out.Behaviors = append(out.Behaviors, shownBehavior{b.Distribution, b.Pattern, b.Origin, functions, b.Lambda, b.Policy, b.Blind})
		}
	}
	for weights, e := range o.Evidence {
		out.Evidence[weights] = string(e)
	}
	return out
}
