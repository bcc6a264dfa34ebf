package watch_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// A source is where a part of the evidence comes from.
type source string

const (
	probe      source = "probe"
	alarm      source = "alarm"
	standard   source = "CloudFront's metric"
	custom     source = "custom metric"
	minimum    source = "minimum of requests"
	comparison source = "comparison"
	baseline   source = "baseline"
)

var sources = []source{probe, alarm, standard, custom, minimum, comparison, baseline}

// A trouble is what a source gives instead of evidence.
type trouble string

const (
	down          trouble = "down at once"
	slowerThanGap trouble = "down, slower than the interval"
	slowerThanAll trouble = "down, slower than the bake"
	hanging       trouble = "hanging"
	partial       trouble = "a part of it"
	broken        trouble = "not evaluated: an error"
	failing       trouble = "not evaluated: a failure"
	empty         trouble = "empty"
	late          trouble = "late"
	forbidden     trouble = "forbidden"
	notANumber    trouble = "not a number"
	endless       trouble = "infinite"
	negative      trouble = "negative"
	onlyLast      trouble = "recovering at the last moment"
	onlyFirst     trouble = "gone at the last moment"
	erratic       trouble = "every other period"
)

var troubles = []trouble{
	down, slowerThanGap, slowerThanAll, hanging, partial, broken, failing, empty, late, forbidden, notANumber, endless, negative, onlyLast, onlyFirst, erratic,
}

// bearable lists what is no trouble: with it a source can give all the evidence there is,
// in the end. Everything else must keep a gate from passing.
func bearable(s source, t trouble) bool {
	switch s {
	case probe:
		// A side that answers is proven by its last round; what was before counts as failed.
		return slices.Contains([]trouble{partial, broken, failing, late, notANumber, endless, negative}, t)
	case alarm:
		// Its state at the end is what counts.
		return slices.Contains([]trouble{notANumber, endless, negative, onlyLast, erratic}, t)
	case minimum:
		// Enough requests are enough, whenever they were.
		return slices.Contains([]trouble{partial, broken, failing, erratic, onlyLast}, t)
	case comparison, baseline:
		// Of a minute without requests there is nothing to know.
		return slices.Contains([]trouble{partial, broken, failing, erratic, onlyLast}, t)
	default:
		return slices.Contains([]trouble{partial, broken, failing}, t)
	}
}

var (
	errDown   = errors.New("503 Service Unavailable")
	errDenied = errors.New("AccessDenied")
)

// A world is healthy in everything but one source.
type world struct {
	sick    source
	trouble trouble
	over    time.Time // when the time to hold is over
	ready   time.Time // when a probe begins to work that does so at the last moment
}

// fails waits and fails as a source in trouble does; nil: it answers.
func (w *world) fails(ctx context.Context) error {
	wait := func(d time.Duration, err error) error {
		if stop := (clock.System{}).Sleep(ctx, d); stop != nil {
			return stop
		}
		return err
	}
	switch w.trouble {
	case down:
		return errDown
	case slowerThanGap:
		return wait(6*time.Second, errDown)
	case slowerThanAll:
		return wait(50*time.Second, errDown) // the bakes here are shorter, or the limit of a look is
	case hanging:
		<-ctx.Done()
		return ctx.Err()
	case forbidden:
		return errDenied
	case onlyFirst:
		if now := (clock.System{}).Now(); !now.Before(w.over) {
			return errDown
		}
	default: // the other troubles show elsewhere
	}
	return nil
}

// Sample implements gate.Sampler.
func (w *world) Sample(ctx context.Context, t gate.Target) (gate.Sample, error) {
	now := clock.System{}.Now()
	out := gate.Sample{At: now, Status: 200, Body: "blue"}
	if w.sick != probe || !strings.Contains(t.URL, "sick") {
		return out, ctx.Err()
	}
	within, cancel := clock.WithTimeout(ctx, clock.System{}, 10*time.Second)
	defer cancel()
	if err := w.fails(within); err != nil {
		return gate.Sample{At: now, Err: err.Error()}, ctx.Err()
	}
	switch w.trouble {
	case empty:
		return gate.Sample{At: now}, ctx.Err()
	case onlyLast:
		if now.Before(w.ready) {
			return gate.Sample{At: now, Status: 503}, ctx.Err()
		}
	case erratic:
		if now.Unix()%2 == 0 {
			return gate.Sample{At: now, Status: 503}, ctx.Err()
		}
		out.Status = 503 // of the second of two requests
	default: // the other troubles show elsewhere
	}
	return out, ctx.Err()
}

