package split_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
)

func arn(role split.Role, code string) string {
	return "arn:aws:cloudfront::123456789012:function/" + split.Prefix("shop", role) + fmt.Sprintf("%012x", code) // as a hash is written
}

// spec gives green half of the viewers of two behaviours, in two steps.
func spec() split.Spec {
	return split.Spec{Asked: split.Asked{
		Name: "shop", Safe: "blue", Sides: []cutover.Side{"blue", "green"}, Goal: split.Weights{"blue": 50, "green": 50}, Ladder: []int{5, 25},
		Origins: map[cutover.Side]string{"blue": "app-blue", "green": "app-green"}, Gate: true, Bake: time.Minute,
		Attach: &split.Place{Distribution: "E1", Patterns: []split.Pattern{"/api/*", "default"}},
	}}
}

// made is a look at which everything is there and a table is in force.
func made(s split.Spec, w split.Weights) split.Observation {
	obs := split.Observation{Seen: split.Seen{
		Store: "arn:store", Ready: true, Table: split.Table{Generation: 1, Weights: w}, Functions: map[split.Role]split.Function{}, Known: true,
		Site: split.Site{Exists: true, Deployed: true, Enabled: true},
	}}
	on := map[split.Role]string{}
	for _, role := range split.Roles() {
		obs.Functions[role] = split.Function{Name: split.Prefix("shop", role) + "1", ARN: arn(role, "1"), Exists: true, Published: true}
		on[role] = arn(role, "1")
	}
	if s.Attach == nil {
		obs.Users = []split.Behavior{{Distribution: "E9", Pattern: "default", Origin: "app-blue", Functions: on}}
		return obs
	}
	for _, p := range s.Attach.Patterns {
		obs.Site.Behaviors = append(obs.Site.Behaviors, split.Behavior{Distribution: "E1", Pattern: p, Origin: "app-blue", Functions: maps.Clone(on)})
	}
	return obs
}

func said(step split.Step, err error) string {
	if err != nil {
		return err.Error()
	}
	return step.String()
}

func TestTheWayUpIsALadderAndTheWayDownIsOneStep(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		goal, from split.Weights
		kill       bool
		want       string
	}{
		"up from nothing":           {split.Weights{"blue": 50, "green": 50}, split.Weights{"blue": 100}, false, "blue 95 %, green 5 %; blue 75 %, green 25 %; blue 50 %, green 50 %"},
		"up from a rung":            {split.Weights{"blue": 50, "green": 50}, split.Weights{"blue": 95, "green": 5}, false, "blue 75 %, green 25 %; blue 50 %, green 50 %"},
		"up from between two":       {split.Weights{"green": 100}, split.Weights{"blue": 90, "green": 10}, false, "blue 75 %, green 25 %; green 100 %"},
		"down":                      {split.Weights{"blue": 90, "green": 10}, split.Weights{"green": 100}, false, "blue 90 %, green 10 %"},
		"nothing to do":             {split.Weights{"blue": 90, "green": 10, "red": 0}, split.Weights{"blue": 90, "green": 10}, false, ""},
		"one down and one up":       {split.Weights{"blue": 60, "green": 10, "red": 30}, split.Weights{"blue": 60, "green": 40}, false, "blue 90 %, green 10 %; blue 85 %, green 10 %, red 5 %; blue 65 %, green 10 %, red 25 %; blue 60 %, green 10 %, red 30 %"},
		"two up":                    {split.Weights{"blue": 60, "green": 10, "red": 30}, split.Weights{"blue": 100}, false, "blue 90 %, green 5 %, red 5 %; blue 65 %, green 10 %, red 25 %; blue 60 %, green 10 %, red 30 %"},
		"the kill switch is a jump": {split.Weights{"blue": 50, "green": 50}, split.Weights{"green": 100}, true, "blue 100 %"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec()
			s.Goal, s.Kill = c.goal, c.kill
			var got []string
			for _, w := range s.Path(c.from) {
				got = append(got, w.String())
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%s, want %s", strings.Join(got, "; "), c.want)
			}
		})
	}
}

