package stagingpromotion_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-log/tfsdklogtest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
)

// A sink takes every line at every level.
type sink struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

// Whoever knows the value of a canary's header gets what is not released yet. It stands in
// configuration, where it can be marked as sensitive, and nowhere else: every other text of
// plan and state, every diagnostic, and the log of everything are without it.
func TestTheValueOfACanarysHeaderIsNowhereElse(t *testing.T) {
	t.Parallel()
	const value = "let-qa-in-7f3c9d"
	quote := func(operation, code string, status int) func(*rig) {
		return func(r *rig) {
			r.World.Faults().Add(fault.Fault{Operation: operation, Kind: fault.Answer, Code: code, Status: status, Message: "Because of", Quote: true})
		}
	}
	for name, c := range map[string]struct {
		world  func(*rig)
		change acctest.Config
		says   string // "": it succeeds
	}{
		"promoted":                 {},
		"step by step":             {change: acctest.Config{"advance": "per_apply"}},
		"the canary fails":         {world: func(r *rig) { r.sicken("next.origin.test") }, says: "was rolled back"},
		"the canary is held":       {world: func(r *rig) { r.sicken("next.origin.test") }, change: acctest.Config{"on_failure": "hold"}, says: "not healthy"},
		"AWS refuses the canary":   {world: quote("UpdateContinuousDeploymentPolicy", "InvalidArgument", 400), says: "Because of"},
		"AWS denies the canary":    {world: quote("UpdateContinuousDeploymentPolicy", "AccessDenied", 403), says: "Because of"},
		"AWS refuses to promote":   {world: quote("UpdateDistributionWithStagingConfig", "InvalidArgument", 400), says: "was rolled back"},
		"a signature that is none": {world: quote("UpdateContinuousDeploymentPolicy", "SignatureDoesNotMatch", 403), says: "Because of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log := &sink{}
				ctx := tfsdklogtest.RootLogger(tflogtest.RootLogger(context.Background(), log), log)
				r := newRig(t, site())
				r.core.World.Log = logged.Trace
				owner := acctest.NewCore("cdn_continuous_deployment", clock.System{}, r.World.Transport())
				owner.World.Log = logged.Trace
				r.introduce(t, r.ask("one"))
				if c.world != nil {
					c.world(r)
				}
				canary := acctest.Config{"canary": map[string]any{"header": map[string]any{"name": "aws-cf-cd-canary", "value": value}, "bake_time": "1m"}}
				p, err := r.core.Plan(ctx, r.ask("two", canary, c.change))
				if err != nil {
					t.Fatal(err)
				}
				hides(t, "the plan", value, except(p.Planned, "canary"), p.Diags.String())
				said, err := r.core.Apply(ctx, p)
				if err != nil {
					t.Fatal(err)
				}
				if failed := len(said.Errors()) > 0; failed != (c.says != "") || !strings.Contains(said.String(), c.says) {
					t.Errorf("it said, and should have said %q:\n%s", c.says, said)
				}
				p, err = r.core.Plan(ctx, r.ask("two", canary, c.change))
				if err != nil {
					t.Fatal(err)
				}
				// The policy's own resource finds the header on a policy that is enabled, and says so.
				adopted, err := owner.Plan(ctx, acctest.Config{"primary_distribution_id": r.Blue.ID, "staging_distribution_id": r.staging.ID, "weight": 5})
				if err != nil {
					t.Fatal(err)
				}
				found, err := owner.Apply(ctx, adopted)
				if err != nil {
					t.Fatal(err)
				}
				hides(t, "a diagnostic", value, said.String(), p.Diags.String(), found.String())
				hides(t, "the state", value, except(r.core.State, "canary"), owner.State.String())
				text := log.all.String()
				if !strings.Contains(text, `"@message":"seen"`) || !strings.Contains(text, `"@message":"AWS call"`) || !strings.Contains(text, "cdn_staging_promotion") {
					t.Errorf("the log has %d bytes and is not the log of everything", len(text))
				}
				hides(t, "the log", value, text)
				sent := false
				for _, call := range r.Calls(0) {
					sent = sent || call.Operation == "UpdateContinuousDeploymentPolicy" && strings.Contains(call.Body, value)
				}
				if !sent {
					t.Error("it was never sent")
				}
			})
		})
	}
}

// except prints an object without one of its attributes.
func except(v tftypes.Value, attribute string) string {
	attributes := map[string]tftypes.Value{}
	if v.As(&attributes) != nil {
		return v.String()
	}
	delete(attributes, attribute)
	return fmt.Sprint(attributes)
}

func hides(t *testing.T, where, value string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if at := strings.Index(text, value); at >= 0 {
			t.Errorf("%s has it: …%s…", where, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}
