package provider_test

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A silentProxy carries tunnels to one server. The first of them it forgets: before it has
// said that it is there, or once it has.
type silentProxy struct {
	net.Listener
	to     string
	opens  bool // the first tunnel, too
	served atomic.Int64
}

func (p *silentProxy) run() {
	for {
		c, err := p.Accept()
		if err != nil {
			return
		}
		go p.carry(c, p.served.Add(1) == 1)
	}
}

func (p *silentProxy) carry(c net.Conn, first bool) {
	defer c.Close()
	head := make([]byte, 4096)
	if _, err := c.Read(head); err != nil || first && !p.opens { // the request fits
		_, _ = io.Copy(io.Discard, c) // until the client has had enough
		return
	}
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n") // a client that has gone is seen below
	if first {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	out, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer out.Close()
	go func() { _, _ = io.Copy(out, c) }()
	_, _ = io.Copy(c, out)
}

// A proxy on the way, with an authority of its own and a connection that goes dead, holds a
// call for no longer than the provider block says, over HTTP/2 as over HTTP/1.1.
func TestAProxyThatFallsSilentHoldsACallForNoLongerThanIsConfigured(t *testing.T) {
	t.Parallel()
	for name, opens := range map[string]bool{"before the tunnel is open": false, "in the tunnel": true} {
		for _, h2 := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", HTTP/2"}[h2], func(t *testing.T) {
				t.Parallel()
				var asked, second atomic.Int64
				aws := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked.Add(1)
					if r.ProtoMajor == 2 {
						second.Add(1)
					}
					w.WriteHeader(http.StatusForbidden)
					_, _ = io.WriteString(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No.</Message></Error></ErrorResponse>`)
				}))
				aws.EnableHTTP2 = h2
				aws.StartTLS()
				t.Cleanup(aws.Close)
				authority := filepath.Join(t.TempDir(), "ca.pem")
				if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: aws.Certificate().Raw}), 0o600); err != nil {
					t.Fatal(err)
				}
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				proxy := &silentProxy{Listener: l, to: aws.Listener.Addr().String(), opens: opens}
				t.Cleanup(func() { _ = l.Close() })
				go proxy.run()
				c := acctest.NewCore("cdn_staging_distribution", clock.System{}, nil)
				c.Provider["https_proxy"], c.Provider["custom_ca_bundle"], c.Provider["request_timeout"] = "http://"+l.Addr().String(), authority, "1s"
				c.Provider["endpoints"] = map[string]any{"cloudfront": "https://example.com"} // as the certificate says
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := clock.System{}.Now()
				p, err := c.Plan(ctx, acctest.Config{"primary_distribution_id": "E1EXAMPLE"})
				if err != nil || len(p.Diags.Errors()) > 0 {
					t.Fatalf("%v %s", err, p.Diags)
				}
				d, err := c.Apply(ctx, p)
				if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "The credentials may not do this" {
					t.Errorf("%v %s", err, d)
				}
				if took := (clock.System{}).Now().Sub(began); took > 20*time.Second {
					t.Errorf("took %s", took)
				}
				if asked.Load() == 0 || proxy.served.Load() < 2 || h2 != (second.Load() > 0) {
					t.Errorf("%d connections, %d calls, %d of them over HTTP/2", proxy.served.Load(), asked.Load(), second.Load())
				}
			})
		}
	}
}
