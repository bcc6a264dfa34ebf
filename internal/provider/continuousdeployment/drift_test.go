package continuousdeployment_test

import (
	"context"
	"testing"
)

func TestAPolicyThatIsGoneIsMadeAgain(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		was, _ := w.policy(t)
		w.AttachByHand(w.Blue, "")
		w.Settle()
		if d, err := w.Refresh(context.Background()); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		w.ForgetByHand(was)
		w.apply(t, joined(w.Env))
		if is, _ := w.policy(t); is == was || w.PolicyOn(w.Blue) != is {
			t.Errorf("policy %s, the primary has %q", is, w.PolicyOn(w.Blue))
		}
	})
}

func TestSomebodyElsesDetachIsRepaired(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, joined(w.Env))
		w.AttachByHand(w.Blue, "")
		w.Settle()
		p, err := w.Plan(context.Background(), joined(w.Env))
		if err != nil || p.Empty() {
			t.Fatal("a plan does not show it", err)
		}
		w.apply(t, joined(w.Env))
		w.ExpectSilent(w.Core, joined(w.Env))
	})
}
