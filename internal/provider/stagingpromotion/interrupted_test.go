package stagingpromotion_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// interrupted applies a configuration and presses Ctrl-C some time after the apply began.
func (r *rig) interrupted(tb testing.TB, c acctest.Config, after time.Duration) {
	tb.Helper()
	p, err := r.core.Plan(context.Background(), c)
	if err != nil || len(p.Diags.Errors()) > 0 {
		tb.Fatal(err, p.Diags)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_ = clock.System{}.Sleep(ctx, after)
		cancel()
	}()
	if _, err := r.core.Interrupt(ctx, p); err != nil {
		tb.Fatal(err)
	}
	r.Settle()
}

// The evidence has spoken: whoever is interrupted on the way back goes no other way afterwards.
func TestAfterAnInterruptTheWayBackIsFinished(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		ask := r.ask("two", afterOnly)
		r.interrupted(t, ask, propagation+propagation/2)
		if got := r.core.Get("phase"); got == "rolled_back" || got == "settled" {
			t.Fatalf("it was not interrupted on its way back: %s", r.core.State)
		}
		seq := r.World.Journal().Seq()
		r.apply(t, ask)
		if w := acctest.Operations(r.Writes(seq)); slices.Contains(w, "UpdateDistributionWithStagingConfig") {
			t.Errorf("it was released again: %v", w)
		}
		if got := r.core.Get("phase"); got != "rolled_back" {
			t.Errorf("phase = %q", got)
		}
		r.expect(t, "blue.origin.test")
	})
}

// State remembers the step that an interrupt left the canary at; after a kill it does not.
func TestAfterAnInterruptTheCanaryGoesOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		killed bool
		want   []string
	}{
		"Ctrl-C": {want: []string{"UpdateDistributionWithStagingConfig", "CreateInvalidation"}},
		"kill -9": {killed: true, want: []string{
			"UpdateContinuousDeploymentPolicy", "UpdateContinuousDeploymentPolicy", "UpdateDistributionWithStagingConfig", "CreateInvalidation",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				before, seq := r.core.State, r.World.Journal().Seq()
				r.interrupted(t, weights(r), 2*propagation+3*time.Minute)
				if w := acctest.Operations(r.Writes(seq)); len(w) != 2 || !r.enabled(t) {
					t.Fatalf("it was not interrupted at its second step: %v", w)
				}
				if tt.killed {
					r.core.State = before
				}
				seq = r.World.Journal().Seq()
				if d := r.apply(t, weights(r)).Errors(); len(d) > 0 {
					t.Error(d)
				}
				if got := acctest.Operations(r.Writes(seq)); !slices.Equal(got, tt.want) {
					t.Errorf("then it wrote %v", got)
				}
				r.expect(t, "next.origin.test")
			})
		})
	}
}

// The canary has passed, and the run that saw it has said so: nobody has to decide about what
// it promoted, whether or not it had an answer, and nothing is promoted again.
func TestAfterAnInterruptAPromotionNeedsNoGateToBeFinished(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, r *rig, ask acctest.Config){
		"the answer lost with the run": func(t *testing.T, r *rig, ask acctest.Config) {
			t.Helper()
			p, err := r.core.Plan(context.Background(), ask)
			if err != nil {
				t.Fatal(err)
			}
			ctx, interrupt := context.WithCancel(context.Background())
			defer interrupt()
			r.lose("UpdateDistributionWithStagingConfig", interrupt)
			if _, err := r.core.Interrupt(ctx, p); err != nil {
				t.Fatal(err)
			}
			r.Settle()
		},
		"while it reaches edge locations": func(t *testing.T, r *rig, ask acctest.Config) {
			t.Helper()
			r.interrupted(t, ask, 2*propagation+3*time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				ask := r.ask("two", acctest.Config{"invalidate": []string{"/*"}})
				delete(ask["verify"].(map[string]any), "after")
				end(t, r, ask)
				if got := r.origin(t); got != "next.origin.test" || r.core.Get("phase") != "promoted" || r.core.Get("settled_release") != "one" {
					t.Fatalf("the primary serves from %s, state %s", got, r.core.State)
				}
				seq := r.World.Journal().Seq()
				if d := r.apply(t, ask); len(d) > 0 {
					t.Errorf("it says %s", d)
				}
				if w := acctest.Operations(r.Writes(seq)); !slices.Equal(w, []string{"CreateInvalidation"}) {
					t.Errorf("it wrote %v", w)
				}
				if r.core.Get("settled_release") != "two" || r.core.Get("settled_grounds") != "proven" {
					t.Errorf("state %s", r.core.State)
				}
				r.expect(t, "next.origin.test")
				r.expectEmpty(t, ask)
			})
		})
	}
}
