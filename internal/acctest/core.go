package acctest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// A Config is the body of a resource as a test writes it: strings, numbers,
// booleans, lists and maps of them, and Unknown.
type Config map[string]any

type unknown struct{}

// Unknown is a value that is not known before apply.
var Unknown = unknown{}

// Core does what Terraform's core does with one resource, in process and on any
// clock: refresh, plan, apply, and the checks that core makes of a provider's
// answers. Each operation starts a provider of its own, as the CLI does.
type Core struct {
	Type       string
	Provider   Config // of the provider block
	World      provider.World
	State      tftypes.Value // null: not created
	Tainted    bool
	Identity   *tfprotov6.ResourceIdentityData // of the state; nil: it has none yet
	Identifies bool                            // it knows of identities, as Terraform does since 1.12
	schema     *tfprotov6.Schema
	typ        tftypes.Object
	providerT  tftypes.Object
	private    []byte
	turns      *turns    // of the latest provider
	provided   validated // its block
	configured validated // the resource
}

// validated is what validating a configuration came to, the latest one that was all right. The same says the same of
// it whenever it is asked, and nearly every plan of a test is of the configuration of the plan before.
type validated struct {
	config []byte
	diags  Diagnostics
}

// by returns what was said of a configuration; ask is asked where that is another one than the latest.
func (v *validated) by(config *tfprotov6.DynamicValue, ask func() (Diagnostics, error)) (Diagnostics, error) {
	if v.config != nil && bytes.Equal(v.config, config.MsgPack) {
		return v.diags, nil
	}
	d, err := ask()
	if err == nil && len(d.Errors()) == 0 {
		v.config, v.diags = config.MsgPack, d
	}
	return d, err
}

// schemas are those of the provider without resources of a test. They are the same in every world.
var schemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	s, err := provider.NewServer(provider.World{}, "test")
	if err != nil {
		return nil, err
	}
	return s.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// schemasOf are those of a provider.
func (c *Core) schemasOf(ctx context.Context, s tfprotov6.ProviderServer) (*tfprotov6.GetProviderSchemaResponse, error) {
	if len(c.World.Also) == 0 {
		return schemas()
	}
	return s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
}

// NewCore returns a core without state for one resource type.
func NewCore(typ string, c clock.Clock, rt http.RoundTripper) *Core {
	return &Core{
		Type: typ, World: provider.World{Clock: c, Transport: rt},
		Provider: Config{"access_key": "AKIDPROVIDER", "secret_key": "secret", "region": "us-east-1", "poll_interval": "15s"},
	}
}

// Diagnostics are what a provider answered beside its result.
type Diagnostics []*tfprotov6.Diagnostic

// Errors returns the errors among them.
func (d Diagnostics) Errors() Diagnostics {
	return d.only(tfprotov6.DiagnosticSeverityError)
}

// Warnings returns the warnings among them.
func (d Diagnostics) Warnings() Diagnostics {
	return d.only(tfprotov6.DiagnosticSeverityWarning)
}

func (d Diagnostics) only(s tfprotov6.DiagnosticSeverity) Diagnostics {
	var out Diagnostics
	for _, x := range d {
		if x.Severity == s {
			out = append(out, x)
		}
	}
	return out
}

// String prints diagnostics as golden files hold them: in an order of its own,
// because the framework validates attributes in none.
func (d Diagnostics) String() string {
	sorted := slices.Clone(d)
	slices.SortStableFunc(sorted, func(a, b *tfprotov6.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Attribute.String(), b.Attribute.String()), strings.Compare(a.Summary, b.Summary), strings.Compare(a.Detail, b.Detail))
	})
	var b strings.Builder
	for _, x := range sorted {
		fmt.Fprintf(&b, "%s: %s\n", strings.ToLower(x.Severity.String()), x.Summary)
		if x.Attribute != nil {
			fmt.Fprintf(&b, "at %s\n", x.Attribute)
		}
		fmt.Fprintf(&b, "\n%s\n", x.Detail)
	}
	return b.String()
}

