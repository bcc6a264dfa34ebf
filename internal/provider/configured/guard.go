package configured

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Guard asks, for one run, what keeps Route 53 from changing records. Nobody needs to
// be allowed to ask about protections, and not every server knows the call: whoever
// cannot be told goes on, and Route 53 has the last word.
type Guard struct {
	known map[string]cutover.Guard // by zone id
	asked map[string]time.Time     // when
}

// guarded is how long a run that only waits goes by what it was told: each look asks
// about a zone twice, and people protect records more seldom than that.
const guarded = 5 * time.Minute

// Still asks again before a write, and says whether a zone is guarded as when it was
// decided on.
func (g *Guard) Still(ctx context.Context, p *Provider, zone string) (bool, error) {
	then := g.known[zone]
	g.asked = nil
	now, err := g.Look(ctx, p, zone)
	return now.Locked == then.Locked && maps.Equal(now.Protected, then.Protected), err
}

// Look asks about one zone; of one that does not exist there is nothing to say.
func (g *Guard) Look(ctx context.Context, p *Provider, zone string) (cutover.Guard, error) {
	now := p.Clock.Now()
	known, ok := g.known[zone]
	if at, fresh := g.asked[zone]; fresh && now.Sub(at) < guarded {
		return known, nil
	}
	locked, err := p.Route53.Locked(ctx, zone)
	if err != nil {
		if errors.Is(err, awsapi.ErrNotFound) {
			err = nil
		}
		return cutover.Guard{}, err
	}
	if ok && known.Denied != "" { // there is no use in asking again
		known.Locked = locked
		return g.keep(zone, known, now), nil
	}
	out := cutover.Guard{Locked: locked, Protected: map[cutover.RecordKey]string{}}
	list, err := p.Route53.Protections(ctx, zone)
	switch {
	case err == nil:
		for _, one := range list {
			out.Protected[cutover.RecordKey{Name: one.Name, Type: one.Type}] = one.Comment
		}
		return g.keep(zone, out, now), nil
	case ctx.Err() != nil:
		return out, err
	case awsapi.Transient(err): // it was asked more than once; the next look asks again
		return out, nil
	}
	out.Denied = awsapi.Action(err)
	return g.keep(zone, out, now), nil
}

// keep remembers an answer, unless it is one that is waited out.
func (g *Guard) keep(zone string, seen cutover.Guard, at time.Time) cutover.Guard {
	if g.known == nil {
		g.known = map[string]cutover.Guard{}
	}
	if g.asked == nil {
		g.asked = map[string]time.Time{}
	}
	g.known[zone] = seen
	if delete(g.asked, zone); seen.Locked == "" {
		g.asked[zone] = at
	}
	return seen
}

// SharedGuard is what Look says, by an answer that the readers of a process share: for who
// compares it with what is known already, and writes nothing.
func (p *Provider) SharedGuard(ctx context.Context, zone string) (cutover.Guard, error) {
	return p.guards.Look(ctx, p.Clock, zone, func(ctx context.Context) (cutover.Guard, error) { return (&Guard{}).Look(ctx, p, zone) })
}
