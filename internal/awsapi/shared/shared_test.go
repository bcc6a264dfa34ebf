package shared_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/shared"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func TestAListIsReadByHalvesOfWhatWasAsked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		is   shared.Count
		want shared.Way
	}{
		{"the first thing", shared.Count{Asked: 1}, shared.One},
		{"a pair, as one switch has", shared.Count{Asked: 2}, shared.One},
		{"a third thing", shared.Count{Asked: 3}, shared.Page},
		{"which was not on the first page", shared.Count{Asked: 3, Pages: 1}, shared.One},
		{"nor a fourth", shared.Count{Asked: 4, Pages: 1}, shared.One},
		{"a fifth", shared.Count{Asked: 5, Pages: 1}, shared.Page},
		{"ten, on none of four pages", shared.Count{Asked: 10, Pages: 4}, shared.One},
		{"ten, of which one was on six pages", shared.Count{Asked: 10, Pages: 6, Found: 1}, shared.Page},
		{"ten, of which one was on seven", shared.Count{Asked: 10, Pages: 7, Found: 1}, shared.One},
		{"ten, of a list that goes on and on", shared.Count{Asked: 10, Pages: 15, Found: 5}, shared.One},
		{"hundreds, of a long list", shared.Count{Asked: 500, Pages: 9}, shared.Page},
		{"hundreds, of a list that is read", shared.Count{Asked: 500, Pages: 10, Whole: true}, shared.One},
		{"hundreds, where nobody may list", shared.Count{Asked: 500, Denied: true}, shared.One},
	} {
		if got := shared.Next(c.is); got != c.want {
			t.Errorf("%s: %+v: %s, want %s", c.name, c.is, got, c.want)
		}
	}
}

func sleep(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

const onPage = 10

// account is a list of things 0, 1, 2 …, each of which says of itself which write was its last.
type account struct {
	mu     sync.Mutex
	size   int
	takes  time.Duration // an answer
	ones   int
	pages  int
	writes int
	lags   int // how many writes the list does not show yet
	fails  error
}

func (a *account) listing() *shared.Listing[string] {
	return &shared.Listing[string]{
		Clock: clock.System{},
		One: func(ctx context.Context, id string) (string, error) {
			a.mu.Lock()
			a.ones++
			n, err := strconv.Atoi(id)
			known, said := err == nil && n < a.size, fmt.Sprintf("%s after %d", id, a.writes)
			a.mu.Unlock()
			sleep(a.takes)
			if !known {
				return "", awsapi.ErrNotFound
			}
			return said, nil
		},
		Page: func(ctx context.Context, marker string) (map[string]string, string, error) {
			a.mu.Lock()
			a.pages++
			from, _ := strconv.Atoi(marker)
			page, next := map[string]string{}, ""
			for n := from; n < min(a.size, from+onPage); n++ {
				page[strconv.Itoa(n)] = fmt.Sprintf("%d after %d", n, a.writes-a.lags)
			}
			if from+onPage < a.size {
				next = strconv.Itoa(from + onPage)
			}
			fails := a.fails
			a.mu.Unlock()
			sleep(a.takes)
			return page, next, fails
		},
	}
}

// ask has readers ask about things, so many at a time, and returns what they were told.
func ask(t *testing.T, l *shared.Listing[string], readers int, things []int) {
	t.Helper()
	next := make(chan int)
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			for n := range next {
				if got, err := l.Look(t.Context(), strconv.Itoa(n)); err != nil || got != fmt.Sprintf("%d after 0", n) {
					t.Errorf("%d: %q, %v", n, got, err)
				}
			}
		})
	}
	for _, n := range things {
		next <- n
	}
	close(next)
	all.Wait()
}

