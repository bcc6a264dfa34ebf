package behaviorswitch_test

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
	resourceType = "cdn_behavior_switch"
	propagation  = 4 * time.Minute
	optimized    = "658327ea-f89d-4fab-a63d-7e88639e58f6" // Managed-CachingOptimized
)

// A shop is a distribution with two load balancers behind its behaviours.
type shop struct {
	*acctest.Env
	acctest.Distribution
}

// open makes a shop whose behaviours, the default one and one for each pattern, get their
// answers from app-blue.
func open(t *testing.T, patterns ...string) shop {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation}})
	of(e).furnish(patterns...)
	_ = clock.System{}.Sleep(context.Background(), 25*time.Hour) // a distribution of today may be the rest of a cutover that died
	return of(e)
}

// furnish gives the shop its origins and behaviours.
func (s shop) furnish(patterns ...string) {
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
		from := func(id string) cftypes.Origin {
			o := c.Origins.Items[0]
			o.Id, o.DomainName = aws.String(id), aws.String(id+".origin.test")
			return o
		}
		c.Origins = &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{from("app-blue"), from("app-green")}}
		c.DefaultCacheBehavior.TargetOriginId, c.DefaultCacheBehavior.CachePolicyId = aws.String("app-blue"), aws.String(optimized)
		c.CacheBehaviors = behaviors(patterns...)
	})
	s.Settle()
}

// of is the shop of a world.
func of(e *acctest.Env) shop { return shop{e, e.Blue} }

func behaviors(patterns ...string) *cftypes.CacheBehaviors {
	out := &cftypes.CacheBehaviors{Quantity: aws.Int32(int32(len(patterns)))} //nolint:gosec // a handful
	for _, p := range patterns {
		out.Items = append(out.Items, cftypes.CacheBehavior{
			PathPattern: aws.String(p), TargetOriginId: aws.String("app-blue"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll, CachePolicyId: aws.String(optimized),
		})
	}
	return out
}

func core(e *acctest.Env) *acctest.Core {
	return acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
}

// toward is a complete configuration: the behaviours get their answers from a load balancer.
func (s shop) toward(live string, patterns ...string) acctest.Config {
	return acctest.Config{
		"distribution_id": s.ID, "behaviors": patterns, "live": live, "invalidate": []string{"/*"},
		"sides": map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "green": map[string]any{"origin_id": "app-green"}},
	}
}

// gated adds a gate that asks for a page of /api/*.
func gated(c acctest.Config) acctest.Config {
	c["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/api/health", "scheme": "http"}}}}
	return c
}

func side(c acctest.Config, name string) map[string]any {
	return c["sides"].(map[string]any)[name].(map[string]any)
}

// config is what AWS has.
func (s shop) config(t *testing.T) *cftypes.DistributionConfig {
	t.Helper()
	got, err := s.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(s.ID)})
	if err != nil {
		t.Fatal(err)
	}
	return got.DistributionConfig
}

// uses returns the origin of each behaviour, the default one as "default".
func (s shop) uses(t *testing.T) map[string]string {
	t.Helper()
	c := s.config(t)
	out := map[string]string{"default": aws.ToString(c.DefaultCacheBehavior.TargetOriginId)}
	if c.CacheBehaviors != nil {
		for _, b := range c.CacheBehaviors.Items {
			out[aws.ToString(b.PathPattern)] = aws.ToString(b.TargetOriginId)
		}
	}
	return out
}

func mustApply(t *testing.T, c *acctest.Core, config acctest.Config) {
	t.Helper()
	if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

// fails applies what has to end in one error, and returns it.
func fails(t *testing.T, c *acctest.Core, config acctest.Config, summary string) {
	t.Helper()
	d := c.MustConverge(context.Background(), t, config).Errors()
	if len(d) != 1 || d[0].Summary != summary {
		t.Fatalf("want %q, got:\n%s", summary, d)
	}
}

func expectOperations(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("wrote %q, want %q", got, want)
	}
}

// running runs a test in a bubble of its own.
func running(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}
