//go:build unix

package main

import (
	"bytes"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// A monitor is CloudWatch as the provider reaches it, which can be worse than the
// simulator's in ways that only an HTTP proxy knows.
type monitor struct {
	server *http.Server
	addr   string

	mu sync.Mutex
	// late is after how long each call is answered with 503; 0: never.
	late time.Duration
	// partial: of every metric, CloudWatch says that there is more than it tells.
	partial bool
}

func newMonitor(ctx context.Context, target string) (*monitor, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m := &monitor{addr: l.Addr().String()}
	handOn := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(u)
			r.Out.Host = r.In.Host // it is signed
			r.Out.Header["Accept-Encoding"] = []string{"identity"}
		},
		ModifyResponse: m.answer,
		ErrorLog:       log.New(io.Discard, "", 0), // a connection that is cut is cut on purpose
	}
	m.server = &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		late := m.late
		m.mu.Unlock()
		if late > 0 {
			if clk.Sleep(r.Context(), late) == nil {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return
		}
		handOn.ServeHTTP(w, r)
	})}
	go func() { _ = m.server.Serve(l) }() // until it is closed
	return m, nil
}

// answer makes whole data partial, in whichever of CloudWatch's protocols.
func (m *monitor) answer(resp *http.Response) error {
	m.mu.Lock()
	partial := m.partial
	m.mu.Unlock()
	if !partial {
		return nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	for whole, part := range map[string]string{
		"<StatusCode>Complete<": "<StatusCode>PartialData<",
		`"Complete"`:            `"PartialData"`,
		"\x68Complete":          "\x6bPartialData", // CBOR: a text of 8 bytes, and one of 11
	} {
		body = bytes.ReplaceAll(body, []byte(whole), []byte(part))
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

// behave sets how CloudWatch is from now on.
func (m *monitor) behave(late time.Duration, partial bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.late, m.partial = late, partial
}

func (m *monitor) close() { _ = m.server.Close() }