// watched is the world with somebody who counts what each step writes.
func (c *Core) watched() provider.World {
	w := c.World
	c.turns = newTurns(w.Transport)
	if w.Transport != nil { // else the provider is to find its own way to AWS
		w.Transport = c.turns
	}
	return w
}

// server starts a provider and configures it.
func (c *Core) server(ctx context.Context) (tfprotov6.ProviderServer, Diagnostics, error) {
	s, err := provider.NewServer(c.watched(), "test")
	if err != nil {
		return nil, nil, err
	}
	if c.schema == nil {
		all, err := c.schemasOf(ctx, s)
		if err != nil {
			return nil, nil, err
		}
		c.schema = all.ResourceSchemas[c.Type]
		if c.schema == nil {
			return nil, nil, fmt.Errorf("the provider has no %s", c.Type)
		}
		c.typ = c.schema.ValueType().(tftypes.Object)           //nolint:forcetypeassert // by the protocol
		c.providerT = all.Provider.ValueType().(tftypes.Object) //nolint:forcetypeassert // by the protocol
		c.State = tftypes.NewValue(c.typ, nil)
	}
	config, err := dynamic(c.providerT, map[string]any(c.Provider))
	if err != nil {
		return nil, nil, err
	}
	d, err := c.provided.by(config, func() (Diagnostics, error) {
		valid, err := s.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})
		if err != nil {
			return nil, err
		}
		return valid.Diagnostics, nil
	})
	if err != nil {
		return nil, nil, err
	}
	if len(d.Errors()) > 0 {
		return s, d, nil
	}
	resp, err := s.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: config})
	if err != nil {
		return nil, nil, err
	}
	return s, resp.Diagnostics, nil
}

// A Plan is what a provider proposes.
type Plan struct {
	Config   tftypes.Value
	Prior    tftypes.Value
	Planned  tftypes.Value
	Diags    Diagnostics
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

// Empty says whether the plan changes nothing.
func (p Plan) Empty() bool { return p.Planned.Equal(p.Prior) }

// Private is the private state, a text that is equal where nothing has changed it.
func (c *Core) Private() string { return string(c.private) }

// Refresh reads the resource and keeps what it says.
func (c *Core) Refresh(ctx context.Context) (Diagnostics, error) {
	s, diags, err := c.server(ctx)
	if err != nil || len(diags.Errors()) > 0 || c.State.IsNull() {
		return diags, err
	}
	return c.refresh(ctx, s)
}

func (c *Core) refresh(ctx context.Context, s tfprotov6.ProviderServer) (Diagnostics, error) {
	state, err := tfprotov6.NewDynamicValue(c.typ, c.State)
	if err != nil {
		return nil, err
	}
	resp, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: c.Type, CurrentState: &state, CurrentIdentity: c.Identity, Private: c.private})
	if err != nil {
		return nil, err
	}
	if d := Diagnostics(resp.Diagnostics); len(d.Errors()) > 0 {
		return d, nil
	}
	c.State, err = resp.NewState.Unmarshal(c.typ)
	c.private = resp.Private
	c.identify(resp.NewIdentity)
	return resp.Diagnostics, err
}

// identify keeps the identity of the state that an answer has brought.
func (c *Core) identify(is *tfprotov6.ResourceIdentityData) {
	if c.Identity = nil; c.Identifies && !c.State.IsNull() {
		c.Identity = is
	}
}

// IdentityID is the id that the identity of the state has, "" where there is none.
func (c *Core) IdentityID() (id string) {
	if c.Identity == nil {
		return ""
	}
	typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	var object map[string]tftypes.Value
	if v, err := c.Identity.IdentityData.Unmarshal(typ); err != nil || v.As(&object) != nil || object["id"].As(&id) != nil {
		return ""
	}
	return id
}

