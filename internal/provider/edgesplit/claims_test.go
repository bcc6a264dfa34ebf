package edgesplit_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
)

// truth compares what is said of viewers, or what state has of the weights, with what the store says.
func truth(t *testing.T) matrix.Truth {
	t.Helper()
	return func(e *acctest.Env, c *acctest.Core, claim *acctest.Claim) []string {
		s := of(e)
		is := split.Weights{}
		if slices.Contains(s.made(t), "shop") {
			for side, n := range s.table(t).Weights {
				is[cutover.Side(side)] = n
			}
		}
		if claim == nil {
			got := split.Weights{}
			for _, side := range []string{"blue", "green"} {
				at := tftypes.NewAttributePath().WithAttributeName("current_weights").WithElementKeyString(side)
				found, _, err := tftypes.WalkAttributePath(c.State, at)
				var n big.Float
				if v, ok := found.(tftypes.Value); err == nil && ok && v.As(&n) == nil {
					whole, _ := n.Int64()
					got[cutover.Side(side)] = int(whole)
				}
			}
			if !got.Same(is) {
				return []string{fmt.Sprintf("current_weights says %v, and the store %v", got, is)}
			}
			return nil
		}
		var wrong []string
		for _, r := range claim.Routes {
			if r.To == "" {
				continue
			}
			said := split.Weights{}
			rest := split.Everything
			for side, part := range r.Others {
				var n int
				if _, err := fmt.Sscanf(part, "%d %% of the viewers", &n); err != nil {
					wrong = append(wrong, fmt.Sprintf("%s gets %q", side, part))
				}
				said[cutover.Side(side)] = n
				rest -= n
			}
			said[cutover.Side(r.To)] = rest
			if !said.Same(is) {
				wrong = append(wrong, fmt.Sprintf("said %s, and the store says %s", said, is))
			}
			for _, name := range r.Names {
				var pattern, id string
				if _, err := fmt.Sscanf(name, "%s of %s", &pattern, &id); err != nil || s.runs(t)[pattern+" viewer-request"] == "" {
					wrong = append(wrong, fmt.Sprintf("%s runs no function (%v)", name, err))
				}
			}
		}
		return wrong
	}
}

// told are the scenarios of these names, with a bound on how long a run that can do nothing tries.
func told(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	for _, s := range scenarios() {
		if !slices.Contains(names, s.Name) {
			continue
		}
		ask := s.Ask
		s.Ask = func(e *acctest.Env) acctest.Config {
			return with(ask(e), "timeouts", map[string]any{"create": "40m", "update": "40m", "roll_back": "20m"})
		}
		out = append(out, s)
	}
	return out
}

func TestNobodyIsToldWhatNobodySaw(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth(t), told("the whole way up")...)
}

func TestWhatIsSaidOfViewersSurvivesEveryTrouble(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth(t), told("down", "other code", "rolled back")...)
}
