package acm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

type certificate struct {
	arn, region, token   string
	kind                 string // AMAZON_ISSUED, IMPORTED
	validation           string // DNS, EMAIL, HTTP
	algorithm            string
	transparency, export string
	names                []string
	created, imported    time.Time
	tags                 []tag
	x509                 *x509.Certificate
	pem, chain           string
}

func (c *certificate) options(o body) {
	if v := o.text("CertificateTransparencyLoggingPreference"); v != "" {
		c.transparency = v
	}
	if v := o.text("Export"); v != "" {
		c.export = v
	}
}

// authority is the in-memory root that signs requested certificates.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	pem  string
}

func newAuthority(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "awssim root"},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(20, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{cert: cert, key: key, pem: encode(der)}, nil
}

func encode(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// sharedRSA is the key of every requested RSA certificate: making one takes long, and
// nobody ever sees its private half.
var sharedRSA = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// newKey makes a key of the algorithms that can be requested. Source: API reference.
func newKey(algorithm string) (crypto.Signer, error) {
	switch algorithm {
	case "RSA_2048":
		return sharedRSA()
	case "EC_prime256v1":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EC_secp384r1":
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return nil, wire.Errorf("InvalidParameterException", "The key algorithm %s is not supported for certificates requested from ACM.", algorithm)
}

// issue makes the X.509 certificate of a request. The caller holds mu.
func (s *Service) issue(c *certificate, now time.Time) error {
	key, err := newKey(c.algorithm)
	if err != nil {
		return err
	}
	if s.ca == nil {
		if s.ca, err = newAuthority(now); err != nil {
			return err
		}
	}
	subject := pkix.Name{}
	if len(c.names[0]) <= 64 { // the longest common name there can be
		subject.CommonName = c.names[0]
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(s.certs)) + 1000), Subject: subject, DNSNames: c.names,
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 13, 0), // 13 months, as ACM's are
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, s.ca.cert, key.Public(), s.ca.key)
	if err != nil {
		return err
	}
	if c.x509, err = x509.ParseCertificate(der); err != nil {
		return err
	}
	c.pem, c.chain = encode(der), s.ca.pem
	return nil
}

func (s *Service) importCertificate(in body, region string) (*wire.Response, error) {
	blob := func(name string) []byte {
		b, _ := base64.StdEncoding.DecodeString(in.text(name)) // what cannot be decoded is no PEM either
		return b
	}
	cert, key, chain := blob("Certificate"), blob("PrivateKey"), blob("CertificateChain")
	block, rest := pem.Decode(cert)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, wire.Errorf("ValidationException", "Could not parse the certificate. It must be in PEM format.")
	}
	if more, _ := pem.Decode(rest); more != nil {
		return nil, wire.Errorf("ValidationException", "The certificate field contains more than one certificate. You can specify only one certificate in this field.")
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, wire.Errorf("ValidationException", "The private key is not in PEM format or does not match the certificate.")
	}
	if err := checkChain(chain); err != nil {
		return nil, err
	}
	tags, err := readTags(in, nil)
	if err != nil {
		return nil, err
	}
	now := s.opts.Clock.Now()
	if now.Before(pair.Leaf.NotBefore) || !now.Before(pair.Leaf.NotAfter) {
		return nil, wire.Errorf("ValidationException", "The certificate is not valid at this time.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &certificate{region: region, kind: "IMPORTED", validation: "", created: now, tags: tags, transparency: "DISABLED", export: "DISABLED"}
	arn := in.text("CertificateArn")
	if arn != "" {
		i := slices.IndexFunc(s.certs, func(x *certificate) bool { return x.arn == arn && x.region == region })
		switch {
		case i < 0:
			return nil, wire.Errorf("ResourceNotFoundException", "Could not find certificate %s.", arn)
		case s.certs[i].kind != "IMPORTED":
			return nil, wire.Errorf("ValidationException", "Only an imported certificate can be imported again.")
		case len(tags) > 0:
			return nil, wire.Errorf("InvalidParameterException", "Tags cannot be given when a certificate is imported again.")
		}
		c = s.certs[i]
	}
	c.imported = now
	c.x509, c.pem, c.chain, c.names, c.algorithm = pair.Leaf, string(cert), string(chain), namesOf(pair.Leaf), algorithmOf(pair.Leaf)
	if arn == "" {
		s.add(c)
	}
	return &wire.Response{JSON: map[string]any{"CertificateArn": c.arn}}, nil
}

func checkChain(chain []byte) error {
	for rest := chain; len(strings.TrimSpace(string(rest))) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil || block.Type != "CERTIFICATE" {
			return wire.Errorf("ValidationException", "Could not parse the certificate chain. It must be in PEM format.")
		}
	}
	return nil
}

func namesOf(c *x509.Certificate) []string {
	var out []string
	for _, n := range append([]string{c.Subject.CommonName}, c.DNSNames...) {
		// A common name counts only where there are no alternative names.
		if n = strings.ToLower(n); n == "" || slices.Contains(out, n) || len(c.DNSNames) > 0 && !slices.Contains(lowered(c.DNSNames), n) {
			continue
		}
		out = append(out, n)
	}
	return out
}

