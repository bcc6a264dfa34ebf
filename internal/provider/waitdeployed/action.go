// Package waitdeployed is the action cdn_wait_deployed: it returns once every edge
// location has what some distributions have. It only looks.
package waitdeployed

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ action.ActionWithConfigure = (*Action)(nil)

// Action implements cdn_wait_deployed.
type Action struct{ configured.Action }

// New returns the action.
func New() action.Action { return &Action{} }

type model struct {
	Account       types.String         `tfsdk:"account"`
	Distributions types.Set            `tfsdk:"distribution_ids"`
	Invalidations types.Bool           `tfsdk:"invalidations"`
	Timeout       timetypes.GoDuration `tfsdk:"timeout"`
}

const defaultTimeout = "90m"

// Metadata implements action.Action.
func (a *Action) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_wait_deployed"
}

// Schema implements action.Action.
func (a *Action) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits until every edge location has what some distributions have, as CloudFront's status `Deployed` says. It changes nothing.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfAction("the distributions are"),
			"distribution_ids": schema.SetAttribute{
				ElementType: types.StringType, Required: true,
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(fwtypes.DistributionID())},
				MarkdownDescription: "Ids of the distributions; staging distributions too.",
			},
			"invalidations": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to wait for their invalidations as well, whoever asked for them. Default `false`.",
			},
			"timeout": fwtypes.Limit(defaultTimeout, "How long to wait before it is an error."),
		},
	}
}

// Invoke implements action.Action.
func (a *Action) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m model
	tell, ok := a.Begin(ctx, req, resp, &m)
	if !ok {
		return
	}
	w := &workflow{p: a.Provider, began: a.Provider.Clock.Now(), invalidations: m.Invalidations.ValueBool()}
	if resp.Diagnostics.Append(m.Distributions.ElementsAs(ctx, &w.ids, false)...); resp.Diagnostics.HasError() {
		return
	}
	slices.Sort(w.ids)
	_, err := engine.Run(ctx, w, engine.Limits{
		Clock: a.Provider.Clock, Budget: fwtypes.Length(m.Timeout, defaultTimeout), Pause: a.Provider.Poll, Failures: 8, Steps: 1, OnStep: tell,
	})
	switch {
	case w.missing != "":
		resp.Diagnostics.Append(diags.NoDistribution(path.Root("distribution_ids"), w.missing))
	case err != nil:
		resp.Diagnostics.Append(diags.Unfinished(diags.Work{What: "The wait", Traffic: "A wait changes nothing.", Err: err, Invoked: true}))
	default:
		tell(ctx, configured.Remark("deployed everywhere: "+strings.Join(w.ids, ", ")))
	}
}

// workflow looks, and waits.
type workflow struct {
	p             *configured.Provider
	began         time.Time
	ids           []string
	invalidations bool
	missing       string // id of a distribution that does not exist
}

// An observation is what there is to wait for.
type observation struct{ deploying, invalidating []string }

// A step is the one thing to do about it.
type step struct{ what string }

// Progress implements engine.Step.
func (step) Progress() bool { return false }

// String implements fmt.Stringer.
func (s step) String() string { return s.what }

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (observation, error) {
	var obs observation
	// A look may share the answer to another's, but to none from before this action began:
	// what is to be waited for may have been written since.
	since := w.p.Clock.Now().Add(-w.p.Poll / 2)
	if since.Before(w.began) {
		since = w.began
	}
	for _, id := range w.ids {
		d, err := w.p.CloudFront.Distribution(ctx, id, since)
		if err != nil {
			return obs, w.again(id, err)
		}
		if !d.Deployed {
			obs.deploying = append(obs.deploying, id)
		}
		if !w.invalidations {
			continue
		}
		running, err := w.p.CloudFront.Invalidating(ctx, id)
		if err != nil {
			return obs, w.again(id, err)
		}
		for _, i := range running {
			obs.invalidating = append(obs.invalidating, i+" on "+id)
		}
	}
	return obs, nil
}

// again marks the errors after which the engine looks once more.
func (w *workflow) again(id string, err error) error {
	if awsapi.Transient(err) {
		return configured.Again(err)
	}
	if errors.Is(err, awsapi.ErrNotFound) {
		w.missing = id
	}
	return err
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs observation) (step, bool, error) {
	switch {
	case len(obs.deploying) > 0:
		return step{"waiting until " + strings.Join(obs.deploying, ", ") + " is deployed everywhere"}, false, nil
	case len(obs.invalidating) > 0:
		return step{"waiting for invalidation " + strings.Join(obs.invalidating, ", ")}, false, nil
	default:
		return step{}, true, nil
	}
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, _ observation, _ step) error {
	return w.p.Clock.Sleep(ctx, w.p.Poll)
}
