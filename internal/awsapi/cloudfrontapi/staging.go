package cloudfrontapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// Copy makes a staging distribution, enabled, with the configuration of primary, on
// condition that primary is as observed. Asked again with the same reference, AWS
// answers ErrExists: CopyOf finds what was made. Source: CopyDistribution. Errors:
// ErrExists, ErrStale, ErrNotFound, ErrRefused.
func (c *Client) Copy(ctx context.Context, primary Distribution, reference string) (id string, err error) {
	out, err := c.api.CopyDistribution(ctx, &cloudfront.CopyDistributionInput{
		PrimaryDistributionId: aws.String(primary.ID), IfMatch: aws.String(primary.ETag),
		CallerReference: aws.String(reference), Staging: aws.Bool(true), Enabled: aws.Bool(true),
	})
	c.wrote()
	if err == nil && (out.Distribution == nil || out.Distribution.Id == nil) {
		err = errNotAnAnswer
	}
	if err != nil {
		return "", awsapi.Wrap(ctx, "copying distribution "+primary.ID, err)
	}
	return aws.ToString(out.Distribution.Id), nil
}

// Overrides are settings of a distribution, among those that continuous deployment
// lets differ. Nil means: as it is. Empty means empty.
type Overrides struct {
	Comment           *string
	DefaultRootObject *string
	Origins           map[string]OriginOverride // by id
	Default           *BehaviorOverride
	Behaviors         map[string]BehaviorOverride // by path pattern
	Errors            *[]ErrorResponse
}

// An OriginOverride changes where an origin is.
type OriginOverride struct{ Domain, Path *string }

// A BehaviorOverride changes what a cache behaviour does.
type BehaviorOverride struct {
	Origin                *string
	CachePolicy           *string // ids
	OriginRequestPolicy   *string
	ResponseHeadersPolicy *string
	Functions             *[]Function
	Lambdas               *[]Function
}

// A Function is a CloudFront Function or a version of a Lambda function at one event.
type Function struct {
	Event, ARN  string
	IncludeBody bool // of a Lambda function
}

// An ErrorResponse is a custom error response.
type ErrorResponse struct {
	Code         int32
	ResponseCode string // empty: the same
	Page         string // path; empty: none
	MinTTL       int64  // seconds
}

// A Change is a configuration that a distribution is to get.
type Change struct {
	Fingerprint string // that the distribution has afterwards
	// Missing names what the overrides are about and the configuration does not have.
	Missing []string
	// Refused is why the change cannot be written, nil if it can: one of the two
	// configurations has a setting that this build does not know (ErrUnknownElement).
	Refused error
	config  *types.DistributionConfig
	of      Distribution
	raw     []byte
}

// Needed says whether the change changes anything.
func (c Change) Needed() bool { return c.Fingerprint != c.of.Fingerprint || len(c.of.Aliases) > 0 }

// Edits says whether it changes more than names.
func (c Change) Edits() bool { return c.Fingerprint != c.of.Fingerprint }

// Differences lists what the change changes.
func (c Change) Differences() []Difference { return differences(c.of.raw, c.raw) }

// Overridden says what staging is to look like: the configuration of base, which may
// be itself or its primary, with overrides, enabled and without names. It sends nothing.
// What this build does not know of either decides nothing: it only stands in the way of
// writing the change.
func (c *Client) Overridden(ctx context.Context, staging, base Distribution, o Overrides) (Change, error) {
	doing := "changing " + staging.ID
	if staging.config == nil || base.config == nil || staging.raw == nil || base.raw == nil {
		return Change{}, fmt.Errorf("%s: %w", doing, awsapi.ErrStale)
	}
	var refused error
	for _, d := range []Distribution{staging, base} {
		switch _, err := c.render(ctx, doing, d, d.config, d.raw); {
		case errors.Is(err, awsapi.ErrUnknownElement):
			refused = err
		case err != nil:
			return Change{}, err
		}
	}
	raw, err := json.Marshal(base.config)
	if err != nil {
		return Change{}, fmt.Errorf("%s: %w", doing, err)
	}
	out := Change{config: &types.DistributionConfig{}, of: staging, Refused: refused}
	if err := json.Unmarshal(raw, out.config); err != nil { // a copy of its own: nobody else's is edited
		return Change{}, fmt.Errorf("%s: %w", doing, err)
	}
	was, is := staging.config, out.config
	is.CallerReference, is.ContinuousDeploymentPolicyId, is.Staging = was.CallerReference, was.ContinuousDeploymentPolicyId, was.Staging
	is.Enabled, is.Aliases = aws.Bool(true), &types.Aliases{Quantity: aws.Int32(0)}
	out.Missing = o.apply(is)
	if out.raw, err = c.render(ctx, doing, staging, is, nil); err != nil {
		return Change{}, err
	}
	out.Fingerprint = fingerprint(out.raw)
	return out, nil
}

