package configured

import (
	"context"
	"errors"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Guard asks, for one run, what keeps Route 53 from changing records. Nobody needs to
// be allowed to ask about protections, and not every server knows the call: whoever
// cannot be told goes on, and Route 53 has the last word.
type Guard struct {
	known map[string]cutover.Guard // by zone id: there is no use in asking again
}

// Look asks about one zone; of one that does not exist there is nothing to say.
func (g *Guard) Look(ctx context.Context, p *Provider, zone string) (cutover.Guard, error) {
	locked, err := p.Route53.Locked(ctx, zone)
	if err != nil {
		if errors.Is(err, awsapi.ErrNotFound) {
			err = nil
		}
		return cutover.Guard{}, err
	}
	if known, ok := g.known[zone]; ok {
		known.Locked = locked
		return known, nil
	}
	out := cutover.Guard{Locked: locked, Protected: map[cutover.RecordKey]string{}}
	list, err := p.Route53.Protections(ctx, zone)
	switch {
	case err == nil:
		for _, one := range list {
			out.Protected[cutover.RecordKey{Name: one.Name, Type: one.Type}] = one.Comment
		}
		return out, nil
	case ctx.Err() != nil:
		return out, err
	case awsapi.Transient(err): // it was asked more than once; the next look asks again
		return out, nil
	}
	out.Denied = awsapi.Action(err)
	if g.known == nil {
		g.known = map[string]cutover.Guard{}
	}
	g.known[zone] = out
	return out, nil
}
