package preflight

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/edgesplit"
)

// split is the question about an edge split, nil while it is not known.
func (m *model) split(ctx context.Context) (*edgesplit.Question, diag.Diagnostics) {
	if m.Split.IsNull() || m.Split.IsUnknown() {
		return nil, nil
	}
	asked := &edgesplit.Question{}
	return asked, m.Split.As(ctx, asked, basetypes.ObjectAsOptions{})
}

func (d *DataSource) split(ctx context.Context, m *model, alarms []gate.Alarm) ([]worded, diag.Diagnostics) {
	asked, out := m.split(ctx)
	if out.HasError() || asked == nil {
		return nil, out
	}
	spec, dd := asked.Spec(ctx)
	if out.Append(dd...); out.HasError() {
		return nil, out
	}
	l, err := lookAtSplit(ctx, d.Provider, asked, spec)
	if err == nil {
		l.seen.Alarms, err = lookAtAlarms(ctx, d.Provider, alarms, &l.denials)
	}
	if err != nil {
		out.Append(diags.NotAsked(err))
		return nil, out
	}
	l.seen.Denied = l.list
	m.Untried = permissions.Writes([]string{"cdn_edge_split"}, permissions.Options{Exported: spec.Attach == nil})
	return inWordsOfSplit(spec, l.seen.Of()), out
}

// A splitLooker sees what a split sees, and then what else there is to see.
type splitLooker struct {
	p     *configured.Provider
	since time.Time // answers asked for later than this are good enough
	seen  preflight.Splits
	denials
}

func lookAtSplit(ctx context.Context, p *configured.Provider, asked *edgesplit.Question, spec split.Spec) (*splitLooker, error) {
	l := &splitLooker{p: p, since: p.Recent()}
	obs, err := asked.Observe(ctx, p, l.since)
	if err != nil {
		return l, err
	}
	l.seen.Spec, l.seen.Obs, l.seen.Rootless = spec, obs, asked.Rootless(ctx)
	for _, further := range []func(context.Context) error{l.count, l.site} {
		if err := p.Patiently(ctx, func() error { return further(ctx) }); err != nil {
			return l, err
		}
	}
	return l, nil
}

// count asks how much room the account has, for what has yet to be made.
func (l *splitLooker) count(ctx context.Context) error {
	n, err := l.p.CountFunctions(ctx)
	l.seen.Functions = n
	return l.denied(err, false)
}

// site reads what a split does not decide by.
func (l *splitLooker) site(ctx context.Context) error {
	at := l.seen.Spec.Attach
	if at == nil || !l.seen.Obs.Site.Exists {
		return nil
	}
	d, err := l.p.CloudFront.Distribution(ctx, at.Distribution, l.since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return nil // since the look before
	}
	if err != nil {
		return err
	}
	f := d.Facts()
	l.seen.Policy, l.seen.RootObject, l.seen.Erasable, l.seen.Order = f.DeploymentPolicy, f.DefaultRootObject, erasable(d.Outline), nil
	for _, b := range f.Behaviors {
		l.seen.Order = append(l.seen.Order, behavior.Pattern(b.Name))
	}
	account, _, _ := strings.Cut(d.ARN, ":distribution/")
	return l.session(ctx, account)
}

// nobodys is the id of a key value store that nobody has.
const nobodys = "00000000-0000-0000-0000-000000000000"

// session asks key value stores for one that there is not, while the split has none. Who is let in
// is told so. It is no error: AWS nowhere says that whoever is let in is told of everything.
func (l *splitLooker) session(ctx context.Context, account string) error {
	if l.seen.Obs.Store != "" || l.seen.Obs.Stranger != "" {
		return nil // the look has asked, or an obstacle
	}
	_, err := l.p.KVS.Get(ctx, account+":key-value-store/"+nobodys, edgefunction.Key)
	switch {
	case errors.Is(err, awsapi.ErrNotFound):
		return nil
	case errors.Is(err, awsapi.ErrSessionToken):
		l.seen.Refused = true
		return nil
	}
	return l.denied(err, true)
}
