package invalidation_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	resourceType = "cdn_invalidation"
	invalidate   = "cdn_invalidate"
)

// propagation in these tests is what CloudFront's runbooks report.
const propagation = 4 * time.Minute

// A world is a site whose distributions read cache tags.
type world struct {
	*acctest.Env
	*acctest.Core
}

func build(t *testing.T) *world {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: propagation}})
	for _, d := range []acctest.Distribution{e.Blue, e.Green} {
		e.EditByHand(d, func(c *cftypes.DistributionConfig) {
			c.CacheTagConfig = &cftypes.CacheTagConfig{HeaderName: aws.String("cache-tag")}
		})
	}
	e.Settle()
	return &world{Env: e, Core: acctest.NewCore(resourceType, clock.System{}, e.World.Transport())}
}

// in runs a test against a world of its own, in which time passes by itself.
func in(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, build(t)) })
}

// released is a complete configuration.
func released(e *acctest.Env, release string) acctest.Config {
	return acctest.Config{
		"distribution_id": e.Blue.ID, "paths": []string{"/index.html", "/app/*"}, "tags": []string{"release:6"},
		"triggers": map[string]any{"release": release},
	}
}

func with(c acctest.Config, attribute string, value any) acctest.Config {
	c[attribute] = value
	return c
}

func without(c acctest.Config, attributes ...string) acctest.Config {
	for _, a := range attributes {
		delete(c, a)
	}
	return c
}

func (w *world) apply(t *testing.T, config acctest.Config) {
	t.Helper()
	if d := w.MustConverge(context.Background(), t, config); len(d) > 0 {
		t.Fatal(d)
	}
}

// silent fails the test unless a refresh changes nothing, a plan asks for nothing, and
// neither calls anybody.
func (w *world) silent(t *testing.T, config acctest.Config) {
	t.Helper()
	before, state := w.Env.World.Journal().Seq(), w.Core.State
	p, err := w.Plan(context.Background(), config)
	if err != nil || !p.Empty() || len(p.Diags) > 0 {
		t.Errorf("err %v, empty %v\nfrom %s\nto   %s\n%s", err, p.Empty(), p.Prior, p.Planned, p.Diags)
	}
	if !w.Core.State.Equal(state) {
		t.Errorf("the refresh changed state\nfrom %s\nto   %s", state, w.Core.State)
	}
	if calls := w.Calls(before); len(calls) > 0 {
		t.Errorf("called %v", calls)
	}
}

// A dropping is an invalidation as CloudFront has it.
type dropping struct {
	id, status string
	items      []string
}

// droppings are the invalidations of a distribution, the oldest first.
func droppings(t *testing.T, e *acctest.Env, d acctest.Distribution) (out []dropping) {
	t.Helper()
	list, err := e.CloudFront.ListInvalidations(context.Background(), &cloudfront.ListInvalidationsInput{DistributionId: aws.String(d.ID)})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list.InvalidationList.Items {
		got, err := e.CloudFront.GetInvalidation(context.Background(), &cloudfront.GetInvalidationInput{DistributionId: aws.String(d.ID), Id: i.Id})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, dropping{aws.ToString(i.Id), aws.ToString(i.Status), slices.Sorted(slices.Values(got.Invalidation.InvalidationBatch.Paths.Items))})
	}
	slices.Reverse(out)
	return out
}

func sleep(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) } // it has no end
