package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/aliasowner"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/continuousdeployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/distribution"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/functions"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/httpprobe"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/invalidation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/orphanedpolicies"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/promotionstatus"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/stagingdistribution"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/stagingpromotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/traffic"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/waitdeployed"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/weightedramp"
)

var (
	_ provider.ProviderWithActions       = (*cdn)(nil)
	_ provider.ProviderWithFunctions     = (*cdn)(nil)
	_ provider.ProviderWithListResources = (*cdn)(nil)
)

// Actions implements provider.ProviderWithActions.
func (p *cdn) Actions(context.Context) []func() action.Action {
	return []func() action.Action{
		continuousdeployment.NewDeleteOrphaned,
		invalidation.NewAction,
		stagingpromotion.NewRollBack,
		waitdeployed.New,
	}
}

// DataSources implements provider.Provider.
func (p *cdn) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		aliasowner.New,
		distribution.New,
		httpprobe.New,
		orphanedpolicies.New,
		preflight.New,
		promotionstatus.New,
		traffic.New,
	}
}

// Functions implements provider.ProviderWithFunctions.
func (p *cdn) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		functions.NewAliasCovers,
		functions.NewIAMPolicy,
		functions.NewRampWeights,
		functions.NewVariantFor,
	}
}

// ListResources implements provider.ProviderWithListResources.
func (p *cdn) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{
		bluegreenswitch.NewList,
		continuousdeployment.NewList,
		stagingdistribution.NewList,
		weightedramp.NewList,
	}
}
