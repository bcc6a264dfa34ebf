package stagingpromotion_test

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// With hashicorp/aws: what staging gets and the release of it in one apply, and nothing
// left to do after it.
func TestAccBesideHashicorpAWS_release(t *testing.T) {
	acctest.NeedAWSProvider(t)
	c := acctest.NewCLI(t, acctest.Site{Names: []string{"elsewhere.example.net"}, NoRecords: true})
	w := c.Beside()
	raw, err := os.ReadFile("testdata/beside/release.tf")
	if err != nil {
		t.Fatal(err)
	}
	w.Put("cdn.tf", c.ProviderBlock())
	w.Put("release.tf", string(raw))
	primary := func() string {
		t.Helper()
		id, _ := w.State("cdn_staging_promotion.www")["primary_distribution_id"].(string)
		got, err := c.CloudFront.GetDistributionConfig(context.Background(), &cloudfront.GetDistributionConfigInput{Id: aws.String(id)})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(got.DistributionConfig.Origins.Items[0].OriginPath)
	}
	for _, build := range []string{"1", "2"} {
		w.Must(0, "apply", "-auto-approve", "-var=build="+build)
		if got := primary(); got != "/builds/"+build {
			t.Errorf("the primary serves %s, want build %s", got, build)
		}
		w.Must(0, "plan", "-detailed-exitcode", "-var=build="+build)
	}
	w.Must(0, "destroy", "-auto-approve", "-var=build=2")
	left, err := c.CloudFront.ListDistributions(context.Background(), &cloudfront.ListDistributionsInput{})
	if err != nil || aws.ToInt32(left.DistributionList.Quantity) != 2 { // the two of the other site
		t.Errorf("distributions are left: %d %v", aws.ToInt32(left.DistributionList.Quantity), err)
	}
}
