// Package acm simulates AWS Certificate Manager: certificates are real X.509,
// from an in-memory authority or imported, so that what CloudFront checks are
// names in a certificate and not strings in a request.
//
// A requested certificate is issued at once, whether or not its validation
// record exists. The package never gives out a private key.
package acm

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http"
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
	// InUse lists the ARNs of what uses a certificate. Nil: nothing does.
	InUse func(certificate string) []string
}

// A Service is one account's Certificate Manager in all regions. It is safe for
// concurrent use.
type Service struct {
	opts  Options
	model *wire.Model

	mu     sync.RWMutex
	ca     *authority
	serial int
	certs  []*certificate
}

// New returns a Certificate Manager without certificates.
func New(o Options) *Service {
	if o.InUse == nil {
		o.InUse = func(string) []string { return nil }
	}
	return &Service{opts: o, model: wire.LoadModel("acm")}
}

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

// reads maps the operations that are served to whether they change nothing.
var reads = map[string]bool{
	"RequestCertificate": false, "ImportCertificate": false, "DeleteCertificate": false,
	"DescribeCertificate": true, "GetCertificate": true, "ListCertificates": true,
	"AddTagsToCertificate": false, "RemoveTagsFromCertificate": false, "ListTagsForCertificate": true,
	"UpdateCertificateOptions": false,
}

// Serves implements wire.Service.
func (s *Service) Serves() []string {
	var out []string
	for name := range reads {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Reads implements wire.Service.
func (s *Service) Reads(operation string) bool { return reads[operation] }

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	if _, ok := reads[r.Operation.Name]; !ok {
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of ACM", r.Operation.Name),
		}
	}
	if err := s.model.ValidateJSON(r.Operation, r.JSON); err != nil {
		return nil, err
	}
	in := body(r.JSON)
	switch r.Operation.Name {
	case "RequestCertificate":
		return s.request(in, region(r))
	case "ImportCertificate":
		return s.importCertificate(in, region(r))
	case "ListCertificates":
		return s.list(in, region(r))
	}
	c, err := s.find(in.text("CertificateArn"), region(r))
	if err != nil {
		return nil, err
	}
	switch r.Operation.Name {
	case "DescribeCertificate":
		return &wire.Response{JSON: map[string]any{"Certificate": s.describe(c)}}, nil
	case "GetCertificate":
		return &wire.Response{JSON: map[string]any{"Certificate": c.pem, "CertificateChain": c.chain}}, nil
	case "ListTagsForCertificate":
		return &wire.Response{JSON: map[string]any{"Tags": append([]tag{}, c.tags...)}}, nil
	case "DeleteCertificate":
		return s.delete(c)
	case "AddTagsToCertificate":
		return s.addTags(c, in)
	case "RemoveTagsFromCertificate":
		return s.removeTags(c, in)
	default: // UpdateCertificateOptions
		s.mu.Lock()
		defer s.mu.Unlock()
		c.options(in.object("Options"))
		return &wire.Response{}, nil
	}
}

// Names returns what a certificate is valid for; ok only for one that exists, is
// issued and has not expired.
func (s *Service) Names(arn string) (names []string, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.certs {
		if c.arn == arn {
			now := s.opts.Clock.Now()
			return slices.Clone(c.names), !now.Before(c.x509.NotBefore) && now.Before(c.x509.NotAfter)
		}
	}
	return nil, false
}

// body is the JSON of a request, already checked against the model.
type body map[string]any

func (b body) text(name string) string { s, _ := b[name].(string); return s }

func (b body) object(name string) body { m, _ := b[name].(map[string]any); return m }

func (b body) list(name string) []any { l, _ := b[name].([]any); return l }

