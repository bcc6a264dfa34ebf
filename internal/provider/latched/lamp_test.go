package latched_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	Zone, Name, Light string
	Gate, RollingBack bool
}

type observation struct {
	Shows     string // "on", "off", or "" where there is no record
	Spreading bool
	Evidence  cutover.Evidence
}

type (
	turn     struct{ From, To string }
	look     struct{ At string }
	dazzling struct{}
)

func (turn) Progress() bool           { return true }
func (s turn) Intent() string         { return "turn the lamp " + s.To }
func (s turn) Why() string            { return "it says " + fmt.Sprintf("%q", s.From) }
func (s turn) String() string         { return "turning the lamp " + s.To }
func (look) Progress() bool           { return true }
func (look) Intent() string           { return "see whether anybody is dazzled" }
func (s look) Why() string            { return "it has just been turned " + s.At }
func (look) String() string           { return "seeing whether anybody is dazzled" }
func (dazzling) Cause() cutover.Cause { return cutover.Sick }
func (dazzling) Error() string        { return "somebody is dazzled" }

func next(s spec, o observation) (cutover.Step, error) {
	switch {
	case o.Shows != s.Light:
		return turn{o.Shows, s.Light}, nil
	case o.Spreading:
		return cutover.Wait{For: "every name server knows"}, nil
	case s.Gate && !s.RollingBack && o.Evidence == cutover.NoEvidence:
		return look{o.Shows}, nil
	case o.Evidence == cutover.Unhealthy:
		return nil, dazzling{}
	default:
		return cutover.Done{}, nil
	}
}

func recipe(s spec, shows string) (out []string) {
	if shows != s.Light {
		out = append(out, turn{To: s.Light}.Intent())
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
	Light  types.String `tfsdk:"light"`
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
	r.Noun, r.Type = r, "lamp"
	return r
}

func (r *lamp) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: latched.Approving(map[string]schema.Attribute{
		"zone_id": schema.StringAttribute{Required: true}, "name": schema.StringAttribute{Required: true}, "light": schema.StringAttribute{Required: true},
		"verify":     verification.Attribute(verification.Kind{UnderTraffic: true, What: "Asked once it is turned."}),
		"on_failure": latched.OnFailure("`verify` fails."), "retry": latched.Retry("turn"), "timeouts": fwtypes.Timeouts(latched.Timeout, map[string]string{"update": "", "roll_back": ""}),
		"id": schema.StringAttribute{Computed: true}, "shines": schema.StringAttribute{Computed: true}, "phase": schema.StringAttribute{Computed: true},
		"steps": latched.Steps(), "unseen": configured.UnseenAttribute("`shines`"), "last_cutover": latched.LastCutover("turn", "How it ended.", map[string]schema.Attribute{}),
		"failed": latched.FailureAttribute(".", "nothing"),
	}, "the turn")}
}

func (m *model) spec() spec {
	return spec{Zone: m.Zone.ValueString(), Name: m.Name.ValueString(), Light: m.Light.ValueString(), Gate: !m.Verify.IsNull()}
}

// ---- the Terraform half that is its own; resource.go, plan.go

func (r *lamp) Parts(m *model) latched.Parts {
	return latched.Parts{Target: &m.Light, Shown: true, Decides: &m.decides, Else: &m.Settings, Tells: &m.tells, Settings: &m.Settings, Told: &m.Told}
}

func (r *lamp) Hold(ctx context.Context, plan, state *model) (bool, diag.Diagnostics) {
	failed, d := state.Failure(ctx)
	if failed == nil || !failed.Target.Equal(plan.Light) {
		return false, d
	}
	return true, append(d, diag.NewWarningDiagnostic("The lamp has failed", "It stays as it is until light or retry changes."))
}

func (r *lamp) Aim(_ context.Context, _, plan, state *model, held bool) (latched.Aim, diag.Diagnostics) {
	s := plan.spec()
	aim := latched.Aim{ID: s.Zone + ";" + s.Name}
	if state == nil {
		aim.Recipe = append([]string{cutover.LookFirst}, recipe(s, "")...)
		return aim, nil
	}
	s.RollingBack, aim.Rest = held, state.Rests(held) && state.Light.Equal(plan.Light)
	aim.Recipe = recipe(s, state.Shines.ValueString())
	return aim, nil
}

