package bluegreenswitch_test

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	awscloudfront "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

// What `make bench` asks for more of than `make test` does.
var (
	everyPace = flag.Bool("every-pace", false, "move names between accounts by every way at every pace, and not only at an uneven one")
	draws     = flag.Int("draws", 2, "how many paces are drawn at which names dance between accounts")
	pause     = flag.Duration("pause", 30*time.Second, "between two requests of a viewer, of whom there is one for each name at each location")
)

// Of the tests of a move.
const (
	poll      = 15 * time.Second // poll_interval's default
	locations = 24               // the simulator's default
	look      = 2 * time.Second  // what the calls take between two polls
)

// A pace is how long changes need to edge locations.
type pace struct {
	name string
	span time.Duration              // 0 is what they need on CloudFront
	slow func(location int) float64 // times as long; nil: as long as elsewhere
	turn time.Duration              // after which slow is asked anew; 0: never
}

// noTime is that of changes which are everywhere at once.
var noTime = pace{name: "changes take no time", span: time.Millisecond}

// fiveMinutes is the pace of the pages.
var fiveMinutes = pace{name: "changes take 5 min", span: 5 * time.Minute}

// uneven is the hardest: what one location learns first another one learns last.
var uneven = pace{
	name: "changes take 5 min, 15 at a third of the locations and none at another", span: 5 * time.Minute,
	slow: func(location int) float64 { return []float64{3, 1, 0.01}[location%3] },
}

func paces() []pace {
	return []pace{
		noTime,
		{name: "changes take 30 s", span: 30 * time.Second},
		fiveMinutes, uneven,
		{name: "changes take what they do on CloudFront"},
	}
}

// drawn is a pace at which any two changes to one location may differ a hundredfold.
func drawn(seed uint64) pace {
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // it is to be drawn again
	return pace{
		name: fmt.Sprintf("a pace drawn from %d", seed), span: time.Duration(1+r.IntN(300)) * time.Second,
		slow: func(int) float64 { return 0.04 * math.Pow(100, r.Float64()) }, turn: 10 * time.Second,
	}
}

// A way is how names come to a distribution of another account.
type way struct {
	name  string
	page  string // what the page calls it
	names []string
	turn  func(*knob.Knobs) // nil: nothing
	// by is the switch that does it; nil: people do, by hand.
	by   func(e *acctest.Env, live string) acctest.Config
	free bool // nobody may notice anything
	// dark is a bound of a move by disabling, nil of any other.
	dark *bound
}

// A bound is how long a location may be without a name: for as long as disabling the source and
// moving the name differ by in how long they take to get there, for what AWS has the switch wait
// for in between, and for so many polls; where it waits, a look comes with each.
type bound struct {
	polls  int
	waits  func(p passage) time.Duration // nil: for nothing
	called string                        // what waits is
}

// moving is a switch without gates: what is measured is the move.
func moving(config func(e *acctest.Env, live string) acctest.Config) func(e *acctest.Env, live string) acctest.Config {
	return func(e *acctest.Env, live string) acctest.Config {
		c := config(e, live)
		delete(c, "verify")
		c["timeouts"] = map[string]any{"update": "12h"}
		return c
	}
}

func removing(e *acctest.Env, live string) acctest.Config {
	return between(e, live, acctest.Config{"method": "remove_and_add", "allow_downtime": true})
}

var (
	one         = []string{"www.example.com"}
	theDance    = way{name: "by the dance", page: "`wildcard_overlap`", names: one, by: moving(dance), free: true}
	byDisabling = way{name: "by disabling", page: "the default method", names: one, by: moving(darkly), dark: &bound{polls: 1}}
)

func ways() []way {
	three := []string{"a.example.com", "example.com", "www.example.com"}
	return []way{
		theDance,
		byDisabling,
		{
			name: "by disabling where the source has to be deployed", page: "… where AWS wants the source deployed first", names: one, by: moving(darkly),
			turn: func(k *knob.Knobs) { k.SourceMustBeDeployed = true },
			dark: &bound{1, func(p passage) time.Duration { return p.disabling }, "until the source is deployed"},
		},
		{name: "three by disabling", page: "… three names", names: three, by: moving(darkly), dark: &bound{polls: 1}},
		{
			name: "three by disabling where the target has to be deployed for each", page: "… three names, where CloudFront wants the target deployed for each", names: three, by: moving(darkly),
			turn: func(k *knob.Knobs) { k.RefuseMoveInProgress = "PreconditionFailed" },
			dark: &bound{3, func(p passage) time.Duration { return p.others }, "until the target is deployed, twice"},
		},
		{name: "by remove_and_add", page: "`remove_and_add`", names: one, by: moving(removing)},
		{name: "by hand: removed, and added when that is everywhere", page: "by hand: removed, and added when that is everywhere", names: one},
	}
}

