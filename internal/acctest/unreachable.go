package acctest

import (
	"net"
	"net/http"
	"os"
	"syscall"
)

// Unreachable is a network in which nobody listens.
type Unreachable struct{}

// RoundTrip implements http.RoundTripper.
func (Unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
}
