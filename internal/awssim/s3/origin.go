package s3

import (
	"cmp"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A Question is what CloudFront asks a bucket.
type Question struct {
	Domain       string
	Method, Path string // the path still escaped
	Header       http.Header
	Distribution string // id of the distribution that signs by its origin access control; empty: nobody signs
	Account      string // of that distribution; empty: the bucket's
	Identity     string // id of the origin access identity that asks; empty: none
	Secure       bool   // over TLS
}

// An Answer is what a viewer's request gets from a bucket.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

var (
	restEndpoint    = regexp.MustCompile(`^(.+)\.s3(?:[.-]([a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com$`)
	websiteEndpoint = regexp.MustCompile(`^(.+)\.s3-website[.-]([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$`)
)

// Object is an object's content, for services of the same account that read it.
func (s *Service) Object(bucket, key string) ([]byte, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := s.buckets[bucket]
	if b == nil {
		return nil, false
	}
	v, err := b.current(key)
	if err != nil {
		return nil, false
	}
	return v.body, true
}

// Has says whether a bucket is there.
func (s *Service) Has(bucket string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.buckets[bucket] != nil
}

// Lacks says whether a bucket is there, and an object in it is not.
func (s *Service) Lacks(bucket, key string) bool {
	s.mu.RLock()
	b := s.buckets[bucket]
	s.mu.RUnlock()
	_, ok := s.Object(bucket, key)
	return b != nil && !ok
}

// Origin answers as the endpoint at a domain. ok is false for a domain that is no
// bucket's, and for buckets that never were: those are somebody else's.
func (s *Service) Origin(q Question) (a Answer, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	name, region, website := "", "", false
	if m := websiteEndpoint.FindStringSubmatch(q.Domain); m != nil {
		name, region, website = m[1], m[2], true
	} else if m := restEndpoint.FindStringSubmatch(q.Domain); m != nil {
		name, region = m[1], m[2]
	}
	b := s.buckets[name]
	if b == nil && (!s.former[name] || s.opts.Taken(name)) {
		return a, false
	}
	key, err := url.PathUnescape(strings.TrimPrefix(q.Path, "/"))
	c := &call{Request: &wire.Request{Header: q.Header, Query: url.Values{}}, now: s.opts.Clock.Now(), bucket: b, key: key}
	switch {
	case b == nil:
		return s.errorPage(c, noSuchBucket(name), website), true
	case err != nil:
		return s.errorPage(c, failure("InvalidURI", http.StatusBadRequest, "Couldn't parse the specified URI."), website), true
	case region != "" && region != b.region, region == "" && b.region != "us-east-1" && website:
		return s.errorPage(c, failure("PermanentRedirect", http.StatusMovedPermanently,
			"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint."), website), true
	case q.Method != http.MethodGet && q.Method != http.MethodHead:
		return s.errorPage(c, failure("MethodNotAllowed", http.StatusMethodNotAllowed, "The specified method is not allowed against this resource."), website), true
	case website:
		return s.website(c), true
	}
	who := requester{secure: q.Secure, identity: q.Identity}
	if q.Distribution != "" {
		who.account = cmp.Or(q.Account, s.opts.Account)
		who.distribution = "arn:aws:cloudfront::" + who.account + ":distribution/" + q.Distribution
	}
	return s.rest(c, who), true
}

// rest answers as the REST endpoint.
func (s *Service) rest(c *call, who requester) Answer {
	lists := s.allowed(c.bucket, who, "s3:ListBucket", "")
	if c.key == "" {
		if !lists {
			return s.errorPage(c, accessDenied(), false)
		}
		out, err := s.listObjects(c)
		if err != nil {
			return s.errorPage(c, err, false)
		}
		return Answer{http.StatusOK, http.Header{"Content-Type": {"application/xml"}}, out.Body.XML("http://s3.amazonaws.com/doc/2006-03-01/")}
	}
	v, err := c.version()
	switch {
	case !s.allowed(c.bucket, who, "s3:GetObject", c.key), err != nil && !lists: // who may not list learns nothing
		return s.errorPage(c, accessDenied(), false)
	case err != nil:
		return s.errorPage(c, err, false)
	}
	return v.answer(c.bucket, http.StatusOK)
}

func (v *version) answer(b *bucket, status int) Answer {
	out := v.show(b, false)
	out.WithHeader("Server", "AmazonS3")
	out.Header.Del("Accept-Ranges") // nothing in front of it asks for ranges
	return Answer{status, out.Header, out.Raw}
}

// website answers as the website endpoint, where everybody is anonymous: the index
// document for what ends in a slash, a redirect for a folder, the error document.
// Source: User Guide, "Configuring an index document", "... a custom error document".
func (s *Service) website(c *call) Answer {
	config := c.bucket.settings["Website"]
	if config == nil {
		return s.errorPage(c, failure("NoSuchWebsiteConfiguration", http.StatusNotFound, "The specified bucket does not have a website configuration"), true)
	}
	if to := config.Get("RedirectAllRequestsTo"); to != nil {
		protocol := to.String("Protocol")
		if protocol == "" {
			protocol = "http"
		}
		return Answer{http.StatusMovedPermanently, http.Header{"Location": {protocol + "://" + to.String("HostName") + "/" + c.key}, "Server": {"AmazonS3"}}, nil}
	}
	index, folder := config.String("IndexDocument", "Suffix"), c.key
	if c.key == "" || strings.HasSuffix(c.key, "/") {
		c.key += index
	}
	v, err := s.publicly(c, c.key)
	if err == nil {
		if to := v.header.Get("X-Amz-Website-Redirect-Location"); to != "" {
			return Answer{http.StatusMovedPermanently, http.Header{"Location": {to}, "Server": {"AmazonS3"}}, nil}
		}
		return v.answer(c.bucket, http.StatusOK)
	}
	if _, ierr := s.publicly(c, folder+"/"+index); ierr == nil && folder == c.key {
		return Answer{http.StatusFound, http.Header{"Location": {"/" + (&url.URL{Path: folder}).EscapedPath() + "/"}, "Server": {"AmazonS3"}}, nil}
	}
	page := s.errorPage(c, err, true)
	if key := config.String("ErrorDocument", "Key"); key != "" {
		if v, err := s.publicly(c, key); err == nil {
			return v.answer(c.bucket, page.Status)
		}
	}
	return page
}

// publicly is an object that anybody may read.
func (s *Service) publicly(c *call, key string) (*version, error) {
	v, err := c.bucket.current(key)
	if !s.allowed(c.bucket, requester{}, "s3:GetObject", key) || err != nil && !s.allowed(c.bucket, requester{}, "s3:ListBucket", "") {
		return nil, accessDenied()
	}
	return v, err
}

// errorPage is an error as an origin's answer: a document of the API, or a page.
func (s *Service) errorPage(c *call, err error, html bool) Answer {
	resp, code := s.model.Refuse(c.Request, err)
	h := http.Header{"Server": {"AmazonS3"}, "Content-Type": {"application/xml"}}
	body := resp.Body.XML("")
	if html {
		h.Set("Content-Type", "text/html; charset=utf-8")
		title := strconv.Itoa(resp.Status) + " " + http.StatusText(resp.Status)
		body = []byte("<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n<ul>\n<li>Code: " + code + "</li>\n<li>Message: " + resp.Body.String("Message") + "</li>\n</ul>\n</body>\n</html>\n")
	}
	return Answer{resp.Status, h, body}
}
