package diags

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
)

// Follows warns that a change made by other hands is about to be copied.
func Follows(primary string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("follow"), "The primary was changed since staging last had its settings",
		fmt.Sprintf("The primary (%s) is neither as it was when staging was last in agreement with it nor as staging is now. "+
			"`follow` has a new value, so staging gets the primary's settings as they are.\n\n"+
			"If somebody changed the primary by hand, put it right first: a promotion would make that change the released one.", primary))
}

func stagingObstacle(w Work, o *staging.Obstacle) diag.Diagnostic {
	primary := path.Root("primary_distribution_id")
	say := func(at path.Path, summary, what, advice string) diag.Diagnostic {
		return diag.NewAttributeErrorDiagnostic(at, summary, paragraphs(w.Traffic, what, w.next(), advice))
	}
	switch o.Kind {
	case staging.PrimaryMissing:
		return say(primary, "There is no primary to copy", fmt.Sprintf("CloudFront has no distribution %s in this account.", o.Found),
			"Write the id of an existing distribution, and check that the provider uses the right account.")
	case staging.PrimaryIsStaging:
		return say(primary, "A staging distribution cannot be copied", fmt.Sprintf("%s is a staging distribution itself.", o.Found),
			"Write the id of the distribution that serves production.")
	case staging.HTTP3:
		return say(primary, "A primary with HTTP/3 can have no staging distribution", fmt.Sprintf("%s speaks HTTP/3, which CloudFront does not support together with continuous deployment.", o.Found),
			"Set `http_version = \"http2\"` on the primary. To keep HTTP/3, cut over with cdn_bluegreen_switch, which moves whole names.")
	case staging.NotStaging:
		return diag.NewErrorDiagnostic("This is no staging distribution", paragraphs(w.Traffic, fmt.Sprintf("%s is an ordinary distribution, and may serve viewers.", o.Found), w.next(),
			"Import the id of a staging distribution, or let this resource make one."))
	case staging.NothingToOverride:
		return say(path.Root("overrides"), "There is nothing to override", fmt.Sprintf("The distribution does not have:\n\n  %s", strings.Join(o.Fields, "\n  ")),
			"Write the id of an origin, or the path pattern of a cache behaviour, that the primary has.")
	case staging.Locked:
		return say(path.Root("follow"), "A policy locks what has changed",
			fmt.Sprintf("The primary has policy %s, and as long as it does these settings of both distributions cannot change:\n\n  %s", o.Found, strings.Join(o.Fields, "\n  ")),
			"Set `attached = false` in cdn_continuous_deployment and apply. Then change them on the primary, follow, and attach again, all in one apply.")
	case staging.NoSide:
		return say(path.Root("sides"), "The primary is on none of the sides", fmt.Sprintf("The origins of %s are where no side says they are, so it cannot be said which side is idle.", o.Found),
			"Write one side as the primary is now.")
	case staging.NotInRecipe:
		return say(path.Root("steps"), "The world changed since this plan", fmt.Sprintf("It would now also be necessary to:\n\n  %s\n\nThe plan did not show that, so it was not done.", o.Found),
			"Make a new plan, read it, and apply it.")
	default:
		return diag.NewErrorDiagnostic(w.What+" was stopped by an unknown obstacle", paragraphs(w.Traffic, o.Error(), "Please report this."))
	}
}
