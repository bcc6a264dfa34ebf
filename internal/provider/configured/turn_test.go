package configured_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

func TestOneInstanceAtATimeIsAboutAThing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p configured.Provider
		first, err := p.Turn(t.Context(), "b", "a", "a")
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		finished := make(chan struct{})
		go func() {
			defer close(finished)
			second, err := p.Turn(t.Context(), "c", "b")
			if err != nil {
				t.Error(err)
			}
			order = append(order, "second")
			second()
		}()
		synctest.Wait()
		order = append(order, "first")
		first()
		<-finished
		if order[0] != "first" || len(order) != 2 {
			t.Errorf("%q", order)
		}
		if again, err := p.Turn(t.Context(), "a", "b", "c"); err != nil {
			t.Error(err)
		} else {
			again()
		}
	})
}

func TestATurnIsNotWaitedForAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p configured.Provider
		done, err := p.Turn(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := p.Turn(ctx, "a", "b"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		done()
		if free, err := p.Turn(t.Context(), "a"); err != nil { // who gave up holds nothing
			t.Error(err)
		} else {
			free()
		}
	})
}

func TestWhatIsKeptIsKeptByName(t *testing.T) {
	t.Parallel()
	var p configured.Provider
	p.Keep("a")
	if !p.Kept("a") || p.Kept("b") {
		t.Error("mixed up")
	}
}
