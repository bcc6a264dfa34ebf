package preflight_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// The CLI asks for this many data sources at a time.
const parallelism = 10

// An estate is so many sites, each with one name on two distributions of its own, and one switch.
type estate struct {
	*acctest.Env
	one    *acctest.Core
	greens []acctest.Distribution

	questions []acctest.Config // about a cutover of each
}

func newEstate(t *testing.T, many int, turn func(*knob.Knobs)) *estate {
	t.Helper()
	s := site()
	knobs := knob.Defaults()
	turn(&knobs)
	s.World.Knobs = &knobs
	e := &estate{Env: acctest.New(t, s)}
	e.Certificate = e.Certify("*.example.com")
	for i := range many {
		name := fmt.Sprintf("www-%d.example.com", i)
		blue := e.Distribute(fmt.Sprintf("blue-%d", i), func(c *cftypes.DistributionConfig) { c.Aliases = aliases(name) })
		green := e.Distribute(fmt.Sprintf("green-%d", i), nil)
		e.PointByHand(name, blue.Domain, "A", "AAAA")
		e.greens = append(e.greens, green)
		e.questions = append(e.questions, acctest.Config{
			"aliases": []any{name}, "live": "green", "dns": config(e.Env)["dns"],
			"sides": map[string]any{"blue": map[string]any{"distribution_id": blue.ID}, "green": map[string]any{"distribution_id": green.ID}},
		})
	}
	e.takeOver(t)
	return e
}

// takeOver imports the switch, of www.
func (e *estate) takeOver(t *testing.T) {
	t.Helper()
	e.Settle()
	e.one = acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
	id := fmt.Sprintf("blue=%s,green=%s;%s;example.com=%s", e.Blue.ID, e.Green.ID, www, e.ZoneIDs["example.com"])
	if d, err := e.one.Import(context.Background(), id); err != nil || len(d.Errors()) > 0 {
		t.Fatal(err, d)
	}
}

// plan begins a plan, which has refreshed the switch.
func (e *estate) plan(t *testing.T, alone bool) *acctest.Walk {
	t.Helper()
	w, err := acctest.Begin(context.Background(), provider.World{Transport: acctest.Distant(e.World.Transport()), Alone: alone}, e.one.Provider)
	must(t, err)
	must(t, w.Refresh(context.Background(), e.one))
	return w
}

func (e *estate) ask(t *testing.T, w *acctest.Walk) ([]answer, []journal.Call) {
	t.Helper()
	before := e.World.Journal().Seq()
	all, err := w.ReadTogether(context.Background(), parallelism, acctest.NewData("cdn_preflight", clock.System{}, nil), e.questions)
	must(t, err)
	var out []answer
	for _, a := range all {
		out = append(out, read(t, a.Value))
	}
	return out, e.Calls(before)
}

func count(calls []journal.Call) map[string]int {
	out := map[string]int{}
	for _, c := range calls {
		out[c.Operation]++
	}
	return out
}

// measure reads a data source as often as it is asked about, each reader for itself and with what
// they share, and holds the second against a bound, and against the first.
func (e *estate) measure(t *testing.T, name string, most int) (apart, shared []answer) {
	t.Helper()
	apart, alone := e.ask(t, e.plan(t, true))
	shared, calls := e.ask(t, e.plan(t, false))
	f := figure.AtMost(name+"calls", float64(len(calls)), "calls", float64(min(most, len(alone))))
	figure.Report(t, f, figure.Plain(name+"calls, each for itself", float64(len(alone)), "calls"))
	if !f.OK {
		t.Errorf("%s: %g, want %s: %v, and each for itself %v", f.Name, f.Value, f.Bound, count(calls), count(alone))
	}
	return apart, shared
}

// mostCalls is what the page says that so many take at most: in a plan that finds nothing, in one in
// which each finds something, and each for itself.
var mostCalls = []struct{ sites, calls, finding, alone int }{{1, 8, 8, 8}, {10, 22, 42, 62}, {50, 62, 162, 303}}

func TestThePageSaysWhatManyPreflightsCost(t *testing.T) {
	t.Parallel()
	for _, m := range mostCalls {
		golden.Row(t, "../../../templates/data-sources/preflight.md.tmpl", fmt.Sprintf("| %d | %d | %d | %d |", m.sites, m.calls, m.finding, m.alone))
	}
}

// Each asks whether it may ask who has a name, on behalf of a distribution of its own, because
// permissions may be of some distributions only. All else is the account's and the zone's.
func TestWhatManyPreflightsCost(t *testing.T) {
	t.Parallel()
	for _, m := range mostCalls {
		synctest.Test(t, func(t *testing.T) {
			e := newEstate(t, m.sites, func(*knob.Knobs) {})
			apart, shared := e.measure(t, fmt.Sprintf("preflight of %d sites: ", m.sites), m.calls)
			for i := range shared {
				if len(shared[i].findings) != 0 || len(apart[i].findings) != 0 {
					t.Errorf("%d: %v, and for itself %v", i, shared[i].findings, apart[i].findings)
				}
			}
		})
	}
}

