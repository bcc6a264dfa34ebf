package matrix

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// A Truth says what is wrong with what a run said, or wrote into state, about viewers:
// nothing, if that is what the fleet does. claim is nil for state.
type Truth func(e *acctest.Env, c *acctest.Core, claim *acctest.Claim) []string

// A trouble is what happens at one write of a run and lasts until it ends.
type trouble struct {
	name string
	// lost: the answer to the write is; of which the write may have been made or not.
	lost, made bool
	// then is what becomes of every later call, nil for nothing.
	then func(req *http.Request) (*http.Response, error)
	// blinds: nobody can look any more.
	blinds bool
	stop   bool // the run is told to stop
	freeze bool // no edge location learns anything any more
}

func gone(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

// troubles are what every run has to speak the truth about, at each of its writes.
func troubles() []trouble {
	reads := func(status int, code string) func(*http.Request) (*http.Response, error) {
		return func(req *http.Request) (*http.Response, error) {
			if writes(req) {
				return nil, nil
			}
			return answer(req, status, code), nil
		}
	}
	return []trouble{
		{name: "never made, and the network is gone", lost: true, then: gone, blinds: true},
		{name: "made, its answer lost, and the network is gone", lost: true, made: true, then: gone, blinds: true},
		{name: "answered, and the network is gone", made: true, then: gone, blinds: true},
		{name: "answered, and nobody may look any more", made: true, then: reads(http.StatusForbidden, "AccessDenied"), blinds: true},        //nolint:bodyclose // whoever asked closes it
		{name: "answered, and every look fails", made: true, then: reads(http.StatusServiceUnavailable, "ServiceUnavailable"), blinds: true}, //nolint:bodyclose // whoever asked closes it
		{name: "answered, and nobody may write any more", made: true, then: func(req *http.Request) (*http.Response, error) {
			if writes(req) {
				return answer(req, http.StatusForbidden, "AccessDenied"), nil
			}
			return nil, nil
		}},
		{name: "answered, and nothing spreads any more", made: true, freeze: true},
		{name: "answered, and told to stop", made: true, stop: true},
		{name: "made, its answer lost, told to stop, and the network is gone", lost: true, made: true, stop: true, then: gone, blinds: true},
	}
}

// writes says whether a call to AWS changes anything.
func writes(req *http.Request) bool {
	switch {
	case req.Method == http.MethodPut, req.Method == http.MethodDelete:
		return true
	case req.Method == http.MethodPost:
		return strings.Contains(req.URL.Path, "/rrset") || strings.HasSuffix(req.URL.Path, "/invalidation") || strings.HasSuffix(req.URL.Path, "/domain-association")
	}
	return false
}

func answer(req *http.Request, status int, code string) *http.Response {
	body := fmt.Sprintf("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>as told</Message></Error><RequestId>r</RequestId></ErrorResponse>", code)
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// troubled is a way to AWS that gets into trouble at one write.
type troubled struct {
	e      *acctest.Env
	rt     http.RoundTripper
	t      trouble
	before int // calls in the journal
	at     int
	stop   context.CancelFunc
	struck atomic.Bool
	once   sync.Once
}

func (p *troubled) strike() {
	p.once.Do(func() {
		p.struck.Store(true)
		if p.t.freeze {
			p.e.World.Freeze(true)
		}
		if p.t.stop {
			p.stop()
		}
	})
}

// RoundTrip implements http.RoundTripper.
func (p *troubled) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.Contains(req.URL.Host, "amazonaws.com") && p.struck.Load() && p.t.then != nil {
		if resp, err := p.t.then(req); resp != nil || err != nil {
			return resp, err
		}
	}
	resp, err := p.rt.RoundTrip(req)
	if !p.t.lost && len(p.e.Writes(p.before)) > p.at {
		p.strike()
	}
	return resp, err
}

// Tell gets every run into every trouble at each of its writes, and compares what it
// says about viewers then, and what it writes into state, with what the fleet does; so it
// does with a run that gets into none, and with the plan before. The plan that follows, once all is well again, has to speak the truth too, and where a run
// could not look it has to have something to do.
func Tell(t *testing.T, truth Truth, scenarios ...Scenario) {
	t.Helper()
	share := Share{Of: 6}
	var claims, blind atomic.Int64
	t.Run("all", func(t *testing.T) {
		for _, s := range scenarios {
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				count := 0
				t.Run("untroubled", func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						e, c := s.Start(t)
						before := e.World.Journal().Seq()
						said, _ := s.tell(t, e, c, truth, -1, trouble{})
						claims.Add(int64(said))
						count = len(e.World.Journal().Writes(before))
					})
				})
				for at := range count {
					for _, tr := range troubles() {
						cell := fmt.Sprintf("write=%d/%s", at, tr.name)
						if !share.Takes(t, cell) {
							continue
						}
						t.Run(cell, func(t *testing.T) {
							synctest.Test(t, func(t *testing.T) {
								e, c := s.Start(t)
								said, unseen := s.tell(t, e, c, truth, at, tr)
								claims.Add(int64(said))
								blind.Add(int64(unseen))
							})
						})
					}
				}
			})
		}
	})
	t.Logf("%s, %d claims about viewers, %d of them that nobody could look", &share, claims.Load(), blind.Load())
}

