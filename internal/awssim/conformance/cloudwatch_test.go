package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// watch is CloudWatch in a region, by the protocol that this SDK prefers: CBOR.
func (c *client) watch(region string) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(aws.Config{
		Region: region, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		HTTPClient: &http.Client{Transport: c.sim.Transport()}, RetryMaxAttempts: 1,
	})
}

// ofDistribution is a metric that CloudFront publishes.
func ofDistribution(id, name string) *types.Metric {
	return &types.Metric{Namespace: aws.String("AWS/CloudFront"), MetricName: &name, Dimensions: []types.Dimension{
		{Name: aws.String("Region"), Value: aws.String("Global")}, {Name: aws.String("DistributionId"), Value: &id},
	}}
}

func query(id string, m *types.Metric, stat string, period int32) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, MetricStat: &types.MetricStat{Metric: m, Stat: &stat, Period: &period}}
}

func expression(id, text string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: &id, Expression: &text}
}

// data runs queries over a span that ends now and returns the values by id, oldest first.
func (c *client) data(api *cloudwatch.Client, span time.Duration, queries ...types.MetricDataQuery) map[string][]float64 {
	c.Helper()
	out, err := api.GetMetricData(c.ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now().Add(-span)), EndTime: aws.Time(now()), MetricDataQueries: queries, ScanBy: types.ScanByTimestampAscending,
	})
	if err != nil {
		c.Fatal(err)
	}
	values := map[string][]float64{}
	for _, r := range out.MetricDataResults {
		values[*r.Id] = r.Values
		if r.StatusCode != types.StatusCodeComplete || len(r.Timestamps) != len(r.Values) {
			c.Errorf("%s: %s with %d times for %d values", *r.Id, r.StatusCode, len(r.Timestamps), len(r.Values))
		}
	}
	return values
}

// visits sends viewers to a distribution whose origin answers a status.
func (c *client) visits(host string, n, status int) {
	c.Helper()
	c.sim.Origins().Put("origin.example.net", origin.State{Status: status, Body: "0123456789"})
	for range n {
		req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, "http://"+host+"/", nil))
		resp := must(c.sim.Transport().RoundTrip(req))
		_ = resp.Body.Close()
		if resp.StatusCode != status {
			c.Errorf("a viewer got %d, want %d", resp.StatusCode, status)
		}
	}
}

// untilMinute waits for the beginning of a minute, so that a test's visits fall into one.
func untilMinute() { pass(now().Truncate(time.Minute).Add(time.Minute).Sub(now())) }

func TestMetricsAreTheAnswersThatViewersGot(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id, _ := c.create(c.config(""))
		c.deployed(id)
		host, api := *c.get(id).Distribution.DomainName, c.watch("us-east-1")
		untilMinute()
		c.visits(host, 6, 200)
		c.visits(host, 3, 503)
		c.visits(host, 1, 404)
		pass(time.Minute)
		c.visits(host, 2, 200)
		ask := func() map[string][]float64 {
			return c.data(api, time.Hour,
				query("requests", ofDistribution(id, "Requests"), "Sum", 60), query("bytes", ofDistribution(id, "BytesDownloaded"), "Sum", 60),
				query("failed", ofDistribution(id, "5xxErrorRate"), "Average", 60), query("wrong", ofDistribution(id, "4xxErrorRate"), "Average", 60),
				query("all", ofDistribution(id, "TotalErrorRate"), "Average", 3600), expression("errors", "requests * failed / 100"))
		}
		if got := ask(); len(got["requests"]) != 0 {
			t.Errorf("before the delay is over: %v", got)
		}
		pass(4 * time.Minute)
		got := ask()
		equal(t, "Requests", got["requests"], []float64{10, 2})
		equal(t, "BytesDownloaded", got["bytes"], []float64{100, 20})
		equal(t, "5xxErrorRate", got["failed"], []float64{30, 0})
		equal(t, "4xxErrorRate", got["wrong"], []float64{10, 0})
		equal(t, "an expression", got["errors"], []float64{3, 0})
		equal(t, "TotalErrorRate over an hour, weighted", got["all"], []float64{100 * 4. / 12})

		pass(time.Hour) // no visitors: no datapoints, and not zeros
		if late := c.data(api, 30*time.Minute, query("m", ofDistribution(id, "Requests"), "Sum", 60)); len(late["m"]) != 0 {
			t.Errorf("without visitors: %v", late)
		}
		if there := c.data(c.watch("eu-west-1"), 2*time.Hour, query("m", ofDistribution(id, "Requests"), "Sum", 60)); len(there["m"]) != 0 {
			t.Errorf("in another region: %v", there)
		}
		wrong := ofDistribution(id, "Requests")
		wrong.Dimensions = wrong.Dimensions[1:]
		if there := c.data(api, 2*time.Hour, query("m", wrong, "Sum", 60)); len(there["m"]) != 0 {
			t.Errorf("without the dimension Region: %v", there)
		}
		names := 0
		for _, m := range must(api.ListMetrics(c.ctx, &cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/CloudFront"), Dimensions: []types.DimensionFilter{{Name: aws.String("DistributionId"), Value: &id}}})).Metrics {
			if len(m.Dimensions) == 2 {
				names++
			}
		}
		if names != 6 {
			t.Errorf("%d metrics are listed, want 6", names)
		}
	})
}