// Plan validates, refreshes and plans. A nil config destroys.
func (c *Core) Plan(ctx context.Context, config Config) (Plan, error) {
	return c.plan(ctx, config, true)
}

// PlanWithoutRefresh plans as -refresh=false does.
func (c *Core) PlanWithoutRefresh(ctx context.Context, config Config) (Plan, error) {
	return c.plan(ctx, config, false)
}

func (c *Core) plan(ctx context.Context, config Config, refresh bool) (Plan, error) {
	s, diags, err := c.server(ctx)
	if err != nil || len(diags.Errors()) > 0 {
		return Plan{Diags: diags}, err
	}
	p, err := c.planBy(ctx, s, config, refresh)
	p.Diags = append(diags, p.Diags...)
	return p, err
}

func (c *Core) planBy(ctx context.Context, s tfprotov6.ProviderServer, config Config, refresh bool) (p Plan, err error) {
	if config != nil {
		p.Config, err = value(c.typ, map[string]any(config))
		if err != nil {
			return p, err
		}
		dv, err := tfprotov6.NewDynamicValue(c.typ, p.Config)
		if err != nil {
			return p, err
		}
		d, err := c.configured.by(&dv, func() (Diagnostics, error) {
			v, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: c.Type, Config: &dv})
			if err != nil {
				return nil, err
			}
			return v.Diagnostics, nil
		})
		if err != nil {
			return p, err
		}
		if p.Diags = append(p.Diags, d...); len(p.Diags.Errors()) > 0 {
			return p, nil
		}
	} else {
		p.Config = tftypes.NewValue(c.typ, nil)
	}
	if refresh && !c.State.IsNull() {
		d, err := c.refresh(ctx, s)
		if p.Diags = append(p.Diags, d...); err != nil || len(p.Diags.Errors()) > 0 {
			return p, err
		}
	}
	p.Prior = c.State
	if c.Tainted {
		p.Prior = tftypes.NewValue(c.typ, nil)
	}
	return p, c.ask(ctx, s, &p)
}

// ask calls PlanResourceChange with what core would propose.
func (c *Core) ask(ctx context.Context, s tfprotov6.ProviderServer, p *Plan) error {
	proposed, err := c.proposed(p.Prior, p.Config)
	if err != nil {
		return err
	}
	req := &tfprotov6.PlanResourceChangeRequest{TypeName: c.Type, PriorPrivate: c.private}
	if !p.Prior.IsNull() {
		req.PriorIdentity = c.Identity
	}
	for _, x := range []struct {
		to **tfprotov6.DynamicValue
		v  tftypes.Value
	}{{&req.PriorState, p.Prior}, {&req.ProposedNewState, proposed}, {&req.Config, p.Config}} {
		dv, err := tfprotov6.NewDynamicValue(c.typ, x.v)
		if err != nil {
			return err
		}
		*x.to = &dv
	}
	resp, err := s.PlanResourceChange(ctx, req)
	if err != nil {
		return err
	}
	if p.Diags = append(p.Diags, resp.Diagnostics...); len(p.Diags.Errors()) > 0 {
		return nil
	}
	p.private, p.identity = resp.PlannedPrivate, resp.PlannedIdentity
	if p.Planned, err = resp.PlannedState.Unmarshal(c.typ); err != nil {
		return err
	}
	return c.validPlan(*p)
}

// proposed merges configuration and prior state: what configuration leaves open
// and the provider computes keeps its prior value.
func (c *Core) proposed(prior, config tftypes.Value) (tftypes.Value, error) {
	if config.IsNull() || prior.IsNull() {
		return config, nil
	}
	var was, is map[string]tftypes.Value
	if err := prior.As(&was); err != nil {
		return config, err
	}
	if err := config.As(&is); err != nil {
		return config, err
	}
	out := map[string]tftypes.Value{}
	for _, a := range c.schema.Block.Attributes {
		out[a.Name] = is[a.Name]
		if a.Computed && is[a.Name].IsNull() {
			out[a.Name] = was[a.Name]
		}
	}
	return tftypes.NewValue(c.typ, out), nil
}

