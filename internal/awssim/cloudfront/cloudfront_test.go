package cloudfront_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock/hand"
)

const (
	certificate = "arn:aws:acm:us-east-1:123456789012:certificate/0000"
	elsewhere   = "arn:aws:acm:eu-west-1:123456789012:certificate/0000"
	pops        = 12
)

// awake is a clock on which nobody may sleep: the simulator never does.
type awake struct{ *hand.Clock }

func (awake) Sleep(context.Context, time.Duration) error { panic("the simulator sleeps") }

// lab is a CloudFront with everything around it faked.
type lab struct {
	*testing.T
	*cloudfront.Service
	clock       *hand.Clock
	knobs       *knob.Knobs
	propagation *propagation.Model
	points      map[string]string // what names resolve to, since ever
}

func newLab(t *testing.T) *lab {
	k := knob.Defaults()
	l := &lab{
		T: t, clock: hand.At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), knobs: &k,
		propagation: propagation.New(pops, 20*time.Second, 1), points: map[string]string{},
	}
	l.Service = cloudfront.New(cloudfront.Options{
		Clock: awake{l.clock}, Account: "123456789012", Seed: 1, Knobs: l.knobs, Propagation: l.propagation,
		Certificates: func(arn string) ([]string, bool) {
			return []string{"example.com", "*.example.com", "*.eu.example.com"}, arn == certificate || arn == elsewhere
		},
		PointsAt: func(name string, _ time.Time) string { return l.points[name] },
	})
	return l
}

// settle lets everything that is on its way arrive.
func (l *lab) settle() { l.clock.Pass(time.Minute) }

// call sends one request: "Id=E1" style labels, query and headers in one list.
func (l *lab) call(op string, body *wire.Node, args ...string) (*wire.Response, error) {
	l.Helper()
	r := &wire.Request{Service: "cloudfront", Operation: l.Model().Operations[op], Labels: map[string]string{}, Query: url.Values{}, Header: http.Header{}, Body: body}
	for _, a := range args {
		k, v, _ := strings.Cut(a, "=")
		switch k {
		case "Id", "DistributionId", "TargetDistributionId", "PrimaryDistributionId":
			r.Labels[k] = v
			r.Query.Set(k, v)
		case "If-Match", "Staging":
			r.Header.Set(k, v)
		default:
			r.Query.Set(k, v)
		}
	}
	resp, err := l.Serve(l.Context(), r)
	var e *wire.Error
	if errors.As(err, &e) && e.Status == 0 { // with a status of its own it is not from the model, and says so
		if _, known := l.Model().ErrorStatus(r.Operation, e.Code); !known {
			l.Errorf("%s answered %s, which is not among its errors", op, e.Code)
		}
	}
	return resp, err
}

// must is call for requests that are to succeed.
func (l *lab) must(op string, body *wire.Node, args ...string) *wire.Response {
	l.Helper()
	resp, err := l.call(op, body, args...)
	if err != nil {
		l.Fatalf("%s: %v", op, err)
	}
	return resp
}

// refuses expects an error code.
func (l *lab) refuses(code, op string, body *wire.Node, args ...string) string {
	l.Helper()
	_, err := l.call(op, body, args...)
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != code {
		l.Errorf("%s answered %v, want %s", op, err, code)
		return ""
	}
	return e.Message
}

var references atomic.Int64 // tests run side by side

func list(name, item string, values ...string) *wire.Node {
	items := wire.Elem("Items")
	for _, v := range values {
		items.Children = append(items.Children, wire.Text(item, v))
	}
	return wire.Elem(name, wire.Int("Quantity", len(values)), items)
}

// config is the smallest configuration that CloudFront takes, with these aliases.
func config(aliases ...string) *wire.Node {
	c := wire.Elem("DistributionConfig",
		wire.Text("CallerReference", fmt.Sprint("ref-", references.Add(1))),
		wire.Elem("Origins", wire.Int("Quantity", 1), wire.Elem("Items", wire.Elem("Origin",
			wire.Text("Id", "o"), wire.Text("DomainName", "origin.example.net"),
			wire.Elem("CustomOriginConfig", wire.Int("HTTPPort", 80), wire.Int("HTTPSPort", 443), wire.Text("OriginProtocolPolicy", "http-only"))))),
		wire.Elem("DefaultCacheBehavior", wire.Text("TargetOriginId", "o"), wire.Text("ViewerProtocolPolicy", "allow-all"),
			wire.Text("CachePolicyId", "4135ea2d-6df8-44a3-9df3-4b5a84be39ad")),
		wire.Text("Comment", ""), wire.Bool("Enabled", true))
	if len(aliases) > 0 {
		c.Set(list("Aliases", "CNAME", aliases...))
		c.Set(wire.Elem("ViewerCertificate", wire.Text("ACMCertificateArn", certificate), wire.Text("SSLSupportMethod", "sni-only")))
	}
	return c
}

func withCertificate() *wire.Node {
	c := config()
	c.Set(wire.Elem("ViewerCertificate", wire.Text("ACMCertificateArn", certificate), wire.Text("SSLSupportMethod", "sni-only")))
	return c
}

// create makes a distribution and returns its id, domain and ETag.
func (l *lab) create(c *wire.Node) (id, domain, etag string) {
	l.Helper()
	r := l.must("CreateDistribution", c)
	return r.Body.String("Id"), r.Body.String("DomainName"), r.Header.Get("ETag")
}

func (l *lab) get(id string) (config *wire.Node, etag, status string) {
	l.Helper()
	r := l.must("GetDistribution", nil, "Id="+id)
	return r.Body.Get("DistributionConfig").Clone(), r.Header.Get("ETag"), r.Body.String("Status")
}

// update changes a distribution as a client does: read, change, write.
func (l *lab) update(id string, change func(*wire.Node)) {
	l.Helper()
	c, etag, _ := l.get(id)
	change(c)
	l.must("UpdateDistribution", c, "Id="+id, "If-Match="+etag)
}

func association(name, target string) *wire.Node {
	return wire.Elem("UpdateDomainAssociationRequest", wire.Text("Domain", name), wire.Elem("TargetResource", wire.Text("DistributionId", target)))
}

