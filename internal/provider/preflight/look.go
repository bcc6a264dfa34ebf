package preflight

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	denials
}

func look(ctx context.Context, p *configured.Provider, spec switchover.Spec) (*looker, error) {
	obs, err := bluegreenswitch.Observe(ctx, p, spec)
	if err != nil {
		return nil, err
	}
	l := &looker{p: p, since: p.Clock.Now().Add(-p.Poll / 2)}
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
	if one := (preflight.Denied{Action: awsapi.Action(err), Optional: optional}); !slices.Contains(d.list, one) {
		d.list = append(d.list, one)
	}
	return nil
}

// sides reads what viewers may notice of the distributions.
func (l *looker) sides(ctx context.Context) error {
	for _, side := range slices.Sorted(maps.Keys(l.seen.Obs.Sides)) {
		d, err := l.p.CloudFront.Distribution(ctx, l.seen.Obs.Sides[side].ID, l.since)
		if errors.Is(err, awsapi.ErrNotFound) {
			continue // since the look before
		}
		if err != nil {
			return err
		}
		f := d.Facts()
		s := preflight.Side{
			WebACL: f.WebACL, Policy: f.DeploymentPolicy,
			Settings: []preflight.Setting{
				{Name: "minimum TLS version", Value: f.MinimumTLS}, {Name: "highest HTTP version", Value: f.HTTPVersion}, {Name: "price class", Value: f.PriceClass},
			},
		}
		s.Erasable = erasable(f)
		if s.Certificate, err = l.certificate(ctx, d); err != nil {
			return err
		}
		l.seen.Sides[side] = s
	}
	return nil
}

// erasable lists what hashicorp/aws does not know of a distribution.
func erasable(f cloudfrontapi.Facts) []preflight.Erasable {
	var out []preflight.Erasable
	for _, o := range f.Origins {
		if o.S3ReadTimeout > 0 {
			out = append(out, preflight.Erasable{Element: "the read timeout", Of: "the S3 origin " + o.ID, Value: fmt.Sprintf("%d s", o.S3ReadTimeout)})
		}
	}
	for _, g := range f.OriginGroups {
		if g.Selection != "" {
			out = append(out, preflight.Erasable{Element: "the selection criteria", Of: "the origin group " + g.ID, Value: g.Selection})
		}
	}
	return out
}

// certificate returns nil for one that cannot be read.
func (l *looker) certificate(ctx context.Context, d cloudfrontapi.Distribution) (*preflight.Certificate, error) {
	if d.CertificateARN == "" {
		return nil, nil
	}
	c, err := l.p.ACM.Certificate(ctx, d.CertificateARN)
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
	asking, err := l.p.CloudFront.Distribution(ctx, l.seen.Obs.Asking, l.since)
	if err != nil {
		return err
	}
	for i, name := range l.seen.Spec.Names {
		_, side := l.seen.Spec.SideOf(l.seen.Obs.Owner(l.seen.Spec, name))
		wild := strings.HasPrefix(name, "*.")
		if side && !wild && i > 0 {
			continue
		}
		conflicts, err := l.p.CloudFront.Conflicts(ctx, asking, name)
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
