package bluegreenswitch

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// A Question is the part of a switch's configuration that says where a cutover
// goes, for cdn_preflight, which asks about one and makes none.
type Question struct {
	Aliases       types.Set
	Sides         types.Map
	Live          types.String
	DNS           types.Map
	Method        types.String
	AllowDowntime types.Bool
	// AllowDowntimeFor may be the zero value, which is null.
	AllowDowntimeFor types.Set
	KeepWildcard     types.Bool
}

func (q Question) model() model {
	return model{
		decides:  decides{Aliases: q.Aliases, Sides: q.Sides, Live: q.Live, DNS: q.DNS, Method: q.Method, KeepWildcard: q.KeepWildcard},
		settings: settings{AllowDowntime: q.AllowDowntime, AllowDowntimeFor: q.AllowDowntimeFor},
	}
}

// Validate refuses what the switch refuses.
func (q Question) Validate(ctx context.Context) diag.Diagnostics {
	return validateDirection(ctx, q.model())
}

// Spec is the cutover asked about. It is that of a switch which does not exist yet:
// then nobody's records may be taken over.
func (q Question) Spec(ctx context.Context) (switchover.Spec, diag.Diagnostics) {
	m := q.model()
	spec, d := m.spec(ctx)
	spec.Adopting = true
	return spec, d
}

// Observe looks at everything that a switch decides by, as a refresh does, by answers of since
// or later; listed: by what lists say of the sides. It writes nothing.
func Observe(ctx context.Context, p *configured.Provider, spec switchover.Spec, since time.Time, listed bool) (switchover.Observation, error) {
	in := places{"": p}
	at, names := named(spec)
	for i, name := range names {
		var err error
		if in[name], err = p.In(ctx, name); err != nil {
			return switchover.Observation{}, &configured.Closed{At: at[i], Name: name, Err: err}
		}
	}
	for side, id := range spec.Sides {
		p.Locate(id, in[spec.Accounts[side]])
	}
	w := newWorkflow(p, in, spec)
	w.lenient, w.glancing, w.sharing = true, listed, p.Plans()
	return configured.Look(ctx, p, func() (switchover.Observation, error) { return w.look(ctx, since) })
}
