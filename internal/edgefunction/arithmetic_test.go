package edgefunction_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// assigned says which side each of a block of viewers has, as a digit each.
const assigned = `
function assigned(block) {
  let out = '';
  for (let i = block.from; i < block.from + block.count; i++) {
    const side = sideOf('v' + i + '_' + (i * 2654435761 % 4294967296).toString(16), block.weights);
    for (let k = 0; k < config.sides.length; k++) if (config.sides[k].name === side) out += String(k);
  }
  return out;
}
`

// block is some viewers that are assigned by the same weights.
type block struct {
	From    int   `json:"from"`
	Count   int   `json:"count"`
	Weights []int `json:"weights"`
}

func assignedInSimulator(t testing.TB, code []byte, blocks []block) (lines []string) {
	t.Helper()
	script := strings.Replace(string(code), "async function handler(", "async function unused(", 1) + assigned + "function handler(event) { return { out: assigned(event) }; }"
	program := javascript.Compile(script, javascript.Runtime20)
	for _, b := range blocks {
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		got := program.Run(text, javascript.Surroundings{})
		var answer struct{ Out string }
		if err := json.Unmarshal(got.Output, &answer); err != nil {
			t.Fatalf("%v, %v", err, got.Err)
		}
		lines = append(lines, answer.Out)
	}
	return lines
}

func assignedInNJS(t testing.TB, code []byte, blocks []block) []string {
	t.Helper()
	text, err := json.Marshal(blocks)
	if err != nil {
		t.Fatal(err)
	}
	return njs(t, driver+string(code)+assigned+"JSON.parse($runs()).forEach(function (block) { $print(assigned(block)); });\n$flush();\n", string(text))
}

// The code at the edge and the function variant_for compute the same, viewer by viewer: for a million of them in make matrices,
// for a tenth of those in make test.
func TestTheEdgeAssignsAMillionViewersAsGoDoes(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]func(testing.TB, []byte, []block) []string{"sobek": assignedInSimulator, "njs": assignedInNJS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const count = 2000
			viewers := 100_000
			if os.Getenv("CDN_MATRIX") == "all" {
				viewers = 1_000_000 // minutes, in an engine that is made for fidelity
			}
			c := byOrigin()
			c.Sides = nil
			for _, side := range names {
				c.Sides = append(c.Sides, edgefunction.Side{Name: side, OriginID: "origin-" + side})
			}
			code, _, err := edgefunction.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			var blocks []block
			var weights [][]edgefunction.Weight
			r := rand.New(rand.NewPCG(14, 3))
			for i := range viewers / count {
				// Mostly two sides, as most splits have; three to five in every fourth block.
				n := 2
				if i%4 == 3 {
					n = 3 + r.IntN(3)
				}
				given := split(r, n)
				b := block{From: i * count, Count: count, Weights: make([]int, len(names))}
				for k, w := range given {
					b.Weights[k] = w.Percent
				}
				blocks, weights = append(blocks, b), append(weights, given)
			}
			lines := in(t, code, blocks)
			if len(lines) != len(blocks) {
				t.Fatalf("%d answers: %.200q", len(lines), lines)
			}
			checked := 0
			for i, b := range blocks {
				if len(lines[i]) != count {
					t.Fatalf("block %d: %.200s", i, lines[i])
				}
				for k := range count {
					n := b.From + k
					id := fmt.Sprintf("v%d_%x", n, uint64(n)*2654435761%4294967296)
					if want := edgefunction.Assign(c.Salt, id, weights[i]); want != names[lines[i][k]-'0'] {
						t.Fatalf("%s of %v: %s, and Go says %s", id, weights[i], names[lines[i][k]-'0'], want)
					}
					checked++
				}
			}
			if checked != viewers || !strings.ContainsAny(strings.Join(lines, ""), "34") {
				t.Errorf("compared %d, or never more than three sides", checked)
			}
		})
	}
}
