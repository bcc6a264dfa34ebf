package weightedramp_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/route53"
)

// greens is what green has of a name, in percent, by the records there are.
func greens(e *acctest.Env, name string) float64 {
	green, all := 0.0, 0.0
	for _, set := range sets(e, name, "A") {
		weight := 1.0
		if fields := strings.Fields(set); fields[0] == "blue" || fields[0] == "green" {
			weight, _ = strconv.ParseFloat(fields[1], 64)
		}
		all += weight
		if strings.Contains(set, elsewhere) {
			green += weight
		}
	}
	return 100 * green / all
}

// truth compares what is said of shares, or what state has, with what Route 53 has and
// its name servers answer.
func truth(e *acctest.Env, c *acctest.Core, claim *acctest.Claim) []string {
	var wrong []string
	for _, name := range e.Names {
		is := greens(e, name)
		if claim == nil {
			v, _, err := tftypes.WalkAttributePath(c.State, tftypes.NewAttributePath().WithAttributeName("current_weights").WithElementKeyString(name))
			if err != nil {
				return []string{err.Error()}
			}
			if got := fmt.Sprint(v); !strings.Contains(got, fmt.Sprintf("<\"%g\">", is)) {
				wrong = append(wrong, fmt.Sprintf("current_weights of %s is %s, and green has %g", name, got, is))
			}
			continue
		}
		said := math.NaN()
		learning := false
		for _, r := range claim.Routes {
			if r.Concerns(name) {
				learning, said = r.Learning, map[string]float64{"blue": 0, "green": 100}[r.To]
				for who, part := range r.Others {
					p, err := strconv.ParseFloat(strings.TrimSuffix(part, " % of it"), 64)
					if err != nil {
						return []string{err.Error()}
					}
					said = map[string]float64{"green": p, "blue": 100 - p}[who]
				}
			}
		}
		if said != is {
			wrong = append(wrong, fmt.Sprintf("green has %g %% of %s", is, name))
		}
		if learning || !claim.Now {
			continue
		}
		const asked = 200
		for server := range route53.Servers {
			got := 0.0
			for range asked {
				if answer := e.World.Route53().Lookup(server, e.World.Clock().Now(), name, "A"); strings.Contains(fmt.Sprint(answer), elsewhere) {
					got++
				}
			}
			if got = 100 * got / asked; math.Abs(got-is) > 12 || is == 0 && got > 0 || is == 100 && got < 100 {
				wrong = append(wrong, fmt.Sprintf("name server %d answers with green %g %% of the time", server, got))
			}
		}
	}
	return wrong
}

// told are the scenarios of these names, with a bound on how long a run that can do
// nothing tries.
func told(names ...string) []matrix.Scenario {
	var out []matrix.Scenario
	step := matrix.Scenario{Name: "step by step", Start: scenarios()[0].Start, Ask: func(e *acctest.Env) acctest.Config {
		c := gated(e, toward(e, 100, 5, 25))
		c["advance"], c["bake_time"] = "per_apply", "1h"
		return c
	}}
	for _, s := range append(scenarios(), step) {
		if !slices.Contains(names, s.Name) {
			continue
		}
		ask := s.Ask
		s.Ask = func(e *acctest.Env) acctest.Config {
			c := ask(e)
			c["timeouts"] = map[string]any{"create": "40m", "update": "60m", "roll_back": "20m"}
			return c
		}
		out = append(out, s)
	}
	return out
}

func TestNobodyIsToldWhatNobodySaw(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, told("down")...)
}

func TestWhatIsSaidOfViewersSurvivesEveryTrouble(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, told("the whole way up", "step by step", "by create", "rolled back")...)
}