func (l *lab) moves(name, target string) {
	l.Helper()
	_, etag, _ := l.get(target)
	l.must("UpdateDomainAssociation", association(name, target), "If-Match="+etag)
}

func TestAChangeReachesEachPOPAtItsOwnMomentAndStatusFollowsTheLast(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, domain, _ := l.create(config())
	v := l.Versions(id)[0]
	distinct := map[time.Time]bool{}
	for pop, arrives := range v.Arrives {
		distinct[arrives] = true
		if r := l.Route(pop, arrives.Add(-time.Nanosecond), domain); r.Reason != cloudfront.Undeployed {
			t.Errorf("POP %d answers %+v before the configuration arrived", pop, r)
		}
		if r := l.Route(pop, arrives, domain); r.Reason != "" || r.Distribution != id || r.Version != 1 {
			t.Errorf("POP %d answers %+v once the configuration has arrived", pop, r)
		}
	}
	if len(distinct) < pops/2 {
		t.Errorf("only %d distinct moments for %d POPs", len(distinct), pops)
	}
	done := propagation.Done(v.Arrives)
	l.clock.Pass(done.Sub(l.clock.Now()) - time.Nanosecond)
	if _, _, status := l.get(id); status != "InProgress" {
		t.Errorf("status is %s before the last POP", status)
	}
	l.clock.Pass(time.Nanosecond)
	if _, _, status := l.get(id); status != "Deployed" {
		t.Errorf("status is %s with the last POP", status)
	}
}

func TestUpdatesArriveInOrderAtEveryPOP(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, _ := l.create(config())
	for i := range 5 {
		l.clock.Pass(time.Second)
		l.update(id, func(c *wire.Node) { c.Set(wire.Text("Comment", fmt.Sprint(i))) })
	}
	versions := l.Versions(id)
	for i := 1; i < len(versions); i++ {
		for pop := range pops {
			if versions[i].Arrives[pop].Before(versions[i-1].Arrives[pop]) {
				t.Fatalf("at POP %d version %d overtakes version %d", pop, i+1, i)
			}
		}
	}
}

func TestEveryAcceptedChangeHasItsOwnETagAndStatusChangesNone(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, etag := l.create(config())
	seen := map[string]bool{etag: true}
	l.settle()
	if _, now, _ := l.get(id); now != etag {
		t.Error("the ETag changed with the status")
	}
	for range 3 {
		l.update(id, func(*wire.Node) {})
		_, now, _ := l.get(id)
		if seen[now] {
			t.Errorf("ETag %s came twice", now)
		}
		seen[now] = true
	}
	c, _, _ := l.get(id)
	l.refuses("PreconditionFailed", "UpdateDistribution", c, "Id="+id, "If-Match="+etag)
	l.refuses("InvalidIfMatchVersion", "UpdateDistribution", c, "Id="+id)
	l.refuses("InvalidIfMatchVersion", "UpdateDistribution", c, "Id="+id, "If-Match=\"quoted\"")
	l.refuses("NoSuchDistribution", "UpdateDistribution", c, "Id=ENONE", "If-Match="+etag)
	if _, now, _ := l.get(id); !seen[now] {
		t.Error("a refused update changed the ETag")
	}
}

func TestTheETagOnDeployedKnobChangesTheETagWithTheStatus(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.knobs.ETagOnDeployed = true
	id, _, etag := l.create(config())
	l.settle()
	c, now, _ := l.get(id)
	if now == etag {
		t.Fatal("the ETag is what it was while InProgress")
	}
	l.refuses("PreconditionFailed", "UpdateDistribution", c, "Id="+id, "If-Match="+etag)
	l.must("UpdateDistribution", c, "Id="+id, "If-Match="+now)
}

func TestAnElementTheModelDoesNotKnowIsKept(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := config()
	c.Set(wire.Elem("QuantumConfig", wire.Text("Entangled", "yes")))
	c.Get("DefaultCacheBehavior").Set(wire.Text("Teleport", "1"))
	id, _, _ := l.create(c)
	l.update(id, func(c *wire.Node) { c.Set(wire.Text("Comment", "x")) })
	got, _, _ := l.get(id)
	if got.String("QuantumConfig", "Entangled") != "yes" || got.String("DefaultCacheBehavior", "Teleport") != "1" {
		t.Errorf("lost: %s", got.XML(""))
	}
}

func TestAnUpdateReplacesEverythingButAnOmittedPolicyId(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := config()
	c.Set(wire.Text("PriceClass", "PriceClass_100"))
	id, _, etag := l.create(c)
	c.Remove("PriceClass")
	l.must("UpdateDistribution", c, "Id="+id, "If-Match="+etag)
	if got, _, _ := l.get(id); got.String("PriceClass") != "PriceClass_All" {
		t.Errorf("PriceClass is %s after an update without one", got.String("PriceClass"))
	}
	c, etag, _ = l.get(id)
	c.Set(wire.Text("ContinuousDeploymentPolicyId", "unknown"))
	l.refuses("NoSuchContinuousDeploymentPolicy", "UpdateDistribution", c, "Id="+id, "If-Match="+etag)
	fresh := config()
	fresh.Set(wire.Text("ContinuousDeploymentPolicyId", "unknown"))
	l.refuses("InvalidArgument", "CreateDistribution", fresh)
}

func TestAnEmptyListComesBackWithoutItems(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := config()
	c.Set(wire.Elem("Aliases", wire.Int("Quantity", 0), wire.Elem("Items")))
	id, _, _ := l.create(c)
	if got, _, _ := l.get(id); got.Get("Aliases", "Items") != nil {
		t.Errorf("Aliases came back as %s", got.Get("Aliases").XML(""))
	}
}

