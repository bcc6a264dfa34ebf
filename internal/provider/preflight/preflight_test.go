package preflight_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const www = "www.example.com"

// A situation is a world and what a preflight finds in it.
type situation struct {
	name  string
	site  func(s *acctest.Site)
	world func(e *acctest.Env)
	edit  func(e *acctest.Env, c acctest.Config)
	apart bool          // it is spread over accounts; see acctest.Env.Spread
	later time.Duration // passes before the preflight
	// finds lists the checks, with a ! before those that are errors.
	finds string
}

func site() acctest.Site {
	return acctest.Site{Names: []string{www}, Zones: []string{"example.com"}, World: awssim.Options{Propagation: 4 * time.Minute}}
}

// config asks about a cutover of a site to green.
func config(e *acctest.Env) acctest.Config {
	dns := map[string]any{}
	for domain, id := range e.ZoneIDs {
		dns[domain] = map[string]any{"zone_id": id}
	}
	return acctest.Config{
		"aliases": e.Names, "live": "green", "dns": dns,
		"sides": map[string]any{"blue": map[string]any{"distribution_id": e.Blue.ID}, "green": map[string]any{"distribution_id": e.Green.ID}},
	}
}

func side(c acctest.Config, name string) map[string]any {
	return c["sides"].(map[string]any)[name].(map[string]any)
}

func edits(change func(c *cftypes.DistributionConfig), of func(e *acctest.Env) acctest.Distribution) func(*acctest.Env) {
	return func(e *acctest.Env) {
		e.EditByHand(of(e), change)
		e.Settle()
	}
}

func green(e *acctest.Env) acctest.Distribution { return e.Green }
func blue(e *acctest.Env) acctest.Distribution  { return e.Blue }

func withCertificate(of func(e *acctest.Env) acctest.Distribution, names ...string) func(*acctest.Env) {
	return func(e *acctest.Env) {
		arn := e.Certify(names...)
		edits(func(c *cftypes.DistributionConfig) {
			c.ViewerCertificate.ACMCertificateArn, c.ViewerCertificate.Certificate = aws.String(arn), nil //nolint:staticcheck // the deprecated member comes back from AWS and would contradict
		}, of)(e)
	}
}

func aliases(names ...string) *cftypes.Aliases {
	return &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // a handful
}

// put creates a record set by hand.
func put(e *acctest.Env, name string, typ r53types.RRType, ttl int64, values ...string) {
	set := &r53types.ResourceRecordSet{Name: aws.String(name), Type: typ, TTL: aws.Int64(ttl)}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, r53types.ResourceRecord{Value: aws.String(v)})
	}
	e.ChangeByHand(name, r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: set})
}

// drop deletes an alias record to a distribution.
func drop(e *acctest.Env, name string, to acctest.Distribution, typ r53types.RRType) {
	e.ChangeByHand(name, r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
		Name: aws.String(name), Type: typ, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(to.Domain)},
	}})
}

// apart asks about a cutover between accounts that disables its source.
func apart(_ *acctest.Env, c acctest.Config) {
	side(c, "green")["account"], c["allow_downtime"] = "new", true
	c["dns"].(map[string]any)["example.com"].(map[string]any)["account"] = "dns"
}

