package s3

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A version is one state of one key: an object, or the mark that it was deleted.
type version struct {
	id       string // "null" for those written while the bucket kept no versions
	at       time.Time
	deleted  bool
	body     []byte
	etag     string      // quoted
	header   http.Header // as every answer has it: type, caching, metadata
	checksum http.Header // x-amz-checksum-…
	tags     *wire.Node  // Tagging; nil: none
}

func newVersion(id string, at time.Time, body []byte) *version {
	sum := md5.Sum(body)
	return &version{id: id, at: at, body: body, etag: `"` + hex.EncodeToString(sum[:]) + `"`, header: http.Header{}, checksum: http.Header{}}
}

// maxKey is the longest key. Source: User Guide.
const maxKey = 1024

// system are the headers of a request that come back with the object.
var system = []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires", "X-Amz-Website-Redirect-Location", "X-Amz-Storage-Class"}

const metadataPrefix = "X-Amz-Meta-"

// describe takes over what a request says about the object.
func (v *version) describe(h http.Header) {
	for _, name := range system {
		if value := h.Get(name); value != "" {
			v.header.Set(name, value)
		}
	}
	var kept []string
	for e := range strings.SplitSeq(v.header.Get("Content-Encoding"), ",") {
		if e = strings.TrimSpace(e); e != "" && e != "aws-chunked" { // which was for the way only
			kept = append(kept, e)
		}
	}
	v.header.Del("Content-Encoding")
	if len(kept) > 0 {
		v.header.Set("Content-Encoding", strings.Join(kept, ","))
	}
	if v.header.Get("Content-Type") == "" {
		v.header.Set("Content-Type", "binary/octet-stream")
	}
	if v.header.Get("X-Amz-Storage-Class") == "STANDARD" { // the one that is not mentioned
		v.header.Del("X-Amz-Storage-Class")
	}
	for name, values := range h {
		if strings.HasPrefix(textproto.CanonicalMIMEHeaderKey(name), metadataPrefix) {
			v.header[textproto.CanonicalMIMEHeaderKey(name)] = values
		}
	}
	v.header.Set("X-Amz-Server-Side-Encryption", "AES256")
}

func noSuchKey(key string) error {
	return failure("NoSuchKey", http.StatusNotFound, "The specified key does not exist.", wire.Text("Key", key))
}

// current is the newest version of a key, if it is an object.
func (b *bucket) current(key string) (*version, error) {
	list := b.objects[key]
	if len(list) == 0 || list[len(list)-1].deleted {
		return nil, noSuchKey(key)
	}
	return list[len(list)-1], nil
}

// version is the one that a call names, or the newest.
func (c *call) version() (*version, error) {
	id := c.Query.Get("versionId")
	if id == "" {
		v, err := c.bucket.current(c.key)
		if list := c.bucket.objects[c.key]; err != nil && len(list) > 0 {
			err = &wire.Error{Code: "NoSuchKey", Status: http.StatusNotFound, Message: "The specified key does not exist.", Header: http.Header{
				"X-Amz-Delete-Marker": {"true"}, "X-Amz-Version-Id": {list[len(list)-1].id},
			}}
		}
		return v, err
	}
	for _, v := range c.bucket.objects[c.key] {
		if v.id != id {
			continue
		}
		if v.deleted {
			return nil, &wire.Error{Code: "MethodNotAllowed", Status: http.StatusMethodNotAllowed, Message: "The specified method is not allowed against this resource.", Header: http.Header{"X-Amz-Delete-Marker": {"true"}}}
		}
		return v, nil
	}
	return nil, failure("NoSuchVersion", http.StatusNotFound, "The specified version does not exist.", wire.Text("Key", c.key), wire.Text("VersionId", id))
}

// nextVersion is the id of a version that is written now.
func (s *Service) nextVersion(b *bucket) string {
	if !b.versioned() {
		return "null"
	}
	s.serial++
	sum := md5.Sum(fmt.Appendf(nil, "%s %d", b.name, s.serial))
	return fmt.Sprintf("%08d.%s", s.serial, hex.EncodeToString(sum[:])[:22])
}

// store makes v the newest version of key. One without an id of its own replaces another such.
func (b *bucket) store(key string, v *version) {
	list := slices.Clone(b.objects[key])
	if v.id == "null" {
		list = slices.DeleteFunc(list, func(x *version) bool { return x.id == "null" })
	}
	b.objects[key] = append(list, v)
}

