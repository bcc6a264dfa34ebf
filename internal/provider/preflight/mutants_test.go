package preflight_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	const look = "internal/provider/preflight/look.go"
	matrix.Catch(t, matrix.Mutant{
		Name: "believes what a list says against a cutover", File: look,
		Old: "(len(l.seen.Of()) == 0 || l.confirmed(ctx))", With: "true",
		Caught: "TestAListThatLagsBehindStopsNoCutover",
	}, matrix.Mutant{
		Name: "takes no policy on a list for none on a distribution", File: look,
		Old: "	return err == nil && len(policies) == 0\n", With: "	_ = policies\n	return err == nil\n",
		Caught: "TestAPolicyIsFoundAmongManySites",
	})
}
