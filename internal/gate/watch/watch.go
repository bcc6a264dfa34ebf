// Package watch asks gates: round by round, until one has held for long enough or
// cannot pass any more. What a round shows is judged by package gate.
//
// Only a round that began when the time to hold was over can make a gate pass: it has to
// find, about each thing that is asked for, that it holds. A look that fails, that takes
// too long or that finds nothing counts for nothing, and never brings the end nearer.
//
// CloudWatch knows about a minute only some minutes later. A bake with conditions
// on alarms or metrics therefore ends that much later than its time, so that all of
// it has been seen; nothing is ever concluded from what is not there yet.
package watch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// Delay is how long after its end a period of CloudFront's metrics is waited for.
// AWS states no figure; integrators report about two minutes.
const Delay = 3 * time.Minute

// Patience is how long after its end a gate goes on looking for what may still arrive:
// an answer of CloudWatch, or datapoints that are late.
const Patience = 3 * time.Minute

// LookLimit bounds one look at CloudWatch. Requests are not held up for longer, and what
// one look is told is about one moment.
const LookLimit = time.Minute

// pace is the time between two rounds of a gate that is over but for what is missing.
const pace = 15 * time.Second

// Backward is the window before a gate that has no time to hold, for its metrics.
const Backward = 5 * time.Minute

// A Gate is everything that is asked about one side.
type Gate struct {
	Side    string // what it is called, for words
	Subject string // its distribution; "": it is no distribution

	Targets []gate.Target
	// Open are things that were asked for and cannot be: what it is, and why. They leave the
	// gate inconclusive.
	Open       []string
	Alarms     []gate.Alarm
	Metrics    []gate.Metric
	Minimum    int // requests that the subject has to get, without those of Targets
	Comparison *gate.Comparison
	Baseline   Baseline

	Interval     time.Duration // between two rounds of requests
	FailureLimit int           // requests that may fail
	FailUnproven bool          // an inconclusive verdict counts as a failure
	// UnderTraffic: what CloudWatch knows of the time before the gate was asked is not
	// about the subject with viewers, so that it counts from the asking on, however short.
	UnderTraffic bool
	// Since is when the subject got what it has, where the time to hold is over before the
	// gate is asked: metrics are about all of it. The zero value: they are not.
	Since time.Time
}

// A Baseline is what a canary is compared with.
type Baseline struct {
	Distribution string
	// Before is when the baseline lost its traffic to the subject; its window then is
	// the one of equal length before that. Zero: both have traffic at the same time.
	Before time.Time
}

// A Watcher asks.
type Watcher struct {
	Clock   clock.Clock
	Sampler gate.Sampler
	Metrics gate.Metrics
	// Transient says whether an error of Metrics goes away by itself.
	Transient func(error) bool
}

// Ask gathers evidence for as long as hold, and gives the verdict and what decided
// it. An error says that the gate could not be asked, because ctx ended or because
// CloudWatch refuses to answer. That CloudWatch gives no answer is no error but no evidence.
func (w Watcher) Ask(ctx context.Context, g Gate, hold time.Duration) (gate.Verdict, string, error) {
	a := &asking{Gate: g, clock: w.Clock, sampler: w.Sampler, source: w.Metrics, transient: w.Transient, start: w.Clock.Now()}
	a.plan(hold)
	verdict, why, err := a.run(ctx)
	if err == nil && verdict == gate.Inconclusive && g.FailUnproven {
		verdict = gate.Fail
	}
	return verdict, why, err
}

// asking is a gate being asked.
type asking struct {
	Gate
	clock      clock.Clock
	sampler    gate.Sampler
	source     gate.Metrics
	transient  func(error) bool
	start, end time.Time // of the asking
	from, to   time.Time // what metrics are about: the whole periods in it, and at least one
	back       bool      // metrics are about the time before the asking instead
	last       time.Time // when CloudWatch was last asked

	requests []gate.Finding   // of all targets
	about    [][]gate.Finding // of each target
	latest   [][]gate.Finding // of each target, in the last round
	sampled  []own

	seen  []gate.Obligation // what the look that counts has found
	blind error             // why that look gave no answer
}

// own is a request of ours, which CloudWatch counts among those of viewers.
type own struct {
	at     time.Time
	failed bool // with a server error
}

