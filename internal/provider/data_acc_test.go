package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// onCLI is a site that the CLI reaches.
func onCLI(t *testing.T) *acctest.CLI {
	t.Helper()
	return acctest.NewCLI(t, acctest.Site{
		Names: []string{"example.com", "www.example.com"}, Zones: []string{"example.com"}, Covered: []string{"example.com", "*.example.com"},
		World: awssim.Options{Propagation: time.Minute},
	})
}

var reference = regexp.MustCompile(`aws_\w+\.(\w+)\.(id|arn|zone_id)`)

// example is an example of the documentation in which a site's own things stand
// for those that hashicorp/aws would make.
func example(t *testing.T, e *acctest.Env, path string) string {
	t.Helper()
	raw, err := os.ReadFile("../../examples/" + path)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{"blue": e.Blue.ID, "green": e.Green.ID, "example": e.ZoneIDs["example.com"]}
	text := reference.ReplaceAllStringFunc(string(raw), func(ref string) string {
		m := reference.FindStringSubmatch(ref)
		switch {
		case strings.HasPrefix(ref, "aws_acm_certificate"):
			return fmt.Sprintf("%q", e.Certificate)
		case m[2] != "arn":
			return fmt.Sprintf("%q", ids[m[1]])
		case strings.HasPrefix(ref, "aws_route53_zone"):
			return fmt.Sprintf("%q", "arn:aws:route53:::hostedzone/"+ids[m[1]])
		default:
			return fmt.Sprintf("%q", arn(e, ids[m[1]]))
		}
	})
	return strings.ReplaceAll(text, "E2QWRUHAPOMQZL", e.Green.ID)
}

func disable(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) }
func enable(c *cftypes.DistributionConfig)  { c.Enabled = aws.Bool(true) }

// A check block warns about what it finds and fails nothing, also when AWS cannot be asked.
func TestAccPreflight_check(t *testing.T) {
	c := onCLI(t)
	w := c.Workspace()
	early, _, _ := strings.Cut(example(t, c.Env, "data-sources/cdn_preflight/data-source.tf"), "# On the day")
	w.Write(c.ProviderBlock() + early)
	if r := w.Must(0, "plan"); r.Says("Check block assertion failed") {
		t.Errorf("a site against which nothing speaks:\n%s", r.Output)
	}
	c.EditByHand(c.Green, disable)
	if r := w.Must(0, "plan"); !r.Says("Check block assertion failed", "The target distribution is disabled", "it would refuse every viewer") {
		t.Errorf("the target is disabled:\n%s", r.Output)
	}
	c.World.Allow("nothing:Else")
	if r := w.Must(0, "apply", "-auto-approve"); !r.Says("The credentials may not read this", "Allow cloudfront:GetDistribution") {
		t.Errorf("nothing may be asked:\n%s", r.Output)
	}
	c.World.Allow()
}

// A precondition keeps a plan from being made, with the switch's own values.
func TestAccPreflight_precondition(t *testing.T) {
	c := onCLI(t)
	w := c.Workspace()
	locals, rest, _ := strings.Cut(example(t, c.Env, "data-sources/cdn_preflight/data-source.tf"), "# In every plan")
	_, late, _ := strings.Cut(rest, "# On the day")
	w.Write(c.ProviderBlock() + locals + "#" + late)
	w.Must(0, "apply", "-auto-approve")
	c.EditByHand(c.Green, disable)
	before := len(c.Writes(0))
	if r := w.Must(1, "apply", "-auto-approve", "-var", "live=green"); !r.Says("Resource precondition failed", "The target distribution is disabled") {
		t.Errorf("the target is disabled:\n%s", r.Output)
	}
	if n := len(c.Writes(0)); n != before {
		t.Errorf("wrote %d times", n-before)
	}
	c.EditByHand(c.Green, enable)
	c.Settle()
	w.Must(0, "apply", "-auto-approve", "-var", "live=green")
	c.ExpectOn(c.Green)
	w.Must(0, "plan", "-detailed-exitcode", "-var", "live=green")
	c.ExpectServed()
}