func TestTheFullUpdateKnobRefusesAnUpdateThatLeavesOutWhatTheGuideRequires(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.knobs.FullUpdateRequired = true
	c := config()
	id, _, etag := l.create(c)
	l.refuses("IllegalUpdate", "UpdateDistribution", c, "Id="+id, "If-Match="+etag)
	l.update(id, func(*wire.Node) {})

	whole, etag, _ := l.get(id)
	for _, path := range [][]string{
		{"WebACLId"},
		{"DefaultCacheBehavior", "Compress"},
		{"DefaultCacheBehavior", "FieldLevelEncryptionId"},
		{"Origins", "Items", "Origin", "CustomHeaders"},
		{"Origins", "Items", "Origin", "OriginPath"},
		{"Origins", "Items", "Origin", "CustomOriginConfig", "OriginReadTimeout"},
		{"Origins", "Items", "Origin", "CustomOriginConfig", "OriginKeepaliveTimeout"},
	} {
		part := whole.Clone()
		last := len(path) - 1
		part.Get(path[:last]...).Remove(path[last])
		l.refuses("IllegalUpdate", "UpdateDistribution", part, "Id="+id, "If-Match="+etag)
	}
}

func TestWhatCloudFrontRefuses(t *testing.T) {
	t.Parallel()
	set := func(path ...string) func(*wire.Node) { // last element is the value
		return func(c *wire.Node) {
			n := c.Get(path[:len(path)-2]...)
			n.Set(wire.Text(path[len(path)-2], path[len(path)-1]))
		}
	}
	origin := func(change func(*wire.Node)) func(*wire.Node) {
		return func(c *wire.Node) { change(c.Get("Origins", "Items", "Origin")) }
	}
	cases := map[string]struct {
		code   string
		change func(*wire.Node)
	}{
		"a misspelled enumeration":  {"MalformedXML", set("HttpVersion", "http9")},
		"a word for a number":       {"MalformedXML", func(c *wire.Node) { c.Get("Origins").Set(wire.Text("Quantity", "one")) }},
		"a word for a boolean":      {"MalformedXML", set("Enabled", "yes")},
		"a missing required member": {"MalformedXML", func(c *wire.Node) { c.Remove("Origins") }},
		"a wrong quantity":          {"InconsistentQuantities", func(c *wire.Node) { c.Get("Origins").Set(wire.Int("Quantity", 2)) }},
		"an unknown target":         {"NoSuchOrigin", set("DefaultCacheBehavior", "TargetOriginId", "nowhere")},
		"an unknown cache policy":   {"NoSuchCachePolicy", set("DefaultCacheBehavior", "CachePolicyId", "00000000-0000-0000-0000-000000000000")},
		"neither policy nor values": {"InvalidArgument", func(c *wire.Node) { c.Get("DefaultCacheBehavior").Remove("CachePolicyId") }},
		"a bucket that is none": {"InvalidArgument", origin(func(o *wire.Node) {
			o.Remove("CustomOriginConfig")
			o.Set(wire.Elem("S3OriginConfig", wire.Text("OriginAccessIdentity", "")))
		})},
		"an origin of no kind":           {"InvalidArgument", origin(func(o *wire.Node) { o.Remove("CustomOriginConfig") })},
		"an IP address as origin":        {"InvalidArgument", origin(func(o *wire.Node) { o.Set(wire.Text("DomainName", "192.0.2.1")) })},
		"an unknown access control":      {"InvalidOriginAccessControl", origin(func(o *wire.Node) { o.Set(wire.Text("OriginAccessControlId", "E0")) })},
		"a certificate of another place": {"InvalidViewerCertificate", func(c *wire.Node) { c.Set(wire.Elem("ViewerCertificate", wire.Text("ACMCertificateArn", elsewhere))) }},
		"a certificate of nobody": {"InvalidViewerCertificate", func(c *wire.Node) {
			c.Set(wire.Elem("ViewerCertificate", wire.Text("ACMCertificateArn", certificate+"1")))
		}},
		"an alias without certificate":   {"InvalidViewerCertificate", func(c *wire.Node) { c.Set(list("Aliases", "CNAME", "www.example.com")) }},
		"a slash before the root object": {"InvalidDefaultRootObject", set("DefaultRootObject", "/index.html")},
		"an error nobody can customise": {"InvalidErrorCode", func(c *wire.Node) {
			c.Set(wire.Elem("CustomErrorResponses", wire.Int("Quantity", 1), wire.Elem("Items", wire.Elem("CustomErrorResponse", wire.Int("ErrorCode", 418)))))
		}},
		"a staging distribution with HTTP/3": {"InvalidArgument", func(c *wire.Node) { c.Set(wire.Bool("Staging", true)); c.Set(wire.Text("HttpVersion", "http2and3")) }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			c := config()
			l.create(c.Clone()) // as it is, it is fine
			c.Set(wire.Text("CallerReference", "another"))
			tc.change(c)
			l.refuses(tc.code, "CreateDistribution", c)
		})
	}
}

