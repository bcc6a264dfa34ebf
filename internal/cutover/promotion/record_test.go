package promotion_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// A site is a world with what state has of it, over many runs. Runs die in it, and hands
// act in it.
type site struct {
	*world
	t       *testing.T
	healthy map[string]bool // contents that viewers are well served by
	state   *promotion.Prior
	wayBack string // content

	// proved are the contents that may be settled, by what gave them that right.
	proved map[string]promotion.Grounds
	seen   []string // contents that this run has evidence about
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{world: newWorld(), t: t, healthy: map[string]bool{"A": true}, proved: map[string]promotion.Grounds{}}
	s.create(spec(promotion.Adopt))
	return s
}

func (s *site) create(asked promotion.Spec) {
	promotion.Aim(&asked, nil, promotion.Wish{Release: "one"})
	asked.Release, asked.Settled = "one", ""
	next := promotion.Run{Spec: asked, Obs: s.obs, Finished: true}.After(nil)
	s.state, s.wayBack = &next, s.obs.Primary.Content
	s.proved[s.wayBack] = promotion.Declared
}

// refresh is what a plan begins with.
func (s *site) refresh() {
	if s.state.Reopened(s.obs.Staging.Content) {
		if s.state.Failed = nil; s.state.Phase == promotion.RolledBack {
			s.state.Phase = promotion.Settled
		}
	}
	s.state.Phase, s.state.Primary = s.state.PhaseAt(s.obs), s.obs.Primary.Content
}

// forgetful starts a run: a world remembers what runs may not.
func (s *site) forgetful(asked promotion.Spec) {
	o := &s.obs
	o.Sent, o.SentFrom, o.Promoted, o.PromotedFrom, o.SentBack, o.Before, o.After, o.Stepped, o.Invalidation = nil, "", "", "", false, cutover.NoEvidence, cutover.NoEvidence, false, ""
	o.Bound, o.Proven = asked.Bind(*o), asked.Reached(*o)
	s.seen = nil
}

// take takes one step, as AWS and the gates do.
func (s *site) take(asked promotion.Spec, step promotion.Step) {
	o := &s.obs
	switch x := step.(type) {
	case promotion.SendBack:
		s.do(s.t, step)
		o.Primary.Content = asked.Settled // which the way back has
		return
	case promotion.Promote:
		if slices.ContainsFunc(s.seen, func(c string) bool { return c != o.Staging.Content }) || o.Bound != o.Staging.Content {
			s.t.Errorf("%s is promoted on evidence about %v, in a run about %s", o.Staging.Content, s.seen, o.Bound)
		}
	case promotion.Verify:
		about := o.Staging.Content
		if x.When == promotion.AfterPromotion {
			about = o.Primary.Content
		}
		s.verdicts[x.When] = map[bool]cutover.Evidence{true: cutover.Healthy, false: cutover.Unhealthy}[s.healthy[about]]
		if s.healthy[about] {
			s.proved[about] = promotion.Proven
		}
		if x.When == promotion.BeforePromotion {
			s.seen = append(s.seen, about)
		}
	}
	s.do(s.t, step)
}

// apply runs to the end of what is asked, unless the run dies or hands act at a step. It
// says whether the run lived, and what it stopped with.
func (s *site) apply(asked promotion.Spec, wish promotion.Wish, at int, act func()) (lived bool, stopped error) {
	asked.Release = wish.Release
	promotion.Aim(&asked, s.state, wish)
	if asked.Purpose == promotion.Rest {
		return true, nil
	}
	s.forgetful(asked)
	run := promotion.Run{Spec: asked}
	stopped = s.steps(asked, at, act, &lived, &run)
	if !lived {
		return false, nil
	}
	o, _ := errors.AsType[*promotion.Obstacle](stopped)
	run.Finished = stopped == nil
	if stopped != nil && asked.Purpose == promotion.Release {
		run.Attempt = &promotion.Attempt{Release: asked.Release, Content: s.obs.Bound}
		if s.obs.Promoted == s.obs.Bound {
			run.Attempt.Canary = asked.Grounds()
		} else if r := asked.Resumes; r != nil && r.Release == asked.Release && r.Content == s.obs.Bound {
			run.Attempt.Canary = r.Canary
		}
		if o != nil && o.Gate() {
			run.Failed = true
			back := asked
			back.Purpose, back.Resumes = promotion.Return, run.Attempt
			s.obs.Before, s.obs.After = cutover.NoEvidence, cutover.NoEvidence
			var alive bool
			err := s.steps(back, -1, nil, &alive, &run)
			run.RolledBack, run.GoingBack = err == nil, err != nil
		}
	}
	run.Obs = s.obs
	s.record(run)
	return true, stopped
}

