package edgesplit

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// A Question is the part of a split's configuration that says what decides at the edge, and who is
// to be sent where, for cdn_preflight, which asks about a split and makes none.
type Question struct {
	Name          types.String `tfsdk:"name"`
	Sides         types.Map    `tfsdk:"sides"`
	Safe          types.String `tfsdk:"safe"`
	Weight        types.Int64  `tfsdk:"weight"`
	Shares        types.Map    `tfsdk:"shares"`
	Attach        types.Object `tfsdk:"attach"`
	Cookie        types.Object `tfsdk:"cookie"`
	Salt          types.String `tfsdk:"salt"`
	VariantHeader types.String `tfsdk:"variant_header"`
	WithoutCookie types.String `tfsdk:"without_cookie"`
	Override      types.Object `tfsdk:"override"`
}

// Asked names the attributes of a split that a question has. Of override it has no secret.
var Asked = []string{"name", "sides", "safe", "weight", "shares", "attach", "cookie", "salt", "variant_header", "without_cookie", "override"}

// untold stands for the secret of testers, which a question does not have and no answer depends on.
const untold = "a-secret-that-nobody-has-told"

func (q Question) model(ctx context.Context) model {
	m := model{decides: decides{
		goal: goal{Weight: q.Weight, Shares: q.Shares}, Name: q.Name, Sides: q.Sides, Safe: q.Safe, Attach: q.Attach, Cookie: q.Cookie, Salt: q.Salt,
		VariantHeader: q.VariantHeader, WithoutCookie: q.WithoutCookie, Override: q.Override, Weights: types.ListNull(types.Int64Type),
	}}
	if o := q.Override; !o.IsNull() && !o.IsUnknown() {
		known := o.Attributes()
		known["secret"], known["secret_wo"], known["secret_wo_version"] = types.StringValue(untold), types.StringNull(), types.Int64Null()
		kinds := map[string]attr.Type{}
		for name, v := range known {
			kinds[name] = v.Type(ctx)
		}
		m.Override = types.ObjectValueMust(kinds, known)
	}
	return m
}

// Validate refuses what the split refuses.
func (q Question) Validate(ctx context.Context) diag.Diagnostics {
	return validateDirection(ctx, q.model(ctx))
}

// Spec is the split asked about, on its way to its weights.
func (q Question) Spec(ctx context.Context) (split.Spec, diag.Diagnostics) {
	m := q.model(ctx)
	return m.spec(ctx)
}

// Rootless are the sides with a prefix that say nothing of /.
func (q Question) Rootless(ctx context.Context) []cutover.Side {
	m := q.model(ctx)
	sides, _ := m.sides(ctx) // Spec has told
	var out []cutover.Side
	for _, name := range slices.Sorted(maps.Keys(sides)) {
		if s := sides[name]; s.URIPrefix.ValueString() != "" && s.IndexDocument.ValueString() == "" {
			out = append(out, cutover.Side(name))
		}
	}
	return out
}

// Observe looks at everything that a split decides by, as a run does, by answers of since or
// later. It writes nothing.
func (q Question) Observe(ctx context.Context, p *configured.Provider, since time.Time) (split.Observation, error) {
	m := q.model(ctx)
	spec, _ := m.spec(ctx) // Spec has told
	config, _ := m.config(ctx)
	w := newWorkflow(p, spec, config)
	w.recent = since
	return configured.Look(ctx, p, func() (split.Observation, error) { return w.look(ctx) })
}
