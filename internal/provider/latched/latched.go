// Package latched is the Terraform half of every resource that takes viewers somewhere and
// owns no AWS object: create, read, update and plan, with the latch that keeps what has failed
// from being tried again. A noun brings what is its own: which attribute decides, what a plan
// comes to, one run, and what state says of it.
//
// The rules that it keeps for all of them: a create that fails leaves no state, for an error
// with state would taint the resource, and the next plan would be a replacement. An update
// records what AWS shows, also when it fails. A plan calls nobody. While what failed is still
// asked for, the plan keeps what is.
package latched

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Settings is what configuration says in every noun and no recipe depends on.
type Settings struct {
	Approvals
	OnFailure types.String `tfsdk:"on_failure"`
	Retry     types.String `tfsdk:"retry"`
	Timeouts  types.Object `tfsdk:"timeouts"`
}

// Told is what every noun tells about its runs.
type Told struct {
	Waiting
	ID          types.String `tfsdk:"id"`
	Phase       types.String `tfsdk:"phase"`
	Steps       types.List   `tfsdk:"steps"`
	LastCutover types.Object `tfsdk:"last_cutover"`
	Failed      types.Object `tfsdk:"failed"`
	Unseen      types.String `tfsdk:"unseen"`
}

// Parts are pointers into a model, a struct of three embedded ones.
type Parts struct {
	Target  any // the attribute that decides, and that the latch holds
	Decides any // what a recipe depends on
	Else    any // what else configuration says; Settings is embedded in it
	Tells   any // what the provider tells; Told is embedded in it
	*Settings
	*Told
	// Shown says that Target is what AWS shows, which a refresh makes true; else it is what is
	// asked for, and something beside it says what is so now.
	Shown bool
	// Invalidate is what a run has edge locations drop, where a noun has that attribute.
	Invalidate types.List
	// Secret is an attribute that holds something write-only, which only configuration has and
	// no plan does; nil: there is none. It may be among what decides.
	Secret any
}

// An Aim is what a plan comes to.
type Aim struct {
	ID   string
	Rest bool        // nothing is to be done: prior state already is what is asked for
	Due  cutover.Due // when the next step may be taken, where a run takes one in each apply
	// Recipe is what is to be done, as far as configuration and prior state tell.
	Recipe []string
	// Pausing is what is done before anybody waits, where the run ends at its pause.
	Pausing []string
	// Fill, if set, plans what else is known: also where nothing is to be done.
	Fill func() diag.Diagnostics
	// Warn, if set, says what was seen in the way, where the plan moves something.
	Warn func() diag.Diagnostics
}

// Rests says whether nothing is left of the last run, which settled or, where what failed is
// held, went back.
func (t Told) Rests(held bool) bool {
	phase := t.Phase.ValueString()
	return t.Unseen.IsNull() && (phase == settled || held && phase == rolledBack)
}

// Phases that every noun has. Every other one is of a run that did not come to its end.
const (
	settled    = "settled"
	rolledBack = "rolled_back"
	unproven   = "unproven"
)

// A Noun is what one resource brings. M is its model, O what its runs see, S what they do.
type Noun[M, O any, S engine.Step] interface {
	Parts(m *M) Parts
	// Hold says whether what plan asks for has failed, so that what state asked for stays. What
	// has failed may have the target of state: where a target is a name, it can have come to
	// mean something else. It is asked while state has Failed and retry is what it was: by a
	// plan, also while something is unknown, and by an update.
	Hold(ctx context.Context, plan, state *M) (bool, diag.Diagnostics)
	// Aim says what a plan comes to; everything that a recipe depends on is known. asked is
	// plan with the target that configuration has, which is plan's where nothing is held. state
	// is nil for a create.
	Aim(ctx context.Context, asked, plan, state *M, held bool) (Aim, diag.Diagnostics)
	// Begin makes the run to what plan asks for; held says that it is the rest of a rollback.
	Begin(ctx context.Context, asked, plan, state *M, held bool) (Run[M, O, S], diag.Diagnostics)
	// Gates are the intents of the steps before which a run to asked has to have a person's yes,
	// where it pauses there; none: it takes viewers nowhere new. waits says that somebody waits
	// for that yes already. state is nil for a create.
	Gates(ctx context.Context, asked, state *M, pause cutover.Pause, waits bool) ([]string, diag.Diagnostics)
	// Refresh makes state say what AWS shows, and says whether there is anything to show.
	Refresh(ctx context.Context, state *M) (there bool, d diag.Diagnostics)
	// Destroy says, in a plan, what a destroy leaves and takes.
	Destroy(ctx context.Context, state *M) diag.Diagnostics
	// Replace says, in a plan, what a replacement keeps that a destroy would take.
	Replace(ctx context.Context, plan *M) diag.Diagnostics
}