func (s *site) steps(asked promotion.Spec, at int, act func(), lived *bool, run *promotion.Run) error {
	*lived = true
	for i := range 80 {
		if i == at {
			if act == nil {
				*lived = false
				return nil
			}
			act()
		}
		step, err := promotion.Next(asked, s.obs)
		if err != nil {
			return err
		}
		switch step.(type) {
		case promotion.Done:
			return nil
		case promotion.Wait, promotion.Verify:
		default:
			run.Touched = true
		}
		before := s.obs.Staging.Content + s.obs.Primary.Content
		s.take(asked, step)
		if s.obs.Staging.Content+s.obs.Primary.Content != before {
			s.obs.After = cutover.NoEvidence
		}
	}
	return errors.New("no end")
}

// record keeps what a run came to, and holds it against what may be.
func (s *site) record(run promotion.Run) {
	next := run.After(s.state)
	content := s.obs.Primary.Content
	if run.Settles() {
		switch {
		case content == s.state.Settled:
		case run.Spec.After && s.proved[content] != promotion.Proven:
			s.t.Errorf("%s is settled past its gate: %+v", content, run.Spec)
		case !run.Spec.After && (run.Spec.Word || len(run.Spec.Routes) == 0):
			s.proved[content] = next.Grounds // somebody's word, or nothing was asked
		}
		if next.Release == s.state.Release && content != s.state.Settled && !run.Spec.Word {
			s.t.Errorf("%s is called %s as %s was", content, next.Release, s.state.Settled)
		}
		s.wayBack = content
	}
	if s.proved[next.Settled] == "" {
		s.t.Errorf("settled is %s, which nobody has proven: %+v", next.Settled, run.Spec)
	}
	if s.wayBack != next.Settled {
		s.t.Errorf("the way back leads to %s, and settled is %s", s.wayBack, next.Settled)
	}
	s.state = &next
}

// Whatever runs die, whoever acts in between and during runs, whatever is asked for:
// nothing is settled that was never proven, and the way back leads to what is settled.
func TestNothingIsSettledThatNobodyProved(t *testing.T) {
	t.Parallel()
	const seeds = 6000
	runs, settled, stopped, died := 0, 0, map[promotion.Kind]int{}, 0
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 11))
		s := newSite(t)
		content := func() string { return fmt.Sprintf("%c", 'A'+r.IntN(4)) }
		for _, c := range []string{"B", "C", "D"} {
			s.healthy[c] = r.IntN(2) > 0
		}
		hands := func() {
			o := &s.obs
			switch r.IntN(7) {
			case 0:
				o.Primary.Content, o.Primary.ETag = content(), o.Primary.ETag+"h"
			case 1, 2:
				o.Staging.Content, o.Staging.ETag = content(), o.Staging.ETag+"h"
			case 3: // by the console
				o.Primary.Content, o.Policy.Enabled = o.Staging.Content, false
				o.Primary.ETag += "h"
			case 4:
				o.Policy.Enabled, o.Policy.Route = r.IntN(2) > 0, promotion.Route{Percent: 15}
				o.Policy.ETag += "h"
			default:
			}
			o.After = cutover.NoEvidence
		}
		for range 8 {
			asked := spec("")
			asked.After, asked.Routes = r.IntN(3) > 0, asked.Routes[:r.IntN(3)]
			asked.Before = len(asked.Routes) > 0
			wish := promotion.Wish{
				Release: []string{"one", "two", "three"}[r.IntN(3)], Retry: r.IntN(4) == 0,
				OnDrift: []promotion.OnDrift{promotion.Report, promotion.Report, promotion.Restore, promotion.Accept}[r.IntN(4)],
			}
			hands()
			s.refresh()
			at, act := -1, hands
			switch r.IntN(3) {
			case 0:
				at, act = r.IntN(14), nil
			case 1:
				at = r.IntN(14)
			}
			before := s.state.Settled
			lived, err := s.apply(asked, wish, at, act)
			runs++
			if o, ok := errors.AsType[*promotion.Obstacle](err); ok {
				stopped[o.Kind]++
			}
			if !lived {
				died++
			} else if s.state.Settled != before {
				settled++
			}
			if t.Failed() {
				t.Fatalf("seed %d: %s", seed, fmt.Sprint(s.log))
			}
		}
	}
	t.Logf("%d runs in %d worlds: %d settled something new, %d died, stopped by %v", runs, seeds, settled, died, stopped)
	for _, k := range []promotion.Kind{promotion.NobodyProved, promotion.StrayCanary, promotion.StagingChanged, promotion.AcceptFirst, promotion.NotThatRelease, promotion.PrimaryDrifted, promotion.Turned} {
		if stopped[k] == 0 {
			t.Errorf("no run was stopped by %s: the worlds do not get there", k)
		}
	}
}