// A passage is what a move was like.
type passage struct {
	took          time.Duration
	writes        int
	requests      int
	lost          []request
	longest, mean time.Duration // without a name, of a location
	beyond        time.Duration // … and how much of that is not due to how long two changes took to get there
	disabling     time.Duration // until the last location knew of it
	others        time.Duration // until the target was deployed after each move but the last, in all
	rows          []picture.Row
}

// A request is one that was lost.
type request struct {
	name     string
	location int
	at       time.Time
	got      string
}

// passes moves names to green, which is in another account.
func passes(t *testing.T, w way, p pace) passage {
	t.Helper()
	var out passage
	s := apart(w.names...)
	s.World.Propagation, s.World.POPs = p.span, locations
	fresh(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		green, dns := e.Spread()
		c.Provider["accounts"] = acctest.Accounts()
		if w.by != nil {
			mustApply(t, c, w.by(e, "blue"))
		}
		if w.turn != nil {
			e.World.Turn(w.turn)
		}
		c.World.Transport = acctest.Distant(c.World.Transport)
		calm := unsettle(e, p)
		before, began := e.World.Journal().Seq(), e.World.Clock().Now()
		leave := everywhere(e)
		if w.by == nil {
			byRunbook(e, green, dns)
		} else {
			mustApply(t, c, w.by(e, "green"))
		}
		out.took, out.writes = e.World.Clock().Now().Sub(began), 0
		for _, x := range e.World.Journal().Writes(before) {
			if x.Effect { // some are refused, and tried again
				out.writes++
			}
		}
		e.Settle()
		calm()
		out.requests, out.lost = leave()
		for _, name := range e.Names {
			if got := green.Owner(name); got != e.Green.ID {
				t.Errorf("%s is on %q", name, got)
			}
		}
		out.weigh(t, e, w, began)
		out.rows = append([]picture.Row{{Label: "apply", Spans: []picture.Span{{To: out.took.Minutes(), Tone: picture.Busy}}}}, served(e, began, out.took, 24*time.Hour)...)
	})
	return out
}

// unsettle has changes from now on arrive at a pace, until the returned function is called.
func unsettle(e *acctest.Env, p pace) (calm func()) {
	if p.slow == nil {
		return func() {}
	}
	draw := func() {
		for location := range locations {
			e.World.Propagation().Slow(location, p.slow(location))
		}
	}
	draw()
	ctx, stop := context.WithCancel(context.Background())
	var drawing sync.WaitGroup
	if p.turn > 0 {
		drawing.Go(func() {
			for (clock.System{}).Sleep(ctx, p.turn) == nil {
				draw()
			}
		})
	}
	return func() {
		stop()
		drawing.Wait()
	}
}

// everywhere has a viewer at each location ask for each name, until the returned function is
// called, which says what they got.
func everywhere(e *acctest.Env) (leave func() (requests int, lost []request)) {
	ctx, cancel := context.WithCancel(context.Background())
	var mu sync.Mutex
	var viewing sync.WaitGroup
	requests, lost := 0, []request(nil)
	for i, name := range e.Names {
		for location := range locations {
			viewer := e.World.Transport()
			viewing.Go(func() {
				// They do not all come at the same moment.
				after := *pause * time.Duration(i*locations+location) / time.Duration(locations*len(e.Names))
				for (clock.System{}).Sleep(ctx, after) == nil {
					after = *pause
					at, got := e.World.Clock().Now(), ask(viewer, name, location)
					mu.Lock()
					requests++
					if got != "" {
						lost = append(lost, request{name, location, at, got})
					}
					mu.Unlock()
				}
			})
		}
	}
	return func() (int, []request) {
		cancel()
		viewing.Wait()
		return requests, lost
	}
}

// ask returns what a viewer got who was not served, "" for one who was.
func ask(viewer http.RoundTripper, name string, location int) string {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://"+name+"/", nil)
	if err != nil {
		return err.Error()
	}
	req.Header.Set(edge.POPHeader, strconv.Itoa(location))
	resp, err := viewer.RoundTrip(req)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = resp.Body.Close() }() // in memory
	if resp.StatusCode != http.StatusOK {
		return resp.Status
	}
	return ""
}

