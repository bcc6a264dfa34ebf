package cloudfrontapi_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// An asker is somebody who invalidates, who comes and perhaps gives up at some time.
type asker struct {
	on        string
	items     []string
	comes     time.Duration
	leaves    time.Duration // 0: never
	reference string        // "": one of its own
}

// ask lets them all ask, and returns when each was answered, and with what.
func (s *site) ask(all ...asker) (after []time.Duration, errs []error) {
	s.Helper()
	began := s.now()
	s.count++
	after, errs = make([]time.Duration, len(all)), make([]error, len(all))
	var wg sync.WaitGroup
	for i, a := range all {
		wg.Go(func() {
			ctx, cancel := context.WithCancel(s.Context())
			if a.leaves > 0 {
				var stop context.CancelFunc
				ctx, stop = clock.WithTimeout(ctx, clock.System{}, a.leaves)
				defer stop()
			}
			defer cancel()
			if a.reference == "" {
				a.reference = fmt.Sprint(s.count, " asker ", i)
			}
			if errs[i] = (clock.System{}).Sleep(ctx, a.comes); errs[i] == nil {
				_, errs[i] = s.client.Invalidate(ctx, a.on, a.reference, a.items)
			}
			after[i] = s.now().Sub(began).Round(100 * time.Millisecond)
		})
	}
	wg.Wait()
	return after, errs
}

// some is that many paths, wildcards or not.
func some(n int, form string) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf(form, i))
	}
	return out
}

// quick makes CloudFront count by the second, and nothing else.
func (s *site) quick() {
	s.sim.Turn(func(k *knob.Knobs) {
		k.InvalidationPathRate, k.InvalidationWildcardRate, k.InvalidationPaths, k.InvalidationWildcards = 150, 1, 0, 0
	})
}

func TestInvalidationsOfAllKeepToWhatASecondAllows(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.quick()
		a, b := s.distribute(nil), s.distribute(nil)
		after, errs := s.ask(
			asker{on: a, items: some(1, "/w%d*")}, asker{on: b, items: some(2, "/w%d/*"), comes: time.Millisecond}, asker{on: b, items: some(1, "/x%d*"), comes: 2 * time.Millisecond},
			asker{on: a, items: some(100, "/p%d"), comes: 3 * time.Millisecond}, asker{on: b, items: some(400, "#t%d"), comes: 4 * time.Millisecond},
		)
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		// Whoever comes after a batch of two wildcards waits for two seconds. Of what is left of
		// the 150 of the third one, 100 are taken, and 400 wait until there are 150 again.
		if want := []time.Duration{0, time.Second, 3 * time.Second, 3 * time.Second, 3700 * time.Millisecond}; !slices.Equal(after, want) {
			t.Errorf("answered after %v, want %v", after, want)
		}
		for _, c := range s.calls(0, "CreateInvalidation") {
			if c.Code != "" {
				t.Errorf("CloudFront said %s", c.Code)
			}
		}
	})
}

func TestWhoInvalidatesWaitsInTheOrderOfComing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.quick()
		var all []asker
		var want []time.Duration
		for i := range 12 {
			all = append(all, asker{on: s.distribute(nil), items: []string{"/*"}, comes: time.Duration(i) * time.Millisecond})
			want = append(want, time.Duration(i)*time.Second)
		}
		after, errs := s.ask(all...)
		if err := errors.Join(errs...); err != nil || !slices.Equal(after, want) {
			t.Errorf("answered after %v, want %v: %v", after, want, err)
		}
	})
}

func TestWhoGivesUpLeavesTheQueueAndOthersMoveUp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.quick()
		id := s.distribute(nil)
		after, errs := s.ask(
			asker{on: id, items: []string{"/a*"}},
			asker{on: id, items: some(10, "/b%d*"), comes: time.Millisecond, leaves: 500 * time.Millisecond},   // the next in turn
			asker{on: id, items: []string{"/c*"}, comes: 2 * time.Millisecond, leaves: 300 * time.Millisecond}, // behind it
			asker{on: id, items: []string{"/d*"}, comes: 3 * time.Millisecond},
		)
		if !errors.Is(errs[1], context.Canceled) || !errors.Is(errs[2], context.Canceled) || errs[0] != nil || errs[3] != nil {
			t.Error(errs)
		}
		if want := []time.Duration{0, 500 * time.Millisecond, 300 * time.Millisecond, time.Second}; !slices.Equal(after, want) {
			t.Errorf("answered after %v, want %v", after, want)
		}
		if n := len(s.calls(0, "CreateInvalidation")); n != 2 {
			t.Errorf("CloudFront was asked %d times; who has left does not ask", n)
		}
	})
}

func TestAnInvalidationThatWaitsForItsTurnSaysSo(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.sim.Turn(func(k *knob.Knobs) { k.InvalidationSpan = 5 * time.Minute })
		id := s.distribute(nil)
		told := map[string]int{}
		ctx := awsapi.OnWait(s.Context(), func(_ context.Context, why string) { told[why]++ })
		for i, items := range [][]string{some(15, "/w%d*"), {"/*"}} {
			if _, err := s.client.Invalidate(ctx, id, fmt.Sprint(i), items); err != nil {
				s.Fatal(err)
			}
		}
		if n := told["waiting for its turn: other invalidations of "+id+" use up what may be in progress"]; n < 10 || n > 30 || len(told) > 2 {
			s.Errorf("told %v", told)
		}
	})
}