func (r *lamp) Gates(_ context.Context, asked, state *model, _ cutover.Pause, _ bool) ([]string, diag.Diagnostics) {
	if state != nil && state.Light.Equal(asked.Light) {
		return nil, nil
	}
	return []string{turn{To: asked.Light.ValueString()}.Intent()}, nil
}

func (r *lamp) Begin(ctx context.Context, _, plan, state *model, held bool) (latched.Run[model, observation, cutover.Step], diag.Diagnostics) {
	gate, d := verification.ReadPlain(ctx, plan.Verify)
	w := &workflow{p: r.Provider, spec: plan.spec(), gate: gate}
	if w.Log, w.spec.RollingBack = run.NewJournal(r.Provider.Clock), held; state != nil {
		w.before = state.Light.ValueString()
	}
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
	before   string
	gate     *verification.Spec
	evidence cutover.Evidence
	records  configured.RecordWriter
	found    []route53api.Record
}

func (w *workflow) Look(ctx context.Context) (observation, error) {
	o := observation{Evidence: w.evidence, Spreading: w.records.Spread.Pending()}
	var err error
	if w.found, err = w.p.Route53.Records(ctx, w.spec.Zone, w.spec.Name); len(w.found) > 0 {
		o.Shows = strings.Trim(w.found[0].Values[0], `"`)
	}
	return o, err
}

func (w *workflow) Observe(ctx context.Context) (observation, error) {
	if err := w.records.Look(ctx, w.p, w.p.Here); err != nil {
		return observation{}, configured.Again(err)
	}
	o, err := w.Look(ctx)
	return o, configured.Again(err)
}

func (w *workflow) Next(o observation) (cutover.Step, bool, error) {
	step, err := next(w.spec, o)
	return latched.Within(&w.Way, w.spec.Light+w.bulb(), step, err, func(intent string) error { return errors.New("no plan has shown to " + intent) })
}

// bulbs are what somebody has put into lamps, by zone: what viewers get is not in any record.
var bulbs sync.Map

func (w *workflow) bulb() string {
	b, _ := bulbs.Load(w.spec.Zone)
	s, _ := b.(string)
	return s
}

func (w *workflow) Do(ctx context.Context, _ observation, step cutover.Step) error {
	switch s := step.(type) {
	case turn:
		is := route53api.Record{Name: w.spec.Name, Type: "TXT", TTL: 60, Values: []string{fmt.Sprintf("%q", s.To)}}
		effect, err := w.records.Write(ctx, w.p, w.Log, step, w.spec.Zone, s.Intent(), w.found, []route53api.Record{is}, 0)
		if effect != run.NoEffect {
			w.evidence = cutover.NoEvidence
		}
		return err
	case look:
		var err error
		w.evidence, _, err = w.Log.Ask(ctx, w.p.Watcher(), step, w.gate.About(verification.Subject{Side: s.At, Names: []string{w.spec.Name}}), time.Minute)
		return err
	default:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	}
}

// show names what may be logged of what a run has seen.
func show(o observation) struct{ Shows string } { return struct{ Shows string }{o.Shows} }

func (w *workflow) Limits(budget time.Duration) engine.Limits {
	return configured.Limits(w.p, budget, 20, map[string]any{"name": w.spec.Name}, show)
}

func (w *workflow) Undo(err error, _ run.Sight[observation]) *run.Undo[observation, cutover.Step] {
	if w.spec.RollingBack || w.before == "" || w.before == w.spec.Light || configured.Cause(err) != cutover.Sick {
		return nil
	}
	back := *w
	back.spec.Light, back.spec.RollingBack, back.Bounds, back.evidence = w.before, true, nil, cutover.NoEvidence
	return &run.Undo[observation, cutover.Step]{Run: &back, Sick: true, To: w.before}
}

func (w *workflow) Record(_ context.Context, m, _ *model) diag.Diagnostics {
	m.Shines = types.StringValue(w.Out.Sight.Obs.Shows)
	return nil
}

func (w *workflow) Words() diag.Diagnostic {
	return diag.NewErrorDiagnostic("The lamp was not turned", fmt.Sprintf("%s. It says %q.", w.Out.Err, w.Out.Sight.Obs.Shows))
}
