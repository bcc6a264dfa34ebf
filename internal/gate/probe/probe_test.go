package probe_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock/hand"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/probe"
)

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func sampler() probe.HTTP { return probe.HTTP{Clock: clock.System{}, UserAgent: "test/1"} }

func take(t *testing.T, h probe.HTTP, target gate.Target) gate.Sample {
	t.Helper()
	s, err := h.Sample(t.Context(), target)
	if err != nil {
		t.Fatalf("failing to reach a target is a sample, not an error: %v", err)
	}
	return s
}

func TestASampleIsWhatAViewerGets(t *testing.T) {
	t.Parallel()
	site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Side", "green")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, r.Method+" "+r.Host+r.URL.RequestURI()+" "+r.UserAgent()+" "+r.Header.Get("X-Ask"))
	})
	host := strings.TrimPrefix(site.URL, "http://")
	s := take(t, sampler(), gate.Target{URL: site.URL + "/health?x=1", Header: http.Header{"X-Ask": {"yes"}}})
	if want := "GET " + host + "/health?x=1 test/1 yes"; s.Status != http.StatusTeapot || s.Body != want || s.Header.Get("X-Side") != "green" || s.Err != "" {
		t.Errorf("got %d %q %v (%s), want 418 %q", s.Status, s.Body, s.Header, s.Err, want)
	}
	s = take(t, sampler(), gate.Target{URL: site.URL, Method: http.MethodPost, Header: http.Header{"User-Agent": {"mine"}}})
	if want := "POST " + host + "/ mine "; s.Body != want {
		t.Errorf("got %q, want %q", s.Body, want)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	s := take(t, sampler(), gate.Target{URL: site.URL})
	if s.Status != http.StatusFound || s.Header.Get("Location") != "/elsewhere" || asked.Load() != 1 {
		t.Errorf("got %d after %d requests: %s", s.Status, asked.Load(), s.Err)
	}
}

// A kept connection answers for whoever had the name when it was made.
func TestEveryRequestUsesAConnectionOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, h2 := range []bool{false, true} {
		var mu sync.Mutex
		peers, open := map[string]int{}, map[net.Conn]bool{}
		site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			peers[r.RemoteAddr+" "+r.Proto]++
		}))
		closed := make(chan struct{}, 100)
		site.Config.ConnState = func(c net.Conn, s http.ConnState) {
			mu.Lock()
			defer mu.Unlock()
			switch s {
			case http.StateNew:
				open[c] = true
			case http.StateClosed, http.StateHijacked:
				if open[c] {
					closed <- struct{}{}
				}
				delete(open, c)
			default:
			}
		}
		site.EnableHTTP2 = h2
		h := sampler()
		if h2 {
			site.StartTLS()
			h.Roots = x509.NewCertPool()
			h.Roots.AddCert(site.Certificate())
		} else {
			site.Start()
		}
		t.Cleanup(site.Close)
		const n = 5
		for range n {
			if s := take(t, h, gate.Target{URL: site.URL}); s.Status != http.StatusOK {
				t.Fatal(s.Err)
			}
		}
		for range n { // and leaves none behind: the test hangs otherwise
			<-closed
		}
		mu.Lock()
		if len(peers) != n {
			t.Errorf("HTTP/2 %v: %d connections for %d requests: %v", h2, len(peers), n, peers)
		}
		for peer := range peers {
			if h2 != strings.HasSuffix(peer, "HTTP/2.0") {
				t.Errorf("spoke %s", peer)
			}
		}
		mu.Unlock()
	}
}

func TestConnectToChangesTheConnectionAndNothingElse(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, r.Host)
	})
	at := strings.TrimPrefix(site.URL, "http://")
	const name = "www.example.invalid" // which no resolver knows
	for _, c := range []struct {
		what                  string
		edge, probe, endpoint string
	}{
		{"the target's", "", at, ""},
		{"the rehearsal's edge", at, "", ""},
		{"the target's before the rehearsal's", "127.0.0.1:1", at, ""},
		{"the endpoint that is asked about", "", "", at},
		{"the rehearsal's edge before the endpoint", at, "", "127.0.0.1:1"},
		{"the target's before the endpoint", "", at, "127.0.0.1:1"},
	} {
		h := sampler()
		h.ConnectTo = c.edge
		s := take(t, h, gate.Target{URL: "http://" + name + "/", ConnectTo: c.probe, Endpoint: c.endpoint})
		if s.Status != http.StatusOK || s.Body != name {
			t.Errorf("%s: got %d %q (%s)", c.what, s.Status, s.Body, s.Err)
		}
	}
	if asked.Load() != 6 {
		t.Errorf("the site was asked %d times", asked.Load())
	}
}

// TLS is spoken with the name that was asked for, wherever the connection goes.
func TestConnectToKeepsTheNameInTLS(t *testing.T) {
	t.Parallel()
	var seen atomic.Value
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	site.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		seen.Store(hello.ServerName)
		return nil, nil //nolint:nilnil // as crypto/tls asks for
	}}
	site.Config.ErrorLog = log.New(io.Discard, "", 0) // one handshake is meant to fail
	site.StartTLS()
	t.Cleanup(site.Close)
	h := sampler()
	h.Roots = x509.NewCertPool()
	h.Roots.AddCert(site.Certificate())
	at := strings.TrimPrefix(site.URL, "https://")
	if s := take(t, h, gate.Target{URL: "https://example.com/", ConnectTo: at}); s.Status != http.StatusOK { // httptest's certificate is for example.com
		t.Errorf("got %d (%s)", s.Status, s.Err)
	}
	if seen.Load() != "example.com" {
		t.Errorf("the server saw the name %v", seen.Load())
	}
	s := take(t, h, gate.Target{URL: "https://www.example.invalid/", ConnectTo: at})
	if s.Status != 0 || !strings.Contains(s.Err, "certificate") {
		t.Errorf("a certificate for another name was accepted: %d (%s)", s.Status, s.Err)
	}
}

