package s3

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	operations["CreateMultipartUpload"] = operation{serve: (*Service).createUpload}
	operations["UploadPart"] = operation{serve: (*Service).uploadPart}
	operations["UploadPartCopy"] = operation{serve: (*Service).copyPart}
	operations["CompleteMultipartUpload"] = operation{serve: (*Service).completeUpload}
	operations["AbortMultipartUpload"] = operation{serve: (*Service).abortUpload}
	operations["ListMultipartUploads"] = operation{read: true, serve: (*Service).listUploads}
	operations["ListParts"] = operation{read: true, serve: (*Service).listParts}
}

// Limits of an upload in parts. Source: User Guide, multipart upload limits.
const (
	maxParts    = 10_000
	minPart     = 5 << 20 // of every part but the last
	unknownPart = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
)

// An upload is an object that arrives in parts: it is nobody's business until it is
// complete.
type upload struct {
	id, key string
	started time.Time
	object  *version // what is known of the object beforehand: headers and tags
	// sum is the header of the checksum that every part has to have, "" for none; whole
	// says that the object's is taken of its bytes and not of the sums of its parts.
	sum   string
	whole bool
	parts map[int]*part
}

type part struct {
	*version
	number int
}

func noSuchUpload() error {
	return failure("NoSuchUpload", http.StatusNotFound, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
}

// upload is the one that a call names.
func (c *call) upload() (*upload, error) {
	for _, u := range c.bucket.uploads {
		if u.id == c.Query.Get("uploadId") && u.key == c.key {
			return u, nil
		}
	}
	return nil, noSuchUpload()
}

func (s *Service) createUpload(c *call) (*wire.Response, error) {
	v, err := c.object()
	if err != nil {
		return nil, err
	}
	u := &upload{key: c.key, started: c.now, object: v, parts: map[int]*part{}}
	if algorithm := strings.ToUpper(c.Header.Get("X-Amz-Checksum-Algorithm")); algorithm != "" {
		u.sum = checksumHeader(algorithm)
		if sums[u.sum] == nil {
			return nil, failure("InvalidRequest", http.StatusBadRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")
		}
		kind := strings.ToUpper(c.Header.Get("X-Amz-Checksum-Type"))
		u.whole = kind == "FULL_OBJECT" || kind == "" && algorithm == "CRC64NVME"
		if u.whole && strings.HasPrefix(algorithm, "SHA") || !u.whole && algorithm == "CRC64NVME" {
			return nil, failure("InvalidRequest", http.StatusBadRequest, fmt.Sprintf("The %s checksum type cannot be used with the %s checksum algorithm.", kind, strings.ToLower(algorithm)))
		}
	}
	s.serial++
	sum := md5.Sum(fmt.Appendf(nil, "upload %s %d", c.key, s.serial))
	u.id = fmt.Sprintf("%08d.%s", s.serial, hex.EncodeToString(sum[:]))
	c.bucket.uploads = append(c.bucket.uploads, u)
	out := &wire.Response{Body: wire.Elem("InitiateMultipartUploadResult", wire.Text("Bucket", c.bucket.name), wire.Text("Key", c.key), wire.Text("UploadId", u.id))}
	if u.sum != "" {
		out.WithHeader("X-Amz-Checksum-Algorithm", u.algorithm()).WithHeader("X-Amz-Checksum-Type", u.kind())
	}
	return out.WithHeader("X-Amz-Server-Side-Encryption", v.header.Get("X-Amz-Server-Side-Encryption")), nil
}

const checksumPrefix = "X-Amz-Checksum-"

func checksumHeader(algorithm string) string {
	return http.CanonicalHeaderKey(checksumPrefix + algorithm)
}

func (u *upload) algorithm() string {
	return strings.ToUpper(strings.TrimPrefix(u.sum, checksumPrefix))
}

func (u *upload) kind() string {
	if u.whole {
		return "FULL_OBJECT"
	}
	return "COMPOSITE"
}

func (c *call) partNumber() (int, error) {
	n, err := strconv.Atoi(c.Query.Get("partNumber"))
	if err != nil || n < 1 || n > maxParts {
		return 0, failure("InvalidArgument", http.StatusBadRequest, "Part number must be an integer between 1 and 10000, inclusive",
			wire.Text("ArgumentName", "partNumber"), wire.Text("ArgumentValue", c.Query.Get("partNumber")))
	}
	return n, nil
}

// place is the upload that a part is for, and the part's number in it.
func (c *call) place() (*upload, int, error) {
	n, err := c.partNumber()
	if err != nil {
		return nil, 0, err
	}
	u, err := c.upload()
	return u, n, err
}

func (s *Service) uploadPart(c *call) (*wire.Response, error) {
	u, n, err := c.place()
	if err != nil {
		return nil, err
	}
	body, sent, err := content(c.Header, c.Raw)
	if err != nil {
		return nil, err
	}
	if u.sum != "" && sent.Get(u.sum) == "" {
		actual := "null"
		for name := range sent {
			actual = strings.ToLower(strings.TrimPrefix(name, checksumPrefix))
		}
		return nil, failure("InvalidRequest", http.StatusBadRequest, fmt.Sprintf("Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s", strings.ToLower(u.algorithm()), actual))
	}
	p := &part{newVersion("", c.now, body), n}
	p.checksum = sent
	u.parts[n] = p
	out := (&wire.Response{}).WithHeader("ETag", p.etag).WithHeader("X-Amz-Server-Side-Encryption", u.object.header.Get("X-Amz-Server-Side-Encryption"))
	maps.Copy(out.Header, sent)
	return out, nil
}

func (s *Service) copyPart(c *call) (*wire.Response, error) {
	u, n, err := c.place()
	if err != nil {
		return nil, err
	}
	_, old, err := s.source(c)
	if err != nil {
		return nil, err
	}
	body := old.body
	if r := c.Header.Get("X-Amz-Copy-Source-Range"); r != "" {
		from, to, ok := byteRange(r, len(body))
		if _, last, _ := strings.Cut(r, "-"); !ok || last == "" || number(last) >= len(body) {
			return nil, failure("InvalidArgument", http.StatusBadRequest, fmt.Sprintf("Range specified is not valid for source object of size: %d", len(body)),
				wire.Text("ArgumentName", "x-amz-copy-source-range"), wire.Text("ArgumentValue", r))
		}
		body = body[from:to]
	}
	p := &part{newVersion("", c.now, body), n}
	if u.sum != "" { // nobody sends one: S3 takes it
		p.checksum.Set(u.sum, digest(u.sum, body))
	}
	u.parts[n] = p
	out := wire.Elem("CopyPartResult", wire.Text("LastModified", stamp(p.at)), wire.Text("ETag", p.etag))
	return &wire.Response{Body: withChecksums(out, p.checksum)}, nil
}

func number(s string) int {
	n, _ := strconv.Atoi(s) // 0 for what is none
	return n
}

// withChecksums adds to an element what it is to say of checksums.
func withChecksums(n *wire.Node, checksums http.Header) *wire.Node {
	for _, name := range slices.Sorted(maps.Keys(checksums)) {
		n.Children = append(n.Children, wire.Text("Checksum"+strings.ToUpper(strings.TrimPrefix(name, checksumPrefix)), checksums.Get(name)))
	}
	return n
}

// digest is the checksum of some bytes, as its header has it.
func digest(header string, body []byte) string {
	h := sums[header]()
	_, _ = h.Write(body) // a hash cannot fail
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func (s *Service) completeUpload(c *call) (*wire.Response, error) {
	u, err := c.upload()
	if err != nil {
		return nil, err
	}
	list := c.Body.All("Part")
	if len(list) == 0 {
		return nil, failure("MalformedXML", http.StatusBadRequest, "The XML you provided was not well-formed or did not validate against our published schema")
	}
	chosen, err := u.choose(list)
	if err != nil {
		return nil, err
	}
	if err := c.checkWrite(); err != nil {
		return nil, err
	}
	v := u.assemble(chosen)
	if asked := c.Header.Get("X-Amz-Mp-Object-Size"); asked != "" && asked != strconv.Itoa(len(v.body)) {
		return nil, failure("InvalidRequest", http.StatusBadRequest, "The provided 'x-amz-mp-object-size' header does not match what was computed.")
	}
	v.id, v.at = s.nextVersion(c.bucket), u.started // it is as old as its upload
	c.bucket.store(c.key, v)
	c.bucket.uploads = slices.DeleteFunc(c.bucket.uploads, func(x *upload) bool { return x == u })
	out := written(c.bucket, v)
	out.Body = withChecksums(wire.Elem("CompleteMultipartUploadResult", wire.Text("Location", "https://"+c.bucket.name+".s3.amazonaws.com/"+c.key),
		wire.Text("Bucket", c.bucket.name), wire.Text("Key", c.key), wire.Text("ETag", v.etag)), v.checksum)
	if len(v.checksum) > 0 {
		out.Body.Set(wire.Text("ChecksumType", v.kind))
	}
	out.Header.Del("ETag") // it is in the document
	return out, nil
}

// choose finds the parts that a client names, in their order.
func (u *upload) choose(list []*wire.Node) ([]*part, error) {
	var out []*part
	for i, n := range list {
		p := u.parts[number(n.String("PartNumber"))]
		if i > 0 && number(n.String("PartNumber")) <= number(list[i-1].String("PartNumber")) {
			return nil, failure("InvalidPartOrder", http.StatusBadRequest, "The list of parts was not in ascending order. The parts list must be specified in order by part number.")
		}
		wrong := p == nil || !sameETag(n.String("ETag"), p.etag)
		for header := range sums {
			said := n.String("Checksum" + strings.ToUpper(strings.TrimPrefix(header, checksumPrefix)))
			wrong = wrong || said != "" && said != p.checksum.Get(header)
		}
		if wrong {
			return nil, failure("InvalidPart", http.StatusBadRequest, unknownPart, wire.Text("UploadId", u.id), wire.Text("PartNumber", n.String("PartNumber")), wire.Text("ETag", strings.Trim(n.String("ETag"), `"`)))
		}
		out = append(out, p)
	}
	for _, p := range out[:len(out)-1] {
		if len(p.body) < minPart {
			return nil, failure("EntityTooSmall", http.StatusBadRequest, "Your proposed upload is smaller than the minimum allowed size",
				wire.Int("ProposedSize", len(p.body)), wire.Int("MinSizeAllowed", minPart), wire.Int("PartNumber", p.number), wire.Text("ETag", strings.Trim(p.etag, `"`)))
		}
	}
	return out, nil
}

// assemble makes the object: its ETag is the sum of its parts' sums, and so is its
// checksum unless it is to be that of the whole.
func (u *upload) assemble(parts []*part) *version {
	v := *u.object
	v.body, v.checksum = nil, http.Header{}
	var etags, checks []byte
	for _, p := range parts {
		v.body = append(v.body, p.body...)
		v.parts = append(v.parts, p)
		raw, _ := hex.DecodeString(strings.Trim(p.etag, `"`)) // we made it
		etags = append(etags, raw...)
		raw, _ = base64.StdEncoding.DecodeString(p.checksum.Get(u.sum)) // it was checked
		checks = append(checks, raw...)
	}
	sum := md5.Sum(etags)
	v.etag = fmt.Sprintf(`"%s-%d"`, hex.EncodeToString(sum[:]), len(parts))
	switch v.kind = u.kind(); {
	case u.sum == "":
	case u.whole:
		v.checksum.Set(u.sum, digest(u.sum, v.body))
	default:
		v.checksum.Set(u.sum, fmt.Sprintf("%s-%d", digest(u.sum, checks), len(parts)))
	}
	return &v
}

func (s *Service) abortUpload(c *call) (*wire.Response, error) {
	u, err := c.upload()
	if err != nil {
		return nil, err
	}
	c.bucket.uploads = slices.DeleteFunc(c.bucket.uploads, func(x *upload) bool { return x == u })
	return &wire.Response{}, nil
}

// limit reads how long a page may be.
func (c *call) limit(parameter string) (int, error) {
	raw := c.Query.Get(parameter)
	if raw == "" {
		return maxList, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < 0 {
		return 0, failure("InvalidArgument", http.StatusBadRequest, "Provided "+parameter+" not an integer or within integer range", wire.Text("ArgumentName", parameter), wire.Text("ArgumentValue", raw))
	}
	return min(n, maxList), nil
}

// listUploads pages by key and upload; it knows prefixes and no delimiter.
func (s *Service) listUploads(c *call) (*wire.Response, error) {
	limit, err := c.limit("max-uploads")
	if err != nil {
		return nil, err
	}
	if c.Query.Get("delimiter") != "" {
		return nil, failure("NotImplemented", http.StatusNotImplemented, "the simulator lists uploads without a delimiter")
	}
	order := func(u *upload) string { return u.key + "\x00" + u.id }
	list := slices.SortedFunc(slices.Values(c.bucket.uploads), func(a, b *upload) int { return strings.Compare(order(a), order(b)) })
	keyMarker, idMarker := c.Query.Get("key-marker"), c.Query.Get("upload-id-marker")
	out := wire.Elem("ListMultipartUploadsResult", wire.Text("Bucket", c.bucket.name), c.text("KeyMarker", keyMarker), wire.Text("UploadIdMarker", idMarker),
		c.text("Prefix", c.Query.Get("prefix")), wire.Int("MaxUploads", limit))
	if e := c.Query.Get("encoding-type"); e != "" {
		out.Children = append(out.Children, wire.Text("EncodingType", e))
	}
	truncated, n := false, 0
	var last *upload
	for _, u := range list {
		if !strings.HasPrefix(u.key, c.Query.Get("prefix")) || keyMarker != "" && (u.key < keyMarker || u.key == keyMarker && (idMarker == "" || u.id <= idMarker)) {
			continue
		}
		if truncated = n == limit; truncated {
			break
		}
		n, last = n+1, u
		entry := wire.Elem("Upload", c.text("Key", u.key), wire.Text("UploadId", u.id), s.owner("Initiator"), s.owner("Owner"), wire.Text("StorageClass", u.object.class()), wire.Text("Initiated", stamp(u.started)))
		if u.sum != "" {
			entry.Children = append(entry.Children, wire.Text("ChecksumAlgorithm", u.algorithm()), wire.Text("ChecksumType", u.kind()))
		}
		out.Children = append(out.Children, entry)
	}
	out.Children = append(out.Children, wire.Bool("IsTruncated", truncated))
	if truncated && last != nil {
		out.Children = append(out.Children, c.text("NextKeyMarker", last.key), wire.Text("NextUploadIdMarker", last.id))
	}
	return &wire.Response{Body: out}, nil
}

func (s *Service) listParts(c *call) (*wire.Response, error) {
	u, err := c.upload()
	if err != nil {
		return nil, err
	}
	limit, err := c.limit("max-parts")
	if err != nil {
		return nil, err
	}
	marker := number(c.Query.Get("part-number-marker"))
	out := wire.Elem("ListPartsResult", wire.Text("Bucket", c.bucket.name), wire.Text("Key", c.key), wire.Text("UploadId", u.id), s.owner("Initiator"), s.owner("Owner"),
		wire.Text("StorageClass", u.object.class()), wire.Int("PartNumberMarker", marker), wire.Int("MaxParts", limit))
	truncated, n, last := false, 0, marker
	for _, i := range slices.Sorted(maps.Keys(u.parts)) {
		if i <= marker {
			continue
		}
		if truncated = n == limit; truncated {
			break
		}
		p := u.parts[i]
		n, last = n+1, i
		out.Children = append(out.Children, withChecksums(wire.Elem("Part", wire.Int("PartNumber", i), wire.Text("LastModified", stamp(p.at)), wire.Text("ETag", p.etag), wire.Int("Size", len(p.body))), p.checksum))
	}
	out.Children = append(out.Children, wire.Int("NextPartNumberMarker", last), wire.Bool("IsTruncated", truncated))
	if u.sum != "" {
		out.Children = append(out.Children, wire.Text("ChecksumAlgorithm", u.algorithm()), wire.Text("ChecksumType", u.kind()))
	}
	return &wire.Response{Body: out}, nil
}

// getAttributes tells of an object what the client names, and nothing else.
func (s *Service) getAttributes(c *call) (*wire.Response, error) {
	v, err := c.version()
	if err != nil {
		return nil, err
	}
	var asked []string
	for _, one := range c.Header.Values("X-Amz-Object-Attributes") {
		for name := range strings.SplitSeq(one, ",") {
			asked = append(asked, strings.TrimSpace(name))
		}
	}
	out := wire.Elem("GetObjectAttributesResponse")
	for _, name := range asked {
		switch name {
		case "ETag":
			out.Children = append(out.Children, wire.Text("ETag", strings.Trim(v.etag, `"`)))
		case "Checksum":
			if len(v.checksum) > 0 {
				out.Children = append(out.Children, withChecksums(wire.Elem("Checksum", wire.Text("ChecksumType", v.kind)), v.checksum))
			}
		case "ObjectParts":
			if len(v.parts) > 0 {
				out.Children = append(out.Children, wire.Elem("ObjectParts", wire.Int("PartsCount", len(v.parts))))
			}
		case "StorageClass":
			out.Children = append(out.Children, wire.Text("StorageClass", v.class()))
		case "ObjectSize":
			out.Children = append(out.Children, wire.Int("ObjectSize", len(v.body)))
		default:
			return nil, failure("InvalidArgument", http.StatusBadRequest, "Invalid attribute name specified.", wire.Text("ArgumentName", "x-amz-object-attributes"), wire.Text("ArgumentValue", name))
		}
	}
	return s.tagged(c, v, (&wire.Response{Body: out}).WithHeader("Last-Modified", v.at.UTC().Format(http.TimeFormat))), nil
}
