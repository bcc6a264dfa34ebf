package stagingdistribution_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

func TestTheTableOfPermissionsIsExact(t *testing.T) {
	t.Parallel()
	all := scenarios()
	beside := all[0] // a copy that a run died over is looked for among the others of the account
	beside.Name, beside.Start = "create beside another", func(t *testing.T) (*acctest.Env, *acctest.Core) {
		t.Helper()
		e, c := all[0].Start(t)
		e.CopyByHand(e.Green)
		return e, c
	}
	matrix.Permit(t, "cdn_staging_distribution", append(all, beside)...)
}
