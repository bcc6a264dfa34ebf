package watch_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// cloud is a CloudWatch: it counts by the minute, and knows a minute late. What it says
// of a minute before that is true only in part.
type cloud struct {
	delay  time.Duration
	began  time.Time
	viewed map[string]func(time.Time) (requests, percent float64) // by distribution; nil or negative: no datapoint
	own    map[time.Time]float64                                  // requests of probes, by minute
	alarms map[string]gate.AlarmReport
	fail   func() error
	asked  []time.Time
}

var errThrottled = errors.New("throttled")

func (c *cloud) Alarms(_ context.Context, region string, names []string) (map[string]gate.AlarmReport, error) {
	if c.fail != nil {
		if err := c.fail(); err != nil {
			return nil, err
		}
	}
	out := map[string]gate.AlarmReport{}
	for _, n := range names {
		if a, ok := c.alarms[region+"/"+n]; ok {
			out[n] = a
		}
	}
	return out, nil
}

func (c *cloud) Points(_ context.Context, _ string, series []gate.Series, from, to time.Time) ([][]gate.Point, error) {
	now := clock.System{}.Now()
	c.asked = append(c.asked, now)
	if c.fail != nil {
		if err := c.fail(); err != nil {
			return nil, err
		}
	}
	out := make([][]gate.Point, len(series))
	for i, s := range series {
		for at := from; at.Before(to) && !at.After(now); at = at.Add(s.Period) {
			requests, percent, ok := c.minute(s.Dimensions["DistributionId"], at)
			if !ok {
				continue
			}
			value := map[string]float64{"Requests": requests, "5xxErrorRate": percent}[s.Name]
			if s.Dimensions["DistributionId"] == "E2" && at.Add(s.Period+c.delay).After(now) { // not all of it has arrived
				if value = value / 10; s.Name == "5xxErrorRate" {
					value = 100
				}
			}
			out[i] = append(out[i], gate.Point{At: at, Value: value})
		}
	}
	return out, nil
}

func (c *cloud) minute(distribution string, at time.Time) (requests, percent float64, ok bool) {
	f := c.viewed[distribution]
	if f != nil {
		requests, percent = f(at)
	}
	own := 0.0
	if distribution == "E2" {
		own = c.own[at]
	}
	if requests+own <= 0 {
		return 0, 0, false
	}
	return requests + own, percent * requests / (requests + own), true
}

func steady(requests, percent float64) func(time.Time) (float64, float64) {
	return func(time.Time) (float64, float64) { return requests, percent }
}

// sampler answers probes, which CloudWatch counts.
type sampler struct {
	cloud  *cloud
	status func(time.Time) int
}

func (s sampler) Sample(ctx context.Context, t gate.Target) (gate.Sample, error) {
	if !t.Elsewhere {
		s.cloud.own[clock.System{}.Now().Truncate(time.Minute)]++
	}
	return gate.Sample{At: clock.System{}.Now(), Status: s.status(clock.System{}.Now())}, ctx.Err()
}

func ok(time.Time) int { return 200 }

func newCloud() *cloud {
	return &cloud{
		delay: 2 * time.Minute, began: clock.System{}.Now(), own: map[time.Time]float64{},
		viewed: map[string]func(time.Time) (float64, float64){}, alarms: map[string]gate.AlarmReport{},
	}
}

func (c *cloud) watcher(status func(time.Time) int) watch.Watcher {
	return watch.Watcher{Clock: clock.System{}, Metrics: c, Sampler: sampler{c, status}, Transient: func(err error) bool { return errors.Is(err, errThrottled) }}
}

var probes = []gate.Target{{URL: "https://www.example.com/", Samples: 3}}

func errorRate(maximum float64) []gate.Metric {
	return []gate.Metric{{Series: gate.OfDistribution("E2", "5xxErrorRate", "Average"), Maximum: &maximum}}
}

func requests(minimum float64) []gate.Metric {
	return []gate.Metric{{Series: gate.OfDistribution("E2", "Requests", "Sum"), Minimum: &minimum}}
}

