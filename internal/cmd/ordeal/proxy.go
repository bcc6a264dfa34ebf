//go:build unix

package main

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// A mode is what happens to a connection between the provider and AWS.
type mode string

// The modes. All but pass and slow apply to one connection, the next that is used.
const (
	pass      mode = ""
	slow      mode = "slow"      // every answer takes ten seconds
	trickle   mode = "trickle"   // an answer comes byte by byte
	blackhole mode = "blackhole" // nothing comes through for 20 s, either way
	halfOpen  mode = "half-open" // the connection is there, and nobody answers on it, ever
)

// A proxy stands between the provider and AWS, and misbehaves when it is told to.
type proxy struct {
	l      net.Listener
	target string

	mu   sync.Mutex
	next mode
	left int // connections that next is for
}

func newProxy(ctx context.Context, target string) (*proxy, error) {
	var cfg net.ListenConfig
	l, err := cfg.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{l: l, target: target}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.carry(ctx, c)
		}
	}()
	return p, nil
}

func (p *proxy) addr() string { return p.l.Addr().String() }

func (p *proxy) close() { _ = p.l.Close() }

// misbehave sets what happens to the next n uses of a connection.
func (p *proxy) misbehave(m mode, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.left = m, n
}

// take is what happens to the use that begins now.
func (p *proxy) take() mode {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left <= 0 {
		return pass
	}
	p.left--
	return p.next
}

// carry takes a connection over. Each chunk that comes from the provider is a use.
func (p *proxy) carry(ctx context.Context, in net.Conn) {
	defer in.Close()
	out, err := new(net.Dialer).DialContext(ctx, "tcp", p.target)
	if err != nil {
		return
	}
	defer out.Close()
	var mu sync.Mutex
	var now mode
	go func() {
		defer in.Close()
		buf := make([]byte, 32<<10)
		for {
			n, err := out.Read(buf)
			if n > 0 {
				mu.Lock()
				m := now
				mu.Unlock()
				if !p.answer(ctx, in, buf[:n], m) {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 32<<10)
	for {
		n, err := in.Read(buf)
		if n > 0 {
			m := p.take()
			mu.Lock()
			now = m
			mu.Unlock()
			switch m {
			case halfOpen: // it takes what comes and says nothing
				_, _ = io.Copy(io.Discard, in)
				return
			case blackhole:
				if clk.Sleep(ctx, 20*time.Second) != nil {
					return
				}
			case pass, slow, trickle:
			}
			if _, err := out.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// answer hands on what AWS says.
func (p *proxy) answer(ctx context.Context, to net.Conn, b []byte, m mode) bool {
	switch m {
	case slow:
		if clk.Sleep(ctx, 10*time.Second) != nil {
			return false
		}
	case trickle:
		for i := range b {
			if _, err := to.Write(b[i : i+1]); err != nil {
				return false
			}
			if clk.Sleep(ctx, 20*time.Millisecond) != nil {
				return false
			}
		}
		return true
	case pass, blackhole, halfOpen:
	}
	_, err := to.Write(b)
	return err == nil
}