func lowered(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, strings.ToLower(n))
	}
	return out
}

func algorithmOf(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		switch k.N.BitLen() {
		case 1024:
			return "RSA_1024"
		case 3072:
			return "RSA_3072"
		case 4096:
			return "RSA_4096"
		}
		return "RSA_2048"
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 384:
			return "EC_secp384r1"
		case 521:
			return "EC_secp521r1"
		}
		return "EC_prime256v1"
	}
	return "RSA_2048"
}

// epoch is how the JSON protocols write a moment.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (c *certificate) domain() string {
	if len(c.names) == 0 {
		return ""
	}
	return c.names[0]
}

func (s *Service) describe(c *certificate) map[string]any {
	users := s.opts.InUse(c.arn) // asked with mu free
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := map[string]any{
		"CertificateArn": c.arn, "DomainName": c.domain(), "SubjectAlternativeNames": c.names,
		"Serial": serial(c.x509), "Subject": c.x509.Subject.String(), "Issuer": c.x509.Issuer.CommonName,
		"CreatedAt": epoch(c.created), "Status": "ISSUED", "Type": c.kind,
		"NotBefore": epoch(c.x509.NotBefore), "NotAfter": epoch(c.x509.NotAfter),
		"KeyAlgorithm": c.algorithm, "SignatureAlgorithm": signature(c.x509),
		"InUseBy":            append([]string{}, users...),
		"KeyUsages":          []any{map[string]string{"Name": "DIGITAL_SIGNATURE"}, map[string]string{"Name": "KEY_ENCIPHERMENT"}},
		"ExtendedKeyUsages":  []any{map[string]string{"Name": "TLS_WEB_SERVER_AUTHENTICATION", "OID": "1.3.6.1.5.5.7.3.1"}},
		"RenewalEligibility": "INELIGIBLE",
		"Options":            map[string]string{"CertificateTransparencyLoggingPreference": c.transparency, "Export": c.export},
	}
	if c.kind == "IMPORTED" {
		out["ImportedAt"] = epoch(c.imported)
		return out
	}
	out["IssuedAt"] = epoch(c.created)
	if len(users) > 0 {
		out["RenewalEligibility"] = "ELIGIBLE"
	}
	var options []any
	for _, n := range c.names {
		options = append(options, c.validated(n))
	}
	out["DomainValidationOptions"] = options
	return out
}

// validated is the proof that ACM had for one name. The record depends on the
// name alone, so that a wildcard shares it with its apex and a second certificate
// with the first, as in AWS.
func (c *certificate) validated(name string) map[string]any {
	base := strings.TrimPrefix(name, "*.")
	out := map[string]any{"DomainName": name, "ValidationDomain": name, "ValidationStatus": "SUCCESS", "ValidationMethod": c.validation}
	switch c.validation {
	case "DNS":
		out["ResourceRecord"] = map[string]string{
			"Name": "_" + hash("name", base) + "." + base + ".", "Type": "CNAME",
			"Value": "_" + hash("value", base) + ".acmsimulated.acm-validations.aws.",
		}
	case "EMAIL":
		out["ValidationEmails"] = []string{"administrator@" + base, "hostmaster@" + base, "postmaster@" + base, "webmaster@" + base, "admin@" + base}
	}
	return out
}

func hash(parts ...string) string {
	sum := md5.Sum([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// signature spells an algorithm as ACM does: SHA256WITHRSA.
func signature(c *x509.Certificate) string {
	key, digest, _ := strings.Cut(c.SignatureAlgorithm.String(), "-")
	return digest + "WITH" + key
}

func serial(c *x509.Certificate) string {
	var parts []string
	for _, b := range c.SerialNumber.Bytes() {
		parts = append(parts, hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}

// summary is a list's view of c. The caller holds mu.
func (s *Service) summary(c *certificate) map[string]any {
	out := map[string]any{
		"CertificateArn": c.arn, "DomainName": c.domain(), "SubjectAlternativeNameSummaries": c.names,
		"HasAdditionalSubjectAlternativeNames": false, "Status": "ISSUED", "Type": c.kind, "KeyAlgorithm": c.algorithm,
		"KeyUsages": []string{"DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"}, "ExtendedKeyUsages": []string{"TLS_WEB_SERVER_AUTHENTICATION"},
		"InUse": len(s.opts.InUse(c.arn)) > 0, "RenewalEligibility": "INELIGIBLE",
		"NotBefore": epoch(c.x509.NotBefore), "NotAfter": epoch(c.x509.NotAfter), "CreatedAt": epoch(c.created),
	}
	if c.kind == "IMPORTED" {
		out["ImportedAt"] = epoch(c.imported)
	} else {
		out["IssuedAt"] = epoch(c.created)
	}
	return out
}
