package stage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/miekg/dns"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Patience is how long a viewer waits, and then the request has failed.
const Patience = 5 * time.Second

// An Answer is what a viewer got.
type Answer struct {
	Unresolved   bool  // there was no address to ask
	Err          error // there was none
	Status       int
	Distribution string // that gave it
	Header       http.Header
}

// View does what a browser on a machine without caches does: it asks DNS for the
// name, connects to the address, and asks for the page, of the point of presence with
// that index. header is what else it sends, such as its cookies.
func (w *World) View(ctx context.Context, name string, pop int, header http.Header) Answer {
	ctx, cancel := clock.WithTimeout(ctx, clk, Patience)
	defer cancel()
	address, err := w.Resolve(ctx, name)
	if err != nil {
		return Answer{Err: err, Unresolved: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+name+"/", nil)
	if err != nil {
		return Answer{Err: err}
	}
	maps.Copy(req.Header, header)
	req.Header.Set("X-Awssim-Pop", strconv.Itoa(pop))
	_, port, err := net.SplitHostPort(w.Edge)
	if err != nil {
		return Answer{Err: err}
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // a viewer who arrives now
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(address, port))
		},
	}}
	resp, err := client.Do(req)
	if err != nil {
		return Answer{Err: err}
	}
	defer resp.Body.Close()
	return Answer{Status: resp.StatusCode, Distribution: resp.Header.Get("X-Awssim-Distribution"), Header: resp.Header}
}

// Resolve asks the authoritative name server over UDP. Its answer comes from one
// of four, with what that one knows. A name that stands for another is followed.
func (w *World) Resolve(ctx context.Context, name string) (string, error) {
	const longest = 4 // chain of names
	for range longest {
		address, other, err := w.ask(ctx, name)
		if address != "" || err != nil {
			return address, err
		}
		name = other
	}
	return "", errors.New("resolving: too many names for one another")
}

func (w *World) ask(ctx context.Context, name string) (address, other string, err error) {
	q := new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA)
	reply, _, err := (&dns.Client{Timeout: Patience}).ExchangeContext(ctx, q, w.DNS)
	if err != nil {
		return "", "", fmt.Errorf("resolving: %w", err)
	}
	for _, rr := range reply.Answer {
		switch rr := rr.(type) {
		case *dns.A:
			return rr.A.String(), "", nil
		case *dns.CNAME:
			other = rr.Target
		}
	}
	if other != "" {
		return "", other, nil
	}
	return "", "", errors.New("resolving: " + dns.RcodeToString[reply.Rcode] + " without an address")
}
