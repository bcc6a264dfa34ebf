package diags

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
)

const unprotect = "Ask whoever protected it. With the protection deleted (`aws route53 delete-resource-record-set-protections`) apply again, and protect the record anew when the cutover is over."

// unfollowing is what a protection comes to in a cutover.
const unfollowing = "the record could follow neither on the way nor on the way back"

// protected words a record that Route 53 changes for nobody, and what that comes to. Whoever
// protected it may have said why in the comment.
func protected(at path.Path, typ, name, comment, so string) words {
	why := "."
	if comment != "" {
		why = fmt.Sprintf(", with the comment %q.", comment)
	}
	return words{
		at, "Route 53 protects a record against changes",
		fmt.Sprintf("Somebody has protected the %s record of %s%s As long as that stands, Route 53 refuses every batch that changes it, whoever sends it: %s.", typ, name, why, so),
		unprotect,
	}
}

// locked words a zone that takes no change for the moment.
func locked(at path.Path, domain, status string) words {
	return words{
		at, "Route 53 has locked the hosted zone",
		fmt.Sprintf("The accelerated recovery of %s is in the state %s, in which Route 53 takes no change of its records.", domain, status),
		"It passes by itself. Wait until `aws route53 get-hosted-zone` shows another state, and apply again.",
	}
}
