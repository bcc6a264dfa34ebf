package cloudfront

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A policyKind is one of the three sorts of policy that a cache behaviour refers to.
type policyKind struct {
	name, plural string
	path         string // of the collection
	words        string
	check        func(*wire.Node) error
}

var policyKinds = []policyKind{
	{"CachePolicy", "CachePolicies", "cache-policy", "cache", checkCachePolicy},
	{"OriginRequestPolicy", "OriginRequestPolicies", "origin-request-policy", "origin request", checkOriginRequestPolicy},
	{"ResponseHeadersPolicy", "ResponseHeadersPolicies", "response-headers-policy", "response headers", checkResponseHeadersPolicy},
}

func init() {
	for _, k := range policyKinds {
		operations["Create"+k.name] = operation{serve: k.create}
		operations["Get"+k.name] = operation{read: true, serve: k.get}
		operations["Get"+k.name+"Config"] = operation{read: true, serve: k.getConfig}
		operations["Update"+k.name] = operation{serve: k.update}
		operations["Delete"+k.name] = operation{serve: k.delete}
		operations["List"+k.plural] = operation{read: true, serve: k.list}
	}
}

// A policy is AWS's own (managed) or somebody's. An update reaches each point of
// presence at its own moment, as a distribution's does; that it also makes the
// distributions that use it InProgress is nowhere said, so it does not.
type policy struct {
	id, etag string
	managed  bool
	deleted  bool
	versions []policyVersion
}

type policyVersion struct {
	at      time.Time
	arrives []time.Time // per POP; nil: has always been there
	config  *wire.Node
}

func (p *policy) latest() policyVersion { return p.versions[len(p.versions)-1] }

func (p *policy) config() *wire.Node { return p.latest().config }

// Quotas of an account. Source: Developer Guide, quotas.
const (
	maxPolicies     = 20   // custom ones of each kind
	maxPolicyValues = 10   // headers, cookies or query strings in one policy
	maxSecurityText = 1783 // characters of a Content-Security-Policy
)

func (k policyKind) missing() error {
	return errorf("NoSuch"+k.name, "The specified %s policy does not exist.", k.words)
}

func (s *Service) policy(k policyKind, id string) *policy {
	for _, p := range s.policies[k.name] {
		if p.id == id && !p.deleted {
			return p
		}
	}
	return nil
}

func (k policyKind) find(s *Service, r *call) (*policy, error) {
	if p := s.policy(k, r.Labels["Id"]); p != nil {
		return p, nil
	}
	return nil, k.missing()
}

// Policy returns the configuration of a policy as one POP knows it at a moment, nil
// where it knows none. The kind is CachePolicy, OriginRequestPolicy or ResponseHeadersPolicy.
func (e *edge) Policy(kind, id string, pop int, at time.Time) *wire.Node {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, s := range e.accounts {
		for _, p := range s.policies[kind] {
			if p.id == id {
				return p.at(pop, at)
			}
		}
	}
	return nil
}

// at is the configuration as one POP knows it. A distribution that refers to it may be
// quicker than the policy itself; it is made before the distribution refers to it, so its
// first version is what was meant.
func (p *policy) at(pop int, at time.Time) *wire.Node {
	for _, v := range slices.Backward(p.versions) {
		if v.arrives == nil || !v.arrives[pop].After(at) {
			return v.config
		}
	}
	return p.versions[0].config
}

// policyConfig completes and checks a configuration; self keeps its own name.
func (k policyKind) policyConfig(s *Service, asked *wire.Node, self *policy) (*wire.Node, error) {
	config := asked.Renamed(k.name + "Config")
	config.Attrs = nil
	dropEmptyItems(config)
	defaults(config, text("Comment", ""))
	if k.name == "CachePolicy" {
		completeCachePolicy(config)
	}
	name := config.String("Name")
	switch {
	case name == "" || len(name) > 128:
		return nil, errorf("InvalidArgument", "The parameter Name is not valid.")
	case len(config.String("Comment")) > 128:
		return nil, errorf("InvalidArgument", "The parameter Comment is too long.")
	}
	for _, p := range s.policies[k.name] {
		if p != self && !p.deleted && p.config().String("Name") == name {
			return nil, errorf(k.name+"AlreadyExists", "A %s policy with this name already exists. You must provide a unique name.", k.words)
		}
	}
	return config, k.check(config)
}

func (k policyKind) render(p *policy) *wire.Node {
	return wire.Elem(k.name, wire.Text("Id", p.id), wire.Text("LastModifiedTime", stamp(p.latest().at)), p.config())
}

func (k policyKind) answer(p *policy) *wire.Response {
	return (&wire.Response{Body: k.render(p)}).WithHeader("ETag", p.etag)
}

