package behaviorswitch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/invalidation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// workflow is the only place where a decision about a switch meets AWS. Beyond what AWS
// shows it knows only what this run itself has done.
type workflow struct {
	latched.Way[model, behavior.Observation]
	p    *configured.Provider
	spec behavior.Spec

	fields []behavior.Field // that state is to tell of
	gates  gates

	start    behavior.Start
	memory   behavior.Memory
	states   map[behavior.When]cutover.Evidence
	reasons  map[behavior.When]string
	purge    invalidation.Run // of the way back, once it has begun
	undo     *workflow        // the way back; nil: there was none
	moved    bool             // a field was not the target's when the run began, or the run has changed one
	warmed   bool
	foreseen bool // what the gates will ask has been asked
	lambdas  map[string]behavior.Version
	entry    entry
	seen     cloudfrontapi.Distribution // as this run read it last
	latest   behavior.Observation
}

func newWorkflow(p *configured.Provider, spec behavior.Spec) *workflow {
	w := &workflow{p: p, spec: spec, states: map[behavior.When]cutover.Evidence{}, reasons: map[behavior.When]string{}}
	w.Log = run.NewJournal(p.Clock)
	return w
}

// lately is how long after a write a create that finds nothing to change still counts as
// the rest of a cutover that died: somebody applies again within the day.
const lately = 24 * time.Hour

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (behavior.Observation, error) {
	// A poll may share the answer to another resource's poll; a write looks again.
	obs, err := w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2))
	if err != nil {
		return obs, configured.Again(err)
	}
	if err := w.lookAtLambdas(ctx, obs); err != nil {
		return obs, configured.Again(err)
	}
	if err := w.purge.Look(ctx, w.p); err != nil {
		return obs, configured.Again(err)
	}
	if w.start.Found == nil {
		w.start.Found = &obs
		w.moved = w.moved || obs.Exists && !obs.InPlace(w.spec)
		if w.spec.Adopting && obs.Exists && w.p.Clock.Now().Sub(w.seen.Modified()) < lately {
			w.spec.Unfinished = true
		}
	}
	obs = w.annotate(obs)
	w.latest = obs
	return obs, nil
}

// Look implements run.Looker.
func (w *workflow) Look(ctx context.Context) (behavior.Observation, error) {
	return w.look(ctx, w.p.Clock.Now())
}

// look reads everything a decision depends on, versions of functions apart.
func (w *workflow) look(ctx context.Context, since time.Time) (behavior.Observation, error) {
	d, err := w.p.CloudFront.Distribution(ctx, w.spec.Distribution, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return behavior.Observation{}, nil // an obstacle, not an error
	}
	if err != nil {
		return behavior.Observation{}, err
	}
	w.seen = d
	return observed(d), nil
}

// observed puts a distribution into the terms of package behavior.
func observed(d cloudfrontapi.Distribution) behavior.Observation {
	obs := behavior.Observation{
		Exists: true, ETag: d.ETag, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, Policy: d.Policy,
		CacheTagHeader: d.CacheTagHeader(), Values: behavior.Definition{}, Users: behavior.Use{},
	}
	obs.Order, obs.Legacy = patterns(d.BehaviorOrder()), patterns(d.LegacyBehaviors())
	for f, v := range d.Fields() {
		obs.Values[fieldOf(f)] = behavior.Value{Text: v.Text, Body: v.Body}
	}
	facts := d.Facts()
	for _, o := range facts.Origins {
		obs.Origins = append(obs.Origins, o.ID)
	}
	for _, g := range facts.OriginGroups {
		obs.Groups = append(obs.Groups, g.ID)
	}
	for origin, users := range d.OriginUsers() {
		obs.Users[origin] = patterns(users)
	}
	return obs
}

func fieldOf(f cloudfrontapi.Field) behavior.Field {
	return behavior.Field{Name: behavior.Name(f.Name), Behavior: behavior.Pattern(f.Behavior), Origin: f.Origin, Event: f.Event}
}

func patterns(texts []string) []behavior.Pattern {
	var out []behavior.Pattern
	for _, t := range texts {
		out = append(out, behavior.Pattern(t))
	}
	return out
}

