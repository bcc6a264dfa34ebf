package bluegreenswitch_test

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// `make bench` asks for fifty.
var together = flag.Int("together", 10, "how many names are cut over in one apply")

// An estate is many names, on a pair of distributions each or all on one.
type estate struct {
	*acctest.Env
	sides []map[string]string // ids, by pair
	names [][]string          // by pair
}

// estateOf builds one with so many pairs, and so many names on each.
func estateOf(t *testing.T, pairs, each int) estate {
	t.Helper()
	s := site("www.example.com")
	k := knob.Defaults()
	k.Distributions = 2*pairs + 2
	s.World.Knobs = &k
	out := estate{Env: acctest.New(t, s)}
	for i := range pairs {
		var names []string
		for j := range each {
			names = append(names, fmt.Sprintf("n%02d-%02d.example.com", i, j))
		}
		blue := out.Distribute(fmt.Sprintf("blue-%d", i), func(c *cftypes.DistributionConfig) {
			c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // a hundred at most
		})
		green := out.Distribute(fmt.Sprintf("green-%d", i), nil)
		for _, name := range names {
			out.PointByHand(name, blue.Domain, "A", "AAAA")
		}
		out.sides, out.names = append(out.sides, map[string]string{"blue": blue.ID, "green": green.ID}), append(out.names, names)
		out.Names = append(out.Names, names...)
	}
	out.Settle()
	out.Start = out.World.Clock().Now()
	return out
}

// toward is a switch of some names of a pair. It does not bake: that would hide what the others cost.
func (e estate) toward(pair int, names []string, live string) acctest.Config {
	c := switchTo(e.Env, live)
	c["aliases"], c["bake_time"] = names, "0s"
	for of, id := range e.sides[pair] {
		side(c, of)["distribution_id"] = id
		side(c, of)["marker"] = map[string]any{"value": fmt.Sprintf("%s-%d.origin.test", of, pair)}
	}
	return c
}

// An atOnce is a way to cut many names over in one apply.
type atOnce struct {
	row      string // of the page's table, for fifty
	pairs    int    // 0: as many as names
	switches int    // 0: as many as names
	waves    int    // of the CLI; 0: one
	edit     func(acctest.Config)
	knobs    func(*knob.Knobs) // turned once the switches are introduced
	most     float64           // times as long as one cutover; 0: as many times as there are names
}

// slowly is an account that answers 5 reads a second, and takes 20 writes a minute.
func slowly(k *knob.Knobs) { k.ReadsPerSecond, k.ReadBurst, k.DistributionWrites = 5, 20, 20 }

func manyAtOnce() map[string]atOnce {
	return map[string]atOnce{
		"switches, a pair each, all at a time":  {row: "50 switches on 50 pairs, with `-parallelism=50`", most: 1.15},
		"switches, a pair each, in five waves":  {row: "50 switches on 50 pairs, ten at a time as is the default", waves: 5, most: 5.5},
		"switches, a pair each, AWS throttling": {row: "50 switches on 50 pairs, with `-parallelism=50`, where CloudFront and Route 53 answer 5 reads a second and CloudFront takes 20 writes a minute", knobs: slowly, most: 2},
		"switches on one pair, all at a time":   {row: "50 switches of a name each on one pair, with `-parallelism=50`", pairs: 1, most: 1.5},
		"names of one switch":                   {row: "one switch of 50 names", pairs: 1, switches: 1, most: 1.5},
		"switches on one pair, one move at a time": {pairs: 1, knobs: func(k *knob.Knobs) { k.RefuseMoveInProgress = "IllegalUpdate" }, edit: func(c acctest.Config) {
			c["timeouts"] = map[string]any{"update": "10h"}
		}},
	}
}

