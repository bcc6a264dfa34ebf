package preflight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/behaviorswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/edgesplit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
)

// Schema implements datasource.DataSource. What it takes is what the switch takes,
// from the switch's own schema, so that one value serves both.
func (d *DataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	var of resource.SchemaResponse
	bluegreenswitch.New().Schema(ctx, resource.SchemaRequest{}, &of)
	theirs := map[string]rschema.Attribute{}
	for _, name := range []string{"aliases", "sides", "live", "dns", "method", "allow_downtime", "allow_downtime_for", "keep_wildcard"} {
		theirs[name] = of.Schema.Attributes[name]
	}
	theirs["alarms"] = verification.Attribute(verification.Kind{}).Attributes["alarms"]
	attributes := mirrored(theirs)
	if a, ok := attributes["alarms"].(schema.ListNestedAttribute); ok {
		a.MarkdownDescription = "CloudWatch alarms, on metrics, on logs or composite, that gates are to watch; takes what `verify.after.alarms` does. One that does not exist, is in `ALARM` already, or cannot be evaluated, would stop the cutover before it begins."
		attributes["alarms"] = a
	}
	for _, name := range []string{"aliases", "sides"} {
		attributes[name] = optional(attributes[name])
	}
	if a, ok := attributes["aliases"].(schema.SetAttribute); ok {
		a.MarkdownDescription = "The alternate domain names that would move together, in lower case."
		attributes["aliases"] = a
	}
	attributes["live"] = schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "The side that the cutover would make live: the value you are about to write into the switch. Required, as `aliases` and `sides` are, unless `continuous_deployment`, `behavior_switch` or `edge_split` is asked about.",
	}
	attributes["continuous_deployment"] = schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Asks about a continuous deployment instead of a switch: about joining these two by `cdn_continuous_deployment`, and about the next release of `cdn_staging_promotion`. " +
			"The attributes of a switch are left out then.",
		Attributes: map[string]schema.Attribute{
			"primary_distribution_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{fwtypes.DistributionID()}, MarkdownDescription: "Id of the distribution that serves.",
			},
			"staging_distribution_id": schema.StringAttribute{
				Optional: true, Validators: []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of its staging distribution. Default: the one that the primary's policy names; if it has no policy, the question is whether a staging distribution could be made and joined.",
			},
		},
	}
	attributes[behaviorQuestion] = schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Asks about a `cdn_behavior_switch` instead: it takes what that resource takes, and `alarms` beside it. " +
			"The attributes of a switch of aliases are left out then.",
		Attributes: behaviorAttributes(ctx),
	}
	attributes[splitQuestion] = schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Asks about a `cdn_edge_split` on its way to its weights instead: it takes what that resource takes, but for what says how fast, and on what evidence, and but for the secret of `override`. " +
			"`alarms` stands beside it. The attributes of a switch of aliases are left out then.",
		Attributes: splitAttributes(ctx),
	}
	attributes["ok"] = schema.BoolAttribute{
		Computed:            true,
		MarkdownDescription: "Whether no finding is of severity `error`.",
	}
	attributes["findings"] = schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Everything that speaks against the cutover, errors first.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"severity": schema.StringAttribute{Computed: true, MarkdownDescription: "`error`: the cutover would stop, or not do what it is there for. `warning`: it would go through, and somebody might be surprised."},
			"check":    schema.StringAttribute{Computed: true, MarkdownDescription: "Name of what is checked, such as `not_covered`; see [Checks](#checks)."},
			"summary":  schema.StringAttribute{Computed: true, MarkdownDescription: "What it is, in one sentence."},
			"detail":   schema.StringAttribute{Computed: true, MarkdownDescription: "What was seen, and what to do."},
			"attribute": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "The attribute of the resource that is concerned, such as `sides[\"green\"].distribution_id`; null if none is.",
			},
		}},
	}
	attributes["keep_until_settled"] = schema.ListNestedAttribute{
		Computed: true,
		MarkdownDescription: "With `continuous_deployment`: what the primary needs and staging does not. A rollback needs it again, so do not delete or empty any of it before the release has settled, `bake_time` included. " +
			"Empty for a switch, whose sides both stay as they are.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"kind": schema.StringAttribute{Computed: true, MarkdownDescription: "`origin`, `origin_access_control`, `vpc_origin`, `cache_policy`, `origin_request_policy`, `response_headers_policy`, `function`, `lambda_function`, `key_group`, `field_level_encryption` or `realtime_log_config`."},
			"name": schema.StringAttribute{Computed: true, MarkdownDescription: "Its id or ARN; for an origin its domain name, with its path."},
		}},
	}
	attributes["untried_writes"] = schema.ListAttribute{
		ElementType: types.StringType, Computed: true,
		MarkdownDescription: "IAM actions that the cutover, its way back or a destroy may need and that change something, so nobody can try whether they are allowed before it begins: for a switch those of its `method`, " +
			"with `edge_split` those of a split; with `continuous_deployment` those of both resources, and of `cdn_staging_distribution` where staging has yet to be made. `cloudfront:CreateInvalidation` is needed with `invalidate` only, `s3:PutObject` with `snapshot_bucket` only. " +
			"The list follows from the question and not from AWS: what is in it is not known to be missing.",
	}
	attributes["report"] = schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "All findings as one text, for an `error_message`; empty if there are none.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Everything that would stop a cutover of `cdn_bluegreen_switch` or `cdn_behavior_switch`, an edge split, or a continuous deployment and its next release, or surprise somebody in it, found before it starts: for a `check` block, or for a `precondition` that keeps the plan from being made. " +
			"It takes the resource's own values and reads only. A finding never fails the plan by itself.",
		Attributes: attributes,
	}
}

