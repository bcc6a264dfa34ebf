package clients

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// cli is the AWS CLI, of whichever version is on PATH.
type cli struct {
	*aws
	dir  string
	more []string // of the environment
}

func newCLI(t *testing.T) *cli {
	t.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		t.Skip("SKIPPED: there is no AWS CLI on PATH, so nothing here shows that it works against the simulator")
	}
	return &cli{aws: newAWS(t), dir: t.TempDir()}
}

// file writes a file for file:// parameters and returns its name.
func (c *cli) file(name, content string) string {
	c.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		c.Fatal(err)
	}
	return "file://" + path
}

// run names the endpoint: a CLI of before 2.13 knows no variable for it, and would ask AWS.
func (c *cli) run(args ...string) run {
	c.Helper()
	return c.start(c.dir, c.environment(c.more...), "aws", append(args, "--endpoint-url", c.endpoint)...)
}

// do runs a command that is to succeed.
func (c *cli) do(args ...string) document {
	c.Helper()
	r := c.run(append(args, "--output", "json")...)
	if r.exit != 0 {
		c.Fatalf("aws %s: exit %d: %s%s", strings.Join(args, " "), r.exit, r.stdout, r.stderr)
	}
	if strings.TrimSpace(r.stdout) == "" || !strings.HasPrefix(strings.TrimSpace(r.stdout), "{") {
		return document{"": r.stdout}
	}
	return c.parse(r.stdout)
}

var errorLine = regexp.MustCompile(`An error occurred \(([^)]+)\)`)

// refused runs a command that is to fail with an error code.
func (c *cli) refused(code string, args ...string) {
	c.Helper()
	r := c.run(args...)
	m := errorLine.FindStringSubmatch(r.stderr)
	if r.exit == 0 || m == nil || m[1] != code {
		c.Errorf("aws %s: exit %d, %s; want %s", strings.Join(args, " "), r.exit, r.stderr, code)
	}
}

const distributionConfig = `{"CallerReference": "cli", "Comment": "made by the CLI", "Enabled": true,
  "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "cli.origin.test", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}}]},
  "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "CachePolicyId": "POLICY"}}`

const cliPolicy = `{"Name": "cli", "MinTTL": 1, "ParametersInCacheKeyAndForwardedToOrigin": {"EnableAcceptEncodingGzip": true,
  "HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"}, "QueryStringsConfig": {"QueryStringBehavior": "none"}}}`

