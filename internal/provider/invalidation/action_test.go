package invalidation_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func (w *world) invoke(t *testing.T, ctx context.Context, set acctest.Config) acctest.Invocation { //nolint:revive // t first, as everywhere
	t.Helper()
	config := without(released(w.Env, "7"), "triggers")
	maps.Copy(config, set)
	got, err := w.InvokeAction(ctx, invalidate, config)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTheActionInvalidatesEachTimeAndTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.Env.World.Turn(func(k *knob.Knobs) { k.InvalidationSpan = 3 * time.Minute })
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited") })
		got := w.invoke(t, t.Context(), nil)
		all, id := strings.Join(got.Progress, "\n"), droppings(t, w.Env, w.Blue)[0].id
		for _, says := range []string{
			"waiting until " + w.Blue.ID + " is deployed everywhere", ", for 1m0s now", "invalidating #release:6, /app/*, /index.html on " + w.Blue.ID,
			"waiting until every edge location of " + w.Blue.ID + " has carried out invalidation " + id, "invalidation " + id + " is complete",
		} {
			if !strings.Contains(all, says) {
				t.Errorf("it does not tell %q:\n%s", says, all)
			}
		}
		if len(got.Diags) > 0 || len(got.Progress) > 15 {
			t.Errorf("%d messages, and %s", len(got.Progress), got.Diags)
		}
		began := w.Env.World.Clock().Now()
		got = w.invoke(t, t.Context(), acctest.Config{"wait": false})
		if n, took := len(droppings(t, w.Env, w.Blue)), w.Env.World.Clock().Now().Sub(began); n != 2 || took > 3*time.Second || len(got.Diags) > 0 || !strings.Contains(strings.Join(got.Progress, "\n"), "which goes on by itself") {
			t.Errorf("%d invalidations after %s: %v %s", n, took, got.Progress, got.Diags)
		}
	})
}

func TestALostAnswerIsNoSecondInvalidationOfOneInvocation(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.Env.World.Faults().Add(fault.Fault{Operation: "CreateInvalidation", Count: 4, When: fault.AfterEffect, Kind: fault.Cut})
		if got := w.invoke(t, t.Context(), nil); len(got.Diags) > 0 || len(droppings(t, w.Env, w.Blue)) != 1 {
			t.Errorf("%d invalidations: %s", len(droppings(t, w.Env, w.Blue)), got.Diags)
		}
	})
}

func TestAnInvocationThatCannotEndSaysWhy(t *testing.T) {
	t.Parallel()
	for _, bad := range []struct {
		name, summary, says string
		set                 acctest.Config
		cancel              time.Duration
	}{
		{name: "too slow", summary: "The invalidation ran out of time", says: "which goes on by itself", set: acctest.Config{"timeout": "1m"}},
		{name: "interrupted", summary: "The invalidation was interrupted", says: "Invoke the action again", cancel: 90 * time.Second},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				w.Env.World.Turn(func(k *knob.Knobs) { k.InvalidationSpan = time.Hour })
				ctx := t.Context()
				if bad.cancel > 0 {
					var stop context.CancelFunc
					ctx, stop = clock.WithTimeout(ctx, clock.System{}, bad.cancel)
					defer stop()
				}
				if d := w.invoke(t, ctx, bad.set).Diags; len(d) != 1 || d[0].Summary != bad.summary || !strings.Contains(d[0].Detail, bad.says) {
					t.Errorf("says\n%s", d)
				}
			})
		})
	}
}
