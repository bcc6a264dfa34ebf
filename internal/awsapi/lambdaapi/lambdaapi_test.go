package lambdaapi_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/lambdaapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func config(rt http.RoundTripper, region string) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: rt}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
}

// Functions of Lambda@Edge are in us-east-1, wherever the provider is configured for.
func TestAVersionIsPendingUntilItIsActive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		hands := lambda.NewFromConfig(config(sim.Transport(), "us-east-1"))
		if _, err := hands.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
			FunctionName: aws.String("shop"), Role: aws.String("arn:aws:iam::123456789012:role/edge"), Runtime: types.RuntimeNodejs22x, Handler: aws.String("index.handler"),
			Code: &types.FunctionCode{ZipFile: []byte("one")},
		}); err != nil {
			t.Fatal(err)
		}
		out, err := hands.PublishVersion(t.Context(), &lambda.PublishVersionInput{FunctionName: aws.String("shop")})
		if err != nil {
			t.Fatal(err)
		}
		arn := aws.ToString(out.FunctionArn)
		client := lambdaapi.New(config(sim.Transport(), "eu-central-1"), "")
		if v, err := client.Version(t.Context(), arn); err != nil || v.State != "Pending" || v.Reason == "" {
			t.Errorf("just published: %+v %v", v, err)
		}
		_ = clock.System{}.Sleep(t.Context(), 5*time.Second)
		if v, err := client.Version(t.Context(), arn); err != nil || v != (lambdaapi.Version{State: "Active"}) {
			t.Errorf("five seconds later: %+v %v", v, err)
		}
		for _, missing := range []string{arn + "9", strings.Replace(arn, "shop", "shed", 1)} {
			if _, err := client.Version(t.Context(), missing); !errors.Is(err, awsapi.ErrNotFound) {
				t.Errorf("%s: %v", missing, err)
			}
		}
		if err := sim.Restrict(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"cloudfront:*","Resource":"*"}]}`); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Version(t.Context(), arn); !errors.Is(err, awsapi.ErrDenied) {
			t.Errorf("without permission: %v", err)
		}
	})
}

type stranger struct{}

func (stranger) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

func TestAnAnswerWithoutAStateIsAmbiguous(t *testing.T) {
	t.Parallel()
	client := lambdaapi.New(config(stranger{}, "us-east-1"), "")
	if v, err := client.Version(t.Context(), "arn:aws:lambda:us-east-1:123456789012:function:shop:1"); !errors.Is(err, awsapi.ErrAmbiguous) {
		t.Errorf("%+v %v", v, err)
	}
}