func situations() []situation {
	return []situation{
		{name: "between accounts", apart: true, edit: apart, finds: ""},
		{name: "between accounts with a name beside", apart: true, world: edits(func(c *cftypes.DistributionConfig) { c.Aliases = aliases(www, "shop.example.com") }, blue), edit: apart, finds: "!darkens_others"},
		{name: "between accounts with a record in the way", apart: true, world: func(e *acctest.Env) {
			dns := e.In(acctest.DNSAccount)
			dns.ZoneIDs = e.ZoneIDs
			put(dns, "_"+www, r53types.RRTypeCname, 300, "elsewhere.example.net")
		}, edit: apart, finds: "!proof_blocked"},
		{name: "between accounts in a private zone", apart: true, edit: func(e *acctest.Env, c acctest.Config) {
			apart(e, c)
			zone := privateZone(e.In(acctest.DNSAccount), "example.com")
			c["dns"].(map[string]any)["example.com"].(map[string]any)["zone_id"] = zone
		}, finds: "!proof_hidden private_zone no_record"},
		{name: "source in an account that nobody gave", apart: true, edit: func(e *acctest.Env, c acctest.Config) {
			apart(e, c)
			side(c, "blue")["account"] = "dns"
		}, finds: "!side_elsewhere !foreign_record !foreign_record side_missing"},
		{name: "zone in another account of the switch", apart: true, edit: func(e *acctest.Env, c acctest.Config) {
			apart(e, c)
			there := e.In(acctest.NewAccount)
			there.AddZone("example.com")
			c["dns"].(map[string]any)["example.com"] = map[string]any{"zone_id": there.ZoneIDs["example.com"]}
		}, finds: "!zone_elsewhere"},
		{name: "zone that no account of the switch reaches", apart: true, edit: func(e *acctest.Env, c acctest.Config) {
			apart(e, c)
			delete(c["dns"].(map[string]any)["example.com"].(map[string]any), "account")
		}, finds: "!zone_unreachable"},

		{name: "nothing", finds: ""},
		{name: "back again", edit: func(_ *acctest.Env, c acctest.Config) { c["live"] = "blue" }, finds: ""},
		{name: "without zones", edit: func(_ *acctest.Env, c acctest.Config) { delete(c, "dns") }, finds: ""},

		{name: "target missing", edit: func(_ *acctest.Env, c acctest.Config) { side(c, "green")["distribution_id"] = "E0NOSUCHTHING" }, finds: "!target_missing"},
		{name: "target disabled", world: edits(func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) }, green), finds: "!target_disabled"},
		{name: "staging distributions", edit: func(e *acctest.Env, c acctest.Config) {
			for _, name := range []string{"green", "red"} {
				staging := e.Distribute(name+"-staging", func(c *cftypes.DistributionConfig) { c.Staging = aws.Bool(true) })
				c["sides"].(map[string]any)[name] = map[string]any{"distribution_id": staging.ID}
			}
			e.Settle()
		}, finds: "!target_staging !target_staging"},
		{name: "target deploying", world: func(e *acctest.Env) {
			e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("new") })
		}, finds: "target_deploying"},
		{name: "no room for the aliases", world: edits(func(c *cftypes.DistributionConfig) {
			var names []string
			for i := range 100 {
				names = append(names, fmt.Sprintf("n%d.example.com", i))
			}
			c.Aliases = aliases(names...)
		}, green), finds: "!too_many_aliases"},
		{name: "no way back", world: func(e *acctest.Env) {
			withCertificate(blue, www)(e)
			e.MoveByHand(www, e.Green)
			e.Settle()
			e.PointByHand(www, e.Green.Domain, "A", "AAAA")
			withCertificate(blue, "*.example.org")(e)
		}, edit: func(_ *acctest.Env, c acctest.Config) {
			c["sides"].(map[string]any)["red"] = map[string]any{"distribution_id": "E0NOSUCHTHING"}
		}, finds: "side_not_covered side_missing"},
		{name: "idle side disabled", world: func(e *acctest.Env) {
			e.MoveByHand(www, e.Green)
			e.Settle()
			e.PointByHand(www, e.Green.Domain, "A", "AAAA")
			edits(func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) }, blue)(e)
		}, finds: "side_disabled"},

		{
			name: "certificate that covers neither of two", site: func(s *acctest.Site) { s.Names = []string{"a.example.com", "b.example.com"} },
			world: withCertificate(green, "*.example.org"), finds: "!not_covered !not_covered",
		},
		{name: "no certificate", world: edits(func(c *cftypes.DistributionConfig) {
			c.ViewerCertificate = &cftypes.ViewerCertificate{CloudFrontDefaultCertificate: aws.Bool(true)}
		}, green), finds: "!not_covered"},
		{name: "certificate that expires soon", later: 385 * 24 * time.Hour, finds: "certificate_expires"},
		{name: "certificate that has expired", later: 500 * 24 * time.Hour, finds: "!certificate_invalid"},
		{name: "certificate that is gone", world: func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Operation: "DescribeCertificate", Kind: fault.Answer, Code: "ResourceNotFoundException", Status: 400, Message: "Could not find certificate."})
		}, finds: "certificate_unknown"},

		{name: "two names of strangers", site: func(s *acctest.Site) { s.Names = []string{"a.example.com", "b.example.com", www} }, world: func(e *acctest.Env) {
			third := e.Distribute("third", nil)
			e.Settle()
			e.MoveByHand("a.example.com", third)
			e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Aliases = aliases(www) })
			e.Settle()
			e.World.CloudFront().Elsewhere(cloudfront.Outsider{Type: "distribution", ID: "EABCDEFGHIJKLM", Account: "999999999999"}, "b.example.com")
		}, finds: "!taken_elsewhere !taken_elsewhere"},
		{name: "nobody's name", site: func(s *acctest.Site) { s.Unclaimed, s.NoRecords = true, true }, finds: "unowned no_record"},
		{name: "half a cutover", site: func(s *acctest.Site) { s.Names = []string{"a.example.com", www} }, world: func(e *acctest.Env) {
			e.MoveByHand("a.example.com", e.Green)
			e.Settle()
		}, finds: "split"},
		{name: "test alias of another", edit: func(e *acctest.Env, c acctest.Config) {
			side(c, "green")["test_alias"], side(c, "green")["marker"] = "test.example.com", map[string]any{"value": "green"}
		}, finds: "!test_alias_elsewhere"},

		{name: "a wildcard that moves", site: func(s *acctest.Site) { s.Names = []string{"*.example.com", www} }, world: func(e *acctest.Env) {
			put(e, "shop.example.com", r53types.RRTypeA, 60, "192.0.2.1")
			e.Settle()
			e.Distribute("shop", func(c *cftypes.DistributionConfig) { c.Aliases = aliases("shop.example.com") })
			e.World.CloudFront().Elsewhere(cloudfront.Outsider{Type: "distribution-tenant", ID: "dt_0123456789ABCDEF", Account: "999999999999"}, "app.example.com")
			e.Settle()
		}, finds: "stays_behind stays_behind"},
		{name: "a wildcard on the way", world: func(e *acctest.Env) {
			e.PointByHand("old.example.com", e.Blue.Domain, "A")
		}, edit: func(_ *acctest.Env, c acctest.Config) { c["method"] = "wildcard_overlap" }, finds: "wildcard_catches"},
		{name: "a wildcard on the way without its zone", edit: func(_ *acctest.Env, c acctest.Config) {
			c["method"] = "wildcard_overlap"
			delete(c, "dns")
		}, finds: "wildcard_catches"},
		{name: "a wildcard of a stranger", world: func(e *acctest.Env) {
			e.Distribute("third", func(c *cftypes.DistributionConfig) { c.Aliases = aliases("*.example.com") })
			e.Settle()
		}, edit: func(_ *acctest.Env, c acctest.Config) { c["method"] = "wildcard_overlap" }, finds: "!wildcard_taken"},

		{name: "zones that are wrong and missing", site: func(s *acctest.Site) {
			s.Names, s.Zones = []string{"www.example.net", www, "www.example.org"}, []string{"example.com", "example.net", "example.org"}
		}, edit: func(e *acctest.Env, c acctest.Config) {
			c["dns"] = map[string]any{
				"example.com": map[string]any{"zone_id": e.ZoneIDs["example.net"]}, "example.net": map[string]any{"zone_id": "Z00000000000"},
				"example.org": map[string]any{"zone_id": e.ZoneIDs["example.org"]},
			}
		}, finds: "!wrong_zone !wrong_zone"},
		{name: "a protected record", world: func(e *acctest.Env) { e.ProtectByHand("www.example.com", "A", "ask the DNS team") }, finds: "!record_protected"},
		{name: "a locked zone", world: func(e *acctest.Env) {
			e.World.Turn(func(k *knob.Knobs) { k.RecoveryLock = k.RecoverySpan })
			e.RecoverByHand("example.com")
		}, finds: "!zone_locked"},
		{name: "settings that hashicorp/aws erases", world: func(e *acctest.Env) {
			e.EditByHand(e.Green, patient)
			e.Settle()
		}, finds: "erased_beside"},
		{name: "private zone", edit: func(e *acctest.Env, c acctest.Config) {
			c["dns"] = map[string]any{"example.com": map[string]any{"zone_id": privateZone(e, "example.com")}}
		}, finds: "private_zone no_record"},
		{name: "delegated", site: func(s *acctest.Site) { s.Names = []string{"a.eu.example.com", "b.eu.example.com", www} }, world: func(e *acctest.Env) {
			put(e, "eu.example.com", r53types.RRTypeNs, 300, "ns1.example.net", "ns2.example.net")
		}, finds: "!delegated !delegated"},
		{name: "records of every kind", site: func(s *acctest.Site) {
			s.Names = []string{"a.example.com", "b.example.com", "c.example.com", www}
		}, world: func(e *acctest.Env) {
			put(e, "a.example.com", r53types.RRTypeTxt, 300, `"v=spf1 -all"`)
			put(e, "a.example.com", r53types.RRTypeMx, 300, "10 mail.example.com")
			drop(e, "b.example.com", e.Blue, r53types.RRTypeAaaa)
			drop(e, "c.example.com", e.Blue, r53types.RRTypeA)
			drop(e, "c.example.com", e.Blue, r53types.RRTypeAaaa)
			put(e, "c.example.com", r53types.RRTypeA, 3600, "192.0.2.1")
		}, finds: "!foreign_record ipv6_unused long_ttl ipv6_unused"},
		{name: "www that follows the apex", site: func(s *acctest.Site) { s.Names = []string{"example.com", www} }, world: func(e *acctest.Env) {
			drop(e, www, e.Blue, r53types.RRTypeA)
			drop(e, www, e.Blue, r53types.RRTypeAaaa)
			put(e, www, r53types.RRTypeCname, 300, "example.com")
		}, finds: "!following_record"},
		{name: "CNAME beside TXT and MX", world: func(e *acctest.Env) {
			put(e, www, r53types.RRTypeTxt, 300, `"v=spf1 -all"`)
			put(e, www, r53types.RRTypeMx, 300, "10 mail.example.com")
		}, edit: func(_ *acctest.Env, c acctest.Config) {
			c["dns"].(map[string]any)["example.com"].(map[string]any)["type"] = "CNAME"
		}, finds: "!records_beside_cname"},
		{name: "a CNAME with a long TTL", site: func(s *acctest.Site) { s.NoRecords = true }, world: func(e *acctest.Env) {
			put(e, www, r53types.RRTypeCname, 3600, e.Blue.Domain)
		}, edit: func(_ *acctest.Env, c acctest.Config) {
			c["dns"].(map[string]any)["example.com"].(map[string]any)["type"] = "CNAME"
		}, finds: "long_ttl"},
		{name: "a CNAME whose TTL is lowered", site: func(s *acctest.Site) { s.NoRecords = true }, world: func(e *acctest.Env) {
			put(e, www, r53types.RRTypeCname, 3600, e.Blue.Domain)
		}, edit: func(_ *acctest.Env, c acctest.Config) {
			z := c["dns"].(map[string]any)["example.com"].(map[string]any)
			z["type"], z["ttl"], z["lower_ttl"] = "CNAME", 3600, 30
		}, finds: ""},
		{name: "weighted records", world: func(e *acctest.Env) {
			for _, typ := range []r53types.RRType{r53types.RRTypeA, r53types.RRTypeAaaa} {
				drop(e, www, e.Blue, typ)
				e.ChangeByHand(www, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
					Name: aws.String(www), Type: typ, SetIdentifier: aws.String("blue"), Weight: aws.Int64(10),
					AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)},
				}})
			}
		}, finds: "!routed_record !routed_record"},

		{name: "a target that viewers would notice", world: edits(func(c *cftypes.DistributionConfig) {
			c.IsIPV6Enabled, c.PriceClass, c.HttpVersion = aws.Bool(false), cftypes.PriceClassPriceClass100, cftypes.HttpVersionHttp11
			c.ViewerCertificate.MinimumProtocolVersion = cftypes.MinimumProtocolVersionTLSv1
		}, green), finds: "settings_differ settings_differ settings_differ ipv6_lost"},
		{name: "a live side with a web ACL", world: edits(func(c *cftypes.DistributionConfig) {
			c.WebACLId = aws.String("arn:aws:wafv2:us-east-1:123456789012:global/webacl/shield/11111111-2222-3333-4444-555555555555")
		}, blue), finds: "settings_differ"},

		{name: "may not ask who has a name", world: func(e *acctest.Env) {
			e.World.Allow("cloudfront:GetDistribution", "route53:GetHostedZone", "route53:ListResourceRecordSets")
		}, finds: "!not_permitted not_permitted not_permitted"},
	}
}

