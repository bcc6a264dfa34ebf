package promotion_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// entry is what a run of spec leaves in the bucket for a world as newWorld has it.
var entry = promotion.Entry{Release: "two", Content: "B", Settled: "A", WayBack: "config A", Before: "one", Grounds: promotion.Proven}

// snapshots is spec with a bucket.
func snapshots(purpose promotion.Purpose) promotion.Spec {
	s := spec(purpose)
	s.Snapshots, s.WayBack, s.SettledRelease, s.SettledGrounds = true, entry.WayBack, entry.Before, entry.Grounds
	return s
}

func TestAReleaseIsWrittenDownBeforeItWrites(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	with := func(change func(*promotion.Entry)) promotion.Entry {
		e := entry
		change(&e)
		return e
	}
	dated := with(func(e *promotion.Entry) { e.Until = promotion.Date(noon) })
	due := promotion.Snapshot{Entry: entry, Primary: "E1"}
	send := promotion.Send{Release: "two", Route: promotion.Route{Percent: 5}, Policy: "P", Staging: "E2", IfMatch: "c0"}
	for name, c := range map[string]struct {
		has   promotion.Entry
		spec  func(*promotion.Spec)
		until time.Time
		obs   func(*promotion.Observation)
		want  promotion.Step
	}{
		"nothing is there":                                 {want: due},
		"it is there":                                      {has: entry, want: send},
		"another release is there":                         {has: with(func(e *promotion.Entry) { e.Release = "three" }), want: due},
		"it began with another content":                    {has: with(func(e *promotion.Entry) { e.Content = "C" }), want: due},
		"it leads elsewhere":                               {has: with(func(e *promotion.Entry) { e.Settled = "C" }), want: due},
		"another text leads there":                         {has: with(func(e *promotion.Entry) { e.WayBack = "config C" }), want: due},
		"its way back has another name":                    {has: with(func(e *promotion.Entry) { e.Before = "" }), want: due},
		"its way back has other grounds":                   {has: with(func(e *promotion.Entry) { e.Grounds = promotion.Unasked }), want: due},
		"it failed, and may be tried again":                {has: with(func(e *promotion.Entry) { e.Failed = "503" }), spec: func(s *promotion.Spec) { s.Retry = true }, want: due},
		"nobody dated it, and now it can be":               {has: entry, until: noon, want: due},
		"an earlier run dated it":                          {has: dated, until: noon.Add(time.Hour), want: due},
		"an earlier run dated it, and nothing later known": {has: dated, until: noon, want: send},
		"this run dated it":                                {has: dated, until: noon.Add(time.Hour), obs: func(o *promotion.Observation) { o.Dated = true }, want: send},
		"there is no bucket":                               {spec: func(s *promotion.Spec) { s.Snapshots = false }, want: send},
		"staging deploys":                                  {obs: func(o *promotion.Observation) { o.Staging.Deployed = false }, want: promotion.Wait{For: "E2 is deployed everywhere"}},
		"the canary is to be proven": {
			obs:  func(o *promotion.Observation) { o.Policy.Enabled, o.Policy.Route = true, promotion.Route{Percent: 5} },
			want: promotion.Verify{Release: "two", When: promotion.BeforePromotion, Route: promotion.Route{Percent: 5}, About: "E2"},
		},
		"it is to be promoted": {obs: func(o *promotion.Observation) { o.Proven = 2 }, want: due},
		"it is promoted, and the policy is on again": {
			obs: func(o *promotion.Observation) { o.Primary.Content, o.Policy.Enabled = "B", true }, want: due,
		},
		"staging moved on during the canary": {
			obs: func(o *promotion.Observation) {
				o.Staging.Content, o.Policy.Enabled, o.Policy.Staging = "C", true, "d2"
			}, want: due,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(), snapshots(promotion.Release)
			w.obs.Bound, w.obs.Entry, w.obs.Until = "B", c.has, c.until
			if c.spec != nil {
				c.spec(&s)
			}
			if c.obs != nil {
				c.obs(&w.obs)
			}
			if got, err := promotion.Next(s, w.obs); err != nil || !cutover.Same(got, c.want) {
				t.Errorf("got %+v, %v\nwant %+v", got, err, c.want)
			}
			if line := promotion.Shown(due); line != "" {
				t.Errorf("a snapshot is kept out of a run without the line %q in its plan", line)
			}
		})
	}
}

