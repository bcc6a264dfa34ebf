package route53

import "time"

// A Check is what the checkers saw of a health check at one moment.
type Check struct {
	ID      string
	At      time.Time
	Healthy bool
}

// Checks lists what was seen of every health check at each full minute from from,
// but not before the check was made, and before to.
func (s *Service) Checks(from, to time.Time) []Check {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []Check
	for _, c := range s.checks {
		at := from.Truncate(time.Minute)
		for ; at.Before(from) || at.Before(c.made); at = at.Add(time.Minute) {
		}
		for ; at.Before(to); at = at.Add(time.Minute) {
			out = append(out, Check{c.id, at, c.healthy(at)})
		}
	}
	return out
}
