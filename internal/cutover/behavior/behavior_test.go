package behavior_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
)

func version(n int) string {
	return fmt.Sprintf("arn:aws:lambda:us-east-1:123456789012:function:shop:%d", n)
}

var api, site = behavior.Asked("api/*"), behavior.Default

// spec switches two behaviours from blue to green, with a function at one event.
func spec() behavior.Spec {
	patterns := []behavior.Pattern{site, api}
	side := func(name string, n int) behavior.Setting {
		return behavior.Setting{Origin: new("app-" + name), Lambdas: map[string]behavior.Value{behavior.OriginRequest: {Text: version(n)}}}
	}
	return behavior.Spec{
		Distribution: "E1", Patterns: patterns, Live: "green", Before: true, After: true, Bake: time.Minute,
		Sides:      behavior.Define(patterns, map[cutover.Side]behavior.Setting{"blue": side("blue", 1), "green": side("green", 2)}),
		Invalidate: []string{"/*"}, Await: true, Warm: []string{"/"},
	}
}

// at is a look at which a side is live.
func at(s behavior.Spec, side cutover.Side) behavior.Observation {
	return behavior.Observation{
		Exists: true, Enabled: true, Deployed: true, ETag: "1", Order: []behavior.Pattern{"/new/*", api},
		Origins: []string{"app-blue", "app-green", "assets"}, Groups: []string{"both"}, Values: maps.Clone(s.Sides[side]),
		Users:   behavior.Use{"app-blue": {site, api}, "assets": {"/new/*"}},
		Lambdas: map[string]behavior.Version{version(1): {State: behavior.Active}, version(2): {State: behavior.Active}},
	}
}

func TestPatternsAreComparedAsCloudFrontDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b behavior.Pattern
		same bool
	}{
		{behavior.Asked("api/*"), behavior.Seen("/api/*"), true},
		{behavior.Asked("default"), behavior.Default, true},
		{behavior.Asked("/default"), behavior.Seen("default"), true},
		{behavior.Asked("/default"), behavior.Default, false},
		{behavior.Asked("*"), behavior.Default, false},
		{behavior.Asked("/API/*"), behavior.Seen("/api/*"), false},
	} {
		if (c.a == c.b) != c.same {
			t.Errorf("%q and %q: the same is %t", c.a, c.b, !c.same)
		}
	}
	for p, legal := range map[string]bool{"/a/*?.$x~\"'@:+&": true, "/a b": false, "": false, "/ä": false} {
		if got := behavior.Seen(p).Illegal() == ""; got != legal {
			t.Errorf("%q: legal is %t", p, got)
		}
	}
	o := behavior.Observation{Order: []behavior.Pattern{"/a*", "/api/?", "/api/*", "/*", "/late"}}
	for p, want := range map[behavior.Pattern]behavior.Pattern{"/api/*": "/a*", "/a*": "", "/late": "/*", behavior.Default: "/*"} {
		if got := o.ShadowedBy(p); got != want {
			t.Errorf("%s is shadowed by %q, want %q", p, got, want)
		}
	}
}

