package diags_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// behaviorWords are the functions that word what becomes of a switch of behaviours.
var behaviorWords = []string{
	"BehaviorBrowsersKeep", "BehaviorInTheWay", "BehaviorInvalidationUnseen", "BehaviorLatched", "BehaviorMistake", "BehaviorNotInvalidated", "BehaviorStillInvalidating", "BehaviorUnfinished", "FieldClaimedTwice",
}

// behaviors are the situations of a switch of behaviours. What has a summary that another
// noun has too is the same cause there, and is named in known, by summary.
func behaviors(t *testing.T, known []cause) []cause {
	t.Helper()
	field := behavior.Field{Name: behavior.TargetOrigin, Behavior: "/api/*"}
	spec := behavior.Spec{
		Distribution: "E1BLUE", Live: "green", Invalidate: []string{"/*"},
		Sides: map[cutover.Side]behavior.Definition{"blue": {field: {Text: "app-blue"}}, "green": {field: {Text: "app-green"}}},
	}
	stop := func(err error) diags.BehaviorStop {
		return diags.BehaviorStop{
			Stop: diags.Stop[behavior.Spec, behavior.Observation]{Spec: spec, Err: err, Reason: "https://www.example.com/ answered 503, expected 200"},
			From: behavior.Recorded{Side: "blue", Definition: spec.Sides["blue"]},
		}
	}
	ended := func(result run.Result, err, back error, created bool) cause {
		s := stop(err)
		s.Back, s.Created = back != nil, created
		return cause{"", diags.BehaviorUnfinished(s, run.Outcome[behavior.Observation]{Result: result, Err: err, RollBackErr: back}), true}
	}
	out := []cause{
		ended(run.Interrupted, context.Canceled, nil, false), ended(run.RolledBack, errors.New("x"), nil, false), ended(run.RolledBack, errors.New("x"), nil, true),
		ended(run.Held, errors.New("x"), failure(awsapi.ErrRefused), false), ended(run.Held, &engine.Deadline{Budget: time.Hour, While: "waiting"}, nil, false),
		ended(run.Held, failure(awsapi.ErrDenied), nil, false), ended(run.Held, failure(awsapi.ErrRefused), nil, false),
		{"", diags.BehaviorLatched(run.Recorded(behavior.Recalled(spec, nil)), spec, "it answered 503", spec, true), true},
		{"", diags.BehaviorLatched(run.Recorded(behavior.Recalled(spec, nil)), spec, "it answered 503", spec, false), true},
		{"", diags.BehaviorNotInvalidated(stop(nil), false, failure(awsapi.ErrDenied)), true},
		{"", diags.BehaviorInvalidationUnseen(stop(nil), "I1", failure(awsapi.ErrDenied)), true},
		{"", diags.BehaviorStillInvalidating(stop(nil), "I1"), true},
		{"", diags.BehaviorNotInvalidated(stop(errors.New("x")), false, failure(awsapi.ErrDenied)), true},
		{"", diags.BehaviorNotInvalidated(stop(errors.New("x")), true, failure(awsapi.ErrDenied)), true},
		{"", diags.BehaviorInvalidationUnseen(stop(errors.New("x")), "I1", failure(awsapi.ErrDenied)), true},
		{"", diags.BehaviorBrowsersKeep(stop(nil), "max-age=86400", 24*time.Hour, time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)), true},
		{"", diags.BehaviorBrowsersKeep(stop(nil), "max-age=86400", 24*time.Hour, time.Time{}), true},
		{"", diags.FieldClaimedTwice("the origin of /api/*"), true},
	}
	for _, kind := range constants[behavior.Kind](t, "behavior", "Kind") {
		for _, evidence := range []cutover.Evidence{cutover.Unhealthy, cutover.Inconclusive} {
			o := &behavior.Obstacle{Kind: kind, Field: field, Asked: "app-green", Found: "app-third", Evidence: evidence}
			out = append(out, cause{"", diags.BehaviorUnfinished(stop(fmt.Errorf("deciding: %w", o)), run.Outcome[behavior.Observation]{Result: run.Held, Err: o}), true})
			if !o.Gate() {
				out = append(out, cause{"", diags.BehaviorInTheWay(stop(nil), o), true})
			}
		}
	}
	for _, wrong := range constants[behavior.Wrong](t, "behavior", "Wrong") {
		out = append(out, cause{"", diags.BehaviorMistake(behavior.Mistake{Wrong: wrong, Side: "green", Other: "blue", Field: field, Text: "app-green", Why: "it is not one"}), true})
	}
	names := map[string]string{}
	for _, c := range known {
		names[c.said.Summary()] = c.name
	}
	for i, c := range out {
		if out[i].name = names[c.said.Summary()]; out[i].name == "" {
			out[i].name = "behaviour: " + c.said.Summary()
		}
	}
	return out
}
