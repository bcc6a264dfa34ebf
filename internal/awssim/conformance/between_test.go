package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	violation "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// between is a name on a distribution of one account, a distribution of another one that could
// have it, and the zone, which is in a third account.
type between struct {
	*client
	to             *client
	dns            *route53.Client
	zone           string
	source, target string
	domain         string // of the target
}

const zoneAccount = "444455556666"

func newBetween(c *client, names ...string) *between {
	cfg, _ := c.in(zoneAccount)
	_, to := c.in(otherAccount)
	b := &between{client: c, to: to, dns: route53.NewFromConfig(cfg)}
	b.zone = *zoned(c.T, b.dns, "example.com").HostedZone.Id
	b.source, _ = c.create(c.config(c.certificate("example.com", "*.example.com"), names...))
	b.target, _ = to.create(to.config(to.certificate("example.com", "*.example.com", "*.www.example.com")))
	c.deployed(b.source)
	to.deployed(b.target)
	b.domain = *to.get(b.target).Distribution.DomainName
	return b
}

// put upserts a record set; it is in sync afterwards.
func (b *between) put(name string, typ r53types.RRType, values ...string) {
	b.Helper()
	b.keep(300, name, typ, values...)
}

// keep is put with a TTL.
func (b *between) keep(ttl int64, name string, typ r53types.RRType, values ...string) {
	b.Helper()
	set := r53types.ResourceRecordSet{Name: &name, Type: typ, TTL: &ttl}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, r53types.ResourceRecord{Value: aws.String(v)})
	}
	must(b.dns.ChangeResourceRecordSets(b.ctx, batch(b.zone, doing(r53types.ChangeActionUpsert, set))))
	pass(time.Minute)
}

// point makes a name an alias of a distribution.
func (b *between) point(name, domain string) {
	b.Helper()
	must(b.dns.ChangeResourceRecordSets(b.ctx, batch(b.zone, doing(r53types.ChangeActionUpsert, r53types.ResourceRecordSet{
		Name: &name, Type: r53types.RRTypeA, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: &domain},
	}))))
	pass(3 * time.Minute) // CloudFront goes on seeing the record of before for a minute
}

func (b *between) disable() {
	b.Helper()
	if err := b.edit(b.source, func(c *types.DistributionConfig) { c.Enabled = aws.Bool(false) }); err != nil {
		b.Fatal(err)
	}
}

// take asks for a name with the target's credentials, in one of the two ways.
func (b *between) take(way, name string) error {
	if way == "AssociateAlias" {
		_, err := b.to.cf.AssociateAlias(b.ctx, &cloudfront.AssociateAliasInput{TargetDistributionId: &b.target, Alias: &name})
		return err
	}
	_, err := b.to.move(name, b.target, *b.to.get(b.target).ETag)
	return err
}

const (
	noProof = "Invalid or missing alias DNS TXT records."
	enabled = "Alias move is not allowed since the source distribution is enabled."
)

// refused fails unless a move was refused in these words; "" is not refused.
func (b *between) refused(err error, words string) {
	b.Helper()
	switch {
	case words == "" && err != nil:
		b.Errorf("refused: %v", err)
	case words != "" && (code(err) != "IllegalUpdate" || !strings.Contains(err.Error(), words)):
		b.Errorf("answered %v, want IllegalUpdate: %s", err, words)
	}
}

var ways = []string{"AssociateAlias", "UpdateDomainAssociation"}

