package continuousdeployment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const keeps = "Another address keeps the object"

// elsewhere is another address, whose operations are processes of their own.
func (w *world) elsewhere() *world {
	return &world{Env: w.Env, Core: acctest.NewCore(resourceType, w.Core.World.Clock, w.Core.World.Transport), staging: w.staging}
}

// destroyed destroys one address, and fails the test unless it leaves the policy alone.
func (w *world) destroyed(t *testing.T, id string) {
	t.Helper()
	before := w.Env.World.Journal().Seq()
	if d := w.MustConverge(context.Background(), t, nil); len(d) != 1 || d[0].Summary != keeps || !strings.Contains(d[0].Detail, id) {
		t.Errorf("the destroy said %s", d)
	}
	if is, _ := w.policy(t); is != id || w.PolicyOn(w.Blue) != id || len(w.Writes(before)) > 0 {
		t.Errorf("%s became %s, on the primary %q, written %v", id, is, w.PolicyOn(w.Blue), w.Writes(before))
	}
}

// Between two applies nobody knows of the other: the one that adopted the policy may have
// died before it destroyed the old address.
func TestAPolicyThatAnotherAddressHasAdoptedIsNotDeletedByTheOldOne(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, was *world) {
		was.MarkByHand(was.staging)
		was.apply(t, joined(was.Env))
		id, _ := was.policy(t)
		imported, now := was.elsewhere(), was.elsewhere()
		if d, err := imported.Import(context.Background(), id); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		if imported.Get("owner") != was.Get("owner") || was.Get("owner") == "" {
			t.Errorf("the import has %q, and the mark is %q", imported.Get("owner"), was.Get("owner"))
		}
		now.apply(t, joined(was.Env))
		imported.destroyed(t, id)
		was.destroyed(t, id)
		now.ExpectSilent(now.Core, joined(was.Env))
		now.apply(t, nil)
		if n := len(was.Policies()); n != 0 || was.PolicyOn(was.Blue) != "" {
			t.Errorf("%d policies left", n)
		}
	})
}

// An adopter whose canary runs is the worst case: the destroy would end it.
func TestACanaryIsNotEndedByTheDestroyOfTheOldAddress(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, was *world) {
		was.MarkByHand(was.staging)
		was.apply(t, joined(was.Env))
		id, _ := was.policy(t)
		now := was.elsewhere()
		now.apply(t, joined(was.Env))
		was.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		was.destroyed(t, id)
		if _, p := was.policy(t); !aws.ToBool(p.Enabled) {
			t.Error("the canary has ended")
		}
	})
}

// Whoever manages a staging distribution otherwise would take our tag for drift.
func TestAStagingDistributionOfSomebodyElseGetsNoTag(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		before := w.Env.World.Journal().Seq()
		w.apply(t, joined(w.Env))
		for _, call := range w.Writes(before) {
			if call.Operation == "TagResource" {
				t.Error("it was tagged")
			}
		}
		if got := w.Get("owner"); got != "" {
			t.Errorf("owner is %q", got)
		}
		w.ExpectSilent(w.Core, joined(w.Env))
		w.apply(t, nil)
		if n := len(w.Policies()); n != 0 {
			t.Errorf("%d policies left", n)
		}
	})
}

// The policy that this address made has come to another primary, whose canary runs by it.
// The destroy asks who has it before it disables anything.
func TestADestroyDoesNotEndTheCanaryOfAnotherPrimary(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		id, _ := w.policy(t)
		w.AttachByHand(w.Blue, "")
		w.Settle()
		w.AttachByHand(w.Green, id)
		w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		w.Settle()
		before := w.Env.World.Journal().Seq()
		d := w.MustConverge(context.Background(), t, nil).Errors()
		if len(d) != 1 || d[0].Summary != "The policy belongs to another primary" || !strings.Contains(d[0].Detail, w.Green.ID) || !strings.Contains(d[0].Detail, "removed") {
			t.Errorf("said %s", d)
		}
		if _, p := w.policy(t); !aws.ToBool(p.Enabled) || w.PolicyOn(w.Green) != id || len(w.Writes(before)) > 0 || w.State.IsNull() {
			t.Errorf("enabled %t, on %q, written %v, state kept %t", aws.ToBool(p.Enabled), w.PolicyOn(w.Green), w.Writes(before), !w.State.IsNull())
		}
	})
}

// Nor does a configuration that adopts it and wants it detached.
func TestADetachDoesNotEndTheCanaryOfAnotherPrimary(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		id, _ := w.policy(t)
		w.Core = acctest.NewCore(resourceType, clock.System{}, w.Env.World.Transport()) // another state
		w.AttachByHand(w.Blue, "")
		w.Settle()
		w.AttachByHand(w.Green, id)
		w.TurnByHand(id, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		w.Settle()
		before := w.Env.World.Journal().Seq()
		d := w.MustConverge(context.Background(), t, with(joined(w.Env), "attached", false)).Errors()
		if len(d) != 1 || !strings.Contains(d[0].Detail, w.Green.ID) {
			t.Errorf("said %s", d)
		}
		if _, p := w.policy(t); !aws.ToBool(p.Enabled) || w.PolicyOn(w.Green) != id || len(w.Writes(before)) > 0 {
			t.Errorf("enabled %t, on %q, written %v", aws.ToBool(p.Enabled), w.PolicyOn(w.Green), w.Writes(before))
		}
	})
}

// Whoever may not read the tags cannot know whose it is: another address may have adopted it.
// The destroy leaves it, writes nothing, and says which permission is missing.
func TestAPolicyWhoseMarkCannotBeReadIsNotDeleted(t *testing.T) {
	t.Parallel()
	for name, tags := range acctest.UnreadableTags() {
		for _, adopted := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, adopted %t", name, adopted), func(t *testing.T) {
				t.Parallel()
				in(t, func(t *testing.T, was *world) {
					was.MarkByHand(was.staging)
					was.apply(t, joined(was.Env))
					id, _ := was.policy(t)
					now := was.elsewhere()
					if adopted {
						now.apply(t, joined(was.Env))
					}
					acctest.DestroyUnowned(t, was.Env, was.Core, tags, id, adopted, keeps, func() {
						if is, _ := was.policy(t); is != id || was.PolicyOn(was.Blue) != id {
							t.Errorf("%s became %s, on the primary %q", id, is, was.PolicyOn(was.Blue))
						}
					})
				})
			})
		}
	}
}
