package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// dataSources are all of them, each with a configuration that makes every call it
// knows: one of the names belongs to a distribution that nobody mentions.
var dataSources = map[string]func(e *acctest.Env) acctest.Config{
	"cdn_alias_owner": func(e *acctest.Env) acctest.Config {
		return acctest.Config{"name": third, "distribution_id": e.Green.ID}
	},
	"cdn_distribution": func(e *acctest.Env) acctest.Config { return acctest.Config{"id": e.Green.ID} },
	"cdn_http_probe": func(*acctest.Env) acctest.Config {
		return acctest.Config{"url": "http://www.example.com/", "body_contains": "blue.origin.test", "samples": 3}
	},
	"cdn_orphaned_policies": func(e *acctest.Env) acctest.Config {
		e.JoinByHand(e.CopyByHand(e.Green), acctest.ByWeight(0.05), false)
		return acctest.Config{}
	},
	"cdn_promotion_status": func(e *acctest.Env) acctest.Config { // staging is not named, so it has to be found
		staging := e.CopyByHand(e.Green)
		e.AttachByHand(e.Green, e.JoinByHand(staging, acctest.ByWeight(0.05), false))
		e.Settle()
		return acctest.Config{"primary_distribution_id": e.Green.ID}
	},
	"cdn_traffic": func(e *acctest.Env) acctest.Config { return acctest.Config{"distribution_id": e.Green.ID} },
	"cdn_preflight": func(e *acctest.Env) acctest.Config {
		return acctest.Config{
			"aliases": e.Names, "live": "green", "dns": map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"]}},
			"sides": map[string]any{"blue": map[string]any{"distribution_id": e.Blue.ID}, "green": map[string]any{"distribution_id": e.Green.ID}},
		}
	},
}

const third = "third.example.com"

// inASite runs a test of one data source in a bubble with a site.
func inASite(t *testing.T, kind string, test func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, acctest.Site{Names: []string{third, "www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: time.Minute}})
		other := e.Distribute("third", nil)
		e.Settle()
		e.MoveByHand(third, other)
		e.Settle()
		test(t, e, acctest.NewData(kind, clock.System{}, e.World.Transport()), dataSources[kind](e))
	})
}

func eachDataSource(t *testing.T, test func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config)) {
	t.Helper()
	for kind := range dataSources {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inASite(t, kind, test)
		})
	}
}

// asksNobody says whether a data source makes no call to AWS.
func asksNobody(kind string) bool {
	return len(permissions.Grants(permissions.Plan, []string{kind}, permissions.Options{})) == 0
}

func read(t *testing.T, d *acctest.Data, config acctest.Config) acctest.Answer {
	t.Helper()
	out, err := d.Read(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestADataSourceReadsAndWritesNothing(t *testing.T) {
	t.Parallel()
	eachDataSource(t, func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
		out := read(t, d, config)
		if len(out.Diags) > 0 {
			t.Error(out.Diags)
		}
		if w := e.Writes(0); len(w) > 0 {
			t.Errorf("wrote %s", w[0].Operation)
		}
	})
}

// What a data source returns has to be known, so while the provider cannot reach
// anybody there is nothing it could return.
func TestADataSourceWaitsUntilTheProviderIsConfigured(t *testing.T) {
	t.Parallel()
	eachDataSource(t, func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
		d.Provider["secret_key"] = acctest.Unknown
		out := read(t, d, config)
		if s := out.Diags.Errors(); len(s) != 1 || s[0].Summary != "The provider is not configured yet" || !strings.Contains(s[0].Detail, "`depends_on`") {
			t.Errorf("core that cannot wait is told %v", out.Diags)
		}
		d.Defers = true
		if out := read(t, d, config); !out.Deferred || len(out.Diags) > 0 {
			t.Errorf("core that can wait is told %v, deferred %t", out.Diags, out.Deferred)
		}
		if calls := e.Calls(0); len(calls) > 0 {
			t.Errorf("called %s", calls[0].Operation)
		}
	})
}

// scope confines a policy to what the site has.
func scope(e *acctest.Env) permissions.Options {
	distributions := []string{arn(e, e.Blue.ID), arn(e, e.Green.ID)}
	for _, staging := range e.Staging() {
		distributions = append(distributions, arn(e, staging.ID))
	}
	return permissions.Options{
		Distributions: distributions,
		Zones:         []string{"arn:aws:route53:::hostedzone/" + e.ZoneIDs["example.com"]},
		Certificates:  []string{e.Certificate},
	}
}