func TestANameOfAnotherAccountMovesWithProofOffADisabledDistribution(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(c *client) {
				b := newBetween(c, "www.example.com", "api.example.com")
				b.refused(b.take(way, "www.example.com"), noProof)
				b.put("_www.example.com", "TXT", `"`+b.domain+`"`)
				b.refused(b.take(way, "www.example.com"), noProof) // it was absent when it was asked for
				pass(15 * time.Minute)                             // the TTL of the zone's SOA, which is less than its minimum
				b.refused(b.take(way, "www.example.com"), enabled)
				b.disable()
				sources, since := *c.get(b.source).ETag, now()
				// Nobody of the source is asked any more, and it need not be deployed.
				b.sim.AddAccount("123456789012").Allow("cloudfront:GetDistribution")
				b.refused(b.take(way, "www.example.com"), "")
				equal(c.T, "source", c.get(b.source).Distribution.DistributionConfig.Aliases.Items, []string{"api.example.com"})
				equal(c.T, "target", b.to.get(b.target).Distribution.DistributionConfig.Aliases.Items, []string{"www.example.com"})
				if *c.get(b.source).ETag == sources {
					t.Error("the source's ETag stayed")
				}
				c.deployed(b.source)
				b.to.deployed(b.target)
				for pop := range 24 {
					if r := b.sim.CloudFront().Route(pop, now(), "www.example.com"); r.Distribution != b.target || r.Reason != "" {
						t.Errorf("POP %d: %+v", pop, r)
					}
					if r := b.sim.CloudFront().Route(pop, now(), "api.example.com"); r.Reason != "disabled" {
						t.Errorf("the name that stayed: POP %d: %+v", pop, r)
					}
				}
				dark := 0
				for _, v := range b.sim.Audit(since, "www.example.com") {
					if v.POP >= 0 {
						dark++
					}
				}
				if dark == 0 {
					t.Error("no viewer noticed that the source was disabled")
				}
			})
		})
	}
}

func TestAMoveWithinAnAccountNeedsNeither(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(c *client) {
				b := newBetween(c, "www.example.com")
				b.target, _ = c.create(c.config(c.certificate("*.example.com")))
				b.to = c
				b.refused(b.take(way, "www.example.com"), "")
			})
		})
	}
}

func TestWhatProvesAName(t *testing.T) {
	t.Parallel()
	type record struct {
		name, typ string
		values    []string
	}
	const other = `"dsomeoneelse.cloudfront.net"`
	txt := func(name string, values ...string) record { return record{name, "TXT", values} }
	for what, x := range map[string]struct {
		name    string
		records []record // TARGET is the target's domain
		turn    func(*knob.Knobs)
		refused bool
	}{
		"nothing":                        {name: "www.example.com", refused: true},
		"its record":                     {name: "www.example.com", records: []record{txt("_www.example.com", `"TARGET"`)}},
		"spelled otherwise":              {name: "www.example.com", records: []record{txt("_WWW.example.com", `"TARGET."`)}},
		"in two strings":                 {name: "www.example.com", records: []record{txt("_www.example.com", `"TARGET" "."`)}},
		"one of two values":              {name: "www.example.com", records: []record{txt("_www.example.com", other, `"TARGET"`)}},
		"one of two, and all are wanted": {name: "www.example.com", records: []record{txt("_www.example.com", other, `"TARGET"`)}, turn: func(k *knob.Knobs) { k.TXTAll = true }, refused: true},
		"one, and all are wanted":        {name: "www.example.com", records: []record{txt("_www.example.com", `"TARGET"`)}, turn: func(k *knob.Knobs) { k.TXTAll = true }},
		"none, and all are wanted":       {name: "www.example.com", turn: func(k *knob.Knobs) { k.TXTAll = true }, refused: true},
		"another's":                      {name: "www.example.com", records: []record{txt("_www.example.com", other)}, refused: true},
		"part of another text":           {name: "www.example.com", records: []record{txt("_www.example.com", `"v=TARGET"`)}, refused: true},
		"on the name itself":             {name: "www.example.com", records: []record{txt("www.example.com", `"TARGET"`)}, refused: true},
		"as that of an apex":             {name: "www.example.com", records: []record{txt("_.www.example.com", `"TARGET"`)}, refused: true},
		"of a tenant":                    {name: "www.example.com", records: []record{txt("_cf-challenge.www.example.com", `"TARGET"`)}, refused: true},
		"no TXT":                         {name: "www.example.com", records: []record{{"_www.example.com", "CNAME", []string{"TARGET"}}}, refused: true},
		"by a CNAME":                     {name: "www.example.com", records: []record{{"_www.example.com", "CNAME", []string{"proof.example.com"}}, txt("proof.example.com", `"TARGET"`)}},
		"an apex":                        {name: "example.com", records: []record{txt("_.example.com", `"TARGET"`)}},
		"a wildcard":                     {name: "*.example.com", records: []record{txt("_.example.com", `"TARGET"`)}},
		"a wildcard as a name":           {name: "*.example.com", records: []record{txt("_*.example.com", `"TARGET"`), txt("_example.example.com", `"TARGET"`)}, refused: true},
		"no wildcard is proven":          {name: "*.example.com", records: []record{txt("_.example.com", `"TARGET"`)}, turn: func(k *knob.Knobs) { k.RefuseWildcardProof = true }, refused: true},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(c *client) {
				if x.turn != nil {
					c.sim.Turn(x.turn)
				}
				b := newBetween(c, x.name)
				b.disable()
				for _, r := range x.records {
					var values []string
					for _, v := range r.values {
						values = append(values, strings.ReplaceAll(v, "TARGET", b.domain))
					}
					b.put(r.name, r53types.RRType(r.typ), values...)
				}
				for _, way := range ways {
					want := ""
					if x.refused {
						want = noProof
					}
					if b.refused(b.take(way, x.name), want); want == "" {
						return
					}
				}
			})
		})
	}
}

