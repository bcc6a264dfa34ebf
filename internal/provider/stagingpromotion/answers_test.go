package stagingpromotion_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// attached says whether the primary lost its policy, or a policy its staging distribution.
func attached(e *acctest.Env, _ matrix.Unanswered) []string {
	r := rigOf(e)
	var out []string
	if r.PolicyOn(r.Blue) != r.policy {
		out = append(out, "the primary has another policy")
	}
	if p := r.Policies()[r.policy]; p == nil || aws.ToInt32(p.StagingDistributionDnsNames.Quantity) != 1 {
		out = append(out, "the policy names no staging distribution")
	}
	return out
}

func TestNoAnswerToACallLeavesAReleaseThatNobodyOwns(t *testing.T) {
	t.Parallel()
	matrix.Answer(t, truth, attached, told("by header", "the canary fails", "the promotion fails", "taken back", "drift restored")...)
}
