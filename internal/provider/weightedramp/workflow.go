package weightedramp

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// workflow is the only place where a decision about a ramp meets AWS. Beyond what AWS
// shows it knows only what this run itself has done.
type workflow struct {
	latched.Way[model, ramp.Observation]
	p    *configured.Provider
	spec ramp.Spec

	gate *verification.Spec // nil: none
	past ramp.Past

	lenient   bool // nothing will be written: the plan that follows may ask for anything
	glancing  bool // answers that others share will do: what they say is compared with state, and decides nothing
	records   configured.RecordWriter
	going     int
	stepped   bool
	evidence  map[int]cutover.Evidence
	reasons   map[int]string
	foreseen  bool              // what the gate will ask has been asked
	first     *ramp.Observation // what the run found
	shares    ramp.Shares
	trail     run.Trail[ramp.Key]
	down      bool
	steppedAt time.Time
}

func newWorkflow(p *configured.Provider, spec ramp.Spec) *workflow {
	w := &workflow{p: p, spec: spec, evidence: map[int]cutover.Evidence{}, reasons: map[int]string{}}
	w.Log = run.NewJournal(p.Clock)
	return w
}

// aliasTTL is how long resolvers keep an alias record at most, in seconds: the TTL of
// load balancers and distributions. Source: Route 53 Developer Guide, and dig.
const aliasTTL = 60

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (ramp.Observation, error) {
	obs, err := w.look(ctx)
	if err != nil {
		return obs, configured.Again(err)
	}
	if err := w.records.Look(ctx, w.p, w.p.Here); err != nil {
		return obs, configured.Again(err)
	}
	if w.first == nil {
		w.first = &obs
		w.begin(obs)
	}
	obs.Down = w.down
	if !w.stepped && w.past.Unrecorded(w.spec, obs) {
		w.stepped, w.steppedAt = true, time.Time{}
	}
	w.learning(&obs)
	obs.Lowered, obs.Diverted = w.shares.Lowered(w.spec, obs), w.diverted(obs)
	obs.Going, obs.Stepped, obs.Evidence = w.going, w.stepped, w.evidence
	return obs, nil
}

// learning notes who may not know yet of what this run has changed.
func (w *workflow) learning(obs *ramp.Observation) {
	now := w.p.Clock.Now()
	obs.Pending, obs.Cached = w.records.Spread.Pending(), w.records.Spread.Cached(now) || w.records.Spread.Unheard(now)
}

// Look implements run.Looker.
func (w *workflow) Look(ctx context.Context) (ramp.Observation, error) {
	obs, err := w.look(ctx)
	w.learning(&obs)
	return obs, err
}

// diverted finds a key that has somebody else's records since somebody gave it to them
// during the run. One that has none is no share either, but names are to be answered.
func (w *workflow) diverted(obs ramp.Observation) *ramp.Key {
	var out *ramp.Key
	for _, k := range w.spec.Keys() {
		elsewhere := ""
		if _, ok := obs.Share(w.spec, k); !ok {
			elsewhere = obs.Describe(k)
		}
		if w.trail.Diverted(k, elsewhere, obs.Pending) && out == nil {
			out = &k
		}
	}
	return out
}

// begin reckons with what was before this run.
func (w *workflow) begin(obs ramp.Observation) {
	w.down = w.past.Down(w.spec, obs)
	obs.Down = w.down
	if level, _ := obs.Level(w.spec); w.past.Proven && w.past.Known(w.spec, obs) && level > 0 { // a proof is of the share that was proven
		w.evidence[w.spec.Standing(level)] = cutover.Healthy
	}
	if w.past.Unfinished && !w.spec.PerApply || w.past.Unrecorded(w.spec, obs) && w.spec.PerApply {
		// When the step was taken is on no record, so it counts as just now.
		w.records.Spread.Assume(longest(obs.Records), w.Log.Began)
	}
}

func longest(records map[ramp.Key][]ramp.Record) time.Duration {
	var out int64
	for _, list := range records {
		for _, r := range list {
			out = max(out, ttl(r))
		}
	}
	return time.Duration(out) * time.Second
}

func ttl(r ramp.Record) int64 {
	if r.Alias.Zone != "" {
		return aliasTTL
	}
	return r.TTL
}

// look reads everything a decision depends on.
func (w *workflow) look(ctx context.Context) (ramp.Observation, error) {
	obs := ramp.Observation{Seen: ramp.Seen{Records: map[ramp.Key][]ramp.Record{}, DelegatedAt: map[string]string{}}}
	domain, err := w.p.Route53.Zone(ctx, w.spec.Zone)
	if errors.Is(err, awsapi.ErrNotFound) {
		return obs, nil // an obstacle, not an error
	}
	if err != nil {
		return obs, err
	}
	obs.Domain = domain
	wanted := slices.Clone(w.spec.Names)
	for _, name := range w.spec.Names {
		wanted = append(wanted, cutover.Cuts(name, domain)...)
	}
	list, guard := w.p.Route53.RecordsOf, func() (cutover.Guard, error) { return w.records.Guard.Look(ctx, w.p, w.spec.Zone) }
	if w.glancing {
		list, guard = w.p.Route53.SharedRecords, func() (cutover.Guard, error) { return w.p.SharedGuard(ctx, w.spec.Zone) }
	}
	found, err := list(ctx, w.spec.Zone, wanted)
	if err != nil {
		return obs, err
	}
	for _, name := range w.spec.Names {
		for _, at := range cutover.Cuts(name, domain) {
			if slices.ContainsFunc(found[at], func(r route53api.Record) bool { return r.Type == "NS" }) {
				obs.DelegatedAt[name] = at
				break
			}
		}
		for _, r := range found[name] {
			k := ramp.Key{Name: name, Type: r.Type}
			obs.Records[k] = append(obs.Records[k], recordOf(r))
		}
	}
	if w.lenient || obs.Writes(w.spec) {
		obs.Guard, err = guard()
	}
	return obs, err
}