// watches says whether the gate has conditions that CloudWatch answers.
func (g Gate) watches() bool { return len(g.Alarms) > 0 || g.measures() }

func (g Gate) measures() bool { return len(g.Metrics) > 0 || g.counts() }

func (g Gate) counts() bool { return g.Minimum > 0 || g.Comparison != nil }

// periods of the gate's series.
func (g Gate) periods() []time.Duration {
	out := []time.Duration{gate.CloudFrontPeriod}
	for _, m := range g.Metrics {
		out = append(out, m.Period)
	}
	return out
}

func (a *asking) plan(hold time.Duration) {
	a.about, a.latest = make([][]gate.Finding, len(a.Targets)), make([][]gate.Finding, len(a.Targets))
	a.end = a.start.Add(hold)
	if !a.watches() {
		return
	}
	switch {
	case !a.Since.IsZero():
		a.from, a.to = a.Since, a.start.Add(-Delay)
	case hold == 0 && !a.UnderTraffic:
		a.back = true
		return // all of it is known
	default:
		a.from, a.to = a.start, a.end
	}
	for _, p := range a.periods() {
		if end := a.window(p).to.Add(Delay); end.After(a.end) {
			a.end = end
		}
	}
}

// A window is a number of whole periods; to is not in it.
type window struct{ from, to time.Time }

func (w window) length() time.Duration { return w.to.Sub(w.from) }

// window is the one of a series of that period. A period that began before the window is
// half about something else, so it is not in it.
func (a *asking) window(p time.Duration) window {
	if a.back {
		to := a.start.Add(-Delay).Truncate(p)
		return window{to.Add(-max(Backward.Truncate(p), p)), to}
	}
	w := window{a.from.Truncate(p), a.to.Truncate(p)}
	if w.from.Before(a.from) {
		w.from = w.from.Add(p)
	}
	if !w.to.After(w.from) {
		w.to = w.from.Add(p)
	}
	return w
}

func (a *asking) run(ctx context.Context) (gate.Verdict, string, error) {
	for {
		final := !a.clock.Now().Before(a.end)
		if verdict, why, err := a.round(ctx, final); verdict == gate.Fail || err != nil {
			return verdict, why, err
		}
		now := a.clock.Now() // the look may have taken longer than the interval, or than what was left
		pause := max(a.Interval, time.Second)
		switch left := a.end.Sub(now); {
		case final && (!a.waits() || !now.Before(a.end.Add(Patience))):
			verdict, why := a.verdict()
			return verdict, why, nil
		case final:
			pause = max(pause, pace)
		case left < pause:
			pause = left
		}
		if err := a.clock.Sleep(ctx, pause); err != nil {
			return gate.Inconclusive, "", err
		}
	}
}

// waits says whether another round can find what the last one did not.
func (a *asking) waits() bool {
	if a.blind != nil {
		return true
	}
	later := false
	for _, o := range a.obligations() {
		switch {
		case o.Verdict == gate.Pass:
		case !o.Later:
			return false // whatever arrives, this does not
		default:
			later = true
		}
	}
	return later
}

// round sends the requests and, once a minute and at the end, asks CloudWatch.
func (a *asking) round(ctx context.Context, final bool) (gate.Verdict, string, error) {
	for i, t := range a.Targets {
		a.latest[i] = nil
		for range t.Samples {
			at := a.clock.Now()
			s, err := a.sampler.Sample(ctx, t)
			if err != nil {
				return gate.Inconclusive, "", err
			}
			a.sampled = append(a.sampled, own{at: at, failed: !t.Elsewhere && s.Status >= http.StatusInternalServerError})
			f := t.Examine(s)
			a.requests, a.about[i], a.latest[i] = append(a.requests, f), append(a.about[i], f), append(a.latest[i], f)
			if failed, why := gate.Exceeds(a.requests, a.FailureLimit); failed {
				return gate.Fail, why, nil // viewers wait for nothing that cannot change any more
			}
		}
	}
	if now := a.clock.Now(); !a.watches() || !final && now.Sub(a.last) < gate.CloudFrontPeriod {
		return gate.Inconclusive, "", nil
	}
	a.last, a.seen, a.blind = a.clock.Now(), nil, nil
	found, err := a.look(ctx, final)
	if err != nil {
		if ctx.Err() != nil || !a.passes(err) {
			return gate.Inconclusive, "", err
		}
		a.blind = err
		return gate.Inconclusive, "", nil
	}
	for _, o := range found {
		if o.Verdict == gate.Fail {
			return gate.Fail, o.Why, nil
		}
	}
	if final {
		a.seen = found
	}
	return gate.Inconclusive, "", nil
}

