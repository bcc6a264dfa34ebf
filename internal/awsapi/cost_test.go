package awsapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
)

// curt answers at once, and always the same.
type curt struct{}

// RoundTrip implements http.RoundTripper.
func (curt) RoundTrip(r *http.Request) (*http.Response, error) {
	const zone = `<GetHostedZoneResponse><HostedZone><Id>/hostedzone/Z1</Id><Name>example.com.</Name><CallerReference>x</CallerReference></HostedZone></GetHostedZoneResponse>`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"X-Amzn-Requestid": {"R1"}}, Body: io.NopCloser(strings.NewReader(zone)), Request: r}, nil
}

// BenchmarkACall is what a call costs that somebody is told of, and one that nobody is.
func BenchmarkACall(b *testing.B) {
	for name, told := range map[string]func(context.Context, awsapi.Call){"nobody is told": nil, "somebody is told": func(context.Context, awsapi.Call) {}} {
		b.Run(name, func(b *testing.B) {
			s, err := awsapi.Load(b.Context(), awsapi.Config{AccessKey: "AKID", SecretKey: "secret", HTTPClient: &http.Client{Transport: curt{}}, Called: told})
			if err != nil {
				b.Fatal(err)
			}
			call := everyOperation(s.Config)["GetHostedZone"]
			b.ReportAllocs()
			for b.Loop() {
				if err := call(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Where nobody reads the log a call goes through what it went through before there was one.
func TestACallThatNobodyIsToldOfGoesThroughNothingMore(t *testing.T) {
	t.Parallel()
	sim := awssim.New(awssim.Options{})
	plain := load(t, sim, awsapi.Config{AccessKey: "AKID", SecretKey: "secret"})
	told := load(t, sim, awsapi.Config{AccessKey: "AKID", SecretKey: "secret", Called: func(context.Context, awsapi.Call) {}})
	if len(told.APIOptions) != len(plain.APIOptions)+1 {
		t.Errorf("with somebody who is told there are %d options, without %d", len(told.APIOptions), len(plain.APIOptions))
	}
}
