package diags_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// approvalWords are the functions that approvals looks at.
var approvalWords = []string{"ApprovalOfSomethingElse", "ApprovalUnasked", "ApprovalUnknown", "AwaitsApproval", "NothingToApprove", "NothingToLapse", "PauseUnknown"}

// approvals are what can be wrong with a yes.
func approvals() []cause {
	return []cause{
		{"of something else", diags.ApprovalOfSomethingElse("0123456789ab", "green", "ba9876543210", "2026-11-30T12:00:00Z"), true},
		{"approval unasked", diags.ApprovalUnasked("0123456789ab", "green"), true},
		{"approval unknown", diags.ApprovalUnknown(), true},
		{"waiting", diags.AwaitsApproval("green", "0123456789ab", "2026-11-30T12:00:00Z", "no gate was asked"), true},
		{"nothing to approve", diags.NothingToApprove(), true},
		{"nothing to lapse", diags.NothingToLapse(), true},
		{"pause unknown", diags.PauseUnknown(), true},
	}
}

// A run that stopped for want of a yes says how far it has come, and what to do.
func TestARunWithoutAYesSaysWhatIsWanted(t *testing.T) {
	t.Parallel()
	spec, obs := world("E1BLUE", "E1BLUE")
	for _, c := range []struct {
		err     *cutover.Unapproved
		summary string
		detail  []string
	}{
		{&cutover.Unapproved{Changed: true}, "What was approved has changed", []string{"Traffic goes to blue", "no step was taken", "a new `approval_request`"}},
		{&cutover.Unapproved{}, "A create cannot wait for an approval", []string{"nothing was written", "take `pause_before` out"}},
	} {
		d := diags.Stopped(diags.SwitchStop{Stop: stopped{Spec: spec, Sight: seen(obs), Err: c.err}})
		if d.Summary() != c.summary {
			t.Errorf("%+v: it says %q", c.err, d.Summary())
		}
		for _, want := range c.detail {
			if !strings.Contains(d.Detail(), want) {
				t.Errorf("%s does not say %q:\n%s", c.summary, want, d.Detail())
			}
		}
	}
	if got := (&cutover.Unapproved{Lapsed: 24 * time.Hour}).Error(); got != "not approved within 24h" {
		t.Errorf("a lapse is %q", got)
	}
	for reason, says := range map[string]string{"not approved within 24h": "To have people asked again, set `retry`", "the probe saw 503": "Repair green"} {
		d := diags.Latched(run.Traffic{}, "green", reason, "blue", true)
		if !strings.Contains(d.Detail(), says) {
			t.Errorf("%s: it does not say %q:\n%s", reason, says, d.Detail())
		}
	}
}
