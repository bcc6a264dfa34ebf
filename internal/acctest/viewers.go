package acctest

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// Seen is what viewers got.
type Seen struct {
	Answers map[string]int // by the origin that gave them
	Lost    []string       // everything that was not a 200 from an origin
}

// Viewers load the site as browsers do, without a pause, until the returned
// function is called: they resolve a name at the name servers and ask the
// address they are given, at every POP in turn. That function waits for them.
func (c *CLI) Viewers(count int) (leave func() Seen) {
	ctx, cancel := context.WithCancel(context.Background())
	seen := Seen{Answers: map[string]int{}}
	var mu sync.Mutex
	var viewing sync.WaitGroup
	for v := range count {
		viewing.Go(func() {
			look := c.viewer()
			for i := v; ctx.Err() == nil; i++ {
				name := c.Names[i%len(c.Names)]
				who, err := look(ctx, name, i%c.World.Propagation().POPs())
				if ctx.Err() != nil {
					return
				}
				mu.Lock()
				if err != nil {
					seen.Lost = append(seen.Lost, fmt.Sprintf("%s: %v", name, err))
				} else {
					seen.Answers[who]++
				}
				mu.Unlock()
			}
		})
	}
	c.t.Cleanup(func() { // a test that failed in between
		cancel()
		viewing.Wait()
	})
	return func() Seen {
		cancel()
		viewing.Wait()
		return seen
	}
}

// viewer returns a way to ask for a name at a POP, which says who answered.
func (c *CLI) viewer() func(ctx context.Context, name string, pop int) (string, error) {
	_, port, _ := net.SplitHostPort(c.edge)
	var dialer net.Dialer
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, c.dns)
	}}
	client := &http.Client{Transport: &http.Transport{}}
	return func(ctx context.Context, name string, pop int) (string, error) {
		found, err := resolver.LookupNetIP(ctx, "ip4", name+".")
		if err != nil {
			return "", err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(found[0].String(), port)+"/", nil)
		if err != nil {
			return "", err
		}
		req.Host = name
		req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer func() { _ = resp.Body.Close() }() // nothing to be done about it
		if resp.StatusCode != http.StatusOK {
			return "", fmt.Errorf("%s at POP %d", resp.Status, pop)
		}
		var who origin.Echo
		if err := json.NewDecoder(resp.Body).Decode(&who); err != nil {
			return "", fmt.Errorf("not an origin's answer: %w", err)
		}
		return who.Domain, nil
	}
}
