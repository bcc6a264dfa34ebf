package edge

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// An authority signs what the POPs show to TLS viewers. Its keys are made when
// first needed and live in memory only.
type authority struct {
	clock clock.Clock

	mu     sync.Mutex
	key    *ecdsa.PrivateKey
	root   *x509.Certificate
	leaves map[string]*tls.Certificate // by their names
}

// AuthorityPEM is the certificate that a TLS viewer has to trust.
func (f *Fleet) AuthorityPEM() ([]byte, error) {
	f.ca.mu.Lock()
	defer f.ca.mu.Unlock()
	if err := f.ca.open(); err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.ca.root.Raw}), nil
}

// certificate is what a POP shows for a server name: that of the distribution
// which owns the name there, and CloudFront's own for everything else, the domain that
// CloudFront gave the distribution included. [docs: CF cnames-and-https-procedures]
func (f *Fleet) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	at := f.clock.Now()
	names := []string{"*.cloudfront.net", "cloudfront.net"}
	name := hostname(hello.ServerName)
	if strings.HasSuffix(name, ".cloudfront.net") {
		return f.ca.sign(names)
	}
	route := f.routes.Route(f.nearest(hello.Conn.RemoteAddr().String()).index, at, name)
	if arn := route.Config.String("ViewerCertificate", "ACMCertificateArn"); arn != "" && f.names != nil {
		if sans, ok := f.names(arn); ok {
			names = sans
		}
	}
	if route.Distribution == "" && f.direct(name) {
		names = []string{name}
	}
	return f.ca.sign(names)
}

func (a *authority) sign(names []string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	id := strings.Join(names, " ")
	if leaf := a.leaves[id]; leaf != nil {
		return leaf, nil
	}
	if err := a.open(); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := a.template(int64(len(a.leaves)+2), names[0])
	template.DNSNames = names
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf := &tls.Certificate{Certificate: [][]byte{der, a.root.Raw}, PrivateKey: key}
	a.leaves[id] = leaf
	return leaf, nil
}

// open makes the root; the caller holds the lock.
func (a *authority) open() error {
	if a.root != nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := a.template(1, "awssim in-memory authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	a.key, a.root, a.leaves = key, root, map[string]*tls.Certificate{}
	return nil
}

func (a *authority) template(serial int64, name string) *x509.Certificate {
	now := a.clock.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-year), NotAfter: now.Add(10 * year),
	}
}

// handshakeTimeout is how long a viewer may take to say its first byte and its request line.
const handshakeTimeout = 10 * time.Second