func TestMoreMetricsCostASubscription(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id, _ := c.create(c.config(""))
		c.deployed(id)
		_, err := c.cf.GetMonitoringSubscription(c.ctx, &cloudfront.GetMonitoringSubscriptionInput{DistributionId: &id})
		c.want(err, "NoSuchMonitoringSubscription")
		untilMinute()
		c.visits(*c.get(id).Distribution.DomainName, 4, 503)
		pass(5 * time.Minute)
		rate := query("m", ofDistribution(id, "503ErrorRate"), "Average", 60)
		if got := c.data(c.watch("us-east-1"), time.Hour, rate); len(got["m"]) != 0 {
			t.Errorf("without a subscription: %v", got)
		}
		must(c.cf.CreateMonitoringSubscription(c.ctx, &cloudfront.CreateMonitoringSubscriptionInput{DistributionId: &id, MonitoringSubscription: &cftypes.MonitoringSubscription{
			RealtimeMetricsSubscriptionConfig: &cftypes.RealtimeMetricsSubscriptionConfig{RealtimeMetricsSubscriptionStatus: cftypes.RealtimeMetricsSubscriptionStatusEnabled},
		}}))
		equal(t, "503ErrorRate", c.data(c.watch("us-east-1"), time.Hour, rate)["m"], []float64{100})
		must(c.cf.DeleteMonitoringSubscription(c.ctx, &cloudfront.DeleteMonitoringSubscriptionInput{DistributionId: &id}))
	})
}

