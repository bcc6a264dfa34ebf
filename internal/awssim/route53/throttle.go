package route53

import (
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// Token buckets per account and action, and one for change throughput in which a
// CREATE or DELETE costs 1 and an UPSERT 2. Source: Route 53 quotas page.
const (
	actionBurst, actionRate = 50, 10
	createCheckRate         = 0.5
	changeBurst, changeRate = 1500, 100
)

type bucket struct {
	tokens float64
	at     time.Time
}

// take removes n tokens and says whether there were as many.
func (b *bucket) take(n, burst, rate float64, now time.Time) bool {
	if b.at.IsZero() {
		b.tokens = burst
	} else if d := now.Sub(b.at); d > 0 {
		b.tokens = min(burst, b.tokens+d.Seconds()*rate)
	}
	b.at = now
	if b.tokens < n {
		return false
	}
	b.tokens -= n
	return true
}

func (s *Service) bucket(name string) *bucket {
	if s.buckets[name] == nil {
		s.buckets[name] = &bucket{}
	}
	return s.buckets[name]
}

func (s *Service) throttle(action string) error {
	rate := float64(actionRate)
	if action == "CreateHealthCheck" {
		rate = createCheckRate
	}
	return s.take(action, 1, actionBurst, rate)
}

func (s *Service) throttleChanges(cost int) error {
	return s.take("changes", float64(cost), changeBurst, changeRate)
}

func (s *Service) take(name string, n, burst, rate float64) error {
	if !s.opt.Knobs.RecordThrottling || s.bucket(name).take(n, burst, rate, s.now()) {
		return nil
	}
	return wire.Errorf("Throttling", "Rate exceeded")
}
