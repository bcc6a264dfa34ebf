package edgefunction_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/sobek/ast"
	"github.com/grafana/sobek/parser"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// counting is code that returns, in place of a request or a response, how many of its own statements it has
// executed. Neither engine counts its operations, so the code does.
func counting(t testing.TB, code []byte) []byte {
	t.Helper()
	text := string(code)
	tree, err := parser.ParseFile(nil, "function.js", text, 0, parser.IsModule, parser.WithDisableSourceMaps)
	if err != nil {
		t.Fatal(err)
	}
	var places []int
	l := linter{seen: map[any]bool{}}
	var visit func(reflect.Value)
	visit = func(v reflect.Value) {
		if block, ok := reflect.TypeAssert[*ast.BlockStatement](v); ok {
			for _, s := range block.List {
				at := int(s.Idx0()) - 1
				if is, ok := s.(*ast.IfStatement); ok { // this parser does not say where it begins
					at = strings.LastIndex(text[:is.Test.Idx0()-1], "if")
				}
				places = append(places, at)
			}
		}
		l.children(v.Elem(), visit)
	}
	l.children(reflect.ValueOf(tree.Body), visit)
	slices.Sort(places)
	for _, at := range slices.Backward(slices.Compact(places)) {
		text = text[:at] + "$statements++; " + text[at:]
	}
	text = strings.Replace(text, "function handler(", "function $handler(", 1)
	return []byte(text + "\nvar $statements = 0;\nasync function handler(event) {\n  $statements = 0;\n  await $handler(event);\n  return { statements: $statements };\n}\n")
}

// What a run costs is bounded by the code and not by what viewers send, and both engines take the same way through it.
func TestTheWayThroughTheCodeIsShortWhateverViewersSend(t *testing.T) {
	t.Parallel()
	two, ten := byOrigin(), byOrigin()
	ten.Sides, ten.Safe = nil, "a"
	weights := map[string]int{}
	for _, letter := range "abcdefghij" {
		ten.Sides = append(ten.Sides, edgefunction.Side{Name: string(letter), OriginID: "origin-" + string(letter)})
		weights[string(letter)] = 10
	}
	ofTwo := edgefunction.Table{Generation: 7, Weights: map[string]int{"blue": 75, "green": 25}}
	ofTen := edgefunction.Table{Generation: 7, Weights: weights, Override: edgefunction.OverrideHash("only-our-testers-know")}
	plain := func(cookies ...string) event {
		v := event{eventContext{"o5nGHBaGQQgXWMTIsDJ6Ohyn9Tu2M_zqEXAMPLE=="}, request{Method: "GET", URI: "/", Headers: map[string]field{"host": {Value: "www.example.com"}}, Cookies: map[string]field{}}, nil}
		if len(cookies) > 0 {
			f := field{Value: cookies[0]}
			for _, value := range cookies {
				f.MultiValue = append(f.MultiValue, field{Value: value})
			}
			v.Request.Cookies["cdn-split"] = f
		}
		return v
	}
	// Everything that makes it longer, at once: ten sides of one weight, many cookies that look right, and a guess of the secret.
	hostile := plain(slices.Repeat([]string{strings.Repeat("v", 64) + ".j.9007199254740991.0123456789abcdef", ten.CookieValue(strings.Repeat("v", 64), "j", 6)}, 200)...)
	hostile.Request.Headers[ten.Override.Name] = field{Value: "j." + strings.Repeat("x", 290)}
	for _, c := range []struct {
		name   string
		config edgefunction.Config
		event  event
		table  edgefunction.Table
		most   float64
	}{
		{"new viewer", two, plain(), ofTwo, 500},
		{"returning viewer", two, plain(two.CookieValue("viewer", "green", 7)), ofTwo, 100},
		{"moving viewer", two, plain(two.CookieValue("viewer", "green", 6)), ofTwo, 500},
		{"hostile viewer of ten sides", ten, hostile, ofTen, 2000},
	} {
		ask, answer, err := edgefunction.Generate(c.config)
		if err != nil {
			t.Fatal(err)
		}
		answered := c.event
		answered.Response = &response{StatusCode: 200, Headers: map[string]field{}, Cookies: map[string]field{}}
		count := func(t *testing.T, in engine) (of [2]float64) {
			t.Helper()
			for i, r := range []struct {
				code []byte
				run  run
			}{{ask, run{c.event, encode(t, c.table)}}, {answer, run{answered, nil}}} {
				got := read[struct{ Statements float64 }](t, in(t, counting(t, r.code), []run{r.run})[0])
				if of[i] = got.Statements; got.Statements == 0 {
					t.Errorf("%s: nothing is counted", c.name)
				}
			}
			return of
		}
		for name, in := range engines {
			t.Run(c.name+" in "+name, func(t *testing.T) {
				t.Parallel()
				of := count(t, in)
				first := figure.AtMost("edge split: statements of a viewer request in "+name+", "+c.name, of[0], "", c.most)
				second := figure.AtMost("edge split: statements of a viewer response in "+name+", "+c.name, of[1], "", c.most)
				if figure.Report(t, first, second); !first.OK || !second.OK {
					t.Errorf("%g and %g statements, want %g at most", of[0], of[1], c.most)
				}
				if other := count(t, inSimulator); other != of {
					t.Errorf("%v statements, and %v in the simulator", of, other)
				}
			})
		}
	}
}
