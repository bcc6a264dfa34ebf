package cloudfront_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

const www = "www.example.com"

// copyRequest asks for a staging distribution.
func copyRequest(ref string) *wire.Node {
	return wire.Elem("CopyDistributionRequest", wire.Text("CallerReference", ref))
}

// stage copies a primary.
func (l *lab) stage(primary string) (id, domain, etag string) {
	l.Helper()
	_, tag, _ := l.get(primary)
	r := l.must("CopyDistribution", copyRequest(fmt.Sprint("copy-", references.Add(1))), "PrimaryDistributionId="+primary, "If-Match="+tag, "Staging=true")
	return r.Body.String("Id"), r.Body.String("DomainName"), r.Header.Get("ETag")
}

// weight is a traffic configuration; with two numbers, idle and maximum, it is sticky.
func weight(share string, ttl ...int) *wire.Node {
	w := wire.Elem("SingleWeightConfig", wire.Text("Weight", share))
	if len(ttl) > 0 {
		w.Set(wire.Elem("SessionStickinessConfig", wire.Int("IdleTTL", ttl[0]), wire.Int("MaximumTTL", ttl[1])))
	}
	return wire.Elem("TrafficConfig", wire.Text("Type", "SingleWeight"), w)
}

func header(name, value string) *wire.Node {
	return wire.Elem("TrafficConfig", wire.Text("Type", "SingleHeader"),
		wire.Elem("SingleHeaderConfig", wire.Text("Header", name), wire.Text("Value", value)))
}

func policy(domain string, enabled bool, traffic *wire.Node) *wire.Node {
	return wire.Elem("ContinuousDeploymentPolicyConfig", list("StagingDistributionDnsNames", "DnsName", domain), wire.Bool("Enabled", enabled), traffic)
}

// A pair is a primary that owns www, its staging distribution and their policy.
type pair struct {
	*lab
	primary, staging, domain, policy string
}

// newPair settles a pair whose policy is attached.
func newPair(t *testing.T, enabled bool, traffic *wire.Node, turns ...func(*knob.Knobs)) *pair {
	t.Helper()
	l := newLab(t)
	for _, turn := range turns {
		turn(l.knobs)
	}
	p := &pair{lab: l}
	p.primary, _, _ = l.create(config(www))
	p.staging, p.domain, _ = l.stage(p.primary)
	p.policy = l.must("CreateContinuousDeploymentPolicy", policy(p.domain, enabled, traffic)).Body.String("Id")
	p.attach()
	p.settle()
	return p
}

func (p *pair) attach() {
	p.Helper()
	p.update(p.primary, func(c *wire.Node) { c.Set(wire.Text("ContinuousDeploymentPolicyId", p.policy)) })
}

func (p *pair) detach() {
	p.Helper()
	p.update(p.primary, func(c *wire.Node) { c.Set(wire.Text("ContinuousDeploymentPolicyId", "")) })
}

// read is the policy's configuration and ETag.
func (p *pair) read() (*wire.Node, string) {
	p.Helper()
	r := p.must("GetContinuousDeploymentPolicyConfig", nil, "Id="+p.policy)
	return r.Body.Clone(), r.Header.Get("ETag")
}

// say updates the policy.
func (p *pair) say(enabled bool, traffic *wire.Node) {
	p.Helper()
	_, etag := p.read()
	p.must("UpdateContinuousDeploymentPolicy", policy(p.domain, enabled, traffic), "Id="+p.policy, "If-Match="+etag)
}

// promotes sends a promotion with the ETags of now.
func (p *pair) promotes() []string {
	p.Helper()
	_, first, _ := p.get(p.primary)
	_, second, _ := p.get(p.staging)
	return []string{"Id=" + p.primary, "StagingDistributionId=" + p.staging, "If-Match=" + first + ", " + second}
}

func (p *pair) promote() *wire.Response {
	p.Helper()
	return p.must("UpdateDistributionWithStagingConfig", nil, p.promotes()...)
}

// tries an update and expects an error code; "" expects success.
func (p *pair) tries(code, id string, change func(*wire.Node)) {
	p.Helper()
	c, etag, _ := p.get(id)
	change(c)
	if code == "" {
		p.must("UpdateDistribution", c, "Id="+id, "If-Match="+etag)
		return
	}
	p.refuses(code, "UpdateDistribution", c, "Id="+id, "If-Match="+etag)
}

func (p *pair) etag(id string) string {
	p.Helper()
	_, etag, _ := p.get(id)
	return etag
}

func (p *pair) status(id string) string {
	p.Helper()
	_, _, status := p.get(id)
	return status
}

// split is what a POP makes of www now.
func (p *pair) split(pop int) *cloudfront.Split {
	p.Helper()
	r := p.Route(pop, p.clock.Now(), www)
	if r.Reason != "" || r.Distribution != p.primary {
		p.Fatalf("POP %d answers %+v", pop, r)
	}
	return r.Split
}

func set(name, value string) func(*wire.Node) {
	return func(c *wire.Node) { c.Set(wire.Text(name, value)) }
}

func TestACopyIsThePrimaryWithoutItsAliasesAndPolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := config(www)
	c.Set(wire.Text("PriceClass", "PriceClass_100"))
	c.Set(wire.Text("Comment", "the site"))
	c.Set(wire.Elem("QuantumConfig", wire.Text("Entangled", "yes")))
	primary, _, _ := l.create(c)
	staging, domain, etag := l.stage(primary)
	got, now, status := l.get(staging)
	if now != etag || status != "InProgress" {
		t.Errorf("ETag %s and %s, status %s", etag, now, status)
	}
	if got.String("Aliases", "Quantity") != "0" || got.String("Staging") != "true" || got.String("Enabled") != "true" || got.String("ContinuousDeploymentPolicyId") != "" {
		t.Errorf("copied as %s", got.XML(""))
	}
	was, _, _ := l.get(primary)
	for _, n := range []*wire.Node{got, was} {
		for _, own := range []string{"Aliases", "Staging", "CallerReference"} {
			n.Remove(own)
		}
	}
	if !slices.Equal(got.Leaves(), was.Leaves()) {
		t.Errorf("the copy differs:\n%s\n%s", got.XML(""), was.XML(""))
	}
	l.settle()
	if r := l.Route(0, l.clock.Now(), domain); r.Reason != cloudfront.StagingOwn || r.Status != 403 {
		t.Errorf("its own name answers %+v", r)
	}
	// A copy without Enabled is enabled; with it, it is what it says.
	off := copyRequest("off")
	off.Set(wire.Bool("Enabled", false))
	_, tag, _ := l.get(primary)
	if r := l.must("CopyDistribution", off, "PrimaryDistributionId="+primary, "If-Match="+tag, "Staging=True"); r.Body.String("DistributionConfig", "Enabled") != "false" || r.Header.Get("Location") == "" {
		t.Errorf("asked for a disabled copy: %s", r.Body.XML(""))
	}
}

func TestWhatACopyRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, _, etag := l.create(config(www))
	fast := config()
	fast.Set(wire.Text("HttpVersion", "http2and3"))
	http3, _, http3Tag := l.create(fast)
	staging, _, stagingTag := l.stage(primary)
	of := func(id, etag string, more ...string) []string {
		return append([]string{"PrimaryDistributionId=" + id, "If-Match=" + etag}, more...)
	}
	for claim, tc := range map[string]struct {
		code string
		body *wire.Node
		args []string
	}{
		"an unknown primary":      {"NoSuchDistribution", copyRequest("1"), of("ENONE", etag, "Staging=true")},
		"a stale ETag":            {"PreconditionFailed", copyRequest("1"), of(primary, stagingTag, "Staging=true")},
		"no ETag":                 {"InvalidIfMatchVersion", copyRequest("1"), []string{"PrimaryDistributionId=" + primary, "Staging=true"}},
		"a copy that is none":     {"InvalidArgument", copyRequest("1"), of(primary, etag, "Staging=false")},
		"no word on staging":      {"InvalidArgument", copyRequest("1"), of(primary, etag)},
		"a staging distribution":  {"InvalidArgument", copyRequest("1"), of(staging, stagingTag, "Staging=true")},
		"HTTP/3":                  {"InvalidArgument", copyRequest("1"), of(http3, http3Tag, "Staging=true")},
		"an empty reference":      {"InvalidArgument", copyRequest(""), of(primary, etag, "Staging=true")},
		"no reference":            {"MalformedXML", wire.Elem("CopyDistributionRequest"), of(primary, etag, "Staging=true")},
		"no body":                 {"MissingBody", nil, of(primary, etag, "Staging=true")},
		"the primary's reference": {"DistributionAlreadyExists", copyRequest(firstReference(l, primary)), of(primary, etag, "Staging=true")},
	} {
		if msg := l.refuses(tc.code, "CopyDistribution", tc.body, tc.args...); msg == "" {
			t.Errorf("… for %s", claim)
		}
	}
	for range 19 {
		l.stage(primary)
	}
	l.refuses("TooManyDistributions", "CopyDistribution", copyRequest("21st"), of(primary, etag, "Staging=true")...)
}

func firstReference(l *lab, id string) string {
	c, _, _ := l.get(id)
	return c.String("CallerReference")
}

func TestTheSameCopyIsRefusedOrByKnobRepeated(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, _, etag := l.create(config())
	args := []string{"PrimaryDistributionId=" + primary, "If-Match=" + etag, "Staging=true"}
	first := l.must("CopyDistribution", copyRequest("once"), args...).Body.String("Id")
	if msg := l.refuses("DistributionAlreadyExists", "CopyDistribution", copyRequest("once"), args...); !strings.HasSuffix(msg, first) {
		t.Errorf("message %q does not name %s", msg, first)
	}
	l.knobs.CopyReplay = true
	if again := l.must("CopyDistribution", copyRequest("once"), args...).Body.String("Id"); again != first {
		t.Errorf("made %s, want %s again", again, first)
	}
	off := copyRequest("once")
	off.Set(wire.Bool("Enabled", false))
	l.refuses("DistributionAlreadyExists", "CopyDistribution", off, args...)
}

func TestAPolicyLivesFromCreationToDeletion(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, _, _ := l.create(config())
	_, domain, _ := l.stage(primary)
	made := l.must("CreateContinuousDeploymentPolicy", policy(strings.ToUpper(domain), false, weight("0.150", 300, 600)))
	id, etag := made.Body.String("Id"), made.Header.Get("ETag")
	if len(id) != 36 || etag == "" || !strings.HasSuffix(made.Header.Get("Location"), "/continuous-deployment-policy/"+id) || made.Body.String("LastModifiedTime") == "" {
		t.Errorf("created %s %v", made.Body.XML(""), made.Header)
	}
	got := l.must("GetContinuousDeploymentPolicy", nil, "Id="+id)
	if got.Header.Get("ETag") != etag || got.Body.String("ContinuousDeploymentPolicyConfig", "TrafficConfig", "SingleWeightConfig", "Weight") != "0.15" {
		t.Errorf("read %s", got.Body.XML(""))
	}
	l.clock.Pass(time.Minute)
	updated := l.must("UpdateContinuousDeploymentPolicy", policy(domain, true, header("aws-cf-cd-next", "1")), "Id="+id, "If-Match="+etag)
	if updated.Header.Get("ETag") == etag || updated.Body.String("LastModifiedTime") == made.Body.String("LastModifiedTime") ||
		updated.Body.Get("ContinuousDeploymentPolicyConfig", "TrafficConfig", "SingleWeightConfig") != nil {
		t.Errorf("updated: %s", updated.Body.XML(""))
	}
	next := policy(domain, false, weight("0.1"))
	l.refuses("PreconditionFailed", "UpdateContinuousDeploymentPolicy", next, "Id="+id, "If-Match="+etag)
	l.refuses("InvalidIfMatchVersion", "UpdateContinuousDeploymentPolicy", next, "Id="+id)
	l.refuses("NoSuchContinuousDeploymentPolicy", "UpdateContinuousDeploymentPolicy", next, "Id=none", "If-Match="+etag)
	l.refuses("PreconditionFailed", "DeleteContinuousDeploymentPolicy", nil, "Id="+id, "If-Match="+etag)
	l.refuses("InvalidIfMatchVersion", "DeleteContinuousDeploymentPolicy", nil, "Id="+id)
	l.must("DeleteContinuousDeploymentPolicy", nil, "Id="+id, "If-Match="+updated.Header.Get("ETag"))
	for _, op := range []string{"GetContinuousDeploymentPolicy", "GetContinuousDeploymentPolicyConfig", "DeleteContinuousDeploymentPolicy"} {
		l.refuses("NoSuchContinuousDeploymentPolicy", op, nil, "Id="+id, "If-Match="+etag)
	}
	l.must("CreateContinuousDeploymentPolicy", next) // staging is free again
}

func TestWhatAPolicyRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, own, _ := l.create(config())
	_, domain, _ := l.stage(primary)
	_, other, _ := l.stage(primary)
	taken := l.must("CreateContinuousDeploymentPolicy", policy(other, false, weight("0.1"))).Body.String("Id")
	mixed := weight("0.1")
	mixed.Set(header("aws-cf-cd-x", "1").Get("SingleHeaderConfig"))
	two := policy(domain, true, weight("0.1"))
	two.Set(list("StagingDistributionDnsNames", "DnsName", domain, other))
	none := policy(domain, true, weight("0.1"))
	none.Set(wire.Elem("StagingDistributionDnsNames", wire.Int("Quantity", 0)))
	wrong := policy(domain, true, weight("0.1"))
	wrong.Get("StagingDistributionDnsNames").Set(wire.Int("Quantity", 3))
	half := weight("0.1")
	half.Set(wire.Text("Type", "SingleHeader"))
	for claim, tc := range map[string]struct {
		code string
		body *wire.Node
	}{
		"more than 15 percent":           {"InvalidArgument", policy(domain, true, weight("0.1500001"))},
		"0.15 widened from 32 bits":      {"InvalidArgument", policy(domain, true, weight("0.15000000596046448"))},
		"less than nothing":              {"InvalidArgument", policy(domain, true, weight("-0.01"))},
		"no number at all":               {"InvalidArgument", policy(domain, true, weight("NaN"))},
		"a word for a weight":            {"MalformedXML", policy(domain, true, weight("some"))},
		"no traffic configuration":       {"InvalidArgument", policy(domain, true, nil)},
		"a type without its block":       {"InvalidArgument", policy(domain, true, wire.Elem("TrafficConfig", wire.Text("Type", "SingleHeader")))},
		"the block of the other type":    {"InvalidArgument", policy(domain, true, half)},
		"both blocks":                    {"InvalidArgument", policy(domain, true, mixed)},
		"an unknown type":                {"MalformedXML", policy(domain, true, wire.Elem("TrafficConfig", wire.Text("Type", "Double")))},
		"a header without the prefix":    {"InvalidArgument", policy(domain, true, header("x-canary", "1"))},
		"nothing but the prefix":         {"InvalidArgument", policy(domain, true, header("aws-cf-cd-", "1"))},
		"a header that is none":          {"InvalidArgument", policy(domain, true, header("aws-cf-cd-a b", "1"))},
		"an empty value":                 {"InvalidArgument", policy(domain, true, header("aws-cf-cd-x", ""))},
		"an idle session too short":      {"InvalidArgument", policy(domain, true, weight("0.1", 299, 600))},
		"a session too long":             {"InvalidArgument", policy(domain, true, weight("0.1", 300, 3601))},
		"idle for longer than it lasts":  {"InvalidArgument", policy(domain, true, weight("0.1", 601, 600))},
		"two staging distributions":      {"InvalidArgument", two},
		"no staging distribution":        {"InvalidArgument", none},
		"a quantity that is not true":    {"InconsistentQuantities", wrong},
		"a name that nothing has":        {"InvalidArgument", policy("dnone.cloudfront.net", true, weight("0.1"))},
		"a primary":                      {"InvalidArgument", policy(own, true, weight("0.1"))},
		"staging of another policy":      {"StagingDistributionInUse", policy(other, true, weight("0.1"))},
		"staging of another, once again": {"StagingDistributionInUse", policy(other, false, weight("0.1"))},
	} {
		if msg := l.refuses(tc.code, "CreateContinuousDeploymentPolicy", tc.body); msg == "" {
			t.Errorf("… for %s", claim)
		}
	}
	for _, fine := range []*wire.Node{weight("0"), weight("0.15"), weight("1e-1"), weight("0.05", 300, 300), weight("0.05", 300, 3600), header("aws-cf-cd-X_1.y", "any value")} {
		r := l.must("CreateContinuousDeploymentPolicy", policy(domain, true, fine))
		l.must("DeleteContinuousDeploymentPolicy", nil, "Id="+r.Body.String("Id"), "If-Match="+r.Header.Get("ETag"))
	}
	l.knobs.RefuseZeroWeight = true
	l.refuses("InvalidArgument", "CreateContinuousDeploymentPolicy", policy(domain, true, weight("0.009")))
	l.knobs.RepeatedPolicyExists = true
	l.refuses("ContinuousDeploymentPolicyAlreadyExists", "CreateContinuousDeploymentPolicy", policy(other, false, weight("0.1")))
	l.refuses("StagingDistributionInUse", "CreateContinuousDeploymentPolicy", policy(other, true, weight("0.1")))
	// A policy may name its own staging distribution again, and no other's.
	r := l.must("GetContinuousDeploymentPolicy", nil, "Id="+taken)
	mine := l.must("CreateContinuousDeploymentPolicy", policy(domain, true, weight("0.1")))
	l.must("UpdateContinuousDeploymentPolicy", policy(other, true, weight("0.1")), "Id="+taken, "If-Match="+r.Header.Get("ETag"))
	l.refuses("StagingDistributionInUse", "UpdateContinuousDeploymentPolicy", policy(other, true, weight("0.1")),
		"Id="+mine.Body.String("Id"), "If-Match="+mine.Header.Get("ETag"))
}

// Every list that lags shows what was before a write: before something was made, changed and deleted.
func TestListsLagBehind(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	const lag = 10 * time.Minute
	l.knobs.ListLag = lag
	primary, _, _ := l.create(config())
	staging, domain, _ := l.stage(primary)
	made := l.must("CreateContinuousDeploymentPolicy", policy(domain, false, weight("0.1")))
	id := made.Body.String("Id")
	shows := func(when, distributions, policies string) {
		t.Helper()
		var has []string
		for _, d := range l.must("ListDistributions", nil).Body.All("DistributionSummary", "Items") {
			has = append(has, d.String("Id"))
		}
		if got := strings.Join(has, " "); got != distributions {
			t.Errorf("%s: the distributions %q, want %q", when, got, distributions)
		}
		has = nil
		for _, s := range l.must("ListContinuousDeploymentPolicies", nil).Body.All("ContinuousDeploymentPolicySummary", "Items") {
			has = append(has, s.String("ContinuousDeploymentPolicy", "ContinuousDeploymentPolicyConfig", "Enabled"))
		}
		if got := strings.Join(has, " "); got != policies {
			t.Errorf("%s: policies that are enabled %q, want %q", when, got, policies)
		}
	}
	shows("made", "", "")
	l.clock.Pass(lag)
	shows("made a while ago", primary+" "+staging, "false")
	changed := l.must("UpdateContinuousDeploymentPolicy", policy(domain, true, weight("0.1")), "Id="+id, "If-Match="+made.Header.Get("ETag"))
	shows("enabled", primary+" "+staging, "false")
	l.clock.Pass(lag)
	shows("enabled a while ago", primary+" "+staging, "true")
	l.must("DeleteContinuousDeploymentPolicy", nil, "Id="+id, "If-Match="+changed.Header.Get("ETag"))
	l.update(staging, func(c *wire.Node) { c.Set(wire.Bool("Enabled", false)) })
	l.settle()
	_, etag, _ := l.get(staging)
	l.must("DeleteDistribution", nil, "Id="+staging, "If-Match="+etag)
	shows("deleted", primary+" "+staging, "true")
	l.clock.Pass(lag)
	shows("deleted a while ago", primary, "")
}