// render returns what would be sent. With got it also says whether anything in it
// would be lost.
func (c *Client) render(ctx context.Context, doing string, d Distribution, cfg *types.DistributionConfig, got []byte) ([]byte, error) {
	guard := &preserving{raw: got, dry: true}
	_, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: aws.String(d.ETag), DistributionConfig: cfg}, guard.option)
	if err := guard.err(doing); err != nil {
		return nil, err
	}
	if !errors.Is(err, errDry) {
		return nil, awsapi.Wrap(ctx, doing, err)
	}
	return guard.sent, nil
}

// Configure carries a change out, on condition that the distribution is as observed.
// Source: UpdateDistribution. Errors: ErrStale, ErrRefused, ErrInUse, ErrUnknownElement.
func (c *Client) Configure(ctx context.Context, change Change) error {
	doing := "changing " + change.of.ID
	if change.config == nil {
		return fmt.Errorf("%s: %w", doing, awsapi.ErrStale)
	}
	if change.Refused != nil {
		return change.Refused
	}
	_, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{
		Id: aws.String(change.of.ID), IfMatch: aws.String(change.of.ETag), DistributionConfig: change.config,
	})
	c.wrote()
	return awsapi.Wrap(ctx, doing, awsapi.Hide(err, append(headerValues(change.of.config), headerValues(change.config)...)...))
}

// Disable turns a distribution off, on condition that it is as observed. Errors:
// ErrStale, ErrInUse while a policy names it, ErrUnknownElement.
func (c *Client) Disable(ctx context.Context, d Distribution) error {
	return c.able(ctx, "disabling "+d.ID, d, false)
}

// Enable turns a distribution on, likewise.
func (c *Client) Enable(ctx context.Context, d Distribution) error {
	return c.able(ctx, "enabling "+d.ID, d, true)
}

func (c *Client) able(ctx context.Context, doing string, d Distribution, enabled bool) error {
	if d.config == nil {
		return fmt.Errorf("%s: %w", doing, awsapi.ErrStale)
	}
	cfg := *d.config
	cfg.Enabled = aws.Bool(enabled)
	return c.update(ctx, doing, d, &cfg, "Enabled")
}

// Delete deletes a distribution, on condition that it is as observed. One that is gone
// is deleted. Errors: ErrStale, ErrInUse while it is enabled, deploying or named by a policy.
func (c *Client) Delete(ctx context.Context, d Distribution) error {
	_, err := c.api.DeleteDistribution(ctx, &cloudfront.DeleteDistributionInput{Id: aws.String(d.ID), IfMatch: aws.String(d.ETag)})
	c.wrote()
	if err = awsapi.Wrap(ctx, "deleting distribution "+d.ID, err); errors.Is(err, awsapi.ErrNotFound) {
		return nil
	}
	return err
}