func TestAProofIsLookedUpAsDNSKeepsIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		b := newBetween(c, "www.example.com", "api.example.com")
		b.disable()
		b.put("_www.example.com", "TXT", `"somebody.cloudfront.net"`)
		b.refused(b.take("UpdateDomainAssociation", "www.example.com"), noProof)
		b.put("_www.example.com", "TXT", `"`+b.domain+`"`)
		b.refused(b.take("UpdateDomainAssociation", "www.example.com"), noProof)
		pass(4 * time.Minute) // TTL 300, a minute of which was over
		b.refused(b.take("UpdateDomainAssociation", "www.example.com"), "")

		// What is not in sync is not there yet, and asking too early has its price.
		b.sim.Turn(func(k *knob.Knobs) { k.InsyncSpan = 10 * time.Minute })
		b.put("_api.example.com", "TXT", `"`+b.domain+`"`)
		b.refused(b.take("UpdateDomainAssociation", "api.example.com"), noProof)
		pass(10 * time.Minute)
		b.refused(b.take("UpdateDomainAssociation", "api.example.com"), noProof)
		pass(5 * time.Minute)
		b.refused(b.take("UpdateDomainAssociation", "api.example.com"), "")
	})
	inBubble(t, func(c *client) {
		b := newBetween(c, "www.example.com")
		b.disable()
		b.refused(b.take("AssociateAlias", "www.example.com"), noProof)
		b.put("_www.example.com", "TXT", `"`+b.domain+`"`)
		b.refused(b.take("AssociateAlias", "www.example.com"), noProof)
		pass(time.Minute)
		b.refused(b.take("AssociateAlias", "www.example.com"), "")
	}, func(k *knob.Knobs) { k.TXTCache = 2 * time.Minute })
}

// Resolvers keep each record of a chain for itself.
func TestAProofBehindACNAMEIsKeptForTheSmallerTTL(t *testing.T) {
	t.Parallel()
	for _, ttl := range []struct{ first, last int64 }{{600, 120}, {120, 600}} {
		inBubble(t, func(c *client) {
			b := newBetween(c, "www.example.com")
			b.disable()
			b.keep(ttl.first, "_www.example.com", "CNAME", "proof.example.com")
			b.keep(ttl.last, "proof.example.com", "TXT", `"somebody.cloudfront.net"`)
			b.refused(b.take("UpdateDomainAssociation", "www.example.com"), noProof)
			b.keep(ttl.last, "proof.example.com", "TXT", `"`+b.domain+`"`) // which takes a minute
			b.refused(b.take("UpdateDomainAssociation", "www.example.com"), noProof)
			pass(time.Minute)
			b.refused(b.take("UpdateDomainAssociation", "www.example.com"), "")
		})
	}
}

