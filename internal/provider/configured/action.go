package configured

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// Action is what actions have in common; they embed it.
type Action struct{ Provider *Provider }

// Configure implements action.ActionWithConfigure.
func (a *Action) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	take(&a.Provider, req.ProviderData, &resp.Diagnostics)
}

// Begin is how every invocation begins: it reads the configuration into model, a pointer to a
// struct, and returns what tells Terraform of the steps. ok is false where AWS cannot be asked;
// then it has answered. Where the action has an attribute account, Provider works in that
// account from then on.
func (a *Action) Begin(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse, model any) (tell Tell, ok bool) {
	if resp.Diagnostics.Append(req.Config.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return nil, false
	}
	if a.Provider == nil {
		resp.Diagnostics.Append(diags.NotConfiguredYet())
		return nil, false
	}
	if !enter(ctx, &a.Provider, req.Config, &resp.Diagnostics) {
		return nil, false
	}
	return a.teller(resp), true
}

// A Tell tells somebody of a step.
type Tell func(ctx context.Context, step fmt.Stringer)

// Aloud has a run tell of its steps too. nil tells nobody.
func (tell Tell) Aloud(l engine.Limits) engine.Limits {
	if tell == nil {
		return l
	}
	log := l.OnStep
	l.OnStep = func(ctx context.Context, step fmt.Stringer) {
		log(ctx, step)
		tell(ctx, step)
	}
	return l
}

// repeat is how often a step that takes long is told again, so that nobody takes a
// propagation of a quarter of an hour for a run that hangs.
const repeat = time.Minute

// teller tells Terraform about each step of an engine's run, and again while it lasts.
func (a *Action) teller(resp *action.InvokeResponse) Tell {
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
