package deployment_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
)

var spec = deployment.Spec{Primary: "E1", Staging: "E2", Routing: deployment.Routing{Percent: 5}, Attached: true, Reroute: true}

func pair() deployment.Observation {
	return deployment.Observation{
		Primary: &deployment.Distribution{ID: "E1", Deployed: true, Enabled: true},
		Staging: &deployment.Distribution{ID: "E2", Deployed: true, Enabled: true, Staging: true},
	}
}

func TestNextTakesOneStepAtATime(t *testing.T) {
	t.Parallel()
	policy := func(o *deployment.Observation, enabled, asAsked bool) {
		o.Policy = &deployment.Policy{ID: "p", Enabled: enabled, AsAsked: asAsked}
	}
	for _, c := range []struct {
		name string
		edit func(*deployment.Observation, *deployment.Spec)
		want string
	}{
		{"nothing there", func(*deployment.Observation, *deployment.Spec) {}, "creating a disabled policy for E2"},
		{"nobody waits to create", func(o *deployment.Observation, _ *deployment.Spec) { o.Primary.Deployed = false }, "creating a disabled policy for E2"},
		{"there", func(o *deployment.Observation, _ *deployment.Spec) { policy(o, false, true) }, "attaching the policy to E1"},
		{"there, the primary deploying", func(o *deployment.Observation, _ *deployment.Spec) {
			policy(o, false, true)
			o.Primary.Deployed = false
		}, "waiting until the primary (E1) is deployed everywhere"},
		{"routes otherwise", func(o *deployment.Observation, _ *deployment.Spec) { policy(o, false, false) }, "changing the policy to route 5 % of requests"},
		{"routes otherwise, and nobody minds", func(o *deployment.Observation, s *deployment.Spec) {
			policy(o, false, false)
			s.Reroute = false
		}, "attaching the policy to E1"},
		{"a canary runs on what is adopted", func(o *deployment.Observation, s *deployment.Spec) {
			policy(o, true, false)
			o.Primary.Policy, s.Adopting = "p", true
		}, "done"},
		{"attached", func(o *deployment.Observation, _ *deployment.Spec) {
			policy(o, false, true)
			o.Primary.Policy = "p"
		}, "done"},
		{"attached, on its way", func(o *deployment.Observation, _ *deployment.Spec) {
			policy(o, false, true)
			o.Primary.Policy, o.Primary.Deployed = "p", false
		}, "waiting until the primary (E1) is deployed everywhere"},
		{"attached, not to be, enabled", func(o *deployment.Observation, s *deployment.Spec) {
			policy(o, true, true)
			o.Primary.Policy, s.Attached = "p", false
		}, "disabling the policy"},
		{"attached, not to be", func(o *deployment.Observation, s *deployment.Spec) {
			policy(o, false, true)
			o.Primary.Policy, s.Attached = "p", false
		}, "detaching the policy from E1"},
		{"a stray policy", func(o *deployment.Observation, _ *deployment.Spec) {
			policy(o, false, true)
			o.Primary.Policy, o.Stray = "gone", true
		}, "attaching the policy to E1"},

		{"no primary", func(o *deployment.Observation, _ *deployment.Spec) { o.Primary = nil }, "primary_missing E1"},
		{"no staging", func(o *deployment.Observation, _ *deployment.Spec) { o.Staging = nil }, "staging_missing E2"},
		{"the primary is staging", func(o *deployment.Observation, _ *deployment.Spec) { o.Primary.Staging = true }, "primary_is_staging E1"},
		{"staging is not", func(o *deployment.Observation, _ *deployment.Spec) { o.Staging.Staging = false }, "not_staging E2"},
		{"HTTP/3", func(o *deployment.Observation, _ *deployment.Spec) {
			o.Primary.HTTP3, o.Locked = true, []string{"HttpVersion"}
		}, "http3 E1"},
		{"staging is disabled", func(o *deployment.Observation, _ *deployment.Spec) { o.Staging.Enabled = false }, "staging_disabled E2"},
		{"locked settings", func(o *deployment.Observation, _ *deployment.Spec) { o.Locked = []string{"PriceClass"} }, "locked_differ E2 PriceClass"},
		{"another policy", func(o *deployment.Observation, _ *deployment.Spec) { o.Primary.Policy = "other" }, "another_policy other"},
		{"a canary", func(o *deployment.Observation, _ *deployment.Spec) {
			policy(o, true, false)
			o.Primary.Policy = "p"
		}, "canary p"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o, s := pair(), spec
			c.edit(&o, &s)
			step, err := deployment.Next(s, o)
			got := ""
			var obstacle *deployment.Obstacle
			switch {
			case errors.As(err, &obstacle):
				got = obstacle.Error()
			case err != nil:
				t.Fatal(err)
			default:
				got = step.String()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// carry does to the observation what AWS would do.
func carry(o *deployment.Observation, step deployment.Step) {
	switch step.(type) {
	case deployment.Wait:
		o.Primary.Deployed = true
	case deployment.Create:
		o.Policy = &deployment.Policy{ID: "p", AsAsked: true}
	case deployment.Reroute:
		o.Policy.AsAsked = true
	case deployment.Attach:
		o.Primary.Policy, o.Primary.Deployed = o.Policy.ID, false
	case deployment.Detach:
		o.Primary.Policy, o.Primary.Deployed = "", false
	case deployment.Disable:
		o.Policy.Enabled = false
		if o.Attached() {
			o.Primary.Deployed = false
		}
	case deployment.Delete:
		o.Policy = nil
	}
}

func random(r *rand.Rand) deployment.Observation {
	o := pair()
	if r.IntN(3) > 0 {
		o.Policy = &deployment.Policy{ID: "p", Enabled: r.IntN(2) == 0, AsAsked: r.IntN(2) == 0}
		if r.IntN(2) == 0 {
			o.Primary.Policy = "p"
		}
	}
	o.Primary.Deployed = r.IntN(2) == 0
	return o
}

// From everywhere, with or without the primary and staging, a destroy ends with
// nothing left, never deletes what is attached or enabled, and never enables.
func TestRemoveEndsFromEverywhere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's dice
	for range 2000 {
		o := random(r)
		if r.IntN(4) == 0 {
			o.Staging = nil
		}
		if r.IntN(4) == 0 {
			o.Primary = nil
		}
		from := fmt.Sprintf("%+v", o)
		for i := 0; ; i++ {
			step, err := deployment.Remove("p", "", o)
			if err != nil {
				t.Fatal(err)
			}
			if _, done := step.(deployment.Done); done {
				break
			}
			if _, del := step.(deployment.Delete); del && (o.Attached() || o.Policy.Enabled && o.Staging != nil) {
				t.Fatalf("deletes an attached or enabled policy from %s", from)
			}
			if i > 8 {
				t.Fatalf("no end from %s", from)
			}
			carry(&o, step)
		}
		if o.Policy != nil || o.Primary != nil && o.Primary.Policy != "" {
			t.Fatalf("left %+v from %s", o, from)
		}
	}
}

// From everywhere the loop ends where the spec says, does only what the recipe of a
// creation lists, and never enables.
func TestNextEndsFromEverywhere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // a test's dice
	for range 2000 {
		o, s := random(r), spec
		s.Adopting, s.Attached = true, r.IntN(2) == 0
		recipe := deployment.Recipe(s, nil)
		enabled := o.Policy != nil && o.Policy.Enabled
		for i := 0; ; i++ {
			step, err := deployment.Next(s, o)
			if err != nil {
				t.Fatal(err)
			}
			if _, done := step.(deployment.Done); done {
				break
			}
			if intent := step.Intent(); intent != "" && !slices.Contains(recipe, intent) {
				t.Fatalf("%q is not in %q", intent, recipe)
			}
			if i > 8 {
				t.Fatalf("no end at %+v", o)
			}
			carry(&o, step)
		}
		if o.Policy == nil || o.Attached() != s.Attached || o.Policy.Enabled && !enabled {
			t.Fatalf("ended at %+v", o)
		}
	}
}
