package cloudwatch

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// Quotas of one call. Source: API reference.
const (
	maxQueries    = 500
	maxDatapoints = 100_800
	maxStatistics = 1440
	maxListed     = 500
	maxPut        = 1000
)

// checkPeriod takes what CloudWatch takes.
func checkPeriod(p time.Duration) error {
	switch s := int(p / time.Second); {
	case s == 1, s == 5, s == 10, s == 20, s == 30, s > 0 && s%60 == 0:
		return nil
	}
	return invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
}

// span is the time that a call asks about, its start rounded down to a whole period
// as CloudWatch rounds it.
func span(start, end time.Time, period time.Duration) (from, to time.Time) {
	return start.Truncate(max(period, time.Second)), end
}

var queryID = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// A query is one of GetMetricData, or of an alarm over several metrics.
type query struct {
	id, label, expression, stat, unit string
	metric                            Metric
	period                            time.Duration
	returned                          bool
}

// readQueries checks the queries of a call together: they refer to each other.
func readQueries(region string, list []body) ([]query, error) {
	if len(list) > maxQueries {
		return nil, invalid("The collection MetricDataQueries must not have a size greater than %d.", maxQueries)
	}
	var out []query
	seen := map[string]bool{}
	for _, b := range list {
		q := query{id: b.text("Id"), label: b.text("Label"), expression: b.text("Expression"), returned: true}
		if r, ok := b["ReturnData"].(bool); ok {
			q.returned = r
		}
		stat := b.object("MetricStat")
		switch {
		case !queryID.MatchString(q.id):
			return nil, invalid("The value %s for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.", q.id)
		case seen[q.id]:
			return nil, invalid("The values for parameter id in MetricDataQueries are not unique.")
		case (stat == nil) == (q.expression == ""):
			return nil, invalid("The parameters MetricDataQueries.member.Expression and MetricDataQueries.member.MetricStat are mutually exclusive, and one of them is required.")
		}
		seen[q.id] = true
		if stat != nil {
			q.metric, q.period, q.stat, q.unit = metricOf(region, stat.object("Metric")), stat.period(), stat.text("Stat"), stat.text("Unit")
			if q.metric.Namespace == "" || q.metric.Name == "" {
				return nil, invalid("The parameters MetricDataQueries.member.MetricStat.Metric.Namespace and MetricName are required.")
			}
			if !knownStatistic(q.stat) {
				return nil, invalid("The value %s for parameter MetricDataQueries.member.MetricStat.Stat is not supported.", q.stat)
			}
			if err := checkPeriod(q.period); err != nil {
				return nil, err
			}
		}
		q.label = cmp.Or(q.label, q.metric.Name, q.id)
		out = append(out, q)
	}
	for range out { // expressions may refer to expressions
		for i := range out {
			if out[i].expression != "" {
				out[i].period = longest(out[i].expression, out)
			}
		}
	}
	for _, q := range out {
		if q.period == 0 {
			return nil, invalid("Error in expression '%s': it refers to no metric.", q.id)
		}
	}
	return out, nil
}

// longest is the period of an expression: the longest of what it refers to.
func longest(expression string, list []query) time.Duration {
	var out time.Duration
	names := mathToken.FindAllString(expression, -1)
	for _, q := range list {
		if slices.Contains(names, q.id) {
			out = max(out, q.period)
		}
	}
	return out
}

// A reading is what queries are answered from.
type reading struct {
	gathered map[string]*series
	from, to time.Time
	now      time.Time
	exact    bool // the span begins where the first period begins
}

// run answers every query, in order.
func (r reading) run(list []query) (map[string]values, error) {
	results := map[string]values{}
	pending := slices.Clone(list)
	for len(pending) > 0 { // expressions may refer to each other in any order
		var left []query
		for _, q := range pending {
			from, to := r.from, r.to
			if !r.exact {
				from, to = span(r.from, r.to, q.period)
			}
			if q.expression == "" {
				results[q.id] = r.gathered[q.metric.key()].statistics(from, to, q.period, q.stat, q.unit, r.now)
				continue
			}
			v, missing, err := evaluate(q.expression, scope{results, from, to, q.period})
			switch {
			case err != nil:
				return nil, err
			case missing != "":
				left = append(left, q)
			default:
				results[q.id] = v
			}
		}
		if len(left) == len(pending) {
			return nil, invalid("Error in expression '%s': it refers to something that is not there, or to itself.", left[0].id)
		}
		pending = left
	}
	return results, nil
}

