package matrix

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// The pauses of every noun.
const (
	FirstTraffic = "first_traffic"
	FullTraffic  = "full_traffic"
)

// awaiting is the phase of whoever waits for a yes.
const awaiting = "awaiting_approval"

// with is a configuration with other values of some attributes.
func with(config acctest.Config, more acctest.Config) acctest.Config {
	out := acctest.Config{}
	maps.Copy(out, config)
	maps.Copy(out, more)
	return out
}

// Approved is a scenario that begins where somebody has just said yes: whatever an ordeal does
// to it, that one yes is enough, and in the end it is used.
func Approved(pause string, s Scenario) Scenario {
	ask, start, check := s.Ask, s.Start, s.Check
	var requests sync.Map // by *acctest.Env: cells run at the same time
	s.Name += ", approved before " + pause
	s.Start = func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		e, c := start(t)
		toThePause(t, c, with(ask(e), acctest.Config{"pause_before": pause}))
		requests.Store(e, c.Get("approval_request"))
		return e, c
	}
	s.Ask = func(e *acctest.Env) acctest.Config {
		request, _ := requests.Load(e)
		return with(ask(e), acctest.Config{"pause_before": pause, "approval": request})
	}
	s.Check = func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		check(t, e, c)
		if got, want := c.Get("approved"), s.Ask(e)["approval"]; got != want {
			t.Errorf("the last one approved is %s, and %s was used", got, want)
		}
		if got := c.Get("approval_request"); got != "" {
			t.Errorf("%s waits still", got)
		}
	}
	return s
}

// Withdrawn is Approved with a yes that is gone once the first plan is made: who carries on has
// none. Such a way ends as s does if that was soon enough, or at the pause, about which still says
// what must be so; and once somebody says yes again it ends as s does.
func Withdrawn(pause string, s Scenario, still func(t *testing.T, e *acctest.Env, c *acctest.Core)) Scenario {
	out := Approved(pause, s)
	ask := out.Ask
	var planned sync.Map
	out.Name += ", which is withdrawn"
	without := func(e *acctest.Env) acctest.Config { return with(s.Ask(e), acctest.Config{"pause_before": pause}) }
	out.Ask = func(e *acctest.Env) acctest.Config {
		if _, again := planned.LoadOrStore(e, true); again {
			return without(e)
		}
		return ask(e)
	}
	out.Check = func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		if c.Get("phase") == awaiting {
			still(t, e, c)
			until(t, c, with(without(e), acctest.Config{"approval": c.Get("approval_request")}))
		}
		s.Check(t, e, c)
	}
	return out
}

// Paused is a scenario that ends at its pause. Check asks the world there.
func Paused(pause string, s Scenario, check func(t *testing.T, e *acctest.Env, c *acctest.Core)) Scenario {
	ask := s.Ask
	s.Name += ", paused before " + pause
	s.Ask = func(e *acctest.Env) acctest.Config { return with(ask(e), acctest.Config{"pause_before": pause}) }
	s.Fails = false
	s.Check = func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		t.Helper()
		if got := c.Get("phase"); got != awaiting {
			t.Errorf("at the pause the phase is %s", got)
		}
		if check != nil {
			check(t, e, c)
		}
	}
	return s
}

// pass lets time go by, on the test's own clock.
func pass(d time.Duration) { _ = (clock.System{}).Sleep(context.Background(), d) }

// toThePause applies a configuration until it waits.
func toThePause(t *testing.T, c *acctest.Core, config acctest.Config) {
	t.Helper()
	for range 12 {
		if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
			t.Fatalf("on the way to the pause: %s", d)
		}
		if c.Get("phase") == awaiting {
			return
		}
		pass(time.Hour) // until the next step is due
	}
	t.Fatalf("it never came to the pause: %s", c.Get("phase"))
}

