package cloudfront

import (
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// complete returns asked as CloudFront stores it: with the defaults of what was
// left out, and with every element that an unknown newer client sent. The
// defaults are those of the model's prose and of the example answers in the AWS
// CLI reference (create-distribution). Lists are always there, with a Quantity
// of 0 when empty: hashicorp/aws 5.100 reads them without looking.
func complete(asked *wire.Node) *wire.Node {
	c := asked.Renamed("DistributionConfig")
	c.Attrs = nil
	dropEmptyItems(c)
	defaults(c,
		list("Aliases"),
		text("DefaultRootObject", ""),
		list("OriginGroups"),
		list("CacheBehaviors"),
		list("CustomErrorResponses"),
		wire.Elem("Logging"),
		text("PriceClass", "PriceClass_All"),
		wire.Elem("ViewerCertificate"),
		wire.Elem("Restrictions"),
		text("WebACLId", ""),
		text("HttpVersion", "http2"),
		text("IsIPV6Enabled", "true"),
		text("ContinuousDeploymentPolicyId", ""),
		text("Staging", "false"),
	)
	fill(c, "HttpVersion", "http2")
	fill(c, "PriceClass", "PriceClass_All")
	defaults(c.Get("Logging"), text("Enabled", "false"), text("IncludeCookies", "false"), text("Bucket", ""), text("Prefix", ""))
	defaults(c.Get("Restrictions"), wire.Elem("GeoRestriction"))
	defaults(c.Get("Restrictions", "GeoRestriction"), text("RestrictionType", "none"), text("Quantity", "0"))
	completeCertificate(c.Get("ViewerCertificate"))
	for _, o := range c.All("Origin", "Origins", "Items") {
		completeOrigin(o)
	}
	for _, b := range behaviors(c) {
		completeBehavior(b)
	}
	for _, e := range c.All("CustomErrorResponse", "CustomErrorResponses", "Items") {
		defaults(e, text("ResponsePagePath", ""), text("ResponseCode", ""), text("ErrorCachingMinTTL", "10"))
	}
	arrange(c, configOrder)
	return c
}

// configOrder is the model's order of a configuration's members; nothing depends on it
// but the eyes of a reader.
var configOrder = []string{
	"CallerReference", "Aliases", "DefaultRootObject", "Origins", "OriginGroups",
	"DefaultCacheBehavior", "CacheBehaviors", "CustomErrorResponses", "Comment", "Logging", "PriceClass",
	"Enabled", "ViewerCertificate", "Restrictions", "WebACLId", "HttpVersion", "IsIPV6Enabled",
	"ContinuousDeploymentPolicyId", "Staging",
}

func arrange(n *wire.Node, order []string) {
	rank := func(c *wire.Node) int {
		if i := slices.Index(order, c.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(n.Children, func(a, b *wire.Node) int { return rank(a) - rank(b) })
}

func text(name, value string) *wire.Node { return wire.Text(name, value) }

// list is an empty counted list.
func list(name string) *wire.Node { return wire.Elem(name, wire.Int("Quantity", 0)) }

// names is a counted list of plain values.
func names(name, item string, values ...string) *wire.Node {
	items := wire.Elem("Items")
	for _, v := range values {
		items.Children = append(items.Children, wire.Text(item, v))
	}
	return wire.Elem(name, wire.Int("Quantity", len(values)), items)
}

// defaults adds the elements that n lacks.
func defaults(n *wire.Node, elements ...*wire.Node) {
	for _, e := range elements {
		if n.Get(e.Name) == nil {
			n.Children = append(n.Children, e)
		}
	}
}

// fill gives an element that is there but empty its default.
func fill(n *wire.Node, name, value string) {
	if e := n.Get(name); e != nil && e.Text == "" {
		e.Text = value
	}
}

// dropEmptyItems removes the Items of empty lists: CloudFront never answers with them.
func dropEmptyItems(n *wire.Node) {
	if items := n.Get("Items"); items != nil && len(items.Children) == 0 && n.String("Quantity") == "0" {
		n.Remove("Items")
	}
	for _, c := range n.Children {
		dropEmptyItems(c)
	}
}

// behaviors are the default cache behaviour and the others, in order.
func behaviors(c *wire.Node) []*wire.Node {
	return append([]*wire.Node{c.Get("DefaultCacheBehavior")}, c.All("CacheBehavior", "CacheBehaviors", "Items")...)
}

func completeOrigin(o *wire.Node) {
	defaults(o,
		text("OriginPath", ""),
		list("CustomHeaders"),
		text("ConnectionAttempts", "3"),
		text("ConnectionTimeout", "10"),
		wire.Elem("OriginShield", wire.Bool("Enabled", false)),
		text("OriginAccessControlId", ""),
	)
	if custom := o.Get("CustomOriginConfig"); custom != nil {
		defaults(custom,
			names("OriginSslProtocols", "SslProtocol", "TLSv1", "SSLv3"),
			text("OriginReadTimeout", "30"),
			text("OriginKeepaliveTimeout", "5"),
		)
	}
}

func completeBehavior(b *wire.Node) {
	for _, optional := range []string{"CachePolicyId", "OriginRequestPolicyId", "ResponseHeadersPolicyId", "RealtimeLogConfigArn"} {
		if b.String(optional) == "" {
			b.Remove(optional)
		}
	}
	trusted := func(name string) *wire.Node {
		return wire.Elem(name, wire.Bool("Enabled", false), wire.Int("Quantity", 0))
	}
	defaults(b,
		trusted("TrustedSigners"),
		trusted("TrustedKeyGroups"),
		names("AllowedMethods", "Method", "HEAD", "GET"),
		text("SmoothStreaming", "false"),
		text("Compress", "false"),
		list("LambdaFunctionAssociations"),
		list("FunctionAssociations"),
		text("FieldLevelEncryptionId", ""),
		wire.Elem("GrpcConfig", wire.Bool("Enabled", false)),
	)
	defaults(b.Get("AllowedMethods"), names("CachedMethods", "Method", "HEAD", "GET"))
	for _, l := range b.All("LambdaFunctionAssociation", "LambdaFunctionAssociations", "Items") {
		defaults(l, text("IncludeBody", "false"))
	}
	if v := b.Get("ForwardedValues"); v != nil {
		defaults(v, list("Headers"), list("QueryStringCacheKeys"))
		defaults(b, text("MinTTL", "0"))
		low := b.String("MinTTL")
		defaults(b, text("DefaultTTL", larger("86400", low)))
		defaults(b, text("MaxTTL", larger("31536000", b.String("DefaultTTL"))))
	}
}

// larger picks a default that does not contradict the value it has to be at least.
func larger(a, b string) string {
	if number(a) < number(b) {
		return b
	}
	return a
}

// completeCertificate fills in what CloudFront derives, the deprecated
// Certificate and CertificateSource included.
func completeCertificate(v *wire.Node) {
	arn, iam := v.String("ACMCertificateArn"), v.String("IAMCertificateId")
	if arn == "" && iam == "" && !v.True("CloudFrontDefaultCertificate") {
		switch v.String("CertificateSource") { // how clients before 2016 said it
		case "acm":
			arn = v.String("Certificate")
		case "iam":
			iam = v.String("Certificate")
		}
	}
	for _, derived := range []string{"Certificate", "CertificateSource"} {
		v.Remove(derived)
	}
	for _, empty := range []string{"ACMCertificateArn", "IAMCertificateId", "SSLSupportMethod", "MinimumProtocolVersion", "CloudFrontDefaultCertificate"} {
		if strings.TrimSpace(v.String(empty)) == "" {
			v.Remove(empty)
		}
	}
	set := func(source, certificate string) {
		defaults(v, text("CloudFrontDefaultCertificate", "false"), text("SSLSupportMethod", "sni-only"),
			text("MinimumProtocolVersion", "TLSv1"), text("Certificate", certificate), text("CertificateSource", source))
	}
	switch {
	case arn != "":
		v.Set(text("ACMCertificateArn", arn))
		set("acm", arn)
	case iam != "":
		v.Set(text("IAMCertificateId", iam))
		set("iam", iam)
	default:
		v.Set(text("CloudFrontDefaultCertificate", "true"))
		// Whatever was asked: the shared certificate has these. Source: model prose.
		v.Set(text("SSLSupportMethod", "vip"))
		v.Set(text("MinimumProtocolVersion", "TLSv1"))
		v.Set(text("CertificateSource", "cloudfront"))
	}
}
