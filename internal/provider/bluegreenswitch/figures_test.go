package bluegreenswitch_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// How much is measured: `make bench` asks for more than `make test` does.
var (
	perSecond = flag.Int("viewers", 8, "requests per second through the fleet")
	inCase    = flag.String("situation", "domain_association", "of a cutover in TestWhatViewersSeeOfACutover")
	switches  = flag.Int("switches", 20, "how many switches are refreshed, on twice as many distributions")
)

// A cutover has to write at least this often: what a method is made of.
var leastWrites = map[string]int{
	"domain_association": 2, // the name, its records
	"associate_alias":    2, // the name, its records
	"wildcard_overlap":   5, // the wildcard onto the target, the records, the name off the source, onto the target, the wildcard off again
	"remove_and_add":     3, // the records, the name off the source, onto the target
}

// leastReads is what nobody can do without who looks at both distributions, the
// certificate, the zone and its records before the plan, before the first write and
// after the last, and in between only at what he waits for, once per poll_interval.
func leastReads(m acctest.Measured) int {
	const look, poll = 5, 15 * time.Second
	polls := func(d time.Duration) int { return int((d + poll - 1) / poll) }
	return 3*look + polls(m.Propagation) + polls(m.Insync)
}

func TestWhatACutoverCostsByMethod(t *testing.T) {
	t.Parallel()
	const bake = 5 * time.Minute // bake_time's default
	for _, takes := range []time.Duration{3 * time.Minute, 5 * time.Minute} {
		for _, method := range slices.Sorted(maps.Keys(leastWrites)) {
			name := fmt.Sprintf("%s at %s", method, takes)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := site("www.example.com")
				s.World.Propagation = takes
				running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					m := e.Measure(c, func() { mustApply(t, c, byMethod(e, "green", method)) })
					e.ExpectOn(e.Green)
					m.Report(t, name, leastWrites[method], acctest.Wait{Name: "bake", For: bake})
					figure.Report(t, figure.Plain(name+": reads, the minimum", float64(leastReads(m)), "calls"))
				})
			})
		}
	}
}

// A situation is a cutover that viewers are counted in.
type situation struct {
	// ready happens before the viewers come; nil: nothing.
	ready func(t *testing.T, e *acctest.Env, c *acctest.Core)
	run   func(t *testing.T, e *acctest.Env, c *acctest.Core)
	// lasts is how long viewers are counted at least: what is wrong may outlast the apply.
	lasts time.Duration
	// costs says that viewers lose something whatever a provider does.
	costs bool
}

// quick is a configuration with a bake that is not what is measured.
func quick(config acctest.Config) acctest.Config {
	config["bake_time"] = "30s"
	return config
}

// Besides the methods, what may be wrong with the side that is to become live.
func situations() map[string]situation {
	all := map[string]situation{}
	for method := range leastWrites {
		all[method] = situation{costs: method == "remove_and_add", run: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			if d := apply(t, c, quick(byMethod(e, "green", method))).Errors(); len(d) > 0 {
				t.Error(d)
			}
		}}
	}
	sick := func(_ *testing.T, e *acctest.Env, _ *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: http.StatusServiceUnavailable})
	}
	const long = 9 * time.Minute // there and back
	all["sick target"] = situation{ready: sick, lasts: long, run: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		apply(t, c, quick(switchTo(e, "green"))) // fails
	}}
	all["target sick under traffic"] = situation{ready: sick, lasts: long, costs: true, run: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		apply(t, c, quick(sickUnderTraffic(e))) // fails, and goes back
	}}
	all["applies after a rollback"] = situation{lasts: long, ready: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		sick(t, e, c)
		apply(t, c, quick(sickUnderTraffic(e)))
		e.Settle()
	}, run: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		apply(t, c, quick(sickUnderTraffic(e))) // changes nothing, and warns
	}}
	all["target still deploying"] = situation{lasts: long, run: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		fresh := e.Distribute("fresh", nil)
		config := quick(sickUnderTraffic(e)) // a gate before the move would notice
		side(config, "green")["distribution_id"] = fresh.ID
		side(config, "green")["marker"] = map[string]any{"value": "fresh.origin.test"}
		apply(t, c, config)
	}}
	lowered := func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, withLowerTTL(e, "blue"))
	}
	all["lowered TTL"] = situation{ready: lowered, run: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		apply(t, c, quick(withLowerTTL(e, "green")))
	}}
	all["target sick once the TTL is over"] = situation{ready: lowered, lasts: longTTL + long, run: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		go func() {
			_ = e.World.Clock().Sleep(context.Background(), longTTL/2)
			sick(t, e, c)
		}()
		apply(t, c, quick(withLowerTTL(e, "green"))) // fails
	}}
	return all
}

