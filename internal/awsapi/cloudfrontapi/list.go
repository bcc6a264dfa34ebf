package cloudfrontapi

import (
	"context"
	"errors"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Listing is what ListDistributions says of one distribution.
type Listing struct {
	Summary
	Comment string
	Tenants bool // it serves tenants, and has no names of its own
}

// List lists the distributions of the account, a page for each hundred, as AWS has them now and
// for as long as somebody wants more. An error ends it. Source: ListDistributions.
func (c *Client) List(ctx context.Context) iter.Seq2[Listing, error] {
	return func(yield func(Listing, error) bool) {
		pages := cloudfront.NewListDistributionsPaginator(c.api, &cloudfront.ListDistributionsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err == nil && page.DistributionList == nil {
				err = errNotAList
			}
			if err != nil {
				yield(Listing{}, awsapi.Wrap(ctx, "listing distributions", err))
				return
			}
			for _, d := range page.DistributionList.Items {
				if !yield(Listing{Summary: summary(d), Comment: aws.ToString(d.Comment), Tenants: d.ConnectionMode == types.ConnectionModeTenantOnly}, nil) {
					return
				}
			}
		}
	}
}

var errNotAList = errors.New("the answer holds no list of distributions")
