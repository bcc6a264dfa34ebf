package edgesplit

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// ImportState implements resource.ResourceWithImportState. The name is enough: what the functions do
// stands in their code, which is read back, and everything else is configuration's to say.
func (r *Resource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if problem := edgefunction.NameProblem(req.ID); problem != "" {
		resp.Diagnostics.AddError("Not an import id of a split", problem+" A split is imported by its name.")
		return
	}
	if r.Provider == nil {
		resp.Diagnostics.AddError("The provider is not configured yet", "Its configuration depends on values that are only known after apply, so nobody can be asked about the split. Apply those first, then import.")
		return
	}
	m, d := r.imported(ctx, req.ID)
	if resp.Diagnostics.Append(d...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// MoveState implements resource.ResourceWithMoveState, for a state of this provider under
// another address.
func (r *Resource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{configured.FromElsewhere("cdn_edge_split")}
}

// imported is a state that holds what the code of a split's functions says, and the defaults of
// everything else.
func (r *Resource) imported(ctx context.Context, name string) (model, diag.Diagnostics) {
	var m model
	d := fwtypes.Blank(ctx, attributes(), &m)
	store, err := r.Provider.CloudFront.Store(ctx, name)
	if errors.Is(err, awsapi.ErrNotFound) {
		d.AddError("The split could not be imported", fmt.Sprintf("This account has no key value store %s, so there is no split of that name. Write the name of one that there is, or create it.", name))
		return m, d
	}
	if err != nil {
		d.AddError("The split could not be imported", err.Error())
		return m, d
	}
	all, err := r.Provider.CloudFront.Functions(ctx, name+"-request-")
	if err != nil {
		d.AddError("The split could not be imported", err.Error())
		return m, d
	}
	for _, f := range all {
		code, err := r.Provider.CloudFront.FunctionCode(ctx, f.Name)
		if err != nil {
			continue // it has never been published
		}
		c, err := edgefunction.Parse(code)
		if err != nil || c.MACKey != key(store.ARN) {
			continue
		}
		m.Name, m.ID, m.Steps = types.StringValue(name), types.StringValue(name), configured.NoSteps()
		return m, append(d, m.adopt(ctx, c)...)
	}
	d.AddError("The split could not be imported", fmt.Sprintf("No published function whose name begins with %s-request- is one of a split with the store %s. Create the split instead of importing it.", name, store.ARN))
	return m, d
}

// adopt writes down what the code says.
func (m *model) adopt(ctx context.Context, c edgefunction.Config) diag.Diagnostics {
	sides := map[string]sideModel{}
	for _, s := range c.Sides {
		sides[s.Name] = sideModel{OriginID: fwtypes.OrNull(s.OriginID), URIPrefix: fwtypes.OrNull(s.URIPrefix), IndexDocument: fwtypes.OrNull(s.IndexDocument)}
	}
	var d, dd diag.Diagnostics
	m.Sides, d = types.MapValueFrom(ctx, types.ObjectType{AttrTypes: fwtypes.TypesOf(sideAttributes())}, sides)
	m.Safe, m.Salt, m.VariantHeader = types.StringValue(c.Safe), types.StringValue(c.Salt), types.StringValue(c.VariantHeader)
	m.WithoutCookie, m.Weight = types.StringValue(string(c.WithoutCookie)), types.Int64Value(0)
	if c.Cookie.Path == "" {
		c.Cookie.Path = "/"
	}
	if c.Cookie == usual { // as where configuration says nothing of it
		return append(d, dd...)
	}
	m.Cookie, dd = types.ObjectValueFrom(ctx, fwtypes.TypesOf(cookieAttribute().Attributes), cookieModel{
		Name: types.StringValue(c.Cookie.Name), MaxAge: types.Int64Value(c.Cookie.MaxAge), Domain: fwtypes.OrNull(c.Cookie.Domain), Path: types.StringValue(c.Cookie.Path),
		SameSite: types.StringValue(string(c.Cookie.SameSite)), Secure: types.BoolValue(c.Cookie.Secure), HTTPOnly: types.BoolValue(c.Cookie.HTTPOnly),
	})
	return append(d, dd...)
}
