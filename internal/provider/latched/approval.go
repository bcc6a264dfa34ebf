package latched

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Approvals is what configuration says of a person's yes, in every noun.
type Approvals struct {
	PauseBefore    types.String         `tfsdk:"pause_before"`
	Approval       types.String         `tfsdk:"approval"`
	ApprovalWindow timetypes.GoDuration `tfsdk:"approval_window"`
}

// Waiting is what every noun tells of the yes that it waits for.
type Waiting struct {
	ApprovalRequest types.String `tfsdk:"approval_request"`
	Awaiting        types.Object `tfsdk:"awaiting"`
	Approved        types.String `tfsdk:"approved"`
}

// awaitingApproval is the phase of a noun that waits for a yes.
const awaitingApproval = "awaiting_approval"

// requestLength is how many hexadecimal digits a request has: nobody is to guess one, and
// somebody is to read it out.
const requestLength = 12

var requestForm = regexp.MustCompile(fmt.Sprintf(`^[0-9a-f]{%d}$`, requestLength))

// Approving adds the attributes about a person's yes to those of a noun. everything is what
// full_traffic stands before, such as "the promotion".
func Approving(attributes map[string]schema.Attribute, everything string) map[string]schema.Attribute {
	attributes["pause_before"] = schema.StringAttribute{
		Optional:   true,
		Validators: []validator.String{fwtypes.OneOf(string(cutover.FirstTraffic), string(cutover.FullTraffic))},
		MarkdownDescription: "Before which step an apply ends well and waits for a person: `first_traffic`, the first that sends viewers to the new target, or `full_traffic`, " + everything + ". " +
			"The next apply goes on once `approval` is equal to `approval_request`. See the guide *From staging to production*.",
	}
	attributes["approval"] = schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{stringvalidator.RegexMatches(requestForm, "must be the value of approval_request: a yes is to what was seen, and a word such as \"yes\" would be one to everything that is to come")},
		MarkdownDescription: "The yes: the value of `approval_request` as it is while somebody waits. It counts once; what is left of it afterwards says nothing. It has to be known when a plan is made.",
	}
	attributes["approval_window"] = fwtypes.Duration("", "How long a yes is waited for. After that the next plan shows the way back, and its apply takes it, latches what was not approved, and fails. A yes that has come by then counts. Go duration; without it there is no end to it.")
	attributes["approval_request"] = schema.StringAttribute{Computed: true, MarkdownDescription: "What `approval` has to be: a hash of what is to happen, of what it is to happen with, and of the time at which an apply came to the pause. Null while nothing waits."}
	attributes["awaiting"] = schema.SingleNestedAttribute{
		Computed: true, Attributes: awaitingAttributes(),
		MarkdownDescription: "What waits for a yes, or has got one and is not over. Null otherwise.",
	}
	attributes["approved"] = schema.StringAttribute{Computed: true, MarkdownDescription: "The last `approval_request` that was approved and made use of."}
	if phase, ok := attributes["phase"].(schema.StringAttribute); ok {
		phase.MarkdownDescription += " `awaiting_approval`: an apply has come to `pause_before`, and waits for `approval`."
		attributes["phase"] = phase
	}
	return attributes
}

func awaitingAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"target":      schema.StringAttribute{Computed: true, MarkdownDescription: "What configuration asks for: a side, a share, or a release."},
		"fingerprint": schema.StringAttribute{Computed: true, MarkdownDescription: "Fingerprint of what viewers would get, as an apply saw it. Once it is another one, the yes is void."},
		"since":       schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When an apply came to the pause."},
		"evidence":    schema.StringAttribute{Computed: true, MarkdownDescription: "What gates have shown on the way to the pause."},
		"phase":       schema.StringAttribute{Computed: true, MarkdownDescription: "What `phase` would be without the pause."},
	}
}

var awaitingTypes = fwtypes.TypesOf(awaitingAttributes())

type awaiting struct {
	Target      types.String      `tfsdk:"target"`
	Fingerprint types.String      `tfsdk:"fingerprint"`
	Since       timetypes.RFC3339 `tfsdk:"since"`
	Evidence    types.String      `tfsdk:"evidence"`
	Phase       types.String      `tfsdk:"phase"`
}

