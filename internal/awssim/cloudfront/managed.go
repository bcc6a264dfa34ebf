package cloudfront

import (
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// amazons makes a policy that belongs to AWS: it has one version, everywhere, since
// before there was anything here, and an ETag that never changes.
func amazons(id string, config *wire.Node) *policy {
	since := time.Date(2020, 7, 22, 0, 0, 0, 0, time.UTC)
	return &policy{
		id: id, managed: true, etag: "E" + strings.ToUpper(strings.ReplaceAll(id, "-", "")[:12]),
		versions: []policyVersion{{at: since, config: config}},
	}
}

// viewerFacts are the headers that CloudFront can add about a viewer, as of June 2022.
var viewerFacts = []string{
	"CloudFront-Forwarded-Proto", "CloudFront-Is-Android-Viewer", "CloudFront-Is-Desktop-Viewer", "CloudFront-Is-IOS-Viewer",
	"CloudFront-Is-Mobile-Viewer", "CloudFront-Is-SmartTV-Viewer", "CloudFront-Is-Tablet-Viewer", "CloudFront-Viewer-Address",
	"CloudFront-Viewer-ASN", "CloudFront-Viewer-City", "CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Name",
	"CloudFront-Viewer-Country-Region", "CloudFront-Viewer-Country-Region-Name", "CloudFront-Viewer-Http-Version",
	"CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude", "CloudFront-Viewer-Metro-Code", "CloudFront-Viewer-Postal-Code",
	"CloudFront-Viewer-Time-Zone", "CloudFront-Viewer-TLS",
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
		return amazons(id, wire.Elem("CachePolicyConfig",
			wire.Text("Comment", ""), wire.Text("Name", "Managed-"+name),
			wire.Text("DefaultTTL", normal), wire.Text("MaxTTL", high), wire.Text("MinTTL", low),
			wire.Elem("ParametersInCacheKeyAndForwardedToOrigin",
				wire.Bool("EnableAcceptEncodingGzip", compress), wire.Bool("EnableAcceptEncodingBrotli", compress),
				values("HeadersConfig", "HeaderBehavior", behavior, "Headers", headers...),
				values("CookiesConfig", "CookieBehavior", cookies, "Cookies"),
				values("QueryStringsConfig", "QueryStringBehavior", queries, "QueryStrings", listed...))))
	}
	request := func(id, name, header, cookies, queries string, headers ...string) *policy {
		return amazons(id, wire.Elem("OriginRequestPolicyConfig",
			wire.Text("Comment", ""), wire.Text("Name", "Managed-"+name),
			values("HeadersConfig", "HeaderBehavior", header, "Headers", headers...),
			values("CookiesConfig", "CookieBehavior", cookies, "Cookies"),
			values("QueryStringsConfig", "QueryStringBehavior", queries, "QueryStrings")))
	}
	response := func(id, name string, parts ...*wire.Node) *policy {
		return amazons(id, wire.Elem("ResponseHeadersPolicyConfig",
			append([]*wire.Node{wire.Text("Comment", ""), wire.Text("Name", "Managed-"+name)}, parts...)...))
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
			request("33f36d7e-f396-46d9-90e0-52428a34d9dc", "AllViewerAndCloudFrontHeaders-2022-06", "allViewerAndWhitelistCloudFront", "all", "all", viewerFacts...),
			request("bf0718e1-ba1e-49d1-88b1-f726733018ae", "HostHeaderOnly", "whitelist", "none", "none", "Host"),
			request("775133bc-15f2-49f9-abea-afb2e0bf67d2", "Elemental-MediaTailor-PersonalizedManifests", "whitelist", "none", "all",
				"Origin", "Access-Control-Request-Headers", "Access-Control-Request-Method", "User-Agent", "X-Forwarded-For"),
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
