package stagingdistribution_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const resourceType = "cdn_staging_distribution"

// propagation in these tests is what CloudFront's runbooks report.
const propagation = 4 * time.Minute

// A world is a site whose blue distribution serves.
type world struct {
	*acctest.Env
	*acctest.Core
}

func build(t *testing.T) *world {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: propagation}})
	return &world{Env: e, Core: acctest.NewCore(resourceType, clock.System{}, e.World.Transport())}
}

// in runs a test against a world of its own, in which time passes by itself.
func in(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, build(t)) })
}

// next is a complete configuration: the next release at another path.
func next(e *acctest.Env) acctest.Config {
	return acctest.Config{
		"primary_distribution_id": e.Blue.ID,
		"overrides": map[string]any{
			"comment":          "next",
			"origins":          map[string]any{"origin": map[string]any{"origin_path": "/next"}},
			"default_behavior": map[string]any{"origin_request_policy_id": "216adef6-5c7f-47e4-b989-5492eafa07d3"},
			"error_responses":  []any{map[string]any{"error_code": "404", "response_page_path": "/404.html"}, map[string]any{"error_code": "503"}},
		},
	}
}

// turns is a configuration with sides: the primary is at the root.
func turns(e *acctest.Env, release string) acctest.Config {
	side := func(path string) map[string]any {
		return map[string]any{"origins": map[string]any{"origin": map[string]any{"origin_path": path}}}
	}
	return acctest.Config{"primary_distribution_id": e.Blue.ID, "release": release, "sides": map[string]any{"one": side(""), "two": side("/two")}}
}

func with(c acctest.Config, attribute string, value any) acctest.Config {
	c[attribute] = value
	return c
}

func (w *world) apply(t *testing.T, config acctest.Config) acctest.Diagnostics {
	t.Helper()
	d := w.MustConverge(context.Background(), t, config)
	if len(d.Errors()) > 0 {
		t.Fatal(d)
	}
	return d
}

func (w *world) staging(t *testing.T) (acctest.Distribution, *cftypes.DistributionConfig) {
	t.Helper()
	all := w.Staging()
	if len(all) != 1 {
		t.Fatalf("there are %d staging distributions", len(all))
	}
	return all[0], w.Config(all[0])
}

func path(c *cftypes.DistributionConfig) string { return aws.ToString(c.Origins.Items[0].OriginPath) }

// later is next with another path.
func later(e *acctest.Env) acctest.Config {
	c := next(e)
	c["overrides"].(map[string]any)["origins"] = map[string]any{"origin": map[string]any{"origin_path": "/later"}}
	return c
}
