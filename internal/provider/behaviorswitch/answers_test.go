package behaviorswitch_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// alike says which behaviours use another side than the others of the switch, which one
// write cannot bring about.
func alike(t *testing.T) matrix.Kept {
	t.Helper()
	return func(e *acctest.Env, _ matrix.Unanswered) []string {
		uses := of(e).uses(t)
		switch {
		case uses["/img/*"] != "app-blue":
			return []string{"a behaviour that nobody switched uses " + uses["/img/*"]}
		case uses["default"] != uses["/api/*"]:
			return []string{"the default behaviour uses " + uses["default"] + ", and /api/* " + uses["/api/*"]}
		}
		return nil
	}
}

// Whatever AWS begins to answer to whichever call, a run comes to an end, says what is true,
// and behaviours that are switched together are on one side together.
func TestNoAnswerToACallTearsBehavioursApart(t *testing.T) {
	t.Parallel()
	matrix.Answer(t, truth(t), alike(t), told("there", "by create", "rolled back")...)
}

// A connection that goes dead holds up neither the way nor the way back.
func TestNoOperationHangsTheWayBack(t *testing.T) {
	t.Parallel()
	matrix.Hang(t, told("rolled back")...)
}
