package awssim

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// authenticate says who made a call. What it returns as an error is the answer; a
// caller comes with it where one is known.
func (p *plane) authenticate(r *http.Request, body []byte, m *wire.Model, key, operation string) (sts.Caller, error) {
	if m.Name == "sts" && strings.HasPrefix(operation, "AssumeRoleWith") {
		return sts.Caller{}, nil // the token in the request is the proof
	}
	token := cmp.Or(r.Header.Get("X-Amz-Security-Token"), r.URL.Query().Get("X-Amz-Security-Token"))
	who, err := p.identity.Identify(key, token)
	xml := m.Metadata.Protocol == "rest-xml" || m.Metadata.Protocol == "query"
	refuse := func(inXML, inJSON, message string) (sts.Caller, error) {
		if xml {
			return who, &wire.Error{Code: inXML, Status: http.StatusForbidden, Message: message}
		}
		status := http.StatusBadRequest
		if m.Name == keyValueStore {
			status = http.StatusForbidden
		}
		return who, &wire.Error{Code: inJSON, Status: status, Message: message}
	}
	if late := untimely(r); late != "" && key != "" {
		switch presigned := r.Header.Get("Authorization") == ""; {
		case presigned:
			return who, &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: late}
		case m.Name == "s3":
			return who, &wire.Error{Code: "RequestTimeTooSkewed", Status: http.StatusForbidden, Message: "The difference between the request time and the current time is too large."}
		}
		return refuse("SignatureDoesNotMatch", "InvalidSignatureException", late)
	}
	switch {
	case key == "" && err != nil:
		return refuse("MissingAuthenticationToken", "MissingAuthenticationTokenException", "Request is missing Authentication Token")
	case errors.Is(err, sts.ErrExpired):
		return refuse("ExpiredToken", "ExpiredTokenException", "The security token included in the request is expired")
	case err != nil:
		return refuse("InvalidClientTokenId", "UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	if secret, ok := p.identity.Secret(key); ok {
		if wrong := signedWith(key, secret, r, body); wrong != "" {
			return refuse("SignatureDoesNotMatch", "InvalidSignatureException", wrong)
		}
	}
	if m.Name == keyValueStore {
		switch {
		case !strings.HasPrefix(r.Header.Get("Authorization"), version4A+" ") || r.Header.Get("X-Amz-Region-Set") != "*":
			return refuse("", "InvalidSignatureException", "Credential should be scoped to a valid region.")
		case p.identity.TokenVersion(key) == 1:
			return refuse("", "AccessDeniedException", "Authentication failed")
		}
	}
	return who, nil
}

// keyValueStore is the service that is signed with version 4A, for all regions, or not at all.
// Public issues quote what it answers to other signatures (aws-sdk-js-v3 5576), and to the
// session tokens of the global endpoint of STS (anomalyco/sst 5741).
const keyValueStore = "cloudfront-keyvaluestore"

// skew is how far a client's clock may be off. Source: General Reference, troubleshooting
// Signature Version 4.
const skew = 15 * time.Minute

// untimely says why a signature holds no longer, or not yet; "" if it does. Clients sign
// by the machine's clock, however fast time passes in the world.
func untimely(r *http.Request) string {
	const layout = "20060102T150405Z"
	now, q := clock.System{}.Now().UTC(), r.URL.Query()
	if seconds, err := strconv.ParseInt(q.Get("Expires"), 10, 64); err == nil && q.Has("AWSAccessKeyId") && now.Unix() > seconds {
		return "Request has expired"
	}
	if signed, err := time.Parse(layout, q.Get("X-Amz-Date")); err == nil && q.Has("X-Amz-Signature") {
		seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
		switch expires := signed.Add(time.Duration(seconds) * time.Second); {
		case err == nil && now.After(expires):
			return "Request has expired"
		case signed.Sub(now) > skew:
			return "Request is not yet valid"
		}
		return ""
	}
	signed, err := time.Parse(layout, r.Header.Get("X-Amz-Date"))
	switch {
	case err != nil:
	case now.Sub(signed) > skew:
		return fmt.Sprintf("Signature expired: %s is now earlier than %s (%s - 15 min.)", signed.Format(layout), now.Add(-skew).Format(layout), now.Format(layout))
	case signed.Sub(now) > skew:
		return fmt.Sprintf("Signature not yet current: %s is still later than %s (%s + 15 min.)", signed.Format(layout), now.Add(skew).Format(layout), now.Format(layout))
	}
	return ""
}

