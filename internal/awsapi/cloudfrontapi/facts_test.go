package cloudfrontapi_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
)

func TestFactsAreWhatCloudFrontIsConfiguredToDo(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		d := s.read(s.distribute(everything(s), www))
		got := d.Facts()
		if d.Status != "InProgress" || d.ARN != "arn:aws:cloudfront::"+account+":distribution/"+d.ID {
			s.Errorf("status %q, ARN %q", d.Status, d.ARN)
		}
		if got.HTTPVersion != "http2and3" || got.PriceClass != "PriceClass_100" || !strings.HasPrefix(got.WebACL, "arn:aws:wafv2:") || got.DefaultRootObject != "index.html" ||
			got.MinimumTLS != "TLSv1.2_2021" || got.SSLSupport != "sni-only" || got.DeploymentPolicy != "" {
			s.Errorf("facts %+v", got)
		}
		if len(got.Origins) != 2 || got.Origins[0].ID != "origin" || len(got.Origins[0].Headers) == 0 || got.Origins[1].AccessControl == "" {
			s.Errorf("origins %+v", got.Origins)
		}
		if want := []cloudfrontapi.OriginGroup{{ID: "group", Members: []string{"origin", "bucket"}}}; !reflect.DeepEqual(got.OriginGroups, want) {
			s.Errorf("groups %+v", got.OriginGroups)
		}
		var paths []string
		for _, b := range got.Behaviors {
			paths = append(paths, fmt.Sprint(b.PathPattern, " ", b.TargetOrigin, " ", b.ViewerProtocol, " ", len(b.Functions), " ", len(b.Lambdas)))
		}
		want := []string{"/api/* group https-only 0 1", "/old/* origin allow-all 0 0", "* origin redirect-to-https 1 0"}
		if !reflect.DeepEqual(paths, want) {
			s.Errorf("behaviours %q, want %q", paths, want)
		}
		if got.Behaviors[0].TTL != nil || !got.Behaviors[0].Lambdas[0].Body || !reflect.DeepEqual(got.Behaviors[1].TTL, &cloudfrontapi.TTL{Default: 60, Max: 600}) || got.Behaviors[2].Name != cloudfrontapi.DefaultBehavior {
			s.Errorf("behaviours %+v", got.Behaviors)
		}
		_, doc := s.document(d.ID)
		for _, secret := range headerValues(doc) {
			if strings.Contains(fmt.Sprintf("%+v", got), secret) {
				s.Errorf("the value of a header, %q, is among the facts", secret)
			}
		}
	})
}

func headerValues(doc string) []string {
	var out []string
	for _, part := range strings.Split(doc, "<HeaderValue>")[1:] {
		value, _, _ := strings.Cut(part, "<")
		out = append(out, value)
	}
	return out
}

func TestTheDefaultCertificateHasNoMinimumThatAnybodyChose(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		f := s.read(s.distribute(withDefaultCertificate)).Facts()
		if f.MinimumTLS != "" || f.SSLSupport != "" {
			s.Errorf("facts %+v", f)
		}
	})
}

func withDefaultCertificate(c *types.DistributionConfig) {
	c.ViewerCertificate = &types.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
}
