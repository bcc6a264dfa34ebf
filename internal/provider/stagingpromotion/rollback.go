package stagingpromotion

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/ledger"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

var (
	_ action.ActionWithConfigure      = (*RollBack)(nil)
	_ action.ActionWithValidateConfig = (*RollBack)(nil)
)

// RollBack implements the action cdn_roll_back: the resource's own way back, for
// somebody who cannot wait for a plan. It decides nothing that a failed gate would not.
type RollBack struct{ configured.Action }

// NewRollBack returns the action.
func NewRollBack() action.Action { return &RollBack{} }

type rollBackModel struct {
	Account    types.String         `tfsdk:"account"`
	Primary    types.String         `tfsdk:"primary_distribution_id"`
	Staging    types.String         `tfsdk:"staging_distribution_id"`
	Policy     types.String         `tfsdk:"policy_id"`
	Bucket     types.String         `tfsdk:"snapshot_bucket"`
	WayBack    types.String         `tfsdk:"way_back"`
	Reason     types.String         `tfsdk:"reason"`
	Overwrite  types.Bool           `tfsdk:"overwrite"`
	Invalidate types.List           `tfsdk:"invalidate"`
	Timeout    timetypes.GoDuration `tfsdk:"timeout"`
}

// Metadata implements action.Action.
func (a *RollBack) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_roll_back"
}

// Schema implements action.Action.
func (a *RollBack) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Takes the last release of a `cdn_staging_promotion` back, now: sends nobody to staging any more, and gives the primary the configuration it had before the release. It goes the way that the resource goes when a gate fails.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfAction("the distributions and the bucket are"),
			"primary_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of the distribution that serves.",
			},
			"staging_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of its staging distribution. It is only looked at.",
			},
			"policy_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Id of the continuous deployment policy that joins them. It is disabled first, which helps at once.",
			},
			"snapshot_bucket": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(3, 63)},
				MarkdownDescription: "The `snapshot_bucket` of the `cdn_staging_promotion`: what the primary had before the release that was begun last, settled or not, is in there. The release is marked as failed, so that no apply tries it again. Exactly one of `snapshot_bucket` and `way_back`.",
			},
			"way_back": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "The `way_back` of the `cdn_staging_promotion`: what was settled last. That takes back a release which is not settled. Nothing remembers it, so the next apply tries the release again unless `release` is changed back.",
			},
			"reason": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Why, for whoever reads the warnings of later plans. Kept in the bucket. Default: `" + defaultReason + "`.",
			},
			"overwrite": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether to go back also where the primary has a configuration that neither the release nor the one before it had. Default `false`: what somebody else has changed is not overwritten.",
			},
			"invalidate": schema.ListAttribute{
				ElementType: types.StringType, Optional: true,
				Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(fwtypes.InvalidationPath())},
				MarkdownDescription: "Paths, such as `/*`, and cache tags, such as `#release-7`, whose copies the edge locations of the primary drop at the end. Where that fails there is a warning, and the way back stands.",
			},
			"timeout": fwtypes.Limit(latched.Timeout, "How long it may take. A run that reaches its limit stops where it is, and invoking the action again carries on."),
		},
	}
}

const defaultReason = "Taken back by cdn_roll_back."

// ValidateConfig implements action.ActionWithValidateConfig.
func (a *RollBack) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var m rollBackModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	switch {
	case m.Bucket.IsNull() && m.WayBack.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("snapshot_bucket"), "Nothing to go back to",
			"Neither `snapshot_bucket` nor `way_back` is set, and CloudFront does not remember what a distribution had. Write the `snapshot_bucket` of the cdn_staging_promotion, or its `way_back`.")
	case !m.Bucket.IsNull() && !m.WayBack.IsNull() && !m.Bucket.IsUnknown() && !m.WayBack.IsUnknown():
		resp.Diagnostics.AddAttributeError(path.Root("way_back"), "Two ways back", "`snapshot_bucket` and `way_back` may lead to different configurations. Remove one of them.")
	}
	if !m.Primary.IsUnknown() && !m.Staging.IsUnknown() && m.Primary.Equal(m.Staging) {
		resp.Diagnostics.Append(samePair(m.Primary.ValueString()))
	}
}

