package s3

import (
	"cmp"
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
	kind     string      // of the checksum
	parts    []*part     // it was uploaded in; nil: in one piece
	tags     *wire.Node  // Tagging; nil: none
}

func newVersion(id string, at time.Time, body []byte) *version {
	sum := md5.Sum(body)
	return &version{id: id, at: at, body: body, etag: `"` + hex.EncodeToString(sum[:]) + `"`, header: http.Header{}, checksum: http.Header{}, kind: "FULL_OBJECT"}
}

// maxKey is the longest key. Source: User Guide.
const maxKey = 1024

// system are the headers of a request that come back with the object.
var system = []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type", "Expires", "X-Amz-Website-Redirect-Location", "X-Amz-Storage-Class"}

const metadataPrefix = "X-Amz-Meta-"

// What an object may be encrypted with, and where it may be kept. Source: model.
var (
	encryptions    = []string{"AES256", "aws:kms", "aws:kms:dsse"}
	storageClasses = []string{
		"STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "EXPRESS_ONEZONE", "OUTPOSTS", "SNOW",
	}
)

// maxMetadata is how many bytes of names and values an object may have. Source: User Guide.
const maxMetadata = 2 << 10

// checkDescription refuses what cannot be said about an object.
func checkDescription(h http.Header) error {
	size := 0
	for name, values := range h {
		if key, ours := strings.CutPrefix(textproto.CanonicalMIMEHeaderKey(name), metadataPrefix); ours {
			size += len(key) + len(strings.Join(values, ","))
		}
	}
	encryption, class := h.Get("X-Amz-Server-Side-Encryption"), h.Get("X-Amz-Storage-Class")
	switch {
	case size > maxMetadata:
		return failure("MetadataTooLarge", http.StatusBadRequest, "Your metadata headers exceed the maximum allowed metadata size", wire.Int("Size", size), wire.Int("MaxSizeAllowed", maxMetadata))
	case encryption != "" && !slices.Contains(encryptions, encryption):
		return failure("InvalidArgument", http.StatusBadRequest, "The encryption method specified is not supported", wire.Text("ArgumentName", "x-amz-server-side-encryption"), wire.Text("ArgumentValue", encryption))
	case h.Get("X-Amz-Server-Side-Encryption-Customer-Algorithm") != "":
		return failure("NotImplemented", http.StatusNotImplemented, "the simulator encrypts nothing with keys of the client's")
	case class != "" && !slices.Contains(storageClasses, class):
		return failure("InvalidStorageClass", http.StatusBadRequest, "The storage class you specified is not valid", wire.Text("StorageClassRequested", class))
	}
	return nil
}

// class is where the object is kept.
func (v *version) class() string { return cmp.Or(v.header.Get("X-Amz-Storage-Class"), "STANDARD") }

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
	v.header.Set("X-Amz-Server-Side-Encryption", cmp.Or(h.Get("X-Amz-Server-Side-Encryption"), "AES256"))
	for _, name := range []string{"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled"} {
		if value := h.Get(name); value != "" {
			v.header.Set(name, value)
		}
	}
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

// object is what a request says of the object that it brings or announces, which has
// no bytes yet.
func (c *call) object() (*version, error) {
	if len(c.key) > maxKey {
		return nil, failure("KeyTooLongError", http.StatusBadRequest, "Your key is too long")
	}
	if err := c.checkACL(); err != nil {
		return nil, err
	}
	if err := checkDescription(c.Header); err != nil {
		return nil, err
	}
	v := newVersion("", c.now, nil)
	v.describe(c.Header)
	if raw := c.Header.Get("X-Amz-Tagging"); raw != "" {
		tags, err := tagsOf(raw)
		if err != nil {
			return nil, err
		}
		if v.tags = tags; len(tags.All("Tag", "TagSet")) > maxObjectTags {
			return nil, tooManyObjectTags()
		}
	}
	return v, nil
}

// checkACL refuses an ACL that the bucket does not have, or that grants something.
func (c *call) checkACL() error {
	acl := c.Header.Get("X-Amz-Acl")
	switch {
	case acl == "", acl == "private", acl == "bucket-owner-full-control":
		return nil
	case c.bucket.enforced():
		return failure("AccessControlListNotSupported", http.StatusBadRequest, "The bucket does not allow ACLs")
	}
	return failure("NotImplemented", http.StatusNotImplemented, "the simulator has no access control lists of objects but the owner's")
}