func TestTheAWSCLIManagesASite(t *testing.T) {
	t.Parallel()
	c := newCLI(t)
	if got := c.do("sts", "get-caller-identity").text("Account"); got != c.world.Account() {
		t.Errorf("the account is %q", got)
	}

	policy := c.do("cloudfront", "create-cache-policy", "--cache-policy-config", c.file("policy.json", cliPolicy))
	policyID := policy.text("CachePolicy", "Id")
	d := c.do("cloudfront", "create-distribution", "--distribution-config", c.file("d.json", strings.Replace(distributionConfig, "POLICY", policyID, 1)))
	id := d.text("Distribution", "Id")
	if host, status := d.text("Distribution", "DomainName"), d.text("Distribution", "Status"); !strings.HasSuffix(host, ".cloudfront.net") || status != "InProgress" {
		t.Errorf("the distribution is %s, %s", host, status)
	}
	c.refused("CachePolicyInUse", "cloudfront", "delete-cache-policy", "--id", policyID, "--if-match", policy.text("ETag"))
	if got := c.do("cloudfront", "list-distributions-by-cache-policy-id", "--cache-policy-id", policyID).text("DistributionIdList", "Items", 0); got != id {
		t.Errorf("the distribution that uses the policy is %q", got)
	}
	c.do("cloudfront", "wait", "distribution-deployed", "--id", id)
	// A convenience of the CLI's own: it reads the whole configuration, changes one field and writes it back.
	c.do("cloudfront", "update-distribution", "--id", id, "--default-root-object", "index.html")
	c.refused("PreconditionFailed", "cloudfront", "delete-distribution", "--id", id, "--if-match", "EOLD")
	paths := c.do("cloudfront", "create-invalidation", "--distribution-id", id, "--paths", "/*", "/index.html")
	if got := paths.at("Invalidation", "InvalidationBatch", "Paths", "Quantity"); got != 2.0 {
		t.Errorf("%v paths are invalidated", got)
	}
	if got := c.do("cloudfront", "list-distributions").at("DistributionList", "Items", 0, "DefaultRootObject"); got != nil {
		t.Errorf("the summary has a member that the model does not: %v", got)
	}
	if got := c.do("cloudfront", "list-cache-policies", "--type", "managed").text("CachePolicyList", "Items", 0, "Type"); got != "managed" {
		t.Errorf("a managed policy is %q", got)
	}

	zone := c.do("route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "cli").text("HostedZone", "Id")
	batch := `{"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "www.example.com", "Type": "A", "AliasTarget":
	  {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "` + d.text("Distribution", "DomainName") + `", "EvaluateTargetHealth": false}}}]}`
	change := c.do("route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", c.file("batch.json", batch))
	c.do("route53", "wait", "resource-record-sets-changed", "--id", change.text("ChangeInfo", "Id"))
	c.refused("InvalidChangeBatch", "route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", c.file("batch.json", batch))
	if got := c.do("route53", "list-resource-record-sets", "--hosted-zone-id", zone, "--query", "{Items: ResourceRecordSets[?Type=='A'].Name}").text("Items", 0); got != "www.example.com." {
		t.Errorf("the record is %q", got)
	}

	certificate := c.do("acm", "request-certificate", "--domain-name", "www.example.com", "--validation-method", "DNS").text("CertificateArn")
	if got := c.do("acm", "describe-certificate", "--certificate-arn", certificate).text("Certificate", "Status"); got != "ISSUED" {
		t.Errorf("the certificate is %s", got)
	}

	c.do("s3", "mb", "s3://cli-site")
	c.file("index.html", "hello from the CLI")
	c.do("s3", "cp", filepath.Join(c.dir, "index.html"), "s3://cli-site/v1/index.html", "--cache-control", "max-age=60")
	if got := c.do("s3api", "head-object", "--bucket", "cli-site", "--key", "v1/index.html").text("CacheControl"); got != "max-age=60" {
		t.Errorf("the object's Cache-Control is %q", got)
	}
	c.refused("NoSuchBucketPolicy", "s3api", "get-bucket-policy", "--bucket", "cli-site")
	c.refused("BucketNotEmpty", "s3api", "delete-bucket", "--bucket", "cli-site")
	c.do("s3", "sync", "s3://cli-site/v1", filepath.Join(c.dir, "copy"))
	if raw, err := os.ReadFile(filepath.Join(c.dir, "copy", "index.html")); err != nil || string(raw) != "hello from the CLI" {
		t.Errorf("the copy is %q, %v", raw, err)
	}
	c.do("s3", "rb", "s3://cli-site", "--force")

	c.file("function.js", "function handler(event) { return event.request }")
	function := c.do("cloudfront", "create-function", "--name", "cli", "--function-config", "Comment=,Runtime=cloudfront-js-2.0", "--function-code", "fileb://"+filepath.Join(c.dir, "function.js"))
	c.do("cloudfront", "publish-function", "--name", "cli", "--if-match", function.text("ETag"))
	c.do("cloudfront", "get-function", "--name", "cli", "--stage", "LIVE", filepath.Join(c.dir, "live.js"))
	if raw, err := os.ReadFile(filepath.Join(c.dir, "live.js")); err != nil || !strings.HasPrefix(string(raw), "function handler") {
		t.Errorf("the live function is %q, %v", raw, err)
	}
	c.do("cloudfront", "delete-function", "--name", "cli", "--if-match", function.text("ETag"))

	c.do("cloudwatch", "put-metric-alarm", "--alarm-name", "cli", "--namespace", "AWS/CloudFront", "--metric-name", "5xxErrorRate", "--statistic", "Average", "--period", "60",
		"--evaluation-periods", "1", "--threshold", "5", "--comparison-operator", "GreaterThanThreshold", "--dimensions", "Name=DistributionId,Value="+id, "Name=Region,Value=Global")
	if got := c.do("cloudwatch", "describe-alarms", "--alarm-names", "cli").text("MetricAlarms", 0, "StateValue"); got != "INSUFFICIENT_DATA" {
		t.Errorf("the alarm is %s", got)
	}
	c.do("cloudwatch", "delete-alarms", "--alarm-names", "cli")
	c.refused("ResourceNotFound", "cloudwatch", "delete-alarms", "--alarm-names", "cli")

	c.do("route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", c.file("batch.json", strings.Replace(batch, "CREATE", "DELETE", 1)))
	c.do("route53", "delete-hosted-zone", "--id", zone)
	config := c.do("cloudfront", "get-distribution-config", "--id", id)
	config["DistributionConfig"].(map[string]any)["Enabled"] = false
	raw, err := json.Marshal(config["DistributionConfig"])
	if err != nil {
		t.Fatal(err)
	}
	disabled := c.do("cloudfront", "update-distribution", "--id", id, "--if-match", config.text("ETag"), "--distribution-config", c.file("d.json", string(raw)))
	c.do("cloudfront", "wait", "distribution-deployed", "--id", id)
	c.do("cloudfront", "delete-distribution", "--id", id, "--if-match", disabled.text("ETag"))
	c.refused("NoSuchDistribution", "cloudfront", "get-distribution", "--id", id)
	c.do("cloudfront", "delete-cache-policy", "--id", policyID, "--if-match", policy.text("ETag"))
	c.do("acm", "delete-certificate", "--certificate-arn", certificate)
	c.empty()
}
