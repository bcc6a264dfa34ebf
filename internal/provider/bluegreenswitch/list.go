package bluegreenswitch

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

var _ list.ListResourceWithConfigure = (*List)(nil)

// List lists the distributions that are sides of one site by a pattern.
type List struct{ *Resource }

// NewList returns the list.
func NewList() list.ListResource { return &List{fresh()} }

// What a pattern is compared with.
const (
	matchComment = "comment"
	matchAlias   = "alias"
)

// ListResourceConfigSchema implements list.ListResource.
func (l *List) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the distributions of the account that are sides of one site, for `terraform query`: by a pattern, because CloudFront knows nothing of sides.",
		Attributes: map[string]schema.Attribute{
			"pattern": schema.StringAttribute{
				Required: true,
				Validators: []validator.String{fwtypes.Text("a text with {site} and {side} in it", "Not a pattern of sites and sides", func(text string) string {
					return switchover.Pattern{Text: text}.Problem()
				})},
				MarkdownDescription: "What the comment, or a name, of every side looks like, with `{site}` and `{side}` in it once each, such as `{site}-{side}`. Everything else is as it stands here.",
			},
			"match": schema.StringAttribute{
				Optional: true, Validators: []validator.String{fwtypes.OneOf(matchComment, matchAlias)},
				MarkdownDescription: "`comment` (default): the comment of a distribution has to fit. `alias`: one of its alternate domain names has to, such as `{side}.{site}.example.com`. That name is the side's own, and none of those that move.",
			},
			"sides": schema.ListAttribute{
				ElementType: types.StringType, Optional: true,
				Validators: []validator.List{listvalidator.SizeAtLeast(1), listvalidator.UniqueValues(), listvalidator.ValueStringsAre(fwtypes.Text("the name of a side", "No side can be called so", func(name string) string {
					if latched.IsSideName(name) {
						return ""
					}
					return fmt.Sprintf("%q cannot be used in an import id. Write lower-case letters, digits, - and _, such as \"green\".", name)
				}))},
				MarkdownDescription: "What the sides are called. Default: `[\"blue\", \"green\"]`. A site needs one distribution for each.",
			},
			"zones": schema.MapAttribute{
				ElementType: types.StringType, Optional: true,
				Validators:          []validator.Map{mapvalidator.SizeAtLeast(1), mapvalidator.ValueStringsAre(fwtypes.ZoneID())},
				MarkdownDescription: "Ids of the hosted zones whose records the switches are to keep, by domain name. Only sites whose records all point at the live side already are listed then. Omitted: the switches have no `dns`, and leave records alone.",
			},
		},
	}
}

// List implements list.ListResource.
func (l *List) List(ctx context.Context, req list.ListRequest, out *list.ListResultsStream) {
	type block struct {
		Pattern types.String      `tfsdk:"pattern"`
		Match   types.String      `tfsdk:"match"`
		Sides   []string          `tfsdk:"sides"`
		Zones   map[string]string `tfsdk:"zones"`
	}
	configured.List(ctx, l.Provider, req, out, func(config block) (listed configured.Listed, err error) {
		listed.What = "Some sites"
		pattern := switchover.Pattern{Text: config.Pattern.ValueString(), OnNames: config.Match.ValueString() == matchAlias, Sides: config.Sides}
		if len(pattern.Sides) == 0 {
			pattern.Sides = []string{"blue", "green"}
		}
		distributions, err := l.distributions(ctx)
		if err != nil {
			return listed, err
		}
		zones, err := l.zones(ctx, config.Zones)
		if err != nil {
			return listed, err
		}
		for _, p := range switchover.Pairs(pattern, distributions, zones) {
			found, why := listable(ctx, p)
			if why != "" {
				listed.Passed = append(listed.Passed, diags.Passed{What: p.Site, Why: why})
				continue
			}
			listed.Found = append(listed.Found, found)
		}
		return listed, nil
	})
}

func (l *List) distributions(ctx context.Context) (out []switchover.Listed, err error) {
	for d, err := range l.Provider.CloudFront.List(ctx) {
		if err != nil {
			return nil, err
		}
		if !d.Tenants {
			out = append(out, switchover.Listed{Comment: d.Comment, Distribution: switchover.Distribution{ID: d.ID, Domain: d.Domain, Staging: d.Staging, IPv6: d.IPv6, Aliases: d.Aliases}})
		}
	}
	return out, nil
}

// zones are all records of some zones.
func (l *List) zones(ctx context.Context, ids map[string]string) ([]switchover.Zoned, error) {
	var out []switchover.Zoned
	for _, domain := range slices.Sorted(maps.Keys(ids)) {
		z := switchover.Zoned{Zone: switchover.Zone{Domain: domain, ID: ids[domain]}, Records: map[string][]switchover.Record{}, Handed: map[string]bool{}}
		for found, err := range l.Provider.Route53.All(ctx, z.ID) {
			if err != nil {
				return nil, err
			}
			switch r := recordOf(found); {
			case r != nil:
				z.Records[r.Name] = append(z.Records[r.Name], *r)
			case found.Type == "SOA":
				z.Actual = found.Name
			case found.Type == "NS":
				z.Handed[found.Name] = true
			}
		}
		out = append(out, z)
	}
	return out, nil
}

// listable is a pair as a list shows it, or why the resource would not have it.
func listable(ctx context.Context, p switchover.Pair) (configured.Found, string) {
	if p.Why != "" {
		return configured.Found{}, p.Why
	}
	sides, zones := map[string]string{}, map[string]string{}
	for side, id := range p.Spec.Sides {
		sides[string(side)] = id
	}
	for _, z := range p.Spec.Zones {
		zones[z.Domain] = z.ID
	}
	m, d := imported(ctx, sides, p.Spec.Names, zones)
	m.Live, m.ID = types.StringValue(string(p.Spec.Live)), types.StringValue(m.identity(p.Spec))
	if d.Append(validateDirection(ctx, m)...); d.HasError() {
		return configured.Found{}, d.Errors()[0].Summary()
	}
	name := fmt.Sprintf("%s, %s is live with %s", p.Site, p.Spec.Live, strings.Join(p.Spec.Names, ", "))
	return configured.Found{ID: m.ID.ValueString(), Name: name, State: func(context.Context) (any, diag.Diagnostics) { return &m, nil }}, ""
}
