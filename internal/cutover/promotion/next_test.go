package promotion_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// A world is a primary and a staging distribution as simple as can be: everything
// takes effect at once, except that deploying takes a look or two.
type world struct {
	obs       promotion.Observation
	verdicts  map[promotion.When]cutover.Evidence
	deploying int
	log       []string
	prior     *promotion.Prior // what recipes know; nil: that nothing was begun
}

func newWorld() *world {
	return &world{
		obs: promotion.Observation{Seen: promotion.Seen{
			Primary: promotion.Distribution{ID: "E1", ETag: "p0", Deployed: true, Enabled: true, Policy: "P", Content: "A"},
			Staging: promotion.Distribution{ID: "E2", Domain: "d2", ETag: "s0", Deployed: true, Enabled: true, Staging: true, Content: "B"},
			Policy:  promotion.Policy{ID: "P", ETag: "c0", Staging: "d2"},
		}},
		verdicts: map[promotion.When]cutover.Evidence{promotion.BeforePromotion: cutover.Healthy, promotion.AfterPromotion: cutover.Healthy},
	}
}

func spec(purpose promotion.Purpose) promotion.Spec {
	return promotion.Spec{
		Asked: promotion.Asked{
			Primary: "E1", Staging: "E2", Policy: "P", Release: "two",
			Routes: []promotion.Route{{Percent: 5}, {Percent: 15}}, Before: true, After: true, Invalidate: []string{"/*"},
		},
		Mode: promotion.Mode{Purpose: purpose, Settled: "A"},
	}
}

func (w *world) do(t *testing.T, step promotion.Step) {
	t.Helper()
	w.log = append(w.log, step.String())
	o := &w.obs
	deploy := func() { o.Primary.Deployed, w.deploying = false, 2 }
	bump := func(etag *string) { *etag += "'" }
	match := func(got, want string) {
		if got != want {
			t.Errorf("%s: If-Match %s, but it is %s", step, got, want)
		}
	}
	switch s := step.(type) {
	case promotion.Wait:
		if w.deploying--; w.deploying <= 0 {
			o.Primary.Deployed, o.Spreading = true, false
		}
		if o.Invalidation == cutover.Invalidating {
			o.Invalidation = cutover.Invalidated
		}
	case promotion.Send:
		match(s.IfMatch, o.Policy.ETag)
		o.Sent, o.SentFrom = &s.Route, o.Policy.ETag
		o.Policy.Enabled, o.Policy.Route, o.Stepped = true, s.Route, true
		bump(&o.Policy.ETag)
		deploy()
	case promotion.Withdraw:
		match(s.IfMatch, o.Policy.ETag)
		o.Policy.Enabled = false
		bump(&o.Policy.ETag)
		deploy()
	case promotion.Promote:
		match(s.IfMatch, o.Primary.ETag)
		match(s.IfMatchOfSource, o.Staging.ETag)
		o.Bound, o.Promoted, o.PromotedFrom = o.Staging.Content, o.Staging.Content, o.Primary.ETag
		o.Primary.Content, o.Policy.Enabled = o.Staging.Content, false
		bump(&o.Primary.ETag)
		deploy()
	case promotion.SendBack:
		match(s.IfMatch, o.Primary.ETag)
		o.Primary.Content, o.SentBack = "A", true
		bump(&o.Primary.ETag)
		deploy()
	case promotion.Invalidate:
		o.Invalidation = cutover.Invalidating
	case promotion.Verify:
		if !o.Primary.Deployed {
			t.Errorf("%s before it is deployed everywhere", step)
		}
		if s.When == promotion.AfterPromotion {
			o.After = w.verdicts[s.When]
		} else if o.Before = w.verdicts[s.When]; o.Before == cutover.Healthy {
			o.Proven, o.Before = o.Proven+1, cutover.NoEvidence
		}
	}
}

// run takes steps until nothing is left to do.
func (w *world) run(t *testing.T, s promotion.Spec) error {
	t.Helper()
	prior := w.prior
	if prior == nil {
		prior = &promotion.Prior{Settled: "A", Primary: w.obs.Primary.Content}
	}
	recipe := promotion.Recipe(s, prior)
	for range 60 {
		step, err := promotion.Next(s, w.obs)
		if err != nil {
			return err
		}
		if _, done := step.(promotion.Done); done {
			return nil
		}
		if _, wait := step.(promotion.Wait); !wait && cutover.Bound(recipe).Beyond(promotion.Shown(step)) != "" && s.Purpose == promotion.Release {
			t.Errorf("%s is not in the recipe", step)
		}
		w.do(t, step)
	}
	t.Fatalf("no end:\n%s", strings.Join(w.log, "\n"))
	return nil
}