func recordOf(r route53api.Record) ramp.Record {
	out := ramp.Record{
		Key: ramp.Key{Name: r.Name, Type: r.Type}, Values: r.Values, TTL: r.TTL, Check: r.HealthCheckID, ID: r.SetIdentifier, Weight: r.Weight,
		Alias: ramp.Alias{Domain: r.AliasTarget, Zone: r.AliasZone, Evaluate: r.Evaluate},
	}
	if r.Routing != route53api.Weighted {
		out.Routing = r.Routing
	}
	return out
}

func apiRecord(r ramp.Record) route53api.Record {
	out := route53api.Record{
		Name: r.Name, Type: r.Type, TTL: r.TTL, Values: r.Values, HealthCheckID: r.Check,
		AliasZone: r.Alias.Zone, AliasTarget: r.Alias.Domain, Evaluate: r.Alias.Evaluate,
	}
	if r.ID != "" {
		out.Routing, out.SetIdentifier, out.Weight = route53api.Weighted, r.ID, r.Weight
	}
	return out
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs ramp.Observation) (ramp.Step, bool, error) {
	step, err := ramp.Next(w.spec, obs)
	return latched.Within(&w.Way, cutover.ContentOf(append([]string{fingerprint(w.spec.Target)}, w.spec.Names...)...), step, err, func(intent string) error { return &ramp.Obstacle{Kind: ramp.NotInRecipe, Found: intent} })
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, _ ramp.Observation, step ramp.Step) error {
	switch s := step.(type) {
	case ramp.Wait:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	case ramp.Shift:
		if !w.Log.Any() && !w.spec.RollingBack { // the way will ask, and nobody is to be left half-way for not being allowed to
			if err := w.p.Route53.Followable(ctx); err != nil {
				return configured.Again(err)
			}
		}
		if err := w.foresee(ctx, s.Up); err != nil {
			return err
		}
		if err := w.replace(ctx, s, s.Changes); err != nil {
			return err
		}
		w.evidence = map[int]cutover.Evidence{} // what was proven was proven of the records as they were
		if w.going = 0; s.Left > 0 {
			w.going = s.Percent
		}
		if s.Up {
			w.stepped, w.steppedAt = true, time.Time{}
		}
		return nil
	case ramp.Collapse:
		return w.replace(ctx, s, s.Changes)
	case ramp.Verify:
		return w.verify(ctx, s)
	default:
		return fmt.Errorf("no way to do %T", step)
	}
}

func (w *workflow) replace(ctx context.Context, step ramp.Step, changes []ramp.Change) error {
	var del, add []route53api.Record
	var held int64
	for _, c := range changes {
		for _, r := range c.Delete {
			del, held = append(del, apiRecord(r)), max(held, ttl(r))
		}
		for _, r := range c.Add {
			add = append(add, apiRecord(r))
		}
	}
	effect, err := w.records.Write(ctx, w.p, w.Log, step, w.spec.Zone, step.Intent(), del, add, time.Duration(held)*time.Second)
	if effect != run.NoEffect {
		w.shares = nil
	}
	return err
}

func (w *workflow) verify(ctx context.Context, s ramp.Verify) error {
	if w.steppedAt.IsZero() {
		w.steppedAt = w.p.Clock.Now()
	}
	if !s.Gate {
		if err := w.p.Clock.Sleep(ctx, s.Hold); err != nil {
			return err
		}
		w.evidence[s.Percent] = cutover.Unasked
		w.Log.Asked(s, cutover.Unasked)
		return nil
	}
	g := w.about(w.gate, w.spec.Target)
	g.UnderTraffic = true              // what was before the step is about another share
	if w.spec.PerApply && !w.stepped { // it has been holding since the run that took the step
		g.Since = w.past.Since
	}
	shown, why, err := w.Log.Ask(ctx, w.p.Own().Watcher(), s, *g, s.Hold)
	if err == nil {
		w.evidence[s.Percent], w.reasons[s.Percent] = shown, why
	}
	return err
}

// about asks an endpoint by the names: what DNS would choose is left to chance. It
// returns nil without a gate.
func (w *workflow) about(g *verification.Spec, e ramp.Endpoint) *watch.Gate {
	if g == nil {
		return nil
	}
	out := g.About(verification.Subject{Side: string(e.Side), Names: w.spec.Names, Endpoint: e.Host()})
	return &out
}

// foresee asks, before the first step up, what the gate is going to ask of the target,
// and of the endpoint that viewers would go back to.
func (w *workflow) foresee(ctx context.Context, up bool) error {
	if w.foreseen || !up || w.spec.RollingBack {
		return nil
	}
	flaw, err := run.Foresee(ctx, w.p.Own().Watcher(), w.about(w.gate, w.spec.Target), w.about(w.gate.Elsewhere(), w.spec.Other))
	if err != nil {
		return configured.Again(err)
	}
	if flaw != nil {
		return &ramp.Obstacle{Kind: ramp.Kind(flaw.Flaw), Found: flaw.Found}
	}
	w.foreseen = true
	return nil
}

// Limits implements run.Kind.
func (w *workflow) Limits(budget time.Duration) engine.Limits {
	batches := 1 + len(w.spec.Keys())/50
	steps := (len(w.spec.Weights)+3)*(batches+2) + 10
	return configured.Limits(w.p, budget, steps, map[string]any{"zone_id": w.spec.Zone, "target": string(w.spec.Target.Side), "weight": w.spec.Weight}, show)
}