func (s *Service) putObject(c *call) (*wire.Response, error) {
	said, err := c.object()
	if err != nil {
		return nil, err
	}
	body, sums, err := content(c.Header, c.Raw)
	if err != nil {
		return nil, err
	}
	if err := c.checkWrite(); err != nil {
		return nil, err
	}
	v := newVersion(s.nextVersion(c.bucket), c.now, body)
	v.header, v.tags, v.checksum = said.header, said.tags, sums
	c.bucket.store(c.key, v)
	out := written(c.bucket, v)
	maps.Copy(out.Header, sums)
	if len(sums) > 0 {
		out.WithHeader("X-Amz-Checksum-Type", v.kind)
	}
	return out, nil
}

// written is what the answer to a write says of the new version.
func written(b *bucket, v *version) *wire.Response {
	out := (&wire.Response{}).WithHeader("ETag", v.etag)
	for name, values := range v.header {
		if strings.HasPrefix(name, "X-Amz-Server-Side-Encryption") {
			out.Header[name] = values
		}
	}
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
		out.WithHeader("X-Amz-Checksum-Type", v.kind)
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
			v.unsum(out) // there is nothing to compare it with
		}
		return out, err
	}
	if err := c.override(out.Header); err != nil {
		return nil, err
	}
	if asked, err := v.excerpt(c); asked != nil || err != nil {
		if err != nil {
			return nil, err
		}
		from, to := asked[0], asked[1]
		if n := len(v.parts); n > 0 && c.Query.Has("partNumber") {
			out.WithHeader("X-Amz-Mp-Parts-Count", strconv.Itoa(n))
		}
		out.Status, out.Raw = http.StatusPartialContent, v.body[from:to]
		out.WithHeader("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(v.body))).WithHeader("Content-Length", strconv.Itoa(to-from))
		v.unsum(out) // it is that of the whole
	}
	if c.Operation.Name == "HeadObject" {
		out.Raw = nil // its length is told all the same
	}
	return out, nil
}

// unsum takes the checksum out of an answer that has not the bytes it is of.
func (v *version) unsum(out *wire.Response) {
	for name := range v.checksum {
		out.Header.Del(name)
	}
	out.Header.Del("X-Amz-Checksum-Type")
}

// excerpt is the range of bytes that a read asks for by Range or by the number of a
// part, nil for the whole.
func (v *version) excerpt(c *call) ([]int, error) {
	if raw := c.Query.Get("partNumber"); raw != "" {
		n, err := c.partNumber()
		if err != nil {
			return nil, err
		}
		if n > max(len(v.parts), 1) {
			return nil, &wire.Error{
				Code: "InvalidPartNumber", Status: http.StatusRequestedRangeNotSatisfiable, Message: "The requested partnumber is not satisfiable",
				Detail: []*wire.Node{wire.Int("ActualPartCount", max(len(v.parts), 1)), wire.Int("PartNumberRequested", n)},
			}
		}
		from, to := 0, len(v.body)
		if len(v.parts) > 0 {
			for _, p := range v.parts[:n-1] {
				from += len(p.body)
			}
			to = from + len(v.parts[n-1].body)
		}
		if to == from {
			return nil, nil
		}
		return []int{from, to}, nil
	}
	r := c.Header.Get("Range")
	if r == "" || strings.Contains(r, ",") { // of several ranges, S3 sends the whole
		return nil, nil
	}
	from, to, ok := byteRange(r, len(v.body))
	if !ok {
		return nil, &wire.Error{
			Code: "InvalidRange", Status: http.StatusRequestedRangeNotSatisfiable, Message: "The requested range is not satisfiable",
			Detail: []*wire.Node{wire.Text("RangeRequested", r), wire.Int("ActualObjectSize", len(v.body))},
		}
	}
	return []int{from, to}, nil
}

// overrides are the headers that the reader of an object may have otherwise, by parameter.
var overrides = map[string]string{
	"response-cache-control": "Cache-Control", "response-content-disposition": "Content-Disposition", "response-content-encoding": "Content-Encoding",
	"response-content-language": "Content-Language", "response-content-type": "Content-Type", "response-expires": "Expires",
}

