package stagingdistribution_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func TestACopyGetsItsOverridesAndNoName(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, c := w.staging(t)
		if w.Get("id") != d.ID || w.Get("domain_name") != d.Domain || !strings.HasSuffix(w.Get("arn"), d.ID) || w.Get("fingerprint") == "" || w.Get("base") == "" {
			t.Errorf("state %s", w.Core.State)
		}
		if !aws.ToBool(c.Staging) || !aws.ToBool(c.Enabled) || *c.Aliases.Quantity != 0 || *c.Comment != "next" || path(c) != "/next" || *c.CustomErrorResponses.Quantity != 2 {
			t.Errorf("staging is %+v", c)
		}
		w.ExpectSilent(w.Core, next(w.Env))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("drifted") })
		w.ExpectSilent(w.Core, next(w.Env)) // a primary that somebody changed is not followed
		w.ExpectServed()
		w.apply(t, nil)
		if n := len(w.Staging()); n != 0 {
			t.Errorf("%d staging distributions left", n)
		}
	})
}

// Terraform before 1.12 and OpenTofu know of no identities and hand none over, as this
// harness does: whoever changes nothing at AWS has to answer with one all the same.
func TestOtherSettingsChangeWithoutAWrite(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, with(next(w.Env), "follow", "1"))
		before := w.Env.World.Journal().Seq()
		for _, config := range []acctest.Config{
			with(with(next(w.Env), "follow", "1"), "timeouts", map[string]any{"update": "80m"}),
			next(w.Env),
		} {
			w.apply(t, config)
			w.ExpectSilent(w.Core, config)
		}
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
	})
}

func TestFollowingTakesAWordAndWarnsOfDrift(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, with(next(w.Env), "follow", "1"))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) {
			c.DefaultRootObject, c.Comment = aws.String("home.html"), aws.String("production")
		})
		w.Settle()
		w.ExpectSilent(w.Core, with(next(w.Env), "follow", "1"))
		d := w.apply(t, with(next(w.Env), "follow", "2"))
		if len(d.Warnings()) != 1 || !strings.Contains(d[0].Summary, "changed since") {
			t.Errorf("said %s", d)
		}
		if _, c := w.staging(t); aws.ToString(c.DefaultRootObject) != "home.html" || *c.Comment != "next" || path(c) != "/next" {
			t.Errorf("staging is %+v", c)
		}
		w.ExpectSilent(w.Core, with(next(w.Env), "follow", "2"))
	})
}

// A policy that names staging locks nothing until the primary has it.
func TestFollowingChangesWhatAnAttachedPolicyLocks(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, with(next(w.Env), "follow", "1"))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
		w.Settle()
		w.JoinByHand(w.Staging()[0], acctest.ByWeight(0.05), false)
		w.apply(t, with(next(w.Env), "follow", "2"))
		if _, c := w.staging(t); c.PriceClass != cftypes.PriceClassPriceClass100 {
			t.Errorf("staging has price class %s", c.PriceClass)
		}
		w.ExpectSilent(w.Core, with(next(w.Env), "follow", "2"))
	})
}

func TestSidesTakeTurns(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, turns(w.Env, "1"))
		d, c := w.staging(t)
		if w.Get("live") != "one" || w.Get("idle") != "two" || w.Get("side") != "two" || path(c) != "/two" {
			t.Errorf("live %q, idle %q, side %q, path %q", w.Get("live"), w.Get("idle"), w.Get("side"), path(c))
		}
		w.ExpectSilent(w.Core, turns(w.Env, "1"))
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String("/two") }) // as a promotion does
		w.Settle()
		before := w.Env.World.Journal().Seq()
		w.apply(t, turns(w.Env, "1"))
		if w.Get("live") != "two" || w.Get("idle") != "one" || w.Get("side") != "two" || len(w.Writes(before)) > 0 {
			t.Errorf("after a promotion: live %q, idle %q, side %q, writes %v", w.Get("live"), w.Get("idle"), w.Get("side"), w.Writes(before))
		}
		w.apply(t, turns(w.Env, "2"))
		if _, c = w.staging(t); path(c) != "" || w.Get("side") != "one" {
			t.Errorf("the next release is at %q on %q", path(c), w.Get("side"))
		}
		w.ExpectSilent(w.Core, turns(w.Env, "2"))
		w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].OriginPath = aws.String("/nowhere") })
		w.Settle()
		w.apply(t, turns(w.Env, "2"))
		if _, c = w.staging(t); path(c) != "" {
			t.Errorf("the release is at %q", path(c))
		}
	})
}

// A primary that is made in the same apply has no id when the plan is made.
func TestAPrimaryThatIsYetToComeIsNoMistake(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		for _, attribute := range []string{"primary_distribution_id", "overrides", "follow"} {
			p, err := w.Plan(context.Background(), with(next(w.Env), attribute, acctest.Unknown))
			if err != nil || len(p.Diags) > 0 {
				t.Errorf("%s: %v %s", attribute, err, p.Diags)
			}
		}
		if n := len(w.Calls(0)); n > 0 {
			t.Errorf("planning made %d calls", n)
		}
	})
}

// Between a run that failed and the next one, policies read state, and a plan may be made
// without a refresh.
func TestAChangeThatIsInterruptedRecordsWhatAWSShows(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		other := next(w.Env)
		other["overrides"].(map[string]any)["origins"] = map[string]any{"origin": map[string]any{"origin_path": "/other"}}
		p, err := w.Plan(t.Context(), other)
		if err != nil {
			t.Fatal(err)
		}
		before := w.Get("fingerprint")
		ctx, cancel := clock.WithTimeout(t.Context(), clock.System{}, propagation/2) // the write is under way
		defer cancel()
		d, err := w.Interrupt(ctx, p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "The staging distribution was interrupted" {
			t.Fatalf("%v\n%s", err, d)
		}
		if w.Get("fingerprint") == before {
			t.Error("state has the fingerprint of before")
		}
		recorded := w.Core.State
		if d, err := w.Refresh(t.Context()); err != nil || !w.Core.State.Equal(recorded) {
			t.Errorf("%v\n%s\nAWS shows something else than was recorded\nfrom %s\nto   %s", err, d, recorded, w.Core.State)
		}
		w.apply(t, other)
		w.Settle()
		w.ExpectSilent(w.Core, other)
	})
}
