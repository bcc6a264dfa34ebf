package cloudfrontapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A FieldName says which setting a Field is.
type FieldName string

// The settings that can be changed by themselves.
const (
	FieldTargetOrigin          FieldName = "origin_id" // of a behaviour, as all below but the last three
	FieldCachePolicy           FieldName = "cache_policy_id"
	FieldOriginRequestPolicy   FieldName = "origin_request_policy_id"
	FieldResponseHeadersPolicy FieldName = "response_headers_policy_id"
	FieldLambda                FieldName = "lambda_function" // of a behaviour at an event
	FieldFunction              FieldName = "function"        // likewise
	FieldOriginDomain          FieldName = "domain_name"     // of an origin
	FieldOriginPath            FieldName = "path"            // likewise
	FieldRootObject            FieldName = "default_root_object"
)

// DefaultBehavior stands for the default cache behaviour where a path pattern is asked for.
const DefaultBehavior = "default"

// A Field is one setting of a distribution.
type Field struct {
	Name     FieldName
	Behavior string // path pattern with its leading slash, or DefaultBehavior
	Origin   string // id
	Event    string // such as origin-request
}

// String is a field as people name it: "origin_id of /api/*".
func (f Field) String() string {
	name := string(f.Name)
	if f.Event != "" {
		name += " at " + f.Event
	}
	switch {
	case f.Behavior != "":
		return name + " of " + f.Behavior
	case f.Origin != "":
		return name + " of origin " + f.Origin
	}
	return name
}

// A FieldValue is what a field is set to; the zero value is nothing.
type FieldValue struct {
	Text string // id, ARN, path, or a domain name in lower case
	Body bool   // the Lambda function sees the body of requests
}

// A FieldChange sets a field that has one value to another.
type FieldChange struct {
	Field    Field
	From, To FieldValue
}

// slashed is a path pattern as CloudFront compares it. Source: Developer Guide, path
// pattern: the leading slash is optional.
func slashed(pattern string) string { return "/" + strings.TrimPrefix(pattern, "/") }

// A behaviorRef is a cache behaviour of either type.
type behaviorRef struct {
	pattern                        string
	origin, cache, request, header **string
	functions                      **types.FunctionAssociations
	lambdas                        **types.LambdaFunctionAssociations
	legacy                         bool
}

// behaviorsOf lists the behaviours of a configuration, the default one last.
func behaviorsOf(c *types.DistributionConfig) []behaviorRef {
	var out []behaviorRef
	if c.CacheBehaviors != nil {
		for i := range c.CacheBehaviors.Items {
			b := &c.CacheBehaviors.Items[i]
			out = append(out, behaviorRef{
				slashed(aws.ToString(b.PathPattern)), &b.TargetOriginId, &b.CachePolicyId, &b.OriginRequestPolicyId, &b.ResponseHeadersPolicyId,
				&b.FunctionAssociations, &b.LambdaFunctionAssociations, b.ForwardedValues != nil, //nolint:staticcheck // deprecated, and still there
			})
		}
	}
	if b := c.DefaultCacheBehavior; b != nil {
		out = append(out, behaviorRef{
			DefaultBehavior, &b.TargetOriginId, &b.CachePolicyId, &b.OriginRequestPolicyId, &b.ResponseHeadersPolicyId,
			&b.FunctionAssociations, &b.LambdaFunctionAssociations, b.ForwardedValues != nil, //nolint:staticcheck // deprecated, and still there
		})
	}
	return out
}

// Fields returns what every field of a distribution is set to. What is set to nothing is
// not in it.
func (d Distribution) Fields() map[Field]FieldValue {
	out := map[Field]FieldValue{}
	if d.config != nil {
		readFields(d.config, out)
	}
	return out
}

