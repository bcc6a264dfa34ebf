package promotionstatus_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const secret = "correct-horse-battery-staple"

// A rig is blue with a staging distribution that is a copy of it, joined by a policy.
type rig struct {
	*acctest.Env
	staging acctest.Distribution
	policy  string
}

func joined(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: time.Minute}})
		r := &rig{Env: e}
		e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) {
			c.Origins.Items[0].CustomHeaders = &cftypes.CustomHeaders{Quantity: aws.Int32(1), Items: []cftypes.OriginCustomHeader{
				{HeaderName: aws.String("X-Origin-Verify"), HeaderValue: aws.String(secret)},
			}}
		})
		r.staging = e.CopyByHand(e.Blue)
		r.policy = e.JoinByHand(r.staging, sticky(), false)
		e.AttachByHand(e.Blue, r.policy)
		e.Settle()
		test(t, r)
	})
}

// sticky sends five percent, in sessions.
func sticky() *cftypes.TrafficConfig {
	out := acctest.ByWeight(0.05)
	out.SingleWeightConfig.SessionStickinessConfig = &cftypes.SessionStickinessConfig{IdleTTL: aws.Int32(300), MaximumTTL: aws.Int32(600)}
	return out
}

// stage gives staging another origin and another secret.
func (r *rig) stage() {
	r.EditByHand(r.staging, func(c *cftypes.DistributionConfig) {
		c.Origins.Items[0].DomainName = aws.String("next.origin.test")
		c.Origins.Items[0].CustomHeaders.Items[0].HeaderValue = aws.String(secret + "-too")
	})
	r.Settle()
}

// at walks into a value: "primary.etag", "differences.0.field".
func at(t *testing.T, v tftypes.Value, path string) string {
	t.Helper()
	for step := range strings.SplitSeq(path, ".") {
		var members map[string]tftypes.Value
		var elements []tftypes.Value
		switch {
		case v.As(&members) == nil:
			v = members[step]
		case v.As(&elements) == nil && int(step[0]-'0') < len(elements):
			v = elements[step[0]-'0']
		default:
			t.Fatalf("there is no %s", path)
		}
	}
	return v.String()
}

// ask reads the data source, which writes nothing and says nothing beside its answer.
func (r *rig) ask(t *testing.T, changes ...acctest.Config) tftypes.Value {
	t.Helper()
	c := acctest.Config{"primary_distribution_id": r.Blue.ID}
	for _, change := range changes {
		maps.Copy(c, change)
	}
	out, err := acctest.NewData("cdn_promotion_status", clock.System{}, r.World.Transport()).Read(t.Context(), c)
	if err != nil || len(out.Diags) > 0 {
		t.Fatal(err, out.Diags)
	}
	if w := r.Writes(0); len(w) > 0 {
		t.Errorf("wrote %s", w[0].Operation)
	}
	if strings.Contains(out.Value.String(), secret) {
		t.Error("the value of a header is in state")
	}
	return out.Value
}

func expect(t *testing.T, v tftypes.Value, want map[string]string) {
	t.Helper()
	for path, want := range want {
		got := at(t, v, path)
		if want == "null" && !strings.Contains(got, "null") || want != "null" && !strings.Contains(got, `"`+want+`"`) {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

func TestAReleaseIsSeenFromItsChangeToItsEnd(t *testing.T) {
	t.Parallel()
	joined(t, func(t *testing.T, r *rig) {
		v := r.ask(t)
		expect(t, v, map[string]string{
			"status": "in_sync", "canary": "false", "blocked_by": "null", "primary.id": r.Blue.ID, "primary.enabled": "true", "primary.deployed": "true",
			"staging.id": r.staging.ID, "staging.domain_name": strings.ToLower(r.staging.Domain), "policy.id": r.policy, "policy.attached": "true",
			"policy.enabled": "false", "policy.weight": "5", "policy.header": "null", "policy.session_stickiness.idle_ttl": "300", "policy.session_stickiness.maximum_ttl": "600",
		})
		settled, etag := at(t, v, "primary.fingerprint"), at(t, v, "staging.etag")
		if got := at(t, v, "staging.fingerprint"); got != settled {
			t.Errorf("staging has %s, the primary %s", got, settled)
		}
		known := acctest.Config{"settled_fingerprint": text(settled)}

		r.stage()
		v = r.ask(t, known)
		expect(t, v, map[string]string{
			"status": "pending", "canary": "false", "blocked_by": "null", "differences.0.field": "Origins/origin/CustomHeaders/X-Origin-Verify/HeaderValue", "differences.0.locked": "false",
			"differences.1.field": "Origins/origin/DomainName", "differences.1.primary": "blue.origin.test", "differences.1.staging": "next.origin.test",
		})
		if report := at(t, v, "report"); !strings.Contains(report, "Its release is pending.") || !strings.Contains(report, "Origins/origin/DomainName: blue.origin.test, next.origin.test") {
			t.Error(report)
		}
		if at(t, v, "staging.etag") == etag || !strings.Contains(at(t, v, "differences.0.primary"), `"sha256:`) {
			t.Errorf("staging has %s, and the header %s", at(t, v, "staging.etag"), at(t, v, "differences.0.primary"))
		}

		r.TurnByHand(r.policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(true) })
		v = r.ask(t, known)
		expect(t, v, map[string]string{"status": "pending", "canary": "true", "policy.enabled": "true"})
		if report := at(t, v, "report"); !strings.Contains(report, "Staging gets 5 % of the viewers.") {
			t.Error(report)
		}

		// Promoted by hands: who knows what was settled tells that from being in sync.
		r.TurnByHand(r.policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) })
		release := func(c *cftypes.DistributionConfig) {
			next := r.Config(r.staging)
			c.Origins, c.DefaultCacheBehavior, c.Comment = next.Origins, next.DefaultCacheBehavior, next.Comment
		}
		r.EditByHand(r.Blue, release)
		expect(t, r.ask(t), map[string]string{"status": "in_sync", "primary.deployed": "false"})
		expect(t, r.ask(t, known), map[string]string{"status": "unproven"})

		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("mistake.origin.test") })
		expect(t, r.ask(t), map[string]string{"status": "pending"})
		v = r.ask(t, known)
		expect(t, v, map[string]string{"status": "drifted", "blocked_by": "primary_drifted"})
		if report := at(t, v, "report"); !strings.Contains(report, "In the way: Somebody else has changed the primary.") {
			t.Error(report)
		}
	})
}

