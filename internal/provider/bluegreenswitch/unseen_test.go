package bluegreenswitch_test

import (
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// Who may not ask how far an invalidation is does not know that it is complete, and the
// run says and records so.
func TestAnInvalidationThatNobodyMaySeeIsNotCalledComplete(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.World.Faults().Add(fault.Fault{Operation: "GetInvalidation", Kind: fault.Answer, Code: "AccessDenied", Status: 403})
		d := apply(t, c, invalidating(e, "green"))
		if len(d.Errors()) > 0 || !strings.Contains(d.String(), "Nobody could see the invalidation complete") {
			t.Errorf("diagnostics: %s", d)
		}
		if got := c.State.String(); !strings.Contains(got, "nobody could see invalidation") {
			t.Errorf("it is not on record: %s", got)
		}
	})
}

// What the way will ask once there is no standing still is asked while there is: who may
// not ask it, or is not answered, has changed nothing.
func TestWhatTheWayWillAskIsAskedBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"ListDomainConflicts", "GetChange"} {
		for name, f := range map[string]fault.Fault{
			"denied":     {Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."},
			"failing":    {Kind: fault.ServerFail},
			"not served": {Kind: fault.Answer, Code: "InternalFailure", Status: 501, Message: "Unknown operation."},
		} {
			t.Run(operation+"/"+name, func(t *testing.T) {
				t.Parallel()
				running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
					f.Operation = operation
					e.World.Faults().Add(f)
					config := switchTo(e, "green")
					config["method"], config["allow_downtime"] = "remove_and_add", true
					before := e.World.Journal().Seq()
					d := apply(t, c, config)
					if len(d.Errors()) == 0 || name == "not served" && strings.Contains(d.String(), "Health Dashboard") {
						t.Errorf("diagnostics: %s", d)
					}
					if w := e.Writes(before); len(w) > 0 {
						t.Errorf("wrote %v", w)
					}
				})
			})
		}
	}
}
