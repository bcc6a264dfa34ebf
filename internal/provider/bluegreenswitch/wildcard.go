package bluegreenswitch

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// lookUnderWildcards finds, once in a run, what else the wildcards would serve that
// cover the names on their way. A refresh looks even if none is on its way: the plan
// that follows it may be what sends them, and calls nobody itself.
func (w *workflow) lookUnderWildcards(ctx context.Context, obs *switchover.Observation) error {
	if obs.Caught = w.caught; w.caught != nil || obs.Asking == "" || !obs.Misplaced(w.spec) && !w.lenient {
		return nil
	}
	caught := map[string][]string{}
	for _, wildcard := range w.spec.Wildcards() {
		domain := strings.TrimPrefix(wildcard, "*.")
		zone, ok := w.spec.ZoneOf(domain)
		if !ok || obs.ZoneNames[zone.ID] != zone.Domain {
			continue
		}
		records, more, err := w.zone(zone.ID).Route53.Under(ctx, zone.ID, domain)
		if err != nil {
			return err
		}
		owned, err := w.of(obs.Asking).CloudFront.Under(ctx, obs.Asking, wildcard)
		if errors.Is(err, awsapi.ErrRefused) || errors.Is(err, awsapi.ErrDenied) || errors.Is(err, awsapi.ErrNotServed) || w.lenient && awsapi.Transient(err) {
			continue // an answer only for those whose certificate covers the wildcard; Preflight says so
		}
		if err != nil {
			return err
		}
		caught[wildcard] = catch(records, slices.Concat(owned, w.spec.Names))
		if more {
			caught[wildcard] = append(caught[wildcard], "names further down in the zone, which were not read")
		}
	}
	if len(caught) > 0 {
		w.caught, obs.Caught = caught, caught
	}
	return nil
}

// catch lists the names that point at CloudFront and are not owned.
func catch(records []route53api.Record, owned []string) []string {
	out := []string{}
	for _, r := range records {
		cloudFront := r.AliasZone == cutover.CloudFrontZone
		for _, v := range r.Values {
			cloudFront = cloudFront || r.Type == "CNAME" && strings.HasSuffix(strings.ToLower(strings.TrimSuffix(v, ".")), cutover.CloudFrontDomain)
		}
		if cloudFront && !slices.Contains(owned, r.Name) && !slices.Contains(out, r.Name) {
			out = append(out, r.Name)
		}
	}
	return out
}