func TestAProofInAZoneThatNobodyDelegatesToIsNone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		b := newBetween(c, "www.example.com")
		b.disable()
		own, _ := c.with("AKID"+otherAccount, "secret", "")
		public := b.dns
		b.dns = route53.NewFromConfig(own)
		twin := zoned(c.T, b.dns, "example.com") // made later than the other one
		zone := b.zone
		b.zone = *twin.HostedZone.Id
		b.put("_www.example.com", "TXT", `"`+b.domain+`"`)
		b.refused(b.take("UpdateDomainAssociation", "www.example.com"), noProof)
		b.point("www.example.com", b.domain) // which nobody gets to see either
		for _, v := range b.sim.Audit(now().Add(-time.Hour), "www.example.com") {
			if v.Kind == violation.DNSLeads || v.Kind == violation.RecordDangling {
				t.Error(v)
			}
		}
		b.dns, b.zone = public, zone
		b.put("_www.example.com", "TXT", `"`+b.domain+`"`)
		pass(15 * time.Minute)
		b.refused(b.take("UpdateDomainAssociation", "www.example.com"), "")
	})
}

func TestTheSourceMayHaveToBeDeployed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		b := newBetween(c, "www.example.com")
		b.put("_www.example.com", "TXT", `"`+b.domain+`"`)
		b.disable()
		for _, way := range ways {
			b.refused(b.take(way, "www.example.com"), enabled)
		}
		c.deployed(b.source)
		b.refused(b.take("UpdateDomainAssociation", "www.example.com"), "")
	}, func(k *knob.Knobs) { k.SourceMustBeDeployed = true })
}

func TestTheProofMayBeLookedAtLast(t *testing.T) {
	t.Parallel()
	for last, want := range map[bool]string{true: enabled, false: noProof} {
		inBubble(t, func(c *client) {
			b := newBetween(c, "www.example.com")
			for _, way := range ways {
				b.refused(b.take(way, "www.example.com"), want)
			}
			b.disable()
			for _, way := range ways {
				b.refused(b.take(way, "www.example.com"), noProof)
			}
		}, func(k *knob.Knobs) { k.ProofLast = last })
	}
}

