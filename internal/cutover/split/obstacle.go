package split

import (
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Kind classifies what stands in the way.
type Kind string

// The obstacles of a split.
const (
	// StoreForeign: the store of that name is somebody else's.
	StoreForeign Kind = "store_foreign"
	// FunctionForeign: the function of that name is somebody else's, or does something else now.
	FunctionForeign Kind = "function_foreign"
	// FunctionBroken: a function does not answer every kind of event.
	FunctionBroken Kind = "function_broken"
	// DistributionMissing: there is no such distribution.
	DistributionMissing Kind = "distribution_missing"
	// DistributionStaging: a promotion would take back what is associated there.
	DistributionStaging Kind = "distribution_staging"
	// BehaviorMissing: it has no such cache behaviour.
	BehaviorMissing Kind = "behavior_missing"
	// BehaviorTaken: a behaviour has another function at the event.
	BehaviorTaken Kind = "behavior_taken"
	// ViewerEvents: Lambda@Edge and a CloudFront Function would both run on viewer events.
	ViewerEvents Kind = "viewer_events"
	// OriginUnusable: a side selects an origin that cannot be selected.
	OriginUnusable Kind = "origin_unusable"
	// LegacySettings: the behaviour has legacy cache settings, to which no header can be added safely.
	LegacySettings Kind = "legacy_settings"
	// CacheBlind: the behaviour keeps answers without regard to the side that gave them.
	CacheBlind Kind = "cache_blind"
	// Unused: no behaviour has the functions, so weights would move nobody.
	Unused Kind = "unused"
	// HalfUsed: a behaviour has one of the functions only.
	HalfUsed Kind = "half_used"
	// ProbeBlind: a probe asks for what no function answers for, and no marker tells who did.
	ProbeBlind Kind = "probe_blind"
	// GateFailed: the gate did not pass.
	GateFailed Kind = "gate_failed"
	// AlarmMissing: an alarm that is to be watched does not exist.
	AlarmMissing = Kind(cutover.AlarmMissing)
	// AlarmFiring: an alarm that is to be watched is in alarm before anything has moved.
	AlarmFiring = Kind(cutover.AlarmFiring)
	// AlarmNotEvaluated: CloudWatch cannot evaluate an alarm that is to be watched.
	AlarmNotEvaluated = Kind(cutover.AlarmNotEvaluated)
	// Taken: somebody has written the table since this run began.
	Taken Kind = "taken"
	// InUse: the functions were to be deleted, and a behaviour has them.
	InUse Kind = "in_use"
	// Served: the split was to be taken away, and viewers would get another side than they have.
	Served Kind = "served"
	// Leaves: the functions were to be taken away from a behaviour that is not in Attach any more, and its viewers would
	// get another side than they have.
	Leaves Kind = "leaves"
	// Elsewhere: the functions are to be associated with another distribution, and the one before still has them.
	Elsewhere Kind = "elsewhere"
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
)

// An Obstacle is a fact that stops a split before its next write.
type Obstacle struct {
	Kind     Kind
	Behavior Behavior // concerned; the zero value: none
	Role     Role
	Asked    string // what is asked for
	Found    string // what is there instead
	At       Weights
	Evidence cutover.Evidence
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	parts := []string{string(o.Kind)}
	for _, s := range []string{o.Behavior.Pattern, string(o.Role), o.Asked, o.Found, string(o.Evidence)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// Cause is what an obstacle comes to.
func (o *Obstacle) Cause() cutover.Cause {
	if o.Kind == GateFailed && o.Evidence == cutover.Unhealthy {
		return cutover.Sick
	}
	return cutover.Unable
}

// Preflight returns the first live fact that forbids every write, as an *Obstacle. Plan warns
// about the same facts: the plan may be what changes them.
func Preflight(spec Spec, obs Observation) error {
	if o := first(Obstacles(spec, obs)); o != nil {
		return o
	}
	return nil
}

// Obstacles returns every such fact, in the order in which one would run into them.
func Obstacles(spec Spec, obs Observation) []*Obstacle {
	all := making(spec, obs)
	if raises(spec, obs) {
		all = append(all, sending(spec, obs)...)
	}
	if !spec.Creating {
		all = append(all, admitting(spec, obs)...)
	}
	told := map[string]bool{}
	return slices.DeleteFunc(all, func(o *Obstacle) bool { // what stops several things stops them for one reason
		key := o.Behavior.Distribution + " " + o.Error()
		if o.Kind == OriginUnusable { // on every behaviour
			key = o.Behavior.Distribution + " " + o.Asked
		}
		was := told[key]
		told[key] = true
		return was
	})
}

func first(all []*Obstacle) *Obstacle {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// obstacle is the first thing that forbids to make and to associate anything.
func obstacle(spec Spec, obs Observation) *Obstacle { return first(making(spec, obs)) }

// unready is the first thing that forbids to send the first viewers anywhere.
func unready(spec Spec, obs Observation) *Obstacle { return first(sending(spec, obs)) }

// admits is the first thing that forbids to let testers choose a side who could not before.
func admits(spec Spec, obs Observation) *Obstacle { return first(admitting(spec, obs)) }

func admitting(spec Spec, obs Observation) []*Obstacle {
	if spec.Override == "" || obs.Table.Override != "" || spec.RollingBack {
		return nil
	}
	var out []*Obstacle
	for _, b := range slices.Concat(obs.Site.Behaviors, obs.Users) {
		out = append(out, torn(spec, b, true)...)
	}
	return out
}

// raises says whether more viewers are yet to be sent to a side.
func raises(spec Spec, obs Observation) bool {
	return !spec.Creating && !spec.RollingBack && len(spec.ups(obs.Weights(spec))) > 0
}

// leads says whether viewers are yet to be sent to a side that nobody is on.
func leads(spec Spec, obs Observation) bool {
	now := obs.Weights(spec)
	return raises(spec, obs) && slices.ContainsFunc(spec.ups(now), func(side cutover.Side) bool { return now[side] == 0 })
}

func making(spec Spec, obs Observation) []*Obstacle {
	var out []*Obstacle
	if obs.Stranger != "" {
		out = append(out, &Obstacle{Kind: StoreForeign, Asked: spec.Name, Found: obs.Stranger})
	}
	for _, role := range Roles() {
		if f := obs.Functions[role]; f.Foreign != "" {
			out = append(out, &Obstacle{Kind: FunctionForeign, Role: role, Asked: f.Name, Found: f.Foreign})
		}
	}
	if spec.Attach == nil {
		return out
	}
	at := *spec.Attach
	switch {
	case !obs.Site.Exists:
		return append(out, &Obstacle{Kind: DistributionMissing, Asked: at.Distribution})
	case obs.Site.Staging:
		return append(out, &Obstacle{Kind: DistributionStaging, Found: at.Distribution})
	}
	for _, p := range at.Patterns {
		if !slices.ContainsFunc(obs.Site.Behaviors, func(b Behavior) bool { return b.Pattern == p }) {
			out = append(out, &Obstacle{Kind: BehaviorMissing, Behavior: Behavior{Distribution: at.Distribution, Pattern: p}})
		}
	}
	if spec.RollingBack || !spec.attaches(obs) {
		return out
	}
	if len(obs.Stayed) > 0 {
		out = append(out, &Obstacle{Kind: Elsewhere, Behavior: obs.Stayed[0], Asked: at.Distribution})
	}
	if b := served(spec, obs, obs.Site.Left); b != nil && !spec.Creating {
		out = append(out, &Obstacle{Kind: Leaves, Behavior: *b, At: obs.Weights(spec)})
	}
	for _, b := range obs.Site.Behaviors {
		out = append(out, occupied(spec, obs, b)...)
		out = append(out, torn(spec, b, spec.Override != "" || !obs.Weights(spec).Same(spec.safe()))...)
	}
	return out
}

// occupied is what keeps a behaviour from getting the functions.
func occupied(spec Spec, obs Observation, b Behavior) []*Obstacle {
	var out []*Obstacle
	if b.Lambda != "" {
		out = append(out, &Obstacle{Kind: ViewerEvents, Behavior: b, Found: b.Lambda})
	}
	for _, role := range Roles() {
		if is := b.Functions[role]; is != "" && is != spec.wanted(obs, role) && !OfSplit(spec.Name, role, is) {
			out = append(out, &Obstacle{Kind: BehaviorTaken, Behavior: b, Role: role, Found: is})
		}
	}
	return out
}

// torn is what gives viewers of a behaviour errors, or another side than theirs. mixed says that some
// are on another side than the safe one, if only testers: their answers must not be kept for others.
func torn(spec Spec, b Behavior, mixed bool) []*Obstacle {
	var out []*Obstacle
	for _, side := range spec.Sides {
		if why := b.Unusable[spec.Origins[side]]; why != "" {
			out = append(out, &Obstacle{Kind: OriginUnusable, Behavior: b, Asked: spec.Origins[side], Found: why})
		}
	}
	switch {
	case !mixed, spec.Origins == nil: // a path of its own is a key of its own
	case b.Legacy:
		out = append(out, &Obstacle{Kind: LegacySettings, Behavior: b})
	case b.Blind:
		out = append(out, &Obstacle{Kind: CacheBlind, Behavior: b, Found: b.Policy})
	}
	return out
}

// OfSplit says whether a function, by its ARN, is one of a split of that name.
func OfSplit(name string, role Role, arn string) bool {
	_, function, _ := strings.Cut(arn, ":function/")
	hash, ok := strings.CutPrefix(function, Prefix(name, role))
	return ok && len(hash) == 12 && strings.Trim(hash, "0123456789abcdef") == "" // else it is one of a split whose name goes on
}

// Prefix begins the names of the functions of a split at an event; its code's hash follows.
func Prefix(name string, role Role) string {
	return name + "-" + strings.TrimPrefix(string(role), "viewer-") + "-"
}

func sending(spec Spec, obs Observation) []*Obstacle {
	var out []*Obstacle
	behaviors := obs.Site.Behaviors
	if spec.Attach == nil {
		if behaviors = obs.Users; len(behaviors) == 0 && leads(spec, obs) {
			return []*Obstacle{{Kind: Unused}}
		}
	}
	for _, b := range behaviors {
		if spec.Attach == nil {
			for _, role := range Roles() {
				if b.Functions[role] != spec.wanted(obs, role) {
					out = append(out, &Obstacle{Kind: HalfUsed, Behavior: b, Role: role, Found: b.Functions[role]})
				}
			}
		}
		out = append(out, torn(spec, b, true)...)
	}
	return out
}

// Removal is what a destroy asks for.
type Removal struct {
	Spec
	// Live: also where viewers would get another side than they have.
	Live bool
}

// Detach takes the functions away from the behaviours, in one write of the distribution.
type Detach struct{ Attach }

// Intent implements Step: no plan tells of the steps of a destroy.
func (Detach) Intent() string { return "" }

// Why implements Step.
func (Detach) Why() string { return "the split is destroyed" }

// String implements fmt.Stringer.
func (s Detach) String() string {
	return "taking the functions away from behaviours of " + s.Distribution
}

// RemoveStore deletes the store.
type RemoveStore struct{ Name string }

// Progress implements Step.
func (RemoveStore) Progress() bool { return true }

// Intent implements Step.
func (RemoveStore) Intent() string { return "" }

// Why implements Step.
func (RemoveStore) Why() string { return "the split is destroyed, and no function reads it any more" }

// String implements fmt.Stringer.
func (s RemoveStore) String() string { return "deleting the key value store " + s.Name }

// Next returns the one step that brings the world closer to there being no split. Nobody is to
// notice: what a behaviour serves without it has to be what its viewers have.
func (r Removal) Next(obs Observation) (Step, error) {
	behaviors := slices.Concat(obs.Site.Behaviors, obs.Site.Left)
	off := off(r.Name, behaviors)
	if len(off) > 0 && !r.Live {
		if b := served(r.Spec, obs, behaviors); b != nil {
			return nil, &Obstacle{Kind: Served, Behavior: *b, At: obs.Weights(r.Spec)}
		}
	}
	switch {
	case len(obs.Users) > 0: // before anything is written
		return nil, &Obstacle{Kind: InUse, Behavior: obs.Users[0], Asked: others(obs.Users[1:])}
	case len(off) > 0:
		return Detach{Attach{*r.Attach, off}}, nil
	case r.Attach != nil && obs.Site.Exists && !obs.Site.Deployed:
		return Wait{For: "every edge location has learned that the behaviours have no function"}, nil
	case len(obs.Old) > 0:
		return Remove{obs.Old[0]}, nil
	case obs.Store != "" && obs.Stranger == "":
		return RemoveStore{r.Name}, nil
	}
	return Done{}, nil
}

// others names further behaviours, "" where there are none.
func others(users []Behavior) string {
	var out []string
	for _, b := range users {
		if name := b.Pattern + " of " + b.Distribution; !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// served is the first of some behaviours whose viewers would lose their side without the functions; nil: none would.
func served(spec Spec, obs Observation, behaviors []Behavior) *Behavior {
	now := obs.Weights(spec)
	sides := slices.Collect(maps.Keys(now))
	for _, b := range behaviors {
		if len(sides) != 1 || spec.Origins == nil && (sides[0] != spec.Safe || !spec.Bare) || spec.Origins != nil && spec.Origins[sides[0]] != b.Origin {
			return &b
		}
	}
	return nil
}
