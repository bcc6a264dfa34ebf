package configured

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
)

// Limits bound a run of so many steps, with a share of what somebody's interference undoes.
// about is what a log line says the run is about. show makes of what the run has seen a
// struct that names what may be logged of it.
func Limits[O, S any](p *Provider, budget time.Duration, steps int, about map[string]any, show func(O) S) engine.Limits {
	out := engine.Limits{
		Clock: p.Clock, Budget: budget, Pause: p.Poll, Failures: 8, Steps: steps,
		OnStep: func(ctx context.Context, step fmt.Stringer) { logged.Step(ctx, step, about) },
		OnEnd:  func(ctx context.Context, err error) { logged.End(ctx, err, causeOf(err), about) },
	}
	if p.Log >= logged.Trace {
		out.OnDecision = func(ctx context.Context, obs any, step fmt.Stringer) {
			if seen, ok := obs.(O); ok {
				p.Log.Observation(ctx, step, about, func() any { return show(seen) })
			}
		}
	}
	return out
}

// causeOf is why a run ended, in a word for the log.
func causeOf(err error) string {
	if _, spent := errors.AsType[*engine.Deadline](err); spent {
		return "out of time"
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	switch Cause(err) {
	case cutover.Sick:
		return "sick"
	case cutover.Condemned:
		return "condemned"
	case cutover.Barred:
		return "barred"
	case cutover.Refused:
		return "refused"
	case cutover.Lost:
		return "lost"
	case cutover.Lapsed:
		return "lapsed"
	default:
		return "unable"
	}
}