// byRunbook is what people do who have two consoles and no time to lose: the names go off the
// source, their records to the target, and as soon as the source is deployed and CloudFront has
// seen the records, it lets the names onto the target. They look as often as `aws cloudfront wait`.
func byRunbook(e, green, dns *acctest.Env) {
	e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Aliases = nil })
	for _, name := range e.Names {
		dns.PointByHand(name, e.Green.Domain, "A", "AAAA")
	}
	seen := e.World.Clock().Now().Add(e.World.Knobs().InsyncSpan + e.World.Knobs().DNSCheckDelay)
	deployed := func(in *acctest.Env, d acctest.Distribution) {
		for {
			out, err := in.CloudFront.GetDistribution(context.Background(), &cloudfront.GetDistributionInput{Id: aws.String(d.ID)})
			if err != nil || aws.ToString(out.Distribution.Status) == "Deployed" {
				return // or whoever looks at what it came to sees that
			}
			sleep(time.Minute)
		}
	}
	deployed(e, e.Blue)
	sleep(seen.Sub(e.World.Clock().Now()))
	green.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
		c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(int32(len(e.Names))), Items: e.Names} //nolint:gosec // a handful
	})
	deployed(green, e.Green)
}

// weigh says how long locations were without a name, and what that is due to, and fails the test
// where a request was lost that does not belong to it.
func (p *passage) weigh(t *testing.T, e *acctest.Env, w way, since time.Time) {
	t.Helper()
	without := map[string][]time.Duration{} // by name and location
	explained := make([]bool, len(p.lost))
	for _, name := range e.Names {
		without[name] = make([]time.Duration, locations)
		for _, v := range e.World.Audit(since, name) {
			if v.Kind != audit.Unserved && v.Kind != audit.DisabledSide {
				if v.Kind != audit.DNSLeads && v.Kind != audit.RecordDangling { // which nobody notices, as CloudFront goes by Host
					t.Error(v)
				}
				continue
			}
			if v.Until.IsZero() {
				t.Error("it is not over: ", v)
			}
			without[name][v.POP] += v.Until.Sub(v.At)
			for i, r := range p.lost {
				explained[i] = explained[i] || r.name == name && r.location == v.POP && !r.at.Before(v.At) && r.at.Before(v.Until)
			}
		}
		for _, d := range without[name] {
			p.longest, p.mean = max(p.longest, d), p.mean+d/time.Duration(locations*len(e.Names))
		}
	}
	if i := slices.Index(explained, false); i >= 0 {
		t.Errorf("a request was lost where everything was in order: %+v", p.lost[i])
	}
	if w.dark != nil {
		p.compare(t, e, without, since)
	}
}

// compare holds how long a location was without a name against what disabling the source and
// moving the name differ by in how long they took to get there.
func (p *passage) compare(t *testing.T, e *acctest.Env, without map[string][]time.Duration, since time.Time) {
	t.Helper()
	versions := e.World.CloudFront().Versions(e.Blue.ID)
	i := slices.IndexFunc(versions, func(v awscloudfront.Version) bool { return v.At.After(since) && !v.Config.True("Enabled") })
	if i < 0 {
		t.Error("the source was never disabled")
		return
	}
	off := versions[i]
	p.disabling = slices.MaxFunc(off.Arrives, time.Time.Compare).Sub(off.At)
	var moves []awscloudfront.AliasEvent
	for _, name := range e.Names {
		events := e.World.CloudFront().AliasEvents(name)
		on := events[len(events)-1]
		moves = append(moves, on)
		for location, d := range without[name] {
			differ := on.Arrives[location].Sub(on.At) - off.Arrives[location].Sub(off.At)
			p.beyond = max(p.beyond, d-max(differ, 0))
		}
	}
	slices.SortFunc(moves, func(a, b awscloudfront.AliasEvent) int { return a.At.Compare(b.At) })
	for _, on := range moves[:len(moves)-1] {
		p.others += slices.MaxFunc(on.Arrives, time.Time.Compare).Sub(on.At)
	}
}

// figures are what a passage is measured by.
func (p *passage) figures(w way, at pace) []figure.Figure {
	about := fmt.Sprintf("between accounts, %s: %s, ", at.name, w.name)
	const lost, longest = "requests lost", "a location without a name, at most"
	out := []figure.Figure{figure.Plain(about+map[bool]string{true: "people's time", false: "apply"}[w.by == nil], p.took.Seconds(), "s")}
	if w.free {
		asked := math.Floor(p.took.Seconds() / pause.Seconds() * float64(locations*len(w.names)))
		return append(out, figure.AtLeast(about+"requests", float64(p.requests), "requests", asked),
			figure.AtMost(about+lost, float64(len(p.lost)), "requests", 0), figure.AtMost(about+longest, p.longest.Seconds(), "s", 0))
	}
	out = append(out, figure.Plain(about+lost, float64(len(p.lost)), "requests"),
		figure.Plain(about+"a location without a name, on average", p.mean.Seconds(), "s"), figure.Plain(about+longest, p.longest.Seconds(), "s"))
	if w.dark == nil {
		return out
	}
	rest, called, most := p.beyond, "… more than its two changes differ by", time.Duration(w.dark.polls)*poll
	if w.dark.waits != nil {
		wait := w.dark.waits(*p)
		out = append(out, figure.Plain(about+"… "+w.dark.called, wait.Seconds(), "s"))
		rest, called, most = max(rest-wait, 0), called+" and that", most+time.Duration(w.dark.polls)*look
	}
	return append(out, figure.AtMost(about+called, rest.Seconds(), "s", most.Seconds()))
}