func privateZone(e *acctest.Env, domain string) string {
	out, err := e.Route53.CreateHostedZone(context.Background(), &route53.CreateHostedZoneInput{
		Name: aws.String(domain), CallerReference: aws.String("private"), VPC: &r53types.VPC{VPCId: aws.String("vpc-0123456789abcdef0"), VPCRegion: r53types.VPCRegionUsEast1},
	})
	if err != nil {
		panic(err) // a test's own doing
	}
	return strings.TrimPrefix(aws.ToString(out.HostedZone.Id), "/hostedzone/")
}

// answer is what a preflight says.
type answer struct {
	ok       bool
	findings []map[string]string
	report   string
}

func read(t *testing.T, v tftypes.Value) answer {
	t.Helper()
	var object map[string]tftypes.Value
	var list []tftypes.Value
	var out answer
	must(t, v.As(&object))
	must(t, object["ok"].As(&out.ok))
	must(t, object["report"].As(&out.report))
	must(t, object["findings"].As(&list))
	for _, f := range list {
		var members map[string]tftypes.Value
		must(t, f.As(&members))
		texts := map[string]string{}
		for name, m := range members {
			var s *string
			must(t, m.As(&s))
			if s != nil {
				texts[name] = *s
			}
		}
		out.findings = append(out.findings, texts)
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestEverythingInTheWayIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	for _, s := range situations() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				at := site()
				if s.site != nil {
					s.site(&at)
				}
				if s.apart {
					at.Zones = nil
				}
				e := acctest.New(t, at)
				if s.apart {
					e.Spread()
				}
				if s.world != nil {
					s.world(e)
				}
				c := config(e)
				if s.edit != nil {
					s.edit(e, c)
				}
				must(t, clock.System{}.Sleep(t.Context(), s.later))
				d := acctest.NewData("cdn_preflight", clock.System{}, e.World.Transport())
				if s.apart {
					d.Provider["accounts"] = acctest.Accounts()
				}
				out, err := d.Read(t.Context(), c)
				must(t, err)
				if len(out.Diags.Errors()) > 0 {
					t.Fatalf("the plan fails:\n%s", out.Diags)
				}
				if w := e.Writes(0); len(w) > 0 {
					t.Errorf("wrote %s", w[0].Operation)
				}
				s.expect(t, read(t, out.Value))
			})
		})
	}
}

