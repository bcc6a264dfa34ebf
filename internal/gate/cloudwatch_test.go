package gate_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func points(values ...float64) []gate.Point {
	var out []gate.Point
	for i, v := range values {
		out = append(out, gate.Point{At: noon.Add(time.Duration(i) * time.Minute), Value: v})
	}
	return out
}

func TestAnAlarmPassesOnlyInOKWhereCloudWatchHasLooked(t *testing.T) {
	t.Parallel()
	a := gate.Alarm{Name: "errors", Region: "eu-west-1"}
	states := map[gate.AlarmState]gate.Finding{
		gate.AlarmOK:         {Verdict: gate.Pass},
		gate.InAlarm:         {Verdict: gate.Fail, Why: "alarm errors is in ALARM: too many"},
		gate.AlarmHasNoState: {Why: "alarm errors has insufficient data", Later: true},
		gate.NoAlarm:         {Why: "there is no alarm errors in eu-west-1"},
		"NEW":                {Why: "alarm errors is in a state called NEW"},
	}
	for state, want := range states {
		if got := a.Examine(gate.AlarmReport{State: state, Reason: "too many"}); got != want {
			t.Errorf("%q: %+v, want %+v", state, got, want)
		}
		for _, e := range []gate.AlarmEvaluation{gate.AlarmPartialData, gate.AlarmMisconfigured, gate.AlarmEvaluationFailed, "NEW"} {
			got := a.Examine(gate.AlarmReport{State: state, Evaluation: e, Reason: "too many"})
			switch {
			case got.Verdict == gate.Pass, state == gate.InAlarm && got.Verdict != gate.Fail:
				t.Errorf("%q and %q: %+v", state, e, got)
			case state == gate.AlarmOK && (!strings.Contains(got.Why, "alarm errors is not being evaluated ("+string(e)+")") || strings.Contains(got.Why, "marker")):
				t.Errorf("%q and %q: %q", state, e, got.Why)
			case state == gate.AlarmOK && got.Later != (e != gate.AlarmMisconfigured):
				t.Errorf("%q and %q: looks again: %v", state, e, got.Later)
			}
		}
	}
	if got := a.Examine(gate.AlarmReport{State: gate.InAlarm}); !strings.Contains(got.Why, "no reason") {
		t.Errorf("%q", got.Why)
	}
}

func TestEveryPeriodHasADatapointWithinTheBounds(t *testing.T) {
	t.Parallel()
	one, five := 1.0, 5.0
	for _, c := range []struct {
		name     string
		min, max *float64
		least    int
		points   []gate.Point
		periods  int
		want     gate.Verdict
		why      string // a part of it
	}{
		{"within", &one, &five, 0, points(1, 3, 5), 3, gate.Pass, ""},
		{"one above", nil, &five, 0, points(1, 5.01, 1), 3, gate.Fail, "at most 5 allowed"},
		{"one below", &one, nil, 0, points(3, 0.99), 2, gate.Fail, "at least 1 wanted"},
		{"nothing is no evidence", nil, &five, 0, nil, 4, gate.Inconclusive, "has no datapoint in any of 4 periods of 1m"},
		{"nothing is not too little either", &one, nil, 0, nil, 4, gate.Inconclusive, "in any of 4 periods"},
		{"one of ten", nil, &five, 0, points(1), 10, gate.Inconclusive, "has no datapoint in 9 of 10 periods of 1m"},
		{"all but one", nil, &five, 0, points(1, 1, 1), 4, gate.Inconclusive, "in 1 of 4 periods"},
		{"the same one twice", nil, &five, 0, append(points(1), points(1)...), 2, gate.Inconclusive, "in 1 of 2 periods"},
		{"one too high although others are missing", nil, &five, 0, points(6), 10, gate.Fail, "at most 5 allowed"},
		{"as many as are said to be enough", nil, &five, 3, points(1, 1, 1), 10, gate.Pass, ""},
		{"fewer than are said to be enough", nil, &five, 3, points(1, 1), 10, gate.Inconclusive, "in 8 of 10 periods"},
		{"all there are, where more are said to be needed", nil, &five, 30, points(1, 1), 2, gate.Pass, ""},
		{"no period at all", nil, &five, 0, nil, 0, gate.Inconclusive, "in any of 1 periods"},
		{"not a number", nil, &five, 0, points(1, math.NaN()), 2, gate.Inconclusive, "not a number"},
		{"without end", &one, nil, 0, points(1, math.Inf(1)), 2, gate.Inconclusive, "not a number"},
	} {
		m := gate.Metric{Series: gate.OfDistribution("E1", "5xxErrorRate", "Average"), Minimum: c.min, Maximum: c.max, Least: c.least}
		got := m.Examine(c.points, c.periods)
		if got.Verdict != c.want || (got.Why == "") != (c.want == gate.Pass) || !strings.Contains(got.Why, c.why) {
			t.Errorf("%s: %s (%s), want %s (%s)", c.name, got.Verdict, got.Why, c.want, c.why)
		}
		if got.Verdict == gate.Inconclusive && (!strings.HasPrefix(got.Why, m.Series.String()) || strings.Contains(got.Why, "marker")) {
			t.Errorf("%s: %q does not name the metric, or advises a marker", c.name, got.Why)
		}
	}
	m := gate.Metric{Series: gate.OfDistribution("E1", "5xxErrorRate", "Average"), Maximum: &one}
	if got, want := m.Examine(points(0, 7.5), 2).Why, "Average 5xxErrorRate {DistributionId=E1, Region=Global} was 7.5 at 12:01:00, at most 1 allowed"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	m.Period = 5 * time.Minute
	if got := m.Examine(nil, 3).Why; !strings.HasSuffix(got, "periods of 5m") {
		t.Errorf("%q", got)
	}
}

