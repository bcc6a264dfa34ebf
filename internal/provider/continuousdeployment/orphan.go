package continuousdeployment

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ action.ActionWithConfigure = (*DeleteOrphaned)(nil)

// DeleteOrphaned implements the action cdn_delete_orphaned_policy: the resource's own
// destroy, for a policy that no state knows.
type DeleteOrphaned struct{ configured.Action }

// NewDeleteOrphaned returns the action.
func NewDeleteOrphaned() action.Action { return &DeleteOrphaned{} }

type orphanModel struct {
	Account types.String         `tfsdk:"account"`
	Policy  types.String         `tfsdk:"policy_id"`
	Detach  types.Bool           `tfsdk:"detach"`
	Timeout timetypes.GoDuration `tfsdk:"timeout"`
}

// Metadata implements action.Action.
func (a *DeleteOrphaned) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_delete_orphaned_policy"
}

// Schema implements action.Action.
func (a *DeleteOrphaned) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Deletes a continuous deployment policy that no state knows, in the order in which `cdn_continuous_deployment` is destroyed: sends everybody to the primary, detaches the policy, waits, and deletes it. " +
			"Unless told otherwise it leaves a policy alone that still joins two distributions.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfAction("the policy is"),
			"policy_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Id of the policy. One that does not exist is deleted already.",
			},
			"detach": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to delete also a policy that still joins two distributions, such as one that another stack has left behind. Every request goes to the primary before the policy is detached. " +
					"Default `false`: such a policy is left alone.",
			},
			"timeout": fwtypes.Limit(defaultTimeout, "How long it may take. A run that reaches its limit stops where it is, and invoking the action again carries on."),
		},
	}
}

// Invoke implements action.Action.
func (a *DeleteOrphaned) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m orphanModel
	tell, ok := a.Begin(ctx, req, resp, &m)
	if !ok {
		return
	}
	id := m.Policy.ValueString()
	o := &orphan{workflow: newWorkflow(a.Provider, deployment.Spec{}), detach: m.Detach.ValueBool()}
	o.id, o.known = id, true
	tell(ctx, configured.Remark("looking for the distributions of policy "+id))
	if err := o.converge(ctx, o, tell.Aloud(o.limits(fwtypes.Length(m.Timeout, defaultTimeout)))); err != nil {
		words := o.words(false)
		words.What, words.Invoked = "The removal of the orphaned policy", true
		resp.Diagnostics.Append(diags.Unfinished(words))
		return
	}
	tell(ctx, configured.Remark("policy "+id+" is gone"))
}

// orphan is the way to nothing for a policy of which only the id is known.
type orphan struct {
	*workflow
	detach bool // also from a primary whose staging distribution exists
	found  bool // the distributions have been looked for
}

// Observe implements engine.Workflow.
func (o *orphan) Observe(ctx context.Context) (deployment.Observation, error) {
	if !o.found {
		if err := o.find(ctx); err != nil {
			return deployment.Observation{}, configured.Again(err)
		}
	}
	return o.workflow.Observe(ctx)
}

// find looks for the distributions that the policy joins. While nothing has been
// written, both being there means that it is no orphan; afterwards it cannot become one.
func (o *orphan) find(ctx context.Context) error {
	cf := o.p.CloudFront
	policy, err := cf.Policy(ctx, o.id)
	if err != nil && !errors.Is(err, awsapi.ErrNotFound) {
		return err
	}
	var spec deployment.Spec
	if policy.Staging != "" {
		if spec.Staging, err = cf.StagingAt(ctx, policy.Staging); err != nil {
			return err
		}
	}
	if spec.Primary, err = cf.PrimaryOf(ctx, o.id); err != nil {
		return err
	}
	if spec.Primary != "" && spec.Staging != "" && !o.detach {
		return &deployment.Obstacle{Kind: deployment.NotOrphaned, Found: spec.Primary}
	}
	o.spec, o.found = spec, true
	return nil
}

// Next implements engine.Workflow.
func (o *orphan) Next(obs deployment.Observation) (deployment.Step, bool, error) {
	return removal{workflow: o.workflow}.Next(obs) // whoever has marked it
}
