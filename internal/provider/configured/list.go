package configured

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// A Found is one thing that AWS has, and that a state may not.
type Found struct {
	ID   string // its identity
	Name string // what people know it by
	// State makes a pointer to a model: what an import of it comes to, as far as that is known
	// without asking about each. It is asked for where somebody wants to know.
	State func(ctx context.Context) (any, diag.Diagnostics)
}

// A Listed is what a list has found, in the order in which it is told.
type Listed struct {
	Found []Found
	// What Passed are, as in "Some sites".
	What string
	// Passed are things that are nearly of the kind, and why they are not listed. Who asks has to
	// find out why they are missing, and does not search for what is of another kind.
	Passed []diags.Passed
}

// List answers a list block by what look finds, and stops where it is told. C is the block as Go
// has it. p is nil while the provider's configuration is not known.
func List[C any](ctx context.Context, p *Provider, req list.ListRequest, out *list.ListResultsStream, look func(config C) (Listed, error)) {
	if p == nil {
		out.Results = list.ListResultsStreamDiagnostics(diag.Diagnostics{diags.NotConfiguredYet()})
		return
	}
	var config C
	if d := req.Config.Get(ctx, &config); d.HasError() {
		out.Results = list.ListResultsStreamDiagnostics(d)
		return
	}
	listed, err := Look(ctx, p, func() (Listed, error) { return look(config) })
	if err != nil {
		out.Results = list.ListResultsStreamDiagnostics(diag.Diagnostics{diags.NotAsked(err)})
		return
	}
	out.Results = func(push func(list.ListResult) bool) {
		if len(listed.Passed) > 0 && !push(list.ListResult{Diagnostics: diag.Diagnostics{diags.NotListed(listed.What, listed.Passed)}}) {
			return
		}
		for i, f := range listed.Found {
			if req.Limit > 0 && int64(i) == req.Limit || !push(result(ctx, req, f)) {
				return
			}
		}
	}
}

func result(ctx context.Context, req list.ListRequest, f Found) list.ListResult {
	r := req.NewListResult(ctx)
	r.DisplayName = f.Name
	r.Diagnostics.Append(r.Identity.SetAttribute(ctx, path.Root("id"), types.StringValue(f.ID))...)
	if !req.IncludeResource {
		return r
	}
	state, d := f.State(ctx)
	if r.Diagnostics.Append(d...); !d.HasError() {
		r.Diagnostics.Append(r.Resource.Set(ctx, state)...)
	}
	return r
}
