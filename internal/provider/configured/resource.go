package configured

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Resource is what resources have in common; they embed it. Provider is nil while the
// provider's configuration is not known yet, so that nobody can be asked.
type Resource struct{ Provider *Provider }

// Configure implements resource.ResourceWithConfigure.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	take(&r.Provider, req.ProviderData, &resp.Diagnostics)
}

// NoSteps is the list of steps in a state that another plan has to bring to its end: its
// apply failed, or AWS was changed since. A CLI hides what a plan has in common with
// state, so the steps of before would keep the same steps out of sight the next time.
func NoSteps() types.List { return types.ListValueMust(types.StringType, []attr.Value{}) }
