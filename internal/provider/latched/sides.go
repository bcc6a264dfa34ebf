package latched

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

var sideName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// IsSideName says whether a side can be called so: import ids are made of such names.
func IsSideName(name string) bool { return sideName.MatchString(name) }

// ValidateSideNames refuses names that no side can have.
func ValidateSideNames(sides types.Map) diag.Diagnostics {
	var d diag.Diagnostics
	for _, name := range slices.Sorted(maps.Keys(sides.Elements())) {
		if !IsSideName(name) {
			d.AddAttributeError(path.Root("sides").AtMapKey(name), "Not the name of a side",
				fmt.Sprintf("%q cannot be used in an import id. Write lower-case letters, digits, - and _, such as \"green\".", name))
		}
	}
	return d
}

// ValidateLive refuses a live that is no side, of sides of which there are any.
func ValidateLive(live types.String, sides types.Map) diag.Diagnostics {
	var d diag.Diagnostics
	names := slices.Sorted(maps.Keys(sides.Elements()))
	if len(names) > 0 && !slices.Contains(names, live.ValueString()) {
		d.AddAttributeError(path.Root("live"), "No such side", fmt.Sprintf("`live` names %q, which is not one of the sides. Write %s.", live.ValueString(), fwtypes.Quoted(names, " or ")))
	}
	return d
}