// Invoke implements action.Action.
func (a *RollBack) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m rollBackModel
	tell, ok := a.Begin(ctx, req, resp, &m)
	if !ok {
		return
	}
	spec := promotion.Spec{
		Mode: promotion.Mode{Purpose: promotion.Return}, Asked: promotion.Asked{Primary: m.Primary.ValueString(), Staging: m.Staging.ValueString(), Policy: m.Policy.ValueString(), Overwrite: m.Overwrite.ValueBool()},
	}
	if !m.Invalidate.IsNull() {
		resp.Diagnostics.Append(m.Invalidate.ElementsAs(ctx, &spec.Invalidate, false)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	spec.WayBack = m.WayBack.ValueString()
	u := &undoing{workflow: newWorkflow(a.Provider, spec), reason: defaultReason}
	u.ledger = ledger.New(a.Provider.S3, m.Bucket.ValueString(), spec.Primary)
	if !m.Reason.IsNull() {
		u.reason = m.Reason.ValueString()
	}
	// Asked for by hand, copies are dropped also where an earlier run has sent the
	// configuration back and died before it got to them.
	u.sentBack = true

	limits := tell.Aloud(u.Limits(fwtypes.Length(m.Timeout, latched.Timeout)))
	sight, err := run.Converge(ctx, u, &u.Log.Book, limits, run.Sight[promotion.Observation]{})
	stop := diags.ReleaseStop{Stop: diags.Ended(u.spec, run.Outcome[promotion.Observation]{Sight: sight, Err: err}, false)}
	if err != nil {
		resp.Diagnostics.Append(diags.RollBackStopped(stop))
		return
	}
	u.tell(ctx) // also where nothing had to be taken back: it is not to be tried again
	if u.untold != nil {
		resp.Diagnostics.Append(diags.RollBackNotRemembered(stop, u.untold))
	}
	if len(u.purge.Unread) > 0 && u.purge.Err == nil {
		resp.Diagnostics.Append(diags.TagsNotInvalidated(spec.Primary, u.purge.Unread))
	}
	switch {
	case u.purge.Err != nil:
		resp.Diagnostics.Append(diags.RollBackNotInvalidated(stop, "", u.purge.Err))
	case u.purge.Slow:
		resp.Diagnostics.Append(diags.RollBackNotInvalidated(stop, u.purge.ID, u.purge.Unseen))
	}
	if !u.acted { // nobody is better off, and that is not to pass for a way back
		resp.Diagnostics.Append(diags.RollBackEmpty(stop, !m.WayBack.IsNull()))
		return
	}
	tell(ctx, configured.Remark(spec.Primary+" has the configuration of before everywhere, and nobody is sent to staging"))
}

// undoing is the way back that somebody asks for. Where it leads is in the snapshot
// bucket, or was handed over; the steps are the resource's.
type undoing struct {
	*workflow
	reason string
	told   bool
	acted  bool  // it took a step that makes a difference to viewers
	untold error // why the ledger could not be marked
}

// Observe implements engine.Workflow.
func (u *undoing) Observe(ctx context.Context) (promotion.Observation, error) {
	first := u.first == nil
	obs, err := u.workflow.Observe(ctx)
	if err == nil && first {
		err = u.aim(obs)
	}
	return obs, err
}

// aim finds out where the way back leads, and from where it may begin.
func (u *undoing) aim(obs promotion.Observation) error {
	if u.ledger.Kept() {
		e := u.entry()
		u.spec.WayBack, u.spec.Settled, u.spec.Release = e.WayBack, e.Settled, e.Release
		u.spec.Resumes = &promotion.Attempt{Release: e.Release, Content: e.Content}
	} else {
		u.spec.Settled = cloudfrontapi.ContentOf(u.spec.WayBack)
		if obs.Released() {
			u.spec.Resumes = &promotion.Attempt{Content: obs.Primary.Content}
		}
	}
	if way := u.spec.WayBack; way != "" && u.spec.Settled != "" && obs.Primary.ID != "" && !u.read.primary.Belongs(way) {
		return &promotion.Obstacle{Kind: promotion.NotItsOwn, Found: obs.Primary.ID}
	}
	return nil
}

// Next implements engine.Workflow. As with a gate that failed, the ledger is told before
// viewers are taken back, so that a run which dies in between is remembered.
func (u *undoing) Next(obs promotion.Observation) (promotion.Step, bool, error) {
	step, done, err := u.workflow.Next(obs)
	if err == nil && !done && step.Progress() && !u.told && u.ledger.Kept() {
		return promotion.Condemn{Release: u.spec.Release, Primary: u.spec.Primary}, false, nil
	}
	return step, done, err
}

// Do implements engine.Workflow.
func (u *undoing) Do(ctx context.Context, obs promotion.Observation, step promotion.Step) error {
	switch step.(type) {
	case promotion.Condemn:
		u.tell(ctx)
		return nil
	case promotion.Wait, promotion.Invalidate:
	default:
		u.acted = true
	}
	return u.workflow.Do(ctx, obs, step)
}

// tell marks the release as taken back. Viewers do not wait for a bucket that is out of
// reach.
func (u *undoing) tell(ctx context.Context) {
	if u.told || !u.ledger.Kept() {
		return
	}
	u.told = true
	u.untold = u.ledger.Condemn(ctx, *u.spec.Resumes, u.reason, u.pause)
}
