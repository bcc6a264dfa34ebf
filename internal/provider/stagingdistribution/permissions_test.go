package stagingdistribution_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	matrix.Permit(t, "cdn_staging_distribution", scenarios()...)
}
