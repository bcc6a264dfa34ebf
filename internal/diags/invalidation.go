package diags

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// NotInvalidated warns that the new live side may serve copies of before.
func NotInvalidated(s SwitchStop, err error) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), "The cutover is finished but nothing was invalidated",
		paragraphs(s.traffic(), fmt.Sprintf("CloudFront did not invalidate %s on %s:\n\n  %s", strings.Join(s.Spec.Invalidate, ", "), s.Spec.Target(), awsapi.Brief(err)),
			"The names stay where they are. The next plan shows the invalidation again.",
			"Until then edge locations may serve what they hold. Allow cloudfront:CreateInvalidation if that is missing, or remove `invalidate`."))
}

// InvalidationUnseen warns that err kept us from seeing the end of an invalidation.
func InvalidationUnseen(s SwitchStop, id string, err error) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), "Nobody could see the invalidation complete",
		paragraphs(s.traffic(), unseenBecause(id, s.Spec.Target(), err)+" Until it is complete, edge locations may serve copies of before.", "Nothing is left to do for the next apply.", willWait(err)))
}

// willWait says what would make the next run wait for the end.
func willWait(err error) string {
	if errors.Is(err, awsapi.ErrDenied) {
		return allow(err) + " Then the end is waited for."
	}
	return ""
}

// StillInvalidating warns that an invalidation takes longer than a run waits.
func StillInvalidating(s SwitchStop, id string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), "The invalidation is still under way",
		paragraphs(s.traffic(), fmt.Sprintf("CloudFront has taken invalidation %s of %s on %s, and the end of it was not seen. It goes on by itself.", id, strings.Join(s.Spec.Invalidate, ", "), s.Spec.Target()),
			"Nothing is left to do for the next apply."))
}

func unseenBecause(id, distribution string, err error) string {
	return fmt.Sprintf("CloudFront has taken invalidation %s on %s, which goes on by itself. Whether it is complete could not be asked:\n\n  %s\n\n"+
		"CloudFront needs seconds to minutes for it as a rule.", id, distribution, describe(err))
}

// Catches warns what a wildcard serves besides the names it is there for. caught
// lists those names for each wildcard that somebody has looked under.
func Catches(wildcards []string, caught map[string][]string) diag.Diagnostics {
	var d diag.Diagnostics
	var unknown []string
	for _, w := range wildcards {
		if _, ok := caught[w]; !ok {
			unknown = append(unknown, w)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(caught)) {
		if len(caught[w]) > 0 {
			d.AddAttributeWarning(path.Root("method"), "The wildcard catches other names",
				fmt.Sprintf("While %s is on a side, that side also answers for names that point at CloudFront and have no alias of their own: %s.\n\n"+
					"Give each an alias on the distribution it belongs to, or write method = \"domain_association\", which needs no wildcard.", w, strings.Join(caught[w], ", ")))
		}
	}
	if len(unknown) > 0 {
		d.AddAttributeWarning(path.Root("method"), "The wildcard covers more than the aliases",
			fmt.Sprintf("While it is on a side, %s also answers there for every other name it matches that no distribution has. A name with an alias of its own is not affected.", strings.Join(unknown, ", ")))
	}
	return d
}
