package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
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
	}, matrix.Mutant{
		Name: "lets data sources share answers in an apply", File: "internal/provider/configured/walk.go",
		Old: "p.Walk != nil && p.Walk.refreshed.Load() && ", With: "p.Walk != nil && ",
		Caught: "TestWhatADataSourceSaysInAnApplyIsOfAfterEveryWrite",
	}, matrix.Mutant{
		Name: "lets data sources share answers after a change", File: "internal/provider/configured/walk.go",
		Old: " && !p.Walk.changed.Load()\n", With: "\n",
		Caught: "TestWhatADataSourceSaysInAnApplyIsOfAfterEveryWrite",
	}, matrix.Mutant{
		Name: "completes an id by who had the name on a list", File: "internal/awsapi/cloudfrontapi/conflicts.go",
		Old: "id, err := c.unmasked(ctx, out[i].ID)\n", With: "s, _, err := c.summaries.Find(ctx, func(s Summary) bool { return slices.Contains(s.Aliases, out[i].Alias) })\n		id := s.ID\n",
		Caught: "TestWhatADataSourceSaysInAnApplyIsOfAfterEveryWrite",
	})
}

// Whoever uses code of a frame says by which of its tests each mutant of the frame is caught.
func TestEveryNounCatchesTheMutantsOfWhatItShares(t *testing.T) {
	t.Parallel()
	nouns, err := filepath.Glob("*/resource.go")
	if err != nil {
		t.Fatal(err)
	}
	registered, err := os.ReadFile("provider.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, noun := range nouns {
		if !strings.Contains(string(registered), filepath.Dir(noun)+".New") {
			continue // nobody can use it yet
		}
		product, tests := "", ""
		files, err := filepath.Glob(filepath.Join(filepath.Dir(noun), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			source, err := os.ReadFile(f) //nolint:gosec // a file of this repository
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(f, "_test.go") {
				tests += string(source)
			} else {
				product += string(source)
			}
		}
		if !strings.Contains(product, "func New() resource.Resource") {
			continue // it is no noun, but what nouns share
		}
		found++
		for name, frame := range matrix.Frames() {
			uses := slices.ContainsFunc(frame.Uses, func(what string) bool { return strings.Contains(product, what) })
			if caught := strings.Contains(tests, name+"().CaughtBy("); uses != caught {
				t.Errorf("%s: uses what %s has mutants of: %t; says how they are caught: %t", filepath.Dir(noun), name, uses, caught)
			}
		}
	}
	if found < 5 {
		t.Errorf("found %d nouns in %q", found, nouns)
	}
}