// awaits is what state waits for, nil if for nothing.
func (t Told) awaits(ctx context.Context) (*awaiting, diag.Diagnostics) {
	if t.Awaiting.IsNull() || t.Awaiting.IsUnknown() {
		return nil, nil
	}
	var a awaiting
	return &a, t.Awaiting.As(ctx, &a, basetypes.ObjectAsOptions{})
}

// request is what a yes has to be equal to.
func request(kind, id string, a awaiting) string {
	return cutover.ContentOf(kind, id, a.Target.ValueString(), a.Fingerprint.ValueString(), a.Since.ValueString())[:requestLength]
}

// bare is state as the noun would show it without a pause. A nil state stays nil.
func (r *Resource[M, O, S]) bare(ctx context.Context, state *M) (*M, diag.Diagnostics) {
	if state == nil {
		return nil, nil
	}
	out := *state
	told := r.Noun.Parts(&out).Told
	waits, d := told.awaits(ctx)
	if waits != nil && told.Phase.ValueString() == awaitingApproval {
		told.Phase = waits.Phase
	}
	return &out, d
}

// cover gives a state that a noun has made true the phase of one that waits, as long as the
// noun has come to the phase that is behind it.
func (r *Resource[M, O, S]) cover(ctx context.Context, state *M, phase types.String) diag.Diagnostics {
	told := r.Noun.Parts(state).Told
	waits, d := told.awaits(ctx)
	if waits != nil && phase.ValueString() == awaitingApproval && told.Phase.Equal(waits.Phase) {
		told.Phase = phase
	}
	return d
}

// A question is what a plan or its update makes of the pause.
type question struct {
	cutover.Approval
	target   string    // that a yes would be to, for people
	waits    *awaiting // as state has it, about the same target; nil: nobody has come to the pause yet
	standing bool      // somebody waits, and nothing that counts has changed since
	due      cutover.Due
	window   time.Duration
}

// called is the target for who reads of it.
func (q question) called() string { return cutover.Briefly(q.target) }

// paused says whether the run is to end at the pause.
func (q question) paused() bool { return len(q.Steps) > 0 && !q.Given && !q.Creating && q.Lapsed == 0 }

// ask says what a run to what asked has for a target needs of a yes. was is the state before
// without a pause, state the one with it; nil for a create.
func (r *Resource[M, O, S]) ask(ctx context.Context, asked, state, was *M) (question, diag.Diagnostics) {
	parts := r.Noun.Parts(asked)
	pause := cutover.Pause(parts.PauseBefore.ValueString())
	if pause == "" {
		return question{}, nil
	}
	q := question{target: text(parts.Target), window: fwtypes.Length(parts.ApprovalWindow, "0s")}
	var d diag.Diagnostics
	if state == nil {
		q.Creating = true
	} else {
		before := r.Noun.Parts(state)
		told := before.Told
		waits, dd := told.awaits(ctx)
		if d.Append(dd...); waits != nil && waits.Target.ValueString() == q.target {
			q.waits = waits
			taken := told.Approved.Equal(told.ApprovalRequest) // one of the steps; the rest follows
			if q.Given = taken || !parts.Approval.IsUnknown() && parts.Approval.Equal(told.ApprovalRequest); q.Given && !taken {
				q.Content = waits.Fingerprint.ValueString()
			}
			same := *asked
			set(r.Noun.Parts(&same).Target, before.Target)
			q.standing = told.Phase.ValueString() == awaitingApproval && parts.PauseBefore.Equal(before.PauseBefore) && fwtypes.Alike(r.Noun.Parts(&same).Decides, before.Decides)
		}
	}
	var dd diag.Diagnostics
	q.Steps, dd = r.Noun.Gates(ctx, asked, was, pause, q.waits != nil)
	if d.Append(dd...); d.HasError() {
		return question{}, d
	}
	if q.standing && !q.Given && q.window > 0 {
		since, dd := q.waits.Since.ValueRFC3339Time()
		d.Append(dd...)
		q.due, _ = r.Provider.Due(since, q.window)
	} else {
		q.due = cutover.NotYet
	}
	return q, d
}