func TestStatisticsAreUnorderedAndBounded(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.watch("eu-west-1")
		untilMinute()
		for minute := range 6 {
			must(api.PutMetricData(c.ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Site"), MetricData: []types.MetricDatum{{
				MetricName: aws.String("Latency"), Timestamp: aws.Time(now().Add(time.Duration(minute-6) * time.Minute)), Values: []float64{1, 3, float64(minute)}, Counts: []float64{1, 1, 2}, Unit: types.StandardUnitMilliseconds,
			}}}))
		}
		in := &cloudwatch.GetMetricStatisticsInput{
			Namespace: aws.String("Site"), MetricName: aws.String("Latency"), Period: aws.Int32(60), StartTime: aws.Time(now().Add(-10 * time.Minute)), EndTime: aws.Time(now()),
			Statistics: []types.Statistic{types.StatisticSum, types.StatisticSampleCount, types.StatisticMaximum},
		}
		out := must(api.GetMetricStatistics(c.ctx, in))
		ordered := true
		for i, p := range out.Datapoints {
			ordered = ordered && (i == 0 || out.Datapoints[i-1].Timestamp.Before(*p.Timestamp))
			if minute := 6 - int(now().Sub(*p.Timestamp)/time.Minute); *p.SampleCount != 4 || *p.Sum != float64(4+2*minute) || p.Unit != types.StandardUnitMilliseconds {
				t.Errorf("minute %d: %+v", minute, p)
			}
		}
		if len(out.Datapoints) != 6 || ordered {
			t.Errorf("%d datapoints, in order: %v", len(out.Datapoints), ordered)
		}
		in.StartTime = aws.Time(now().Add(-48 * time.Hour))
		_, err := api.GetMetricStatistics(c.ctx, in)
		c.want(err, "InvalidParameterCombination")
		in.StartTime = in.EndTime
		_, err = api.GetMetricStatistics(c.ctx, in)
		c.want(err, "InvalidParameterValue")
		in.Statistics = nil
		in.StartTime = aws.Time(now().Add(-time.Hour))
		_, err = api.GetMetricStatistics(c.ctx, in)
		c.want(err, "MissingParameter")

		site := &types.Metric{Namespace: aws.String("Site"), MetricName: aws.String("Latency")}
		got := c.data(api, 10*time.Minute, query("high", site, "p99", 60), query("mean", site, "Average", 600), expression("filled", "FILL(high, 0)"), expression("loud", "IF(high > 3, high, 0)"))
		equal(t, "p99", got["high"], []float64{3, 3, 3, 3, 4, 5})
		equal(t, "loud", got["loud"], []float64{0, 0, 0, 0, 4, 5})
		if len(got["filled"]) != 10 {
			t.Errorf("filled: %v", got["filled"])
		}
		for way, x := range map[string]struct {
			datum      types.MetricDatum
			code, says string
		}{
			"two ways": {
				types.MetricDatum{Value: aws.Float64(1), StatisticValues: &types.StatisticSet{SampleCount: aws.Float64(1), Sum: aws.Float64(1), Minimum: aws.Float64(1), Maximum: aws.Float64(1)}},
				"InvalidParameterCombination", "The parameters MetricData.member.1.Value and MetricData.member.1.StatisticValues are mutually exclusive and you have specified both.",
			},
			"two others": {types.MetricDatum{Value: aws.Float64(1), Values: []float64{1}}, "InvalidParameterCombination", "MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive"},
			"no number":  {types.MetricDatum{Value: aws.Float64(math.NaN())}, "InvalidParameterValue", "The value NaN for parameter MetricData.member.1.Value is invalid."},
			"no end":     {types.MetricDatum{Values: []float64{1, math.Inf(1)}}, "InvalidParameterValue", "MetricData.member.1.Values.member.2 is invalid."},
		} {
			x.datum.MetricName = aws.String("M")
			_, err = api.PutMetricData(c.ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Site"), MetricData: []types.MetricDatum{x.datum}})
			if c.want(err, x.code); !strings.Contains(fmt.Sprint(err), x.says) {
				t.Errorf("%s: %v", way, err)
			}
		}
		_, err = api.GetMetricData(c.ctx, &cloudwatch.GetMetricDataInput{StartTime: aws.Time(now()), EndTime: aws.Time(now()), MetricDataQueries: []types.MetricDataQuery{query("m", site, "Sum", 60)}})
		if c.want(err, "ValidationError"); !strings.Contains(fmt.Sprint(err), "The parameter StartTime must not equal parameter EndTime.") {
			t.Errorf("no time at all: %v", err)
		}
		_, err = api.PutMetricData(c.ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("AWS/CloudFront"), MetricData: []types.MetricDatum{{MetricName: aws.String("Requests"), Value: aws.Float64(1)}}})
		c.want(err, "InvalidParameterValue")
	})
}

func TestLongAnswersComeInPages(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.watch("us-east-1")
		untilMinute()
		for minute := range 7 {
			must(api.PutMetricData(c.ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Site"), MetricData: []types.MetricDatum{{
				MetricName: aws.String("Visits"), Timestamp: aws.Time(now().Add(time.Duration(-minute) * time.Minute)), Value: aws.Float64(float64(minute)),
			}}}))
		}
		visits := &types.Metric{Namespace: aws.String("Site"), MetricName: aws.String("Visits")}
		pages := cloudwatch.NewGetMetricDataPaginator(api, &cloudwatch.GetMetricDataInput{
			StartTime: aws.Time(now().Add(-time.Hour)), EndTime: aws.Time(now().Add(time.Minute)), MaxDatapoints: aws.Int32(3),
			MetricDataQueries: []types.MetricDataQuery{query("a", visits, "Sum", 60), query("b", visits, "Maximum", 60)},
		})
		got, n := map[string][]float64{}, 0
		for ; pages.HasMorePages(); n++ {
			for _, r := range must(pages.NextPage(c.ctx)).MetricDataResults {
				got[*r.Id] = append(got[*r.Id], r.Values...)
			}
		}
		equal(t, "a, the newest first", got["a"], []float64{0, 1, 2, 3, 4, 5, 6})
		equal(t, "b", got["b"], got["a"])
		if n != 5 {
			t.Errorf("%d pages, want 5", n)
		}
		_, err := api.GetMetricData(c.ctx, &cloudwatch.GetMetricDataInput{
			StartTime: aws.Time(now()), EndTime: aws.Time(now()), MetricDataQueries: []types.MetricDataQuery{query("a", visits, "Sum", 60)},
		})
		c.want(err, "ValidationError")
		_, err = api.GetMetricData(c.ctx, &cloudwatch.GetMetricDataInput{
			StartTime: aws.Time(now().Add(-time.Hour)), EndTime: aws.Time(now()), NextToken: aws.String("nonsense"), MetricDataQueries: []types.MetricDataQuery{query("a", visits, "Sum", 60)},
		})
		c.want(err, "InvalidNextToken")
	})
}

