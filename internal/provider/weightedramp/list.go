package weightedramp

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

var _ list.ListResourceWithConfigure = (*List)(nil)

// List lists the names of a zone whose weighted records can be ramps.
type List struct{ *Resource }

// NewList returns the list.
func NewList() list.ListResource { return &List{fresh()} }

// ListResourceConfigSchema implements list.ListResource.
func (l *List) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the names of a hosted zone whose weighted records can be ramps, for `terraform query`, whoever has made them.",
		Attributes: map[string]schema.Attribute{
			"zone_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.ZoneID()},
				MarkdownDescription: "Id of the Route 53 hosted zone.",
			},
			"target": schema.StringAttribute{
				Optional: true, Validators: []validator.String{stringvalidator.LengthBetween(1, 128)},
				MarkdownDescription: "Set identifier of the records that are the target's. Only names that have it are listed then. Omitted: the side that gets less is the target, or of two equals the one that comes later in the alphabet.",
			},
		},
	}
}

// List implements list.ListResource.
func (l *List) List(ctx context.Context, req list.ListRequest, out *list.ListResultsStream) {
	type block struct {
		Zone   types.String `tfsdk:"zone_id"`
		Target types.String `tfsdk:"target"`
	}
	configured.List(ctx, l.Provider, req, out, func(config block) (listed configured.Listed, err error) {
		listed.What = "Some weighted records"
		var records []ramp.Record
		for r, err := range l.Provider.Route53.All(ctx, config.Zone.ValueString()) {
			if err != nil {
				return listed, err
			}
			records = append(records, recordOf(r))
		}
		for _, p := range ramp.Pairs(config.Zone.ValueString(), config.Target.ValueString(), records) {
			found, why := listable(ctx, p)
			if why != "" {
				listed.Passed = append(listed.Passed, diags.Passed{What: p.Name, Why: why})
				continue
			}
			listed.Found = append(listed.Found, found)
		}
		return listed, nil
	})
}

// listable is a pair as a list shows it, or why the resource would not have it.
func listable(ctx context.Context, p ramp.Pair) (configured.Found, string) {
	if p.Why != "" {
		return configured.Found{}, p.Why
	}
	if problem := fwtypes.DomainProblem(p.Name); problem != "" {
		return configured.Found{}, problem
	}
	p.Spec.Other.Side, p.Spec.Target.Side = sideNames(p.Spec.Other.ID, p.Spec.Target.ID)
	m, d := stateOf(ctx, p.Spec)
	if d.Append(problems(ctx, m)...); d.HasError() {
		return configured.Found{}, d.Errors()[0].Summary()
	}
	name := fmt.Sprintf("%s, %d%% to %s", p.Name, p.Spec.Weight, p.Spec.Target.ID)
	return configured.Found{ID: identity(p.Spec), Name: name, State: func(context.Context) (any, diag.Diagnostics) { return &m, nil }}, ""
}

var unnameable = regexp.MustCompile(`[^a-z0-9_-]+`)

// sideNames are what sides are called whose records have these identifiers: the same, as far as a
// side can be called so.
func sideNames(other, target string) (cutover.Side, cutover.Side) {
	name := func(id, otherwise string) string {
		out := strings.Trim(unnameable.ReplaceAllString(strings.ToLower(id), "-"), "-_")
		if out = out[:min(len(out), 60)]; !latched.IsSideName(out) {
			return otherwise
		}
		return out
	}
	is, was := name(target, "target"), name(other, "other")
	if is == was {
		is += "-2"
	}
	return cutover.Side(was), cutover.Side(is)
}
