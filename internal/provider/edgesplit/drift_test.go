package edgesplit_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// put writes the table by hand.
func (s shop) put(t *testing.T, text string) {
	t.Helper()
	out, err := s.CloudFront.DescribeKeyValueStore(context.Background(), &cloudfront.DescribeKeyValueStoreInput{Name: aws.String("shop")})
	if err != nil {
		t.Fatal(err)
	}
	arn := aws.ToString(out.KeyValueStore.ARN)
	v, err := s.keys().Get(context.Background(), arn, edgefunction.Key)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.keys().Put(context.Background(), arn, edgefunction.Key, v, text); err != nil {
		t.Fatal(err)
	}
}

// kill throws the switch by hand.
func (s shop) kill(t *testing.T) {
	t.Helper()
	table := s.table(t)
	table.Generation, table.Weights, table.Killed = table.Generation+1, map[string]int{"blue": 100, "green": 0}, true
	text, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, text)
}

// A switch that somebody has thrown in the store is in the next plan, whichever way it was thrown and whether or not
// viewers were moved by it.
func TestAKillSwitchThrownByHandIsInTheNextPlan(t *testing.T) {
	t.Parallel()
	for _, weight := range []int{0, 50} {
		running(t, func(t *testing.T) {
			s := open(t)
			c := core(s.Env)
			ask := s.toward(weight)
			mustApply(t, c, ask)
			mustApply(t, c, ask)
			s.kill(t)
			if p, err := c.Plan(context.Background(), ask); err != nil || p.Empty() {
				t.Errorf("at %d %%, thrown: the plan is empty (%v)", weight, err)
			}
			mustApply(t, c, ask)
			if got := s.table(t); got.Killed || got.Weights["green"] != weight {
				t.Errorf("%+v", got)
			}
			s.ExpectNothingLeft(c, ask)
			ask = with(ask, "kill_switch", true)
			mustApply(t, c, ask)
			table := s.table(t)
			table.Generation, table.Killed = table.Generation+1, false
			text, err := table.Encode()
			if err != nil {
				t.Fatal(err)
			}
			s.put(t, text)
			if p, err := c.Plan(context.Background(), ask); err != nil || p.Empty() {
				t.Errorf("at %d %%, thrown back: the plan is empty (%v)", weight, err)
			}
			mustApply(t, c, ask)
			if got := s.table(t); !got.Killed {
				t.Errorf("%+v", got)
			}
			s.ExpectNothingLeft(c, ask)
		})
	}
}

// What others have done to a split is shown by the next plan, and mended by its apply.
func TestDriftIsShownAndMended(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hands func(t *testing.T, s shop)
		phase string
	}{
		"other weights": {func(t *testing.T, s shop) {
			t.Helper()
			table := s.table(t)
			table.Generation, table.Weights = table.Generation+1, map[string]int{"blue": 90, "green": 10}
			text, err := table.Encode()
			if err != nil {
				t.Fatal(err)
			}
			s.put(t, text)
		}, "settled"},
		"kill switch, where everybody is sent away by it": {func(t *testing.T, s shop) { t.Helper(); s.kill(t) }, "killed"},
		"no table that anybody could read":                {func(t *testing.T, s shop) { t.Helper(); s.put(t, "{}") }, "displaced"},
		"functions taken away": {func(_ *testing.T, s shop) {
			s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { c.DefaultCacheBehavior.FunctionAssociations = nil })
			s.Settle()
		}, "displaced"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				core := core(s.Env)
				ask := s.toward(50)
				mustApply(t, core, ask)
				mustApply(t, core, ask)
				c.hands(t, s)
				if _, err := core.Refresh(context.Background()); err != nil {
					t.Fatal(err)
				}
				if got := core.Get("phase"); got != c.phase {
					t.Errorf("phase %q, want %q", got, c.phase)
				}
				mustApply(t, core, ask)
				if got := s.table(t).Weights["green"]; got != 50 || len(s.runs(t)) != 4 {
					t.Errorf("green has %d %%, and the behaviours run %v", got, s.runs(t))
				}
				s.ExpectNothingLeft(core, ask)
			})
		})
	}
}