// alarm reads the state of an alarm of any type, "" where there is none.
func (c *client) alarm(api *cloudwatch.Client, name string) types.StateValue {
	c.Helper()
	out := must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}}))
	switch {
	case len(out.MetricAlarms) == 1:
		return out.MetricAlarms[0].StateValue
	case len(out.CompositeAlarms) == 1:
		return out.CompositeAlarms[0].StateValue
	}
	return ""
}

func TestAlarmsFollowTheMetricsOnTheSimulatorsClock(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id, _ := c.create(c.config(""))
		c.deployed(id)
		host, api := *c.get(id).Distribution.DomainName, c.watch("us-east-1")
		m := ofDistribution(id, "5xxErrorRate")
		in := &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String("errors"), Namespace: m.Namespace, MetricName: m.MetricName, Dimensions: m.Dimensions, Statistic: types.StatisticAverage,
			Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(5), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			AlarmActions: []string{"arn:aws:sns:us-east-1:123456789012:pager"}, Tags: []types.Tag{{Key: aws.String("side"), Value: aws.String("blue")}},
		}
		must(api.PutMetricAlarm(c.ctx, in))
		if got := c.alarm(api, "errors"); got != types.StateValueInsufficientData {
			t.Errorf("a new alarm is %s", got)
		}
		untilMinute()
		c.visits(host, 10, 200)
		pass(2 * time.Minute)
		if got := c.alarm(api, "errors"); got != types.StateValueInsufficientData {
			t.Errorf("before there is data: %s", got)
		}
		pass(time.Minute + time.Second)
		if got := c.alarm(api, "errors"); got != types.StateValueOk {
			t.Errorf("after good visits: %s", got)
		}
		untilMinute()
		c.visits(host, 1, 503)
		pass(3*time.Minute + time.Second)
		if got := c.alarm(api, "errors"); got != types.StateValueAlarm {
			t.Errorf("after failed visits: %s", got)
		}
		pass(10 * time.Minute)
		if got := c.alarm(api, "errors"); got != types.StateValueInsufficientData {
			t.Errorf("once nobody visits: %s", got)
		}
		must(api.SetAlarmState(c.ctx, &cloudwatch.SetAlarmStateInput{AlarmName: in.AlarmName, StateValue: types.StateValueAlarm, StateReason: aws.String("a drill")}))
		if got := c.alarm(api, "errors"); got != types.StateValueAlarm {
			t.Errorf("set by hand: %s", got)
		}
		pass(time.Minute)
		if got := c.alarm(api, "errors"); got != types.StateValueInsufficientData {
			t.Errorf("at the next evaluation: %s", got)
		}

		in.Threshold = aws.Float64(50)
		must(api.PutMetricAlarm(c.ctx, in))
		one := must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String("err"), ActionPrefix: aws.String("arn:aws:sns:")})).MetricAlarms
		if len(one) != 1 || *one[0].Threshold != 50 || len(one[0].Dimensions) != 2 || !*one[0].ActionsEnabled || len(one[0].AlarmActions) != 1 {
			t.Errorf("the alarm is %+v", one)
		}
		tags := must(api.ListTagsForResource(c.ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: one[0].AlarmArn}))
		if len(tags.Tags) != 1 || *tags.Tags[0].Value != "blue" {
			t.Errorf("tags %+v", tags.Tags)
		}
		must(api.DeleteAlarms(c.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"errors"}}))
		if got := c.alarm(api, "errors"); got != "" {
			t.Errorf("after its deletion: %s", got)
		}
		_, err := api.DeleteAlarms(c.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"errors"}})
		c.want(err, "ResourceNotFound")
		_, err = api.SetAlarmState(c.ctx, &cloudwatch.SetAlarmStateInput{AlarmName: in.AlarmName, StateValue: types.StateValueOk, StateReason: aws.String("")})
		c.want(err, "ResourceNotFound")
	})
}