// Alarms implements gate.Metrics.
func (w *world) Alarms(ctx context.Context, _ string, names []string) (map[string]gate.AlarmReport, error) {
	out := map[string]gate.AlarmReport{}
	for _, n := range names {
		out[n] = gate.AlarmReport{State: gate.AlarmOK}
	}
	if w.sick != alarm || len(names) == 0 {
		return out, ctx.Err()
	}
	if err := w.fails(ctx); err != nil {
		return nil, err
	}
	now := clock.System{}.Now()
	switch w.trouble {
	case partial:
		out["sick"] = gate.AlarmReport{State: gate.AlarmOK, Evaluation: gate.AlarmPartialData}
	case broken:
		out["sick"] = gate.AlarmReport{State: gate.AlarmOK, Evaluation: gate.AlarmMisconfigured}
	case failing:
		out["sick"] = gate.AlarmReport{State: gate.AlarmOK, Evaluation: gate.AlarmEvaluationFailed}
	case empty:
		delete(out, "sick")
	case late:
		out["sick"] = gate.AlarmReport{State: gate.AlarmHasNoState}
	case onlyLast:
		if now.Before(w.over) {
			out["sick"] = gate.AlarmReport{State: gate.AlarmHasNoState}
		}
	default: // the other troubles show elsewhere
	}
	return out, ctx.Err()
}

// of says whether a series is one of those that a source in trouble gives.
func (w *world) of(s gate.Series) bool {
	switch w.sick {
	case standard:
		return s.Name == "TotalErrorRate"
	case custom:
		return s.Namespace == "Site"
	case minimum, comparison:
		return s.Namespace == gate.CloudFrontNamespace && s.Dimensions["DistributionId"] == "E2" && s.Name != "TotalErrorRate"
	case baseline:
		return s.Dimensions["DistributionId"] == "E1"
	default:
		return false
	}
}

// Points implements gate.Metrics.
func (w *world) Points(ctx context.Context, _ string, series []gate.Series, from, to time.Time) ([][]gate.Point, error) {
	if slices.ContainsFunc(series, w.of) {
		if err := w.fails(ctx); err != nil {
			return nil, err
		}
	}
	now := clock.System{}.Now()
	out := make([][]gate.Point, len(series))
	for i, s := range series {
		for at := from; at.Before(to); at = at.Add(s.Period) {
			v := 0.1
			if s.Name == "Requests" {
				v = 100_000
			}
			if w.of(s) {
				switch w.trouble {
				case empty:
					continue
				case late:
					if at.After(now.Add(-24 * time.Hour)) {
						continue
					}
				case onlyLast:
					if at.Add(s.Period).Before(to) && to.Sub(from) > s.Period {
						continue
					} else if to.Sub(from) <= s.Period && s.Name != "Requests" && s.Name != "5xxErrorRate" {
						continue // there is nothing but the last one
					}
				case erratic:
					if at.Sub(from)/s.Period%2 == 0 {
						continue
					}
				case notANumber:
					v = math.NaN()
				case endless:
					v = math.Inf(1)
				case negative:
					v = -v
				default: // the other troubles show elsewhere
				}
			}
			out[i] = append(out[i], gate.Point{At: at, Value: v})
		}
	}
	return out, ctx.Err()
}

// A shape is how a resource asks a gate.
type shape struct {
	noun         string
	hold         time.Duration
	underTraffic bool
	since        time.Duration // ago
	before       bool          // the baseline lost its traffic to the subject
}

var shapes = []shape{
	{noun: "switch, before the move"},
	{noun: "switch, after it", underTraffic: true, before: true},
	{noun: "switch, after it, with a bake", hold: 5 * time.Minute, underTraffic: true, before: true},
	{noun: "promotion, a canary", hold: 10 * time.Minute},
	{noun: "promotion, a short canary", hold: 30 * time.Second},
	{noun: "promotion, a canary of another run", since: time.Hour},
	{noun: "promotion, after it", hold: 5 * time.Minute, before: true},
	{noun: "ramp", hold: 10 * time.Minute},
	{noun: "ramp, a step of another run", since: time.Hour},
}

// looksBack says whether everything is known when the gate is asked.
func (s shape) looksBack() bool { return s.hold == 0 && !s.underTraffic }