func TestAGateIsAskedForAsLongAsItTakes(t *testing.T) {
	t.Parallel()
	comparison := &gate.Comparison{Confidence: 0.95, Tolerance: 0.01, Minimum: 1000}
	alarms := []gate.Alarm{{Name: "errors", Region: "us-east-1"}}
	for _, c := range []struct {
		name   string
		world  func(c *cloud)
		status func(time.Time) int
		gate   watch.Gate
		hold   time.Duration
		want   gate.Verdict
		why    string        // part of it
		took   time.Duration // at most; 0: not looked at
		least  time.Duration
	}{
		{name: "probes alone end with the hold", gate: watch.Gate{Targets: probes}, hold: 5 * time.Minute, want: gate.Pass, least: 5 * time.Minute, took: 5 * time.Minute},
		{name: "probes alone, no hold", gate: watch.Gate{Targets: probes}, want: gate.Pass, took: 1},
		{name: "nothing to ask is nothing shown", gate: watch.Gate{}, want: gate.Unasked},
		{name: "a failing probe ends it at once", status: func(time.Time) int { return 503 }, gate: watch.Gate{Targets: probes}, hold: time.Hour, want: gate.Fail, why: "503", took: 1},
		{name: "an inconclusive gate may count as failed", gate: watch.Gate{FailUnproven: true, Open: []string{"nobody can be asked"}}, want: gate.Fail, why: "nobody can be asked"},
		{
			name: "a metric within bounds, known in the end", world: func(c *cloud) { c.viewed["E2"] = steady(100, 0.5) },
			gate: watch.Gate{Metrics: errorRate(1)}, hold: 10 * time.Minute, want: gate.Pass, least: 12 * time.Minute, took: 14 * time.Minute,
		},
		{
			name: "a minute that is still being counted says nothing", world: func(c *cloud) { c.viewed["E2"] = steady(100, 0) },
			gate: watch.Gate{Metrics: append(errorRate(1), requests(50)...)}, hold: 10 * time.Minute, want: gate.Pass,
		},
		{
			name: "a metric that leaves its bounds ends it before the hold", world: func(c *cloud) {
				c.viewed["E2"] = func(at time.Time) (float64, float64) {
					return 100, map[bool]float64{true: 30}[at.Sub(c.began) >= 5*time.Minute]
				}
			},
			gate: watch.Gate{Metrics: errorRate(1)}, hold: time.Hour, want: gate.Fail, why: "at most 1 allowed", least: 5 * time.Minute, took: 11 * time.Minute,
		},
		{
			name: "errors from before the gate are not about it", world: func(c *cloud) {
				c.viewed["E2"] = func(at time.Time) (float64, float64) {
					return 100, map[bool]float64{true: 30}[at.Before(c.began)]
				}
			},
			gate: watch.Gate{Metrics: errorRate(1), UnderTraffic: true}, hold: 10 * time.Minute, want: gate.Pass,
		},
		{
			name: "not even without a hold", world: func(c *cloud) {
				c.viewed["E2"] = func(at time.Time) (float64, float64) {
					return 100, map[bool]float64{true: 30}[at.Before(c.began)]
				}
			},
			gate: watch.Gate{Metrics: errorRate(1), UnderTraffic: true}, want: gate.Pass, least: 3 * time.Minute,
		},
		{
			name: "a side without viewers is asked about the time before", world: func(c *cloud) { c.viewed["E2"] = steady(100, 30) },
			gate: watch.Gate{Metrics: errorRate(1)}, want: gate.Fail, why: "30", took: 1,
		},
		{
			name: "all of the time since a change that an earlier run made", world: func(c *cloud) {
				c.viewed["E2"] = func(at time.Time) (float64, float64) {
					return 100, map[bool]float64{true: 30}[at.Sub(c.began.Add(-50*time.Minute)).Abs() < time.Minute]
				}
			},
			gate: watch.Gate{Metrics: errorRate(1)}, want: gate.Fail, why: "30", took: 1,
		},
		{name: "no datapoint is no evidence", gate: watch.Gate{Metrics: errorRate(1)}, hold: 5 * time.Minute, want: gate.Inconclusive, why: "no datapoint"},
		{
			name: "enough viewers", world: func(c *cloud) { c.viewed["E2"] = steady(100, 0) },
			gate: watch.Gate{Side: "green", Subject: "E2", Targets: probes, Minimum: 500}, hold: 10 * time.Minute, want: gate.Pass,
		},
		{
			name: "our own requests are no viewers", gate: watch.Gate{Side: "green", Subject: "E2", Targets: probes, Minimum: 10, Interval: 10 * time.Second},
			hold: 10 * time.Minute, want: gate.Inconclusive, why: "green got 0 requests of viewers, 10 wanted",
		},
		{
			name: "our own requests dilute no error rate",
			world: func(c *cloud) {
				c.viewed["E1"], c.viewed["E2"] = steady(1000, 0), steady(120, 5)
			},
			gate: watch.Gate{Side: "green", Subject: "E2", Targets: []gate.Target{{URL: "https://www.example.com/", Samples: 100}}, Interval: 10 * time.Second, Comparison: comparison, Baseline: watch.Baseline{Distribution: "E1"}},
			hold: 10 * time.Minute, want: gate.Fail, why: "5 % of 1080 requests failed",
		},
		{
			name:   "what fails elsewhere hides no error of viewers",
			world:  func(c *cloud) { c.viewed["E1"], c.viewed["E2"] = steady(1000, 0), steady(1000, 5) },
			status: func(time.Time) int { return 503 },
			gate: watch.Gate{
				Side: "green", Subject: "E2", Targets: []gate.Target{{URL: "https://status.example.com/", Elsewhere: true, Samples: 10, Statuses: []int{503}}},
				Interval: 10 * time.Second, Comparison: comparison, Baseline: watch.Baseline{Distribution: "E1"},
			},
			hold: 10 * time.Minute, want: gate.Fail, why: "worse",
		},
		{
			name:  "a canary as good as its baseline",
			world: func(c *cloud) { c.viewed["E1"], c.viewed["E2"] = steady(1000, 0.1), steady(500, 0.1) },
			gate:  watch.Gate{Subject: "E2", Comparison: comparison, Baseline: watch.Baseline{Distribution: "E1"}}, hold: 10 * time.Minute, want: gate.Pass,
		},
		{
			name: "a bad beginning that the whole bake makes up for: there is one look, at the end",
			world: func(c *cloud) {
				c.viewed["E1"] = steady(1000, 0.1)
				c.viewed["E2"] = func(at time.Time) (float64, float64) {
					return 500, map[bool]float64{true: 5, false: 0.1}[at.Sub(c.began) < 6*time.Minute]
				}
			},
			gate: watch.Gate{Subject: "E2", Comparison: comparison, Baseline: watch.Baseline{Distribution: "E1"}}, hold: time.Hour, want: gate.Pass,
		},
		{
			name: "a baseline from before it lost its traffic",
			world: func(c *cloud) {
				c.viewed["E1"] = func(at time.Time) (float64, float64) {
					return map[bool]float64{true: 1000}[at.Before(c.began.Add(-5*time.Minute))], 0.1
				}
				c.viewed["E2"] = steady(500, 0.1)
			},
			gate: watch.Gate{Subject: "E2", Comparison: comparison, Baseline: watch.Baseline{Distribution: "E1"}}, hold: 10 * time.Minute, want: gate.Pass,
		},
		{
			name: "no baseline", world: func(c *cloud) { c.viewed["E2"] = steady(500, 0.1) },
			gate: watch.Gate{Subject: "E2", Comparison: comparison}, hold: 10 * time.Minute, want: gate.Inconclusive, why: "a comparison needs 1000 of each",
		},
		{
			name: "an error rate to stop at", world: func(c *cloud) { c.viewed["E1"], c.viewed["E2"] = steady(1000, 0), steady(1000, 80) },
			gate: watch.Gate{Subject: "E2", Comparison: &gate.Comparison{Confidence: 0.95, Tolerance: 0.01, Minimum: 1000, Stop: 0.5}, Baseline: watch.Baseline{Distribution: "E1"}},
			hold: time.Hour, want: gate.Fail, why: "is where the bake stops", took: 8 * time.Minute,
		},
		{
			name: "an alarm in order", world: func(c *cloud) { c.alarms["us-east-1/errors"] = gate.AlarmReport{State: gate.AlarmOK} },
			gate: watch.Gate{Alarms: alarms}, hold: 5 * time.Minute, want: gate.Pass,
		},
		{
			name: "an alarm that fires", world: func(c *cloud) {
				c.alarms["us-east-1/errors"] = gate.AlarmReport{State: gate.InAlarm, Reason: "too many"}
			},
			gate: watch.Gate{Alarms: alarms, Targets: probes}, hold: time.Hour, want: gate.Fail, why: "in ALARM: too many", took: 1,
		},
		{name: "an alarm that nobody made", gate: watch.Gate{Alarms: alarms, Targets: probes}, hold: 5 * time.Minute, want: gate.Inconclusive, why: "there is no alarm"},
		{
			name: "an alarm of another region", world: func(c *cloud) { c.alarms["eu-west-1/errors"] = gate.AlarmReport{State: gate.AlarmOK} },
			gate: watch.Gate{Alarms: alarms}, hold: 5 * time.Minute, want: gate.Inconclusive, why: "there is no alarm",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newCloud()
				if c.world != nil {
					c.world(w)
				}
				status := c.status
				if status == nil {
					status = ok
				}
				if c.gate.Baseline.Distribution == "E1" && strings.Contains(c.name, "before it lost") {
					c.gate.Baseline.Before = w.began.Add(-5 * time.Minute)
				}
				if strings.Contains(c.name, "earlier run") {
					c.gate.Since = w.began.Add(-time.Hour)
				}
				_ = clock.System{}.Sleep(t.Context(), 17*time.Second) // not at the full minute
				began := clock.System{}.Now()
				got, why, err := w.watcher(status).Ask(t.Context(), c.gate, c.hold)
				if err != nil || got != c.want || !strings.Contains(why, c.why) {
					t.Errorf("%s (%s, %v), want %s (%s)", got, why, err, c.want, c.why)
				}
				took := clock.System{}.Now().Sub(began)
				if took < c.least || c.took > 0 && took > c.took {
					t.Errorf("took %s, want %s to %s", took, c.least, c.took)
				}
			})
		})
	}
}

