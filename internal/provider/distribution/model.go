package distribution

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

type model struct {
	Account types.String `tfsdk:"account"`

	ID types.String `tfsdk:"id"`

	ARN          types.String       `tfsdk:"arn"`
	Status       types.String       `tfsdk:"status"`
	Deployed     types.Bool         `tfsdk:"deployed"`
	ETag         types.String       `tfsdk:"etag"`
	Fingerprint  types.String       `tfsdk:"fingerprint"`
	Enabled      types.Bool         `tfsdk:"enabled"`
	Comment      types.String       `tfsdk:"comment"`
	DomainName   types.String       `tfsdk:"domain_name"`
	HostedZoneID types.String       `tfsdk:"hosted_zone_id"`
	Aliases      []string           `tfsdk:"aliases"`
	Staging      types.Bool         `tfsdk:"staging"`
	PolicyID     types.String       `tfsdk:"continuous_deployment_policy_id"`
	HTTPVersion  types.String       `tfsdk:"http_version"`
	PriceClass   types.String       `tfsdk:"price_class"`
	IPv6         types.Bool         `tfsdk:"is_ipv6_enabled"`
	RootObject   types.String       `tfsdk:"default_root_object"`
	WebACL       types.String       `tfsdk:"web_acl_id"`
	Certificate  *certificateModel  `tfsdk:"viewer_certificate"`
	Origins      []originModel      `tfsdk:"origins"`
	OriginGroups []originGroupModel `tfsdk:"origin_groups"`
	Behaviors    []behaviorModel    `tfsdk:"behaviors"`
	TagHeader    types.String       `tfsdk:"cache_tag_header"`
}

type certificateModel struct {
	ACM     types.String `tfsdk:"acm_certificate_arn"`
	IAM     types.String `tfsdk:"iam_certificate_id"`
	Default types.Bool   `tfsdk:"cloudfront_default_certificate"`
	Minimum types.String `tfsdk:"minimum_protocol_version"`
	Support types.String `tfsdk:"ssl_support_method"`
}

type originModel struct {
	ID            types.String `tfsdk:"origin_id"`
	Domain        types.String `tfsdk:"domain_name"`
	Path          types.String `tfsdk:"path"`
	AccessControl types.String `tfsdk:"origin_access_control_id"`
	Headers       []string     `tfsdk:"custom_header_names"`
}

type originGroupModel struct {
	ID      types.String `tfsdk:"origin_id"`
	Members []string     `tfsdk:"member_origin_ids"`
}

type behaviorModel struct {
	Behavior        types.String            `tfsdk:"behavior"`
	PathPattern     types.String            `tfsdk:"path_pattern"`
	Origin          types.String            `tfsdk:"origin_id"`
	ViewerProtocol  types.String            `tfsdk:"viewer_protocol_policy"`
	CachePolicy     types.String            `tfsdk:"cache_policy_id"`
	OriginRequest   types.String            `tfsdk:"origin_request_policy_id"`
	ResponseHeaders types.String            `tfsdk:"response_headers_policy_id"`
	Functions       map[string]types.String `tfsdk:"functions"`
	Lambdas         map[string]lambdaModel  `tfsdk:"lambda_functions"`
	MinTTL          types.Int64             `tfsdk:"min_ttl"`
	DefaultTTL      types.Int64             `tfsdk:"default_ttl"`
	MaxTTL          types.Int64             `tfsdk:"max_ttl"`
}

type lambdaModel struct {
	ARN  types.String `tfsdk:"arn"`
	Body types.Bool   `tfsdk:"include_body"`
}

// fill records what CloudFront said. What is not there is null; a list of nothing
// is empty.
func (m *model) fill(d cloudfrontapi.Distribution) {
	f := d.Facts()
	m.ARN, m.Status, m.Deployed = fwtypes.OrNull(d.ARN), fwtypes.OrNull(d.Status), types.BoolValue(d.Deployed)
	m.ETag, m.Fingerprint, m.Enabled, m.Comment = fwtypes.OrNull(d.ETag), fwtypes.OrNull(d.Fingerprint), types.BoolValue(d.Enabled), types.StringValue(f.Comment)
	m.DomainName, m.HostedZoneID = fwtypes.OrNull(d.Domain), types.StringValue(cutover.CloudFrontZone)
	m.Aliases = slices.Sorted(slices.Values(d.Aliases))
	if m.Aliases == nil {
		m.Aliases = []string{}
	}
	m.Staging, m.PolicyID = types.BoolValue(d.Staging), fwtypes.OrNull(f.DeploymentPolicy)
	m.HTTPVersion, m.PriceClass, m.IPv6 = fwtypes.OrNull(f.HTTPVersion), fwtypes.OrNull(f.PriceClass), types.BoolValue(d.IPv6)
	m.RootObject, m.WebACL = fwtypes.OrNull(f.DefaultRootObject), fwtypes.OrNull(f.WebACL)
	m.Certificate = &certificateModel{
		ACM: fwtypes.OrNull(d.CertificateARN), IAM: fwtypes.OrNull(f.IAMCertificate), Default: types.BoolValue(d.DefaultCertificate),
		Minimum: fwtypes.OrNull(f.MinimumTLS), Support: fwtypes.OrNull(f.SSLSupport),
	}
	m.Origins, m.OriginGroups, m.Behaviors = []originModel{}, []originGroupModel{}, []behaviorModel{}
	for _, o := range f.Origins {
		m.Origins = append(m.Origins, originModel{
			ID: fwtypes.OrNull(o.ID), Domain: fwtypes.OrNull(o.Domain), Path: fwtypes.OrNull(o.Path), AccessControl: fwtypes.OrNull(o.AccessControl), Headers: list(o.Headers),
		})
	}
	for _, g := range f.OriginGroups {
		m.OriginGroups = append(m.OriginGroups, originGroupModel{ID: fwtypes.OrNull(g.ID), Members: list(g.Members)})
	}
	m.TagHeader = fwtypes.OrNull(d.CacheTagHeader())
	for _, b := range f.Behaviors {
		m.Behaviors = append(m.Behaviors, behavior(b))
	}
}

func behavior(b cloudfrontapi.Behavior) behaviorModel {
	out := behaviorModel{
		Behavior: types.StringValue(b.Name), PathPattern: fwtypes.OrNull(b.PathPattern), Origin: fwtypes.OrNull(b.TargetOrigin), ViewerProtocol: fwtypes.OrNull(b.ViewerProtocol),
		CachePolicy: fwtypes.OrNull(b.CachePolicy), OriginRequest: fwtypes.OrNull(b.OriginRequestPolicy), ResponseHeaders: fwtypes.OrNull(b.ResponseHeadersPolicy),
		Functions: map[string]types.String{}, Lambdas: map[string]lambdaModel{},
	}
	for _, a := range b.Functions {
		out.Functions[a.Event] = types.StringValue(a.ARN)
	}
	for _, a := range b.Lambdas {
		out.Lambdas[a.Event] = lambdaModel{ARN: types.StringValue(a.ARN), Body: types.BoolValue(a.Body)}
	}
	if b.TTL != nil {
		out.MinTTL, out.DefaultTTL, out.MaxTTL = types.Int64Value(b.TTL.Min), types.Int64Value(b.TTL.Default), types.Int64Value(b.TTL.Max)
	}
	return out
}

func list(values []string) []string { return append([]string{}, values...) }
