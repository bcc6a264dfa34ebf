package continuousdeployment_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// single says whether there is one policy too many: the next apply finds the one that was
// made, and no second is made beside it.
func single(e *acctest.Env, _ matrix.Unanswered) []string {
	if all := e.Policies(); len(all) > 1 {
		return []string{"there are several policies"}
	}
	return nil
}

func TestNoAnswerToACallLeavesAPolicyThatNobodyOwns(t *testing.T) {
	t.Parallel()
	matrix.Answer(t, truth, single, scenarios()...)
}
