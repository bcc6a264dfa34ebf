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
	var heard claims
	o := ordeal{share: Share{Of: 16}, spared: tells(-1, trouble{}, truth, &heard), cells: func(usual spared) (out []cell) {
		for at := range usual.writes() {
			for _, tr := range troubles() {
				out = append(out, tells(at, tr, truth, &heard))
			}
		}
		return out
	}}
	t.Run("all", func(t *testing.T) { o.try(t, scenarios...) })
	t.Logf("%s, %s", &o.share, &heard)
}

// tells is the cell in which a run gets into a trouble at one of its writes.
func tells(at int, tr trouble, truth Truth, heard *claims) cell {
	// One cell judges one run at a time, and several scenarios share the one without trouble.
	hears := func(r *trial) *listener {
		return &listener{trial: r, truth: truth, blinds: tr.blinds, heard: heard}
	}
	return cell{
		name: fmt.Sprintf("write=%d/%s", at, tr.name),
		happens: func(r *trial) {
			way := &troubled{e: r.e, rt: r.e.World.Transport(), t: tr, before: r.before, at: at, stop: r.stop}
			r.c.World.Transport = way
			if tr.lost {
				when := fault.BeforeEffect
				if tr.made {
					when = fault.AfterEffect
				}
				r.e.World.Faults().Add(fault.Fault{Writes: true, Skip: at, Count: 1, When: when, Kind: fault.Cut, Hook: way.strike})
			}
			hears(r).hear(r.plan.Diags)
		},
		judge: func(r *trial) { tr.judge(r, hears(r)) },
	}
}

// judge compares what a run that got into a trouble says, and what the next plans say,
// with what there is.
func (tr trouble) judge(r *trial, l *listener) {
	r.t.Helper()
	l.hear(r.said)
	var unseen string
	if r.c.Has("unseen") { // an invalidation sends nobody anywhere
		unseen = r.c.Get("unseen")
	}
	switch {
	case r.c.State.IsNull():
	case unseen == "":
		for _, wrong := range l.truth(r.e, r.c, nil) {
			r.t.Errorf("state: %s\n%s", wrong, r.c.State)
		}
	case !tr.blinds:
		r.t.Errorf("somebody could look, and state says that nobody has seen %s", unseen)
	case r.prior.Equal(r.c.State):
		r.t.Error("state is as it was")
	}
	r.e.World.Faults().Clear()
	r.e.World.Freeze(false)
	r.e.Settle()
	r.c.World.Transport = r.e.World.Transport()
	if unseen != "" { // without a refresh nobody looks, and what is unfinished shows all the same
		unlooked, err := r.c.PlanWithoutRefresh(context.Background(), r.Ask(r.e))
		if err != nil {
			r.t.Fatal(err)
		}
		if unlooked.Empty() {
			r.t.Errorf("nobody has seen %s, and a plan without a refresh is empty", unseen)
		}
		l.hear(unlooked.Diags)
	}
	p, err := r.c.Plan(context.Background(), r.Ask(r.e))
	if err != nil {
		r.t.Fatal(err)
	}
	l.blinds = false
	l.hear(p.Diags)
}

// A listener compares what a run says about viewers with what the fleet does.
type listener struct {
	*trial
	truth  Truth
	blinds bool // that nobody could look may be true
	heard  *claims
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
		l.heard.said.Add(1)
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
			l.heard.blind.Add(1)
		case claim.Recorded, claim.Never:
		default:
			for _, wrong := range l.truth(l.e, l.c, &claim) {
				l.t.Errorf("%s says\n%s\nand %s", one.Summary, claim.Text, wrong)
			}
		}
	}
}
