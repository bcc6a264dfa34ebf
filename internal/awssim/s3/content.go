package s3

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// sums are the checksums that a client may send with an object, by header.
var sums = map[string]func() hash.Hash{
	"X-Amz-Checksum-Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"X-Amz-Checksum-Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"X-Amz-Checksum-Crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5)) },
	"X-Amz-Checksum-Sha1":      sha1.New,
	"X-Amz-Checksum-Sha256":    sha256.New,
	"Content-Md5":              md5.New,
}

// content is the object in the body of a request, taken out of its chunks, and the
// checksums that came with it and are true.
func content(h http.Header, raw []byte) (body []byte, sent http.Header, err error) {
	body, trailer := raw, http.Header{}
	chunked := slices.ContainsFunc(h.Values("Content-Encoding"), func(v string) bool { return strings.Contains(v, "aws-chunked") })
	if chunked || strings.HasPrefix(h.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		if body, trailer, err = unchunk(raw); err != nil {
			return nil, nil, err
		}
		if n, err := strconv.Atoi(h.Get("X-Amz-Decoded-Content-Length")); err == nil && n != len(body) {
			return nil, nil, failure("IncompleteBody", http.StatusBadRequest, "You did not provide the number of bytes specified by the Content-Length HTTP header")
		}
	}
	sent = http.Header{}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		want := h.Get(name)
		if want == "" {
			want = trailer.Get(name)
		}
		if want == "" {
			continue
		}
		called := strings.ToUpper(strings.TrimPrefix(name, checksumPrefix))
		if name == "Content-Md5" {
			called = "Content-MD5"
		}
		got := digest(name, body)
		plain, err := base64.StdEncoding.DecodeString(want)
		switch {
		case name == "Content-Md5" && (err != nil || len(plain) != md5.Size):
			return nil, nil, failure("InvalidDigest", http.StatusBadRequest, "The Content-MD5 you specified was invalid.")
		case err != nil || len(want) != len(got):
			return nil, nil, failure("InvalidRequest", http.StatusBadRequest, "Value for "+strings.ToLower(name)+" header is invalid.")
		case got != want:
			return nil, nil, failure("BadDigest", http.StatusBadRequest, "The "+called+" you specified did not match the calculated checksum.", wire.Text("CalculatedDigest", got), wire.Text("ExpectedDigest", want))
		}
		if name != "Content-Md5" {
			sent.Set(name, want)
		}
	}
	return body, sent, nil
}

// unchunk reads the aws-chunked encoding: "size[;chunk-signature=…]", the bytes, and
// so on until a size of 0, then trailing headers. Source: S3 API reference, "Signature
// calculations for the authorization header: transferring payload in multiple chunks".
func unchunk(raw []byte) (body []byte, trailer http.Header, err error) {
	bad := failure("IncompleteBody", http.StatusBadRequest, "The request body terminated unexpectedly")
	for {
		line, rest, ok := bytes.Cut(raw, []byte("\r\n"))
		if !ok {
			return nil, nil, bad
		}
		size, _, _ := strings.Cut(string(line), ";")
		n, perr := strconv.ParseUint(strings.TrimSpace(size), 16, 31)
		if perr != nil || n > uint64(len(rest)) {
			return nil, nil, bad
		}
		if n == 0 {
			raw = rest
			break
		}
		body = append(body, rest[:n]...)
		raw = bytes.TrimPrefix(rest[n:], []byte("\r\n"))
	}
	trailer = http.Header{}
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			trailer.Set(textproto.CanonicalMIMEHeaderKey(name), strings.TrimSpace(value))
		}
	}
	return body, trailer, nil
}
