package behaviorswitch_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// eachField goes to another side and back by each CLI, and holds what AWS has of either.
func eachField(t *testing.T, patterns []string, blue, green map[string]any, look func(t *testing.T, s shop) string, wantBlue, wantGreen string, more acctest.Config) {
	t.Helper()
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c, s := overSockets(t, "/api/*", "/img/*")
		w := c.Workspace()
		use(w)
		ask := func(live string) {
			t.Helper()
			config := acctest.Config{
				"distribution_id": s.ID, "behaviors": patterns, "live": live, "invalidate": []any{"/*"}, "sides": map[string]any{"blue": blue, "green": green},
				"timeouts": map[string]any{"create": "48h", "update": "48h", "roll_back": "48h"},
			}
			maps.Copy(config, more)
			w.Write(c.HCL(addr, config))
			w.Must(0, "apply", "-auto-approve")
			w.Must(0, "plan", "-detailed-exitcode")
			w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
		}
		before := s.World.Journal().Seq()
		ask("blue") // as it is; but the distribution is of today, and may be the rest of a cutover that died
		expectOperations(t, s.Effects(before), "CreateInvalidation")
		for _, live := range []string{"green", "blue"} {
			before := s.World.Journal().Seq()
			ask(live)
			expectOperations(t, s.Effects(before), "UpdateDistribution", "CreateInvalidation")
			if got, want := look(t, s), map[string]string{"blue": wantBlue, "green": wantGreen}[live]; got != want {
				t.Errorf("%s has %s, want %s", live, got, want)
			}
		}
	})
}

// A prefix of an origin, and the root object with it.
func TestAccBehaviorSwitch_prefix(t *testing.T) {
	at := func(path, root string) map[string]any {
		return map[string]any{"origins": map[string]any{"app-blue": map[string]any{"path": path}}, "default_root_object": root}
	}
	eachField(t, []string{"default", "/api/*", "/img/*"}, at("", ""), at("/v2", "start.html"), func(t *testing.T, s shop) string {
		t.Helper()
		c := s.config(t)
		return aws.ToString(c.Origins.Items[0].OriginPath) + " " + aws.ToString(c.DefaultRootObject) + " " + aws.ToString(c.Origins.Items[1].OriginPath)
	}, "  ", "/v2 start.html ", nil)
}

func TestAccBehaviorSwitch_policies(t *testing.T) {
	const disabled, viewer, cors = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "216adef6-5c7f-47e4-b989-5492eafa07d3", "60669652-455b-4ae9-85a4-c4c02393f86c"
	of := func(cache, request, response string) map[string]any {
		return map[string]any{"cache_policy_id": cache, "origin_request_policy_id": request, "response_headers_policy_id": response}
	}
	eachField(t, []string{"/api/*"}, of(optimized, "", ""), of(disabled, viewer, cors), func(t *testing.T, s shop) string {
		t.Helper()
		b, other := s.config(t).CacheBehaviors.Items[0], s.config(t).CacheBehaviors.Items[1]
		return strings.Join([]string{aws.ToString(b.CachePolicyId), aws.ToString(b.OriginRequestPolicyId), aws.ToString(b.ResponseHeadersPolicyId), aws.ToString(other.CachePolicyId)}, " ")
	}, optimized+"   "+optimized, strings.Join([]string{disabled, viewer, cors, optimized}, " "), nil)
}

// Functions come, and go again.
func TestAccBehaviorSwitch_functions(t *testing.T) {
	t.Parallel()
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c, s := overSockets(t, "/api/*", "/img/*")
		w := c.Workspace()
		use(w)
		arn := s.function(t, "headers")
		ask := func(live string) {
			t.Helper()
			w.Write(c.HCL(addr, acctest.Config{
				"distribution_id": s.ID, "behaviors": []any{"/api/*"}, "live": live,
				"sides": map[string]any{
					"without": map[string]any{"functions": map[string]any{}},
					"with":    map[string]any{"functions": map[string]any{"viewer-response": arn}},
				},
				"timeouts": map[string]any{"create": "48h", "update": "48h", "roll_back": "48h"},
			}))
			w.Must(0, "apply", "-auto-approve")
			w.Must(0, "plan", "-detailed-exitcode")
		}
		has := func() string {
			t.Helper()
			f := s.config(t).CacheBehaviors.Items[0].FunctionAssociations
			if f == nil || len(f.Items) == 0 {
				return ""
			}
			return string(f.Items[0].EventType) + " " + aws.ToString(f.Items[0].FunctionARN)
		}
		for _, live := range []string{"without", "with", "without"} {
			want := map[string]string{"with": "viewer-response " + arn}[live]
			if ask(live); has() != want {
				t.Errorf("%s has %q, want %q", live, has(), want)
			}
		}
	})
}

// function publishes a CloudFront Function, and returns its ARN.
func (s shop) function(t *testing.T, name string) string {
	t.Helper()
	ctx := context.Background()
	made, err := s.CloudFront.CreateFunction(ctx, &cloudfront.CreateFunctionInput{
		Name: aws.String(name), FunctionCode: []byte("function handler(event) { return event.response; }"),
		FunctionConfig: &cftypes.FunctionConfig{Comment: aws.String(name), Runtime: cftypes.FunctionRuntimeCloudfrontJs20},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CloudFront.PublishFunction(ctx, &cloudfront.PublishFunctionInput{Name: aws.String(name), IfMatch: made.ETag}); err != nil {
		t.Fatal(err)
	}
	s.Settle()
	return aws.ToString(made.FunctionSummary.FunctionMetadata.FunctionARN)
}

// What is to be warm is asked for once, by the distribution's name, after the invalidation.
func TestAccBehaviorSwitch_warm(t *testing.T) {
	t.Parallel()
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c, s := overSockets(t, "/api/*")
		w := c.Workspace()
		use(w)
		trusting(t, c, w)
		warmed := func(live string) (paths []string) {
			t.Helper()
			config := s.toward(live, "default", "/api/*")
			config["warm"], config["timeouts"] = []any{"/", "/api/items"}, map[string]any{"create": "48h", "update": "48h"}
			w.Write(c.HCL(addr, config))
			began := s.World.Clock().Now()
			w.Must(0, "apply", "-auto-approve")
			for _, a := range s.World.Journal().Answers(began) {
				paths = append(paths, fmt.Sprintf("%s%s %d", a.Host, a.Path, a.Status))
			}
			return paths
		}
		warmed("blue")                           // the distribution is of today, and may be the rest of a cutover that died
		if got := warmed("blue"); len(got) > 0 { // nothing has changed
			t.Errorf("asked for %q", got)
		}
		if got := strings.Join(warmed("green"), ", "); got != "www.example.com/ 200, www.example.com/api/items 200" {
			t.Errorf("asked for %s", got)
		}
	})
}