// A Glancer is a noun whose refresh can do with answers that instances share.
type Glancer[M any] interface {
	// Glance is Refresh by such answers. What it makes of state counts only where that is what
	// state said before.
	Glance(ctx context.Context, state *M, memo configured.Memo) (there bool, d diag.Diagnostics)
	// Memo is what the next glance will need that no list says, nil if nothing.
	Memo(state *M) configured.Memo
}

// A Run is one cutover of a noun.
type Run[M, O any, S engine.Step] interface {
	run.Kind[O, S]
	approvable
	// Bind keeps the run within a recipe.
	Bind(recipe cutover.Recipe)
	// Things are the things that no other instance of this process may be about meanwhile,
	// and those that the noun keeps once the run has finished. See configured.Provider.Turn.
	Things() (busy, kept []string)
	// Ended takes note of how the run ended. What follows is asked after it.
	Ended(out run.Outcome[O])
	// Shown says whether enough was seen to record it.
	Shown() bool
	// Failed is what a run has tried that went back, as the attribute failed keeps it beside the
	// reason: the target as plan has it, or by a name of its own, and its fingerprint, if it has one.
	Failed(target any) (name attr.Value, fingerprint string)
	// Record makes plan say what AWS shows, and not what was planned, where the two differ.
	// was is the state before, nil while creating. LastCutover, Unseen and Failed are set
	// already. So are the target, which is what it was where the run failed, and Phase, which is
	// what most runs come to.
	Record(ctx context.Context, plan, was *M) diag.Diagnostics
	// Cutover is what last_cutover says of the run in attributes of the noun's own.
	Cutover() map[string]attr.Value
	// Remarks are what the run has to say beside how it ended.
	Remarks(plan *M) diag.Diagnostics
	// Words is the diagnostic of a run that did not finish.
	Words() diag.Diagnostic
}

// An Abandoner is a run that has made things which only state would remember: where a create
// fails, they go.
type Abandoner interface {
	Abandon(ctx context.Context) diag.Diagnostics
}

// A Way is what every run of a noun has, which embeds it: its journal, the recipe that bounds
// it, and how it ended. What it says of the rest is what most nouns say.
type Way[M, O any] struct {
	Log    *run.Journal // the way back's is that of the run it undoes
	Bounds cutover.Recipe
	Out    run.Outcome[O] // once it has ended

	yes    cutover.Approval
	about  string // the content that it was about to send viewers to when it decided last
	paused bool   // it has ended because that needs a yes
}

// Approve says what the run needs of a person's yes, and whether it has it.
func (w *Way[M, O]) Approve(a cutover.Approval) { w.yes = a }

func (w *Way[M, O]) waits() bool     { return w.paused }
func (w *Way[M, O]) content() string { return w.about }

// Awaits says whether a run ends before steps with these intents, because they need a yes, or
// why it may not go on. content is what viewers would get by them, as the look showed that led
// to them. Every decision of a run is put to it, also the one in the turn of the write.
func (w *Way[M, O]) Awaits(content string, intents ...string) (bool, error) {
	w.about = content
	pause, err := w.yes.Awaits(content, w.Log.Took(w.yes.Steps), intents...)
	w.paused = pause
	return pause, err
}

// Unpause takes it back that the run has come to its pause: there is something to be done before.
func (w *Way[M, O]) Unpause() { w.paused = false }

// Within is what a run of a noun goes by of a decision: cutover.Within, and before that
// whether the step needs a yes.
func Within[M, O any](w *Way[M, O], content string, step cutover.Step, stop error, unshown func(intent string) error) (cutover.Step, bool, error) {
	if stop == nil {
		if pause, err := w.Awaits(content, step.Intent()); pause || err != nil {
			return cutover.Done{}, pause, err
		}
	}
	return cutover.Within(w.Bounds, step, stop, unshown)
}

