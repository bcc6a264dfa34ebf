package provider_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// invocable are all actions, each with what its page's policy is for.
var invocable = map[string]permissions.Options{
	"cdn_delete_orphaned_policy": {},
	"cdn_roll_back":              {},
	"cdn_wait_deployed":          {Invalidate: true},
}

func TestThePagesOfActionsShowThePoliciesOfTheTable(t *testing.T) {
	t.Parallel()
	for kind, o := range invocable {
		policy, err := permissions.Policy(permissions.Apply, []string{kind}, o)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(policy), "", "  "); err != nil {
			t.Fatal(err)
		}
		want.WriteString("\n")
		file := "../../examples/actions/" + kind + "/policy.json"
		if *rewrite {
			if err := os.WriteFile(file, want.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want.String() { //nolint:gosec // a name from the table above
			t.Errorf("%s (%v) is not what the table says:\n%s", file, err, want.String())
		}
		page, err := os.ReadFile("../../templates/actions/" + strings.TrimPrefix(kind, "cdn_") + ".md.tmpl") //nolint:gosec // a name from the table above
		if err != nil || !strings.Contains(string(page), "actions/"+kind+"/policy.json") {
			t.Errorf("the page of %s (%v) does not show its policy", kind, err)
		}
	}
}
