package bluegreenswitch_test

import (
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// badAccounts are configurations and worlds in which nothing may move between accounts.
func badAccounts() []badInput {
	overlap := func(_ *acctest.Env, c acctest.Config) { c["method"] = "wildcard_overlap" }
	down := func(_ *acctest.Env, c acctest.Config) { c["allow_downtime"] = true }
	provider := func(name, arn string) func(c *acctest.Core) {
		return func(c *acctest.Core) {
			accounts := acctest.Accounts()
			accounts[name] = acctest.Config{"assume_role": acctest.Config{"role_arn": arn}}
			c.Provider["accounts"] = accounts
		}
	}
	txt := func(change func(set *r53types.ResourceRecordSet)) func(e *acctest.Env) {
		return func(e *acctest.Env) {
			dns := e.In(acctest.DNSAccount)
			dns.ZoneIDs = e.ZoneIDs
			set := &r53types.ResourceRecordSet{Name: aws.String("_www.example.com"), Type: r53types.RRTypeTxt, TTL: aws.Int64(300), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(`"of somebody"`)}}}
			change(set)
			dns.ChangeByHand("www.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: set})
		}
	}
	return []badInput{
		{name: "account that nobody gave", edit: func(_ *acctest.Env, c acctest.Config) {
			side(c, "green")["account"], c["method"] = "prod", "wildcard_overlap"
		}},
		{name: "accounts that nobody gave", edit: overlap, core: func(c *acctest.Core) { delete(c.Provider, "accounts") }},
		{name: "role that cannot be assumed", edit: overlap, core: provider("new", "arn:aws:iam::210987654321:role/missing")},
		{name: "role of the account with the zone that trusts others", edit: overlap, world: func(e *acctest.Env) {
			e.World.Identity().AddRole(sts.Role{Name: "cutover", Account: acctest.DNSAccount, Trusts: []string{"arn:aws:iam::123456789012:role/hub"}})
		}},
		{name: "one account as two", edit: overlap, core: provider("dns", "arn:aws:iam::210987654321:role/cutover")},
		{name: "own account as another", edit: overlap, core: provider("new", "arn:aws:iam::123456789012:role/cutover"), world: func(e *acctest.Env) {
			e.World.Identity().AddRole(sts.Role{Name: "cutover", Trusts: []string{"*"}})
		}},
		{name: "account that is not allowed", edit: overlap, core: func(c *acctest.Core) {
			c.Provider["allowed_account_ids"] = []string{"123456789012", acctest.DNSAccount}
		}},
		{name: "downtime that nobody agreed to between accounts"},
		{name: "downtime of an apex that nobody agreed to", names: []string{"example.com", "www.example.com"}},
		{name: "dance of an apex", names: []string{"example.com"}, edit: overlap},
		{name: "dance under a wildcard of somebody", edit: overlap, world: func(e *acctest.Env) {
			e.In(acctest.NewAccount).Distribute("other", func(c *cftypes.DistributionConfig) {
				c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{"*.example.com"}}
			})
		}},
		{name: "dance without a certificate for the wildcard", edit: overlap, world: func(e *acctest.Env) {
			there := e.In(acctest.NewAccount)
			there.EditByHand(e.Green, func(c *cftypes.DistributionConfig) {
				c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.Certificate = aws.String(there.Certify("www.example.com")), nil //nolint:staticcheck // the deprecated member comes back from AWS and would contradict
			})
			there.Settle()
		}},
		{name: "dance back without a certificate for the wildcard", edit: overlap, world: func(e *acctest.Env) {
			e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) {
				c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.Certificate = aws.String(e.Certify("www.example.com")), nil //nolint:staticcheck // the deprecated member comes back from AWS and would contradict
			})
			e.Settle()
		}},
		{name: "proof without a zone", edit: func(_ *acctest.Env, c acctest.Config) { c["allow_downtime"] = true; delete(c, "dns") }},
		{name: "proof of a wildcard", names: []string{"*.example.com"}, edit: func(_ *acctest.Env, c acctest.Config) { c["allow_downtime"] = true; delete(c, "verify") }},
		{name: "downtime twice", edit: func(_ *acctest.Env, c acctest.Config) {
			c["allow_downtime"], c["allow_downtime_for"] = true, []string{"www.example.com"}
		}},
		{name: "source with a name that stays", edit: down, world: func(e *acctest.Env) {
			e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) {
				c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(2), Items: []string{"www.example.com", "shop.example.com"}}
			})
			e.Settle()
		}},
		{name: "proof that is weighted", edit: down, world: txt(func(set *r53types.ResourceRecordSet) { set.SetIdentifier, set.Weight = aws.String("a"), aws.Int64(1) })},
		{name: "proof that is a CNAME", edit: down, world: txt(func(set *r53types.ResourceRecordSet) {
			set.Type, set.ResourceRecords[0].Value = r53types.RRTypeCname, aws.String("elsewhere.example.net")
		})},
		{name: "source in an account that nobody gave", edit: func(e *acctest.Env, c acctest.Config) { overlap(e, c); side(c, "blue")["account"] = "dns" }},
		{name: "zone that no account reaches", edit: overlap, world: func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Operation: "GetHostedZone", Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "No."})
		}},
		{name: "zone of another account", edit: func(e *acctest.Env, c acctest.Config) { overlap(e, c); delete(zone(c, "example.com"), "account") }},
	}
}

func TestNothingMovesBetweenAccountsThatCannot(t *testing.T) {
	t.Parallel()
	for _, bad := range badAccounts() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := apart("www.example.com")
				if bad.names != nil {
					s.Names = bad.names
				}
				e := acctest.New(t, s)
				e.Spread()
				c := core(e)
				c.Provider["accounts"] = acctest.Accounts()
				if bad.world != nil {
					bad.world(e)
				}
				config := between(e, "green", nil)
				if bad.edit != nil {
					bad.edit(e, config)
				}
				if bad.core != nil {
					bad.core(c)
				}
				golden.Said(t, "bad", bad.name, e.Refused(c, config))
				if !c.State.IsNull() {
					t.Errorf("left a state behind: %s", c.State)
				}
			})
		})
	}
}