// A run dies after each of its steps, and `release` is set back: what the panic procedure
// meets. Nothing but a person's word makes the release settled, and restoring always leads
// to what was settled.
func TestSettingReleaseBackAfterADeathAtEveryStep(t *testing.T) {
	t.Parallel()
	cells := 0
	for at := range 14 {
		for _, onDrift := range []promotion.OnDrift{promotion.Report, promotion.Restore, promotion.Accept} {
			for _, moved := range []string{"", "A", "C"} { // what staging gets before somebody sets release back
				for _, after := range []bool{true, false} {
					s := newSite(t)
					asked := spec("")
					if asked.After = after; !after { // else a sick release does not get far
						s.healthy["B"] = true
					}
					s.healthy["B"] = s.healthy["B"] || at%2 == 0
					s.refresh()
					lived, _ := s.apply(asked, promotion.Wish{Release: "two"}, at, nil)
					s.healthy["B"] = false // it was never well
					delete(s.proved, "B")
					s.refresh()
					if moved != "" {
						s.obs.Staging.Content = moved
					}
					if lived {
						continue
					}
					cells++
					name := fmt.Sprintf("died before step %d, on_drift %s, staging gets %q, gate %t", at, onDrift, moved, after)
					dirty := s.obs.Primary.Content != "A" || s.obs.Sends() != ""
					_, err := s.apply(asked, promotion.Wish{Release: "one", OnDrift: onDrift}, -1, nil)
					switch {
					case onDrift == promotion.Restore:
						if err != nil || s.obs.Primary.Content != "A" || s.obs.Policy.Enabled && moved == "" {
							t.Errorf("%s: restoring ends with %v at %+v", name, err, s.obs)
						}
					case onDrift == promotion.Report && dirty && err == nil:
						t.Errorf("%s: nothing is said", name)
					case onDrift == promotion.Accept && after && s.state.Settled != "A":
						t.Errorf("%s: %s is settled past its gate", name, s.state.Settled)
					}
					if onDrift == promotion.Report && (s.state.Settled != "A" || s.state.Release != "one" || s.wayBack != "A") {
						t.Errorf("%s: settled is %s as %s, the way back leads to %s", name, s.state.Settled, s.state.Release, s.wayBack)
					}
				}
			}
		}
	}
	t.Logf("%d cells", cells)
	if cells < 100 {
		t.Errorf("only %d cells", cells)
	}
}

