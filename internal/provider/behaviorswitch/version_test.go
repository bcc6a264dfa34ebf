package behaviorswitch_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// publish publishes a version of the function of the shop with some code, and returns its ARN.
func (s shop) publish(t *testing.T, code string) string {
	t.Helper()
	hands := lambda.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: s.World.Transport()}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
	})
	ctx := context.Background()
	_, err := hands.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("shop"), Role: aws.String("arn:aws:iam::123456789012:role/edge"), Runtime: types.RuntimeNodejs22x, Handler: aws.String("index.handler"),
		Code: &types.FunctionCode{ZipFile: []byte(code)},
	})
	if err != nil { // there is one
		if _, err = hands.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: aws.String("shop"), ZipFile: []byte(code)}); err != nil {
			t.Fatal(err)
		}
		_ = clock.System{}.Sleep(ctx, time.Minute)
	}
	out, err := hands.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: aws.String("shop")})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.FunctionArn)
}

// runs is the version at origin-request of /api/*.
func (s shop) runs(t *testing.T) string {
	t.Helper()
	for _, b := range s.config(t).CacheBehaviors.Items {
		if aws.ToString(b.PathPattern) == "/api/*" && b.LambdaFunctionAssociations != nil && len(b.LambdaFunctionAssociations.Items) > 0 {
			return aws.ToString(b.LambdaFunctionAssociations.Items[0].LambdaFunctionARN)
		}
	}
	return ""
}

// released is a configuration as CI has it: it knows the newest version alone.
func (s shop) released(arn string) acctest.Config {
	c := s.toward("live", "/api/*")
	c["sides"] = map[string]any{"live": map[string]any{"lambda_functions": map[string]any{"origin-request": map[string]any{"arn": arn}}}}
	return gated(c)
}

// The side is called the same before and after, so its definition is what counts.
func TestAnotherVersionOfTheLiveSideIsACutoverWithAWayBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		one := s.publish(t, "one")
		_ = clock.System{}.Sleep(context.Background(), time.Minute)
		c := core(s.Env)
		// Nothing is there, which no side says: somebody has to have set the field.
		mustApplyFirst(t, s, c, one)

		two := s.publish(t, "two") // Pending for some seconds
		p, err := c.Plan(context.Background(), s.released(two))
		if err != nil || !slices.Contains(acctest.Strings(p.Planned, "steps"), "switch /api/* of "+s.ID+" to live: shop:2 at origin-request") {
			t.Fatalf("%v\n%s\n%s", err, p.Diags, p.Planned)
		}
		before := s.World.Journal().Seq()
		if d, err := c.Apply(context.Background(), p); err != nil || len(d) > 0 {
			t.Fatalf("%v\n%s", err, d)
		}
		expectOperations(t, s.Effects(before), "UpdateDistribution", "CreateInvalidation")
		if s.runs(t) != two || c.Get("phase") != "settled" {
			t.Errorf("%s, phase %q", s.runs(t), c.Get("phase"))
		}
		s.ExpectNothingLeft(c, s.released(two))

		three := s.publish(t, "three")
		s.World.Origins().Put("app-blue.origin.test", origin.State{Status: 503})
		fails(t, c, s.released(three), "Cutover failed and was rolled back")
		if s.runs(t) != two || c.Get("phase") != "rolled_back" {
			t.Errorf("%s, phase %q", s.runs(t), c.Get("phase"))
		}
		p, err = c.Plan(context.Background(), s.released(three))
		if err != nil || !p.Empty() || len(p.Diags.Warnings()) != 1 {
			t.Errorf("a latched plan: %v, empty: %t\n%s\nfrom %s\nto   %s", err, p.Empty(), p.Diags, p.Prior, p.Planned)
		}
		s.World.Origins().Put("app-blue.origin.test", origin.State{})
		four := s.publish(t, "four")
		mustApply(t, c, s.released(four))
		if s.runs(t) != four || c.Get("phase") != "settled" {
			t.Errorf("%s, phase %q", s.runs(t), c.Get("phase"))
		}
		s.ExpectNothingLeft(c, s.released(four))
	})
}

// mustApplyFirst associates a version by hand, and introduces the switch over it.
func mustApplyFirst(t *testing.T, s shop, c *acctest.Core, arn string) {
	t.Helper()
	s.associate(arn)
	s.Settle()
	_ = clock.System{}.Sleep(context.Background(), 25*time.Hour)
	before := s.World.Journal().Seq()
	mustApply(t, c, s.released(arn))
	expectOperations(t, s.Effects(before))
}

func TestAVersionThatNobodyMayAskAboutGoesAlone(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		one := s.publish(t, "one")
		_ = clock.System{}.Sleep(context.Background(), time.Minute)
		c := core(s.Env)
		mustApplyFirst(t, s, c, one)
		two := s.publish(t, "two") // Pending for some seconds, and refused as long
		s.World.Allow("cloudfront:GetDistribution", "cloudfront:GetDistributionConfig", "cloudfront:UpdateDistribution", "cloudfront:CreateInvalidation", "cloudfront:GetInvalidation", "lambda:GetFunction", "lambda:EnableReplication*", "lambda:DisableReplication*")
		before := s.World.Journal().Seq()
		mustApply(t, c, s.released(two))
		refused := 0
		for _, w := range s.Writes(before) {
			if !w.Effect {
				refused++
			}
		}
		if refused == 0 {
			t.Error("no write was refused, so this proves nothing")
		}
		if s.runs(t) != two || c.Get("phase") != "settled" {
			t.Errorf("%s, phase %q", s.runs(t), c.Get("phase"))
		}
	})
}

// That a side is called the same before and after must not open the latch: whoever is
// interrupted on the way back goes no other way afterwards.
func TestAfterAnInterruptTheWayBackToAnOlderVersionIsFinished(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T) {
		s := open(t, "/api/*")
		one := s.publish(t, "one")
		_ = clock.System{}.Sleep(context.Background(), time.Minute)
		c := core(s.Env)
		mustApplyFirst(t, s, c, one)
		two := s.publish(t, "two")
		s.World.Origins().Put("app-blue.origin.test", origin.State{Status: 503})
		p, err := c.Plan(context.Background(), s.released(two))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		began := s.World.Journal().Seq()
		go func() {
			for n := 0; n < 2; { // there, and back
				_ = clock.System{}.Sleep(context.Background(), time.Second)
				n = 0
				for _, w := range s.Effects(began) {
					if w == "UpdateDistribution" {
						n++
					}
				}
			}
			cancel()
		}()
		if d, err := c.Interrupt(ctx, p); err != nil || len(d.Errors()) == 0 || s.runs(t) != one {
			t.Fatalf("%v, runs %s\n%s", err, s.runs(t), d)
		}
		before := s.World.Journal().Seq()
		mustApply(t, c, s.released(two))
		expectOperations(t, s.Effects(before), "CreateInvalidation")
		if s.runs(t) != one || c.Get("phase") != "rolled_back" {
			t.Errorf("%s, phase %q", s.runs(t), c.Get("phase"))
		}
	})
}
