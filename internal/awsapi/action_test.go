package awsapi_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

func TestADenialNamesTheActionThatWasMissing(t *testing.T) {
	t.Parallel()
	own := map[string]string{"cloudfront": "cloudfront:GetDistribution", "route53": "route53:GetHostedZone", "acm": "acm:DescribeCertificate"}
	for message, want := range map[string]func(service string) string{
		"":                    func(service string) string { return own[service] },
		"You shall not pass.": func(service string) string { return own[service] },
		"User: arn:aws:iam::123456789012:user/x is not authorized to perform: cloudfront:UpdateDistribution on resource: arn:aws:cloudfront::123456789012:distribution/E1": func(string) string {
			return "cloudfront:UpdateDistribution"
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := awssim.New(awssim.Options{})
			sim.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: message})
			for service, err := range calls(t.Context(), config(sim.Transport())) {
				if got := awsapi.Action(err); got != want(service) {
					t.Errorf("%s, %q: %q, want %q", service, message, got, want(service))
				}
			}
		})
	}
	if got := awsapi.Action(errors.New("not authorized to perform: x:Y")); got != "" {
		t.Errorf("an error that is no denial names %q", got)
	}
}
