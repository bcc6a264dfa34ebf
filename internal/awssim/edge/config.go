package edge

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A distribution is one version of a DistributionConfig, read once.
type distribution struct {
	config     *wire.Node
	policies   map[[2]string]*wire.Node // as they were read: kind and id
	root       string
	behaviours []behaviour // in order of precedence, the default last
	origins    map[string]backend
	groups     map[string]group
	errors     map[int]errorRule
	tags       string // header in which origins name the cache tags of an object; "": none does
}

type behaviour struct {
	pattern    string // "*" for the default
	target     string // id of an origin or origin group
	viewer     string // ViewerProtocolPolicy
	methods    []string
	policy     cachePolicy
	forward    values // what the origin sees
	dress      *headersPolicy
	restricted restricted
	lambdas    lambdas
	functions  functions
}

// lambdas are the versions of Lambda functions at origin events and at viewer events, as
// the headers of the simulator's own have them; "": there are none.
type lambdas struct{ origin, viewer string }

func readLambdas(b *wire.Node) lambdas {
	var at, around []string
	for _, l := range b.All("LambdaFunctionAssociation", "LambdaFunctionAssociations", "Items") {
		_, name, _ := strings.Cut(l.String("LambdaFunctionARN"), ":function:")
		switch event := l.String("EventType"); {
		case strings.HasPrefix(event, "origin-"):
			at = append(at, event+"="+name)
		default:
			around = append(around, event+"="+name)
		}
	}
	slices.Sort(at)
	slices.Sort(around)
	return lambdas{strings.Join(at, ", "), strings.Join(around, ", ")}
}

// ran is the answer with a header that says which versions ran.
func (a answer) ran(header, versions string) answer {
	if versions == "" {
		return a
	}
	a.header = maps.Clone(a.header)
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(header, versions)
	return a
}

type backend struct {
	domain  string
	path    string
	headers http.Header
	timeout time.Duration
	control string // id of its origin access control
	user    string // id of the origin access identity that asks it
	plain   bool   // asked without TLS
	host    string // Host header that a function set; "": as the behaviour has it
	vpc     bool   // in a VPC
	mtls    bool   // asked with a client certificate
}

type group struct {
	members []string
	codes   []int
}

type errorRule struct {
	page   string
	status int // 0: unchanged
	ttl    time.Duration
}

// The defaults of the API where a configuration leaves them out. [docs: CF distribution values]
const (
	originTimeout = 30 * time.Second
	errorTTL      = 10 * time.Second
)

func compile(cfg *wire.Node, known policySource) *distribution {
	policies := map[[2]string]*wire.Node{}
	custom := func(kind, id string) *wire.Node {
		policies[[2]string{kind, id}] = known(kind, id)
		return policies[[2]string{kind, id}]
	}
	d := &distribution{
		config: cfg, policies: policies, root: strings.TrimPrefix(cfg.String("DefaultRootObject"), "/"),
		origins: map[string]backend{}, groups: map[string]group{}, errors: map[int]errorRule{}, tags: cfg.String("CacheTagConfig", "HeaderName"),
	}
	for _, o := range cfg.All("Origin", "Origins", "Items") {
		b := backend{domain: o.String("DomainName"), path: strings.TrimSuffix(o.String("OriginPath"), "/"), headers: http.Header{}, timeout: originTimeout, control: o.String("OriginAccessControlId")}
		_, b.user, _ = strings.Cut(o.String("S3OriginConfig", "OriginAccessIdentity"), "origin-access-identity/cloudfront/")
		b.vpc, b.mtls = o.String("VpcOriginConfig", "VpcOriginId") != "", o.String("CustomOriginConfig", "OriginMtlsConfig", "ClientCertificateArn") != ""
		b.plain = o.String("CustomOriginConfig", "OriginProtocolPolicy") == "http-only"
		if s := seconds(o, "CustomOriginConfig", "OriginReadTimeout"); s > 0 {
			b.timeout = s
		}
		for _, h := range o.All("OriginCustomHeader", "CustomHeaders", "Items") {
			b.headers.Set(h.String("HeaderName"), h.String("HeaderValue"))
		}
		d.origins[o.String("Id")] = b
	}
	for _, g := range cfg.All("OriginGroup", "OriginGroups", "Items") {
		var out group
		for _, m := range g.All("OriginGroupMember", "Members", "Items") {
			out.members = append(out.members, m.String("OriginId"))
		}
		for _, c := range g.All("StatusCode", "FailoverCriteria", "StatusCodes", "Items") {
			out.codes = append(out.codes, number(c.Text))
		}
		d.groups[g.String("Id")] = out
	}
	for _, e := range cfg.All("CustomErrorResponse", "CustomErrorResponses", "Items") {
		rule := errorRule{page: e.String("ResponsePagePath"), status: number(e.String("ResponseCode")), ttl: errorTTL}
		if e.String("ErrorCachingMinTTL") != "" {
			rule.ttl = seconds(e, "ErrorCachingMinTTL")
		}
		d.errors[number(e.String("ErrorCode"))] = rule
	}
	for _, b := range cfg.All("CacheBehavior", "CacheBehaviors", "Items") {
		d.behaviours = append(d.behaviours, readBehaviour(b, b.String("PathPattern"), custom))
	}
	d.behaviours = append(d.behaviours, readBehaviour(cfg.Get("DefaultCacheBehavior"), "*", custom))
	return d
}

