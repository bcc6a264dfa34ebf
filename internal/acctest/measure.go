package acctest

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// RoundTrip is what a call to AWS takes where `make bench` measures a run in virtual time.
// AWS takes its minutes there and this machine takes none, so the figures are the same
// everywhere.
const RoundTrip = 150 * time.Millisecond

type distant struct{ rt http.RoundTripper }

// Distant is a way to an AWS that is a network away.
func Distant(rt http.RoundTripper) http.RoundTripper { return distant{rt} }

// RoundTrip implements http.RoundTripper.
func (d distant) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := (clock.System{}).Sleep(req.Context(), RoundTrip); err != nil {
		return nil, err
	}
	return d.rt.RoundTrip(req)
}

// Measured is what a run took, and where its time went as AWS shows it from outside.
type Measured struct {
	Wall, Propagation, Invalidation, Insync time.Duration
	// Propagations is how often a distribution began to be InProgress while none was.
	Propagations int
	// Reads, and writes with an effect; Refused are writes that AWS wanted to be tried again.
	Reads, Writes, Refused int
}

// Measure does something of the provider's while each call of its core takes a RoundTrip,
// and watches AWS meanwhile. An invalidation counts only while no distribution is InProgress,
// and a record that is PENDING only while there is neither, so that no second is subtracted
// twice.
func (e *Env) Measure(c *Core, do func()) Measured {
	e.tb.Helper()
	const tick = 250 * time.Millisecond
	near := c.World.Transport
	c.World.Transport = Distant(near)
	defer func() { c.World.Transport = near }()
	var out Measured
	ctx, cancel := context.WithCancel(context.Background())
	var watching sync.WaitGroup
	watching.Go(func() {
		was := false
		for (clock.System{}).Sleep(ctx, tick) == nil {
			deploying, invalidating, pending := false, false, false
			for _, d := range e.World.CloudFront().Describe(e.World.Clock().Now()) {
				deploying, invalidating = deploying || d.Status != "Deployed", invalidating || d.Invalidating
			}
			for _, z := range e.World.Route53().Describe() {
				for _, r := range z.Records {
					pending = pending || r.Status == "PENDING"
				}
			}
			if deploying && !was {
				out.Propagations++
			}
			was = deploying
			switch {
			case deploying:
				out.Propagation += tick
			case invalidating:
				out.Invalidation += tick
			case pending:
				out.Insync += tick
			}
		}
	})
	before, began := e.World.Journal().Seq(), e.World.Clock().Now()
	do()
	out.Wall = e.World.Clock().Now().Sub(began)
	cancel()
	watching.Wait()
	for _, x := range e.Calls(before) {
		switch {
		case !x.Write:
			out.Reads++
		case x.Effect:
			out.Writes++
		default:
			out.Refused++
		}
	}
	return out
}

// A Wait is time that a run takes because it was told to.
type Wait struct {
	Name string
	For  time.Duration
}

// Report prints every term of a run as a figure, and fails the test unless what is left
// when nobody is waited for is at most 5 % of the run, and nothing is written in vain.
func (m Measured) Report(t *testing.T, name string, leastWrites int, waits ...Wait) {
	t.Helper()
	overhead := m.Wall - m.Propagation - m.Invalidation - m.Insync
	terms := []figure.Figure{
		figure.Plain(name+": wall", m.Wall.Seconds(), "s"),
		figure.Plain(name+": propagation", m.Propagation.Seconds(), "s"),
		figure.Plain(name+": INSYNC", m.Insync.Seconds(), "s"),
	}
	if m.Invalidation > 0 {
		terms = append(terms, figure.Plain(name+": invalidation", m.Invalidation.Seconds(), "s"))
	}
	for _, w := range waits {
		overhead -= w.For
		terms = append(terms, figure.Plain(name+": "+w.Name, w.For.Seconds(), "s"))
	}
	share := figure.AtMost(name+": overhead of wall", 100*overhead.Seconds()/m.Wall.Seconds(), "%", 5)
	most := figure.AtMost(name+": writes", float64(m.Writes), "calls", float64(leastWrites))
	if !share.OK || !most.OK {
		t.Errorf("out of bounds: %+v, %+v", share, most)
	}
	figure.Report(t, append(terms,
		figure.Plain(name+": overhead", overhead.Seconds(), "s"), share, most,
		figure.Plain(name+": writes refused, and tried again", float64(m.Refused), "calls"),
		figure.Plain(name+": reads", float64(m.Reads), "calls"),
	)...)
}
