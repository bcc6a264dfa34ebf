package edgefunction_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// How many viewers variant_for and the model assign in a second, on one core: in the quickest of many short pieces, for others use the
// machine as well.
func BenchmarkDecisions(b *testing.B) {
	const pieces, count = 50, 20_000
	weights := []edgefunction.Weight{{Side: "blue", Percent: 75}, {Side: "green", Percent: 25}}
	rate := 0.0
	for b.Loop() {
		for range pieces {
			from := b.Elapsed()
			for range count {
				edgefunction.Assign("2026-shop", "o5nGHBaGQQgXWMTIsDJ6Ohyn9Tu2M_zqEXAMPLEidofarequest__", weights)
			}
			rate = max(rate, count/(b.Elapsed()-from).Seconds())
		}
	}
	b.ReportMetric(rate, "decisions/s")
	figure.Report(b, figure.AtLeast("edge split: decisions of variant_for in a second on one core", rate, "", 1_000_000))
}

// What one invocation takes in both engines, and how many hashes it computes, which at the edge are native code. Neither engine counts
// its operations, and CloudFront says of its own only a share of a maximum that it does not publish.
func BenchmarkTheViewerRequest(b *testing.B) {
	c := byOrigin()
	ask, answer, err := edgefunction.Generate(c)
	if err != nil {
		b.Fatal(err)
	}
	figure.Report(b, figure.AtMost("edge split: code of the longer function", float64(max(len(ask), len(answer))), "bytes", 0.9*edgefunction.MaxCode))
	table := encode(b, edgefunction.Table{Generation: 7, Weights: map[string]int{"blue": 75, "green": 25}})
	for _, viewer := range []struct{ name, cookie string }{{"new", ""}, {"returning", c.CookieValue("viewer", "green", 7)}, {"moving", c.CookieValue("viewer", "green", 6)}} {
		v := event{eventContext{"o5nGHBaGQQgXWMTIsDJ6Ohyn9Tu2M_zqEXAMPLE=="}, request{Method: "GET", URI: "/", Headers: map[string]field{"host": {Value: "www.example.com"}}, Cookies: map[string]field{}}, nil}
		if viewer.cookie != "" {
			v.Request.Cookies["cdn-split"] = field{Value: viewer.cookie}
		}
		report := func(b *testing.B, engine string, nanoseconds float64) {
			b.Helper()
			b.ReportMetric(nanoseconds, "ns/invocation")
			figure.Report(b, figure.Plain("edge split: a viewer request in "+engine+", "+viewer.name+" viewer", nanoseconds/1000, "µs"))
		}
		b.Run("sobek/"+viewer.name, func(b *testing.B) {
			const count = 2000
			program := javascript.Compile(string(ask), javascript.Runtime20)
			text, err := json.Marshal(v)
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				for range count {
					if o := simulate(program, text, table, true); o.Threw != "" {
						b.Fatal(o.Threw)
					}
				}
				n += count
			}
			report(b, "sobek", float64(b.Elapsed().Nanoseconds())/float64(n))
		})
		b.Run("njs/"+viewer.name, func(b *testing.B) {
			// It says itself how long all of them took: its start is not an invocation.
			const count = 20_000
			text, err := json.Marshal([]run{{v, table}})
			if err != nil {
				b.Fatal(err)
			}
			took, n := 0.0, 0
			var o struct {
				Took   float64
				Hashes int
			}
			for b.Loop() {
				lines := njs(b, driver+string(ask)+fmt.Sprintf(`
async function $many() {
  var given = $runs(), from = Date.now();
  $hashes = 0;
  for (var i = 0; i < %d; i++) {
    var one = JSON.parse(given)[0];
    $table = one.table;
    await handler(one.event);
  }
  $print(JSON.stringify({ Took: Date.now() - from, Hashes: $hashes }));
  $flush();
}
$many();
`, count), string(text))
				if err := json.Unmarshal([]byte(lines[0]), &o); err != nil {
					b.Fatal(err)
				}
				took, n = took+o.Took, n+count
			}
			report(b, "njs", took*1e6/float64(n))
			figure.Report(b, figure.Plain("edge split: hashes of a viewer request, "+viewer.name+" viewer", float64(o.Hashes)/count, ""))
		})
	}
}
