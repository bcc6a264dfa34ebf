package run

import (
	"context"
	"fmt"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
)

// A Flaw is why a gate could not do its work, found before anything was written.
type Flaw struct {
	cutover.Flaw
	Found string // the alarm concerned, and what CloudWatch says about it
}

// Foresee asks, before the first write, everything that gates are going to ask of
// CloudWatch: every alarm, and every series of every metric, of the traffic and of the
// baseline. An alarm that does not exist would prove nothing, one that is in alarm
// already would send everybody back as soon as they had come, and who may not read
// metrics would leave viewers where nobody can judge what they get. What the metrics say
// does not matter yet. A nil gate asks nothing.
//
// An error is CloudWatch's, as the watcher gives it: the gates could not be asked.
func Foresee(ctx context.Context, w watch.Watcher, gates ...*watch.Gate) (*Flaw, error) {
	var alarms []gate.Alarm
	for _, g := range gates {
		if g == nil {
			continue
		}
		if err := readable(ctx, w, *g); err != nil {
			return nil, err
		}
		alarms = append(alarms, g.Alarms...)
	}
	reports, err := w.Reports(ctx, alarms)
	if err != nil {
		return nil, err
	}
	for i, a := range alarms {
		if f := FlawOf(a, reports[i]); f != nil {
			return f, nil
		}
	}
	return nil, nil
}

// FlawOf is what keeps an alarm from being watched, or nil.
func FlawOf(a gate.Alarm, r gate.AlarmReport) *Flaw {
	what := fmt.Sprintf("%s in %s", a, a.Region)
	switch {
	case r.State == gate.NoAlarm:
		return &Flaw{cutover.AlarmMissing, what}
	case r.State == gate.InAlarm:
		return &Flaw{cutover.AlarmFiring, what + ": " + r.Reason}
	case r.Evaluation == gate.AlarmMisconfigured: // the other reasons not to evaluate it pass by themselves
		return &Flaw{cutover.AlarmNotEvaluated, what + ": " + r.Reason}
	default:
		return nil
	}
}

// readable asks for each series of a gate once.
func readable(ctx context.Context, w watch.Watcher, g watch.Gate) error {
	now := w.Clock.Now()
	for _, m := range g.Metrics {
		if _, err := w.Metrics.Points(ctx, m.Region, []gate.Series{m.Series}, before(now, m.Period), now); err != nil {
			return fmt.Errorf("reading %s: %w", m.Series, err)
		}
	}
	if g.Minimum <= 0 && g.Comparison == nil {
		return nil
	}
	counted := []string{g.Subject}
	if b := g.Baseline.Distribution; g.Comparison != nil && b != "" && b != g.Subject {
		counted = append(counted, b)
	}
	for _, d := range counted {
		if _, err := watch.Traffic(ctx, w.Metrics, d, before(now, gate.CloudFrontPeriod), now); err != nil {
			return err
		}
	}
	return nil
}

func before(now time.Time, period time.Duration) time.Time {
	return now.Add(-max(watch.Backward, period))
}
