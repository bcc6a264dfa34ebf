package weightedramp_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A way back that got nowhere leaves every name at the same step of the way. That is no end:
// the next apply goes on to the weight of before, and only then it counts as rolled back.
func TestAWayBackThatIsStuckIsFinishedByTheNextApply(t *testing.T) {
	t.Parallel()
	denied := fault.Fault{Operation: "ChangeResourceRecordSets", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "no"}
	for _, stuck := range []struct {
		name string
		// then is what happens once a weight has been given that fails.
		then func(e *acctest.Env)
	}{
		{"AWS refuses it", func(e *acctest.Env) { e.World.Faults().Add(denied) }},
		{"nobody answers any more", func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Service: "route53", Kind: fault.Cut})
		}},
	} {
		for name, change := range map[string]func(acctest.Config){
			"all in one apply": func(acctest.Config) {},
			"step by step":     func(c acctest.Config) { c["advance"], c["bake_time"] = "per_apply", "1h" },
		} {
			t.Run(stuck.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					settled := gated(e, toward(e, 5))
					mustApply(t, c, settled)
					ask := gated(e, toward(e, 80, 5, 25))
					change(ask)
					ask["timeouts"] = map[string]any{"update": "3h", "roll_back": "5m"}
					e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
					p, err := c.Plan(context.Background(), ask)
					if err != nil {
						t.Fatal(err)
					}
					began := e.World.Journal().Seq()
					go func() {
						for len(e.Writes(began)) < 1 {
							wait(time.Second)
						}
						wait(10 * time.Second) // all name servers have it, and it is asked for evidence later
						stuck.then(e)
					}()
					d, err := c.Apply(context.Background(), p)
					if err != nil || len(d.Errors()) != 1 {
						t.Fatal(err, d)
					}
					e.World.Faults().Clear()
					if c.Get("phase") == "ramping" { // it was not asked for evidence yet
						wait(time.Hour)
						e.World.Faults().Add(denied)
						d := c.MustConverge(context.Background(), t, ask).Errors()
						e.World.Faults().Clear()
						if len(d) != 1 {
							t.Fatal(d)
						}
					}
					expectSets(t, e, at(e, "25", "75")...)
					if got := c.Get("phase"); got == "rolled_back" || got == "settled" {
						t.Fatalf("viewers are at 25 %%, and phase is %s", got)
					}
					p, err = c.Plan(context.Background(), ask)
					if err != nil {
						t.Fatal(err)
					}
					if got := acctest.Strings(p.Planned, "steps"); !slices.Equal(got, []string{"give green 5 % of api.example.com and www.example.com"}) {
						t.Errorf("the plan has the steps %q", got)
					}
					if d, err := c.Apply(context.Background(), p); err != nil || len(d.Errors()) > 0 {
						t.Fatal(err, d)
					}
					expectSets(t, e, at(e, "5", "95")...)
					if c.Get("phase") != "rolled_back" || c.Get("weight") != "5" || c.Get("current_weight") != "5" || c.Get("settled_weight") != "5" {
						t.Error(stateOf(c))
					}
					e.ExpectNothingLeft(c, ask)
				})
			})
		}
	}
}

func simpleSet(e *acctest.Env) *r53types.ResourceRecordSet {
	set := weigh(e, www, "blue", 1).ResourceRecordSet
	set.SetIdentifier, set.Weight = nil, nil
	set.AliasTarget.EvaluateTargetHealth = false
	return set
}

func stateOf(c *acctest.Core) string {
	out := ""
	for _, name := range []string{"phase", "weight", "current_weight", "settled_weight", "unseen"} {
		out += name + " " + c.Get(name) + "; "
	}
	return out
}

func TestAFailedRampGoesBackAndIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	running(t, site(www, "api.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		ask := gated(e, toward(e, 50, 5, 25))
		go func() { // it falls ill while it has 25 percent
			wait(12 * time.Minute)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}()
		d := c.MustConverge(ctx, t, ask).Errors()
		if len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" || !strings.Contains(d[0].Detail, "503") {
			t.Fatalf("%s", d)
		}
		expectSets(t, e, simple(e)...)
		if c.Get("phase") != "rolled_back" {
			t.Errorf("phase %s", c.Get("phase"))
		}
		before := e.World.Journal().Seq()
		p, err := c.Plan(ctx, ask)
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) == 0 || p.Diags.Warnings()[0].Summary != "A failed ramp is not tried again" {
			t.Errorf("the latch: %v %s\nfrom %s\nto   %s", err, p.Diags, p.Prior, p.Planned)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("wrote %v", w)
		}
		// A value that only apply knows could mean either, and a plan shows one thing.
		ask["retry"] = acctest.Unknown
		if p, err := c.Plan(ctx, ask); err != nil || len(p.Diags.Errors()) != 1 || p.Diags.Errors()[0].Summary != "Whether to try again is not known yet" {
			t.Errorf("with a retry that is not known: %v %s", err, p.Diags)
		}
		ask["retry"] = "1"
		if d := c.MustConverge(ctx, t, ask).Errors(); len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
			t.Fatalf("retry while still sick: %s", d)
		}
		for range 2 { // with the same retry once more, and without one
			before := e.World.Journal().Seq()
			if d := c.MustConverge(ctx, t, ask); len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "A failed ramp is not tried again" || len(e.Writes(before)) > 0 {
				t.Errorf("retry %v: %s, and wrote %v", ask["retry"], d, e.Writes(before))
			}
			delete(ask, "retry")
		}
		e.World.Origins().Put("green.origin.test", origin.State{})
		ask["retry"] = "2"
		mustApply(t, c, ask)
		expectSets(t, e, at(e, "50", "50")...)
		e.ExpectNothingLeft(c, ask)
		e.ExpectServed()
	})
}