func TestABlindEyeIsNoEvidence(t *testing.T) {
	t.Parallel()
	denied := errors.New("denied")
	for _, c := range []struct {
		name    string
		err     func(ask int) error
		refused error
		want    gate.Verdict
	}{
		{"denied", func(int) error { return denied }, denied, gate.Inconclusive},
		{"throttled on the way", func(ask int) error {
			if ask > 2 && ask < 6 {
				return errThrottled
			}
			return nil
		}, nil, gate.Pass},
		{"throttled at the end, for a while", func(ask int) error {
			if ask > 5 && ask < 9 {
				return errThrottled
			}
			return nil
		}, nil, gate.Pass},
		{"throttled for good", func(int) error { return errThrottled }, nil, gate.Inconclusive},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newCloud()
				w.viewed["E2"] = steady(100, 0)
				asks := 0
				w.fail = func() error { asks++; return c.err(asks) }
				got, why, err := w.watcher(ok).Ask(t.Context(), watch.Gate{Metrics: errorRate(1), Targets: probes, Interval: 10 * time.Second}, 6*time.Minute)
				if !errors.Is(err, c.refused) || c.refused == nil && err != nil || got != c.want || got == gate.Inconclusive && err == nil && !strings.Contains(why, "throttled") {
					t.Errorf("%s (%s), %v; want %s and %v", got, why, err, c.want, c.refused)
				}
			})
		})
	}
}

