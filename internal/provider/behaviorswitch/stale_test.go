package behaviorswitch_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// answers asks every POP once for a path, and counts the answers by the origin that gave them.
func (s shop) answers(t *testing.T, path string) map[string]int {
	t.Helper()
	client := &http.Client{Transport: s.World.Transport()}
	out := map[string]int{}
	for pop := range s.World.Propagation().POPs() {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://www.example.com"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var who origin.Echo
		if err := json.NewDecoder(resp.Body).Decode(&who); err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		out[who.Domain]++
	}
	return out
}

// What edge locations hold does not depend on the origin that is chosen, and while a change
// spreads they go on filling up with answers of the side before.
func TestAfterACutoverNobodyGetsWhatTheSideBeforeAnswered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit  func(acctest.Config)
		stale bool
	}{
		"invalidated":     {edit: func(acctest.Config) {}},
		"not invalidated": {edit: func(c acctest.Config) { delete(c, "invalidate") }, stale: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t, "/api/*")
				p := core(s.Env)
				mustApply(t, p, s.toward("blue", "/api/*"))
				if got := s.answers(t, "/api/a"); got["app-green.origin.test"] > 0 || got["app-blue.origin.test"] == 0 {
					t.Fatalf("before: %v", got)
				}
				config := s.toward("green", "/api/*")
				c.edit(config)
				var leave atomic.Bool
				during := map[string]int{}
				watched := make(chan struct{})
				go func() { // viewers while it goes on
					defer close(watched)
					for !leave.Load() {
						for who, n := range s.answers(t, "/api/a") {
							during[who] += n
						}
						_ = clock.System{}.Sleep(context.Background(), 5*time.Second)
					}
				}()
				mustApply(t, p, config)
				leave.Store(true)
				<-watched
				after := s.answers(t, "/api/a")
				t.Logf("during: %v, after: %v", during, after)
				if stale := after["app-blue.origin.test"]; (stale > 0) != c.stale {
					t.Errorf("%d answers of the side before after the cutover: %v", stale, after)
				}
			})
		})
	}
}