// commit makes config the next version of p.
func (k policyKind) commit(s *Service, p *policy, config *wire.Node, now time.Time) {
	var before []time.Time
	if len(p.versions) > 0 {
		before = p.latest().arrives
	}
	p.etag = s.newETag()
	s.mu.Lock()
	defer s.mu.Unlock()
	p.versions = append(p.versions, policyVersion{at: now, arrives: s.opts.Propagation.Schedule(p.id, len(p.versions), now, before), config: config})
}

func (k policyKind) create(s *Service, r *call) (*wire.Response, error) {
	config, err := k.policyConfig(s, r.Body, nil)
	if err != nil {
		return nil, err
	}
	custom := 0
	for _, p := range s.policies[k.name] {
		if !p.managed && !p.deleted {
			custom++
		}
	}
	if custom >= maxPolicies {
		return nil, errorf("TooMany"+k.plural, "You have reached the maximum number of %s policies for this Amazon Web Services account.", k.words)
	}
	p := &policy{id: s.uuid()}
	k.commit(s, p, config, r.now)
	s.mu.Lock()
	s.policies[k.name] = append(s.policies[k.name], p)
	s.mu.Unlock()
	return k.answer(p).WithHeader("Location", "https://cloudfront.amazonaws.com/2020-05-31/"+k.path+"/"+p.id), nil
}

func (k policyKind) get(s *Service, r *call) (*wire.Response, error) {
	p, err := k.find(s, r)
	if err != nil {
		return nil, err
	}
	return k.answer(p), nil
}

func (k policyKind) getConfig(s *Service, r *call) (*wire.Response, error) {
	p, err := k.find(s, r)
	if err != nil {
		return nil, err
	}
	return (&wire.Response{Body: p.config()}).WithHeader("ETag", p.etag), nil
}

func (k policyKind) update(s *Service, r *call) (*wire.Response, error) {
	p, err := k.find(s, r)
	if err != nil {
		return nil, err
	}
	if p.managed {
		return nil, errorf("IllegalUpdate", "You cannot update a managed policy.")
	}
	if err := ifMatch(r, p.etag); err != nil {
		return nil, err
	}
	config, err := k.policyConfig(s, r.Body, p)
	if err != nil {
		return nil, err
	}
	k.commit(s, p, config, r.now)
	return k.answer(p), nil
}

func (k policyKind) delete(s *Service, r *call) (*wire.Response, error) {
	p, err := k.find(s, r)
	if err != nil {
		return nil, err
	}
	if p.managed {
		return nil, errorf("IllegalDelete", "You cannot delete a managed policy.")
	}
	if err := ifMatch(r, p.etag); err != nil {
		return nil, err
	}
	if len(s.using(k.refers(p.id))) > 0 {
		return nil, errorf(k.name+"InUse", "Cannot delete the %s policy because it is attached to one or more cache behaviors.", k.words)
	}
	s.mu.Lock() // its versions stay for the points of presence that still serve by them
	defer s.mu.Unlock()
	p.deleted = true
	return &wire.Response{}, nil
}

// refers finds the configurations in which some behaviour uses a policy.
func (k policyKind) refers(id string) func(*wire.Node) bool {
	return func(c *wire.Node) bool {
		return slices.ContainsFunc(behaviors(c), func(b *wire.Node) bool { return b.String(k.name+"Id") == id })
	}
}

func (k policyKind) list(s *Service, r *call) (*wire.Response, error) {
	kind := r.Query.Get("Type")
	if kind != "" && kind != "managed" && kind != "custom" {
		return nil, errorf("InvalidArgument", "The parameter Type is not valid.")
	}
	var ids []string
	var listed []*policy
	for _, p := range s.policies[k.name] {
		ids = append(ids, p.id)
		if !p.deleted && (kind == "" || p.managed == (kind == "managed")) {
			listed = append(listed, p)
		}
	}
	page, err := pageAfter(r, ids, listed, func(p *policy) string { return p.id })
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, p := range page.items {
		kind := "custom"
		if p.managed {
			kind = "managed"
		}
		items.Children = append(items.Children, wire.Elem(k.name+"Summary", wire.Text("Type", kind), k.render(p)))
	}
	out := page.render(k.name+"List", items)
	out.Remove("Marker") // these lists have neither
	out.Remove("IsTruncated")
	return &wire.Response{Body: out}, nil
}