func TestAQuantityThatIsNotTrueIsNamed(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := config("www.example.com")
	c.Get("Aliases").Set(wire.Int("Quantity", 2))
	got := l.refuses("InconsistentQuantities", "CreateDistribution", c)
	if want := "The specified quantity of Aliases (2) does not match the actual quantity supplied (1)."; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

func TestACallerReferenceServesOnce(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := config()
	id, _, etag := l.create(c)
	if msg := l.refuses("DistributionAlreadyExists", "CreateDistribution", c); !strings.HasSuffix(msg, "Already exists: "+id) {
		t.Errorf("message %q does not name %s", msg, id)
	}
	changed := c.Clone()
	changed.Set(wire.Text("CallerReference", "other"))
	l.refuses("IllegalUpdate", "UpdateDistribution", changed, "Id="+id, "If-Match="+etag)
}

func TestOnlyADisabledAndDeployedDistributionCanBeDeleted(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, domain, etag := l.create(config("www.example.com"))
	l.settle()
	l.refuses("DistributionNotDisabled", "DeleteDistribution", nil, "Id="+id, "If-Match="+etag)
	l.update(id, func(c *wire.Node) { c.Set(wire.Bool("Enabled", false)) })
	_, etag, _ = l.get(id)
	l.refuses("DistributionNotDisabled", "DeleteDistribution", nil, "Id="+id, "If-Match="+etag)
	l.settle()
	if r := l.Route(0, l.clock.Now(), "www.example.com"); r.Reason != cloudfront.Disabled {
		t.Errorf("a disabled owner answers %+v", r)
	}
	l.must("DeleteDistribution", nil, "Id="+id, "If-Match="+etag)
	l.refuses("NoSuchDistribution", "GetDistribution", nil, "Id="+id)
	l.settle()
	for _, host := range []string{"www.example.com", domain} {
		if r := l.Route(0, l.clock.Now(), host); r.Reason != cloudfront.Unclaimed {
			t.Errorf("%s answers %+v after the deletion", host, r)
		}
	}
	l.create(config("www.example.com")) // the name is free again
}

func TestAnAliasIsUniqueHoweverItIsSpelled(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.create(config("www.example.com"))
	for _, same := range []string{"www.example.com", "WWW.example.com"} {
		l.refuses("CNAMEAlreadyExists", "CreateDistribution", config(same))
	}
	l.refuses("InvalidArgument", "CreateDistribution", config("API.example.com"))
	l.refuses("InvalidArgument", "CreateDistribution", config("api.example.com", "api.example.com"))
	l.create(config("*.example.com")) // overlaps, and may
	l.refuses("CNAMEAlreadyExists", "CreateDistribution", config("*.example.com"))
}

func TestMalformedAliasesAreRefused(t *testing.T) {
	t.Parallel()
	for _, alias := range []string{"", "example", "a b.example.com", "*example.com", "a.*.example.com", "-a.example.com", "a..example.com", "http://a.example.com", strings.Repeat("a", 64) + ".example.com"} {
		l := newLab(t)
		l.refuses("InvalidArgument", "CreateDistribution", config(alias))
	}
}

func TestADistributionHasAHundredAliases(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("n%d.example.com", i))
	}
	id, _, _ := l.create(config(names...))
	l.refuses("TooManyDistributionCNAMEs", "CreateDistribution", config(append(names, "more.example.com")...))
	l.create(config("extra.example.com"))
	l.refuses("TooManyDistributionCNAMEs", "AssociateAlias", nil, "TargetDistributionId="+id, "Alias=extra.example.com")
}

func TestAWildcardOfACertificateCoversOneLabel(t *testing.T) {
	t.Parallel()
	for alias, ok := range map[string]bool{
		"example.com": true, "a.example.com": true, "*.example.com": true, "*.eu.example.com": true, "a.eu.example.com": true,
		"a.b.example.com": false, "*.b.example.com": false, "example.org": false, "notexample.com": false,
	} {
		l := newLab(t)
		if _, err := l.call("CreateDistribution", config(alias)); (err == nil) != ok {
			t.Errorf("%s: %v", alias, err)
		}
	}
}

func TestTheMostSpecificAliasWinsWhateverIsBehindIt(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	wide, _, _ := l.create(config("*.example.com"))
	narrow, _, _ := l.create(config("*.eu.example.com"))
	exact, _, _ := l.create(config("www.eu.example.com"))
	l.settle()
	for host, want := range map[string]string{
		"www.eu.example.com": exact, "WWW.EU.example.com.:8080": exact, "api.eu.example.com": narrow, "a.b.eu.example.com": narrow,
		"www.example.com": wide, "a.b.c.example.com": wide, "example.com": "",
	} {
		if r := l.Route(3, l.clock.Now(), host); r.Distribution != want {
			t.Errorf("%s goes to %q, want %q", host, r.Distribution, want)
		}
	}
	l.update(exact, func(c *wire.Node) { c.Set(wire.Bool("Enabled", false)) })
	l.settle()
	if r := l.Route(3, l.clock.Now(), "www.eu.example.com"); r.Reason != cloudfront.Disabled {
		t.Errorf("a wildcard stands in for a disabled owner: %+v", r)
	}
}

func TestANameWhoseDNSPointsElsewhereCannotBeAdded(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	_, other, _ := l.create(config())
	id, own, _ := l.create(withCertificate())
	l.points["www.example.com"] = other
	add := func(code string) {
		t.Helper()
		c, etag, _ := l.get(id)
		c.Set(list("Aliases", "CNAME", "www.example.com"))
		if code == "" {
			l.must("UpdateDistribution", c, "Id="+id, "If-Match="+etag)
			return
		}
		if msg := l.refuses(code, "UpdateDistribution", c, "Id="+id, "If-Match="+etag); !strings.Contains(msg, "incorrectly configured DNS record") {
			t.Errorf("message %q", msg)
		}
	}
	add("CNAMEAlreadyExists")
	l.points["www.example.com"] = own
	add("")
	l.points["www.example.com"] = other
	add("") // it is not new any more
}

func TestCloudFrontGoesOnSeeingTheRecordOfBefore(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	moved := l.clock.Now().Add(time.Hour)
	s := cloudfront.New(cloudfront.Options{
		Clock: awake{l.clock}, Account: "123456789012", Knobs: l.knobs, Propagation: l.propagation,
		Certificates: func(string) ([]string, bool) { return []string{"www.example.com"}, true },
		PointsAt: func(_ string, at time.Time) string {
			if at.Before(moved) {
				return "dother.cloudfront.net"
			}
			return ""
		},
	})
	l.Service = s
	l.clock.Pass(time.Hour + 59*time.Second)
	l.refuses("CNAMEAlreadyExists", "CreateDistribution", config("www.example.com"))
	l.clock.Pass(time.Second)
	l.create(config("www.example.com"))
}