// Journal implements run.Kind.
func (w *Way[M, O]) Journal() *run.Journal { return w.Log }

// Paused implements run.Kind: a run goes to its end.
func (w *Way[M, O]) Paused(O) bool { return false }

// Unserved implements run.Kind: whoever was served before a step is so after it.
func (w *Way[M, O]) Unserved(O) bool { return false }

// Bind implements Run.
func (w *Way[M, O]) Bind(recipe cutover.Recipe) { w.Bounds = recipe }

// Things implements Run: the noun owns nothing that another instance could be about.
func (w *Way[M, O]) Things() (busy, kept []string) { return nil, nil }

// Ended implements Run.
func (w *Way[M, O]) Ended(out run.Outcome[O]) { w.Out = out }

// Shown implements Run: any look will do.
func (w *Way[M, O]) Shown() bool { return w.Out.Sight.Seen() }

// Cutover implements Run: nothing but what every run says.
func (w *Way[M, O]) Cutover() map[string]attr.Value { return map[string]attr.Value{} }

// WentBack says whether a run has led back to its end: the way back of its own, or, if it is
// held, the rest of that of an earlier run.
func (w *Way[M, O]) WentBack(held bool) bool {
	return w.Out.Result == run.RolledBack || held && w.Out.Err == nil
}

// Failed implements Run: a target is what it is called, an attribute of one value.
func (w *Way[M, O]) Failed(target any) (attr.Value, string) { return Value(target), "" }

// Remarks implements Run: there are none.
func (w *Way[M, O]) Remarks(*M) diag.Diagnostics { return nil }

// Why implements run.Kind: what ended it says so.
func (w *Way[M, O]) Why(err error) string { return diags.Reason(err) }

// Resource implements what is alike in all of them. A noun embeds it and is its Noun.
type Resource[M, O any, S engine.Step] struct {
	configured.Resource
	Noun Noun[M, O, S]
	Type string // as in configuration, without the name of the provider
}

// Metadata implements resource.Resource.
func (r *Resource[M, O, S]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.Type
}

// Delete implements resource.Resource: it writes nothing, and viewers stay where they are.
func (r *Resource[M, O, S]) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// Destroy implements Noun: there is nothing that anybody would miss.
func (r *Resource[M, O, S]) Destroy(context.Context, *M) diag.Diagnostics { return nil }

// Replace implements Noun: neither takes anything.
func (r *Resource[M, O, S]) Replace(context.Context, *M) diag.Diagnostics { return nil }