func TestWhatARunIsAbout(t *testing.T) {
	t.Parallel()
	begun := &promotion.Attempt{Release: "two", Content: "B"}
	for _, c := range []struct {
		name    string
		resumes *promotion.Attempt
		release string
		edit    func(o *promotion.Observation)
		want    string
	}{
		{"what staging has", nil, "two", func(*promotion.Observation) {}, "B"},
		{"what viewers are at staging for", begun, "two", func(o *promotion.Observation) { o.Policy.Enabled, o.Staging.Content = true, "C" }, "B"},
		{"what was promoted", begun, "two", func(o *promotion.Observation) { o.Primary.Content, o.Staging.Content = "B", "C" }, "B"},
		{"another release, with another content", begun, "three", func(o *promotion.Observation) { o.Policy.Enabled, o.Staging.Content = true, "C" }, "C"},
		{"nobody is at staging any more", begun, "two", func(o *promotion.Observation) { o.Staging.Content = "C" }, "C"},
	} {
		w, s := newWorld(), spec(promotion.Release)
		c.edit(&w.obs)
		s.Resumes, s.Release = c.resumes, c.release
		if got := s.Bind(w.obs); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestContentThatChangesEndsTheRelease(t *testing.T) {
	t.Parallel()
	w, s := newWorld(), spec(promotion.Release)
	w.obs.Bound, w.obs.Staging.Content, w.obs.Policy.Enabled, w.obs.Policy.Route = "B", "C", true, s.Routes[0]
	w.obs.Proven = 2 // of what it had
	if got := kind(w.run(t, s)); got != promotion.StagingChanged || w.steps() != "sending nobody to staging any more" {
		t.Errorf("%q after\n%s", got, w.steps())
	}
	// Who changes staging after the promotion works at the next release.
	w = newWorld()
	w.obs.Bound, w.obs.Promoted, w.obs.Primary.Content, w.obs.Staging.Content = "B", "B", "B", "C"
	if err := w.run(t, s); err != nil {
		t.Error(err)
	}
}

// A plan that is bound to a content stops at another one, before the first write.
func TestAPlanIsBoundToOneContent(t *testing.T) {
	t.Parallel()
	for staged, want := range map[string]promotion.Kind{"": "", "whole": "", "B": "", "another": promotion.NotAsApproved} {
		w, s := newWorld(), spec(promotion.Release)
		w.obs.Staging.Fingerprint, s.Staged = "whole", staged
		if got := kind(w.run(t, s)); got != want || got != "" && len(w.log) > 0 {
			t.Errorf("bound to %q: %q after %v", staged, got, w.log)
		}
		if got := kind(promotion.Preflight(s, w.obs)); got != want {
			t.Errorf("bound to %q, a plan warns of %q", staged, got)
		}
	}
	// Who declares what the primary has knows then that it is not the release.
	for staged, want := range map[string]string{"": "two", "whole": ""} {
		w, s := newWorld(), spec(promotion.Adopt)
		w.obs.Staging.Fingerprint, s.Staged, s.Settled = "whole", staged, ""
		got := promotion.Run{Spec: s, Obs: w.obs, Finished: true}.After(nil)
		if got.Release != want || got.Grounds != promotion.Declared || got.Settled != "A" {
			t.Errorf("bound to %q, a create declares %+v", staged, got)
		}
		if does := promotion.PurposeOf(&got, promotion.Wish{Release: "two"}); (does == promotion.Release) != (want == "") {
			t.Errorf("bound to %q, the next plan is to %q", staged, does)
		}
	}
}

// A name stays with the configuration that it was settled with.
func TestAnEmptyReleaseIsNotCalledAsAnotherConfigurationWas(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]promotion.Kind{"one": promotion.NotThatRelease, "three": ""} {
		w, s := newWorld(), spec(promotion.Release)
		w.obs.Primary.Content, w.obs.Staging.Content = "B", "B"
		s.Settled, s.Release, s.Previous = "B", release, &promotion.Attempt{Release: "one", Content: "A"}
		if got := kind(w.run(t, s)); got != want || len(w.log) > 0 {
			t.Errorf("called %s: %q after %v", release, got, w.log)
		}
	}
}

// Since when a step bakes is on record with the attempt that it belongs to.
func TestAnAttemptOfAnEarlierRunIsToldFromThatOfThisOne(t *testing.T) {
	t.Parallel()
	for touched, recorded := range map[bool]bool{true: false, false: true} {
		prior := promotion.Prior{Release: "one", Settled: "A", Primary: "A", Phase: promotion.Canary, Attempt: &promotion.Attempt{Release: "two", Content: "B", Recorded: true}}
		ended := promotion.Run{Spec: spec(promotion.Release), Obs: newWorld().obs, Touched: touched, Attempt: &promotion.Attempt{Release: "two", Content: "B"}}
		if next := ended.After(&prior); next.Attempt == nil || next.Attempt.Recorded != recorded {
			t.Errorf("touched %t: %+v", touched, next.Attempt)
		}
	}
}
