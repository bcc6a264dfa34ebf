package run_test

import (
	"context"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

func TestAChangeWithoutAnAnswerIsWaitedForFromThenOn(t *testing.T) {
	t.Parallel()
	const ttl = 5 * time.Minute
	start := time.Unix(1e9, 0)
	for name, c := range map[string]struct {
		effect          run.Effect
		held            time.Duration
		unheard, cached time.Duration // since the change; the name servers have it after 20 s
	}{
		"made":                            {run.Made, ttl, 0, 20*time.Second + ttl},
		"made, and nothing is held":       {run.Made, 0, 0, 0},
		"refused":                         {run.NoEffect, ttl, 0, 0},
		"unanswered":                      {run.Unanswered, ttl, time.Minute, time.Minute + ttl},
		"doubtful":                        {run.Doubtful, ttl, time.Minute, time.Minute + ttl},
		"unanswered, and nothing is held": {run.Unanswered, 0, time.Minute, 0},
	} {
		var s run.Spread
		s.Sent("Z1", "C1", c.effect, c.held, start)
		var unheard, cached time.Duration
		for at := time.Duration(0); at < time.Hour; at += time.Second {
			now := start.Add(at)
			if err := s.Look(context.Background(), func(context.Context, string, string) (bool, error) { return at >= 20*time.Second, nil }, func() time.Time { return now }); err != nil {
				t.Fatal(err)
			}
			if made := c.effect == run.Made; s.Pending() != (made && at < 20*time.Second) {
				t.Errorf("%s: pending is %v after %s", name, s.Pending(), at)
			}
			if s.Unheard(now) {
				unheard = at + time.Second
			}
			if s.Cached(now) {
				cached = at + time.Second
			}
		}
		if unheard != c.unheard || cached != c.cached {
			t.Errorf("%s: unheard for %s and cached for %s, want %s and %s", name, unheard, cached, c.unheard, c.cached)
		}
	}
}