// objects are the structures of a list; the model has let nothing else through.
func (b body) objects(name string) []body {
	var out []body
	for _, v := range b.list(name) {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func (b body) texts(name string) []string {
	var out []string
	for _, v := range b.list(name) {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

var scope = regexp.MustCompile(`Credential=[^/]+/\d{8}/([a-z0-9-]+)/`)

// region is where the call was signed for; certificates live in one region.
func region(r *wire.Request) string {
	if m := scope.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		return m[1]
	}
	return "us-east-1"
}

var certificateARN = regexp.MustCompile(`^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+$`)

func (s *Service) find(arn, region string) (*certificate, error) {
	if !certificateARN.MatchString(arn) {
		return nil, wire.Errorf("InvalidArnException", "The ARN %s is not a certificate's.", arn)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.certs {
		if c.arn == arn && c.region == region {
			return c, nil
		}
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Could not find certificate %s.", arn)
}

var label = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// validName is the model's pattern for a domain name, which Go's expressions cannot say.
func validName(name string) bool {
	labels := strings.Split(strings.TrimPrefix(name, "*."), ".")
	return len(labels) > 1 && !slices.ContainsFunc(labels, func(l string) bool { return !label.MatchString(l) })
}

func (s *Service) request(in body, region string) (*wire.Response, error) {
	names := []string{strings.ToLower(in.text("DomainName"))}
	for _, n := range in.texts("SubjectAlternativeNames") {
		if n = strings.ToLower(n); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, n := range names {
		if !validName(n) {
			return nil, wire.Errorf("ValidationException", "1 validation error detected: Value '%s' at 'domainName' failed to satisfy constraint: Member must satisfy regular expression pattern: %s",
				n, s.model.Shapes["DomainNameString"].Pattern)
		}
	}
	tags, err := readTags(in, nil)
	if err != nil {
		return nil, err
	}
	for _, o := range in.objects("DomainValidationOptions") {
		domain, over := strings.ToLower(o.text("DomainName")), strings.ToLower(o.text("ValidationDomain"))
		if !slices.Contains(names, domain) || domain != over && !strings.HasSuffix(domain, "."+over) {
			return nil, wire.Errorf("InvalidDomainValidationOptionsException", "The validation domain %s is not a superdomain of %s.", over, domain)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock.Now()
	token := in.text("IdempotencyToken")
	for _, c := range s.certs { // a repeated request within an hour. Source: API reference
		if token != "" && c.token == token && slices.Equal(c.names, names) && now.Sub(c.created) < time.Hour {
			return &wire.Response{JSON: map[string]any{"CertificateArn": c.arn}}, nil
		}
	}
	c := &certificate{
		region: region, names: names, created: now, token: token, tags: tags, kind: "AMAZON_ISSUED",
		validation: in.text("ValidationMethod"), algorithm: in.text("KeyAlgorithm"), transparency: "ENABLED", export: "DISABLED",
	}
	if c.validation == "" {
		c.validation = "EMAIL"
	}
	if c.algorithm == "" {
		c.algorithm = "RSA_2048"
	}
	c.options(in.object("Options"))
	if err := s.issue(c, now); err != nil {
		return nil, err
	}
	s.add(c)
	return &wire.Response{JSON: map[string]any{"CertificateArn": c.arn}}, nil
}

// add gives c an ARN. The caller holds mu.
func (s *Service) add(c *certificate) {
	s.serial++
	sum := md5.Sum(fmt.Appendf(nil, "%d %s", s.serial, c.names))
	h := hex.EncodeToString(sum[:])
	c.arn = fmt.Sprintf("arn:aws:acm:%s:%s:certificate/%s", c.region, s.opts.Account, strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"))
	s.certs = append(s.certs, c)
}

func (s *Service) delete(c *certificate) (*wire.Response, error) {
	if len(s.opts.InUse(c.arn)) > 0 { // asked with mu free: the answer may need other locks
		return nil, wire.Errorf("ResourceInUseException", "Certificate %s in account %s is in use.", c.arn, s.opts.Account)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.certs = slices.DeleteFunc(slices.Clone(s.certs), func(x *certificate) bool { return x == c })
	return &wire.Response{}, nil
}

type tag struct {
	Key   string
	Value string `json:",omitempty"`
}

const maxTags = 50

// readTags merges the Tags of a request into those there are.
func readTags(in body, have []tag) ([]tag, error) {
	out := slices.Clone(have)
	for _, t := range in.objects("Tags") {
		key := t.text("Key")
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return nil, wire.Errorf("InvalidTagException", "Tag keys that start with aws: are reserved.")
		}
		out = slices.DeleteFunc(out, func(x tag) bool { return x.Key == key })
		out = append(out, tag{key, t.text("Value")})
	}
	if len(out) > maxTags {
		pairs := make([]string, len(out))
		for i, t := range out {
			pairs[i] = t.Key + "=" + t.Value
		}
		return nil, wire.Errorf("TooManyTagsException", "the TagSet: '{%s}' contains too many Tags", strings.Join(pairs, ", "))
	}
	return out, nil
}

func (s *Service) addTags(c *certificate, in body) (*wire.Response, error) {
	tags, err := readTags(in, c.tags)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.tags = tags
	return &wire.Response{}, nil
}

func (s *Service) removeTags(c *certificate, in body) (*wire.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range in.objects("Tags") {
		_, valued := t["Value"]
		c.tags = slices.DeleteFunc(slices.Clone(c.tags), func(x tag) bool {
			return x.Key == t.text("Key") && (!valued || x.Value == t.text("Value"))
		})
	}
	return &wire.Response{}, nil
}

func (s *Service) list(in body, region string) (*wire.Response, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	limit := 1000
	if n, ok := in["MaxItems"].(float64); ok {
		limit = int(n)
	}
	// Without a filter only these two key types are listed. Source: API reference.
	keys := []string{"RSA_1024", "RSA_2048"}
	if k := in.object("Includes").texts("keyTypes"); len(k) > 0 {
		keys = k
	}
	statuses := in.texts("CertificateStatuses")
	after, started := in.text("NextToken"), in.text("NextToken") == ""
	out := map[string]any{}
	items := []any{}
	var last string
	for _, c := range s.certs {
		if !started {
			started = c.arn == after
			continue
		}
		if c.region != region || !slices.Contains(keys, c.algorithm) || len(statuses) > 0 && !slices.Contains(statuses, "ISSUED") {
			continue
		}
		if len(items) == limit {
			out["NextToken"] = last
			break
		}
		items, last = append(items, s.summary(c)), c.arn
	}
	out["CertificateSummaryList"] = items
	return &wire.Response{JSON: out}, nil
}