// pause makes of what a plan comes to what it comes to with a pause in it.
func (r *Resource[M, O, S]) pause(plan, state *M, q question, aim *Aim) diag.Diagnostics {
	parts := r.Noun.Parts(plan)
	if len(q.Steps) == 0 || q.Creating {
		return nil
	}
	was := r.Noun.Parts(state).Told
	d := r.misgiven(parts, was, q)
	if d.HasError() || q.Given {
		return d
	}
	if parts.Shown {
		set(parts.Target, r.Noun.Parts(state).Target)
	}
	aim.Fill = nil
	i := slices.IndexFunc(aim.Recipe, func(intent string) bool { return slices.Contains(q.Steps, intent) })
	if i < 0 { // AWS may turn out to need one of them all the same
		i = len(aim.Recipe)
	}
	aim.Recipe = slices.Concat(aim.Recipe[:i], aim.Pausing, []string{cutover.AwaitIntent(q.target)})
	if !q.standing {
		aim.Due = cutover.Yes
		return d
	}
	aim.Warn = nil
	switch aim.Due = q.due; aim.Due {
	case cutover.Yes:
		aim.Recipe = []string{cutover.LapseIntent(q.window)}
	case cutover.NotYet:
		aim.Rest = q.window == 0 // else the wait may be over by the time of apply, and what is known now would have to be so then
		if len(d) > 0 {          // of a yes to something else, which says what waits
			return d
		}
		d.Append(diags.AwaitsApproval(q.called(), was.ApprovalRequest.ValueString(), q.waits.Since.ValueString(), q.waits.Evidence.ValueString()))
	case cutover.Unknowable:
	}
	return d
}

// nothingWaits is what is told where nothing waits for a yes. before is nil for a create.
func (r *Resource[M, O, S]) nothingWaits(before *M) Waiting {
	out := Waiting{ApprovalRequest: types.StringNull(), Awaiting: types.ObjectNull(awaitingTypes), Approved: types.StringNull()}
	if before != nil {
		out.Approved = r.Noun.Parts(before).Approved
	}
	return out
}

// pauseUnknown keeps the target of a plan of which not everything is known: whether it needs a
// yes comes out later, and then the target has to be what it is now.
func (r *Resource[M, O, S]) pauseUnknown(ctx context.Context, plan, before *M, held bool) diag.Diagnostics {
	parts := r.Noun.Parts(plan)
	if before == nil || held || parts.PauseBefore.IsNull() || !parts.Shown {
		return nil
	}
	was := r.Noun.Parts(before)
	waits, d := was.awaits(ctx)
	given := waits != nil && waits.Target.ValueString() == text(parts.Target) && (parts.Approval.Equal(was.ApprovalRequest) || was.Approved.Equal(was.ApprovalRequest))
	if !given {
		set(parts.Target, was.Target)
	}
	return d
}

// misgiven says what is wrong with a yes that does not count.
func (r *Resource[M, O, S]) misgiven(parts Parts, was *Told, q question) (d diag.Diagnostics) {
	given, asked := parts.Approval, was.ApprovalRequest
	switch {
	case given.IsNull() || q.Given || given.Equal(was.Approved):
	case given.IsUnknown() && q.waits != nil:
		d.Append(diags.ApprovalUnknown())
	case given.IsUnknown():
	case q.waits != nil:
		d.Append(diags.ApprovalOfSomethingElse(given.ValueString(), q.called(), asked.ValueString(), q.waits.Since.ValueString()))
	default:
		d.Append(diags.ApprovalUnasked(given.ValueString(), q.called()))
	}
	return d
}

