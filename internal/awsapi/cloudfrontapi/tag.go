package cloudfrontapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// Tag gives a distribution a tag, by the distribution's ARN, beside those that it has. The
// configuration and its ETag stay as they are. Sent again it changes nothing. Source:
// TagResource. Errors: ErrNotFound, ErrDenied, ErrRefused (fifty tags at most).
func (c *Client) Tag(ctx context.Context, arn, key, value string) error {
	_, err := c.api.TagResource(ctx, &cloudfront.TagResourceInput{
		Resource: aws.String(arn), Tags: &types.Tags{Items: []types.Tag{{Key: aws.String(key), Value: aws.String(value)}}},
	})
	return awsapi.Wrap(ctx, "tagging "+arn, err)
}

// Tags reads the tags of a distribution by its ARN. Source: ListTagsForResource. Errors:
// ErrNotFound, ErrDenied.
func (c *Client) Tags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := c.api.ListTagsForResource(ctx, &cloudfront.ListTagsForResourceInput{Resource: aws.String(arn)})
	if err != nil {
		return nil, awsapi.Wrap(ctx, "reading the tags of "+arn, err)
	}
	tags := map[string]string{}
	if out.Tags != nil {
		for _, t := range out.Tags.Items {
			tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return tags, nil
}
