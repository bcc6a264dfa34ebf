package conformance

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/auth"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// tampering changes requests after they were signed.
type tampering struct {
	http.RoundTripper
	change func(*http.Request)
}

func (t tampering) RoundTrip(r *http.Request) (*http.Response, error) {
	t.change(r)
	return t.RoundTripper.RoundTrip(r)
}

// everywhere signs for every region at once.
type everywhere struct{}

func (everywhere) ResolveAuthSchemes(context.Context, *s3.AuthResolverParameters) ([]*auth.Option, error) {
	var props smithy.Properties
	smithyhttp.SetSigV4ASigningName(&props, "s3")
	smithyhttp.SetSigV4ASigningRegions(&props, []string{"*"})
	return []*auth.Option{{SchemeID: auth.SchemeIDSigV4A, SignerProperties: props}}, nil
}

// Signatures of version 4A, which have no region and a key pair derived from the secret.
func TestSignaturesOfVersion4AAreChecked(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		c.sim.Identity().AddUser(sts.User{Name: "ci", AccessKey: "AKIDCI", SecretKey: "good"})
		list := func(secret string, change func(*http.Request)) error {
			api := s3.NewFromConfig(aws.Config{
				Region: "us-east-1", HTTPClient: &http.Client{Transport: tampering{c.sim.Transport(), change}}, RetryMaxAttempts: 1,
				Credentials: credentials.NewStaticCredentialsProvider("AKIDCI", secret, ""),
			}, func(o *s3.Options) { o.AuthSchemeResolver = everywhere{} })
			_, err := api.ListBuckets(c.ctx, &s3.ListBucketsInput{})
			return err
		}
		signed := ""
		if err := list("good", func(r *http.Request) { signed = r.Header.Get("Authorization") }); err != nil || !strings.HasPrefix(signed, "AWS4-ECDSA-P256-SHA256 ") {
			t.Errorf("signed with %q: %v", signed, err)
		}
		c.want(list("wrong", func(*http.Request) {}), "SignatureDoesNotMatch")
		c.want(list("good", func(r *http.Request) { r.URL.RawQuery = "max-buckets=1" }), "SignatureDoesNotMatch")
		c.want(list("good", func(r *http.Request) { r.Header.Set("X-Amz-Region-Set", "eu-west-1") }), "SignatureDoesNotMatch")
		c.want(list("good", func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")+"00") }), "SignatureDoesNotMatch")
	})
}
