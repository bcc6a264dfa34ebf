package configured

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// DataSource is what data sources have in common; they embed it.
type DataSource struct{ Provider *Provider }

// Configure implements datasource.DataSourceWithConfigure.
func (d *DataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	take(&d.Provider, req.ProviderData, &resp.Diagnostics)
}

// Ready says whether AWS can be asked. If not, it has answered: what a data source
// returns has to be known, so there is nothing else to return.
//
// Where the data source has an attribute account, Provider works in that account from then on.
func (d *DataSource) Ready(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) bool {
	switch {
	case d.Provider != nil:
		return enter(ctx, &d.Provider, req.Config, &resp.Diagnostics)
	case req.ClientCapabilities.DeferralAllowed:
		resp.Deferred = &datasource.Deferred{Reason: datasource.DeferredReasonProviderConfigUnknown}
	default:
		resp.Diagnostics.Append(diags.NotConfiguredYet())
	}
	return false
}

// looks is how often a read looks before it fails a whole plan: many of them at
// once are throttled, and a moment later they are not.
const looks = 5

// Look is Patiently for a look that shows one thing.
func Look[T any](ctx context.Context, p *Provider, look func() (T, error)) (seen T, err error) {
	err = p.Patiently(ctx, func() (err error) {
		seen, err = look()
		return err
	})
	return seen, err
}

// Patiently looks again after an error that says nothing about the world, except
// where nobody was reached: then most likely the endpoint is wrong.
func (p *Provider) Patiently(ctx context.Context, look func() error) error {
	for try := 1; ; try++ {
		err := look()
		if err == nil || try == looks || !awsapi.Transient(err) || errors.Is(err, awsapi.ErrUnreachable) {
			return err
		}
		if err := p.Clock.Sleep(ctx, p.Poll); err != nil {
			return err
		}
	}
}
