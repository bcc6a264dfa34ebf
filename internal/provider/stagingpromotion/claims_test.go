package stagingpromotion_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
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

// told are the ways of these names, with a bound on how long a run that can do nothing tries.
func told(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	for _, w := range ways() {
		if !slices.Contains(names, w.name) {
			continue
		}
		ask := w.ask
		w.ask = func(r *rig) acctest.Config {
			c := ask(r)
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
	matrix.Tell(t, truth, told("by header", "the canary fails", "the promotion fails", "taken back")...)
}
