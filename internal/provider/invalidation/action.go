package invalidation

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var (
	_ action.ActionWithConfigure      = (*Action)(nil)
	_ action.ActionWithValidateConfig = (*Action)(nil)
)

// Action implements cdn_invalidate: what the resource does, for somebody who asks for it
// now. Every invocation is another invalidation.
type Action struct{ configured.Action }

// NewAction returns the action.
func NewAction() action.Action { return &Action{} }

type actionModel struct {
	Account      types.String         `tfsdk:"account"`
	Distribution types.String         `tfsdk:"distribution_id"`
	Paths        types.Set            `tfsdk:"paths"`
	Tags         types.Set            `tfsdk:"tags"`
	Deployed     types.Bool           `tfsdk:"wait_for_deployment"`
	Wait         types.Bool           `tfsdk:"wait"`
	Timeout      timetypes.GoDuration `tfsdk:"timeout"`
}

// Metadata implements action.Action.
func (a *Action) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_invalidate"
}

// Schema implements action.Action.
func (a *Action) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes the edge locations of a CloudFront distribution drop what they hold of some paths or cache tags. Every invocation is an invalidation of its own.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfAction("the distribution is"),
			"distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()}, MarkdownDescription: ofDistribution,
			},
			"paths":               schema.SetAttribute{ElementType: types.StringType, Optional: true, Validators: pathSet(), MarkdownDescription: ofPaths},
			"tags":                schema.SetAttribute{ElementType: types.StringType, Optional: true, Validators: tagSet(), MarkdownDescription: ofTags},
			"wait_for_deployment": schema.BoolAttribute{Optional: true, MarkdownDescription: ofDeployment},
			"wait":                schema.BoolAttribute{Optional: true, MarkdownDescription: ofWait},
			"timeout":             fwtypes.Limit(defaultTimeout, "How long it may take, waits included."),
		},
	}
}

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *Action) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var m actionModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); !resp.Diagnostics.HasError() && m.Paths.IsNull() && m.Tags.IsNull() {
		resp.Diagnostics.Append(diags.NothingToInvalidate(path.Root("paths")))
	}
}

// Invoke implements action.Action.
func (a *Action) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m actionModel
	tell, ok := a.Begin(ctx, req, resp, &m)
	if !ok {
		return
	}
	w := newWorkflow(a.Provider, purge.Spec{
		Distribution: m.Distribution.ValueString(), Items: items(m.Paths, m.Tags),
		Deployed: m.Deployed.IsNull() || m.Deployed.ValueBool(), Complete: m.Wait.IsNull() || m.Wait.ValueBool(),
	})
	w.spec.Occasion = "invoked at " + w.began.Format(time.RFC3339Nano) // the same for each attempt of this invocation
	if err := w.run(ctx, fwtypes.Length(m.Timeout, defaultTimeout), tell); err != nil {
		stop := w.stop(err)
		stop.Invoked = true
		resp.Diagnostics.Append(diags.InvalidationStopped(stop))
		return
	}
	if w.spec.Complete {
		tell(ctx, configured.Remark(fmt.Sprintf("invalidation %s is complete: no edge location of %s holds %s from before", w.made.ID, w.spec.Distribution, w.spec.Named())))
		return
	}
	tell(ctx, configured.Remark(fmt.Sprintf("CloudFront has taken invalidation %s of %s on %s, which goes on by itself", w.made.ID, w.spec.Named(), w.spec.Distribution)))
}
