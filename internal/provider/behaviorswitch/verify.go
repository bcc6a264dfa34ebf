package behaviorswitch

import (
	"context"
	"slices"
	"strings"
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

// names are those by which a distribution is asked: its own name only where it has no
// other, because an origin may answer that one otherwise, and the answer is kept for all.
func names(d cloudfrontapi.Distribution) []string {
	out := slices.DeleteFunc(slices.Clone(d.Aliases), func(name string) bool { return strings.HasPrefix(name, "*.") })
	if len(out) == 0 {
		return []string{d.Domain}
	}
	return out
}

// beforeEdit asks a side while another one serves. It returns nil without a gate.
func (g gates) beforeEdit(side cutover.Side, d cloudfrontapi.Distribution) *watch.Gate {
	if g.before == nil {
		return nil
	}
	who := g.markers.Subject(side)
	who.Names = names(d)
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
	who.Names, who.UnderTraffic, who.NeedMarker = names(d), true, old
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