// The two algorithms. In 4A the region is no part of the scope: X-Amz-Region-Set says where
// a signature holds.
const (
	version4  = "AWS4-HMAC-SHA256"
	version4A = "AWS4-ECDSA-P256-SHA256"
)

var authorization = regexp.MustCompile(`^(AWS4-HMAC-SHA256|AWS4-ECDSA-P256-SHA256) Credential=[^/]+/((\d{8})/(?:([^/]+)/)?([^/]+)/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$`)

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// signedWith checks a signature of version 4 or 4A in the Authorization header, and
// returns AWS's complaint if it is wrong: that quotes everything that should have
// been signed, session tokens included. Source: IAM User Guide, AWS Signature Version 4
// for API requests.
func signedWith(id, secret string, r *http.Request, body []byte) string {
	m := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil || (m[1] == version4A) != (m[4] == "") {
		return "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header and a valid Signature."
	}
	algorithm, scope, date, region, service, signed, signature := m[1], m[2], m[3], m[4], m[5], m[6], m[7]
	if algorithm == version4A && !holds(r.Header.Get("X-Amz-Region-Set")) {
		return "Credential should be scoped to a valid region." // of another one, or of none
	}
	payload := cmp.Or(r.Header.Get("X-Amz-Content-Sha256"), sum(body))
	canonical := strings.Join([]string{r.Method, canonicalPath(r.URL, service), canonicalQuery(r.URL.Query()), canonicalHeaders(r, strings.Split(signed, ";")), signed, payload}, "\n")
	toSign := strings.Join([]string{algorithm, r.Header.Get("X-Amz-Date"), scope, sum([]byte(canonical))}, "\n")
	var proven bool
	if algorithm == version4A {
		proven = signedWithKey(id, secret, toSign, signature)
	} else {
		key := mac(mac(mac(mac([]byte("AWS4"+secret), date), region), service), "aws4_request")
		proven = hmac.Equal([]byte(hex.EncodeToString(mac(key, toSign))), []byte(signature))
	}
	if proven && (payload == sum(body) || payload == "UNSIGNED-PAYLOAD") {
		return ""
	}
	return "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n" +
		fmt.Sprintf("The Canonical String for this request should have been\n'%s'\n\nThe String-to-Sign should have been\n'%s'\n", canonical, toSign)
}

// holds says whether a set of regions has one in which everything here is: a pattern, or
// any name of a region. CloudFront's global services are signed for "*".
func holds(set string) bool {
	return slices.ContainsFunc(strings.Split(set, ","), func(region string) bool { return strings.TrimSpace(region) != "" })
}

// signedWithKey checks a signature against the key pair that belongs to an access key.
func signedWithKey(id, secret, toSign, signature string) bool {
	raw, err := hex.DecodeString(signature)
	key := derive(id, secret)
	if err != nil || key == nil {
		return false
	}
	hash := sha256.Sum256([]byte(toSign))
	return ecdsa.VerifyASN1(&key.PublicKey, hash[:], raw)
}

// derive makes the key pair of an access key, in counter mode as NIST SP 800-108 has it:
// the first candidate that is less than the order of the curve, minus one, is taken, plus one.
func derive(id, secret string) *ecdsa.PrivateKey {
	curve := elliptic.P256()
	limit := new(big.Int).Sub(curve.Params().N, big.NewInt(2))
	for counter := 1; counter <= 254; counter++ {
		candidate := new(big.Int).SetBytes(mac([]byte("AWS4A"+secret), "\x00\x00\x00\x01"+version4A+"\x00"+id+string([]byte{byte(counter)})+"\x00\x00\x01\x00"))
		if candidate.Cmp(limit) > 0 {
			continue
		}
		var raw [32]byte
		key, err := ecdsa.ParseRawPrivateKey(curve, candidate.Add(candidate, big.NewInt(1)).FillBytes(raw[:]))
		if err != nil {
			return nil
		}
		return key
	}
	return nil
}

// escaped encodes as RFC 3986 has it: Go's queries have + for a space.
func escaped(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// canonicalPath is the path as sent, encoded once more except for S3.
func canonicalPath(u *url.URL, service string) string {
	path := cmp.Or(u.EscapedPath(), "/")
	if service == "s3" {
		return path
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = escaped(part)
	}
	return strings.Join(parts, "/")
}

func canonicalQuery(q url.Values) string {
	var pairs []string
	for name, values := range q {
		for _, v := range values {
			pairs = append(pairs, escaped(name)+"="+escaped(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

func canonicalHeaders(r *http.Request, names []string) string {
	var b strings.Builder
	for _, name := range names {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		b.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	return b.String()
}