// passes says whether an error of CloudWatch goes away by itself.
func (a *asking) passes(err error) bool {
	return errors.Is(err, errSlow) || a.transient != nil && a.transient(err)
}

// obligations are everything the gate asks for, with what was found about each.
func (a *asking) obligations() []gate.Obligation {
	var out []gate.Obligation
	for i, t := range a.Targets {
		out = append(out, gate.Obligation{Name: "the probe of " + t.URL, Finding: gate.Held(a.about[i], a.latest[i])})
	}
	for _, why := range a.Open {
		out = append(out, gate.Obligation{Name: why, Finding: gate.Finding{Why: why}})
	}
	asked := a.unseen()
	copy(asked, a.seen) // nothing, or each of them in its place
	return append(out, asked...)
}

func (a *asking) verdict() (gate.Verdict, string) {
	verdict, why := gate.Decide(a.obligations())
	if verdict == gate.Inconclusive && a.blind != nil {
		why = "CloudWatch could not be asked: " + a.blind.Error()
	}
	return verdict, why
}

// unseen are the obligations that CloudWatch answers, before it has: the alarms, the
// metrics, the minimum of requests and the comparison.
func (a *asking) unseen() []gate.Obligation {
	var out []gate.Obligation
	for _, alarm := range a.Alarms {
		out = append(out, gate.Obligation{Name: alarm.String()})
	}
	for _, m := range a.Metrics {
		out = append(out, gate.Obligation{Name: m.Series.String()})
	}
	if a.Minimum > 0 {
		out = append(out, gate.Obligation{Name: "the requests of viewers that " + a.Side + " got"})
	}
	if a.Comparison != nil {
		out = append(out, gate.Obligation{Name: "the errors of " + a.Side + " and its baseline"})
	}
	return out
}

var errSlow = errors.New("no answer in time")

// look asks CloudWatch about all of the window that has passed. It gives the obligations
// of unseen, in their order, with what it found.
func (a *asking) look(ctx context.Context, final bool) ([]gate.Obligation, error) {
	// The network's time is the machine's, whatever clock the gate is on.
	within, cancel := clock.WithTimeout(ctx, clock.System{}, LookLimit)
	defer cancel()
	found, err := a.examine(within, final)
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		return nil, fmt.Errorf("%w: %s is the limit", errSlow, LookLimit)
	}
	return found, err
}

func (a *asking) examine(ctx context.Context, final bool) ([]gate.Obligation, error) {
	out, now := a.unseen(), a.clock.Now()
	reports, err := Watcher{Metrics: a.source}.Reports(ctx, a.Alarms)
	if err != nil {
		return nil, err
	}
	for i, alarm := range a.Alarms {
		out[i].Finding = alarm.Examine(reports[i])
	}
	rest := out[len(a.Alarms):]
	if err := a.examineMetrics(ctx, now, rest); err != nil {
		return nil, err
	}
	return out, a.examineTraffic(ctx, now, final, rest[len(a.Metrics):])
}

// known is the part of a window that CloudWatch knows for sure by now. A period that is
// still being counted may look like one with too little traffic, or with too many errors.
func known(w window, p time.Duration, now time.Time) window {
	if known := now.Add(-Delay).Truncate(p); known.Before(w.to) {
		w.to = known
	}
	return w
}

// Reports asks about alarms, each in its region, in their order.
func (w Watcher) Reports(ctx context.Context, alarms []gate.Alarm) ([]gate.AlarmReport, error) {
	names := map[string][]string{}
	for _, a := range alarms {
		names[a.Region] = append(names[a.Region], a.Name)
	}
	found := map[string]map[string]gate.AlarmReport{}
	out := make([]gate.AlarmReport, len(alarms))
	for i, a := range alarms {
		if _, ok := found[a.Region]; !ok {
			reports, err := w.Metrics.Alarms(ctx, a.Region, names[a.Region])
			if err != nil {
				return nil, err
			}
			found[a.Region] = reports
		}
		out[i] = found[a.Region][a.Name]
	}
	return out, nil
}