func TestAMoveIsOneTransactionAndFlipsOnceAtEachPOP(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	blue, _, _ := l.create(config("www.example.com", "api.example.com"))
	green, _, _ := l.create(withCertificate())
	l.settle()
	_, blueTag, _ := l.get(blue)
	_, greenTag, _ := l.get(green)
	start := l.clock.Now()
	r := l.must("UpdateDomainAssociation", association("www.example.com", green), "If-Match="+greenTag)
	if r.Body.String("Domain") != "www.example.com" || r.Body.String("ResourceId") != green {
		t.Errorf("answered %s", r.Body.XML(""))
	}
	blueConfig, blueNow, blueStatus := l.get(blue)
	greenConfig, greenNow, greenStatus := l.get(green)
	if blueNow == blueTag || greenNow == greenTag || r.Header.Get("ETag") != greenNow {
		t.Error("both distributions need a new ETag, and the target's is the answer's")
	}
	if blueStatus != "InProgress" || greenStatus != "InProgress" {
		t.Errorf("status %s and %s after the move", blueStatus, greenStatus)
	}
	if n := blueConfig.All("CNAME", "Aliases", "Items"); len(n) != 1 || n[0].Text != "api.example.com" || blueConfig.String("Aliases", "Quantity") != "1" {
		t.Errorf("the source lists %s", blueConfig.Get("Aliases").XML(""))
	}
	if n := greenConfig.All("CNAME", "Aliases", "Items"); len(n) != 1 || n[0].Text != "www.example.com" {
		t.Errorf("the target lists %s", greenConfig.Get("Aliases").XML(""))
	}
	event := l.AliasEvents("www.example.com")[1]
	if event.From != blue || event.To != green {
		t.Errorf("recorded %+v", event)
	}
	moments := append([]time.Time{start}, l.Moments("www.example.com")...)
	for pop := range pops {
		var served []string
		for _, at := range moments {
			if at.Before(start) {
				continue
			}
			r := l.Route(pop, at, "www.example.com")
			if r.Reason != "" {
				t.Errorf("POP %d at %s: %s", pop, at, r.Reason)
			}
			served = append(served, r.Distribution)
		}
		if got := slices.Compact(served); !slices.Equal(got, []string{blue, green}) {
			t.Errorf("POP %d serves %v", pop, got)
		}
	}
	if v := l.Versions(green)[1]; !v.AliasOnly || propagation.Done(v.Arrives).Before(propagation.Done(event.Arrives)) {
		t.Error("the target is Deployed before every POP has the name")
	}
}

func TestWritesAtOneInstantHaveAnOrder(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	blue, _, _ := l.create(config("www.example.com"))
	green, _, _ := l.create(withCertificate())
	l.moves("www.example.com", green)
	l.update(green, func(c *wire.Node) { c.Set(wire.Text("Comment", "later")) })
	l.update(green, func(c *wire.Node) { c.Set(wire.Elem("Aliases", wire.Int("Quantity", 0))) })

	from, to, name := l.Versions(blue), l.Versions(green), l.AliasEvents("www.example.com")
	order := []int{from[0].Seq, to[0].Seq, name[1].Seq, to[2].Seq, to[3].Seq}
	if !slices.IsSorted(order) || len(slices.Compact(order)) != 5 {
		t.Errorf("five writes one after the other are numbered %v", order)
	}
	// What one write changed has one number.
	if from[0].Seq != name[0].Seq || from[1].Seq != name[1].Seq || to[1].Seq != name[1].Seq || to[3].Seq != name[2].Seq {
		t.Errorf("versions %v and %v, name %v", from, to, name)
	}
	if !to[0].At.Equal(to[3].At) {
		t.Error("the clock moved, so times alone could have told")
	}
}

func TestAMoveOntoWhatHasNotDeployedLosesRequests(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.create(config("www.example.com"))
	l.settle()
	green, _, _ := l.create(withCertificate())
	l.moves("www.example.com", green)
	lost := 0
	for pop := range pops {
		for _, at := range l.Moments("www.example.com") {
			if l.Route(pop, at, "www.example.com").Reason == cloudfront.Undeployed && l.Route(pop, at, "www.example.com").Distribution == green {
				lost++
			}
		}
	}
	if lost == 0 {
		t.Error("not waiting for Deployed cost nothing")
	}
}

func TestRemoveThenAddLeavesTheNameUnservedForAWhile(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	blue, _, _ := l.create(config("www.example.com"))
	green, _, _ := l.create(withCertificate())
	l.settle()
	start := l.clock.Now()
	l.update(blue, func(c *wire.Node) { c.Remove("Aliases") })
	l.clock.Pass(2 * time.Second)
	l.update(green, func(c *wire.Node) { c.Set(list("Aliases", "CNAME", "www.example.com")) })
	gaps := 0
	for pop := range pops {
		for _, at := range l.Moments("www.example.com") {
			if at.After(start) && l.Route(pop, at, "www.example.com").Reason == cloudfront.Unclaimed {
				gaps++
			}
		}
		if r := l.Route(pop, start.Add(5*time.Minute), "www.example.com"); r.Distribution != green {
			t.Errorf("POP %d ends with %+v", pop, r)
		}
	}
	if gaps == 0 {
		t.Error("no POP was ever without an owner")
	}
}

func TestTheUnownedGapKnobLeavesTheNameUnownedBeforeItsMoment(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.knobs.UnownedGap = 3 * time.Second
	l.create(config("www.example.com"))
	green, _, _ := l.create(withCertificate())
	l.settle()
	l.moves("www.example.com", green)
	e := l.AliasEvents("www.example.com")[1]
	for pop, arrives := range e.Arrives {
		for at, want := range map[time.Duration]string{-3*time.Second - 1: "", -3 * time.Second: cloudfront.Unclaimed, -1: cloudfront.Unclaimed, 0: ""} {
			if r := l.Route(pop, arrives.Add(at), "www.example.com"); r.Reason != want {
				t.Errorf("POP %d at %s: %+v, want %q", pop, at, r, want)
			}
		}
		if !slices.ContainsFunc(l.Moments("www.example.com"), arrives.Add(-3*time.Second).Equal) {
			t.Errorf("POP %d: the beginning of the gap is not among the moments", pop)
		}
	}
}

func TestWhatAMoveRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	blue, _, _ := l.create(config("www.example.com"))
	green, _, etag := l.create(withCertificate())
	bare, _, bareTag := l.create(config())
	staged := config()
	staged.Set(wire.Bool("Staging", true))
	staged.Set(withCertificate().Get("ViewerCertificate"))
	staging, _, stagingTag := l.create(staged)
	uda := func(code string, body *wire.Node, args ...string) {
		t.Helper()
		l.refuses(code, "UpdateDomainAssociation", body, args...)
	}
	uda("InvalidIfMatchVersion", association("www.example.com", green))
	uda("PreconditionFailed", association("www.example.com", green), "If-Match="+bareTag)
	uda("EntityNotFound", association("www.example.com", "ENONE"), "If-Match="+etag)
	uda("EntityNotFound", wire.Elem("UpdateDomainAssociationRequest", wire.Text("Domain", "www.example.com"),
		wire.Elem("TargetResource", wire.Text("DistributionTenantId", "dt_1"))), "If-Match="+etag)
	uda("InvalidArgument", wire.Elem("UpdateDomainAssociationRequest", wire.Text("Domain", "www.example.com"), wire.Elem("TargetResource")), "If-Match="+etag)
	uda("MalformedXML", wire.Elem("UpdateDomainAssociationRequest", wire.Text("Domain", "www.example.com")), "If-Match="+etag)
	uda("InvalidArgument", association("www.example.com", bare), "If-Match="+bareTag) // no certificate
	uda("InvalidArgument", association("www.example.org", green), "If-Match="+etag)
	uda("InvalidArgument", association("not a name", green), "If-Match="+etag)
	uda("IllegalUpdate", association("www.example.com", staging), "If-Match="+stagingTag)
	uda("EntityNotFound", association("nobody.example.com", green), "If-Match="+etag)
	l.knobs.UnownedMove = "IllegalUpdate"
	uda("IllegalUpdate", association("nobody.example.com", green), "If-Match="+etag)
	l.knobs.SourceMustBeDisabled = true
	uda("IllegalUpdate", association("www.example.com", green), "If-Match="+etag)
	l.knobs.SourceMustBeDisabled = false
	l.knobs.RefuseMoveInProgress = "PreconditionFailed"
	uda("PreconditionFailed", association("www.example.com", green), "If-Match="+etag)
	if _, now, _ := l.get(green); now != etag {
		t.Error("a refused move changed the target")
	}
	if got := l.Describe(l.clock.Now())[0]; got.ID != blue || !slices.Equal(got.Aliases, []string{"www.example.com"}) {
		t.Errorf("a refused move changed the source: %+v", got)
	}
}

func TestAssociateAliasMovesWithoutPrecondition(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	blue, _, _ := l.create(config("www.example.com"))
	green, _, _ := l.create(withCertificate())
	bare, _, _ := l.create(config())
	l.settle()
	to := func(id string) []string { return []string{"TargetDistributionId=" + id, "Alias=www.example.com"} }
	l.refuses("InvalidArgument", "AssociateAlias", nil, to(bare)...)
	l.refuses("NoSuchDistribution", "AssociateAlias", nil, to("ENONE")...)
	l.knobs.RefuseMoveInProgress = "PreconditionFailed"
	fresh, _, _ := l.create(withCertificate())
	l.refuses("IllegalUpdate", "AssociateAlias", nil, to(fresh)...) // the model has no PreconditionFailed
	l.must("AssociateAlias", nil, to(green)...)
	if c, _, _ := l.get(blue); c.String("Aliases", "Quantity") != "0" {
		t.Error("the source keeps the alias")
	}
	_, etag, _ := l.get(green)
	l.must("AssociateAlias", nil, to(green)...)
	if _, now, _ := l.get(green); now != etag {
		t.Error("a repeated AssociateAlias changed something")
	}
	l.knobs.RefuseRepeatedAssociate = true
	l.refuses("IllegalUpdate", "AssociateAlias", nil, to(green)...)
	l.knobs.RequireTXT = true
	l.refuses("IllegalUpdate", "AssociateAlias", nil, to(blue)...)
}

func TestConflictsAreListedMaskedAndInPages(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	exact, _, _ := l.create(config("www.example.com", "www.eu.example.com"))
	wild, _, _ := l.create(config("*.example.com"))
	query := func(name string) (aliases, owners []string) {
		t.Helper()
		for marker := ""; ; {
			body := wire.Elem("ListDomainConflictsRequest", wire.Text("Domain", name),
				wire.Elem("DomainControlValidationResource", wire.Text("DistributionId", exact)), wire.Int("MaxItems", 1))
			if marker != "" {
				body.Set(wire.Text("Marker", marker))
			}
			r := l.must("ListDomainConflicts", body).Body
			for _, c := range r.All("DomainConflicts", "DomainConflicts") {
				aliases, owners = append(aliases, c.String("Domain")), append(owners, c.String("ResourceId"))
			}
			if marker = r.String("NextMarker"); marker == "" {
				return aliases, owners
			}
		}
	}
	mask := func(id string) string { return strings.Repeat("*", 7) + id[7:] }
	aliases, owners := query("www.example.com")
	if !slices.Equal(aliases, []string{"*.example.com", "www.example.com"}) || !slices.Equal(owners, []string{mask(wild), mask(exact)}) {
		t.Errorf("exact: %v %v", aliases, owners)
	}
	if aliases, _ = query("*.example.com"); !slices.Equal(aliases, []string{"*.example.com", "www.eu.example.com", "www.example.com"}) {
		t.Errorf("wildcard: %v", aliases)
	}
	r := l.must("ListConflictingAliases", nil, "DistributionId="+wild, "Alias=www.example.com").Body
	if r.String("Quantity") != "2" || r.String("Items", "ConflictingAlias", "AccountId") != "******789012" {
		t.Errorf("ListConflictingAliases: %s", r.XML(""))
	}
	bare, _, _ := l.create(config())
	l.refuses("InvalidArgument", "ListConflictingAliases", nil, "DistributionId="+bare, "Alias=www.example.com")
	l.refuses("NoSuchDistribution", "ListConflictingAliases", nil, "DistributionId=ENONE", "Alias=www.example.com")
	l.refuses("InvalidArgument", "ListDomainConflicts", wire.Elem("ListDomainConflictsRequest", wire.Text("Domain", "www.example.com"),
		wire.Elem("DomainControlValidationResource", wire.Text("DistributionId", bare))))
}

func TestAStagingDistributionHasNoAliasesAndServesNobody(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := config("www.example.com")
	c.Set(wire.Bool("Staging", true))
	l.refuses("InvalidArgument", "CreateDistribution", c)
	c = config()
	c.Set(wire.Bool("Staging", true))
	id, domain, etag := l.create(c)
	l.settle()
	if r := l.Route(0, l.clock.Now(), domain); r.Reason != cloudfront.StagingOwn {
		t.Errorf("its own name answers %+v", r)
	}
	if _, _, resolves := l.DistributionByDomain(domain, l.clock.Now()); resolves {
		t.Error("its own name resolves")
	}
	c.Remove("Staging")
	l.refuses("IllegalUpdate", "UpdateDistribution", c, "Id="+id, "If-Match="+etag)
}

