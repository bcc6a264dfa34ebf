package weightedramp_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// make bench moves 500; the test that guards the promise moves fewer.
var moved = flag.Int("names", 20, "how many names the cost of a step is measured with")

const (
	besideParallelism = 100
	many500           = 500 // what the promise is about
	insyncOfBench     = 30 * time.Second
)

// weighedSite is a site in which names have weighted records of two addresses, half each.
func weighedSite(t *testing.T, n int) *acctest.CLI {
	t.Helper()
	c := acctest.NewCLI(t, site(www))
	c.World.Turn(func(k *knob.Knobs) { k.InsyncSpan = insyncOfBench })
	c.Names = nil
	for i := range n {
		c.Names = append(c.Names, fmt.Sprintf("n%04d.example.com", i))
	}
	for chunk := range slices.Chunk(c.Names, 200) {
		var batch []r53types.Change
		for _, name := range chunk {
			for id, value := range map[string]string{"blue": "198.51.100.7", "green": elsewhere} {
				batch = append(batch, weighted(name, id, 50, value))
			}
		}
		c.ChangeByHand(chunk[0], batch...)
	}
	c.Settle()
	return c
}

// What it costs to move many names one step: calls and time of the whole apply, with its
// refresh, through the same CLI on the same simulator as hashicorp/aws, which is asked
// for the same records. The clock of the simulator runs fast, and so waiting for INSYNC
// costs either of them next to nothing; hashicorp/aws sleeps 10 to 30 s of its own before
// it asks for the first time, which is left out of its time.
func TestAccWeightedRamp_costOfAStep(t *testing.T) {
	c := weighedSite(t, *moved)
	w := c.Workspace()
	ask := func(weight int) acctest.Config {
		body := manyToward(c.Env, weight)
		body["timeouts"] = map[string]any{"create": "48h", "update": "48h"}
		return body
	}
	w.Write(c.HCL(addr, ask(50)))
	w.Must(0, "apply", "-auto-approve") // adopts
	w.Write(c.HCL(addr, ask(60)))
	before, began := c.World.Journal().Seq(), clock.System{}.Now()
	w.Must(0, "apply", "-auto-approve")
	took := clock.System{}.Now().Sub(began).Seconds()
	calls := float64(len(c.World.Journal().Calls(before)))
	expectSets(t, c.Env, "blue 40 198.51.100.7 ttl=60", "green 60 "+elsewhere+" ttl=60")
	label := func(what string) string { return fmt.Sprintf("ramp of %d names, one step: %s", *moved, what) }
	figure.Report(t, figure.Plain(label("calls"), calls, "calls"), figure.Plain(label("time of the apply"), took, "s"))
	t.Logf("%.0f calls, %.1f s", calls, took)

	if *moved < many500 { // beside hashicorp/aws it takes minutes
		return
	}
	acctest.NeedAWSProvider(t)
	theirs := c.Beside()
	vars := []string{"-var=zone=" + c.ZoneIDs["example.com"], "-parallelism=" + strconv.Itoa(besideParallelism)}
	record := func(weight int, more string) string {
		return `
variable "zone" {}
locals { names = toset(["` + strings.Join(c.Names, `","`) + `"]) }
resource "aws_route53_record" "green" {
  for_each       = local.names
  zone_id        = var.zone
  name           = each.key
  type           = "A"
  ttl            = 60
  records        = ["` + elsewhere + `"]
  set_identifier = "green"
  weighted_routing_policy { weight = ` + strconv.Itoa(weight) + ` }
}
` + more
	}
	theirs.Put("records.tf", record(60, `
import {
  for_each = local.names
  to       = aws_route53_record.green[each.key]
  id       = "${var.zone}_${each.key}_A_green"
}
`))
	theirs.Must(0, append([]string{"apply", "-auto-approve"}, vars...)...)
	theirs.Put("records.tf", record(93, ""))
	before, began = c.World.Journal().Seq(), clock.System{}.Now()
	theirs.Must(0, append([]string{"apply", "-auto-approve"}, vars...)...)
	// Each of them sleeps at least 10 s, so many at a time.
	slept := 10 * float64((*moved+besideParallelism-1)/besideParallelism)
	theirTime := max(clock.System{}.Now().Sub(began).Seconds()-slept, 0)
	theirCalls := float64(len(c.World.Journal().Calls(before)))
	t.Logf("hashicorp/aws: %.0f calls, %.1f s besides %.0f s of sleep, %d at a time", theirCalls, theirTime, slept, besideParallelism)
	beside := fmt.Sprintf("hashicorp/aws, %d at a time: ", besideParallelism)
	figure.Report(t,
		figure.Plain(label(beside+"calls"), theirCalls, "calls"),
		figure.Plain(label(beside+"time of the apply, its own sleep of at least 10 s left out"), theirTime, "s"),
		figure.Plain(label(beside+"its own sleep, at least"), slept, "s"),
	)
	report(t, figure.AtLeast(label("times fewer calls than hashicorp/aws"), theirCalls/calls, "x", 10))
	report(t, figure.AtLeast(label("times less time than hashicorp/aws"), theirTime/took, "x", 10))
}

func report(t *testing.T, f figure.Figure) {
	t.Helper()
	figure.Report(t, f)
	if !f.OK {
		t.Errorf("%s: %g %s, want %s", f.Name, f.Value, f.Unit, f.Bound)
	}
}
