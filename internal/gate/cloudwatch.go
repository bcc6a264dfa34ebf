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

// An Alarm is a CloudWatch alarm, on a metric, a log or other alarms, that must not be
// in alarm.
type Alarm struct {
	Name   string
	Region string
}

// String names the alarm as people do.
func (a Alarm) String() string { return "alarm " + a.Name }

// AlarmState is what CloudWatch says about an alarm. Source: DescribeAlarms, StateValue.
type AlarmState string

// The states of an alarm. NoAlarm is the zero value: there is no alarm of that name.
const (
	NoAlarm         AlarmState = ""
	AlarmOK         AlarmState = "OK"
	InAlarm         AlarmState = "ALARM"
	AlarmHasNoState AlarmState = "INSUFFICIENT_DATA"
)

// AlarmEvaluation is what keeps CloudWatch from evaluating an alarm, which keeps the
// state it had meanwhile, OK included. Source: DescribeAlarms, EvaluationState.
type AlarmEvaluation string

// The evaluations that are none. AlarmEvaluated is the zero value: nothing is in the way.
const (
	AlarmEvaluated AlarmEvaluation = ""
	// AlarmPartialData: not all of the data could be read, because of a quota.
	AlarmPartialData AlarmEvaluation = "PARTIAL_DATA"
	// AlarmMisconfigured: the alarm cannot be evaluated until somebody corrects it.
	AlarmMisconfigured AlarmEvaluation = "EVALUATION_ERROR"
	// AlarmEvaluationFailed: CloudWatch itself failed, for the moment.
	AlarmEvaluationFailed AlarmEvaluation = "EVALUATION_FAILURE"
)

// Examine judges what CloudWatch said about the alarm. OK counts only where CloudWatch
// has looked.
func (a Alarm) Examine(r AlarmReport) Finding {
	switch {
	case r.State == InAlarm:
		return Finding{Verdict: Fail, Why: fmt.Sprintf("%s is in ALARM: %s", a, cmp.Or(r.Reason, "CloudWatch gives no reason"))}
	case r.State == NoAlarm:
		return Finding{Why: fmt.Sprintf("there is no %s in %s", a, a.Region)}
	case r.Evaluation != AlarmEvaluated:
		why := fmt.Sprintf("%s is not being evaluated (%s), so that its state %s says nothing", a, r.Evaluation, r.State)
		if r.Reason != "" {
			why += ": " + r.Reason
		}
		return Finding{Why: why, Later: r.Evaluation != AlarmMisconfigured}
	case r.State == AlarmOK:
		return Finding{Verdict: Pass}
	case r.State == AlarmHasNoState:
		return Finding{Why: fmt.Sprintf("%s has insufficient data", a), Later: true}
	default:
		return Finding{Why: fmt.Sprintf("%s is in a state called %s", a, r.State)}
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
	// Least is how many periods of the window must have a datapoint; 0: every one. For
	// series that are published only when something happens.
	Least int
}

// Examine judges the datapoints of a window of so many periods. Each period needs a
// datapoint of its own, or as many periods as Least says.
func (m Metric) Examine(points []Point, periods int) Finding {
	seen := map[int64]bool{}
	for _, p := range points {
		switch at := p.At.UTC().Format(time.TimeOnly); {
		case !finite(p.Value):
			return Finding{Why: fmt.Sprintf("%s was not a number at %s", m.Series, at)}
		case m.Maximum != nil && p.Value > *m.Maximum:
			return Finding{Verdict: Fail, Why: fmt.Sprintf("%s was %.4g at %s, at most %.4g allowed", m.Series, p.Value, at, *m.Maximum)}
		case m.Minimum != nil && p.Value < *m.Minimum:
			return Finding{Verdict: Fail, Why: fmt.Sprintf("%s was %.4g at %s, at least %.4g wanted", m.Series, p.Value, at, *m.Minimum)}
		}
		seen[p.At.Unix()] = true
	}
	wanted := max(1, periods)
	if m.Least > 0 {
		wanted = min(wanted, m.Least)
	}
	switch {
	case len(seen) >= wanted:
		return Finding{Verdict: Pass}
	case len(seen) == 0:
		return Finding{Why: fmt.Sprintf("%s has no datapoint in any of %d periods of %s", m.Series, max(1, periods), length(m.Period)), Later: true}
	default:
		return Finding{Why: fmt.Sprintf("%s has no datapoint in %d of %d periods of %s", m.Series, max(1, periods)-len(seen), max(1, periods), length(m.Period)), Later: true}
	}
}

// finite says whether a value is one that can be compared: neither NaN nor infinite.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// length words a period the way configurations write it.
func length(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = strings.TrimSuffix(text, zero[1:])
		}
	}
	return text
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

// A Count is the traffic of a window as far as CloudWatch knows it.
type Count struct {
	Traffic
	// Minutes of which CloudWatch has anything.
	Minutes int
	// Unknown is in how many of them requests or errors are missing, or no number. What is
	// known of those requests is in Traffic, without errors that nobody has seen.
	Unknown int
	// Until is when the last minute of which CloudWatch knows the requests ends.
	Until time.Time
}

// Without takes requests off, those of our own.
func (c Count) Without(own Traffic) Count {
	c.Traffic = c.Traffic.Without(own)
	return c
}

// CountOf adds up requests and server errors: CloudWatch has the errors as a percentage
// of each minute's requests. Of a minute without requests it has neither. A minute that
// has one of them and not the other is one of which something is not known.
func CountOf(requests, errorRate []Point) Count {
	var out Count
	type minute struct{ requests, rate *float64 }
	minutes := map[time.Time]minute{}
	for _, p := range requests {
		m := minutes[p.At.UTC()]
		m.requests = &p.Value
		minutes[p.At.UTC()] = m
	}
	for _, p := range errorRate {
		m := minutes[p.At.UTC()]
		m.rate = &p.Value
		minutes[p.At.UTC()] = m
	}
	out.Minutes = len(minutes)
	for _, at := range slices.SortedFunc(maps.Keys(minutes), time.Time.Compare) { // always the same sum
		m := minutes[at]
		counted := m.requests != nil && finite(*m.requests) && *m.requests >= 0
		rated := m.rate != nil && finite(*m.rate) && *m.rate >= 0 && *m.rate <= 100
		if counted {
			out.Requests += *m.requests
			out.Until = at.Add(CloudFrontPeriod)
		}
		switch {
		case counted && rated:
			out.Errors += *m.requests * *m.rate / 100
		case counted && *m.requests == 0: // nothing that could have failed
		default:
			out.Unknown++
		}
	}
	return out
}

// Enough judges whether a side got the traffic that evidence needs, at least one request.
// seen are the requests of viewers; own are those of our probes, which prove nothing about
// viewers and are not among them. What became of the requests is not its question.
func Enough(side string, seen Count, own, minimum int) Finding {
	if seen.Requests >= float64(max(1, minimum)) {
		return Finding{Verdict: Pass}
	}
	return Finding{Why: fmt.Sprintf("%s got %.0f requests of viewers, %d wanted (%d of our own not counted)", side, seen.Requests, max(1, minimum), own)}
}
