package bluegreenswitch_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
)

// A spread is a site over three accounts that a CLI reaches, and a folder with its switch.
type spread struct {
	*acctest.CLI
	w     *acctest.Workspace
	hcl   string
	hands map[string]*acctest.Env // by side
}

// spreadOut makes one, with a switch that moves by what settings say and is live where a variable says.
func spreadOut(t *testing.T, use func(*acctest.Workspace), settings acctest.Config, names ...string) spread {
	t.Helper()
	c := acctest.NewCLI(t, apart(names...))
	green, _ := c.Spread()
	c.Accounts = acctest.Accounts()
	body := asked(c, "")
	for key, value := range between(c.Env, "", settings) {
		if key != "verify" {
			body[key] = value
		}
	}
	body["live"] = acctest.Expr("var.live")
	hcl := c.HCL(addr, body, "variable \"live\" { type = string }")
	s := spread{CLI: c, w: c.Workspace(), hcl: hcl, hands: map[string]*acctest.Env{"blue": c.Env, "green": green}}
	use(s.w)
	s.w.Write(hcl)
	return s
}

// on fails the test unless a side has all names and is enabled, and the other one is enabled and
// has none, and nobody is asked for a change.
func (s spread) on(t *testing.T, live string) {
	t.Helper()
	for side, d := range map[string]acctest.Distribution{"blue": s.Blue, "green": s.Green} {
		out, err := s.hands[side].CloudFront.GetDistribution(context.Background(), &cloudfront.GetDistributionInput{Id: aws.String(d.ID)})
		if err != nil {
			t.Fatal(err)
		}
		config := out.Distribution.DistributionConfig
		var want []string
		if side == live {
			want = s.Names
		}
		if got := slices.Sorted(slices.Values(config.Aliases.Items)); !slices.Equal(got, want) || !*config.Enabled {
			t.Errorf("%s has %s, want %s, and enabled is %t", side, got, want, *config.Enabled)
		}
	}
	s.w.Must(0, "plan", "-detailed-exitcode", "-var=live="+live)
	s.w.Must(0, "plan", "-refresh-only", "-detailed-exitcode", "-var=live="+live)
	if got := s.w.State(addr); got["live"] != live || got["phase"] != "settled" {
		t.Errorf("live is %v, and it is %v", got["live"], got["phase"])
	}
}

// imported imports the switch into a state of its own, by an id that has the names of accounts.
func (s spread) imported(t *testing.T, use func(*acctest.Workspace), live string) {
	t.Helper()
	id, before := "blue="+s.Blue.ID+",green@new="+s.Green.ID+";"+strings.Join(s.Names, ",")+";example.com@dns="+s.ZoneIDs["example.com"], s.World.Journal().Seq()
	w := s.Workspace()
	use(w)
	w.Write(s.hcl + fmt.Sprintf("\nimport {\n to = %s\n id = %q\n}", addr, id))
	if r := w.Must(0, "apply", "-auto-approve", "-var=live="+live); !r.Says("1 imported, 0 added", "0 destroyed") {
		t.Errorf("the import says:\n%s", r.Output)
	}
	if calls := s.Writes(before); len(calls) > 0 {
		t.Errorf("the import made %d writes, the first %s", len(calls), calls[0].Operation)
	}
	if got := w.State(addr); got["id"] != id || got["live"] != live || s.w.State(addr)["id"] != id {
		t.Errorf("state has id %v, live %v, and the other one id %v, want %s", got["id"], got["live"], s.w.State(addr)["id"], id)
	}
	w.Must(0, "plan", "-detailed-exitcode", "-var=live="+live)
}

// Names dance to another account and back, with a zone in a third one, and nobody notices. The
// switch can be imported while they are there.
func TestAccAccounts_dance(t *testing.T) {
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		s := spreadOut(t, use, acctest.Config{"method": "wildcard_overlap"}, "a.example.com", "www.example.com")
		s.w.Must(0, "apply", "-auto-approve", "-var=live=blue")
		if w := s.Writes(0); len(w) > 0 {
			t.Errorf("introducing the switch made %d writes, the first %s", len(w), w[0].Operation)
		}
		for _, live := range []string{"green", "blue"} {
			s.w.Must(2, "plan", "-detailed-exitcode", "-out=saved", "-var=live="+live)
			s.w.Must(0, "apply", "saved")
			s.on(t, live)
			if live == "green" {
				s.imported(t, use, live)
			}
		}
		for _, v := range s.World.Audit(s.Start, s.Names...) {
			if v.Kind != audit.DNSLeads { // on purpose: CloudFront refuses to add a name otherwise
				t.Error(v)
			}
		}
	})
}

// An apex goes to another account and back by disabling what it leaves, and nothing of that
// remains, neither in DNS nor in state.
func TestAccAccounts_disabling(t *testing.T) {
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		s := spreadOut(t, use, acctest.Config{"allow_downtime": true}, "example.com", "www.example.com")
		s.w.Must(0, "apply", "-auto-approve", "-var=live=blue")
		for _, live := range []string{"green", "blue"} {
			s.w.Must(0, "apply", "-auto-approve", "-var=live="+live)
			s.on(t, live)
			if left, _ := s.w.State(addr)["proofs"].(map[string]any); len(left) > 0 {
				t.Errorf("state has proofs: %v", left)
			}
			for _, name := range []string{"_.example.com", "_www.example.com"} {
				if got := s.World.Route53().Lookup(0, s.World.Clock().Now(), name, "TXT").Values; len(got) > 0 {
					t.Errorf("%s is left with %s", name, strings.Join(got, ", "))
				}
			}
		}
	})
}