func TestAFailedCreateLeavesNoState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		c := core(e)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		d := c.MustConverge(context.Background(), t, gated(e, toward(e, 50, 5))).Errors()
		if len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
			t.Errorf("%s", d)
		}
		if !c.State.IsNull() || c.Tainted {
			t.Errorf("a failed create left a state: %s", c.State)
		}
		expectSets(t, e, simple(e)...)
	})
}

func TestAHeldRampStaysWhereItIsAndCarriesOn(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		ask := gated(e, toward(e, 50, 5))
		ask["on_failure"] = "hold"
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		d := c.MustConverge(ctx, t, ask).Errors()
		if len(d) != 1 || d[0].Summary != "The endpoint with the new traffic is not healthy" {
			t.Fatalf("%s", d)
		}
		expectSets(t, e, at(e, "5", "95")...)
		if got := acctest.Strings(c.State, "steps"); len(got) > 0 {
			t.Errorf("state has %q, which a plan of the same would hide", got)
		}
		e.World.Origins().Put("green.origin.test", origin.State{})
		mustApply(t, c, ask)
		expectSets(t, e, at(e, "50", "50")...)
		e.ExpectNothingLeft(c, ask)
	})
}

// Whoever was on call has sent everybody back to blue. The ramp that an unrelated apply
// begins then fails, and must not leave more of green than it found.
func TestARampThatSomebodyTookBackGoesBackToWhatItFound(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ask := gated(e, toward(e, 50, 5, 25))
		mustApply(t, c, ask)
		e.ChangeByHand(www, weigh(e, www, "green", 0), weigh(e, www, "blue", 100))
		e.Settle()
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		if d := c.MustConverge(context.Background(), t, ask).Errors(); len(d) != 1 || d[0].Summary != "Ramp failed and was rolled back" {
			t.Errorf("%s", d)
		}
		if level := c.Get("phase"); level != "rolled_back" {
			t.Errorf("phase %s", level)
		}
		expectSets(t, e, simple(e)...)
		before := e.World.Journal().Seq()
		if p, err := c.Plan(context.Background(), ask); err != nil || !p.Empty() || len(e.Writes(before)) > 0 {
			t.Errorf("the latch: %v\nfrom %s\nto   %s", err, p.Prior, p.Planned)
		}
	})
}

// A ramp goes back to the other endpoint only if that is healthy: otherwise the weights
// stay, and lowering `weight` goes back once it is.
func TestARampGoesBackToTheOtherEndpointUnlessThatIsSickToo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sick    int
		summary string
		back    bool
	}{
		"the target alone": {1, "Ramp failed and was rolled back", true},
		"both":             {2, "Neither endpoint is healthy", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, site(www), func(t *testing.T, e *acctest.Env, k *acctest.Core) {
				ask := toward(e, 50, 5)
				ask["verify"] = map[string]any{"probes": []any{map[string]any{"path": "/health", "scheme": "http", "samples": 1}}}
				answers := &asking{next: e.World.Transport(), sick: c.sick}
				k.World.Transport = answers
				d := k.MustConverge(context.Background(), t, ask).Errors()
				if len(d) != 1 || d[0].Summary != c.summary || !strings.Contains(d[0].Detail, "503") {
					t.Fatalf("%s", d)
				}
				if c.back {
					expectSets(t, e, simple(e)...)
					return
				}
				expectSets(t, e, at(e, "5", "95")...)
				ask["weight"] = 0
				delete(ask, "weights")
				mustApply(t, k, ask)
				expectSets(t, e, simple(e)...)
				e.ExpectNothingLeft(k, ask)
			})
		})
	}
}

// The evidence has spoken: whoever is interrupted on the way back goes no other way afterwards.
func TestAfterAnInterruptTheWayBackIsFinished(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		ask := gated(e, toward(e, 100, 5, 50))
		p, err := c.Plan(context.Background(), ask)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		began := e.World.Journal().Seq()
		go func() {
			for len(e.Writes(began)) < 2 { // up, and the first of the way back
				wait(time.Second)
			}
			cancel()
		}()
		if _, err := c.Interrupt(ctx, p); err != nil {
			t.Fatal(err)
		}
		if got := c.Get("phase"); got == "rolled_back" || got == "settled" {
			t.Fatalf("it was not interrupted on its way back: %s", c.State)
		}
		expectSets(t, e, at(e, "0", "100")...)
		before := e.World.Journal().Seq()
		c.MustConverge(context.Background(), t, ask)
		if w := e.Writes(before); len(w) != 1 {
			t.Errorf("then it wrote %v", w)
		}
		expectSets(t, e, simple(e)...)
		if got := c.Get("phase"); got != "rolled_back" {
			t.Errorf("phase = %q", got)
		}
		e.ExpectServed()
	})
}

// asking answers probes of a path in place of the two endpoints, in the order in which
// they are asked.
type asking struct {
	next http.RoundTripper
	mu   sync.Mutex
	sick int // how many of the next answers are bad
}

func (a *asking) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := a.next.RoundTrip(req)
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil && req.URL.Path == "/health" && a.sick > 0 {
		a.sick--
		resp.StatusCode = http.StatusServiceUnavailable
	}
	return resp, err
}
