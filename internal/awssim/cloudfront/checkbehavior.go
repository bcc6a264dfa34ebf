package cloudfront

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// Quotas of one behaviour, one origin, one distribution. Source: Developer Guide, quotas.
const (
	maxForwarded     = 10 // headers, cookies or query strings
	maxOriginHeaders = 30
	maxOriginGroups  = 10
	maxPathPattern   = 255
	maxSigners       = 5
	maxKeyGroups     = 4
)

// checkForwarded refuses legacy settings that contradict each other. Source: model, the
// prose of ForwardedValues and of the errors.
func checkForwarded(b *wire.Node) error {
	v := b.Get("ForwardedValues")
	if v == nil {
		return nil
	}
	headers, keys := v.All("Name", "Headers", "Items"), v.All("Name", "QueryStringCacheKeys", "Items")
	cookies := v.All("Name", "Cookies", "WhitelistedNames", "Items")
	all := slices.ContainsFunc(headers, func(h *wire.Node) bool { return h.Text == "*" })
	switch {
	case (v.String("Cookies", "Forward") == "whitelist") != (len(cookies) > 0):
		return errorf("InvalidForwardCookies", "Your request contains forward cookies option which doesn't match with the expectation for the whitelisted list of cookie names. Either list of cookie names has been specified when not allowed or list of cookie names is missing when expected.")
	case len(cookies) > maxForwarded:
		return errorf("TooManyCookieNamesInWhiteList", "Your request contains more cookie names in the whitelist than are allowed per cache behavior.")
	case all && len(headers) > 1:
		return errorf("InvalidArgument", "The parameter Headers contains * and other names.")
	case all && number(b.String("MinTTL")) > 0:
		return errorf("InvalidArgument", "The parameter MinTTL must be 0 when all headers are forwarded.")
	case len(headers) > maxForwarded:
		return errorf("TooManyHeadersInForwardedValues", "Your request contains too many headers in forwarded values.")
	case len(keys) > 0 && !v.True("QueryString"):
		return errorf("InvalidQueryStringParameters", "The query string parameters specified are not valid.")
	case len(keys) > maxForwarded:
		return errorf("TooManyQueryStringParameters", "Your request contains too many query string parameters.")
	}
	for _, ttl := range []string{"MinTTL", "DefaultTTL", "MaxTTL"} {
		if number(b.String(ttl)) < 0 {
			return errorf("InvalidArgument", "The parameter %s is not valid.", ttl)
		}
	}
	return nil
}

// checkReferences refuses what a behaviour refers to and the account has not.
func (s *Service) checkReferences(b *wire.Node) error {
	if b.String("FieldLevelEncryptionId") != "" { // nobody can make one here
		return errorf("NoSuchFieldLevelEncryptionConfig", "The specified configuration for field-level encryption doesn't exist.")
	}
	if b.String("RealtimeLogConfigArn") != "" { // nor one of these
		return errorf("NoSuchRealtimeLogConfig", "The real-time log configuration does not exist.")
	}
	signers := b.All("AwsAccountNumber", "TrustedSigners", "Items")
	for _, n := range signers {
		if n.Text != "self" && !accountNumber.MatchString(n.Text) {
			return errorf("TrustedSignerDoesNotExist", "One or more of your trusted signers don't exist.")
		}
	}
	groups := b.All("KeyGroup", "TrustedKeyGroups", "Items")
	for _, n := range groups {
		if entityOf(s.keyGroups, n.Text) == nil {
			return errorf("TrustedKeyGroupDoesNotExist", "The specified key group does not exist.")
		}
	}
	switch {
	case len(signers) > maxSigners:
		return errorf("TooManyTrustedSigners", "Your request contains more trusted signers than are allowed per distribution.")
	case len(groups) > maxKeyGroups:
		return errorf("TooManyKeyGroupsAssociatedToDistribution", "The number of key groups referenced by this distribution is more than the maximum allowed.")
	case b.True("TrustedSigners", "Enabled") != (len(signers) > 0), b.True("TrustedKeyGroups", "Enabled") != (len(groups) > 0):
		return errorf("InvalidArgument", "The parameter Enabled of trusted signers or key groups contradicts their number.")
	}
	return nil
}

var accountNumber = regexp.MustCompile(`^\d{12}$`)

// What a path pattern is made of. Source: Developer Guide, path pattern.
var pathPattern = regexp.MustCompile(`^[A-Za-z0-9_.*?$/~"'@:+&-]+$`)

func checkPathPattern(pattern string) error {
	if len(pattern) > maxPathPattern || !pathPattern.MatchString(pattern) {
		return errorf("InvalidArgument", "The parameter PathPattern contains invalid characters or is too long.")
	}
	return nil
}

