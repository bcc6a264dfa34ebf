package cutover_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
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
		{switchover.Claim{Names: []string{"a"}, IfMatch: "1"}, switchover.Claim{Names: []string{"a"}, IfMatch: "2"}, switchover.Claim{Names: []string{"a"}, Cover: true, IfMatch: "1"}},
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
