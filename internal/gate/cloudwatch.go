package gate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// An Alarm is a CloudWatch alarm, metric or composite, that must not be in alarm.
type Alarm struct {
	Name   string
	Region string
}

// AlarmState is what CloudWatch says about an alarm. Source: DescribeAlarms, StateValue.
type AlarmState string

// The states of an alarm. NoAlarm is the zero value: there is no alarm of that name.
const (
	NoAlarm         AlarmState = ""
	AlarmOK         AlarmState = "OK"
	InAlarm         AlarmState = "ALARM"
	AlarmHasNoState AlarmState = "INSUFFICIENT_DATA"
)

// Examine judges what CloudWatch said about the alarm.
func (a Alarm) Examine(state AlarmState, reason string) Finding {
	switch state {
	case AlarmOK:
		return Finding{Verdict: Pass}
	case InAlarm:
		return Finding{Fail, fmt.Sprintf("alarm %s is in ALARM: %s", a.Name, cmp.Or(reason, "CloudWatch gives no reason"))}
	case AlarmHasNoState:
		return Finding{Inconclusive, fmt.Sprintf("alarm %s has insufficient data", a.Name)}
	case NoAlarm:
		return Finding{Inconclusive, fmt.Sprintf("there is no alarm %s in %s", a.Name, a.Region)}
	default:
		return Finding{Inconclusive, fmt.Sprintf("alarm %s is in a state called %s", a.Name, state)}
	}
}

// A Series names a CloudWatch metric with one statistic over periods.
type Series struct {
	Namespace, Name, Statistic string
	Dimensions                 map[string]string
	Region                     string
	Period                     time.Duration
}

// String names the series as people write it.
func (s Series) String() string {
	var dims []string
	for _, k := range slices.Sorted(maps.Keys(s.Dimensions)) {
		dims = append(dims, k+"="+s.Dimensions[k])
	}
	return fmt.Sprintf("%s %s {%s}", s.Statistic, s.Name, strings.Join(dims, ", "))
}

// A Point is one datapoint: the value of a period that begins At.
type Point struct {
	At    time.Time
	Value float64
}

// A Metric is a series whose every datapoint must lie between two bounds. A missing
// datapoint is no evidence, whatever the bounds.
type Metric struct {
	Series
	Minimum, Maximum *float64
}

// Examine judges the datapoints of a window.
func (m Metric) Examine(points []Point) Finding {
	for _, p := range points {
		switch {
		case math.IsNaN(p.Value):
			return Finding{Inconclusive, fmt.Sprintf("%s was not a number at %s", m.Series, p.At.UTC().Format(time.TimeOnly))}
		case m.Maximum != nil && p.Value > *m.Maximum:
			return Finding{Fail, fmt.Sprintf("%s was %.4g at %s, at most %.4g allowed", m.Series, p.Value, p.At.UTC().Format(time.TimeOnly), *m.Maximum)}
		case m.Minimum != nil && p.Value < *m.Minimum:
			return Finding{Fail, fmt.Sprintf("%s was %.4g at %s, at least %.4g wanted", m.Series, p.Value, p.At.UTC().Format(time.TimeOnly), *m.Minimum)}
		}
	}
	if len(points) == 0 {
		return Finding{Inconclusive, fmt.Sprintf("%s has no datapoint", m.Series)}
	}
	return Finding{Verdict: Pass}
}

// CloudFront metrics are those of a distribution. Source: CloudFront Developer
// Guide, types of metrics for CloudFront: us-east-1, Region=Global, one minute.
const (
	CloudFrontNamespace = "AWS/CloudFront"
	CloudFrontRegion    = "us-east-1"
	CloudFrontPeriod    = time.Minute
)

// OfDistribution is a series of a distribution's default metrics.
func OfDistribution(id, name, statistic string) Series {
	return Series{
		Namespace: CloudFrontNamespace, Name: name, Statistic: statistic, Region: CloudFrontRegion, Period: CloudFrontPeriod,
		Dimensions: map[string]string{"DistributionId": id, "Region": "Global"},
	}
}

// Traffic is how many requests a side answered in a window, and how many of the
// answers were server errors.
type Traffic struct{ Requests, Errors float64 }

// Without takes requests off, those of our own.
func (t Traffic) Without(own Traffic) Traffic {
	left := Traffic{Requests: max(0, t.Requests-own.Requests), Errors: max(0, t.Errors-own.Errors)}
	left.Errors = min(left.Errors, left.Requests)
	return left
}

// TrafficOf adds up requests and server errors: CloudWatch has the errors as a
// percentage of each minute's requests. A minute whose errors are not known is left
// out, because no errors is something that would have to be known.
func TrafficOf(requests, errorRate []Point) Traffic {
	rates := map[time.Time]float64{}
	for _, p := range errorRate {
		rates[p.At.UTC()] = p.Value
	}
	var out Traffic
	for _, p := range requests {
		rate, ok := rates[p.At.UTC()]
		if !ok {
			continue
		}
		out.Requests += p.Value
		out.Errors += p.Value * rate / 100
	}
	return out
}

// Enough judges whether a side got the traffic that evidence needs. seen are the
// requests of viewers; own are those of our probes, which prove nothing about viewers
// and are not among them.
func Enough(side string, seen Traffic, own, minimum int) Finding {
	if minimum <= 0 || seen.Requests >= float64(minimum) {
		return Finding{Verdict: Pass}
	}
	return Finding{Inconclusive, fmt.Sprintf("%s got %.0f requests of viewers, %d wanted (%d of our own not counted)", side, seen.Requests, minimum, own)}
}
