package invalidation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func TestEachChangeIsOneInvalidation(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, released(w.Env, "7"))
		got := droppings(t, w.Env, w.Blue)
		if len(got) != 1 || got[0].status != "Completed" || !slices.Equal(got[0].items, []string{"#release:6", "/app/*", "/index.html"}) || w.Get("id") != got[0].id {
			t.Errorf("invalidated %v; state has %s", got, w.Get("id"))
		}
		if at, err := time.Parse(time.RFC3339, w.Get("created_at")); err != nil || w.Env.World.Clock().Now().Sub(at) > time.Minute {
			t.Errorf("created at %s: %v", w.Get("created_at"), err)
		}
		w.silent(t, released(w.Env, "7"))
		for i, change := range []acctest.Config{
			released(w.Env, "8"),
			released(w.Env, "7"), // back, and yet another time
			released(w.Env, "8"),
			with(released(w.Env, "8"), "paths", []string{"/*"}),
			without(with(released(w.Env, "8"), "paths", []string{"/*"}), "tags"),
			without(released(w.Env, "8"), "triggers"),
		} {
			before := w.Get("id")
			w.apply(t, change)
			if got := droppings(t, w.Env, w.Blue); len(got) != i+2 || w.Get("id") == before || w.Get("id") != got[i+1].id {
				t.Errorf("change %d: %v, state has %s", i, got, w.Get("id"))
			}
			w.silent(t, change)
		}
		w.apply(t, with(released(w.Env, "9"), "distribution_id", w.Green.ID))
		if got := droppings(t, w.Env, w.Green); len(got) != 1 {
			t.Errorf("green: %v", got)
		}
	})
}

func TestWhatDoesNotSayWhatToDropInvalidatesNothing(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, released(w.Env, "7"))
		before := w.Env.World.Journal().Seq()
		w.apply(t, with(released(w.Env, "7"), "wait", false))
		w.apply(t, with(released(w.Env, "7"), "timeouts", map[string]any{"update": "1h"}))
		w.apply(t, with(with(released(w.Env, "7"), "paths", []string{"/app/*", "/index.html"}), "wait_for_deployment", false))
		if calls := w.Calls(before); len(calls) > 0 {
			t.Errorf("called %v", calls)
		}
		w.apply(t, nil) // nothing brings back what was dropped
		if calls := w.Calls(before); len(calls) > 0 || !w.Core.State.IsNull() {
			t.Errorf("a destroy called %v", calls)
		}
	})
}

func TestAPlanShowsWhatIsDropped(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		p, err := w.Plan(context.Background(), released(w.Env, "7"))
		if err != nil || !strings.Contains(p.Planned.String(), "invalidate #release:6, /app/*, /index.html on "+w.Blue.ID) {
			t.Errorf("%v: %s", err, p.Planned)
		}
	})
}

func TestNothingIsDroppedBeforeTheDistributionIsDeployed(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		edit := func() {
			w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String(aws.ToString(c.Comment) + "x") })
		}
		edit()
		began := w.Env.World.Clock().Now()
		w.apply(t, released(w.Env, "7"))
		if took := w.Env.World.Clock().Now().Sub(began); took < propagation/2 || w.Env.Calls(0) == nil {
			t.Errorf("it took %s", took)
		}
		for _, c := range w.Calls(0) {
			if c.Operation == "CreateInvalidation" && c.At.Sub(began) < propagation/2 {
				t.Errorf("asked after %s", c.At.Sub(began))
			}
		}
		edit()
		began = w.Env.World.Clock().Now()
		w.apply(t, with(with(released(w.Env, "8"), "wait_for_deployment", false), "wait", false))
		if took := w.Env.World.Clock().Now().Sub(began); took > 2*time.Second {
			t.Errorf("in haste it took %s", took)
		}
	})
}

func TestItWaitsUntilEveryEdgeLocationHasDroppedIt(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.Env.World.Turn(func(k *knob.Knobs) { k.InvalidationSpan = 10 * time.Minute })
		began := w.Env.World.Clock().Now()
		w.apply(t, released(w.Env, "7"))
		if took := w.Env.World.Clock().Now().Sub(began); took < 10*time.Minute || took > 11*time.Minute {
			t.Errorf("it took %s", took)
		}
		began = w.Env.World.Clock().Now()
		w.apply(t, with(released(w.Env, "8"), "wait", false))
		if took := w.Env.World.Clock().Now().Sub(began); took > 3*time.Second {
			t.Errorf("without a wait it took %s", took)
		}
	})
}

// Either has a cache, which answers viewers once it is enabled, or those who are sent there.
func TestADisabledDistributionAndAStagingOneAreInvalidatedToo(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		staging := w.CopyByHand(w.Blue)
		w.EditByHand(w.Green, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		for _, d := range []acctest.Distribution{staging, w.Green} {
			c := &world{w.Env, acctest.NewCore(resourceType, clock.System{}, w.Env.World.Transport())}
			c.apply(t, with(released(w.Env, "7"), "distribution_id", d.ID))
			if got := droppings(t, w.Env, d); len(got) != 1 || got[0].status != "Completed" {
				t.Errorf("%s: %v", d.ID, got)
			}
		}
	})
}

// A create that was forgotten by a destroy, or by a state that was lost, has the reference of
// the one before. That is another invalidation, however often, unless it was a moment ago.
func TestWhatWasInvalidatedLongAgoIsInvalidatedAgain(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		for i := range 25 {
			w.apply(t, released(w.Env, "7"))
			if got := droppings(t, w.Env, w.Blue); len(got) != i+1 || w.Get("id") != got[i].id {
				t.Fatalf("create %d: %d invalidations, state has %s", i, len(got), w.Get("id"))
			}
			sleep(time.Hour)
			w.apply(t, nil)
		}
	})
}

func TestTwoThatAskForTheSameShareAnInvalidation(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, released(w.Env, "7"))
		other := acctest.NewCore(resourceType, w.Env.World.Clock(), w.Env.World.Transport())
		if d := other.MustConverge(context.Background(), t, released(w.Env, "7")); len(d) > 0 || other.Get("id") != w.Get("id") || len(droppings(t, w.Env, w.Blue)) != 1 {
			t.Errorf("%s and %s: %s", other.Get("id"), w.Get("id"), d)
		}
	})
}

func TestTheProvidersQuotasAreKept(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.Core.Provider = acctest.Config{"access_key": "AKIDPROVIDER", "secret_key": "secret", "invalidation_quotas": map[string]any{"paths_in_progress": 2}}
		p, err := w.Plan(context.Background(), released(w.Env, "7"))
		if err != nil || len(p.Diags) > 0 { // two, and a wildcard
			t.Errorf("%v %s", err, p.Diags)
		}
		p, err = w.Plan(context.Background(), with(released(w.Env, "7"), "tags", []string{"a", "b"}))
		if err != nil || len(p.Diags.Errors()) != 1 || p.Diags[0].Summary != "More than one invalidation may have" {
			t.Errorf("%v %s", err, p.Diags)
		}
	})
}
