package edgefunction_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// What one invocation takes in both engines, and how many hashes it computes, which at the edge are native code. CloudFront says of its
// own only a share of a maximum that it does not publish.
func BenchmarkTheViewerRequest(b *testing.B) {
	c := byOrigin()
	ask, _, err := edgefunction.Generate(c)
	if err != nil {
		b.Fatal(err)
	}
	table := encode(b, edgefunction.Table{Generation: 7, Weights: map[string]int{"blue": 75, "green": 25}})
	for name, cookie := range map[string]string{"new": "", "returning": c.CookieValue("viewer", "green", 7), "moving": c.CookieValue("viewer", "green", 6)} {
		v := event{eventContext{"o5nGHBaGQQgXWMTIsDJ6Ohyn9Tu2M_zqEXAMPLE=="}, request{Method: "GET", URI: "/", Headers: map[string]field{"host": {Value: "www.example.com"}}, Cookies: map[string]field{}}, nil}
		if cookie != "" {
			v.Request.Cookies["cdn-split"] = field{Value: cookie}
		}
		b.Run("sobek/"+name, func(b *testing.B) {
			program := javascript.Compile(string(ask), javascript.Runtime20)
			text, err := json.Marshal(v)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if o := simulate(program, text, table, true); o.Threw != "" {
					b.Fatal(o.Threw)
				}
			}
		})
		b.Run("njs/"+name, func(b *testing.B) {
			// It says itself how long all of them took: its start is not an invocation.
			const count = 20_000
			text, err := json.Marshal([]run{{v, table}})
			if err != nil {
				b.Fatal(err)
			}
			took := 0.0
			n := 0
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
			b.ReportMetric(took*1e6/float64(n), "ns/invocation")
			b.ReportMetric(float64(o.Hashes)/count, "hashes/invocation")
			b.ReportMetric(0, "ns/op")
		})
	}
}
