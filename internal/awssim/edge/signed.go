package edge

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// restricted says who may sign for viewers of a behaviour: nobody else is served.
// Signers that are accounts have keys that only a console could make, so none is known.
type restricted struct {
	groups  []string
	signers bool
}

func readRestricted(b *wire.Node) restricted {
	out := restricted{signers: b.True("TrustedSigners", "Enabled")}
	for _, n := range b.All("KeyGroup", "TrustedKeyGroups", "Items") {
		out.groups = append(out.groups, n.Text)
	}
	return out
}

func (r restricted) everybody() bool { return len(r.groups) == 0 && !r.signers }

// signatureParameters are CloudFront's own: neither the cache nor an origin sees them.
var signatureParameters = []string{"Expires", "Policy", "Signature", "Key-Pair-Id", "Hash-Algorithm"}

// signed checks the signature of a request, in its URL or in cookies, and returns the
// request without it, or the refusal. Source: Developer Guide, signed URLs and cookies.
func (v *visit) signed(b *behaviour) (*http.Request, *answer) {
	q := v.r.URL.Query()
	said := func(name string) string {
		if value := q.Get(name); value != "" {
			return value
		}
		if c, err := v.r.Cookie("CloudFront-" + name); err == nil {
			return c.Value
		}
		return ""
	}
	refuse := func(code, message string) (*http.Request, *answer) {
		a := v.refuse(http.StatusForbidden, "")
		a.header = http.Header{"Server": {"CloudFront"}, "Content-Type": {"text/xml"}}
		a.body = []byte(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>` + code + "</Code><Message>" + message + "</Message></Error>")
		return nil, &a
	}
	id, signature, expires, custom := said("Key-Pair-Id"), said("Signature"), said("Expires"), said("Policy")
	raw, err := unsafe64(signature)
	key := v.fleet.key(b.restricted.groups, id)
	plain := strip(v.r)
	document := fmt.Appendf(nil, `{"Statement":[{"Resource":"%s","Condition":{"DateLessThan":{"AWS:EpochTime":%s}}}]}`, v.address(plain.URL.RequestURI()), expires)
	if custom != "" {
		if document, err = unsafe64(custom); err != nil {
			return refuse("MalformedPolicy", "Could not unencode Policy")
		}
	}
	switch {
	case id == "":
		return refuse("MissingKey", "Missing Key-Pair-Id query parameter or cookie value")
	case signature == "":
		return refuse("MissingSignature", "Missing Signature query parameter or cookie value")
	case expires == "" && custom == "":
		return refuse("MissingPolicy", "Missing Policy or Expires query parameter or cookie value")
	case err != nil:
		return refuse("MalformedSignature", "Could not unencode Signature")
	case key == nil:
		return refuse("InvalidKey", "Unknown Key")
	case !verified(key, document, raw), !v.permits(document, plain):
		return refuse("AccessDenied", "Access denied")
	}
	return plain, nil
}

// address is the URL that a viewer asked for.
func (v *visit) address(uri string) string {
	if v.r.TLS == nil {
		return "http://" + v.host + uri
	}
	return "https://" + v.host + uri
}

// strip is a request without its signature.
func strip(r *http.Request) *http.Request {
	out := r.Clone(r.Context())
	var kept []string
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); pair != "" && (err != nil || !slices.Contains(signatureParameters, name)) {
			kept = append(kept, pair)
		}
	}
	out.URL.RawQuery = strings.Join(kept, "&")
	out.URL.ForceQuery = false
	return out
}

// unsafe64 decodes base64 whose characters were replaced by what a URL may have.
func unsafe64(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "=", "~", "/").Replace(s))
}

func verified(key any, document, signature []byte) bool {
	sum := sha1.Sum(document)
	switch k := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA1, sum[:], signature) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, sum[:], signature)
	}
	return false
}

// permits says whether a policy is about this request, and its time has come and not gone.
func (v *visit) permits(document []byte, r *http.Request) bool {
	type moment struct {
		At json.Number `json:"AWS:EpochTime"`
	}
	var policy struct {
		Statement []struct {
			Resource  string
			Condition struct {
				DateLessThan, DateGreaterThan *moment
				IPAddress                     *struct {
					Source string `json:"AWS:SourceIp"`
				} `json:"IpAddress"`
			}
		}
	}
	dec := json.NewDecoder(bytes.NewReader(document))
	if dec.Decode(&policy) != nil || len(policy.Statement) != 1 {
		return false
	}
	s := policy.Statement[0]
	epoch := func(m *moment) int64 {
		n, _ := strconv.ParseInt(m.At.String(), 10, 64) // 0, which is long ago, for what is no time
		return n
	}
	c := s.Condition
	if c.DateLessThan == nil || v.at.Unix() >= epoch(c.DateLessThan) || c.DateGreaterThan != nil && v.at.Unix() <= epoch(c.DateGreaterThan) {
		return false
	}
	if c.IPAddress != nil && !within(c.IPAddress.Source, v.r.RemoteAddr) {
		return false
	}
	uri := r.URL.RequestURI()
	return matches(cmp.Or(s.Resource, "*"), v.address(uri))
}

// within says whether an address is in a range, or is the one.
func within(source, remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	if !strings.Contains(source, "/") {
		source += "/32"
	}
	p, err := netip.ParsePrefix(source)
	return err == nil && p.Contains(at.Addr().Unmap())
}
