package diags_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// splitWords are the functions that word what becomes of an edge split.
var splitWords = []string{"SplitAwaits", "SplitForgets", "SplitInTheWay", "SplitLatched", "SplitNotDestroyed", "SplitNotDue", "SplitPending", "SplitUnfinished"}

// splits are the situations of an edge split.
func splits(t *testing.T, known []cause) []cause {
	t.Helper()
	half := split.Weights{"blue": 50, "green": 50}
	spec := split.Spec{Asked: split.Asked{
		Name: "shop", Safe: "blue", Sides: []cutover.Side{"blue", "green"}, Goal: half, Bake: time.Minute,
		Origins: map[cutover.Side]string{"blue": "app-blue", "green": "app-green"}, Attach: &split.Place{Distribution: "E1BLUE", Patterns: []split.Pattern{"/api/*"}},
	}}
	traffic := run.Recorded(split.Recalled(spec, half))
	stop := func(err error) diags.SplitStop {
		return diags.SplitStop{
			Stop: diags.Stop[split.Spec, split.Observation]{Spec: spec, Err: err, Reason: "https://www.example.com/ answered 503, expected 200"}, From: split.Weights{"blue": 100},
		}
	}
	ended := func(result run.Result, err, back error, created bool) cause {
		s := stop(err)
		s.Back, s.Created = back != nil, created
		return cause{"", diags.SplitUnfinished(s, run.Outcome[split.Observation]{Result: result, Err: err, RollBackErr: back}), true}
	}
	interrupted := stop(context.Canceled)
	interrupted.Back = true
	out := []cause{
		ended(run.Interrupted, context.Canceled, nil, false), ended(run.Interrupted, context.Canceled, nil, true), ended(run.RolledBack, errors.New("x"), nil, false), ended(run.RolledBack, errors.New("x"), nil, true),
		{"", diags.SplitUnfinished(interrupted, run.Outcome[split.Observation]{Result: run.Interrupted, Err: context.Canceled}), true},
		{"", diags.SplitUnfinished(stop(errors.New("x")), run.Outcome[split.Observation]{Result: run.Held, Err: errors.New("x"), BothSick: "blue answered 500"}), true},
		ended(run.Held, errors.New("x"), failure(awsapi.ErrRefused), false), ended(run.Held, errors.New("x"), failure(awsapi.ErrRefused), true),
		ended(run.Held, &engine.Deadline{Budget: time.Hour, While: "waiting"}, nil, false),
		ended(run.Held, failure(awsapi.ErrDenied), nil, false), ended(run.Held, failure(awsapi.ErrRefused), nil, false),
		{"", diags.SplitLatched(traffic, spec, spec, "it answered 503", true), true},
		{"", diags.SplitLatched(traffic, spec, spec, "it answered 503", false), true},
		{"", diags.SplitNotDue(traffic, spec, time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)), true},
		{"", diags.SplitAwaits(spec, split.Observation{Seen: split.Seen{Users: []split.Behavior{{Distribution: "E1", Pattern: "default"}}}}), true},
		{"", diags.SplitForgets(traffic, split.Lost(half, spec.Sides, "cdn-split", "side", false)), true},
		{"", diags.SplitForgets(traffic, split.Lost(half, spec.Sides, "cdn-split", "cdn-split", true)), true},
		{"", diags.SplitForgets(traffic, split.Lost(half, spec.Sides[:1], "cdn-split", "cdn-split", false)), true},
		{"", diags.SplitPending(spec, true), true},
		{"", diags.SplitPending(spec, false), true},
		{"", diags.SplitNotDestroyed(spec, failure(awsapi.ErrInUse)), true},
		{"", diags.SplitNotDestroyed(spec, failure(awsapi.ErrRefused)), true},
		{"", diags.SplitNotDestroyed(spec, failure(awsapi.ErrDenied)), true},
		{"", diags.SplitDestroyPlanned(spec, half, true)[0], true},
		{"", diags.SplitDestroyPlanned(spec, half, false)[0], true},
		{"", diags.SplitDestroyPlanned(spec, split.Weights{"blue": 100}, false)[0], true},
	}
	where := split.Behavior{Distribution: "E1BLUE", Pattern: "/api/*", Functions: map[split.Role]string{split.Request: "arn:aws:cloudfront::1:function/shop-request-1"}}
	for _, kind := range constants[split.Kind](t, "split", "Kind") {
		for _, evidence := range []cutover.Evidence{cutover.Unhealthy, cutover.Inconclusive} {
			o := &split.Obstacle{Kind: kind, Behavior: where, Role: split.Request, Asked: "app-green", Found: "app-third", At: half, Evidence: evidence}
			out = append(out, cause{"", diags.SplitUnfinished(stop(fmt.Errorf("deciding: %w", o)), run.Outcome[split.Observation]{Result: run.Held, Err: o}), true})
			if kind != split.GateFailed {
				out = append(out, cause{"", diags.SplitInTheWay(stop(nil), o), true}, cause{"", diags.SplitNotDestroyed(spec, o), true})
			}
		}
	}
	names := map[string]string{}
	for _, c := range known {
		names[c.said.Summary()] = c.name
	}
	for i, c := range out {
		if out[i].name = names[c.said.Summary()]; out[i].name == "" {
			out[i].name = "split: " + c.said.Summary()
		}
	}
	return out
}
