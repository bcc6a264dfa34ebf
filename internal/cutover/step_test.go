package cutover_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// What a log line leaves out is what a run must not mistake for what it decided.
func TestStepsWithOneLogLineAreNotTheSame(t *testing.T) {
	t.Parallel()
	point := func(target string) switchover.Point {
		return switchover.Point{Changes: []switchover.Repoint{{Name: "a.example.com", Add: []switchover.Record{{Name: "a.example.com", Target: target}}}}, To: "E2"}
	}
	shift := func(weight int64) ramp.Shift {
		key := ramp.Key{Name: "a.example.com", Type: "A"}
		return ramp.Shift{Percent: 10, Changes: []ramp.Change{{Key: key, Add: []ramp.Record{{Key: key, Weight: weight}}}}}
	}
	send := func(value string) promotion.Send {
		return promotion.Send{Staging: "E2", Route: promotion.Route{Header: "aws-cf-cd-x", Value: value}}
	}
	for name, c := range map[string]struct{ a, b cutover.Step }{
		"where records lead":       {point("d1.cloudfront.net"), point("d2.cloudfront.net")},
		"what a wildcard is for":   {switchover.Claim{Names: []string{"*.example.com"}, To: "E2", Cover: true}, switchover.Claim{Names: []string{"*.example.com"}, To: "E2", Net: true}},
		"by which method":          {switchover.Move{Name: "a", Method: switchover.AssociateAlias}, switchover.Move{Name: "a"}},
		"which weights":            {shift(10), shift(11)},
		"the value of a header":    {send("one"), send("two")},
		"on which condition":       {promotion.SendBack{Primary: "E1", IfMatch: "1"}, promotion.SendBack{Primary: "E1", IfMatch: "2"}},
		"how long a gate is asked": {promotion.Verify{About: "E1", Bake: 1}, promotion.Verify{About: "E1", Bake: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.a.String() != c.b.String() {
				t.Fatalf("the log tells %q from %q, so this shows nothing", c.a, c.b)
			}
			if cutover.Same(c.a, c.b) || !cutover.Same(c.a, c.a) {
				t.Errorf("%+v is taken for %+v, or not for itself", c.a, c.b)
			}
		})
	}
}

// Another switch may give the same distribution a name meanwhile, which changes its ETag
// and nothing of what is to be done.
func TestASwitchDoesTheSameOnAnotherCondition(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, other switchover.Step }{
		{switchover.Move{Name: "a", IfMatch: "1"}, switchover.Move{Name: "a", IfMatch: "2"}, switchover.Move{Name: "a", To: "E2", IfMatch: "1"}},
		{switchover.Move{Name: "a", IfMatch: "1"}, switchover.Move{Name: "a", IfMatch: "2"}, switchover.Move{Name: "a", Trial: true, IfMatch: "1"}},
		{switchover.Claim{Names: []string{"a"}, IfMatch: "1"}, switchover.Claim{Names: []string{"a"}, IfMatch: "2"}, switchover.Claim{Names: []string{"a"}, Cover: true, IfMatch: "1"}},
		{switchover.Disable{ID: "E1", IfMatch: "1"}, switchover.Disable{ID: "E1", IfMatch: "2"}, switchover.Disable{ID: "E2", IfMatch: "1"}},
		{switchover.Enable{ID: "E1", IfMatch: "1"}, switchover.Enable{ID: "E1", IfMatch: "2"}, switchover.Enable{ID: "E2", IfMatch: "1"}},
		{switchover.Release{Names: []string{"a"}, IfMatch: "1"}, switchover.Release{Names: []string{"a"}, IfMatch: "2"}, switchover.Release{Names: []string{"a"}, To: "E2", IfMatch: "1"}},
	} {
		if !switchover.Same(c.a, c.b) || switchover.Same(c.a, c.other) {
			t.Errorf("%T is known by its condition, or by nothing else", c.a)
		}
		if _, etag := switchover.Condition(c.b); etag != "2" {
			t.Errorf("%T: condition %q", c.b, etag)
		}
	}
}