// validPlan is core's rule: an attribute that configuration sets is planned as
// configured, or kept as it was.
func (c *Core) validPlan(p Plan) error {
	if p.Config.IsNull() {
		return nil
	}
	var config, planned map[string]tftypes.Value
	prior := map[string]tftypes.Value{}
	if err := p.Config.As(&config); err != nil {
		return err
	}
	if err := p.Planned.As(&planned); err != nil {
		return err
	}
	if !p.Prior.IsNull() {
		if err := p.Prior.As(&prior); err != nil {
			return err
		}
	}
	for _, a := range c.schema.Block.Attributes {
		got, want := planned[a.Name], config[a.Name]
		if a.NestedType != nil || want.IsNull() && a.Computed || got.Equal(want) {
			continue
		}
		if was, ok := prior[a.Name]; ok && got.Equal(was) && !was.IsNull() && !want.IsNull() {
			continue
		}
		return fmt.Errorf("provider produced invalid plan: %s is %s, configured %s", a.Name, got, want)
	}
	return nil
}

// Apply plans once more, as core does inside apply, applies the plan, and keeps
// the resulting state. The error reports what core would call a bug of the provider.
func (c *Core) Apply(ctx context.Context, p Plan) (Diagnostics, error) {
	return c.apply(ctx, p, false)
}

// Interrupt applies a plan while ctx may end: that is how a provider learns of an
// interrupt. Unlike a kill, which Apply takes the end of ctx for, the provider
// gets to answer, and its answer is kept.
func (c *Core) Interrupt(ctx context.Context, p Plan) (Diagnostics, error) {
	return c.apply(ctx, p, true)
}

func (c *Core) apply(ctx context.Context, p Plan, listens bool) (Diagnostics, error) {
	if p.Empty() {
		return nil, nil
	}
	s, diags, err := c.server(context.WithoutCancel(ctx))
	if err != nil || len(diags.Errors()) > 0 {
		return diags, err
	}
	return c.applyBy(ctx, s, p, listens)
}

// applyBy applies a plan by a provider that runs already.
func (c *Core) applyBy(ctx context.Context, s tfprotov6.ProviderServer, p Plan, listens bool) (Diagnostics, error) {
	again := Plan{Config: p.Config, Prior: p.Prior}
	if !p.Config.IsNull() {
		if err := c.ask(context.WithoutCancel(ctx), s, &again); err != nil {
			return again.Diags, err
		}
		if len(again.Diags.Errors()) > 0 {
			return again.Diags, nil
		}
		if err := conforms(p.Planned, again.Planned); err != nil {
			return nil, fmt.Errorf("provider produced inconsistent final plan: %w", err)
		}
	} else {
		again = p
	}
	req := &tfprotov6.ApplyResourceChangeRequest{TypeName: c.Type, PlannedPrivate: again.private}
	for _, x := range []struct {
		to **tfprotov6.DynamicValue
		v  tftypes.Value
	}{{&req.PriorState, p.Prior}, {&req.PlannedState, again.Planned}, {&req.Config, p.Config}} {
		dv, err := tfprotov6.NewDynamicValue(c.typ, x.v)
		if err != nil {
			return nil, err
		}
		*x.to = &dv
	}
	if c.Identifies {
		req.PlannedIdentity = again.identity
	}
	turns := c.turns
	resp, err := s.ApplyResourceChange(ctx, req)
	if err = turns.check(err); err != nil {
		return nil, err
	}
	d := Diagnostics(resp.Diagnostics)
	state, err := resp.NewState.Unmarshal(c.typ)
	if err != nil {
		return d, err
	}
	if ctx.Err() != nil && !listens {
		return d, nil // killed: the answer reaches nobody
	}
	if len(d.Errors()) == 0 {
		if err := conforms(again.Planned, state); err != nil {
			return d, fmt.Errorf("provider produced inconsistent result after apply: %w", err)
		}
	}
	c.Tainted = p.Prior.IsNull() && !state.IsNull() && len(d.Errors()) > 0
	c.State, c.private = state, resp.Private
	c.identify(resp.NewIdentity)
	return d, nil
}

