package route53

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock/hand"
)

type rig struct {
	*testing.T
	*Service
	clock *hand.Clock
	knobs *knob.Knobs
	zone  string // id of example.com
}

func newRig(t *testing.T, turn ...func(*Options)) *rig {
	t.Helper()
	k := knob.Defaults()
	k.RecordThrottling = false
	clock := hand.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	o := Options{Clock: clock, Seed: 7, Knobs: &k}
	for _, f := range turn {
		f(&o)
	}
	r := &rig{T: t, Service: New(o), clock: clock, knobs: o.Knobs}
	r.zone = r.create("example.com")
	r.settle()
	return r
}

func (r *rig) settle() { r.clock.Pass(time.Minute) }

func (r *rig) create(name string) string {
	r.Helper()
	out := r.must("CreateHostedZone", "", nil, `<CreateHostedZoneRequest><Name>`+name+`</Name><CallerReference>ref `+name+`</CallerReference></CreateHostedZoneRequest>`)
	return bareID(out.Body.String("HostedZone", "Id"))
}

// call serves one call; id is the path label, whatever its name.
func (r *rig) call(operation, id string, query url.Values, body string) (*wire.Response, error) {
	r.Helper()
	req := &wire.Request{Service: "route53", Operation: r.Model().Operations[operation], Labels: map[string]string{}, Query: query, Header: http.Header{}}
	if req.Query == nil {
		req.Query = url.Values{}
	}
	for i, part := range strings.Split(req.Operation.HTTP.URI, "{")[1:] {
		label, _, _ := strings.Cut(part, "}")
		req.Labels[label] = strings.Split(id+"|", "|")[i]
	}
	if body != "" {
		n, err := wire.ParseXML(strings.NewReader(body))
		if err != nil {
			r.Fatal(err)
		}
		req.Body = n
	}
	return r.Serve(context.Background(), req)
}

func (r *rig) must(operation, id string, query url.Values, body string) *wire.Response {
	r.Helper()
	out, err := r.call(operation, id, query, body)
	if err != nil {
		r.Fatalf("%s: %v", operation, err)
	}
	return out
}

// change sends a batch of "ACTION <elements of the record set>".
func (r *rig) change(changes ...string) (*wire.Response, error) {
	r.Helper()
	return r.call("ChangeResourceRecordSets", r.zone, nil, batchXML(changes...))
}

func batchXML(changes ...string) string {
	var b strings.Builder
	b.WriteString("<ChangeResourceRecordSetsRequest><ChangeBatch><Changes>")
	for _, c := range changes {
		action, set, _ := strings.Cut(c, " ")
		fmt.Fprintf(&b, "<Change><Action>%s</Action><ResourceRecordSet>%s</ResourceRecordSet></Change>", action, set)
	}
	b.WriteString("</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>")
	return b.String()
}

func (r *rig) accept(changes ...string) *wire.Response {
	r.Helper()
	out, err := r.change(changes...)
	if err != nil {
		r.Fatal(err)
	}
	return out
}

// refuse expects the code and, in this order, all of the messages.
func (r *rig) refuse(code string, messages []string, changes ...string) {
	r.Helper()
	_, err := r.change(changes...)
	r.expect(err, code, messages...)
}

func (r *rig) expect(err error, code string, messages ...string) {
	r.Helper()
	var e *wire.Error
	if !errors.As(err, &e) {
		r.Fatalf("got %v, want %s", err, code)
	}
	want := strings.Join(messages, ", ")
	if code == "InvalidChangeBatch" {
		want = "[" + want + "]"
	}
	if e.Code != code || len(messages) > 0 && e.Message != want {
		r.Errorf("got  %s: %s\nwant %s: %s", e.Code, e.Message, code, want)
	}
}

func set(name, typ string, ttl int, values ...string) string {
	out := fmt.Sprintf("<Name>%s</Name><Type>%s</Type><TTL>%d</TTL><ResourceRecords>", name, typ, ttl)
	for _, v := range values {
		out += "<ResourceRecord><Value>" + v + "</Value></ResourceRecord>"
	}
	return out + "</ResourceRecords>"
}

func weightedSet(name, typ, id string, weight, ttl int, values ...string) string {
	return set(name, typ, ttl, values...) + fmt.Sprintf("<SetIdentifier>%s</SetIdentifier><Weight>%d</Weight>", id, weight)
}

func aliasSet(name, typ, zone, target string) string {
	return fmt.Sprintf("<Name>%s</Name><Type>%s</Type><AliasTarget><EvaluateTargetHealth>false</EvaluateTargetHealth><DNSName>%s</DNSName><HostedZoneId>%s</HostedZoneId></AliasTarget>",
		name, typ, target, zone)
}

// names lists "name type id" of every record set but the zone's own two.
func (r *rig) names() []string {
	r.Helper()
	var out []string
	for _, n := range r.must("ListResourceRecordSets", r.zone, nil, "").Body.All("ResourceRecordSet", "ResourceRecordSets") {
		if t := n.String("Type"); t != "NS" && t != "SOA" {
			out = append(out, strings.TrimSpace(n.String("Name")+" "+t+" "+n.String("SetIdentifier")))
		}
	}
	return out
}

func TestABatchIsAppliedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.refuse("InvalidChangeBatch", []string{
		"Tried to delete resource record set [name='gone.example.com.', type='A'] but it was not found",
		"RRSet with DNS name www.example.org. is not permitted in zone example.com.",
	},
		"CREATE "+set("www.example.com", "A", 60, "192.0.2.1"),
		"DELETE "+set("gone.example.com", "A", 60, "192.0.2.1"),
		"CREATE "+set("www.example.org", "A", 60, "192.0.2.1"))
	if got := r.names(); len(got) != 0 {
		t.Errorf("a refused batch left %v", got)
	}
}