func readFields(c *types.DistributionConfig, out map[Field]FieldValue) {
	set := func(f Field, v FieldValue) {
		if v.Text != "" {
			out[f] = v
		}
	}
	set(Field{Name: FieldRootObject}, FieldValue{Text: aws.ToString(c.DefaultRootObject)})
	if c.Origins != nil {
		for _, o := range c.Origins.Items {
			id := aws.ToString(o.Id)
			set(Field{Name: FieldOriginDomain, Origin: id}, FieldValue{Text: strings.ToLower(aws.ToString(o.DomainName))})
			set(Field{Name: FieldOriginPath, Origin: id}, FieldValue{Text: aws.ToString(o.OriginPath)})
		}
	}
	for _, b := range behaviorsOf(c) {
		for name, at := range b.plain() {
			set(Field{Name: name, Behavior: b.pattern}, FieldValue{Text: aws.ToString(*at)})
		}
		if *b.functions != nil {
			for _, f := range (*b.functions).Items {
				set(Field{Name: FieldFunction, Behavior: b.pattern, Event: string(f.EventType)}, FieldValue{Text: aws.ToString(f.FunctionARN)})
			}
		}
		if *b.lambdas != nil {
			for _, f := range (*b.lambdas).Items {
				set(Field{Name: FieldLambda, Behavior: b.pattern, Event: string(f.EventType)}, FieldValue{Text: aws.ToString(f.LambdaFunctionARN), Body: aws.ToBool(f.IncludeBody)})
			}
		}
	}
}

// plain are the settings of a behaviour that are one value each.
func (b behaviorRef) plain() map[FieldName]**string {
	return map[FieldName]**string{FieldTargetOrigin: b.origin, FieldCachePolicy: b.cache, FieldOriginRequestPolicy: b.request, FieldResponseHeadersPolicy: b.header}
}

// BehaviorOrder lists the path patterns of the cache behaviours in their order, each with
// its leading slash, without the default one.
func (d Distribution) BehaviorOrder() []string {
	var out []string
	if d.config != nil && d.config.CacheBehaviors != nil {
		for _, b := range d.config.CacheBehaviors.Items {
			out = append(out, slashed(aws.ToString(b.PathPattern)))
		}
	}
	return out
}

// LegacyBehaviors lists the behaviours that have legacy cache settings in place of a cache
// policy.
func (d Distribution) LegacyBehaviors() []string {
	var out []string
	if d.config == nil {
		return nil
	}
	for _, b := range behaviorsOf(d.config) {
		if b.legacy {
			out = append(out, b.pattern)
		}
	}
	return out
}

// OriginUsers lists, by origin, the behaviours that get their answers from it, directly or
// from an origin group that it is a member of.
func (d Distribution) OriginUsers() map[string][]string {
	out := map[string][]string{}
	if d.config == nil {
		return out
	}
	members := map[string][]string{}
	for _, g := range d.Facts().OriginGroups {
		members[g.ID] = g.Members
	}
	for _, b := range behaviorsOf(d.config) {
		id := aws.ToString(*b.origin)
		for _, origin := range append([]string{id}, members[id]...) {
			if _, group := members[origin]; !group && !slices.Contains(out[origin], b.pattern) {
				out[origin] = append(out[origin], b.pattern)
			}
		}
	}
	return out
}

// CacheTagHeader is the header of origin responses in which a distribution reads cache
// tags, "" if it reads none.
func (d Distribution) CacheTagHeader() string {
	if d.config == nil || d.config.CacheTagConfig == nil {
		return ""
	}
	return aws.ToString(d.config.CacheTagConfig.HeaderName)
}

// edited is the configuration of a distribution with some fields changed. A field that is
// not as a change takes it to be is ErrStale; one that there is none of, ErrNotFound.
// Everything else is as it was.
func edited(d Distribution, changes []FieldChange) (*types.DistributionConfig, error) {
	raw, err := json.Marshal(d.config)
	if err != nil {
		return nil, err
	}
	c := &types.DistributionConfig{}
	if err := json.Unmarshal(raw, c); err != nil { // a copy of its own: nobody else's is edited
		return nil, err
	}
	have := d.Fields()
	for _, change := range changes {
		switch is := have[change.Field]; {
		case is == change.To:
			continue
		case is != change.From:
			return nil, fmt.Errorf("%s is %q, and not %q: %w", change.Field.Name, is.Text, change.From.Text, awsapi.ErrStale)
		case !set(c, change.Field, change.To):
			return nil, fmt.Errorf("%s of %s%s: %w", change.Field.Name, change.Field.Behavior, change.Field.Origin, awsapi.ErrNotFound)
		}
	}
	return c, nil
}