func arn(e *acctest.Env, id string) string {
	return fmt.Sprintf("arn:aws:cloudfront::%s:distribution/%s", e.World.Account(), id)
}

func TestTheDocumentedPolicyOfADataSourceIsExact(t *testing.T) {
	t.Parallel()
	eachDataSource(t, func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
		if asksNobody(d.Type) {
			return
		}
		o := scope(e)
		for _, mode := range permissions.Modes() {
			policy, err := permissions.Policy(mode, []string{d.Type}, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.World.Restrict(policy); err != nil {
				t.Fatal(err)
			}
			before := e.World.Journal().Seq()
			out := read(t, d, config)
			if len(out.Diags.Errors()) > 0 || strings.Contains(out.Value.String(), "not_permitted") {
				t.Errorf("%s: %s\n%s\n%s", mode, policy, out.Diags, out.Value)
			}
			matrix.Exact(t, e, before, mode, d.Type, o)
		}
	})
}

func TestThePageOfADataSourceShowsItsPolicy(t *testing.T) {
	t.Parallel()
	for kind := range dataSources {
		if asksNobody(kind) {
			continue
		}
		showsPolicy(t, permissions.Plan, kind, permissions.Options{}, "data-sources", "policy.json")
	}
}

func TestThePageOfAResourceShowsItsPolicies(t *testing.T) {
	t.Parallel()
	for kind := range schemas(t).ResourceSchemas {
		for _, mode := range permissions.Modes() {
			showsPolicy(t, mode, kind, permissions.Options{}, "resources", "policy-"+string(mode)+".json")
		}
	}
}

// showsPolicy fails the test unless a file holds the policy of the table, and a page the file.
func showsPolicy(t *testing.T, mode permissions.Mode, kind string, o permissions.Options, folder, name string) {
	t.Helper()
	policy, err := permissions.Policy(mode, []string{kind}, o)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Indent(&want, []byte(policy), "", "  "); err != nil {
		t.Fatal(err)
	}
	want.WriteString("\n")
	file := "../../examples/" + folder + "/" + kind + "/" + name
	golden.File(t, file, want.String())
	page, err := os.ReadFile("../../templates/" + folder + "/" + strings.TrimPrefix(kind, "cdn_") + ".md.tmpl") //nolint:gosec // a name from a table
	if err != nil || !strings.Contains(string(page), folder+"/"+kind+"/"+name) {
		t.Errorf("the page of %s (%v) does not show %s", kind, err, name)
	}
}

// Everything that the table knows has a page, and everything that has a page and
// calls AWS is in the table.
func TestTheTableOfPermissionsIsComplete(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	kinds := slices.Sorted(maps.Keys(all.ResourceSchemas))
	kinds = slices.Concat(kinds, slices.Collect(maps.Keys(all.DataSourceSchemas)), slices.Collect(maps.Keys(all.ActionSchemas)))
	slices.Sort(kinds)
	if got := permissions.Kinds(); !slices.Equal(got, kinds) {
		t.Errorf("the table has %v, and the provider has %v", got, kinds)
	}
	for kind := range all.DataSourceSchemas {
		if dataSources[kind] == nil {
			t.Errorf("no test reads %s", kind)
		}
	}
}