func (s *Service) getMetricData(c *call) (map[string]any, error) {
	start, end := c.time("StartTime"), c.time("EndTime")
	switch { // as moto's suite has them
	case start.Equal(end):
		return nil, invalid("The parameter StartTime must not equal parameter EndTime.")
	case end.Before(start):
		return nil, invalid("The parameter EndTime must be greater than StartTime.")
	}
	list, err := readQueries(c.region, c.objects("MetricDataQueries"))
	if err != nil {
		return nil, err
	}
	skip := 0
	if token := c.text("NextToken"); token != "" {
		if skip, err = strconv.Atoi(token); err != nil || skip < 0 {
			return nil, wire.Errorf("InvalidNextToken", "The next token is not valid.")
		}
	}
	limit := maxDatapoints
	if n := int(c.number("MaxDatapoints")); n > 0 {
		limit = min(n, maxDatapoints)
	}
	whole := time.Second
	for _, q := range list {
		whole = max(whole, q.period)
	}
	results, err := reading{gathered: s.gather(start.Add(-whole), end), from: start, to: end, now: c.now}.run(list)
	if err != nil {
		return nil, err
	}
	out := []any{}
	seen, more := 0, false
	for _, q := range list {
		if !q.returned {
			continue
		}
		points := slices.Clone(results[q.id])
		if c.text("ScanBy") != "TimestampAscending" {
			slices.Reverse(points)
		}
		times, numbers, partial := []any{}, []any{}, false
		for _, p := range points {
			switch seen++; {
			case seen <= skip:
			case seen > skip+limit:
				partial, more = true, true
			default:
				times, numbers = append(times, p.at), append(numbers, p.value)
			}
		}
		status := "Complete"
		if partial {
			status = "PartialData"
		}
		out = append(out, map[string]any{"Id": q.id, "Label": q.label, "Timestamps": times, "Values": numbers, "StatusCode": status})
	}
	answer := map[string]any{"MetricDataResults": out, "Messages": []any{}}
	if more {
		answer["NextToken"] = strconv.Itoa(skip + limit)
	}
	return answer, nil
}