func TestNextTakesOneStepAtATime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(*behavior.Spec, *behavior.Observation)
		live cutover.Side
		want string
	}{
		"nothing has moved":     {nil, "blue", "verifying green before the edit"},
		"the new side was seen": {func(_ *behavior.Spec, o *behavior.Observation) { o.Before = cutover.Healthy }, "blue", "switching default, /api/* of E1 to green"},
		"the new side is sick":  {func(_ *behavior.Spec, o *behavior.Observation) { o.Before = cutover.Unhealthy }, "blue", "gate_before unhealthy"},
		"a version is not ready": {func(_ *behavior.Spec, o *behavior.Observation) {
			o.Lambdas[version(2)] = behavior.Version{State: behavior.Pending}
		}, "blue", "waiting until shop:2 is Active"},
		"written":         {func(_ *behavior.Spec, o *behavior.Observation) { o.Deployed, o.Moved = false, true }, "green", "waiting until every edge location has learned that green is live"},
		"everywhere":      {func(_ *behavior.Spec, o *behavior.Observation) { o.Moved = true }, "green", "invalidating /* on E1"},
		"being forgotten": {func(_ *behavior.Spec, o *behavior.Observation) { o.Moved, o.Invalidation = true, cutover.Invalidating }, "green", "waiting until every edge location has dropped what it held"},
		"being forgotten, unwaited": {func(s *behavior.Spec, o *behavior.Observation) {
			o.Moved, o.Invalidation, s.Await = true, cutover.Invalidating, false
		}, "green", "asking for /"},
		"forgotten": {func(_ *behavior.Spec, o *behavior.Observation) { o.Moved, o.Invalidation = true, cutover.Invalidated }, "green", "asking for /"},
		"warm": {func(_ *behavior.Spec, o *behavior.Observation) {
			o.Moved, o.Invalidation, o.Warmed = true, cutover.NotTaken, true
		}, "green", "verifying green after the edit"},
		"sick under traffic": {func(_ *behavior.Spec, o *behavior.Observation) { o.After = cutover.Inconclusive }, "green", "gate_after inconclusive"},
		"proven":             {func(_ *behavior.Spec, o *behavior.Observation) { o.After = cutover.Healthy }, "green", "done"},
		"nothing to do":      {func(s *behavior.Spec, _ *behavior.Observation) { s.After = false }, "green", "done"},
		"unfinished":         {func(s *behavior.Spec, _ *behavior.Observation) { s.Unfinished = true }, "green", "invalidating /* on E1"},
		"taken back":         {func(s *behavior.Spec, o *behavior.Observation) { o.TakenBack = s.Target().Fields()[0] }, "blue", "taken_back origin_id of /api/* app-blue"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec()
			o := at(s, c.live)
			if c.edit != nil {
				c.edit(&s, &o)
			}
			step, err := behavior.Next(s, o)
			if got := cmpString(step, err); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func cmpString(step behavior.Step, err error) string {
	if err != nil {
		return err.Error()
	}
	return step.String()
}

// What forbids a write is found before any gate is asked, and is of a kind of its own.
func TestWhatStandsInTheWayHasAName(t *testing.T) {
	t.Parallel()
	type edit func(*behavior.Spec, *behavior.Observation)
	request := behavior.Field{Name: behavior.OriginRequestPolicy, Behavior: api}
	cache := behavior.Field{Name: behavior.CachePolicy, Behavior: api}
	both := func(s *behavior.Spec, f behavior.Field, blue, green string) {
		s.Sides["blue"][f], s.Sides["green"][f] = behavior.Value{Text: blue}, behavior.Value{Text: green}
	}
	for want, c := range map[behavior.Kind]edit{
		behavior.DistributionMissing:  func(_ *behavior.Spec, o *behavior.Observation) { o.Exists = false },
		behavior.DistributionStaging:  func(_ *behavior.Spec, o *behavior.Observation) { o.Staging = true },
		behavior.DistributionDisabled: func(_ *behavior.Spec, o *behavior.Observation) { o.Enabled = false },
		behavior.BehaviorMissing:      func(_ *behavior.Spec, o *behavior.Observation) { o.Order = nil },
		behavior.BehaviorMoved:        func(s *behavior.Spec, _ *behavior.Observation) { s.Order = []behavior.Pattern{api, "/new/*"} },
		behavior.OriginMissing:        func(_ *behavior.Spec, o *behavior.Observation) { o.Origins = []string{"app-blue"} },
		behavior.OriginShared: func(s *behavior.Spec, _ *behavior.Observation) {
			both(s, behavior.Field{Name: behavior.OriginPath, Origin: "assets"}, "/v1", "/v2")
		},
		behavior.ForeignValue: func(s *behavior.Spec, o *behavior.Observation) {
			s.Adopting = true
			o.Values[behavior.Field{Name: behavior.TargetOrigin, Behavior: api}] = behavior.Value{Text: "assets"}
		},
		behavior.LegacySettings: func(s *behavior.Spec, o *behavior.Observation) {
			both(s, cache, "p1", "p2")
			o.Legacy = []behavior.Pattern{api}
		},
		behavior.NeedsCachePolicy: func(s *behavior.Spec, _ *behavior.Observation) { both(s, request, "p1", "p2") },
		behavior.ViewerEvents: func(s *behavior.Spec, o *behavior.Observation) {
			both(s, behavior.Field{Name: behavior.Function, Behavior: api, Event: behavior.ViewerRequest}, "", "f")
			o.Values[behavior.Field{Name: behavior.Lambda, Behavior: api, Event: behavior.ViewerResponse}] = behavior.Value{Text: version(1)}
		},
		behavior.LambdaNotActive: func(_ *behavior.Spec, o *behavior.Observation) {
			o.Lambdas[version(2)] = behavior.Version{State: behavior.Failed}
		},
		behavior.LambdaElsewhere: func(s *behavior.Spec, _ *behavior.Observation) {
			both(s, behavior.Field{Name: behavior.Lambda, Behavior: api, Event: behavior.OriginRequest}, version(1), "arn:aws:lambda:us-east-1:123456789012:function:shop:$LATEST")
		},
		behavior.TagsUnread: func(s *behavior.Spec, _ *behavior.Observation) { s.Invalidate = []string{"/", "#release:1"} },
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			s := spec()
			o := at(s, "blue")
			c(&s, &o)
			for f, v := range s.Sides["blue"] {
				if _, ok := o.Values[f]; !ok {
					o.Values[f] = v
				}
			}
			_, err := behavior.Next(s, o)
			obstacle, ok := errors.AsType[*behavior.Obstacle](err)
			if !ok || obstacle.Kind != want {
				t.Fatalf("%v, want %s", err, want)
			}
			if obstacle.Cause() != cutover.Unable {
				t.Error("it calls for a way back, although nothing has moved")
			}
		})
	}
}

