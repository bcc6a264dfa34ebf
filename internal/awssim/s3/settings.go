package s3

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A setting is a document that belongs to a bucket: put whole, read whole. Most do
// nothing here; they are there for the tools that manage them.
type setting struct {
	name   string
	get    string // operations; "" where there is none
	put    string
	delete string
	none   *wire.Node // what is answered when nobody has put one
	code   string     // else: the error
	words  string
	check  func(*Service, *bucket, *wire.Node) error
	reset  func() *wire.Node // what a deletion leaves
}

var settings = []setting{
	{name: "Cors", get: "GetBucketCors", put: "PutBucketCors", delete: "DeleteBucketCors", check: checkCORS, code: "NoSuchCORSConfiguration", words: "The CORS configuration does not exist"},
	{name: "Encryption", get: "GetBucketEncryption", put: "PutBucketEncryption", delete: "DeleteBucketEncryption", none: encryption(), reset: encryption},
	{
		name: "Lifecycle", get: "GetBucketLifecycleConfiguration", put: "PutBucketLifecycleConfiguration", delete: "DeleteBucketLifecycle",
		check: checkLifecycle, code: "NoSuchLifecycleConfiguration", words: "The lifecycle configuration does not exist",
	},
	{name: "Replication", get: "GetBucketReplication", put: "PutBucketReplication", delete: "DeleteBucketReplication", check: checkReplication, code: "ReplicationConfigurationNotFoundError", words: "The replication configuration was not found"},
	{name: "Tagging", get: "GetBucketTagging", put: "PutBucketTagging", delete: "DeleteBucketTagging", code: "NoSuchTagSet", words: "The TagSet does not exist", check: checkTags},
	{name: "Website", get: "GetBucketWebsite", put: "PutBucketWebsite", delete: "DeleteBucketWebsite", code: "NoSuchWebsiteConfiguration", words: "The specified bucket does not have a website configuration", check: checkWebsite},
	{name: "OwnershipControls", get: "GetBucketOwnershipControls", put: "PutBucketOwnershipControls", delete: "DeleteBucketOwnershipControls", code: "OwnershipControlsNotFoundError", words: "The bucket ownership controls were not found"},
	{name: "PublicAccessBlock", get: "GetPublicAccessBlock", put: "PutPublicAccessBlock", delete: "DeletePublicAccessBlock", code: "NoSuchPublicAccessBlockConfiguration", words: "The public access block configuration was not found"},
	{name: "Accelerate", get: "GetBucketAccelerateConfiguration", put: "PutBucketAccelerateConfiguration", none: wire.Elem("AccelerateConfiguration")},
	{name: "Logging", get: "GetBucketLogging", put: "PutBucketLogging", check: checkLogging, none: wire.Elem("BucketLoggingStatus")},
	{name: "RequestPayment", get: "GetBucketRequestPayment", put: "PutBucketRequestPayment", none: wire.Elem("RequestPaymentConfiguration", wire.Text("Payer", "BucketOwner"))},
	{name: "Versioning", get: "GetBucketVersioning", put: "PutBucketVersioning", none: wire.Elem("VersioningConfiguration"), check: checkVersioning},
	{name: "Notification", get: "GetBucketNotificationConfiguration", put: "PutBucketNotificationConfiguration", none: wire.Elem("NotificationConfiguration")},
	{name: "ObjectLockConfiguration", get: "GetObjectLockConfiguration", code: "ObjectLockConfigurationNotFoundError", words: "Object Lock configuration does not exist for this bucket"},
}

func init() {
	for _, x := range settings {
		operations[x.get] = operation{read: true, serve: x.read}
		if x.put != "" {
			operations[x.put] = operation{serve: x.write}
		}
		if x.delete != "" {
			operations[x.delete] = operation{serve: x.drop}
		}
	}
}

func (x setting) read(_ *Service, c *call) (*wire.Response, error) {
	if n := c.bucket.settings[x.name]; n != nil {
		return c.transitions(x, &wire.Response{Body: n}), nil
	}
	if x.none != nil {
		return &wire.Response{Body: x.none}, nil
	}
	return nil, failure(x.code, http.StatusNotFound, x.words, wire.Text("BucketName", c.bucket.name))
}

func (x setting) write(s *Service, c *call) (*wire.Response, error) {
	if x.check != nil {
		if err := x.check(s, c.bucket, c.Body); err != nil {
			return nil, err
		}
	}
	c.bucket.settings[x.name] = c.Body
	if x.name == "Lifecycle" {
		c.bucket.transition = c.Header.Get(transitionHeader)
	}
	return c.transitions(x, &wire.Response{}), nil
}

const transitionHeader = "X-Amz-Transition-Default-Minimum-Object-Size"

// transitions adds what belongs to a lifecycle and stands in a header. hashicorp/aws
// waits until it reads what it wrote.
func (c *call) transitions(x setting, out *wire.Response) *wire.Response {
	if x.name == "Lifecycle" {
		out.WithHeader(transitionHeader, cmp.Or(c.bucket.transition, "all_storage_classes_128K"))
	}
	return out
}