func TestCreateUpsertAndDeleteFindWhatTheyMust(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	www := set("www.example.com", "A", 60, "192.0.2.1", "192.0.2.2")
	r.accept("CREATE " + www)
	r.refuse("InvalidChangeBatch", []string{"Tried to create resource record set [name='www.example.com.', type='A'] but it already exists"}, "CREATE "+www)
	r.refuse("InvalidChangeBatch", []string{"Tried to delete resource record set [name='www.example.com.', type='A'] but the values provided do not match the current values"},
		"DELETE "+set("www.example.com", "A", 61, "192.0.2.1", "192.0.2.2"))
	r.refuse("InvalidChangeBatch", []string{"Tried to delete resource record set [name='www.example.com.', type='A'] but the values provided do not match the current values"},
		"DELETE "+set("www.example.com", "A", 60, "192.0.2.1"))
	r.accept("DELETE " + set("WWW.example.com.", "A", 60, "192.0.2.2", "192.0.2.1")) // the order of values does not matter
	r.accept("UPSERT " + www)
	r.accept("UPSERT " + set("www.example.com", "A", 60, "192.0.2.3"))
	r.accept("DELETE "+set("www.example.com", "A", 60, "192.0.2.3"), "CREATE "+set("www.example.com", "CNAME", 60, "a.example.net"))
}

func TestOneRecordSetMayBeDeletedAndCreatedInABatchButNotElse(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	one, two := set("www.example.com", "A", 60, "192.0.2.1"), set("www.example.com", "A", 60, "192.0.2.2")
	problem := []string{"The request contains an invalid set of changes for a resource record set 'A www.example.com.'"}
	r.refuse("InvalidChangeBatch", problem, "UPSERT "+one, "UPSERT "+two)
	r.refuse("InvalidChangeBatch", problem, "CREATE "+one, "DELETE "+one)
	r.accept("CREATE " + one)
	r.refuse("InvalidChangeBatch", problem, "DELETE "+one, "CREATE "+two, "UPSERT "+one)
	r.refuse("InvalidChangeBatch", problem, "DELETE "+one, "UPSERT "+two)
	r.accept("DELETE "+one, "CREATE "+two)
}

func TestCNAMEStandsAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+set("c.example.com", "CNAME", 60, "a.example.net"), "CREATE "+set("a.example.com", "A", 60, "192.0.2.1"))
	r.refuse("InvalidChangeBatch", []string{"RRSet of type A with DNS name c.example.com. is not permitted because a conflicting RRSet of type  CNAME with the same DNS name already exists in zone example.com."},
		"CREATE "+set("c.example.com", "A", 60, "192.0.2.1"))
	r.refuse("InvalidChangeBatch", []string{"RRSet of type CNAME with DNS name a.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com."},
		"CREATE "+set("a.example.com", "CNAME", 60, "a.example.net"))
	r.refuse("InvalidChangeBatch", nil, "CREATE "+set("two.example.com", "CNAME", 60, "a.example.net", "b.example.net"))
	r.refuse("InvalidChangeBatch", []string{
		"RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.",
		"RRSet of type CNAME with DNS name example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com.",
	}, "CREATE "+set("example.com", "CNAME", 60, "a.example.net"))
}

func TestWeightedAndSimpleDoNotMix(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	plainSet := set("www.example.com", "A", 60, "192.0.2.1")
	blue, green := weightedSet("www.example.com", "A", "blue", 100, 60, "192.0.2.1"), weightedSet("www.example.com", "A", "green", 0, 60, "192.0.2.2")
	r.accept("CREATE " + plainSet)
	nonWeighted := []string{"RRSet with DNS name www.example.com., type A, SetIdentifier blue cannot be created as a non-weighted set exists with the same name and type."}
	r.refuse("InvalidChangeBatch", nonWeighted, "CREATE "+blue)
	r.refuse("InvalidChangeBatch", nonWeighted, "UPSERT "+blue) // an UPSERT finds the set by its identifier
	r.accept("DELETE "+plainSet, "CREATE "+blue, "CREATE "+green)
	r.refuse("InvalidChangeBatch", []string{"RRSet with DNS name www.example.com., type A cannot be created as other RRSets exist with the same name and type."}, "UPSERT "+plainSet)
	r.refuse("InvalidChangeBatch", []string{"Tried to create resource record set [name='www.example.com.', type='A', set-identifier='blue'] but it already exists"}, "CREATE "+blue)
	r.accept("DELETE "+blue, "DELETE "+green, "CREATE "+plainSet)
}

func TestWeightedSetHasOneTTLWhichABatchMayChange(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+weightedSet("www.example.com", "A", "blue", 1, 60, "192.0.2.1"), "CREATE "+weightedSet("www.example.com", "A", "green", 1, 60, "192.0.2.2"))
	r.refuse("InvalidChangeBatch", []string{"RRSet with DNS name www.example.com., type A, SetIdentifier blue cannot be created as weighted sets must contain the same TTL."},
		"UPSERT "+weightedSet("www.example.com", "A", "blue", 1, 30, "192.0.2.1"))
	r.accept("UPSERT "+weightedSet("www.example.com", "A", "blue", 1, 30, "192.0.2.1"), "UPSERT "+weightedSet("www.example.com", "A", "green", 1, 30, "192.0.2.2"))
}

func TestAtMostAHundredWeightedRecords(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var changes []string
	for i := range 100 {
		changes = append(changes, "CREATE "+weightedSet("www.example.com", "A", fmt.Sprint("s", i), 1, 60, "192.0.2.1"))
	}
	r.accept(changes...)
	r.refuse("InvalidChangeBatch", nil, "CREATE "+weightedSet("www.example.com", "A", "s100", 1, 60, "192.0.2.1"))
}

