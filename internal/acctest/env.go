// Package acctest is what the tests of the provider stand on: a simulated AWS
// with a running site in it, hands that change it behind the provider's back, and
// two ways to use the provider: the Terraform CLI, and Core, which speaks
// Terraform's side of the protocol in process. It is imported by tests only.
package acctest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Site says what is running before the provider comes.
type Site struct {
	Names []string // on blue, and covered by both certificates
	Zones []string // domains; every name gets A and AAAA records to blue in its zone
	// NoRecords leaves the zones without records for the names.
	NoRecords bool
	// Unclaimed leaves the names on no distribution at all.
	Unclaimed bool
	// Covered are the certificate's names; empty: Names and their wildcards.
	Covered []string
	World   awssim.Options
}

// Env is a simulated AWS with a site in it.
type Env struct {
	World       *awssim.World
	CloudFront  *cloudfront.Client
	Route53     *route53.Client
	ACM         *acm.Client
	Blue, Green Distribution
	ZoneIDs     map[string]string // by domain
	Names       []string
	Certificate string // ARN
	Start       time.Time
	Account     string // number; "" is the world's first one

	tb      testing.TB
	covered []string // by Certificate
}

// byHand begins the access keys of hands.
const byHand = "AKIDBYHAND"

// A Distribution of the site.
type Distribution struct{ ID, Domain string }

// New builds a site and returns once it is deployed everywhere.
func New(tb testing.TB, site Site) *Env {
	tb.Helper()
	if site.World.Clock == nil {
		site.World.Clock = clock.System{}
	}
	e := &Env{World: awssim.New(site.World), ZoneIDs: map[string]string{}, Names: site.Names, tb: tb}
	e.connect()
	tb.Cleanup(func() {
		for _, mistake := range e.World.Mistakes() {
			tb.Errorf("the simulator: %s", mistake)
		}
	})
	covered := site.Covered
	if covered == nil {
		for _, n := range site.Names {
			_, parent, _ := strings.Cut(n, ".")
			covered = append(covered, n)
			if wild := "*." + parent; !slices.Contains(covered, wild) && strings.Contains(parent, ".") {
				covered = append(covered, wild)
			}
		}
		slices.Sort(covered)
		covered = slices.Compact(covered)
	}
	e.covered = covered
	e.Certificate = e.Certify(covered...)
	var onBlue []string
	if !site.Unclaimed {
		onBlue = site.Names
	}
	e.Blue = e.Distribute("blue", func(c *cftypes.DistributionConfig) { c.Aliases = aliases(onBlue) })
	e.Green = e.Distribute("green", nil)
	for _, domain := range site.Zones {
		e.AddZone(domain)
	}
	if !site.NoRecords {
		for _, n := range site.Names {
			if zone := e.zoneOf(n); zone != "" {
				e.PointByHand(n, e.Blue.Domain, "A", "AAAA")
			}
		}
	}
	e.Settle()
	e.Start = e.World.Clock().Now()
	return e
}

// In is the hands in another account of the same world, with a certificate for the site's
// names there and nothing else. What they make and change is that account's; a role of it that
// the provider may assume is made with World.Identity, what its callers may do is said with
// World.AddAccount. Blue, Green and ZoneIDs are whatever the test puts there.
func (e *Env) In(account string) *Env {
	e.tb.Helper()
	out := &Env{World: e.World, ZoneIDs: map[string]string{}, Names: e.Names, Start: e.Start, Account: account, tb: e.tb, covered: e.covered}
	out.World.AddAccount(account, byHand+account)
	out.connect()
	out.Certificate = out.Certify(out.covered...)
	return out
}

func (e *Env) connect() {
	cfg := aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: e.World.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider(byHand+e.Account, "secret", ""),
	}
	e.CloudFront, e.Route53, e.ACM = cloudfront.NewFromConfig(cfg), route53.NewFromConfig(cfg), acm.NewFromConfig(cfg)
}

// AddZone creates a hosted zone.
func (e *Env) AddZone(domain string) {
	e.tb.Helper()
	out, err := e.Route53.CreateHostedZone(e.ctx(), &route53.CreateHostedZoneInput{Name: aws.String(domain), CallerReference: aws.String(domain)})
	e.must(err)
	e.ZoneIDs[domain] = strings.TrimPrefix(aws.ToString(out.HostedZone.Id), "/hostedzone/")
}

func (e *Env) ctx() context.Context { return context.Background() }

func (e *Env) must(err error) {
	e.tb.Helper()
	if err != nil {
		e.tb.Fatal(err)
	}
}

// Certify requests a certificate, which is issued at once, and returns its ARN.
func (e *Env) Certify(names ...string) string {
	e.tb.Helper()
	in := &acm.RequestCertificateInput{DomainName: aws.String(names[0])}
	if len(names) > 1 {
		in.SubjectAlternativeNames = names[1:]
	}
	out, err := e.ACM.RequestCertificate(e.ctx(), in)
	e.must(err)
	return aws.ToString(out.CertificateArn)
}

