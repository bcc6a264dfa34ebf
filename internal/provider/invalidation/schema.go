package invalidation

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

const defaultTimeout = "90m"

// What the attributes are that the resource and the action share.
const (
	ofDistribution = "Id of the distribution whose edge locations drop what they hold. A disabled one and a staging distribution have caches too."
	ofPaths        = "Paths, such as `/index.html`, or `/app/*` for all that begins like it: as viewers ask for them, without the `origin_path`, and with the query string where that is part of the cache key. At least one of `paths` and `tags`."
	ofTags         = "Cache tags, such as `release:41`, without the number sign of CloudFront's API. All that was stored with one of them is dropped, in whatever case it is written; there is no wildcard. The distribution needs a `CacheTagConfig`."
	ofDeployment   = "Whether to wait until the distribution is deployed everywhere before anything is dropped. Otherwise an edge location that does not have the last change yet fills up from before it. Default `true`."
	ofWait         = "Whether to wait until every edge location has dropped what it held. Default `true`; CloudFront needs seconds to minutes for it."
)

func pathSet() []validator.Set {
	return []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(fwtypes.PathToInvalidate())}
}

func tagSet() []validator.Set {
	return []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(fwtypes.CacheTag())}
}

// Schema implements resource.Resource.
func (r *Resource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = settled()
}

// settled is the schema.
var settled = fwtypes.Settled(attributes)

func attributes() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "That edge locations of a CloudFront distribution dropped what they hold of some paths or cache tags when something changed. A change of `paths`, `tags`, `triggers` or `distribution_id` is one invalidation; a run that dies and its next one are one, too.",
		Attributes: map[string]schema.Attribute{
			"distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()}, MarkdownDescription: ofDistribution,
			},
			"paths": schema.SetAttribute{ElementType: types.StringType, Optional: true, Validators: pathSet(), MarkdownDescription: ofPaths},
			"tags":  schema.SetAttribute{ElementType: types.StringType, Optional: true, Validators: tagSet(), MarkdownDescription: ofTags},
			"triggers": schema.MapAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Any texts. When one of them changes, also back to what it was before, paths and tags are invalidated again.",
			},
			"wait_for_deployment": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: ofDeployment,
			},
			"wait": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(true), MarkdownDescription: ofWait,
			},
			"timeouts": fwtypes.Timeouts(defaultTimeout, map[string]string{"create": "Waits included.", "update": "Waits included."}),

			"id": schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the invalidation that was asked for last."},
			"created_at": schema.StringAttribute{
				Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When CloudFront took it.",
			},
			"steps": schema.ListAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "What the plan intends to do; afterwards, what the last one intended. Empty after an apply that failed, so that a plan shows every step it takes.",
			},
		},
	}
}

// ValidateConfig implements resource.ResourceWithValidateConfig.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &config)...); !resp.Diagnostics.HasError() && config.Paths.IsNull() && config.Tags.IsNull() {
		resp.Diagnostics.Append(diags.NothingToInvalidate(path.Root("paths")))
	}
}