// current says whether the policies that it was read with are those in force.
func (d *distribution) current(known policySource) bool {
	for key, config := range d.policies {
		if known(key[0], key[1]) != config {
			return false
		}
	}
	return true
}

func readBehaviour(b *wire.Node, pattern string, custom policySource) behaviour {
	out := behaviour{pattern: pattern, target: b.String("TargetOriginId"), viewer: b.String("ViewerProtocolPolicy")}
	for _, m := range b.All("Method", "AllowedMethods", "Items") {
		out.methods = append(out.methods, m.Text)
	}
	if out.methods == nil {
		out.methods = []string{http.MethodHead, http.MethodGet}
	}
	out.restricted = readRestricted(b)
	out.policy = readPolicy(b, custom)
	out.forward = forwarded(b, out.policy.key, custom)
	out.dress = readHeadersPolicy(b, custom)
	out.lambdas = readLambdas(b)
	out.functions = readFunctions(b)
	return out
}

// behaviour is the first whose pattern matches: the order in the list is the
// order of precedence. Only for matching is a path made normal: cache and origin see
// it as it came. [docs: CF downloaddistvaluescachebehavior, path normalization]
func (d *distribution) behaviour(raw string) *behaviour {
	requested := normal(raw)
	for i := range d.behaviours {
		if matches(d.behaviours[i].pattern, requested) {
			return &d.behaviours[i]
		}
	}
	return &d.behaviours[len(d.behaviours)-1] // unreachable: * matches everything
}

func (b *behaviour) allows(method string) bool { return slices.Contains(b.methods, method) }

// normal is a path as RFC 3986 has it, and with single slashes: what need not be escaped
// is not, and dots have led where they lead.
func normal(raw string) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '%' && i+2 < len(raw) {
			if c, err := strconv.ParseUint(raw[i+1:i+3], 16, 8); err == nil {
				if unreserved(byte(c)) {
					b.WriteByte(byte(c))
				} else {
					b.WriteString(strings.ToUpper(raw[i : i+3]))
				}
				i += 2
				continue
			}
		}
		b.WriteByte(raw[i])
	}
	escaped := b.String()
	clean := path.Clean("/" + escaped)
	last := escaped[strings.LastIndexByte(escaped, '/')+1:]
	if clean != "/" && (last == "" || last == "." || last == "..") {
		clean += "/"
	}
	return clean
}

func unreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// matches is CloudFront's path pattern: * is any number of characters, slashes
// included, ? exactly one, case counts, and the leading slash may be left out.
func matches(pattern, requested string) bool {
	pattern, requested = strings.TrimPrefix(pattern, "/"), strings.TrimPrefix(requested, "/")
	p, s, star, mark := 0, 0, -1, 0
	for s < len(requested) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, s
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == requested[s]):
			p++
			s++
		case star >= 0:
			mark++
			p, s = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

func number(s string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(s)) // the control plane has checked it
	return n
}

func seconds(n *wire.Node, path ...string) time.Duration {
	f, _ := strconv.ParseFloat(strings.TrimSpace(n.String(path...)), 64)
	return time.Duration(f * float64(time.Second))
}
