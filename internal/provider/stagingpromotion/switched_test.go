package stagingpromotion_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A primary has a promotion, and a switch of one of its fields beside it.
type switchedRig struct {
	*rig
	t        *testing.T
	switches *acctest.Core
}

func besideASwitch(t *testing.T, test func(r *switchedRig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &switchedRig{rig: newRig(t, site()), t: t}
		r.switches = acctest.NewCore("cdn_behavior_switch", clock.System{}, r.World.Transport())
		r.root(r.Blue, "a.html")
		r.root(r.staging, "a.html")
		r.introduce(t, r.ask("one"))
		r.both("a", "one")
		test(r)
	})
}

// root gives a distribution another root object by hand.
func (r *switchedRig) root(d acctest.Distribution, object string) {
	r.EditByHand(d, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String(object) })
	r.Settle()
}

// try plans and applies both, the switch first.
func (r *switchedRig) try(live, release string) (plans []acctest.Plan, said acctest.Diagnostics) {
	r.t.Helper()
	return r.turn(live, r.ask(release))
}

// turn does so with any configuration of the promotion.
func (r *switchedRig) turn(live string, promotion acctest.Config) (plans []acctest.Plan, said acctest.Diagnostics) {
	r.t.Helper()
	sides := map[string]any{}
	for _, side := range []string{"a", "b"} {
		sides[side] = map[string]any{"default_root_object": side + ".html"}
	}
	ask := acctest.Config{"distribution_id": r.Blue.ID, "behaviors": []string{"default"}, "sides": sides, "live": live}
	plans, all, err := acctest.InTurn(context.Background(), []*acctest.Core{r.switches, r.core}, []acctest.Config{ask, promotion})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, p := range plans {
		said = append(said, p.Diags...)
	}
	for _, d := range all {
		said = append(said, d...)
	}
	return plans, said
}

// both has to work.
func (r *switchedRig) both(live, release string) []acctest.Plan {
	r.t.Helper()
	plans, said := r.try(live, release)
	if len(said.Errors()) > 0 {
		r.t.Fatal(said)
	}
	return plans
}

func (r *switchedRig) has(root, phase string) {
	r.t.Helper()
	if got := r.core.Get("phase"); got != phase {
		r.t.Errorf("phase %s, want %s", got, phase)
	}
	if !strings.Contains(r.core.Get("way_back"), "<DefaultRootObject>"+root+"</DefaultRootObject>") {
		r.t.Errorf("the way back is not one to %s", root)
	}
}

// What a switch decides on the primary is no drift, also for a process that knows of no
// switch; what anybody else changes is.
func TestASwitchOfThePrimaryIsNoDrift(t *testing.T) {
	t.Parallel()
	besideASwitch(t, func(r *switchedRig) {
		r.both("b", "one")
		plans, said := r.try("b", "one")
		if !plans[1].Empty() || len(said) > 0 {
			r.t.Errorf("%s\nfrom %s\nto   %s", said, plans[1].Prior, plans[1].Planned)
		}
		r.has("b.html", "settled")
		if p := r.expectEmpty(r.t, r.ask("one")); len(p.Diags) > 0 {
			r.t.Errorf("alone it says %s", p.Diags)
		}
		r.primaryGets("strange.origin.test")
		if r.both("b", "one"); r.core.Get("phase") != "drifted" {
			r.t.Errorf("phase %s", r.core.Get("phase"))
		}
	})
}

// A promotion copies all that staging has: what a switch has decided would go with it.
func TestNoPromotionTakesBackWhatASwitchHasDecided(t *testing.T) {
	t.Parallel()
	besideASwitch(t, func(r *switchedRig) {
		r.both("b", "one")
		before := r.World.Journal().Seq()
		_, said := r.try("b", "two")
		if errs := said.Errors(); len(errs) != 1 || errs[0].Summary != "A promotion would take back what a switch has decided" || !strings.Contains(errs[0].Detail, "default_root_object: b.html, and staging has a.html") {
			r.t.Errorf("%s", said)
		}
		if w := r.Writes(before); len(w) > 0 {
			r.t.Errorf("wrote %v", w)
		}
		r.root(r.staging, "b.html")
		r.both("b", "two")
		r.expect(r.t, "next.origin.test")
		r.has("b.html", "settled")
	})
}