// Propagation is parallel, and so is whatever waits for it: many cutovers in one apply take
// little longer than one, and nobody waits for more than it takes for those before him.
func TestManyCutoversTakeLittleLongerThanOne(t *testing.T) {
	t.Parallel()
	one := 0 * time.Second
	synctest.Test(t, func(t *testing.T) {
		one = cutOverTogether(t, 1, atOnce{}).Wall
	})
	for what, how := range manyAtOnce() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := cutOverTogether(t, *together, how)
				most := how.most
				if most == 0 {
					most = float64(*together)
				}
				name := fmt.Sprintf("%d %s: ", *together, what)
				f := figure.AtMost(name+"times as long as one cutover", m.Wall.Seconds()/one.Seconds(), "x", most)
				if !f.OK {
					t.Errorf("%s took %s, and one cutover %s", name, m.Wall, one)
				}
				figure.Report(t, f, figure.Plain(name+"wall", m.Wall.Seconds(), "s"), figure.Plain(name+"reads", float64(m.Reads), "calls"),
					figure.Plain(name+"writes", float64(m.Writes), "calls"), figure.Plain(name+"writes refused, and tried again", float64(m.Refused), "calls"))
				if how.row != "" {
					golden.Row(t, pageFile, fmt.Sprintf("| %s | %g |", how.row, how.most))
				}
			})
		})
	}
}

// cutOverTogether cuts many names over, and expects that all arrive and nobody's viewers are let down.
func cutOverTogether(t *testing.T, many int, how atOnce) acctest.Measured {
	t.Helper()
	pairs, switches, parallelism := how.pairs, how.switches, many
	if pairs == 0 {
		pairs = many
	}
	if switches == 0 {
		switches = many
	}
	if how.waves > 0 {
		parallelism = many / how.waves
	}
	e := estateOf(t, pairs, many/pairs)
	var cores []*acctest.Core
	var plans []acctest.Plan
	for i := range switches {
		c, pair := core(e.Env), i*pairs/switches
		names := e.names[pair]
		if switches > pairs {
			names = names[i : i+1]
		}
		config := func(live string) acctest.Config {
			out := e.toward(pair, names, live)
			if how.edit != nil {
				how.edit(out)
			}
			return out
		}
		mustApply(t, c, config("blue"))
		plan, err := c.Plan(context.Background(), config("green"))
		if err != nil || len(plan.Diags.Errors()) > 0 {
			t.Fatal(err, plan.Diags)
		}
		cores, plans = append(cores, c), append(plans, plan)
	}
	was := e.World.Knobs()
	if how.knobs != nil {
		e.World.Turn(how.knobs)
	}
	m := e.Measure(cores[0], func() {
		said, err := acctest.Together(context.Background(), parallelism, cores, plans)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range said {
			if len(d) > 0 {
				t.Error(d)
			}
		}
	})
	e.World.Turn(func(k *knob.Knobs) { *k = was })
	for i, names := range e.names {
		for _, name := range names {
			if got := e.Owner(name); got != e.sides[i]["green"] {
				t.Errorf("%s is on %q, want %s", name, got, e.sides[i]["green"])
			}
		}
	}
	e.ExpectServed()
	return m
}

// Hundreds of switches are imported by blocks. Nothing is known of them yet, so each side is
// asked about once, as a list may lag behind; everything else is shared.
func TestAnImportOfManyAsksAboutEachSideOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(t, awssim.Options{}, *switches, 0)
		byOperation := map[string]int{}
		for _, call := range f.e.Calls(0) {
			byOperation[call.Operation]++
		}
		about := fmt.Sprintf("import of %d switches on %d distributions: ", *switches, 2**switches)
		figures := []figure.Figure{
			figure.AtMost(about+"calls about each distribution", float64(byOperation["GetDistribution"])/float64(2**switches), "calls", 1),
			figure.AtMost(about+"all other calls", float64(len(f.e.Calls(0))-byOperation["GetDistribution"]), "calls", most(*switches)),
		}
		figure.Report(t, figures...)
		for _, x := range figures {
			if !x.OK {
				t.Errorf("%s: %g, want %s: %v", x.Name, x.Value, x.Bound, byOperation)
			}
		}
	})
}
