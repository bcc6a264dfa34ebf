package stagingpromotion_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

const addr = resourceType + ".site"

// cli is a rig that the Terraform CLI reaches.
type cli struct {
	*rig
	*acctest.Workspace
	c *acctest.CLI
}

func newCLI(t *testing.T) *cli {
	t.Helper()
	return newCLIAt(t, site())
}

func newCLIAt(t *testing.T, s acctest.Site) *cli {
	t.Helper()
	c := acctest.NewCLI(t, s)
	r := &rig{Env: c.Env}
	r.pair(t)
	return &cli{rig: r, Workspace: c.Workspace(), c: c}
}

// asked is a configuration as acceptance tests write it: probes that need no
// certificate authority, and budgets that a busy machine cannot use up.
func (c *cli) asked(release string, changes ...acctest.Config) {
	gate := func() map[string]any {
		return map[string]any{"probes": []any{map[string]any{"path": "/health", "scheme": "http", "samples": 2}}}
	}
	body := c.ask(release, append([]acctest.Config{{
		"canary": map[string]any{"weights": []any{5}, "bake_time": "1m", "require_traffic": 0}, "verify": map[string]any{"after": gate()},
		"bake_time": "1m", "timeouts": map[string]any{"create": "48h", "update": "48h", "roll_back": "48h"},
	}}, changes...)...)
	c.Write(c.c.HCL(addr, body))
}

// bare is a configuration without a gate, whose answers would have to be others' each time.
func (c *cli) bare(release string, changes ...acctest.Config) {
	c.asked(release, append([]acctest.Config{{"canary": map[string]any{"header": canaryHeader, "bake_time": "1m"}, "verify": nil}}, changes...)...)
}

// refreshes fails the test unless a refresh finds, or does not find, something to write.
func (c *cli) refreshes(t *testing.T, exit int) {
	t.Helper()
	r := c.Must(exit, "plan", "-refresh-only", "-detailed-exitcode")
	if quiet := r.Says("No changes"); quiet != (exit == 0) {
		t.Errorf("exit code %d, and it says:\n%s", exit, r.Output)
	}
}

// CloudFront begins to mention in every behaviour that gRPC is off, as it did in 2024,
// after a release has failed: nothing is drift, and nothing is accepted.
func TestAccStagingPromotion_spelling(t *testing.T) {
	c := newCLI(t)
	accept := acctest.Config{"on_drift": "accept"}
	c.asked("one", accept)
	c.Must(0, "apply", "-auto-approve")
	c.sicken("next.origin.test")
	c.asked("two", accept)
	c.Must(1, "apply", "-auto-approve")
	c.heal("next.origin.test")
	c.Settle()
	for _, s := range acctest.Spellings() {
		if s.Name != "gRPC is off" && s.Name != "a novelty in the default behaviour" {
			continue
		}
		c.c.Spell(s)
		c.refreshes(t, 0)
		if r := c.Must(0, "apply", "-auto-approve"); !r.Says("No changes", "Warning: A failed release is not tried again") {
			t.Errorf("%s: an apply that must do nothing says:\n%s", s.Name, r.Output)
		}
		if got := c.origin(t); got != "blue.origin.test" {
			t.Fatalf("%s: the primary serves from %s", s.Name, got)
		}
	}
}

