// Package deployment decides how a continuous deployment policy comes to be
// between a primary and a staging distribution, and how it goes.
//
//	         create          attach             (a release enables it)
//	nothing ───────▶ there ─────────▶ attached ────────▶ a canary runs
//	   ▲               │ ▲                │                    │
//	   └── delete ─────┘ └──── detach ────┴───── disable ◀─────┘
//
// It never enables a policy and never changes how one routes that is enabled: that
// belongs to whoever releases. It performs no I/O.
package deployment

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Spec is what is asked for.
type Spec struct {
	Primary, Staging string // distribution ids
	Routing          Routing
	Attached         bool
	// Reroute: the routing of a policy that is disabled is to be made as asked. Otherwise
	// it is whatever the last release left.
	Reroute bool
	// Adopting is set while creating: what routes already is left alone, not refused, and
	// has to be made as asked once it does not (Owed).
	Adopting bool
	// Owner is how this instance marks the policy as its own; "": it does not.
	Owner string
}

// A Routing is how a policy routes once somebody enables it.
type Routing struct {
	Header, Value string  // empty: by weight
	Percent       float64 // of all requests
	Idle, Maximum int32   // seconds that a session lasts; 0: none is kept
}

// String says it for a person. The value of a header lets whoever knows it in, so it is in
// no text.
func (r Routing) String() string {
	if r.Header != "" {
		return "requests with the header " + r.Header
	}
	out := strconv.FormatFloat(r.Percent, 'f', -1, 64) + " % of requests"
	if r.Idle > 0 {
		out += fmt.Sprintf(" in sessions of %ds, at most %ds", r.Idle, r.Maximum)
	}
	return out
}

// A Distribution is one of the two.
type Distribution struct {
	ID, Domain string
	Deployed   bool
	Enabled    bool
	Staging    bool
	HTTP3      bool
	Policy     string   // id of the policy it has; empty: none
	Aliases    []string // of a staging distribution there can be none
}

// A Policy is the one that names the staging distribution.
type Policy struct {
	ID      string
	Enabled bool
	AsAsked bool   // it routes as the spec asks; only AWS's precision can tell
	Staging string // domain name
	Routing Routing
}

// An Observation is what AWS showed. What is not there is nil.
type Observation struct {
	Primary, Staging *Distribution
	Policy           *Policy
	// Locked names the settings in which the two differ and may not.
	Locked []string
	// User is another primary that has the policy; "": none. Unsure: nobody could say.
	User   string
	Unsure bool
	// Owner is the mark of the policy, as far as it matters; "": none.
	Owner string
	// Stray: the policy that the primary has does not exist any more.
	Stray bool
}

// Attached says whether the primary has the policy.
func (o Observation) Attached() bool {
	return o.Policy != nil && o.Primary != nil && o.Primary.Policy == o.Policy.ID
}

// Owed says whether a policy that was found routing otherwise than asked, and left alone
// because it was enabled, still does so and could now be changed. A policy that routes in
// a third way has been given that by a release since, and owes nothing.
func Owed(found Routing, p *Policy) bool {
	return p != nil && !p.Enabled && !p.AsAsked && p.Routing == found
}

// Forgot says whether a policy that is to keep sessions, and routes nobody, keeps none: it
// has either a weight with sessions or a header, and a canary by header that was killed
// leaves the header.
func Forgot(asked Routing, p *Policy) bool {
	return p != nil && !p.Enabled && asked.Idle > 0 && p.Routing.Idle == 0
}