// What is found is confirmed by each side, and then by nothing else again.
func TestWhatManyPreflightsCostThatFindSomething(t *testing.T) {
	t.Parallel()
	for _, m := range mostCalls {
		synctest.Test(t, func(t *testing.T) {
			e := newEstate(t, m.sites, func(*knob.Knobs) {})
			for _, green := range e.greens {
				e.EditByHand(green, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
			}
			e.Settle()
			apart, shared := e.measure(t, fmt.Sprintf("preflight of %d sites, something found in each: ", m.sites), m.finding)
			for i := range shared {
				if len(shared[i].findings) != 1 || !reflect.DeepEqual(shared[i], apart[i]) {
					t.Errorf("%d: %v, and for itself %v", i, shared[i].findings, apart[i].findings)
				}
			}
		})
	}
}

// A list shows for half an hour what was before: of half of the sites that green is disabled, of the
// other half that it is not.
func TestAListThatLagsBehindStopsNoCutover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many = 12
		e := newEstate(t, many, func(k *knob.Knobs) { k.ListLag = 30 * time.Minute })
		enable := func(i int, is bool) {
			e.EditByHand(e.greens[i], func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(is) })
		}
		for i := range many / 2 {
			enable(i, false)
		}
		must(t, e.World.Clock().Sleep(t.Context(), time.Hour))
		for i := range many {
			enable(i, i < many/2)
		}
		must(t, e.World.Clock().Sleep(t.Context(), 10*time.Minute))
		got, calls := e.ask(t, e.plan(t, false))
		if count(calls)["ListDistributions"] == 0 {
			t.Error("no list was read that could lag")
		}
		for i := range many / 2 {
			if !got[i].ok {
				t.Errorf("%d, which is enabled again: %v", i, got[i].findings)
			}
		}
		must(t, e.World.Clock().Sleep(t.Context(), time.Hour))
		got, _ = e.ask(t, e.plan(t, false))
		for i := range many {
			if got[i].ok != (i < many/2) {
				t.Errorf("%d, once the list shows it: %v", i, got[i].findings)
			}
		}
	})
}

// Which distribution has a policy no list says. Where there is one, each is asked.
func TestAPolicyIsFoundAmongManySites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t, 12, func(*knob.Knobs) {})
		// On half of the sites: those that are asked first look for themselves, whichever they are.
		for i := 0; i < 12; i += 2 {
			policy := e.JoinByHand(e.CopyByHand(e.greens[i]), acctest.ByWeight(0.05), false)
			e.Settle()
			e.AttachByHand(e.greens[i], policy)
		}
		e.Settle()
		got, _ := e.ask(t, e.plan(t, false))
		for i, a := range got {
			if found := slices.ContainsFunc(a.findings, func(f map[string]string) bool { return f["check"] == "policy_attached" }); found != (i%2 == 0) {
				t.Errorf("%d: %v", i, a.findings)
			}
		}
	})
}

func TestManyPreflightsByWhoeverMayNotListLookForThemselves(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"cloudfront:ListDistributions", "cloudfront:ListContinuousDeploymentPolicies"} {
		synctest.Test(t, func(t *testing.T) {
			e := newEstate(t, 12, func(*knob.Knobs) {})
			e.World.Faults().Add(fault.Fault{Operation: strings.TrimPrefix(action, "cloudfront:"), Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "not authorized to perform: " + action})
			got, _ := e.ask(t, e.plan(t, false))
			for i, a := range got {
				if len(a.findings) > 0 {
					t.Errorf("%d without %s: %v", i, action, a.findings)
				}
			}
		})
	}
}

// Switches of behaviours and splits that are about one distribution, or one cache policy, ask about it
// once, and about the account once.
func TestManyPreflightsOfOneDistributionAskAboutItOnce(t *testing.T) {
	t.Parallel()
	for name, question := range map[string]func(t *testing.T) (shop, acctest.Config){
		"behaviors": func(t *testing.T) (shop, acctest.Config) { s := newShop(t); s.policy(t); return s, s.config() },
		"split":     func(t *testing.T) (shop, acctest.Config) { s := newSplitShop(t); return s, s.splitting() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, c := question(t)
				e := &estate{Env: s.Env, questions: slices.Repeat([]acctest.Config{c}, 20)}
				e.takeOver(t)
				apart, alone := e.ask(t, e.plan(t, true))
				shared, calls := e.ask(t, e.plan(t, false))
				if !reflect.DeepEqual(shared, apart) {
					t.Errorf("%v, and each for itself %v", shared, apart)
				}
				each := count(alone)
				for operation, n := range count(calls) {
					switch operation {
					case "GetDistribution", "GetCachePolicy", "ListFunctions":
						if n > 1 {
							t.Errorf("%s is asked %d times, and %d times by each for itself", operation, n, each[operation])
						}
					default:
						if n > each[operation] {
							t.Errorf("%s is asked %d times, and %d times by each for itself", operation, n, each[operation])
						}
					}
				}
			})
		})
	}
}
