package stagingpromotion_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// The panic procedure: the run of a bad release is killed, and somebody sets release back
// to what it was. Whatever was written when it died, nothing unproven is called settled or
// becomes the way back, and who is worse off than before is worse off with an error.
func TestSettingAKilledReleaseBackNeverSettlesWhatNobodyProved(t *testing.T) {
	t.Parallel()
	var cells atomic.Int64
	t.Run("all", func(t *testing.T) {
		for name, change := range map[string]acctest.Config{
			"by header":              {},
			"by weights":             {"canary": map[string]any{"weights": []any{5, 15}, "bake_time": "2m", "require_traffic": 0}, "verify": afterOnly["verify"]},
			"by weights, ungated":    {"canary": map[string]any{"weights": []any{5}, "bake_time": "2m", "require_traffic": 0}, "verify": nil},
			"without a canary":       afterOnly,
			"nothing is ever asked":  {"canary": nil, "verify": nil},
			"with a snapshot bucket": {"canary": nil, "verify": afterOnly["verify"], "snapshot_bucket": bucket},
			"one step in each apply": {"canary": map[string]any{"weights": []any{5, 15}, "bake_time": "2m", "require_traffic": 0}, "verify": afterOnly["verify"], "advance": "per_apply"},
		} {
			for at := range 5 {
				for _, when := range []fault.When{fault.BeforeEffect, fault.AfterEffect} {
					t.Run(fmt.Sprintf("%s/write=%d/%s", name, at, when), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							if setBack(t, change, at, when) {
								cells.Add(1)
							}
						})
					})
				}
			}
		}
	})
	t.Logf("%d kills", cells.Load())
	if cells.Load() < 20 {
		t.Error("hardly any run got to the write at which it was to be killed")
	}
}

// setBack says whether the run got to the write at which it was to be killed.
func setBack(t *testing.T, change acctest.Config, at int, when fault.When) bool {
	t.Helper()
	ctx := context.Background()
	r := newRig(t, site())
	r.bucket(t)
	before := r.ask("one", change)
	r.introduce(t, before)
	wayBack := r.core.Get("way_back")
	r.sicken("next.origin.test")
	p, err := r.core.Plan(ctx, r.ask("two", change))
	if err != nil {
		t.Fatal(err)
	}
	running, kill := context.WithCancel(ctx)
	defer kill()
	hits := r.World.Faults().Add(fault.Fault{Writes: true, Skip: at, Count: 1, When: when, Kind: fault.Cut, Hook: kill})
	state := r.core.State
	if _, err := r.core.Interrupt(running, p); err != nil {
		t.Fatal(err)
	}
	r.World.Faults().Clear()
	if hits() == 0 {
		return false
	}
	r.core.State = state // whoever is killed writes none
	r.Settle()
	worse := func() bool { return r.origin(t) != "blue.origin.test" || r.enabled(t) }
	expect := func(what string, d acctest.Diagnostics) {
		t.Helper()
		phase := r.core.Get("phase")
		if phase == "settled" && worse() {
			t.Errorf("%s: viewers get %s, the policy is enabled %t, and phase is settled", what, r.origin(t), r.enabled(t))
		}
		if got := r.core.Get("settled_release"); got != "one" {
			t.Errorf("%s: release %s counts as settled", what, got)
		}
		if r.core.Get("way_back") != wayBack {
			t.Errorf("%s: the way back is another one", what)
		}
		if worse() && len(d.Errors()) == 0 {
			t.Errorf("%s: viewers get %s, the policy is enabled %t, and nobody says so:\n%s", what, r.origin(t), r.enabled(t), d)
		}
	}
	for _, what := range []string{"set back", "applied once more"} {
		expect(what, r.apply(t, before))
	}
	if before["verify"] != nil && r.origin(t) != "blue.origin.test" { // whoever accepts a canary leaves it there; what is promoted has to pass the gate
		expect("accepted", r.apply(t, r.ask("one", change, acctest.Config{"on_drift": "accept"})))
	}
	if d := r.apply(t, r.ask("one", change, acctest.Config{"on_drift": "restore"})).Errors(); len(d) > 0 {
		t.Errorf("restoring: %s", d)
	}
	r.Settle()
	r.expect(t, "blue.origin.test")
	if r.core.Get("phase") != "settled" || r.core.Get("way_back") != wayBack {
		t.Errorf("after restoring, phase is %s", r.core.Get("phase"))
	}
	return true
}

// Who restores has seen what is to be lost. What came after that is somebody else's.
func TestRestoringDoesNotOverwriteWhatNobodyHasSeen(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		edit := func(origin string) {
			r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String(origin) })
			r.Settle()
		}
		edit("wild.origin.test")
		p, err := r.core.Plan(context.Background(), r.ask("one", acctest.Config{"on_drift": "restore"}))
		if err != nil || p.Empty() {
			t.Fatal(err, p.Diags)
		}
		edit("repaired.origin.test")
		seq := r.World.Journal().Seq()
		d, err := r.core.Apply(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		expectSays(t, d.Errors(), "Somebody else has changed the primary")
		if w := acctest.Operations(r.Writes(seq)); len(w) > 0 || r.origin(t) != "repaired.origin.test" {
			t.Errorf("it wrote %v, and the primary serves from %s", w, r.origin(t))
		}
	})
}
