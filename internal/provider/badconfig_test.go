package provider_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// site is the site of these tests, with one name.
func site() acctest.Site {
	return acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}}
}

// switched is a configuration of a switch of the site.
func switched(e *acctest.Env, live string) acctest.Config {
	return acctest.Config{
		"aliases": e.Names, "live": live,
		"sides": map[string]any{"blue": map[string]any{"distribution_id": e.Blue.ID}, "green": map[string]any{"distribution_id": e.Green.ID}},
		"dns":   map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"]}},
	}
}

func core(e *acctest.Env) *acctest.Core {
	return acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
}

const (
	deploy = "arn:aws:iam::123456789012:role/deploy"
	issuer = "https://app.terraform.io"
)

// roles adds those that the tests assume.
func roles(e *acctest.Env) {
	id := e.World.Identity()
	id.AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}})
	id.AddRole(sts.Role{Name: "deploy", Account: "210987654321", Trusts: []string{"*"}})
	id.AddRole(sts.Role{Name: "tfc", Issuer: issuer, Audience: "aws.workload.identity", Subject: "organization:acme:*"})
}

func block(more acctest.Config) []any {
	role := map[string]any{"role_arn": deploy, "session_name": "test"}
	maps.Copy(role, more)
	return []any{role}
}

// A badConfig is a provider block, or a world, that has to be refused.
type badConfig struct {
	name  string
	set   acctest.Config // over the ordinary provider block; nil takes a setting out
	world func(e *acctest.Env)
	core  func(c *acctest.Core)
	// late: it shows with the first call, and a plan without a refresh makes none.
	late bool
}

