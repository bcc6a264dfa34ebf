package bluegreenswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// Delete implements resource.Resource. It never changes which side serves: the
// names stay on their distribution, and the records stay unless their zone says
// on_destroy = "delete".
func (r *Resource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	if resp.Diagnostics.Append(req.State.Get(ctx, &state)...); resp.Diagnostics.HasError() {
		return
	}
	spec, d := state.spec(ctx)
	zones, dd := state.zones(ctx)
	d.Append(dd...)
	resp.Diagnostics.Append(d...)
	if d.HasError() {
		return
	}
	w := removal{workflow: newWorkflow(r.Provider, spec), domain: state.LiveDomainName.ValueString()}
	w.ownerless = true // a destroy must not need to know
	for _, z := range spec.Zones {
		if zones[z.Domain].OnDestroy.ValueString() == onDestroyDelete {
			w.zones = append(w.zones, z)
		}
	}
	if len(w.zones) == 0 {
		return
	}
	budget := state.budget(ctx, func(t timeoutsModel) timetypes.GoDuration { return t.Delete })
	obs, err := engine.Run(ctx, w, w.limits(budget))
	if err != nil {
		resp.Diagnostics.Append(diags.DeleteFailed(err))
		return
	}
	var left []string
	for _, name := range spec.Names {
		if z, ok := spec.ZoneOf(name); ok && zones[z.Domain].OnDestroy.ValueString() == onDestroyDelete {
			for _, rec := range obs.Records[name] {
				left = append(left, rec.Describe())
			}
		}
	}
	if len(left) > 0 {
		resp.Diagnostics.Append(diags.LeftAlone(left))
	}
}

// removal deletes the records of the zones that ask for it, one batch a zone,
// and waits until the name servers have forgotten them.
type removal struct {
	*workflow
	zones  []switchover.Zone
	domain string // of the side state knows to be live, in case its distribution is gone
}

// erase deletes the records of one zone that point at a side. Others are not
// ours, whatever they are called.
type erase struct {
	zone    switchover.Zone
	records []switchover.Record
}

// Progress implements engine.Step.
func (erase) Progress() bool { return true }

// String implements engine.Step.
func (e erase) String() string { return "deleting the records in " + e.zone.Domain }

// ours says whether a record points at a side.
func (r removal) ours(obs switchover.Observation, rec switchover.Record) bool {
	for _, d := range obs.Sides {
		if rec.Target == d.Domain {
			return true
		}
	}
	return rec.Target != "" && rec.Target == r.domain
}

// Next implements engine.Workflow.
func (r removal) Next(obs switchover.Observation) (engine.Step, bool, error) {
	for _, zone := range r.zones {
		e := erase{zone: zone}
		for _, name := range r.spec.Names {
			if z, ok := r.spec.ZoneOf(name); !ok || z.ID != zone.ID {
				continue
			}
			for _, rec := range obs.Records[name] {
				if rec.Routing == "" && r.ours(obs, rec) {
					e.records = append(e.records, rec)
				}
			}
		}
		if len(e.records) > 0 {
			return e, false, nil
		}
	}
	if obs.Pending {
		return switchover.Wait{For: "every name server has forgotten the records"}, false, nil
	}
	return switchover.Done{}, true, nil
}

// Do implements engine.Workflow.
func (r removal) Do(ctx context.Context, _ switchover.Observation, step engine.Step) error {
	e, ok := step.(erase)
	if !ok {
		return r.p.Clock.Sleep(ctx, r.p.Poll)
	}
	var del []route53api.Record
	for _, rec := range e.records {
		del = append(del, apiRecord(rec))
	}
	change, err := r.p.Route53.Replace(ctx, e.zone.ID, "switch destroyed", del, nil)
	if err != nil {
		return configured.Again(err)
	}
	r.changes[e.zone.ID] = change
	return nil
}