func TestMalformedRecordSetsAreInvalidInput(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	alias := aliasSet("www.example.com", "A", CloudFrontZone, "d1.cloudfront.net")
	where := "Change with [Action=CREATE, Name=www.example.com, Type=A, SetIdentifier=null]"
	exactlyOne := "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found "
	for name, c := range map[string]struct{ set, message string }{
		"alias with TTL":        {alias + "<TTL>60</TTL>", exactlyOne + "more than one in " + where},
		"no TTL":                {"<Name>www.example.com</Name><Type>A</Type><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>", exactlyOne + "none in " + where},
		"no values":             {"<Name>www.example.com</Name><Type>A</Type><TTL>60</TTL>", exactlyOne + "none in " + where},
		"weight, no identifier": {set("www.example.com", "A", 60, "192.0.2.1") + "<Weight>1</Weight>", "Invalid request: Missing field 'SetIdentifier' in " + where},
		"identifier, no policy": {set("www.example.com", "A", 60, "192.0.2.1") + "<SetIdentifier>s</SetIdentifier>", "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found none in " + strings.Replace(where, "null", "s", 1)},
		"unknown type":          {set("www.example.com", "WKS", 60, "x"), ""},
		"weight out of range":   {weightedSet("www.example.com", "A", "s", 256, 60, "192.0.2.1"), "Invalid XML ; cvc-maxInclusive-valid: Value '256' is not facet-valid with respect to maxInclusive '255' for type 'ResourceRecordSetWeight'."},
		"no EvaluateTargetHealth": {
			strings.Replace(alias, "<EvaluateTargetHealth>false</EvaluateTargetHealth>", "", 1),
			`Invalid XML ; cvc-complex-type.2.4.b: The content of element 'AliasTarget' is not complete. One of '{"https://route53.amazonaws.com/doc/2013-04-01/":EvaluateTargetHealth}' is expected.`,
		},
		"stray element": {alias + "<Colour>blue</Colour>", ""},
		"alias zone id too long": {
			aliasSet("www.example.com", "A", "papito-backoffice-elb-elb-233329122.eu-west-1.elb.amazonaws.com", "x"),
			"Invalid XML ; cvc-maxLength-valid: Value 'papito-backoffice-elb-elb-233329122.eu-west-1.elb.amazonaws.com' with length = '63' is not facet-valid with respect to maxLength '32' for type 'ResourceId'.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := *r
			r.T = t
			if c.message == "" {
				r.refuse("InvalidInput", nil, "CREATE "+c.set)
			} else {
				r.refuse("InvalidInput", []string{c.message}, "CREATE "+c.set)
			}
		})
	}
}

func TestValuesAreCheckedByType(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range []struct{ typ, value, problem string }{
		{"A", "192.0.2.1, 192.0.2.2", "ARRDATANotSingleField (Value contains spaces)"},
		{"A", "300.0.2.1", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"},
		{"A", "2001:db8::1", "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)"},
		{"AAAA", "192.0.2.1", "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)"},
		{"CNAME", "a..example.net", "DomainLabelEmpty (Domain label is empty)"},
		{"MX", "mail.example.com", "MXRRDATANotTwoFields (MX record doesn't have 2 fields)"},
		{"TXT", "v=spf1", "InvalidCharacterString (Value should be enclosed in quotation marks)"},
		{"TXT", `"` + strings.Repeat("x", 256) + `"`, "CharacterStringTooLong (Value is too long)"},
	} {
		r.refuse("InvalidChangeBatch", []string{fmt.Sprintf("Invalid Resource Record: 'FATAL problem: %s encountered with '%s''", c.problem, c.value)},
			"CREATE "+set("v.example.com", c.typ, 60, c.value))
	}
	for i, c := range [][2]string{
		{"CAA", `0 issue "amazon.com"`},
		{"SRV", "1 2 443 a.example.com"},
		{"HTTPS", `1 . alpn="h2"`},
		{"NAPTR", `100 50 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .`},
		{"DS", "12345 13 2 " + strings.Repeat("ab", 32)},
		{"TXT", `"one" "t\"wo"`},
		{"MX", "10 mail.example.com."},
		{"PTR", "a.example.com"},
		{"SPF", `"v=spf1 -all"`},
	} {
		r.accept(fmt.Sprintf("CREATE %s", set(fmt.Sprintf("ok%d.example.com", i), c[0], 60, c[1])))
	}
	for _, c := range [][2]string{{"CAA", "amazon.com"}, {"SRV", "1 2 a.example.com"}, {"HTTPS", "alpn=h2"}, {"DS", "x"}} {
		r.refuse("InvalidChangeBatch", nil, "CREATE "+set("v.example.com", c[0], 60, c[1]))
	}
	r.refuse("InvalidChangeBatch", []string{"Duplicate Resource Record: '192.0.2.1'"}, "CREATE "+set("v.example.com", "A", 60, "192.0.2.1", "192.0.2.1"))
}

func TestNamesAreStoredLowerCaseWithOctalEscapes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+set("*.Example.com", "A", 60, "192.0.2.1"), "CREATE "+set(`a\100b.example.com.`, "A", 60, "192.0.2.1"))
	if got, want := r.names(), []string{`\052.example.com. A`, `a\100b.example.com. A`}; !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	r.refuse("InvalidChangeBatch", []string{`Tried to create resource record set [name='\052.example.com.', type='A'] but it already exists`}, "CREATE "+set(`\052.example.com`, "A", 60, "192.0.2.1"))
	r.refuse("InvalidChangeBatch", []string{"FATAL problem: DomainLabelEmpty (Domain label is empty) encountered with 'a..example.com'"}, "CREATE "+set("a..example.com", "A", 60, "192.0.2.1"))
	r.refuse("InvalidChangeBatch", nil, "CREATE "+set(strings.Repeat("x", 64)+".example.com", "A", 60, "192.0.2.1"))
}