// apply edits a configuration and names what it does not have.
func (o Overrides) apply(cfg *types.DistributionConfig) (missing []string) {
	if o.Comment != nil {
		cfg.Comment = o.Comment
	}
	if o.DefaultRootObject != nil {
		cfg.DefaultRootObject = o.DefaultRootObject
	}
	for _, id := range slices.Sorted(maps.Keys(o.Origins)) {
		i := -1
		if cfg.Origins != nil {
			i = slices.IndexFunc(cfg.Origins.Items, func(x types.Origin) bool { return aws.ToString(x.Id) == id })
		}
		if i < 0 {
			missing = append(missing, "origin "+id)
			continue
		}
		override(&cfg.Origins.Items[i].DomainName, o.Origins[id].Domain)
		override(&cfg.Origins.Items[i].OriginPath, o.Origins[id].Path)
	}
	if b := cfg.DefaultCacheBehavior; o.Default != nil && b != nil {
		legacy := legacy{&b.ForwardedValues, [3]**int64{&b.MinTTL, &b.DefaultTTL, &b.MaxTTL}} //nolint:staticcheck // deprecated, and still there
		o.Default.apply(&b.TargetOriginId, &b.CachePolicyId, &b.OriginRequestPolicyId, &b.ResponseHeadersPolicyId, &b.FunctionAssociations, &b.LambdaFunctionAssociations, legacy)
		missing = append(missing, unsupported("default", b.CachePolicyId, o.Default.OriginRequestPolicy)...)
	}
	for _, pattern := range slices.Sorted(maps.Keys(o.Behaviors)) {
		i := -1
		if cfg.CacheBehaviors != nil {
			i = slices.IndexFunc(cfg.CacheBehaviors.Items, func(x types.CacheBehavior) bool { return aws.ToString(x.PathPattern) == pattern })
		}
		if i < 0 {
			missing = append(missing, "cache behaviour "+pattern)
			continue
		}
		b, change := &cfg.CacheBehaviors.Items[i], o.Behaviors[pattern]
		legacy := legacy{&b.ForwardedValues, [3]**int64{&b.MinTTL, &b.DefaultTTL, &b.MaxTTL}} //nolint:staticcheck // deprecated, and still there
		change.apply(&b.TargetOriginId, &b.CachePolicyId, &b.OriginRequestPolicyId, &b.ResponseHeadersPolicyId, &b.FunctionAssociations, &b.LambdaFunctionAssociations, legacy)
		missing = append(missing, unsupported(pattern, b.CachePolicyId, change.OriginRequestPolicy)...)
	}
	if o.Errors != nil {
		cfg.CustomErrorResponses = errorResponses(*o.Errors)
	}
	return missing
}

func override(at **string, value *string) {
	if value != nil {
		*at = value
	}
}

// legacy are the settings of a cache behaviour that a cache policy stands in place of.
type legacy struct {
	forwarded **types.ForwardedValues
	ttls      [3]**int64
}

// unsupported names what an origin request policy needs and a behaviour does not have.
// CloudFront refuses the one without the other.
func unsupported(pattern string, cache, request *string) []string {
	if aws.ToString(request) == "" || aws.ToString(cache) != "" {
		return nil
	}
	return []string{"a cache policy in cache behaviour " + pattern + ", which an origin request policy needs"}
}

// apply edits one behaviour: the default one is of another type than the others. A cache
// policy takes the place of the legacy settings: CloudFront refuses both together.
func (b BehaviorOverride) apply(origin, cache, request, headers **string, functions **types.FunctionAssociations, lambdas **types.LambdaFunctionAssociations, was legacy) {
	override(origin, b.Origin)
	if aws.ToString(b.CachePolicy) != "" {
		*was.forwarded = nil
		for _, ttl := range was.ttls {
			*ttl = nil
		}
	}
	for _, p := range []struct{ at, value **string }{{cache, &b.CachePolicy}, {request, &b.OriginRequestPolicy}, {headers, &b.ResponseHeadersPolicy}} {
		if override(p.at, *p.value); aws.ToString(*p.at) == "" {
			*p.at = nil // an empty id is the id of nothing
		}
	}
	if b.Functions != nil {
		out := &types.FunctionAssociations{Quantity: quantity(len(*b.Functions))}
		for _, f := range *b.Functions {
			out.Items = append(out.Items, types.FunctionAssociation{EventType: types.EventType(f.Event), FunctionARN: aws.String(f.ARN)})
		}
		*functions = out
	}
	if b.Lambdas != nil {
		out := &types.LambdaFunctionAssociations{Quantity: quantity(len(*b.Lambdas))}
		for _, f := range *b.Lambdas {
			out.Items = append(out.Items, types.LambdaFunctionAssociation{EventType: types.EventType(f.Event), LambdaFunctionARN: aws.String(f.ARN), IncludeBody: aws.Bool(f.IncludeBody)})
		}
		*lambdas = out
	}
}

func errorResponses(list []ErrorResponse) *types.CustomErrorResponses {
	out := &types.CustomErrorResponses{Quantity: quantity(len(list))}
	for _, e := range list {
		x := types.CustomErrorResponse{ErrorCode: aws.Int32(e.Code), ErrorCachingMinTTL: aws.Int64(e.MinTTL)}
		if e.Page != "" { // both or neither, and CloudFront takes empty for neither
			x.ResponsePagePath, x.ResponseCode = aws.String(e.Page), aws.String(e.ResponseCode)
			if e.ResponseCode == "" {
				x.ResponseCode = aws.String(fmt.Sprint(e.Code))
			}
		}
		out.Items = append(out.Items, x)
	}
	return out
}

