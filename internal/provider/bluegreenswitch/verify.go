package bluegreenswitch

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// A check is a gate about one side, ready to be asked.
type check struct {
	Targets      []gate.Target
	Interval     time.Duration
	FailureLimit int
	FailUnproven bool // an inconclusive verdict counts as a failure
}

// gates are the gates of a configuration, not yet about any side. The same gate
// asks the target before it gets traffic, and the side it came from before
// traffic goes back there.
type gates struct {
	before, after *gateSpec
	markers       map[cutover.Side]gate.Marker
	testAliases   map[cutover.Side]string
}

type gateSpec struct {
	probes       []probeSpec
	interval     time.Duration
	failureLimit int
	failUnproven bool
}

type probeSpec struct {
	target       gate.Target // its URL is empty where path says what to ask for
	scheme, path string
}

// beforeMove asks a side by its own name. Who answers there is not in doubt, so
// a missing marker leaves nothing open. It returns nil without a gate.
func (g gates) beforeMove(side cutover.Side, obs switchover.Observation) *check {
	if g.before == nil {
		return nil
	}
	name := g.testAliases[side]
	if name == "" {
		name = obs.Sides[side].Domain
	}
	return g.about(side, g.before, []string{name}, false)
}

// beforeReturn asks a side before traffic goes back to it. A probe with a URL of its
// own was written about the other side, and says nothing about this one.
func (g gates) beforeReturn(side cutover.Side, obs switchover.Observation) *check {
	if g.before == nil {
		return nil
	}
	own := *g.before
	own.probes = slices.DeleteFunc(slices.Clone(own.probes), func(p probeSpec) bool { return p.target.URL != "" })
	if g.before = &own; len(own.probes) == 0 {
		return nil
	}
	return g.beforeMove(side, obs)
}

// afterMove asks the names themselves.
func (g gates) afterMove(side cutover.Side, names []string) *check {
	if g.after == nil {
		return nil
	}
	return g.about(side, g.after, names, true)
}

func (g gates) about(side cutover.Side, spec *gateSpec, names []string, needMarker bool) *check {
	c := &check{Interval: spec.interval, FailureLimit: spec.failureLimit, FailUnproven: spec.failUnproven}
	others := map[string]gate.Marker{}
	var want *gate.Marker
	for s, m := range g.markers {
		if s == side {
			want = &m
		} else {
			others[string(s)] = m
		}
	}
	for _, p := range spec.probes {
		t := p.target
		t.WantMarker, t.Others, t.NeedMarker = want, others, needMarker
		if t.URL != "" {
			c.Targets = append(c.Targets, t)
			continue
		}
		for _, name := range names {
			if strings.HasPrefix(name, "*.") {
				continue // nobody can send a request to a wildcard
			}
			t.URL = p.scheme + "://" + name + p.path
			c.Targets = append(c.Targets, t)
		}
	}
	return c
}

// gates reads the gates of a wholly known model.
func (m *model) gates(ctx context.Context) (gates, diag.Diagnostics) {
	out := gates{markers: map[cutover.Side]gate.Marker{}, testAliases: map[cutover.Side]string{}}
	verify, diags := m.verify(ctx)
	sides, d := m.sides(ctx)
	diags.Append(d...)
	for name, s := range sides {
		side := cutover.Side(name)
		if s.Marker != nil {
			out.markers[side] = gate.Marker{Header: s.Marker.Header.ValueString(), Value: s.Marker.Value.ValueString()}
		}
		if alias := s.TestAlias.ValueString(); alias != "" {
			out.testAliases[side] = alias
		}
	}
	out.before, d = verify.Before.spec(ctx)
	diags.Append(d...)
	out.after, d = verify.After.spec(ctx)
	diags.Append(d...)
	return out, diags
}

func (g *gateModel) spec(ctx context.Context) (*gateSpec, diag.Diagnostics) {
	if g == nil {
		return nil, nil
	}
	var diags diag.Diagnostics
	out := &gateSpec{
		interval: length(g.Interval, defaultInterval), failureLimit: int(g.FailureLimit.ValueInt64()),
		failUnproven: g.OnInconclusive.ValueString() == inconclusiveFail,
	}
	for _, p := range g.Probes {
		probe, d := p.spec(ctx)
		diags.Append(d...)
		out.probes = append(out.probes, probe)
	}
	return out, diags
}

func (p probeModel) spec(ctx context.Context) (probeSpec, diag.Diagnostics) {
	var diags diag.Diagnostics
	out := probeSpec{scheme: p.Scheme.ValueString(), path: p.Path.ValueString()}
	out.target = gate.Target{
		URL: p.URL.ValueString(), Header: http.Header{}, Samples: int(p.Samples.ValueInt64()),
		Contains: p.BodyContains.ValueString(), ConnectTo: p.ConnectTo.ValueString(), Timeout: length(p.Timeout, defaultProbeTimeout),
	}
	var headers map[string]string
	if !p.Headers.IsNull() {
		diags.Append(p.Headers.ElementsAs(ctx, &headers, false)...)
	}
	for k, v := range headers {
		out.target.Header.Set(k, v)
	}
	if !p.ExpectedStatus.IsNull() {
		diags.Append(p.ExpectedStatus.ElementsAs(ctx, &out.target.Statuses, false)...)
	}
	if expr := p.BodyMatches.ValueString(); expr != "" {
		re, err := regexp.Compile(expr)
		if err != nil { // its validator has let it pass
			diags.AddError("A probe became invalid", "body_matches: "+err.Error()+". Please report this.")
		}
		out.target.Matches = re
	}
	return out, diags
}
