package latched_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// The lamp is the smallest noun: a record of Route 53 that says "on" or "off", with a gate, a
// latch and a way back. What it takes is what the frame asks of a noun. It is here to be read
// before a noun is written, and to put the frame through the ordeals of the real ones.

// ---- what it decides; package cutover/… of a real noun

type spec struct {
	Zone, Name             string
	Lit, Gate, RollingBack bool
}

type observation struct {
	Shows     string // "on", "off", or "" where there is no record
	Spreading bool
	Evidence  cutover.Evidence
}

type (
	turn     struct{ From, To string }
	look     struct{ At string }
	obstacle struct{ is cutover.Cause }
)

func light(on bool) string { return map[bool]string{true: "on", false: "off"}[on] }

func (turn) Progress() bool              { return true }
func (s turn) Intent() string            { return "turn the lamp " + s.To }
func (s turn) Why() string               { return "it says " + strconv.Quote(s.From) }
func (s turn) String() string            { return "turning the lamp " + s.To }
func (look) Progress() bool              { return true }
func (look) Intent() string              { return "see whether anybody is dazzled" }
func (s look) Why() string               { return "it has just been turned " + s.At }
func (look) String() string              { return "seeing whether anybody is dazzled" }
func (o *obstacle) Cause() cutover.Cause { return o.is }
func (o *obstacle) Error() string {
	return map[cutover.Cause]string{cutover.Sick: "somebody is dazzled", cutover.Unable: "the plan has not shown it"}[o.is]
}

func next(s spec, o observation) (cutover.Step, error) {
	switch {
	case o.Shows != light(s.Lit):
		return turn{o.Shows, light(s.Lit)}, nil
	case o.Spreading:
		return cutover.Wait{For: "every name server knows"}, nil
	case s.Gate && !s.RollingBack && o.Evidence == cutover.NoEvidence:
		return look{o.Shows}, nil
	case o.Evidence == cutover.Unhealthy:
		return nil, &obstacle{cutover.Sick}
	default:
		return cutover.Done{}, nil
	}
}

func recipe(s spec, shows string) (out []string) {
	if shows != light(s.Lit) {
		out = append(out, turn{To: light(s.Lit)}.Intent())
	}
	if s.Gate && !s.RollingBack {
		out = append(out, look{}.Intent())
	}
	return out
}

// ---- what Terraform knows of it; model.go, schema.go

type decides struct {
	Zone   types.String `tfsdk:"zone_id"`
	Name   types.String `tfsdk:"name"`
	Lit    types.Bool   `tfsdk:"lit"`
	Verify types.Object `tfsdk:"verify"`
}

type tells struct {
	latched.Told
	Shines types.String `tfsdk:"shines"`
}

type model struct {
	decides
	latched.Settings
	tells
}

type lamp struct {
	latched.Resource[model, observation, cutover.Step]
}

func newLamp() resource.Resource {
	r := &lamp{}
	r.Noun = r
	return r
}

func (r *lamp) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "cdn_lamp"
}

var failedAttributes = map[string]schema.Attribute{"lit": schema.BoolAttribute{Computed: true}, "reason": schema.StringAttribute{Computed: true}}

func (r *lamp) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"zone_id": schema.StringAttribute{Required: true}, "name": schema.StringAttribute{Required: true}, "lit": schema.BoolAttribute{Required: true},
		"verify":     verification.Attribute(verification.Kind{UnderTraffic: true, What: "Asked once it is turned."}),
		"on_failure": latched.OnFailure("`verify` fails."), "retry": latched.Retry("turn"), "timeouts": fwtypes.Timeouts(latched.Timeout, map[string]string{"update": "", "roll_back": ""}),
		"id": schema.StringAttribute{Computed: true}, "shines": schema.StringAttribute{Computed: true}, "phase": schema.StringAttribute{Computed: true},
		"steps": latched.Steps(), "unseen": configured.UnseenAttribute("`shines`"), "last_cutover": latched.LastCutover("turn", "How it ended.", map[string]schema.Attribute{"to": schema.BoolAttribute{Computed: true}}),
		"failed": schema.SingleNestedAttribute{Computed: true, Attributes: failedAttributes},
	}}
}