// A table that somebody has deleted is written again as it was: nobody is moved, neither while it is missing nor then.
func TestATableThatIsLostIsWrittenAgainAsItWas(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		ask := gated(s.toward(50))
		mustApply(t, c, ask)
		mustApply(t, c, ask)
		s.arrived(t)
		a := s.audience(200)
		a.everybody(200)
		s.put(t, "{}")
		a.during(a.sessions(0, 100), func() { s.arrived(t) })
		since := s.World.Journal().Seq()
		a.during(a.sessions(0, 200), func() { mustApply(t, c, ask) })
		expectOperations(t, s.Effects(since), "PutKey")
		s.arrived(t)
		a.everybody(200)
		if a.changed > 0 || len(a.flips)+len(a.bad)+a.torn > 0 || s.table(t).Weights["green"] != 50 {
			t.Errorf("%d answers of another side, %d flips, %d torn, errors %.3q, and the table is %+v", a.changed, len(a.flips), a.torn, a.bad, s.table(t))
		}
		s.ExpectNothingLeft(c, ask)
	})
}

// A function that somebody has edited is never published for them, and shown as drift; a change of what the functions do
// takes viewers to others.
func TestAFunctionThatSomebodyEditedIsShownAndLeft(t *testing.T) {
	t.Parallel()
	for name, published := range map[string]bool{"saved": false, "published": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				c := core(s.Env)
				ask := s.toward(50)
				mustApply(t, c, ask)
				mustApply(t, c, ask)
				s.rewrite(t, published)
				since := s.World.Journal().Seq()
				if _, err := c.Refresh(context.Background()); err != nil || c.Get("phase") != "displaced" {
					t.Errorf("phase %v, %v", c.Get("phase"), err)
				}
				fails(t, c, ask, "A function is not what this split has made")
				expectOperations(t, s.Effects(since))
				ask = with(ask, "cookie", map[string]any{"max_age": 3600})
				mustApply(t, c, ask)
				if got := s.made(t); len(got) != 3 || s.table(t).Weights["green"] != 50 {
					t.Errorf("%q, and the table is %+v", got, s.table(t))
				}
				s.ExpectNothingLeft(c, ask)
			})
		})
	}
}

// A VPC origin is one like any other to the function that selects it by its id.
func TestASideMayBeAVPCOrigin(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		s.World.CloudFront().AddVPCOrigin("vo_shop")
		s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
			o := &c.Origins.Items[1]
			o.CustomOriginConfig, o.VpcOriginConfig = nil, &cftypes.VpcOriginConfig{VpcOriginId: aws.String("vo_shop")}
		})
		s.Settle()
		c := core(s.Env)
		mustApply(t, c, s.toward(50))
		mustApply(t, c, s.toward(50))
		s.arrived(t)
		a := s.audience(100)
		if green := a.everybody(100); green == 0 || green == 100 || len(a.bad)+a.torn > 0 {
			t.Errorf("%d of 100 viewers are on green, %d torn, errors %.3q", green, a.torn, a.bad)
		}
		s.ExpectNothingLeft(c, s.toward(50))
	})
}

// An import reads what the code says, and the first plan after it moves nobody.
func TestAnImportReadsTheCode(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t)
		c := core(s.Env)
		mustApply(t, c, exported(s.toward(0)))
		other := core(s.Env)
		if d, err := other.Import(context.Background(), "shop"); err != nil || len(d.Errors()) > 0 {
			t.Fatal(err, d)
		}
		before := s.World.Journal().Seq()
		mustApply(t, other, exported(s.toward(0)))
		if got := s.Effects(before); len(got) > 1 { // the hash of the secret is not in the code
			t.Errorf("the first apply writes %q", got)
		}
		s.ExpectNothingLeft(other, exported(s.toward(0)))
	})
}
