package behaviorswitch

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// gates are the gates of a configuration, not yet about any side.
type gates struct {
	before, after *verification.Spec
	markers       verification.Markers
}

// beforeEdit asks a side while another one serves. It returns nil without a gate.
func (g gates) beforeEdit(side cutover.Side, d cloudfrontapi.Distribution) *watch.Gate {
	if g.before == nil {
		return nil
	}
	who := g.markers.Subject(side)
	who.Names = d.Hosts()
	out := g.before.About(who)
	return &out
}

// afterEdit asks the names themselves, whose answers came from another side until a time.
// old says that edge locations may go on giving answers of before.
func (g gates) afterEdit(side cutover.Side, d cloudfrontapi.Distribution, at time.Time, old bool) *watch.Gate {
	if g.after == nil {
		return nil
	}
	who := g.markers.Subject(side)
	who.Names, who.UnderTraffic, who.NeedMarker = d.Hosts(), true, old
	who.Distribution, who.Live, who.Idle, who.Baseline = d.ID, d.ID, d.ID, watch.Baseline{Distribution: d.ID, Before: at}
	out := g.after.About(who)
	return &out
}

// gates reads the gates of a wholly known model.
func (m *model) gates(ctx context.Context) (gates, diag.Diagnostics) {
	out := gates{markers: verification.Markers{}}
	verify, d := m.verify(ctx)
	sides, dd := m.sides(ctx)
	d.Append(dd...)
	for name, s := range sides {
		out.markers.Add(cutover.Side(name), s.Marker)
	}
	out.before, dd = verify.Before.Read(ctx)
	d.Append(dd...)
	out.after, dd = verify.After.Read(ctx)
	return out, append(d, dd...)
}
