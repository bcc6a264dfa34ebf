package provider_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	matrix.Catch(t, matrix.Mutant{
		// In the end even this one goes, so that a test leaves nothing behind.
		Name: "outlives the CLI that started it", File: "internal/provider/lifeline.go",
		Old: "	s.drain()\n", With: "	s.drain()\n	_ = clock.System{}.Sleep(context.Background(), 3*time.Minute)\n",
		Caught: "TestAProviderEndsAfterItsCLIWasKilled",
	})
}
