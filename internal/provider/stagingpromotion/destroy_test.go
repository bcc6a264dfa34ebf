package stagingpromotion_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestDestroyingWritesNothing(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		if d := r.apply(t, nil); len(d) > 0 {
			t.Error(d)
		}
		if calls := r.Writes(seq); len(calls) > 0 || !r.core.State.IsNull() {
			t.Errorf("made %v, state %s", acctest.Operations(calls), r.core.State)
		}
	})
}

// Destroying moves nobody, and says whom it leaves where.
func TestDestroyingInMidCanarySaysWhoStaysAtStaging(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		expectSays(t, r.apply(t, r.ask("two", acctest.Config{"on_failure": "hold"})).Errors(), "The canary is not healthy")
		if !r.enabled(t) {
			t.Fatal("there is no canary")
		}
		seq := r.World.Journal().Seq()
		p, err := r.core.Plan(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		expectSays(t, p.Diags, "Viewers stay at staging")
		if d, err := r.core.Apply(context.Background(), p); err != nil || len(d) > 0 || len(r.Writes(seq)) > 0 || !r.enabled(t) {
			t.Errorf("destroying moved somebody: %v %s", err, d)
		}
	})
}
