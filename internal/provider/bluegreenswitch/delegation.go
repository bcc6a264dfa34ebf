package bluegreenswitch

import (
	"context"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// lookForCuts finds the names that their zone hands to other name servers: what the zone
// says of those nobody asks.
func (w *workflow) lookForCuts(ctx context.Context, obs *switchover.Observation) error {
	if w.removing {
		return nil
	}
	obs.DelegatedAt = map[string]string{}
	cut := map[string]bool{} // by zone and domain
	for _, name := range w.spec.Names {
		zone, ok := w.spec.ZoneOf(name)
		if !ok || obs.ZoneNames[zone.ID] != zone.Domain {
			continue
		}
		for _, at := range cutover.Cuts(name, zone.Domain) {
			key := zone.ID + " " + at
			if _, known := cut[key]; !known {
				handed, err := w.delegates(ctx, obs, zone, at)
				if err != nil {
					return err
				}
				cut[key] = handed
			}
			if cut[key] {
				obs.DelegatedAt[name] = at
				break
			}
		}
	}
	return nil
}

// delegates says whether a zone hands a domain on. A name of the switch has been read.
func (w *workflow) delegates(ctx context.Context, obs *switchover.Observation, zone switchover.Zone, at string) (bool, error) {
	if z, ok := w.spec.ZoneOf(at); ok && z.ID == zone.ID && slices.Contains(w.spec.Names, at) {
		return slices.Contains(obs.Beside[at], "NS"), nil
	}
	records, err := w.recordsOf(ctx, zone.ID, []string{at})
	return slices.ContainsFunc(records[at], func(r route53api.Record) bool { return r.Type == "NS" }), err
}