// drop is a success whether or not there was something.
func (x setting) drop(_ *Service, c *call) (*wire.Response, error) {
	delete(c.bucket.settings, x.name)
	if x.reset != nil {
		c.bucket.settings[x.name] = x.reset()
	}
	return &wire.Response{Status: http.StatusNoContent}, nil
}

const maxTags = 50

func checkTags(_ *Service, _ *bucket, n *wire.Node) error {
	seen := map[string]bool{}
	for _, t := range n.All("Tag", "TagSet") {
		key := t.String("Key")
		switch {
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return failure("InvalidTag", http.StatusBadRequest, "System tags cannot be added/updated by requester")
		case seen[key]:
			return failure("InvalidTag", http.StatusBadRequest, "Cannot provide multiple Tags with the same key")
		}
		seen[key] = true
	}
	if len(seen) > maxTags {
		return failure("BadRequest", http.StatusBadRequest, "Bucket tag count cannot be greater than 50")
	}
	return nil
}

func checkWebsite(_ *Service, _ *bucket, n *wire.Node) error {
	redirect := n.Get("RedirectAllRequestsTo") != nil
	if index := n.String("IndexDocument", "Suffix"); !redirect && (index == "" || strings.Contains(index, "/")) {
		return failure("InvalidArgument", http.StatusBadRequest, "The IndexDocument Suffix is not well formed")
	}
	if redirect && len(n.Children) > 1 {
		return failure("InvalidRequest", http.StatusBadRequest, "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.")
	}
	return nil
}

// checkLifecycle wants each rule to do something, and gives names to those without.
func checkLifecycle(_ *Service, _ *bucket, n *wire.Node) error {
	seen := map[string]bool{}
	rules := n.All("Rule")
	if len(rules) > maxRules {
		return failure("InvalidRequest", http.StatusBadRequest, "The number of lifecycle rules must not exceed the allowed limit of 1000 rules")
	}
	for i, r := range rules {
		if r.String("ID") == "" {
			r.Set(wire.Text("ID", fmt.Sprintf("rule-%d", i+1)))
		}
		id := r.String("ID")
		acts := slices.ContainsFunc(r.Children, func(c *wire.Node) bool {
			return slices.Contains([]string{"Expiration", "Transition", "NoncurrentVersionExpiration", "NoncurrentVersionTransition", "AbortIncompleteMultipartUpload"}, c.Name)
		})
		switch {
		case len(id) > 255:
			return failure("InvalidArgument", http.StatusBadRequest, "ID length should not exceed allowed limit of 255")
		case seen[id]:
			return failure("InvalidArgument", http.StatusBadRequest, "Rule ID must be unique. Found same ID for more than one rule")
		case !acts:
			return failure("InvalidRequest", http.StatusBadRequest, "At least one action needs to be specified in a rule")
		case r.Get("Filter") != nil && r.Get("Prefix") != nil:
			return failure("MalformedXML", http.StatusBadRequest, "The XML you provided was not well-formed or did not validate against our published schema")
		}
		seen[id] = true
	}
	return nil
}

const maxRules = 1000 // of a lifecycle

func checkCORS(_ *Service, _ *bucket, n *wire.Node) error {
	for _, r := range n.All("CORSRule") {
		for _, m := range r.All("AllowedMethod") {
			if !slices.Contains([]string{"GET", "PUT", "HEAD", "POST", "DELETE"}, m.Text) {
				return failure("InvalidRequest", http.StatusBadRequest, "Found unsupported HTTP method in CORS config. Unsupported method is "+m.Text)
			}
		}
		for _, o := range r.All("AllowedOrigin") {
			if strings.Count(o.Text, "*") > 1 {
				return failure("InvalidRequest", http.StatusBadRequest, fmt.Sprintf("AllowedOrigin %q can not have more than one wildcard.", o.Text))
			}
		}
	}
	return nil
}

// checkLogging wants a bucket for the logs that is in the region of the other.
func checkLogging(s *Service, b *bucket, n *wire.Node) error {
	target := n.String("LoggingEnabled", "TargetBucket")
	if n.Get("LoggingEnabled") == nil {
		return nil
	}
	switch to := s.buckets[target]; {
	case to == nil:
		return failure("InvalidTargetBucketForLogging", http.StatusBadRequest, "The target bucket for logging does not exist", wire.Text("TargetBucket", target))
	case to.region != b.region:
		return failure("CrossLocationLoggingProhibited", http.StatusForbidden, "Cross S3 location logging not allowed.")
	}
	return nil
}

