package configured_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

type lamp struct {
	ID    types.String
	Names types.Set
}

type lantern struct{ ID types.String }

func names(list ...string) types.Set {
	var out []attr.Value
	for _, n := range list {
		out = append(out, types.StringValue(n))
	}
	return types.SetValueMust(types.StringType, out)
}

func TestWhatWasSeenBelongsToOneInstanceOfOneNoun(t *testing.T) {
	t.Parallel()
	var p configured.Provider
	mine, twin := lamp{types.StringValue("1"), names("a", "b")}, lamp{types.StringValue("1"), names("a")}
	configured.See(&p, mine, "bright")
	configured.See(&p, lantern{types.StringValue("1")}, "dark")

	if got, ok := configured.Seen[lamp, string](&p, lamp{types.StringValue("1"), names("b", "a")}); !ok || got != "bright" {
		t.Errorf("of the state it wrote: %q, %v", got, ok)
	}
	if got, ok := configured.Seen[lamp, string](&p, twin); ok {
		t.Errorf("of a twin that has the same id and another state: %q", got)
	}
	if got, ok := configured.Seen[lantern, string](&p, lantern{types.StringValue("1")}); !ok || got != "dark" {
		t.Errorf("of another noun with the same id: %q, %v", got, ok)
	}
	if _, ok := configured.Seen[lamp, int](&p, mine); ok {
		t.Error("something of another type was taken for it")
	}
	configured.See(&p, mine, "dim")
	if got, _ := configured.Seen[lamp, string](&p, mine); got != "dim" {
		t.Errorf("after a second look: %q", got)
	}
	if _, ok := configured.Seen[lamp, string](nil, mine); ok {
		t.Error("seen by nobody")
	}
}