// lookAtLambdas asks in which state the versions are that are yet to be associated. One
// that nobody may ask about is left out.
func (w *workflow) lookAtLambdas(ctx context.Context, obs behavior.Observation) error {
	w.lambdas = map[string]behavior.Version{}
	if w.spec.RollingBack || !obs.Exists {
		return nil
	}
	for f, to := range w.spec.Target() {
		if f.Name != behavior.Lambda || to.Text == "" || obs.Values[f].Text == to.Text {
			continue
		}
		if _, known := w.lambdas[to.Text]; known {
			continue
		}
		v, err := w.p.Lambda.Version(ctx, to.Text)
		switch {
		case err == nil:
			w.lambdas[to.Text] = behavior.Version{State: behavior.State(v.State), Reason: v.Reason}
		case errors.Is(err, awsapi.ErrNotFound):
			w.lambdas[to.Text] = behavior.Version{State: behavior.Missing}
		case errors.Is(err, awsapi.ErrDenied):
		default:
			return err
		}
	}
	return nil
}

// unasked are the versions that are yet to be associated, and that nobody may ask about.
func (w *workflow) unasked() (arns []string) {
	for f, to := range w.spec.Target() {
		if _, asked := w.lambdas[to.Text]; f.Name == behavior.Lambda && to.Text != "" && w.seen.Fields()[apiField(f)].Text != to.Text && !asked && !slices.Contains(arns, to.Text) {
			arns = append(arns, to.Text)
		}
	}
	slices.Sort(arns)
	return arns
}

// annotate adds what this run knows.
func (w *workflow) annotate(obs behavior.Observation) behavior.Observation {
	obs.Lambdas, obs.Moved, obs.Warmed, obs.Invalidation = w.lambdas, w.moved, w.warmed, w.purge.State()
	obs.Before, obs.After = w.states[behavior.BeforeEdit], w.states[behavior.AfterEdit]
	obs.TakenBack = w.memory.Look(w.spec, obs)
	return obs
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs behavior.Observation) (behavior.Step, bool, error) {
	step, err := behavior.Next(w.spec, obs)
	return latched.Within(&w.Way, obs.ContentToApprove(w.spec), step, err, func(intent string) error { return &behavior.Obstacle{Kind: behavior.NotInRecipe, Found: intent} })
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, obs behavior.Observation, step behavior.Step) error {
	switch s := step.(type) {
	case behavior.Wait:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	case behavior.Edit:
		if err := w.foresee(ctx); err != nil {
			return err
		}
		if err := w.askEntry(ctx, obs); err != nil {
			return err
		}
		return w.edit(ctx, obs, s)
	case behavior.Invalidate:
		return w.purge.Do(ctx, w.p, w.Log, s, "cdn-behavior-switch")
	case behavior.Warm:
		w.spread()
		return w.warm(ctx, s)
	case behavior.Verify:
		if s.When == behavior.AfterEdit {
			w.spread()
		}
		return w.verify(ctx, obs, s)
	default:
		return fmt.Errorf("no way to do %T", step)
	}
}

// edit changes the fields in a write that others may share. It is decided again on the
// distribution as it is by then, and leaves the others if that comes to another step.
func (w *workflow) edit(ctx context.Context, obs behavior.Observation, step behavior.Edit) error {
	deployed := obs.Deployed
	written, err := w.p.CloudFront.Edit(ctx, step.Distribution, cloudfrontapi.Edit{Alone: step.Alone, Decide: func(_ context.Context, now cloudfrontapi.Distribution) ([]cloudfrontapi.FieldChange, error) {
		fresh := w.annotate(observed(now))
		deployed = fresh.Deployed
		if _, err := run.Still[behavior.Observation, behavior.Step](w, fresh, step, cutover.Same); err != nil {
			return nil, err
		}
		return changes(step), nil
	}})
	if c, ok := errors.AsType[*cloudfrontapi.Contradiction](err); ok {
		return &behavior.Obstacle{Kind: behavior.Contradicted, Field: fieldOf(c.Field)}
	}
	if written.At.IsZero() {
		return configured.Again(err)
	}
	effect := configured.Effect(written.Err)
	w.Log.Sent(step, w.p.Clock.Now(), effect)
	if effect != run.NoEffect {
		w.moved, w.entry.edited, w.entry.over = true, w.p.Clock.Now(), time.Time{}
		delete(w.states, behavior.AfterEdit) // what was proven was proven of what there was
	}
	if step.Alone && errors.Is(err, awsapi.ErrRefused) {
		// Most likely a version is not Active yet, and nobody may ask. Only the run's own
		// time bounds how long that is tried.
		return &engine.Refusal{Answer: awsapi.AnswerOf(err), Within: forever, Err: err}
	}
	return configured.Again(err, configured.While(!deployed, awsapi.Deploying))
}

