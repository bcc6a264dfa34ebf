package staging_test

import (
	"errors"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
)

func TestNextTakesOneStepAtATime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*staging.Observation, *staging.Spec)
		want string
	}{
		{"nothing there", func(o *staging.Observation, _ *staging.Spec) { o.Staging = nil }, "copying E1"},
		{"copied, on its way", func(o *staging.Observation, _ *staging.Spec) { o.Change, o.Staging.Deployed = true, false }, "waiting until the staging distribution (E2) is deployed everywhere"},
		{"found, and not marked", func(o *staging.Observation, s *staging.Spec) { o.Change, o.Owner, s.Owner = true, "another", "mine" }, "marking E2"},
		{"marked", func(o *staging.Observation, s *staging.Spec) { o.Change, o.Owner, s.Owner = true, "mine", "mine" }, "configuring the staging distribution"},
		{"copied", func(o *staging.Observation, _ *staging.Spec) { o.Change = true }, "configuring the staging distribution"},
		{"as asked", func(*staging.Observation, *staging.Spec) {}, "done"},
		{"as asked, the primary gone", func(o *staging.Observation, _ *staging.Spec) { o.Primary = nil }, "done"},
		{"to follow a primary that is gone", func(o *staging.Observation, s *staging.Spec) { o.Primary, s.Follow = nil, true }, "primary_missing E1"},
		{"no primary", func(o *staging.Observation, _ *staging.Spec) { o.Primary, o.Staging = nil, nil }, "primary_missing E1"},
		{"the primary is staging", func(o *staging.Observation, _ *staging.Spec) { o.Primary.Staging = true }, "primary_is_staging E1"},
		{"HTTP/3", func(o *staging.Observation, _ *staging.Spec) { o.Staging, o.Primary.HTTP3 = nil, true }, "http3 E1"},
		{"an ordinary one", func(o *staging.Observation, _ *staging.Spec) { o.Staging.Staging = false }, "not_staging E2"},
		{"no such origin", func(o *staging.Observation, _ *staging.Spec) { o.Missing = []string{"origin x"} }, "nothing_to_override  origin x"},
		{"locked", func(o *staging.Observation, _ *staging.Spec) {
			o.Change, o.Locked, o.Staging.Policy, o.Primary.Policy = true, []string{"PriceClass"}, "p", "p"
		}, "locked p PriceClass"},
		{"named by a policy that is detached", func(o *staging.Observation, _ *staging.Spec) {
			o.Change, o.Locked, o.Staging.Policy = true, []string{"PriceClass"}, "p"
		}, "configuring the staging distribution"},
		{"locked by nobody", func(o *staging.Observation, _ *staging.Spec) { o.Change, o.Locked = true, []string{"PriceClass"} }, "configuring the staging distribution"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := staging.Observation{Primary: &staging.Distribution{ID: "E1", Deployed: true, Enabled: true}, Staging: &staging.Distribution{ID: "E2", Deployed: true, Enabled: true, Staging: true}}
			s := staging.Spec{Primary: "E1", Name: "staging"}
			c.edit(&o, &s)
			step, err := staging.Next(s, o)
			var obstacle *staging.Obstacle
			var got string
			switch {
			case errors.As(err, &obstacle):
				got = obstacle.Error()
			default:
				got = step.String()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRemoveDisablesAndWaitsFirst(t *testing.T) {
	t.Parallel()
	d := &staging.Distribution{ID: "E2", Enabled: true, Deployed: true, Staging: true}
	o := staging.Observation{Staging: d}
	for i, want := range []string{"disabling E2", "waiting until every edge location knows that the staging distribution (E2) is disabled", "deleting E2", "done"} {
		if got, err := staging.Remove("mine", o); err != nil || got.String() != want {
			t.Errorf("%d: %q %v, want %q", i, got, err, want)
		}
		switch i {
		case 0:
			d.Enabled, d.Deployed = false, false
		case 1:
			d.Deployed = true
		case 2:
			o.Staging = nil
		}
	}
}

func TestADestroyLeavesWhatAnotherInstanceHasMarked(t *testing.T) {
	t.Parallel()
	for owner, want := range map[string]string{"": "disabling E2", "mine": "disabling E2", "another": "leaving E2 to whoever has adopted it"} {
		o := staging.Observation{Owner: owner, Staging: &staging.Distribution{ID: "E2", Enabled: true, Deployed: true, Staging: true}}
		if got, err := staging.Remove("mine", o); err != nil || got.String() != want {
			t.Errorf("%q: %v %v, want %q", owner, got, err, want)
		}
	}
}

func TestRolesComeFromThePrimaryAndNotFromNames(t *testing.T) {
	t.Parallel()
	at := func(path string) map[string]staging.Place { return map[string]staging.Place{"site": {Path: &path}} }
	domain := "bucket.test"
	primary := func(path string) map[string]staging.Place {
		return map[string]staging.Place{"site": {Path: &path, Domain: &domain}, "api": {Domain: &domain}}
	}
	sides := map[string]map[string]staging.Place{"a": at("/1"), "b": at("/2")}
	for path, want := range map[string][2]string{"/1": {"a", "b"}, "/2": {"b", "a"}, "/3": {"", ""}} {
		if live, idle := staging.Roles(sides, primary(path)); live != want[0] || idle != want[1] {
			t.Errorf("at %s: live %q, idle %q", path, live, idle)
		}
	}
	sides["c"] = at("/3")
	if live, idle := staging.Roles(sides, primary("/3")); live != "c" || idle != "a" {
		t.Errorf("of three: live %q, idle %q", live, idle)
	}
}