// The tables of the User Guide: an alarm over three datapoints looks at five. Here
// 0 is fine, X is too much, - is missing; the last of them is the newest.
func TestAlarmsThatMeanNothingAreRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.watch("us-east-1")
		put := func(change func(*cloudwatch.PutMetricAlarmInput)) error {
			in := &cloudwatch.PutMetricAlarmInput{
				AlarmName: aws.String("a"), Namespace: aws.String("N"), MetricName: aws.String("M"), Statistic: types.StatisticSum, Period: aws.Int32(60),
				EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			}
			change(in)
			_, err := api.PutMetricAlarm(c.ctx, in)
			return err
		}
		c.want(put(func(in *cloudwatch.PutMetricAlarmInput) { in.ExtendedStatistic = aws.String("p99") }), "ValidationError")
		c.want(put(func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmActions = []string{"pager"} }), "ValidationError")
		c.want(put(func(in *cloudwatch.PutMetricAlarmInput) { in.EvaluateLowSampleCountPercentile = aws.String("unknown") }), "ValidationError")
		if err := put(func(in *cloudwatch.PutMetricAlarmInput) {
			in.OKActions = []string{"arn:aws:sns:us-east-1:123456789012:pager"}
		}); err != nil {
			t.Error(err)
		}
		_, err := api.PutCompositeAlarm(c.ctx, &cloudwatch.PutCompositeAlarmInput{AlarmName: aws.String("b"), AlarmRule: aws.String("ALARM(a)"), AlarmActions: []string{"pager"}})
		c.want(err, "ValidationError")
		state := &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: types.StateValueAlarm, StateReason: aws.String("drill"), StateReasonData: aws.String("{no JSON")}
		_, err = api.SetAlarmState(c.ctx, state)
		c.want(err, "InvalidFormat")
	})
}

