package clients

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// TestTheAWSCLIMovesANameBetweenTwoProfiles goes through the guide's move with a profile for
// each account: that of the target is a role there.
func TestTheAWSCLIMovesANameBetweenTwoProfiles(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	const other = "111122223333"
	c.world.AddAccount(other)
	role := c.world.Identity().AddRole(sts.Role{Name: "mover", Account: other, Trusts: []string{"arn:aws:iam::" + c.world.Account() + ":root"}})
	session := c.do("sts", "assume-role", "--role-arn", role, "--role-session-name", "cli")
	profiles := c.file("config", fmt.Sprintf("[profile source]\naws_access_key_id=AKIDCLIENT\naws_secret_access_key=secret\n[profile target]\naws_access_key_id=%s\naws_secret_access_key=%s\naws_session_token=%s\n",
		session.text("Credentials", "AccessKeyId"), session.text("Credentials", "SecretAccessKey"), session.text("Credentials", "SessionToken")))
	c.more = []string{"AWS_CONFIG_FILE=" + strings.TrimPrefix(profiles, "file://")}
	source := func(args ...string) []string { return append(args, "--profile", "source") }
	target := func(args ...string) []string { return append(args, "--profile", "target") }
	if got := c.do(target("sts", "get-caller-identity")...).text("Account"); got != other {
		t.Fatalf("the target's account is %q", got)
	}

	create := func(as func(...string) []string, aliases string) document {
		arn := c.do(as("acm", "request-certificate", "--domain-name", "www.example.com", "--validation-method", "DNS")...).text("CertificateArn")
		d := strings.Replace(distributionConfig, "POLICY", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad", 1)
		d = strings.TrimSuffix(d, "}") + `, "ViewerCertificate": {"ACMCertificateArn": "` + arn + `", "SSLSupportMethod": "sni-only"}, "Aliases": ` + aliases + `}`
		out := c.do(as("cloudfront", "create-distribution", "--distribution-config", c.file("d.json", d))...)
		c.do(as("cloudfront", "wait", "distribution-deployed", "--id", out.text("Distribution", "Id"))...)
		return out
	}
	from := create(source, `{"Quantity": 1, "Items": ["www.example.com"]}`)
	to := create(target, `{"Quantity": 0}`)
	fromID, toID := from.text("Distribution", "Id"), to.text("Distribution", "Id")
	c.refused("NoSuchDistribution", target("cloudfront", "get-distribution", "--id", fromID)...)

	conflict := c.do(target("cloudfront", "list-conflicting-aliases", "--distribution-id", toID, "--alias", "www.example.com")...)
	if id := conflict.text("ConflictingAliasesList", "Items", 0, "DistributionId"); id != strings.Repeat("*", len(fromID)/2)+fromID[len(fromID)/2:] {
		t.Errorf("the source is shown as %q", id)
	}
	zone := c.do(source("route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "1")...).text("HostedZone", "Id")
	c.refused("AccessDenied", target("route53", "list-resource-record-sets", "--hosted-zone-id", zone)...)
	c.do(source("route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", c.file("txt.json",
		`{"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "_www.example.com", "Type": "TXT", "TTL": 60,
		"ResourceRecords": [{"Value": "\"`+to.text("Distribution", "DomainName")+`\""}]}}]}`))...)
	move := target("cloudfront", "associate-alias", "--target-distribution-id", toID, "--alias", "www.example.com")
	c.refused("IllegalUpdate", move...) // the source is enabled

	got := c.do(source("cloudfront", "get-distribution-config", "--id", fromID)...)
	config, ok := got.at("DistributionConfig").(map[string]any)
	if !ok {
		t.Fatalf("no configuration in %v", got)
	}
	config["Enabled"] = false
	disabled, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	c.do(source("cloudfront", "update-distribution", "--id", fromID, "--if-match", got.text("ETag"), "--distribution-config", c.file("off.json", string(disabled)))...)
	if r := c.run(move...); r.exit != 0 {
		t.Fatalf("the move: exit %d, %s", r.exit, r.stderr)
	}
	if got := c.do(target("cloudfront", "get-distribution", "--id", toID)...).text("Distribution", "DistributionConfig", "Aliases", "Items", 0); got != "www.example.com" {
		t.Errorf("the target has %q", got)
	}
}
