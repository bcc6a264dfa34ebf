package conformance

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// pair is a primary with a staging distribution behind a header, both deployed.
func (c *client) pair(cfg *types.DistributionConfig) (primary, staging string) {
	c.Helper()
	primary, _ = c.create(cfg)
	staged := c.copy(primary, "next").Distribution
	header := &types.TrafficConfig{Type: types.ContinuousDeploymentPolicyTypeSingleHeader, SingleHeaderConfig: &types.ContinuousDeploymentSingleHeaderConfig{
		Header: aws.String("aws-cf-cd-next"), Value: aws.String("yes"),
	}}
	made := must(c.cf.CreateContinuousDeploymentPolicy(c.ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: policy(*staged.DomainName, true, header)}))
	c.deployed(primary)
	if err := c.edit(primary, attach(*made.ContinuousDeploymentPolicy.Id)); err != nil {
		c.Fatal(err)
	}
	c.deployed(primary)
	c.deployed(*staged.Id)
	return primary, *staged.Id
}

// ask is what a viewer of the primary gets, with or without the header that leads to staging.
func (c *client) ask(primary string, staging bool) (status int, body string) {
	c.Helper()
	req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, "http://"+*c.get(primary).Distribution.DomainName+"/index.html", nil))
	if staging {
		req.Header.Set("Aws-Cf-Cd-Next", "yes")
	}
	resp := must(c.sim.Transport().RoundTrip(req))
	defer resp.Body.Close()
	return resp.StatusCode, string(must(io.ReadAll(resp.Body)))
}

func TestStagingHasMetricsOfItsOwn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		primary, staging := c.pair(c.config(""))
		c.sim.Origins().Put("origin.example.net", origin.State{Status: 503, Body: "no"})
		untilMinute()
		for range 3 {
			c.ask(primary, true)
		}
		c.sim.Origins().Reset("origin.example.net")
		for range 5 {
			c.ask(primary, false)
		}
		pass(5 * time.Minute)
		got := c.data(c.watch("us-east-1"), time.Hour,
			query("primary", ofDistribution(primary, "Requests"), "Sum", 60), query("staging", ofDistribution(staging, "Requests"), "Sum", 60),
			query("good", ofDistribution(primary, "5xxErrorRate"), "Average", 60), query("bad", ofDistribution(staging, "5xxErrorRate"), "Average", 60))
		equal(t, "requests of the primary", got["primary"], []float64{5})
		equal(t, "requests of staging", got["staging"], []float64{3})
		equal(t, "errors of the primary", got["good"], []float64{0})
		equal(t, "errors of staging", got["bad"], []float64{100})
	})
}

// The same bucket, the same access control: staging is refused until the policy names it too.
func TestABucketThatDoesNotKnowStagingRefusesIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api, name := c.storage("us-east-1"), aws.String("site")
		c.bucket(api, "site")
		must(c.put(api, "site", "index.html", "hello"))
		oac := must(c.cf.CreateOriginAccessControl(c.ctx, &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: &types.OriginAccessControlConfig{
			Name: aws.String("site"), SigningProtocol: "sigv4", SigningBehavior: "always", OriginAccessControlOriginType: "s3",
		}})).OriginAccessControl.Id
		cfg := c.config("")
		cfg.Origins.Items[0] = types.Origin{
			Id: aws.String("o"), DomainName: aws.String("site.s3.us-east-1.amazonaws.com"), S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}, OriginAccessControlId: oac,
		}
		primary, staging := c.pair(cfg)
		admit := func(ids string) {
			must(api.PutBucketPolicy(c.ctx, &s3.PutBucketPolicyInput{Bucket: name, Policy: aws.String(strings.Replace(readFor, `"arn:aws:cloudfront::123456789012:distribution/DISTRIBUTION"`, ids, 1))}))
		}
		arn := func(id string) string { return `"arn:aws:cloudfront::123456789012:distribution/` + id + `"` }
		admit(arn(primary))
		if status, body := c.ask(primary, false); status != http.StatusOK || body != "hello" {
			t.Errorf("the primary: %d %s", status, body)
		}
		if status, _ := c.ask(primary, true); status != http.StatusForbidden {
			t.Errorf("staging, which the policy does not name: %d", status)
		}
		admit("[" + arn(primary) + "," + arn(staging) + "]")
		if status, body := c.ask(primary, true); status != http.StatusOK || body != "hello" {
			t.Errorf("staging, once the policy names it: %d %s", status, body)
		}
	})
}
