package diags_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// purgeWords are the functions that word what becomes of an invalidation by itself.
var purgeWords = []string{"InvalidationNotImported", "InvalidationStopped", "NothingToInvalidate", "TagsNotInvalidated", "TooManyForACutover", "TooManyToInvalidate"}

func TestAnInvalidationThatDoesNotReachItsEndSaysWhatIsDroppedAndWhatIsNext(t *testing.T) {
	t.Parallel()
	spec := purge.Spec{Distribution: "E1", Items: []string{"#release:6", "/*"}}
	said := map[string]string{}
	for _, k := range constants[string](t, "purge", "Kind") {
		d := diags.InvalidationStopped(diags.InvalidationStop{Spec: spec, Err: fmt.Errorf("deciding: %w", &purge.Obstacle{Kind: purge.Kind(k), Found: "E9FOUND"})})
		if said[d.Summary()] != "" || !strings.Contains(d.Detail(), "E9FOUND") || !strings.HasSuffix(d.Detail(), ".") {
			t.Errorf("%s says, as does %q:\n%s\n%s", k, said[d.Summary()], d.Summary(), d.Detail())
		}
		said[d.Summary()] = k
	}
	for _, c := range []struct {
		err           error
		id            string
		summary, says string
	}{
		{failure(awsapi.ErrNotFound), "", "The distribution does not exist", "no distribution E1"},
		{failure(awsapi.ErrRefused), "", "CloudFront refuses the invalidation", "Nothing was invalidated"},
		{failure(awsapi.ErrDenied), "", "The credentials may not do this", "Nothing was invalidated"},
		{failure(awsapi.ErrDenied), "I1", "The credentials may not do this", "has taken invalidation I1 of #release:6, /* on E1"},
		{failure(awsapi.ErrAmbiguous), "", "The invalidation is unfinished", "Whether anything was invalidated is not known"},
		{context.Canceled, "I1", "The invalidation was interrupted", "which goes on by itself"},
		{&engine.Deadline{Budget: time.Hour, While: "waiting"}, "I1", "The invalidation ran out of time", "which goes on by itself"},
		{&awsapi.TooLarge{Has: 16, Most: 15, Wildcards: true}, "", "More than one invalidation may have", "wildcards_in_progress"},
		{&awsapi.TooLarge{Has: 3001, Most: 3000}, "", "More than one invalidation may have", "paths_in_progress"},
	} {
		for how, next := range map[string]string{"create": "Nothing is recorded in state.", "update": "State keeps what was invalidated last.", "action": "Invoke the action again"} {
			d := diags.InvalidationStopped(diags.InvalidationStop{Spec: spec, ID: c.id, Err: c.err, Created: how == "create", Invoked: how == "action"})
			if d.Summary() != c.summary || !strings.Contains(d.Detail(), c.says) {
				t.Errorf("%v: %s\n%s", c.err, d.Summary(), d.Detail())
			}
			if aimed := strings.Contains(c.summary, "exist") || strings.Contains(c.summary, "More than"); !aimed && !strings.Contains(d.Detail(), next) {
				t.Errorf("%s: %v does not say what is next:\n%s", how, c.err, d.Detail())
			}
		}
	}
	if d := diags.NothingToInvalidate(path.Root("paths")); !strings.Contains(d.Detail(), "Write paths") {
		t.Error(d.Detail())
	}
	if d := diags.TagsNotInvalidated("E1", []string{"#a", "#b"}); !strings.Contains(d.Detail(), "#a, #b was left out") || !strings.Contains(d.Detail(), "E1") {
		t.Error(d.Detail())
	}
	if d := diags.TooManyToInvalidate(&awsapi.TooLarge{Has: 31, Most: 30}); !strings.Contains(d.Detail(), "31 paths") {
		t.Error(d.Detail())
	}
	if d := diags.TooManyForACutover(&awsapi.TooLarge{Has: 31, Most: 30}); !strings.Contains(d.Detail(), "31 paths") || strings.Contains(d.Detail(), "resources") {
		t.Error(d.Detail())
	}
	if d := diags.InvalidationNotImported("E1", "I1", failure(awsapi.ErrNotFound)); d.Summary() != "CloudFront has no such invalidation" || !strings.Contains(d.Detail(), "I1") {
		t.Error(d.Summary(), d.Detail())
	}
	if d := diags.InvalidationNotImported("E1", "I1", failure(awsapi.ErrDenied)); d.Summary() != "The invalidation could not be imported" || !strings.Contains(d.Detail(), "Allow") {
		t.Error(d.Summary(), d.Detail())
	}
}