// What the last minute showed decides, also when nobody could tell at first.
func TestTheLastLookIsTheOneThatCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newCloud()
		w.viewed["E2"] = func(at time.Time) (float64, float64) {
			return 100, map[bool]float64{true: 30}[at.Sub(w.began) >= 5*time.Minute]
		}
		w.fail = func() error {
			if since := (clock.System{}).Now().Sub(w.began); since >= 9*time.Minute && since < 9*time.Minute+30*time.Second {
				return errThrottled
			}
			return nil
		}
		got, why, err := w.watcher(ok).Ask(t.Context(), watch.Gate{Metrics: errorRate(1), Interval: 10 * time.Second}, 6*time.Minute)
		if got != gate.Fail || err != nil {
			t.Errorf("%s (%s), %v", got, why, err)
		}
	})
}

func TestCloudWatchIsAskedOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newCloud()
		w.viewed["E2"] = steady(100, 0)
		if got, why, err := w.watcher(ok).Ask(t.Context(), watch.Gate{Metrics: errorRate(1), Targets: probes, Interval: time.Second}, 30*time.Minute); got != gate.Pass || err != nil {
			t.Fatal(got, why, err)
		}
		for i, at := range w.asked[1:] {
			if gap := at.Sub(w.asked[i]); gap < time.Minute && i+2 < len(w.asked) { // the last look may come sooner
				t.Errorf("asked again after %s", gap)
			}
		}
		if len(w.asked) < 25 {
			t.Errorf("asked %d times in half an hour", len(w.asked))
		}
	})
}

func TestAnInterruptEndsAGate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_ = clock.System{}.Sleep(context.Background(), 90*time.Second)
			cancel()
		}()
		began := clock.System{}.Now()
		_, _, err := newCloud().watcher(ok).Ask(ctx, watch.Gate{Targets: probes, Interval: 10 * time.Second}, time.Hour)
		if !errors.Is(err, context.Canceled) || (clock.System{}).Now().Sub(began) > 2*time.Minute {
			t.Errorf("%v after %s", err, clock.System{}.Now().Sub(began))
		}
	})
}

func TestAlarmsAreAskedByRegion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newCloud()
		w.alarms["us-east-1/a"], w.alarms["eu-west-1/a"] = gate.AlarmReport{State: gate.AlarmOK}, gate.AlarmReport{State: gate.InAlarm}
		got, err := w.watcher(ok).Reports(t.Context(), []gate.Alarm{{Name: "a", Region: "eu-west-1"}, {Name: "b", Region: "us-east-1"}, {Name: "a", Region: "us-east-1"}})
		want := []gate.AlarmReport{{State: gate.InAlarm}, {}, {State: gate.AlarmOK}}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
