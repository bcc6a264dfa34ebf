package weightedramp_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// answered says which names have no records, or none with a weight.
func answered(e *acctest.Env, _ matrix.Unanswered) []string {
	var out []string
	for _, name := range e.Names {
		if got := sets(e, name, "A"); len(got) == 0 {
			out = append(out, name+" has no records")
		}
	}
	return out
}

func TestNoAnswerToACallLeavesANameWithoutRecords(t *testing.T) {
	t.Parallel()
	matrix.Answer(t, truth, answered, told("the whole way up", "by create", "rolled back", "another TTL")...)
}
