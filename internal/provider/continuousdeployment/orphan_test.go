package continuousdeployment_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
)

const deleteOrphaned = "cdn_delete_orphaned_policy"

// orphans are the ways in which a policy loses its distributions.
func orphans() []matrix.Scenario {
	scenario := func(name string, begin func(w *world, policy string)) matrix.Scenario {
		return matrix.Scenario{
			Name: name, Action: deleteOrphaned,
			Start: func(t *testing.T) (*acctest.Env, *acctest.Core) {
				t.Helper()
				w := build(t)
				begin(w, w.JoinByHand(w.staging, acctest.ByWeight(0.1), true))
				return w.Env, w.Core
			},
			Ask: func(e *acctest.Env) acctest.Config {
				for id := range e.Policies() {
					return acctest.Config{"policy_id": id, "detach": e.PolicyOn(e.Blue) != ""}
				}
				return acctest.Config{"policy_id": "11111111-2222-3333-4444-555555555555"} // it is gone already
			},
			Check: func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
				t.Helper()
				if n := len(e.Policies()); n > 0 || e.PolicyOn(e.Blue) != "" {
					t.Errorf("%d policies are left, the primary has %q", n, e.PolicyOn(e.Blue))
				}
				e.ExpectServed()
			},
		}
	}
	return []matrix.Scenario{
		scenario("the primary let go", func(*world, string) {}),
		scenario("another stack left it behind, with a canary", func(w *world, policy string) {
			w.AttachByHand(w.Blue, policy)
			w.Settle()
		}),
	}
}

func TestAnOrphanedPolicyIsDeletedByAnAction(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		policy := w.JoinByHand(w.staging, acctest.ByWeight(0.1), true)
		before := w.Env.World.Journal().Seq()
		got, err := w.InvokeAction(context.Background(), deleteOrphaned, acctest.Config{"policy_id": policy})
		if err != nil || len(got.Diags) > 0 {
			t.Fatal(err, got.Diags)
		}
		var ops []string
		for _, c := range w.Writes(before) {
			ops = append(ops, c.Operation)
		}
		if got, want := strings.Join(ops, " "), "UpdateContinuousDeploymentPolicy DeleteContinuousDeploymentPolicy"; got != want {
			t.Errorf("made %s, want %s", got, want)
		}
		if all, want := strings.Join(got.Progress, "; "), "disabling the policy; deleting the policy; policy "+policy+" is gone"; !strings.HasSuffix(all, want) {
			t.Errorf("the progress is %s", all)
		}
	})
}

func TestAPolicyThatJoinsTwoDistributionsIsLeftAlone(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		before := w.Env.World.Journal().Seq()
		got, err := w.InvokeAction(context.Background(), deleteOrphaned, acctest.Config{"policy_id": w.Get("id")})
		if err != nil {
			t.Fatal(err)
		}
		if d := got.Diags.Errors(); len(d) != 1 || d[0].Summary != "The policy is not an orphan" || !strings.Contains(d[0].Detail, w.Blue.ID) || strings.Contains(d[0].Detail, "State records") {
			t.Errorf("says %s", got.Diags)
		}
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
		w.ExpectSilent(w.Core, joined(w.Env))
	})
}

func TestDeletingAnOrphanSurvivesDyingAtEveryWrite(t *testing.T) {
	t.Parallel()
	matrix.Die(t, orphans()...)
}

func TestAnInterruptHoldsTheDeletionOfAnOrphan(t *testing.T) {
	t.Parallel()
	matrix.Interrupt(t, []time.Duration{1, propagation / 2, propagation + 20*time.Second}, orphans()[1])
}

func TestTheTableOfPermissionsIsExactAboutOrphans(t *testing.T) {
	t.Parallel()
	matrix.Permit(t, deleteOrphaned, orphans()...)
}
