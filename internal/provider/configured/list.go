package configured

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// Found is one resource that AWS has and that a state may not.
type Found struct {
	ID   string // its identity
	Name string // what people know it by
	// State is a pointer to a model: what an import of it comes to, as far as that is known
	// without asking about each.
	State any
}

// Listing answers a list with what look finds, and stops it once there is enough. What look cannot
// say anything about it passes over, with a remark, or in silence where it is of another kind.
// p is nil while the provider's configuration is not known.
func Listing(ctx context.Context, p *Provider, req list.ListRequest, out *list.ListResultsStream, look func(found func(Found) bool, remark func(diag.Diagnostic)) error) {
	if p == nil {
		out.Results = list.ListResultsStreamDiagnostics(diag.Diagnostics{diags.NotConfiguredYet()})
		return
	}
	out.Results = func(push func(list.ListResult) bool) {
		left, open := req.Limit, true
		say := func(d diag.Diagnostic) {
			if open {
				open = push(list.ListResult{Diagnostics: diag.Diagnostics{d}})
			}
		}
		err := look(func(f Found) bool {
			if !open {
				return false
			}
			left--
			open = push(result(ctx, req, f)) && left != 0
			return open
		}, say)
		if err != nil {
			say(diags.NotAsked(err))
		}
	}
}

func result(ctx context.Context, req list.ListRequest, f Found) list.ListResult {
	r := req.NewListResult(ctx)
	r.DisplayName = f.Name
	r.Diagnostics.Append(r.Identity.SetAttribute(ctx, path.Root("id"), types.StringValue(f.ID))...)
	if req.IncludeResource {
		r.Diagnostics.Append(r.Resource.Set(ctx, f.State)...)
	}
	return r
}