// Next returns the one step that brings the world closer to spec, or an *Obstacle.
func Next(spec Spec, obs Observation) (Step, error) {
	if o := Preflight(spec, obs); o != nil {
		return nil, o
	}
	p := obs.Policy
	switch {
	case p == nil:
		return Create{Routing: spec.Routing, Staging: spec.Staging}, nil
	case spec.Owner != "" && obs.Owner != spec.Owner:
		return Mark{Policy: p.ID, Owner: spec.Owner}, nil
	case !p.AsAsked && spec.Reroute && !p.Enabled:
		return Reroute{Routing: spec.Routing, Staging: spec.Staging}, nil
	case spec.Attached && !obs.Attached():
		if !obs.Primary.Deployed {
			return wait(obs), nil
		}
		return Attach{Primary: spec.Primary}, nil
	case !spec.Attached && p.Enabled:
		return Disable{}, nil
	case !spec.Attached && obs.Attached():
		return leave(obs), nil
	case obs.Primary != nil && !obs.Primary.Deployed:
		return wait(obs), nil
	}
	return Done{}, nil
}

// Remove returns the next step of a destroy by the instance that marked the policy with
// owner, or an *Obstacle: PolicyElsewhere. It asks nothing of anybody's health, and finishes
// also what hands or another run began.
func Remove(policy, owner string, obs Observation) (Step, error) {
	if obs.Owner != "" && obs.Owner != owner {
		return Leave{Policy: policy}, nil
	}
	if p := obs.Policy; p != nil && (obs.User != "" || obs.Unsure && p.Enabled) {
		return nil, &Obstacle{Kind: PolicyElsewhere, Found: p.ID, User: obs.User}
	}
	return remove(policy, obs), nil
}

func remove(policy string, obs Observation) Step {
	switch attached := obs.Primary != nil && obs.Primary.Policy == policy && policy != ""; {
	case obs.Policy == nil && !attached:
		return Done{}
	case obs.Policy == nil || attached:
		return leave(obs)
	case obs.Policy.Enabled && obs.Staging != nil:
		return Disable{}
	case obs.Primary != nil && !obs.Primary.Deployed:
		return wait(obs) // edge locations may still send requests by the policy
	default:
		return Delete{}
	}
}

// leave takes the policy off the primary: nobody is sent to staging any more before it
// goes. AWS cannot disable a policy whose staging distribution is gone.
func leave(obs Observation) Step {
	switch {
	case obs.Policy != nil && obs.Policy.Enabled && obs.Staging != nil:
		return Disable{}
	case !obs.Primary.Deployed:
		return wait(obs)
	default:
		return Detach{Primary: obs.Primary.ID}
	}
}

func wait(obs Observation) Step {
	return Wait{For: fmt.Sprintf("the primary (%s) is deployed everywhere", obs.Primary.ID)}
}

// A Prior is what state knows when a plan is made; nil while creating.
type Prior struct {
	Attached bool
	Routing  Routing
}

// Recipe lists what a plan intends to do, in order, from configuration and prior state.
func Recipe(spec Spec, prior *Prior) []string {
	out := []string{}
	if prior == nil || prior.Routing != spec.Routing {
		out = append(out, routeIntent(spec.Routing, spec.Staging))
	}
	switch was := prior != nil && prior.Attached; {
	case spec.Attached && !was:
		out = append(out, Attach{Primary: spec.Primary}.Intent())
	case !spec.Attached && (was || prior == nil):
		// A policy that is adopted may be attached.
		out = append(out, Disable{}.Intent(), Detach{Primary: spec.Primary}.Intent())
	}
	return out
}

// Kind classifies what stands in the way.
type Kind string

