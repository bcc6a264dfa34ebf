package stagingpromotion_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// truth compares what is said of the viewers of a primary, or what state has, with what
// edge locations answer and what the policy sends to staging.
func truth(e *acctest.Env, c *acctest.Core, claim *acctest.Claim) []string {
	r := rigOf(e)
	settled, staging := "blue.origin.test", "next.origin.test"
	var wrong []string
	origin := r.origin(r.tb)
	if claim == nil {
		phase := c.Get("phase")
		if over := phase == "settled" || phase == "rolled_back"; over && (origin != settled) != (c.Get("release") == "two") {
			wrong = append(wrong, fmt.Sprintf("release is %s, phase is %s, and the primary serves from %s", c.Get("release"), phase, origin))
		}
		if phase == "canary" && origin == staging || phase == "promoted" && origin != staging {
			wrong = append(wrong, fmt.Sprintf("phase is %s, and the primary serves from %s", phase, origin))
		}
		return wrong
	}
	for _, route := range claim.Routes {
		want := ""
		switch {
		case strings.HasPrefix(route.Has, "the configuration that was settled last"):
			want = settled
		case strings.HasPrefix(route.Has, "the configuration of staging"), route.Has == "the configuration that was promoted":
			want = staging
		case route.Has == "a configuration that was not released here":
			want = "wild.origin.test"
		default:
			wrong = append(wrong, "nobody says what "+route.To+" has")
		}
		if origin != want {
			wrong = append(wrong, "the primary serves from "+origin)
		}
		policy := r.Policies()[r.policy]
		if enabled := aws.ToBool(policy.Enabled); enabled != (len(route.Others) > 0) {
			wrong = append(wrong, fmt.Sprintf("whether the policy is enabled: %t", enabled))
		}
		if part := route.Others[fmt.Sprintf("staging (%s)", r.staging.ID)]; len(route.Others) > 0 && part != sent(policy) {
			wrong = append(wrong, fmt.Sprintf("staging gets %s", sent(policy)))
		}
		if route.Learning || !claim.Now {
			continue
		}
		for pop, who := range r.Answers(www, nil) {
			sick := want == staging && who == "503" // staging's origin is
			if who != want && !sick && len(route.Others) == 0 {
				wrong = append(wrong, fmt.Sprintf("POP %d answers from %s", pop, who))
			}
		}
		if policy.TrafficConfig.SingleHeaderConfig == nil {
			continue
		}
		there := want
		if len(route.Others) > 0 {
			there = staging
		}
		header := map[string]string{canaryHeader["name"].(string): canaryHeader["value"].(string)}
		for pop, who := range r.Answers(www, header) {
			if who != there && who != "503" {
				wrong = append(wrong, fmt.Sprintf("with the header, POP %d answers from %s", pop, who))
			}
		}
	}
	return wrong
}

// sent is what a policy sends to staging.
func sent(policy *cftypes.ContinuousDeploymentPolicyConfig) string {
	if h := policy.TrafficConfig.SingleHeaderConfig; h != nil {
		return "requests with the header " + aws.ToString(h.Header)
	}
	return fmt.Sprintf("%g %% of the viewers", math.Round(1e4*float64(aws.ToFloat32(policy.TrafficConfig.SingleWeightConfig.Weight)))/100)
}

// quiet are ways that write nothing, or little, and have much to say about viewers.
func quiet() []way {
	later := acctest.Config{"pending_window": "1m"}
	enable := func(t *testing.T, r *rig) {
		t.Helper()
		r.TurnByHand(r.policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		r.Settle()
		if d := r.apply(t, r.ask("one", acctest.Config{"on_drift": "accept"})).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
	}
	return []way{
		{name: "step by step", ask: func(r *rig) acctest.Config {
			c := weights(r)
			c["advance"] = "per_apply"
			return c
		}},
		{name: "nothing to release", before: func(_ *testing.T, r *rig) { r.stage("blue.origin.test") }, ask: func(r *rig) acctest.Config { return r.ask("the same", afterOnly) }},
		{name: "pending", before: func(*testing.T, *rig) { _ = clock.System{}.Sleep(context.Background(), time.Hour) }, ask: func(r *rig) acctest.Config { return r.ask("one", later) }},
		{name: "always at staging", before: enable, ask: func(r *rig) acctest.Config { return r.ask("one", acctest.Config{"on_drift": "accept"}) }},
		{name: "always at staging, destroyed", before: enable, ask: func(*rig) acctest.Config { return nil }},
	}
}

// told are the ways of these names, with a bound on how long a run that can do nothing tries.
func told(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	for _, w := range append(ways(), quiet()...) {
		if !slices.Contains(names, w.name) {
			continue
		}
		ask := w.ask
		w.ask = func(r *rig) acctest.Config {
			c := ask(r)
			if c == nil {
				return nil
			}
			c["timeouts"] = map[string]any{"update": "60m", "roll_back": "20m"}
			return c
		}
		out = append(out, w.ordeal())
	}
	return out
}

func TestNobodyIsToldWhatNobodySaw(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, told("drift restored")...)
}

func TestWhatIsSaidOfViewersSurvivesEveryTrouble(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, told("by weights", "by header", "the canary fails", "the promotion fails", "taken back")...)
}

func TestWhatIsSaidOfViewersBetweenReleasesIsTrue(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, told("step by step", "nothing to release", "pending", "always at staging", "always at staging, destroyed")...)
}
