package diags_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// rampWords are the functions that word what becomes of a ramp.
var rampWords = []string{
	"NotDueYet", "RampBothUnhealthy", "RampInTheWay", "RampInterrupted", "RampLatched", "RampRollbackFailed", "RampRolledBack", "RampStillServed", "RampStopped",
}

// ramps are the situations of a weighted ramp. Its details begin with shares, and not
// with one side that has everything.
func ramps(t *testing.T) []cause {
	t.Helper()
	from := 0
	stop := func(err error) diags.RampStop {
		return diags.RampStop{Stop: diags.Stop[ramp.Spec, ramp.Observation]{
			Spec: ramp.Spec{Asked: ramp.Asked{Names: []string{www}, Target: ramp.Endpoint{Side: "green"}, Other: ramp.Endpoint{Side: "blue"}, Weight: 50}},
			Err:  err, Reason: "https://www.example.com/ answered 503, expected 200",
		}, From: &from}
	}
	back, created := stop(nil), stop(nil)
	back.Back, created.Created = true, true
	out := []cause{
		{"ramp interrupted", diags.RampInterrupted(stop(context.Canceled)), true},
		{"ramp interrupted on the way back", diags.RampInterrupted(back), true},
		{"ramp deadline", diags.RampStopped(stop(&engine.Deadline{Budget: time.Hour, While: "waiting"})), true},
		{"ramp without progress", diags.RampStopped(stop(engine.ErrNoProgress)), true},
		{"denied", diags.RampStopped(stop(failure(awsapi.ErrDenied))), true},
		{"unreachable", diags.RampStopped(stop(failure(awsapi.ErrUnreachable))), true},
		{"throttled", diags.RampStopped(stop(failure(awsapi.ErrThrottled))), true},
		{"ramp refused", diags.RampStopped(stop(failure(awsapi.ErrRefused))), true},
		{"ramp, both sick", diags.RampBothUnhealthy(stop(nil), "blue answered 500"), true},
		{"ramp rolled back", diags.RampRolledBack(stop(nil)), true},
		{"ramp rolled back", diags.RampRolledBack(created), true},
		{"ramp not rolled back", diags.RampRollbackFailed(stop(nil), failure(awsapi.ErrRefused)), true},
		{"ramp latched", diags.RampLatched(run.Recorded(ramp.Recalled(stop(nil).Spec, map[string]float64{www: 5})), stop(nil).Spec, 50, "it answered 503", true), true},
		{"ramp not due", diags.NotDueYet(run.Recorded(ramp.Recalled(stop(nil).Spec, map[string]float64{www: 10})), stop(nil).Spec, time.Unix(0, 0)), true},
		{"retained", diags.DestroyOfRamp(stop(nil).Spec).Planned([]string{www}, nil, nil)[0], true},
		{"deleted live", diags.DestroyOfRamp(stop(nil).Spec).Planned(nil, []string{www}, nil)[0], true},
		{"would be served", diags.DestroyOfRamp(stop(nil).Spec).Planned(nil, nil, []string{www})[0], true},
		{"served", diags.RampStillServed(stop(nil).Spec, &ramp.Obstacle{Kind: ramp.Served, Name: www, Found: "the distribution E1BLUE"}, true), true},
		{"served", diags.RampStillServed(stop(nil).Spec, &ramp.Obstacle{Kind: ramp.Served, Name: www, Found: "A www.example.com → 192.0.2.1", Elsewhere: true}, false), true},
		{"unasked", diags.RampStillServed(stop(nil).Spec, &ramp.Obstacle{Kind: ramp.Served, Name: www, Found: "?"}, false), true},
		{"record_protected", diags.RampStillServed(stop(nil).Spec, &ramp.Obstacle{Kind: ramp.RecordProtected, Name: www, Found: "A", Comment: "ask us"}, false), true},
		{"replacement", diags.DestroyOfRamp(stop(nil).Spec).ReplacementKeeps("zone Z1"), true},
		{"handed on", diags.RampHandedOn(map[string]string{www: "eu.example.com"})[0], true},
		{"delete failed", diags.DestroyOfRamp(stop(nil).Spec).Failed(failure(awsapi.ErrThrottled)), true},
		{"ramp not refreshed", diags.ReadFailed("The ramp", failure(awsapi.ErrDenied)), true},
	}
	seen := map[string]bool{}
	for _, kind := range constants[ramp.Kind](t, "ramp", "Kind") {
		for _, evidence := range []cutover.Evidence{cutover.Unhealthy, cutover.Inconclusive} {
			o := &ramp.Obstacle{Kind: kind, Name: www, Found: "E9THIRD", Evidence: evidence}
			d := diags.RampStopped(stop(fmt.Errorf("deciding: %w", o)))
			if seen[string(kind)+d.Summary()] {
				continue
			}
			seen[string(kind)+d.Summary()] = true
			name := fmt.Sprintf("ramp %s: %s", kind, d.Summary())
			if kind == ramp.Diverted || kind == ramp.Served { // one cause, whatever the run moves
				name = string(kind)
			}
			out = append(out, cause{name, d, true})
		}
	}
	return out
}
