package run

import (
	"context"
	"time"
)

// insyncMargin is how long Route 53 usually takes to tell its name servers.
// Source: Route 53 API reference, GetChange.
const insyncMargin = time.Minute

// A Spread is how far the changes of DNS records that a run has made have come: to the
// name servers of the zone, which can be asked, and to resolvers, which keep what they
// were told for its TTL. It is asked with the time of a look. The zero Spread is that of a
// run that has changed nothing.
type Spread struct {
	changes map[string]string // the last outstanding one by zone: where it is everywhere, so are those before it
	held    time.Duration     // the longest TTL among the records that they replace
	unheard time.Time         // when changes whose answer was lost will have reached the name servers
	cached  time.Time         // until when resolvers may hold a record that was replaced
}

// Sent takes down a change of a zone: its id, what is known of it, and how long resolvers
// keep what it replaces, 0 where that does not matter. If one without an answer took
// effect, its id is lost, and nobody can ask how far it is: it is given the usual time
// from now on.
func (s *Spread) Sent(zone, id string, e Effect, held time.Duration, now time.Time) {
	switch e {
	case NoEffect:
	case Unanswered, Doubtful:
		s.unheard = now.Add(insyncMargin)
		if held > 0 {
			s.hold(s.unheard.Add(held))
		}
	case Made:
		if s.changes == nil {
			s.changes = map[string]string{}
		}
		s.changes[zone], s.held = id, max(s.held, held)
	}
}

// Assume reckons with a change that an earlier run made. When that was is on no record, so
// it counts as just now.
func (s *Spread) Assume(held time.Duration, now time.Time) { s.hold(now.Add(insyncMargin + held)) }

func (s *Spread) hold(until time.Time) {
	if until.After(s.cached) {
		s.cached = until
	}
}

// Look asks how far the changes are.
func (s *Spread) Look(ctx context.Context, insync func(ctx context.Context, zone, change string) (bool, error), now func() time.Time) error {
	for zone, id := range s.changes {
		there, err := insync(ctx, zone, id)
		if err != nil {
			return err
		}
		if there {
			delete(s.changes, zone)
		}
	}
	if len(s.changes) == 0 && s.held > 0 { // until now a name server may have handed out the old records
		s.hold(now().Add(s.held))
		s.held = 0
	}
	return nil
}

// Pending says whether some name server may lack a change that was made.
func (s *Spread) Pending() bool { return len(s.changes) > 0 }

// Unheard says whether some name server may lack a change that has no answer.
func (s *Spread) Unheard(now time.Time) bool { return now.Before(s.unheard) }

// Cached says whether resolvers may hold a record that was replaced.
func (s *Spread) Cached(now time.Time) bool { return s.held > 0 || now.Before(s.cached) }