func TestPoliciesAreListedInPages(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, _, _ := l.create(config())
	var want []string
	for range 20 {
		_, domain, _ := l.stage(primary)
		want = append(want, l.must("CreateContinuousDeploymentPolicy", policy(domain, false, weight("0.1"))).Body.String("Id"))
	}
	var got []string
	for marker := ""; ; {
		r := l.must("ListContinuousDeploymentPolicies", nil, "MaxItems=7", "Marker="+marker).Body
		for _, s := range r.All("ContinuousDeploymentPolicySummary", "Items") {
			got = append(got, s.String("ContinuousDeploymentPolicy", "Id"))
		}
		if r.String("Quantity") != "20" || r.String("MaxItems") != "7" || r.Get("IsTruncated") != nil {
			t.Fatalf("a page says %s", r.XML(""))
		}
		if marker = r.String("NextMarker"); marker == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	l.refuses("InvalidArgument", "ListContinuousDeploymentPolicies", nil, "Marker=nothing")
	// A page goes on when its marker is deleted meanwhile.
	etag := l.must("GetContinuousDeploymentPolicy", nil, "Id="+want[6]).Header.Get("ETag")
	l.must("DeleteContinuousDeploymentPolicy", nil, "Id="+want[6], "If-Match="+etag)
	r := l.must("ListContinuousDeploymentPolicies", nil, "Marker="+want[6]).Body
	if got := r.String("Items", "ContinuousDeploymentPolicySummary", "ContinuousDeploymentPolicy", "Id"); got != want[7] || r.String("Quantity") != "19" {
		t.Errorf("behind a deleted marker: %s of %s, want %s of 19", got, r.String("Quantity"), want[7])
	}
}

func TestAStagingDistributionShowsThePolicyThatNamesIt(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, _, _ := l.create(config())
	staging, domain, etag := l.stage(primary)
	shown := func() string {
		c, _, _ := l.get(staging)
		if r := l.must("GetDistributionConfig", nil, "Id="+staging).Body; r.String("ContinuousDeploymentPolicyId") != c.String("ContinuousDeploymentPolicyId") {
			t.Error("GetDistribution and GetDistributionConfig differ")
		}
		return c.String("ContinuousDeploymentPolicyId")
	}
	r := l.must("CreateContinuousDeploymentPolicy", policy(domain, false, weight("0.1")))
	id := r.Body.String("Id")
	if got := shown(); got != id {
		t.Errorf("it shows %q, want %q", got, id)
	}
	p := &pair{lab: l, primary: primary, staging: staging, domain: domain, policy: id}
	if p.etag(staging) != etag {
		t.Error("the ETag of the staging distribution changed")
	}
	// It cannot be told otherwise; saying nothing, or what it shows, is fine.
	p.tries("IllegalUpdate", staging, set("ContinuousDeploymentPolicyId", ""))
	p.tries("NoSuchContinuousDeploymentPolicy", staging, set("ContinuousDeploymentPolicyId", "none"))
	p.tries("", staging, func(c *wire.Node) { c.Remove("ContinuousDeploymentPolicyId") })
	p.tries("", staging, set("Comment", "next"))
	l.knobs.PointerRequired = true
	p.tries("IllegalUpdate", staging, func(c *wire.Node) { c.Remove("ContinuousDeploymentPolicyId") })
	p.tries("", staging, set("Comment", "once more"))
	l.must("DeleteContinuousDeploymentPolicy", nil, "Id="+id, "If-Match="+r.Header.Get("ETag"))
	if got := shown(); got != "" {
		t.Errorf("after the deletion of the policy it shows %q", got)
	}
	p.tries("NoSuchContinuousDeploymentPolicy", staging, set("ContinuousDeploymentPolicyId", id))
	p.tries("", staging, set("Comment", "last"))
}

func TestKnobsMoveTheMomentAtWhichStagingShowsItsPolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.knobs.PointerOnAttach, l.knobs.PointerNewETag = true, true
	primary, _, _ := l.create(config())
	staging, domain, etag := l.stage(primary)
	l.settle()
	p := &pair{lab: l, primary: primary, staging: staging, domain: domain}
	p.policy = l.must("CreateContinuousDeploymentPolicy", policy(domain, false, weight("0.1"))).Body.String("Id")
	shows := func(want string) {
		t.Helper()
		if c, _, _ := l.get(staging); c.String("ContinuousDeploymentPolicyId") != want {
			t.Errorf("it shows %q, want %q", c.String("ContinuousDeploymentPolicyId"), want)
		}
	}
	shows("")
	if p.etag(staging) != etag || p.status(staging) != "Deployed" {
		t.Error("the creation of the policy touched staging")
	}
	p.attach()
	shows(p.policy)
	attached := p.etag(staging)
	if attached == etag || p.status(staging) != "InProgress" {
		t.Error("the attachment did not touch staging")
	}
	l.settle()
	p.detach()
	shows("")
	if p.etag(staging) == attached {
		t.Error("the detachment did not touch staging")
	}
	l.knobs.PointerOnAttach = false
	l.settle()
	before := p.etag(staging)
	_, etag = p.read()
	l.must("DeleteContinuousDeploymentPolicy", nil, "Id="+p.policy, "If-Match="+etag)
	if p.etag(staging) == before {
		t.Error("the deletion of the policy did not touch staging")
	}
}

