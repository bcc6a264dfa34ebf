// Package conformance asks the simulator the questions that the AWS SDK for Go
// asks AWS. It has tests only, and it knows the simulator through its wire alone:
// the same suite could be pointed at AWS.
package conformance

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// client is one AWS account as the SDK sees it.
type client struct {
	*testing.T
	cf  *cloudfront.Client
	acm *acm.Client
	sts *sts.Client
	ctx context.Context
	sim *awssim.World
	ref int
}

// inBubble runs f against a fresh world in which time passes by itself.
func inBubble(t *testing.T, f func(*client), turn ...func(*knob.Knobs)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		for _, k := range turn {
			sim.Turn(k)
		}
		f(connect(t, sim))
		audit(t, sim)
	})
}

// seen are the operations that some test of this package saw succeed.
var (
	seenMu sync.Mutex
	seen   = map[string]bool{}
)

// audit fails a test in which the simulator answered what no model has, and notes
// what was asked of it.
func audit(t *testing.T, sim *awssim.World) {
	t.Helper()
	for _, mistake := range sim.Mistakes() {
		t.Error(mistake)
	}
	seenMu.Lock()
	defer seenMu.Unlock()
	for _, c := range sim.Journal().Calls(0) {
		if c.Status < http.StatusMultipleChoices {
			seen[c.Service+" "+c.Operation] = true
		}
	}
}

// TestMain sees to it that the whole suite, if it is run as a whole, asks for every
// operation that is served: so every answer is held against its model.
func TestMain(m *testing.M) {
	code := m.Run()
	if flag.Lookup("test.run").Value.String() == "" && code == 0 {
		for _, op := range awssim.New(awssim.Options{}).Operations() {
			name := op.Service + " " + op.Name
			// No zone here can be signed, so there is never a signature to take off.
			if op.Served && !seen[name] && name != "route53 DisableHostedZoneDNSSEC" {
				fmt.Fprintf(os.Stderr, "no test of this package calls %s of %s successfully\n", op.Name, op.Service)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// now and pass are the time of the test's bubble.
func now() time.Time { return clock.System{}.Now() }

func pass(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

func connect(t *testing.T, sim *awssim.World) *client {
	cfg := aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient: &http.Client{Transport: sim.Transport()}, RetryMaxAttempts: 1,
	}
	return &client{T: t, sim: sim, ctx: t.Context(), cf: cloudfront.NewFromConfig(cfg), acm: acm.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg)}
}

// code is the AWS error code of err.
func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// want fails unless err carries an error code.
func (c *client) want(err error, want string) {
	c.Helper()
	if got := code(err); got != want {
		c.Errorf("answered %q (%v), want %s", got, err, want)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// certificate requests one for these names.
func (c *client) certificate(names ...string) string {
	in := &acm.RequestCertificateInput{DomainName: &names[0], ValidationMethod: acmtypes.ValidationMethodDns}
	if len(names) > 1 {
		in.SubjectAlternativeNames = names[1:]
	}
	return *must(c.acm.RequestCertificate(c.ctx, in)).CertificateArn
}

// config is a small configuration with a certificate ("" for none) and aliases.
func (c *client) config(arn string, aliases ...string) *types.DistributionConfig {
	c.ref++
	cfg := &types.DistributionConfig{
		CallerReference: aws.String(now().String() + string(rune('a'+c.ref))),
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{
			Id: aws.String("o"), DomainName: aws.String("origin.example.net"),
			CustomOriginConfig: &types.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpOnly},
		}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{
			TargetOriginId: aws.String("o"), ViewerProtocolPolicy: types.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
		},
		Comment: aws.String(""), Enabled: aws.Bool(true),
	}
	if arn != "" {
		cfg.ViewerCertificate = &types.ViewerCertificate{ACMCertificateArn: &arn, SSLSupportMethod: types.SSLSupportMethodSniOnly}
	}
	if len(aliases) > 0 {
		cfg.Aliases = &types.Aliases{Quantity: aws.Int32(int32(len(aliases))), Items: aliases}
	}
	return cfg
}

func (c *client) create(cfg *types.DistributionConfig) (id, etag string) {
	c.Helper()
	out, err := c.cf.CreateDistribution(c.ctx, &cloudfront.CreateDistributionInput{DistributionConfig: cfg})
	if err != nil {
		c.Fatal(err)
	}
	return *out.Distribution.Id, *out.ETag
}

func (c *client) get(id string) *cloudfront.GetDistributionOutput {
	c.Helper()
	out, err := c.cf.GetDistribution(c.ctx, &cloudfront.GetDistributionInput{Id: &id})
	if err != nil {
		c.Fatal(err)
	}
	return out
}

// deployed waits as every tool does, with the SDK's own waiter.
func (c *client) deployed(id string) {
	c.Helper()
	if err := cloudfront.NewDistributionDeployedWaiter(c.cf).Wait(c.ctx, &cloudfront.GetDistributionInput{Id: &id}, 35*time.Minute); err != nil {
		c.Fatal(err)
	}
}

func (c *client) move(name, to, etag string) (*cloudfront.UpdateDomainAssociationOutput, error) {
	return c.cf.UpdateDomainAssociation(c.ctx, &cloudfront.UpdateDomainAssociationInput{
		Domain: &name, TargetResource: &types.DistributionResourceId{DistributionId: &to}, IfMatch: &etag,
	})
}

func equal[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