var constant = regexp.MustCompile(`(?m)^\t(?:\w+ Check|\w+ +Kind) = "(\w+)"$`)

// checks lists everything that can be found, from the source.
func checks(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, file := range []string{"../../cutover/preflight/preflight.go", "../../cutover/preflight/beside.go", "../../cutover/preflight/deployment.go", "../../cutover/preflight/behavior.go", "../../cutover/preflight/split.go", "../../cutover/behavior/obstacle.go", "../../cutover/split/obstacle.go", "../../cutover/switchover/obstacle.go", "../../cutover/deployment/deployment.go"} {
		raw, err := os.ReadFile(file)
		must(t, err)
		for _, m := range constant.FindAllStringSubmatch(string(raw), -1) {
			if !slices.Contains([]string{"gate_before", "gate_after", "canary", "taken_back", "diverted", "not_in_recipe", "not_orphaned", "served", "contradicted", "behavior_moved", "lambda_elsewhere", "function_broken", "probe_blind", "gate_failed", "taken", "in_use", "elsewhere"}, m[1]) { // met by gates, on the way or by an action, or refused without a look
				out = append(out, m[1])
			}
		}
	}
	if len(out) < 30 {
		t.Fatalf("only %d checks were found", len(out))
	}
	return out
}

func TestEveryCheckIsShownByASituation(t *testing.T) {
	t.Parallel()
	shown := []string{"policy_attached", "staging_aliases", "owner_unknown"} // by the tests of internal/cutover/preflight
	for _, s := range deployments() {
		shown = append(shown, strings.Fields(strings.ReplaceAll(s.finds, "!", ""))...)
	}
	for _, s := range splittings() {
		shown = append(shown, strings.Fields(strings.ReplaceAll(s.finds, "!", ""))...)
	}
	for _, s := range switchings() {
		shown = append(shown, strings.Fields(strings.ReplaceAll(s.finds, "!", ""))...)
	}
	for _, s := range situations() {
		shown = append(shown, strings.Fields(strings.ReplaceAll(s.finds, "!", ""))...)
	}
	for _, check := range checks(t) {
		if !slices.Contains(shown, check) {
			t.Errorf("no situation shows %s", check)
		}
	}
}

