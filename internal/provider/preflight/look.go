package preflight

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/bluegreenswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// A looker sees what the switch sees, and then what else there is to see.
type looker struct {
	p     *configured.Provider
	since time.Time // answers asked for later than this are good enough
	seen  preflight.Switch
	// listed: it goes by what lists say of the sides, which is what was said.
	listed bool
	said   map[cutover.Side]cloudfrontapi.Summary
	denials
}

// look looks at a cutover. Where many are asked about it goes by what lists say of the sides, as
// long as nothing is found: a list may lag behind, so what is found is told only if each side
// says the same of itself.
func look(ctx context.Context, p *configured.Provider, spec switchover.Spec) (*looker, error) {
	since := p.Recent()
	if p.Crowded() && unjoined(ctx, p) {
		if l, err := lookBy(ctx, p, spec, since, true); err == nil && (len(l.seen.Of()) == 0 || l.confirmed(ctx)) {
			return l, nil
		}
	}
	return lookBy(ctx, p, spec, since, false)
}

// unjoined says that no distribution of the account has a continuous deployment policy, because
// there is none: which has one, no list says.
func unjoined(ctx context.Context, p *configured.Provider) bool {
	policies, err := p.Policies(ctx)
	return err == nil && len(policies) == 0
}

func lookBy(ctx context.Context, p *configured.Provider, spec switchover.Spec, since time.Time, listed bool) (*looker, error) {
	obs, err := bluegreenswitch.Observe(ctx, p, spec, since, listed)
	if err != nil {
		return nil, err
	}
	l := &looker{p: p, since: since, listed: listed, said: map[cutover.Side]cloudfrontapi.Summary{}}
	l.seen = preflight.Switch{Spec: spec, Obs: obs, Now: p.Clock.Now(), Sides: map[cutover.Side]preflight.Side{}}
	for _, z := range spec.Zones { // who may not ask what is protected is told by Route 53
		if action := obs.Guards[z.ID].Denied; action != "" {
			l.list = append(l.list, preflight.Denied{Action: action, Optional: true})
		}
	}
	for _, further := range []func(context.Context) error{l.sides, l.owners} {
		if err := p.Patiently(ctx, func() error { return further(ctx) }); err != nil {
			return l, err
		}
	}
	return l, nil
}

// denials are the actions that AWS refused to the credentials.
type denials struct{ list []preflight.Denied }

// denied notes a denial, and passes every other error on.
func (d *denials) denied(err error, optional bool) error {
	if !errors.Is(err, awsapi.ErrDenied) {
		return err
	}
	if one := (preflight.Denied{Action: awsapi.Where(awsapi.Action(err), err), Optional: optional}); !slices.Contains(d.list, one) {
		d.list = append(d.list, one)
	}
	return nil
}

// sides reads what viewers may notice of the distributions.
func (l *looker) sides(ctx context.Context) error {
	for _, side := range slices.Sorted(maps.Keys(l.seen.Obs.Sides)) {
		d, policy, err := l.distribution(ctx, l.seen.Obs.Sides[side].ID)
		if errors.Is(err, awsapi.ErrNotFound) {
			continue // since the look before
		}
		if err != nil {
			return err
		}
		l.said[side] = d
		s := preflight.Side{
			WebACL: d.Outline.WebACL, Policy: policy,
			Settings: []preflight.Setting{
				{Name: "minimum TLS version", Value: d.Outline.MinimumTLS}, {Name: "highest HTTP version", Value: d.Outline.HTTPVersion}, {Name: "price class", Value: d.Outline.PriceClass},
			},
		}
		s.Erasable = erasable(d.Outline)
		if s.Certificate, err = l.certificate(ctx, d); err != nil {
			return err
		}
		l.seen.Sides[side] = s
	}
	return nil
}

// distribution reads a distribution, and which policy it has.
func (l *looker) distribution(ctx context.Context, id string) (d cloudfrontapi.Summary, policy string, err error) {
	if l.listed {
		d, err = l.p.Of(id).CloudFront.SharedSummary(ctx, id)
		return d, "", err
	}
	whole, err := l.p.Of(id).CloudFront.Distribution(ctx, id, l.since)
	return whole.Summary, whole.Policy, err
}

// confirmed says whether each side says of itself what lists have said of it.
func (l *looker) confirmed(ctx context.Context) bool {
	for side, id := range l.seen.Spec.Sides {
		d, err := l.p.Of(id).CloudFront.Distribution(ctx, id, l.since)
		if gone := errors.Is(err, awsapi.ErrNotFound); err != nil && !gone || d.Policy != "" || !reflect.DeepEqual(d.Summary, l.said[side]) {
			return false
		}
	}
	return true
}

// erasable lists what hashicorp/aws does not know of a distribution.
func erasable(o cloudfrontapi.Outline) []preflight.Erasable {
	var out []preflight.Erasable
	for _, o := range o.Origins {
		out = append(out, preflight.Erasable{Element: "the read timeout", Of: "the S3 origin " + o.ID, Value: fmt.Sprintf("%d s", o.S3ReadTimeout)})
	}
	for _, g := range o.Groups {
		out = append(out, preflight.Erasable{Element: "the selection criteria", Of: "the origin group " + g.ID, Value: g.Selection})
	}
	return out
}

// certificate returns nil for one that cannot be read.
func (l *looker) certificate(ctx context.Context, d cloudfrontapi.Summary) (*preflight.Certificate, error) {
	if d.CertificateARN == "" {
		return nil, nil
	}
	c, err := l.p.Of(d.ID).ACM.Certificate(ctx, d.CertificateARN)
	if err != nil {
		if err = l.denied(err, true); errors.Is(err, awsapi.ErrNotFound) || errors.Is(err, awsapi.ErrRefused) {
			err = nil
		}
		return nil, err
	}
	return &preflight.Certificate{Valid: c.Status == "ISSUED", Status: c.Status, Until: c.NotAfter}, nil
}

// owners asks who has the names that no side has, and what lies under wildcards
// that move. It asks about one name in any case: a cutover that meets a stranger
// half-way has to be allowed to ask who that is.
func (l *looker) owners(ctx context.Context) error {
	l.seen.Under = map[string]map[string]string{}
	if l.seen.Obs.Asking == "" { // no side exists on whose behalf one could ask
		return nil
	}
	asking, _, err := l.distribution(ctx, l.seen.Obs.Asking)
	if err != nil {
		return err
	}
	for i, name := range l.seen.Spec.Names {
		_, side := l.seen.Spec.SideOf(l.seen.Obs.Owner(l.seen.Spec, name))
		wild := strings.HasPrefix(name, "*.")
		if side && !wild && i > 0 {
			continue
		}
		conflicts, err := l.p.Of(asking.ID).CloudFront.Conflicts(ctx, asking, name)
		switch {
		case errors.Is(err, awsapi.ErrDenied):
			return l.denied(err, false)
		case errors.Is(err, awsapi.ErrRefused):
			continue // the certificate does not cover the name; the switch says so
		case err != nil:
			return err
		}
		for _, c := range conflicts {
			if wild && c.Alias != name {
				if l.seen.Under[name] == nil {
					l.seen.Under[name] = map[string]string{}
				}
				l.seen.Under[name][c.Alias] = c.ID
			}
		}
	}
	return nil
}
