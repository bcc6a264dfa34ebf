package cloudfrontapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	ours = "AKIDOURS" // the access key of the client under test
	www  = "www.example.com"
)

// A site is one simulated account: hands change it, client is under test.
type site struct {
	*testing.T
	sim         *awssim.World
	hands       *cloudfront.Client
	client      *cloudfrontapi.Client
	via         *way // of client
	certificate string
	count       int
}

// A way is a road to AWS on which a test can hold up answers.
type way struct {
	http.RoundTripper
	hold func(*http.Request) // called once the answer is there, before it arrives
}

// RoundTrip implements http.RoundTripper.
func (w *way) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(r)
	if w.hold != nil {
		w.hold(r)
	}
	return resp, err
}

// inBubble runs f against a fresh account in which time passes by itself.
func inBubble(t *testing.T, f func(*site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &site{T: t, sim: awssim.New(awssim.Options{Propagation: 4 * time.Minute})}
		s.hands = cloudfront.NewFromConfig(s.config("AKIDHANDS", s.sim.Transport()))
		out, err := acm.NewFromConfig(s.config("AKIDHANDS", s.sim.Transport())).RequestCertificate(t.Context(), &acm.RequestCertificateInput{
			DomainName: aws.String("example.com"), SubjectAlternativeNames: []string{"*.example.com"},
		}, func(o *acm.Options) { o.Region = "us-east-1" })
		s.must(err)
		s.certificate = aws.ToString(out.CertificateArn)
		s.client = s.process()
		f(s)
	})
}

func (s *site) config(key string, rt http.RoundTripper) aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: &http.Client{Transport: rt}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, "secret", ""),
	}
}

// process is a client as a process of its own would have.
func (s *site) process() *cloudfrontapi.Client {
	s.via = &way{RoundTripper: s.sim.Transport()}
	return cloudfrontapi.New(s.config(ours, s.via), "", clock.System{})
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// distribute creates a distribution with aliases by hand.
func (s *site) distribute(edit func(*types.DistributionConfig), aliases ...string) string {
	s.Helper()
	s.count++
	c := &types.DistributionConfig{
		CallerReference: aws.String(fmt.Sprint("reference ", s.count)), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &types.Origins{Quantity: aws.Int32(1), Items: []types.Origin{{
			Id: aws.String("origin"), DomainName: aws.String("origin.example.net"),
			CustomOriginConfig: &types.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: types.OriginProtocolPolicyHttpsOnly},
		}}},
		DefaultCacheBehavior: &types.DefaultCacheBehavior{
			TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: types.ViewerProtocolPolicyRedirectToHttps,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
		},
		ViewerCertificate: &types.ViewerCertificate{ACMCertificateArn: aws.String(s.certificate), SSLSupportMethod: types.SSLSupportMethodSniOnly, MinimumProtocolVersion: types.MinimumProtocolVersionTLSv122021},
		Aliases:           named(aliases),
	}
	if edit != nil {
		edit(c)
	}
	out, err := s.hands.CreateDistribution(s.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: c})
	s.must(err)
	return aws.ToString(out.Distribution.Id)
}

func named(names []string) *types.Aliases {
	return &types.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // a handful
}

// edit changes a distribution by hand.
func (s *site) edit(id string, change func(*types.DistributionConfig)) {
	s.Helper()
	got, err := s.hands.GetDistributionConfig(s.Context(), &cloudfront.GetDistributionConfigInput{Id: aws.String(id)})
	s.must(err)
	change(got.DistributionConfig)
	_, err = s.hands.UpdateDistribution(s.Context(), &cloudfront.UpdateDistributionInput{Id: aws.String(id), IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
	s.must(err)
	s.pass(time.Millisecond) // what others do happens at another instant than our reads
}

// settle waits until every change has propagated.
func (s *site) settle() { s.pass(time.Hour) }

func (s *site) pass(d time.Duration) {
	s.Helper()
	s.must(clock.System{}.Sleep(s.Context(), d))
}

func (s *site) now() time.Time { return clock.System{}.Now() }

// read looks at a distribution as it is now.
func (s *site) read(id string) cloudfrontapi.Distribution {
	s.Helper()
	d, err := s.client.Distribution(s.Context(), id, s.now())
	s.must(err)
	return d
}

// calls lists what the client under test has called since a call number.
func (s *site) calls(after int, operation string) []journal.Call {
	var out []journal.Call
	for _, c := range s.sim.Journal().Calls(after) {
		if c.AccessKey == ours && (operation == "" || c.Operation == operation) {
			out = append(out, c)
		}
	}
	return out
}

// raw sends a document as no SDK would.
func (s *site) raw(method, path, etag, body string) (*http.Response, string) {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, "https://cloudfront.amazonaws.com"+path, strings.NewReader(body))
	s.must(err)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDHANDS/20261121/us-east-1/cloudfront/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("Content-Type", "application/xml")
	if etag != "" {
		req.Header.Set("If-Match", etag)
	}
	resp, err := s.sim.Transport().RoundTrip(req)
	s.must(err)
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	s.must(err)
	return resp, string(out)
}

// document is a distribution's configuration as CloudFront has it.
func (s *site) document(id string) (etag, config string) {
	s.Helper()
	resp, body := s.raw(http.MethodGet, "/2020-05-31/distribution/"+id+"/config", "", "")
	if resp.StatusCode != http.StatusOK {
		s.Fatal(body)
	}
	return resp.Header.Get("ETag"), body
}

// rewrite edits the document itself, as a client newer than our SDK would.
func (s *site) rewrite(id string, change func(string) string) {
	s.Helper()
	etag, doc := s.document(id)
	changed := change(doc)
	if changed == doc {
		s.Fatal("nothing to change in " + doc)
	}
	if resp, body := s.raw(http.MethodPut, "/2020-05-31/distribution/"+id+"/config", etag, changed); resp.StatusCode != http.StatusOK {
		s.Fatal(body)
	}
	s.pass(time.Millisecond)
}

// cancelled is a context that has ended.
func cancelled(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

func owns(d cloudfrontapi.Distribution, name string) bool { return slices.Contains(d.Aliases, name) }