func TestAliasTargetsMustBeThere(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.TargetExists = func(d string) bool { return d == "d1.cloudfront.net" }
		o.OwnsName = func(d, name string) bool { return name == "www.example.com" || name == "*.example.com" }
	})
	own := r.zone
	for _, c := range []struct {
		set      string
		problems []string
	}{
		{aliasSet("a.example.com", "A", CloudFrontZone, "d2.cloudfront.net"), []string{"Tried to create an alias that targets d2.cloudfront.net., type A in zone Z2FDTNDATAQYW2, but that target was not found"}},
		{aliasSet("a.example.com", "A", CloudFrontZone, "e1.example.net"), []string{"Tried to create an alias that targets e1.example.net., type A in zone Z2FDTNDATAQYW2, but the alias target name does not lie within the target zone"}},
		{aliasSet("a.example.com", "TXT", CloudFrontZone, "d1.cloudfront.net"), []string{"Tried to create an alias that targets d1.cloudfront.net., type TXT in zone Z2FDTNDATAQYW2, but that target was not found"}},
		{aliasSet("a.example.com", "A", "Z35SXDOTRQ7X7K", "d1.cloudfront.net"), []string{"Tried to create an alias that targets d1.cloudfront.net., type A in zone Z35SXDOTRQ7X7K, but the alias target name does not lie within the target zone"}},
		{aliasSet("a.example.com", "A", own, "b.example.com"), []string{"Tried to create an alias that targets b.example.com., type A in zone " + own + ", but that target was not found"}},
		{aliasSet("a.example.com", "A", own, "b.example.org"), []string{
			"Tried to create an alias that targets b.example.org., type A in zone " + own + ", but the alias target name does not lie within the target zone",
			"Tried to create an alias that targets b.example.org., type A in zone " + own + ", but that target was not found",
		}},
	} {
		r.refuse("InvalidChangeBatch", c.problems, "CREATE "+c.set)
	}
	r.refuse("InvalidChangeBatch", nil, "CREATE "+strings.Replace(aliasSet("a.example.com", "A", CloudFrontZone, "d1.cloudfront.net"), "false", "true", 1))
	// A, AAAA and HTTPS move in one batch; the target of the second alias is made by the same batch.
	r.accept("CREATE "+aliasSet("www.example.com", "A", CloudFrontZone, "D1.cloudfront.net"), "CREATE "+aliasSet("www.example.com", "AAAA", CloudFrontZone, "d1.cloudfront.net."),
		"CREATE "+aliasSet("www.example.com", "HTTPS", CloudFrontZone, "d1.cloudfront.net"), "CREATE "+aliasSet("web.example.com", "A", own, "www.example.com"))
	r.refuse("InvalidChangeBatch", nil, "CREATE "+aliasSet("web.example.com", "AAAA", own, "web.example.com"))

	r.knobs.AliasMustMatch = true
	r.refuse("InvalidChangeBatch", nil, "CREATE "+aliasSet("other.example.com", "A", CloudFrontZone, "d1.cloudfront.net"))
	r.accept("CREATE "+aliasSet("*.example.com", "A", CloudFrontZone, "d1.cloudfront.net"), "UPSERT "+aliasSet("www.example.com", "A", CloudFrontZone, "d1.cloudfront.net"))
}

func TestBatchLimitsCountUpsertsTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	values := func(n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf("10.0.%d.%d", i/250, i%250))
		}
		return out
	}
	r.accept("CREATE "+set("a.example.com", "A", 60, values(400)...), "CREATE "+set("b.example.com", "A", 60, values(400)...), "CREATE "+set("c.example.com", "A", 60, values(200)...))
	r.refuse("InvalidChangeBatch", []string{"Number of records limit of 1000 exceeded."}, "UPSERT "+set("a.example.com", "A", 60, values(400)...), "UPSERT "+set("b.example.com", "A", 60, values(101)...))
	r.refuse("InvalidChangeBatch", []string{"Cannot have more than 400 records in a RRSet."}, "UPSERT "+set("a.example.com", "A", 60, values(401)...))
	long := make([]string, 17)
	for i := range long {
		long[i] = fmt.Sprintf(`"%02d%s"`, i, strings.Repeat("x", 250)) + strings.Repeat(` "`+strings.Repeat("y", 250)+`"`, 3)
	}
	r.accept("CREATE " + set("t.example.com", "TXT", 60, long[:16]...))
	r.refuse("InvalidChangeBatch", []string{"RDATA character limit of 32000 exceeded."}, "UPSERT "+set("t.example.com", "TXT", 60, long[:16]...))
}

func TestOtherRoutingPoliciesAreKeptAndDoNotMix(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	with := func(id, elements string) string {
		return set("p.example.com", "A", 60, "192.0.2.1") + "<SetIdentifier>" + id + "</SetIdentifier>" + elements
	}
	r.accept("CREATE " + with("one", "<Region>us-east-1</Region>"))
	r.refuse("InvalidChangeBatch", []string{"RRSet with DNS name p.example.com., type A, SetIdentifier two, and Region Name=us-east-1 cannot be created because a latency RRSet with the same name, type and region already exists."},
		"CREATE "+with("two", "<Region>us-east-1</Region>"))
	r.refuse("InvalidChangeBatch", []string{"RRSet with DNS name p.example.com., type A, SetIdentifier two cannot be created because a non multivalue answer rrset exists with the same name and type."},
		"CREATE "+with("two", "<MultiValueAnswer>true</MultiValueAnswer>"))
	for _, elements := range []string{
		"<MultiValueAnswer>true</MultiValueAnswer>", "<Failover>PRIMARY</Failover>", "<GeoLocation><CountryCode>*</CountryCode></GeoLocation>",
		"<GeoProximityLocation><AWSRegion>us-east-1</AWSRegion><Bias>5</Bias></GeoProximityLocation>",
	} {
		at := r.names()[0]
		r.accept("UPSERT " + with("one", elements)) // alone under its key it may change its policy
		if got := r.names(); len(got) != 1 || got[0] != at {
			t.Errorf("after %s: %v", elements, got)
		}
		r.accept("DELETE "+with("one", elements), "CREATE "+with("one", "<Failover>SECONDARY</Failover>"))
	}
}

