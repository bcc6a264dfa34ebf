package bluegreenswitch_test

import (
	"fmt"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// A switch comes to another address, or is made anew, in every way that Terraform has for
// it. Nobody asked for a name to go out of DNS, so none may, whatever on_destroy says.
func TestAccBlueGreenSwitch_renamed(t *testing.T) {
	cells := 0
	for _, way := range []struct {
		claim   string
		args    []string
		rename  bool // the block has another name afterwards
		first   bool // lifecycle { create_before_destroy = true }
		refused bool // with `delete`, nobody can tell it from a destroy
	}{
		{claim: "replaced", args: []string{"-replace=" + addr}},
		{claim: "replacedByANewOneFirst", args: []string{"-replace=" + addr}, first: true},
		{claim: "renamed", rename: true, refused: true},
	} {
		for _, onDestroy := range []string{"retain", "delete"} {
			for _, parallelism := range []int{1, 10} {
				cells++
				t.Run(fmt.Sprintf("%s/%s/%d", way.claim, onDestroy, parallelism), func(t *testing.T) {
					c := acctest.NewCLI(t, site("example.com", "www.example.com"))
					body := asked(c, "blue")
					body["dns"] = map[string]any{"example.com": map[string]any{"zone_id": c.ZoneIDs["example.com"], "on_destroy": onDestroy}}
					if way.first {
						body["lifecycle"] = acctest.Block{"create_before_destroy": true}
					}
					w := c.Workspace()
					w.Write(c.HCL(addr, body))
					w.Must(0, "apply", "-auto-approve")
					now := addr
					if way.rename {
						now = resourceType + ".moved"
						w.Write(c.HCL(now, body))
					}
					r := w.Run(append([]string{"apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallelism)}, way.args...)...)
					for _, name := range c.Names {
						if got := c.Records(name); len(got) != 2 {
							t.Errorf("the records of %s are %q", name, got)
						}
					}
					c.ExpectServed()
					if s := w.State(now); s["phase"] != "settled" {
						t.Errorf("%s is %v", now, s["phase"])
					}
					switch {
					case r.Exit == 0:
						w.Must(0, "plan", "-detailed-exitcode")
					case !way.refused || onDestroy == "retain":
						t.Errorf("exited with %d:\n%s", r.Exit, r.Output)
					}
				})
			}
		}
	}
	t.Logf("%d ways of coming to another address", cells)
}