func TestMissingDataIsTreatedAsTheGuideSays(t *testing.T) {
	t.Parallel()
	const (
		in, fine, unknown = types.StateValueAlarm, types.StateValueOk, types.StateValueInsufficientData
		kept              = "" // whatever it was
	)
	for _, tt := range []struct {
		data                                     string
		of                                       int32 // three datapoints that have to breach
		missing, ignore, breaching, notBreaching types.StateValue
	}{
		{"0-X-X", 3, fine, fine, fine, fine},
		{"----0", 3, fine, fine, fine, fine},
		{"-----", 3, unknown, kept, in, fine},
		{"0XX-X", 3, in, in, in, in},
		{"--X--", 3, in, kept, in, fine},
		{"0-X-X", 2, in, in, in, in},
		{"00X0X", 2, in, in, in, in},
		{"0-X--", 2, fine, fine, in, fine},
		{"----0", 2, fine, fine, in, fine},
		{"---X-", 2, in, kept, in, fine},
	} {
		for treat, want := range map[string]types.StateValue{"missing": tt.missing, "ignore": tt.ignore, "breaching": tt.breaching, "notBreaching": tt.notBreaching} {
			t.Run(fmt.Sprintf("%s of %d/%s", tt.data, tt.of, treat), func(t *testing.T) {
				inBubble(t, func(c *client) {
					api := c.watch("us-east-1")
					untilMinute()
					for i, kind := range tt.data {
						if i > 0 {
							pass(time.Minute)
						}
						if v := strings.IndexRune("0X", kind); v >= 0 {
							must(api.PutMetricData(c.ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Site"), MetricData: []types.MetricDatum{{MetricName: aws.String("Errors"), Value: aws.Float64(float64(v))}}}))
						}
					}
					pass(59 * time.Second) // so that the first evaluation is the one that sees all five
					must(api.PutMetricAlarm(c.ctx, &cloudwatch.PutMetricAlarmInput{
						AlarmName: aws.String("a"), Namespace: aws.String("Site"), MetricName: aws.String("Errors"), Statistic: types.StatisticMaximum, Period: aws.Int32(60),
						EvaluationPeriods: aws.Int32(3), DatapointsToAlarm: &tt.of, Threshold: aws.Float64(1), ComparisonOperator: types.ComparisonOperatorGreaterThanOrEqualToThreshold, TreatMissingData: &treat,
					}))
					pass(time.Second)
					if want == kept {
						want = types.StateValueInsufficientData // as it was made
					}
					if got := c.alarm(api, "a"); got != want {
						t.Errorf("%s, want %s", got, want)
					}
				})
			})
		}
	}
}

func TestCompositeAlarmsFollowTheirRule(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.watch("us-east-1")
		for _, name := range []string{"a", "b", "with space"} {
			must(api.PutMetricAlarm(c.ctx, &cloudwatch.PutMetricAlarmInput{
				AlarmName: &name, Namespace: aws.String("Site"), MetricName: aws.String("M"), Statistic: types.StatisticSum, Period: aws.Int32(60), TreatMissingData: aws.String("ignore"),
				EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(5), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			}))
		}
		set := func(name string, state types.StateValue) {
			must(api.SetAlarmState(c.ctx, &cloudwatch.SetAlarmStateInput{AlarmName: &name, StateValue: state, StateReason: aws.String("")}))
		}
		arn := *must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"b"}})).MetricAlarms[0].AlarmArn
		put := func(name, rule string) error {
			_, err := api.PutCompositeAlarm(c.ctx, &cloudwatch.PutCompositeAlarmInput{AlarmName: &name, AlarmRule: &rule})
			return err
		}
		for name, rule := range map[string]string{
			"both":       `ALARM(a) AND ALARM("` + arn + `")`,
			"either":     `ALARM(a) OR ALARM(b) AND FALSE`,
			"quiet":      `NOT (ALARM(a) OR ALARM(b))`,
			"unknown":    `INSUFFICIENT_DATA("with space")`,
			"parent":     `ALARM(both)`,
			"impossible": "FALSE",
		} {
			if name != "parent" {
				if err := put(name, rule); err != nil {
					t.Errorf("%s: %v", rule, err)
				}
			}
		}
		if err := put("parent", "ALARM(both)"); err != nil {
			t.Error(err)
		}
		states := func(want string) {
			t.Helper()
			var got []string
			for _, name := range []string{"both", "either", "quiet", "unknown", "parent", "impossible"} {
				if c.alarm(api, name) == types.StateValueAlarm {
					got = append(got, name)
				}
			}
			if s := strings.Join(got, " "); s != want {
				t.Errorf("in alarm are %q, want %q", s, want)
			}
		}
		states("quiet unknown")
		set("b", types.StateValueAlarm)
		states("unknown")
		set("a", types.StateValueAlarm)
		states("both either unknown parent")
		set("with space", types.StateValueOk)
		states("both either parent")
		set("parent", types.StateValueOk) // until a child of it changes
		pass(5 * time.Minute)
		states("both either")
		set("a", types.StateValueOk)
		set("a", types.StateValueAlarm)
		states("both either parent")

		if plain := must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{})); len(plain.CompositeAlarms) != 0 || len(plain.MetricAlarms) != 3 {
			t.Errorf("without a type, %d composite and %d metric alarms are listed", len(plain.CompositeAlarms), len(plain.MetricAlarms))
		}
		children := must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{ChildrenOfAlarmName: aws.String("both")}))
		if len(children.MetricAlarms) != 2 {
			t.Errorf("the children of both: %+v", children)
		}
		_, err := api.DeleteAlarms(c.ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"a"}})
		c.want(err, "ValidationError")
		c.want(put("lost", "ALARM(nobody)"), "ValidationError")
		for _, broken := range []string{"ALARM(a) AND", "ALARM a", "(ALARM(a)", "ALARM(a) XOR OK(b)", "MAYBE(a)", "NOT"} {
			c.want(put("broken", broken), "ValidationError")
		}
	})
}

