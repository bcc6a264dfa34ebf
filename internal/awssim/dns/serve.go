package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	mdns "github.com/miekg/dns"
)

// udpSize is what we offer in EDNS, the size without fragments (DNS flag day 2020).
const udpSize = 1232

// Serve listens on addr, UDP and TCP on the same port (0: a free one), until ctx
// ends; it then returns nil with both sockets closed. A Server serves once.
func (s *Server) Serve(ctx context.Context, addr string) error {
	packets, stream, err := listen(ctx, addr)
	if err != nil {
		s.announce(netip.AddrPort{})
		return fmt.Errorf("listening for DNS: %w", err)
	}
	started := make(chan struct{}, 2)
	up := func() { started <- struct{}{} }
	servers := []*mdns.Server{
		{PacketConn: packets, Handler: s.handler(true), NotifyStartedFunc: up},
		{Listener: stream, Handler: s.handler(false), NotifyStartedFunc: up},
	}
	ended := make(chan error, len(servers))
	for _, server := range servers {
		go func() { ended <- server.ActivateAndServe() }()
	}
	running := len(servers)
	var first error
	for range servers { // Shutdown refuses a server that has not started
		select {
		case <-started:
		case err := <-ended:
			first, running = errors.Join(first, err), running-1
		}
	}
	if first == nil {
		s.announce(netip.MustParseAddrPort(stream.Addr().String()))
		select {
		case <-ctx.Done():
		case err := <-ended:
			first, running = err, running-1
		}
	}
	s.announce(netip.AddrPort{})
	for _, server := range servers {
		_ = server.Shutdown() // closing twice is the only way to fail
	}
	for range running {
		first = errors.Join(first, <-ended)
	}
	return first
}

// Addr waits until Serve listens and returns where; the zero value if it could not.
func (s *Server) Addr(ctx context.Context) netip.AddrPort {
	select {
	case <-s.ready:
	case <-ctx.Done():
	}
	s.addrMu.Lock()
	defer s.addrMu.Unlock()
	return s.address
}

// announce tells Addr where we listen; only the first call counts.
func (s *Server) announce(at netip.AddrPort) {
	s.once.Do(func() {
		s.addrMu.Lock()
		s.address = at
		s.addrMu.Unlock()
		close(s.ready)
	})
}

// listen opens both sockets. With port 0 the port TCP was given may be taken on
// UDP, so it tries a few.
func listen(ctx context.Context, addr string) (net.PacketConn, net.Listener, error) {
	var cfg net.ListenConfig
	var err error
	for range 8 {
		stream, e := cfg.Listen(ctx, "tcp", addr)
		if e != nil {
			return nil, nil, e
		}
		packets, e := cfg.ListenPacket(ctx, "udp", stream.Addr().String())
		if e == nil {
			return packets, stream, nil
		}
		err = errors.Join(e, stream.Close())
		if _, port, _ := net.SplitHostPort(addr); port != "0" {
			break
		}
	}
	return nil, nil, err
}

// handler writes answers; over UDP cut to what the client takes, with TC set.
func (s *Server) handler(udp bool) mdns.Handler {
	return mdns.HandlerFunc(func(w mdns.ResponseWriter, q *mdns.Msg) {
		reply := s.Answer(q)
		if udp {
			size := mdns.MinMsgSize
			if opt := q.IsEdns0(); opt != nil {
				size = max(size, min(int(opt.UDPSize()), udpSize))
			}
			reply.Truncate(size)
		}
		_ = w.WriteMsg(reply) // the client may have gone
	})
}
