package stagingpromotion_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/binomial"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// A viewer remembers who answered.
type viewer struct {
	sides []string // who answered, whenever that changed
	lost  []string
}

// view has viewers look at the site, each with cookies of its own, until the returned
// function is called. Unless they stay, they wander from POP to POP.
func (r *rig) view(tb testing.TB, count int, pace time.Duration, stay ...bool) (leave func() []*viewer) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	viewers := make([]*viewer, count)
	var viewing sync.WaitGroup
	for i := range viewers {
		v := &viewer{}
		viewers[i] = v
		viewing.Go(func() {
			jar, _ := cookiejar.New(nil) // cannot fail
			client := &http.Client{Transport: r.World.Transport(), Jar: jar}
			for n := i; ctx.Err() == nil; n++ {
				if len(stay) > 0 {
					n = i
				}
				v.look(client, n%r.World.Propagation().POPs())
				_ = r.World.Clock().Sleep(ctx, pace) // the loop asks ctx
			}
		})
	}
	return func() []*viewer {
		cancel()
		viewing.Wait()
		return viewers
	}
}

func (v *viewer) look(client *http.Client, pop int) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+www+"/", nil)
	if err != nil {
		v.lost = append(v.lost, err.Error())
		return
	}
	req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
	resp, err := client.Do(req)
	if err != nil {
		v.lost = append(v.lost, err.Error())
		return
	}
	_ = resp.Body.Close() // nothing to be done about it
	if resp.StatusCode != http.StatusOK {
		v.lost = append(v.lost, resp.Status)
	}
	if side := resp.Header.Get(edge.DistributionHeader); len(v.sides) == 0 || v.sides[len(v.sides)-1] != side {
		v.sides = append(v.sides, side)
	}
}

// byWeights asks for a release with a canary that has to be seen.
func (r *rig) byWeights(release string, traffic int, weights ...any) acctest.Config {
	return r.ask(release, acctest.Config{
		"canary": map[string]any{"weights": weights, "bake_time": "10m", "require_traffic": traffic},
		"verify": map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health", "body_contains": "next.origin.test"}}}},
	})
}

// share counts the answers of primary and staging between two times.
func (r *rig) share(from, to time.Time) (staging, all int) {
	for _, a := range r.World.Journal().Answers(from) {
		if a.Host != www || !a.At.Before(to) || a.Path != "/" {
			continue
		}
		all++
		if a.Distribution == r.staging.ID {
			staging++
		}
	}
	return staging, all
}

// While a release goes on, staging gets the share that it is told to get, and nobody is
// let down.
func TestUnderLoadTheCanaryGetsItsWeightAndNoRequestFails(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		seq := r.World.Journal().Seq()
		leave := r.view(t, 20, time.Second)
		d := r.apply(t, r.byWeights("two", 100, 5, 15))
		for i, v := range leave() {
			if len(v.lost) > 0 {
				t.Errorf("viewer %d lost %d requests: %s", i, len(v.lost), v.lost[0])
			}
		}
		if len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		r.expect(t, "next.origin.test")
		writes := r.Writes(seq)
		if len(writes) != 3 {
			t.Fatalf("wrote %v", acctest.Operations(writes))
		}
		for i, p := range []float64{0.05, 0.15} {
			// From when the weight is everywhere until the next write.
			staging, all := r.share(writes[i].At.Add(r.World.Propagation().Span()), writes[i+1].At)
			low, high := binomial.Bounds(all, p, 1e-6)
			if all < 5000 || staging < low || staging > high {
				t.Errorf("at %g %% staging had %d of %d requests, want %d to %d", p*100, staging, all, low, high)
			}
			t.Logf("at %g %% staging had %d of %d requests; %d to %d is chance", p*100, staging, all, low, high)
		}
	})
}