// measure moves names by ways, each at a pace, reports figures of them in this order, and fails
// the test where one is out of its bound.
func measure(t *testing.T, ways []way, p pace) []passage {
	t.Helper()
	out := make([]passage, len(ways))
	t.Run(p.name, func(t *testing.T) {
		for i, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				out[i] = passes(t, w, p)
			})
		}
	})
	for i, w := range ways {
		figures := out[i].figures(w, p)
		figure.Report(t, figures...)
		for _, f := range figures {
			if !f.OK {
				t.Errorf("%s: %g %s, want %s", f.Name, f.Value, f.Unit, f.Bound)
			}
		}
	}
	return out
}

// What the page and the guide say of it is measured here.
func TestTheGuideShowsWhatAMoveBetweenAccountsCosts(t *testing.T) {
	t.Parallel()
	all := ways()
	got := measure(t, all, fiveMinutes)
	if t.Failed() {
		return
	}
	drawn := picture.Chart{
		Title: "Who serves a name at each of 24 edge locations while it moves to another account", Width: 760,
		Axis:   "minutes since it began, when a change takes five to arrive everywhere",
		Legend: []picture.Entry{{Tone: picture.Blue, Text: "blue"}, {Tone: picture.Green, Text: "green"}, {Tone: picture.Lost, Text: "nobody"}, {Tone: picture.Busy, Text: "the apply runs, or people do"}},
	}
	for i, w := range all {
		p := got[i]
		golden.Row(t, "../../../templates/resources/bluegreen_switch.md.tmpl", fmt.Sprintf("| %s | %s | %d | %s | %s |", w.page, acctest.Clockwise(p.took), p.writes, acctest.Clockwise(p.mean), acctest.Clockwise(p.longest)))
		if len(w.names) > 1 || w.turn != nil {
			continue
		}
		name, _, _ := strings.Cut(strings.ReplaceAll(w.page, "`", ""), ":")
		title := fmt.Sprintf("%s: %s, and nobody serves the name for up to %s at one location", name, acctest.Clockwise(p.took), acctest.Clockwise(p.longest))
		if p.longest == 0 {
			title = fmt.Sprintf("%s: %s, served everywhere all the time", name, acctest.Clockwise(p.took))
		}
		drawn.Panels = append(drawn.Panels, picture.Panel{Title: title, Tall: 4, Rows: p.rows})
		drawn.To = max(drawn.To, p.took.Minutes()+0.5)
	}
	shows(t, "between-accounts.svg", drawn)
}

// The page has all of them at five minutes, and the dance is held against all paces below.
func TestWhatAMoveBetweenAccountsCosts(t *testing.T) {
	t.Parallel()
	if !*everyPace {
		measure(t, []way{byDisabling}, uneven)
		return
	}
	for _, p := range paces() {
		measure(t, ways(), p)
	}
}

// Nobody is lost by the dance at any pace, not even where a location learns of one change at once
// and of the one before it a quarter of an hour later.
func TestTheDanceLosesNobodyAtAnyPace(t *testing.T) {
	t.Parallel()
	all, two := []pace{noTime, uneven}, theDance
	two.names = []string{"a.example.com", "www.example.com"}
	for seed := range *draws {
		all = append(all, drawn(uint64(seed))) //nolint:gosec // a handful
	}
	var mu sync.Mutex
	var requests, lost int
	var longest time.Duration
	t.Run("each", func(t *testing.T) {
		for _, p := range all {
			t.Run(p.name, func(t *testing.T) {
				t.Parallel()
				got := passes(t, two, p)
				mu.Lock()
				requests, lost, longest = requests+got.requests, lost+len(got.lost), max(longest, got.longest)
				mu.Unlock()
				if len(got.lost) > 0 || got.longest > 0 || got.requests == 0 {
					t.Errorf("%d of %d requests were lost, and a location was without the name for %s; the first: %+v", len(got.lost), got.requests, got.longest, got.lost[:min(1, len(got.lost))])
				}
			})
		}
	})
	about := fmt.Sprintf("between accounts, by the dance, at %d paces, most of them drawn: ", len(all))
	figure.Report(t,
		figure.Plain(about+"requests", float64(requests), "requests"),
		figure.AtMost(about+"requests lost", float64(lost), "requests", 0),
		figure.AtMost(about+"a location without the name, at most", longest.Seconds(), "s", 0))
}
