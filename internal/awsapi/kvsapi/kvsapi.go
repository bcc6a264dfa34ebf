// Package kvsapi reads and conditionally writes keys of CloudFront key value stores. Stores
// themselves, and the functions that read them, belong to package cloudfrontapi: another service.
//
// Nothing tells when a write has arrived at an edge location.
package kvsapi

import (
	"context"
	"errors"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	smithyendpoints "github.com/aws/smithy-go/endpoints"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Client is safe for concurrent use. It signs with Signature Version 4A, which refuses the
// session tokens that the global endpoint of STS gives to accounts that have not changed it.
// Source: Developer Guide, restrictions on CloudFront Functions.
type Client struct {
	api *kvs.Client
	who aws.CredentialsProvider
}

// New returns a client; endpoint is empty for AWS's own.
func New(cfg aws.Config, endpoint string) *Client {
	return &Client{who: cfg.Credentials, api: kvs.NewFromConfig(cfg, func(o *kvs.Options) {
		o.Region = awsapi.Region
		if endpoint == "" && o.BaseEndpoint != nil { // of the environment
			endpoint = *o.BaseEndpoint
		}
		if o.BaseEndpoint = nil; endpoint != "" {
			o.EndpointResolverV2 = at{endpoint, kvs.NewDefaultEndpointResolverV2()}
		}
	})}
}

// at is an address other than AWS's. The rules of the service would put the account's id in
// front of its host, which no gateway has; how to sign is left to them.
type at struct {
	address string
	rules   kvs.EndpointResolverV2
}

// ResolveEndpoint implements kvs.EndpointResolverV2.
func (a at) ResolveEndpoint(ctx context.Context, p kvs.EndpointParameters) (smithyendpoints.Endpoint, error) {
	uri, err := url.Parse(a.address)
	if err != nil {
		return smithyendpoints.Endpoint{}, err
	}
	e, err := a.rules.ResolveEndpoint(ctx, p)
	e.URI = *uri
	return e, err
}

// A tokenError is a refusal that may be for the session token's sake: whoever refuses does not say so.
type tokenError struct{ error }

// Unwrap implements the interface of errors.Is.
func (e tokenError) Unwrap() []error { return []error{e.error, awsapi.ErrSessionToken} }

// wrap is awsapi.Wrap that knows what the call was signed with.
func (c *Client) wrap(ctx context.Context, doing string, err error) error {
	err = awsapi.Wrap(ctx, doing, err)
	refused := errors.Is(err, awsapi.ErrDenied) || errors.Is(err, awsapi.ErrCredentials) && !errors.Is(err, awsapi.ErrExpired)
	if !refused || c.who == nil {
		return err
	}
	if is, unknown := c.who.Retrieve(ctx); unknown == nil && is.SessionToken != "" {
		return tokenError{err}
	}
	return err
}

// A Value is what a store has under a key.
type Value struct {
	Text   string
	Exists bool
	ETag   string // of the whole store: the condition of a write to any of its keys
}

var errNotAnAnswer = errors.New("the answer is not one of a key value store")

// Get reads a key of a store by the store's ARN. Whatever is written between its two calls is
// met by the condition of the next write. Source: DescribeKeyValueStore, GetKey. Errors: ErrNotFound
// of the store.
func (c *Client) Get(ctx context.Context, store, key string) (Value, error) {
	doing := "reading key " + key + " of " + store
	described, err := c.api.DescribeKeyValueStore(ctx, &kvs.DescribeKeyValueStoreInput{KvsARN: aws.String(store)})
	if err == nil && described.ETag == nil {
		err = errNotAnAnswer
	}
	if err != nil {
		return Value{}, c.wrap(ctx, doing, err)
	}
	v := Value{ETag: aws.ToString(described.ETag)}
	if aws.ToInt32(described.ItemCount) == 0 { // GetKey would call an empty store and a missing one by one name
		return v, nil
	}
	out, err := c.api.GetKey(ctx, &kvs.GetKeyInput{KvsARN: aws.String(store), Key: aws.String(key)})
	if err == nil && out.Value == nil {
		err = errNotAnAnswer
	}
	err = c.wrap(ctx, doing, err)
	if errors.Is(err, awsapi.ErrNotFound) {
		return v, nil
	}
	if err != nil {
		return Value{}, err
	}
	v.Text, v.Exists = aws.ToString(out.Value), true
	return v, nil
}

// Put writes a key, on condition that nobody has written to the store since it was seen. A
// failure of the service makes the SDK send it again, so our own write can come back as ErrStale.
// Source: PutKey, whose refusal of an old ETag is a conflict (409). Errors: ErrStale, ErrNotFound.
func (c *Client) Put(ctx context.Context, store, key string, seen Value, text string) error {
	_, err := c.api.PutKey(ctx, &kvs.PutKeyInput{KvsARN: aws.String(store), Key: aws.String(key), IfMatch: aws.String(seen.ETag), Value: aws.String(text)})
	return c.wrap(ctx, "writing key "+key+" of "+store, err)
}