// Every row of the drift table, as a health check and as a plan see it.
func TestAccStagingPromotion_driftTable(t *testing.T) {
	c := newCLI(t)
	primary := func(origin string) {
		c.EditByHand(c.Blue, func(x *cftypes.DistributionConfig) { x.Origins.Items[0].DomainName = aws.String(origin) })
		c.Settle()
	}
	phase := func(want string) {
		t.Helper()
		if got := c.State(addr)["phase"]; got != want {
			t.Errorf("phase = %v, want %s", got, want)
		}
	}
	c.stage("blue.origin.test")
	c.bare("one")
	c.Must(0, "apply", "-auto-approve")

	// 1: settled
	c.refreshes(t, 0)
	c.Must(0, "plan", "-detailed-exitcode")

	// 2: pending
	c.stage("next.origin.test")
	c.refreshes(t, 0)
	c.Must(0, "plan", "-detailed-exitcode")

	// 3: release
	c.bare("two")
	c.refreshes(t, 0)
	if r := c.Must(2, "plan", "-detailed-exitcode"); !r.Says("send requests with the header aws-cf-cd-canary to release two ("+c.staging.ID+")", "promote release two ("+c.staging.ID+") to "+c.Blue.ID) {
		t.Errorf("the plan says:\n%s", r.Output)
	}
	c.Must(0, "apply", "-auto-approve")
	phase("settled")
	c.refreshes(t, 0)
	c.Must(0, "plan", "-detailed-exitcode")

	// 5: promoted by other hands
	c.stage("third.origin.test")
	c.promoteByHand(t)
	c.refreshes(t, 2)
	seq := c.World.Journal().Seq()
	if r := c.Must(1, "apply", "-auto-approve"); !r.Says("The primary has what nobody has proven") {
		t.Errorf("what somebody else has promoted is proven by nobody, and the apply says:\n%s", r.Output)
	}
	c.bare("two", acctest.Config{"on_drift": "accept"})
	c.Must(0, "apply", "-auto-approve")
	if w := c.Writes(seq); len(w) > 0 {
		t.Errorf("adopting wrote %v", acctest.Operations(w))
	}
	phase("settled")
	c.bare("two")
	c.Must(0, "apply", "-auto-approve")
	c.refreshes(t, 0)
	c.Must(0, "plan", "-detailed-exitcode")

	// 6: drift, reported
	primary("wild.origin.test")
	c.refreshes(t, 2)
	if r := c.Must(0, "apply", "-auto-approve"); !r.Says("The primary has changed behind the release's back") {
		t.Errorf("the plan says:\n%s", r.Output)
	}
	phase("drifted")
	c.refreshes(t, 0) // it is known by now
	c.bare("three")
	if r := c.Must(1, "apply", "-auto-approve"); !r.Says("Somebody else has changed the primary") {
		t.Errorf("releasing on top of it says:\n%s", r.Output)
	}
	if got := c.State(addr)["release"]; got != "two" {
		t.Errorf("release = %v after a failed update", got)
	}

	// 6: drift, restored
	c.bare("two", acctest.Config{"on_drift": "restore"})
	c.Must(0, "apply", "-auto-approve")
	phase("settled")
	if got := c.origin(t); got != "third.origin.test" {
		t.Errorf("the primary serves from %s", got)
	}
	c.refreshes(t, 0)

	// 6: drift, accepted
	primary("wilder.origin.test")
	c.bare("two", acctest.Config{"on_drift": "accept"})
	c.refreshes(t, 2)
	seq = c.World.Journal().Seq()
	c.Must(0, "apply", "-auto-approve")
	if w := c.Writes(seq); len(w) > 0 {
		t.Errorf("accepting wrote %v", acctest.Operations(w))
	}
	phase("settled")
	c.refreshes(t, 0)

	// 4: unfinished, by our own record
	c.stage("fourth.origin.test")
	c.sicken("fourth.origin.test")
	gate := acctest.Config{"on_failure": "hold", "canary": nil, "verify": map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health", "scheme": "http"}}}}}
	c.asked("four", gate)
	if r := c.Must(1, "apply", "-auto-approve"); !r.Says("The release is not healthy") {
		t.Errorf("the apply says:\n%s", r.Output)
	}
	phase("promoted")
	c.heal("fourth.origin.test")
	c.refreshes(t, 0)
	c.Must(2, "plan", "-detailed-exitcode")
	c.Must(0, "apply", "-auto-approve")
	phase("settled")
	c.refreshes(t, 0) // though the gate has numbers
	c.Must(0, "plan", "-detailed-exitcode")

	seq = c.World.Journal().Seq()
	c.Must(0, "destroy", "-auto-approve")
	if w := c.Writes(seq); len(w) > 0 {
		t.Errorf("destroying wrote %v", acctest.Operations(w))
	}
	c.ExpectServed()
}
