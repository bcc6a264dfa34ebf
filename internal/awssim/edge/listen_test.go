package edge_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// listening is a fleet on a free port; client reaches it under every name.
func listening(t *testing.T) (f *edge.Fleet, client *http.Client, stop func() error) {
	t.Helper()
	tree, err := wire.ParseXML(strings.NewReader("<DistributionConfig><ViewerCertificate><ACMCertificateArn>arn:c</ACMCertificateArn></ViewerCertificate>" +
		oneOrigin + strings.Replace(behaviour(disabled), "allow-all", "redirect-to-https", 1) + "</DistributionConfig>"))
	if err != nil {
		t.Fatal(err)
	}
	f = edge.New(edge.Options{
		Clock: clock.System{}, Origins: origin.New(clock.System{}), Journal: &journal.Journal{}, POPs: 3,
		Routes: &table{hosts: map[string]edge.Route{"www.example.com": {Distribution: "E1", Config: tree, Version: 1}, "d1.cloudfront.net": {Distribution: "E1", Config: tree, Version: 1}}},
		Certificates: func(arn string) ([]string, bool) {
			return []string{"www.example.com", "*.www.example.com"}, arn == "arn:c"
		},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Serve(ctx, l) }()
	pem, err := f.AuthorityPEM()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	tr := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, l.Addr().String())
		},
	}
	t.Cleanup(tr.CloseIdleConnections)
	client = &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return f, client, func() error {
		cancel()
		return <-ended
	}
}

func TestOnePortTakesPlainHTTPAndTLS(t *testing.T) {
	t.Parallel()
	_, client, stop := listening(t)
	for url, want := range map[string]int{
		"http://www.example.com/": 301, "https://www.example.com/": 200, "https://d1.cloudfront.net/": 200, "http://nobody.test/": 403,
	} {
		resp, err := client.Get(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", url, resp.StatusCode, want)
		}
	}
	resp, err := client.Get("https://d1.cloudfront.net/")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if leaf := resp.TLS.PeerCertificates[0]; leaf.DNSNames[0] != "*.cloudfront.net" || resp.Header.Get("X-Awssim-Distribution") != "E1" {
		t.Errorf("a distribution's own name shows the certificate of %v", leaf.DNSNames)
	}
	if resp, err := client.Get("https://nobody.test/"); err == nil {
		_ = resp.Body.Close()
		t.Error("a name that nobody owns has a certificate")
	}
	if err := stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if resp, err := client.Get("http://www.example.com/"); err == nil {
		_ = resp.Body.Close()
		t.Error("it answers after it has stopped")
	}
}

func TestAConnectionThatSaysNothingDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	_, client, stop := listening(t)
	conn, err := client.Transport.(*http.Transport).DialContext(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}
