package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/s3api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/ledger"
)

const key = "snapshots/cdn-staging-promotion/E1.json"

// A store is S3 with as much of it as a ledger needs.
type store struct {
	objects map[string]s3api.Object
	writes  int
	// Errors that come instead of an answer, and what happens before the next Put.
	get, put error
	lost     bool // Put takes effect although it errs
	before   func()
}

func (s *store) Get(_ context.Context, bucket, key string) (s3api.Object, error) {
	return s.objects[bucket+"/"+key], s.get
}

func (s *store) Put(_ context.Context, bucket, key string, seen s3api.Object, body []byte) (s3api.Object, error) {
	if act := s.before; act != nil {
		s.before = nil
		act()
	}
	s.writes++
	if s.put != nil && !s.lost {
		return s3api.Object{}, s.put
	}
	if s.objects[bucket+"/"+key].ETag != seen.ETag {
		return s3api.Object{}, awsapi.ErrStale
	}
	return s.set(bucket+"/"+key, string(body)), s.put
}

func (s *store) set(key, body string) s3api.Object {
	o := s3api.Object{Body: []byte(body), ETag: fmt.Sprintf("%s after %d", body, s.writes)}
	s.objects[key] = o
	return o
}

func newStore() *store { return &store{objects: map[string]s3api.Object{}} }

// open returns a ledger that was read.
func open(t *testing.T, s *store) ledger.Ledger {
	t.Helper()
	l := ledger.New(s, "snapshots", "E1")
	if err := l.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

// again fails the test if a ledger that is read now has another entry.
func again(t *testing.T, s *store, want promotion.Entry) {
	t.Helper()
	if l := open(t, s); l.Entry() != want {
		t.Errorf("it has %+v, want %+v", l.Entry(), want)
	}
}

func nothing(context.Context) error { return nil }

var two = promotion.Entry{Release: "two", Content: "B", Settled: "A", WayBack: "config A", Before: "one", Grounds: promotion.Proven, Until: "2026-11-29T12:00:00Z"}

func TestWhoComesNextReadsWhatWasWritten(t *testing.T) {
	t.Parallel()
	s := newStore()
	l := open(t, s)
	if l.Entry() != (promotion.Entry{}) {
		t.Errorf("an empty bucket has %+v", l.Entry())
	}
	for _, e := range []promotion.Entry{two, {Release: "three", Settled: "B"}} {
		if err := l.Write(t.Context(), e); err != nil || l.Entry() != e {
			t.Fatalf("%v, %+v", err, l.Entry())
		}
		again(t, s, e)
	}
}

// Runs of other versions read it too, so the names in it stay.
func TestTheTextOfAnEntry(t *testing.T) {
	t.Parallel()
	s := newStore()
	l := open(t, s)
	e := two
	e.Failed = "503"
	if err := l.Write(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	const want = `{"release":"two","content":"B","settled":"A","way_back":"config A","failed":"503","settled_release":"one","settled_grounds":"proven","settled_until":"2026-11-29T12:00:00Z"}`
	if got := string(s.objects[key].Body); got != want {
		t.Errorf("it is %s\nwant %s", got, want)
	}
}

func TestWithoutABucketNothingIsKept(t *testing.T) {
	t.Parallel()
	s := newStore()
	s.get, s.put = awsapi.ErrDenied, awsapi.ErrDenied
	for _, l := range []ledger.Ledger{{}, ledger.New(s, "", "E1")} {
		if err := errors.Join(l.Read(t.Context()), l.Condemn(t.Context(), promotion.Attempt{}, "503", nothing)); err != nil || l.Kept() {
			t.Error(err)
		}
	}
}

func TestWhatIsNoEntryIsReplaced(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "somebody's notes", `{"release":"two","content":`, `{"release":"two","content":7}`} {
		s := newStore()
		s.set(key, body)
		l := open(t, s)
		if l.Entry() != (promotion.Entry{}) {
			t.Errorf("%q is %+v", body, l.Entry())
		}
		if err := l.Write(t.Context(), two); err != nil {
			t.Errorf("%q: %v", body, err)
		}
		again(t, s, two)
	}
}

func TestAReleaseThatFailedIsMarked(t *testing.T) {
	t.Parallel()
	failed := two
	failed.Content, failed.Failed = "C", "503"
	for name, c := range map[string]struct {
		tried promotion.Attempt
		want  promotion.Entry
	}{
		"with the content that was tried": {promotion.Attempt{Release: "two", Content: "C"}, failed},
		"another one is not":              {promotion.Attempt{Release: "three", Content: "C"}, two},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore()
			l := open(t, s)
			if err := l.Write(t.Context(), two); err != nil {
				t.Fatal(err)
			}
			for range 2 { // once is enough
				if err := l.Condemn(t.Context(), c.tried, "503", nothing); err != nil {
					t.Fatal(err)
				}
			}
			again(t, s, c.want)
			if s.writes > 2 {
				t.Errorf("%d writes", s.writes)
			}
		})
	}
}

