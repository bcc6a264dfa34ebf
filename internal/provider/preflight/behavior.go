package preflight

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/behaviorswitch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// behaviors is the question about a switch of behaviours, nil while it is not known.
func (m *model) behaviors(ctx context.Context) (*behaviorswitch.Question, diag.Diagnostics) {
	if m.Behaviors.IsNull() || m.Behaviors.IsUnknown() {
		return nil, nil
	}
	asked := &behaviorswitch.Question{}
	return asked, m.Behaviors.As(ctx, asked, basetypes.ObjectAsOptions{})
}

// within says of diagnostics of a resource's attributes that these are members of another one.
func within(name string, all diag.Diagnostics) diag.Diagnostics {
	var out diag.Diagnostics
	for _, d := range all {
		if about, ok := d.(diag.DiagnosticWithPath); ok {
			at := path.Root(name)
			for _, step := range about.Path().Steps() {
				switch s := step.(type) {
				case path.PathStepAttributeName:
					at = at.AtName(string(s))
				case path.PathStepElementKeyString:
					at = at.AtMapKey(string(s))
				case path.PathStepElementKeyInt:
					at = at.AtListIndex(int(s))
				case path.PathStepElementKeyValue:
					at = at.AtSetValue(s.Value)
				}
			}
			d = diag.WithPath(at, d)
		}
		out.Append(d)
	}
	return out
}

func (d *DataSource) behaviors(ctx context.Context, m *model, alarms []gate.Alarm) ([]worded, diag.Diagnostics) {
	asked, out := m.behaviors(ctx)
	if out.HasError() || asked == nil {
		return nil, out
	}
	spec, dd := asked.Spec(ctx)
	out.Append(dd...)
	if err := d.Provider.CloudFront.Quotas().Fits(spec.Invalidate); err != nil {
		out.Append(within(behaviorQuestion, diag.Diagnostics{diags.TooManyForACutover(err)})...)
	}
	if out.HasError() {
		return nil, out
	}
	l, err := lookAtBehaviors(ctx, d.Provider, spec)
	if err == nil {
		l.seen.Alarms, err = lookAtAlarms(ctx, d.Provider, alarms, &l.denials)
	}
	if err != nil {
		out.Append(diags.NotAsked(err))
		return nil, out
	}
	l.seen.Denied = l.list
	m.Untried = permissions.Writes([]string{"cdn_behavior_switch"}, permissions.Options{Invalidate: true, Functions: l.functions()})
	return inWordsOfBehaviors(spec, l.seen.Of()), out
}

// A behaviorLooker sees what a switch of behaviours sees, and then what else there is to see.
type behaviorLooker struct {
	p    *configured.Provider
	seen preflight.Behaviors
	denials
}

func lookAtBehaviors(ctx context.Context, p *configured.Provider, spec behavior.Spec) (*behaviorLooker, error) {
	l := &behaviorLooker{p: p}
	obs, d, err := behaviorswitch.Observe(ctx, p, spec, p.Recent())
	if err != nil {
		return l, err
	}
	l.seen.Spec, l.seen.Obs = spec, obs
	if !obs.Exists {
		return l, nil // an obstacle
	}
	l.seen.Erasable = erasable(d.Outline)
	for f, to := range spec.Target() {
		if _, asked := obs.Lambdas[to.Text]; f.Name == behavior.Lambda && to.Text != "" && obs.Values[f].Text != to.Text && !asked {
			l.list = []preflight.Denied{{Action: "lambda:GetFunctionConfiguration", Optional: true}}
		}
	}
	return l, p.Patiently(ctx, func() error { return l.caching(ctx, d) })
}

// caching reads how long edge locations keep the answers of the behaviours.
func (l *behaviorLooker) caching(ctx context.Context, d cloudfrontapi.Distribution) error {
	c := behavior.Caching{TTL: map[behavior.Pattern]behavior.TTL{}, Errors: map[int]time.Duration{}}
	for code, s := range d.ErrorTTLs() {
		c.Errors[code] = time.Duration(s) * time.Second
	}
	asked := map[behavior.Pattern]bool{}
	for _, p := range l.seen.Spec.Patterns {
		asked[p] = true
	}
	policies := map[string]*cloudfrontapi.TTL{}
	for _, b := range d.Facts().Behaviors {
		ttl := b.TTL
		if !asked[behavior.Pattern(b.Name)] {
			continue
		}
		if ttl == nil && b.CachePolicy != "" {
			known, ok := policies[b.CachePolicy]
			if !ok {
				var err error
				if known, err = l.policy(ctx, b.CachePolicy); err != nil {
					return err
				}
				policies[b.CachePolicy] = known
			}
			ttl = known
		}
		if ttl != nil {
			c.TTL[behavior.Pattern(b.Name)] = behavior.TTL{Min: time.Duration(ttl.Min) * time.Second, Default: time.Duration(ttl.Default) * time.Second, Max: time.Duration(ttl.Max) * time.Second}
		}
	}
	l.seen.Caching = c
	return nil
}

// policy returns nil for one that cannot be read.
func (l *behaviorLooker) policy(ctx context.Context, id string) (*cloudfrontapi.TTL, error) {
	ttl, err := l.p.PolicyTTL(ctx, id)
	if err == nil {
		return &ttl, nil
	}
	if err = l.denied(err, true); errors.Is(err, awsapi.ErrNotFound) || errors.Is(err, awsapi.ErrRefused) {
		err = nil
	}
	return nil, err
}

// functions says whether any side names a version of a function.
func (l *behaviorLooker) functions() bool {
	for _, d := range l.seen.Spec.Sides {
		for f := range maps.Keys(d) {
			if f.Name == behavior.Lambda {
				return true
			}
		}
	}
	return false
}
