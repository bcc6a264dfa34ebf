package stagingpromotion_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// sticks fails the test unless the policy is disabled and routes by a weight, in sessions.
func (r *rig) sticks(tb testing.TB) {
	tb.Helper()
	p := r.Policies()[r.policy]
	traffic := p.TrafficConfig
	if aws.ToBool(p.Enabled) || traffic.SingleWeightConfig == nil || traffic.SingleWeightConfig.SessionStickinessConfig == nil || aws.ToFloat32(traffic.SingleWeightConfig.Weight) != 0.05 {
		tb.Errorf("the policy is enabled %t, routes by %s with %+v", aws.ToBool(p.Enabled), traffic.Type, traffic.SingleWeightConfig)
		return
	}
	if s := traffic.SingleWeightConfig.SessionStickinessConfig; aws.ToInt32(s.IdleTTL) != 300 || aws.ToInt32(s.MaximumTTL) != 600 {
		tb.Errorf("sessions last %d and %d s", aws.ToInt32(s.IdleTTL), aws.ToInt32(s.MaximumTTL))
	}
}

// A policy has either a weight with sessions or a header. A canary by header leaves the
// sessions as they were: it puts them back itself, and where it was killed before it could,
// cdn_continuous_deployment does.
func TestSessionsOutliveACanaryByHeader(t *testing.T) {
	t.Parallel()
	for name, sick := range map[string]bool{"promoted": false, "rolled back": true} {
		for at := -1; at < 4; at++ {
			for _, when := range []fault.When{fault.BeforeEffect, fault.AfterEffect} {
				if at < 0 && when == fault.AfterEffect {
					continue
				}
				t.Run(fmt.Sprintf("%s/killed at write %d, %s", name, at, when), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						ctx := context.Background()
						r := newRig(t, site())
						owner := acctest.NewCore("cdn_continuous_deployment", clock.System{}, r.World.Transport())
						policy := acctest.Config{
							"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID, "weight": 5,
							"session_stickiness": map[string]any{"idle_ttl": 300, "maximum_ttl": 600},
						}
						if d := owner.MustConverge(ctx, t, policy).Errors(); len(d) > 0 {
							t.Fatal(d)
						}
						r.introduce(t, r.ask("one"))
						r.sticks(t)
						if sick {
							r.sicken("next.origin.test")
						}
						ask := r.ask("two", acctest.Config{"canary": map[string]any{"header": canaryHeader, "bake_time": "1m"}, "verify": afterOnly["verify"]})
						plan, err := r.core.Plan(ctx, ask)
						if err != nil {
							t.Fatal(err)
						}
						running, kill := context.WithCancel(ctx)
						defer kill()
						hits := func() int { return 0 }
						if at >= 0 {
							hits = r.World.Faults().Add(fault.Fault{Writes: true, Skip: at, Count: 1, When: when, Kind: fault.Cut, Hook: kill})
						}
						state := r.core.State
						if _, err := r.core.Interrupt(running, plan); err != nil {
							t.Fatal(err)
						}
						r.World.Faults().Clear()
						r.Settle()
						if at >= 0 && hits() > 0 {
							r.core.State = state // nobody has written it
						}
						for range 4 { // everybody applies until nothing is left to do
							owner.MustConverge(ctx, t, policy)
							r.core.MustConverge(ctx, t, ask)
							_ = clock.System{}.Sleep(ctx, time.Minute)
						}
						owner.MustConverge(ctx, t, policy)
						r.sticks(t)
						if p, err := owner.Plan(ctx, policy); err != nil || !p.Empty() {
							t.Errorf("it does not come to rest: %v %s", err, p.Diags)
						}
					})
				})
			}
		}
	}
}

// Where nobody kills it, the release puts sessions back itself, and nothing is drift.
func TestACanaryByHeaderLeavesNoDrift(t *testing.T) {
	t.Parallel()
	for name, sick := range map[string]bool{"promoted": false, "rolled back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := context.Background()
				r := newRig(t, site())
				owner := acctest.NewCore("cdn_continuous_deployment", clock.System{}, r.World.Transport())
				policy := acctest.Config{
					"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID, "weight": 5,
					"session_stickiness": map[string]any{"idle_ttl": 300, "maximum_ttl": 600},
				}
				if d := owner.MustConverge(ctx, t, policy).Errors(); len(d) > 0 {
					t.Fatal(d)
				}
				r.introduce(t, r.ask("one"))
				if sick {
					r.sicken("next.origin.test")
				}
				if d := r.apply(t, r.ask("two")).Errors(); (len(d) > 0) != sick {
					t.Fatal(d)
				}
				r.sticks(t)
				if p, err := owner.Plan(ctx, policy); err != nil || !p.Empty() {
					t.Errorf("the release is drift: %v %s", err, p.Diags)
				}
			})
		})
	}
}
