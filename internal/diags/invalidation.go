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
func NotInvalidated(s Stop, err error) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), "The cutover is finished but nothing was invalidated",
		paragraphs(s.traffic(), fmt.Sprintf("CloudFront did not invalidate %s on %s:\n\n  %s", strings.Join(s.Spec.Invalidate, ", "), s.Spec.Target(), awsapi.Brief(err)),
			"The names stay where they are. The next plan shows the invalidation again.",
			"Until then edge locations may serve what they hold. Allow cloudfront:CreateInvalidation if that is missing, or remove `invalidate`."))
}

// StillInvalidating warns that an invalidation takes long, or that err kept us from
// looking.
func StillInvalidating(s Stop, id string, err error) diag.Diagnostic {
	next := "Nothing is left to do for the next apply."
	if errors.Is(err, awsapi.ErrDenied) {
		next += " " + allow(err) + " Then the end is waited for."
	}
	return diag.NewAttributeWarningDiagnostic(path.Root("invalidate"), "The invalidation is still under way",
		paragraphs(s.traffic(), fmt.Sprintf("CloudFront has taken invalidation %s of %s on %s, and the end of it was not seen. It goes on by itself.", id, strings.Join(s.Spec.Invalidate, ", "), s.Spec.Target()),
			next))
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