func TestEveryStepSaysWhyItIsTaken(t *testing.T) {
	t.Parallel()
	canary := promotion.Route{Percent: 5}
	change := []switchover.Repoint{{Name: "a.example.com"}}
	key := []ramp.Change{{Key: ramp.Key{Name: "a.example.com", Type: "A"}}}
	origins := behavior.Spec{Distribution: "E1", Patterns: []behavior.Pattern{behavior.Default}, Live: "green"}
	origins.Sides = behavior.Define(origins.Patterns, map[cutover.Side]behavior.Setting{"blue": {Origin: new("app-blue")}, "green": {Origin: new("app-green")}})
	edit, err := behavior.Next(origins, behavior.Observation{Exists: true, Enabled: true, Deployed: true, Origins: []string{"app-blue", "app-green"}, Values: origins.Sides["blue"]})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, c := range []struct {
		step cutover.Step
		why  string
	}{
		{cutover.Wait{For: "E2 is deployed everywhere"}, "E2 is deployed everywhere"},
		{cutover.Done{}, "AWS is as this run is to leave it"},
		{cutover.Invalidate{Paths: []string{"/*"}, On: "E2"}, "edge locations may hold copies from before"},

		{switchover.Move{Name: "a.example.com", From: "E1", To: "E2", Side: "green"}, "a.example.com is on E1, and green is E2"},
		{switchover.Move{Name: "a.example.com", From: "E1", To: "E2", Side: "green", Trial: true}, "what else AWS may have against it is to be known before anything is disabled"},
		{switchover.Claim{Names: []string{"a.example.com", "b.example.com"}, To: "E2", Side: "green"}, "no distribution has a.example.com, b.example.com"},
		{switchover.Claim{Names: []string{"*.example.com"}, To: "E2", Side: "green", Cover: true}, "*.example.com is to serve the names while they move to green"},
		{switchover.Claim{Names: []string{"*.example.com"}, To: "E1", Side: "blue", Net: true}, "keep_wildcard, and blue is idle"},
		{
			switchover.Release{Names: []string{"a.example.com"}, From: "E1", Side: "green", To: "E2", Method: switchover.RemoveAndAdd},
			"a.example.com is on E1, green is E2, and remove_and_add takes a name off one before it adds it to the other",
		},
		{switchover.Release{Names: []string{"*.example.com"}, From: "E1", Side: "green", To: "E2", Cover: true}, "*.example.com is to serve the names on green (E2) while they move"},
		{switchover.Release{Names: []string{"*.example.com"}, From: "E2"}, "every name has moved, and none needs *.example.com there"},
		{switchover.Point{Changes: change, Side: "green", To: "E2"}, "green is E2, and not all of them lead there as they should"},
		{switchover.Prove{Changes: []switchover.Repoint{{Name: "_a.example.com"}}}, "AWS lets a.example.com go to another account for who proves to have its DNS"},
		{switchover.Prove{Changes: change, Away: true}, "as long as they are there, they let the names go to the distributions that they name"},
		{switchover.Disable{Side: "blue", ID: "E1"}, "AWS takes no name from a distribution of another account while that is enabled, and blue has some that are to go"},
		{switchover.Enable{Side: "blue", ID: "E1"}, "a cutover has disabled blue, and it has no name any more that is to go, or is to be live"},
		{switchover.Retime{Changes: change, TTL: 60, Lower: true}, "until they are pointed elsewhere, resolvers are to hold them for a short time only"},
		{switchover.Retime{Changes: change, TTL: 3600}, "they are where they are to stay, so that resolvers may hold them for longer again"},
		{switchover.Verify{When: switchover.BeforeMove, Side: "green"}, "green is to prove itself before it gets traffic"},
		{switchover.Verify{When: switchover.AfterMove, Side: "green"}, "green has the traffic, and nothing has proven it there yet"},
		{switchover.Erase{}, cutover.Destroyed},

		{split.MakeStore{Name: "shop"}, "there is none yet"},
		{split.MakeFunction{Role: split.Request}, "no function has this code at viewer-request"},
		{split.Try{Role: split.Request, Name: "shop-request-1"}, "nothing but running it shows whether it runs"},
		{split.Publish{Role: split.Request, Name: "shop-request-1"}, "shop-request-1 has answered every kind of event"},
		{split.Attach{Place: split.Place{Distribution: "E1"}, Changes: []split.Association{{Pattern: "default", Role: split.Request, To: "2"}}}, "the functions are made, and do not run yet"},
		{split.Attach{Place: split.Place{Distribution: "E1"}, Changes: []split.Association{{Pattern: "default", Role: split.Request, From: "1", To: "2"}}}, "the behaviours have other functions, which stay as they are until then"},
		{split.Weigh{To: split.Table{Weights: split.Weights{"blue": 100}}}, "the store has no table, and without one everybody who is new is on the safe side"},
		{split.Weigh{From: split.Table{Generation: 1}, To: split.Table{Weights: split.Weights{"blue": 100}, Killed: true}}, "kill_switch is on"},
		{split.Weigh{From: split.Table{Generation: 1, Weights: split.Weights{"blue": 100}}, To: split.Table{Weights: split.Weights{"blue": 100}, Override: "h"}}, "the table says something else about testers or the kill switch"},
		{split.Weigh{From: split.Table{Generation: 1, Weights: split.Weights{"green": 100}}, To: split.Table{Weights: split.Weights{"blue": 100}}}, "the table says green 100 %"},
		{split.Weigh{From: split.Table{Generation: 1, Weights: split.Weights{"blue": 100}}, To: split.Table{Weights: split.Weights{"blue": 95, "green": 5}}, Up: true}, "nobody is there yet, and it begins with that"},
		{split.Weigh{From: split.Table{Generation: 1, Weights: split.Weights{"blue": 95, "green": 5}}, To: split.Table{Weights: split.Weights{"blue": 75, "green": 25}}, Up: true, Passed: split.Weights{"blue": 95, "green": 5}}, "blue 95 %, green 5 % has passed"},
		{split.Verify{Side: "green", Gate: true}, "green has its share, and nothing has proven it with that"},
		{split.Verify{}, "bake_time: each step holds for a while before the next"},
		{split.Remove{Name: "shop-request-1"}, "another one has taken its place"},
		{split.Leave{}, "they are not asked for any more, and what they serve by themselves is what their viewers have"},
		{split.Detach{}, "the split is destroyed"},
		{split.RemoveStore{Name: "shop"}, "the split is destroyed, and no function reads it any more"},

		{ramp.Shift{Side: "green", Percent: 5, Changes: key, Up: true}, "green has nothing yet, and begins with that"},
		{ramp.Shift{Side: "green", Percent: 25, Changes: key, Up: true, Passed: 5}, "green has passed with 5 %"},
		{ramp.Shift{Side: "green", Percent: 0, Changes: key}, "not every name gives green 0 %"},
		{ramp.Collapse{Side: "green", Changes: key}, "green has everything, so weights decide nothing any more"},
		{ramp.Verify{Side: "green", Percent: 5, Gate: true}, "green has its share, and nothing has proven it with that"},
		{ramp.Verify{Side: "green", Percent: 5, Hold: time.Minute}, "bake_time: each step holds for a while before the next"},
		{ramp.Erase{Records: []ramp.Record{{Key: ramp.Key{Name: "a.example.com"}}}}, cutover.Destroyed},

		{promotion.Snapshot{Primary: "E1"}, "the way back is to be on record before the release begins"},
		{promotion.Condemn{Primary: "E1"}, "nobody is to try it again without knowing"},
		{promotion.Send{Route: canary, Staging: "E2"}, "the canary begins with that"},
		{promotion.Send{Route: promotion.Route{Percent: 15}, Staging: "E2", Passed: canary}, "the canary with 5 % of the viewers has passed"},
		{promotion.Withdraw{Policy: "P", Because: "the primary has the release"}, "the primary has the release"},
		{promotion.Dress{Policy: "P"}, "the canary by header has taken them away"},
		{promotion.Promote{Staging: "E2", Primary: "E1"}, "the release has no canary"},
		{promotion.Promote{Staging: "E2", Primary: "E1", Passed: canary}, "the canary with 5 % of the viewers has passed"},
		{promotion.SendBack{Primary: "E1"}, "E1 has something else"},
		{promotion.Verify{When: promotion.BeforePromotion, Route: canary, About: "E2", Bake: 5 * time.Minute}, "nothing has proven E2 with that share yet, and it is to bake for 5m"},
		{promotion.Verify{When: promotion.BeforePromotion, Route: canary, About: "E2", Glance: true}, "the route is new, and what shows at once is not left to the next run"},
		{promotion.Verify{When: promotion.AfterPromotion, About: "E1"}, "nothing has proven E1 with the release yet"},

		{edit, "origin_id of default is app-blue, and green asks for app-green"},
		{behavior.Verify{When: behavior.BeforeEdit, Side: "green"}, "no viewer is to be sent to green before it has been seen to work"},
		{behavior.Verify{When: behavior.AfterEdit, Side: "green"}, "green is live everywhere, and nothing has shown yet that it works under traffic"},
		{behavior.Warm{Paths: []string{"/"}}, "edge locations have forgotten what they held, and the next viewers would wait for the origin"},

		{purge.Ask{Named: "/*", On: "E1"}, "edge locations may hold copies from before"},

		{staging.Copy{Primary: "E1"}, "E1 has no staging distribution yet"},
		{staging.Mark{ID: "E2"}, "nothing at AWS says whose it is"},
		{staging.Leave{ID: "E2"}, "another instance has marked it as its own"},
		{staging.Configure{}, "it is not as asked for"},
		{staging.Disable{ID: "E2"}, "only a disabled distribution can be deleted"},
		{staging.Delete{ID: "E2"}, "it is disabled everywhere, and what made it is destroyed"},

		{deployment.Create{Staging: "E2"}, "E2 has no policy yet"},
		{deployment.Mark{Policy: "P"}, "nothing at AWS says whose it is"},
		{deployment.Leave{Policy: "P"}, "another instance has marked it as its own"},
		{deployment.Reroute{}, "it routes otherwise"},
		{deployment.Attach{Primary: "E1"}, "E1 is not under it"},
		{deployment.Disable{}, "nobody is to be sent to staging by a policy that goes"},
		{deployment.Detach{Primary: "E1"}, "the policy is not to decide about it any more"},
		{deployment.Delete{}, "no distribution is under it"},
	} {
		if got := c.step.Why(); got != c.why || got == c.step.String() {
			t.Errorf("%s, because %q, want %q", c.step, got, c.why)
		}
		said[fmt.Sprintf("%T", c.step)] = true
	}
	for name := range steps(t) {
		if !said[name] {
			t.Errorf("%s is not in this table", name)
		}
	}
}

// steps finds every type that has the methods of a step, by package and name.
func steps(t *testing.T) map[string]bool {
	t.Helper()
	own, err := filepath.Glob("*.go")
	below, err2 := filepath.Glob("*/*.go")
	if err != nil || err2 != nil || len(below) == 0 {
		t.Fatal(err, err2, below)
	}
	out := map[string]bool{}
	for _, path := range append(own, below...) {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.Name == "Progress" {
				out[fmt.Sprintf("%s.%s", file.Name, f.Recv.List[0].Type)] = true
			}
		}
	}
	return out
}