// However many ask, about whichever part of a list, in whichever order: what it takes stays
// near the least of what questions would take and what the list would.
func TestAListIsReadWhereThatCostsLess(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 5, 20, 100, 400} {
		for _, asked := range []int{1, 2, 3, 4, 6, 10, 20, 100, 400} {
			for _, readers := range []int{1, 10, 50} {
				if asked > size {
					continue
				}
				synctest.Test(t, func(t *testing.T) {
					a := &account{size: size, takes: 10 * time.Millisecond}
					ask(t, a.listing(), readers, dice.Perm(size)[:asked])
					calls, list := a.ones+a.pages, (size+onPage-1)/onPage
					if most := min(5*asked/2, max(list+12, 2*list)); calls > most || asked <= 2 && a.pages > 0 {
						t.Errorf("%d of %d by %d readers: %d questions and %d pages of %d, want %d calls at most, and no page for a pair", asked, size, readers, a.ones, a.pages, list, most)
					}
				})
			}
		}
	}
}

func TestWhatIsOnNoPageIsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 5}
		l := a.listing()
		ask(t, l, 1, []int{0, 1, 2, 3})
		if _, err := l.Look(t.Context(), "7"); !errors.Is(err, awsapi.ErrNotFound) || a.pages != 1 {
			t.Errorf("%v after %d pages", err, a.pages)
		}
	})
}

func TestAnAnswerIsSharedForAMinuteAndNotAfterAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 5}
		l := a.listing()
		expect := func(want string) {
			t.Helper()
			if got, err := l.Look(t.Context(), "4"); err != nil || got != want {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
		}
		ask(t, l, 1, []int{0, 1, 2, 3, 4})
		a.writes++ // by somebody else
		expect("4 after 0")
		sleep(shared.Lasts)
		expect("4 after 0")
		sleep(time.Nanosecond)
		expect("4 after 1")
		a.writes++
		l.Forget()
		expect("4 after 2")
	})
}

// An answer to a question of before a write is nobody's, though it comes after it.
func TestAPageThatAWriteOvertakesTellsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 5, takes: time.Second}
		l := a.listing()
		ask(t, l, 1, []int{0, 1})
		told := make(chan string, 1)
		go func() {
			got, _ := l.Look(t.Context(), "2") // by a page
			told <- got
		}()
		synctest.Wait()
		a.mu.Lock()
		a.writes++
		a.mu.Unlock()
		l.Forget()
		if got := <-told; got != "2 after 1" {
			t.Errorf("%q", got)
		}
		if got, _ := l.Look(t.Context(), "4"); got != "4 after 1" {
			t.Errorf("%q", got)
		}
	})
}

func TestWhoeverMayNotListAsksAboutEach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 50, takes: time.Millisecond, fails: awsapi.ErrDenied}
		l := a.listing()
		ask(t, l, 10, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
		sleep(2 * shared.Lasts)
		ask(t, l, 10, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
		if a.pages != 1 || a.ones != 26 {
			t.Errorf("%d pages, %d questions", a.pages, a.ones)
		}
	})
}

// Whoever waits for somebody else's page is neither held up by its end without an answer nor
// told of it.
func TestAFailureIsWhoseQuestionItWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 50, takes: time.Second, fails: awsapi.ErrThrottled}
		l := a.listing()
		ask(t, l, 1, []int{0, 1})
		failed, told := make(chan error, 1), make(chan error, 1)
		go func() { _, err := l.Look(t.Context(), "2"); failed <- err }()
		synctest.Wait()
		go func() { _, err := l.Look(t.Context(), "3"); told <- err }()
		synctest.Wait()
		a.mu.Lock()
		a.fails = nil
		a.mu.Unlock()
		if err := <-failed; !errors.Is(err, awsapi.ErrThrottled) {
			t.Errorf("the one who asked: %v", err)
		}
		if err := <-told; err != nil {
			t.Errorf("the one who waited: %v", err)
		}
		within, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		l.Forget()
		go func() { _, _ = l.Look(t.Context(), "4") }()
		synctest.Wait()
		if _, err := l.Look(within, "4"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the one who gave up: %v", err)
		}
		sleep(time.Minute)
	})
}

