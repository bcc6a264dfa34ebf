package cloudfrontapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// An Invalidation is a request to drop objects that CloudFront has taken.
type Invalidation struct {
	ID    string
	Items []string  // paths, and cache tags with # before them
	At    time.Time // when CloudFront took it
	Done  bool      // every edge location has carried it out
}

func invalidation(i *types.Invalidation) Invalidation {
	out := Invalidation{ID: aws.ToString(i.Id), At: aws.ToTime(i.CreateTime), Done: aws.ToString(i.Status) == completed}
	if b := i.InvalidationBatch; b != nil && b.Paths != nil {
		out.Items = b.Paths.Items
	}
	return out
}

// Invalidate asks for paths of a distribution, and for objects with cache tags (with # before
// them), to be dropped from every edge location. Asked again with the same reference
// and items, CloudFront returns the invalidation it made the first time, however long ago.
// Before it asks, it waits for its turn: see Quotas. Source: CreateInvalidation. Errors:
// ErrNotFound, ErrThrottled (also while too many are in progress), ErrRefused, awsapi.TooLarge.
func (c *Client) Invalidate(ctx context.Context, id, reference string, items []string) (Invalidation, error) {
	doing := fmt.Sprintf("invalidating %s on %s", brief(items), id)
	if err := c.quotas.Fits(items); err != nil {
		return Invalidation{}, fmt.Errorf("%s: %w", doing, err)
	}
	leave, err := c.admit(ctx, id, &batchSent{size: sizeOf(items)})
	if err != nil {
		return Invalidation{}, fmt.Errorf("%s: %w", doing, err)
	}
	out, err := c.api.CreateInvalidation(ctx, &cloudfront.CreateInvalidationInput{
		DistributionId: aws.String(id),
		InvalidationBatch: &types.InvalidationBatch{
			CallerReference: aws.String(reference),
			Paths:           &types.Paths{Items: items, Quantity: aws.Int32(int32(len(items)))}, //nolint:gosec // a few thousand at most
		},
	})
	if err == nil && out.Invalidation == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		leave("")
		return Invalidation{}, awsapi.Wrap(ctx, doing, err)
	}
	taken := invalidation(out.Invalidation)
	leave(taken.ID)
	if taken.Done {
		c.carriedOut(id, taken.ID)
	}
	return taken, nil
}

// brief lists what is to be dropped, as far as anybody would read on.
func brief(items []string) string {
	const most = 10
	if len(items) <= most {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:most], ", "), len(items)-most)
}

// Invalidation reads one. Source: GetInvalidation. Errors: ErrNotFound, once CloudFront has
// forgotten it.
func (c *Client) Invalidation(ctx context.Context, id, which string) (Invalidation, error) {
	out, err := c.api.GetInvalidation(ctx, &cloudfront.GetInvalidationInput{DistributionId: aws.String(id), Id: aws.String(which)})
	if err == nil && out.Invalidation == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return Invalidation{}, awsapi.Wrap(ctx, "reading invalidation "+which, err)
	}
	found := invalidation(out.Invalidation)
	if found.Done {
		c.carriedOut(id, which)
	}
	return found, nil
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
