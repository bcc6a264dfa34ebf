package bluegreenswitch_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Whatever AWS begins to answer to whichever call, at the start or in the middle, a run
// comes to an end, and a name that somebody had is a name that somebody has: unless the
// very write that adds it again is refused, which nobody can try beforehand.
func TestNoAnswerToACallLeavesANameWithoutAnOwner(t *testing.T) {
	t.Parallel()
	answers := map[string]fault.Fault{
		"denied":     {Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."},
		"failing":    {Kind: fault.ServerFail},
		"not served": {Kind: fault.Answer, Code: "InternalFailure", Status: 501, Message: "Unknown operation."},
		"not found":  {Kind: fault.Answer, Status: 404},
	}
	operations := []string{"GetDistribution", "ListDomainConflicts", "ListDistributions", "DescribeCertificate", "GetHostedZone", "ListResourceRecordSets", "GetChange", "ChangeResourceRecordSets", "UpdateDistribution"}
	cells := 0
	for _, method := range []string{"domain_association", "remove_and_add"} {
		for _, operation := range operations {
			if method == "domain_association" && !slices.Contains([]string{"GetDistribution", "GetChange", "ChangeResourceRecordSets"}, operation) {
				continue // the longer way calls all of it, too
			}
			for name, answer := range answers {
				for _, half := range []bool{false, true} {
					cells++
					t.Run(fmt.Sprintf("%s/%s/%s/half=%t", method, operation, name, half), func(t *testing.T) {
						t.Parallel()
						fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
							ask := func(live string) acctest.Config {
								config := switchTo(e, live)
								config["method"], config["allow_downtime"] = method, method == "remove_and_add"
								return config
							}
							mustApply(t, c, ask("blue"))
							p, err := c.Plan(context.Background(), ask("green"))
							if err != nil || len(p.Diags.Errors()) > 0 {
								t.Fatalf("%v\n%s", err, p.Diags)
							}
							f := answer
							f.Operation = operation
							if half {
								e.World.Faults().Add(fault.Fault{Writes: true, Count: 1, When: fault.AfterEffect, Hook: func() { e.World.Faults().Add(f) }})
							} else {
								e.World.Faults().Add(f)
							}
							began, before := clock.System{}.Now(), e.World.Journal().Seq()
							if _, err := c.Apply(context.Background(), p); err != nil {
								t.Fatal(err)
							}
							if took := (clock.System{}).Now().Sub(began); took > 4*time.Hour {
								t.Errorf("took %s", took)
							}
							e.World.Faults().Clear()
							cannotAdd := operation == "UpdateDistribution" && half
							if owner := e.Owner("www.example.com"); owner == "" && !cannotAdd {
								t.Errorf("nobody has the name after %v", e.Writes(before))
							}
							// Once nothing is wrong any more, the next apply gets there.
							e.Settle()
							mustApply(t, c, ask("green"))
							e.ExpectOn(e.Green)
						})
					})
				}
			}
		}
	}
	t.Logf("%d cells", cells)
}