func (s *Service) getMetricStatistics(c *call) (map[string]any, error) {
	start, end, period := c.time("StartTime"), c.time("EndTime"), c.period()
	stats, extended := c.texts("Statistics"), c.texts("ExtendedStatistics")
	switch {
	case !start.Before(end):
		return nil, wire.Errorf("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
	case checkPeriod(period) != nil:
		return nil, wire.Errorf("InvalidParameterValue", "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
	case len(stats)+len(extended) == 0:
		return nil, wire.Errorf("MissingParameter", "At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	}
	for _, stat := range extended {
		if _, ok := percentile(stat); !ok {
			return nil, wire.Errorf("InvalidParameterValue", "The value %s for parameter ExtendedStatistics is not supported.", stat)
		}
	}
	from, to := span(start, end, period)
	if n := int64((to.Sub(from) + period - 1) / period); n > maxStatistics {
		return nil, wire.Errorf("InvalidParameterCombination",
			"You have requested up to %d datapoints, which exceeds the limit of %d. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxStatistics)
	}
	x := s.gather(from, to)[metricOf(c.region, c.body).key()]
	points := []any{}
	for _, b := range x.buckets(from, to, period, c.text("Unit"), c.now) {
		p := map[string]any{"Timestamp": b.at, "Unit": b.unit}
		for _, stat := range stats {
			if v, ok := b.statistic(stat); ok {
				p[stat] = v
			}
		}
		more := map[string]any{}
		for _, stat := range extended {
			if v, ok := b.statistic(stat); ok {
				more[stat] = v
			}
		}
		if len(more) > 0 {
			p["ExtendedStatistics"] = more
		}
		points = append(points, p)
	}
	// "Datapoints are not returned in chronological order": whoever relies on one finds out here.
	for i := 0; i+2 < len(points); i += 3 {
		points[i], points[i+2] = points[i+2], points[i]
	}
	return map[string]any{"Label": c.text("MetricName"), "Datapoints": points}, nil
}

// listMetrics lists what has had data within two weeks, or three hours. Source: API reference.
func (s *Service) listMetrics(c *call) (map[string]any, error) {
	since := c.now.Add(-14 * 24 * time.Hour)
	if c.text("RecentlyActive") == "PT3H" {
		since = c.now.Add(-3 * time.Hour)
	}
	var found []*series
	for _, x := range s.gather(since, c.now.Add(time.Nanosecond)) {
		m := x.metric
		visible := slices.ContainsFunc(x.samples, func(p Sample) bool { return !p.Published.After(c.now) })
		if !visible || m.Region != c.region || c.has("Namespace") && c.text("Namespace") != m.Namespace || c.has("MetricName") && c.text("MetricName") != m.Name {
			continue
		}
		if slices.ContainsFunc(c.objects("Dimensions"), func(f body) bool {
			return !slices.ContainsFunc(m.Dimensions, func(d Dimension) bool {
				return d.Name == f.text("Name") && (!f.has("Value") || d.Value == f.text("Value"))
			})
		}) {
			continue
		}
		found = append(found, x)
	}
	slices.SortFunc(found, func(a, b *series) int { return strings.Compare(a.metric.key(), b.metric.key()) })
	skip, err := strconv.Atoi(cmp.Or(c.text("NextToken"), "0"))
	if err != nil || skip < 0 || skip > len(found) {
		return nil, wire.Errorf("InvalidParameterValue", "The next token is not valid.")
	}
	out := map[string]any{}
	list := []any{}
	for _, x := range found[skip:] {
		if len(list) == maxListed {
			out["NextToken"] = strconv.Itoa(skip + maxListed)
			break
		}
		list = append(list, map[string]any{"Namespace": x.metric.Namespace, "MetricName": x.metric.Name, "Dimensions": x.metric.dimensions()})
	}
	out["Metrics"] = list
	return out, nil
}

func (s *Service) putMetricData(c *call) (map[string]any, error) {
	namespace, data := c.text("Namespace"), c.objects("MetricData")
	switch {
	case strings.HasPrefix(namespace, "AWS/"):
		return nil, wire.Errorf("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
	case len(data) == 0:
		return nil, wire.Errorf("MissingParameter", "The parameter MetricData is required.")
	case len(data) > maxPut:
		return nil, wire.Errorf("InvalidParameterValue", "The collection MetricData must not have a size greater than %d.", maxPut)
	}
	type entry struct {
		metric Metric
		sample Sample
	}
	var entries []entry
	for i, d := range data {
		sample, err := readDatum(d, fmt.Sprintf("MetricData.member.%d", i+1), c.now)
		if err != nil {
			return nil, err
		}
		m := metricOf(c.region, d)
		m.Namespace = namespace
		entries = append(entries, entry{m, sample})
	}
	for _, e := range entries {
		key := e.metric.key()
		if s.put[key] == nil {
			s.put[key] = &series{metric: e.metric}
		}
		x := s.put[key]
		x.samples = append(x.samples, e.sample)
		slices.SortStableFunc(x.samples, func(a, b Sample) int { return a.At.Compare(b.At) })
	}
	return nil, nil
}

// finite refuses NaN and the infinities, which protocols can carry and metrics cannot be.
// Source: API reference, MetricDatum.
func finite(d body, at string, list []float64, set body) error {
	bad := func(f float64) bool { return math.IsNaN(f) || math.IsInf(f, 0) }
	if v := d.number("Value"); bad(v) {
		return wire.Errorf("InvalidParameterValue", "The value %v for parameter %s.Value is invalid.", v, at)
	}
	for i, v := range list {
		if bad(v) {
			return wire.Errorf("InvalidParameterValue", "The value %v for parameter %s.Values.member.%d is invalid.", v, at, i+1)
		}
	}
	for _, name := range []string{"SampleCount", "Sum", "Minimum", "Maximum"} {
		if v := set.number(name); bad(v) {
			return wire.Errorf("InvalidParameterValue", "The value %v for parameter %s.StatisticValues.%s is invalid.", v, at, name)
		}
	}
	return nil
}

// readDatum reads one of the three ways to say values.
func readDatum(d body, at string, now time.Time) (Sample, error) {
	out := Sample{At: now, Published: now, Unit: cmp.Or(d.text("Unit"), "None")}
	if d.has("Timestamp") {
		out.At = d.time("Timestamp")
	}
	if d.number("StorageResolution") != 1 {
		out.At = out.At.Truncate(time.Minute) // standard resolution
	}
	if age := now.Sub(out.At); age > 14*24*time.Hour || age < -2*time.Hour {
		return out, wire.Errorf("InvalidParameterValue", "The parameter %s.Timestamp must specify a time no more than two weeks in the past and no more than two hours in the future.", at)
	}
	set, list, counts := d.object("StatisticValues"), d.numbers("Values"), d.numbers("Counts")
	var given []string
	for _, way := range []struct {
		name string
		is   bool
	}{{"Value", d.has("Value")}, {"Values", len(list) > 0}, {"StatisticValues", set != nil}} {
		if way.is {
			given = append(given, at+"."+way.name)
		}
	}
	if err := finite(d, at, list, set); err != nil {
		return out, err
	}
	switch {
	case len(given) == 0:
		return out, wire.Errorf("MissingParameter", "At least one of the parameters %s.Value, %s.Values and %s.StatisticValues must be specified.", at, at, at)
	case len(given) > 1: // as LocalStack's suite has it, recorded from AWS
		return out, wire.Errorf("InvalidParameterCombination", "The parameters %s and %s are mutually exclusive and you have specified both.", given[0], given[1])
	case set != nil:
		out.Count, out.Sum, out.Min, out.Max = set.number("SampleCount"), set.number("Sum"), set.number("Minimum"), set.number("Maximum")
		return out, nil
	case d.has("Value"):
		list = []float64{d.number("Value")}
	case len(counts) > 0 && len(counts) != len(list):
		return out, wire.Errorf("InvalidParameterValue", "The parameters %s.Values and %s.Counts must be of the same size.", at, at)
	}
	out.Min, out.Max, out.Values = slices.Min(list), slices.Max(list), []float64{}
	for i, v := range list {
		n := 1.0
		if len(counts) > 0 {
			n = counts[i]
		}
		out.Count, out.Sum = out.Count+n, out.Sum+n*v
		for range int(n) {
			out.Values = append(out.Values, v)
		}
	}
	return out, nil
}