type failedModel struct {
	Lit    types.Bool   `tfsdk:"lit"`
	Reason types.String `tfsdk:"reason"`
}

func (m *model) spec() spec {
	return spec{Zone: m.Zone.ValueString(), Name: m.Name.ValueString(), Lit: m.Lit.ValueBool(), Gate: !m.Verify.IsNull()}
}

// ---- the Terraform half that is its own; resource.go, plan.go

func (r *lamp) Parts(m *model) latched.Parts {
	return latched.Parts{Target: &m.Lit, Decides: &m.decides, Else: &m.Settings, Tells: &m.tells, Settings: &m.Settings, Told: &m.Told}
}

func (r *lamp) Hold(ctx context.Context, plan, state *model) (bool, diag.Diagnostics) {
	var failed failedModel
	d := state.Failed.As(ctx, &failed, basetypes.ObjectAsOptions{})
	if !failed.Lit.Equal(plan.Lit) || state.Lit.Equal(plan.Lit) {
		return false, d
	}
	plan.Lit = state.Lit
	d.AddWarning("The lamp has failed", "It stays as it is until lit or retry changes.")
	return true, d
}

func (r *lamp) Aim(_ context.Context, _, plan, state *model, held bool) (latched.Aim, diag.Diagnostics) {
	s := plan.spec()
	aim := latched.Aim{ID: s.Zone + ";" + s.Name}
	if state == nil {
		aim.Recipe = append([]string{cutover.LookFirst}, recipe(s, "")...)
		return aim, nil
	}
	over := state.Phase.ValueString() == "settled" || held && state.Phase.ValueString() == "rolled_back"
	s.RollingBack, aim.Rest = held, over && state.Lit.Equal(plan.Lit) && state.Unseen.IsNull()
	aim.Recipe = recipe(s, state.Shines.ValueString())
	return aim, nil
}

func (r *lamp) Begin(ctx context.Context, _, plan, state *model, held bool) (latched.Run[model, observation, cutover.Step], diag.Diagnostics) {
	w := &workflow{p: r.Provider, spec: plan.spec()}
	if w.Log, w.spec.RollingBack = run.NewJournal(r.Provider.Clock), held; state != nil {
		w.before = state.Lit.ValueBoolPointer()
	}
	var d diag.Diagnostics
	w.gate, d = verification.ReadPlain(ctx, plan.Verify)
	return w, d
}

func (r *lamp) Refresh(ctx context.Context, state *model) (bool, diag.Diagnostics) {
	obs, err := (&workflow{p: r.Provider, spec: state.spec()}).Look(ctx)
	if err != nil {
		return true, diag.Diagnostics{diag.NewErrorDiagnostic("The lamp cannot be seen", err.Error())}
	}
	if obs.Shows != state.Shines.ValueString() || !state.Unseen.IsNull() {
		state.Phase, state.Steps = types.StringValue("unproven"), configured.NoSteps()
	}
	state.Shines, state.Unseen = types.StringValue(obs.Shows), configured.Unseen(nil)
	return true, nil
}

// ---- one run; workflow.go, cutover.go, state.go

type workflow struct {
	latched.Way[model, observation]
	p        *configured.Provider
	spec     spec
	before   *bool
	gate     *verification.Spec
	evidence cutover.Evidence
	reason   string
	records  configured.RecordWriter
	found    []route53api.Record
}

func (w *workflow) Look(ctx context.Context) (observation, error) {
	records, err := w.p.Route53.Records(ctx, w.spec.Zone, w.spec.Name)
	o := observation{Evidence: w.evidence}
	w.found = nil
	for _, r := range records {
		if r.Type == "TXT" {
			w.found, o.Shows = append(w.found, r), strings.Trim(r.Values[0], `"`)
		}
	}
	return o, err
}

