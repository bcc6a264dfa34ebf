package cloudfront

import (
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A policyKind is one of the three sorts of policy that a cache behaviour refers to.
// Only AWS's managed ones exist here: those that take a creation are not served.
type policyKind struct{ name, plural, root string }

var policyKinds = []policyKind{
	{"CachePolicy", "CachePolicies", "CachePolicyList"},
	{"OriginRequestPolicy", "OriginRequestPolicies", "OriginRequestPolicyList"},
	{"ResponseHeadersPolicy", "ResponseHeadersPolicies", "ResponseHeadersPolicyList"},
}

type policy struct {
	id     string
	config *wire.Node
}

func (k policyKind) missing() error {
	words := map[string]string{"CachePolicy": "cache", "OriginRequestPolicy": "origin request", "ResponseHeadersPolicy": "response headers"}
	return errorf("NoSuch"+k.name, "The specified %s policy does not exist.", words[k.name])
}

func (s *Service) policy(k policyKind, id string) *policy {
	for _, p := range s.policies[k.name] {
		if p.id == id {
			return p
		}
	}
	return nil
}

// CachePolicy returns the CachePolicyConfig of a cache policy, nil for none.
func (s *Service) CachePolicy(id string) *wire.Node {
	if p := s.policy(policyKinds[0], id); p != nil { // managed policies never change
		return p.config
	}
	return nil
}

// managedSince is an arbitrary but fixed date: managed policies do not change.
var managedSince = time.Date(2020, 7, 22, 0, 0, 0, 0, time.UTC)

func (k policyKind) render(p *policy) *wire.Node {
	return wire.Elem(k.name, wire.Text("Id", p.id), wire.Text("LastModifiedTime", stamp(managedSince)), p.config)
}

// etag of a managed policy never changes either.
func (k policyKind) etag(p *policy) string {
	return "E" + strings.ToUpper(strings.ReplaceAll(p.id, "-", "")[:12])
}

func (k policyKind) get(s *Service, r *call) (*wire.Response, error) {
	p := s.policy(k, r.Labels["Id"])
	if p == nil {
		return nil, k.missing()
	}
	return (&wire.Response{Body: k.render(p)}).WithHeader("ETag", k.etag(p)), nil
}

func (k policyKind) getConfig(s *Service, r *call) (*wire.Response, error) {
	p := s.policy(k, r.Labels["Id"])
	if p == nil {
		return nil, k.missing()
	}
	return (&wire.Response{Body: p.config}).WithHeader("ETag", k.etag(p)), nil
}

func (k policyKind) list(s *Service, r *call) (*wire.Response, error) {
	all := s.policies[k.name]
	switch r.Query.Get("Type") {
	case "", "managed":
	case "custom":
		all = nil
	default:
		return nil, errorf("InvalidArgument", "The parameter Type is not valid.")
	}
	var ids []string
	for _, p := range s.policies[k.name] {
		ids = append(ids, p.id)
	}
	p, err := pageAfter(r, ids, all, func(p *policy) string { return p.id })
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, x := range p.items {
		items.Children = append(items.Children, wire.Elem(k.name+"Summary", wire.Text("Type", "managed"), k.render(x)))
	}
	out := p.render(k.root, items)
	out.Remove("Marker") // these lists have neither
	out.Remove("IsTruncated")
	return &wire.Response{Body: out}, nil
}

// managedPolicies are the ones that AWS publishes with their identifiers and
// settings. Source: Developer Guide, "Use managed cache policies", "... origin
// request policies", "... response headers policies".
func managedPolicies() map[string][]*policy {
	values := func(kind, what, behavior, list string, items ...string) *wire.Node {
		n := wire.Elem(kind, wire.Text(what, behavior))
		if len(items) > 0 {
			n.Children = append(n.Children, names(list, "Name", items...))
		}
		return n
	}
	cache := func(id, name, low, normal, high string, compress bool, cookies, queries string, headers ...string) *policy {
		behavior := "none"
		if len(headers) > 0 {
			behavior = "whitelist"
		}
		var listed []string
		if strings.HasPrefix(queries, "aws.") { // MediaPackage lists the only one it keys on
			queries, listed = "whitelist", []string{queries}
		}
		return &policy{id, wire.Elem("CachePolicyConfig",
			wire.Text("Comment", ""), wire.Text("Name", "Managed-"+name),
			wire.Text("DefaultTTL", normal), wire.Text("MaxTTL", high), wire.Text("MinTTL", low),
			wire.Elem("ParametersInCacheKeyAndForwardedToOrigin",
				wire.Bool("EnableAcceptEncodingGzip", compress), wire.Bool("EnableAcceptEncodingBrotli", compress),
				values("HeadersConfig", "HeaderBehavior", behavior, "Headers", headers...),
				values("CookiesConfig", "CookieBehavior", cookies, "Cookies"),
				values("QueryStringsConfig", "QueryStringBehavior", queries, "QueryStrings", listed...)))}
	}
	request := func(id, name, header, cookies, queries string, headers ...string) *policy {
		return &policy{id, wire.Elem("OriginRequestPolicyConfig",
			wire.Text("Comment", ""), wire.Text("Name", "Managed-"+name),
			values("HeadersConfig", "HeaderBehavior", header, "Headers", headers...),
			values("CookiesConfig", "CookieBehavior", cookies, "Cookies"),
			values("QueryStringsConfig", "QueryStringBehavior", queries, "QueryStrings"))}
	}
	response := func(id, name string, parts ...*wire.Node) *policy {
		return &policy{id, wire.Elem("ResponseHeadersPolicyConfig",
			append([]*wire.Node{wire.Text("Comment", ""), wire.Text("Name", "Managed-"+name)}, parts...)...)}
	}
	cors := func(preflight bool) *wire.Node {
		methods, expose := []string{"GET"}, list("AccessControlExposeHeaders")
		if preflight {
			methods = []string{"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"}
			expose = names("AccessControlExposeHeaders", "Header", "*")
		}
		return wire.Elem("CorsConfig",
			names("AccessControlAllowOrigins", "Origin", "*"), names("AccessControlAllowHeaders", "Header", "*"),
			names("AccessControlAllowMethods", "Method", methods...), wire.Bool("AccessControlAllowCredentials", false),
			expose, wire.Int("AccessControlMaxAgeSec", 600), wire.Bool("OriginOverride", false))
	}
	security := func() *wire.Node {
		override := func(b bool) *wire.Node { return wire.Bool("Override", b) }
		return wire.Elem("SecurityHeadersConfig",
			wire.Elem("XSSProtection", override(false), wire.Bool("Protection", true), wire.Bool("ModeBlock", true)),
			wire.Elem("FrameOptions", override(false), wire.Text("FrameOption", "SAMEORIGIN")),
			wire.Elem("ReferrerPolicy", override(false), wire.Text("ReferrerPolicy", "strict-origin-when-cross-origin")),
			wire.Elem("ContentTypeOptions", override(true)),
			wire.Elem("StrictTransportSecurity", override(false), wire.Bool("IncludeSubdomains", false),
				wire.Bool("Preload", false), wire.Int("AccessControlMaxAgeSec", 31536000)))
	}
	return map[string][]*policy{
		"CachePolicy": {
			cache("658327ea-f89d-4fab-a63d-7e88639e58f6", "CachingOptimized", "1", "86400", "31536000", true, "none", "none"),
			cache("b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "CachingOptimizedForUncompressedObjects", "1", "86400", "31536000", false, "none", "none"),
			cache("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "CachingDisabled", "0", "0", "0", false, "none", "none"),
			cache("2e54312d-136d-493c-8eb9-b001f22f67d2", "Amplify", "2", "2", "600", true, "all", "all", "Authorization", "CloudFront-Viewer-Country", "Host"),
			cache("08627262-05a9-4f76-9ded-b50ca2e3a84f", "Elemental-MediaPackage", "0", "86400", "31536000", true, "none", "aws.manifestfilter", "Origin"),
			cache("83da9c7e-98b4-4e11-a168-04f0df8e2c65", "UseOriginCacheControlHeaders", "0", "0", "31536000", true, "all", "none",
				"Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"),
			cache("4cc15a8a-d715-48a4-82b8-cc0b614638fe", "UseOriginCacheControlHeaders-QueryStrings", "0", "0", "31536000", true, "all", "all",
				"Host", "Origin", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"),
		},
		"OriginRequestPolicy": {
			request("216adef6-5c7f-47e4-b989-5492eafa07d3", "AllViewer", "allViewer", "all", "all"),
			request("b689b0a8-53d0-40ab-baf2-68738e2966ac", "AllViewerExceptHostHeader", "allExcept", "all", "all", "Host"),
			request("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "CORS-S3Origin", "whitelist", "none", "none",
				"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method"),
			request("59781a5b-3903-41f3-afcb-af62929ccde1", "CORS-CustomOrigin", "whitelist", "none", "none", "Origin"),
			request("acba4595-bd28-49b8-b9fe-13317c0390fa", "UserAgentRefererHeaders", "whitelist", "none", "none", "User-Agent", "Referer"),
		},
		"ResponseHeadersPolicy": {
			response("60669652-455b-4ae9-85a4-c4c02393f86c", "SimpleCORS", cors(false)),
			response("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "CORS-With-Preflight", cors(true)),
			response("67f7725c-6f97-4210-82d7-5512b31e9d03", "SecurityHeadersPolicy", security()),
			response("e61eb60c-9c35-4d20-a928-2b84e02af89c", "CORS-and-SecurityHeadersPolicy", cors(false), security()),
			response("eaab4381-ed33-4a86-88ca-d9558dc6cd63", "CORS-with-preflight-and-SecurityHeadersPolicy", cors(true), security()),
		},
	}
}