func TestWithoutOneActionADataSourceNamesIt(t *testing.T) {
	t.Parallel()
	eachDataSource(t, func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
		o := scope(e)
		for _, g := range permissions.Grants(permissions.Plan, []string{d.Type}, o) {
			policy, err := permissions.Without(g.Action, permissions.Plan, []string{d.Type}, o)
			if err != nil {
				t.Fatal(err)
			}
			if len(permissions.Grants(permissions.Plan, []string{d.Type}, o)) == 1 {
				policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"nothing:Else","Resource":"*"}}`
			}
			if err := e.World.Restrict(policy); err != nil {
				t.Fatal(err)
			}
			out := read(t, d, config)
			said := out.Diags.String() + out.Value.String() // a preflight finds it
			switch {
			case g.Optional && len(out.Diags.Errors()) > 0:
				t.Errorf("without %s, which is optional: %s", g.Action, out.Diags)
			case !g.Optional && !strings.Contains(said, "Allow "+g.Action):
				t.Errorf("without %s:\n%s", g.Action, said)
			}
		}
	})
}

// A badRead is a configuration or a world in which nothing can be said.
type badRead struct {
	name string
	kind string
	edit func(e *acctest.Env, d *acctest.Data, c acctest.Config)
}

func badReads() []badRead {
	answer := func(code string, status int, message string) func(*acctest.Env, *acctest.Data, acctest.Config) {
		return func(e *acctest.Env, _ *acctest.Data, _ acctest.Config) {
			e.World.Faults().Add(fault.Fault{Kind: fault.Answer, Code: code, Status: status, Message: message})
		}
	}
	set := func(name string, v any) func(*acctest.Env, *acctest.Data, acctest.Config) {
		return func(_ *acctest.Env, _ *acctest.Data, c acctest.Config) { c[name] = v }
	}
	out := []badRead{
		{"owner: upper case", "cdn_alias_owner", set("name", "WWW.example.com")},
		{"owner: URL", "cdn_alias_owner", set("name", "https://www.example.com/")},
		{"owner: domain name as id", "cdn_alias_owner", set("distribution_id", "d111111abcdef8.cloudfront.net")},
		{"owner: no distribution", "cdn_alias_owner", set("distribution_id", "E0NOSUCHTHING")},
		{"owner: certificate does not cover", "cdn_alias_owner", set("name", "www.example.org")},
		{"distribution: ARN", "cdn_distribution", set("id", "arn:aws:cloudfront::123456789012:distribution/E0NOSUCHTHING")},
		{"distribution: none", "cdn_distribution", set("id", "E0NOSUCHTHING")},
		{"promotion status: ARN", "cdn_promotion_status", set("primary_distribution_id", "arn:aws:cloudfront::123456789012:distribution/E0NOSUCHTHING")},
		{"promotion status: domain name as id", "cdn_promotion_status", set("staging_distribution_id", "d111111abcdef8.cloudfront.net")},
		{"preflight: about nothing", "cdn_preflight", func(_ *acctest.Env, _ *acctest.Data, c acctest.Config) { delete(c, "live"); delete(c, "sides") }},
		{"preflight: about two things", "cdn_preflight", func(e *acctest.Env, _ *acctest.Data, c acctest.Config) {
			clear(c)
			c["live"], c["continuous_deployment"] = "green", map[string]any{"primary_distribution_id": e.Blue.ID}
		}},
		{"preflight: no such side", "cdn_preflight", set("live", "purple")},
		{"preflight: no alias", "cdn_preflight", set("aliases", []string{})},
		{"preflight: downtime without consent", "cdn_preflight", set("method", "remove_and_add")},
		{"preflight: alias outside every zone", "cdn_preflight", set("aliases", []string{"www.example.com", "www.example.net"})},
		{"preflight: zone with a prefix", "cdn_preflight", set("dns", map[string]any{"example.com": map[string]any{"zone_id": "/hostedzone/Z123"}})},
	}
	for kind := range dataSources {
		if asksNobody(kind) {
			continue // whatever its target does is an answer
		}
		out = append(out,
			badRead{kind + ": expired credentials", kind, answer("ExpiredToken", 403, "The security token included in the request is expired")},
			badRead{kind + ": denied", kind, answer("AccessDenied", 403, "")},
			badRead{kind + ": throttled", kind, func(e *acctest.Env, _ *acctest.Data, _ acctest.Config) {
				e.World.Faults().Add(fault.Fault{Kind: fault.Throttle})
			}},
			badRead{kind + ": no answer", kind, func(e *acctest.Env, _ *acctest.Data, _ acctest.Config) {
				e.World.Faults().Add(fault.Fault{Kind: fault.ServerFail})
			}},
			badRead{kind + ": unreachable", kind, func(_ *acctest.Env, d *acctest.Data, _ acctest.Config) { d.World.Transport = acctest.Unreachable{} }},
		)
	}
	return out
}

func TestABadDataSourceSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, bad := range badReads() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			inASite(t, bad.kind, func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
				bad.edit(e, d, config)
				out := read(t, d, config)
				if len(out.Diags.Errors()) == 0 {
					t.Errorf("answered %s", out.Value)
				}
				golden.Said(t, "bad", bad.name, out.Diags.String())
			})
		})
	}
}
