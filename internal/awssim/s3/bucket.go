package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

type bucket struct {
	name, region string
	created      time.Time
	settings     map[string]*wire.Node // by name of the setting
	transition   string                // from which size on a lifecycle moves objects, "" for the default
	policy       []byte                // as it was put
	statements   []statement
	objects      map[string][]*version // by key, oldest first
	uploads      []*upload             // not complete yet
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// checkName applies the rules for names of general purpose buckets. Source: User Guide.
func checkName(name string) error {
	_, err := netip.ParseAddr(name)
	if !bucketName.MatchString(name) || strings.Contains(name, "..") || err == nil || strings.HasPrefix(name, "xn--") || strings.HasSuffix(name, "-s3alias") {
		return failure("InvalidBucketName", http.StatusBadRequest, "The specified bucket is not valid.", wire.Text("BucketName", name))
	}
	return nil
}

func (s *Service) createBucket(c *call) (*wire.Response, error) {
	name, region := c.Labels["Bucket"], c.Region
	if err := checkName(name); err != nil {
		return nil, err
	}
	if region == "" {
		region = "us-east-1"
	}
	constraint := c.Body.String("LocationConstraint")
	switch {
	case constraint == "" && region != "us-east-1":
		return nil, failure("IllegalLocationConstraintException", http.StatusBadRequest, "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.")
	case constraint == "us-east-1":
		return nil, failure("InvalidLocationConstraint", http.StatusBadRequest, "The specified location-constraint is not valid")
	case constraint != "" && region != "us-east-1" && constraint != region:
		return nil, failure("IllegalLocationConstraintException", http.StatusBadRequest, "The "+constraint+" location constraint is incompatible for the region specific endpoint this request was sent to.")
	case constraint != "":
		region = constraint
	}
	if s.opts.Taken(name) {
		return nil, failure("BucketAlreadyExists", http.StatusConflict, "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.", wire.Text("BucketName", name))
	}
	located := (&wire.Response{}).WithHeader("Location", "/"+name)
	if b := s.buckets[name]; b != nil {
		if b.region == "us-east-1" && region == b.region { // the one region in which this is no error
			return located, nil
		}
		return nil, failure("BucketAlreadyOwnedByYou", http.StatusConflict, "Your previous request to create the named bucket succeeded and you already own it.", wire.Text("BucketName", name))
	}
	b := &bucket{name: name, region: region, created: c.now, settings: map[string]*wire.Node{}, objects: map[string][]*version{}}
	b.secure()
	if ownership := c.Header.Get("X-Amz-Object-Ownership"); ownership != "" {
		b.settings["OwnershipControls"] = ownershipControls(ownership)
	}
	if acl := c.Header.Get("X-Amz-Acl"); acl != "" && acl != "private" && b.enforced() {
		return nil, failure("InvalidBucketAclWithObjectOwnership", http.StatusBadRequest, "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
	}
	if strings.EqualFold(c.Header.Get("X-Amz-Bucket-Object-Lock-Enabled"), "true") {
		b.settings["Versioning"] = wire.Elem("VersioningConfiguration", wire.Text("Status", "Enabled"))
		b.settings["ObjectLockConfiguration"] = wire.Elem("ObjectLockConfiguration", wire.Text("ObjectLockEnabled", "Enabled"))
	}
	s.buckets[name] = b
	delete(s.former, name)
	return located, nil
}

// secure is what every bucket has been created with since April 2023: no ACLs, nothing public.
func (b *bucket) secure() {
	b.settings["OwnershipControls"] = ownershipControls("BucketOwnerEnforced")
	b.settings["PublicAccessBlock"] = wire.Elem("PublicAccessBlockConfiguration",
		wire.Bool("BlockPublicAcls", true), wire.Bool("IgnorePublicAcls", true), wire.Bool("BlockPublicPolicy", true), wire.Bool("RestrictPublicBuckets", true))
	b.settings["Encryption"] = encryption()
}

func ownershipControls(ownership string) *wire.Node {
	return wire.Elem("OwnershipControls", wire.Elem("Rule", wire.Text("ObjectOwnership", ownership)))
}

// encryption is the default of every bucket, which deleting the setting brings back.
func encryption() *wire.Node {
	return wire.Elem("ServerSideEncryptionConfiguration", wire.Elem("Rule",
		wire.Elem("ApplyServerSideEncryptionByDefault", wire.Text("SSEAlgorithm", "AES256")), wire.Bool("BucketKeyEnabled", false)))
}

// enforced says whether the bucket has no ACLs.
func (b *bucket) enforced() bool {
	return b.settings["OwnershipControls"].String("Rule", "ObjectOwnership") == "BucketOwnerEnforced"
}

func (s *Service) headBucket(c *call) (*wire.Response, error) {
	return (&wire.Response{}).WithHeader("X-Amz-Bucket-Region", c.bucket.region).WithHeader("X-Amz-Access-Point-Alias", "false"), nil
}

// getLocation calls us-east-1 by no name, as it was before there were others.
func (s *Service) getLocation(c *call) (*wire.Response, error) {
	region := c.bucket.region
	if region == "us-east-1" {
		region = ""
	}
	return &wire.Response{Body: wire.Text("LocationConstraint", region)}, nil
}

func (s *Service) deleteBucket(c *call) (*wire.Response, error) {
	if len(c.bucket.objects) > 0 {
		message := "The bucket you tried to delete is not empty"
		if c.bucket.versioned() {
			message += ". You must delete all versions in the bucket."
		}
		return nil, failure("BucketNotEmpty", http.StatusConflict, message, wire.Text("BucketName", c.bucket.name))
	}
	delete(s.buckets, c.bucket.name)
	s.former[c.bucket.name] = true
	return &wire.Response{}, nil
}

func (s *Service) listBuckets(c *call) (*wire.Response, error) {
	var names []string
	for name, b := range s.buckets {
		if strings.HasPrefix(name, c.Query.Get("prefix")) && (c.Query.Get("bucket-region") == "" || c.Query.Get("bucket-region") == b.region) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	limit := 10_000
	if n, err := strconv.Atoi(c.Query.Get("max-buckets")); err == nil && n > 0 {
		limit = n
	}
	after := c.Query.Get("continuation-token")
	list, token := wire.Elem("Buckets"), ""
	for _, name := range names {
		if after != "" && name <= after {
			continue
		}
		if len(list.Children) == limit {
			token = list.Children[limit-1].String("Name")
			break
		}
		b := s.buckets[name]
		list.Children = append(list.Children, wire.Elem("Bucket", wire.Text("Name", name), wire.Text("CreationDate", stamp(b.created)), wire.Text("BucketRegion", b.region)))
	}
	out := wire.Elem("ListAllMyBucketsResult", s.owner("Owner"), list)
	if token != "" {
		out.Set(wire.Text("ContinuationToken", token))
	}
	return &wire.Response{Body: out}, nil
}

// owner is the canonical user of the account.
func (s *Service) owner(name string) *wire.Node {
	sum := sha256.Sum256([]byte("canonical user of " + s.opts.Account))
	return wire.Elem(name, wire.Text("ID", hex.EncodeToString(sum[:])))
}

// stamp is how S3 writes a moment in a document.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
