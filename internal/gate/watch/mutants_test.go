package watch_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	const (
		asked = "TestAGateIsAskedForAsLongAsItTakes"
		watch = "internal/gate/watch/watch.go"
		cloud = "internal/gate/cloudwatch.go"
	)
	matrix.Catch(t, []matrix.Mutant{
		{Name: "lets missing data pass", File: cloud, Old: "	if len(points) == 0 {\n		return Finding{Inconclusive,", With: "	if len(points) == 0 {\n		return Finding{Pass,", Caught: asked},
		{Name: "lets a missing alarm pass", File: cloud, Old: "	case NoAlarm:\n		return Finding{Inconclusive,", With: "	case NoAlarm:\n		return Finding{Pass,", Caught: asked},
		{Name: "counts its own requests", File: watch, Old: "subject := all.Without(ours)", With: "subject := all", Caught: asked},
		{Name: "believes minutes that are still being counted", File: watch, Old: "a.clock.Now().Add(-Delay).Truncate(a.longest())", With: "a.clock.Now().Truncate(a.longest())", Caught: asked},
		{Name: "does not wait for CloudWatch at the end", File: watch, Old: "if end := a.to.Add(Delay); end.After(a.end) {", With: "if end := a.to.Add(Delay); end.After(a.end) && false {", Caught: asked},
		{Name: "judges a new side by the time before it had viewers", File: watch, Old: "if hold == 0 && !a.UnderTraffic {", With: "if hold == 0 {", Caught: asked},
		{Name: "compares again and again", File: watch, Old: "	if !over { // one look, at the end\n		return out, nil\n	}\n", With: "", Caught: asked},
		{Name: "takes a blind eye for evidence", File: watch, Old: "if over { // the last look is the one that counts", With: "if false {", Caught: "TestTheLastLookIsTheOneThatCounts"},
		{Name: "says yes without having asked", File: "internal/gate/gate.go", Old: "		return Inconclusive, \"no request was made\"", With: "		return Pass, \"no request was made\"", Caught: asked},
	}...)
}