// conforms says whether got keeps every known value of want.
func conforms(want, got tftypes.Value) error {
	diffs, err := want.Diff(got)
	if err != nil {
		return err
	}
	for _, d := range diffs {
		if d.Value1 != nil && d.Value1.IsKnown() && len(children(*d.Value1)) == 0 {
			if v, _, err := tftypes.WalkAttributePath(want, d.Path); err == nil {
				if w, ok := v.(tftypes.Value); ok && !w.IsKnown() {
					continue
				}
			}
			return fmt.Errorf("%s was %s, but now %v", d.Path, d.Value1, d.Value2)
		}
	}
	return nil
}

func children(v tftypes.Value) []tftypes.Value {
	var list []tftypes.Value
	var object map[string]tftypes.Value
	if v.As(&list) == nil && len(list) > 0 {
		return list
	}
	if v.As(&object) == nil {
		for _, x := range object {
			list = append(list, x)
		}
	}
	return list
}

// Has says whether the schema of the state has an attribute.
func (c *Core) Has(attribute string) bool {
	kind, ok := c.State.Type().(tftypes.Object)
	return ok && kind.AttributeTypes[attribute] != nil
}

// Get returns an attribute of the state as text, "" where it is null or there is no state. It
// panics where the schema has no such attribute: whoever asks would be told "" for ever.
func (c *Core) Get(attribute string) string {
	if kind, ok := c.State.Type().(tftypes.Object); ok && kind.AttributeTypes[attribute] == nil {
		panic("no attribute " + attribute)
	}
	v, _, err := tftypes.WalkAttributePath(c.State, tftypes.NewAttributePath().WithAttributeName(attribute))
	tv, ok := v.(tftypes.Value)
	if err != nil || !ok || !tv.IsKnown() || tv.IsNull() {
		return ""
	}
	var s string
	if tv.As(&s) == nil {
		return s
	}
	n := new(big.Float)
	if tv.As(&n) == nil {
		return n.Text('g', -1)
	}
	return tv.String()
}

// Strings returns a list of strings of a value's attribute.
func Strings(v tftypes.Value, attribute string) []string {
	got, _, err := tftypes.WalkAttributePath(v, tftypes.NewAttributePath().WithAttributeName(attribute))
	if err != nil {
		return nil
	}
	var list []tftypes.Value
	if tv, ok := got.(tftypes.Value); !ok || !tv.IsKnown() || tv.As(&list) != nil {
		return nil
	}
	var out []string
	for _, x := range list {
		var s string
		if x.As(&s) == nil {
			out = append(out, s)
		}
	}
	return out
}

// An Event is an element of events in last_cutover, as a user reads it; what is null is "".
type Event struct{ At, Step, Why, Result, Seconds, RequestID string }

// String is the event without what no two runs have alike.
func (e Event) String() string {
	if e.Result == "" {
		return e.Step
	}
	return e.Step + ": " + e.Result
}

// Events returns those of last_cutover.
func (c *Core) Events() []Event {
	at := tftypes.NewAttributePath().WithAttributeName("last_cutover").WithAttributeName("events")
	got, _, err := tftypes.WalkAttributePath(c.State, at)
	if err != nil {
		return nil
	}
	var list []tftypes.Value
	if tv, ok := got.(tftypes.Value); !ok || tv.As(&list) != nil {
		return nil
	}
	out := make([]Event, 0, len(list))
	for _, v := range list {
		one := Core{State: v}
		out = append(out, Event{one.Get("at"), one.Get("step"), one.Get("why"), one.Get("result"), one.Get("seconds"), one.Get("request_id")})
	}
	return out
}