func TestRecordsNameOnlyHealthChecksThatExist(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	w := weightedSet("www.example.com", "A", "blue", 1, 60, "192.0.2.1")
	r.refuse("NoSuchHealthCheck", nil, "CREATE "+w+"<HealthCheckId>nope</HealthCheckId>")
	r.accept("CREATE " + w + "<HealthCheckId>" + r.healthCheck("one") + "</HealthCheckId>")
}

func (r *rig) healthCheck(ref string) string {
	r.Helper()
	out := r.must("CreateHealthCheck", "", nil, `<CreateHealthCheckRequest><CallerReference>`+ref+`</CallerReference><HealthCheckConfig><Type>HTTPS</Type>
		<FullyQualifiedDomainName>a.example.net</FullyQualifiedDomainName></HealthCheckConfig></CreateHealthCheckRequest>`)
	return out.Body.String("HealthCheck", "Id")
}

func TestHostedZoneLivesAndDies(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	body := `<CreateHostedZoneRequest><CallerReference>again</CallerReference><HostedZoneConfig><Comment>hello</Comment></HostedZoneConfig><Name>Sub.Example.com</Name></CreateHostedZoneRequest>`
	made := r.must("CreateHostedZone", "", nil, body)
	id := bareID(made.Body.String("HostedZone", "Id"))
	if got := made.Header.Get("Location"); got != "https://route53.amazonaws.com/2013-04-01/hostedzone/"+id {
		t.Errorf("Location = %q", got)
	}
	if n := len(made.Body.All("NameServer", "DelegationSet", "NameServers")); n != 4 || made.Body.String("HostedZone", "ResourceRecordSetCount") != "2" || made.Body.String("HostedZone", "Name") != "sub.example.com." {
		t.Errorf("a new zone is %s", made.Body.XML(""))
	}
	_, err := r.call("CreateHostedZone", "", nil, body)
	r.expect(err, "HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference.")

	parent := r.zone
	r.zone = id
	r.refuse("InvalidChangeBatch", []string{"A HostedZone must contain exactly one SOA record."}, "DELETE "+r.raw("SOA"))
	r.refuse("InvalidChangeBatch", []string{"A HostedZone must contain at least one NS record for the zone itself."}, "DELETE "+r.raw("NS"))
	r.accept("UPSERT " + set("sub.example.com", "NS", 60, "ns.example.net."))
	www := set("www.sub.example.com", "A", 60, "192.0.2.1")
	r.accept("CREATE " + www)
	_, err = r.call("DeleteHostedZone", id, nil, "")
	r.expect(err, "HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets  and so cannot be deleted.")
	r.accept("DELETE " + www)
	r.must("DeleteHostedZone", id, nil, "")
	_, err = r.call("GetHostedZone", id, nil, "")
	r.expect(err, "NoSuchHostedZone", "No hosted zone found with ID: "+id)
	_, err = r.call("CreateHostedZone", "", nil, body)
	r.expect(err, "HostedZoneAlreadyExists")
	if got := r.must("GetHostedZoneCount", "", nil, "").Body.String("HostedZoneCount"); got != "1" {
		t.Errorf("%s zones left, want 1 (%s)", got, parent)
	}
}

// raw is the stored record set of a type at the apex, as elements.
func (r *rig) raw(typ string) string {
	z, err := r.Service.zone(r.zone)
	if err != nil {
		r.Fatal(err)
	}
	for _, rec := range z.current(z.name) {
		if rec.typ == typ {
			x := string(rec.node.XML(""))
			x = x[strings.Index(x, "<ResourceRecordSet>")+len("<ResourceRecordSet>"):]
			return strings.TrimSuffix(x, "</ResourceRecordSet>")
		}
	}
	r.Fatalf("no %s", typ)
	return ""
}

func TestPrivateZonesNeedAVPCAndAnswerNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.call("CreateHostedZone", "", nil, `<CreateHostedZoneRequest><Name>corp</Name><CallerReference>p0</CallerReference><HostedZoneConfig><PrivateZone>true</PrivateZone></HostedZoneConfig></CreateHostedZoneRequest>`)
	r.expect(err, "InvalidInput")
	_, err = r.call("CreateHostedZone", "", nil, `<CreateHostedZoneRequest><Name>corp</Name><CallerReference>p1</CallerReference><VPC><VPCRegion>us-east-1</VPCRegion><VPCId>nonsense</VPCId></VPC></CreateHostedZoneRequest>`)
	r.expect(err, "InvalidVPCId")
	out := r.must("CreateHostedZone", "", nil, `<CreateHostedZoneRequest><Name>corp.example.net</Name><CallerReference>p2</CallerReference><VPC><VPCRegion>us-east-1</VPCRegion><VPCId>vpc-0123456789abcdef0</VPCId></VPC></CreateHostedZoneRequest>`)
	id := bareID(out.Body.String("HostedZone", "Id"))
	got := r.must("GetHostedZone", id, nil, "").Body
	if got.String("HostedZone", "Config", "PrivateZone") != "true" || len(got.All("VPC", "VPCs")) != 1 || got.Get("DelegationSet") != nil {
		t.Errorf("a private zone is %s", got.XML(""))
	}
	r.settle()
	if l := r.Lookup(0, r.clock.Now(), "corp.example.net", "SOA"); l.InZone {
		t.Error("a public name server answers for a private zone")
	}
}

func TestListPagesInReversedLabelOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+set("b.example.com", "A", 60, "192.0.2.1"), "CREATE "+set("a.b.example.com", "A", 60, "192.0.2.1"), "CREATE "+set("a.example.com", "TXT", 60, `"x"`), "CREATE "+set("a.example.com", "A", 60, "192.0.2.1"),
		"CREATE "+weightedSet("w.example.com", "A", "2", 1, 60, "192.0.2.1"), "CREATE "+weightedSet("w.example.com", "A", "1", 1, 60, "192.0.2.1"), "CREATE "+set("*.example.com", "A", 60, "192.0.2.1"))
	want := []string{"example.com. NS", "example.com. SOA", `\052.example.com. A`, "a.example.com. A", "a.example.com. TXT", "b.example.com. A", "a.b.example.com. A", "w.example.com. A 1", "w.example.com. A 2"}
	var got []string
	q := url.Values{"maxitems": {"2"}}
	for range len(want) {
		page := r.must("ListResourceRecordSets", r.zone, q, "").Body
		for _, n := range page.All("ResourceRecordSet", "ResourceRecordSets") {
			got = append(got, strings.TrimSpace(n.String("Name")+" "+n.String("Type")+" "+n.String("SetIdentifier")))
		}
		if !page.True("IsTruncated") {
			break
		}
		q = url.Values{"maxitems": {"2"}, "name": {page.String("NextRecordName")}, "type": {page.String("NextRecordType")}}
		if id := page.String("NextRecordIdentifier"); id != "" {
			q.Set("identifier", id)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("paged\n%q\nwant\n%q", got, want)
	}
	_, err := r.call("ListResourceRecordSets", r.zone, url.Values{"type": {"A"}}, "")
	r.expect(err, "InvalidInput")
	if got := r.must("ListResourceRecordSets", r.zone, url.Values{"maxitems": {"9999"}}, "").Body.String("MaxItems"); got != "300" {
		t.Errorf("MaxItems = %s, want 300", got)
	}
}

func TestAChangeIsListedAtOnceAndInsyncLater(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	out := r.accept("CREATE " + set("www.example.com", "A", 60, "192.0.2.1"))
	id := bareID(out.Body.String("ChangeInfo", "Id"))
	if got := r.names(); len(got) != 1 {
		t.Errorf("listed %v right after the change", got)
	}
	status := func() string {
		return r.must("GetChange", id, nil, "").Body.String("ChangeInfo", "Status")
	}
	r.clock.Pass(r.knobs.InsyncSpan - time.Millisecond)
	if got := status(); got != "PENDING" {
		t.Errorf("%s just before the span is over", got)
	}
	r.clock.Pass(time.Millisecond)
	if got := status(); got != "INSYNC" {
		t.Errorf("%s after the span", got)
	}
	_, err := r.call("GetChange", "CNOPE", nil, "")
	r.expect(err, "NoSuchChange")
}

func TestEachNameServerLearnsInItsOwnTimeAndInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	start := r.clock.Now()
	for i := range 20 {
		r.accept("UPSERT " + set("www.example.com", "A", 60, fmt.Sprintf("192.0.2.%d", i)))
		r.clock.Pass(time.Second)
	}
	different := false
	for server := range Servers {
		last := -1
		for at := start; !at.After(start.Add(time.Minute)); at = at.Add(100 * time.Millisecond) {
			l, n := r.Lookup(server, at, "www.example.com", "A"), -1
			if len(l.Values) == 1 {
				_, _ = fmt.Sscanf(l.Values[0], "192.0.2.%d", &n)
			}
			if n < last {
				t.Fatalf("server %d goes back from %d to %d", server, last, n)
			}
			if other := r.Lookup((server+1)%Servers, at, "www.example.com", "A"); !slices.Equal(other.Values, l.Values) {
				different = true
			}
			last = n
		}
		if last != 19 {
			t.Errorf("server %d ends at %d", server, last)
		}
	}
	if !different {
		t.Error("the name servers always agree")
	}
	moments := r.Moments("www.example.com")
	for i := 1; i < len(moments); i++ { // between two moments nothing changes
		for server := range Servers {
			a := r.Lookup(server, moments[i-1], "www.example.com", "A").Values
			b := r.Lookup(server, moments[i].Add(-time.Nanosecond), "www.example.com", "A").Values
			if !slices.Equal(a, b) {
				t.Fatalf("server %d changes between moments: %v, %v", server, a, b)
			}
		}
	}
}

func TestNoNameServerKnowsALaterChangeBeforeAnEarlierOne(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for i := range 10 {
		start := r.clock.Now()
		first, second := fmt.Sprintf("a%d.example.com", i), fmt.Sprintf("b%d.example.com", i)
		r.accept("CREATE " + set(first, "A", 60, "192.0.2.1"))
		r.accept("CREATE " + set(second, "A", 60, "192.0.2.1"))
		for server := range Servers {
			for at := start; at.Before(start.Add(r.knobs.InsyncSpan)); at = at.Add(100 * time.Millisecond) {
				if r.Lookup(server, at, second, "A").NameExists && !r.Lookup(server, at, first, "A").NameExists {
					t.Fatalf("server %d has %s and not %s after %v", server, second, first, at.Sub(start))
				}
			}
		}
		r.settle()
	}
}

