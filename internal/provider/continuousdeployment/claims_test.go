package continuousdeployment_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

// truth compares what is said of the viewers of a primary with who has its names, and with
// whether the policy that it has sends anybody to staging.
func truth(e *acctest.Env, c *acctest.Core, claim *acctest.Claim) []string {
	wrong := acctest.Served(e, c, claim)
	if claim == nil || !claim.Now {
		return wrong
	}
	policy := e.Policies()[e.PolicyOn(e.Blue)]
	enabled := policy != nil && aws.ToBool(policy.Enabled)
	for _, route := range claim.Routes {
		if told := len(route.Others) > 0; told != enabled {
			wrong = append(wrong, fmt.Sprintf("whether a policy sends viewers to staging: %t", enabled))
		}
	}
	return wrong
}

func TestNobodyIsToldWhatNobodySaw(t *testing.T) {
	t.Parallel()
	matrix.Tell(t, truth, scenarios()...)
}
