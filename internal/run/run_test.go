package run_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

var errDown = errors.New("the service is down")

// cloud is a CloudWatch that keeps what it was asked for.
type cloud struct {
	alarms map[string]gate.AlarmReport
	err    error
	asked  []string
}

func (c *cloud) Alarms(_ context.Context, region string, names []string) (map[string]gate.AlarmReport, error) {
	for _, n := range names {
		c.asked = append(c.asked, region+"/"+n)
	}
	return c.alarms, c.err
}

func (c *cloud) Points(_ context.Context, region string, series []gate.Series, from, to time.Time) ([][]gate.Point, error) {
	for _, s := range series {
		c.asked = append(c.asked, strings.Trim(region+"/"+s.Name+"/"+s.Dimensions["DistributionId"], "/"))
		if !from.Before(to) {
			return nil, errors.New("an empty window")
		}
	}
	return make([][]gate.Point, len(series)), c.err
}

// answers is a side that always answers the same.
type answers int

func (a answers) Sample(ctx context.Context, _ gate.Target) (gate.Sample, error) {
	return gate.Sample{Status: int(a)}, ctx.Err()
}

func watcher(c *cloud, status int) watch.Watcher {
	return watch.Watcher{Clock: clock.System{}, Sampler: answers(status), Metrics: c, Transient: func(error) bool { return false }}
}

func TestOnlyAVerdictThatPassedIsWorthAnythingForASide(t *testing.T) {
	t.Parallel()
	for v, want := range map[gate.Verdict]cutover.Evidence{
		gate.Pass: cutover.Healthy, gate.Fail: cutover.Unhealthy, gate.Inconclusive: cutover.Inconclusive, gate.Unasked: cutover.Unasked, gate.Verdict(99): cutover.Inconclusive,
	} {
		if got := run.Evidence(v); got != want {
			t.Errorf("%s is %q, want %q", v, got, want)
		}
		if got := run.Evidence(v).Enough(); got != (v == gate.Pass || v == gate.Unasked) {
			t.Errorf("%s is enough to go on: %v", v, got)
		}
	}
}

func TestEverythingThatWillBeAskedIsAskedBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	alarm := []gate.Alarm{{Name: "errors", Region: "eu-west-1"}}
	ok := map[string]gate.AlarmReport{"errors": {State: gate.AlarmOK}}
	custom := gate.Metric{Series: gate.Series{Name: "Logins", Region: "eu-west-1", Period: time.Hour}}
	for _, c := range []struct {
		name  string
		gates []*watch.Gate
		cloud cloud
		want  []string // what was asked
		flaw  cutover.Flaw
		found string
		err   error
	}{
		{name: "no gate", gates: []*watch.Gate{nil, nil}},
		{name: "probes alone", gates: []*watch.Gate{{Targets: []gate.Target{{URL: "https://a.example"}}}}},
		{
			name: "an alarm, a metric and a comparison, in two gates", cloud: cloud{alarms: ok},
			gates: []*watch.Gate{{Alarms: alarm, Metrics: []gate.Metric{custom}}, nil, {Subject: "E2", Comparison: &gate.Comparison{}, Baseline: watch.Baseline{Distribution: "E1"}}},
			want:  []string{"eu-west-1/Logins", "us-east-1/Requests/E2", "us-east-1/5xxErrorRate/E2", "us-east-1/Requests/E1", "us-east-1/5xxErrorRate/E1", "eu-west-1/errors"},
		},
		{
			name: "a minimum of requests", gates: []*watch.Gate{{Subject: "E2", Minimum: 10}},
			want: []string{"us-east-1/Requests/E2", "us-east-1/5xxErrorRate/E2"},
		},
		{name: "metrics that may not be read", gates: []*watch.Gate{{Metrics: []gate.Metric{custom}}}, cloud: cloud{err: errDown}, want: []string{"eu-west-1/Logins"}, err: errDown},
		{name: "alarms that may not be read", gates: []*watch.Gate{{Alarms: alarm}}, cloud: cloud{err: errDown}, want: []string{"eu-west-1/errors"}, err: errDown},
		{name: "an alarm that nobody made", gates: []*watch.Gate{{Alarms: alarm}}, want: []string{"eu-west-1/errors"}, flaw: cutover.AlarmMissing, found: "alarm errors in eu-west-1"},
		{
			name: "an alarm that fires", gates: []*watch.Gate{{Alarms: alarm}}, want: []string{"eu-west-1/errors"}, flaw: cutover.AlarmFiring, found: "too many",
			cloud: cloud{alarms: map[string]gate.AlarmReport{"errors": {State: gate.InAlarm, Reason: "too many"}}},
		},
		{
			name: "an alarm that has seen nothing yet", gates: []*watch.Gate{{Alarms: alarm}}, want: []string{"eu-west-1/errors"},
			cloud: cloud{alarms: map[string]gate.AlarmReport{"errors": {State: gate.AlarmHasNoState}}},
		},
	} {
		flaw, err := run.Foresee(t.Context(), watcher(&c.cloud, 200), c.gates...)
		if !errors.Is(err, c.err) || c.err == nil && err != nil {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if c.flaw == "" && flaw != nil || c.flaw != "" && (flaw == nil || flaw.Flaw != c.flaw || !strings.Contains(flaw.Found, c.found)) {
			t.Errorf("%s: %+v, want %s (%s)", c.name, flaw, c.flaw, c.found)
		}
		if !slices.Equal(c.cloud.asked, c.want) {
			t.Errorf("%s: asked for %q, want %q", c.name, c.cloud.asked, c.want)
		}
	}
}