// asks is a gate that asks for some sources, each twice where that can be: one that is
// in trouble and one that is not.
func (s shape) asks(now time.Time, from []source, interval time.Duration) watch.Gate {
	one := 1.0
	g := watch.Gate{Side: "green", Subject: "E2", Interval: interval, UnderTraffic: s.underTraffic}
	if s.since > 0 {
		g.Since = now.Add(-s.since)
	}
	for _, x := range from {
		switch x {
		case probe:
			g.Targets = []gate.Target{{URL: "https://sick.example", Samples: 2}, {URL: "https://www.example", Samples: 1}}
			g.FailureLimit = 1000
		case alarm:
			g.Alarms = []gate.Alarm{{Name: "sick", Region: "us-east-1"}, {Name: "other", Region: "us-east-1"}}
		case standard:
			g.Metrics = append(g.Metrics, gate.Metric{Series: gate.OfDistribution("E2", "TotalErrorRate", "Average"), Maximum: &one, Minimum: new(float64)})
		case custom:
			g.Metrics = append(g.Metrics, gate.Metric{Series: gate.Series{Namespace: "Site", Name: "Logins", Region: "eu-west-1", Period: 2 * time.Minute}, Minimum: new(float64)})
		case minimum:
			g.Minimum = 1000
		case comparison, baseline:
			g.Comparison, g.Baseline = &gate.Comparison{Confidence: 0.95, Tolerance: 0.01, Minimum: 1000}, watch.Baseline{Distribution: "E1"}
			if s.before {
				g.Baseline.Before = now
			}
		}
	}
	return g
}

func (w *world) ask(t *testing.T, s shape, from []source, interval time.Duration) (gate.Verdict, string, error) {
	t.Helper()
	_ = clock.System{}.Sleep(t.Context(), 17*time.Second) // not at the full minute
	now := clock.System{}.Now()
	w.over = now.Add(s.hold)
	g := s.asks(now, from, interval)
	if !s.looksBack() && (len(g.Alarms)+len(g.Metrics) > 0 || g.Minimum > 0 || g.Comparison != nil) { // until CloudWatch knows all of it
		w.over = w.over.Add(time.Minute)
		if len(from) > 1 { // it takes as long as the custom metric's two periods, and CloudWatch
			w.ready = w.over.Add(4 * time.Minute)
		}
	}
	if w.ready.IsZero() {
		w.ready = w.over
	}
	watcher := watch.Watcher{Clock: clock.System{}, Sampler: w, Metrics: w, Transient: func(err error) bool { return errors.Is(err, errDown) }}
	return watcher.Ask(t.Context(), g, s.hold)
}

// Absence never passes: whatever one source of evidence gives instead of evidence, however
// every other one is, and whoever asks.
func TestNoGatePassesWithoutEvidence(t *testing.T) {
	t.Parallel()
	cells, controls := 0, 0
	for _, s := range shapes {
		for _, interval := range []time.Duration{time.Second, 10 * time.Second, time.Minute} {
			for _, sick := range sources {
				for _, what := range troubles {
					for _, company := range [][]source{{sick}, sources} {
						bearable := bearable(sick, what)
						if sick == probe && what == onlyLast && (s.looksBack() || s.hold == 0 && len(company) == 1) {
							bearable = true // there is nothing before the last moment
						}
						if bearable {
							controls++
						} else {
							cells++
						}
						t.Run(fmt.Sprintf("%s/%s/%s/%s/%d", s.noun, interval, sick, what, len(company)), func(t *testing.T) {
							t.Parallel()
							synctest.Test(t, func(t *testing.T) {
								w := &world{sick: sick, trouble: what}
								got, why, err := w.ask(t, s, company, interval)
								switch {
								case got == gate.Pass && !bearable:
									t.Errorf("passed")
								case got == gate.Unasked:
									t.Errorf("called unasked what was asked")
								case got != gate.Pass && err == nil && (why == "" || strings.Contains(why, "marker")):
									t.Errorf("%s: %q", got, why)
								case what == forbidden && sick != probe && !errors.Is(err, errDenied):
									t.Errorf("%s (%s), %v, want the refusal", got, why, err)
								}
							})
						})
					}
				}
			}
		}
	}
	t.Logf("%d cells in which no gate may pass: %d ways of asking, 3 intervals, %d sources, %d troubles, alone and in company; %d more are borne", cells, len(shapes), len(sources), len(troubles), controls)
}

// The matrix can pass: a world that is well passes in every shape.
func TestEveryGatePassesWithAllEvidence(t *testing.T) {
	t.Parallel()
	for _, s := range shapes {
		for _, company := range append([][]source{sources}, [][]source{{probe}, {alarm}, {standard}, {custom}, {minimum}, {comparison}}...) {
			t.Run(fmt.Sprintf("%s/%s", s.noun, company[0]), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					if got, why, err := (&world{}).ask(t, s, company, 10*time.Second); got != gate.Pass {
						t.Errorf("%s (%s), %v", got, why, err)
					}
				})
			})
		}
	}
}