// The same for a release: nothing of it is planned that would stop half-way.
func TestAccPreflight_release(t *testing.T) {
	c := onCLI(t)
	staging := c.CopyByHand(c.Blue)
	c.EditByHand(staging, func(d *cftypes.DistributionConfig) { d.Origins.Items[0].OriginPath = aws.String("/next") })
	c.Settle()
	w := c.Workspace()
	hcl := example(t, c.Env, "data-sources/cdn_preflight/data-source_release.tf")
	hcl = strings.Replace(hcl, "cdn_staging_distribution.next.id", fmt.Sprintf("%q", staging.ID), 1)
	w.Write(c.ProviderBlock() + regexp.MustCompile(`(?m)^\s+alarms .*$`).ReplaceAllString(hcl, ""))
	if r := w.Must(0, "plan"); r.Says("Check block assertion failed") || !r.Says("origin blue.origin.test") {
		t.Errorf("a pair against which nothing speaks:\n%s", r.Output)
	}
	c.EditByHand(c.Blue, func(d *cftypes.DistributionConfig) { d.HttpVersion = cftypes.HttpVersionHttp2and3 })
	if r := w.Must(0, "plan"); !r.Says("Check block assertion failed", "HTTP/3 rules out continuous deployment") {
		t.Errorf("the primary speaks HTTP/3:\n%s", r.Output)
	}
}

func TestAccAliasOwner(t *testing.T) {
	c := onCLI(t)
	w := c.Workspace()
	w.Write(c.ProviderBlock() + example(t, c.Env, "data-sources/cdn_alias_owner/data-source.tf") + `
		output "owner" { value = data.cdn_alias_owner.www.owner.resource_id }`)
	if r := w.Must(0, "apply", "-auto-approve"); !r.Says(`owner = "`+c.Blue.ID+`"`) || r.Says("Check block assertion failed") {
		t.Error(r.Output)
	}
	c.EditByHand(c.Blue, func(d *cftypes.DistributionConfig) {
		d.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{"example.com"}}
	})
	w.Write(c.ProviderBlock() + example(t, c.Env, "data-sources/cdn_alias_owner/data-source.tf"))
	if r := w.Must(0, "plan"); !r.Says("Check block assertion failed", "www.example.com belongs to nobody.") {
		t.Error(r.Output)
	}
}

// An output of a live fact makes a health check loud; without one it is quiet.
func TestAccDistribution_loudOnlyThroughAnOutput(t *testing.T) {
	c := onCLI(t)
	w := c.Workspace()
	quiet := c.ProviderBlock() + example(t, c.Env, "data-sources/cdn_distribution/data-source.tf")
	for hcl, loud := range map[string]bool{quiet: false, quiet + `output "etag" { value = data.cdn_distribution.green.etag }`: true} {
		w.Write(hcl)
		w.Must(0, "apply", "-auto-approve")
		w.Must(0, "plan", "-refresh-only", "-detailed-exitcode")
		c.EditByHand(c.Green, func(d *cftypes.DistributionConfig) { d.Comment = aws.String(fmt.Sprint("changed ", loud)) })
		want := 0
		if loud {
			want = 2
		}
		w.Must(want, "plan", "-refresh-only", "-detailed-exitcode")
	}
}

// A provider whose configuration the same apply brings cannot be asked while
// planning; depends_on puts the question off until it can.
func TestAccDistribution_providerConfiguredByTheSameApply(t *testing.T) {
	c := onCLI(t)
	w := c.Workspace()
	block := strings.Replace(c.ProviderBlock(), `poll_interval = "15s"`, "poll_interval = terraform_data.poll.output", 1)
	hcl := func(more string) string {
		return block + `resource "terraform_data" "poll" { input = "15s" }
			data "cdn_distribution" "green" {
				id = "` + c.Green.ID + `"
				` + more + `
			}
			output "domain" { value = data.cdn_distribution.green.domain_name }`
	}
	w.Write(hcl(""))
	if r := w.Must(1, "plan"); !r.Says("The provider is not configured yet", "depends_on") {
		t.Error(r.Output)
	}
	w.Write(hcl("depends_on = [terraform_data.poll]"))
	if r := w.Must(0, "apply", "-auto-approve"); !r.Says(c.Green.Domain) {
		t.Error(r.Output)
	}
}

