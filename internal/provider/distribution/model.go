package distribution

import (
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

type model struct {
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
	Behaviors    []behaviorModel    `tfsdk:"cache_behaviors"`
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
	Path          types.String `tfsdk:"origin_path"`
	AccessControl types.String `tfsdk:"origin_access_control_id"`
	Headers       []string     `tfsdk:"custom_header_names"`
}

type originGroupModel struct {
	ID      types.String `tfsdk:"origin_id"`
	Members []string     `tfsdk:"member_origin_ids"`
}

type behaviorModel struct {
	PathPattern     types.String    `tfsdk:"path_pattern"`
	TargetOrigin    types.String    `tfsdk:"target_origin_id"`
	ViewerProtocol  types.String    `tfsdk:"viewer_protocol_policy"`
	CachePolicy     types.String    `tfsdk:"cache_policy_id"`
	OriginRequest   types.String    `tfsdk:"origin_request_policy_id"`
	ResponseHeaders types.String    `tfsdk:"response_headers_policy_id"`
	Functions       []functionModel `tfsdk:"function_associations"`
	Lambdas         []lambdaModel   `tfsdk:"lambda_function_associations"`
}

type functionModel struct {
	Event types.String `tfsdk:"event_type"`
	ARN   types.String `tfsdk:"function_arn"`
}

type lambdaModel struct {
	Event types.String `tfsdk:"event_type"`
	ARN   types.String `tfsdk:"lambda_arn"`
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
	for _, b := range f.Behaviors {
		m.Behaviors = append(m.Behaviors, behavior(b))
	}
}

func behavior(b cloudfrontapi.Behavior) behaviorModel {
	out := behaviorModel{
		PathPattern: fwtypes.OrNull(b.PathPattern), TargetOrigin: fwtypes.OrNull(b.TargetOrigin), ViewerProtocol: fwtypes.OrNull(b.ViewerProtocol),
		CachePolicy: fwtypes.OrNull(b.CachePolicy), OriginRequest: fwtypes.OrNull(b.OriginRequestPolicy), ResponseHeaders: fwtypes.OrNull(b.ResponseHeadersPolicy),
		Functions: []functionModel{}, Lambdas: []lambdaModel{},
	}
	for _, a := range b.Functions {
		out.Functions = append(out.Functions, functionModel{Event: fwtypes.OrNull(a.Event), ARN: fwtypes.OrNull(a.ARN)})
	}
	for _, a := range b.Lambdas {
		out.Lambdas = append(out.Lambdas, lambdaModel{Event: fwtypes.OrNull(a.Event), ARN: fwtypes.OrNull(a.ARN)})
	}
	return out
}

func list(values []string) []string { return append([]string{}, values...) }
