// Package watch asks gates: round by round, until one has held for long enough or
// cannot pass any more. What a round shows is judged by package gate.
//
// CloudWatch knows about a minute only some minutes later. A bake with conditions
// on alarms or metrics therefore ends that much later than its time, so that all of
// it has been seen; nothing is ever concluded from what is not there yet.
package watch

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

// Delay is how long after its end a period of CloudFront's metrics is waited for.
// AWS states no figure; integrators report about two minutes.
const Delay = 3 * time.Minute

// Backward is the window before a gate that has no time to hold, for its metrics.
const Backward = 5 * time.Minute

// A Gate is everything that is asked about one side.
type Gate struct {
	Side    string // what it is called, for words
	Subject string // its distribution; "": it is no distribution

	Targets    []gate.Target
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

// maxBlind bounds how often in a row CloudWatch may give no answer at the end of a gate.
const maxBlind = 5

// Ask gathers evidence for as long as hold, and gives the verdict and what decided
// it. An error says that the gate could not be asked.
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
	from, to   time.Time // of the window that metrics are about; to is not in it
	last       time.Time // when CloudWatch was last asked
	requests   []gate.Finding
	sampled    []own
	seen       []gate.Finding // what CloudWatch last showed
	blind      int
}

// own is a request of ours, which CloudWatch counts among those of viewers.
type own struct {
	at     time.Time
	failed bool // with a server error
}

// watches says whether the gate has conditions that CloudWatch answers.
func (g Gate) watches() bool { return len(g.Alarms) > 0 || g.measures() }

func (g Gate) measures() bool { return len(g.Metrics) > 0 || g.Minimum > 0 || g.Comparison != nil }

// longest period among the gate's series: windows are made of whole ones.
func (g Gate) longest() time.Duration {
	p := gate.CloudFrontPeriod
	for _, m := range g.Metrics {
		p = max(p, m.Period)
	}
	return p
}

func (a *asking) plan(hold time.Duration) {
	a.end = a.start.Add(hold)
	if !a.watches() {
		return
	}
	p := a.longest()
	if !a.Since.IsZero() {
		a.window(a.Since, a.start.Add(-Delay), p)
		return
	}
	if hold == 0 && !a.UnderTraffic {
		a.to = a.start.Add(-Delay).Truncate(p)
		a.from = a.to.Add(-max(Backward.Truncate(p), p))
		return
	}
	a.window(a.start, a.end, p)
}

// window makes metrics be about the whole periods between two times, at least one, and
// the asking last until CloudWatch knows all of them.
func (a *asking) window(from, to time.Time, p time.Duration) {
	a.from = from.Truncate(p)
	if a.from.Before(from) {
		a.from = a.from.Add(p) // a period that began before is half about something else
	}
	a.to = to.Truncate(p)
	if !a.to.After(a.from) {
		a.to = a.from.Add(p)
	}
	if end := a.to.Add(Delay); end.After(a.end) {
		a.end = end
	}
}

func (a *asking) run(ctx context.Context) (gate.Verdict, string, error) {
	for {
		if verdict, why, err := a.round(ctx); verdict == gate.Fail || err != nil {
			return verdict, why, err
		}
		left := a.end.Sub(a.clock.Now())
		if left <= 0 {
			break
		}
		if err := a.clock.Sleep(ctx, min(max(a.Interval, time.Second), left)); err != nil {
			return gate.Inconclusive, "", err
		}
	}
	return a.verdict()
}

// round sends the requests and, once a minute and at the end, asks CloudWatch.
func (a *asking) round(ctx context.Context) (gate.Verdict, string, error) {
	for _, t := range a.Targets {
		for range t.Samples {
			at := a.clock.Now()
			s, err := a.sampler.Sample(ctx, t)
			if err != nil {
				return gate.Inconclusive, "", err
			}
			a.sampled = append(a.sampled, own{at: at, failed: s.Status >= http.StatusInternalServerError})
			f := t.Examine(s)
			a.requests = append(a.requests, f)
			if f.Verdict != gate.Fail {
				continue
			}
			if verdict, why := gate.Judge(a.requests, a.FailureLimit); verdict == gate.Fail {
				return verdict, why, nil // viewers wait for nothing that cannot change any more
			}
		}
	}
	now := a.clock.Now()
	over := !now.Before(a.end)
	if !a.watches() || !over && now.Sub(a.last) < gate.CloudFrontPeriod {
		return gate.Inconclusive, "", nil
	}
	a.last = now
	if err := a.look(ctx, over); err != nil {
		if ctx.Err() != nil || a.transient == nil || !a.transient(err) {
			return gate.Inconclusive, "", err
		}
		if a.blind++; over && a.blind >= maxBlind {
			return gate.Inconclusive, "", err
		}
		if over { // the last look is the one that counts
			a.end = now.Add(max(a.Interval, time.Second))
		}
		return gate.Inconclusive, "", nil
	}
	a.blind = 0
	for _, f := range a.seen {
		if f.Verdict == gate.Fail {
			return gate.Fail, f.Why, nil
		}
	}
	return gate.Inconclusive, "", nil
}