func TestADomainResolvesFromTheFirstPOPOn(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, domain, _ := l.create(config())
	first := slices.MinFunc(l.Versions(id)[0].Arrives, time.Time.Compare)
	if _, _, ok := l.DistributionByDomain(domain, first.Add(-1)); ok {
		t.Error("it resolves before")
	}
	if got, _, ok := l.DistributionByDomain(strings.ToUpper(domain)+".", first); !ok || got != id {
		t.Error("it does not resolve then")
	}
}

func TestDistributionsAreListedInPages(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	var want []string
	for range 5 {
		id, _, _ := l.create(config())
		want = append(want, id)
	}
	var got []string
	marker := ""
	for {
		r := l.must("ListDistributions", nil, "MaxItems=2", "Marker="+marker).Body
		for _, s := range r.All("DistributionSummary", "Items") {
			got = append(got, s.String("Id"))
			if s.Get("CallerReference") != nil || s.String("ETag") == "" || s.Get("Origins") == nil {
				t.Errorf("summary %s", s.XML(""))
			}
		}
		if !r.True("IsTruncated") {
			break
		}
		marker = r.String("NextMarker")
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	l.refuses("InvalidArgument", "ListDistributions", nil, "MaxItems=many")
	l.refuses("InvalidArgument", "ListDistributions", nil, "Marker=nothing")
}

func TestTagsComeWithTheDistributionAndCanBeChanged(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	tags := func(kv ...string) *wire.Node {
		items := wire.Elem("Items")
		for i := 0; i < len(kv); i += 2 {
			items.Children = append(items.Children, wire.Elem("Tag", wire.Text("Key", kv[i]), wire.Text("Value", kv[i+1])))
		}
		return wire.Elem("Tags", items)
	}
	r := l.must("CreateDistributionWithTags", wire.Elem("DistributionConfigWithTags", config(), tags("side", "blue")))
	arn := "Resource=" + r.Body.String("ARN")
	l.must("TagResource", tags("side", "green", "team", "web"), arn)
	l.must("UntagResource", wire.Elem("TagKeys", wire.Elem("Items", wire.Text("Key", "team"))), arn)
	got := l.must("ListTagsForResource", nil, arn).Body.All("Tag", "Items")
	if len(got) != 1 || got[0].String("Value") != "green" {
		t.Errorf("%d tags, first %+v", len(got), got)
	}
	l.refuses("NoSuchResource", "ListTagsForResource", nil, "Resource=arn:aws:cloudfront::123456789012:distribution/ENONE")
	l.refuses("InvalidTagging", "TagResource", tags("aws:x", "y"), arn)
}

func batch(ref string, paths ...string) *wire.Node {
	return wire.Elem("InvalidationBatch", list("Paths", "Path", paths...), wire.Text("CallerReference", ref))
}

func TestAnInvalidationReachesEachPOPAndCoversWhatItSays(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, _ := l.create(config())
	l.settle()
	now := l.clock.Now()
	l.must("CreateInvalidation", batch("1", "/images/*", "/index.html"), "DistributionId="+id)
	end := now.Add(time.Hour)
	for path, want := range map[string]bool{"/images/a.png": true, "/images/": true, "/index.html": true, "/index.html?x": false, "/other": false, "/image": false} {
		if got := l.Invalidated(id, 0, path, now, end); got != want {
			t.Errorf("%s: %t", path, got)
		}
	}
	if l.Invalidated(id, 0, "/index.html", now, now) {
		t.Error("it was there at once")
	}
	if l.Invalidated(id, 0, "/index.html", end, end.Add(time.Hour)) {
		t.Error("it hit an object stored later")
	}
}

// "Fast cache invalidations": effect within seconds, and the word of it some time later,
// however long a change of the configuration takes.
func TestAnInvalidationHasEffectLongBeforeItIsCompleted(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, _ := l.create(config())
	l.settle()
	now := l.clock.Now()
	made := l.must("CreateInvalidation", batch("1", "/*"), "DistributionId="+id).Body.String("Id")
	for pop := range pops {
		if !l.Invalidated(id, pop, "/a", now, now.Add(5*time.Second-time.Millisecond)) {
			t.Errorf("POP %d still serves it after almost five seconds", pop)
		}
	}
	for _, tt := range []struct {
		after time.Duration
		want  string
	}{{5 * time.Second, "InProgress"}, {25*time.Second - time.Millisecond, "Completed"}} {
		l.clock.Pass(now.Add(tt.after).Sub(l.clock.Now()))
		if got := l.must("GetInvalidation", nil, "DistributionId="+id, "Id="+made).Body.String("Status"); got != tt.want {
			t.Errorf("after %s it is %s", tt.after, got)
		}
	}
}

func TestAnInvalidationIsRepeatedByItsReference(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, _ := l.create(config())
	at := "DistributionId=" + id
	first := l.must("CreateInvalidation", batch("1", "/a", "/b"), at).Body
	if again := l.must("CreateInvalidation", batch("1", "/b", "/a"), at).Body; again.String("Id") != first.String("Id") {
		t.Error("the same paths made a second invalidation")
	}
	l.refuses("InvalidationBatchAlreadyExists", "CreateInvalidation", batch("1", "/c"), at)
	second := l.must("CreateInvalidation", batch("2", "/c"), at).Body
	r := l.must("ListInvalidations", nil, at, "MaxItems=1").Body
	if r.String("Items", "InvalidationSummary", "Id") != second.String("Id") || !r.True("IsTruncated") {
		t.Errorf("newest first: %s", r.XML(""))
	}
	get := func() string {
		return l.must("GetInvalidation", nil, at, "Id="+first.String("Id")).Body.String("Status")
	}
	if got := get(); got != "InProgress" {
		t.Error(got)
	}
	l.settle()
	if got := get(); got != "Completed" {
		t.Error(got)
	}
	l.refuses("NoSuchInvalidation", "GetInvalidation", nil, at, "Id=INONE")
}

func TestInvalidationsHaveQuotas(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, _ := l.create(config())
	at := "DistributionId=" + id
	for _, bad := range []string{"a", "/a b", "/~a", "", "#", "#a,b"} {
		l.refuses("InvalidArgument", "CreateInvalidation", batch("bad", bad), at)
	}
	l.refuses("InvalidArgument", "CreateInvalidation", batch("none"), at)
	l.must("CreateInvalidation", batch("good", "/a*b", "/*/a", "#release:7", "/a"), at)
	l.settle()
	for i := range 15 {
		l.must("CreateInvalidation", batch(fmt.Sprint(i), "/*"), at)
	}
	l.refuses("TooManyInvalidationsInProgress", "CreateInvalidation", batch("16", "/*"), at)
	l.must("CreateInvalidation", batch("17", "/a"), at)
	l.settle()
	l.must("CreateInvalidation", batch("16", "/*"), at)
	l.knobs.InvalidationPaths = 2
	l.refuses("BatchTooLarge", "CreateInvalidation", batch("18", "/a", "/b", "/c"), at)
	l.clock.Pass(time.Second)
	l.knobs.InvalidationPathRate = 2
	l.must("CreateInvalidation", batch("19", "/a"), at)
	l.settle()
	l.must("CreateInvalidation", batch("20", "/a", "/b"), at)
	l.knobs.InvalidationPaths = 10
	l.refuses("Throttling", "CreateInvalidation", batch("21", "/a"), at)
	l.knobs.InvalidationWildcardRate, l.knobs.InvalidationPathRate = 1, 0
	l.must("CreateInvalidation", batch("22", "/a*", "/b*", "/c*"), at)
	l.clock.Pass(2 * time.Second)
	l.refuses("Throttling", "CreateInvalidation", batch("23", "/d*"), at) // the batch before left a debt
	l.clock.Pass(time.Second)
	l.must("CreateInvalidation", batch("23", "/d*"), at)
	l.settle()
	l.knobs.InvalidationPaths = 1
	l.must("CreateInvalidation", batch("24", "/a", "/b*"), at) // which have quotas of their own
}

func TestAFrozenChangeTravelsWithTheNextOne(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, _ := l.create(withCertificate())
	l.settle()
	l.propagation.Freeze(true)
	l.update(id, func(c *wire.Node) { c.Set(list("Aliases", "CNAME", "www.example.com")) })
	l.clock.Pass(time.Hour)
	if r := l.Route(0, l.clock.Now(), "www.example.com"); r.Reason != cloudfront.Unclaimed {
		t.Errorf("frozen, and yet %+v", r)
	}
	if _, _, status := l.get(id); status != "InProgress" {
		t.Errorf("status %s", status)
	}
	l.propagation.Freeze(false)
	l.update(id, func(c *wire.Node) { c.Set(wire.Text("Comment", "x")) })
	l.settle()
	if r := l.Route(0, l.clock.Now(), "www.example.com"); r.Distribution != id || r.Reason != "" {
		t.Errorf("thawed, and yet %+v", r)
	}
	if _, _, status := l.get(id); status != "Deployed" {
		t.Errorf("status %s", status)
	}
}

func TestKnobsRefuseWhatTheyAreFor(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	id, _, etag := l.create(config())
	c, _, _ := l.get(id)
	l.knobs.RefuseUpdateInProgress = "PreconditionFailed"
	l.refuses("PreconditionFailed", "UpdateDistribution", c, "Id="+id, "If-Match="+etag)
	l.settle()
	l.must("UpdateDistribution", c, "Id="+id, "If-Match="+etag)
	l.knobs.DistributionWrites = 2
	l.create(config())
	l.create(config())
	l.refuses("Throttling", "CreateDistribution", config())
	l.settle()
	l.create(config())
}

func TestARemovedAliasCanBeHeldUntilTheSourceIsDeployed(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.knobs.HoldRemovedAlias = true
	blue, _, _ := l.create(config("www.example.com"))
	l.settle()
	l.update(blue, func(c *wire.Node) { c.Remove("Aliases") })
	l.refuses("CNAMEAlreadyExists", "CreateDistribution", config("www.example.com"))
	l.settle()
	l.create(config("www.example.com"))
}

func TestAnOperationThatIsNotServedSaysSo(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	served := l.Serves()
	for _, name := range served {
		if l.Model().Operations[name] == nil {
			t.Errorf("%s is no operation of the model", name)
		}
	}
	for name := range l.Model().Operations {
		if slices.Contains(served, name) {
			continue
		}
		_, err := l.call(name, nil)
		var e *wire.Error
		if !errors.As(err, &e) || e.Status != http.StatusNotImplemented {
			t.Errorf("%s: %v", name, err)
		}
		if l.Reads(name) {
			t.Errorf("%s is said to be a read", name)
		}
	}
}

func TestAnAccountHasQuotas(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	staged := func() *wire.Node {
		c := config()
		c.Set(wire.Bool("Staging", true))
		return c
	}
	for range 20 {
		l.create(staged())
	}
	l.refuses("TooManyDistributions", "CreateDistribution", staged())
	for range 480 {
		l.create(config())
	}
	l.refuses("TooManyDistributions", "CreateDistribution", config())
}

// Readers of the data plane and writers of the control plane meet under the race detector.
func TestViewersAndWritersDoNotRace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	blue, domain, _ := l.create(config("www.example.com"))
	green, _, _ := l.create(withCertificate())
	l.settle()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				at := l.clock.Now()
				l.Route(1, at, "www.example.com")
				l.Moments("www.example.com")
				l.Invalidated(blue, 1, "/", at.Add(-time.Hour), at)
				l.DistributionByDomain(domain, at)
				l.Describe(at)
				l.AliasEvents("www.example.com")
				l.Versions(blue)
				l.Owns(domain, "www.example.com")
				l.Uses(certificate)
			}
		})
	}
	for i := range 20 {
		l.moves("www.example.com", []string{green, blue}[i%2])
		l.must("CreateInvalidation", batch(fmt.Sprint(i), "/a"), "DistributionId="+blue)
		l.clock.Pass(time.Second)
	}
	wg.Wait()
}