func TestWhereNothingIsToBeWrittenNothingStandsInTheWayOfAWrite(t *testing.T) {
	t.Parallel()
	s := spec()
	o := at(s, "green")
	o.Lambdas, s.Order, s.Adopting = map[string]behavior.Version{version(2): {State: behavior.Failed}}, []behavior.Pattern{api, "/new/*"}, true
	if err := behavior.Preflight(s, o); err != nil {
		t.Error(err)
	}
}

// A configuration in CI names the newest version only, and what a create finds is an older one.
func TestAnotherVersionOfTheFunctionIsNoStranger(t *testing.T) {
	t.Parallel()
	s := spec()
	delete(s.Sides, "blue")
	s.Adopting = true
	o := at(s, "green")
	for f := range o.Values {
		if f.Name == behavior.Lambda {
			o.Values[f] = behavior.Value{Text: version(1)}
		}
	}
	if err := behavior.Preflight(s, o); err != nil {
		t.Error(err)
	}
	from, ok := behavior.Start{Found: &o}.CameFrom(s)
	if !ok || !from.Definition.Is(o.Values) {
		t.Errorf("comes from %v, want what was found", from)
	}
}

func TestWhereNobodyMayAskForTheStateOfAVersionTheEditGoesAlone(t *testing.T) {
	t.Parallel()
	s := spec()
	s.Before = false
	for _, known := range []bool{true, false} {
		o := at(s, "blue")
		if !known {
			o.Lambdas = nil
		}
		step, err := behavior.Next(s, o)
		edit, ok := step.(behavior.Edit)
		if !ok || edit.Alone == known {
			t.Errorf("states known is %t: %+v %v", known, step, err)
		}
	}
}

