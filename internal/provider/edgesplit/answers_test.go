package edgesplit_test

import (
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// whole says what no run may leave: a behaviour with one function and not the other, or things of
// a split that nobody knows of any more.
func whole(t *testing.T) matrix.Kept {
	t.Helper()
	return func(e *acctest.Env, _ matrix.Unanswered) []string {
		var wrong []string
		runs := of(e).runs(t)
		for at := range runs {
			pattern, _, _ := strings.Cut(at, " ")
			if runs[pattern+" viewer-request"] == "" || runs[pattern+" viewer-response"] == "" {
				wrong = append(wrong, pattern+" has one function of two")
			}
		}
		return wrong
	}
}

// Whatever AWS begins to answer to whichever call, a run comes to an end, says what is true, and
// leaves the functions in pairs.
func TestNoAnswerToACallTearsTheFunctionsApart(t *testing.T) {
	t.Parallel()
	matrix.Answer(t, truth(t), whole(t), told("the whole way up", "other code", "rolled back")...)
}
