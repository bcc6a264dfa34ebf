package configured

import (
	"context"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudwatchapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// Watcher asks gates with everything the provider has.
func (p *Provider) Watcher() watch.Watcher {
	return watch.Watcher{Clock: p.Clock, Sampler: p.Sampler, Metrics: metrics{p.CloudWatch}, Transient: awsapi.Transient}
}

// metrics lets a gate ask CloudWatch: neither side imports the other.
type metrics struct{ client *cloudwatchapi.Client }

// Alarms implements gate.Metrics.
func (m metrics) Alarms(ctx context.Context, region string, names []string) (map[string]gate.AlarmReport, error) {
	found, err := m.client.Alarms(ctx, region, names)
	if err != nil {
		return nil, err
	}
	out := map[string]gate.AlarmReport{}
	for name, a := range found {
		out[name] = gate.AlarmReport{State: gate.AlarmState(a.State), Evaluation: gate.AlarmEvaluation(a.Evaluation), Reason: a.Reason}
	}
	return out, nil
}

// Points implements gate.Metrics.
func (m metrics) Points(ctx context.Context, region string, series []gate.Series, from, to time.Time) ([][]gate.Point, error) {
	asked := make([]cloudwatchapi.Series, len(series))
	for i, s := range series {
		asked[i] = cloudwatchapi.Series{Namespace: s.Namespace, Name: s.Name, Statistic: s.Statistic, Dimensions: s.Dimensions, Period: s.Period}
	}
	found, err := m.client.Points(ctx, region, asked, from, to)
	if err != nil {
		return nil, err
	}
	out := make([][]gate.Point, len(found))
	for i, points := range found {
		for _, p := range points {
			out[i] = append(out[i], gate.Point{At: p.At, Value: p.Value})
		}
	}
	return out, nil
}
