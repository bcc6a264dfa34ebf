package watch_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	const (
		asked  = "TestAGateIsAskedForAsLongAsItTakes"
		absent = "TestNoGatePassesWithoutEvidence/" // one cell of thousands, which take ten seconds to begin
		watch  = "internal/gate/watch/watch.go"
		cloud  = "internal/gate/cloudwatch.go"
	)
	matrix.Catch(t, []matrix.Mutant{
		{Name: "begins with a verdict that passes", File: watch, Old: "	verdict, why := gate.Decide(a.obligations())\n", With: "	verdict, why := gate.Pass, \"\"\n	for _, o := range a.obligations() {\n		if o.Verdict != gate.Pass && o.Why != \"\" {\n			verdict, why = gate.Inconclusive, o.Why\n		}\n	}\n", Caught: absent + "switch,_before_the_move/1s/baseline/gone_at_the_last_moment/1"},
		{Name: "forgets what it has not seen", File: watch, Old: "	return append(out, asked...)\n", With: "	return append(out, a.seen...)\n", Caught: absent + "switch,_before_the_move/1s/baseline/gone_at_the_last_moment/1"},
		{Name: "passes for something else", File: "internal/gate/obligation.go", Old: "if proven == len(obligations) {", With: "if proven > 0 {", Caught: absent + "ramp,_a_step_of_another_run/1m0s/baseline/empty/7"},
		{Name: "lets missing data pass", File: cloud, Old: "	case len(seen) >= wanted:", With: "	case true:", Caught: absent + "switch,_before_the_move/1s/custom_metric/empty/1"},
		{Name: "takes one datapoint for all", File: cloud, Old: "	wanted := max(1, periods)\n", With: "	wanted := min(1, periods)\n", Caught: absent + "switch,_before_the_move/1s/custom_metric/every_other_period/1"},
		{Name: "lets a missing alarm pass", File: cloud, Old: "return Finding{Why: fmt.Sprintf(\"there is no %s in %s\", a, a.Region)}", With: "return Finding{Verdict: Pass}", Caught: absent + "switch,_before_the_move/1s/alarm/empty/1"},
		{Name: "calls an alarm in order that nobody evaluates", File: cloud, Old: "case r.Evaluation != AlarmEvaluated:", With: "case false:", Caught: absent + "switch,_before_the_move/1s/alarm/not_evaluated:_an_error/1"},
		{Name: "calls a side proven that began to answer a moment ago", File: "internal/gate/gate.go", Old: "if succeeded > 0 && succeeded <= len(all)/2 {", With: "if false {", Caught: absent + "ramp/1m0s/probe/recovering_at_the_last_moment/1"},
		{Name: "takes failures elsewhere off those of viewers", File: watch, Old: "failed: !t.Elsewhere && s.Status", With: "failed: s.Status", Caught: asked},
		{Name: "counts its own requests", File: watch, Old: "subject := all.Without(ours)", With: "subject := all", Caught: asked},
		{Name: "believes minutes that are still being counted", File: watch, Old: "now.Add(-Delay).Truncate(p); known", With: "now.Truncate(p); known", Caught: asked},
		{Name: "does not wait for CloudWatch at the end", File: watch, Old: "if end := a.window(p).to.Add(Delay); end.After(a.end) {", With: "if end := a.window(p).to.Add(Delay); end.After(a.end) && false {", Caught: asked},
		{Name: "judges a new side by the time before it had viewers", File: watch, Old: "case hold == 0 && !a.UnderTraffic:", With: "case hold == 0:", Caught: asked},
		{Name: "compares again and again", File: watch, Old: "!final || out[0].Verdict == gate.Fail { // one look, at the end", With: "out[0].Verdict == gate.Fail {", Caught: asked},
		{Name: "takes a blind eye for the last look", File: watch, Old: "	if a.blind != nil {\n		return true\n	}\n", With: "	if a.blind != nil {\n		return false\n	}\n", Caught: "TestTheLastLookIsTheOneThatCounts"},
	}...)
}