// The obstacles of a continuous deployment.
const (
	// PrimaryMissing and StagingMissing: there is no such distribution.
	PrimaryMissing Kind = "primary_missing"
	StagingMissing Kind = "staging_missing"
	// PrimaryIsStaging: the primary is a staging distribution itself.
	PrimaryIsStaging Kind = "primary_is_staging"
	// NotStaging: the staging distribution is an ordinary one.
	NotStaging Kind = "not_staging"
	// HTTP3: the primary speaks HTTP/3, which continuous deployment does not.
	HTTP3 Kind = "http3"
	// StagingDisabled: viewers would be sent to a distribution that refuses them.
	StagingDisabled Kind = "staging_disabled"
	// LockedDiffer: the two differ in settings that have to be equal.
	LockedDiffer Kind = "locked_differ"
	// AnotherPolicy: the primary has a policy for another staging distribution.
	AnotherPolicy Kind = "another_policy"
	// Canary: the policy is enabled, so how it routes is not ours to change.
	Canary Kind = "canary"
	// PolicyElsewhere: another primary has the policy.
	PolicyElsewhere Kind = "policy_elsewhere"
	// PrimaryDisabled: the primary refuses every viewer, and a release would end that.
	PrimaryDisabled Kind = "primary_disabled"
	// StagingAliases: the staging distribution has alternate domain names.
	StagingAliases Kind = "staging_aliases"
	// NotOrphaned: the policy that is to go because it is an orphan has a primary and a
	// staging distribution.
	NotOrphaned Kind = "not_orphaned"
	// NotInRecipe: the world asks for a step that the plan did not show.
	NotInRecipe Kind = "not_in_recipe"
)

// An Obstacle is a fact that stops a run before its next write.
type Obstacle struct {
	Kind  Kind
	Found string // the distribution, policy or step concerned
	// User is the primary that has the policy; "": nobody knows.
	User string
	// Fields are settings in which primary and staging differ.
	Fields []string
}

// Error implements error. It is for logs; diagnostics word obstacles themselves.
func (o *Obstacle) Error() string {
	return strings.TrimSpace(string(o.Kind) + " " + o.Found + " " + strings.Join(o.Fields, ", "))
}

// Preflight returns the first live fact that forbids every write, nil if there is none.
func Preflight(spec Spec, obs Observation) *Obstacle {
	if all := Check(spec, obs); len(all) > 0 {
		return all[0]
	}
	return nil
}

// Check returns every live fact that stands between a primary and its staging
// distribution.
func Check(spec Spec, obs Observation) []*Obstacle {
	var out []*Obstacle
	add := func(when bool, k Kind, found string, fields ...string) {
		if when {
			out = append(out, &Obstacle{Kind: k, Found: found, Fields: fields})
		}
	}
	p, s := obs.Primary, obs.Staging
	add(p == nil, PrimaryMissing, spec.Primary)
	add(s == nil, StagingMissing, spec.Staging)
	if p == nil || s == nil {
		return out
	}
	add(p.Staging, PrimaryIsStaging, p.ID)
	add(!s.Staging, NotStaging, s.ID)
	foreign := p.Policy != "" && !obs.Stray && (obs.Policy == nil || p.Policy != obs.Policy.ID)
	add(foreign && spec.Attached && !p.Staging, AnotherPolicy, p.Policy)
	if spec.Attached && !obs.Attached() {
		add(p.HTTP3, HTTP3, p.ID)
		add(!p.Enabled && !p.Staging, PrimaryDisabled, p.ID)
		add(!s.Enabled, StagingDisabled, s.ID)
		add(s.Staging && len(s.Aliases) > 0, StagingAliases, s.ID, s.Aliases...)
		// HTTP/3 has an obstacle of its own, and the difference follows from it.
		locked := slices.DeleteFunc(slices.Clone(obs.Locked), func(f string) bool { return p.HTTP3 && f == "HttpVersion" })
		add(len(locked) > 0 && !p.Staging && s.Staging, LockedDiffer, s.ID, locked...)
	}
	if c := obs.Policy; c != nil && !obs.Attached() && (obs.User != "" || !spec.Attached && obs.Unsure && c.Enabled) {
		// Whatever is asked for, the canary that runs by it is another primary's. AWS itself
		// refuses to attach it to a second one.
		out = append(out, &Obstacle{Kind: PolicyElsewhere, Found: c.ID, User: obs.User})
	}
	if obs.Policy != nil {
		add(spec.Reroute && !spec.Adopting && obs.Policy.Enabled && !obs.Policy.AsAsked, Canary, obs.Policy.ID)
	}
	return out
}
