package acctest

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// A Spelling rewrites an answer of CloudFront's about a distribution, as CloudFront does
// when it begins to write down what it has always done. The ETag stays what it was.
type Spelling struct {
	Name string
	// Unknown: this provider does not know what is written.
	Unknown bool
	Rewrite func(doc string) string
}

// A Speller is a way to AWS whose answers about distributions are spelled anew.
type Speller struct {
	http.RoundTripper
	Spelling Spelling // the zero value leaves them as they are
	Of       string   // the id of the only distribution it is about; "": all
	Spelled  int      // how many answers came to be written differently
}

// RoundTrip implements http.RoundTripper.
func (s *Speller) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := s.RoundTripper.RoundTrip(r)
	if err != nil || s.Spelling.Rewrite == nil || resp.StatusCode != http.StatusOK || !strings.Contains(r.URL.Path, "/distribution") || !strings.Contains(r.URL.Path, s.Of) {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = resp.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	anew := []byte(s.Spelling.Rewrite(string(body)))
	if !bytes.Equal(anew, body) {
		s.Spelled++
	}
	body = anew
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return resp, nil
}

// Spell puts a Speller between a core and AWS.
func (c *Core) Spell() *Speller {
	s := &Speller{RoundTripper: c.World.Transport}
	c.World.Transport = s
	return s
}

// places are where a configuration has room for elements, by what ends there.
var places = map[string]string{
	"a distribution": "</DistributionConfig>", "the default behaviour": "</DefaultCacheBehavior>", "every behaviour": "</CacheBehavior>",
	"every origin": "</Origin>", "custom origins": "</CustomOriginConfig>", "error responses": "</CustomErrorResponse>", "the certificate": "</ViewerCertificate>",
}

// Spellings lists ways to say the same: elements at their default that are there or not,
// ones that this provider does not know, and one that no table of defaults has, which
// only what AWS counts can tell from a change.
func Spellings() []Spelling {
	put := func(before, text string) func(string) string {
		return func(doc string) string { return strings.ReplaceAll(doc, before, text+before) }
	}
	behaviors := func(text string) func(string) string {
		return func(doc string) string {
			return put("</CacheBehavior>", text)(put("</DefaultCacheBehavior>", text)(doc))
		}
	}
	without := func(pattern string) func(string) string {
		cut := regexp.MustCompile(pattern)
		return func(doc string) string { return cut.ReplaceAllString(doc, "") }
	}
	out := []Spelling{
		{Name: "gRPC is off", Rewrite: func(doc string) string {
			return behaviors("<GrpcConfig><Enabled>false</Enabled></GrpcConfig>")(without("<GrpcConfig>.*?</GrpcConfig>")(doc))
		}},
		{Name: "gRPC is not mentioned", Rewrite: without("<GrpcConfig>.*?</GrpcConfig>")},
		{Name: "connection attempts", Rewrite: func(doc string) string {
			return put("</Origin>", "<ConnectionAttempts>3</ConnectionAttempts><ConnectionTimeout>10</ConnectionTimeout>")(without("<Connection(Attempts|Timeout)>[0-9]+</Connection(Attempts|Timeout)>")(doc))
		}},
		{Name: "no connection attempts", Rewrite: without("<Connection(Attempts|Timeout)>[0-9]+</Connection(Attempts|Timeout)>")},
		{Name: "no shield", Rewrite: func(doc string) string {
			return put("</Origin>", "<OriginShield><Enabled>false</Enabled></OriginShield>")(without("<OriginShield>.*?</OriginShield>")(doc))
		}},
		{Name: "the shield is not mentioned", Rewrite: without("<OriginShield>.*?</OriginShield>")},
		{Name: "address family of origins", Rewrite: put("</CustomOriginConfig>", "<IpAddressType>ipv4</IpAddressType>")},
		{Name: "connection mode", Rewrite: func(doc string) string {
			return put("</DistributionConfig>", "<ConnectionMode>direct</ConnectionMode>")(without("<ConnectionMode>.*?</ConnectionMode>")(doc))
		}},
		{Name: "no price class", Rewrite: without("<PriceClass>PriceClass_All</PriceClass>")},
		{Name: "no compression is not mentioned", Rewrite: without("<(Compress|SmoothStreaming)>false</(Compress|SmoothStreaming)>")},
		{Name: "empty lists", Rewrite: func(doc string) string {
			return behaviors("<TrustedKeyGroups><Enabled>false</Enabled><Quantity>0</Quantity></TrustedKeyGroups>")(without("<TrustedKeyGroups>.*?</TrustedKeyGroups>")(doc))
		}},
		{Name: "a known value that is no documented default", Rewrite: put("</Origin>", "<ResponseCompletionTimeout>600</ResponseCompletionTimeout>")},
	}
	// Every element in every place is tried where fingerprints are made; here it is enough to
	// have been everywhere.
	for place, end := range places {
		out = append(out, Spelling{Name: "a novelty in " + place, Unknown: true, Rewrite: put(end, "<Novelty>on</Novelty>")})
	}
	for what, text := range map[string]string{
		"a novelty that is off": "<Novelty><Enabled>false</Enabled></Novelty>", "an empty novelty": "<Novelty><Quantity>0</Quantity></Novelty>",
		"a list of novelties": "<Novelty><Quantity>1</Quantity><Items><One><Id>x</Id></One></Items></Novelty>",
	} {
		out = append(out, Spelling{Name: what + " in every origin", Unknown: true, Rewrite: put("</Origin>", text)})
	}
	return out
}
