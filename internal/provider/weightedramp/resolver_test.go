package weightedramp_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	mdns "github.com/miekg/dns"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/binomial"
)

const (
	queries = 10_000
	alpha   = 1e-6
)

// resolve asks the name servers n times, and counts the answers that name green. Any
// query without an answer fails the test.
func resolve(t *testing.T, e *acctest.Env, name string, n int) (green int) {
	t.Helper()
	for range n {
		r := e.World.DNS().Answer(new(mdns.Msg).SetQuestion(name+".", mdns.TypeA))
		if r.Rcode != mdns.RcodeSuccess || len(r.Answer) == 0 {
			t.Fatalf("%s: %s with %d records at %s", name, mdns.RcodeToString[r.Rcode], len(r.Answer), e.World.Clock().Now())
		}
		if a, ok := r.Answer[0].(*mdns.A); ok && a.A.String() == elsewhere {
			green++
		}
	}
	return green
}

// A resolver that asks all the while always gets an answer, from simple records through
// every step and back; and where a step stands, the shares are what the step says.
func TestResolversAlwaysGetAnAnswerAndSharesAreWhatTheStepSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		c := core(e)
		mustApply(t, c, toward(e, 0))
		ctx, leave := context.WithCancel(context.Background())
		left := make(chan struct{})
		asked := 0
		go func() { // at every second, while records change
			defer close(left)
			for ctx.Err() == nil {
				resolve(t, e, www, 10)
				asked += 10
				wait(time.Second)
			}
		}()
		for _, s := range []struct {
			weight int
			steps  []any
			at     []int // where it stands on the way, in turn, and in the end
		}{
			{100, []any{1, 10, 50}, []int{1, 10, 50, 100}},
			{25, nil, []int{25}},
			{0, nil, []int{0}},
		} {
			go func() {
				// Each step takes 30 s until INSYNC, a minute until resolvers have forgotten
				// what was before, and stands for 5 minutes: this is the middle of it.
				for i, p := range s.at[:len(s.at)-1] {
					if i == 0 {
						wait(4 * time.Minute)
					} else {
						wait(7 * time.Minute)
					}
					share(t, e, p)
				}
			}()
			mustApply(t, c, toward(e, s.weight, s.steps...))
			e.Settle()
			share(t, e, s.at[len(s.at)-1])
		}
		leave()
		<-left
		t.Logf("%d queries beside those for the shares, each of them answered", asked)
	})
}

func share(t *testing.T, e *acctest.Env, percent int) {
	t.Helper()
	green := resolve(t, e, www, queries)
	low, high := binomial.Bounds(queries, float64(percent)/100, alpha)
	if green < low || green > high {
		t.Errorf("at %d %%: %d of %d answers name green, want %d to %d", percent, green, queries, low, high)
	}
	t.Logf("at %d %%: %d of %d answers name green (%d to %d)", percent, green, queries, low, high)
}