// forever is longer than any run.
const forever = 100 * 24 * time.Hour

func changes(e behavior.Edit) []cloudfrontapi.FieldChange {
	var out []cloudfrontapi.FieldChange
	for _, c := range e.Changes {
		out = append(out, cloudfrontapi.FieldChange{Field: apiField(c.Field), From: cloudfrontapi.FieldValue(c.From), To: cloudfrontapi.FieldValue(c.To)})
	}
	return out
}

func apiField(f behavior.Field) cloudfrontapi.Field {
	return cloudfrontapi.Field{Name: cloudfrontapi.FieldName(f.Name), Behavior: string(f.Behavior), Origin: f.Origin, Event: f.Event}
}

// vouch tells others of this process what the fields have, or are to have, because of the switch.
func vouch(p *configured.Provider, spec behavior.Spec) {
	if p == nil { // the provider's configuration is not known yet
		return
	}
	out := configured.Fields{}
	for f, v := range spec.Target() {
		out[apiField(f)] = cloudfrontapi.FieldValue(v)
	}
	p.Vouch(spec.Distribution, out)
}

// warmLimit is how long one request of a Warm may take.
const warmLimit = 30 * time.Second

// warm asks for paths. Whatever the answers are, the gate judges the side.
func (w *workflow) warm(ctx context.Context, step behavior.Warm) error {
	failed := 0
	for _, path := range step.Paths {
		url := "https://" + w.seen.Hosts()[0] + path
		got, err := w.p.Sampler.Sample(ctx, gate.Target{URL: url, Timeout: warmLimit})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case got.Err != "", got.Status >= http.StatusBadRequest:
			failed++
		}
	}
	note := step.String()
	if failed > 0 {
		note += fmt.Sprintf(": %d of %d had no good answer", failed, len(step.Paths))
	}
	w.Log.Note(note)
	w.warmed = true
	return nil
}

// old says whether edge locations may hold answers of the side before.
func (w *workflow) old(obs behavior.Observation) bool {
	if !obs.Moved && !w.spec.Unfinished || obs.Invalidation == cutover.Invalidated {
		return false
	}
	from, ok := w.start.CameFrom(w.spec)
	return !ok || behavior.Stale(from.Definition, w.spec.Target())
}

func (w *workflow) verify(ctx context.Context, obs behavior.Observation, s behavior.Verify) error {
	g, hold := w.gates.afterEdit(s.Side, w.seen, w.Log.Began, w.old(obs)), w.spec.Bake
	if s.When == behavior.BeforeEdit {
		g, hold = w.gates.beforeEdit(s.Side, w.seen), 0
	}
	shown, why, err := w.Log.Ask(ctx, w.p.Watcher(), s, *g, hold)
	if err == nil {
		w.states[s.When], w.reasons[s.When] = shown, why
	}
	return err
}

// foresee asks, before the first write, what the gates are going to ask. Once the target
// serves it is too late for that: an alarm may be in alarm because of it.
func (w *workflow) foresee(ctx context.Context) error {
	if w.foreseen || w.spec.RollingBack {
		return nil
	}
	flaw, err := run.Foresee(ctx, w.p.Watcher(), w.gates.beforeEdit(w.spec.Live, w.seen), w.gates.afterEdit(w.spec.Live, w.seen, w.Log.Began, false))
	if err != nil {
		return configured.Again(err)
	}
	if flaw != nil {
		return &behavior.Obstacle{Kind: behavior.Kind(flaw.Flaw), Found: flaw.Found}
	}
	w.foreseen = true
	return nil
}

// Limits implements run.Kind.
func (w *workflow) Limits(budget time.Duration) engine.Limits {
	const steps = 16 // an edit, an invalidation, paths and two gates, each again
	return configured.Limits(w.p, budget, steps, map[string]any{"live": string(w.spec.Live), "distribution_id": w.spec.Distribution}, show)
}