func TestWhatAnAttachmentRefuses(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1"))
	other, _, _ := p.create(withCertificate())
	attach := set("ContinuousDeploymentPolicyId", p.policy)
	p.tries("ContinuousDeploymentPolicyInUse", other, attach)
	p.tries("NoSuchContinuousDeploymentPolicy", other, set("ContinuousDeploymentPolicyId", "none"))
	fresh := config()
	attach(fresh)
	p.refuses("InvalidArgument", "CreateDistribution", fresh)

	p.detach()
	p.tries("InvalidArgument", other, func(c *wire.Node) { attach(c); c.Set(wire.Text("HttpVersion", "http2and3")) })
	for _, change := range []func(*wire.Node){
		set("PriceClass", "PriceClass_100"), set("IsIPV6Enabled", "false"), set("HttpVersion", "http1.1"),
		set("WebACLId", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0-0"), set("SomethingNew", "1"),
		func(c *wire.Node) {
			c.Set(wire.Elem("ViewerCertificate", wire.Text("ACMCertificateArn", certificate), wire.Text("SSLSupportMethod", "sni-only"),
				wire.Text("MinimumProtocolVersion", "TLSv1.2_2021")))
		},
	} {
		p.tries("IllegalUpdate", other, func(c *wire.Node) { attach(c); change(c) })
	}
	// Of the rest it does not matter that they differ, and another primary may have a policy that nobody has.
	p.update(p.staging, func(c *wire.Node) { set("Comment", "other")(c); set("DefaultRootObject", "next.html")(c) })
	p.tries("", other, attach)
	// Staging without the primary's certificate is the mistake that is made most.
	bare := config()
	bare.Set(wire.Bool("Staging", true))
	_, domain, _ := p.create(bare)
	id := p.must("CreateContinuousDeploymentPolicy", policy(domain, false, weight("0.1"))).Body.String("Id")
	p.tries("IllegalUpdate", p.primary, set("ContinuousDeploymentPolicyId", id))
	// Nor can an attached policy go over to such a one.
	_, etag := p.read()
	third := config()
	third.Set(wire.Bool("Staging", true))
	_, domain, _ = p.create(third)
	p.refuses("InvalidArgument", "UpdateContinuousDeploymentPolicy", policy(domain, false, weight("0.1")), "Id="+p.policy, "If-Match="+etag)
}

func TestLockedFieldsStayAsLongAsAPolicyIsAttached(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1"))
	locked := map[string]func(*wire.Node){
		"price class": set("PriceClass", "PriceClass_100"), "IPv6": set("IsIPV6Enabled", "false"), "HTTP version": set("HttpVersion", "http1.1"),
		"web ACL": set("WebACLId", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/0-0"),
		"unknown": set("SomethingNew", "1"),
		"TLS": func(c *wire.Node) {
			c.Get("ViewerCertificate").Set(wire.Text("MinimumProtocolVersion", "TLSv1.2_2021"))
		},
		"certificate": func(c *wire.Node) { c.Remove("ViewerCertificate"); c.Remove("Aliases") },
	}
	free := map[string]func(*wire.Node){
		"comment": set("Comment", "x"), "root": set("DefaultRootObject", "i.html"),
		"origins": func(c *wire.Node) {
			c.Get("Origins", "Items", "Origin").Set(wire.Text("DomainName", "next.example.net"))
		},
		"behaviour": func(c *wire.Node) { c.Get("DefaultCacheBehavior").Set(wire.Text("Compress", "true")) },
		"errors": func(c *wire.Node) {
			c.Set(wire.Elem("CustomErrorResponses", wire.Int("Quantity", 1), wire.Elem("Items", wire.Elem("CustomErrorResponse", wire.Int("ErrorCode", 404)))))
		},
		"geography": func(c *wire.Node) {
			c.Set(wire.Elem("Restrictions", wire.Elem("GeoRestriction", wire.Text("RestrictionType", "blacklist"),
				wire.Int("Quantity", 1), wire.Elem("Items", wire.Text("Location", "AQ")))))
		},
		"logging": func(c *wire.Node) {
			c.Set(wire.Elem("Logging", wire.Bool("Enabled", true), wire.Bool("IncludeCookies", false), wire.Text("Bucket", "b.s3.amazonaws.com"), wire.Text("Prefix", "")))
		},
	}
	for name, id := range map[string]string{"primary": p.primary, "staging": p.staging} {
		for what, change := range locked {
			c, etag, _ := p.get(id)
			change(c)
			if msg := p.refuses("IllegalUpdate", "UpdateDistribution", c, "Id="+id, "If-Match="+etag); msg == "" {
				t.Errorf("… for the %s of the %s", what, name)
			}
		}
		for what, change := range free {
			c, etag, _ := p.get(id)
			change(c)
			if _, err := p.call("UpdateDistribution", c, "Id="+id, "If-Match="+etag); err != nil {
				t.Errorf("the %s of the %s: %v", what, name, err)
			}
		}
	}
	p.tries("IllegalUpdate", p.primary, func(c *wire.Node) { c.Set(list("Aliases", "CNAME", www, "example.com")) })
	p.knobs.AliasesUnlocked = true
	p.tries("", p.primary, func(c *wire.Node) { c.Set(list("Aliases", "CNAME", www, "example.com")) })
	// To be enabled or not is not locked, but for a knob.
	p.say(true, weight("0.1"))
	p.knobs.EnabledLocked = true
	p.tries("IllegalUpdate", p.primary, set("Enabled", "false"))
	p.knobs.EnabledLocked = false
	p.tries("", p.primary, set("Enabled", "false"))
	p.tries("", p.primary, set("Enabled", "true"))

	p.say(false, weight("0.1"))
	p.settle()
	p.tries("IllegalUpdate", p.primary, func(c *wire.Node) { set("ContinuousDeploymentPolicyId", "")(c); set("PriceClass", "PriceClass_100")(c) })
	p.knobs.DetachWithChanges = true
	p.tries("", p.primary, func(c *wire.Node) { set("ContinuousDeploymentPolicyId", "")(c); set("PriceClass", "PriceClass_100")(c) })
	p.tries("", p.staging, set("IsIPV6Enabled", "false")) // nothing is attached any more
	p.tries("IllegalUpdate", p.primary, set("ContinuousDeploymentPolicyId", p.policy))
}

func TestAnOmittedPolicyStaysAndAnEmptyOneGoes(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	p.update(p.primary, func(c *wire.Node) { c.Remove("ContinuousDeploymentPolicyId") })
	if c, _, _ := p.get(p.primary); c.String("ContinuousDeploymentPolicyId") != p.policy {
		t.Error("an update without the id detached the policy")
	}
	p.knobs.RefuseDetachEnabled = true
	p.tries("IllegalUpdate", p.primary, set("ContinuousDeploymentPolicyId", ""))
	p.knobs.RefuseDetachEnabled = false
	p.detach()
	if c, _, _ := p.get(p.primary); c.String("ContinuousDeploymentPolicyId") != "" {
		t.Error("an empty id left the policy")
	}
	p.settle()
	if s := p.split(0); s != nil {
		t.Errorf("detached, and yet %+v", s)
	}
}

func TestTheOrderInWhichAPairIsTakenDown(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	remove := func(code string) {
		t.Helper()
		_, etag := p.read()
		if code == "" {
			p.must("DeleteContinuousDeploymentPolicy", nil, "Id="+p.policy, "If-Match="+etag)
			return
		}
		p.refuses(code, "DeleteContinuousDeploymentPolicy", nil, "Id="+p.policy, "If-Match="+etag)
	}
	remove("ContinuousDeploymentPolicyInUse")
	p.say(false, weight("0.1"))
	remove("ContinuousDeploymentPolicyInUse")
	p.tries("StagingDistributionInUse", p.staging, set("Enabled", "false"))
	p.detach()
	p.tries("StagingDistributionInUse", p.staging, set("Enabled", "false"))
	remove("")
	p.tries("", p.staging, set("Enabled", "false"))
	p.settle()
	p.must("DeleteDistribution", nil, "Id="+p.staging, "If-Match="+p.etag(p.staging))
	p.tries("", p.primary, set("Enabled", "false"))
}

// As hashicorp/aws 5.100 goes about it.
func TestADisabledPrimaryWithADisabledPolicyIsDeletable(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	p.update(p.primary, set("Enabled", "false"))
	p.settle()
	p.refuses("ResourceInUse", "DeleteDistribution", nil, "Id="+p.primary, "If-Match="+p.etag(p.primary))
	p.say(false, weight("0.1"))
	p.settle()
	p.must("DeleteDistribution", nil, "Id="+p.primary, "If-Match="+p.etag(p.primary))
	_, etag := p.read()
	p.must("DeleteContinuousDeploymentPolicy", nil, "Id="+p.policy, "If-Match="+etag)
	// A staging distribution that was never enabled is held by a policy too.
	primary, _, tag := p.create(config())
	off := copyRequest("never on")
	off.Set(wire.Bool("Enabled", false))
	r := p.must("CopyDistribution", off, "PrimaryDistributionId="+primary, "If-Match="+tag, "Staging=true")
	p.must("CreateContinuousDeploymentPolicy", policy(r.Body.String("DomainName"), false, weight("0.1")))
	p.settle()
	p.refuses("ResourceInUse", "DeleteDistribution", nil, "Id="+r.Body.String("Id"), "If-Match="+r.Header.Get("ETag"))
}

func TestByKnobADisabledPolicyCanBeDeletedWhereItIsAttached(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	p.knobs.DeleteAttachedPolicy = true
	_, etag := p.read()
	p.refuses("ContinuousDeploymentPolicyInUse", "DeleteContinuousDeploymentPolicy", nil, "Id="+p.policy, "If-Match="+etag)
	p.say(false, weight("0.1"))
	_, etag = p.read()
	before := p.etag(p.primary)
	p.must("DeleteContinuousDeploymentPolicy", nil, "Id="+p.policy, "If-Match="+etag)
	if c, now, _ := p.get(p.primary); c.String("ContinuousDeploymentPolicyId") != "" || now == before {
		t.Errorf("the primary still has %q, ETag %s", c.String("ContinuousDeploymentPolicyId"), now)
	}
}

func TestAPolicyTakesEffectAtEachPOPAsThePrimaryArrivesThere(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1"))
	if s := p.split(0); s != nil {
		t.Fatalf("a disabled policy splits: %+v", s)
	}
	etag := p.etag(p.primary)
	modified := p.must("GetDistribution", nil, "Id="+p.primary).Body.String("LastModifiedTime")
	p.clock.Pass(time.Second)
	p.say(true, weight("0.05"))
	r := p.must("GetDistribution", nil, "Id="+p.primary)
	if r.Body.String("Status") != "InProgress" || r.Header.Get("ETag") != etag || r.Body.String("LastModifiedTime") != modified {
		t.Errorf("the primary is %s, ETag %s (was %s), modified %s", r.Body.String("Status"), r.Header.Get("ETag"), etag, r.Body.String("LastModifiedTime"))
	}
	v := p.Versions(p.primary)
	last := v[len(v)-1]
	if !last.PolicyOnly {
		t.Fatalf("the newest version is %+v", last)
	}
	for pop, arrives := range last.Arrives {
		if r := p.Route(pop, arrives.Add(-1), www); r.Split != nil {
			t.Errorf("POP %d splits before the policy arrived", pop)
		}
		r := p.Route(pop, arrives, www)
		if r.Split == nil || r.Split.Weight != 0.05 || r.Split.Staging.Distribution != p.staging || r.Split.Staging.Reason != "" {
			t.Errorf("POP %d splits %+v once it arrived", pop, r.Split)
		}
	}
	if !slices.Contains(p.Moments(www), last.Arrives[3]) {
		t.Error("the arrival of a policy is not among the moments of the name")
	}
	p.settle()
	if p.status(p.primary) != "Deployed" || p.etag(p.primary) != etag {
		t.Error("the primary is not what it was")
	}
	// Staging is not touched by any of it, and takes its own changes at their own time.
	p.update(p.staging, set("Comment", "next"))
	if p.status(p.primary) != "Deployed" || p.status(p.staging) != "InProgress" {
		t.Error("a change of staging is one of the primary")
	}
	moments := p.Moments(www)
	versions := p.Versions(p.staging)
	for pop, arrives := range versions[len(versions)-1].Arrives {
		if !slices.Contains(moments, arrives) {
			t.Errorf("the arrival of staging at POP %d is not among the moments of the name", pop)
		}
		if r := p.Route(pop, arrives, www); r.Split.Staging.Config.String("Comment") != "next" {
			t.Errorf("POP %d has staging %+v", pop, r.Split.Staging)
		}
	}
	// The primary's own domain name is a production name too.
	d := p.must("GetDistribution", nil, "Id="+p.primary).Body.String("DomainName")
	p.settle()
	if r := p.Route(0, p.clock.Now(), d); r.Split == nil {
		t.Error("the primary's own name is not split")
	}
}

func TestKnobsSayWhatAPolicyUpdateDoesToThePrimary(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1"))
	p.knobs.PolicyUpdatePrimary = "etag"
	before := p.etag(p.primary)
	p.say(true, weight("0.1"))
	if p.etag(p.primary) == before || p.status(p.primary) != "InProgress" {
		t.Error("etag: the ETag is what it was")
	}
	p.settle()
	p.knobs.PolicyUpdatePrimary = "silent"
	before = p.etag(p.primary)
	p.say(true, weight("0.07"))
	if p.etag(p.primary) != before || p.status(p.primary) != "Deployed" {
		t.Error("silent: the primary shows it")
	}
	if s := p.split(0); s.Weight != 0.1 {
		t.Errorf("silent: at once the weight is %v", s.Weight)
	}
	p.settle()
	if s := p.split(0); s.Weight != 0.07 {
		t.Errorf("silent: then the weight is %v", s.Weight)
	}
	p.knobs.ETagOnDeployed, p.knobs.PolicyUpdatePrimary = true, ""
	p.say(true, weight("0.08"))
	if p.etag(p.primary) != before {
		t.Error("ETagOnDeployed: the ETag changed too early")
	}
	p.settle()
	if p.etag(p.primary) == before {
		t.Error("ETagOnDeployed: the ETag did not change")
	}
}

func TestAFrozenPolicyArrivesAfterTheThaw(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1"))
	p.propagation.Freeze(true)
	p.say(true, weight("0.1"))
	p.clock.Pass(time.Hour)
	if p.split(0) != nil || p.status(p.primary) != "InProgress" {
		t.Error("frozen, and yet it arrived")
	}
	p.propagation.Freeze(false)
	p.Thaw(p.clock.Now())
	p.settle()
	if p.split(0) == nil || p.status(p.primary) != "Deployed" {
		t.Error("thawed, and yet it did not arrive")
	}
}

func TestSessionsBeginAnewWhenThePolicyOrItsStickinessIsSwitched(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1", 300, 600))
	number := func() int {
		t.Helper()
		p.settle()
		return p.split(0).Sessions
	}
	was := number()
	same := func(what string, traffic *wire.Node) {
		t.Helper()
		p.say(true, traffic)
		if now := number(); now != was {
			t.Errorf("%s: sessions began anew", what)
		}
	}
	anew := func(what string, change func()) {
		t.Helper()
		change()
		if now := number(); now == was {
			t.Errorf("%s: sessions went on", what)
		} else {
			was = now
		}
	}
	same("another weight", weight("0.05", 300, 600))
	same("other durations", weight("0.05", 400, 700))
	anew("off and on", func() { p.say(false, weight("0.05", 400, 700)); p.say(true, weight("0.05", 400, 700)) })
	anew("no stickiness", func() { p.say(true, weight("0.05")) })
	anew("stickiness", func() { p.say(true, weight("0.05", 400, 700)) })
	anew("by header and back", func() { p.say(true, header("aws-cf-cd-x", "1")); p.say(true, weight("0.05", 400, 700)) })
	anew("a promotion", func() { p.promote(); p.settle(); p.say(true, weight("0.05", 400, 700)) })
}

func TestAPromotionCopiesStagingOverThePrimaryAndDisablesThePolicy(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	p.update(p.staging, func(c *wire.Node) {
		set("Comment", "next")(c)
		c.Get("Origins", "Items", "Origin").Set(wire.Text("DomainName", "next.example.net"))
	})
	p.settle()
	old, first, _ := p.get(p.primary)
	_, second, _ := p.get(p.staging)
	_, policyTag := p.read()
	r := p.promote()
	got := r.Body.Get("DistributionConfig")
	if r.Header.Get("ETag") == first || r.Body.String("Status") != "InProgress" || r.Body.String("Id") != p.primary {
		t.Errorf("answered %v, status %s", r.Header, r.Body.String("Status"))
	}
	for _, kept := range []string{"CallerReference", "Staging", "ContinuousDeploymentPolicyId"} {
		if got.String(kept) != old.String(kept) {
			t.Errorf("%s is %q, was %q", kept, got.String(kept), old.String(kept))
		}
	}
	if got.String("Aliases", "Items", "CNAME") != www || got.String("Comment") != "next" || got.String("Origins", "Items", "Origin", "DomainName") != "next.example.net" {
		t.Errorf("promoted to %s", got.XML(""))
	}
	config, now := p.read()
	if config.True("Enabled") || now == policyTag {
		t.Errorf("the policy is %s", config.XML(""))
	}
	if p.etag(p.staging) != second || p.status(p.staging) != "Deployed" {
		t.Error("staging was touched")
	}
	// At each POP the new configuration and the end of the split arrive together.
	v := p.Versions(p.primary)
	for pop, arrives := range v[len(v)-1].Arrives {
		before, after := p.Route(pop, arrives.Add(-1), www), p.Route(pop, arrives, www)
		if before.Split == nil || before.Config.String("Comment") == "next" || after.Split != nil || after.Config.String("Comment") != "next" {
			t.Errorf("POP %d: %+v, then %+v", pop, before, after)
		}
	}
	// The next cycle begins with enabling the policy again.
	p.settle()
	p.say(true, weight("0.1"))
	p.settle()
	if p.split(0) == nil {
		t.Error("a second cycle does not split")
	}
}

func TestWhatAPromotionRefuses(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	stranger, _, strangerTag := p.stage(p.primary)
	alone, _, aloneTag := p.create(withCertificate())
	first, second := p.etag(p.primary), p.etag(p.staging)
	op := "UpdateDistributionWithStagingConfig"
	of := func(id, staging, ifMatch string) []string {
		return []string{"Id=" + id, "StagingDistributionId=" + staging, "If-Match=" + ifMatch}
	}
	for claim, tc := range map[string]struct {
		code string
		args []string
	}{
		"one ETag":             {"InvalidIfMatchVersion", of(p.primary, p.staging, first)},
		"three ETags":          {"InvalidIfMatchVersion", of(p.primary, p.staging, first+","+second+","+second)},
		"no ETag":              {"InvalidIfMatchVersion", []string{"Id=" + p.primary, "StagingDistributionId=" + p.staging}},
		"half an ETag":         {"InvalidIfMatchVersion", of(p.primary, p.staging, first+",")},
		"the wrong way round":  {"PreconditionFailed", of(p.primary, p.staging, second+","+first)},
		"a stale primary":      {"PreconditionFailed", of(p.primary, p.staging, strangerTag+","+second)},
		"a stale staging":      {"PreconditionFailed", of(p.primary, p.staging, first+","+strangerTag)},
		"no primary":           {"NoSuchDistribution", of("ENONE", p.staging, first+","+second)},
		"no staging":           {"NoSuchDistribution", of(p.primary, "ENONE", first+","+second)},
		"staging left out":     {"InvalidArgument", []string{"Id=" + p.primary, "If-Match=" + first + "," + second}},
		"staging of nobody":    {"IllegalUpdate", of(p.primary, stranger, first+","+strangerTag)},
		"no policy":            {"IllegalUpdate", of(alone, stranger, aloneTag+","+strangerTag)},
		"a primary as staging": {"IllegalUpdate", of(p.primary, alone, first+","+aloneTag)},
		"staging as primary":   {"IllegalUpdate", of(p.staging, p.staging, second+","+second)},
	} {
		if msg := p.refuses(tc.code, op, nil, tc.args...); msg == "" {
			t.Errorf("… for %s", claim)
		}
	}
	if p.etag(p.primary) != first || p.etag(p.staging) != second {
		t.Error("a refused promotion changed something")
	}
	p.must(op, nil, of(p.primary, p.staging, first+","+second)...) // as the guide writes it
	p.knobs.PromoteUnlinked = true
	p.must(op, nil, of(alone, stranger, aloneTag+", "+strangerTag)...)
}

func TestKnobsOfAPromotion(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1"))
	_, policyTag := p.read()
	op := "UpdateDistributionWithStagingConfig"
	p.knobs.PromoteNeedsEnabled = true
	p.refuses("IllegalUpdate", op, nil, p.promotes()...)
	p.knobs.PromoteNeedsEnabled = false
	p.promote() // a disabled policy is fine, and stays as it was
	if _, now := p.read(); now != policyTag {
		t.Error("the promotion wrote the policy that was disabled already")
	}
	p.knobs.RefusePromoteInProgress = "PreconditionFailed"
	p.refuses("PreconditionFailed", op, nil, p.promotes()...)
	p.settle()
	p.update(p.staging, set("Comment", "x"))
	p.promote()
	p.settle()
	p.knobs.RefusePromoteStagingInProgress = "IllegalUpdate"
	p.update(p.staging, set("Comment", "y"))
	p.refuses("IllegalUpdate", op, nil, p.promotes()...)
	p.settle()
	p.knobs.PromoteNewStagingETag = true
	before := p.etag(p.staging)
	p.promote()
	if p.etag(p.staging) == before || p.status(p.staging) != "InProgress" {
		t.Error("staging has no new ETag")
	}
	p.settle()
	p.knobs.PromoteKeepsEnabled = true
	p.update(p.primary, set("Enabled", "false"))
	p.settle()
	if r := p.promote(); r.Body.String("DistributionConfig", "Enabled") != "false" {
		t.Error("the primary did not keep Enabled")
	}
	p.settle()
	p.knobs.PromoteKeepsEnabled = false
	if r := p.promote(); r.Body.String("DistributionConfig", "Enabled") != "true" {
		t.Error("Enabled was not copied")
	}
}

func TestWherePolicyAndStagingMeetIsJudgedAtEachPOP(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	p := &pair{lab: l}
	p.primary, _, _ = l.create(config(www))
	l.settle()
	p.staging, p.domain, _ = l.stage(p.primary)
	p.policy = l.must("CreateContinuousDeploymentPolicy", policy(p.domain, true, weight("0.1"))).Body.String("Id")
	p.attach() // while staging is on its way
	v := l.Versions(p.primary)
	arrives, staging := v[len(v)-1].Arrives, l.Versions(p.staging)[0].Arrives
	early := -1
	for pop := range pops {
		if arrives[pop].Before(staging[pop]) {
			early = pop
		}
	}
	if early < 0 {
		t.Fatal("the seed has no POP that learns of the policy before it has staging")
	}
	at := arrives[early]
	if s := l.Route(early, at, www).Split; s == nil || s.Staging.Reason != cloudfront.Undeployed || s.Staging.Status != 403 {
		t.Errorf("POP %d: %+v", early, s)
	}
	if s := l.Route(early, staging[early], www).Split; s == nil || s.Staging.Reason != "" {
		t.Errorf("POP %d, later: %+v", early, s)
	}
	l.knobs.StagingFallback = true
	l.Turned()
	if s := l.Route(early, at, www).Split; s != nil {
		t.Errorf("with the fallback: %+v", s)
	}
	// A disabled staging distribution refuses too.
	l.knobs.StagingFallback = false
	off := copyRequest("off")
	off.Set(wire.Bool("Enabled", false))
	r := l.must("CopyDistribution", off, "PrimaryDistributionId="+p.primary, "If-Match="+p.etag(p.primary), "Staging=true")
	p.domain = r.Body.String("DomainName")
	p.say(true, weight("0.1"))
	l.settle()
	if s := p.split(0); s.Staging.Reason != cloudfront.Disabled {
		t.Errorf("disabled staging: %+v", s.Staging)
	}
}

func TestPeaksComeToEachPOPAtItsOwnTime(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	if p.split(0).Peak {
		t.Error("there are peaks without being asked for")
	}
	p.knobs.PeakSpan, p.knobs.PeakEvery = 6*time.Minute, time.Hour
	p.Turned()
	begins := map[int]int{}
	for pop := range pops {
		const minutes = 100 * 60
		busy := 0
		for m := range minutes {
			r := p.Route(pop, p.clock.Now().Add(time.Duration(m)*time.Minute), www)
			if r.Split.Peak {
				if busy == 0 {
					begins[m]++
				}
				busy++
			}
		}
		if busy < 590 || busy > 610 {
			t.Errorf("POP %d is busy for %d of %d minutes, want about a tenth", pop, busy, minutes)
		}
	}
	if len(begins) < pops/2 {
		t.Errorf("the first peaks begin at %d different minutes on %d POPs", len(begins), pops)
	}
	p.knobs.PeakSpan = time.Hour
	p.Turned()
	for pop := range pops {
		if !p.split(pop).Peak {
			t.Errorf("POP %d is not busy although it always is peak", pop)
		}
	}
}

func TestKnobsOfThePOPs(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1"))
	p.knobs.RefusedStatus, p.knobs.SessionCookie, p.knobs.WeightedErrorBug, p.knobs.ForeignPathErrors = 421, "sid", true, true
	p.Turned()
	if s := p.split(0); s.Cookie != "sid" || !s.WeightedErrorBug || !s.ForeignPathErrors {
		t.Errorf("the POP knows %+v", s)
	}
	if r := p.Route(0, p.clock.Now(), p.domain); r.Status != 421 || r.Reason != cloudfront.StagingOwn {
		t.Errorf("staging's own name: %+v", r)
	}
	if r := p.Route(0, p.clock.Now(), "nobody.example.com"); r.Status != 403 {
		t.Errorf("nobody's name: %+v", r)
	}
	p.say(true, header("aws-cf-cd-x", "1"))
	p.settle()
	if p.split(0).WeightedErrorBug {
		t.Error("the bug of weights is one of headers")
	}
}

func TestAFlatRatePlanHasNoContinuousDeployment(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, _, etag := l.create(config())
	_, domain, _ := l.stage(primary)
	id := l.must("CreateContinuousDeploymentPolicy", policy(domain, false, weight("0.1"))).Body.String("Id")
	l.knobs.FlatRatePlan = true
	l.refuses("InvalidArgument", "CopyDistribution", copyRequest("x"), "PrimaryDistributionId="+primary, "If-Match="+etag, "Staging=true")
	l.refuses("InvalidArgument", "CreateContinuousDeploymentPolicy", policy(domain, false, weight("0.1")))
	staged := config()
	staged.Set(wire.Bool("Staging", true))
	l.refuses("InvalidArgument", "CreateDistribution", staged)
	c, _, _ := l.get(primary)
	set("ContinuousDeploymentPolicyId", id)(c)
	l.refuses("InvalidArgument", "UpdateDistribution", c, "Id="+primary, "If-Match="+etag)
	edge := config()
	edge.Get("DefaultCacheBehavior").Set(wire.Elem("LambdaFunctionAssociations", wire.Int("Quantity", 1), wire.Elem("Items", wire.Elem("LambdaFunctionAssociation",
		wire.Text("LambdaFunctionARN", "arn:aws:lambda:us-east-1:123456789012:function:f:1"), wire.Text("EventType", "origin-request")))))
	l.refuses("InvalidLambdaFunctionAssociation", "CreateDistribution", edge)
	l.create(config())
}

func TestAStagingDistributionWithAliasesIsRefusedAsTheKnobSays(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	primary, _, _ := l.create(config(www))
	staging, _, _ := l.stage(primary)
	p := &pair{lab: l}
	named := func(c *wire.Node) { c.Set(list("Aliases", "CNAME", "eu.example.com")) }
	fresh := config("eu.example.com")
	fresh.Set(wire.Bool("Staging", true))
	for code, created := range map[string]string{"InvalidArgument": "InvalidArgument", "CNAMEAlreadyExists": "CNAMEAlreadyExists", "IllegalUpdate": "InvalidArgument"} {
		l.knobs.StagingAliasError = code
		l.refuses(created, "CreateDistribution", fresh)
		p.tries(code, staging, named)
	}
}

func TestAMoveOntoAPrimaryWithAPolicyIsLockedByKnobOnly(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1"))
	other, _, _ := p.create(withCertificate())
	p.moves(www, other)
	p.knobs.MoveLockedByPolicy = true
	p.refuses("IllegalUpdate", "UpdateDomainAssociation", association(www, p.primary), "If-Match="+p.etag(p.primary))
	p.knobs.MoveLockedByPolicy = false
	p.moves(www, p.primary)
	if c, _, _ := p.get(p.primary); c.String("ContinuousDeploymentPolicyId") != p.policy {
		t.Error("the move detached the policy")
	}
	p.say(true, weight("0.1"))
	p.settle()
	if p.split(0) == nil {
		t.Error("the name that came is not split")
	}
}

func TestThePoliciesAreDescribedWithTheirArrival(t *testing.T) {
	t.Parallel()
	p := newPair(t, false, weight("0.1", 300, 600))
	p.say(true, weight("0.05", 300, 600))
	d := p.Deployments(p.clock.Now())
	if len(d) != 1 || d[0].ID != p.policy || d[0].Primary != p.primary || d[0].Staging != p.staging || !d[0].Enabled || d[0].By != "weight 0.05, sticky" || len(d[0].POPs) != 0 {
		t.Errorf("at once: %+v", d)
	}
	p.settle()
	if d = p.Deployments(p.clock.Now()); len(d[0].POPs) != pops {
		t.Errorf("then: %+v", d)
	}
	for _, x := range p.Describe(p.clock.Now()) {
		if x.Policy != p.policy {
			t.Errorf("%s shows policy %q", x.ID, x.Policy)
		}
	}
	p.detach()
	p.say(false, header("aws-cf-cd-x", "y"))
	if d = p.Deployments(p.clock.Now()); d[0].Primary != "" || d[0].By != "aws-cf-cd-x: y" || len(d[0].POPs) != pops {
		t.Errorf("detached: %+v", d)
	}
}

// Viewers and writers of a policy meet under the race detector.
func TestViewersAndPoliciesDoNotRace(t *testing.T) {
	t.Parallel()
	p := newPair(t, true, weight("0.1", 300, 600))
	var wg sync.WaitGroup
	for pop := range 4 {
		wg.Go(func() {
			for range 200 {
				at := p.clock.Now()
				p.Route(pop, at, www)
				p.Moments(www)
				p.Deployments(at)
				p.Describe(at)
				p.Versions(p.primary)
			}
		})
	}
	for i := range 20 {
		p.say(i%2 == 0, weight("0.1", 300, 600))
		p.promote()
		p.clock.Pass(time.Second)
	}
	wg.Wait()
	if done := propagation.Done(p.Versions(p.primary)[0].Arrives); done.IsZero() {
		t.Error("nothing ever arrived")
	}
}
