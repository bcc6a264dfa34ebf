package provider_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
)

const betweenAccounts = "../../examples/between-accounts/"

// The example of a move between accounts: three stacks that have an account each, and one with
// the switch, which has a role in two of them. What the README has people do comes to what it says.
// With one CLI: what differs between them other tests hold, and hashicorp/aws takes its time.
func TestAccAccounts_example(t *testing.T) {
	acctest.NeedAWSProvider(t)
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("SKIPPED: there is no curl on PATH, so nothing here shows that the example works")
	}
	p := newPipeline(t, betweenAccounts, func(*acctest.Workspace) {})
	const www, state = "www.example.com", "terraform.tfstate"
	control, _ := p.c.Addresses()
	cmd := exec.CommandContext(p.Context(), "sh", betweenAccounts+"accounts.sh")
	cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+control)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("%v\n%s", err, out)
	}
	p.c.Accounts = acctest.Accounts()

	old := p.stack("old", p.c.Beside())
	stacks := []*acctest.Workspace{old, p.stack("new", old.As("rehearsal-new")), p.stack("dns", old.As("rehearsal-dns"))}
	for _, w := range stacks {
		w.Must(0, "apply", "-auto-approve")
	}
	states := fmt.Sprintf("-var=states={old=%q,new=%q,dns=%q}", stacks[0].Path(state), stacks[1].Path(state), stacks[2].Path(state))
	w := p.stack("switch", p.c.Workspace())
	move := func(live, method string) {
		p.Helper()
		vars := []string{states, "-var=live=" + live, "-var=method=" + method}
		w.Must(0, append([]string{"apply", "-auto-approve"}, vars...)...)
		w.Must(0, append([]string{"plan", "-detailed-exitcode"}, vars...)...)
		p.gets(www, map[string]string{"blue": "old", "green": "new"}[live]+".origin.test")
	}
	began := p.c.World.Clock().Now()
	move("blue", "wildcard_overlap")
	move("green", "wildcard_overlap")
	for _, v := range p.c.World.Audit(began, www) {
		if v.Kind != audit.DNSLeads {
			p.Error(v)
		}
	}
	move("blue", "domain_association")
	for _, w := range stacks { // nobody wants to take anything back
		w.Must(0, "plan", "-detailed-exitcode")
	}
}