// From every observation, following Next under a model of AWS comes to the end: every
// field is at any time the one side's or the other's or what it was at first, one write
// changes all of them, and nothing is taken that the recipe does not show.
func TestEveryWayLeadsToTheEnd(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	coin := func() bool { return rnd.IntN(2) == 0 }
	for n := range 3000 {
		s := spec()
		s.Before, s.After, s.Await, s.Unfinished, s.RollingBack = coin(), coin(), coin(), coin(), coin()
		o := at(s, "blue")
		for _, f := range s.Target().Fields() {
			switch rnd.IntN(3) {
			case 0:
				o.Values[f] = s.Target()[f]
			case 1:
				o.Values[f] = behavior.Value{Text: "strange"}
			}
		}
		o.Deployed = coin()
		o.Moved = !o.InPlace(s)
		first := maps.Clone(o.Values)
		s.Order = o.Order
		recipe := behavior.Recipe(s, &behavior.Prior{Values: first, Unfinished: s.Unfinished})
		writes, invalidations, verified := 0, 0, false
		for step := 0; ; step++ {
			if step > 20 {
				t.Fatalf("%d: no end in sight from %v", n, first)
			}
			next, err := behavior.Next(s, o)
			if err != nil {
				t.Fatalf("%d: %v", n, err)
			}
			if i := next.Intent(); i != "" && !slices.Contains(recipe, i) {
				t.Fatalf("%d: %q is not in the recipe %q", n, i, recipe)
			}
			switch x := next.(type) {
			case behavior.Edit:
				if writes++; x.Why() == "" {
					t.Error("an edit without a reason")
				}
				for _, c := range x.Changes {
					if o.Values[c.Field] != c.From || c.To != s.Target()[c.Field] {
						t.Fatalf("%d: %+v changes what is not there", n, c)
					}
					o.Values[c.Field] = c.To
				}
				o.Deployed, o.ETag = false, o.ETag+"+"
				if !o.InPlace(s) {
					t.Fatalf("%d: half-way: %v", n, o.Values)
				}
			case behavior.Wait:
				switch {
				case !o.Deployed:
					o.Deployed = true
				case o.Invalidation == cutover.Invalidating:
					o.Invalidation = cutover.Invalidated
				default:
					t.Fatalf("%d: waits for nothing: %s", n, x)
				}
			case behavior.Invalidate:
				if invalidations++; !o.Deployed || verified {
					t.Fatalf("%d: invalidates before it is deployed, or after it was verified", n)
				}
				o.Invalidation = cutover.Invalidating
			case behavior.Warm:
				o.Warmed = true
			case behavior.Verify:
				if x.When == behavior.BeforeEdit {
					o.Before = cutover.Healthy
				} else {
					o.After, verified = cutover.Healthy, true
				}
			case behavior.Done:
				if !o.InPlace(s) || !o.Deployed || writes > 1 || invalidations > 1 || o.Moved && invalidations == 0 || s.After && !s.RollingBack && !verified {
					t.Fatalf("%d: done with %d writes and %d invalidations at %+v", n, writes, invalidations, o)
				}
			}
			if _, done := next.(behavior.Done); done {
				break
			}
		}
	}
}

