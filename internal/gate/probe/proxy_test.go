package probe_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// A probe goes the way the provider is configured to go, and past it to where it is told to connect.
func TestAProbeGoesByTheConfiguredProxy(t *testing.T) {
	t.Parallel()
	proxy := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "by the proxy to "+r.URL.Host) })
	site := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "directly") })
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	h := sampler()
	h.Proxy = func(*http.Request) (*url.URL, error) { return at, nil }
	if s := take(t, h, gate.Target{URL: "http://www.example.com/"}); s.Body != "by the proxy to www.example.com" {
		t.Errorf("got %q %s", s.Body, s.Err)
	}
	if s := take(t, h, gate.Target{URL: "http://www.example.com/", ConnectTo: site.Listener.Addr().String()}); s.Body != "directly" {
		t.Errorf("got %q %s", s.Body, s.Err)
	}
}
