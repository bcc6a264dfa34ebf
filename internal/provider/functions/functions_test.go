package functions_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

func TestAliasCoversAsCloudFrontDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		alias, name string
		want        bool
	}{
		{"www.example.com", "www.example.com", true},
		{"www.example.com", "shop.example.com", false},
		{"*.example.com", "www.example.com", true},
		{"*.example.com", "marketing.product-name.example.com", true},
		{"*.example.com", "example.com", false},
		{"*.shop.example.com", "www.example.com", false},
	} {
		got, ferr, err := acctest.Call(t.Context(), "alias_covers", c.alias, c.name)
		if err != nil || ferr != nil || got != c.want {
			t.Errorf("%s covers %s: %v (%v, %v), want %t", c.alias, c.name, got, ferr, err, c.want)
		}
	}
}

// A function's error names the argument, says what is wrong, and what to write.
func TestABadArgumentIsNamed(t *testing.T) {
	t.Parallel()
	blue := "arn:aws:cloudfront::123456789012:distribution/EBLUE"
	options := func(name string, v any) []any {
		return []any{"plan", []string{"cdn_distribution"}, map[string]any{name: v}}
	}
	for _, c := range []struct {
		name     string
		function string
		args     []any
		argument int64
		says     []string
	}{
		{"upper case", "alias_covers", []any{"*.Example.com", "www.example.com"}, 0, []string{"`alias`", "Write \"*.example.com\""}},
		{"wildcard in the middle", "alias_covers", []any{"www.*.com", "www.example.com"}, 0, []string{"`alias`", "first label"}},
		{"empty", "alias_covers", []any{"www.example.com", ""}, 1, []string{"`name`", "empty"}},
		{"a URL", "alias_covers", []any{"www.example.com", "https://www.example.com/"}, 1, []string{"`name`", "without scheme"}},
		{"a wildcard as host", "alias_covers", []any{"*.example.com", "*.example.com"}, 1, []string{"`name`", "wildcard", "Write one name under it"}},
		{"unknown mode", "iam_policy", []any{"destroy", []string{"cdn_distribution"}}, 0, []string{"`mode`", `"destroy"`, `Write "plan", "apply" or "query".`}},
		{"no kind", "iam_policy", []any{"plan", []string{}}, 1, []string{"`kinds`", "empty"}},
		{"unknown kind", "iam_policy", []any{"plan", []string{"aws_instance"}}, 1, []string{"`kinds`", `"aws_instance"`, `"cdn_bluegreen_switch"`}},
		{"null kind", "iam_policy", []any{"plan", []any{nil}}, 1, []string{"`kinds`", "null"}},
		{"two objects", "iam_policy", []any{"plan", []string{"cdn_distribution"}, map[string]any{}, map[string]any{}}, 2, []string{"one object", "2"}},
		{"no object", "iam_policy", []any{"plan", []string{"cdn_distribution"}, "everything"}, 2, []string{"`options` is not an object"}},
		{"unknown option", "iam_policy", options("distribution", []any{blue}), 2, []string{`"distribution"`, `"distributions"`}},
		{"no list", "iam_policy", options("distributions", blue), 2, []string{"`options.distributions` is not a list"}},
		{"an id", "iam_policy", options("distributions", []any{"EBLUE"}), 2, []string{"`options.distributions`", `"EBLUE"`, "ARN"}},
		{"no distribution", "iam_policy", options("distributions", []any{}), 2, []string{"`options.distributions` is empty"}},
		{"a number", "iam_policy", options("distributions", []any{true}), 2, []string{"`options.distributions`", "not a string"}},
		{"unknown method", "iam_policy", options("methods", []any{"magic"}), 2, []string{"`options.methods`", `"magic"`, `"associate_alias"`}},
		{"certificate of another region", "iam_policy", options("certificates", []any{"arn:aws:acm:eu-west-1:123456789012:certificate/1"}), 2, []string{"`options.certificates`", "us-east-1"}},
		{"invalidate what", "iam_policy", options("invalidate", []any{"/*"}), 2, []string{"`options.invalidate` is not a bool"}},
		{"bucket name", "iam_policy", options("buckets", []any{"snapshots"}), 2, []string{"`options.buckets`", "ARN"}},
		{"snapshots of what", "iam_policy", options("snapshots", "snapshots"), 2, []string{"`options.snapshots` is not a bool"}},
		{"a function without versions", "iam_policy", options("lambda_versions", []any{"arn:aws:lambda:us-east-1:123456789012:function:edge"}), 2, []string{"`options.lambda_versions`", "us-east-1"}},
		{"a function of another region", "iam_policy", options("lambda_versions", []any{"arn:aws:lambda:eu-west-1:123456789012:function:edge:*"}), 2, []string{"`options.lambda_versions`", "us-east-1"}},
		{"zone id", "iam_policy", options("hosted_zones", []any{"Z123"}), 2, []string{"`options.hosted_zones`", "ARN"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ferr, err := acctest.Call(t.Context(), c.function, c.args...)
			if err != nil || ferr == nil {
				t.Fatalf("answered %v, %v", got, err)
			}
			if ferr.FunctionArgument == nil || *ferr.FunctionArgument != c.argument {
				t.Errorf("blames argument %v, want %d", ferr.FunctionArgument, c.argument)
			}
			for _, s := range c.says {
				if !strings.Contains(ferr.Text, s) {
					t.Errorf("%q does not say %q", ferr.Text, s)
				}
			}
		})
	}
}