func TestTheWayBackIsTheDefinitionOfBefore(t *testing.T) {
	t.Parallel()
	s := spec()
	blue := behavior.Recorded{Side: "blue", Definition: s.Sides["blue"]}
	green := behavior.Recorded{Side: "green", Definition: s.Sides["green"]}
	older := behavior.Recorded{Side: "green", Definition: maps.Clone(s.Sides["green"])}
	for f := range older.Definition {
		if f.Name == behavior.Lambda {
			older.Definition[f] = behavior.Value{Text: version(7)}
		}
	}
	strange := maps.Clone(s.Sides["blue"])
	strange[behavior.Field{Name: behavior.TargetOrigin, Behavior: api}] = behavior.Value{Text: "assets"}
	found := func(d behavior.Definition) *behavior.Observation {
		o := at(s, "blue")
		o.Values = d
		return &o
	}
	for name, c := range map[string]struct {
		start behavior.Start
		want  *behavior.Recorded
	}{
		"what was live":                           {behavior.Start{Previous: &blue, Settled: &blue, Found: found(blue.Definition)}, &blue},
		"another side, moved to by hand":          {behavior.Start{Previous: &older, Settled: &older, Found: found(blue.Definition)}, &blue},
		"the same side, as it was defined before": {behavior.Start{Previous: &older, Settled: &older, Found: found(older.Definition)}, &older},
		"the run before this one has written":     {behavior.Start{Previous: &older, Settled: &older, Found: found(green.Definition)}, &older},
		"it wrote, and state says so":             {behavior.Start{Previous: &green, Settled: &blue, Found: found(green.Definition)}, &blue},
		"nothing has changed":                     {behavior.Start{Previous: &green, Settled: &green, Found: found(green.Definition)}, nil},
		"what nobody defined":                     {behavior.Start{Previous: &blue, Settled: &blue, Found: found(strange)}, &blue},
		"a create":                                {behavior.Start{Found: found(blue.Definition)}, &blue},
		"a create that finds it done":             {behavior.Start{Found: found(green.Definition)}, nil},
		"a create that finds a stranger":          {behavior.Start{Found: found(strange)}, nil},
		"nobody has looked":                       {behavior.Start{Previous: &blue}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := c.start.CameFrom(s)
			if ok != (c.want != nil) || ok && (got.Side != c.want.Side || !maps.Equal(got.Definition, c.want.Definition)) {
				t.Errorf("comes from %v %t", got, ok)
			}
		})
	}
}

func TestASwitchGoesBackForASickSideOnly(t *testing.T) {
	t.Parallel()
	s := spec()
	s.Invalidate, s.Adopting = []string{"#release:1"}, true
	before, after := at(s, "blue"), at(s, "green")
	start := behavior.Start{Found: &before}
	for cause, want := range map[cutover.Cause]cutover.Stay{cutover.Unable: cutover.Unmended, cutover.Condemned: cutover.Unmended, cutover.Barred: cutover.Unmended, cutover.Sick: "", cutover.Refused: ""} {
		back, stay := start.Back(s, after, cause)
		if stay != want {
			t.Errorf("cause %d: %q, want %q", cause, stay, want)
		}
		if stay != "" {
			continue
		}
		if back.Live != "blue" || !back.RollingBack || back.Adopting || !slices.Equal(back.Invalidate, []string{"/*"}) {
			t.Errorf("the way back asks for %+v", back)
		}
		if seen := after.Traffic(back); seen[0].To[0].To != "green (origin app-green, shop:2 at origin-request)" {
			t.Errorf("on the way back, traffic is at %v", seen)
		}
	}
	if _, stay := start.Back(s, before, cutover.Sick); stay != cutover.Unmoved {
		t.Errorf("nothing has moved: %q", stay)
	}
	if _, stay := (behavior.Start{}).Back(s, after, cutover.Sick); stay != cutover.Nowhere {
		t.Errorf("nobody has looked: %q", stay)
	}
	for o, want := range map[behavior.Obstacle]cutover.Cause{
		{Kind: behavior.GateAfter, Evidence: cutover.Unhealthy}:    cutover.Sick,
		{Kind: behavior.GateAfter, Evidence: cutover.Inconclusive}: cutover.Unable,
	} {
		if got := o.Cause(); got != want {
			t.Errorf("%s comes to %d", &o, got)
		}
	}
}

// A behaviour that somebody has deleted must not keep the others on a side that fails.
func TestOnTheWayBackWhatCanReturnDoes(t *testing.T) {
	t.Parallel()
	s := spec()
	s.Live, s.RollingBack = "blue", true
	o := at(s, "green")
	o.Order = nil
	step, err := behavior.Next(s, o)
	edit, ok := step.(behavior.Edit)
	if !ok || len(edit.Changes) != 2 || edit.Changes[0].Field.Behavior != site {
		t.Fatalf("%+v %v", step, err)
	}
	for _, c := range edit.Changes {
		o.Values[c.Field] = c.To
	}
	if _, err := behavior.Next(s, o); err == nil || err.Error() != "behavior_missing /api/*" {
		t.Errorf("it ends with %v", err)
	}
}