func (w *world) steps() string {
	var out []string
	for _, l := range w.log {
		if !strings.HasPrefix(l, "waiting") {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

func TestAReleaseTakesItsStepsInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if err := w.run(t, spec(promotion.Release)); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"sending 5 % of the viewers to E2", "verifying E2 with 5 % of the viewers", "sending 15 % of the viewers to E2", "verifying E2 with 15 % of the viewers",
		"promoting E2 to E1", "verifying E1 after the promotion", "invalidating /* on E1",
	}, "\n")
	if got := w.steps(); got != want {
		t.Errorf("took\n%s\nwant\n%s", got, want)
	}
}

func TestWhatIsTrueAlreadyIsSkipped(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*world, *promotion.Spec)
		want string
	}{
		{"promoted by a run that died", func(w *world, _ *promotion.Spec) { w.obs.Primary.Content = "B" }, "verifying E1 after the promotion\ninvalidating /* on E1"},
		{"nothing new in staging", func(w *world, _ *promotion.Spec) { w.obs.Staging.Content = "A" }, ""},
		{"a canary of our own record", func(w *world, s *promotion.Spec) {
			w.obs.Policy.Enabled, w.obs.Policy.Route = true, promotion.Route{Percent: 15}
			s.Resumes = &promotion.Attempt{Release: "two", Content: "B"}
			w.obs.Proven = s.Reached(w.obs)
		}, "verifying E2 with 15 % of the viewers\npromoting E2 to E1\nverifying E1 after the promotion\ninvalidating /* on E1"},
		{"a canary of another release begins anew", func(w *world, s *promotion.Spec) {
			w.obs.Policy.Enabled, w.obs.Policy.Route = true, promotion.Route{Percent: 15}
			s.Resumes = &promotion.Attempt{Release: "two", Content: "C"}
			s.Routes = s.Routes[:1]
			w.obs.Proven = s.Reached(w.obs)
		}, "sending 5 % of the viewers to E2\nverifying E2 with 5 % of the viewers\npromoting E2 to E1\nverifying E1 after the promotion\ninvalidating /* on E1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(), spec(promotion.Release)
			c.edit(w, &s)
			if err := w.run(t, s); err != nil {
				t.Fatal(err)
			}
			if got := w.steps(); got != c.want {
				t.Errorf("took\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestTheWayBackBeginsWithTheViewersAtStaging(t *testing.T) {
	t.Parallel()
	w, s := newWorld(), spec(promotion.Return)
	w.obs.Primary.Content, w.obs.Policy.Enabled = "B", true
	s.Resumes = &promotion.Attempt{Release: "two", Content: "B"}
	if err := w.run(t, s); err != nil {
		t.Fatal(err)
	}
	if got, want := w.steps(), "sending nobody to staging any more\ngiving E1 its settled configuration back\ninvalidating /* on E1"; got != want {
		t.Errorf("took\n%s\nwant\n%s", got, want)
	}
}

func kind(err error) promotion.Kind {
	if o, ok := errors.AsType[*promotion.Obstacle](err); ok {
		return o.Kind
	}
	return ""
}

// Viewers were sent to staging, and the policy does not show it: where it is older than
// that, CloudFront has yet to tell; otherwise somebody has turned it.
func TestAPolicyThatSomebodyTurnedStopsTheRelease(t *testing.T) {
	t.Parallel()
	five := promotion.Route{Percent: 5}
	for _, turned := range []promotion.Policy{
		{ID: "P", ETag: "c2", Staging: "d2", Route: five},
		{ID: "P", ETag: "c2", Staging: "d2", Enabled: true, Route: promotion.Route{Percent: 1}},
	} {
		for proven := range 3 {
			w := newWorld()
			w.obs.Policy, w.obs.Sent, w.obs.SentFrom, w.obs.Proven = turned, &five, "c0", proven
			if got := kind(w.run(t, spec(promotion.Release))); got != promotion.Turned || len(w.log) > 0 {
				t.Errorf("%+v with %d proven: %q after %v, want %q", turned, proven, got, w.log, promotion.Turned)
			}
			if err := w.run(t, spec(promotion.Return)); err != nil {
				t.Errorf("the way back: %v", err)
			}
		}
	}
	w := newWorld()
	w.obs.Sent, w.obs.SentFrom = &five, "c0"
	if step, err := promotion.Next(spec(promotion.Release), w.obs); err != nil || !strings.HasPrefix(step.String(), "waiting") {
		t.Errorf("a read of before: %v, %v", step, err)
	}
}

func TestNobodyElsesChangeIsOverwritten(t *testing.T) {
	t.Parallel()
	drifted := func(w *world) { w.obs.Primary.Content = "C" }
	for purpose, want := range map[promotion.Purpose]promotion.Kind{promotion.Release: promotion.PrimaryDrifted, promotion.Return: promotion.PrimaryDrifted, promotion.Adopt: ""} {
		w, s := newWorld(), spec(purpose)
		drifted(w)
		if purpose == promotion.Adopt {
			s.Decided, s.Word = "C", true
		}
		if got := kind(w.run(t, s)); got != want {
			t.Errorf("%s on top of drift: %q, want %q", purpose, got, want)
		}
		if strings.Contains(w.steps(), "promoting") || strings.Contains(w.steps(), "giving") {
			t.Errorf("%s: %s", purpose, w.steps())
		}
	}
	// Promoted by this run, then overwritten: no second promotion.
	w := newWorld()
	w.obs.Promoted, w.obs.PromotedFrom, w.obs.Primary.ETag, w.obs.Primary.Content = "B", "p0", "p2", "A"
	if got := kind(w.run(t, spec(promotion.Release))); got != promotion.Overwritten {
		t.Errorf("%q, want %q", got, promotion.Overwritten)
	}
	// A read that does not show the promotion yet is waited out.
	w = newWorld()
	w.obs.Promoted, w.obs.PromotedFrom = "B", "p0"
	if step, err := promotion.Next(spec(promotion.Release), w.obs); err != nil || !strings.HasPrefix(step.String(), "waiting") {
		t.Errorf("%v, %v", step, err)
	}
}

// Whatever the world looks like: a promotion comes only after every route was proven,
// never twice, never onto what somebody else has changed, and the canary never grows
// before what it has got is proven.
func TestInvariantsOverRandomObservations(t *testing.T) {
	t.Parallel()
	routes := []promotion.Route{{}, {Percent: 5}, {Percent: 15}, {Percent: 10}, {Header: "aws-cf-cd-x", Value: "y"}}
	contents := []string{"A", "B", "C"}
	evidence := []cutover.Evidence{cutover.NoEvidence, cutover.Healthy, cutover.Unhealthy, cutover.Inconclusive}
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 7))
		flip := func() bool { return r.IntN(4) > 0 }
		w := newWorld()
		o := &w.obs
		o.Primary.Content, o.Staging.Content = contents[r.IntN(3)], contents[r.IntN(3)]
		o.Primary.Deployed, o.Staging.Deployed, o.Staging.Enabled, o.Spreading = flip(), flip(), flip(), !flip()
		o.Policy.Enabled, o.Policy.Route = r.IntN(2) > 0, routes[r.IntN(len(routes))]
		o.Before, o.After = evidence[r.IntN(4)], evidence[r.IntN(4)]
		if !flip() {
			o.Promoted, o.PromotedFrom = contents[r.IntN(3)], fmt.Sprintf("p%d", r.IntN(2))
		}
		s := spec([]promotion.Purpose{promotion.Release, promotion.Return}[r.IntN(2)])
		s.Routes = s.Routes[:r.IntN(3)]
		o.Proven = r.IntN(len(s.Routes) + 1)
		step, err := promotion.Next(s, *o)
		if err != nil {
			continue
		}
		switch x := step.(type) {
		case promotion.Promote:
			if o.Proven < len(s.Routes) || o.Promoted != "" || o.Primary.Content == "C" || !o.Primary.Deployed || !o.Staging.Deployed || o.Spreading || !o.Staging.Enabled || s.Purpose != promotion.Release || x.IfMatch != o.Primary.ETag || x.IfMatchOfSource != o.Staging.ETag {
				t.Fatalf("seed %d: %#v at %+v", seed, x, o)
			}
		case promotion.Send:
			if s.Purpose != promotion.Release || !x.Route.Same(s.Routes[o.Proven]) || !o.Primary.Deployed {
				t.Fatalf("seed %d: %#v at %+v", seed, x, o)
			}
		case promotion.SendBack:
			if s.Purpose != promotion.Return || o.Primary.Content == "C" || o.Policy.Enabled {
				t.Fatalf("seed %d: %#v at %+v", seed, x, o)
			}
		case promotion.Done:
			if s.Purpose == promotion.Return && (o.Primary.Content != "A" || o.Policy.Enabled) {
				t.Fatalf("seed %d: done at %+v", seed, o)
			}
			if s.Purpose == promotion.Release && !(o.Released() && (o.Primary.Content == "A" || o.After == cutover.Healthy)) {
				t.Fatalf("seed %d: done at %+v", seed, o)
			}
		}
	}
}