func TestThePageListsEveryCheck(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../templates/data-sources/preflight.md.tmpl")
	must(t, err)
	for _, check := range checks(t) {
		if !strings.Contains(string(page), "`"+check+"`") {
			t.Errorf("the page does not know %s", check)
		}
	}
}

func (s situation) expect(t *testing.T, got answer) {
	t.Helper()
	var checks []string
	var text strings.Builder
	fmt.Fprintf(&text, "ok: %t\n", got.ok)
	for _, f := range got.findings {
		mark := ""
		if f["severity"] == "error" {
			mark = "!"
		}
		checks = append(checks, mark+f["check"])
		fmt.Fprintf(&text, "\n%s %s: %s\n", f["severity"], f["check"], f["summary"])
		if f["attribute"] != "" {
			fmt.Fprintf(&text, "at %s\n", f["attribute"])
		}
		fmt.Fprintf(&text, "\n%s\n", f["detail"])
		if !strings.Contains(got.report, f["summary"]+": "+f["detail"]) {
			t.Errorf("the report lacks %q:\n%s", f["summary"], got.report)
		}
	}
	if finds := strings.Join(checks, " "); finds != s.finds {
		t.Errorf("found %q, want %q\n%s", finds, s.finds, text.String())
	}
	if got.ok == strings.Contains(s.finds, "!") {
		t.Errorf("ok is %t", got.ok)
	}
	golden.Said(t, "findings", s.name, text.String())
}

// patient gives a distribution what no known hashicorp/aws has in its schema.
func patient(c *cftypes.DistributionConfig) {
	o := &c.Origins.Items[0]
	o.DomainName, o.CustomOriginConfig = aws.String("assets.s3.us-east-1.amazonaws.com"), nil
	o.S3OriginConfig = &cftypes.S3OriginConfig{OriginAccessIdentity: aws.String(""), OriginReadTimeout: aws.Int32(60)}
}
