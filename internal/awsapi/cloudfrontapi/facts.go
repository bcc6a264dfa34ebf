package cloudfrontapi

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// Facts are the parts of a distribution's configuration that people ask about and
// a switch does not decide by. They hold no value of a custom origin header: those
// are where secrets are kept.
type Facts struct {
	Comment                string
	HTTPVersion            string // http1.1, http2, http3, http2and3
	PriceClass             string
	WebACL                 string // ARN, or the id of a classic one; empty: none
	DeploymentPolicy       string // continuous deployment
	DefaultRootObject      string
	MinimumTLS, SSLSupport string // empty with the default certificate
	IAMCertificate         string
	Origins                []Origin
	OriginGroups           []OriginGroup
	Behaviors              []Behavior // in order of precedence, the default last
}

// An Origin is where a behaviour gets its answers from.
type Origin struct {
	ID, Domain, Path string
	AccessControl    string
	Headers          []string // names of custom headers, lower case
	S3ReadTimeout    int32    // seconds, of an S3 origin; 0: it is none, or has the default
	Certificate      string   // ARN of the client certificate that it is asked with; "": none
}

// An OriginGroup is an origin with a replacement for when it fails.
type OriginGroup struct {
	ID      string
	Members []string // the primary first
	// Selection is how a member is chosen, where that is not the default, failover only.
	Selection string
}

// A Behavior is a cache behaviour. PathPattern is * for the default.
type Behavior struct {
	PathPattern           string
	Name                  string // the pattern with its leading slash, or DefaultBehavior
	TargetOrigin          string // of an origin or an origin group
	ViewerProtocol        string
	CachePolicy           string
	OriginRequestPolicy   string
	ResponseHeadersPolicy string
	Functions, Lambdas    []Association
	TTL                   *TTL // of legacy cache settings; nil: it has a cache policy
}

// An Association runs code at an event such as viewer-request.
type Association struct {
	Event, ARN string
	Body       bool // a Lambda function sees the body of requests
}

// TTL is how long edge locations keep answers, in seconds.
type TTL struct{ Min, Default, Max int64 }

// An Outline is what viewers may notice of a distribution as a whole, and what hashicorp/aws would
// erase, as far as lists say it too. It is small, because pages of it are kept.
type Outline struct {
	HTTPVersion, PriceClass, WebACL, MinimumTLS string
	// Origins are those with a read timeout of their own, Groups those that choose otherwise than
	// by failover alone.
	Origins []Origin
	Groups  []OriginGroup
}

func outline(d types.DistributionSummary) Outline {
	out := Outline{HTTPVersion: strings.ToLower(string(d.HttpVersion)), PriceClass: string(d.PriceClass), WebACL: aws.ToString(d.WebACLId)}
	if !servesOwn(d.ViewerCertificate) { // it has a minimum of its own, which cannot be chosen
		out.MinimumTLS = string(d.ViewerCertificate.MinimumProtocolVersion)
	}
	for _, o := range origins(d.Origins) {
		if o.S3ReadTimeout > 0 {
			out.Origins = append(out.Origins, Origin{ID: o.ID, S3ReadTimeout: o.S3ReadTimeout})
		}
	}
	for _, g := range originGroups(d.OriginGroups) {
		if g.Selection != "" {
			out.Groups = append(out.Groups, OriginGroup{ID: g.ID, Selection: g.Selection})
		}
	}
	return out
}

// servesOwn says whether CloudFront serves its own certificate. Beside another one the flag
// decides nothing.
func servesOwn(vc *types.ViewerCertificate) bool {
	return vc == nil || aws.ToBool(vc.CloudFrontDefaultCertificate) && aws.ToString(vc.ACMCertificateArn) == "" && aws.ToString(vc.IAMCertificateId) == ""
}

// Hosts are the names by which a distribution is asked: its own name only where it has no
// other, because an origin may answer that one otherwise, and the answer is kept for all. Nobody
// can ask for a wildcard.
func (d Distribution) Hosts() []string {
	out := slices.DeleteFunc(slices.Clone(d.Aliases), func(name string) bool { return strings.HasPrefix(name, "*.") })
	if len(out) == 0 {
		return []string{d.Domain}
	}
	return out
}

