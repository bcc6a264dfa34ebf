package acctest

import (
	"context"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// LostAnswers are the ways in which a write is made and its answer does not come: once, so
// that the client sends it again, and as often as it tries.
func LostAnswers(operation string) map[string]fault.Fault {
	return map[string]fault.Fault{
		"and it is sent again": {Operation: operation, Kind: fault.Cut, When: fault.AfterEffect, Count: 1},
		"for good":             {Operation: operation, Kind: fault.Cut, When: fault.AfterEffect, Count: 5},
	}
}

// UnreadableTags are the ways in which CloudFront does not say what tags a thing has.
func UnreadableTags() map[string]fault.Fault {
	const operation = "ListTagsForResource"
	return map[string]fault.Fault{
		"denied":  {Operation: operation, Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "not authorized to perform: cloudfront:" + operation},
		"failing": {Operation: operation, Kind: fault.ServerFail},
	}
}

// DestroyUnowned destroys what an address has, named id, while nobody can say whose it is:
// that leaves it, writes nothing, and says which permission is missing. Once it can be said,
// the destroy goes through, or, where another address has adopted it, says keeps. still
// looks whether it is as it was before.
func DestroyUnowned(t *testing.T, e *Env, c *Core, tags fault.Fault, id string, adopted bool, keeps string, still func()) {
	t.Helper()
	before := e.World.Journal().Seq()
	e.World.Faults().Add(tags)
	d := c.MustConverge(context.Background(), t, nil).Errors()
	if len(d) != 1 || !strings.Contains(d[0].Detail, id) || !strings.Contains(d[0].Detail, "another address") || !strings.Contains(d[0].Detail, "cloudfront:ListTagsForResource") {
		t.Errorf("the destroy said %s", d)
	}
	still()
	if w := e.Writes(before); len(w) > 0 || c.State.IsNull() {
		t.Errorf("it wrote %v, and state is kept: %t", w, !c.State.IsNull())
	}
	e.World.Faults().Clear()
	if d := c.MustConverge(context.Background(), t, nil); adopted == (len(d) == 0) || adopted && d[0].Summary != keeps {
		t.Errorf("once the tags can be read, the destroy said %s", d)
	}
}
