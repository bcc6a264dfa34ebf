package bluegreenswitch

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// gates are the gates of a configuration, not yet about any side. The same gate
// asks the target before it gets traffic, and the side it came from before
// traffic goes back there.
type gates struct {
	before, after *verification.Spec
	markers       verification.Markers
	testAliases   map[cutover.Side]string
}

// beforeMove asks a side by its own name. Who answers there is not in doubt, so
// a missing marker leaves nothing open. live is the side that serves meanwhile.
// It returns nil without a gate.
func (g gates) beforeMove(side, live cutover.Side, obs switchover.Observation) *watch.Gate {
	if g.before == nil {
		return nil
	}
	name := g.testAliases[side]
	if name == "" {
		name = obs.Sides[side].Domain
	}
	who := g.subject(side, obs)
	who.Names, who.Idle, who.Live = []string{name}, obs.Sides[side].ID, obs.Sides[live].ID
	out := g.before.About(who)
	return &out
}

// beforeReturn asks a side before traffic goes back to it from another one. What was
// written about that one says nothing about this.
func (g gates) beforeReturn(side, from cutover.Side, obs switchover.Observation) *watch.Gate {
	g.before = g.before.Elsewhere()
	return g.beforeMove(side, from, obs)
}

// afterMove asks the names themselves, that came from another side at a time.
func (g gates) afterMove(side, from cutover.Side, names []string, at time.Time, obs switchover.Observation) *watch.Gate {
	if g.after == nil {
		return nil
	}
	who := g.subject(side, obs)
	who.UnderTraffic = true
	who.Names, who.NeedMarker, who.Live, who.Idle = names, true, obs.Sides[side].ID, obs.Sides[from].ID
	who.Baseline = watch.Baseline{Distribution: obs.Sides[from].ID, Before: at}
	out := g.after.About(who)
	return &out
}

func (g gates) subject(side cutover.Side, obs switchover.Observation) verification.Subject {
	out := g.markers.Subject(side)
	out.Distribution = obs.Sides[side].ID
	return out
}

// gates reads the gates of a wholly known model.
func (m *model) gates(ctx context.Context) (gates, diag.Diagnostics) {
	out := gates{markers: verification.Markers{}, testAliases: map[cutover.Side]string{}}
	verify, diags := m.verify(ctx)
	sides, d := m.sides(ctx)
	diags.Append(d...)
	for name, s := range sides {
		side := cutover.Side(name)
		out.markers.Add(side, s.Marker)
		if alias := s.TestAlias.ValueString(); alias != "" {
			out.testAliases[side] = alias
		}
	}
	out.before, d = verify.Before.Read(ctx)
	diags.Append(d...)
	out.after, d = verify.After.Read(ctx)
	diags.Append(d...)
	return out, diags
}