func TestHealthChecksHaveMetrics(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		cfg := aws.Config{Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""), HTTPClient: &http.Client{Transport: c.sim.Transport()}}
		id := must(route53.NewFromConfig(cfg).CreateHealthCheck(c.ctx, &route53.CreateHealthCheckInput{CallerReference: aws.String("h"), HealthCheckConfig: &r53types.HealthCheckConfig{
			Type: r53types.HealthCheckTypeHttps, FullyQualifiedDomainName: aws.String("www.example.com"),
		}})).HealthCheck.Id
		untilMinute()
		pass(2 * time.Minute)
		c.sim.Route53().SetHealth(*id, false)
		pass(5 * time.Minute)
		m := &types.Metric{Namespace: aws.String("AWS/Route53"), MetricName: aws.String("HealthCheckStatus"), Dimensions: []types.Dimension{{Name: aws.String("HealthCheckId"), Value: id}}}
		got := c.data(c.watch("us-east-1"), time.Hour, query("m", m, "Minimum", 60))["m"]
		equal(t, "HealthCheckStatus", got, []float64{1, 1, 1, 0, 0, 0})
	})
}

// One question in the two protocols that this SDK does not speak; AWS CLI, boto3 and
// hashicorp/aws ask it in package clients.
func TestTheOtherProtocolsGiveTheSameAnswer(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.watch("us-east-1")
		untilMinute()
		must(api.PutMetricData(c.ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Site"), MetricData: []types.MetricDatum{{MetricName: aws.String("Visits"), Value: aws.Float64(7.5)}}}))
		start, end := now().Add(-time.Hour), now().Add(time.Minute)
		send := func(header http.Header, body string) (int, http.Header, string) {
			req := must(http.NewRequestWithContext(c.ctx, http.MethodPost, "https://monitoring.us-east-1.amazonaws.com/", strings.NewReader(body)))
			req.Header = header
			req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0")
			resp := must(c.sim.Transport().RoundTrip(req))
			return resp.StatusCode, resp.Header, string(must(io.ReadAll(resp.Body)))
		}
		inJSON := func(operation string, in any) (int, http.Header, string) {
			return send(http.Header{"X-Amz-Target": {"GraniteServiceVersion20100801." + operation}, "Content-Type": {"application/x-amz-json-1.0"}, "X-Amzn-Query-Mode": {"true"}}, string(must(json.Marshal(in))))
		}
		inForm := func(form url.Values) (int, http.Header, string) {
			form.Set("Version", "2010-08-01")
			return send(http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
		}

		status, header, body := inJSON("GetMetricData", map[string]any{
			"StartTime": start.Unix(), "EndTime": end.Unix(),
			"MetricDataQueries": []any{map[string]any{"Id": "m", "MetricStat": map[string]any{"Metric": map[string]any{"Namespace": "Site", "MetricName": "Visits"}, "Period": 60, "Stat": "Sum"}}},
		})
		var got struct {
			MetricDataResults []struct {
				Timestamps, Values []float64
				StatusCode         string
			}
		}
		if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&got); err != nil || status != http.StatusOK || header.Get("Content-Type") != "application/x-amz-json-1.0" ||
			len(got.MetricDataResults) != 1 || got.MetricDataResults[0].Values[0] != 7.5 || got.MetricDataResults[0].Timestamps[0] != float64(now().Unix()) {
			t.Errorf("JSON: %d %v %s, %v", status, header, body, err)
		}
		status, _, body = inForm(url.Values{
			"Action": {"GetMetricData"}, "StartTime": {start.Format(time.RFC3339)}, "EndTime": {end.Format(time.RFC3339)}, "MetricDataQueries.member.1.Id": {"m"},
			"MetricDataQueries.member.1.MetricStat.Metric.Namespace": {"Site"}, "MetricDataQueries.member.1.MetricStat.Metric.MetricName": {"Visits"},
			"MetricDataQueries.member.1.MetricStat.Period": {"60"}, "MetricDataQueries.member.1.MetricStat.Stat": {"Sum"},
		})
		stamp := now().UTC().Format("2006-01-02T15:04:05.000Z")
		if status != http.StatusOK || !strings.Contains(body, "<GetMetricDataResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\"><GetMetricDataResult>") ||
			!strings.Contains(body, "<Timestamps><member>"+stamp+"</member></Timestamps><Values><member>7.5</member></Values>") {
			t.Errorf("query: %d %s", status, body)
		}

		// JSON has no number for it, and the protocol has a text.
		status, _, body = inJSON("PutMetricAlarm", map[string]any{
			"AlarmName": "never", "Namespace": "Site", "MetricName": "Visits", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1,
			"Threshold": "NaN", "ComparisonOperator": "GreaterThanThreshold",
		})
		if status != http.StatusOK {
			t.Errorf("a threshold that is not a number: %d %s", status, body)
		}
		if _, _, body = inJSON("DescribeAlarms", map[string]any{}); !strings.Contains(body, `"Threshold":"NaN"`) {
			t.Errorf("… comes back as %s", body)
		}
		if status, _, body = inJSON("PutMetricData", map[string]any{"Namespace": "Site", "MetricData": []any{map[string]any{"MetricName": "M", "Value": "-Infinity"}}}); status != http.StatusBadRequest ||
			!strings.Contains(body, "The value -Inf for parameter MetricData.member.1.Value is invalid.") {
			t.Errorf("a value that is not a number: %d %s", status, body)
		}
		if status, _, body = inJSON("PutMetricData", map[string]any{"Namespace": "Site", "MetricData": []any{map[string]any{"MetricName": "M", "Value": "nan"}}}); !strings.Contains(body, "SerializationException") {
			t.Errorf("a text that is not a number: %d %s", status, body)
		}

		status, header, body = inJSON("SetAlarmState", map[string]any{"AlarmName": "none", "StateValue": "OK", "StateReason": ""})
		if status != http.StatusNotFound || header.Get("X-Amzn-Query-Error") != "ResourceNotFound;Sender" || !strings.Contains(body, `"__type":"ResourceNotFound"`) {
			t.Errorf("an error in JSON: %d %v %s", status, header, body)
		}
		status, _, body = inForm(url.Values{"Action": {"SetAlarmState"}, "AlarmName": {"none"}, "StateValue": {"OK"}, "StateReason": {""}})
		if status != http.StatusNotFound || !strings.Contains(body, "<Error><Type>Sender</Type><Code>ResourceNotFound</Code>") {
			t.Errorf("an error in XML: %d %s", status, body)
		}
	})
}

