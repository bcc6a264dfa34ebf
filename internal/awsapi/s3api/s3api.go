// Package s3api keeps small objects in a bucket, conditionally, and reads the policies
// of buckets. It creates no bucket and deletes nothing.
package s3api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Client is safe for concurrent use.
type Client struct{ api *s3.Client }

// New returns a client for the configured region; endpoint is empty for AWS's own.
func New(cfg aws.Config, endpoint string) *Client {
	return &Client{s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		// Nobody resolves the names of buckets under another address, one that the
		// environment names included, which is in BaseEndpoint already.
		o.UsePathStyle = o.BaseEndpoint != nil
	})}
}

// An Object is what a bucket has under a key.
type Object struct {
	Body []byte
	ETag string // "": there is no such object
}

// largest object that is read. A distribution's configuration has some ten kilobytes.
const largest = 4 << 20

// Get reads an object; one that does not exist is the zero value. S3 tells that it
// does not exist only to those who may list the bucket. Source: GetObject.
func (c *Client) Get(ctx context.Context, bucket, key string) (Object, error) {
	doing := fmt.Sprintf("reading %s in bucket %s", key, bucket)
	out, err := c.api.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String(key)})
	if missing(err) {
		return Object{}, nil
	}
	if err != nil {
		return Object{}, awsapi.Wrap(ctx, doing, err)
	}
	defer func() { _ = out.Body.Close() }() // nothing to be done about it
	body, err := io.ReadAll(io.LimitReader(out.Body, largest))
	if err != nil {
		return Object{}, awsapi.Wrap(ctx, doing, err)
	}
	return Object{Body: body, ETag: aws.ToString(out.ETag)}, nil
}

func missing(err error) bool {
	_, none := errors.AsType[*types.NoSuchKey](err)
	return none
}

// Put writes an object, on condition that it is as seen: with the zero value, that
// there is none. It is encrypted as the bucket says. Source: PutObject. Errors: ErrStale.
func (c *Client) Put(ctx context.Context, bucket, key string, seen Object, body []byte) (Object, error) {
	in := &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(body), ContentType: aws.String("application/json")}
	if seen.ETag == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(seen.ETag)
	}
	out, err := c.api.PutObject(ctx, in)
	if err != nil {
		return Object{}, awsapi.Wrap(ctx, fmt.Sprintf("writing %s in bucket %s", key, bucket), err)
	}
	return Object{Body: body, ETag: aws.ToString(out.ETag)}, nil
}

// BucketPolicy returns the policy of a bucket, "" if it has none. region is where the
// bucket is; empty: where the client is. Source: GetBucketPolicy. Errors: ErrNotFound,
// ErrDenied.
func (c *Client) BucketPolicy(ctx context.Context, bucket, region string) (string, error) {
	out, err := c.api.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucket)}, func(o *s3.Options) {
		if region != "" {
			o.Region = region
		}
	})
	if answer, ok := errors.AsType[smithy.APIError](err); ok && answer.ErrorCode() == "NoSuchBucketPolicy" {
		return "", nil // an error without a type of its own
	}
	if err != nil {
		return "", awsapi.Wrap(ctx, "reading the policy of bucket "+bucket, err)
	}
	return aws.ToString(out.Policy), nil
}
