package stagingpromotion_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// beside is a configuration of both providers, and the world it is applied to. The
// primary is always an aws_cloudfront_distribution.
type beside struct {
	*acctest.Workspace
	t            *testing.T
	c            *acctest.CLI
	certificates []string
}

func newBeside(t *testing.T, files ...string) *beside {
	t.Helper()
	acctest.NeedAWSProvider(t)
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"elsewhere.example.net"}, NoRecords: true})
	b := &beside{Workspace: c.Beside(), t: t, c: c}
	b.Put("cdn.tf", c.ProviderBlock())
	for _, name := range append(files, "primary.tf") {
		raw, err := os.ReadFile("testdata/beside/" + name)
		if err != nil {
			t.Fatal(err)
		}
		b.Put(name, string(raw))
	}
	for range 2 {
		b.certificates = append(b.certificates, c.Certify(www))
	}
	return b
}

// with runs a command that has to exit with a code, with staging at an origin, and the
// nth certificate on both.
func (b *beside) with(exit int, origin string, certificate int, args ...string) acctest.Run {
	b.t.Helper()
	return b.Must(exit, slices.Concat(args, []string{"-var=origin=" + origin + ".origin.test", "-var=certificate=" + b.certificates[certificate]})...)
}

func (b *beside) primary() *cftypes.DistributionConfig {
	b.t.Helper()
	id, _ := b.State("aws_cloudfront_distribution.www")["id"].(string)
	if owner := b.c.Owner(www); owner != id {
		b.t.Errorf("%s is on %q, want the primary (%s)", www, owner, id)
	}
	return b.c.Config(acctest.Distribution{ID: id})
}

// expect fails the test unless the primary has an origin and a certificate, and nobody
// is at staging.
func (b *beside) expect(origin string, certificate int) {
	b.t.Helper()
	p := b.primary()
	if got := aws.ToString(p.Origins.Items[0].DomainName); got != origin+".origin.test" {
		b.t.Errorf("the primary serves from %s, want %s", got, origin)
	}
	if got := slices.Index(b.certificates, aws.ToString(p.ViewerCertificate.ACMCertificateArn)); got != certificate {
		b.t.Errorf("the primary has certificate %d, want %d", got, certificate)
	}
	for id, p := range b.c.Policies() {
		if aws.ToBool(p.Enabled) {
			b.t.Errorf("policy %s is enabled", id)
		}
	}
}

// releases goes from one release to the next in one apply, after which a plan is silent,
// and has one taken back.
func (b *beside) releases(certificate int) {
	b.t.Helper()
	b.with(0, "two", certificate, "apply", "-auto-approve")
	b.expect("two", certificate)
	b.with(0, "two", certificate, "plan", "-detailed-exitcode")

	b.c.World.Origins().Put("bad.origin.test", origin.State{Status: 503})
	if r := b.with(1, "bad", certificate, "apply", "-auto-approve"); !r.Says("Release failed and was rolled back") {
		b.t.Errorf("a release of what is sick says:\n%s", r.Output)
	}
	b.expect("two", certificate)
}

// destroys everything at once.
func (b *beside) destroys() {
	b.t.Helper()
	b.with(0, "bad", 0, "destroy", "-auto-approve")
	if left := b.c.Policies(); len(left) != 0 {
		b.t.Errorf("policies are left: %v", left)
	}
	left, err := b.c.CloudFront.ListDistributions(context.Background(), &cloudfront.ListDistributionsInput{})
	if err != nil || aws.ToInt32(left.DistributionList.Quantity) != 2 { // the two of the other site
		b.t.Errorf("distributions are left: %d %v", aws.ToInt32(left.DistributionList.Quantity), err)
	}
}

// guarded is the primary and its release with what the page has against a list that is
// missing.
func guarded(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("../../../templates/guides/beside-hashicorp-aws.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(raw), "Nothing in a plan of the promotion shows")
	_, hcl, _ := strings.Cut(section, "```terraform\n")
	hcl, _, _ = strings.Cut(hcl, "```\n")
	look, release, ok := strings.Cut(hcl, "resource \"cdn_staging_promotion\" \"www\" {\n")
	_, release, checks := strings.Cut(release, "\n  lifecycle {\n") // its other arguments are those of the primary's file
	primary, err := os.ReadFile("testdata/beside/primary.tf")
	if err != nil || !ok || !checks {
		t.Fatal(err, "the page has no such configuration: "+section)
	}
	return strings.TrimSuffix(strings.TrimSpace(string(primary)), "}") + "\n  lifecycle {\n" + release + look
}

// The whole life of a release, from nothing to nothing: what staging gets and its
// release in one apply, a release that is taken back, and one destroy. The first of the
// releases comes with another certificate, for which the policy has been detached.
func TestAccBesideHashicorpAWS_ours(t *testing.T) {
	b := newBeside(t, "copy.tf", "joined.tf")
	b.Put("primary.tf", guarded(t))
	b.with(0, "one", 0, "apply", "-auto-approve")
	b.expect("one", 0)
	b.with(0, "one", 0, "apply", "-auto-approve", "-var=attached=false")
	b.releases(1)
	if got := aws.ToString(b.primary().ContinuousDeploymentPolicyId); b.c.Policies()[got] == nil {
		t.Errorf("the primary has policy %q, and there are %v", got, b.c.Policies())
	}
	// Without the list the next plan of the primary takes the release back, and is stopped.
	b.Put("primary.tf", strings.Replace(guarded(t), "      origin, origin_group,", "      origin_group,", 1))
	if r := b.with(1, "two", 1, "plan"); !r.Says("Resource precondition failed", "This plan takes a release back") {
		t.Errorf("a forgotten list says:\n%s", r.Output)
	}
	b.Put("primary.tf", guarded(t))
	b.destroys()
}

// The same with a staging distribution and a policy of hashicorp/aws. It attaches in the
// apply of the first release: CloudFront takes no policy when a distribution is created.
func TestAccBesideHashicorpAWS_theirs(t *testing.T) {
	b := newBeside(t, "staging.tf", "policy.tf", "policy_override.tf")
	b.with(0, "one", 0, "apply", "-auto-approve", "-var=attached=false")
	b.expect("one", 0)
	b.releases(0)
	b.destroys()
}

// A certificate cannot be renewed in one apply, although Terraform would destroy the
// policy, renew on both, and create the policy anew, as replace_triggered_by asks for:
// with the certificate hashicorp/aws sends the id of the policy that is gone by then.
// The next apply finishes it, because its refresh has seen that there is none.
func TestAccBesideHashicorpAWS_certificate(t *testing.T) {
	b := newBeside(t, "staging.tf", "triggered.tf")
	b.with(0, "one", 0, "apply", "-auto-approve")
	if r := b.with(1, "one", 1, "apply", "-auto-approve"); !r.Says("NoSuchContinuousDeploymentPolicy") {
		t.Errorf("renewing it in one apply fails otherwise:\n%s", r.Output)
	}
	b.expect("one", 0)
	b.with(0, "one", 1, "apply", "-auto-approve")
	b.expect("one", 1)
	b.destroys()
}
