package stagingdistribution_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestAPolicyHoldsItsStagingDistribution(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		d, _ := w.staging(t)
		policy := w.JoinByHand(d, acctest.ByWeight(0.05), false)
		said := w.MustConverge(context.Background(), t, nil).Errors()
		if len(said) != 1 || !strings.Contains(said[0].Detail, "StagingDistributionInUse") || !strings.Contains(said[0].Detail, "policy names") {
			t.Errorf("said %s", said)
		}
		w.ForgetByHand(policy)
		w.apply(t, nil)
		if n := len(w.Staging()); n != 0 {
			t.Errorf("%d staging distributions left", n)
		}
	})
}

func TestADestroyWaitsUntilStagingIsDisabledEverywhere(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		before := w.Env.World.Journal().Seq()
		w.apply(t, nil)
		for _, c := range w.Writes(before) {
			if c.Status >= 300 {
				t.Errorf("%s was answered %d %s", c.Operation, c.Status, c.Code)
			}
		}
	})
}