func TestAMoveBetweenAccountsIsTheTargetsAlone(t *testing.T) {
	t.Parallel()
	for way, actions := range map[string][]string{
		"AssociateAlias":          {"cloudfront:AssociateAlias", "cloudfront:UpdateDistribution"},
		"UpdateDomainAssociation": {"cloudfront:UpdateDomainAssociation", "cloudfront:UpdateDistribution"},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(c *client) {
				b := newBetween(c, "www.example.com")
				b.put("_www.example.com", "TXT", `"`+b.domain+`"`)
				b.disable()
				target := b.sim.AddAccount(otherAccount)
				for _, missing := range actions {
					allow := []string{"cloudfront:GetDistribution"}
					for _, a := range actions {
						if a != missing {
							allow = append(allow, a)
						}
					}
					target.Allow(allow...)
					b.want(b.take(way, "www.example.com"), "AccessDenied")
				}
				// Its own distribution is all that a policy of the target's account has to name.
				arn := "arn:aws:cloudfront::" + otherAccount + ":distribution/" + b.target
				if err := target.Restrict(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "cloudfront:*", "Resource": "` + arn + `"}}`); err != nil {
					t.Fatal(err)
				}
				b.refused(b.take(way, "www.example.com"), "")
			})
		})
	}
}

func TestConflictsShowHalfOfWhatIsAnotherAccounts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		b := newBetween(c, "www.example.com")
		list := must(b.to.cf.ListDomainConflicts(b.ctx, &cloudfront.ListDomainConflictsInput{
			Domain: aws.String("www.example.com"), DomainControlValidationResource: &types.DistributionResourceId{DistributionId: &b.target},
		}))
		if len(list.DomainConflicts) != 1 || *list.DomainConflicts[0].ResourceId != strings.Repeat("*", 7)+b.source[7:] || *list.DomainConflicts[0].AccountId != "******789012" {
			t.Errorf("%+v", list.DomainConflicts)
		}
		old := must(b.to.cf.ListConflictingAliases(b.ctx, &cloudfront.ListConflictingAliasesInput{DistributionId: &b.target, Alias: aws.String("www.example.com")}))
		if items := old.ConflictingAliasesList.Items; len(items) != 1 || *items[0].DistributionId != strings.Repeat("*", 7)+b.source[7:] || *items[0].AccountId != "******789012" {
			t.Errorf("%+v", items)
		}
		// What somebody else has for a validation resource is none.
		_, err := c.cf.ListDomainConflicts(b.ctx, &cloudfront.ListDomainConflictsInput{
			Domain: aws.String("www.example.com"), DomainControlValidationResource: &types.DistributionResourceId{DistributionId: &b.target},
		})
		b.want(err, "EntityNotFound")
		_, err = c.cf.AssociateAlias(b.ctx, &cloudfront.AssociateAliasInput{TargetDistributionId: &b.target, Alias: aws.String("www.example.com")})
		b.want(err, "NoSuchDistribution")
	})
}

// named gives a distribution these names.
func named(names ...string) func(*types.DistributionConfig) {
	return func(c *types.DistributionConfig) {
		c.Aliases = &types.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // a handful
	}
}

func TestTheWildcardDanceMovesANameBetweenAccountsWithoutAnOutage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		b := newBetween(c, "www.example.com")
		b.point("www.example.com", *c.get(b.source).Distribution.DomainName)
		since := now()
		step := func(c *client, id string, names ...string) {
			t.Helper()
			if err := c.edit(id, named(names...)); err != nil {
				t.Fatal(err)
			}
			c.deployed(id)
		}
		step(b.to, b.target, "*.example.com")
		b.want(b.to.edit(b.target, named("*.example.com", "www.example.com")), "CNAMEAlreadyExists") // it is the source's
		b.point("www.example.com", b.domain)
		step(c, b.source)
		step(b.to, b.target, "*.example.com", "www.example.com")
		step(b.to, b.target, "www.example.com")
		for _, v := range b.sim.Audit(since, "www.example.com") {
			if v.Kind != violation.DNSLeads { // on purpose: the name could not be added otherwise
				t.Errorf("viewers were let down: %v", v)
			}
		}
		// Back again the same way, except that DNS still leads to the target.
		step(b.to, b.target)
		b.want(c.edit(b.source, named("www.example.com")), "CNAMEAlreadyExists")
	})
}

func TestAWildcardThatAnybodyHasIsNobodyElses(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		b := newBetween(c, "www.example.com", "*.example.com")
		b.want(b.to.edit(b.target, named("*.example.com")), "CNAMEAlreadyExists")
		// Without a certificate for it nobody gets one at all.
		b.want(b.to.edit(b.target, named("*.example.net")), "InvalidViewerCertificate")
	})
}

func TestAWorldWithOneAccountHasNoStrangers(t *testing.T) {
	t.Parallel()
	w := awssim.New(awssim.Options{})
	if a := w.AddAccount(""); a.Number() != w.Account() || a.CloudFront() != w.CloudFront() || a.Route53() != w.Route53() || a.CloudWatch() != w.CloudWatch() {
		t.Errorf("the first account is %s", a.Number())
	}
	if added := w.AddAccount(otherAccount); added != w.AddAccount(otherAccount) {
		t.Error("an account was added twice")
	}
}

func TestDNSThatLeadsToAnotherAccountIsNeverExempt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		b := newBetween(c)
		b.point("www.example.com", *c.get(b.source).Distribution.DomainName)
		own, _ := c.create(c.config(c.certificate("*.example.com")))
		b.want(b.to.edit(b.target, named("www.example.com")), "CNAMEAlreadyExists")
		b.want(c.edit(own, named("www.example.com")), "")
	}, func(k *knob.Knobs) { k.DNSCheckExempt = true })
}
