package diags

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// invokedNext is what comes after an action that did not reach its end: it has no state.
const invokedNext = "Invoke the action again: it looks at AWS and carries on from there."

var returning = noun{
	name: "Going back", clock: path.Root("timeout"),
	slow:  "If propagation takes longer than usual, raise `timeout`; if it hangs, look at the AWS Health Dashboard.",
	rival: "Look for another process that writes to these distributions or their policy, such as an apply that is still running, and stop it.",
}

// RollBackStopped words a way back that somebody asked for by an action, and that did
// not reach its end.
func RollBackStopped(s ReleaseStop) diag.Diagnostic {
	s.invoked = true
	if o, ok := errors.AsType[*promotion.Obstacle](s.Err); ok {
		return rollBackObstacle(s, o)
	}
	failed := "  " + describe(s.Err)
	if errors.Is(s.Err, context.Canceled) {
		return s.says(path.Empty(), "Going back was interrupted", "The run was asked to stop, and took no further step.", stuck(s.Err), invokedNext)
	}
	if d := returning.stopped(s.Err, s.says, failed, invokedNext); d != nil {
		return d
	}
	switch {
	case errors.Is(s.Err, awsapi.ErrRefused):
		return s.says(path.Empty(), "AWS refuses the way back", failed, "Something that the configuration of before refers to may be gone. Bring it back, or repair the primary by hand. "+invokedNext)
	default:
		return s.says(path.Empty(), "Going back stopped half-way", failed, "Fix the cause. "+invokedNext)
	}
}

func rollBackObstacle(s ReleaseStop, o *promotion.Obstacle) diag.Diagnostic {
	switch o.Kind {
	case promotion.NoWayBack:
		return s.says(path.Empty(), "Nobody has written down what there was before", fmt.Sprintf("There is no configuration to give back to %s. Nothing was written.", o.Found),
			"With `snapshot_bucket`, name the bucket that the cdn_staging_promotion has had since before the release. With `way_back`, write its attribute of that name.")
	case promotion.PrimaryDrifted:
		return s.says(path.Root("overwrite"), "The primary has what no release of ours gave it", fmt.Sprintf("%s has a configuration that is neither that of the release nor that of before. Going back would overwrite it, and nothing was written to it.", o.Found),
			"Find out who changed it. To go back all the same, set overwrite = true.")
	default:
		return releaseObstacle(s, o)
	}
}

// RollBackEmpty says that a way back led nowhere, and so that nobody is any better off. It
// is an error where the release is what the way back leads to.
func RollBackEmpty(s ReleaseStop, byState bool) diag.Diagnostic {
	had := fmt.Sprintf("%s had the configuration of before already, and nobody was sent to staging. Nothing was written.", s.Spec.Primary)
	if obs := s.Sight.Obs; byState && obs.Primary.Content == obs.Staging.Content {
		return diag.NewAttributeErrorDiagnostic(path.Root("way_back"), "The way back leads to the release itself", paragraphs(s.traffic(),
			fmt.Sprintf("%s has the configuration of staging, and that is what `way_back` holds: the release is settled, and what was there before it is not in state any more. Nothing was taken back, and nothing was written.", s.Spec.Primary),
			"Use the `snapshot_bucket` if the cdn_staging_promotion has one. Otherwise give staging what it had before, and release that."))
	}
	return diag.NewWarningDiagnostic("There was nothing to take back", paragraphs(s.traffic(), had,
		"If an earlier invocation has done it, all is as it should be. If viewers still get what is to go, it is not the last release that brought it, or it is settled: then `way_back` leads to itself, and only the `snapshot_bucket` leads further back."))
}

// RollBackNotInvalidated warns of copies that an action could not have dropped. Where
// CloudFront has taken the invalidation, it is named.
func RollBackNotInvalidated(s ReleaseStop, invalidation string, err error) diag.Diagnostic {
	cause := ""
	if errors.Is(err, awsapi.ErrDenied) {
		cause = " " + allow(err)
	}
	switch {
	case invalidation != "" && err != nil:
		return ReleaseInvalidationUnseen(s, true, invalidation, err)
	case invalidation != "":
		return ReleaseStillInvalidating(s, true, invalidation)
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), "The way back is done, and nothing was invalidated", paragraphs(s.traffic(),
		fmt.Sprintf("Edge locations may go on serving copies of the release until they expire:\n\n  %s", describe(err)),
		"Invoke the action again: it asks for nothing but the invalidation."+cause))
}

// RollBackNotRemembered warns that the next apply does not know of the way back.
func RollBackNotRemembered(s ReleaseStop, err error) diag.Diagnostic {
	cause := ""
	if errors.Is(err, awsapi.ErrDenied) {
		cause = allow(err) + " "
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("snapshot_bucket"), "The way back is done, and the bucket could not be told", paragraphs(s.traffic(),
		fmt.Sprintf("The snapshot bucket does not know that the release was taken back:\n\n  %s", describe(err)),
		"The next apply of a cdn_staging_promotion may release it again. "+cause+"Invoke the action once more when the bucket can be written to, or change `release` back."))
}