func aliases(names []string) *cftypes.Aliases {
	return &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // a handful
}

// Distribute creates an enabled distribution with an origin named after it,
// {name}.origin.test, and the site's certificate.
func (e *Env) Distribute(name string, edit func(*cftypes.DistributionConfig)) Distribution {
	e.tb.Helper()
	c := &cftypes.DistributionConfig{
		CallerReference: aws.String(name), Comment: aws.String(name), Enabled: aws.Bool(true), IsIPV6Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("origin"), DomainName: aws.String(name + ".origin.test"),
			CustomOriginConfig: &cftypes.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpOnly},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"), // Managed-CachingDisabled
		},
		ViewerCertificate: &cftypes.ViewerCertificate{
			ACMCertificateArn: aws.String(e.Certificate), SSLSupportMethod: cftypes.SSLSupportMethodSniOnly, MinimumProtocolVersion: cftypes.MinimumProtocolVersionTLSv122021,
		},
	}
	if edit != nil {
		edit(c)
	}
	out, err := e.CloudFront.CreateDistribution(e.ctx(), &cloudfront.CreateDistributionInput{DistributionConfig: c})
	e.must(err)
	return Distribution{ID: aws.ToString(out.Distribution.Id), Domain: aws.ToString(out.Distribution.DomainName)}
}

// Settle waits until every change made so far has propagated.
func (e *Env) Settle() {
	e.tb.Helper()
	all := max(e.World.Propagation().Bound(), 3*e.World.Propagation().Span())
	e.must(e.World.Clock().Sleep(e.ctx(), all+e.World.Knobs().InsyncSpan+e.World.Knobs().DNSCheckDelay))
}

// EditByHand changes a distribution's configuration as somebody with a console would, who
// begins anew where somebody else was faster.
func (e *Env) EditByHand(d Distribution, edit func(*cftypes.DistributionConfig)) {
	e.tb.Helper()
	for {
		got, err := e.CloudFront.GetDistributionConfig(e.ctx(), &cloudfront.GetDistributionConfigInput{Id: aws.String(d.ID)})
		e.must(err)
		edit(got.DistributionConfig)
		_, err = e.CloudFront.UpdateDistribution(e.ctx(), &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: got.ETag, DistributionConfig: got.DistributionConfig})
		if _, late := errors.AsType[*cftypes.PreconditionFailed](err); late {
			continue
		}
		e.must(err)
		return
	}
}

// MoveByHand moves a name to a distribution.
func (e *Env) MoveByHand(name string, to Distribution) {
	e.tb.Helper()
	got, err := e.CloudFront.GetDistribution(e.ctx(), &cloudfront.GetDistributionInput{Id: aws.String(to.ID)})
	e.must(err)
	_, err = e.CloudFront.UpdateDomainAssociation(e.ctx(), &cloudfront.UpdateDomainAssociationInput{
		Domain: aws.String(name), IfMatch: got.ETag, TargetResource: &cftypes.DistributionResourceId{DistributionId: aws.String(to.ID)},
	})
	e.must(err)
}

// DeleteByHand takes a distribution's names, disables it, waits and deletes it.
func (e *Env) DeleteByHand(d Distribution) {
	e.tb.Helper()
	e.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Aliases, c.Enabled = aliases(nil), aws.Bool(false) })
	e.Settle()
	got, err := e.CloudFront.GetDistribution(e.ctx(), &cloudfront.GetDistributionInput{Id: aws.String(d.ID)})
	e.must(err)
	_, err = e.CloudFront.DeleteDistribution(e.ctx(), &cloudfront.DeleteDistributionInput{Id: aws.String(d.ID), IfMatch: got.ETag})
	e.must(err)
}

// DeleteZone deletes the hosted zone of a domain, which AWS refuses while there
// are records in it.
func (e *Env) DeleteZone(domain string) error {
	_, err := e.Route53.DeleteHostedZone(e.ctx(), &route53.DeleteHostedZoneInput{Id: aws.String(e.ZoneIDs[domain])})
	return err
}

// PointByHand upserts alias records of a name.
func (e *Env) PointByHand(name, domain string, rtypes ...r53types.RRType) {
	e.tb.Helper()
	var changes []r53types.Change
	for _, typ := range rtypes {
		changes = append(changes, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(name), Type: typ,
			AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(domain)},
		}})
	}
	e.ChangeByHand(name, changes...)
}

// ChangeByHand sends a batch to the zone of a name.
func (e *Env) ChangeByHand(name string, changes ...r53types.Change) {
	e.tb.Helper()
	_, err := e.Route53.ChangeResourceRecordSets(e.ctx(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(e.zoneOf(name)), ChangeBatch: &r53types.ChangeBatch{Changes: changes},
	}, patiently)
	e.must(err)
}

