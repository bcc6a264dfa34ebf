package provider_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// invocable are all actions, each with what its page's policy is for.
var invocable = map[string]permissions.Options{
	"cdn_delete_orphaned_policy": {},
	"cdn_invalidate":             {},
	"cdn_roll_back":              {},
	"cdn_wait_deployed":          {Invalidate: true},
}

func TestThePagesOfActionsShowThePoliciesOfTheTable(t *testing.T) {
	t.Parallel()
	for kind, o := range invocable {
		showsPolicy(t, permissions.Apply, kind, o, "actions", "policy.json")
	}
}
