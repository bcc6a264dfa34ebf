package continuousdeployment_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const resourceType = "cdn_continuous_deployment"

// propagation in these tests is what CloudFront's runbooks report.
const propagation = 4 * time.Minute

// A world is a site whose blue distribution serves, with a staging copy of it.
type world struct {
	*acctest.Env
	*acctest.Core
	staging acctest.Distribution
}

func build(t *testing.T) *world {
	t.Helper()
	return within(t, propagation)
}

// within is a world in which a change arrives within some time.
func within(t *testing.T, takes time.Duration) *world {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: takes}})
	w := &world{Env: e, staging: e.CopyByHand(e.Blue)}
	e.Settle()
	w.Core = acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
	return w
}

// in runs a test against a world of its own, in which time passes by itself.
func in(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, build(t)) })
}

// joined is a complete configuration.
func joined(e *acctest.Env) acctest.Config {
	return acctest.Config{"primary_distribution_id": e.Blue.ID, "staging_distribution_id": e.Staging()[0].ID, "weight": 5}
}

func with(c acctest.Config, attribute string, value any) acctest.Config {
	c[attribute] = value
	return c
}

func (w *world) apply(t *testing.T, config acctest.Config) {
	t.Helper()
	if d := w.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

func (w *world) policy(t *testing.T) (id string, p *cftypes.ContinuousDeploymentPolicyConfig) {
	t.Helper()
	all := w.Policies()
	if len(all) != 1 {
		t.Fatalf("there are %d policies", len(all))
	}
	for id, p = range all {
	}
	return id, p
}
