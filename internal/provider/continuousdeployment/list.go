package continuousdeployment

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ list.ListResourceWithConfigure = (*List)(nil)

// List lists the continuous deployment policies of the account.
type List struct{ Resource }

// NewList returns the list.
func NewList() list.ListResource { return &List{} }

// ListResourceConfigSchema implements list.ListResource.
func (l *List) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the continuous deployment policies of the account, for `terraform query`, whoever has made them.",
		Attributes: map[string]schema.Attribute{
			"orphaned": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "`true`: only policies whose primary or staging distribution is gone. `false`: only those that join two. Omitted: all of them. " +
					"A policy that is detached at the moment has no primary either.",
			},
		},
	}
}

// List implements list.ListResource.
func (l *List) List(ctx context.Context, req list.ListRequest, out *list.ListResultsStream) {
	type block struct {
		Orphaned types.Bool `tfsdk:"orphaned"`
	}
	configured.List(ctx, l.Provider, req, out, func(config block) (listed configured.Listed, err error) {
		policies, ends, err := l.joined(ctx)
		for _, p := range policies {
			end := ends[p.ID]
			orphan := deployment.Orphaned(end.Primary, end.Staging) != ""
			if name := "from " + cmp.Or(end.Primary, "nowhere") + " to " + cmp.Or(end.Staging, "nowhere"); config.Orphaned.IsNull() || orphan == config.Orphaned.ValueBool() {
				listed.Found = append(listed.Found, configured.Found{ID: p.ID, Name: name, State: func(ctx context.Context) (any, diag.Diagnostics) { return l.listed(ctx, p, end) }})
			}
		}
		return listed, err
	})
}

// joined are the policies of the account, by id, and what each of them joins.
func (l *List) joined(ctx context.Context) (policies []cloudfrontapi.Policy, ends map[string]cloudfrontapi.Ends, err error) {
	if policies, err = l.Provider.CloudFront.Policies(ctx); err == nil {
		ends, err = l.Provider.CloudFront.Ends(ctx, policies)
	}
	slices.SortFunc(policies, func(a, b cloudfrontapi.Policy) int { return strings.Compare(a.ID, b.ID) })
	return policies, ends, err
}

// listed is what an import of a policy comes to.
func (l *List) listed(ctx context.Context, p cloudfrontapi.Policy, end cloudfrontapi.Ends) (*model, diag.Diagnostics) {
	m := new(model)
	var s resource.SchemaResponse
	l.Schema(ctx, resource.SchemaRequest{}, &s)
	d := fwtypes.Blank(ctx, s.Schema, m)
	m.ID, m.Primary, m.Staging = types.StringValue(p.ID), fwtypes.OrNull(end.Primary), fwtypes.OrNull(end.Staging)
	m.Attached, m.Steps = types.BoolValue(end.Primary != ""), configured.NoSteps()
	m.route(p.Routing)
	return m, d
}