// Facts returns what the distribution is configured to do.
func (d Distribution) Facts() Facts {
	c := d.config
	if c == nil {
		return Facts{}
	}
	f := Facts{
		Comment: aws.ToString(c.Comment), HTTPVersion: strings.ToLower(string(c.HttpVersion)), PriceClass: string(c.PriceClass),
		WebACL: aws.ToString(c.WebACLId), DeploymentPolicy: aws.ToString(c.ContinuousDeploymentPolicyId), DefaultRootObject: aws.ToString(c.DefaultRootObject),
	}
	if vc := c.ViewerCertificate; vc != nil {
		f.IAMCertificate = aws.ToString(vc.IAMCertificateId)
		if !servesOwn(vc) { // it has a minimum of its own, which cannot be chosen
			f.MinimumTLS, f.SSLSupport = string(vc.MinimumProtocolVersion), string(vc.SSLSupportMethod)
		}
	}
	f.Origins, f.OriginGroups = origins(c.Origins), originGroups(c.OriginGroups)
	if c.CacheBehaviors != nil {
		for _, b := range c.CacheBehaviors.Items {
			f.Behaviors = append(f.Behaviors, behavior(slashed(aws.ToString(b.PathPattern)), b))
		}
	}
	if b := c.DefaultCacheBehavior; b != nil {
		f.Behaviors = append(f.Behaviors, behavior(DefaultBehavior, types.CacheBehavior{
			PathPattern: aws.String("*"), TargetOriginId: b.TargetOriginId, ViewerProtocolPolicy: b.ViewerProtocolPolicy,
			CachePolicyId: b.CachePolicyId, OriginRequestPolicyId: b.OriginRequestPolicyId, ResponseHeadersPolicyId: b.ResponseHeadersPolicyId,
			FunctionAssociations: b.FunctionAssociations, LambdaFunctionAssociations: b.LambdaFunctionAssociations,
			ForwardedValues: b.ForwardedValues, MinTTL: b.MinTTL, DefaultTTL: b.DefaultTTL, MaxTTL: b.MaxTTL, //nolint:staticcheck // deprecated, and still there
		}))
	}
	return f
}

func origins(of *types.Origins) []Origin {
	if of == nil {
		return nil
	}
	var out []Origin
	for _, o := range of.Items {
		out = append(out, origin(o))
	}
	return out
}

func originGroups(of *types.OriginGroups) []OriginGroup {
	if of == nil {
		return nil
	}
	var out []OriginGroup
	for _, g := range of.Items {
		group := OriginGroup{ID: aws.ToString(g.Id)}
		if g.SelectionCriteria != types.OriginGroupSelectionCriteriaDefault {
			group.Selection = string(g.SelectionCriteria)
		}
		if g.Members != nil {
			for _, m := range g.Members.Items {
				group.Members = append(group.Members, aws.ToString(m.OriginId))
			}
		}
		out = append(out, group)
	}
	return out
}

// s3ReadTimeout is the default, in seconds. Source: S3OriginConfig, OriginReadTimeout.
const s3ReadTimeout = 30

func origin(o types.Origin) Origin {
	out := Origin{ID: aws.ToString(o.Id), Domain: aws.ToString(o.DomainName), Path: aws.ToString(o.OriginPath), AccessControl: aws.ToString(o.OriginAccessControlId)}
	if s3 := o.S3OriginConfig; s3 != nil && aws.ToInt32(s3.OriginReadTimeout) != s3ReadTimeout {
		out.S3ReadTimeout = aws.ToInt32(s3.OriginReadTimeout)
	}
	if custom := o.CustomOriginConfig; custom != nil && custom.OriginMtlsConfig != nil {
		out.Certificate = aws.ToString(custom.OriginMtlsConfig.ClientCertificateArn)
	}
	if o.CustomHeaders != nil {
		for _, h := range o.CustomHeaders.Items {
			out.Headers = append(out.Headers, strings.ToLower(aws.ToString(h.HeaderName)))
		}
	}
	return out
}

// The TTLs of legacy cache settings that do not say, in seconds. Source: CloudFront API
// reference, CacheBehavior.
const (
	legacyDefaultTTL = 86_400
	legacyMaxTTL     = 31_536_000
)

func behavior(name string, b types.CacheBehavior) Behavior {
	out := Behavior{
		PathPattern: aws.ToString(b.PathPattern), Name: name, TargetOrigin: aws.ToString(b.TargetOriginId), ViewerProtocol: string(b.ViewerProtocolPolicy),
		CachePolicy: aws.ToString(b.CachePolicyId), OriginRequestPolicy: aws.ToString(b.OriginRequestPolicyId), ResponseHeadersPolicy: aws.ToString(b.ResponseHeadersPolicyId),
	}
	if b.ForwardedValues != nil { //nolint:staticcheck // deprecated, and still there
		out.TTL = &TTL{Min: aws.ToInt64(b.MinTTL), Default: legacyDefaultTTL, Max: legacyMaxTTL} //nolint:staticcheck // as above
		if b.DefaultTTL != nil {                                                                 //nolint:staticcheck // as above
			out.TTL.Default = *b.DefaultTTL //nolint:staticcheck // as above
		}
		if b.MaxTTL != nil { //nolint:staticcheck // as above
			out.TTL.Max = *b.MaxTTL //nolint:staticcheck // as above
		}
	}
	if b.FunctionAssociations != nil {
		for _, a := range b.FunctionAssociations.Items {
			out.Functions = append(out.Functions, Association{Event: string(a.EventType), ARN: aws.ToString(a.FunctionARN)})
		}
	}
	if b.LambdaFunctionAssociations != nil {
		for _, a := range b.LambdaFunctionAssociations.Items {
			out.Lambdas = append(out.Lambdas, Association{Event: string(a.EventType), ARN: aws.ToString(a.LambdaFunctionARN), Body: aws.ToBool(a.IncludeBody)})
		}
	}
	return out
}
