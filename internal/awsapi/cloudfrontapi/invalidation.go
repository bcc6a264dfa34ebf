package cloudfrontapi

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// Invalidate asks for paths of a distribution to be dropped from every edge
// location, and returns the invalidation's id. Asked again with the same reference
// and paths, CloudFront returns the invalidation it made the first time. Source:
// CreateInvalidation. Errors: ErrNotFound, ErrThrottled (also while too many are in
// progress), ErrRefused.
func (c *Client) Invalidate(ctx context.Context, id, reference string, paths []string) (string, error) {
	out, err := c.api.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{
		DistributionId: aws.String(id),
		InvalidationBatch: &types.InvalidationBatch{
			CallerReference: aws.String(reference),
			Paths:           &types.Paths{Items: paths, Quantity: aws.Int32(int32(len(paths)))}, //nolint:gosec // at most 3000
		},
	})
	doing := fmt.Sprintf("invalidating %s on %s", strings.Join(paths, ", "), id)
	if err == nil && out.Invalidation == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return "", awsapi.Wrap(ctx, doing, err)
	}
	return aws.ToString(out.Invalidation.Id), nil
}

// Invalidated says whether every edge location has carried out an invalidation.
// Source: GetInvalidation. Errors: ErrNotFound, once CloudFront has forgotten it.
func (c *Client) Invalidated(ctx context.Context, id, invalidation string) (bool, error) {
	out, err := c.api.GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: aws.String(id), Id: aws.String(invalidation)})
	if err == nil && out.Invalidation == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return false, awsapi.Wrap(ctx, "reading invalidation "+invalidation, err)
	}
	return aws.ToString(out.Invalidation.Status) == completed, nil
}

// Invalidating lists the invalidations of a distribution that some edge location has
// yet to carry out, whoever asked for them. Source: ListInvalidations, newest first.
// Errors: ErrNotFound.
func (c *Client) Invalidating(ctx context.Context, id string) ([]string, error) {
	var out []string
	pages := cloudfront.NewListInvalidationsPaginator(c.api, &cloudfront.ListInvalidationsInput{DistributionId: aws.String(id)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err == nil && page.InvalidationList == nil {
			err = errNotAnAnswer
		}
		if err != nil {
			return nil, awsapi.Wrap(ctx, "listing the invalidations of "+id, err)
		}
		known := len(out)
		for _, i := range page.InvalidationList.Items {
			if aws.ToString(i.Status) != completed {
				out = append(out, aws.ToString(i.Id))
			}
		}
		if len(out) == known { // those before them were finished first, and there may be years of them
			break
		}
	}
	return out, nil
}

// completed is the status of an invalidation that every edge location has carried out.
const completed = "Completed"
