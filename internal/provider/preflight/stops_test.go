package preflight_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// stops fails the test unless a resource is refused, at plan or before the first write.
func stops(t *testing.T, e *acctest.Env, typ string, config acctest.Config) {
	t.Helper()
	before := e.World.Journal().Seq()
	c := acctest.NewCore(typ, clock.System{}, e.World.Transport())
	c.Provider["accounts"] = acctest.Accounts() // opened only where something names one
	p, err := c.Plan(t.Context(), config)
	must(t, err)
	d := p.Diags
	if len(d.Errors()) == 0 {
		d, err = c.Apply(t.Context(), p)
		must(t, err)
	}
	if len(d.Errors()) == 0 {
		t.Error("was done, although the preflight calls it an error")
	}
	for _, w := range e.Writes(before) {
		if w.Effect {
			t.Errorf("wrote %s", w.Operation)
		}
	}
}

// What the preflight calls an error the switch does not step over: it is the same list.
func TestASwitchStopsAtWhatThePreflightCallsAnError(t *testing.T) {
	t.Parallel()
	held := 0
	for _, s := range situations() {
		if !strings.Contains(s.finds, "!") || strings.Contains(s.finds, "!not_permitted") {
			continue // who may not ask is told by AWS when it asks
		}
		held++
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				at := site()
				if s.site != nil {
					s.site(&at)
				}
				if s.apart {
					at.Zones = nil
				}
				e := acctest.New(t, at)
				if s.apart {
					e.Spread()
				}
				if s.world != nil {
					s.world(e)
				}
				c := config(e)
				if s.edit != nil {
					s.edit(e, c)
				}
				must(t, clock.System{}.Sleep(t.Context(), s.later))
				if alarms, ok := c["alarms"]; ok {
					delete(c, "alarms")
					c["verify"] = map[string]any{"after": map[string]any{"alarms": alarms}}
				}
				stops(t, e, "cdn_bluegreen_switch", c)
			})
		})
	}
	t.Logf("%d situations that the preflight calls an error", held)
}

// elsewhere are errors of the preflight about a deployment that are not the policy's: who
// makes the copy or releases meets them.
var elsewhere = []string{"!bucket_refuses", "!alarm_firing", "!not_permitted", "!too_many_staging"}

func TestADeploymentStopsAtWhatThePreflightCallsAnError(t *testing.T) {
	t.Parallel()
	held := 0
	for _, s := range deployments() {
		skip := !strings.Contains(s.finds, "!")
		for _, other := range elsewhere {
			skip = skip || strings.Contains(s.finds, other)
		}
		if skip {
			continue
		}
		held++
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPair(t)
				if s.world != nil {
					s.world(t, p)
				}
				c := p.config()
				if s.edit != nil {
					s.edit(p, c)
				}
				asked := c["continuous_deployment"].(map[string]any)
				if asked["staging_distribution_id"] == nil {
					asked["staging_distribution_id"] = p.staging.ID
				}
				asked["weight"] = 0.05
				stops(t, p.Env, "cdn_continuous_deployment", acctest.Config(asked))
			})
		})
	}
	t.Logf("%d situations that the preflight calls an error", held)
}
