// Package s3 simulates Amazon S3 as far as a site behind CloudFront needs it:
// buckets with the settings that infrastructure tools read and write, objects with
// conditional writes and versions, and the two endpoints that serve them as an
// origin, the REST endpoint and the website endpoint.
//
// Reads see every write at once, as S3's do. Whoever signs a request is the owner
// and may do everything; anonymous readers and CloudFront may do what the bucket's
// policy says. Objects live in memory, however they were uploaded.
package s3

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Options of a Service.
type Options struct {
	Clock   clock.Clock
	Account string
	// Identity is the canonical user of an origin access identity of CloudFront's, ok only
	// for one that exists. Nil: there are none.
	Identity func(id string) (user string, ok bool)
	// Taken says whether another account has a bucket of that name. Nil: none has.
	Taken func(bucket string) bool
}

// A Service is one account's S3 in all regions. It is safe for concurrent use.
type Service struct {
	opts  Options
	model *wire.Model

	mu      sync.RWMutex
	buckets map[string]*bucket
	former  map[string]bool // names of buckets that were deleted
	serial  int
}

// New returns an S3 without buckets.
func New(o Options) *Service {
	if o.Identity == nil {
		o.Identity = func(string) (string, bool) { return "", false }
	}
	if o.Taken == nil {
		o.Taken = func(string) bool { return false }
	}
	return &Service{opts: o, model: wire.LoadModel("s3"), buckets: map[string]*bucket{}, former: map[string]bool{}}
}

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

// A call is one request at one moment. bucket is nil for calls that need none.
type call struct {
	*wire.Request
	now    time.Time
	bucket *bucket
	key    string
}

// An operation answers one call. Public ones are open to callers who do not sign, if
// the bucket's policy allows the action.
type operation struct {
	read   bool
	public string // IAM action
	free   bool   // names no bucket, or one that does not exist yet
	serve  func(*Service, *call) (*wire.Response, error)
}

var operations = map[string]operation{
	"ListBuckets":       {read: true, free: true, serve: (*Service).listBuckets},
	"CreateBucket":      {free: true, serve: (*Service).createBucket},
	"HeadBucket":        {read: true, public: "s3:ListBucket", serve: (*Service).headBucket},
	"GetBucketLocation": {read: true, serve: (*Service).getLocation},
	"DeleteBucket":      {serve: (*Service).deleteBucket},

	"GetBucketAcl":          {read: true, serve: (*Service).getACL},
	"PutBucketAcl":          {serve: (*Service).putACL},
	"GetBucketPolicy":       {read: true, serve: (*Service).getPolicy},
	"PutBucketPolicy":       {serve: (*Service).putPolicy},
	"DeleteBucketPolicy":    {serve: (*Service).deletePolicy},
	"GetBucketPolicyStatus": {read: true, serve: (*Service).getPolicyStatus},

	"ListObjects":        {read: true, public: "s3:ListBucket", serve: (*Service).listObjects},
	"ListObjectsV2":      {read: true, public: "s3:ListBucket", serve: (*Service).listObjectsV2},
	"ListObjectVersions": {read: true, public: "s3:ListBucketVersions", serve: (*Service).listVersions},

	"GetObject":           {read: true, public: "s3:GetObject", serve: (*Service).getObject},
	"HeadObject":          {read: true, public: "s3:GetObject", serve: (*Service).getObject},
	"PutObject":           {public: "s3:PutObject", serve: (*Service).putObject},
	"CopyObject":          {serve: (*Service).copyObject},
	"DeleteObject":        {public: "s3:DeleteObject", serve: (*Service).deleteObject},
	"DeleteObjects":       {serve: (*Service).deleteObjects},
	"GetObjectTagging":    {read: true, serve: (*Service).getObjectTagging},
	"PutObjectTagging":    {serve: (*Service).putObjectTagging},
	"DeleteObjectTagging": {serve: (*Service).deleteObjectTagging},
	"GetObjectAcl":        {read: true, serve: (*Service).getACL},
	"PutObjectAcl":        {serve: (*Service).putACL},
	"GetObjectAttributes": {read: true, serve: (*Service).getAttributes},
}

// Serves implements wire.Service.
func (s *Service) Serves() []string {
	var out []string
	for name := range operations {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Reads implements wire.Service.
func (s *Service) Reads(name string) bool { return operations[name].read }

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	op, ok := operations[r.Operation.Name]
	if !ok {
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of S3", r.Operation.Name),
		}
	}
	if err := s.model.Validate(r.Operation, r.Body); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{Request: r, now: s.opts.Clock.Now(), key: r.Labels["Key"]}
	if !op.free {
		b, err := s.find(c)
		if err != nil {
			return nil, err
		}
		c.bucket = b
	}
	if r.AccessKey == "" && (c.bucket == nil || op.public == "" || !s.allowed(c.bucket, requester{}, op.public, c.key)) {
		return nil, accessDenied()
	}
	return op.serve(s, c)
}

func accessDenied() error {
	return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: "Access Denied"}
}

func failure(code string, status int, message string, detail ...*wire.Node) error {
	return &wire.Error{Code: code, Status: status, Message: message, Detail: detail}
}

// find is the bucket that a call names, if it was sent to the bucket's region.
func (s *Service) find(c *call) (*bucket, error) {
	name := c.Labels["Bucket"]
	b := s.buckets[name]
	if b == nil {
		return nil, noSuchBucket(name)
	}
	if owner := c.Header.Get("X-Amz-Expected-Bucket-Owner"); owner != "" && owner != s.opts.Account {
		return nil, accessDenied()
	}
	// Anybody may ask where a bucket is.
	if c.Region != "" && c.Region != b.region && c.Operation.Name != "GetBucketLocation" {
		return nil, &wire.Error{
			Code: "PermanentRedirect", Status: http.StatusMovedPermanently,
			Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
			Detail:  []*wire.Node{wire.Text("Endpoint", b.name+".s3."+b.region+".amazonaws.com"), wire.Text("Bucket", b.name)},
			Header:  http.Header{"X-Amz-Bucket-Region": {b.region}},
		}
	}
	return b, nil
}

func noSuchBucket(name string) error {
	return failure("NoSuchBucket", http.StatusNotFound, "The specified bucket does not exist", wire.Text("BucketName", name))
}

// The hosts under which a bucket is its first labels: AWS's own, and names on
// loopback, where a client sets them before an endpoint of one address.
var virtualHost = regexp.MustCompile(`^(.+)\.(?:s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com|localhost|sim\.test)(?::\d+)?$`)

// PathStyle returns the request as it would be if the bucket stood in the path.
func (s *Service) PathStyle(r *http.Request) *http.Request {
	m := virtualHost.FindStringSubmatch(r.Host)
	if m == nil {
		return r
	}
	out := r.Clone(r.Context())
	path := strings.TrimSuffix("/"+m[1]+r.URL.EscapedPath(), "/")
	if strings.HasSuffix(r.URL.Path, "/") && r.URL.Path != "/" {
		path += "/"
	}
	out.URL.RawPath = path
	out.URL.Path, _ = url.PathUnescape(path) // it was a path before
	return out
}