// Alarms on logs come only if they are asked for. The simulator has no logs, so their state
// is what somebody sets; an evaluation that fails stands beside it.
func TestAlarmsOnLogsAreListedOnlyWhereTheyAreAskedFor(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		api := c.watch("us-east-1")
		must(api.PutLogAlarm(c.ctx, &cloudwatch.PutLogAlarmInput{
			AlarmName: aws.String("log"), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, Threshold: aws.Float64(1),
			QueryResultsToAlarm: aws.Int32(1), QueryResultsToEvaluate: aws.Int32(1),
			ScheduledQueryConfiguration: &types.ScheduledQueryConfiguration{
				AggregationExpression: aws.String("count(*)"), QueryString: aws.String("filter status >= 500"), ScheduledQueryRoleARN: aws.String("arn:aws:iam::123456789012:role/query"),
				ScheduleConfiguration: &types.ScheduleConfiguration{ScheduleExpression: aws.String("rate(1 minute)"), StartTimeOffset: aws.Int64(300)},
			},
		}))
		must(api.SetAlarmState(c.ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("log"), StateValue: types.StateValueOk, StateReason: aws.String("by hand")}))
		if out := must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"log"}})); len(out.LogAlarms)+len(out.MetricAlarms)+len(out.CompositeAlarms) != 0 {
			t.Errorf("without a type, %d alarms on logs are listed", len(out.LogAlarms))
		}
		for _, evaluation := range []types.EvaluationState{"", types.EvaluationStatePartialData} {
			c.sim.CloudWatch().Impair("us-east-1", "log", string(evaluation), "because")
			out := must(api.DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"log"}, AlarmTypes: []types.AlarmType{types.AlarmTypeLogAlarm}}))
			if len(out.LogAlarms) != 1 || out.LogAlarms[0].StateValue != types.StateValueOk || out.LogAlarms[0].EvaluationState != evaluation {
				t.Errorf("evaluation %q: %+v", evaluation, out.LogAlarms)
			}
		}
	})
}
