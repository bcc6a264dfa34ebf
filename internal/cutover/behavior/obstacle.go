package behavior

import (
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Kind classifies what stands in the way.
type Kind string

// The obstacles of a switch.
const (
	// DistributionMissing: there is no such distribution.
	DistributionMissing Kind = "distribution_missing"
	// DistributionStaging: a promotion would take back what is switched there.
	DistributionStaging Kind = "distribution_staging"
	// DistributionDisabled: it answers nobody; perhaps it is being deleted.
	DistributionDisabled Kind = "distribution_disabled"
	// BehaviorMissing: it has no such cache behaviour.
	BehaviorMissing Kind = "behavior_missing"
	// BehaviorMoved: the behaviour stands elsewhere in the order than the plan knew.
	BehaviorMoved Kind = "behavior_moved"
	// OriginMissing: it has no such origin or origin group.
	OriginMissing Kind = "origin_missing"
	// OriginShared: a behaviour that is not switched gets its answers from an origin of
	// which the place is.
	OriginShared Kind = "origin_shared"
	// ForeignValue: the field is set to what no side has.
	ForeignValue Kind = "foreign_value"
	// LegacySettings: the behaviour has legacy cache settings, which a cache policy would
	// have to take the place of.
	LegacySettings Kind = "legacy_settings"
	// NeedsCachePolicy: the behaviour has no cache policy, without which there is no origin
	// request policy.
	NeedsCachePolicy Kind = "needs_cache_policy"
	// ViewerEvents: Lambda@Edge and a CloudFront Function would both run on viewer events.
	ViewerEvents Kind = "viewer_events"
	// LambdaNotActive: CloudFront takes no version in that state.
	LambdaNotActive Kind = "lambda_not_active"
	// LambdaElsewhere: it is no numbered version of a function in us-east-1.
	LambdaElsewhere Kind = "lambda_elsewhere"
	// TagsUnread: a cache tag is to be invalidated, and the distribution reads none.
	TagsUnread Kind = "tags_unread"
	// GateBefore: the gate before the edit did not pass.
	GateBefore Kind = "gate_before"
	// GateAfter: the gate after it did not pass.
	GateAfter Kind = "gate_after"
	// AlarmMissing: an alarm that is to be watched does not exist.
	AlarmMissing = Kind(cutover.AlarmMissing)
	// AlarmFiring: an alarm that is to be watched is in alarm before anything has moved.
	AlarmFiring = Kind(cutover.AlarmFiring)
	// AlarmNotEvaluated: CloudWatch cannot evaluate an alarm that is to be watched.
	AlarmNotEvaluated = Kind(cutover.AlarmNotEvaluated)
	// TakenBack: somebody has changed a field since this run saw it as it is to be.
	TakenBack Kind = "taken_back"
	// Contradicted: in the same write somebody else wants the field otherwise.
	Contradicted Kind = "contradicted"
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
)

// An Obstacle is a fact that stops a switch before its next write.
type Obstacle struct {
	Kind     Kind
	Field    Field  // the behaviour or origin concerned; the zero value: the distribution
	Asked    string // what the side asks for
	Found    string // what is there instead
	Evidence cutover.Evidence
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	parts := []string{string(o.Kind)}
	if o.Field.Name != "" {
		parts = append(parts, o.Field.String())
	} else if o.Field.Behavior != "" {
		parts = append(parts, string(o.Field.Behavior))
	}
	for _, s := range []string{o.Asked, o.Found, string(o.Evidence)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// Gate says whether a gate is what stopped the switch.
func (o *Obstacle) Gate() bool { return o.Kind == GateBefore || o.Kind == GateAfter }

// Cause is what an obstacle comes to. One write changes every field, so nothing of a run is
// left over that going back would mend, but for a gate that has seen the side fail.
func (o *Obstacle) Cause() cutover.Cause {
	if o.Gate() && o.Evidence == cutover.Unhealthy {
		return cutover.Sick
	}
	return cutover.Unable
}

// Preflight returns the first live fact that forbids every write, as an *Obstacle. Plan
// warns about the same facts: the plan may be what changes them.
func Preflight(spec Spec, obs Observation) error {
	if all := Obstacles(spec, obs); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Obstacles returns every such fact, in the order in which one would run into them. The
// way back minds only what AWS itself would refuse, and where there is nothing to write,
// what speaks against a write is left out.
func Obstacles(spec Spec, obs Observation) []*Obstacle {
	switch {
	case !obs.Exists:
		return []*Obstacle{{Kind: DistributionMissing, Asked: spec.Distribution}}
	case obs.Staging:
		return []*Obstacle{{Kind: DistributionStaging, Found: spec.Distribution}}
	}
	var out []*Obstacle
	add := func(o *Obstacle) {
		if o != nil && !slices.ContainsFunc(out, func(known *Obstacle) bool { return *known == *o }) {
			out = append(out, o)
		}
	}
	if !obs.Enabled && !spec.RollingBack {
		add(&Obstacle{Kind: DistributionDisabled, Found: spec.Distribution})
	}
	for _, p := range spec.Patterns {
		if !obs.Has(p) {
			add(&Obstacle{Kind: BehaviorMissing, Field: Field{Behavior: p}})
		}
	}
	target := spec.Target()
	for _, f := range target.Fields() {
		add(checkOrigin(obs, f, target[f]))
	}
	if spec.RollingBack {
		return out
	}
	for _, f := range target.Fields() {
		add(checkShared(spec, obs, f))
	}
	if obs.InPlace(spec) {
		return out
	}
	for _, m := range Shuffled(spec.Patterns, spec.Order, obs.Order) {
		add(&Obstacle{Kind: BehaviorMoved, Field: Field{Behavior: m.Behavior}, Found: string(m.Other)})
	}
	for _, f := range target.Fields() {
		for _, check := range []func(Spec, Observation, Field) *Obstacle{checkForeign, checkPolicies, checkLambda} {
			if obs.holds(f) {
				add(check(spec, obs, f))
			}
		}
	}
	for _, p := range spec.Patterns {
		add(checkViewers(spec, obs, p))
	}
	if i := slices.IndexFunc(spec.Invalidate, func(s string) bool { return strings.HasPrefix(s, "#") }); i >= 0 && obs.CacheTagHeader == "" {
		add(&Obstacle{Kind: TagsUnread, Asked: spec.Invalidate[i]})
	}
	return out
}

// checkOrigin asks whether there is what a field is about, or is to be set to.
func checkOrigin(obs Observation, f Field, to Value) *Obstacle {
	if f.Origin != "" && !slices.Contains(obs.Origins, f.Origin) {
		return &Obstacle{Kind: OriginMissing, Field: f, Asked: f.Origin}
	}
	if f.Name == TargetOrigin && !slices.Contains(obs.Origins, to.Text) && !slices.Contains(obs.Groups, to.Text) {
		return &Obstacle{Kind: OriginMissing, Field: f, Asked: to.Text}
	}
	return nil
}

// checkShared asks whether an origin that is to be elsewhere is used by nobody else.
func checkShared(spec Spec, obs Observation, f Field) *Obstacle {
	var others []Pattern
	for _, p := range obs.Users[f.Origin] {
		if !slices.Contains(spec.Patterns, p) {
			others = append(others, p)
		}
	}
	if f.Origin == "" || len(others) == 0 {
		return nil
	}
	return &Obstacle{Kind: OriginShared, Field: Field{Origin: f.Origin, Name: f.Name}, Found: list(others)}
}

func checkForeign(spec Spec, obs Observation, f Field) *Obstacle {
	if (spec.Adopting || slices.Contains(spec.Joining, f)) && obs.foreign(spec, f) {
		return &Obstacle{Kind: ForeignValue, Field: f, Asked: said(spec.Target()[f]), Found: said(obs.Values[f])}
	}
	return nil
}

func checkPolicies(spec Spec, obs Observation, f Field) *Obstacle {
	to := spec.Target()[f]
	cache, switched := spec.Target()[Field{Name: CachePolicy, Behavior: f.Behavior}]
	if !switched {
		cache = obs.Values[Field{Name: CachePolicy, Behavior: f.Behavior}]
	}
	switch {
	case f.Name == CachePolicy && to.Text != "" && slices.Contains(obs.Legacy, f.Behavior):
		return &Obstacle{Kind: LegacySettings, Field: f, Asked: to.Text}
	case f.Name == OriginRequestPolicy && to.Text != "" && cache.Text == "":
		return &Obstacle{Kind: NeedsCachePolicy, Field: f, Asked: to.Text}
	}
	return nil
}

func checkLambda(spec Spec, obs Observation, f Field) *Obstacle {
	to := spec.Target()[f]
	if f.Name != Lambda || to.Text == "" || obs.Values[f].Text == to.Text {
		return nil
	}
	if arn, ok := ParseLambda(to.Text); !ok || arn.Region != lambdaRegion {
		return &Obstacle{Kind: LambdaElsewhere, Field: f, Asked: to.Text}
	}
	switch v := obs.Lambdas[to.Text]; v.State {
	case Active, Pending, Unknown:
		return nil
	default:
		return &Obstacle{Kind: LambdaNotActive, Field: f, Asked: to.Text, Found: strings.TrimSpace(string(v.State) + " " + v.Reason)}
	}
}

// checkViewers asks what would run on viewer events once the edit is made: what no side
// names stays.
func checkViewers(spec Spec, obs Observation, p Pattern) *Obstacle {
	after := Definition{}
	for _, name := range []Name{Lambda, Function} {
		for _, event := range []string{ViewerRequest, ViewerResponse} {
			f := Field{Name: name, Behavior: p, Event: event}
			after[f] = obs.Values[f]
			if v, ok := spec.Target()[f]; ok {
				after[f] = v
			}
		}
	}
	lambda, function := viewers(after, p)
	if lambda == "" || function == "" {
		return nil
	}
	at := Field{Name: Lambda, Behavior: p, Event: lambda}
	return &Obstacle{Kind: ViewerEvents, Field: at, Asked: after[at].Text, Found: after[Field{Name: Function, Behavior: p, Event: function}].Text}
}