// What is not known of a side is worth nothing, neither for it nor against it.
func TestTheWayBackIsDecidedByWhatWasSeen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		other cutover.Evidence
		sick  bool
		want  bool
	}{
		{cutover.Healthy, true, true},
		{cutover.Healthy, false, true},
		{cutover.Unhealthy, true, false},
		{cutover.Unhealthy, false, false},
		{cutover.Inconclusive, true, true},
		{cutover.Inconclusive, false, false},
		{cutover.NoEvidence, true, true},
		{cutover.NoEvidence, false, false},
		{cutover.Unasked, true, true},
		{cutover.Unasked, false, true},
	} {
		if got := run.Return(c.sick, c.other); got != c.want {
			t.Errorf("the side viewers are on was seen failing: %v; the other one is %q: goes back %v, want %v", c.sick, c.other, got, c.want)
		}
	}
}

func TestBeforeViewersGoBackTheOtherSideIsAsked(t *testing.T) {
	t.Parallel()
	probe := &watch.Gate{Targets: []gate.Target{{URL: "https://blue.example", Samples: 1}}}
	unproven := &watch.Gate{Targets: []gate.Target{{URL: "https://blue.example", Samples: 1, NeedMarker: true}}, FailUnproven: true}
	counted := &watch.Gate{Metrics: []gate.Metric{{Series: gate.Series{Name: "5xxErrorRate", Period: time.Minute}}}}
	for _, c := range []struct {
		name   string
		gate   *watch.Gate
		status int
		taken  bool
		other  cutover.Evidence
		why    string
	}{
		{"there is no gate", nil, 200, true, cutover.Unasked, ""},
		{"it answers", probe, 200, true, cutover.Healthy, ""},
		{"it is sick too", probe, 503, false, cutover.Unhealthy, "answered 503"},
		{"it is not proven, which counts as a failure elsewhere", unproven, 200, true, cutover.Inconclusive, "nothing proves which one did"},
		{"nobody can be asked", counted, 200, true, cutover.Inconclusive, "the service is down"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				back, err := run.Back(t.Context(), watcher(&cloud{err: errDown}, c.status), c.gate, true)
				if err != nil || back.Taken != c.taken || back.Other != c.other || !strings.Contains(back.Why, c.why) || c.why == "" && back.Why != "" {
					t.Errorf("%+v, %v", back, err)
				}
			})
		})
	}
	if unproven.FailUnproven == false {
		t.Error("the gate of the caller was changed")
	}
}

func TestWhoeverIsToldToStopGoesNotBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	back, err := run.Back(ctx, watcher(&cloud{}, http.StatusOK), &watch.Gate{Targets: []gate.Target{{URL: "https://blue.example", Samples: 1}}}, true)
	if !errors.Is(err, context.Canceled) || back.Taken {
		t.Errorf("%+v, %v", back, err)
	}
}

func TestTheLastLookOutlivesTheRunAndIsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if got, err := run.LastLook(ctx, func(ctx context.Context) (int, error) { return 7, ctx.Err() }); got != 7 || err != nil {
			t.Errorf("looked and saw %d, %v", got, err)
		}
		began := clock.System{}.Now()
		_, err := run.LastLook(ctx, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if took := (clock.System{}).Now().Sub(began); err == nil || took != run.LastLookBudget {
			t.Errorf("gave up after %s: %v", took, err)
		}
	})
}