// Nobody but a release writes one down: a way back would lead to itself.
func TestOnlyAReleaseIsWrittenDown(t *testing.T) {
	t.Parallel()
	for _, purpose := range []promotion.Purpose{promotion.Return, promotion.Adopt, promotion.Decide, promotion.Purge, promotion.Rest} {
		w := newWorld()
		w.obs.Primary.Content, w.obs.Policy.Enabled = "B", true
		s := snapshots(purpose)
		s.Resumes = &promotion.Attempt{Release: "two", Content: "B"}
		if step, _ := promotion.Next(s, w.obs); cutover.Same(step, promotion.Step(promotion.Snapshot{Entry: entry, Primary: "E1"})) {
			t.Errorf("%s: %s", purpose, step)
		}
	}
}

func TestWhatTheBucketSaysHasFailedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	failed := entry
	failed.Failed = "503"
	for name, c := range map[string]struct {
		change func(*promotion.Spec, *promotion.Observation)
		stops  bool
	}{
		"the same again":      {func(*promotion.Spec, *promotion.Observation) {}, true},
		"another release":     {func(s *promotion.Spec, _ *promotion.Observation) { s.Release = "three" }, false},
		"another content":     {func(_ *promotion.Spec, o *promotion.Observation) { o.Staging.Content, o.Bound = "C", "C" }, false},
		"with another retry":  {func(s *promotion.Spec, _ *promotion.Observation) { s.Retry = true }, false},
		"on the way back":     {func(s *promotion.Spec, _ *promotion.Observation) { s.Purpose = promotion.Return }, false},
		"whatever is missing": {func(_ *promotion.Spec, o *promotion.Observation) { o.Policy.ID = "" }, true},
	} {
		w, s := newWorld(), snapshots(promotion.Release)
		w.obs.Bound, w.obs.Entry = "B", failed
		c.change(&s, &w.obs)
		_, err := promotion.Next(s, w.obs)
		var o *promotion.Obstacle
		if stops := errors.As(err, &o) && o.Kind == promotion.FailedBefore && o.Found == "503"; stops != c.stops {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatAnEntrySays(t *testing.T) {
	t.Parallel()
	failed, dated := entry, entry
	failed.Failed, dated.Until = "503", "2026-11-29T12:00:00Z"
	if entry.TookBack("B", "A") || failed.TookBack("A", "A") || failed.TookBack("B", "C") || !failed.TookBack("B", "A") {
		t.Error("what was taken back is what failed, where the primary has what was before it")
	}
	for content, want := range map[string][2]string{"A": {"one", "one"}, "B": {"two", ""}, "C": {"", ""}} {
		if got := [2]string{entry.Called(content), failed.Called(content)}; got != want {
			t.Errorf("%s is called %q, want %q: begun, and failed", content, got, want)
		}
	}
	if got := dated.HadUntil("A", "B"); promotion.Date(got) != dated.Until {
		t.Errorf("until %s", got)
	}
	if got := []time.Time{entry.HadUntil("A", "B"), dated.HadUntil("C", "B"), dated.HadUntil("A", "C")}; !got[0].IsZero() || !got[1].IsZero() || !got[2].IsZero() {
		t.Errorf("it says %v of what it knows nothing about", got)
	}
}

// A build that knows more settings has another text for the same configuration.
func TestAnEntryOfAnotherBuildIsNamedAsThisOneDoes(t *testing.T) {
	t.Parallel()
	e := promotion.Entry{Content: "b1.b2.", Settled: "a1."}
	if got := e.Named("a1", "b1.b2", "c1"); got.Content != "b1.b2" || got.Settled != "a1" {
		t.Errorf("%+v", got)
	}
	if got := e.Named("c1.c2"); got != e {
		t.Errorf("%+v", got)
	}
}