func TestAccFunctions(t *testing.T) {
	c := onCLI(t)
	w := c.Workspace()
	policies := example(t, c.Env, "functions/iam_policy/function.tf")
	for _, name := range []string{"plan", "apply"} { // what hashicorp/aws would make of it
		policies = strings.Replace(policies, fmt.Sprintf("resource \"aws_iam_policy\" %q {", name), fmt.Sprintf("resource \"terraform_data\" %q {", name), 1)
	}
	policies = regexp.MustCompile(`(?m)^  name .*$`).ReplaceAllString(policies, "")
	policies = regexp.MustCompile(`(?m)^  policy +=`).ReplaceAllString(policies, "input =")
	w.Write(example(t, c.Env, "functions/alias_covers/function.tf") + policies + `
		output "policies" { value = [terraform_data.plan.output, terraform_data.apply.output] }`)
	w.Must(0, "apply", "-auto-approve")
	r := w.Must(0, "output", "-json")
	var outputs struct {
		Covering struct{ Value map[string][]string }
		Policies struct{ Value []string }
	}
	if err := json.Unmarshal([]byte(r.Output), &outputs); err != nil {
		t.Fatal(err, r.Output)
	}
	if got := outputs.Covering.Value; !slices.Equal(got["green"], []string{"*.example.com"}) || !slices.Equal(got["shop"], []string{"shop.example.com"}) {
		t.Errorf("covering: %v", got)
	}
	kinds := []string{"cdn_bluegreen_switch", "cdn_preflight"}
	narrow := scope(c.Env)
	narrow.Invalidate = true
	for i, want := range []struct {
		mode permissions.Mode
		o    permissions.Options
	}{{permissions.Plan, permissions.Options{}}, {permissions.Apply, narrow}} {
		policy, err := permissions.Policy(want.mode, kinds, want.o)
		if err != nil || outputs.Policies.Value[i] != policy {
			t.Errorf("%s (%v):\n%s\nwant\n%s", want.mode, err, outputs.Policies.Value[i], policy)
		}
	}
	for call, says := range map[string][]string{
		`provider::cdn::alias_covers("*.Example.com", "www.example.com")`:                     {`"alias" parameter`, "CloudFront keeps alternate domain names in lower case"},
		`provider::cdn::iam_policy("plan", ["aws_instance"])`:                                 {`"kinds" parameter`, `"cdn_bluegreen_switch"`},
		`provider::cdn::iam_policy("plan", ["cdn_distribution"], { distributions = ["E1"] })`: {`"options" parameter`, "ARN"},
	} {
		w.Write("output \"x\" { value = " + call + " }")
		if r := w.Must(1, "plan"); !r.Says(says...) {
			t.Errorf("%s:\n%s", call, r.Output)
		}
	}
}

// A policy that is left over warns in a check, and is named.
func TestAccOrphanedPolicies_check(t *testing.T) {
	c := onCLI(t)
	policy := c.JoinByHand(c.CopyByHand(c.Blue), acctest.ByWeight(0.05), false)
	w := c.Workspace()
	w.Write(c.ProviderBlock() + example(t, c.Env, "data-sources/cdn_orphaned_policies/data-source.tf"))
	if r := w.Must(0, "plan"); !r.Says("Check block assertion failed", "Left over: "+policy+" (primary is gone).") {
		t.Errorf("a policy is attached to nothing:\n%s", r.Output)
	}
	c.AttachByHand(c.Blue, policy)
	if r := w.Must(0, "plan"); r.Says("Check block assertion failed") {
		t.Errorf("nothing is left over:\n%s", r.Output)
	}
}

// A release that is pending says nothing in a check, and one that could not begin warns.
func TestAccPromotionStatus_check(t *testing.T) {
	c := onCLI(t)
	staging := c.CopyByHand(c.Blue)
	c.AttachByHand(c.Blue, c.JoinByHand(staging, acctest.ByWeight(0.05), false))
	c.EditByHand(staging, func(d *cftypes.DistributionConfig) { d.Comment = aws.String("next") })
	c.Settle()
	w := c.Workspace()
	hcl := example(t, c.Env, "data-sources/cdn_promotion_status/data-source.tf")
	for name, value := range map[string]string{"primary_distribution_id": c.Blue.ID, "staging_distribution_id": staging.ID} {
		hcl = strings.Replace(hcl, "cdn_staging_promotion.site."+name, fmt.Sprintf("%q", value), 1)
	}
	w.Write(c.ProviderBlock() + strings.Replace(hcl, "cdn_staging_promotion.site.settled_fingerprint", "null", 1))
	if r := w.Must(0, "plan"); r.Says("Check block assertion failed") {
		t.Errorf("a release is pending:\n%s", r.Output)
	}
	c.AttachByHand(c.Blue, "")
	if r := w.Must(0, "plan"); !r.Says("Check block assertion failed", "would stop before its first write", "The policy is not attached to the primary") {
		t.Errorf("the policy is not attached:\n%s", r.Output)
	}
}
