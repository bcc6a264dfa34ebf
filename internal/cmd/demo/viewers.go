package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/miekg/dns"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Each point of presence has one viewer, who comes back this often.
const (
	fleet    = 24
	interval = 200 * time.Millisecond
	patience = 5 * time.Second // of a viewer, and then the request has failed
)

// viewers send requests until they are told to stop, and tally what they get.
type viewers struct {
	*tally
	world *world
	name  string

	stop    context.CancelFunc
	running sync.WaitGroup
}

func (w *world) sendViewers(ctx context.Context, name string, t *tally) *viewers {
	ctx, stop := context.WithCancel(ctx)
	v := &viewers{tally: t, world: w, name: name, stop: stop}
	for pop := range fleet {
		v.running.Go(func() {
			// Spread over the interval, so that there is always a request on its way.
			next := clk.Now().Add(interval * time.Duration(pop) / fleet)
			for clk.Sleep(ctx, next.Sub(clk.Now())) == nil {
				began, at := t.now(), clk.Now()
				got := v.request(ctx, pop)
				got.at, got.pop = at, pop
				if ctx.Err() != nil {
					return // nobody waits for that answer any more
				}
				t.count(began, got)
				next = next.Add(interval)
			}
		})
	}
	return v
}

// leave sends the viewers home.
func (v *viewers) leave() {
	v.stop()
	v.running.Wait()
}

// request does what a browser on a machine without caches does: it asks DNS for the
// name, connects to the address, and asks for the page.
func (v *viewers) request(ctx context.Context, pop int) answer {
	ctx, cancel := clock.WithTimeout(ctx, clk, patience)
	defer cancel()
	address, err := v.resolve(ctx)
	if err != nil {
		return answer{err: err, unresolved: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.name+"/", nil)
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("X-Awssim-Pop", strconv.Itoa(pop))
	_, port, err := net.SplitHostPort(v.world.edge)
	if err != nil {
		return answer{err: err}
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, // a viewer who arrives now
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(address, port))
		},
	}}
	resp, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	return answer{status: resp.StatusCode, distribution: resp.Header.Get("X-Awssim-Distribution"), origin: resp.Header.Get("X-Origin")}
}

// resolve asks the authoritative name server over UDP. Its answer comes from one
// of four, with what that one knows.
func (v *viewers) resolve(ctx context.Context) (string, error) {
	q := new(dns.Msg).SetQuestion(dns.Fqdn(v.name), dns.TypeA)
	reply, _, err := (&dns.Client{Timeout: patience}).ExchangeContext(ctx, q, v.world.dns)
	if err != nil {
		return "", fmt.Errorf("resolving: %w", err)
	}
	for _, rr := range reply.Answer {
		if a, ok := rr.(*dns.A); ok {
			return a.A.String(), nil
		}
	}
	return "", errors.New("resolving: " + dns.RcodeToString[reply.Rcode] + " without an address")
}
