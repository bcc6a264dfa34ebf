package configured

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// Limits bound a run of so many steps, with a share of what somebody's interference undoes.
// about is what a log line of a step says the run is about.
func (p *Provider) Limits(budget time.Duration, steps int, about map[string]any) engine.Limits {
	return engine.Limits{
		Clock: p.Clock, Budget: budget, Pause: p.Poll, Failures: 8, Steps: steps,
		OnStep: func(ctx context.Context, step fmt.Stringer) { tflog.Info(ctx, step.String(), about) },
	}
}