// checkGrouped refuses writes to an origin group, which fails over for reads alone, and
// gRPC without what it needs.
func checkGrouped(c, b *wire.Node) error {
	writes := slices.ContainsFunc(b.All("Method", "AllowedMethods", "Items"), func(m *wire.Node) bool { return m.Text == "POST" })
	grouped := slices.ContainsFunc(c.All("OriginGroup", "OriginGroups", "Items"), func(g *wire.Node) bool { return g.String("Id") == b.String("TargetOriginId") })
	switch {
	case writes && grouped:
		return errorf("InvalidArgument", "The parameter AllowedMethods cannot include POST, PUT, PATCH, and DELETE for a cached behavior associated with an origin group.")
	case b.True("GrpcConfig", "Enabled") && (!writes || c.String("HttpVersion") == "http1.1" || c.String("HttpVersion") == "http3"):
		return errorf("InvalidArgument", "The parameter GrpcConfig requires HTTP/2 and the POST method.")
	}
	return nil
}

// The statuses that an origin group may fail over on. Source: model, StatusCodes.
var failoverCodes = []string{"400", "403", "404", "416", "429", "500", "502", "503", "504"}

// checkGroups wants of each group two different origins and a name of its own.
func checkGroups(c *wire.Node, origins map[string]bool) error {
	groups, seen := c.All("OriginGroup", "OriginGroups", "Items"), map[string]bool{}
	if len(groups) > maxOriginGroups {
		return errorf("TooManyOriginGroupsPerDistribution", "Processing your request would cause you to exceed the maximum number of origin groups allowed.")
	}
	for _, g := range groups {
		id, members := g.String("Id"), map[string]bool{}
		if id == "" || origins[id] || seen[id] {
			return errorf("InvalidArgument", "The parameter Origin Group Id is missing or not unique.")
		}
		seen[id] = true
		for _, m := range g.All("OriginGroupMember", "Members", "Items") {
			origin := m.String("OriginId")
			if !origins[origin] {
				return noSuchOrigin()
			}
			if members[origin] {
				return errorf("InvalidArgument", "The parameter Origin Group Members contains an origin twice.")
			}
			members[origin] = true
		}
		for _, code := range g.All("StatusCode", "FailoverCriteria", "StatusCodes", "Items") {
			if !slices.Contains(failoverCodes, strings.TrimSpace(code.Text)) {
				return errorf("InvalidArgument", "The parameter StatusCode of the origin group's failover criteria is not valid.")
			}
		}
	}
	return nil
}

// Headers that CloudFront adds to no request. Source: Developer Guide, custom headers
// that CloudFront can't add to origin requests.
var reservedHeaders = []string{
	"cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
	"max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "proxy-connection", "range", "request-range", "te", "trailer", "transfer-encoding",
	"upgrade", "via", "x-real-ip",
}

var customHeader = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$")

func checkOriginHeaders(o *wire.Node) error {
	headers, seen := o.All("OriginCustomHeader", "CustomHeaders", "Items"), map[string]bool{}
	if len(headers) > maxOriginHeaders {
		return errorf("TooManyOriginCustomHeaders", "Your request contains too many origin custom headers.")
	}
	for _, h := range headers {
		name := strings.ToLower(h.String("HeaderName"))
		switch {
		case !customHeader.MatchString(name) || seen[name] || len(h.String("HeaderValue")) > 1783:
			return errorf("InvalidArgument", "The parameter HeaderName is not valid or not unique.")
		case slices.Contains(reservedHeaders, name), strings.HasPrefix(name, "x-amz-"), strings.HasPrefix(name, "x-edge-"):
			return errorf("InvalidArgument", "The parameter HeaderName contains %s, which cannot be added to origin requests.", h.String("HeaderName"))
		}
		seen[name] = true
	}
	return nil
}

// checkAccess refuses an origin access identity that does not exist, or stands beside an
// origin access control.
func (s *Service) checkAccess(o *wire.Node) error {
	identity := o.String("S3OriginConfig", "OriginAccessIdentity")
	if identity == "" {
		return nil
	}
	id, ok := strings.CutPrefix(identity, identityPath)
	if !ok || entityOf(s.identities, id) == nil {
		return errorf("InvalidOriginAccessIdentity", "The specified origin access identity does not exist or is not valid.")
	}
	if o.String("OriginAccessControlId") != "" {
		return errorf("IllegalOriginAccessConfiguration", "An origin cannot contain both an origin access control (OAC) and an origin access identity (OAI).")
	}
	return nil
}