func TestTrafficNamesWhatViewersOfABehaviourGet(t *testing.T) {
	t.Parallel()
	s := spec()
	mixed := at(s, "blue")
	for f, v := range s.Target() {
		if f.Behavior == api {
			mixed.Values[f] = v
		}
	}
	mixed.Deployed = false
	strange := at(s, "blue")
	strange.Values[behavior.Field{Name: behavior.TargetOrigin, Behavior: site}] = behavior.Value{Text: "assets"}
	missing := at(s, "green")
	missing.Order = nil
	for want, o := range map[string]behavior.Observation{
		"[{[] [{blue (origin app-blue, shop:1 at origin-request)   false}]   }]": at(s, "blue"),
		"[{[default] [{blue (origin app-blue, shop:1 at origin-request)   false}]  edge locations } {[/api/*] [{green (origin app-green, shop:2 at origin-request)   false}]  edge locations }]": mixed,
		"[{[default] [{neither side: origin assets, shop:1 at origin-request   false}]   } {[/api/*] [{blue (origin app-blue, shop:1 at origin-request)   false}]   }]":                          strange,
		"[{[default] [{green (origin app-green, shop:2 at origin-request)   false}]   } {[/api/*] []   E1 has no cache behaviour /api/*}]":                                                       missing,
		"[{[] []   This account has no distribution E1, so it does not show where traffic goes}]":                                                                                                {},
	} {
		if got := fmt.Sprint(o.Traffic(s)); got != want {
			t.Errorf("\n%s\nwant\n%s", got, want)
		}
	}
}