func TestWildcardAnswersOnlyForNamesThatDoNotExist(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+set("*.example.com", "A", 60, "192.0.2.1"), "CREATE "+set("a.b.example.com", "A", 60, "192.0.2.2"), "CREATE "+set("mx.example.com", "MX", 60, "10 a.example.net"))
	r.settle()
	for name, want := range map[string]string{
		"x.example.com": "192.0.2.1", "y.x.example.com": "192.0.2.1", "*.example.com": "192.0.2.1",
		"a.b.example.com": "192.0.2.2",
		"b.example.com":   "nodata",   // above a.b: exists without records
		"c.b.example.com": "nxdomain", // b exists, so the wildcard is not the closest
		"mx.example.com":  "nodata",
	} {
		l := r.Lookup(0, r.clock.Now(), name, "A")
		got := "nodata"
		switch {
		case !l.NameExists:
			got = "nxdomain"
		case len(l.Values) > 0:
			got = l.Values[0]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestWeightsAreShares(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+weightedSet("www.example.com", "A", "blue", 90, 60, "192.0.2.1"), "CREATE "+weightedSet("www.example.com", "A", "green", 10, 60, "192.0.2.2"),
		"CREATE "+weightedSet("zero.example.com", "A", "blue", 0, 60, "192.0.2.1"), "CREATE "+weightedSet("zero.example.com", "A", "green", 0, 60, "192.0.2.2"))
	r.settle()
	share := func(name string) float64 {
		green := 0
		for range 10_000 {
			if r.Lookup(0, r.clock.Now(), name, "A").SetIdentifier == "green" {
				green++
			}
		}
		return float64(green) / 10_000
	}
	if got := share("www.example.com"); got < 0.09 || got > 0.11 {
		t.Errorf("weight 10 of 100 answered %.3f", got)
	}
	if got := share("zero.example.com"); got < 0.48 || got > 0.52 {
		t.Errorf("two weights of 0 answered %.3f", got)
	}
}

func TestWeightZeroAnswersOnlyWhenNothingElseIsHealthy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	hot, cold := r.healthCheck("hot"), r.healthCheck("cold")
	r.accept("CREATE "+weightedSet("www.example.com", "A", "hot", 1, 60, "192.0.2.1")+"<HealthCheckId>"+hot+"</HealthCheckId>",
		"CREATE "+weightedSet("www.example.com", "A", "cold", 0, 60, "192.0.2.2")+"<HealthCheckId>"+cold+"</HealthCheckId>")
	r.settle()
	who := func() string {
		r.settle()
		return r.Lookup(0, r.clock.Now(), "www.example.com", "A").SetIdentifier
	}
	for _, c := range []struct {
		hot, cold bool
		want      string
	}{{true, true, "hot"}, {false, true, "cold"}, {false, false, "hot"}, {true, false, "hot"}} {
		r.SetHealth(hot, c.hot)
		r.SetHealth(cold, c.cold)
		for range 20 {
			if got := who(); got != c.want {
				t.Fatalf("hot %v cold %v: %s answers, want %s", c.hot, c.cold, got, c.want)
			}
		}
	}
	r.SetHealth(hot, false)
	status := r.must("GetHealthCheckStatus", hot, nil, "").Body.All("HealthCheckObservation", "HealthCheckObservations")
	if len(status) == 0 || !strings.HasPrefix(status[0].String("StatusReport", "Status"), "Failure") {
		t.Errorf("status of a failing check: %v", status)
	}
}

func TestPointsAtFollowsTheSlowestServer(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+aliasSet("target.example.com", "A", CloudFrontZone, "d1.cloudfront.net"), "CREATE "+set("cname.example.com", "CNAME", 60, "www.example.com"), "CREATE "+aliasSet("www.example.com", "A", r.zone, "target.example.com"))
	r.settle()
	if got := r.PointsAt("cname.example.com.", r.clock.Now()); got != "d1.cloudfront.net" {
		t.Fatalf("PointsAt = %q through CNAME and alias", got)
	}
	r.accept("UPSERT " + aliasSet("target.example.com", "A", CloudFrontZone, "d2.cloudfront.net"))
	events := r.Events("target.example.com")
	last := slices.MaxFunc(events[1].Arrives, time.Time.Compare)
	if got := r.PointsAt("target.example.com", last.Add(-time.Nanosecond)); got != "d1.cloudfront.net" {
		t.Errorf("before the last server knows: %q", got)
	}
	if got := r.PointsAt("target.example.com", last); got != "d2.cloudfront.net" {
		t.Errorf("once the last server knows: %q", got)
	}
	if got := r.PointsAt("nothing.example.com", last); got != "" {
		t.Errorf("a name without records points at %q", got)
	}
	if e := events[1]; e.Action != "UPSERT" || e.Type != "A" || e.Target != "d2.cloudfront.net" {
		t.Errorf("event %+v", e)
	}
}

func TestThrottlingIsATokenBucketPerAction(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.knobs.RecordThrottling = true
	for range 50 {
		r.must("GetHostedZone", r.zone, nil, "")
	}
	_, err := r.call("GetHostedZone", r.zone, nil, "")
	r.expect(err, "Throttling", "Rate exceeded")
	r.must("GetHostedZoneCount", "", nil, "") // another action has its own bucket
	r.clock.Pass(100 * time.Millisecond)
	r.must("GetHostedZone", r.zone, nil, "")

	upserts := make([]string, 0, 450)
	for i := range cap(upserts) {
		upserts = append(upserts, "UPSERT "+set(fmt.Sprintf("n%d.example.com", i), "A", 60, "192.0.2.1"))
	}
	r.accept(upserts...) // 900 of 1,500
	r.refuse("Throttling", []string{"Rate exceeded"}, upserts...)
	r.clock.Pass(3 * time.Second)
	r.accept(upserts...)
}

