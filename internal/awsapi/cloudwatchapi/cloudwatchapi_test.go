package cloudwatchapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudwatchapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func config(rt http.RoundTripper) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: rt}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
}

// answering is a client to whom CloudWatch gives these pages.
func answering(pages ...*cloudwatch.GetMetricDataOutput) *cloudwatchapi.Client {
	cfg, n := config(http.DefaultTransport), 0
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("pages", func(context.Context, middleware.InitializeInput, middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			page := pages[n]
			if n++; n < len(pages) {
				page.NextToken = aws.String("more")
			}
			return middleware.InitializeOutput{Result: page}, middleware.Metadata{}, nil
		}), middleware.Before)
	})
	return cloudwatchapi.New(cfg, "")
}

func page(code types.StatusCode, values ...float64) *cloudwatch.GetMetricDataOutput {
	r := types.MetricDataResult{Id: aws.String("m0"), StatusCode: code, Values: values}
	for i := range values {
		r.Timestamps = append(r.Timestamps, time.Unix(int64(i)*60, 0))
	}
	return &cloudwatch.GetMetricDataOutput{MetricDataResults: []types.MetricDataResult{r}}
}

var requests = cloudwatchapi.Series{Namespace: "AWS/CloudFront", Name: "Requests", Statistic: "Sum", Period: time.Minute}

// A part of a metric is fewer requests than there were, or fewer errors: it must not
// pass for all of it.
func TestAMetricIsReadWhollyOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		pages []*cloudwatch.GetMetricDataOutput
		want  int
		kind  error
	}{
		{"one page", []*cloudwatch.GetMetricDataOutput{page(types.StatusCodeComplete, 1, 2)}, 2, nil},
		{"no data", []*cloudwatch.GetMetricDataOutput{page(types.StatusCodeComplete)}, 0, nil},
		{"the rest is on the next page", []*cloudwatch.GetMetricDataOutput{page(types.StatusCodePartialData, 1, 2), page(types.StatusCodeComplete, 3)}, 3, nil},
		{"the rest is nowhere", []*cloudwatch.GetMetricDataOutput{page(types.StatusCodePartialData, 1, 2)}, 0, awsapi.ErrAmbiguous},
		{"the rest of the rest is nowhere", []*cloudwatch.GetMetricDataOutput{page(types.StatusCodePartialData, 1), page(types.StatusCodePartialData, 2)}, 0, awsapi.ErrAmbiguous},
		{"CloudWatch fails at it", []*cloudwatch.GetMetricDataOutput{page(types.StatusCodeInternalError)}, 0, awsapi.ErrAmbiguous},
		{"nobody may read it", []*cloudwatch.GetMetricDataOutput{page(types.StatusCodeForbidden)}, 0, awsapi.ErrDenied},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := answering(c.pages...).Points(t.Context(), "us-east-1", []cloudwatchapi.Series{requests}, time.Unix(0, 0), time.Unix(600, 0))
			if !errors.Is(err, c.kind) || err == nil && (len(got) != 1 || len(got[0]) != c.want) {
				t.Errorf("%v, %v, want %d points and %v", got, err, c.want, c.kind)
			}
			if errors.Is(c.kind, awsapi.ErrAmbiguous) && !awsapi.Transient(err) {
				t.Error("nobody would ask again")
			}
		})
	}
}

// logAlarm is a legal one.
func logAlarm(name string) *cloudwatch.PutLogAlarmInput {
	return &cloudwatch.PutLogAlarmInput{
		AlarmName: aws.String(name), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, Threshold: aws.Float64(1),
		QueryResultsToAlarm: aws.Int32(1), QueryResultsToEvaluate: aws.Int32(1),
		ScheduledQueryConfiguration: &types.ScheduledQueryConfiguration{
			AggregationExpression: aws.String("count(*)"), QueryString: aws.String("filter status >= 500"), ScheduledQueryRoleARN: aws.String("arn:aws:iam::123456789012:role/query"),
			ScheduleConfiguration: &types.ScheduleConfiguration{ScheduleExpression: aws.String("rate(1 minute)"), StartTimeOffset: aws.Int64(300)},
		},
	}
}

// An alarm keeps the state it has while CloudWatch does not evaluate it: both are told.
func TestAnAlarmThatIsNotEvaluatedSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		hands := cloudwatch.NewFromConfig(config(sim.Transport()))
		_, err := hands.PutLogAlarm(t.Context(), logAlarm("log"))
		if err == nil {
			_, err = hands.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
				AlarmName: aws.String("metric"), Namespace: aws.String("Site"), MetricName: aws.String("Errors"), Statistic: types.StatisticSum,
				Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
				TreatMissingData: aws.String("notBreaching"),
			})
		}
		for _, name := range []string{"log", "metric"} {
			if err == nil {
				_, err = hands.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String(name), StateValue: types.StateValueOk, StateReason: aws.String("by hand")})
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		client := cloudwatchapi.New(config(sim.Transport()), "")
		for _, evaluation := range []string{"", "PARTIAL_DATA", "EVALUATION_ERROR", "EVALUATION_FAILURE", ""} {
			for _, name := range []string{"log", "metric"} {
				if !sim.CloudWatch().Impair("us-east-1", name, evaluation, "because") {
					t.Fatal("there is no alarm " + name)
				}
			}
			_ = clock.System{}.Sleep(t.Context(), 5*time.Minute)
			got, err := client.Alarms(t.Context(), "us-east-1", []string{"log", "metric"})
			for _, name := range []string{"log", "metric"} {
				if a := got[name]; err != nil || a.State != "OK" || a.Evaluation != evaluation || evaluation != "" && a.Reason != "because" {
					t.Errorf("%s, %q: %+v, %v", name, evaluation, a, err)
				}
			}
		}
	})
}

// Alarms of every kind, each in its region; one that nobody made is absent.
func TestAlarmsAreFoundByNameInTheirRegion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		hands := cloudwatch.NewFromConfig(config(sim.Transport()))
		_, err := hands.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String("errors"), Namespace: aws.String("Site"), MetricName: aws.String("Errors"), Statistic: types.StatisticSum,
			Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
			TreatMissingData: aws.String("notBreaching"),
		})
		if err == nil {
			_, err = hands.PutCompositeAlarm(t.Context(), &cloudwatch.PutCompositeAlarmInput{AlarmName: aws.String("any"), AlarmRule: aws.String(`ALARM("errors")`)})
		}
		if err == nil {
			_, err = hands.PutLogAlarm(t.Context(), logAlarm("log"))
		}
		if err == nil { // there is nothing in the simulator that it could find
			_, err = hands.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("log"), StateValue: types.StateValueOk, StateReason: aws.String("by hand")})
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = clock.System{}.Sleep(t.Context(), 5*time.Minute)
		client := cloudwatchapi.New(config(sim.Transport()), "")
		got, err := client.Alarms(t.Context(), "us-east-1", []string{"errors", "any", "log", "nobody's"})
		if err != nil || len(got) != 3 || got["errors"].State != "OK" || got["any"].State != "OK" || got["log"].State != "OK" {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := client.Alarms(t.Context(), "eu-west-1", []string{"errors"}); err != nil || len(got) != 0 {
			t.Errorf("in another region: %+v, %v", got, err)
		}
		sim.Allow("cloudfront:GetDistribution")
		if _, err := client.Alarms(t.Context(), "us-east-1", []string{"errors"}); !errors.Is(err, awsapi.ErrDenied) {
			t.Errorf("answered %v", err)
		}
	})
}
