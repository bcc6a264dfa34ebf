package bluegreenswitch_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// A badInput is a configuration or a world that has to be refused.
type badInput struct {
	name  string
	names []string
	zones []string
	world func(e *acctest.Env) // makes the world wrong
	edit  func(e *acctest.Env, c acctest.Config)
	core  func(c *acctest.Core)
	// update: the switch exists, and the next change meets the world.
	update bool
}

func side(c acctest.Config, name string) map[string]any {
	return c["sides"].(map[string]any)[name].(map[string]any)
}

func zone(c acctest.Config, domain string) map[string]any {
	return c["dns"].(map[string]any)[domain].(map[string]any)
}

func probe(c acctest.Config, gate string) map[string]any {
	return c["verify"].(map[string]any)[gate].(map[string]any)["probes"].([]any)[0].(map[string]any)
}

// gateOf replaces a gate.
func gateOf(c acctest.Config, name string, gate map[string]any) {
	c["verify"].(map[string]any)[name] = gate
}

func badInputs() []badInput {
	return []badInput{
		{name: "unknown side in live", edit: func(_ *acctest.Env, c acctest.Config) { c["live"] = "purple" }},
		{name: "approval without a pause", edit: func(_ *acctest.Env, c acctest.Config) { c["approval"], c["approval_window"] = "0123456789ab", "24h" }},
		{name: "approval that is a word", edit: func(_ *acctest.Env, c acctest.Config) { c["pause_before"], c["approval"] = "first_traffic", "yes" }},
		{name: "pause before nothing", edit: func(_ *acctest.Env, c acctest.Config) { c["pause_before"] = "promotion" }},
		{name: "create that would wait", edit: func(_ *acctest.Env, c acctest.Config) { c["pause_before"] = "full_traffic" }},
		{name: "no side", edit: func(_ *acctest.Env, c acctest.Config) { c["sides"] = map[string]any{} }},
		{name: "no alias", edit: func(_ *acctest.Env, c acctest.Config) { c["aliases"] = []string{} }},
		{name: "same distribution twice", edit: func(e *acctest.Env, c acctest.Config) { side(c, "green")["distribution_id"] = e.Blue.ID }},
		{name: "distribution ARN", edit: func(e *acctest.Env, c acctest.Config) {
			side(c, "green")["distribution_id"] = "arn:aws:cloudfront::123456789012:distribution/" + e.Green.ID
		}},
		{name: "side name", edit: func(e *acctest.Env, c acctest.Config) {
			c["sides"].(map[string]any)["Green Side"] = map[string]any{"distribution_id": "E0123456789"}
		}},
		{name: "malformed alias", edit: func(_ *acctest.Env, c acctest.Config) {
			c["aliases"] = []string{"https://www.example.com/", "w*.example.com", "under score.example.com", "www.example.com.", "localhost", "WWW2.example.com"}
		}},
		{name: "duplicate alias by case", edit: func(_ *acctest.Env, c acctest.Config) { c["aliases"] = []string{"www.example.com", "WWW.example.com"} }},
		{name: "test alias that moves", edit: func(_ *acctest.Env, c acctest.Config) { side(c, "green")["test_alias"] = "www.example.com" }},
		{name: "alias outside every zone", edit: func(_ *acctest.Env, c acctest.Config) { c["aliases"] = []string{"www.example.com", "www.example.net"} }},
		{name: "zone without an alias", zones: []string{"example.com", "example.net"}},
		{name: "CNAME at the apex", names: []string{"example.com"}, edit: func(_ *acctest.Env, c acctest.Config) { zone(c, "example.com")["type"] = "CNAME" }},
		{name: "lower_ttl of an alias record", edit: func(_ *acctest.Env, c acctest.Config) { zone(c, "example.com")["lower_ttl"] = 10 }},
		{name: "lower_ttl that is not lower", edit: func(_ *acctest.Env, c acctest.Config) {
			zone(c, "example.com")["type"], zone(c, "example.com")["lower_ttl"] = "CNAME", 60
		}},
		{name: "invalidation paths", edit: func(_ *acctest.Env, c acctest.Config) { c["invalidate"] = []string{"index.html", "/*/logo.png"} }},
		{name: "more wildcards than one invalidation may have", edit: func(_ *acctest.Env, c acctest.Config) {
			var many []string
			for i := range 16 {
				many = append(many, fmt.Sprintf("/%d*", i))
			}
			c["invalidate"] = many
		}},
		{name: "no invalidation path", edit: func(_ *acctest.Env, c acctest.Config) { c["invalidate"] = []string{} }},
		{name: "negative durations", edit: func(_ *acctest.Env, c acctest.Config) {
			c["bake_time"] = "-5m"
			c["timeouts"] = map[string]any{"update": "-1h"}
		}},
		{name: "bake longer than the timeout", edit: func(_ *acctest.Env, c acctest.Config) { c["bake_time"] = "2h" }},
		{name: "unparsable duration", edit: func(_ *acctest.Env, c acctest.Config) { c["bake_time"] = "5 minutes" }},
		{name: "unparsable regular expression", edit: func(_ *acctest.Env, c acctest.Config) { probe(c, "after")["body_matches"] = "(?<!no)ok" }},
		{name: "url without scheme", edit: func(_ *acctest.Env, c acctest.Config) {
			delete(probe(c, "after"), "path")
			probe(c, "after")["url"] = "www.example.com/health"
		}},
		{name: "url and path", edit: func(_ *acctest.Env, c acctest.Config) { probe(c, "after")["url"] = "https://www.example.com/health" }},
		{name: "neither url nor path", edit: func(_ *acctest.Env, c acctest.Config) { delete(probe(c, "after"), "path") }},
		{name: "connect_to before the move", edit: func(_ *acctest.Env, c acctest.Config) { probe(c, "before")["connect_to"] = "d1.cloudfront.net:443" }},
		{name: "production name before the move", edit: func(_ *acctest.Env, c acctest.Config) {
			delete(probe(c, "before"), "path")
			probe(c, "before")["url"] = "https://www.example.com/health"
		}},
		{name: "Host header", edit: func(_ *acctest.Env, c acctest.Config) {
			probe(c, "before")["headers"] = map[string]any{"Host": "www.example.com"}
		}},
		{name: "empty gate", edit: func(_ *acctest.Env, c acctest.Config) { gateOf(c, "after", map[string]any{"interval": "5s"}) }},
		{name: "metric without bounds", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"metrics": []any{map[string]any{"name": "5xxErrorRate"}}})
		}},
		{name: "metric whose bounds exclude everything", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"metrics": []any{map[string]any{"name": "5xxErrorRate", "minimum": 5, "maximum": 1}}})
		}},
		{name: "metric of nobody", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"metrics": []any{map[string]any{"name": "HTTPCode_Target_5XX_Count", "namespace": "AWS/ApplicationELB", "maximum": 1}}})
		}},
		{name: "metric of two", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"metrics": []any{map[string]any{"name": "Requests", "dimensions": map[string]any{"DistributionId": "E1", "Region": "Global"}, "of": "live", "maximum": 1}}})
		}},
		{name: "metric of CloudFront in another region", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"metrics": []any{map[string]any{"name": "5xxErrorRate", "maximum": 1, "region": "eu-west-1"}}})
		}},
		{name: "period that CloudWatch has not", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"metrics": []any{map[string]any{"name": "5xxErrorRate", "maximum": 1, "period": "90s"}}})
		}},
		{name: "statistic that CloudWatch has not", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"metrics": []any{map[string]any{"name": "5xxErrorRate", "maximum": 1, "statistic": "Median"}}})
		}},
		{name: "the same alarm twice", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"alarms": []any{map[string]any{"name": "errors"}, map[string]any{"name": "errors"}}})
		}},
		{name: "comparison that is sure of everything", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"comparison": map[string]any{"confidence": 1, "tolerance": 0}})
		}},
		{name: "comparison without a baseline", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"comparison": map[string]any{}})
			delete(c["sides"].(map[string]any), "blue")
		}},
		{name: "unknown on_failure", edit: func(_ *acctest.Env, c acctest.Config) { c["on_failure"] = "panic" }},
		{name: "remove_and_add without consent", edit: func(_ *acctest.Env, c acctest.Config) { c["method"] = "remove_and_add" }},
		{name: "wildcard_overlap at the apex", names: []string{"example.com", "www.example.com"}, edit: func(_ *acctest.Env, c acctest.Config) { c["method"] = "wildcard_overlap" }},
		{name: "keep_wildcard without one", edit: func(_ *acctest.Env, c acctest.Config) { c["keep_wildcard"] = true }},
		{name: "unknown method", edit: func(_ *acctest.Env, c acctest.Config) { c["method"] = "magic" }},
		{name: "certificate that does not cover the wildcard", edit: func(_ *acctest.Env, c acctest.Config) { c["method"] = "wildcard_overlap" }, world: func(e *acctest.Env) {
			arn := e.Certify("www.example.com")
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
				c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.Certificate = aws.String(arn), nil //nolint:staticcheck // the deprecated member comes back from AWS and would contradict
			})
			e.Settle()
		}},
		{name: "wildcard owned by a third distribution", edit: func(_ *acctest.Env, c acctest.Config) { c["method"] = "wildcard_overlap" }, world: func(e *acctest.Env) {
			e.Distribute("third", func(c *cftypes.DistributionConfig) {
				c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{"*.example.com"}}
			})
			e.Settle()
		}},
		{name: "alarm that does not exist", edit: func(_ *acctest.Env, c acctest.Config) {
			gateOf(c, "after", map[string]any{"alarms": []any{map[string]any{"name": "errors", "region": "eu-west-1"}}})
		}},
		{name: "half a key pair", core: func(c *acctest.Core) { delete(c.Provider, "secret_key") }},

		{name: "distribution that does not exist", edit: func(_ *acctest.Env, c acctest.Config) { side(c, "green")["distribution_id"] = "E0NOSUCHTHING" }},
		{name: "target disabled", world: func(e *acctest.Env) {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
			e.Settle()
		}},
		{name: "target disabled, seen by the refresh", update: true, world: func(e *acctest.Env) {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
			e.Settle()
		}},
		{name: "certificate that does not cover", world: func(e *acctest.Env) {
			arn := e.Certify("*.example.org")
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
				c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.Certificate = aws.String(arn), nil //nolint:staticcheck // the deprecated member comes back from AWS and would contradict
			})
			e.Settle()
		}},
		{name: "no certificate", world: func(e *acctest.Env) {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
				c.ViewerCertificate = &cftypes.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
			})
			e.Settle()
		}},
		{name: "staging distribution as a side", edit: func(e *acctest.Env, c acctest.Config) {
			staging := e.Distribute("staging", func(c *cftypes.DistributionConfig) { c.Staging = aws.Bool(true) })
			e.Settle()
			side(c, "green")["distribution_id"] = staging.ID
		}},
		{name: "alias owned by a third distribution", world: func(e *acctest.Env) {
			third := e.Distribute("third", nil)
			e.Settle()
			e.MoveByHand("www.example.com", third)
			e.Settle()
		}},
		{name: "record that points elsewhere", world: func(e *acctest.Env) {
			e.PointByHand("www.example.com", e.Distribute("third", nil).Domain, r53types.RRTypeA)
		}},
		{name: "weighted record", names: []string{"www.example.com"}, world: func(e *acctest.Env) {
			target := &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)}
			e.ChangeByHand("www.example.com",
				r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{Name: aws.String("www.example.com"), Type: r53types.RRTypeA, AliasTarget: target}},
				r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{Name: aws.String("www.example.com"), Type: r53types.RRTypeA, AliasTarget: target, SetIdentifier: aws.String("blue"), Weight: aws.Int64(10)}})
		}},
		{name: "zone of another domain", zones: []string{"example.com", "example.net"}, edit: func(e *acctest.Env, c acctest.Config) {
			c["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.net"]}}
		}},
		{name: "zone that does not exist", edit: func(_ *acctest.Env, c acctest.Config) { zone(c, "example.com")["zone_id"] = "Z00000000000" }},
		{name: "expired credentials", world: func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"})
		}},
		{name: "access denied", world: func(e *acctest.Env) {
			e.World.Allow("cloudfront:GetDistribution", "route53:GetHostedZone", "route53:GetChange", "route53:ListResourceRecordSets", "acm:DescribeCertificate")
		}},
		{name: "unreachable endpoint", core: func(c *acctest.Core) {
			c.World.Transport = acctest.Unreachable{}
		}},
	}
}

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range badInputs() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				golden.Said(t, "bad", bad.name, bad.run(t))
			})
		})
	}
}

// run returns what plan and apply say, and fails if they changed anything.
func (bad badInput) run(t *testing.T) string {
	t.Helper()
	s := site("www.example.com")
	if bad.names != nil {
		s.Names = bad.names
	}
	if bad.zones != nil {
		s.Zones = bad.zones
	}
	e := acctest.New(t, s)
	c := core(e)
	if bad.update {
		introduced(t, e, c)
	}
	if bad.world != nil {
		bad.world(e)
	}
	config := switchTo(e, "green")
	if bad.edit != nil {
		bad.edit(e, config)
	}
	if bad.core != nil {
		bad.core(c)
	}
	said := e.Refused(c, config)
	if !bad.update && !c.State.IsNull() {
		t.Errorf("left a state behind: %s", c.State)
	}
	return said
}