func TestInvalidationsWaitForThoseInProgress(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.sim.Turn(func(k *knob.Knobs) { k.InvalidationSpan = 5 * time.Minute })
		id, other := s.distribute(nil), s.distribute(nil)
		after, errs := s.ask(
			asker{on: id, items: some(15, "/w%d*")},
			asker{on: id, items: []string{"/*"}, comes: time.Second},
			asker{on: id, items: some(3000, "/p%d"), comes: 1500 * time.Millisecond}, // comes after it, and is not let past
			asker{on: id, items: []string{"/p"}, comes: 2 * time.Second},
			asker{on: other, items: some(1, "/p%d"), comes: time.Minute},
		)
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		slow := 5 * time.Minute // from when the first was taken
		if after[0] != 0 || after[1] < slow || after[1] > slow+time.Minute || after[2] < after[1] || after[3] < after[2]+5*time.Minute || after[4] != time.Minute {
			t.Errorf("answered after %v", after)
		}
		for _, c := range s.calls(0, "CreateInvalidation") {
			if c.Code != "" {
				t.Errorf("CloudFront said %s", c.Code)
			}
		}
	})
}

func TestCloudFrontHasTheLastWordOnWhatIsInProgress(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil)
		_, errs := s.ask(asker{on: id, items: some(10, "/w%d*")})
		s.must(errors.Join(errs...))
		s.client = s.process() // which knows nothing of them
		if _, errs = s.ask(asker{on: id, items: some(6, "/x%d*")}); !errors.Is(errs[0], awsapi.ErrThrottled) {
			t.Error(errs)
		}
		s.settle()
		if _, errs = s.ask(asker{on: id, items: some(15, "/x%d*")}); errs[0] != nil { // what was refused is not in progress
			t.Error(errs)
		}
	})
}

func TestAnInvalidationThatIsAskedForAgainIsInProgressOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.sim.Turn(func(k *knob.Knobs) { k.InvalidationSpan = time.Hour })
		id := s.distribute(nil)
		for range 3 {
			if after, errs := s.ask(asker{on: id, items: some(7, "/w%d*"), reference: "the same"}); errs[0] != nil || after[0] > time.Minute {
				t.Errorf("after %v: %v", after, errs)
			}
		}
	})
}

func TestABatchThatNeverFitsIsRefusedBeforeItIsSent(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil)
		for says, items := range map[string][]string{
			"3001 paths and cache tags are more than the 3000 that may be in progress": some(3001, "#t%d"),
			"16 paths with a wildcard are more than the 15 that may be in progress":    some(16, "/w%d*"),
		} {
			_, errs := s.ask(asker{on: id, items: items})
			if large, ok := errors.AsType[*awsapi.TooLarge](errs[0]); !ok || large.Error() != says {
				t.Errorf("%v, want %s", errs[0], says)
			}
		}
		s.client.Limit(cloudfrontapi.Quotas{PathsPerSecond: 1000, WildcardsPerSecond: 10, PathsInProgress: 5000, WildcardsInProgress: 20})
		s.sim.Turn(func(k *knob.Knobs) { k.InvalidationPaths, k.InvalidationWildcards = 5000, 20 })
		if after, errs := s.ask(asker{on: id, items: append(some(3001, "#t%d"), some(16, "/w%d*")...)}); errs[0] != nil {
			t.Errorf("with more allowed: %v after %v", errs, after)
		}
	})
}

// What others are still asking for stays counted when somebody gives up.
func TestWhoGivesUpTakesOnlyTheirOwnRoom(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		const most = 3
		s.sim.Turn(func(k *knob.Knobs) {
			k.InvalidationPathRate, k.InvalidationWildcardRate, k.InvalidationPaths, k.InvalidationWildcards = 150, 1, 3000, most
		})
		quotas := cloudfrontapi.DefaultQuotas
		quotas.WildcardsInProgress = most
		s.client.Limit(quotas)
		id := s.distribute(nil)
		_, errs := s.ask(
			asker{on: s.distribute(nil), items: some(most, "/x%d*")}, // those that come later wait for its seconds
			asker{on: id, items: some(2, "/a%d*"), comes: 10 * time.Millisecond},
			asker{on: id, items: some(1, "/b%d*"), comes: 20 * time.Millisecond, leaves: 500 * time.Millisecond},
			asker{on: id, items: some(most, "/c%d*"), comes: 600 * time.Millisecond},
		)
		if errs[2] == nil {
			t.Error("nobody gave up")
		}
		errs[2] = nil
		if err := errors.Join(errs...); err != nil {
			t.Error(err)
		}
		for _, c := range s.calls(0, "CreateInvalidation") {
			if c.Code != "" {
				t.Errorf("CloudFront said %s", c.Code)
			}
		}
	})
}
