package stagingdistribution

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// ValidateConfig implements resource.ResourceWithValidateConfig: what can be known to
// be wrong without asking AWS, and not while it is unknown.
func (r *Resource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var c model
	if resp.Diagnostics.Append(req.Config.Get(ctx, &c)...); resp.Diagnostics.HasError() {
		return
	}
	if !c.Release.IsNull() && c.Sides.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("release"), "There are no sides to take turns",
			"`release` says when staging gets the side that is idle. Write `sides`, or leave `release` to cdn_staging_promotion.")
	}
	if wholly(ctx, c.Overrides) {
		o, d := c.overrides(ctx)
		resp.Diagnostics.Append(d...)
		resp.Diagnostics.Append(validateErrors(ctx, c)...)
		for id, p := range o.Origins {
			if p.Path != nil && *p.Path != "" && (!strings.HasPrefix(*p.Path, "/") || strings.HasSuffix(*p.Path, "/")) {
				resp.Diagnostics.AddAttributeError(path.Root("overrides").AtName("origins").AtMapKey(id).AtName("origin_path"), "Not an origin path",
					fmt.Sprintf("%q has to begin with a slash and not to end with one. Write %q.", *p.Path, "/"+strings.Trim(*p.Path, "/")))
			}
		}
	}
	if c.Sides.IsNull() || !wholly(ctx, c.Sides) {
		return
	}
	sides, d := c.sides(ctx)
	resp.Diagnostics.Append(d...)
	names := slices.Sorted(maps.Keys(sides))
	for i, name := range names {
		for _, other := range names[:i] {
			if reflect.DeepEqual(sides[name], sides[other]) {
				resp.Diagnostics.AddAttributeError(path.Root("sides").AtMapKey(name), "Two sides are the same place",
					fmt.Sprintf("%s and %s have the same origins, so nobody could tell which of them is live. Give each a prefix or an origin of its own.", other, name))
			}
		}
	}
}

func validateErrors(ctx context.Context, c model) diag.Diagnostics {
	var o overridesModel
	if c.Overrides.IsNull() {
		return nil
	}
	d := c.Overrides.As(ctx, &o, basetypes.ObjectAsOptions{})
	for _, e := range o.ErrorResponses {
		for _, v := range []types.String{e.Code, e.ResponseCode, e.MinTTL} {
			if n, err := strconv.ParseInt(v.ValueString(), 10, 32); !v.IsNull() && (err != nil || n < 0) {
				d.AddAttributeError(path.Root("overrides").AtName("error_responses"), "Not a number", fmt.Sprintf("%q is not a whole number. Write a status such as 404, or seconds.", v.ValueString()))
			}
		}
		if !e.ResponseCode.IsNull() && e.Page.IsNull() {
			d.AddAttributeError(path.Root("overrides").AtName("error_responses"), "A status without a page",
				fmt.Sprintf("CloudFront answers error %s with another status only together with a page. Write `response_page_path`, or remove `response_code`.", e.Code.ValueString()))
		}
	}
	return d
}
