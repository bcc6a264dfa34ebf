package bluegreenswitch_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
)

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/beside/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// hashicorp/aws updates a distribution with all of its configuration as a plan once
// saw it, and when told that the distribution has changed since, does so again with
// the ETag of now. So a plan made before a cutover and applied after it takes the
// names off again. Nobody can prevent that from here, and ignore_changes does not
// either: the plan holds the aliases of before. What there is, is the next plan.
func TestAccBesideHashicorpAWS_stalePlan(t *testing.T) {
	acctest.NeedAWSProvider(t)
	const name = "www.example.com"
	c := acctest.NewCLI(t, site(name))
	ours, theirs := c.Workspace(), c.Beside()
	ours.Write(c.HCL(addr, asked(c, "blue")))
	ours.Must(0, "apply", "-auto-approve")
	theirs.Put("green.tf", read(t, "green.tf"))
	vars := []string{"-var=certificate=" + c.Certificate, "-var=comment=edited"}
	theirs.Must(0, append(append([]string{"import"}, vars...), "aws_cloudfront_distribution.green", c.Green.ID)...)
	theirs.Must(2, append([]string{"plan", "-detailed-exitcode", "-out=stale"}, vars...)...)

	ours.Write(c.HCL(addr, asked(c, "green")))
	ours.Must(0, "apply", "-auto-approve")
	c.ExpectOn(c.Green)
	c.ExpectServed()

	theirs.Must(0, "apply", "stale")
	c.Settle()
	if got := c.Owner(name); got != "" {
		t.Fatalf("%s belongs to %q: hashicorp/aws no longer overwrites what it has not seen, and the page is wrong", name, got)
	}
	var lost bool
	for _, v := range c.World.Audit(c.Start, name) {
		lost = lost || v.Kind == audit.Unserved && v.Until.IsZero()
	}
	if !lost {
		t.Error("the simulator calls a name served that nobody has")
	}

	if r := ours.Must(2, "plan", "-detailed-exitcode"); !r.Says("move " + name + " to green") {
		t.Errorf("the plan after that does not say how it repairs it:\n%s", r.Output)
	}
	ours.Must(0, "apply", "-auto-approve")
	c.Settle()
	c.ExpectOn(c.Green)
	for _, v := range c.World.Audit(c.World.Clock().Now().Add(-time.Second), name) {
		t.Error(v)
	}
	ours.Must(0, "plan", "-detailed-exitcode")
	// A plan made now leaves the aliases alone.
	theirs.Must(0, append([]string{"plan", "-detailed-exitcode"}, vars...)...)
}

func TestAccBesideHashicorpAWS_wholeSite(t *testing.T) {
	t.Parallel()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		c := acctest.NewCLI(t, acctest.Site{Names: []string{"elsewhere.example.net"}, NoRecords: true})
		w := c.Beside()
		use(w)
		w.Put("cdn.tf", c.ProviderBlock())
		w.Put("site.tf", read(t, "whole.tf"))
		served := func(side string) {
			t.Helper()
			for _, name := range []string{"example.com", "www.example.com"} {
				req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+name+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := c.World.Transport().RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), side+".origin.test") {
					t.Errorf("%s answers %d %s %v, want %s", name, resp.StatusCode, body, err, side)
				}
			}
		}
		for _, live := range []string{"blue", "green", "blue"} {
			w.Must(0, "apply", "-auto-approve", "-var=live="+live)
			served(live)
			w.Must(0, "plan", "-detailed-exitcode", "-var=live="+live)
		}
		for _, v := range c.World.Audit(c.Start, "example.com", "www.example.com") {
			if v.Kind == audit.Unserved {
				t.Error(v)
			}
		}
		w.Must(0, "destroy", "-auto-approve", "-var=live=blue")
		zones, err := c.Route53.ListHostedZones(context.Background(), &route53.ListHostedZonesInput{})
		if err != nil || len(zones.HostedZones) != 0 {
			t.Errorf("zones are left: %v %v", zones.HostedZones, err)
		}
		left, err := c.CloudFront.ListDistributions(context.Background(), &cloudfront.ListDistributionsInput{})
		if err != nil || aws.ToInt32(left.DistributionList.Quantity) != 2 { // the two of the other site
			t.Errorf("distributions are left: %d %v", aws.ToInt32(left.DistributionList.Quantity), err)
		}
	})
}

