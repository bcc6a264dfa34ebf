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
	return watch.Watcher{Clock: p.Clock, Sampler: p.Sampler, Metrics: metrics{p.CloudWatch, p}, Transient: awsapi.Transient}
}

// Locate says in which account a distribution is, so that gates ask there for its metrics.
func (p *Provider) Locate(distribution string, in *Provider) {
	p = p.Own()
	p.accounts.mu.Lock()
	defer p.accounts.mu.Unlock()
	if p.accounts.located == nil {
		p.accounts.located = map[string]*Provider{}
	}
	p.accounts.located[distribution] = in
}

// Of is the provider in the account of a distribution, as far as somebody has said which.
func (p *Provider) Of(distribution string) *Provider {
	r := p.Own()
	r.accounts.mu.Lock()
	defer r.accounts.mu.Unlock()
	if in := r.accounts.located[distribution]; in != nil {
		return in
	}
	return p
}

// metrics lets a gate ask CloudWatch: neither side imports the other.
type metrics struct {
	client *cloudwatchapi.Client
	p      *Provider
}

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

// Points implements gate.Metrics. CloudWatch has the metrics of a distribution in its account.
func (m metrics) Points(ctx context.Context, region string, series []gate.Series, from, to time.Time) ([][]gate.Point, error) {
	asked, where := map[*cloudwatchapi.Client][]cloudwatchapi.Series{}, map[*cloudwatchapi.Client][]int{}
	var order []*cloudwatchapi.Client
	for i, s := range series {
		client := m.client
		if id := s.Dimensions["DistributionId"]; id != "" {
			client = m.p.Of(id).CloudWatch
		}
		if asked[client] == nil {
			order = append(order, client)
		}
		asked[client] = append(asked[client], cloudwatchapi.Series{Namespace: s.Namespace, Name: s.Name, Statistic: s.Statistic, Dimensions: s.Dimensions, Period: s.Period})
		where[client] = append(where[client], i)
	}
	out := make([][]gate.Point, len(series))
	for _, client := range order {
		found, err := client.Points(ctx, region, asked[client], from, to)
		if err != nil {
			return nil, err
		}
		for k, points := range found {
			for _, p := range points {
				out[where[client][k]] = append(out[where[client][k]], gate.Point{At: p.At, Value: p.Value})
			}
		}
	}
	return out, nil
}
