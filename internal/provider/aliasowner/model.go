package aliasowner

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

type model struct {
	Account        types.String `tfsdk:"account"`
	Name           types.String `tfsdk:"name"`
	DistributionID types.String `tfsdk:"distribution_id"`

	Owned     types.Bool   `tfsdk:"owned"`
	Owner     *ownerModel  `tfsdk:"owner"`
	ServedBy  *ownerModel  `tfsdk:"served_by"`
	Conflicts []ownerModel `tfsdk:"conflicts"`
}

type ownerModel struct {
	Alias        types.String `tfsdk:"alias"`
	ResourceType types.String `tfsdk:"resource_type"`
	ResourceID   types.String `tfsdk:"resource_id"`
	AccountID    types.String `tfsdk:"account_id"`
	SameAccount  types.Bool   `tfsdk:"same_account"`
}

// fill records what CloudFront said.
func (m *model) fill(found []cloudfrontapi.Conflict) {
	name := m.Name.ValueString()
	m.Conflicts = []ownerModel{} // an empty list, not null
	closest := ""
	for _, c := range found {
		o := ownerModel{
			Alias: types.StringValue(c.Alias), ResourceType: types.StringValue(c.Type), ResourceID: types.StringValue(c.ID),
			AccountID: types.StringValue(c.Account), SameAccount: types.BoolValue(c.Own),
		}
		m.Conflicts = append(m.Conflicts, o)
		if c.Alias == name {
			m.Owner = &o
		}
		// Of two wildcards over a name the longer one says more about it, and the name
		// itself says most.
		if switchover.AliasCovers(c.Alias, name) && closest != name && (c.Alias == name || len(c.Alias) > len(closest)) {
			closest, m.ServedBy = c.Alias, &o
		}
	}
	m.Owned = types.BoolValue(m.Owner != nil)
}