// Approve puts scenarios, none of which fails by itself, through all that people can do at a
// pause: nothing, for a week; the wrong thing; yes; and yes too late. still says what must be
// so while nobody has said yes.
func Approve(t *testing.T, pause string, still func(t *testing.T, e *acctest.Env, c *acctest.Core), scenarios ...Scenario) {
	for _, s := range scenarios {
		asks := func(e *acctest.Env, more acctest.Config) acctest.Config {
			return with(with(s.Ask(e), acctest.Config{"pause_before": pause}), more)
		}
		waits := func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			e, c := s.Start(t)
			toThePause(t, c, asks(e, nil))
			still(t, e, c)
			return e, c
		}
		cells := map[string]func(t *testing.T){
			"a week goes by": func(t *testing.T) {
				e, c := waits(t)
				silent(t, e, c, asks(e, nil), 7*24*time.Hour)
				still(t, e, c)
			},
			"yes": func(t *testing.T) {
				e, c := waits(t)
				yes := asks(e, acctest.Config{"approval": c.Get("approval_request")})
				until(t, c, yes)
				s.Check(t, e, c)
				before := e.World.Journal().Seq()
				c.MustConverge(context.Background(), t, yes)
				if w := e.Writes(before); len(w) > 0 || c.Get("awaiting") != "" {
					t.Errorf("what is left of the yes does something: %v, %s", w, c.Get("awaiting"))
				}
			},
			"another yes": func(t *testing.T) {
				e, c := waits(t)
				silent(t, e, c, asks(e, acctest.Config{"approval": "0123456789ab"}), time.Hour)
				p, err := c.Plan(context.Background(), asks(e, acctest.Config{"approval": "0123456789ab"}))
				if err != nil || len(p.Diags) != 1 || p.Diags[0].Summary != "The approval is of something else" {
					t.Errorf("%v %s", err, p.Diags)
				}
				still(t, e, c)
			},
			"nobody, in time": func(t *testing.T) {
				e, c := waits(t)
				late := asks(e, acctest.Config{"approval_window": "24h"})
				silent(t, e, c, late, 20*time.Hour)
				pass(5 * time.Hour)
				p, err := c.Plan(context.Background(), late)
				if err != nil || len(p.Diags.Errors()) > 0 {
					t.Fatalf("%v %s", err, p.Diags)
				}
				if steps := acctest.Strings(p.Planned, "steps"); len(steps) != 1 || steps[0] != "go back: nobody approved within 24h" {
					t.Errorf("the plan shows %q", steps)
				}
				d, err := c.Apply(context.Background(), p)
				if err != nil || len(d.Errors()) != 1 {
					t.Fatalf("%v %s", err, d)
				}
				if detail := d.Errors()[0].Detail; !strings.Contains(detail, "not approved within 24h") || strings.Contains(detail, "Repair") {
					t.Errorf("nothing is known to be wrong, and it says:\n%s", detail)
				}
				if got := c.Get("phase"); got != "rolled_back" {
					t.Errorf("after a lapse it is %s", got)
				}
				request := c.Get("approval_request")
				silent(t, e, c, late, time.Hour) // latched
				p, err = c.Plan(context.Background(), late)
				if err != nil || len(p.Diags) == 0 || slices.ContainsFunc(p.Diags, func(d *tfprotov6.Diagnostic) bool { return strings.Contains(d.Detail, "Repair") }) {
					t.Errorf("while it is latched: %v %s", err, p.Diags)
				}
				if request != "" {
					t.Errorf("a lapsed request waits still: %s", request)
				}
			},
			"yes, late": func(t *testing.T) {
				e, c := waits(t)
				pass(48 * time.Hour)
				until(t, c, asks(e, acctest.Config{"approval_window": "24h", "approval": c.Get("approval_request")}))
				s.Check(t, e, c)
			},
		}
		for name, run := range cells {
			t.Run(fmt.Sprintf("%s/%s", s.Name, name), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, run)
			})
		}
	}
}

// until applies a configuration until nothing is left to do.
func until(t *testing.T, c *acctest.Core, config acctest.Config) {
	t.Helper()
	for range 12 {
		if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		if c.Get("phase") == "settled" {
			return
		}
		pass(time.Hour)
	}
	t.Fatalf("it never comes to its end: %s", c.Get("phase"))
}

// silent looks at something once a while for some time, and finds nothing to write, in AWS or
// in state, and one warning in each plan.
func silent(t *testing.T, e *acctest.Env, c *acctest.Core, config acctest.Config, d time.Duration) {
	t.Helper()
	c.MustConverge(context.Background(), t, config) // which may be the first that has this setting
	before := e.World.Journal().Seq()
	for range 4 {
		pass(d / 4)
		state, private := c.State, c.Private()
		if diags, err := c.Refresh(context.Background()); err != nil || len(diags.Errors()) > 0 {
			t.Fatalf("%v %s", err, diags)
		}
		if !c.State.Equal(state) || c.Private() != private {
			t.Errorf("a refresh writes something down\nwas %s\nis %s", state, c.State)
		}
		p, err := c.Plan(context.Background(), config)
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Fatalf("%v %s", err, p.Diags)
		}
		if !p.Empty() {
			t.Errorf("a plan is not empty: %q", acctest.Strings(p.Planned, "steps"))
		}
		if len(p.Diags.Warnings()) != 1 {
			t.Errorf("a plan says: %s", p.Diags)
		}
	}
	if w := e.Writes(before); len(w) > 0 {
		t.Errorf("somebody who only looks wrote %v", w)
	}
}

// AnotherOrigin moves an origin of site elsewhere while a run to s waits: that is not what anybody
// has said yes to, so nothing is written, unmoved says what must be so, and another yes is asked for.
func AnotherOrigin(t *testing.T, s Scenario, site func(e *acctest.Env) acctest.Distribution, origin string, unmoved func(t *testing.T, e *acctest.Env, c *acctest.Core)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e, c := s.Start(t)
		config := with(s.Ask(e), acctest.Config{"pause_before": FirstTraffic})
		if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		seen := c.Get("approval_request")
		config["approval"] = seen
		e.EditByHand(site(e), func(d *cftypes.DistributionConfig) {
			for i := range d.Origins.Items {
				if aws.ToString(d.Origins.Items[i].Id) == origin {
					d.Origins.Items[i].OriginPath = aws.String("/v9")
				}
			}
		})
		e.Settle()
		before := e.World.Journal().Seq()
		d := c.MustConverge(context.Background(), t, config).Errors()
		if len(d) != 1 || d[0].Summary != "What was approved has changed" || len(e.Writes(before)) > 0 {
			t.Errorf("it says %s, and wrote %v", d, e.Writes(before))
		}
		unmoved(t, e, c)
		if now := c.Get("approval_request"); now == "" || now == seen {
			t.Errorf("it asks for a yes to %q again", now)
		}
	})
}
