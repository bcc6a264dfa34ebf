package awssim

import (
	"iter"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudwatch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
)

// Both services publish in one region only, one value a minute.
const metricsRegion = "us-east-1"

// published sends metrics of one minute off, to be seen when the knob says. It is
// called while a call is served, which is when knobs may be read.
func (w *World) published(at time.Time, s cloudwatch.Sample) cloudwatch.Sample {
	s.At, s.Published = at, at.Add(time.Minute+w.knobs.MetricDelay)
	return s
}

// distributionMetrics are what CloudFront publishes, each distribution's under its
// own id, a staging distribution's too. All come from answers that viewers really got.
// Source: Developer Guide, "Types of metrics for CloudFront".
func (a *Account) distributionMetrics(from, to time.Time) iter.Seq2[cloudwatch.Metric, cloudwatch.Sample] {
	w := a.world
	return func(yield func(cloudwatch.Metric, cloudwatch.Sample) bool) {
		for _, m := range w.edge.Minutes(from, to) {
			if m.Distribution == "" || w.cloudfront.Owner(m.Distribution) != a.number {
				continue
			}
			for _, x := range w.minute(m) {
				name := cloudwatch.Metric{
					Region: metricsRegion, Namespace: "AWS/CloudFront", Name: x.name,
					Dimensions: []cloudwatch.Dimension{{Name: "DistributionId", Value: m.Distribution}, {Name: "Region", Value: "Global"}},
				}
				if !yield(name, w.published(m.At, x.sample)) {
					return
				}
			}
		}
	}
}

type namedSample struct {
	name   string
	sample cloudwatch.Sample
}

func (w *World) minute(m edge.Minute) []namedSample {
	n := float64(m.Requests)
	// A sum weighs by requests, and so does an average over several minutes.
	total := func(name string, sum float64) namedSample {
		return namedSample{name, cloudwatch.Sample{Count: n, Sum: sum, Min: 0, Max: sum, Unit: "None"}}
	}
	rate := func(name string, answers int) namedSample {
		s := cloudwatch.Sample{Count: n, Sum: 100 * float64(answers), Unit: "Percent"}
		if answers > 0 {
			s.Max = 100
		}
		if answers == m.Requests {
			s.Min = 100
		}
		return namedSample{name, s}
	}
	requests := total("Requests", n)
	requests.sample.Min, requests.sample.Max = 1, 1
	out := []namedSample{
		requests, total("BytesDownloaded", float64(m.Bytes)), total("BytesUploaded", float64(m.Uploaded)),
		rate("4xxErrorRate", m.Errors4xx), rate("5xxErrorRate", m.Errors5xx), rate("TotalErrorRate", m.Errors4xx+m.Errors5xx),
	}
	if w.cloudfront.Monitored(m.Distribution) {
		s := m.Statuses
		out = append(out, rate("CacheHitRate", m.Hits), rate("401ErrorRate", s.Of401), rate("403ErrorRate", s.Of403), rate("404ErrorRate", s.Of404),
			rate("502ErrorRate", s.Of502), rate("503ErrorRate", s.Of503), rate("504ErrorRate", s.Of504))
	}
	return out
}

// functionMetrics are what CloudFront publishes about functions: by their names, whatever
// distribution, version or behaviour ran them.
// Source: Developer Guide, monitoring-functions.
func (a *Account) functionMetrics(from, to time.Time) iter.Seq2[cloudwatch.Metric, cloudwatch.Sample] {
	w := a.world
	return func(yield func(cloudwatch.Metric, cloudwatch.Sample) bool) {
		for _, m := range w.edge.FunctionMinutes(from, to) {
			name, ours := strings.CutPrefix(m.Function, "arn:aws:cloudfront::"+a.number+":function/")
			if !ours {
				continue
			}
			for _, x := range []struct {
				name string
				sum  int
			}{
				{"FunctionInvocations", m.Invocations},
				{"FunctionValidationErrors", m.ValidationErrors},
				{"FunctionExecutionErrors", m.ExecutionErrors},
				{"FunctionThrottles", m.Throttles},
			} {
				metric := cloudwatch.Metric{
					Region: metricsRegion, Namespace: "AWS/CloudFront", Name: x.name,
					Dimensions: []cloudwatch.Dimension{{Name: "FunctionName", Value: name}, {Name: "Region", Value: "Global"}},
				}
				sum := float64(x.sum)
				if !yield(metric, w.published(m.At, cloudwatch.Sample{Count: 1, Sum: sum, Min: sum, Max: sum, Unit: "None"})) {
					return
				}
			}
		}
	}
}

// healthMetrics are what Route 53 publishes about health checks.
// Source: Developer Guide, "Monitoring health checks using CloudWatch".
func (a *Account) healthMetrics(from, to time.Time) iter.Seq2[cloudwatch.Metric, cloudwatch.Sample] {
	return func(yield func(cloudwatch.Metric, cloudwatch.Sample) bool) {
		for _, c := range a.route53.Checks(from, to) {
			v := 0.0
			if c.Healthy {
				v = 1
			}
			for name, v := range map[string]float64{"HealthCheckStatus": v, "HealthCheckPercentageHealthy": 100 * v} {
				metric := cloudwatch.Metric{
					Region: metricsRegion, Namespace: "AWS/Route53", Name: name,
					Dimensions: []cloudwatch.Dimension{{Name: "HealthCheckId", Value: c.ID}},
				}
				if !yield(metric, a.world.published(c.At, cloudwatch.Sample{Count: 1, Sum: v, Min: v, Max: v, Unit: "None"})) {
					return
				}
			}
		}
	}
}
