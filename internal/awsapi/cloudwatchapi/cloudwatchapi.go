// Package cloudwatchapi reads alarms and metrics. It writes nothing.
package cloudwatchapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Client is safe for concurrent use. CloudFront's metrics are all in us-east-1,
// but an alarm may be about an origin anywhere, so there is a client for each region.
type Client struct {
	cfg      aws.Config
	endpoint string

	mu      sync.Mutex
	regions map[string]*cloudwatch.Client
}

// New returns a client; endpoint is empty for AWS's own.
func New(cfg aws.Config, endpoint string) *Client {
	return &Client{cfg: cfg, endpoint: endpoint, regions: map[string]*cloudwatch.Client{}}
}

func (c *Client) in(region string) *cloudwatch.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.regions[region] == nil {
		c.regions[region] = cloudwatch.NewFromConfig(c.cfg, func(o *cloudwatch.Options) {
			o.Region = region
			if c.endpoint != "" {
				o.BaseEndpoint = aws.String(c.endpoint)
			}
		})
	}
	return c.regions[region]
}

// An Alarm is what CloudWatch says about one alarm. Evaluation is empty where nothing
// keeps CloudWatch from evaluating it, which composite alarms do not say; Reason is then
// that of the state. Source: DescribeAlarms, StateValue and EvaluationState.
type Alarm struct{ State, Evaluation, Reason string }

// maxNames of one question. Source: DescribeAlarms, AlarmNames.
const maxNames = 100

// kinds of alarms, which are found only where they are asked for: without AlarmTypes
// CloudWatch gives metric alarms alone. Source: DescribeAlarms.
var kinds = []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm, types.AlarmTypeLogAlarm}

// Alarms returns alarms of every kind by name; one that does not exist is absent.
func (c *Client) Alarms(ctx context.Context, region string, names []string) (map[string]Alarm, error) {
	out := map[string]Alarm{}
	for batch := range slices.Chunk(names, maxNames) {
		pages := cloudwatch.NewDescribeAlarmsPaginator(c.in(region), &cloudwatch.DescribeAlarmsInput{AlarmNames: batch, AlarmTypes: kinds})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, awsapi.Wrap(ctx, "reading alarms in "+region, err)
			}
			for _, a := range page.MetricAlarms {
				out[aws.ToString(a.AlarmName)] = Alarm{string(a.StateValue), string(a.EvaluationState), aws.ToString(a.StateReason)}
			}
			for _, a := range page.CompositeAlarms {
				out[aws.ToString(a.AlarmName)] = Alarm{State: string(a.StateValue), Reason: aws.ToString(a.StateReason)}
			}
			for _, a := range page.LogAlarms {
				out[aws.ToString(a.AlarmName)] = Alarm{string(a.StateValue), string(a.EvaluationState), aws.ToString(a.StateReason)}
			}
		}
	}
	return out, nil
}

// A Series is one statistic of one metric.
type Series struct {
	Namespace, Name, Statistic string
	Dimensions                 map[string]string
	Period                     time.Duration // a multiple of a minute
}

// A Point is the value of the period that begins At.
type Point struct {
	At    time.Time
	Value float64
}

// maxSeries of one question. Source: GetMetricData, MetricDataQueries.
const maxSeries = 500

var errForbidden = errors.New("CloudWatch answers Forbidden for a metric")

// Points returns the datapoints of [from, to), oldest first, in the order of the
// series; a period without data has none. Source: GetMetricData. Errors: ErrDenied,
// ErrAmbiguous when CloudWatch could not read all of a series.
func (c *Client) Points(ctx context.Context, region string, series []Series, from, to time.Time) ([][]Point, error) {
	out := make([][]Point, len(series))
	for start := 0; start < len(series); start += maxSeries {
		batch := series[start:min(len(series), start+maxSeries)]
		in := &cloudwatch.GetMetricDataInput{StartTime: aws.Time(from), EndTime: aws.Time(to), ScanBy: types.ScanByTimestampAscending}
		index := map[string]int{}
		for i, s := range batch {
			id := fmt.Sprintf("m%d", i)
			index[id] = start + i
			in.MetricDataQueries = append(in.MetricDataQueries, types.MetricDataQuery{Id: aws.String(id), MetricStat: s.stat()})
		}
		partial := map[string]bool{} // series whose last page promised more
		pages := cloudwatch.NewGetMetricDataPaginator(c.in(region), in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, awsapi.Wrap(ctx, "reading metrics in "+region, err)
			}
			for _, r := range page.MetricDataResults {
				switch r.StatusCode {
				case types.StatusCodeForbidden:
					return nil, &awsapi.Error{Doing: "reading metrics in " + region, Kind: awsapi.ErrDenied, Err: errForbidden}
				case types.StatusCodeInternalError:
					return nil, &awsapi.Error{Doing: "reading metrics in " + region, Kind: awsapi.ErrAmbiguous, Err: fmt.Errorf("CloudWatch answers %s", r.StatusCode)}
				case types.StatusCodeComplete, types.StatusCodePartialData: // the rest is on the next page
				}
				partial[aws.ToString(r.Id)] = r.StatusCode == types.StatusCodePartialData
				i, ok := index[aws.ToString(r.Id)]
				if !ok || len(r.Timestamps) != len(r.Values) {
					return nil, &awsapi.Error{Doing: "reading metrics in " + region, Kind: awsapi.ErrAmbiguous, Err: errors.New("the answer does not belong to the question")}
				}
				for j := range r.Values {
					out[i] = append(out[i], Point{At: r.Timestamps[j], Value: r.Values[j]})
				}
			}
		}
		for _, incomplete := range partial {
			if incomplete { // and there is no next page: less traffic than there was, or fewer errors
				return nil, &awsapi.Error{Doing: "reading metrics in " + region, Kind: awsapi.ErrAmbiguous, Err: errors.New("CloudWatch gives a part of a metric and no more")}
			}
		}
	}
	return out, nil
}

func (s Series) stat() *types.MetricStat {
	m := &types.Metric{Namespace: aws.String(s.Namespace), MetricName: aws.String(s.Name)}
	for k, v := range s.Dimensions {
		m.Dimensions = append(m.Dimensions, types.Dimension{Name: aws.String(k), Value: aws.String(v)})
	}
	slices.SortFunc(m.Dimensions, func(a, b types.Dimension) int {
		if aws.ToString(a.Name) < aws.ToString(b.Name) {
			return -1
		}
		return 1
	})
	return &types.MetricStat{Metric: m, Period: aws.Int32(int32(s.Period / time.Second)), Stat: aws.String(s.Statistic)} //nolint:gosec // at most a day
}