// Sessions that the policy keeps stay on their side while the weight grows; the
// promotion ends them, and everybody sees the release.
func TestNoStickySessionFlips(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		ctx := context.Background()
		got, err := r.CloudFront.GetContinuousDeploymentPolicyConfig(ctx, &cloudfront.GetContinuousDeploymentPolicyConfigInput{Id: aws.String(r.policy)})
		if err != nil {
			t.Fatal(err)
		}
		got.ContinuousDeploymentPolicyConfig.TrafficConfig.SingleWeightConfig.SessionStickinessConfig = &cftypes.SessionStickinessConfig{IdleTTL: aws.Int32(3600), MaximumTTL: aws.Int32(3600)}
		if _, err := r.CloudFront.UpdateContinuousDeploymentPolicy(ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{Id: aws.String(r.policy), IfMatch: got.ETag, ContinuousDeploymentPolicyConfig: got.ContinuousDeploymentPolicyConfig}); err != nil {
			t.Fatal(err)
		}
		r.Settle()
		leave := r.view(t, 60, 5*time.Second, true)
		d := r.apply(t, r.byWeights("two", 1, 10, 15))
		staged := 0
		for i, v := range leave() {
			if len(v.lost) > 0 {
				t.Errorf("viewer %d lost %d requests: %s", i, len(v.lost), v.lost[0])
			}
			// On the primary; to staging as the policy is enabled; back as the promotion
			// disables it. They stay at their POP, since each goes over at its own moment.
			if v.flips() > 2 {
				t.Errorf("viewer %d changed sides: %v", i, v.sides)
			}
			if v.flips() > 0 {
				staged++
			}
		}
		if len(d.Errors()) > 0 || staged == 0 {
			t.Errorf("%d viewers were at staging; %s", staged, d)
		}
	})
}

// flips is how often a viewer changed sides.
func (v *viewer) flips() int { return len(v.sides) - 1 }

// Nobody at staging is no evidence: nothing is promoted, whether nobody came or
// CloudFront sent everybody to the primary.
func TestWithoutTrafficNothingIsPromoted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		viewers int
		turn    func(*knob.Knobs)
	}{
		"nobody came":             {},
		"a peak, all of the time": {viewers: 5, turn: func(k *knob.Knobs) { k.PeakSpan = k.PeakEvery }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, site())
				r.introduce(t, r.byWeights("one", 10, 5))
				if c.turn != nil {
					r.World.Turn(c.turn)
				}
				leave := r.view(t, c.viewers, time.Second)
				expectSays(t, r.apply(t, r.byWeights("two", 10, 5)).Errors(), "The canary could not be proven healthy")
				leave()
				if r.origin(t) != "blue.origin.test" || !r.enabled(t) || r.core.Get("phase") != "canary" || r.core.Get("release") != "one" {
					t.Errorf("serves from %s, enabled %v, state %s", r.origin(t), r.enabled(t), r.core.State)
				}
				// With viewers, the next apply goes on from there, without sending anybody anywhere first.
				r.World.Turn(func(k *knob.Knobs) { k.PeakSpan = 0 })
				seq := r.World.Journal().Seq()
				leave = r.view(t, 5, time.Second)
				d := r.apply(t, r.byWeights("two", 10, 5))
				leave()
				if got := acctest.Operations(r.Writes(seq)); len(d.Errors()) > 0 || len(got) != 1 {
					t.Errorf("wrote %v, says %s", got, d)
				}
				r.expect(t, "next.origin.test")
			})
		})
	}
}

// A canary that is worse than the primary is taken back, by what viewers got.
func TestACanaryThatIsWorseThanThePrimaryIsTakenBack(t *testing.T) {
	t.Parallel()
	running(t, func(t *testing.T, r *rig) {
		r.sicken("next.origin.test")
		leave := r.view(t, 20, time.Second)
		ask := r.byWeights("two", 50, 15)
		ask["verify"] = map[string]any{"before": map[string]any{"comparison": map[string]any{"minimum_requests": 200}}}
		d := r.apply(t, ask)
		leave()
		expectSays(t, d.Errors(), "Release failed and was rolled back")
		if r.origin(t) != "blue.origin.test" || r.enabled(t) || r.core.Get("phase") != "rolled_back" {
			t.Errorf("serves from %s, enabled %v, state %s", r.origin(t), r.enabled(t), r.core.State)
		}
	})
}