func TestABucketThatWillNeverDoIsToldFromOneOutOfReach(t *testing.T) {
	t.Parallel()
	for err, never := range map[error]bool{awsapi.ErrRefused: true, awsapi.ErrDenied: false, awsapi.ErrThrottled: false, awsapi.ErrUnreachable: false} {
		s := newStore()
		l := open(t, s)
		s.get, s.put = err, err
		for _, got := range []error{l.Read(t.Context()), l.Write(t.Context(), two)} {
			var o *promotion.Obstacle
			if errors.As(got, &o) != never || never && o.Kind != promotion.NoBucket || !never && !errors.Is(got, err) {
				t.Errorf("%v comes out as %v", err, got)
			}
		}
		if l.Entry() != (promotion.Entry{}) {
			t.Errorf("%v, and it has %+v", err, l.Entry())
		}
	}
}

// Somebody else has written since: theirs stays, and is known to whoever decides again.
func TestWhatSomebodyElseWroteIsNotOverwritten(t *testing.T) {
	t.Parallel()
	theirs := promotion.Entry{Release: "three", Content: "C", Settled: "A"}
	s := newStore()
	mine, other := open(t, s), open(t, s)
	s.before = func() {
		if err := other.Write(t.Context(), theirs); err != nil {
			t.Error(err)
		}
	}
	if err := mine.Write(t.Context(), two); !errors.Is(err, awsapi.ErrStale) {
		t.Error(err)
	}
	if mine.Entry() != theirs {
		t.Errorf("it knows of %+v", mine.Entry())
	}
	again(t, s, theirs)
}

// Of two runs the later has begun another release: that one has not failed.
func TestNobodyElsesReleaseIsMarkedAsFailed(t *testing.T) {
	t.Parallel()
	theirs := promotion.Entry{Release: "three", Content: "C", Settled: "A"}
	s := newStore()
	mine := open(t, s)
	if err := mine.Write(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	other := open(t, s)
	s.before = func() {
		if err := other.Write(t.Context(), theirs); err != nil {
			t.Error(err)
		}
	}
	if err := mine.Condemn(t.Context(), promotion.Attempt{Release: "two", Content: "B"}, "503", nothing); err != nil {
		t.Error(err)
	}
	again(t, s, theirs)
}

func TestAnAnswerThatGotLostIsLookedFor(t *testing.T) {
	t.Parallel()
	s := newStore()
	l := open(t, s)
	s.put, s.lost = awsapi.ErrAmbiguous, true
	if err := l.Write(t.Context(), two); !errors.Is(err, awsapi.ErrAmbiguous) || l.Entry() != two {
		t.Errorf("%v, and it has %+v", err, l.Entry())
	}
	if err := l.Condemn(t.Context(), promotion.Attempt{Release: "two", Content: "B"}, "503", nothing); err != nil || s.writes != 2 {
		t.Errorf("%v after %d writes", err, s.writes)
	}
	if l.Entry().Failed != "503" {
		t.Errorf("it has %+v", l.Entry())
	}
}

// Viewers are with what failed meanwhile.
func TestViewersDoNotWaitForABucketForEver(t *testing.T) {
	t.Parallel()
	for err, writes := range map[error]int{awsapi.ErrThrottled: 5, awsapi.ErrUnreachable: 5, awsapi.ErrDenied: 1} {
		s := newStore()
		l := open(t, s)
		if err := l.Write(t.Context(), two); err != nil {
			t.Fatal(err)
		}
		s.writes, s.put = 0, err
		pauses := 0
		got := l.Condemn(t.Context(), promotion.Attempt{Release: "two", Content: "B"}, "503", func(context.Context) error { pauses++; return nil })
		if !errors.Is(got, err) || s.writes != writes || pauses != writes-1 {
			t.Errorf("%v after %d writes and %d pauses, want %v after %d", got, s.writes, pauses, err, writes)
		}
	}
	s := newStore()
	l := open(t, s)
	if err := l.Write(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	s.put = awsapi.ErrThrottled
	told := errors.New("told to stop")
	if err := l.Condemn(t.Context(), promotion.Attempt{Release: "two", Content: "B"}, "503", func(context.Context) error { return told }); !errors.Is(err, told) || strings.Contains(string(s.objects[key].Body), "503") {
		t.Error(err)
	}
}
