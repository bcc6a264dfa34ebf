package provider_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// Invoked by a CLI that has actions: a policy that another stack left behind is detached
// and deleted, and then everything is waited for. Without actions, their blocks are
// somebody else's language, and nothing else of the provider minds.
func TestAccActionDeleteOrphanedPolicyAndWait(t *testing.T) {
	acctest.NeedActions(t)
	c := acctest.NewCLI(t, site())
	staging := c.CopyByHand(c.Blue)
	c.Settle()
	policy := c.JoinByHand(staging, acctest.ByWeight(0.1), true)
	c.AttachByHand(c.Blue, policy)
	w := c.Acting()
	orphan := acctest.Config{"policy_id": policy, "timeout": "48h"}
	write := func() {
		w.Write(c.ProviderBlock() + c.Act("cdn_delete_orphaned_policy.old", orphan) +
			c.Act("cdn_wait_deployed.site", acctest.Config{"distribution_ids": []any{c.Blue.ID, c.Green.ID}, "invalidations": true, "timeout": "48h"}))
	}
	write()
	before := c.World.Journal().Seq()
	if r := w.Must(1, "apply", "-auto-approve", "-invoke=action.cdn_delete_orphaned_policy.old"); !r.Says("The policy is not an orphan") || len(c.Writes(before)) > 0 {
		t.Errorf("it wrote %v, and says:\n%s", c.Writes(before), r.Output)
	}
	orphan["detach"] = true
	write()
	r := w.Must(0, "apply", "-auto-approve", "-invoke=action.cdn_delete_orphaned_policy.old")
	if !r.Says("disabling the policy", "detaching the policy from "+c.Blue.ID, "deleting the policy", "policy "+policy+" is gone") {
		t.Errorf("it says:\n%s", r.Output)
	}
	if len(c.Policies()) > 0 || c.PolicyOn(c.Blue) != "" {
		t.Errorf("left: %v, the primary has %q", c.Policies(), c.PolicyOn(c.Blue))
	}
	if r := w.Must(0, "apply", "-auto-approve", "-invoke=action.cdn_wait_deployed.site"); !r.Says("deployed everywhere: "+c.Blue.ID) && !r.Says("deployed everywhere: "+c.Green.ID) {
		t.Errorf("it says:\n%s", r.Output)
	}
	c.ExpectServed()
}
