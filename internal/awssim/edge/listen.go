package edge

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Serve answers viewers on l, in plain HTTP and over TLS on the same port: the
// first byte of a connection tells which. It returns once parent has ended and
// every connection is closed; nil then, else what broke the listener.
func (f *Fleet) Serve(parent context.Context, l net.Listener) error {
	plain, secure := newBranch(l.Addr()), newBranch(l.Addr())
	servers := []*http.Server{
		{Handler: f, ReadHeaderTimeout: handshakeTimeout},
		{Handler: f, ReadHeaderTimeout: handshakeTimeout, TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.certificate}, ErrorLog: silent},
	}
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	var running sync.WaitGroup
	running.Go(func() { cancel(servers[0].Serve(plain)) })
	running.Go(func() { cancel(servers[1].ServeTLS(secure, "", "")) })
	running.Go(func() { cancel(sort(ctx, l, plain, secure)) })
	<-ctx.Done()
	_ = l.Close()
	stop, done := clock.WithTimeout(context.WithoutCancel(ctx), clock.System{}, time.Second)
	defer done()
	for _, s := range servers {
		if s.Shutdown(stop) != nil {
			_ = s.Close()
		}
	}
	plain.close()
	secure.close()
	running.Wait()
	if parent.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// silent swallows the handshakes that viewers break off; probes do it all the time.
var silent = log.New(io.Discard, "", 0)

// sort sends each connection down the branch that its first byte names.
func sort(ctx context.Context, l net.Listener, plain, secure *branch) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			drop := context.AfterFunc(ctx, func() { _ = c.Close() })
			s := &sniffed{Conn: c}
			_ = c.SetReadDeadline(clock.System{}.Now().Add(handshakeTimeout))
			n, err := c.Read(s.first[:])
			drop()
			if err != nil || n == 0 {
				_ = c.Close()
				return
			}
			_ = c.SetReadDeadline(time.Time{})
			to := plain
			if s.first[0] == 0x16 { // a TLS handshake record; no HTTP method begins so
				to = secure
			}
			to.give(s)
		}()
	}
}

// sniffed is a connection whose first byte was read already.
type sniffed struct {
	net.Conn
	first [1]byte
	given bool
}

// Read implements net.Conn.
func (s *sniffed) Read(b []byte) (int, error) {
	if s.given || len(b) == 0 {
		return s.Conn.Read(b)
	}
	s.given = true
	b[0] = s.first[0]
	return 1, nil
}

// A branch is a listener that is handed its connections.
type branch struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newBranch(addr net.Addr) *branch {
	return &branch{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (b *branch) give(c net.Conn) {
	select {
	case b.conns <- c:
	case <-b.done:
		_ = c.Close()
	}
}

func (b *branch) close() { b.once.Do(func() { close(b.done) }) }

// Accept implements net.Listener.
func (b *branch) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (b *branch) Close() error {
	b.close()
	return nil
}

// Addr implements net.Listener.
func (b *branch) Addr() net.Addr { return b.addr }
