package awsapi_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
