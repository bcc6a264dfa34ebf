package diags_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// unfinishedWords are the functions that choose by how a run ended.
var unfinishedWords = []string{"SwitchUnfinished", "RampUnfinished", "ReleaseUnfinished"}

func TestARunThatDidNotFinishIsWordedByHowItEnded(t *testing.T) {
	t.Parallel()
	type end struct {
		result run.Result
		err    error
		sick   string
		back   error
	}
	for name, c := range map[string]struct {
		end                         end
		wantSwitch, ramped, release string
	}{
		"rolled back":           {end{run.RolledBack, nil, "", nil}, "Cutover failed and was rolled back", "Ramp failed and was rolled back", "Release failed and was rolled back"},
		"the way back is stuck": {end{run.Held, nil, "", errors.New("no")}, "Cutover failed, and so did going back", "Ramp failed, and so did going back", "Release failed, and so did going back"},
		"both sick":             {end{run.Held, errors.New("x"), "blue answered 500", nil}, "Neither side is healthy", "Neither endpoint is healthy", "Release stopped half-way"},
		"told to stop":          {end{run.Interrupted, context.Canceled, "", nil}, "Cutover interrupted", "Ramp interrupted", "Release interrupted"},
		// What came up meanwhile says more than that somebody pressed a key.
		"told to stop, and denied": {end{run.Interrupted, failure(awsapi.ErrDenied), "", nil}, "The credentials may not do this", "The credentials may not do this", "The credentials may not do this"},
		"stopped":                  {end{run.Held, errors.New("x"), "", nil}, "Cutover stopped before traffic moved", "Route 53 refuses the change of the ramp", "Release stopped half-way"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, obs := world("E1BLUE", "E1BLUE")
			if got := diags.SwitchUnfinished(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: c.end.err}}, run.Outcome[switchover.Observation]{Result: c.end.result, Err: c.end.err, BothSick: c.end.sick, RollBackErr: c.end.back}).Summary(); got != c.wantSwitch {
				t.Errorf("switch: %s", got)
			}
			r := run.Outcome[ramp.Observation]{Result: c.end.result, Err: c.end.err, BothSick: c.end.sick, RollBackErr: c.end.back}
			if got := diags.RampUnfinished(diags.RampStop{Stop: diags.Ended(ramp.Spec{}, r, false)}, r).Summary(); got != c.ramped {
				t.Errorf("ramp: %s", got)
			}
			p := run.Outcome[promotion.Observation]{Result: c.end.result, Err: c.end.err, BothSick: c.end.sick, RollBackErr: c.end.back}
			if got := diags.ReleaseUnfinished(diags.ReleaseStop{Stop: diags.Ended(promotion.Spec{}, p, false)}, p).Summary(); got != c.release {
				t.Errorf("release: %s", got)
			}
		})
	}
}

// What the last write was answered may be a consequence of nobody being able to look.
func TestWhyNobodyCouldLookIsSaidWhereNothingElseSaysIt(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	blind := seen(obs)
	look := &awsapi.Error{Doing: "reading distribution E1BLUE", Kind: awsapi.ErrDenied, Err: errors.New("AccessDenied: No. (request 5678)")}
	blind.Blind, blind.Fresh = look, false
	repeated := &engine.Persistent{Times: 9, Over: time.Minute, Err: failure(awsapi.ErrStale)}
	for name, c := range map[string]struct {
		s    stopped
		says bool // in words of its own
	}{
		"a write was refused":               {stopped{Spec: spec, Sight: blind, Err: repeated}, true},
		"so was one of the way back":        {stopped{Spec: spec, Sight: blind, Err: failure(awsapi.ErrRefused), BackErr: repeated}, true},
		"it ended with the look":            {stopped{Spec: spec, Sight: blind, Err: look}, false},
		"the way back ended with the look":  {stopped{Spec: spec, Sight: blind, Err: repeated, BackErr: look}, false},
		"somebody could look":               {stopped{Spec: spec, Sight: seen(obs), Err: repeated}, false},
		"it was told to stop while looking": {stopped{Spec: spec, Sight: run.Sight[switchover.Observation]{Obs: obs, At: then, Blind: context.DeadlineExceeded}, Err: repeated}, false},
	} {
		detail := diags.Stopped(diags.SwitchStop{Stop: c.s}).Detail()
		if got := strings.Contains(detail, "because of this:\n\n  reading distribution E1BLUE: AccessDenied: No. (request 5678)"); got != c.says {
			t.Errorf("%s: %s", name, detail)
		}
	}
}
