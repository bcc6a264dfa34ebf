package diags_test

import (
	"errors"
	"go/ast"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// An error of a call says nothing about what the call was for, so it is worded alike
// whatever that was.
func TestAnErrorOfACallIsWordedAlikeInEveryResource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind           error
		summary, hint  string
		readIsWorded   string // where a data source has words of its own
		neverSuggested string
	}{
		{awsapi.ErrExpired, "The AWS credentials have expired", "let the provider renew them by itself", "", ""},
		{awsapi.ErrNoCredentials, "No AWS credentials were found", "Set `profile`", "", "Renew"},
		{awsapi.ErrCredentials, "AWS rejected the credentials", "Renew the credentials", "", "Set `profile`"},
		{awsapi.ErrDenied, "The credentials may not do this", "Allow", "The credentials may not read this", "Renew"},
		{awsapi.ErrUnreachable, "AWS cannot be reached", "Check the network", "", "Renew"},
		{awsapi.ErrThrottled, "AWS throttles the calls", "when less is going on", "", "Renew"},
		{awsapi.ErrNotServed, "An operation is not served here", "does not know this operation", "", "Renew"},
	} {
		err := failure(c.kind)
		release := diags.ReleaseStop{Stop: diags.Stop[promotion.Spec, promotion.Observation]{Err: err}}
		for who, d := range map[string]diag.Diagnostic{
			"switch": diags.Stopped(diags.SwitchStop{Stop: stopped{Err: err}}), "ramp": diags.RampStopped(diags.RampStop{Stop: diags.Stop[ramp.Spec, ramp.Observation]{Err: err}}), "release": diags.ReleaseStopped(release),
			"way back by hand": diags.RollBackStopped(release), "deployment": diags.Unfinished(diags.Work{What: "The thing", Err: err}),
			"data source": diags.NotAsked(err),
		} {
			want := c.summary
			if who == "data source" && c.readIsWorded != "" {
				want = c.readIsWorded
			}
			if d.Summary() != want || !strings.Contains(d.Detail(), c.hint) || c.neverSuggested != "" && strings.Contains(d.Detail(), c.neverSuggested) {
				t.Errorf("%s: %v: %s\n%s", who, c.kind, d.Summary(), d.Detail())
			}
		}
		if d := diags.ReadFailed("The thing", err); !strings.Contains(d.Detail(), c.hint) {
			t.Errorf("a refresh: %v: %s", c.kind, d.Detail())
		}
		if errors.Is(c.kind, awsapi.ErrExpired) || errors.Is(c.kind, awsapi.ErrNoCredentials) { // a provider that cannot even begin
			refresh, d := diags.ReadFailed("The thing", err).Detail(), diags.NoCredentials(err)
			if advice := refresh[strings.LastIndex(refresh, "\n\n"):]; d.Summary() != c.summary || !strings.HasSuffix(d.Detail(), advice) {
				t.Errorf("the provider: %v: %s\n%s\nand a refresh:%s", c.kind, d.Summary(), d.Detail(), advice)
			}
		}
	}
}

// What is said is put together from its parts once, and is not taken apart again.
func TestNoTextIsTakenApart(t *testing.T) {
	t.Parallel()
	for _, file := range parse(t, ".") {
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Split" {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "strings" {
					t.Errorf("%s splits a text: hand its parts on instead", file.Name)
				}
			}
			return true
		})
	}
}