// uuid draws an identifier as policies have it; callers are inside Serve.
func (s *Service) uuid() string {
	h := fmt.Sprintf("%016x%016x", s.rng.Uint64(), s.rng.Uint64())
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// completeCachePolicy fills in the defaults of the model's prose.
func completeCachePolicy(c *wire.Node) {
	defaults(c, text("DefaultTTL", larger("86400", c.String("MinTTL"))))
	defaults(c, text("MaxTTL", larger("31536000", c.String("DefaultTTL"))))
	none := func(config, behavior string) *wire.Node { return wire.Elem(config, text(behavior, "none")) }
	defaults(c, wire.Elem("ParametersInCacheKeyAndForwardedToOrigin"))
	in := c.Get("ParametersInCacheKeyAndForwardedToOrigin")
	defaults(in, text("EnableAcceptEncodingGzip", "false"), text("EnableAcceptEncodingBrotli", "false"),
		none("HeadersConfig", "HeaderBehavior"), none("CookiesConfig", "CookieBehavior"), none("QueryStringsConfig", "QueryStringBehavior"))
}

// A choice is what a policy says about headers, cookies or query strings: how they
// are chosen, and which are listed.
type choice struct{ config, behavior, list, plural string }

var choices = []choice{
	{"HeadersConfig", "HeaderBehavior", "Headers", "Headers"},
	{"CookiesConfig", "CookieBehavior", "Cookies", "Cookies"},
	{"QueryStringsConfig", "QueryStringBehavior", "QueryStrings", "QueryStrings"},
}

// unlisted are headers that no policy may list: they are about one connection, or have
// settings of their own. Source: Developer Guide, request headers and CloudFront behavior.
var unlisted = []string{
	"connection", "content-length", "cookie", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "via", "x-real-ip",
}

// checkChoices checks that lists are there when they count, and only then.
func checkChoices(in *wire.Node, policy string) error {
	for _, c := range choices {
		how, items := in.String(c.config, c.behavior), in.All("Name", c.config, c.list, "Items")
		listed := how == "whitelist" || how == "allExcept" || how == "allViewerAndWhitelistCloudFront"
		if listed != (len(items) > 0) {
			return errorf("InvalidArgument", "The parameter %s is not valid for the %s %s.", c.list, c.behavior, how)
		}
		seen := map[string]bool{}
		for _, n := range items {
			name := n.Text
			if c.list == "Headers" {
				name = strings.ToLower(name)
			}
			switch {
			case c.list == "Headers" && (name == "*" || slices.Contains(unlisted, name)):
				return errorf("InvalidArgument", "The parameter %s contains %s that is not allowed.", c.list, n.Text)
			case how == "allViewerAndWhitelistCloudFront" && !strings.HasPrefix(name, "cloudfront-"):
				return errorf("InvalidArgument", "The parameter %s contains %s that is no header of CloudFront's.", c.list, n.Text)
			case seen[name]:
				return errorf("InvalidArgument", "The parameter %s contains %s more than once.", c.list, n.Text)
			}
			seen[name] = true
		}
		if len(items) > maxPolicyValues && how != "allViewerAndWhitelistCloudFront" {
			return errorf("TooMany"+c.plural+"In"+policy, "The number of %s in the policy exceeds the maximum.", c.list)
		}
	}
	return nil
}

func checkCachePolicy(c *wire.Node) error {
	low, normal, high := number(c.String("MinTTL")), number(c.String("DefaultTTL")), number(c.String("MaxTTL"))
	if low < 0 || low > normal || normal > high {
		return errorf("InvalidArgument", "The parameter MinTTL, DefaultTTL, or MaxTTL is not valid: MinTTL must not be above DefaultTTL, nor DefaultTTL above MaxTTL.")
	}
	in := c.Get("ParametersInCacheKeyAndForwardedToOrigin")
	if high == 0 { // message as quoted in public issues
		for _, x := range choices {
			if in.String(x.config, x.behavior) != "none" {
				return errorf("InvalidArgument", "The parameter %s is invalid for policy with caching disabled.", x.behavior)
			}
		}
		for _, encoding := range []string{"EnableAcceptEncodingGzip", "EnableAcceptEncodingBrotli"} {
			if in.True(encoding) {
				return errorf("InvalidArgument", "The parameter %s is invalid for policy with caching disabled.", encoding)
			}
		}
	}
	return checkChoices(in, "CachePolicy")
}

func checkOriginRequestPolicy(c *wire.Node) error {
	for _, h := range c.All("Name", "HeadersConfig", "Headers", "Items") {
		// They belong into the cache key. Source: Developer Guide, origin request policies.
		if c.String("HeadersConfig", "HeaderBehavior") == "whitelist" && slices.Contains([]string{"authorization", "accept-encoding"}, strings.ToLower(h.Text)) {
			return errorf("InvalidArgument", "The parameter Headers contains %s that is not allowed.", h.Text)
		}
	}
	return checkChoices(c, "OriginRequestPolicy")
}

func checkResponseHeadersPolicy(c *wire.Node) error {
	sections := 0
	for _, s := range []string{"CorsConfig", "SecurityHeadersConfig", "ServerTimingHeadersConfig", "CustomHeadersConfig", "RemoveHeadersConfig"} {
		if c.Get(s) != nil {
			sections++
		}
	}
	custom, removed := c.All("ResponseHeadersPolicyCustomHeader", "CustomHeadersConfig", "Items"), c.All("ResponseHeadersPolicyRemoveHeader", "RemoveHeadersConfig", "Items")
	switch {
	case sections == 0:
		return errorf("InvalidArgument", "The response headers policy must have at least one configuration.")
	case len(custom) > maxPolicyValues:
		return errorf("TooManyCustomHeadersInResponseHeadersPolicy", "The number of custom headers in the response headers policy exceeds the maximum.")
	case len(removed) > maxPolicyValues:
		return errorf("TooManyRemoveHeadersInResponseHeadersPolicy", "The number of headers in RemoveHeadersConfig in the response headers policy exceeds the maximum.")
	case len(c.String("SecurityHeadersConfig", "ContentSecurityPolicy", "ContentSecurityPolicy")) > maxSecurityText:
		return errorf("TooLongCSPInResponseHeadersPolicy", "The length of the Content-Security-Policy header value in the response headers policy exceeds the maximum.")
	}
	for _, err := range []error{checkCORS(c.Get("CorsConfig")), checkXSS(c.Get("SecurityHeadersConfig", "XSSProtection")), checkAdded(custom), checkRemoved(removed)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkCORS refuses what browsers ignore: anybody together with credentials.
func checkCORS(c *wire.Node) error {
	for _, list := range [][3]string{
		{"AccessControlAllowOrigins", "Origin", "*"}, {"AccessControlAllowHeaders", "Header", "*"}, {"AccessControlAllowMethods", "Method", "ALL"}, {"AccessControlExposeHeaders", "Header", "*"},
	} {
		items := c.All(list[1], list[0], "Items")
		all := slices.ContainsFunc(items, func(n *wire.Node) bool { return n.Text == list[2] })
		switch {
		case all && len(items) > 1:
			return errorf("InvalidArgument", "The parameter %s contains %s and others.", list[0], list[2])
		case all && c.True("AccessControlAllowCredentials"):
			return errorf("InvalidArgument", "The parameter %s cannot contain %s when AccessControlAllowCredentials is true.", list[0], list[2])
		}
	}
	return nil
}

// checkXSS wants one way of protection at most, and none where there is no protection.
// Source: model, ResponseHeadersPolicyXSSProtection.
func checkXSS(x *wire.Node) error {
	block, report := x.True("ModeBlock"), x.String("ReportUri") != ""
	if block && report || !x.True("Protection") && (block || report) {
		return errorf("InvalidArgument", "The parameter XSSProtection cannot have both ModeBlock and ReportUri, and has neither without Protection.")
	}
	return nil
}

// Headers with settings of their own, and those that are CloudFront's to send or that
// clients could not do without. Source: Developer Guide, response headers policies.
var (
	securityHeaders = []string{"content-security-policy", "referrer-policy", "strict-transport-security", "x-content-type-options", "x-frame-options", "x-xss-protection"}
	indispensable   = []string{
		"connection", "content-encoding", "content-length", "expect", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer",
		"transfer-encoding", "upgrade", "via", "warning", "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-cache", "x-forwarded-proto", "x-real-ip",
	}
)

func reserved(name string) bool {
	return slices.Contains(indispensable, name) || slices.ContainsFunc([]string{"x-amz-cf-", "x-amzn-", "x-edge-"}, func(p string) bool { return strings.HasPrefix(name, p) })
}

func checkAdded(headers []*wire.Node) error {
	seen := map[string]bool{}
	for _, h := range headers {
		name := strings.ToLower(h.String("Header"))
		switch { // the first message as quoted in public issues
		case slices.Contains(securityHeaders, name):
			return errorf("InvalidArgument", "The parameter CustomHeaders contains %s that is a security header and cannot be set as custom header.", h.String("Header"))
		case strings.HasPrefix(name, "access-control-"):
			return errorf("InvalidArgument", "The parameter CustomHeaders contains %s that is a CORS header and cannot be set as custom header.", h.String("Header"))
		case !customHeader.MatchString(name), reserved(name), seen[name]:
			return errorf("InvalidArgument", "The parameter CustomHeaders contains %s that is not allowed, or contains it more than once.", h.String("Header"))
		}
		seen[name] = true
	}
	return nil
}

func checkRemoved(headers []*wire.Node) error {
	for _, h := range headers {
		if name := strings.ToLower(h.String("Header")); !customHeader.MatchString(name) || reserved(name) {
			return errorf("InvalidArgument", "The parameter RemoveHeaders contains %s that is not allowed.", h.String("Header"))
		}
	}
	return nil
}
