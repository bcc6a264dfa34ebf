package acmapi_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/acmapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func config(rt http.RoundTripper, region string) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: rt}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
}

// CloudFront's certificates are in us-east-1, wherever the provider is configured for.
func TestNamesAreThoseOfTheCertificateInNorthVirginia(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		out, err := acm.NewFromConfig(config(sim.Transport(), "us-east-1")).RequestCertificate(t.Context(), &acm.RequestCertificateInput{
			DomainName: aws.String("Example.com"), SubjectAlternativeNames: []string{"*.Example.com", "example.org"},
		})
		if err != nil {
			t.Fatal(err)
		}
		client := acmapi.New(config(sim.Transport(), "eu-central-1"), "", clock.System{})
		sim.Faults().Add(fault.Fault{Operation: "DescribeCertificate", Kind: fault.ServerFail, Count: 1})
		if _, err := client.Names(t.Context(), *out.CertificateArn); !errors.Is(err, awsapi.ErrAmbiguous) {
			t.Fatalf("answered %v", err)
		}
		before := sim.Journal().Seq()
		for range 3 { // a failure is not kept, an answer is
			names, err := client.Names(t.Context(), *out.CertificateArn)
			for _, want := range []string{"example.com", "*.example.com", "example.org"} {
				if err != nil || !slices.Contains(names, want) {
					t.Errorf("names %v (%v), want %s among them", names, err, want)
				}
			}
		}
		certificate, err := client.Certificate(t.Context(), *out.CertificateArn)
		if err != nil || certificate.Status != "ISSUED" || !certificate.NotAfter.After(clock.System{}.Now()) {
			t.Errorf("certificate %+v (%v)", certificate, err)
		}
		if n := sim.Journal().Seq() - before; n != 1 {
			t.Errorf("%d calls for one certificate", n)
		}
	})
}

func TestACertificateThatIsGoneIsNotFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		client := acmapi.New(config(sim.Transport(), "us-east-1"), "", clock.System{})
		const arn = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
		if names, err := client.Names(t.Context(), arn); !errors.Is(err, awsapi.ErrNotFound) {
			t.Errorf("answered %v, %v", names, err)
		}
		sim.Allow("cloudfront:GetDistribution")
		if names, err := client.Names(t.Context(), arn); !errors.Is(err, awsapi.ErrDenied) {
			t.Errorf("answered %v, %v", names, err)
		}
	})
}
