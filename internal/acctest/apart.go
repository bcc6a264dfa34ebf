package acctest

import (
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// Numbers of the accounts of a site that is spread over several.
const (
	NewAccount = "210987654321"
	DNSAccount = "333344445555"
)

// Spread puts green into an account of its own, and a zone for example.com, with records of
// the site's names that point at blue, into a third one. The provider may assume a role in both;
// see Accounts. It returns the hands there. The site must have no zone.
func (e *Env) Spread() (green, dns *Env) {
	e.tb.Helper()
	green, dns = e.In(NewAccount), e.In(DNSAccount)
	e.Green = green.Distribute("green", nil)
	dns.AddZone("example.com")
	e.ZoneIDs = dns.ZoneIDs
	for _, name := range e.Names {
		dns.PointByHand(name, e.Blue.Domain, r53types.RRTypeA, r53types.RRTypeAaaa)
	}
	for _, account := range []string{NewAccount, DNSAccount} {
		e.World.Identity().AddRole(sts.Role{Name: "cutover", Account: account, Trusts: []string{"*"}})
	}
	e.Settle()
	e.Start = e.World.Clock().Now()
	return green, dns
}

// Accounts are `accounts` of a provider block for such a site: new and dns.
func Accounts() Config {
	role := func(account string) Config {
		return Config{"assume_role": Config{"role_arn": "arn:aws:iam::" + account + ":role/cutover"}}
	}
	return Config{"new": role(NewAccount), "dns": role(DNSAccount)}
}
