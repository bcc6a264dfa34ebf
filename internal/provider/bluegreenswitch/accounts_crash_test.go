package bluegreenswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A crossingScenario is one way between accounts.
type crossingScenario struct {
	name   string
	names  []string
	config func(e *acctest.Env, live string) acctest.Config
	ask    func(e *acctest.Env) acctest.Config
	want   string // the side that has the names at the end
	sick   bool   // green fails under traffic
	create bool   // the switch does not exist yet
	outage bool   // viewers are refused for a while, on purpose
}

func crossings() []crossingScenario {
	to := func(config func(*acctest.Env, string) acctest.Config) func(*acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config { return config(e, "green") }
	}
	late := func(config func(*acctest.Env, string) acctest.Config) func(*acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			c := config(e, "green")
			c["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/"}}}}
			return c
		}
	}
	two, apex := []string{"a.example.com", "www.example.com"}, []string{"example.com", "www.example.com"}
	return []crossingScenario{
		{name: "dance", names: two, config: dance, ask: to(dance), want: "green"},
		{name: "dance, rolled back", names: two, config: dance, ask: late(dance), want: "blue", sick: true},
		{name: "disabling", names: apex, config: darkly, ask: to(darkly), want: "green", outage: true},
		{name: "disabling, rolled back", names: apex, config: darkly, ask: late(darkly), want: "blue", sick: true, outage: true},
		{name: "disabling by create", names: []string{"www.example.com"}, config: darkly, ask: to(darkly), want: "green", create: true, outage: true},
	}
}

// dark is how long a location may refuse viewers while somebody may be dead in between.
const dark = time.Hour

func (s crossingScenario) ordeal() matrix.Scenario {
	return matrix.Scenario{
		Name: s.name, Ask: s.ask, Fails: s.sick,
		Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
			t.Helper()
			e := acctest.New(t, apart(s.names...))
			e.Spread()
			c := core(e)
			c.Provider["accounts"] = acctest.Accounts()
			if !s.create {
				mustApply(t, c, s.config(e, "blue"))
			}
			if s.sick {
				e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
			}
			return e, c
		},
		Check: func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			t.Helper()
			if want := map[bool]string{false: "settled", true: "rolled_back"}[s.sick]; c.Get("phase") != want {
				t.Errorf("phase = %q, want %q", c.Get("phase"), want)
			}
			s.expect(t, e)
		},
	}
}

// expect checks that the names and their records are on the side that is to have them, that
// both sides serve, that nothing in DNS speaks of anything but these, and what viewers met.
func (s crossingScenario) expect(t *testing.T, e *acctest.Env) {
	t.Helper()
	there, dns := e.In(acctest.NewAccount), e.In(acctest.DNSAccount)
	dns.ZoneIDs = e.ZoneIDs
	hands := map[string]*acctest.Env{"blue": e, "green": there}
	sides := map[string]acctest.Distribution{"blue": e.Blue, "green": e.Green}
	for side, d := range sides {
		out, err := hands[side].CloudFront.GetDistribution(context.Background(), &cloudfront.GetDistributionInput{Id: aws.String(d.ID)})
		if err != nil {
			t.Fatal(err)
		}
		if !*out.Distribution.DistributionConfig.Enabled {
			t.Errorf("%s is left disabled", side)
		}
	}
	for _, name := range e.Names {
		if got := hands[s.want].Owner(name); got != sides[s.want].ID {
			t.Errorf("%s is on %q, want %s", name, got, sides[s.want].ID)
		}
		for _, r := range dns.Records(name) {
			if !strings.HasSuffix(r, " "+sides[s.want].Domain) && !strings.HasPrefix(r, "NS") && !strings.HasPrefix(r, "SOA") {
				t.Errorf("%s has a record %q, want one to %s", name, r, sides[s.want].Domain)
			}
		}
	}
	expectNoProofs(t, e)
	for _, v := range e.World.Audit(e.Start, e.Names...) {
		switch {
		case slices.Contains([]audit.Kind{audit.DNSLeads}, v.Kind):
		case s.outage && (v.Kind == audit.Unserved || v.Kind == audit.DisabledSide || v.Kind == audit.RecordDangling) && !v.Until.IsZero() && v.Until.Sub(v.At) <= dark:
		default:
			t.Error(v)
		}
	}
}

// expectNoProofs checks that no record is left that a move between accounts has made.
func expectNoProofs(t *testing.T, e *acctest.Env) {
	t.Helper()
	for _, name := range e.Names {
		for _, at := range []string{"_" + name, "_." + name, "_cdn-cutover." + name} {
			for _, v := range e.World.Route53().Lookup(0, e.World.Clock().Now(), at, "TXT").Values {
				if strings.Contains(v, ".cloudfront.net") {
					t.Errorf("%s is left with %s", at, v)
				}
			}
		}
	}
}

func crossingOrdeals() []matrix.Scenario {
	var out []matrix.Scenario
	for _, s := range crossings() {
		out = append(out, s.ordeal())
	}
	return out
}

func TestAMoveBetweenAccountsSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.DieAtOneOf(t, 4, crossingOrdeals()...)
}

// Nobody is dark for want of a yes: not while one who carries on has that of before, and not
// where it has been taken back.
func TestAnApprovedMoveBetweenAccountsLeavesNobodyInTheDark(t *testing.T) {
	t.Parallel()
	var out []matrix.Scenario
	for _, s := range crossings() {
		if !s.outage || s.sick || s.create { // a way that fails has used its yes up
			continue
		}
		still := func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
			t.Helper()
			e.Settle()
			there := e.In(acctest.NewAccount)
			if !enabled(t, e, e.Blue) || !enabled(t, there, e.Green) {
				t.Error("a side is left disabled at the pause")
			}
			for _, name := range e.Names { // one that had moved stays where it is
				if e.Owner(name) != e.Blue.ID && there.Owner(name) != e.Green.ID {
					t.Errorf("%s is on no side at the pause", name)
				}
			}
		}
		for _, pause := range []string{matrix.FirstTraffic, matrix.FullTraffic} {
			out = append(out, matrix.Approved(pause, s.ordeal()), matrix.Withdrawn(pause, s.ordeal(), still))
		}
	}
	matrix.DieAtOneOf(t, 8, out...)
}

// A run that is told to stop in the dark, too, leaves what the next one needs.
func TestAnInterruptHoldsAtEveryStepBetweenAccounts(t *testing.T) {
	t.Parallel()
	var dark []matrix.Scenario
	for _, s := range crossings() {
		if s.create {
			dark = append(dark, s.ordeal())
		}
	}
	matrix.Interrupt(t, []time.Duration{20 * time.Second, 45 * time.Second, 55 * time.Second, 65 * time.Second, 2 * time.Minute}, dark...)
}

func TestAMoveBetweenAccountsLosesNobodyButByDisabling(t *testing.T) {
	t.Parallel()
	for _, s := range crossings() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			o := s.ordeal()
			synctest.Test(t, func(t *testing.T) {
				e, c := o.Start(t)
				apply(t, c, o.Ask(e))
				o.Check(t, e, c)
			})
		})
	}
}
