//go:build !race

// Mutants are compiled and run one by one, which the race detector makes slow and
// no better: they are left to the second half of `make test`.

package invalidation_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	const (
		flow   = "internal/provider/invalidation/workflow.go"
		model  = "internal/provider/invalidation/model.go"
		decide = "internal/cutover/purge/purge.go"
	)
	t.Parallel()
	matrix.Catch(t, []matrix.Mutant{
		{
			Name: "invalidates before the distribution is deployed", File: decide,
			Old: "case s.Deployed && !obs.Deployed:", With: "case false:",
			Caught: "TestNothingIsDroppedBeforeTheDistributionIsDeployed",
		},
		{
			Name: "takes an invalidation for complete that is under way", File: decide,
			Old: "if s.Complete && !obs.Done {", With: "if false {",
			Caught: "TestItWaitsUntilEveryEdgeLocationHasDroppedIt",
		},
		{
			Name: "drops tags where there are none", File: decide,
			Old: "case tag != \"\" && obs.TagHeader == \"\":", With: "case false:",
			Caught: "TestBadInputIsRefusedWithAWayOutAndChangesNothing",
		},
		{
			Name: "asks anew with every run", File: flow,
			Old: "if len(w.after) >= chain {", With: "if true {",
			Caught: "TestADeathAtAnyWriteLeavesOneInvalidation",
		},
		{
			Name: "takes what was invalidated long ago for what is invalidated now", File: flow,
			Old: "if made.Done && made.At.Before(w.began.Add(-recent)) {", With: "if false {",
			Caught: "TestWhatWasInvalidatedLongAgoIsInvalidatedAgain",
		},
		{
			Name: "forgets which invalidation a change comes after", File: model,
			Old: "}{before, map[string]string{}}", With: "}{\"\", map[string]string{}}",
			Caught: "TestEachChangeIsOneInvalidation",
		},
		{
			Name: "does not ask for another trigger", File: model,
			Old: "return []attr.Value{m.Distribution, m.Paths, m.Tags, m.Triggers}", With: "return []attr.Value{m.Distribution, m.Paths, m.Tags}",
			Caught: "TestEachChangeIsOneInvalidation",
		},
	}...)
}
