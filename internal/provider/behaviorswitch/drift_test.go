package behaviorswitch_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// associate sets the version at origin-request of /api/* by hand.
func (s shop) associate(arn string) {
	s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
		for i := range c.CacheBehaviors.Items {
			if b := &c.CacheBehaviors.Items[i]; aws.ToString(b.PathPattern) == "/api/*" {
				b.LambdaFunctionAssociations = &cftypes.LambdaFunctionAssociations{Quantity: aws.Int32(1), Items: []cftypes.LambdaFunctionAssociation{{
					EventType: cftypes.EventTypeOriginRequest, LambdaFunctionARN: aws.String(arn), IncludeBody: aws.Bool(false),
				}}}
			}
		}
	})
}

const drifted = "The cache behaviours of the distribution are not those that state knows"

// A behaviour that is inserted beside a value that stays at its index gets that value.
func TestAValueThatCameToAnotherBehaviourIsNamedAndNotFollowed(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		mustApply(t, c, s.toward("green", "/api/*"))
		s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) {
			items := slices.Clone(c.CacheBehaviors.Items)
			added := items[0] // what index 0 has, green
			added.PathPattern = aws.String("/new/*")
			items[0].TargetOriginId = aws.String("app-blue")
			c.CacheBehaviors.Items = append([]cftypes.CacheBehavior{added}, items...)
			c.CacheBehaviors.Quantity = aws.Int32(3)
		})
		s.Settle()
		p, err := c.Plan(context.Background(), s.toward("green", "/api/*"))
		if err != nil {
			t.Fatal(err)
		}
		w := p.Diags.Warnings()
		if len(w) != 1 || w[0].Summary != drifted || !strings.Contains(w[0].Detail, "/api/*: was \"app-green\" and is \"app-blue\"; /new/* has what it was") {
			t.Errorf("%s", p.Diags)
		}
		if got := acctest.Strings(p.Planned, "steps"); len(got) == 0 || !strings.HasPrefix(got[0], "switch /api/*") {
			t.Errorf("steps %q", got)
		}
		if d, err := c.Apply(context.Background(), p); err != nil || len(d) > 0 {
			t.Fatalf("%v\n%s", err, d)
		}
		if got := s.uses(t); got["/api/*"] != "app-green" || got["/new/*"] != "app-green" || got["/img/*"] != "app-blue" {
			t.Errorf("%v", got)
		}
		s.ExpectNothingLeft(c, s.toward("green", "/api/*"))
	})
}

func TestABehaviourThatHasGoneIsAWarningAndThenAnError(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		mustApply(t, c, s.toward("blue", "/api/*"))
		s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { c.CacheBehaviors = behaviors("/img/*") })
		s.Settle()
		before := s.World.Journal().Seq()
		p, err := c.Plan(context.Background(), s.toward("green", "/api/*"))
		if err != nil || len(p.Diags.Warnings()) != 2 {
			t.Fatalf("%v\n%s", err, p.Diags)
		}
		d, err := c.Apply(context.Background(), p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "The distribution has no such cache behaviour" {
			t.Errorf("%v\n%s", err, d)
		}
		expectOperations(t, s.Effects(before))
	})
}

func TestBehavioursThatChangePlacesAreNamed(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		mustApply(t, c, s.toward("blue", "/api/*"))
		s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { slices.Reverse(c.CacheBehaviors.Items) })
		s.Settle()
		p, err := c.Plan(context.Background(), s.toward("blue", "/api/*"))
		if err != nil || len(p.Diags.Warnings()) != 1 || !strings.Contains(p.Diags[0].Detail, "/api/* stands on the other side of /img/*") {
			t.Fatalf("%v\n%s", err, p.Diags)
		}
	})
}

// What a plan has not seen stops the apply: the order decides who answers.
func TestBehavioursThatChangePlacesAfterThePlanStopTheApply(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*", "/img/*")
		c := core(s.Env)
		mustApply(t, c, s.toward("blue", "/api/*"))
		p, err := c.Plan(context.Background(), s.toward("green", "/api/*"))
		if err != nil {
			t.Fatal(err)
		}
		s.EditByHand(s.Distribution, func(c *cftypes.DistributionConfig) { slices.Reverse(c.CacheBehaviors.Items) })
		s.Settle()
		before := s.World.Journal().Seq()
		d, err := c.Apply(context.Background(), p)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "A cache behaviour has changed places" {
			t.Errorf("%v\n%s", err, d)
		}
		expectOperations(t, s.Effects(before))
	})
}

func TestTheSecondOfTwoSwitchesOfOneFieldIsRefused(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		var cores []*acctest.Core
		var plans []acctest.Plan
		for _, p := range []string{"/api/*", "api/*"} {
			c := core(s.Env)
			plan, err := c.Plan(context.Background(), s.toward("green", p))
			if err != nil {
				t.Fatal(err)
			}
			cores, plans = append(cores, c), append(plans, plan)
		}
		before := s.World.Journal().Seq()
		said, err := acctest.Together(context.Background(), len(cores), cores, plans)
		if err != nil {
			t.Fatal(err)
		}
		all := slices.Concat(said...)
		if len(all) != 1 || all[0].Summary != "Two instances want one field of the distribution" {
			t.Errorf("%s", all)
		}
		expectOperations(t, s.Effects(before), "UpdateDistribution", "CreateInvalidation")
	})
}

// An update sends the whole configuration, so what this build does not know would be gone.
func TestASettingThatThisBuildDoesNotKnowIsNotDropped(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		c := core(s.Env)
		mustApply(t, c, s.toward("blue", "/api/*"))
		c.Spell().Spelling = acctest.Spelling{Rewrite: func(doc string) string {
			return strings.ReplaceAll(doc, "</CacheBehavior>", "<Telepathy>on</Telepathy></CacheBehavior>")
		}}
		before := s.World.Journal().Seq()
		d := c.MustConverge(context.Background(), t, s.toward("green", "/api/*")).Errors()
		if len(d) != 1 || !strings.Contains(d[0].Detail, "Telepathy") {
			t.Errorf("answered:\n%s", d)
		}
		expectOperations(t, s.Effects(before))
	})
}
