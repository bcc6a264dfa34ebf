package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const resourceType = "cdn_bluegreen_switch"

// propagation in these tests is what CloudFront's runbooks report.
const propagation = 4 * time.Minute

func site(names ...string) acctest.Site {
	return acctest.Site{Names: names, Zones: []string{"example.com"}, World: awssim.Options{Propagation: propagation}}
}

func core(e *acctest.Env) *acctest.Core {
	return acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
}

// running runs a test in a bubble of its own, with a site to which the switch has
// been introduced.
func running(t *testing.T, s acctest.Site, test func(t *testing.T, e *acctest.Env, c *acctest.Core)) {
	t.Helper()
	fresh(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		introduced(t, e, c)
		test(t, e, c)
	})
}

// fresh runs a test in a bubble of its own, with a site that knows no switch yet.
func fresh(t *testing.T, s acctest.Site, test func(t *testing.T, e *acctest.Env, c *acctest.Core)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, s)
		test(t, e, core(e))
	})
}

// switchTo is a complete configuration of the switch of a site.
func switchTo(e *acctest.Env, live string) acctest.Config {
	dns := map[string]any{}
	for domain, id := range e.ZoneIDs {
		dns[domain] = map[string]any{"zone_id": id}
	}
	return acctest.Config{
		"aliases": e.Names,
		"live":    live,
		"sides": map[string]any{
			"blue":  map[string]any{"distribution_id": e.Blue.ID, "marker": map[string]any{"value": "blue.origin.test"}},
			"green": map[string]any{"distribution_id": e.Green.ID, "marker": map[string]any{"value": "green.origin.test"}},
		},
		"dns": dns,
		"verify": map[string]any{
			"before": map[string]any{"probes": []any{map[string]any{"path": "/health"}}},
			"after":  map[string]any{"probes": []any{map[string]any{"path": "/health"}}},
		},
	}
}

func apply(t *testing.T, c *acctest.Core, config acctest.Config) acctest.Diagnostics {
	t.Helper()
	return c.MustConverge(context.Background(), t, config)
}

func mustApply(t *testing.T, c *acctest.Core, config acctest.Config) {
	t.Helper()
	if d := apply(t, c, config).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

func sleep(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

// stops asserts that an apply or a plan failed for one reason, and what it says of it.
func stops(t *testing.T, d acctest.Diagnostics, summary string, says ...string) {
	t.Helper()
	errs := d.Errors()
	if len(errs) != 1 || errs[0].Summary != summary {
		t.Errorf("it stops with something else than %q: %s", summary, d)
		return
	}
	for _, want := range says {
		if !strings.Contains(errs[0].Detail, want) {
			t.Errorf("the diagnostic does not say %q: %s", want, d)
		}
	}
}

// writesNothing asserts that nothing was written since a call.
func writesNothing(t *testing.T, e *acctest.Env, since int) {
	t.Helper()
	if w := e.Writes(since); len(w) > 0 {
		t.Errorf("%d writes, the first %s", len(w), w[0].Operation)
	}
}
