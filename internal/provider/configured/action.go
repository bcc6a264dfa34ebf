package configured

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// Action is what actions have in common; they embed it.
type Action struct{ Provider *Provider }

// Configure implements action.ActionWithConfigure.
func (a *Action) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	take(&a.Provider, req.ProviderData, &resp.Diagnostics)
}

// Ready says whether AWS can be asked. If not, it has answered.
func (a *Action) Ready(resp *action.InvokeResponse) bool {
	if a.Provider == nil {
		resp.Diagnostics.Append(diags.NotConfiguredYet())
	}
	return a.Provider != nil
}

// repeat is how often a step that takes long is told again, so that nobody takes a
// propagation of a quarter of an hour for a run that hangs.
const repeat = time.Minute

// Teller tells Terraform about each step of an engine's run, and again while it lasts.
func (a *Action) Teller(resp *action.InvokeResponse) func(context.Context, fmt.Stringer) {
	var last string
	var began, told time.Time
	return func(ctx context.Context, step fmt.Stringer) {
		if ctx.Err() != nil {
			return // nobody listens any more, and sending would wait for somebody for ever
		}
		now, text := a.Provider.Clock.Now(), step.String()
		switch {
		case text != last:
			last, began = text, now
		case now.Sub(told) < repeat:
			return
		default:
			text = fmt.Sprintf("%s, for %s now", text, now.Sub(began).Round(time.Second))
		}
		told = now
		resp.SendProgress(action.InvokeProgressEvent{Message: text})
	}
}

// A Remark is a message that is no step.
type Remark string

// String implements fmt.Stringer.
func (r Remark) String() string { return string(r) }