// verdict combines what was seen: everything asked for has to have passed.
func (a *asking) verdict() (gate.Verdict, string, error) {
	verdict, why := gate.Pass, ""
	if len(a.Targets) > 0 || !a.watches() {
		verdict, why = gate.Judge(a.requests, a.FailureLimit)
	}
	for _, f := range a.seen {
		if f.Verdict == gate.Inconclusive && verdict == gate.Pass {
			verdict, why = gate.Inconclusive, f.Why
		}
	}
	return verdict, why, nil
}

// look asks CloudWatch about all of the window that has passed.
func (a *asking) look(ctx context.Context, over bool) error {
	var seen []gate.Finding
	alarms, err := a.examineAlarms(ctx)
	if err != nil {
		return err
	}
	seen = append(seen, alarms...)
	if to := a.known(); a.measures() && to.After(a.from) {
		metrics, err := a.examineMetrics(ctx, to)
		if err != nil {
			return err
		}
		seen = append(seen, metrics...)
		traffic, err := a.examineTraffic(ctx, to, over)
		if err != nil {
			return err
		}
		seen = append(seen, traffic...)
	}
	a.seen = seen
	return nil
}

// known is the end of what CloudWatch knows for sure by now. A period that is still
// being counted may look like one with too little traffic, or with too many errors.
func (a *asking) known() time.Time {
	known := a.clock.Now().Add(-Delay).Truncate(a.longest())
	if known.Before(a.to) {
		return known
	}
	return a.to
}

func (a *asking) examineAlarms(ctx context.Context) ([]gate.Finding, error) {
	reports, err := Watcher{Metrics: a.source}.Reports(ctx, a.Alarms)
	if err != nil {
		return nil, err
	}
	var out []gate.Finding
	for i, alarm := range a.Alarms {
		out = append(out, alarm.Examine(reports[i].State, reports[i].Reason))
	}
	return out, nil
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

func (a *asking) examineMetrics(ctx context.Context, to time.Time) ([]gate.Finding, error) {
	var out []gate.Finding
	byRegion := map[string][]gate.Metric{}
	var regions []string
	for _, m := range a.Metrics {
		if len(byRegion[m.Region]) == 0 {
			regions = append(regions, m.Region)
		}
		byRegion[m.Region] = append(byRegion[m.Region], m)
	}
	for _, region := range regions {
		var series []gate.Series
		for _, m := range byRegion[region] {
			series = append(series, m.Series)
		}
		points, err := a.source.Points(ctx, region, series, a.from, to)
		if err != nil {
			return nil, err
		}
		for i, m := range byRegion[region] {
			out = append(out, m.Examine(points[i]))
		}
	}
	return out, nil
}

// examineTraffic counts requests and errors of the subject and its baseline.
func (a *asking) examineTraffic(ctx context.Context, to time.Time, over bool) ([]gate.Finding, error) {
	if a.Minimum <= 0 && a.Comparison == nil {
		return nil, nil
	}
	all, err := Traffic(ctx, a.source, a.Subject, a.from, to)
	if err != nil {
		return nil, err
	}
	ours := a.ours(to)
	subject := all.Without(ours)
	out := []gate.Finding{gate.Enough(a.Side, subject, int(ours.Requests), a.Minimum)}
	if a.Comparison == nil {
		return out, nil
	}
	out = append(out, a.Comparison.Abort(subject))
	if !over { // one look, at the end
		return out, nil
	}
	from, to := a.from, a.to
	if before := a.Baseline.Before; !before.IsZero() {
		to = before.Truncate(gate.CloudFrontPeriod)
		from = to.Add(a.from.Sub(a.to))
	}
	var baseline gate.Traffic
	if a.Baseline.Distribution != "" {
		if baseline, err = Traffic(ctx, a.source, a.Baseline.Distribution, from, to); err != nil {
			return nil, err
		}
	}
	return append(out, a.Comparison.Examine(subject, baseline)), nil
}

// ours are the requests of this gate in the window. They may have gone elsewhere, as
// those to a URL of somebody's choice; then too many are taken off, never too few.
func (a *asking) ours(to time.Time) gate.Traffic {
	var out gate.Traffic
	for _, o := range a.sampled {
		if o.at.Before(a.from) || !o.at.Before(to) {
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
func Traffic(ctx context.Context, m gate.Metrics, distribution string, from, to time.Time) (gate.Traffic, error) {
	points, err := m.Points(ctx, gate.CloudFrontRegion, []gate.Series{
		gate.OfDistribution(distribution, "Requests", "Sum"), gate.OfDistribution(distribution, "5xxErrorRate", "Average"),
	}, from, to)
	if err != nil {
		return gate.Traffic{}, fmt.Errorf("counting the requests of %s: %w", distribution, err)
	}
	return gate.TrafficOf(points[0], points[1]), nil
}