func (w *workflow) Observe(ctx context.Context) (observation, error) {
	if err := w.records.Spread.Look(ctx, w.p.Route53.Insync, w.p.Clock.Now); err != nil {
		return observation{}, configured.Again(err)
	}
	o, err := w.Look(ctx)
	if o.Spreading = w.records.Spread.Pending(); err == nil {
		_, err = w.records.Guard.Look(ctx, w.p, w.spec.Zone)
	}
	return o, configured.Again(err)
}

func (w *workflow) Next(o observation) (cutover.Step, bool, error) {
	step, err := next(w.spec, o)
	if err != nil {
		return nil, false, err
	}
	if beyond := w.Bounds.Beyond(step.Intent()); beyond != "" {
		return nil, false, &obstacle{cutover.Unable}
	}
	_, done := step.(cutover.Done)
	return step, done, nil
}

func (w *workflow) Do(ctx context.Context, _ observation, step cutover.Step) error {
	switch s := step.(type) {
	case turn:
		is := route53api.Record{Name: w.spec.Name, Type: "TXT", TTL: 60, Values: []string{strconv.Quote(s.To)}}
		effect, err := w.records.Write(ctx, w.p, w.Log, step, w.spec.Zone, s.Intent(), w.found, []route53api.Record{is}, 0)
		if effect != run.NoEffect {
			w.evidence = cutover.NoEvidence
		}
		return err
	case look:
		verdict, why, err := w.p.Watcher().Ask(ctx, w.gate.About(verification.Subject{Side: s.At, Names: []string{w.spec.Name}}), time.Minute)
		if err == nil {
			w.evidence, w.reason = run.Evidence(verdict), why
			w.Log.Asked(step, w.evidence)
		}
		return err
	default:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	}
}

func (w *workflow) Limits(budget time.Duration) engine.Limits {
	return engine.Limits{Clock: w.p.Clock, Budget: budget, Pause: w.p.Poll, Failures: 8, Steps: 20, OnStep: func(context.Context, fmt.Stringer) {}}
}

func (w *workflow) Undo(err error, _ run.Sight[observation]) *run.Undo[observation, cutover.Step] {
	if w.spec.RollingBack || w.before == nil || *w.before == w.spec.Lit || configured.Cause(err) != cutover.Sick {
		return nil
	}
	back := *w
	back.spec.Lit, back.spec.RollingBack, back.Bounds, back.evidence = *w.before, true, nil, cutover.NoEvidence
	return &run.Undo[observation, cutover.Step]{Run: &back, Sick: true, To: light(*w.before)}
}

func (w *workflow) Recipe() []string { return recipe(w.spec, "") }

func (w *workflow) Things() (busy, kept []string) {
	return []string{w.spec.Name}, []string{w.spec.Name}
}

func (w *workflow) Why(err error) string {
	if o, ok := errors.AsType[*obstacle](err); ok && o.is == cutover.Sick {
		return w.reason
	}
	return err.Error()
}

func (w *workflow) Record(ctx context.Context, m, was *model) (d diag.Diagnostics) {
	if m.Shines = types.StringValue(w.Out.Sight.Obs.Shows); w.Out.Err != nil && was != nil {
		m.Lit = was.Lit
	}
	phase := "unproven"
	switch {
	case w.spec.RollingBack: // the latch stays closed
		if m.Failed = was.Failed; w.Out.Err == nil {
			phase = "rolled_back"
		}
	case w.Out.WentBack():
		if w.Out.Result == run.RolledBack { // else the next apply finishes the way back
			phase = "rolled_back"
		}
		m.Failed, d = types.ObjectValueFrom(ctx, fwtypes.TypesOf(failedAttributes), failedModel{types.BoolValue(w.spec.Lit), types.StringValue(w.Out.Reason)})
	case w.Out.Err == nil:
		phase = "settled"
	}
	m.Phase = types.StringValue(phase)
	return d
}

func (w *workflow) Cutover() map[string]attr.Value {
	return map[string]attr.Value{"to": types.BoolValue(w.spec.Lit)}
}

func (w *workflow) Words() diag.Diagnostic {
	return diag.NewErrorDiagnostic("The lamp was not turned", fmt.Sprintf("%s. It says %q.", w.Out.Err, w.Out.Sight.Obs.Shows))
}