func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var answers shared.Answers[int]
		asked := 0
		look := func(err error) (int, error) {
			return answers.Look(t.Context(), clock.System{}, "zone", func(context.Context) (int, error) {
				asked++
				sleep(time.Second)
				return asked, err
			})
		}
		if _, err := look(awsapi.ErrThrottled); !errors.Is(err, awsapi.ErrThrottled) {
			t.Error(err)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if got, err := look(nil); got != 2 || err != nil {
					t.Errorf("%d, %v", got, err)
				}
			})
		}
		all.Wait()
		sleep(shared.Lasts)
		if got, err := look(nil); got != 3 || err != nil {
			t.Errorf("a minute later: %d, %v", got, err)
		}
	})
}

// Whoever has no id to ask about reads no page that others have read, and none after the one that
// tells him.
func TestWhoeverSeeksSharesThePagesOfThoseWhoAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 50, takes: time.Second}
		l := a.listing()
		seek := func(want string, found bool, pages int) {
			t.Helper()
			got, ok, err := l.Find(t.Context(), func(s string) bool { return s == want })
			if err != nil || ok != found || ok && got != want || !ok && got != "" || a.pages != pages {
				t.Errorf("%q: %q, %v, %v after %d pages, want %d", want, got, ok, err, a.pages, pages)
			}
		}
		seek("14 after 0", true, 2)
		ask(t, l, 3, []int{0, 5, 14, 19})
		if a.ones != 0 {
			t.Errorf("%d were asked about that had been listed", a.ones)
		}
		var all sync.WaitGroup
		for range 5 { // at a time
			all.Go(func() {
				if got, ok, err := l.Find(t.Context(), func(s string) bool { return s == "33 after 0" }); !ok || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
		all.Wait()
		seek("33 after 0", true, 4)
		seek("50 after 0", false, 5)
		if all, err := l.All(t.Context()); len(all) != 50 || err != nil || a.pages != 5 {
			t.Errorf("all are %d, %v after %d pages", len(all), err, a.pages)
		}
		a.writes++
		l.Forget()
		seek("14 after 1", true, 7)
		if all, err := l.All(t.Context()); len(all) != 50 || err != nil || a.pages != 10 {
			t.Errorf("all are %d, %v after %d pages", len(all), err, a.pages)
		}
	})
}

// What lags behind is what a list says: what a thing has said of itself is found first.
func TestWhatAThingSaysOfItselfIsFoundBeforeWhatAListDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 50, writes: 1, lags: 1}
		l := a.listing()
		if _, err := l.Look(t.Context(), "9"); err != nil {
			t.Fatal(err)
		}
		got, ok, err := l.Find(t.Context(), func(s string) bool { return strings.HasSuffix(s, " after 1") || strings.HasPrefix(s, "1 ") })
		if got != "9 after 1" || !ok || err != nil || a.pages != 0 {
			t.Errorf("%q, %v after %d pages", got, err, a.pages)
		}
	})
}

func TestWhoeverMayNotListIsToldSoWhenHeSeeks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &account{size: 50, fails: awsapi.ErrDenied}
		l := a.listing()
		for range 2 {
			if _, ok, err := l.Find(t.Context(), func(string) bool { return true }); ok || !errors.Is(err, awsapi.ErrDenied) {
				t.Errorf("%v, %v", ok, err)
			}
			if all, err := l.All(t.Context()); all != nil || !errors.Is(err, awsapi.ErrDenied) {
				t.Errorf("%v, %v", all, err)
			}
		}
		if a.pages != 1 {
			t.Errorf("asked %d times", a.pages)
		}
		a = &account{size: 50, fails: awsapi.ErrThrottled}
		if _, ok, err := a.listing().Find(t.Context(), func(string) bool { return true }); ok || !errors.Is(err, awsapi.ErrThrottled) {
			t.Errorf("%v, %v", ok, err)
		}
	})
}