func (c *call) override(h http.Header) error {
	for parameter, name := range overrides {
		value := c.Query.Get(parameter)
		if value == "" {
			continue
		}
		if c.AccessKey == "" {
			return failure("InvalidRequest", http.StatusBadRequest, "Request specific response headers cannot be used for anonymous GET requests.")
		}
		h.Set(name, value)
	}
	return nil
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
	if t, err := http.ParseTime(h.Get("If-Unmodified-Since")); err == nil && h.Get("If-Match") == "" && v.at.Truncate(time.Second).After(t) {
		return 0, preconditionFailed("If-Unmodified-Since")
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

// byteRange reads one range of bytes.
func byteRange(header string, size int) (from, to int, ok bool) {
	spec, found := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !found || !dash {
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

// source is the version that a copy is taken of, if it meets the conditions, and its bucket.
func (s *Service) source(c *call) (*bucket, *version, error) {
	source, query, _ := strings.Cut(c.Header.Get("X-Amz-Copy-Source"), "?")
	path, err := url.QueryUnescape(strings.TrimPrefix(source, "/")) // hashicorp/aws has a plus for a space
	name, key, ok := strings.Cut(path, "/")
	from := s.buckets[name]
	switch {
	case err != nil || !ok || key == "":
		return nil, nil, failure("InvalidArgument", http.StatusBadRequest, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey")
	case from == nil:
		return nil, nil, noSuchBucket(name)
	}
	id := strings.TrimPrefix(query, "versionId=")
	old, err := (&call{Request: &wire.Request{Query: url.Values{"versionId": {id}}}, bucket: from, key: key}).version()
	if err != nil {
		return nil, nil, err
	}
	const prefix = "X-Amz-Copy-Source-"
	conditions := http.Header{}
	for _, name := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"} {
		if value := c.Header.Get(prefix + name); value != "" {
			conditions.Set(name, value)
		}
	}
	status, err := old.checkRead(conditions)
	if err == nil && status != 0 { // a copy that was not made is no success
		err = preconditionFailed(strings.ToLower(prefix) + "If-None-Match")
	}
	return from, old, err
}

func (s *Service) copyObject(c *call) (*wire.Response, error) {
	from, old, err := s.source(c)
	if err != nil {
		return nil, err
	}
	said, err := c.object()
	if err != nil {
		return nil, err
	}
	replace := strings.EqualFold(c.Header.Get("X-Amz-Metadata-Directive"), "REPLACE")
	again := slices.ContainsFunc([]string{"X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location", "X-Amz-Server-Side-Encryption"}, func(name string) bool { return c.Header.Get(name) != "" })
	if now, _ := c.bucket.current(c.key); now == old && !replace && !again {
		return nil, failure("InvalidRequest", http.StatusBadRequest, "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
	}
	if err := c.checkWrite(); err != nil {
		return nil, err
	}
	v := newVersion(s.nextVersion(c.bucket), c.now, old.body)
	v.tags, v.header = old.tags, old.header.Clone()
	if strings.EqualFold(c.Header.Get("X-Amz-Tagging-Directive"), "REPLACE") {
		v.tags = said.tags
	}
	for _, name := range []string{"X-Amz-Storage-Class", "X-Amz-Website-Redirect-Location"} { // are not taken along
		v.header.Del(name)
		if value := said.header.Get(name); value != "" {
			v.header.Set(name, value)
		}
	}
	if v.header.Set("X-Amz-Server-Side-Encryption", said.header.Get("X-Amz-Server-Side-Encryption")); replace {
		v.header = said.header
	}
	for name := range old.checksum { // taken of the copy: that of an upload in parts is another
		v.checksum.Set(name, digest(name, v.body))
	}
	if algorithm := strings.ToUpper(c.Header.Get("X-Amz-Checksum-Algorithm")); sums[checksumHeader(algorithm)] != nil {
		v.checksum = http.Header{checksumHeader(algorithm): {digest(checksumHeader(algorithm), v.body)}}
	}
	c.bucket.store(c.key, v)
	out := written(c.bucket, v)
	out.Body = withChecksums(wire.Elem("CopyObjectResult", wire.Text("ETag", v.etag), wire.Text("LastModified", stamp(v.at))), v.checksum)
	if len(v.checksum) > 0 {
		out.Body.Set(wire.Text("ChecksumType", v.kind))
	}
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

// maxObjectTags is how many tags an object may have. Source: User Guide.
const maxObjectTags = 10

func tooManyObjectTags() error {
	return failure("BadRequest", http.StatusBadRequest, "Object tags cannot be greater than 10")
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
	if len(c.Body.All("Tag", "TagSet")) > maxObjectTags {
		return nil, tooManyObjectTags()
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
