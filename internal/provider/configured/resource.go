package configured

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Resource is what resources have in common; they embed it. Provider is nil while the
// provider's configuration is not known yet, so that nobody can be asked.
type Resource struct{ Provider *Provider }

// Configure implements resource.ResourceWithConfigure.
func (r *Resource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	take(&r.Provider, req.ProviderData, &resp.Diagnostics)
}
