package continuousdeployment_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Primary and staging are no different because CloudFront says more of one of them, or of both.
func TestAPairIsJoinedHoweverCloudFrontSpellsIt(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		way, cases := w.Spell(), 0
		for _, of := range []string{"", w.Blue.ID, w.staging.ID} {
			for _, way.Spelling = range acctest.Spellings() {
				before := way.Spelled
				way.Of = of
				w.ExpectSilent(w.Core, joined(w.Env))
				adopter := acctest.NewCore(resourceType, clock.System{}, way)
				if d := adopter.MustConverge(context.Background(), t, joined(w.Env)); len(d) > 0 || t.Failed() {
					t.Fatalf("%s: %s", way.Spelling.Name, d)
				}
				if way.Spelled > before {
					cases++
				}
			}
		}
		t.Logf("%d answers", cases)
	})
}