// set changes one field, and says whether there is what it belongs to.
func set(c *types.DistributionConfig, f Field, to FieldValue) bool {
	switch f.Name {
	case FieldRootObject:
		c.DefaultRootObject = aws.String(to.Text)
		return true
	case FieldOriginDomain, FieldOriginPath:
		if c.Origins == nil {
			return false
		}
		i := slices.IndexFunc(c.Origins.Items, func(o types.Origin) bool { return aws.ToString(o.Id) == f.Origin })
		switch {
		case i < 0:
			return false
		case f.Name == FieldOriginDomain:
			c.Origins.Items[i].DomainName = aws.String(to.Text)
		default:
			c.Origins.Items[i].OriginPath = aws.String(to.Text)
		}
		return true
	case FieldTargetOrigin, FieldCachePolicy, FieldOriginRequestPolicy, FieldResponseHeadersPolicy, FieldLambda, FieldFunction:
	}
	all := behaviorsOf(c)
	i := slices.IndexFunc(all, func(b behaviorRef) bool { return b.pattern == f.Behavior })
	if i < 0 {
		return false
	}
	switch b := all[i]; f.Name {
	case FieldLambda:
		if *b.lambdas == nil {
			*b.lambdas = &types.LambdaFunctionAssociations{}
		}
		l := *b.lambdas
		var item *types.LambdaFunctionAssociation
		if to.Text != "" {
			item = &types.LambdaFunctionAssociation{EventType: types.EventType(f.Event), LambdaFunctionARN: aws.String(to.Text), IncludeBody: aws.Bool(to.Body)}
		}
		l.Items = associated(l.Items, func(a types.LambdaFunctionAssociation) bool { return string(a.EventType) == f.Event }, item)
		l.Quantity = quantity(len(l.Items))
	case FieldFunction:
		if *b.functions == nil {
			*b.functions = &types.FunctionAssociations{}
		}
		l := *b.functions
		var item *types.FunctionAssociation
		if to.Text != "" {
			item = &types.FunctionAssociation{EventType: types.EventType(f.Event), FunctionARN: aws.String(to.Text)}
		}
		l.Items = associated(l.Items, func(a types.FunctionAssociation) bool { return string(a.EventType) == f.Event }, item)
		l.Quantity = quantity(len(l.Items))
	default:
		at, ok := b.plain()[f.Name]
		if !ok {
			return false
		}
		if *at = nil; to.Text != "" { // an empty id is the id of nothing
			*at = aws.String(to.Text)
		}
	}
	return true
}

// associated is a list with the member at an event replaced where it stands; nil: without it.
func associated[A any](list []A, here func(A) bool, item *A) []A {
	i := slices.IndexFunc(list, here)
	switch {
	case i < 0 && item != nil:
		return append(list, *item)
	case i >= 0 && item != nil:
		list[i] = *item
	case i >= 0:
		return slices.Delete(list, i, i+1)
	}
	return list
}

// setFields writes changes of fields in one update, on condition that the distribution is
// as observed. Source: UpdateDistribution. Errors: ErrStale, ErrNotFound, ErrRefused,
// ErrUnknownElement.
func (c *Client) setFields(ctx context.Context, d Distribution, changes []FieldChange) error {
	doing := "changing behaviours of " + d.ID
	if d.config == nil {
		return fmt.Errorf("%s: %w", doing, awsapi.ErrStale)
	}
	if _, err := c.render(ctx, doing, d, d.config, d.raw); err != nil {
		return err
	}
	cfg, err := edited(d, changes)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: aws.String(d.ETag), DistributionConfig: cfg})
	c.wrote()
	return awsapi.Wrap(ctx, doing, awsapi.Hide(err, headerValues(d.config)...))
}