// text is a string value without the type that its printing has.
func text(printed string) string {
	_, after, _ := strings.Cut(printed, `"`)
	before, _, _ := strings.Cut(after, `"`)
	return before
}

// However things stand, that is an answer and no error.
func TestAnUnhealthyWorldIsAnAnswer(t *testing.T) {
	t.Parallel()
	joined(t, func(t *testing.T, r *rig) {
		r.stage()
		// It is not enough that staging is named: the primary has to have the policy.
		r.AttachByHand(r.Blue, "")
		r.Settle()
		expect(t, r.ask(t), map[string]string{"status": "blocked", "blocked_by": "staging_missing", "staging": "null", "policy": "null"})
		named := acctest.Config{"staging_distribution_id": r.staging.ID}
		expect(t, r.ask(t, named), map[string]string{"status": "blocked", "blocked_by": "not_attached", "staging.id": r.staging.ID, "policy.id": r.policy, "policy.attached": "false"})

		// Locked settings differ.
		r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
		v := r.ask(t, named)
		expect(t, v, map[string]string{"status": "blocked", "blocked_by": "locked_fields"})
		if got := at(t, v, "differences.2.locked"); !strings.Contains(at(t, v, "differences.2.field"), "PriceClass") || !strings.Contains(got, "true") {
			t.Errorf("%s is locked: %s", at(t, v, "differences.2.field"), got)
		}

		r.ForgetByHand(r.policy)
		expect(t, r.ask(t, named), map[string]string{"status": "blocked", "blocked_by": "policy_missing", "policy": "null"})
		expect(t, r.ask(t, acctest.Config{"staging_distribution_id": r.Green.ID}), map[string]string{"status": "blocked", "blocked_by": "not_staging"})
		expect(t, r.ask(t, acctest.Config{"staging_distribution_id": "E0NOSUCHTHING"}), map[string]string{"status": "blocked", "blocked_by": "staging_missing", "staging": "null"})
		v = r.ask(t, acctest.Config{"primary_distribution_id": "E0NOSUCHTHING"}, named)
		expect(t, v, map[string]string{"status": "blocked", "blocked_by": "primary_missing", "primary": "null"})
		if report := at(t, v, "report"); !strings.Contains(report, "In the way: The primary distribution does not exist.") {
			t.Error(report)
		}
	})
}

func TestACanaryByHeaderHasNoWeight(t *testing.T) {
	t.Parallel()
	joined(t, func(t *testing.T, r *rig) {
		r.TurnByHand(r.policy, func(c *cftypes.ContinuousDeploymentPolicyConfig) {
			c.TrafficConfig = &cftypes.TrafficConfig{
				Type:               cftypes.ContinuousDeploymentPolicyTypeSingleHeader,
				SingleHeaderConfig: &cftypes.ContinuousDeploymentSingleHeaderConfig{Header: aws.String("aws-cf-cd-canary"), Value: aws.String("yes")},
			}
		})
		expect(t, r.ask(t), map[string]string{"policy.weight": "null", "policy.header.name": "aws-cf-cd-canary", "policy.header.value": "yes", "policy.session_stickiness": "null"})
	})
}
