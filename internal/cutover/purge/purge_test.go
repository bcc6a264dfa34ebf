package purge_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"
)

func TestEveryMomentHasItsStep(t *testing.T) {
	t.Parallel()
	usual := purge.Observation{Exists: true, Deployed: true, TagHeader: "cache-tag"}
	with := func(change func(*purge.Observation)) purge.Observation {
		obs := usual
		change(&obs)
		return obs
	}
	spec := purge.Spec{Distribution: "E1", Items: []string{"#release:7", "/*"}, Deployed: true, Complete: true}
	hasty, careless := spec, spec
	hasty.Deployed, careless.Complete = false, false
	for name, c := range map[string]struct {
		spec purge.Spec
		obs  purge.Observation
		want string
	}{
		"usual":                     {spec, usual, "invalidating #release:7, /* on E1"},
		"on its way":                {spec, with(func(o *purge.Observation) { o.Deployed = false }), "waiting until E1 is deployed everywhere, so that no edge location drops what it holds and then fills up from before"},
		"on its way, in haste":      {hasty, with(func(o *purge.Observation) { o.Deployed = false }), "invalidating #release:7, /* on E1"},
		"asked for":                 {spec, with(func(o *purge.Observation) { o.ID = "I1" }), "waiting until every edge location of E1 has carried out invalidation I1"},
		"asked for, and that is it": {careless, with(func(o *purge.Observation) { o.ID = "I1" }), "done"},
		"carried out":               {spec, with(func(o *purge.Observation) { o.ID, o.Done = "I1", true }), "done"},
		"asked for, and then gone":  {spec, purge.Observation{ID: "I1", Done: true}, "done"},
		"missing":                   {spec, purge.Observation{}, "missing: E1"},
		"no tags":                   {spec, with(func(o *purge.Observation) { o.TagHeader = "" }), "tags unread: #release:7"},
	} {
		step, done, err := purge.Next(c.spec, c.obs)
		got := fmt.Sprint(step)
		if err != nil {
			got = err.Error()
			if _, ok := errors.AsType[*purge.Obstacle](err); !ok || step != nil {
				t.Errorf("%s: %v is no obstacle, or there is a step", name, err)
			}
		}
		if got != c.want || done != (c.want == "done") {
			t.Errorf("%s: %s, done %v; want %s", name, got, done, c.want)
		}
	}
}

func TestAReferenceIsOfOneInvalidation(t *testing.T) {
	t.Parallel()
	spec := purge.Spec{Distribution: "E1", Items: []string{"/a", "/b"}, Occasion: "release 1"}
	seen := map[string]string{}
	add := func(name string, s purge.Spec, by string, after ...string) {
		r := s.Reference(by, after)
		if other, taken := seen[r]; taken {
			t.Errorf("%s and %s have the same reference", name, other)
		}
		if seen[r] = name; r != s.Reference(by, after) {
			t.Errorf("%s has two references", name)
		}
	}
	add("the first", spec, "x")
	add("somebody else's", spec, "y")
	add("after another", spec, "x", "I1")
	add("after two", spec, "x", "I1", "I2")
	for name, change := range map[string]func(*purge.Spec){
		"another distribution": func(s *purge.Spec) { s.Distribution = "E2" }, "another occasion": func(s *purge.Spec) { s.Occasion = "release 2" }, "another path": func(s *purge.Spec) { s.Items = []string{"/a"} },
	} {
		other := spec
		change(&other)
		add(name, other, "x")
	}
	wait := spec
	wait.Complete, wait.Deployed = true, true
	if wait.Reference("x", nil) != spec.Reference("x", nil) {
		t.Error("how it is waited for makes another invalidation of it")
	}
}
