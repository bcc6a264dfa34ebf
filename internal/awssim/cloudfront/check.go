package cloudfront

import (
	"net/netip"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/country"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// check refuses what CloudFront refuses in a completed configuration. d is the
// distribution it is for, nil at creation. Codes are the model's; messages are
// CloudFront's own where a public source quotes them.
func (s *Service) check(c *wire.Node, d *distribution, now time.Time) error {
	for _, err := range []error{
		checkTop(c), s.checkLogging(c, d), s.checkPlan(c), s.checkOrigins(c), s.checkBehaviors(c, d), checkErrorResponses(c), checkGeo(c),
		s.checkCertificate(c), s.checkAliases(c, d, now),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func number(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(s), 10, 64) // the model was checked before
	return n
}

var webACL = regexp.MustCompile(`^(arn:aws:wafv2:us-east-1:\d{12}:global/webacl/[^/]+/[0-9a-f-]+|[0-9a-f-]{36})$`)

func checkTop(c *wire.Node) error {
	switch {
	case c.String("ConnectionMode") == "tenant-only":
		return &wire.Error{Code: "NotImplemented", Status: 501, Message: "the simulator has no multi-tenant distributions"}
	case len(c.String("Comment")) > 128:
		return errorf("InvalidArgument", "The parameter Comment is too long.")
	case strings.HasPrefix(c.String("DefaultRootObject"), "/"):
		return errorf("InvalidDefaultRootObject", "The default root object file name is too big or contains an invalid character.")
	case c.String("WebACLId") != "" && !webACL.MatchString(c.String("WebACLId")):
		return errorf("InvalidWebACLId", "Web ACL is not accessible by the requester.")
	case c.True("Logging", "Enabled") && !bucketHost.MatchString(c.String("Logging", "Bucket")):
		return errorf("InvalidArgument", "The parameter Logging Bucket does not refer to a valid S3 bucket.")
	case strings.HasPrefix(c.String("Logging", "Prefix"), "/") || len(c.String("Logging", "Prefix")) > 256:
		return errorf("InvalidArgument", "The parameter Logging Prefix is not valid.")
	case c.String("AnycastIpListId") != "": // nobody can make one here
		return errorf("EntityNotFound", "The Anycast static IP list %s does not exist.", c.String("AnycastIpListId"))
	case (c.True("Staging") || c.String("ContinuousDeploymentPolicyId") != "") && strings.Contains(c.String("HttpVersion"), "3"):
		return errorf("InvalidArgument", "The parameter HTTP3 is not supported for Continuous Deployment Policy.")
	}
	return nil
}

// checkLogging asks for a bucket that logs can be written to, when it is named first.
func (s *Service) checkLogging(c *wire.Node, d *distribution) error {
	bucket := c.String("Logging", "Bucket")
	if !c.True("Logging", "Enabled") || d != nil && d.config().True("Logging", "Enabled") && d.config().String("Logging", "Bucket") == bucket {
		return nil
	}
	if why := s.opts.LogsTo(bucket); why != "" {
		return errorf("InvalidArgument", "%s", why)
	}
	return nil
}

// A bucket's REST endpoint in any of its spellings.
var bucketHost = regexp.MustCompile(`^[a-z0-9.-]+\.s3([.-][a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)

func (s *Service) checkOrigins(c *wire.Node) error {
	origins := c.All("Origin", "Origins", "Items")
	if len(origins) > 100 {
		return errorf("TooManyOrigins", "You cannot create more origins for the distribution.")
	}
	seen := map[string]bool{}
	for _, o := range origins {
		id := o.String("Id")
		if id == "" || seen[id] {
			return errorf("InvalidArgument", "The parameter Origin Id is missing or not unique.")
		}
		seen[id] = true
		if err := s.checkOrigin(o); err != nil {
			return err
		}
	}
	return checkGroups(c, seen)
}

func noSuchOrigin() error {
	return errorf("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
}

// AddVPCOrigin puts a VPC origin into the account: no call makes one here. What a distribution asks through it is the
// server of the domain name that its origin has.
func (s *Service) AddVPCOrigin(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vpcOrigins = append(s.vpcOrigins, id)
}

func (s *Service) checkOrigin(o *wire.Node) error {
	host := o.String("DomainName")
	kinds := 0
	for _, k := range []string{"S3OriginConfig", "CustomOriginConfig", "VpcOriginConfig"} {
		if o.Get(k) != nil {
			kinds++
		}
	}
	if kinds != 1 {
		return errorf("InvalidArgument", "Exactly one of CustomOriginConfig, VpcOriginConfig and S3OriginConfig must be specified")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return errorf("InvalidArgument", "The parameter origin name cannot be an IP address.")
	}
	if !validName(host) || strings.HasPrefix(host, "*") {
		return errorf("InvalidArgument", "The parameter origin name must be a domain name.")
	}
	if o.Get("S3OriginConfig") != nil && !bucketHost.MatchString(host) {
		return errorf("InvalidArgument", "The parameter Origin DomainName does not refer to a valid S3 bucket.")
	}
	if p := o.String("OriginPath"); p != "" && (!strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/")) {
		return errorf("InvalidArgument", "The parameter OriginPath is not valid.")
	}
	if id := o.String("OriginAccessControlId"); id != "" && !slices.ContainsFunc(s.controls, func(a *accessControl) bool { return a.id == id }) {
		return errorf("InvalidOriginAccessControl", "The origin access control is not valid.")
	}
	if n := number(o.String("ConnectionAttempts")); n < 1 || n > 3 {
		return errorf("InvalidArgument", "The parameter ConnectionAttempts is not valid.")
	}
	if n := number(o.String("ConnectionTimeout")); n < 1 || n > 10 {
		return errorf("InvalidArgument", "The parameter ConnectionTimeout is not valid.")
	}
	if o.True("OriginShield", "Enabled") && o.String("OriginShield", "OriginShieldRegion") == "" {
		return errorf("InvalidArgument", "The parameter OriginShieldRegion is required when Origin Shield is enabled.")
	}
	if id := o.String("VpcOriginConfig", "VpcOriginId"); o.Get("VpcOriginConfig") != nil && !slices.Contains(s.vpcOrigins, id) {
		return errorf("EntityNotFound", "The VPC origin %s does not exist.", id)
	}
	if err := checkOriginHeaders(o); err != nil {
		return err
	}
	if custom := o.Get("CustomOriginConfig"); custom != nil {
		return checkCustomOrigin(custom)
	}
	return s.checkAccess(o)
}

func checkCustomOrigin(custom *wire.Node) error {
	for _, port := range []string{"HTTPPort", "HTTPSPort"} {
		if n := number(custom.String(port)); n != 80 && n != 443 && (n < 1024 || n > 65535) {
			return errorf("InvalidArgument", "The parameter %s is not valid.", port)
		}
	}
	if len(custom.All("SslProtocol", "OriginSslProtocols", "Items")) == 0 {
		return errorf("InvalidArgument", "The parameter OriginSslProtocols is required.")
	}
	if n := number(custom.String("OriginReadTimeout")); n < 1 || n > 180 {
		return errorf("InvalidOriginReadTimeout", "The read timeout specified for the origin is not valid.")
	}
	if n := number(custom.String("OriginKeepaliveTimeout")); n < 1 || n > 180 {
		return errorf("InvalidOriginKeepaliveTimeout", "The keep alive timeout specified for the origin is not valid.")
	}
	return nil
}

func (s *Service) checkBehaviors(c *wire.Node, d *distribution) error {
	targets := map[string]bool{}
	for _, o := range c.All("Origin", "Origins", "Items") {
		targets[o.String("Id")] = true
	}
	for _, g := range c.All("OriginGroup", "OriginGroups", "Items") {
		targets[g.String("Id")] = true
	}
	all := behaviors(c)
	if len(all) > 75 { // quota of cache behaviours per distribution
		return errorf("TooManyCacheBehaviors", "You cannot create more cache behaviors for the distribution.")
	}
	patterns := map[string]bool{}
	for i, b := range all {
		if pattern := b.String("PathPattern"); i > 0 {
			same := strings.TrimPrefix(pattern, "/") // which may be left out
			if pattern == "" || patterns[same] && !s.opts.Knobs.EqualPatterns {
				return errorf("InvalidArgument", "The parameter PathPattern is missing or not unique.")
			}
			if same == "*" && s.opts.Knobs.RefuseStarPattern {
				return errorf("InvalidArgument", "The parameter PathPattern cannot be *, which is the default cache behavior.") // wording ours
			}
			if err := checkPathPattern(pattern); err != nil {
				return err
			}
			patterns[same] = true
		}
		if !targets[b.String("TargetOriginId")] {
			return noSuchOrigin()
		}
		for _, err := range []error{s.checkCaching(b), checkForwarded(b), s.checkReferences(b), checkMethods(b), checkGrouped(c, b), s.checkAssociations(b, d)} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) checkCaching(b *wire.Node) error {
	for _, k := range policyKinds {
		if id := b.String(k.name + "Id"); id != "" && s.policy(k, id) == nil {
			return k.missing()
		}
	}
	legacy := b.Get("ForwardedValues") != nil
	switch policy := b.String("CachePolicyId") != ""; {
	case policy && legacy:
		return errorf("InvalidArgument", "The parameter ForwardedValues cannot be used when a cache policy is associated to the cache behavior.")
	case !policy && b.String("OriginRequestPolicyId") != "":
		return errorf("InvalidArgument", "The parameter OriginRequestPolicyId can be used with a cache policy only.")
	case !policy && !legacy:
		return errorf("InvalidArgument", "The parameter ForwardedValues is required.")
	case legacy && (number(b.String("MinTTL")) > number(b.String("DefaultTTL")) || number(b.String("DefaultTTL")) > number(b.String("MaxTTL"))):
		return errorf("InvalidTTLOrder", "The order of the MinTTL, DefaultTTL and MaxTTL values is not valid.")
	}
	return nil
}

// The sets of methods that CloudFront knows. Source: model, AllowedMethods.
var methodSets = []string{"GET HEAD", "GET HEAD OPTIONS", "DELETE GET HEAD OPTIONS PATCH POST PUT"}

func checkMethods(b *wire.Node) error {
	set := func(path ...string) string {
		var out []string
		for _, m := range b.All("Method", append(path, "Items")...) {
			out = append(out, m.Text)
		}
		sort.Strings(out)
		return strings.Join(out, " ")
	}
	if !slices.Contains(methodSets, set("AllowedMethods")) {
		return errorf("InvalidArgument", "The parameter AllowedMethods is not valid.")
	}
	cached := set("AllowedMethods", "CachedMethods")
	if !slices.Contains(methodSets[:2], cached) || len(cached) > len(set("AllowedMethods")) {
		return errorf("InvalidArgument", "The parameter CachedMethods is not valid.")
	}
	return nil
}

// maxAssociations is one for each viewer event.
const maxAssociations = 2

var edgeLambda = regexp.MustCompile(`^arn:aws:lambda:us-east-1:\d{12}:function:[A-Za-z0-9-_]+:\d+$`)

func (s *Service) checkAssociations(b *wire.Node, d *distribution) error {
	events := map[string]bool{}
	once := func(code string, n *wire.Node) error {
		event := n.String("EventType")
		if events[event] {
			return errorf(code, "The event type %s is associated more than once.", event)
		}
		events[event] = true
		return nil
	}
	for _, l := range b.All("LambdaFunctionAssociation", "LambdaFunctionAssociations", "Items") {
		arn := l.String("LambdaFunctionARN")
		switch {
		case !strings.HasPrefix(arn, "arn:aws:lambda:us-east-1:"):
			return errorf("InvalidLambdaFunctionAssociation", "The function must be in region 'us-east-1'. ARN: %s", arn)
		case !edgeLambda.MatchString(arn):
			return errorf("InvalidLambdaFunctionAssociation", "The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: %s", arn)
		}
		if err := once("InvalidLambdaFunctionAssociation", l); err != nil {
			return err
		}
		if l.True("IncludeBody") && !strings.HasSuffix(l.String("EventType"), "-request") {
			return errorf("InvalidLambdaFunctionAssociation", "IncludeBody can be used with viewer-request and origin-request only. ARN: %s", arn)
		}
		if state := s.opts.FunctionState(arn); state != "" && state != "Active" {
			return errorf(s.opts.Knobs.InactiveVersion, "The function must be in an Active state. The current state for function %s is %s.", arn, state)
		}
		if why := s.opts.EdgeFunction(arn); why != "" {
			return errorf("InvalidLambdaFunctionAssociation", "%s Function: %s", why, arn)
		}
	}
	functions := b.All("FunctionAssociation", "FunctionAssociations", "Items")
	if len(functions) > maxAssociations {
		return errorf("TooManyFunctionAssociations", "You have reached the maximum number of CloudFront function associations for this distribution.")
	}
	for _, f := range functions {
		if !strings.HasPrefix(f.String("EventType"), "viewer-") {
			return errorf("InvalidFunctionAssociation", "A CloudFront function can only be associated with viewer-request or viewer-response.")
		}
		if err := once("InvalidFunctionAssociation", f); err != nil {
			return err
		}
		if err := s.checkFunction(f.String("FunctionARN"), d); err != nil {
			return err
		}
	}
	return checkMixed(b)
}

// checkMixed refuses a CloudFront function and Lambda@Edge on viewer events of one
// behaviour, whichever the events are. Source: Developer Guide, restrictions on all edge
// functions.
func checkMixed(b *wire.Node) error {
	lambda := slices.ContainsFunc(b.All("LambdaFunctionAssociation", "LambdaFunctionAssociations", "Items"), func(l *wire.Node) bool {
		return strings.HasPrefix(l.String("EventType"), "viewer-")
	})
	if lambda && len(b.All("FunctionAssociation", "FunctionAssociations", "Items")) > 0 { // wording ours
		return errorf("InvalidFunctionAssociation", "A CloudFront function cannot be associated with a viewer event of a cache behavior that has a Lambda@Edge function on viewer-request or viewer-response.")
	}
	return nil
}

// Source: Developer Guide, custom error responses.
var errorCodes = []string{"400", "403", "404", "405", "414", "416", "500", "501", "502", "503", "504"}

func checkErrorResponses(c *wire.Node) error {
	seen := map[string]bool{}
	for _, e := range c.All("CustomErrorResponse", "CustomErrorResponses", "Items") {
		if seen[e.String("ErrorCode")] || number(e.String("ErrorCachingMinTTL")) < 0 {
			return errorf("InvalidArgument", "The parameter ErrorCode is not unique, or ErrorCachingMinTTL is not valid.")
		}
		seen[e.String("ErrorCode")] = true
		code, page := e.String("ResponseCode"), e.String("ResponsePagePath")
		switch {
		case !slices.Contains(errorCodes, strings.TrimSpace(e.String("ErrorCode"))):
			return errorf("InvalidErrorCode", "The error code specified is not valid.")
		case (code == "") != (page == ""):
			return errorf("InvalidArgument", "ResponseCode and ResponsePagePath have to be specified together.")
		case code != "" && code != "200" && !slices.Contains(errorCodes, code):
			return errorf("InvalidResponseCode", "A response code is not valid.")
		case page != "" && !strings.HasPrefix(page, "/"):
			return errorf("InvalidRelativePath", "The relative path is too big, is not URL-encoded, or does not begin with a slash (/).")
		}
	}
	return nil
}

func checkGeo(c *wire.Node) error {
	geo := c.Get("Restrictions", "GeoRestriction")
	locations := geo.All("Location", "Items")
	if (geo.String("RestrictionType") == "none") != (len(locations) == 0) {
		return errorf("InvalidGeoRestrictionParameter", "The specified geo restriction parameter is not valid.")
	}
	for _, l := range locations {
		if !country.Known(l.Text) {
			return errorf("InvalidLocationCode", "The location code specified is not valid.")
		}
	}
	return nil
}

func (s *Service) checkCertificate(c *wire.Node) error {
	v := c.Get("ViewerCertificate")
	arn := v.String("ACMCertificateArn")
	if (arn != "" || v.String("IAMCertificateId") != "") && v.True("CloudFrontDefaultCertificate") || arn != "" && v.String("IAMCertificateId") != "" {
		return errorf("InvalidViewerCertificate", "Specify only one of ACMCertificateArn, IAMCertificateId and CloudFrontDefaultCertificate.")
	}
	if v.True("CloudFrontDefaultCertificate") {
		return nil
	}
	if v.String("SSLSupportMethod") == "sni-only" && v.String("MinimumProtocolVersion") == "SSLv3" {
		return errorf("InvalidMinimumProtocolVersion", "The minimum protocol version specified is not valid.")
	}
	// There is no IAM here, so no certificate of it exists.
	if _, ok := s.opts.Certificates(arn); !ok || !strings.HasPrefix(arn, "arn:aws:acm:us-east-1:") {
		return errorf("InvalidViewerCertificate", "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.")
	}
	return nil
}

func (s *Service) checkAliases(c *wire.Node, d *distribution, now time.Time) error {
	aliases := aliasesOf(c)
	if len(aliases) == 0 {
		return nil
	}
	if c.True("Staging") {
		code := s.opts.Knobs.StagingAliasError
		if code == "IllegalUpdate" && d == nil {
			code = "InvalidArgument"
		}
		return errorf(code, "The parameter CNAME is not supported for a staging distribution.")
	}
	seen := map[string]bool{}
	for _, a := range aliases {
		if !validName(a) || seen[key(a)] {
			return invalidAlias()
		}
		seen[key(a)] = true
	}
	if len(aliases) > maxAliases {
		return tooManyAliases()
	}
	if c.True("ViewerCertificate", "CloudFrontDefaultCertificate") {
		return errorf("InvalidViewerCertificate", "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name. For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements")
	}
	for _, a := range aliases {
		if !s.covered(c, a) {
			return errorf("InvalidViewerCertificate", "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add. For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements")
		}
	}
	var before []string
	if d != nil {
		before = d.aliases()
	}
	for _, a := range minus(aliases, before) {
		if s.taken(a, d, now) {
			return errorf("CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource.")
		}
		if s.pointsElsewhere(a, d, now) {
			return errorf("CNAMEAlreadyExists", "One or more aliases specified for the distribution includes an incorrectly configured DNS record that points to another CloudFront distribution. You must update the DNS record to correct the problem. For more information, see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-restrictions")
		}
	}
	// Lower case is checked last, so that a name in use says so however it is spelled.
	for _, a := range aliases {
		if a != key(a) {
			return invalidAlias()
		}
	}
	return nil
}

// taken says whether a name belongs to another distribution, or is still held for one.
func (s *Service) taken(alias string, d *distribution, now time.Time) bool {
	if o := s.owner(alias); o != nil && o != d {
		return true
	}
	if _, ok := s.elsewhere[key(alias)]; ok {
		return true
	}
	events := s.names[key(alias)]
	if !s.opts.Knobs.HoldRemovedAlias || len(events) == 0 {
		return false
	}
	from := s.byID[events[len(events)-1].From]
	return from != nil && from != d && !from.deleted && from.status(now) == "InProgress"
}

// pointsElsewhere is CloudFront's look at the DNS of a name that is being added. What
// counts is the record of now and the one that it goes on seeing for a while.
func (s *Service) pointsElsewhere(alias string, d *distribution, now time.Time) bool {
	for _, at := range []time.Time{now, now.Add(-s.opts.Knobs.DNSCheckDelay)} {
		target := strings.TrimSuffix(key(s.opts.PointsAt(alias, at)), ".")
		other := s.byDomain[target]
		exempt := s.opts.Knobs.DNSCheckExempt && (other == nil || other.of == s)
		if target != "" && (d == nil || target != d.domain) && !exempt {
			return true
		}
	}
	return false
}
