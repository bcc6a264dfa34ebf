package waitdeployed_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

const waitDeployed = "cdn_wait_deployed"

func build(t *testing.T) (*acctest.Env, *acctest.Core) {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: 4 * time.Minute}})
	return e, acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
}

func in(t *testing.T, test func(t *testing.T, e *acctest.Env, invoke func(context.Context, acctest.Config) acctest.Invocation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e, c := build(t)
		test(t, e, func(ctx context.Context, config acctest.Config) acctest.Invocation {
			got, err := c.InvokeAction(ctx, waitDeployed, config)
			if err != nil {
				t.Fatal(err)
			}
			return got
		})
	})
}

func both(e *acctest.Env) acctest.Config {
	return acctest.Config{"distribution_ids": []string{e.Blue.ID, e.Green.ID}}
}

func edit(e *acctest.Env) {
	e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("edited") })
}

func invalidate(t *testing.T, e *acctest.Env) {
	t.Helper()
	_, err := e.CloudFront.CreateInvalidation(context.Background(), &cloudfront.CreateInvalidationInput{DistributionId: aws.String(e.Green.ID), InvalidationBatch: &cftypes.InvalidationBatch{
		CallerReference: aws.String("by hand"), Paths: &cftypes.Paths{Quantity: aws.Int32(1), Items: []string{"/*"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestItReturnsOnceEverythingIsDeployed(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, e *acctest.Env, invoke func(context.Context, acctest.Config) acctest.Invocation) {
		edit(e)
		got := invoke(t.Context(), both(e))
		if len(got.Diags) > 0 {
			t.Fatal(got.Diags)
		}
		now, err := e.CloudFront.GetDistribution(context.Background(), &cloudfront.GetDistributionInput{Id: aws.String(e.Blue.ID)})
		if err != nil || aws.ToString(now.Distribution.Status) != "Deployed" {
			t.Errorf("it returned while the distribution was %s (%v)", aws.ToString(now.Distribution.Status), err)
		}
		all := strings.Join(got.Progress, "\n")
		if !strings.Contains(all, "waiting until "+e.Blue.ID+" is deployed everywhere, for 1m0s now") || !strings.HasPrefix(got.Progress[len(got.Progress)-1], "deployed everywhere: ") || len(got.Progress) > 20 {
			t.Errorf("%d messages:\n%s", len(got.Progress), all)
		}
		before := e.World.Clock().Now()
		if got = invoke(t.Context(), both(e)); len(got.Diags) > 0 || len(got.Progress) != 1 || !e.World.Clock().Now().Equal(before) {
			t.Errorf("with nothing to wait for it took %s and said %v %s", e.World.Clock().Now().Sub(before), got.Progress, got.Diags)
		}
		if w := e.Writes(0); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
	})
}

func TestItWaitsForInvalidationsWhereAsked(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, e *acctest.Env, invoke func(context.Context, acctest.Config) acctest.Invocation) {
		e.World.Turn(func(k *knob.Knobs) { k.InvalidationSpan = 10 * time.Minute })
		invalidate(t, e)
		began := e.World.Clock().Now()
		if got := invoke(t.Context(), both(e)); len(got.Diags) > 0 || !e.World.Clock().Now().Equal(began) {
			t.Errorf("it waited for %s for what nobody asked it to: %s", e.World.Clock().Now().Sub(began), got.Diags)
		}
		c := both(e)
		c["invalidations"] = true
		got := invoke(t.Context(), c)
		if took := e.World.Clock().Now().Sub(began); len(got.Diags) > 0 || took < 10*time.Minute || took > 11*time.Minute {
			t.Errorf("it took %s: %s", took, got.Diags)
		}
		if !strings.Contains(strings.Join(got.Progress, "\n"), " on "+e.Green.ID) {
			t.Errorf("the progress is %v", got.Progress)
		}
	})
}

func TestAWaitThatCannotEndSaysWhy(t *testing.T) {
	t.Parallel()
	for _, bad := range []struct {
		name, summary, says string
		set                 acctest.Config
		cancel              time.Duration
	}{
		{name: "no such distribution", summary: "The distribution does not exist", says: "E1NOTTHERE", set: acctest.Config{"distribution_ids": []string{"E1NOTTHERE"}}},
		{name: "ARN", summary: "Not a distribution id", says: "arn:", set: acctest.Config{"distribution_ids": []string{"arn:aws:cloudfront::123456789012:distribution/E1"}}},
		{name: "too slow", summary: "The wait ran out of time", says: "Invoke the action again", set: acctest.Config{"timeout": "1m"}},
		{name: "interrupted", summary: "The wait was interrupted", says: "Invoke the action again", cancel: 90 * time.Second},
	} {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, e *acctest.Env, invoke func(context.Context, acctest.Config) acctest.Invocation) {
				edit(e)
				ctx := t.Context()
				if bad.cancel > 0 {
					var stop context.CancelFunc
					ctx, stop = clock.WithTimeout(ctx, clock.System{}, bad.cancel)
					defer stop()
				}
				c := both(e)
				maps.Copy(c, bad.set)
				d := invoke(ctx, c).Diags
				if len(d) != 1 || d[0].Summary != bad.summary || !strings.Contains(d[0].Detail, bad.says) {
					t.Errorf("says\n%s", d)
				}
			})
		})
	}
}

func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	matrix.PermitWith(t, waitDeployed, permissions.Options{Invalidate: true}, matrix.Scenario{
		Name: "wait", Action: waitDeployed,
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) { t.Helper(); return build(t) },
		Ask: func(e *acctest.Env) acctest.Config {
			c := both(e)
			c["invalidations"] = true
			return c
		},
	})
}
