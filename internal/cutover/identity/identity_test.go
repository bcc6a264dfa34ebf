package identity_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
)

func TestOnlyAChangeOfWhatBothKnowIsAChange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, recorded, seen string
		want                 identity.Verdict
	}{
		{"nothing", "a@1", "a@1", identity.Same},
		{"a name moved, which AWS counts", "a@1", "a@2", identity.Same},
		{"a default that no table lists is spelled out", "a@1", "b@1", identity.Same},
		{"a new element is spelled out", "a@1", "a~u@1", identity.Same},
		{"a known setting", "a@1", "b@2", identity.Changed},
		{"a known setting and an unknown one", "a~u@1", "b~v@2", identity.Changed},
		{"somebody set what this build does not know", "a@1", "a~u@2", identity.Unfamiliar},
		{"somebody changed what this build does not know", "a~u@1", "a~v@2", identity.Unfamiliar},
		{"somebody removed what this build does not know", "a~u@1", "a@2", identity.Unfamiliar},
		{"a version is nobody else's", "a@1", "b@11", identity.Changed},

		{"a newer build knows more, and none of it is set", "a@1", "a.@2", identity.Same},
		{"a newer build has a name for what was set", "a~u@1", "a.n@2", identity.Unfamiliar},
		{"the same, and AWS says that nothing was written", "a~u@1", "a.n@1", identity.Same},
		{"a newer build, and a setting that both know", "a~u@1", "b.n@2", identity.Changed},
		{"a newer build sees a setting of its generation change", "a.n@1", "a.m@2", identity.Changed},
		{"a newer build sees it removed", "a.n@1", "a.@2", identity.Changed},
		{"an older build does not know what is on record", "a.n@1", "a~u@2", identity.Unfamiliar},
		{"an older build sees nothing of it any more", "a.n@1", "a@2", identity.Unfamiliar},
		{"an older build, and a setting that both know", "a.n@1", "b~u@2", identity.Changed},
		{"three generations", "a..o@1", "a.n.o@2", identity.Changed},
		{"two builds that are far apart", "a@1", "a..o@2", identity.Unfamiliar},

		{"it is gone", "a@1", "", identity.Unseen},
		{"nothing is on record", "", "a@1", identity.Unseen},
		{"neither", "", "", identity.Unseen},
		{"no version was told", "a", "a", identity.Same},
		{"no version was told, twice", "a", "b", identity.Changed},
		{"a version was told once", "a", "b@1", identity.Changed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			recorded, seen := identity.Parse(c.recorded), identity.Parse(c.seen)
			if got := identity.Compare(recorded, seen); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if got, want := identity.Is(recorded, seen), c.want == identity.Same || c.want == identity.Unfamiliar; got != want {
				t.Errorf("is the same: %v, want %v", got, want)
			}
			if recorded.String() != c.recorded || seen.String() != c.seen {
				t.Errorf("printed as %q and %q", recorded, seen)
			}
		})
	}
}

// A pair is compared by name: what the one says of a configuration that nobody has
// written since, the other one says too.
func TestAPairThatAWSSpellsOutAnewKeepsItsNames(t *testing.T) {
	t.Parallel()
	record := func(texts ...string) (out []identity.Identity) {
		for _, s := range texts {
			out = append(out, identity.Parse(s))
		}
		return out
	}
	for _, c := range []struct {
		name                     string
		recorded                 []identity.Identity
		primary, staging         string
		primaryNamed, stagingSay string
	}{
		{"as they were", record("old@p1", "new@s1"), "old@p1", "new@s1", "old", "new"},
		{"both are spelled out anew", record("old@p1", "new@s1"), "old+@p1", "new+@s1", "old", "new"},
		{"they are equal, and only the primary is on record", record("old@p1"), "old+@p1", "old+@s1", "old", "old"},
		{"staging has something new", record("old@p1"), "old+@p1", "new+@s2", "old", "new+"},
		{"somebody changed the primary", record("old@p1"), "hand@p2", "old@s1", "hand", "old"},
		{"a release that failed, and staging moved on", record("old@p1", "bad@s1"), "old@p1", "good@s2", "old", "good"},
		{"nothing is on record", nil, "old@p1", "new@s1", "old", "new"},
		{"what AWS counts says more than what it writes", record("old@p1", "bad@s1"), "bad@p1", "x@s2", "old", "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			primary, staging := identity.Parse(c.primary), identity.Parse(c.staging)
			names := identity.Recall(c.recorded, primary, staging)
			if p, s := names.Name(primary.Known), names.Name(staging.Known); p != c.primaryNamed || s != c.stagingSay {
				t.Errorf("they are called %s and %s, want %s and %s", p, s, c.primaryNamed, c.stagingSay)
			}
		})
	}
}