func TestIAMPolicyIsTheTableOnWhichEverythingElseRests(t *testing.T) {
	t.Parallel()
	blue, zone := "arn:aws:cloudfront::123456789012:distribution/EBLUE", "arn:aws:route53:::hostedzone/Z1"
	for _, c := range []struct {
		name string
		args []any
		o    permissions.Options
	}{
		{"nothing said", nil, permissions.Options{}},
		{"null", []any{nil}, permissions.Options{}},
		{"an empty object", []any{map[string]any{}}, permissions.Options{}},
		{"nulls in it", []any{map[string]any{"distributions": nil, "methods": nil, "invalidate": nil}}, permissions.Options{}},
		{
			"everything said",
			[]any{map[string]any{"distributions": []any{blue}, "hosted_zones": []any{zone}, "certificates": []any{}, "methods": []any{"associate_alias"}, "invalidate": true, "snapshots": true, "buckets": []any{"arn:aws:s3:::snapshots"}}},
			permissions.Options{Invalidate: true, Snapshots: true, Buckets: []string{"arn:aws:s3:::snapshots"}, Distributions: []string{blue}, Zones: []string{zone}, Certificates: []string{}, Methods: []switchover.Method{switchover.AssociateAlias}},
		},
		{
			"functions and a preflight of behaviours",
			[]any{map[string]any{"lambda_functions": true, "lambda_versions": []any{"arn:aws:lambda:us-east-1:123456789012:function:edge:*"}, "behavior_switch": true}},
			permissions.Options{Functions: true, Behaviors: true, Versions: []string{"arn:aws:lambda:us-east-1:123456789012:function:edge:*"}},
		},
		{"a preflight of a split", []any{map[string]any{"edge_split": true}}, permissions.Options{Splits: true}},
		{
			"a split whose functions somebody else associates",
			[]any{map[string]any{"exported": true, "edge_functions": []any{"arn:aws:cloudfront::123456789012:function/shop-*"}, "key_value_stores": []any{"arn:aws:cloudfront::123456789012:key-value-store/*"}}},
			permissions.Options{Exported: true, EdgeFunctions: []string{"arn:aws:cloudfront::123456789012:function/shop-*"}, Stores: []string{"arn:aws:cloudfront::123456789012:key-value-store/*"}},
		},
	} {
		kinds := []string{"cdn_bluegreen_switch", "cdn_staging_promotion", "cdn_behavior_switch", "cdn_preflight", "cdn_edge_split"}
		want, err := permissions.Policy(permissions.Apply, kinds, c.o)
		if err != nil {
			t.Fatal(err)
		}
		got, ferr, err := acctest.Call(t.Context(), "iam_policy", append([]any{"apply", kinds}, c.args...)...)
		if err != nil || ferr != nil || got != want {
			t.Errorf("%s (%v, %v):\n%v\nwant\n%s", c.name, ferr, err, got, want)
		}
		if text, ok := got.(string); !ok || !json.Valid([]byte(text)) {
			t.Errorf("%s: not JSON: %v", c.name, got)
		}
	}
}

// OpenTofu sends nothing where Terraform sends a null.
func TestOptionsMayBeNullInBothCLIs(t *testing.T) {
	t.Parallel()
	want, _, err := acctest.Call(t.Context(), "iam_policy", "plan", []string{"cdn_distribution"})
	if err != nil {
		t.Fatal(err)
	}
	for cli, null := range map[string]any{"Terraform": nil, "OpenTofu": acctest.OpenTofuNull} {
		got, ferr, err := acctest.Call(t.Context(), "iam_policy", "plan", []string{"cdn_distribution"}, null)
		if err != nil || ferr != nil || got != want {
			t.Errorf("%s: answered %v, %v, %v", cli, got, ferr, err)
		}
	}
}
