package behaviorswitch

import (
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
)

// shown is what may be logged of what a run has seen.
type shown struct {
	Exists       bool              `json:"exists"`
	ETag         string            `json:"etag"`
	Deployed     bool              `json:"deployed"`
	Enabled      bool              `json:"enabled"`
	Policy       string            `json:"continuous_deployment_policy_id,omitempty"`
	Fields       []shownField      `json:"fields"`
	Lambdas      map[string]string `json:"lambda_states,omitempty"`
	Moved        bool              `json:"moved"`
	Warmed       bool              `json:"warmed"`
	TakenBack    shownField        `json:"taken_back,omitzero"`
	Before       string            `json:"gate_before,omitempty"`
	After        string            `json:"gate_after,omitempty"`
	Invalidation string            `json:"invalidation,omitempty"`
}

type shownField struct {
	Name     string `json:"name"`
	Behavior string `json:"behavior,omitempty"`
	Origin   string `json:"origin_id,omitempty"`
	Event    string `json:"event,omitempty"`
	Value    string `json:"value,omitempty"`
}

// show leaves out what Lambda words.
func show(o behavior.Observation) shown {
	out := shown{
		Exists: o.Exists, ETag: o.ETag, Deployed: o.Deployed, Enabled: o.Enabled, Policy: o.Policy, Lambdas: map[string]string{}, Moved: o.Moved, Warmed: o.Warmed,
		TakenBack: field(o.TakenBack, behavior.Value{}), Before: string(o.Before), After: string(o.After), Invalidation: string(o.Invalidation),
	}
	for _, f := range o.Values.Fields() {
		out.Fields = append(out.Fields, field(f, o.Values[f]))
	}
	for version, v := range o.Lambdas {
		out.Lambdas[version] = string(v.State)
	}
	return out
}

// named are the fields whose values are names, paths and ids; of a field that comes to be
// owned one day, nothing is shown but that it is there.
var named = []behavior.Name{
	behavior.OriginDomain, behavior.OriginPath, behavior.RootObject, behavior.TargetOrigin, behavior.Lambda, behavior.Function,
	behavior.CachePolicy, behavior.OriginRequestPolicy, behavior.ResponseHeadersPolicy,
}

func field(f behavior.Field, v behavior.Value) shownField {
	out := shownField{Name: string(f.Name), Behavior: string(f.Behavior), Origin: f.Origin, Event: f.Event}
	if slices.Contains(named, f.Name) {
		out.Value = v.Text
	}
	return out
}