func checkVersioning(_ *Service, b *bucket, n *wire.Node) error {
	if n.String("Status") == "Suspended" && b.settings["ObjectLockConfiguration"] != nil {
		return failure("InvalidBucketState", http.StatusConflict, "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
	}
	return nil
}

func checkReplication(_ *Service, b *bucket, _ *wire.Node) error {
	if !b.versioned() {
		return failure("InvalidRequest", http.StatusBadRequest, "Versioning must be 'Enabled' on the bucket to apply a replication configuration")
	}
	return nil
}

// versioned says whether overwritten objects are kept.
func (b *bucket) versioned() bool { return b.settings["Versioning"].String("Status") == "Enabled" }

// grantee is whom a grant is for: a canonical user, or a group.
func grantee(kind string, who *wire.Node) *wire.Node {
	out := wire.Elem("Grantee", who)
	out.Attrs = []xml.Attr{
		{Name: xml.Name{Local: "xmlns:xsi"}, Value: "http://www.w3.org/2001/XMLSchema-instance"},
		{Name: xml.Name{Local: "xsi:type"}, Value: kind},
	}
	return out
}

// logDelivery is the group that writes the logs of S3 itself.
const logDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery"

// acl is the owner's full control, and what the bucket grants beside it.
func (s *Service) acl(more ...*wire.Node) *wire.Node {
	grant := func(to *wire.Node, permission string) *wire.Node {
		return wire.Elem("Grant", to, wire.Text("Permission", permission))
	}
	all := wire.Elem("AccessControlList", grant(grantee("CanonicalUser", s.owner("Owner").Get("ID")), "FULL_CONTROL"))
	all.Children = append(all.Children, more...)
	return wire.Elem("AccessControlPolicy", s.owner("Owner"), all)
}

func (s *Service) getACL(c *call) (*wire.Response, error) {
	if c.key != "" {
		if _, err := c.version(); err != nil {
			return nil, err
		}
		return &wire.Response{Body: s.acl()}, nil
	}
	if set := c.bucket.settings["Acl"]; set != nil && !c.bucket.enforced() {
		return &wire.Response{Body: set}, nil
	}
	return &wire.Response{Body: s.acl()}, nil
}

// LogsTo says why CloudFront cannot write its logs to a bucket, "" if it can: it writes
// by a grant in the bucket's ACL. The bucket is named by its domain; one that never was
// is somebody else's, who may have granted it.
func (s *Service) LogsTo(domain string) string {
	name, _, _ := strings.Cut(domain, ".s3")
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch b := s.buckets[name]; {
	case b == nil && s.former[name]:
		return "The parameter Logging Bucket does not refer to a valid S3 bucket."
	case b != nil && b.enforced():
		return "The S3 bucket that you specified for CloudFront logs does not enable ACL access: " + domain
	}
	return ""
}

// putACL takes an ACL that lets in nobody who would have to be asked for here: the
// owner's, and grants to the services that write logs.
func (s *Service) putACL(c *call) (*wire.Response, error) {
	canned, owner := c.Header.Get("X-Amz-Acl"), s.owner("Owner").String("ID")
	set := s.acl()
	public, others := false, false
	switch canned {
	case "private", "bucket-owner-full-control", "bucket-owner-read":
	case "log-delivery-write":
		for _, permission := range []string{"WRITE", "READ_ACP"} {
			set.Get("AccessControlList").Children = append(set.Get("AccessControlList").Children,
				wire.Elem("Grant", grantee("Group", wire.Text("URI", logDelivery)), wire.Text("Permission", permission)))
		}
	case "public-read", "public-read-write", "authenticated-read":
		public = true
	case "":
		if c.Body == nil {
			return nil, failure("MissingSecurityHeader", http.StatusBadRequest, "Your request was missing a required header", wire.Text("MissingHeaderName", "x-amz-acl"))
		}
		set = c.Body
		for _, g := range set.All("Grant", "AccessControlList") {
			uri := g.String("Grantee", "URI")
			public = public || uri != "" && uri != logDelivery
			others = others || g.String("Grantee", "ID") != owner
		}
		if id := set.String("Owner", "ID"); id != owner {
			return nil, accessDenied()
		}
	default:
		return nil, failure("InvalidArgument", http.StatusBadRequest, "", wire.Text("ArgumentName", "x-amz-acl"), wire.Text("ArgumentValue", canned))
	}
	switch grants := public || others || canned == "log-delivery-write"; {
	case c.bucket.enforced() && grants:
		return nil, failure("AccessControlListNotSupported", http.StatusBadRequest, "The bucket does not allow ACLs")
	case public && c.bucket.settings["PublicAccessBlock"].True("BlockPublicAcls"):
		return nil, accessDenied()
	case public:
		return nil, failure("NotImplemented", http.StatusNotImplemented, "the simulator has no access control lists that let strangers in: use a bucket policy")
	case c.key != "" && grants:
		return nil, failure("NotImplemented", http.StatusNotImplemented, "the simulator has no access control lists of objects but the owner's")
	case c.key != "":
		_, err := c.version()
		return &wire.Response{}, err
	}
	c.bucket.settings["Acl"] = set
	return &wire.Response{}, nil
}