// behaviorAttributes are those of a switch of behaviours that say where a cutover goes.
func behaviorAttributes(ctx context.Context) map[string]schema.Attribute {
	var of resource.SchemaResponse
	behaviorswitch.New().Schema(ctx, resource.SchemaRequest{}, &of)
	theirs := map[string]rschema.Attribute{}
	for _, name := range []string{"distribution_id", "behaviors", "sides", "live", "invalidate"} {
		theirs[name] = of.Schema.Attributes[name]
	}
	out := mirrored(theirs)
	describe(out, "distribution_id", "Id of the CloudFront distribution.")
	describe(out, "live", "The side that the cutover would make live: the value you are about to write into the switch.")
	describe(out, "invalidate", "The paths and cache tags that edge locations would drop. What they would go on answering with all the same is found.")
	return out
}

// splitAttributes are those of an edge split that say what decides at the edge, and who is to be
// sent where. No answer depends on a secret, so none is asked for.
func splitAttributes(ctx context.Context) map[string]schema.Attribute {
	var of resource.SchemaResponse
	edgesplit.New().Schema(ctx, resource.SchemaRequest{}, &of)
	theirs := map[string]rschema.Attribute{}
	for _, name := range edgesplit.Asked {
		theirs[name] = of.Schema.Attributes[name]
	}
	out := mirrored(theirs)
	describe(out, "weight", "Percent of the viewers that the other one of two sides is to have: the value you are about to write into the split.")
	describe(out, "attach", "The cache behaviours that run the functions. Write it here also where you associate the functions yourself, and `cdn_edge_split` has none: then the behaviours are looked at before they have any. Omitted: those that have the functions already.")
	describe(out, "override", "How testers choose a side. Their secret is not asked for.")
	if o, ok := out["override"].(schema.SingleNestedAttribute); ok {
		for _, name := range []string{"secret", "secret_wo", "secret_wo_version"} {
			delete(o.Attributes, name)
		}
	}
	return out
}

// describe words an attribute for whoever asks, and makes nothing.
func describe(of map[string]schema.Attribute, name, what string) {
	switch a := of[name].(type) {
	case schema.StringAttribute:
		a.MarkdownDescription = what
		of[name] = a
	case schema.Int64Attribute:
		a.MarkdownDescription = what
		of[name] = a
	case schema.ListAttribute:
		a.MarkdownDescription = what
		of[name] = a
	case schema.SingleNestedAttribute:
		a.MarkdownDescription = what
		of[name] = a
	}
}

// optional takes away that an attribute is required: that depends on the question.
func optional(a schema.Attribute) schema.Attribute {
	switch a := a.(type) {
	case schema.SetAttribute:
		a.Required, a.Optional = false, true
		return a
	case schema.MapNestedAttribute:
		a.Required, a.Optional = false, true
		return a
	}
	return a
}

// mirrored turns attributes of a resource into those of a data source. A data
// source plans nothing, so what has a default there is merely optional here.
func mirrored(theirs map[string]rschema.Attribute) map[string]schema.Attribute {
	ours := map[string]schema.Attribute{}
	for name, a := range theirs {
		switch a := a.(type) {
		case rschema.StringAttribute:
			ours[name] = schema.StringAttribute{CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription}
		case rschema.BoolAttribute:
			ours[name] = schema.BoolAttribute{Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription}
		case rschema.Int64Attribute:
			ours[name] = schema.Int64Attribute{Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription}
		case rschema.ListAttribute:
			ours[name] = schema.ListAttribute{ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription}
		case rschema.MapAttribute:
			ours[name] = schema.MapAttribute{ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription}
		case rschema.SetAttribute:
			ours[name] = schema.SetAttribute{ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription}
		case rschema.ListNestedAttribute:
			ours[name] = schema.ListNestedAttribute{
				Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription,
				NestedObject: schema.NestedAttributeObject{Attributes: mirrored(a.NestedObject.Attributes)},
			}
		case rschema.MapNestedAttribute:
			ours[name] = schema.MapNestedAttribute{
				Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription,
				NestedObject: schema.NestedAttributeObject{Attributes: mirrored(a.NestedObject.Attributes)},
			}
		case rschema.SingleNestedAttribute:
			ours[name] = schema.SingleNestedAttribute{
				Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription, Attributes: mirrored(a.Attributes),
			}
		}
	}
	return ours
}