// guard is the configuration on the page which finds that ignore_changes is missing, with a
// live side that can be chosen.
func guard(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../../templates/guides/introducing-it.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "## 5. Let a forgotten line stop the plan")
	_, hcl, _ := strings.Cut(section, "```terraform\n")
	hcl, _, ok := strings.Cut(hcl, "```\n")
	chosen := strings.Replace(hcl, `live    = "blue"`, "live = var.live", 1)
	if !ok || chosen == hcl {
		t.Fatalf("the page has no such configuration:\n%s", section)
	}
	return "variable \"live\" { type = string }\n" + chosen
}

// Without ignore_changes the first plan of hashicorp/aws after a cutover takes the name
// back. What the guide writes into the switch finds that in the very plan, as an error
// where it is a precondition, and as a warning where it is a check.
func TestAccBesideHashicorpAWS_forgottenLine(t *testing.T) {
	acctest.NeedAWSProvider(t)
	const name = "www.example.com"
	c := acctest.NewCLI(t, site(name))
	w := c.Beside()
	w.Put("cdn.tf", c.ProviderBlock())
	// One side has the name in its block, the other has none.
	const line = "ignore_changes = [aliases]"
	green := strings.Replace(read(t, "green.tf"), "enabled         = true", "enabled         = true\n  wait_for_deployment = false", 1)
	_, body, _ := strings.Cut(green, "resource ")
	blue := strings.NewReplacer(`"green"`, `"blue"`, "green.origin", "blue.origin", "enabled         = true", "enabled         = true\n  aliases         = [\""+name+"\"]").Replace("resource " + body)
	forgotten := strings.NewReplacer(line, "").Replace
	vars := func(live string) []string {
		return []string{"-var=certificate=" + c.Certificate, "-var=comment=site", "-var=live=" + live}
	}
	with := func(args []string, live string) []string { return append(args, vars(live)...) }
	plan := []string{"plan", "-detailed-exitcode"}
	w.Put("green.tf", forgotten(green))
	w.Put("blue.tf", forgotten(blue))
	w.Put("live.tf", `variable "live" { type = string }`)
	w.Must(0, append(with([]string{"import"}, "blue"), "aws_cloudfront_distribution.blue", c.Blue.ID)...)
	w.Must(0, append(with([]string{"import"}, "blue"), "aws_cloudfront_distribution.green", c.Green.ID)...)
	w.Put("live.tf", guard(t))
	for _, live := range []string{"blue", "green"} {
		w.Must(0, with([]string{"apply", "-auto-approve"}, live)...)
	}
	onGreen := func() { // records are not the switch's here
		t.Helper()
		if got := c.Owner(name); got != c.Green.ID {
			t.Errorf("%s is on %q, want green (%s)", name, got, c.Green.ID)
		}
	}
	onGreen()

	// The plan that would take it back, as an error and as a warning.
	const says = "This plan changes the aliases of a distribution behind the switch's back"
	if r := w.Must(1, with(plan, "green")...); !r.Says("Resource precondition failed", says) {
		t.Errorf("the precondition says:\n%s", r.Output)
	}
	_, condition, _ := strings.Cut(guard(t), "precondition {")
	condition, _, _ = strings.Cut(condition, "    }\n  }\n}")
	switched, _, _ := strings.Cut(guard(t), "  lifecycle {")
	w.Put("live.tf", switched+"}\ncheck \"aliases\" {\n  assert {"+condition+"  }\n}\n")
	if r := w.Must(2, with(plan, "green")...); !r.Says("Check block assertion failed", says, "aws_cloudfront_distribution.blue", "aws_cloudfront_distribution.green") {
		t.Errorf("the check says:\n%s", r.Output)
	}

	// With the line there is nothing to say, whatever stands in aliases.
	w.Put("green.tf", green)
	w.Put("blue.tf", blue)
	w.Put("live.tf", guard(t))
	if r := w.Must(0, with(plan, "green")...); r.Says(says) {
		t.Errorf("with the line:\n%s", r.Output)
	}
	onGreen()
	c.ExpectServed()
}
