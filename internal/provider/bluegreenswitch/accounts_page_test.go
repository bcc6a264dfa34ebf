package bluegreenswitch_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// A part is what one account of an apart site has to allow.
type part struct {
	called string // in the provider block; "" is the provider's own
	number string
	o      permissions.Options
}

// parts are those of every account, for a method.
func parts(e *acctest.Env, green *acctest.Env, method string) []part {
	arn := func(account, id string) string { return "arn:aws:cloudfront::" + account + ":distribution/" + id }
	methods := []switchover.Method{switchover.Method(method)}
	role := func(account string) string { return "arn:aws:iam::" + account + ":role/cutover" }
	none := []string{}
	return []part{
		{"", e.World.Account(), permissions.Options{
			Methods: methods, Zones: none, Distributions: []string{arn(e.World.Account(), e.Blue.ID)}, Certificates: []string{e.Certificate},
			Roles: []string{role(acctest.NewAccount), role(acctest.DNSAccount)},
		}},
		{"new", acctest.NewAccount, permissions.Options{Methods: methods, Zones: none, Distributions: []string{arn(acctest.NewAccount, e.Green.ID)}, Certificates: []string{green.Certificate}}},
		{"dns", acctest.DNSAccount, permissions.Options{Methods: methods, Distributions: none, Certificates: none, Zones: []string{"arn:aws:route53:::hostedzone/" + e.ZoneIDs["example.com"]}}},
	}
}

// journey is a cutover between accounts and back, and two creates that meet a stranger, where
// each account may do what its part says but for one action in one of them.
func journey(t *testing.T, method, in, action string) (said acctest.Diagnostics, calls []journal.Call, all []part) {
	t.Helper()
	for _, taken := range []bool{false, true} {
		s := apart("www.example.com")
		s.Unclaimed = taken
		e := acctest.New(t, s)
		if taken {
			e.Distribute("other", func(c *cftypes.DistributionConfig) {
				c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{"www.example.com"}}
			})
		}
		green, _ := e.Spread()
		all = parts(e, green, method)
		for _, p := range all {
			less := action
			if p.called != in {
				less = ""
			}
			policy, err := permissions.Without(less, permissions.Apply, []string{resourceType}, p.o)
			if err == nil {
				err = e.World.AddAccount(p.number).Restrict(policy)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		c := core(e)
		c.Provider["accounts"] = acctest.Accounts()
		for _, live := range []string{"blue", "green", "blue"} {
			config := between(e, live, acctest.Config{"method": method, "allow_downtime": true})
			delete(config, "verify")
			for _, d := range apply(t, c, config) {
				if !taken || d.Summary != "An alias belongs to another distribution" {
					said = append(said, d)
				}
			}
		}
		calls = append(calls, e.Calls(0)...)
	}
	return said, calls, all
}

func TestEachAccountNeedsWhatItsPolicySays(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"domain_association", "wildcard_overlap"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				said, calls, all := journey(t, method, "", "")
				if len(said.Errors()) > 0 {
					t.Fatal(said)
				}
				for _, p := range all {
					var used []string
					for _, c := range calls {
						if strings.Split(c.Caller, ":")[4] == p.number {
							used = append(used, c.Actions...)
						}
					}
					for _, g := range permissions.Grants(permissions.Apply, []string{resourceType}, p.o) {
						if !g.Together && !slices.Contains(used, g.Action) {
							t.Errorf("the account %q is to allow %s, which nothing needs", p.called, g.Action)
						}
					}
				}
			})
		})
	}
}

func TestWithoutOneActionOfOneAccountBothAreNamed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"domain_association", "wildcard_overlap"} {
		for _, p := range []struct {
			called string
			o      permissions.Options
		}{
			{"", permissions.Options{Zones: []string{}, Roles: []string{"role"}}},
			{"new", permissions.Options{Zones: []string{}}},
			{"dns", permissions.Options{Distributions: []string{}, Certificates: []string{}}},
		} {
			p.o.Methods = []switchover.Method{switchover.Method(method)}
			for _, g := range permissions.Grants(permissions.Apply, []string{resourceType}, p.o) {
				t.Run(method+" "+p.called+" "+g.Action, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						said, _, _ := journey(t, method, p.called, g.Action)
						text := said.String()
						switch {
						case g.Optional && len(said.Errors()) > 0:
							t.Errorf("it is said to be optional:\n%s", text)
						case g.Optional:
						case !strings.Contains(text, g.Action):
							t.Errorf("the action is not named:\n%s", text)
						case p.called != "" && !strings.Contains(text, "account "+p.called):
							t.Errorf("the account is not named:\n%s", text)
						}
					})
				})
			}
		}
	}
}