// examineMetrics asks for the metrics of one region and one period together.
func (a *asking) examineMetrics(ctx context.Context, now time.Time, out []gate.Obligation) error {
	type question struct {
		region string
		period time.Duration
	}
	together := map[question][]int{}
	var questions []question
	for i, m := range a.Metrics {
		q := question{m.Region, m.Period}
		if together[q] == nil {
			questions = append(questions, q)
		}
		together[q] = append(together[q], i)
	}
	for _, q := range questions {
		w := known(a.window(q.period), q.period, now)
		if w.length() <= 0 {
			continue
		}
		var series []gate.Series
		for _, i := range together[q] {
			series = append(series, a.Metrics[i].Series)
		}
		points, err := a.source.Points(ctx, q.region, series, w.from, w.to)
		if err != nil {
			return err
		}
		for j, i := range together[q] {
			out[i].Finding = a.Metrics[i].Examine(points[j], int(w.length()/q.period))
		}
	}
	return nil
}

// examineTraffic counts requests and errors of the subject and its baseline.
func (a *asking) examineTraffic(ctx context.Context, now time.Time, final bool, out []gate.Obligation) error {
	whole := a.window(gate.CloudFrontPeriod)
	w := known(whole, gate.CloudFrontPeriod, now)
	if !a.counts() || w.length() <= 0 {
		return nil
	}
	all, err := Traffic(ctx, a.source, a.Subject, w.from, w.to)
	if err != nil {
		return err
	}
	ours := a.ours(w)
	subject := all.Without(ours)
	if a.Minimum > 0 {
		out[0].Finding = gate.Enough(a.Side, subject, int(ours.Requests), a.Minimum)
		out = out[1:]
	}
	if a.Comparison == nil {
		return nil
	}
	if out[0].Finding = a.Comparison.Abort(subject); !final || out[0].Verdict == gate.Fail { // one look, at the end
		return nil
	}
	if before := a.Baseline.Before; !before.IsZero() {
		whole.to = before.Truncate(gate.CloudFrontPeriod)
		whole.from = whole.to.Add(-w.length())
	}
	var baseline gate.Count
	if a.Baseline.Distribution != "" {
		if baseline, err = Traffic(ctx, a.source, a.Baseline.Distribution, whole.from, whole.to); err != nil {
			return err
		}
	}
	told := subject.Until
	if a.Baseline.Before.IsZero() && baseline.Until.After(told) {
		told = baseline.Until
	}
	if subject.Requests > 0 && told.Before(w.to) {
		out[0].Finding = gate.Finding{Why: "CloudWatch knows of no request in the last minute before " + w.to.UTC().Format(time.TimeOnly) + ", so that it may not know all of them yet", Later: true}
		return nil
	}
	out[0].Finding = a.Comparison.Examine(subject, baseline)
	return nil
}

// ours are the requests of this gate in a window, and those of them that failed at the
// subject. Requests may have gone elsewhere, as those to a URL of somebody's choice; then
// too many are taken off, never too few. A failure elsewhere is no error of the subject, and
// taking it off would hide one of a viewer.
func (a *asking) ours(w window) gate.Traffic {
	var out gate.Traffic
	for _, o := range a.sampled {
		if o.at.Before(w.from) || !o.at.Before(w.to) {
			continue
		}
		out.Requests++
		if o.failed {
			out.Errors++
		}
	}
	return out
}

// Traffic counts a distribution's requests and server errors in [from, to).
func Traffic(ctx context.Context, m gate.Metrics, distribution string, from, to time.Time) (gate.Count, error) {
	points, err := m.Points(ctx, gate.CloudFrontRegion, []gate.Series{
		gate.OfDistribution(distribution, "Requests", "Sum"), gate.OfDistribution(distribution, "5xxErrorRate", "Average"),
	}, from, to)
	if err != nil {
		return gate.Count{}, fmt.Errorf("counting the requests of %s: %w", distribution, err)
	}
	return gate.CountOf(points[0], points[1]), nil
}