func TestPriorRequestKnobRefusesASecondChangeWhilePending(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.knobs.PriorRequest = true
	r.accept("UPSERT " + set("www.example.com", "A", 60, "192.0.2.1"))
	r.refuse("PriorRequestNotComplete", []string{"The request was rejected because Route 53 was still processing a prior request."}, "UPSERT "+set("www.example.com", "A", 60, "192.0.2.2"))
	r.clock.Pass(r.knobs.InsyncSpan)
	r.accept("UPSERT " + set("www.example.com", "A", 60, "192.0.2.2"))
}

func TestTagsBelongToThingsThatExist(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	add := `<ChangeTagsForResourceRequest><AddTags><Tag><Key>team</Key><Value>web</Value></Tag></AddTags></ChangeTagsForResourceRequest>`
	_, err := r.call("ChangeTagsForResource", "hostedzone|ZNOPE", nil, add)
	r.expect(err, "NoSuchHostedZone")
	_, err = r.call("ChangeTagsForResource", "bucket|"+r.zone, nil, add)
	r.expect(err, "InvalidInput")
	r.must("ChangeTagsForResource", "hostedzone|"+r.zone, nil, add)
	r.must("ChangeTagsForResource", "hostedzone|"+r.zone, nil, strings.NewReplacer("AddTags", "AddTags", "team", "env", "web", "prod").Replace(add))
	r.must("ChangeTagsForResource", "hostedzone|"+r.zone, nil, `<ChangeTagsForResourceRequest><RemoveTagKeys><Key>team</Key></RemoveTagKeys></ChangeTagsForResourceRequest>`)
	tags := r.must("ListTagsForResource", "hostedzone|"+r.zone, nil, "").Body.All("Tag", "ResourceTagSet", "Tags")
	if len(tags) != 1 || tags[0].String("Key") != "env" {
		t.Errorf("%d tags left", len(tags))
	}
	many := r.must("ListTagsForResources", "hostedzone", nil, `<ListTagsForResourcesRequest><ResourceIds><ResourceId>`+r.zone+`</ResourceId></ResourceIds></ListTagsForResourcesRequest>`)
	if n := len(many.Body.All("ResourceTagSet", "ResourceTagSets")); n != 1 {
		t.Errorf("%d tag sets", n)
	}
}

func TestTestDNSAnswerShowsWhatANameServerSays(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) {
		o.Addresses = func(domain, rtype string, _ time.Time) []string { return []string{domain + " " + rtype} }
	})
	r.accept("CREATE "+set("www.example.com", "A", 60, "192.0.2.1"), "CREATE "+aliasSet("cdn.example.com", "A", CloudFrontZone, "d1.cloudfront.net"))
	r.settle()
	ask := func(name string) string {
		b := r.must("TestDNSAnswer", "", url.Values{"hostedzoneid": {r.zone}, "recordname": {name}, "recordtype": {"A"}}, "").Body
		return b.String("ResponseCode") + " " + b.String("RecordData", "RecordDataEntry")
	}
	for name, want := range map[string]string{"www.example.com": "NOERROR 192.0.2.1", "cdn.example.com": "NOERROR d1.cloudfront.net A", "no.example.com": "NXDOMAIN ", "example.com": "NOERROR ", "example.org": "REFUSED "} {
		if got := ask(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	_, err := r.call("TestDNSAnswer", "", url.Values{"hostedzoneid": {r.zone}, "recordname": {"x"}}, "")
	r.expect(err, "InvalidInput")
}

func TestUnknownOperationsFailLoudly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := r.call("CreateTrafficPolicy", "", nil, "")
	var e *wire.Error
	if !errors.As(err, &e) || e.Status != http.StatusNotImplemented {
		t.Errorf("got %v", err)
	}
	for name := range operations {
		if r.Model().Operations[name] == nil {
			t.Errorf("%s is not an operation of Route 53", name)
		}
	}
}

func TestDelegatedNamesAreReferredToTheirNameServers(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.accept("CREATE "+set("sub.example.com", "NS", 300, "ns.example.net."), "CREATE "+set("www.sub.example.com", "A", 60, "192.0.2.1"))
	r.settle()
	for _, name := range []string{"sub.example.com", "www.sub.example.com", "deep.er.sub.example.com"} {
		if l := r.Lookup(1, r.clock.Now(), name, "A"); !l.Delegated || l.Type != "NS" || !slices.Equal(l.Values, []string{"ns.example.net."}) {
			t.Errorf("%s: %+v", name, l)
		}
	}
	own := r.create("sub.example.com")
	r.settle()
	if l := r.Lookup(1, r.clock.Now(), "www.sub.example.com", "A"); l.ZoneID != own || l.NameExists {
		t.Errorf("a zone of its own does not answer for itself: %+v", l)
	}
}

func TestNameServersMayBeAskedWhileChangesAreMade(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	check := r.healthCheck("h")
	var asking sync.WaitGroup
	stop := make(chan struct{})
	for server := range Servers {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				now := r.clock.Now()
				r.Lookup(server, now, "www.example.com", "A")
				r.PointsAt("www.example.com", now)
				r.Moments("www.example.com")
				r.Events("www.example.com")
				r.Describe()
			}
		})
	}
	for i := range 100 {
		r.accept("UPSERT " + weightedSet("www.example.com", "A", "blue", i, 60, "192.0.2.1") + "<HealthCheckId>" + check + "</HealthCheckId>")
		r.SetHealth(check, i%2 == 0)
		r.must("UpdateHostedZoneComment", r.zone, nil, "<UpdateHostedZoneCommentRequest><Comment>c</Comment></UpdateHostedZoneCommentRequest>")
		r.clock.Pass(time.Second)
	}
	close(stop)
	asking.Wait()
	if got := r.Lookup(0, r.clock.Now().Add(time.Minute), "www.example.com", "A"); got.SetIdentifier != "blue" {
		t.Errorf("after all changes: %+v", got)
	}
}
