package stagingdistribution

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

var _ list.ListResourceWithConfigure = (*List)(nil)

// List lists the staging distributions of the account.
type List struct{ Resource }

// NewList returns the list.
func NewList() list.ListResource { return &List{} }

// ListResourceConfigSchema implements list.ListResource.
func (l *List) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the staging distributions of the account, for `terraform query`, whoever has made them.",
		Attributes: map[string]schema.Attribute{
			"primary_distribution_id": schema.StringAttribute{
				Optional: true, Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Only the copies of this distribution. Those of which nobody can tell what they are a copy of are left out then.",
			},
		},
	}
}

// List implements list.ListResource.
func (l *List) List(ctx context.Context, req list.ListRequest, out *list.ListResultsStream) {
	type block struct {
		Primary types.String `tfsdk:"primary_distribution_id"`
	}
	configured.List(ctx, l.Provider, req, out, func(config block) (listed configured.Listed, err error) {
		copies, err := l.copies(ctx, req.IncludeResource || !config.Primary.IsNull())
		for _, c := range copies {
			if config.Primary.IsNull() || c.source.primary == config.Primary.ValueString() {
				listed.Found = append(listed.Found, configured.Found{ID: c.ID, Name: cmp.Or(c.Comment, c.Domain), State: func(ctx context.Context) (any, diag.Diagnostics) { return l.listed(ctx, c) }})
			}
		}
		return listed, err
	})
}

// A copied is a staging distribution and what it was made from.
type copied struct {
	cloudfrontapi.Listing
	source source
}

// copies are the staging distributions of the account, and what they are copies of where
// somebody wants to know.
func (l *List) copies(ctx context.Context, sources bool) ([]copied, error) {
	var out []copied
	for d, err := range l.Provider.CloudFront.List(ctx) {
		if err != nil {
			return nil, err
		}
		if d.Staging {
			out = append(out, copied{Listing: d})
		}
	}
	if !sources {
		return out, nil
	}
	seen := map[string]cloudfrontapi.Distribution{}
	for _, c := range out {
		d, err := l.Provider.CloudFront.Distribution(ctx, c.ID, l.Provider.Clock.Now().Add(-l.Provider.Poll))
		if err != nil && !errors.Is(err, awsapi.ErrNotFound) { // else it was deleted since the list was made
			return nil, err
		}
		if err == nil {
			seen[c.ID] = d
		}
	}
	from, err := sourcesOf(ctx, l.Provider.CloudFront, seen)
	if err != nil {
		return nil, err
	}
	out = slices.DeleteFunc(out, func(c copied) bool { _, ok := seen[c.ID]; return !ok })
	for i := range out {
		out[i].source = from[out[i].ID]
	}
	return out, nil
}

// listed is what an import of a copy comes to, without what only its configuration tells.
func (l *List) listed(ctx context.Context, c copied) (*model, diag.Diagnostics) {
	m := new(model)
	var s resource.SchemaResponse
	l.Schema(ctx, resource.SchemaRequest{}, &s)
	d := fwtypes.Blank(ctx, s.Schema, m)
	c.source.fill(m)
	m.ID, m.ARN, m.DomainName = types.StringValue(c.ID), types.StringValue(c.ARN), types.StringValue(c.Domain)
	m.Enabled, m.Steps = types.BoolValue(c.Enabled), configured.NoSteps()
	return m, d
}

// A source is the distribution that a copy was made of, and the name that tells its copies apart;
// "" where nobody knows.
type source struct{ primary, name string }

// fill records it; with it everything that configuration has to say about a copy is known.
func (s source) fill(m *model) {
	m.Primary = fwtypes.OrNull(s.primary)
	if s.primary != "" {
		m.Name = types.StringValue(s.name)
	}
}

// sourcesOf finds out what copies were made of, by id. A caller reference of this resource says it.
// Of a copy that somebody else has made only the policy knows that names it, and of that one
// nobody but its primary, which is one call for each distribution that could be it. Who may not
// ask that does not learn it.
func sourcesOf(ctx context.Context, cf *cloudfrontapi.Client, copies map[string]cloudfrontapi.Distribution) (map[string]source, error) {
	out := map[string]source{}
	foreign := map[string]string{} // id by domain name
	for id, d := range copies {
		if primary, name, ok := staging.Referred(d.Reference); ok {
			out[id] = source{primary, name}
		} else {
			foreign[strings.ToLower(d.Domain)] = id
		}
	}
	if len(foreign) == 0 {
		return out, nil
	}
	policies, err := cf.Policies(ctx)
	if err == nil {
		policies = slices.DeleteFunc(policies, func(p cloudfrontapi.Policy) bool { return foreign[p.Staging] == "" })
		var ends map[string]cloudfrontapi.Ends
		if ends, err = cf.Ends(ctx, policies); err == nil {
			for _, p := range policies {
				if primary := ends[p.ID].Primary; primary != "" {
					out[foreign[p.Staging]] = source{primary, defaultName}
				}
			}
		}
	}
	if errors.Is(err, awsapi.ErrDenied) || errors.Is(err, awsapi.ErrNotServed) {
		return out, nil
	}
	return out, err
}