// Read implements resource.Resource. It makes state true and decides nothing, except that
// a target which is another one now opens the latch.
func (r *Resource[M, O, S]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state M
	if !r.Recorded(ctx, req, resp, &state) {
		return
	}
	memo, d := configured.Remembered(ctx, req.Private)
	resp.Diagnostics.Append(d...)
	phase := r.Noun.Parts(&state).Phase
	bare, d := r.bare(ctx, &state)
	resp.Diagnostics.Append(d...)
	state = *bare
	out := configured.Refresh(&state, r.glance(ctx, &state, memo), func(m *M) (bool, diag.Diagnostics) { return r.Noun.Refresh(ctx, m) })
	resp.Diagnostics.Append(out.Diags...)
	switch {
	case resp.Diagnostics.HasError():
	case !out.There: // nothing is left that this could be about
		resp.State.RemoveResource(ctx)
	default:
		if out.Renewed {
			resp.Diagnostics.Append(r.remember(ctx, resp.Private, &state)...)
		}
		resp.Diagnostics.Append(r.cover(ctx, &state, phase)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// glance looks by answers that instances share; nil: this refresh has to look for itself. It
// has to where something failed, because only a whole configuration tells whether it is another
// one by now, and after an import, which knows nothing yet.
func (r *Resource[M, O, S]) glance(ctx context.Context, state *M, memo configured.Memo) func(*M) (bool, diag.Diagnostics) {
	noun, ok := r.Noun.(Glancer[M])
	if told := r.Noun.Parts(state).Told; !ok || r.Provider.Alone || !told.Failed.IsNull() || told.Phase.IsNull() {
		return nil
	}
	return func(m *M) (bool, diag.Diagnostics) { return noun.Glance(ctx, m, memo) }
}

// remember keeps what the next glance will need, beside a state that is written.
func (r *Resource[M, O, S]) remember(ctx context.Context, p configured.Private, state *M) diag.Diagnostics {
	noun, ok := r.Noun.(Glancer[M])
	if !ok || r.Provider == nil {
		return nil
	}
	return configured.Remember(ctx, p, noun.Memo(state))
}

// Create implements resource.Resource. It begins by looking, and adopts what it finds.
func (r *Resource[M, O, S]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan M
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...); resp.Diagnostics.HasError() {
		return
	}
	asked := r.asked(&config, &plan)
	resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)
	if r.Noun.Parts(&plan).Steps.IsUnknown() { // something was unknown when the plan was made
		aim, d := r.Noun.Aim(ctx, &plan, &plan, nil, false)
		resp.Diagnostics.Append(d.Errors()...)
		if resp.Diagnostics.Append(r.intend(ctx, &plan, aim)...); resp.Diagnostics.HasError() {
			return
		}
	}
	q, d := r.ask(ctx, asked, nil, nil)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	w, out, d := r.converge(ctx, asked, &plan, nil, false, q)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	if out.Err != nil { // without a state there is nothing to say it in
		if a, ok := w.(Abandoner); ok {
			resp.Diagnostics.Append(a.Abandon(ctx)...)
		}
		resp.Diagnostics.Append(w.Remarks(&plan)...)
		resp.Diagnostics.Append(w.Words())
		return
	}
	resp.Diagnostics.Append(r.record(ctx, w, out, &plan, nil, false)...)
	resp.Diagnostics.Append(configured.Identify(ctx, resp.Identity, r.Noun.Parts(&plan).ID)...)
	resp.Diagnostics.Append(r.wait(ctx, &plan, nil, q, w, out)...)
	resp.Diagnostics.Append(r.remember(ctx, resp.Private, &plan)...)
	resp.Diagnostics.Append(w.Remarks(&plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

// Update implements resource.Resource.
func (r *Resource[M, O, S]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, before M
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &before)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(configured.Unmark(ctx, resp.Private)...)
	resp.Diagnostics.Append(configured.Identify(ctx, resp.Identity, r.Noun.Parts(&before).ID)...)
	if !r.Noun.Parts(&plan).Phase.IsUnknown() { // the plan asks for no step, only for other settings
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		return
	}
	state, d := r.bare(ctx, &before)
	resp.Diagnostics.Append(d...)
	asked := r.asked(&config, &plan)
	set(r.Noun.Parts(asked).Target, r.Noun.Parts(&config).Target)
	// Where what is asked for still is what failed, the run finishes the way back: evidence has
	// spoken already. Whoever planned has asked the same question, and told the answer.
	held, d := r.holds(ctx, asked, state)
	resp.Diagnostics.Append(d.Errors()...)
	var q question
	if !held && !resp.Diagnostics.HasError() {
		q, d = r.ask(ctx, asked, &before, state)
		resp.Diagnostics.Append(d...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	going := &plan
	if q.paused() && r.Noun.Parts(&plan).Shown { // the target of the plan is that of state
		going = asked
	}
	if r.Noun.Parts(&plan).Steps.IsUnknown() { // also where nobody knew whether the next step would be due
		aim, d := r.Noun.Aim(ctx, asked, going, state, held)
		resp.Diagnostics.Append(d.Errors()...)
		resp.Diagnostics.Append(r.pause(&plan, &before, q, &aim).Errors()...)
		if resp.Diagnostics.Append(r.intend(ctx, &plan, aim)...); resp.Diagnostics.HasError() {
			return
		}
		r.Noun.Parts(going).Steps = r.Noun.Parts(&plan).Steps
		if aim.Due == cutover.NotYet { // only other settings change, while a step stands
			keep(r.Noun.Parts(&plan), r.Noun.Parts(&before))
			resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
			return
		}
	}
	if q.shows(r.Noun.Parts(&plan).Steps) {
		q.Lapsed = q.window
	}
	w, out, d := r.converge(ctx, asked, going, state, held, q)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	if out.Err == nil || w.Shown() { // else what state said stands
		if q.Lapsed > 0 {
			set(r.Noun.Parts(&plan).Target, r.Noun.Parts(asked).Target) // it is what has failed
		}
		resp.Diagnostics.Append(r.record(ctx, w, out, &plan, state, held)...)
		resp.Diagnostics.Append(r.wait(ctx, &plan, &before, q, w, out)...)
		resp.Diagnostics.Append(r.remember(ctx, resp.Private, &plan)...)
		resp.Diagnostics.Append(w.Remarks(&plan)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
	if out.Err != nil {
		resp.Diagnostics.Append(w.Words())
	}
}

// asked is plan with what only configuration has.
func (r *Resource[M, O, S]) asked(config, plan *M) *M {
	out := *plan
	if secret := r.Noun.Parts(&out).Secret; secret != nil {
		set(secret, r.Noun.Parts(config).Secret)
	}
	return &out
}

// converge runs the cutover that plan asks for. state is nil while creating.
func (r *Resource[M, O, S]) converge(ctx context.Context, asked, plan, state *M, held bool, q question) (Run[M, O, S], run.Outcome[O], diag.Diagnostics) {
	var out run.Outcome[O]
	w, d := r.Noun.Begin(ctx, asked, plan, state, held)
	if d.HasError() {
		return w, out, d
	}
	parts := r.Noun.Parts(plan)
	var recipe []string
	if d.Append(parts.Steps.ElementsAs(ctx, &recipe, false)...); d.HasError() {
		return w, out, d
	}
	w.Bind(cutover.Bound(recipe))
	w.Approve(q.Approval)
	busy, kept := w.Things()
	done, err := r.Provider.Turn(ctx, busy...) // a destroy of the same things may be under way
	if err != nil {
		out = run.NotBegun[O](w.Journal(), err)
	} else {
		defer done()
		out = run.CutOver(ctx, w, r.Provider.Watcher(), run.Order{
			Budget: fwtypes.Budget(parts.Timeouts, fwtypes.Applies(state == nil), Timeout), OnFailure: cutover.OnFailure(parts.OnFailure.ValueString()),
			RollBackBudget: fwtypes.Budget(parts.Timeouts, "roll_back", Timeout),
		})
	}
	if out.Err == nil && w.waits() {
		out.Result = run.Paused
	}
	logged.Outcome(ctx, string(out.Result))
	if w.Ended(out); out.Err == nil {
		r.Provider.Keep(kept...)
	}
	return w, out, d
}

// intend makes plan have the steps of an aim, as it would have them had all been known then.
func (r *Resource[M, O, S]) intend(ctx context.Context, plan *M, aim Aim) (d diag.Diagnostics) {
	r.Noun.Parts(plan).Steps, d = steps(ctx, aim.Recipe)
	return d
}

// record makes plan say what a run came to.
func (r *Resource[M, O, S]) record(ctx context.Context, w Run[M, O, S], out run.Outcome[O], plan, was *M, held bool) diag.Diagnostics {
	var d, dd diag.Diagnostics
	told := r.Noun.Parts(plan).Told
	told.Unseen = configured.Unseen(out.Sight.Unseen())
	told.LastCutover, told.Failed = null(ctx, told.LastCutover), null(ctx, told.Failed)
	if was != nil {
		told.LastCutover = r.Noun.Parts(was).LastCutover
	}
	if len(out.Journal.Events()) > 0 {
		told.LastCutover, dd = lastCutover(ctx, told.LastCutover, w.Cutover(), out.Journal, string(out.Result), out.Ended)
		d.Append(dd...)
	}
	switch {
	case held: // the latch stays closed until configuration asks for something else
		told.Failed = r.Noun.Parts(was).Failed
	case out.WentBack():
		told.Failed, dd = failed(told.Failed.AttributeTypes(ctx), out.Reason, w.Failed, r.Noun.Parts(plan).Target)
		d.Append(dd...)
	}
	phase := unproven // the next apply finishes it
	switch {
	case out.Result == run.RolledBack, held && out.Err == nil:
		phase = rolledBack
	case out.Err == nil:
		phase = settled
	}
	if told.Phase = types.StringValue(phase); out.Err != nil {
		told.Steps = configured.NoSteps()
		if was != nil {
			set(r.Noun.Parts(plan).Target, r.Noun.Parts(was).Target)
		}
	}
	return append(d, w.Record(ctx, plan, was)...)
}

func null(ctx context.Context, o types.Object) types.Object {
	return types.ObjectNull(o.AttributeTypes(ctx))
}
