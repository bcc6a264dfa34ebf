package stagingdistribution_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// single says whether there is one copy too many: the next apply finds the one that was
// made, and no second is made beside it.
func single(e *acctest.Env, _ matrix.Unanswered) []string {
	if all := e.Staging(); len(all) > 1 {
		return []string{"there are several staging distributions"}
	}
	return nil
}

func TestNoAnswerToACallLeavesACopyThatNobodyOwns(t *testing.T) {
	t.Parallel()
	matrix.Answer(t, acctest.Served, single, scenarios()...)
}