func TestAnAnswerIsReadUpToAMebibyte(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	site := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			if _, err := w.Write(make([]byte, limit)); err != nil {
				return // the probe has hung up
			}
		}
	})
	s := take(t, sampler(), gate.Target{URL: site.URL})
	if len(s.Body) != limit || s.Err != "" || s.Status != http.StatusOK {
		t.Errorf("read %d bytes of the body of %d (%s)", len(s.Body), s.Status, s.Err)
	}
}

func TestFailingToGetAnAnswerIsASample(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	silent := serve(t, func(http.ResponseWriter, *http.Request) { <-release })
	stalling := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		<-release
	})
	cutting := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	t.Cleanup(func() { close(release) }) // before the servers close, which wait for their handlers
	for _, c := range []struct {
		name string
		url  string
		err  string
	}{
		{"silent", silent.URL, "timed out after 50ms"},
		{"stalling in the body", stalling.URL, "timed out after 50ms"},
		{"cut off in the body", cutting.URL, "unexpected EOF"},
		{"nobody there", "http://127.0.0.1:1", "refused"},
		{"not a URL", "http://[::1", "missing ']'"},
		{"a scheme nobody speaks", "gopher://example.com", "unsupported protocol scheme"},
	} {
		t.Run(c.name, func(t *testing.T) {
			timeout := 50 * time.Millisecond
			if !strings.Contains(c.err, "timed out") {
				timeout = 0 // the default, which is far away
			}
			s := take(t, sampler(), gate.Target{URL: c.url, Timeout: timeout})
			if !strings.Contains(s.Err, c.err) {
				t.Errorf("got %d %q, want an error with %q", s.Status, s.Err, c.err)
			}
			if v := (gate.Target{URL: c.url}).Examine(s).Verdict; v != gate.Fail {
				t.Errorf("the gate calls it %s", v)
			}
		})
	}
}

func TestTheEndOfTheContextIsAnErrorAndNotASample(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	site := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel() // somebody interrupts the run
		<-r.Context().Done()
	})
	if _, err := sampler().Sample(ctx, gate.Target{URL: site.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted in a request: %v", err)
	}
	if _, err := sampler().Sample(ctx, gate.Target{URL: site.URL}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted before a request: %v", err)
	}
}

// A round tripper made of a function.
type trip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTimeComesFromTheClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC)
	c := hand.At(start)
	h := probe.HTTP{Clock: c, Transport: trip(func(r *http.Request) (*http.Response, error) {
		c.Pass(1500 * time.Millisecond)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
	})}
	s := take(t, h, gate.Target{URL: "http://www.example.com/"})
	if !s.At.Equal(start) || s.Took != 1500*time.Millisecond {
		t.Errorf("taken at %s in %s", s.At, s.Took)
	}
}

func TestATargetWithoutATimeoutHasTheDefaultOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := probe.HTTP{Clock: clock.System{}, Transport: trip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
		s := take(t, h, gate.Target{URL: "http://www.example.com/"})
		if s.Took != probe.DefaultTimeout || s.Err != "timed out after 10s" {
			t.Errorf("gave up after %s: %s", s.Took, s.Err)
		}
	})
}

// What is bounded is what comes out of a compressed answer, not what goes in.
func TestACompressedBodyIsBoundedAfterDecompression(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer // before the probe's time begins: packing takes long under the race detector
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	site := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes()) // or the probe has had enough
	})
	for name, header := range map[string]http.Header{"by itself": nil, "asked for": {"Accept-Encoding": {"gzip"}}} {
		s := take(t, sampler(), gate.Target{URL: site.URL, Header: header, Timeout: time.Hour}) // however busy the machine is
		if s.Err != "" || s.Status != http.StatusOK || len(s.Body) == 0 || len(s.Body) > 1<<20 {
			t.Errorf("%s: %d bytes, status %d, %s", name, len(s.Body), s.Status, s.Err)
		}
	}
}

// A body that comes byte by byte takes no more time than the probe has.
func TestABodyThatTricklesEndsWithTheTimeOfItsProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := probe.HTTP{Clock: clock.System{}, Transport: trip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(trickle{r.Context()}), Request: r}, nil
		})}
		s := take(t, h, gate.Target{URL: "http://www.example.com/", Timeout: 5 * time.Second})
		if s.Took != 5*time.Second || s.Err != "timed out after 5s" {
			t.Errorf("gave up after %s: %s", s.Took, s.Err)
		}
	})
}

// A trickle gives a byte a second for as long as it is let.
type trickle struct {
	ctx context.Context //nolint:containedctx // as a connection has it
}

// Read implements io.Reader.
func (r trickle) Read(p []byte) (int, error) {
	if err := (clock.System{}).Sleep(r.ctx, time.Second); err != nil {
		return 0, err
	}
	p[0] = 'x'
	return 1, nil
}
