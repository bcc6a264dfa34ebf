package stagingpromotion

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// gates are the gates of a configuration, not yet about any distribution.
type gates struct {
	before, after *verification.Spec
	traffic       int      // requests of viewers that staging has to get
	names         []string // empty: the primary's
}

// gates reads the gates of a wholly known model.
func (m *model) gates(ctx context.Context) (gates, diag.Diagnostics) {
	verify, diags := m.verify(ctx)
	canary, d := m.canary(ctx)
	diags.Append(d...)
	out := gates{traffic: canary.traffic()}
	out.names, d = m.names(ctx)
	diags.Append(d...)
	out.before, d = verify.Before.gate().Read(ctx)
	diags.Append(d...)
	out.after, d = verify.After.Read(ctx)
	diags.Append(d...)
	return out, diags
}

// asked lists the names that paths are asked of.
func (g gates) asked(obs promotion.Observation) []string {
	if len(g.names) > 0 {
		return g.names
	}
	var out []string
	for _, a := range obs.Primary.Aliases {
		if !strings.HasPrefix(a, "*.") {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		out = []string{obs.Primary.Domain}
	}
	return out
}

// canary is the gate about staging while a route sends it requests; nil if there is
// nothing to ask. With a header every probe of the primary's names carries it: without,
// the primary would answer.
func (g gates) canary(route promotion.Route, obs promotion.Observation) *watch.Gate {
	spec := g.before
	if spec == nil {
		spec = &verification.Spec{Interval: gate.CloudFrontPeriod}
	}
	names := g.asked(obs)
	out := spec.About(verification.Subject{
		Side: "staging", Distribution: obs.Staging.ID, Live: obs.Primary.ID, Idle: obs.Staging.ID, Names: names,
		UnderTraffic: true, Baseline: watch.Baseline{Distribution: obs.Primary.ID},
	})
	out.Minimum = g.traffic
	if route.Header != "" {
		ours := append([]string{obs.Primary.Domain}, append(obs.Primary.Aliases, names...)...)
		for i, t := range out.Targets {
			if !named(t.URL, ours) {
				continue // somebody else has no business with it
			}
			header := t.Header.Clone()
			if header == nil {
				header = http.Header{}
			}
			header.Set(route.Header, route.Value)
			out.Targets[i].Header = header
		}
	}
	if len(out.Targets)+len(out.Open)+len(out.Alarms)+len(out.Metrics) == 0 && out.Comparison == nil && out.Minimum == 0 {
		return nil
	}
	return &out
}

// settled is the gate about the primary once it has the release. It is compared with
// itself while it is known to have had what was settled, until the time given. Whatever
// writes to the primary moves the time that AWS shows, so that this is not in it: where nobody
// knows, the comparison stays open, because the primary may have had the release already.
func (g gates) settled(obs promotion.Observation, until time.Time) *watch.Gate {
	if g.after == nil {
		return nil
	}
	out := g.after.About(verification.Subject{
		Side: "the primary", Distribution: obs.Primary.ID, Live: obs.Primary.ID, Idle: obs.Staging.ID, Names: g.asked(obs),
		UnderTraffic: true, Baseline: watch.Baseline{Distribution: obs.Primary.ID, Before: until},
	})
	if g.undated(until) {
		out.Baseline = watch.Baseline{}
		out.Open = append(out.Open, "nobody knows since when "+obs.Primary.ID+" has the release, so there is nothing to compare it with: the run that promoted it was killed, or somebody did by hand")
	}
	return &out
}

// undated says whether the release is to be compared with what there was before it, and
// nobody knows until when that was.
func (g gates) undated(until time.Time) bool {
	return g.after != nil && g.after.Comparison != nil && until.IsZero()
}

func (w *workflow) verify(ctx context.Context, s promotion.Verify, obs promotion.Observation) error {
	g := w.gates.settled(obs, w.until)
	if s.When == promotion.BeforePromotion {
		g = w.gates.canary(s.Route, obs)
		if w.baking.IsZero() {
			w.baking = w.p.Clock.Now()
		}
		if g != nil && s.Glance {
			*g = watch.Gate{Side: g.Side, Targets: g.Targets, Open: g.Open, Interval: g.Interval, FailureLimit: g.FailureLimit, FailUnproven: g.FailUnproven}
		} else if g != nil && w.spec.PerApply {
			g.Since = w.baking
		}
	}
	verdict, why := gate.Unasked, ""
	var err error
	if g == nil { // there is nothing to ask: the bake is for those who watch by themselves
		err = w.p.Clock.Sleep(ctx, s.Bake)
	} else {
		verdict, why, err = w.p.Watcher().Ask(ctx, *g, s.Bake)
	}
	if err != nil {
		return err
	}
	w.reason = why
	w.Log.Asked(s, run.Evidence(verdict))
	if s.When == promotion.AfterPromotion {
		w.after, w.aboutPrimary = run.Evidence(verdict), obs.Primary.Content
		return nil
	}
	w.before = run.Evidence(verdict)
	if s.Glance && w.before.Enough() {
		w.glanced, w.before = true, cutover.NoEvidence
		return nil
	}
	if w.before.Enough() && w.about == obs.Staging.Content {
		w.proven, w.before = w.proven+1, cutover.NoEvidence
	}
	return nil
}

// foresee asks, before the first write, what the gates are going to ask, of the canary
// and of the primary once it has the release.
func (w *workflow) foresee(ctx context.Context, obs promotion.Observation) error {
	if w.foreseen || w.spec.Purpose != promotion.Release || w.first == nil || w.first.Policy.Enabled || w.first.Released() {
		return nil
	}
	flaw, err := run.Foresee(ctx, w.p.Watcher(), w.gates.canary(promotion.Route{}, obs), w.gates.settled(obs, w.until))
	if err != nil {
		return configured.Again(err)
	}
	if flaw != nil {
		return &promotion.Obstacle{Kind: promotion.Kind(flaw.Flaw), Found: flaw.Found}
	}
	w.foreseen = true
	return nil
}
