package verification

import (
	"context"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// Gate is a gate as a configuration has it, in a resource whose sides are
// distributions, under traffic.
type Gate struct {
	Quiet
	MinimumRequests types.Int64      `tfsdk:"minimum_requests"`
	Comparison      *ComparisonModel `tfsdk:"comparison"`
}

// Quiet is a gate about a side without viewers.
type Quiet struct {
	Asked
	Metrics []SideMetricModel `tfsdk:"metrics"`
}

// Plain is a gate under traffic in a resource whose sides are no distributions, or not
// all of them.
type Plain struct {
	Asked
	Metrics []MetricModel `tfsdk:"metrics"`
}

// ReadPlain reads the attribute of a plain gate, of which everything is known; nil if there is
// none.
func ReadPlain(ctx context.Context, verify types.Object) (*Spec, diag.Diagnostics) {
	var g Plain
	if verify.IsNull() || verify.IsUnknown() {
		return nil, nil
	}
	if d := verify.As(ctx, &g, basetypes.ObjectAsOptions{}); d.HasError() {
		return nil, d
	}
	return g.Read(ctx)
}

// Asked is what every gate has.
type Asked struct {
	Probes         []ProbeModel         `tfsdk:"probes"`
	Alarms         []AlarmModel         `tfsdk:"alarms"`
	Interval       timetypes.GoDuration `tfsdk:"interval"`
	FailureLimit   types.Int64          `tfsdk:"failure_limit"`
	OnInconclusive types.String         `tfsdk:"on_inconclusive"`
}

// ProbeModel is one HTTP request.
type ProbeModel struct {
	URL            types.String         `tfsdk:"url"`
	Path           types.String         `tfsdk:"path"`
	Scheme         types.String         `tfsdk:"scheme"`
	Headers        types.Map            `tfsdk:"headers"`
	ExpectedStatus types.List           `tfsdk:"expected_status"`
	BodyContains   types.String         `tfsdk:"body_contains"`
	BodyMatches    types.String         `tfsdk:"body_matches"`
	Samples        types.Int64          `tfsdk:"samples"`
	Timeout        timetypes.GoDuration `tfsdk:"timeout"`
	ConnectTo      types.String         `tfsdk:"connect_to"`
}

// AlarmModel names an alarm.
type AlarmModel struct {
	Name   types.String `tfsdk:"name"`
	Region types.String `tfsdk:"region"`
}

// MetricModel is a metric and its bounds.
type MetricModel struct {
	Name       types.String         `tfsdk:"name"`
	Namespace  types.String         `tfsdk:"namespace"`
	Dimensions types.Map            `tfsdk:"dimensions"`
	Statistic  types.String         `tfsdk:"statistic"`
	Period     timetypes.GoDuration `tfsdk:"period"`
	Minimum    types.Float64        `tfsdk:"minimum"`
	Maximum    types.Float64        `tfsdk:"maximum"`
	Least      types.Int64          `tfsdk:"minimum_datapoints"`
	Region     types.String         `tfsdk:"region"`
}

// SideMetricModel is a metric that may be a side's.
type SideMetricModel struct {
	MetricModel
	Of types.String `tfsdk:"of"`
}

// ComparisonModel holds one error rate against another.
type ComparisonModel struct {
	Confidence      types.Float64 `tfsdk:"confidence"`
	Tolerance       types.Float64 `tfsdk:"tolerance"`
	MinimumRequests types.Int64   `tfsdk:"minimum_requests"`
	StopAt          types.Float64 `tfsdk:"stop_at"`
}

// A Spec is a gate that is not yet about any side.
type Spec struct {
	Probes       []Probe
	Alarms       []gate.Alarm
	Metrics      []Metric
	Minimum      int
	Comparison   *gate.Comparison
	Interval     time.Duration
	FailureLimit int
	FailUnproven bool
}

// A Probe is a request; Path stands for one to each name the gate is about.
type Probe struct {
	gate.Target
	Scheme, Path string
}

// A Metric is one with bounds; without dimensions it is a distribution's.
type Metric struct {
	gate.Metric
	Of string // Live, Idle, or empty: the side the gate is about
}

// A Subject is whom a gate is asked about.
type Subject struct {
	Side         string // what it is called
	Distribution string
	Live, Idle   string // distributions by their role while the gate is asked
	Names        []string
	Marker       *gate.Marker
	Others       map[string]gate.Marker
	NeedMarker   bool
	// UnderTraffic: what CloudWatch knows of the time before the gate was asked is about
	// another side, or about nobody.
	UnderTraffic bool
	// Endpoint, if set, is the host that a probe of Path connects to, unless it says
	// something else itself: the names may resolve to another one.
	Endpoint string
	Baseline watch.Baseline
}

var ports = map[string]string{"https": "443", "http": "80"}

// About makes the gate one about somebody.
func (s *Spec) About(who Subject) watch.Gate {
	g := watch.Gate{
		Side: who.Side, Subject: who.Distribution, Alarms: s.Alarms, Minimum: s.Minimum, Comparison: s.Comparison, Baseline: who.Baseline,
		Interval: s.Interval, FailureLimit: s.FailureLimit, FailUnproven: s.FailUnproven, UnderTraffic: who.UnderTraffic,
	}
	for _, p := range s.Probes {
		t := p.Target
		t.WantMarker, t.Others, t.NeedMarker = who.Marker, who.Others, who.NeedMarker
		t.Elsewhere = t.URL != "" || t.ConnectTo != ""
		if t.URL != "" {
			g.Targets = append(g.Targets, t)
			continue
		}
		asked := len(g.Targets)
		for _, name := range who.Names {
			if strings.HasPrefix(name, "*.") {
				continue // nobody can send a request to a wildcard
			}
			t.URL = p.Scheme + "://" + name + p.Path
			if who.Endpoint != "" {
				t.Endpoint = net.JoinHostPort(who.Endpoint, ports[p.Scheme])
			}
			g.Targets = append(g.Targets, t)
		}
		if len(g.Targets) == asked {
			g.Open = append(g.Open, "nobody can be asked for "+p.Path+": "+who.Side+" has no name but wildcards")
		}
	}
	for _, m := range s.Metrics {
		if m.Dimensions == nil {
			of := map[string]string{"": who.Distribution, Live: who.Live, Idle: who.Idle}[m.Of]
			m.Dimensions = gate.OfDistribution(of, "", "").Dimensions
		}
		g.Metrics = append(g.Metrics, m.Metric)
	}
	return g
}

// Counts says whether metrics are part of the evidence; those of nobody are not.
func (s *Spec) Counts() bool {
	return s != nil && (len(s.Metrics) > 0 || s.Minimum > 0 || s.Comparison != nil)
}

// Elsewhere is the gate without what was written about one side only, or nil if
// nothing is left: a URL, an alarm and dimensions of its own say nothing about another.
func (s *Spec) Elsewhere() *Spec {
	if s == nil {
		return nil
	}
	out := *s
	out.Probes = slices.DeleteFunc(slices.Clone(s.Probes), func(p Probe) bool { return p.URL != "" })
	out.Alarms = nil
	out.Metrics = slices.DeleteFunc(slices.Clone(s.Metrics), func(m Metric) bool { return m.Dimensions != nil })
	if len(out.Probes)+len(out.Metrics) == 0 {
		return nil
	}
	return &out
}

// Read turns a wholly known gate into a Spec; nil stays nil.
func (g *Gate) Read(ctx context.Context) (*Spec, diag.Diagnostics) {
	if g == nil {
		return nil, nil
	}
	out, d := g.Quiet.Read(ctx)
	out.Minimum = int(g.MinimumRequests.ValueInt64())
	if c := g.Comparison; c != nil {
		out.Comparison = &gate.Comparison{
			Confidence: c.Confidence.ValueFloat64(), Tolerance: c.Tolerance.ValueFloat64() / 100,
			Minimum: int(c.MinimumRequests.ValueInt64()), Stop: c.StopAt.ValueFloat64() / 100,
		}
	}
	return out, d
}

// Read turns a wholly known gate into a Spec; nil stays nil.
func (g *Quiet) Read(ctx context.Context) (*Spec, diag.Diagnostics) {
	if g == nil {
		return nil, nil
	}
	out, diags := g.read(ctx)
	for _, m := range g.Metrics {
		metric, d := m.read(ctx)
		diags.Append(d...)
		out.Metrics = append(out.Metrics, Metric{Metric: metric, Of: m.Of.ValueString()})
	}
	return out, diags
}

// Read turns a wholly known gate into a Spec; nil stays nil.
func (g *Plain) Read(ctx context.Context) (*Spec, diag.Diagnostics) {
	if g == nil {
		return nil, nil
	}
	out, diags := g.read(ctx)
	for _, m := range g.Metrics {
		metric, d := m.read(ctx)
		diags.Append(d...)
		out.Metrics = append(out.Metrics, Metric{Metric: metric})
	}
	return out, diags
}

func (g Asked) read(ctx context.Context) (*Spec, diag.Diagnostics) {
	var diags diag.Diagnostics
	out := &Spec{
		Interval: fwtypes.Length(g.Interval, DefaultInterval), FailureLimit: int(g.FailureLimit.ValueInt64()),
		FailUnproven: g.OnInconclusive.ValueString() == Fail,
	}
	for _, p := range g.Probes {
		probe, d := p.read(ctx)
		diags.Append(d...)
		out.Probes = append(out.Probes, probe)
	}
	for _, a := range g.Alarms {
		out.Alarms = append(out.Alarms, gate.Alarm{Name: a.Name.ValueString(), Region: a.Region.ValueString()})
	}
	return out, diags
}

func (p ProbeModel) read(ctx context.Context) (Probe, diag.Diagnostics) {
	var diags diag.Diagnostics
	out := Probe{Scheme: p.Scheme.ValueString(), Path: p.Path.ValueString()}
	out.Target = gate.Target{
		URL: p.URL.ValueString(), Header: http.Header{}, Samples: int(p.Samples.ValueInt64()),
		Contains: p.BodyContains.ValueString(), ConnectTo: p.ConnectTo.ValueString(), Timeout: fwtypes.Length(p.Timeout, DefaultProbeTimeout),
	}
	var headers map[string]string
	if !p.Headers.IsNull() {
		diags.Append(p.Headers.ElementsAs(ctx, &headers, false)...)
	}
	for k, v := range headers {
		out.Header.Set(k, v)
	}
	if !p.ExpectedStatus.IsNull() {
		diags.Append(p.ExpectedStatus.ElementsAs(ctx, &out.Statuses, false)...)
	}
	if expr := p.BodyMatches.ValueString(); expr != "" {
		re, err := regexp.Compile(expr)
		if err != nil { // its validator has let it pass
			diags.AddError("A probe became invalid", "body_matches: "+err.Error()+". Please report this.")
		}
		out.Matches = re
	}
	return out, diags
}

func (m MetricModel) read(ctx context.Context) (gate.Metric, diag.Diagnostics) {
	var d diag.Diagnostics
	var out gate.Metric
	out.Series = gate.Series{
		Namespace: m.Namespace.ValueString(), Name: m.Name.ValueString(), Statistic: m.Statistic.ValueString(),
		Region: m.Region.ValueString(), Period: fwtypes.Length(m.Period, defaultPeriod),
	}
	if !m.Dimensions.IsNull() {
		var dims map[string]string
		d.Append(m.Dimensions.ElementsAs(ctx, &dims, false)...)
		out.Dimensions = maps.Clone(dims)
	}
	out.Minimum, out.Maximum, out.Least = m.Minimum.ValueFloat64Pointer(), m.Maximum.ValueFloat64Pointer(), int(m.Least.ValueInt64())
	return out, d
}