// wait makes plan say what a run came to as far as a yes is concerned. Everything else is
// recorded already. was is the state before with its pause, nil while creating.
func (r *Resource[M, O, S]) wait(ctx context.Context, plan, was *M, q question, way approvable, out run.Outcome[O]) diag.Diagnostics {
	told := r.Noun.Parts(plan).Told
	var before Waiting
	var d diag.Diagnostics
	var waits *awaiting
	if was != nil {
		then := r.Noun.Parts(was).Told
		before = then.Waiting
		waits, d = then.awaits(ctx)
	}
	told.Waiting = r.nothingWaits(was)
	took := q.Given && (out.Journal.Took(q.Steps) || out.Err == nil || out.WentBack())
	if took {
		told.Approved = before.ApprovalRequest
	}
	unapproved, _ := errors.AsType[*cutover.Unapproved](out.Err)
	changed := unapproved != nil && unapproved.Changed
	switch {
	case way.waits(), changed:
		now := awaiting{
			Target: types.StringValue(q.target), Fingerprint: types.StringValue(way.content()), Evidence: types.StringValue(evidence(out.Journal)),
			Since: timetypes.NewRFC3339TimeValue(out.Ended.UTC().Truncate(time.Second)), Phase: told.Phase,
		}
		if changed {
			now.Evidence = types.StringValue("it has changed, and no gate has seen it as it is now")
		}
		if changed && waits != nil {
			now.Phase = waits.Phase
		}
		told.ApprovalRequest = types.StringValue(request(r.Type, told.ID.ValueString(), now))
		if waits != nil && waits.Target.Equal(now.Target) && waits.Fingerprint.Equal(now.Fingerprint) && !before.Approved.Equal(before.ApprovalRequest) {
			now.Since, told.ApprovalRequest = waits.Since, before.ApprovalRequest // nothing is new that a yes would be about
		}
		var dd diag.Diagnostics
		told.Awaiting, dd = types.ObjectValueFrom(ctx, awaitingTypes, now)
		d.Append(dd...)
		told.Phase = types.StringValue(awaitingApproval)
		if way.waits() {
			d.Append(diags.AwaitsApproval(q.called(), told.ApprovalRequest.ValueString(), now.Since.ValueString(), now.Evidence.ValueString()))
		}
	case out.Err == nil || out.WentBack() || q.waits == nil:
	case took:
		told.ApprovalRequest, told.Awaiting = before.ApprovalRequest, before.Awaiting
	case told.Phase.Equal(waits.Phase) || !out.Journal.Any(): // what failed is not what was asked of people
		told.ApprovalRequest, told.Awaiting, told.Phase = before.ApprovalRequest, before.Awaiting, r.Noun.Parts(was).Phase
	} // else the noun has left the pause by itself, and what it would be asked about next is yet to be seen
	return d
}

// shows says whether a plan with these steps is one that goes back for want of a yes.
func (q question) shows(steps types.List) bool {
	lapse := types.StringValue(cutover.LapseIntent(q.window))
	return q.paused() && q.window > 0 && slices.ContainsFunc(steps.Elements(), func(v attr.Value) bool { return v.Equal(lapse) })
}

// approvable is what every run knows of the yes it needs, whatever noun it is of.
type approvable interface {
	Approve(a cutover.Approval)
	waits() bool
	content() string
}

// evidence is what the gates of a run have shown, for people.
func evidence(j *run.Journal) string {
	var out []string
	for _, e := range j.Events() {
		switch cutover.Evidence(e.Result) {
		case cutover.Healthy, cutover.Unhealthy, cutover.Inconclusive, cutover.Unasked:
			out = append(out, e.Step+": "+e.Result)
		case cutover.NoEvidence:
		}
	}
	if len(out) == 0 {
		return "no gate was asked"
	}
	return strings.Join(out, "; ")
}

// text is a target as people write it. It is given the pointer to it.
func text(target any) string {
	switch v := Value(target).(type) {
	case types.String:
		return v.ValueString()
	case nil:
		return fmt.Sprint(target) // of several attributes, which say it together
	default:
		return v.String()
	}
}

// ConfigValidators implements resource.ResourceWithConfigValidators: a yes needs a pause.
func (r *Resource[M, O, S]) ConfigValidators(context.Context) []resource.ConfigValidator {
	return []resource.ConfigValidator{paired[M, O, S]{r}}
}

// paired refuses what only means something beside pause_before.
type paired[M, O any, S engine.Step] struct{ *Resource[M, O, S] }

func (paired[M, O, S]) Description(context.Context) string {
	return "approval and approval_window need pause_before"
}

func (p paired[M, O, S]) MarkdownDescription(ctx context.Context) string { return p.Description(ctx) }

func (p paired[M, O, S]) ValidateResource(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config M
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); resp.Diagnostics.HasError() {
		return
	}
	said := p.Noun.Parts(&config).Approvals
	if !said.PauseBefore.IsNull() {
		return
	}
	if !said.Approval.IsNull() {
		resp.Diagnostics.Append(diags.NothingToApprove())
	}
	if !said.ApprovalWindow.IsNull() {
		resp.Diagnostics.Append(diags.NothingToLapse())
	}
}
