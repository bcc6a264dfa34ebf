package acctest

import (
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// NotEvaluated are the evaluation states of an alarm that nobody evaluates, each with the
// summary of what stops a run before its first write; "": it may pass by itself, so it is
// waited for, and proves nothing.
func NotEvaluated() map[string]string {
	return map[string]string{"EVALUATION_ERROR": "The alarm is not being evaluated", "PARTIAL_DATA": "", "EVALUATION_FAILURE": ""}
}

// ImpairedAlarm makes an alarm that is OK and is not evaluated any more.
func (e *Env) ImpairedAlarm(name, state string) {
	e.tb.Helper()
	api := cloudwatch.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: e.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
	})
	_, err := api.PutMetricAlarm(e.ctx(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String(name), Namespace: aws.String("AWS/CloudFront"), MetricName: aws.String("5xxErrorRate"), Statistic: cwtypes.StatisticAverage, Period: aws.Int32(60),
		EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(1), ComparisonOperator: cwtypes.ComparisonOperatorGreaterThanThreshold,
	})
	e.must(err)
	_, err = api.SetAlarmState(e.ctx(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String(name), StateValue: cwtypes.StateValueOk, StateReason: aws.String("fine")})
	e.must(err)
	if !e.World.CloudWatch().Impair("us-east-1", name, state, "nobody evaluates it") {
		e.tb.Fatal("there is no alarm " + name)
	}
}