func badConfigs() []badConfig {
	noKeys := func(more acctest.Config) acctest.Config {
		out := acctest.Config{"access_key": nil, "secret_key": nil}
		maps.Copy(out, more)
		return out
	}
	identity := func(more acctest.Config) acctest.Config {
		return noKeys(acctest.Config{"assume_role_with_web_identity": more})
	}
	return []badConfig{
		{name: "secret key alone", set: acctest.Config{"access_key": nil}},
		{name: "token alone", set: noKeys(acctest.Config{"token": "IQoJb3JpZ2lu"})},
		{name: "no credentials", set: noKeys(nil)},
		{name: "unknown profile", set: noKeys(acctest.Config{"profile": "prod"})},

		{name: "region with a typo", set: acctest.Config{"region": "us-eats-1"}},
		{name: "region of nowhere", set: acctest.Config{"region": "mars-north-1"}},
		{name: "region in China", set: acctest.Config{"region": "cn-north-1"}},
		{name: "region in GovCloud", set: acctest.Config{"region": "us-gov-west-1"}},
		{name: "sts_region with a typo", set: acctest.Config{"sts_region": "eu-west1"}},

		{name: "wrong account", set: acctest.Config{"allowed_account_ids": []string{"111111111111", "222222222222"}}},
		{name: "forbidden account", set: acctest.Config{"forbidden_account_ids": []string{"123456789012"}}},
		{name: "wrong account by its role", world: roles, set: acctest.Config{
			"allowed_account_ids": []string{"123456789012"}, "assume_role": block(acctest.Config{"role_arn": "arn:aws:iam::210987654321:role/deploy"}),
		}},
		{name: "account of another without a list", world: roles, late: true, set: acctest.Config{"assume_role": block(acctest.Config{"role_arn": "arn:aws:iam::210987654321:role/deploy"})}},
		{name: "account number that is none", set: acctest.Config{"allowed_account_ids": []string{"12345678901"}}},
		{name: "accounts allowed and forbidden", set: acctest.Config{"allowed_account_ids": []string{"123456789012"}, "forbidden_account_ids": []string{"210987654321"}}},
		{name: "account not to be asked for", set: acctest.Config{"allowed_account_ids": []string{"123456789012"}, "skip_requesting_account_id": true}},
		{name: "account check without an answer", core: func(c *acctest.Core) { c.World.Transport = acctest.Unreachable{} }, set: acctest.Config{"allowed_account_ids": []string{"123456789012"}, "max_retries": 1}},
		{name: "credentials tried at plan", set: acctest.Config{"skip_credentials_validation": false}, world: func(e *acctest.Env) {
			e.World.Identity().AddUser(sts.User{Name: "alice", AccessKey: "AKIAALICE", SecretKey: "another"})
		}},
		{name: "credentials tried at plan and expired", set: acctest.Config{"skip_credentials_validation": false}, world: func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Service: "sts", Kind: fault.Answer, Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"})
		}},

		{name: "role without an ARN", set: acctest.Config{"assume_role": block(acctest.Config{"role_arn": nil})}},
		{name: "role by its name", set: acctest.Config{"assume_role": block(acctest.Config{"role_arn": "deploy"})}},
		{name: "role in China", set: acctest.Config{"assume_role": block(acctest.Config{"role_arn": "arn:aws-cn:iam::123456789012:role/deploy"})}},
		{name: "session instead of a role", set: acctest.Config{"assume_role": block(acctest.Config{"role_arn": "arn:aws:sts::123456789012:assumed-role/deploy/alice"})}},
		{name: "session of a minute", set: acctest.Config{"assume_role": block(acctest.Config{"duration": "1m"})}},
		{name: "session of an hour in words", set: acctest.Config{"assume_role": block(acctest.Config{"duration": "one hour"})}},
		{name: "session name with a space", set: acctest.Config{"assume_role": block(acctest.Config{"session_name": "my session", "source_identity": "a b"})}},
		{name: "external id with a space", set: acctest.Config{"assume_role": block(acctest.Config{"external_id": "not allowed"})}},
		{name: "policy that is not JSON", set: acctest.Config{"assume_role": block(acctest.Config{"policy": "allow everything"})}},
		{name: "policy without a statement", set: acctest.Config{"assume_role": block(acctest.Config{"policy": "{}", "policy_arns": []string{"ReadOnlyAccess"}})}},
		{name: "role that trusts others", late: true, set: acctest.Config{"assume_role": block(nil)}, world: func(e *acctest.Env) {
			e.World.Identity().AddRole(sts.Role{Name: "deploy", Trusts: []string{"arn:aws:iam::123456789012:role/hub"}})
		}},
		{name: "second role of a chain", late: true, world: roles, set: acctest.Config{"assume_role": append(block(nil), block(acctest.Config{"role_arn": "arn:aws:iam::123456789012:role/missing"})...)}},

		{name: "web identity and keys", set: acctest.Config{"assume_role_with_web_identity": map[string]any{"role_arn": deploy, "web_identity_token": "x"}}},
		{name: "web identity without a role", set: identity(acctest.Config{"web_identity_token_file": "token"})},
		{name: "web identity without a token", set: identity(acctest.Config{"role_arn": deploy})},
		{name: "web identity with two tokens", set: identity(acctest.Config{"role_arn": deploy, "web_identity_token": "x", "web_identity_token_file": "token"})},
		{name: "web identity file that is not there", set: identity(acctest.Config{"role_arn": deploy, "web_identity_token_file": "testdata/none"})},
		{name: "web identity that is not trusted", late: true, world: roles, set: identity(acctest.Config{
			"role_arn": "arn:aws:iam::123456789012:role/tfc", "session_name": "run",
			"web_identity_token": sts.IdentityToken(issuer, "aws.workload.identity", "organization:others:project:x", time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)),
		})},
		{name: "web identity that has expired", late: true, world: roles, set: identity(acctest.Config{
			"role_arn": "arn:aws:iam::123456789012:role/tfc", "session_name": "run",
			"web_identity_token": sts.IdentityToken(issuer, "aws.workload.identity", "organization:acme:project:x", time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)),
		})},

		{name: "no attempt at all", set: acctest.Config{"max_retries": 0}},
		{name: "quotas that allow nothing", set: acctest.Config{"invalidation_quotas": acctest.Config{"paths_per_second": 150, "wildcards_per_second": 0, "paths_in_progress": -1}}},
		{name: "unknown retry mode", set: acctest.Config{"retry_mode": "legacy"}},
		{name: "proxy without a scheme", set: acctest.Config{"http_proxy": "user:hunter2hunter2@proxy.example.com:3128"}},
		{name: "proxy that is no URL", set: acctest.Config{"https_proxy": "http://user:hunter2 hunter2@proxy.example.com:3128"}},
		{name: "CA bundle that is not there", set: acctest.Config{"custom_ca_bundle": "testdata/none.pem"}},
		{name: "CA bundle without certificates", set: acctest.Config{"custom_ca_bundle": "main_test.go"}},
		{name: "endpoint without a scheme", set: acctest.Config{"endpoints": map[string]any{"sts": "127.0.0.1:4566"}}},
		{name: "endpoint and FIPS", set: acctest.Config{"use_fips_endpoint": true, "endpoints": map[string]any{"cloudfront": "http://127.0.0.1:4566"}}},
		{name: "unknown mode of the metadata service", set: acctest.Config{"ec2_metadata_service_endpoint": "169.254.169.254", "ec2_metadata_service_endpoint_mode": "v6"}},
		{name: "looking all the time", set: acctest.Config{"poll_interval": "0s"}},
		{name: "key that nobody has", late: true, world: func(e *acctest.Env) {
			e.World.Identity().AddUser(sts.User{Name: "alice", AccessKey: "AKIAALICE", SecretKey: "another"})
		}},
		{name: "secret that is wrong", late: true, world: func(e *acctest.Env) {
			e.World.Identity().AddUser(sts.User{Name: "alice", AccessKey: "AKIDPROVIDER", SecretKey: "another"})
		}},
		{name: "clock that is wrong", late: true, world: func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "RequestExpired", Status: 400, Message: "Request has expired."})
		}},
	}
}

func TestBadConfigurationIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range badConfigs() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got := bad.run(t)
				golden.Said(t, "bad", bad.name, got)
				if strings.Contains(got, "hunter2") {
					t.Error("it shows the password")
				}
			})
		})
	}
}

// run returns what plan and apply say, and fails if they changed anything, or if
// the plan did not say what could be known without a call.
func (bad badConfig) run(t *testing.T) string {
	t.Helper()
	e := acctest.New(t, site())
	if bad.world != nil {
		bad.world(e)
	}
	c := core(e)
	maps.Copy(c.Provider, bad.set)
	if bad.core != nil {
		bad.core(c)
	}
	said := e.Refused(c, switched(e, "green"))
	if bad.late != strings.Contains(said, "# apply\n") {
		t.Errorf("late %v, and it said:\n%s", bad.late, said)
	}
	if !c.State.IsNull() {
		t.Errorf("left a state behind: %s", c.State)
	}
	return said
}
