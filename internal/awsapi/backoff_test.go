package awsapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Two hundred questions to a service that answers five a second: all of them are answered,
// few of them twice refused, and none much later than that rate says.
func TestThrottledCallsBackOffTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const questions, perSecond, burst = 200, 5, 20
		knobs := knob.Defaults()
		knobs.ReadsPerSecond, knobs.ReadBurst = perSecond, burst
		w := awssim.New(awssim.Options{Clock: clock.System{}, Knobs: &knobs})
		s, err := awsapi.Load(t.Context(), awsapi.Config{AccessKey: "AKIDEXAMPLE", SecretKey: "secret", Region: "us-east-1", HTTPClient: &http.Client{Transport: w.Transport()}})
		if err != nil {
			t.Fatal(err)
		}
		cf := cloudfrontapi.New(s.Config, "", clock.System{})
		began := clock.System{}.Now()
		var all sync.WaitGroup
		var mu sync.Mutex
		failed := 0
		turns := make(chan struct{}, 10)
		for range questions {
			all.Go(func() {
				turns <- struct{}{}
				defer func() { <-turns }()
				if _, err := cf.Policies(t.Context()); err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			})
		}
		all.Wait()
		took, refused := clock.System{}.Now().Sub(began), 0
		for _, call := range w.Journal().Calls(0) {
			if call.Code == "Throttling" {
				refused++
			}
		}
		if failed > 0 {
			t.Errorf("%d of %d failed", failed, questions)
		}
		least := time.Duration(questions-burst) * time.Second / perSecond
		if took > least*3/2 {
			t.Errorf("it took %s, and %s at the rate of the service", took, least)
		}
		if refused > questions/4 {
			t.Errorf("%d were refused on the way", refused)
		}
		t.Logf("%s of %s, %d refused", took, least, refused)
	})
}

// A busy service refuses the first of the requests it gets, and then refuses nobody.
type busyService struct {
	refuses int

	mu     sync.Mutex
	bodies []string
}

// RoundTrip implements http.RoundTripper.
func (b *busyService) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bodies = append(b.bodies, string(body))
	status, answer := http.StatusBadRequest, `<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`
	if len(b.bodies) > b.refuses {
		status, answer = http.StatusOK, `<ChangeResourceRecordSetsResponse><ChangeInfo><Id>/change/C1</Id><Status>PENDING</Status><SubmittedAt>2026-01-01T00:00:00Z</SubmittedAt></ChangeInfo></ChangeResourceRecordSetsResponse>`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: req}, nil
}

// Being unlucky many times in a row is no failure while AWS answers others; whoever chose a
// number of attempts gets that number, and no call is made for ever.
func TestAThrottledCallTakesItsTurnAgain(t *testing.T) {
	t.Parallel()
	for _, is := range []struct {
		name           string
		refuses, tries int // tries: how many AWS sees
		chosen         int
		fails          bool
	}{
		{name: "nine times refused", refuses: 9, tries: 10},
		{name: "always refused", refuses: 1000, tries: 30, fails: true},
		{name: "one attempt wanted", refuses: 1, chosen: 1, tries: 1, fails: true},
		{name: "three attempts wanted", refuses: 3, chosen: 3, tries: 3, fails: true},
		{name: "five attempts wanted", refuses: 4, chosen: 5, tries: 5},
	} {
		t.Run(is.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				service := &busyService{refuses: is.refuses}
				var told []awsapi.Call
				s, err := awsapi.Load(t.Context(), awsapi.Config{
					AccessKey: "AKIDEXAMPLE", SecretKey: "secret", Region: "us-east-1", HTTPClient: &http.Client{Transport: service}, MaxRetries: is.chosen,
					Called: func(_ context.Context, c awsapi.Call) { told = append(told, c) },
				})
				if err != nil {
					t.Fatal(err)
				}
				_, err = route53.NewFromConfig(s.Config).ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
					HostedZoneId: aws.String("Z1EXAMPLE"),
					ChangeBatch:  &r53types.ChangeBatch{Comment: aws.String("all of it, each time"), Changes: []r53types.Change{{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{Name: aws.String("www.example.com"), Type: r53types.RRTypeA}}}},
				})
				if (err != nil) != is.fails {
					t.Errorf("it says %v", err)
				}
				if len(service.bodies) != is.tries || len(told) != is.tries {
					t.Fatalf("AWS was asked %d times and the log has %d lines, want %d", len(service.bodies), len(told), is.tries)
				}
				for i, body := range service.bodies {
					if body != service.bodies[0] || !strings.Contains(body, "all of it, each time") {
						t.Errorf("attempt %d sent %q", i+1, body)
					}
					if told[i].Attempt != i+1 || told[i].Took > time.Millisecond {
						t.Errorf("line %d of the log is of attempt %d and says that AWS took %s", i+1, told[i].Attempt, told[i].Took)
					}
				}
			})
		})
	}
}