func (s Scenario) tell(t *testing.T, e *acctest.Env, c *acctest.Core, truth Truth, at int, tr trouble) (said, unseen int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c.World.Transport = e.World.Transport()
	p, err := c.Plan(ctx, s.Ask(e))
	if err != nil || len(p.Diags.Errors()) > 0 {
		t.Fatalf("plan: %v\n%s", err, p.Diags)
	}
	way := &troubled{e: e, rt: e.World.Transport(), t: tr, before: e.World.Journal().Seq(), at: at, stop: cancel}
	c.World.Transport = way
	if tr.lost {
		when := fault.BeforeEffect
		if tr.made {
			when = fault.AfterEffect
		}
		e.World.Faults().Add(fault.Fault{Writes: true, Skip: at, Count: 1, When: when, Kind: fault.Cut, Hook: way.strike})
	}
	l := &listener{t: t, truth: truth, e: e, c: c, before: way.before, blinds: tr.blinds}
	l.hear(p.Diags)
	before := c.State
	d, err := c.Interrupt(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	l.hear(d)
	blind := c.Get("unseen") != ""
	switch {
	case c.State.IsNull():
	case !blind:
		for _, wrong := range truth(e, c, nil) {
			t.Errorf("state: %s\n%s", wrong, c.State)
		}
	case !tr.blinds:
		t.Errorf("somebody could look, and state says that nobody has seen %s", c.Get("unseen"))
	case before.Equal(c.State):
		t.Error("state is as it was")
	}
	e.World.Faults().Clear()
	e.World.Freeze(false)
	e.Settle()
	c.World.Transport = e.World.Transport()
	if blind { // without a refresh nobody looks, and what is unfinished shows all the same
		unlooked, err := c.PlanWithoutRefresh(context.Background(), s.Ask(e))
		if err != nil {
			t.Fatal(err)
		}
		if unlooked.Empty() {
			t.Errorf("nobody has seen %s, and a plan without a refresh is empty", c.Get("unseen"))
		}
		l.hear(unlooked.Diags)
	}
	p, err = c.Plan(context.Background(), s.Ask(e))
	if err != nil {
		t.Fatal(err)
	}
	l.blinds = false
	l.hear(p.Diags)
	return l.said, l.unseen
}

// A listener compares what a run says about viewers with what the fleet does.
type listener struct {
	t     *testing.T
	truth Truth
	e     *acctest.Env
	c     *acctest.Core
	// before is the call number of the journal from which on writes are the run's.
	before int
	// blinds: that nobody could look may be true.
	blinds bool

	said, unseen int // claims, and those of them that say that nobody could look
}

func (l *listener) hear(d acctest.Diagnostics) {
	l.t.Helper()
	for _, one := range d {
		claim, ok, err := acctest.ClaimOf(one.Detail)
		if err != nil {
			l.t.Errorf("%s: %v", one.Summary, err)
		}
		if !ok {
			continue
		}
		l.said++
		made := 0
		for _, w := range l.e.Writes(l.before) {
			if w.Effect {
				made++
			}
		}
		switch {
		case !claim.Now && !claim.Recorded && !l.blinds:
			l.t.Errorf("%s: somebody could look, and it says\n%s", one.Summary, claim.Text)
		case claim.Never && made > 0:
			l.t.Errorf("%s: it has written, and says\n%s", one.Summary, claim.Text)
		case claim.Since != "":
			l.unseen++
		case claim.Recorded, claim.Never:
		default:
			for _, wrong := range l.truth(l.e, l.c, &claim) {
				l.t.Errorf("%s says\n%s\nand %s", one.Summary, claim.Text, wrong)
			}
		}
	}
}