// A run takes one step, and what is recorded of it decides where the next one goes on.
func TestARunOfOneStepLeavesTheRestToTheNext(t *testing.T) {
	t.Parallel()
	s := spec(promotion.Release)
	s.PerApply = true
	five, fifteen := s.Routes[0], s.Routes[1]
	at := func(r promotion.Route, baking bool) *promotion.Attempt {
		return &promotion.Attempt{Release: "two", Content: "B", Route: r.String(), Baking: baking}
	}
	for _, c := range []struct {
		name    string
		resumes *promotion.Attempt
		phase   promotion.Phase
		policy  *promotion.Route // nil: disabled
		proven  int
		recipe  string
		steps   string
	}{
		{name: "the first", phase: promotion.Settled, recipe: "send 5 % of the viewers to release two (E2)", steps: "sending 5 % of the viewers to E2"},
		{name: "the first, by a run that died", phase: promotion.Settled, policy: &five, recipe: "send 5 % of the viewers to release two (E2)"},
		{
			name: "the second", resumes: at(five, true), phase: promotion.Canary, policy: &five,
			recipe: "verify release two (E2) with 5 % of the viewers\nsend 15 % of the viewers to release two (E2)", steps: "verifying E2 with 5 % of the viewers\nsending 15 % of the viewers to E2",
		},
		{
			name: "the second, by a run that died", resumes: at(five, true), phase: promotion.Canary, policy: &fifteen, proven: 1,
			recipe: "verify release two (E2) with 5 % of the viewers\nsend 15 % of the viewers to release two (E2)",
		},
		{name: "interrupted before all had it", resumes: at(fifteen, false), phase: promotion.Canary, policy: &fifteen, proven: 1, recipe: "send 15 % of the viewers to release two (E2)"},
		{
			name: "the promotion", resumes: at(fifteen, true), phase: promotion.Canary, policy: &fifteen, proven: 1,
			recipe: "verify release two (E2) with 15 % of the viewers\npromote release two (E2) to E1\nverify release two (E1) after the promotion\ninvalidate /* on E1",
			steps:  "verifying E2 with 15 % of the viewers\npromoting E2 to E1\nverifying E1 after the promotion\ninvalidating /* on E1",
		},
		{name: "begins anew", resumes: &promotion.Attempt{Release: "two", Content: "B"}, phase: promotion.Canary, policy: &fifteen, recipe: "send 5 % of the viewers to release two (E2)", steps: "sending 5 % of the viewers to E2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, s := newWorld(), s
			if s.Resumes = c.resumes; c.policy != nil {
				w.obs.Policy.Enabled, w.obs.Policy.Route = true, *c.policy
			}
			prior := &promotion.Prior{Release: "one", Settled: "A", Primary: "A", Phase: c.phase, Attempt: c.resumes}
			if got := strings.Join(promotion.Recipe(s, prior), "\n"); got != c.recipe {
				t.Errorf("the recipe is\n%s\nwant\n%s", got, c.recipe)
			}
			if got := s.Reached(w.obs); got != c.proven {
				t.Errorf("begins at %d, want %d", got, c.proven)
			}
			w.obs.Proven, w.obs.Stepped = c.proven, c.policy != nil && !s.Baking(w.obs) && w.obs.Policy.Route.Same(s.Routes[c.proven])
			w.prior = prior
			if err := w.run(t, s); err != nil {
				t.Fatal(err)
			}
			if got := w.steps(); got != c.steps {
				t.Errorf("took\n%s\nwant\n%s", got, c.steps)
			}
		})
	}
}

// A CLI hides what a plan has in common with state, which has the steps of the release before.
func TestTheStepsOfAReleaseAreItsOwn(t *testing.T) {
	t.Parallel()
	recipe := func(release string) []string {
		return promotion.Recipe(promotion.Spec{
			Asked: promotion.Asked{Primary: "E1", Staging: "E2", Policy: "P", Release: release, Before: true, After: true, Routes: []promotion.Route{{Percent: 5}}},
			Mode:  promotion.Mode{Purpose: promotion.Release},
		}, nil)
	}
	one, two := recipe("one"), recipe("two")
	for i := range one {
		if one[i] == two[i] {
			t.Errorf("both releases %s", one[i])
		}
	}
	hash := "776af927d15df08db8ea34004dbdf8762b6eb7ebdd64c90b138e4c11099c2b1b"
	if got, want := recipe(hash)[2], "promote release 776af927d15d (E2) to E1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