// MustConverge plans and applies until it reports what happened, and fails the
// test for anything that is not a diagnostic.
func (c *Core) MustConverge(ctx context.Context, tb testing.TB, config Config) Diagnostics {
	tb.Helper()
	p, err := c.Plan(ctx, config)
	if err != nil {
		tb.Fatal(err)
	}
	if len(p.Diags.Errors()) > 0 {
		return p.Diags
	}
	d, err := c.Apply(ctx, p)
	if err != nil {
		tb.Fatal(err)
	}
	return append(p.Diags, d...)
}

// Refused plans and applies what has to be refused, and returns what that says as golden
// files hold it. It fails the test if both accept it, or if anything is written.
func (e *Env) Refused(c *Core, config Config) string {
	e.tb.Helper()
	before := e.World.Journal().Seq()
	p, err := c.Plan(e.ctx(), config)
	e.must(err)
	said, diags := "", p.Diags
	if len(diags) > 0 {
		said = "# plan\n" + diags.String()
	}
	if len(diags.Errors()) == 0 {
		diags, err = c.Apply(e.ctx(), p)
		e.must(err)
		said += "# apply\n" + diags.String()
	}
	if len(diags.Errors()) == 0 {
		e.tb.Errorf("was accepted:\n%s", said)
	}
	for _, w := range e.Writes(before) {
		if w.Effect {
			e.tb.Errorf("wrote %s", w.Operation)
		}
	}
	return said
}

func dynamic(typ tftypes.Type, v any) (*tfprotov6.DynamicValue, error) {
	val, err := value(typ, v)
	if err != nil {
		return nil, err
	}
	dv, err := tfprotov6.NewDynamicValue(typ, val)
	return &dv, err
}

// value builds a value of a type from plain Go; what is absent is null.
func value(typ tftypes.Type, v any) (tftypes.Value, error) {
	if v == nil {
		return tftypes.NewValue(typ, nil), nil
	}
	if _, ok := v.(unknown); ok {
		return tftypes.NewValue(typ, tftypes.UnknownValue), nil
	}
	switch t := typ.(type) {
	case tftypes.Object:
		m, err := asMap(v)
		if err != nil {
			return tftypes.Value{}, err
		}
		out := map[string]tftypes.Value{}
		for name, at := range t.AttributeTypes {
			if out[name], err = value(at, m[name]); err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
		}
		for name := range m {
			if _, ok := t.AttributeTypes[name]; !ok {
				return tftypes.Value{}, fmt.Errorf("no attribute %s", name)
			}
		}
		return tftypes.NewValue(typ, out), nil
	case tftypes.Map:
		m, err := asMap(v)
		if err != nil {
			return tftypes.Value{}, err
		}
		out := map[string]tftypes.Value{}
		for name, x := range m {
			if out[name], err = value(t.ElementType, x); err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
		}
		return tftypes.NewValue(typ, out), nil
	case tftypes.List:
		return sequence(typ, t.ElementType, v)
	case tftypes.Set:
		return sequence(typ, t.ElementType, v)
	}
	if n, ok := v.(int); ok {
		return tftypes.NewValue(typ, big.NewFloat(float64(n))), nil
	}
	return tftypes.NewValue(typ, v), nil
}

func asMap(v any) (map[string]any, error) {
	switch m := v.(type) {
	case map[string]any:
		return m, nil
	case Config:
		return m, nil
	}
	return nil, fmt.Errorf("want a map, have %T", v)
}

func sequence(typ, elem tftypes.Type, v any) (tftypes.Value, error) {
	var items []any
	switch l := v.(type) {
	case []any:
		items = l
	case []string:
		for _, s := range l {
			items = append(items, s)
		}
	default:
		return tftypes.Value{}, fmt.Errorf("want a list, have %T", v)
	}
	out := []tftypes.Value{}
	for _, x := range items {
		val, err := value(elem, x)
		if err != nil {
			return tftypes.Value{}, err
		}
		out = append(out, val)
	}
	return tftypes.NewValue(typ, out), nil
}
