// Package probe takes samples over HTTP. It judges nothing.
//
// Every request uses a connection of its own and follows no redirect: a probe
// asks what a viewer who arrives now would get, and a kept connection or a
// redirect's destination would answer for somebody else.
package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// maxBody bounds what is read of an answer.
const maxBody = 1 << 20

// DefaultTimeout applies to a target that names none.
const DefaultTimeout = 10 * time.Second

// HTTP samples over HTTP and HTTPS.
type HTTP struct {
	Clock     clock.Clock
	UserAgent string
	// ConnectTo, if set, is host:port of a rehearsal's edge: every request goes
	// there, whatever its URL resolves to.
	ConnectTo string
	// Transport, if set, carries the requests instead of the network. For tests.
	Transport http.RoundTripper
	// Roots, if set, are trusted instead of the machine's.
	Roots *x509.CertPool
	// Proxy, if set, chooses the proxy of a request instead of the environment.
	Proxy func(*http.Request) (*url.URL, error)
}

// Sample implements gate.Sampler.
func (h HTTP) Sample(ctx context.Context, t gate.Target) (gate.Sample, error) {
	timeout := t.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	s := gate.Sample{At: h.Clock.Now()}
	// The network's time is the machine's, whatever clock the cutover runs on.
	within, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answer := func(err error) (gate.Sample, error) {
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		switch {
		case err != nil && within.Err() != nil:
			s.Err = fmt.Sprintf("timed out after %s", timeout)
		case err != nil:
			s.Err = err.Error()
		}
		s.Took = h.Clock.Now().Sub(s.At)
		return s, nil
	}
	method := t.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(within, method, t.URL, nil)
	if err != nil {
		return answer(err)
	}
	maps.Copy(req.Header, t.Header)
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", h.UserAgent)
	}
	client := http.Client{
		Transport:     h.transport(t),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return answer(err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing to be done about it
	s.Status, s.Header = resp.StatusCode, resp.Header
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	s.Body = string(body)
	return answer(err)
}

func (h HTTP) transport(t gate.Target) http.RoundTripper {
	if h.Transport != nil {
		return h.Transport
	}
	to := t.ConnectTo
	if to == "" {
		to = h.ConnectTo
	}
	if to == "" {
		to = t.Endpoint
	}
	dialer := &net.Dialer{}
	proxy := http.ProxyFromEnvironment
	if h.Proxy != nil {
		proxy = h.Proxy
	}
	if to != "" {
		proxy = nil // whoever names the address means it
	}
	return &http.Transport{
		Proxy:             proxy,
		DisableKeepAlives: true,
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{RootCAs: h.Roots, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if to != "" {
				addr = to
			}
			return dialer.DialContext(ctx, network, addr)
		},
	}
}