func quantity(n int) *int32 { return aws.Int32(int32(n)) } //nolint:gosec // at most a few hundred

// Origins returns where the origins of a distribution are, by id.
func (d Distribution) Origins() map[string]OriginOverride {
	out := map[string]OriginOverride{}
	if d.config == nil || d.config.Origins == nil {
		return out
	}
	for _, o := range d.config.Origins.Items {
		out[aws.ToString(o.Id)] = OriginOverride{Domain: aws.String(strings.ToLower(aws.ToString(o.DomainName))), Path: aws.String(aws.ToString(o.OriginPath))}
	}
	return out
}

// Actual returns what a distribution has where o has something to say: nil stays nil,
// and so do origins and behaviours that are not there.
func (d Distribution) Actual(o Overrides) Overrides {
	var out Overrides
	cfg := d.config
	if cfg == nil {
		return o
	}
	actual := func(asked, have *string) *string {
		if asked == nil {
			return nil
		}
		return aws.String(aws.ToString(have))
	}
	out.Comment, out.DefaultRootObject = actual(o.Comment, cfg.Comment), actual(o.DefaultRootObject, cfg.DefaultRootObject)
	if o.Origins != nil {
		out.Origins = map[string]OriginOverride{}
	}
	have := d.Origins()
	for id, asked := range o.Origins {
		if is, ok := have[id]; ok {
			out.Origins[id] = OriginOverride{Domain: actual(asked.Domain, is.Domain), Path: actual(asked.Path, is.Path)}
		}
	}
	behavior := func(asked BehaviorOverride, origin, cache, request, headers *string, functions *types.FunctionAssociations, lambdas *types.LambdaFunctionAssociations) BehaviorOverride {
		out := BehaviorOverride{
			Origin: actual(asked.Origin, origin), CachePolicy: actual(asked.CachePolicy, cache),
			OriginRequestPolicy: actual(asked.OriginRequestPolicy, request), ResponseHeadersPolicy: actual(asked.ResponseHeadersPolicy, headers),
		}
		if asked.Functions != nil {
			list := []Function{}
			if functions != nil {
				for _, f := range functions.Items {
					list = append(list, Function{Event: string(f.EventType), ARN: aws.ToString(f.FunctionARN)})
				}
			}
			out.Functions = &list
		}
		if asked.Lambdas != nil {
			list := []Function{}
			if lambdas != nil {
				for _, f := range lambdas.Items {
					list = append(list, Function{Event: string(f.EventType), ARN: aws.ToString(f.LambdaFunctionARN), IncludeBody: aws.ToBool(f.IncludeBody)})
				}
			}
			out.Lambdas = &list
		}
		return out
	}
	if b := cfg.DefaultCacheBehavior; o.Default != nil && b != nil {
		is := behavior(*o.Default, b.TargetOriginId, b.CachePolicyId, b.OriginRequestPolicyId, b.ResponseHeadersPolicyId, b.FunctionAssociations, b.LambdaFunctionAssociations)
		out.Default = &is
	}
	if o.Behaviors != nil {
		out.Behaviors = map[string]BehaviorOverride{}
	}
	if cfg.CacheBehaviors != nil {
		for _, b := range cfg.CacheBehaviors.Items {
			if asked, ok := o.Behaviors[aws.ToString(b.PathPattern)]; ok {
				out.Behaviors[aws.ToString(b.PathPattern)] = behavior(asked, b.TargetOriginId, b.CachePolicyId, b.OriginRequestPolicyId, b.ResponseHeadersPolicyId, b.FunctionAssociations, b.LambdaFunctionAssociations)
			}
		}
	}
	if o.Errors != nil {
		list := []ErrorResponse{}
		if cfg.CustomErrorResponses != nil {
			for _, e := range cfg.CustomErrorResponses.Items {
				list = append(list, ErrorResponse{Code: aws.ToInt32(e.ErrorCode), ResponseCode: aws.ToString(e.ResponseCode), Page: aws.ToString(e.ResponsePagePath), MinTTL: aws.ToInt64(e.ErrorCachingMinTTL)})
			}
		}
		out.Errors = &list
	}
	return out
}