// patiently has whoever changes hundreds of records wait for as long as Route 53 asks for.
func patiently(o *route53.Options) { o.RetryMaxAttempts = 30 }

func (e *Env) zoneOf(name string) string {
	best := ""
	for domain := range e.ZoneIDs {
		if (name == domain || strings.HasSuffix(name, "."+domain)) && len(domain) > len(best) {
			best = domain
		}
	}
	return e.ZoneIDs[best]
}

// Owner returns the distribution that has a name, "" for none.
func (e *Env) Owner(name string) string {
	e.tb.Helper()
	pages := cloudfront.NewListDistributionsPaginator(e.CloudFront, &cloudfront.ListDistributionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(e.ctx())
		e.must(err)
		for _, d := range page.DistributionList.Items {
			if d.Aliases != nil && slices.Contains(d.Aliases.Items, name) {
				return aws.ToString(d.Id)
			}
		}
	}
	return ""
}

// Records returns "TYPE target" of each record set of a name, as Route 53 lists them.
func (e *Env) Records(name string) []string {
	e.tb.Helper()
	var out []string
	list, err := e.Route53.ListResourceRecordSets(e.ctx(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(e.zoneOf(name)), StartRecordName: aws.String(name)})
	e.must(err)
	for _, set := range list.ResourceRecordSets {
		if strings.TrimSuffix(aws.ToString(set.Name), ".") != name || set.Type == r53types.RRTypeNs || set.Type == r53types.RRTypeSoa {
			continue
		}
		target := ""
		if set.AliasTarget != nil {
			target = strings.TrimSuffix(aws.ToString(set.AliasTarget.DNSName), ".")
		}
		for _, v := range set.ResourceRecords {
			target = strings.TrimSuffix(aws.ToString(v.Value), ".")
		}
		out = append(out, fmt.Sprintf("%s %s", set.Type, target))
	}
	return out
}

// Aliases lists the alternate domain names of a distribution.
func (e *Env) Aliases(d Distribution) []string {
	e.tb.Helper()
	got, err := e.CloudFront.GetDistributionConfig(e.ctx(), &cloudfront.GetDistributionConfigInput{Id: aws.String(d.ID)})
	e.must(err)
	return got.DistributionConfig.Aliases.Items
}

// Writes returns the writes of the provider after a call number; hands use
// other access keys.
func (e *Env) Writes(after int) []journal.Call {
	var out []journal.Call
	for _, c := range e.World.Journal().Writes(after) {
		if !strings.HasPrefix(c.AccessKey, byHand) {
			out = append(out, c)
		}
	}
	return out
}

// Calls returns the provider's calls after a call number.
func (e *Env) Calls(after int) []journal.Call {
	var out []journal.Call
	for _, c := range e.World.Journal().Calls(after) {
		if !strings.HasPrefix(c.AccessKey, byHand) {
			out = append(out, c)
		}
	}
	return out
}

// Cost does something of the provider's and returns three cells of a page's table: what
// it took, its calls, and its writes.
func (e *Env) Cost(do func()) string {
	e.tb.Helper()
	before, began := e.World.Journal().Seq(), e.World.Clock().Now()
	do()
	return fmt.Sprintf("%s | %d | %d", Clockwise(e.World.Clock().Now().Sub(began)), len(e.Calls(before)), len(e.Writes(before)))
}

// ShowsCost fails the test unless a page has a row with what doing something costs.
func (e *Env) ShowsCost(page, what string, do func()) {
	e.tb.Helper()
	golden.Row(e.tb, page, "| "+what+" | "+e.Cost(do)+" |")
}

// Clockwise writes a duration as people do.
func Clockwise(d time.Duration) string {
	d = d.Round(time.Second)
	if d == 0 {
		return "none"
	}
	return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
}

// ExpectServed fails the test if, at any instant since the site was up, any POP
// or name server let down viewers of any of its names.
func (e *Env) ExpectServed() {
	e.tb.Helper()
	for _, v := range e.World.Audit(e.Start, e.Names...) {
		e.tb.Error(v)
	}
}

// ExpectOn fails the test unless a distribution has every name, and every record
// of them points at it.
func (e *Env) ExpectOn(d Distribution) {
	e.tb.Helper()
	for _, name := range e.Names {
		if got := e.Owner(name); got != d.ID {
			e.tb.Errorf("%s is on %q, want %s", name, got, d.ID)
		}
		if e.zoneOf(name) == "" {
			continue
		}
		records := e.Records(name)
		if len(records) == 0 {
			e.tb.Errorf("%s has no records", name)
		}
		for _, r := range records {
			if !strings.HasSuffix(r, " "+d.Domain) {
				e.tb.Errorf("%s has a record %q, want one to %s", name, r, d.Domain)
			}
		}
	}
}