// With behaviours addressed by their index, inserting one moves what was switched to another.
func TestDriftNamesTheBehaviourThatHasTheValueNow(t *testing.T) {
	t.Parallel()
	s := spec()
	o := at(s, "blue")
	target := func(p behavior.Pattern) behavior.Field {
		return behavior.Field{Name: behavior.TargetOrigin, Behavior: p}
	}
	o.Values[target("/new/*")] = behavior.Value{Text: "app-green"}
	recorded := behavior.Definition{target(api): {Text: "app-green"}, target(site): {Text: "app-blue"}}
	got := o.Drifted(s, recorded, []behavior.Pattern{api, "/new/*"})
	want := []behavior.Drift{{Field: target(api), Was: behavior.Value{Text: "app-green"}, Is: behavior.Value{Text: "app-blue"}, Instead: []behavior.Pattern{"/new/*"}, Shuffled: true}}
	if !cutover.Same(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := behavior.Shuffled([]behavior.Pattern{api}, []behavior.Pattern{api}, []behavior.Pattern{"/x", "/y", api}); got != nil {
		t.Errorf("behaviours that came count as a shuffle: %v", got)
	}
}

func TestARunNoticesWhoeverChangesAFieldBack(t *testing.T) {
	t.Parallel()
	s := spec()
	var m behavior.Memory
	look := func(side cutover.Side, etag string) behavior.Field {
		o := at(s, side)
		o.ETag = etag
		return m.Look(s, o)
	}
	for i, c := range []struct {
		side cutover.Side
		etag string
		back bool
	}{{"blue", "1", false}, {"green", "2", false}, {"blue", "1", false}, {"blue", "3", true}} {
		if got := look(c.side, c.etag); (got != behavior.Field{}) != c.back {
			t.Errorf("look %d: taken back %v", i, got)
		}
	}
}

func TestMistakesAreFoundWithoutALook(t *testing.T) {
	t.Parallel()
	arn := func(region, last string) string {
		return "arn:aws:lambda:" + region + ":123456789012:function:shop" + last
	}
	lambda := func(text string) map[string]behavior.Value {
		return map[string]behavior.Value{behavior.ViewerRequest: {Text: text}}
	}
	for name, c := range map[string]struct {
		patterns []behavior.Pattern
		sides    map[cutover.Side]behavior.Setting
		want     []behavior.Wrong
	}{
		"none":             {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Origin: new("x")}, "b": {Origin: new("y")}}, nil},
		"no behaviours":    {nil, map[cutover.Side]behavior.Setting{"a": {RootObject: new("a.html")}}, []behavior.Wrong{behavior.NoBehaviors, behavior.RootElsewhere}},
		"a pattern twice":  {[]behavior.Pattern{behavior.Asked("a"), behavior.Asked("/a")}, map[cutover.Side]behavior.Setting{"a": {Origin: new("x")}}, []behavior.Wrong{behavior.PatternTwice}},
		"a bad pattern":    {[]behavior.Pattern{"/a b"}, map[cutover.Side]behavior.Setting{"a": {Origin: new("x")}}, []behavior.Wrong{behavior.BadPattern}},
		"no fields":        {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {}}, []behavior.Wrong{behavior.NoFields}},
		"equal":            {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Origin: new("x")}, "b": {Origin: new("x")}}, []behavior.Wrong{behavior.SidesEqual}},
		"different fields": {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Origin: new("x")}, "b": {CachePolicy: new("x")}}, []behavior.Wrong{behavior.FieldsDiffer}},
		"no function at an event of one side is none": {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Lambdas: map[string]behavior.Value{}}, "b": {Lambdas: lambda(version(1))}}, nil},
		"latest":                        {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Lambdas: lambda(arn("us-east-1", ":$LATEST"))}}, []behavior.Wrong{behavior.BadVersion}},
		"an alias":                      {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Lambdas: lambda(arn("us-east-1", ":live"))}}, []behavior.Wrong{behavior.BadVersion}},
		"no version":                    {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Lambdas: lambda(arn("us-east-1", ""))}}, []behavior.Wrong{behavior.BadVersion}},
		"elsewhere":                     {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Lambdas: lambda(arn("eu-west-1", ":1"))}}, []behavior.Wrong{behavior.BadRegion}},
		"a function at an origin event": {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Functions: map[string]string{behavior.OriginRequest: "f"}}}, []behavior.Wrong{behavior.BadEvent}},
		"both kinds":                    {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Lambdas: lambda(version(1)), Functions: map[string]string{behavior.ViewerResponse: "f"}}}, []behavior.Wrong{behavior.BothKinds}},
		"paths":                         {[]behavior.Pattern{site}, map[cutover.Side]behavior.Setting{"a": {RootObject: new("/a"), Origins: map[string]behavior.Place{"o": {Path: new("v1")}, "p": {Path: new("/v1/")}}}}, []behavior.Wrong{behavior.BadRoot, behavior.BadPath, behavior.BadPath}},
		"empty":                         {[]behavior.Pattern{api}, map[cutover.Side]behavior.Setting{"a": {Origin: new("")}}, []behavior.Wrong{behavior.Empty}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []behavior.Wrong
			for _, m := range behavior.Mistakes(behavior.Spec{Patterns: c.patterns, Sides: behavior.Define(c.patterns, c.sides)}) {
				got = append(got, m.Wrong)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestANewDefinitionOfASideIsAnotherRelease(t *testing.T) {
	t.Parallel()
	s := spec()
	before := s.Target().Fingerprint()
	changed := maps.Clone(s.Target())
	f := behavior.Field{Name: behavior.Lambda, Behavior: api, Event: behavior.OriginRequest}
	changed[f] = behavior.Value{Text: version(2), Body: true}
	if changed.Fingerprint() == before || maps.Clone(s.Target()).Fingerprint() != before {
		t.Error("the fingerprint is not that of the definition")
	}
	if !behavior.Stale(s.Target(), changed) || behavior.Stale(changed, changed) {
		t.Error("what an origin event did stays in the cache")
	}
	viewer := behavior.Field{Name: behavior.Lambda, Behavior: api, Event: behavior.ViewerRequest}
	if behavior.Stale(behavior.Definition{viewer: {Text: version(1)}}, behavior.Definition{viewer: {Text: version(2)}}) {
		t.Error("what runs for every viewer is not in the cache")
	}
}
