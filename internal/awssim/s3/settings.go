package s3

import (
	"encoding/xml"
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
	{name: "Cors", get: "GetBucketCors", put: "PutBucketCors", delete: "DeleteBucketCors", code: "NoSuchCORSConfiguration", words: "The CORS configuration does not exist"},
	{name: "Encryption", get: "GetBucketEncryption", put: "PutBucketEncryption", delete: "DeleteBucketEncryption", none: encryption(), reset: encryption},
	{
		name: "Lifecycle", get: "GetBucketLifecycleConfiguration", put: "PutBucketLifecycleConfiguration", delete: "DeleteBucketLifecycle",
		code: "NoSuchLifecycleConfiguration", words: "The lifecycle configuration does not exist",
	},
	{name: "Replication", get: "GetBucketReplication", put: "PutBucketReplication", delete: "DeleteBucketReplication", check: checkReplication, code: "ReplicationConfigurationNotFoundError", words: "The replication configuration was not found"},
	{name: "Tagging", get: "GetBucketTagging", put: "PutBucketTagging", delete: "DeleteBucketTagging", code: "NoSuchTagSet", words: "The TagSet does not exist", check: checkTags},
	{name: "Website", get: "GetBucketWebsite", put: "PutBucketWebsite", delete: "DeleteBucketWebsite", code: "NoSuchWebsiteConfiguration", words: "The specified bucket does not have a website configuration", check: checkWebsite},
	{name: "OwnershipControls", get: "GetBucketOwnershipControls", put: "PutBucketOwnershipControls", delete: "DeleteBucketOwnershipControls", code: "OwnershipControlsNotFoundError", words: "The bucket ownership controls were not found"},
	{name: "PublicAccessBlock", get: "GetPublicAccessBlock", put: "PutPublicAccessBlock", delete: "DeletePublicAccessBlock", code: "NoSuchPublicAccessBlockConfiguration", words: "The public access block configuration was not found"},
	{name: "Accelerate", get: "GetBucketAccelerateConfiguration", put: "PutBucketAccelerateConfiguration", none: wire.Elem("AccelerateConfiguration")},
	{name: "Logging", get: "GetBucketLogging", put: "PutBucketLogging", none: wire.Elem("BucketLoggingStatus")},
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
		return &wire.Response{Body: n}, nil
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
	return &wire.Response{}, nil
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

// acl is the owner's full control, which is all there is: grants to others are refused.
func (s *Service) acl() *wire.Node {
	grantee := s.owner("Grantee")
	grantee.Attrs = []xml.Attr{
		{Name: xml.Name{Local: "xmlns:xsi"}, Value: "http://www.w3.org/2001/XMLSchema-instance"},
		{Name: xml.Name{Local: "xsi:type"}, Value: "CanonicalUser"},
	}
	return wire.Elem("AccessControlPolicy", s.owner("Owner"), wire.Elem("AccessControlList", wire.Elem("Grant", grantee, wire.Text("Permission", "FULL_CONTROL"))))
}

func (s *Service) getACL(c *call) (*wire.Response, error) {
	if c.key != "" {
		if _, err := c.bucket.current(c.key); err != nil {
			return nil, err
		}
	}
	return &wire.Response{Body: s.acl()}, nil
}

// putACL takes the ACL that a bucket has anyway.
func (s *Service) putACL(c *call) (*wire.Response, error) {
	canned := c.Header.Get("X-Amz-Acl")
	owners := canned == "private" || canned == "" && c.Body != nil && !slices.ContainsFunc(c.Body.All("Grant", "AccessControlList"), func(g *wire.Node) bool {
		return g.String("Grantee", "ID") != s.owner("Owner").String("ID")
	})
	switch {
	case c.bucket.enforced() && !owners && canned != "bucket-owner-full-control":
		return nil, failure("AccessControlListNotSupported", http.StatusBadRequest, "The bucket does not allow ACLs")
	case !owners:
		return nil, failure("NotImplemented", http.StatusNotImplemented, "the simulator has no access control lists but the owner's")
	}
	return &wire.Response{}, nil
}