// Both change in one apply: the release goes on from what the switch has just decided, and its
// way back too.
func TestAReleaseAfterASwitchInOneApplyGoesOnFromThere(t *testing.T) {
	t.Parallel()
	besideASwitch(t, func(r *switchedRig) {
		r.root(r.staging, "b.html")
		r.sicken("next.origin.test")
		_, said := r.try("b", "two")
		if errs := said.Errors(); len(errs) != 1 || !strings.Contains(errs[0].Summary, "rolled back") {
			r.t.Errorf("%s", said)
		}
		r.expect(r.t, "blue.origin.test")
		r.has("b.html", "rolled_back")
	})
}

// What a switch is about to decide nobody vouches for while planning.
func TestAReleaseInTheApplyOfASwitchIsRefusedWhereItWouldTakeItBack(t *testing.T) {
	t.Parallel()
	besideASwitch(t, func(r *switchedRig) {
		before := r.World.Journal().Seq()
		_, said := r.try("b", "two")
		if errs := said.Errors(); len(errs) != 1 || errs[0].Summary != "A promotion would take back what a switch has decided" {
			r.t.Errorf("%s", said)
		}
		if w := r.Writes(before); len(w) != 1 || w[0].Operation != "UpdateDistribution" { // the switch's
			r.t.Errorf("wrote %v", w)
		}
	})
}

// A plan that was saved before somebody switched is carried out by a process that knows of no
// switch: there the primary is not what was settled, which is enough.
func TestASavedPlanOfAReleaseDoesNotTakeBackWhatWasSwitchedSince(t *testing.T) {
	t.Parallel()
	besideASwitch(t, func(r *switchedRig) {
		saved, err := r.core.Plan(context.Background(), r.ask("two"))
		if err != nil || len(saved.Diags.Errors()) > 0 {
			r.t.Fatalf("%v %s", err, saved.Diags)
		}
		r.root(r.Blue, "b.html") // by a switch in another configuration, for one
		before := r.World.Journal().Seq()
		d, err := r.core.Apply(context.Background(), saved)
		if err != nil || len(d.Errors()) != 1 || len(r.Writes(before)) > 0 {
			r.t.Errorf("%v %s\nwrote %v", err, d, r.Writes(before))
		}
	})
}

// Somebody has changed more than the switch did, and nothing has settled in between: what was
// settled has the field as it was before the switch.
func TestNoRestoringTakesBackWhatASwitchHasDecided(t *testing.T) {
	t.Parallel()
	besideASwitch(t, func(r *switchedRig) {
		plans, said := r.turn("b", r.ask("one"))
		if len(said.Errors()) > 0 {
			r.t.Fatal(plans, said)
		}
		r.primaryGets("strange.origin.test")
		restoring := r.ask("one")
		restoring["on_drift"] = "restore"
		before := r.World.Journal().Seq()
		_, said = r.turn("b", restoring)
		if errs := said.Errors(); len(errs) != 1 || errs[0].Summary != "To restore would take back what a switch has decided" || !strings.Contains(errs[0].Detail, "default_root_object: b.html") {
			r.t.Errorf("%s", said)
		}
		if w := r.Writes(before); len(w) > 0 {
			r.t.Errorf("wrote %v", w)
		}
		// Switched back first, it restores the rest.
		if _, said = r.turn("a", r.ask("one")); len(said.Errors()) > 0 {
			r.t.Fatal(said)
		}
		if _, said = r.turn("a", restoring); len(said.Errors()) > 0 {
			r.t.Error(said)
		}
		r.expect(r.t, "blue.origin.test")
		r.has("a.html", "settled")
	})
}
