package diags

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
)

// diverted words a run, whatever it moves, that finds a name pointed elsewhere by hand.
// leave is what a configuration has to leave out for the records to stay, and again what
// the next run does to them otherwise.
func diverted(at path.Path, names, records, leave, again string) words {
	return words{
		at, "Somebody has pointed a name elsewhere during the run",
		fmt.Sprintf("%s led where it was to when the run began. Since then somebody has pointed it elsewhere:\n\n  %s\n\nWhoever did may have meant to stop the run, so it goes no further, and leaves that as it is.", names, records),
		fmt.Sprintf("Find out who changed it, and why. Take %s to leave it there; a new plan and apply %s again.", leave, again),
	}
}
