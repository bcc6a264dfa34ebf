package cloudwatch

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Dimension is part of a metric's name.
type Dimension struct{ Name, Value string }

// A Metric is the name of a series of samples. Two with the same dimensions in
// another order are the same.
type Metric struct {
	Region, Namespace, Name string
	Dimensions              []Dimension
}

func (m Metric) key() string {
	dims := slices.Clone(m.Dimensions)
	slices.SortFunc(dims, func(a, b Dimension) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
	})
	var b strings.Builder
	for _, part := range []string{m.Region, m.Namespace, m.Name} {
		b.WriteString(part)
		b.WriteByte(0)
	}
	for _, d := range dims {
		b.WriteString(d.Name)
		b.WriteByte(0)
		b.WriteString(d.Value)
		b.WriteByte(0)
	}
	return b.String()
}

// A Sample is what was published for one moment: a set of values, as statistics.
type Sample struct {
	At        time.Time
	Published time.Time // from when on anybody can read it
	Count     float64
	Sum       float64
	Min, Max  float64
	Unit      string
	Values    []float64 // each of them, where percentiles can be asked for; else nil
}

// A Source publishes the metrics of a service: every sample of every metric with
// At in [from, to), in any order, published or not.
type Source func(from, to time.Time) iter.Seq2[Metric, Sample]

type series struct {
	metric  Metric
	samples []Sample // by time
}

// gather collects what was published for a span of time, by metric.
func (s *Service) gather(from, to time.Time) map[string]*series {
	out := map[string]*series{}
	add := func(m Metric, x Sample) {
		key := m.key()
		if out[key] == nil {
			out[key] = &series{metric: m}
		}
		out[key].samples = append(out[key].samples, x)
	}
	for _, source := range s.opts.Published {
		for m, x := range source(from, to) {
			add(m, x)
		}
	}
	for _, put := range s.put {
		for _, x := range put.samples {
			if !x.At.Before(from) && x.At.Before(to) {
				add(put.metric, x)
			}
		}
	}
	return out
}

// A point is one value of a statistic.
type point struct {
	at    time.Time
	value float64
}

// values are the points of one statistic, oldest first; no point where there was nothing.
type values []point

func (v values) at(t time.Time) (float64, bool) {
	i, found := slices.BinarySearchFunc(v, t, func(p point, t time.Time) int { return p.at.Compare(t) })
	if !found {
		return 0, false
	}
	return v[i].value, true
}

// A bucket is one period's samples.
type bucket struct {
	at   time.Time
	all  []Sample
	unit string
}

// buckets divides the samples that are published by now into periods that begin at
// from, from+period, ... before to. Samples of another unit than the asked one do not count.
func (x *series) buckets(from, to time.Time, period time.Duration, unit string, now time.Time) []bucket {
	if x == nil {
		return nil
	}
	by := map[int64]*bucket{}
	var out []*bucket
	for _, sample := range x.samples {
		if sample.At.Before(from) || !sample.At.Before(to) || sample.Published.After(now) || unit != "" && unit != sample.Unit {
			continue
		}
		n := int64(sample.At.Sub(from) / period)
		if by[n] == nil {
			by[n] = &bucket{at: from.Add(time.Duration(n) * period), unit: sample.Unit}
			out = append(out, by[n])
		}
		by[n].all = append(by[n].all, sample)
	}
	slices.SortFunc(out, func(a, b *bucket) int { return a.at.Compare(b.at) })
	list := make([]bucket, len(out))
	for i, b := range out {
		list[i] = *b
	}
	return list
}

// statistic computes one of a period; ok is false where the samples do not allow it.
func (b bucket) statistic(stat string) (v float64, ok bool) {
	count, sum, low, high := 0.0, 0.0, math.Inf(1), math.Inf(-1)
	for _, s := range b.all {
		count, sum, low, high = count+s.Count, sum+s.Sum, min(low, s.Min), max(high, s.Max)
	}
	switch stat {
	case "SampleCount":
		return count, true
	case "Sum":
		return sum, true
	case "Minimum":
		return low, true
	case "Maximum":
		return high, true
	case "Average":
		return sum / count, count > 0
	}
	p, known := percentile(stat)
	if !known {
		return 0, false
	}
	var all []float64
	for _, s := range b.all {
		switch {
		case s.Values != nil:
			all = append(all, s.Values...)
		case s.Min == s.Max: // all the same
			for range int(s.Count) {
				all = append(all, s.Min)
			}
		default:
			return 0, false // published as statistics only
		}
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	return all[max(int(math.Ceil(p/100*float64(len(all))))-1, 0)], true
}

// percentile reads p99 and the like.
func percentile(stat string) (float64, bool) {
	text, ok := strings.CutPrefix(stat, "p")
	p, err := strconv.ParseFloat(text, 64)
	return p, ok && err == nil && p >= 0 && p <= 100
}

// knownStatistic says whether a statistic can be asked for here. CloudWatch knows
// more: trimmed means, winsorized ones and the like.
func knownStatistic(stat string) bool {
	_, p := percentile(stat)
	return p || slices.Contains([]string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}, stat)
}

// statistics is a metric's points of one statistic.
func (x *series) statistics(from, to time.Time, period time.Duration, stat, unit string, now time.Time) values {
	var out values
	for _, b := range x.buckets(from, to, period, unit, now) {
		if v, ok := b.statistic(stat); ok {
			out = append(out, point{b.at, v})
		}
	}
	return out
}

// metricOf reads the metric of an input.
func metricOf(region string, b body) Metric {
	m := Metric{Region: region, Namespace: b.text("Namespace"), Name: b.text("MetricName")}
	for _, d := range b.objects("Dimensions") {
		m.Dimensions = append(m.Dimensions, Dimension{d.text("Name"), d.text("Value")})
	}
	return m
}

func (m Metric) dimensions() []any {
	out := []any{}
	for _, d := range m.Dimensions {
		out = append(out, map[string]any{"Name": d.Name, "Value": d.Value})
	}
	return out
}