func TestNextTakesOneStepAtATime(t *testing.T) {
	t.Parallel()
	five := split.Weights{"blue": 95, "green": 5}
	proven := func(o *split.Observation, w split.Weights) {
		o.Evidence = map[string]cutover.Evidence{w.String(): cutover.Healthy}
	}
	for name, c := range map[string]struct {
		at   split.Weights
		edit func(*split.Spec, *split.Observation)
		want string
	}{
		"there is nothing":        {nil, func(_ *split.Spec, o *split.Observation) { *o = split.Observation{Seen: split.Seen{Site: o.Site}} }, "creating the key value store shop"},
		"the store is being made": {nil, func(_ *split.Spec, o *split.Observation) { o.Ready = false }, "waiting until the key value store can be written"},
		"the store is empty":      {nil, func(_ *split.Spec, o *split.Observation) { o.Table = split.Table{} }, "writing the table: blue 100 %"},
		"there is no function":    {nil, func(_ *split.Spec, o *split.Observation) { o.Functions = nil }, "creating the function for viewer-response"},
		"it has not been tried": {nil, func(_ *split.Spec, o *split.Observation) {
			f := o.Functions[split.Request]
			f.Published = false
			o.Functions[split.Request] = f
		}, "trying the function shop-request-1"},
		"it has been tried": {nil, func(_ *split.Spec, o *split.Observation) {
			f := o.Functions[split.Request]
			f.Published, f.Tried = false, true
			o.Functions[split.Request] = f
		}, "publishing the function shop-request-1"},
		"nobody runs them":                {nil, func(_ *split.Spec, o *split.Observation) { o.Site.Behaviors[0].Functions = nil }, "associating the functions with behaviours of E1"},
		"some location does not run them": {nil, func(_ *split.Spec, o *split.Observation) { o.Site.Deployed = false }, "waiting until every edge location has the functions"},
		"a create sends nobody anywhere":  {nil, func(s *split.Spec, _ *split.Observation) { s.Creating = true }, "done"},
		"the first weight":                {nil, nil, "writing the table: blue 95 %, green 5 %"},
		"the table is on its way":         {five, func(_ *split.Spec, o *split.Observation) { o.Spreading = true }, "waiting until the table has had the time to arrive at every edge location"},
		"it has had its time":             {five, nil, "verifying green at blue 95 %, green 5 %"},
		"it has passed":                   {five, func(_ *split.Spec, o *split.Observation) { proven(o, five) }, "writing the table: blue 75 %, green 25 %"},
		"it has failed": {five, func(_ *split.Spec, o *split.Observation) {
			o.Evidence = map[string]cutover.Evidence{five.String(): cutover.Unhealthy}
		}, "gate_failed unhealthy"},
		"one step in each apply": {five, func(s *split.Spec, o *split.Observation) { s.PerApply, o.Stepped = true, true; proven(o, five) }, "done"},
		"the end":                {split.Weights{"blue": 50, "green": 50}, func(_ *split.Spec, o *split.Observation) { proven(o, split.Weights{"blue": 50, "green": 50}) }, "done"},
		"something has been replaced": {split.Weights{"blue": 50, "green": 50}, func(s *split.Spec, o *split.Observation) {
			s.Gate, s.Bake, o.Old = false, 0, []string{"shop-request-0"}
		}, "deleting the function shop-request-0"},
		"down, and nothing is asked":      {split.Weights{"green": 100}, func(s *split.Spec, o *split.Observation) { s.Ladder, o.Down = nil, true }, "writing the table: blue 50 %, green 50 %"},
		"the kill switch":                 {five, func(s *split.Spec, o *split.Observation) { s.Kill, o.Functions = true, nil }, "writing the table: everybody the safe side (kill switch)"},
		"the kill switch is off again":    {nil, func(s *split.Spec, o *split.Observation) { s.Goal, o.Table.Killed = split.Weights{"blue": 100}, true }, "writing the table: blue 100 %"},
		"another secret":                  {nil, func(s *split.Spec, _ *split.Observation) { s.Goal, s.Override = split.Weights{"blue": 100}, "hash" }, "writing the table: blue 100 %"},
		"somebody has written the table":  {five, func(_ *split.Spec, o *split.Observation) { o.Taken = true }, "taken"},
		"answers are kept for both sides": {nil, func(_ *split.Spec, o *split.Observation) { o.Site.Behaviors[1].Blind = true }, "cache_blind default"},
		"nor is anybody more sent there":  {five, func(_ *split.Spec, o *split.Observation) { o.Site.Behaviors[1].Blind = true; proven(o, five) }, "cache_blind default"},
		"nor a tester": {nil, func(s *split.Spec, o *split.Observation) {
			s.Goal, s.Override, o.Site.Behaviors[1].Blind = split.Weights{"blue": 100}, "hash", true
		}, "cache_blind default"},
		"way down all the same": {split.Weights{"green": 100}, func(s *split.Spec, o *split.Observation) {
			s.Ladder, o.Down, o.Site.Behaviors[1].Blind = nil, true, true
		}, "writing the table: blue 50 %, green 50 %"},
		"an origin nobody can select": {nil, func(s *split.Spec, o *split.Observation) {
			s.Creating, o.Functions = true, nil
			o.Site.Behaviors[1].Unusable = map[string]string{s.Origins["blue"]: "it is an origin group"}
		}, "origin_unusable default app-blue it is an origin group"},
		"prefixes are keys by themselves":   {nil, func(s *split.Spec, o *split.Observation) { s.Origins, o.Site.Behaviors[1].Blind = nil, true }, "writing the table: blue 95 %, green 5 %"},
		"nobody uses what others associate": {nil, func(s *split.Spec, o *split.Observation) { s.Attach, o.Users = nil, nil }, "unused"},
		"its users are yet to get it":       {nil, func(s *split.Spec, o *split.Observation) { s.Attach, o.Users, o.Made = nil, nil, true }, "done"},
		"one of the two is in use": {nil, func(s *split.Spec, o *split.Observation) {
			*o = made(split.Spec{}, split.Weights{"blue": 100})
			s.Attach = nil
			o.Users[0].Functions[split.Response] = ""
		}, "half_used default viewer-response"},
		"the store is somebody's": {nil, func(_ *split.Spec, o *split.Observation) { o.Stranger = "a table of redirects" }, "store_foreign shop a table of redirects"},
		"a behaviour has another function": {nil, func(_ *split.Spec, o *split.Observation) {
			o.Site.Behaviors[0].Functions[split.Request] = "arn:aws:cloudfront::1:function/auth"
		}, "behavior_taken /api/* viewer-request arn:aws:cloudfront::1:function/auth"},
		"a behaviour is gone": {nil, func(_ *split.Spec, o *split.Observation) { o.Site.Behaviors = o.Site.Behaviors[1:] }, "behavior_missing /api/*"},
		"Lambda@Edge is there": {nil, func(_ *split.Spec, o *split.Observation) {
			o.Site.Behaviors[0].Functions, o.Site.Behaviors[0].Lambda = nil, "viewer-request auth:3"
		}, "viewer_events /api/* viewer-request auth:3"},
		"an origin that cannot be selected": {nil, func(_ *split.Spec, o *split.Observation) {
			o.Site.Behaviors[0].Unusable = map[string]string{"app-green": "mTLS"}
		}, "origin_unusable /api/* app-green mTLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec()
			if c.at == nil {
				c.at = split.Weights{"blue": 100}
			}
			o := made(s, c.at)
			if c.edit != nil {
				c.edit(&s, &o)
			}
			if got := said(split.Next(s, o)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// From every observation, following Next under a model of AWS comes to the end: nobody is sent
// to a side before everything is made and proven, every table but the last is one of the way,
// nothing is deleted that a behaviour has, and nothing is taken that the recipe does not show.
func TestEveryWayLeadsToTheEnd(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	coin := func() bool { return rnd.IntN(2) == 0 }
	for n := range 5000 {
		s := spec()
		s.Gate, s.Creating, s.Kill = coin(), rnd.IntN(4) == 0, rnd.IntN(8) == 0
		green := rnd.IntN(101)
		s.Goal = split.Weights{"blue": 100 - green, "green": green}
		s.Ladder = slices.DeleteFunc(s.Ladder, func(p int) bool { return p >= green })
		if coin() {
			s.Attach = nil
		}
		was := rnd.IntN(101)
		if s.Creating {
			was = 0
		}
		o := made(s, split.Weights{"blue": 100 - was, "green": was})
		prior := &split.Prior{Weights: o.Table.Weights, Same: true, Flags: !s.Kill}
		o.Old = []string{"shop-request-0"}
		switch rnd.IntN(4) {
		case 0: // nothing is there yet
			o.Store, o.Table, o.Functions, o.Old = "", split.Table{}, map[split.Role]split.Function{}, nil
			for _, b := range o.Site.Behaviors {
				clear(b.Functions)
			}
			o.Users = nil
			if prior.Displaced = true; s.Creating {
				prior = nil
			}
		case 1: // the code is another one
			for _, role := range split.Roles() {
				o.Functions[role] = split.Function{Name: split.Prefix("shop", role) + "2", ARN: arn(role, "2")}
			}
			prior.Same = false
		}
		if s.Attach == nil && (prior == nil || prior.Displaced || !prior.Same) {
			o.Users = made(s, nil).Users // the user has a distribution with whatever there is
			for role := range o.Users[0].Functions {
				o.Users[0].Functions[role] = o.Functions[role].ARN
			}
		}
		o.Evidence = map[string]cutover.Evidence{}
		if prior != nil && prior.Same && !prior.Displaced {
			o.Evidence[o.Table.Weights.String()] = cutover.Healthy // of the run before
		}
		o.Down = !slices.ContainsFunc([]int{was}, func(w int) bool { return w < green }) && !s.Kill
		recipe := split.Recipe(s, prior)
		if !slices.Contains(recipe, split.Remove{}.Intent()) { // a run leaves them to a plan that shows their end
			o.Old = nil
		}
		first := maps.Clone(o.Weights(s))
		for step := 0; ; step++ {
			if step > 60 {
				t.Fatalf("%d: no end in sight", n)
			}
			next, err := split.Next(s, o)
			if obstacle, ok := errors.AsType[*split.Obstacle](err); ok && s.Attach == nil && obstacle.Kind == split.HalfUsed {
				break // somebody else is to associate what was made
			}
			if err != nil {
				t.Fatalf("%d: %v", n, err)
			}
			if i := next.Intent(); i != "" && !slices.Contains(recipe, i) {
				t.Fatalf("%d: %q is not in the recipe %q", n, i, recipe)
			}
			if next.Why() == "" {
				t.Errorf("%T without a reason", next)
			}
			if _, done := next.(split.Done); done {
				if at := o.Weights(s); !s.Creating && !s.Kill && !o.Made && !at.Same(s.Goal) {
					t.Fatalf("%d: done at %s, want %s", n, at, s.Goal)
				}
				if s.Kill && !o.Weights(s).Same(split.Weights{"blue": 100}) {
					t.Fatalf("%d: killed at %s", n, o.Weights(s))
				}
				break
			}
			switch x := next.(type) {
			case split.Wait:
				switch {
				case o.Spreading:
					o.Spreading = false
				case !o.Site.Deployed:
					o.Site.Deployed = true
				case !o.Ready:
					o.Ready = true
				default:
					t.Fatalf("%d: waits for nothing: %s", n, x)
				}
			case split.MakeStore:
				o.Store, o.Ready = "arn:store", false
			case split.MakeFunction:
				o.Functions[x.Role] = split.Function{Name: split.Prefix("shop", x.Role) + "2", ARN: arn(x.Role, "2"), Exists: true}
				o.Made = true
			case split.Try:
				f := o.Functions[x.Role]
				f.Tried = true
				o.Functions[x.Role] = f
			case split.Publish:
				f := o.Functions[x.Role]
				if f.Published = true; !f.Tried {
					t.Fatalf("%d: published untried", n)
				}
				o.Functions[x.Role] = f
			case split.Attach:
				for _, c := range x.Changes {
					for _, b := range o.Site.Behaviors {
						if b.Pattern == c.Pattern {
							b.Functions[c.Role] = c.To
						}
					}
				}
				o.Site.Deployed = false
			case split.Weigh:
				up := x.To.Weights["green"] > o.Weights(s)["green"]
				if up && (s.Creating || s.Kill || !o.Functions[split.Request].Published || !o.Functions[split.Response].Published || s.Attach != nil && !o.Site.Deployed) {
					t.Fatalf("%d: sends viewers where nothing is ready: %+v", n, o)
				}
				if up && x.Up != up {
					t.Fatalf("%d: does not know that it goes up", n)
				}
				o.Table, o.Spreading = x.To, true
				o.Table.Generation = 2
			case split.Verify:
				if o.Spreading || x.At.Same(split.Weights{"blue": 100}) {
					t.Fatalf("%d: asks too early", n)
				}
				o.Evidence[x.At.String()] = cutover.Healthy
			case split.Remove:
				o.Old = nil
			}
		}
		if s.Creating && !s.Kill && !o.Weights(s).Same(first) {
			t.Fatalf("%d: a create has moved viewers from %s to %s", n, first, o.Weights(s))
		}
	}
}

// Only a gate that speaks against the new table takes viewers back, and what the behaviours had
// before comes back with them.
func TestTheWayBackRestoresWhatTheRunHasExchanged(t *testing.T) {
	t.Parallel()
	s := spec()
	from, now := made(s, split.Weights{"blue": 100}), made(s, split.Weights{"blue": 95, "green": 5})
	for _, b := range now.Site.Behaviors {
		b.Functions[split.Request] = arn(split.Request, "2")
	}
	for cause, want := range map[cutover.Cause]cutover.Stay{
		cutover.Sick: "", cutover.Unable: cutover.Unmended, cutover.Condemned: cutover.Unmended, cutover.Refused: cutover.AsShown, cutover.Lost: cutover.AsShown, cutover.Barred: cutover.AsShown,
	} {
		if _, stay := split.Back(s, from.Weights(s), &from, now, cause); stay != want {
			t.Errorf("cause %d: stays because %q, want %q", cause, stay, want)
		}
	}
	back, _ := split.Back(s, from.Weights(s), &from, now, cutover.Sick)
	if got := said(split.Next(back, now)); got != "associating the functions with behaviours of E1" {
		t.Errorf("first: %s", got)
	}
	for _, b := range now.Site.Behaviors {
		b.Functions[split.Request] = arn(split.Request, "1")
	}
	if got := said(split.Next(back, now)); got != "writing the table: blue 100 %" {
		t.Errorf("then: %s", got)
	}
	if _, stay := split.Back(s, nil, &from, now, cutover.Sick); stay != cutover.Nowhere {
		t.Errorf("nobody knows where they came from: %q", stay)
	}
}

func TestADestroyTakesNothingThatAnybodyUses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at   split.Weights
		edit func(*split.Removal, *split.Observation)
		want string
	}{
		"everybody has what they would have": {split.Weights{"blue": 100}, nil, "taking the functions away from behaviours of E1"},
		"some viewers would be moved":        {split.Weights{"blue": 50, "green": 50}, nil, "served /api/*"},
		"all viewers would be moved":         {split.Weights{"green": 100}, nil, "served /api/*"},
		"the behaviours serve green by now": {split.Weights{"green": 100}, func(_ *split.Removal, o *split.Observation) {
			for i := range o.Site.Behaviors {
				o.Site.Behaviors[i].Origin = "app-green"
			}
		}, "taking the functions away from behaviours of E1"},
		"it does not matter":           {split.Weights{"green": 100}, func(r *split.Removal, _ *split.Observation) { r.Live = true }, "taking the functions away from behaviours of E1"},
		"they are taken away":          {nil, func(_ *split.Removal, o *split.Observation) { free(o); o.Site.Deployed = false }, "waiting until every edge location has learned that the behaviours have no function"},
		"everywhere":                   {nil, func(_ *split.Removal, o *split.Observation) { free(o); o.Old = []string{"shop-request-1"} }, "deleting the function shop-request-1"},
		"there is no function left":    {nil, func(_ *split.Removal, o *split.Observation) { free(o) }, "deleting the key value store shop"},
		"there is nothing left":        {nil, func(_ *split.Removal, o *split.Observation) { free(o); o.Store = "" }, "done"},
		"the store is somebody's":      {nil, func(_ *split.Removal, o *split.Observation) { free(o); o.Stranger = "x" }, "done"},
		"somebody else has associated": {split.Weights{"blue": 100}, func(r *split.Removal, o *split.Observation) { r.Attach = nil; *o = made(r.Spec, nil) }, "in_use default"},
		"the distribution is gone":     {nil, func(_ *split.Removal, o *split.Observation) { o.Site = split.Site{} }, "deleting the key value store shop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := split.Removal{Spec: spec()}
			o := made(r.Spec, c.at)
			if c.edit != nil {
				c.edit(&r, &o)
			}
			if got := said(r.Next(o)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func free(o *split.Observation) {
	for i := range o.Site.Behaviors {
		o.Site.Behaviors[i].Functions = nil
	}
}
