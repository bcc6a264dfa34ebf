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

func TestAnAlarmPassesOnlyInOK(t *testing.T) {
	t.Parallel()
	a := gate.Alarm{Name: "errors", Region: "eu-west-1"}
	for state, want := range map[gate.AlarmState]gate.Finding{
		gate.AlarmOK:         {Verdict: gate.Pass},
		gate.InAlarm:         {Verdict: gate.Fail, Why: "alarm errors is in ALARM: too many"},
		gate.AlarmHasNoState: {Verdict: gate.Inconclusive, Why: "alarm errors has insufficient data"},
		gate.NoAlarm:         {Verdict: gate.Inconclusive, Why: "there is no alarm errors in eu-west-1"},
		"NEW":                {Verdict: gate.Inconclusive, Why: "alarm errors is in a state called NEW"},
	} {
		if got := a.Examine(state, "too many"); got != want {
			t.Errorf("%q: %+v, want %+v", state, got, want)
		}
	}
	if got := a.Examine(gate.InAlarm, ""); !strings.Contains(got.Why, "no reason") {
		t.Errorf("%q", got.Why)
	}
}

func TestEveryDatapointLiesWithinTheBounds(t *testing.T) {
	t.Parallel()
	one, five := 1.0, 5.0
	for _, c := range []struct {
		name     string
		min, max *float64
		points   []gate.Point
		want     gate.Verdict
	}{
		{"within", &one, &five, points(1, 3, 5), gate.Pass},
		{"one above", nil, &five, points(1, 5.01, 1), gate.Fail},
		{"one below", &one, nil, points(3, 0.99), gate.Fail},
		{"nothing is no evidence", nil, &five, nil, gate.Inconclusive},
		{"nothing is not too little either", &one, nil, nil, gate.Inconclusive},
		{"not a number", nil, &five, points(1, math.NaN()), gate.Inconclusive},
	} {
		m := gate.Metric{Series: gate.OfDistribution("E1", "5xxErrorRate", "Average"), Minimum: c.min, Maximum: c.max}
		if got := m.Examine(c.points); got.Verdict != c.want || (got.Why == "") != (c.want == gate.Pass) {
			t.Errorf("%s: %s (%s), want %s", c.name, got.Verdict, got.Why, c.want)
		}
	}
	m := gate.Metric{Series: gate.OfDistribution("E1", "5xxErrorRate", "Average"), Maximum: &one}
	if got, want := m.Examine(points(0, 7.5)).Why, "Average 5xxErrorRate {DistributionId=E1, Region=Global} was 7.5 at 12:01:00, at most 1 allowed"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A minute of which the errors are not known yet is no minute without errors.
func TestRequestsCountWithTheErrorsOfTheirMinute(t *testing.T) {
	t.Parallel()
	got := gate.TrafficOf(points(100, 200, 300), []gate.Point{{At: noon, Value: 10}, {At: noon.Add(2 * time.Minute), Value: 50}})
	if got != seen(400, 160) {
		t.Errorf("%+v, want 400 requests and 160 errors", got)
	}
	elsewhere := time.FixedZone("CET", 3600)
	if got := gate.TrafficOf(points(100), []gate.Point{{At: noon.In(elsewhere), Value: 10}}); got != seen(100, 10) {
		t.Errorf("in another time zone: %+v", got)
	}
}

func TestOurOwnRequestsAreTakenOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ all, own, want gate.Traffic }{
		{seen(100, 10), seen(30, 2), seen(70, 8)},
		{seen(10, 0), seen(30, 2), seen(0, 0)},
		{seen(100, 90), seen(30, 0), seen(70, 70)},
	} {
		if got := c.all.Without(c.own); got != c.want {
			t.Errorf("%v without %v is %v, want %v", c.all, c.own, got, c.want)
		}
	}
	if gate.Enough("green", seen(99, 0), 20, 100).Verdict != gate.Inconclusive || gate.Enough("green", seen(100, 0), 0, 100).Verdict != gate.Pass ||
		gate.Enough("green", seen(0, 0), 0, 0).Verdict != gate.Pass {
		t.Error("enough is not what was asked for")
	}
	if got := gate.Enough("green", seen(0, 0), 20, 100).Why; got != "green got 0 requests of viewers, 100 wanted (20 of our own not counted)" {
		t.Errorf("%q", got)
	}
}
