package preflight

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
)

// Schema implements datasource.DataSource. What it takes is what the switch takes,
// from the switch's own schema, so that one value serves both.
func (d *DataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	var of resource.SchemaResponse
	bluegreenswitch.New().Schema(ctx, resource.SchemaRequest{}, &of)
	theirs := map[string]rschema.Attribute{}
	for _, name := range []string{"aliases", "sides", "live", "dns", "method", "allow_downtime", "keep_wildcard"} {
		theirs[name] = of.Schema.Attributes[name]
	}
	attributes := mirrored(theirs)
	if a, ok := attributes["aliases"].(schema.SetAttribute); ok {
		a.MarkdownDescription = "The alternate domain names that would move together, in lower case."
		attributes["aliases"] = a
	}
	attributes["live"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "The side that the cutover would make live: the value you are about to write into the switch.",
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
				MarkdownDescription: "The attribute of the switch that is concerned, such as `sides[\"green\"].distribution_id`; null if none is.",
			},
		}},
	}
	attributes["report"] = schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "All findings as one text, for an `error_message`; empty if there are none.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Everything that would stop a cutover of `cdn_bluegreen_switch`, or surprise somebody in it, found before it starts: for a `check` block, or for a `precondition` that keeps the plan from being made. " +
			"It takes the switch's own values and reads only. A finding never fails the plan by itself.",
		Attributes: attributes,
	}
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
		case rschema.SetAttribute:
			ours[name] = schema.SetAttribute{ElementType: a.ElementType, Required: a.Required, Optional: a.Optional, Validators: a.Validators, MarkdownDescription: a.MarkdownDescription}
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