func preconditionFailed(condition string) error {
	return failure("PreconditionFailed", http.StatusPreconditionFailed, "At least one of the pre-conditions you specified did not hold", wire.Text("Condition", condition))
}

// sameETag compares as S3 does, with or without the quotes.
func sameETag(condition, etag string) bool {
	for one := range strings.SplitSeq(condition, ",") {
		if one = strings.Trim(strings.TrimSpace(one), `"`); one == "*" || one == strings.Trim(etag, `"`) {
			return true
		}
	}
	return false
}

// checkWrite applies the conditions of a write. Source: User Guide, conditional writes.
func (c *call) checkWrite() error {
	now, err := c.bucket.current(c.key)
	switch match, none := c.Header.Get("If-Match"), c.Header.Get("If-None-Match"); {
	case none != "" && none != "*", match != "" && none != "":
		return failure("NotImplemented", http.StatusNotImplemented, "A header you provided implies functionality that is not implemented", wire.Text("Header", "If-None-Match"))
	case none != "" && err == nil:
		return preconditionFailed("If-None-Match")
	case match != "" && err != nil:
		return err
	case match != "" && !sameETag(match, now.etag):
		return preconditionFailed("If-Match")
	}
	return nil
}

func (s *Service) putObject(c *call) (*wire.Response, error) {
	if len(c.key) > maxKey {
		return nil, failure("KeyTooLongError", http.StatusBadRequest, "Your key is too long")
	}
	if acl := c.Header.Get("X-Amz-Acl"); acl != "" && acl != "private" && acl != "bucket-owner-full-control" {
		if c.bucket.enforced() {
			return nil, failure("AccessControlListNotSupported", http.StatusBadRequest, "The bucket does not allow ACLs")
		}
		return nil, failure("NotImplemented", http.StatusNotImplemented, "the simulator has no access control lists but the owner's")
	}
	body, sums, err := content(c.Header, c.Raw)
	if err != nil {
		return nil, err
	}
	if err := c.checkWrite(); err != nil {
		return nil, err
	}
	v := newVersion(s.nextVersion(c.bucket), c.now, body)
	v.describe(c.Header)
	v.checksum = sums
	if raw := c.Header.Get("X-Amz-Tagging"); raw != "" {
		if v.tags, err = tagsOf(raw); err != nil {
			return nil, err
		}
	}
	c.bucket.store(c.key, v)
	out := written(c.bucket, v)
	maps.Copy(out.Header, sums)
	if len(sums) > 0 {
		out.WithHeader("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	return out, nil
}

// written is what the answer to a write says of the new version.
func written(b *bucket, v *version) *wire.Response {
	out := (&wire.Response{}).WithHeader("ETag", v.etag).WithHeader("X-Amz-Server-Side-Encryption", "AES256")
	if b.settings["Versioning"] != nil {
		out.WithHeader("X-Amz-Version-Id", v.id)
	}
	return out
}

// tagsOf reads the tags of a header, which are a query string.
func tagsOf(raw string) (*wire.Node, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, failure("InvalidArgument", http.StatusBadRequest, "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
	}
	set := wire.Elem("TagSet")
	for _, k := range slices.Sorted(maps.Keys(values)) {
		set.Children = append(set.Children, wire.Elem("Tag", wire.Text("Key", k), wire.Text("Value", values.Get(k))))
	}
	return wire.Elem("Tagging", set), nil
}

// show is the answer to a read of a version, complete or in part.
func (v *version) show(b *bucket, checksums bool) *wire.Response {
	out := &wire.Response{Header: v.header.Clone(), Raw: v.body}
	if v.body == nil {
		out.Raw = []byte{}
	}
	out.WithHeader("ETag", v.etag).WithHeader("Last-Modified", v.at.UTC().Format(http.TimeFormat)).WithHeader("Accept-Ranges", "bytes")
	out.WithHeader("Content-Length", strconv.Itoa(len(v.body)))
	if b.settings["Versioning"] != nil {
		out.WithHeader("X-Amz-Version-Id", v.id)
	}
	if n := len(v.tags.All("Tag", "TagSet")); n > 0 {
		out.WithHeader("X-Amz-Tagging-Count", strconv.Itoa(n))
	}
	if checksums && len(v.checksum) > 0 {
		maps.Copy(out.Header, v.checksum)
		out.WithHeader("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	return out
}

func (s *Service) getObject(c *call) (*wire.Response, error) {
	v, err := c.version()
	if err != nil {
		return nil, s.hide(c, err)
	}
	out := v.show(c.bucket, strings.EqualFold(c.Header.Get("X-Amz-Checksum-Mode"), "ENABLED"))
	if status, err := v.checkRead(c.Header); status != 0 || err != nil {
		if err == nil {
			out.Status, out.Raw = status, []byte{}
			out.Header.Del("Content-Length")
		}
		return out, err
	}
	if r := c.Header.Get("Range"); r != "" {
		from, to, ok := byteRange(r, len(v.body))
		if !ok {
			return nil, &wire.Error{
				Code: "InvalidRange", Status: http.StatusRequestedRangeNotSatisfiable, Message: "The requested range is not satisfiable",
				Detail: []*wire.Node{wire.Text("RangeRequested", r), wire.Int("ActualObjectSize", len(v.body))},
			}
		}
		out.Status, out.Raw = http.StatusPartialContent, v.body[from:to]
		out.WithHeader("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(v.body))).WithHeader("Content-Length", strconv.Itoa(to-from))
		for name := range v.checksum { // it is that of the whole
			out.Header.Del(name)
		}
	}
	if c.Operation.Name == "HeadObject" {
		out.Raw = nil // its length is told all the same
	}
	return out, nil
}

// hide tells those who may not list a bucket nothing about which keys there are.
func (s *Service) hide(c *call, err error) error {
	if c.AccessKey == "" && !s.allowed(c.bucket, requester{}, "s3:ListBucket", "") {
		return accessDenied()
	}
	return err
}

// checkRead applies the conditions of a read.
func (v *version) checkRead(h http.Header) (status int, err error) {
	if m := h.Get("If-Match"); m != "" && !sameETag(m, v.etag) {
		return 0, preconditionFailed("If-Match")
	}
	if m := h.Get("If-None-Match"); m != "" {
		if sameETag(m, v.etag) {
			return http.StatusNotModified, nil
		}
		return 0, nil
	}
	if t, err := http.ParseTime(h.Get("If-Modified-Since")); err == nil && !v.at.Truncate(time.Second).After(t) {
		return http.StatusNotModified, nil
	}
	return 0, nil
}

// byteRange reads one range of bytes; several are answered as none by S3 and refused here.
func byteRange(header string, size int) (from, to int, ok bool) {
	spec, found := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !found || !dash || strings.Contains(spec, ",") {
		return 0, 0, false
	}
	if first == "" { // the last so many
		n, err := strconv.Atoi(last)
		return max(size-n, 0), size, err == nil && n > 0 && size > 0
	}
	from, err := strconv.Atoi(first)
	if err != nil || from >= size {
		return 0, 0, false
	}
	to = size
	if last != "" {
		end, err := strconv.Atoi(last)
		if err != nil || end < from {
			return 0, 0, false
		}
		to = min(end+1, size)
	}
	return from, to, true
}

func (s *Service) copyObject(c *call) (*wire.Response, error) {
	source, query, _ := strings.Cut(c.Header.Get("X-Amz-Copy-Source"), "?")
	path, err := url.PathUnescape(strings.TrimPrefix(source, "/"))
	name, key, ok := strings.Cut(path, "/")
	from := s.buckets[name]
	switch {
	case err != nil || !ok || key == "":
		return nil, failure("InvalidArgument", http.StatusBadRequest, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	case from == nil:
		return nil, noSuchBucket(name)
	}
	id := strings.TrimPrefix(query, "versionId=")
	old, err := (&call{Request: &wire.Request{Query: url.Values{"versionId": {id}}}, bucket: from, key: key}).version()
	if err != nil {
		return nil, err
	}
	if m := c.Header.Get("X-Amz-Copy-Source-If-Match"); m != "" && !sameETag(m, old.etag) {
		return nil, preconditionFailed("x-amz-copy-source-If-Match")
	}
	replace := strings.EqualFold(c.Header.Get("X-Amz-Metadata-Directive"), "REPLACE")
	if from == c.bucket && key == c.key && !replace {
		return nil, failure("InvalidRequest", http.StatusBadRequest, "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if err := c.checkWrite(); err != nil {
		return nil, err
	}
	v := newVersion(s.nextVersion(c.bucket), c.now, old.body)
	v.checksum, v.tags, v.header = old.checksum, old.tags, old.header.Clone()
	if replace {
		v.header = http.Header{}
		v.describe(c.Header)
	}
	c.bucket.store(c.key, v)
	out := written(c.bucket, v)
	out.Body = wire.Elem("CopyObjectResult", wire.Text("ETag", v.etag), wire.Text("LastModified", stamp(v.at)))
	if from.settings["Versioning"] != nil {
		out.WithHeader("X-Amz-Copy-Source-Version-Id", old.id)
	}
	return out, nil
}

// remove deletes a key, or one version of it: a mark takes its place where versions
// are kept. It is a success whether or not there was something.
func (s *Service) remove(b *bucket, key, id string, now time.Time) (marker bool, gone string) {
	if id != "" {
		for _, v := range b.objects[key] {
			if v.id == id {
				b.objects[key] = slices.DeleteFunc(slices.Clone(b.objects[key]), func(x *version) bool { return x == v })
				marker = v.deleted
			}
		}
		if len(b.objects[key]) == 0 {
			delete(b.objects, key)
		}
		return marker, id
	}
	if b.settings["Versioning"] == nil {
		delete(b.objects, key)
		return false, ""
	}
	v := &version{id: s.nextVersion(b), at: now, deleted: true}
	b.store(key, v)
	return true, v.id
}

func (s *Service) deleteObject(c *call) (*wire.Response, error) {
	if m := c.Header.Get("If-Match"); m != "" {
		if now, err := c.bucket.current(c.key); err != nil || !sameETag(m, now.etag) {
			return nil, preconditionFailed("If-Match")
		}
	}
	marker, id := s.remove(c.bucket, c.key, c.Query.Get("versionId"), c.now)
	out := &wire.Response{}
	if marker {
		out.WithHeader("X-Amz-Delete-Marker", "true")
	}
	if id != "" {
		out.WithHeader("X-Amz-Version-Id", id)
	}
	return out, nil
}

// maxDeletes is how many keys one call may name.
const maxDeletes = 1000

func (s *Service) deleteObjects(c *call) (*wire.Response, error) {
	keys := c.Body.All("Object")
	if len(keys) == 0 || len(keys) > maxDeletes {
		return nil, failure("MalformedXML", http.StatusBadRequest, "The XML you provided was not well-formed or did not validate against our published schema")
	}
	out := wire.Elem("DeleteResult")
	for _, o := range keys {
		key, id := o.String("Key"), o.String("VersionId")
		marker, version := s.remove(c.bucket, key, id, c.now)
		if c.Body.True("Quiet") {
			continue
		}
		n := wire.Elem("Deleted", wire.Text("Key", key))
		switch {
		case marker && id == "":
			n.Children = append(n.Children, wire.Bool("DeleteMarker", true), wire.Text("DeleteMarkerVersionId", version))
		case marker:
			n.Children = append(n.Children, wire.Text("VersionId", id), wire.Bool("DeleteMarker", true), wire.Text("DeleteMarkerVersionId", id))
		case id != "":
			n.Children = append(n.Children, wire.Text("VersionId", id))
		}
		out.Children = append(out.Children, n)
	}
	return &wire.Response{Body: out}, nil
}

func (s *Service) getObjectTagging(c *call) (*wire.Response, error) {
	v, err := c.version()
	if err != nil {
		return nil, err
	}
	tags := v.tags
	if tags == nil {
		tags = wire.Elem("Tagging", wire.Elem("TagSet"))
	}
	return s.tagged(c, v, &wire.Response{Body: tags}), nil
}

func (s *Service) putObjectTagging(c *call) (*wire.Response, error) {
	v, err := c.version()
	if err != nil {
		return nil, err
	}
	if err := checkTags(s, c.bucket, c.Body); err != nil {
		return nil, err
	}
	if len(c.Body.All("Tag", "TagSet")) > 10 {
		return nil, failure("BadRequest", http.StatusBadRequest, "Object tags cannot be greater than 10")
	}
	v.tags = c.Body
	return s.tagged(c, v, &wire.Response{}), nil
}

func (s *Service) deleteObjectTagging(c *call) (*wire.Response, error) {
	v, err := c.version()
	if err != nil {
		return nil, err
	}
	v.tags = nil
	return s.tagged(c, v, &wire.Response{}), nil
}

// tagged names the version whose tags an answer is about.
func (s *Service) tagged(c *call, v *version, out *wire.Response) *wire.Response {
	if c.bucket.settings["Versioning"] != nil {
		out.WithHeader("X-Amz-Version-Id", v.id)
	}
	return out
}