// A minute of which the errors are not known is no minute without errors, and no minute
// without requests.
func TestRequestsCountAndUnknownErrorsAreTold(t *testing.T) {
	t.Parallel()
	minute := func(n int, v float64) gate.Point {
		return gate.Point{At: noon.Add(time.Duration(n) * time.Minute), Value: v}
	}
	for _, c := range []struct {
		name             string
		requests, errors []gate.Point
		want             gate.Count
	}{
		{"both, of every minute", points(100, 200), []gate.Point{minute(0, 10), minute(1, 50)}, count(300, 110, 2, 0, 2)},
		{"nothing", nil, nil, gate.Count{}},
		{"minutes of which there is nothing", []gate.Point{minute(0, 100), minute(9, 100)}, []gate.Point{minute(0, 0), minute(9, 0)}, count(200, 0, 2, 0, 10)},
		{"a minute whose errors are missing", points(100, 200, 300), []gate.Point{minute(0, 10), minute(2, 50)}, count(600, 160, 3, 1, 3)},
		{"a minute whose requests are missing", points(100), []gate.Point{minute(0, 10), minute(1, 100)}, count(100, 10, 2, 1, 1)},
		{"no errors of any minute", points(100, 100), nil, count(200, 0, 2, 2, 2)},
		{"errors that are no number", points(100), []gate.Point{minute(0, math.NaN())}, count(100, 0, 1, 1, 1)},
		{"errors below nothing", points(100), []gate.Point{minute(0, -5)}, count(100, 0, 1, 1, 1)},
		{"more errors than requests", points(100), []gate.Point{minute(0, 101)}, count(100, 0, 1, 1, 1)},
		{"requests that are no number", points(math.NaN(), 100), []gate.Point{minute(0, 0), minute(1, 0)}, count(100, 0, 2, 1, 2)},
		{"requests without end", points(math.Inf(1)), []gate.Point{minute(0, 0)}, gate.Count{Minutes: 1, Unknown: 1}},
		{"nobody, and so no errors", points(0), nil, count(0, 0, 1, 0, 1)},
		{"in another time zone", points(100), []gate.Point{{At: noon.In(time.FixedZone("CET", 3600)), Value: 10}}, count(100, 10, 1, 0, 1)},
	} {
		if got := gate.CountOf(c.requests, c.errors); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// count is of a window that begins at noon.
func count(requests, errors float64, minutes, unknown, until int) gate.Count {
	return gate.Count{Traffic: seen(requests, errors), Minutes: minutes, Unknown: unknown, Until: noon.Add(time.Duration(until) * time.Minute)}
}

func known(t gate.Traffic) gate.Count { return gate.Count{Traffic: t, Minutes: 1, Until: noon} }

func TestOurOwnRequestsAreTakenOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ all, own, want gate.Traffic }{
		{seen(100, 10), seen(30, 2), seen(70, 8)},
		{seen(10, 0), seen(30, 2), seen(0, 0)},
		{seen(100, 90), seen(30, 0), seen(70, 70)},
	} {
		if got := known(c.all).Without(c.own); got != known(c.want) {
			t.Errorf("%v without %v is %v, want %v", c.all, c.own, got, c.want)
		}
	}
	if gate.Enough("green", known(seen(99, 0)), 20, 100).Verdict != gate.Inconclusive || gate.Enough("green", known(seen(100, 0)), 0, 100).Verdict != gate.Pass ||
		gate.Enough("green", gate.Count{}, 0, 0).Verdict != gate.Inconclusive {
		t.Error("enough is not what was asked for")
	}
	if got := gate.Enough("green", gate.Count{}, 20, 100).Why; got != "green got 0 requests of viewers, 100 wanted (20 of our own not counted)" {
		t.Errorf("%q", got)
	}
}