// An answer is unowned when no distribution had the name at that POP, and failed
// when it is no origin's 200 for any reason.
func TestWhatViewersSeeOfACutover(t *testing.T) {
	t.Parallel()
	in, ok := situations()[*inCase]
	if !ok {
		t.Fatalf("there is no situation %q: %v", *inCase, slices.Sorted(maps.Keys(situations())))
	}
	s := site("www.example.com")
	s.World.Propagation = 3 * time.Minute
	running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		if in.ready != nil {
			in.ready(t, e, c)
		}
		began := e.World.Clock().Now()
		stop := crowd(e, e.Names[0], *perSecond)
		in.run(t, e, c)
		_ = e.World.Clock().Sleep(context.Background(), in.lasts-e.World.Clock().Now().Sub(began)) // never ends early
		seen, took := stop(), e.World.Clock().Now().Sub(began)
		violations := 0
		for _, v := range e.World.Audit(began, e.Names...) {
			if v.Kind != audit.DNSLeads || *inCase != "wildcard_overlap" && *inCase != "remove_and_add" { // which have the records go first on purpose
				violations++
			}
		}
		name := fmt.Sprintf("%s under %d requests/s: ", *inCase, *perSecond)
		none := func(what string, value int, unit string) figure.Figure {
			if in.costs {
				return figure.Plain(name+what, float64(value), unit)
			}
			return figure.AtMost(name+what, float64(value), unit, 0)
		}
		lost := []figure.Figure{
			none(failedAnswers, seen.failed, "answers"), none("unowned answers", seen.unowned, "answers"),
			none("violations found by the audit", violations, "violations"),
		}
		for _, f := range lost {
			if !f.OK {
				t.Errorf("%s: %g", f.Name, f.Value)
			}
		}
		figure.Report(t, append([]figure.Figure{
			figure.AtLeast(name+"answers", float64(seen.answers), "answers", float64(*perSecond)*took.Seconds()*0.99),
		}, lost...)...)
	})
}

// failedAnswers are what a provider is held to, the unowned ones among them.
const failedAnswers = "failed answers"

// seen is what a crowd got.
type seen struct{ answers, failed, unowned int }

// crowd sends so many requests a second, evenly, each to the next POP, until stopped.
func crowd(e *acctest.Env, name string, perSecond int) (stop func() seen) {
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var coming sync.WaitGroup
	var out seen
	for v := range perSecond {
		client := &http.Client{Transport: e.World.Transport()}
		coming.Go(func() {
			_ = clock.System{}.Sleep(ctx, time.Second*time.Duration(v)/time.Duration(perSecond)) // the loop sees the end of ctx
			for ctx.Err() == nil {
				resp, err := client.Get("https://" + name + "/")
				mu.Lock()
				out.answers++
				if err != nil || resp.StatusCode != http.StatusOK {
					out.failed++
				}
				if err == nil && resp.Header.Get("X-Awssim-Distribution") == "" {
					out.unowned++
				}
				mu.Unlock()
				if err == nil {
					_ = resp.Body.Close()
				}
				_ = clock.System{}.Sleep(ctx, time.Second) // as above
			}
		})
	}
	return func() seen {
		cancel()
		coming.Wait()
		return out
	}
}
