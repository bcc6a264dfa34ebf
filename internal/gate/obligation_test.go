package gate_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

func obligations(list string) []gate.Obligation {
	var out []gate.Obligation
	for i, f := range findings(list) {
		out = append(out, gate.Obligation{Name: "thing " + string(rune('0'+i)), Finding: f})
	}
	return out
}

func TestAVerdictIsEarnedByEveryObligation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		obligations string // + passed, - failed, ? inconclusive
		verdict     gate.Verdict
		why         string
	}{
		{"", gate.Unasked, ""},
		{"+", gate.Pass, ""},
		{"+++", gate.Pass, ""},
		{"+?+", gate.Inconclusive, "sample 1"},
		{"?", gate.Inconclusive, "sample 0"},
		{"+-?", gate.Fail, "sample 1"},
		{"?+-", gate.Fail, "sample 2"},
	} {
		if verdict, why := gate.Decide(obligations(c.obligations)); verdict != c.verdict || why != c.why {
			t.Errorf("%q: %s %q, want %s %q", c.obligations, verdict, why, c.verdict, c.why)
		}
	}
	if verdict, why := gate.Decide([]gate.Obligation{{Name: "alarm errors"}}); verdict != gate.Inconclusive || why != "nothing is known about alarm errors" {
		t.Errorf("without any finding: %s %q", verdict, why)
	}
	if verdict, _ := gate.Decide([]gate.Obligation{{Finding: gate.Finding{Verdict: gate.Pass}}, {Finding: gate.Finding{Verdict: gate.Unasked}}, {Finding: gate.Finding{Verdict: 99}}}); verdict != gate.Inconclusive {
		t.Errorf("with findings that nobody knows: %s", verdict)
	}
}

// Whatever else was found: what has no positive finding of its own keeps a gate from
// passing, and taking a finding away never helps.
func TestNothingPassesForSomethingElse(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var list []byte
		for range 1 + r.IntN(8) {
			list = append(list, "++++-?"[r.IntN(6)])
		}
		verdict, _ := gate.Decide(obligations(string(list)))
		if (verdict == gate.Pass) != (strings.Count(string(list), "+") == len(list)) {
			t.Fatalf("seed %d: %q is %s", seed, list, verdict)
		}
		all := obligations(string(list))
		all[r.IntN(len(all))].Finding = gate.Finding{}
		if verdict, _ := gate.Decide(all); verdict == gate.Pass || verdict == gate.Unasked {
			t.Fatalf("seed %d: %q with one finding taken away is %s", seed, list, verdict)
		}
	}
}

func TestATargetHasToWorkInTheLastRound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		all, last string
		verdict   gate.Verdict
		why       string
	}{
		{"+++", "+", gate.Pass, ""},
		{"--+", "+", gate.Inconclusive, "only 1 of 3 requests succeeded"},
		{"-+", "+", gate.Inconclusive, "only 1 of 2 requests succeeded"},
		{"-++", "+", gate.Pass, ""},
		{"++-", "-", gate.Inconclusive, "and no request of the last round succeeded"},
		{"--", "--", gate.Inconclusive, "and no request succeeded"},
		{"?++", "+", gate.Inconclusive, "sample 0"},
		{"", "", gate.Inconclusive, "no request was made"},
		{"+", "", gate.Inconclusive, "no request was made"},
	} {
		if got := gate.Held(findings(c.all), findings(c.last)); got.Verdict != c.verdict || !strings.Contains(got.Why, c.why) || got.Later {
			t.Errorf("%q, and %q in the last round: %+v, want %s (%s)", c.all, c.last, got, c.verdict, c.why)
		}
	}
}
