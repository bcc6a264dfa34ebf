package route53api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	www = "www.example.com"
	cdn = "Z2FDTNDATAQYW2" // CloudFront's hosted zone
)

// A site is an account with one hosted zone, example.com, and one distribution.
type site struct {
	*testing.T
	sim    *awssim.World
	hands  *route53.Client
	client *route53api.Client
	zone   string
	live   string // the distribution's domain name
}

func inBubble(t *testing.T, f func(*site)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &site{T: t, sim: awssim.New(awssim.Options{})}
		s.hands = route53.NewFromConfig(config(s.sim.Transport()))
		out, err := s.hands.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String("Example.com"), CallerReference: aws.String("zone")})
		s.must(err)
		s.zone = strings.TrimPrefix(aws.ToString(out.HostedZone.Id), "/hostedzone/")
		s.client = route53api.New(config(s.sim.Transport()), "", clock.System{})
		s.live = s.distribute()
		f(s)
	})
}

func (s *site) distribute() string {
	s.Helper()
	out, err := cloudfront.NewFromConfig(config(s.sim.Transport())).CreateDistribution(s.Context(), &cloudfront.CreateDistributionInput{DistributionConfig: &cftypes.DistributionConfig{
		CallerReference: aws.String("live"), Comment: aws.String(""), Enabled: aws.Bool(true),
		Origins: &cftypes.Origins{Quantity: aws.Int32(1), Items: []cftypes.Origin{{
			Id: aws.String("origin"), DomainName: aws.String("origin.example.net"),
			CustomOriginConfig: &cftypes.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: cftypes.OriginProtocolPolicyHttpsOnly},
		}}},
		DefaultCacheBehavior: &cftypes.DefaultCacheBehavior{
			TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: cftypes.ViewerProtocolPolicyAllowAll, CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
		},
	}})
	s.must(err)
	return aws.ToString(out.Distribution.DomainName)
}

func config(rt http.RoundTripper) aws.Config {
	return aws.Config{
		Region: "eu-west-1", HTTPClient: &http.Client{Transport: rt}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
}

func (s *site) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// put writes record sets by hand.
func (s *site) put(action types.ChangeAction, sets ...types.ResourceRecordSet) {
	s.Helper()
	var changes []types.Change
	for _, set := range sets {
		changes = append(changes, types.Change{Action: action, ResourceRecordSet: &set})
	}
	_, err := s.hands.ChangeResourceRecordSets(s.Context(), &route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(s.zone), ChangeBatch: &types.ChangeBatch{Changes: changes}})
	s.must(err)
}

func plain(name string, typ types.RRType, ttl int64, values ...string) types.ResourceRecordSet {
	set := types.ResourceRecordSet{Name: aws.String(name), Type: typ, TTL: aws.Int64(ttl)}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: aws.String(v)})
	}
	return set
}

func alias(name, typ, target string) route53api.Record {
	return route53api.Record{Name: name, Type: typ, AliasZone: cdn, AliasTarget: target}
}

// alias is a record set that points at the distribution.
func (s *site) alias(name, typ string) route53api.Record { return alias(name, typ, s.live) }

// at lists the record sets of a name.
func (s *site) at(name string) []route53api.Record {
	s.Helper()
	out, err := s.client.Records(s.Context(), s.zone, name)
	s.must(err)
	return out
}

// expect fails unless a name has exactly these record sets.
func (s *site) expect(name string, want ...route53api.Record) {
	s.Helper()
	if got := s.at(name); len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
		s.Errorf("%s has\n%+v\nwant\n%+v", name, got, want)
	}
}

func (s *site) replace(del, add []route53api.Record) (string, error) {
	return s.client.Replace(s.Context(), s.zone, "cutover", del, add)
}

func list(r ...route53api.Record) []route53api.Record { return r }

func TestAZoneIsKnownByItsDomain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		before := s.sim.Journal().Seq()
		for range 3 {
			if got, err := s.client.Zone(s.Context(), s.zone); err != nil || got != "example.com" {
				s.Errorf("the zone is %q (%v)", got, err)
			}
		}
		if private, err := s.client.Private(s.Context(), s.zone); err != nil || private {
			s.Errorf("the zone is private: %t (%v)", private, err)
		}
		if n := s.sim.Journal().Seq() - before; n != 1 {
			s.Errorf("%d calls for one zone", n)
		}
		hidden, err := s.hands.CreateHostedZone(s.Context(), &route53.CreateHostedZoneInput{
			Name: aws.String("corp.example"), CallerReference: aws.String("corp"), VPC: &types.VPC{VPCId: aws.String("vpc-0123456789abcdef0"), VPCRegion: types.VPCRegionUsEast1},
		})
		s.must(err)
		if private, err := s.client.Private(s.Context(), strings.TrimPrefix(aws.ToString(hidden.HostedZone.Id), "/hostedzone/")); err != nil || !private {
			s.Errorf("the zone of a VPC is private: %t (%v)", private, err)
		}
		for range 2 { // that it is missing is not kept: it may be made meanwhile
			before := s.sim.Journal().Seq()
			if _, err := s.client.Zone(s.Context(), "Z0NOTHERE"); !errors.Is(err, awsapi.ErrNotFound) || s.sim.Journal().Seq() == before {
				s.Errorf("a zone that does not exist: %v", err)
			}
			if _, err := s.client.Private(s.Context(), "Z0NOTHERE"); !errors.Is(err, awsapi.ErrNotFound) {
				s.Errorf("a zone that does not exist: %v", err)
			}
		}
	})
}

func TestRecordsAreReadAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.put(types.ChangeActionCreate,
			plain("example.com", types.RRTypeTxt, 300, `"v=spf1 -all"`, `"Another"`),
			plain("*.example.com", types.RRTypeA, 60, "192.0.2.1", "192.0.2.2"),
			plain("cname.example.com", types.RRTypeCname, 30, "Target.Example.NET."),
			types.ResourceRecordSet{Name: aws.String(www), Type: types.RRTypeA, AliasTarget: &types.AliasTarget{HostedZoneId: aws.String(cdn), DNSName: aws.String(s.live)}},
			types.ResourceRecordSet{Name: aws.String(www), Type: types.RRTypeHttps, AliasTarget: &types.AliasTarget{HostedZoneId: aws.String(cdn), DNSName: aws.String(s.live)}},
			plain(www, types.RRTypeTxt, 60, `"beside it"`),
			plain("a."+www, types.RRTypeA, 60, "192.0.2.9"),
		)
		s.expect("*.example.com", route53api.Record{Name: "*.example.com", Type: "A", TTL: 60, Values: []string{"192.0.2.1", "192.0.2.2"}})
		s.expect("cname.example.com", route53api.Record{Name: "cname.example.com", Type: "CNAME", TTL: 30, Values: []string{"Target.Example.NET."}})
		s.expect(www, s.alias(www, "A"), s.alias(www, "HTTPS"), route53api.Record{Name: www, Type: "TXT", TTL: 60, Values: []string{`"beside it"`}})
		s.expect("nothing.example.com")
		var kinds []string
		for _, r := range s.at("example.com") {
			kinds = append(kinds, r.Type)
		}
		if want := []string{"NS", "SOA", "TXT"}; !slices.Equal(kinds, want) {
			s.Errorf("the apex has %v, want %v", kinds, want)
		}
	})
}

func TestARecordThatIsNotSimpleSaysHowItIsRouted(t *testing.T) {
	t.Parallel()
	for want, edit := range map[string]func(*types.ResourceRecordSet){
		"":                  func(*types.ResourceRecordSet) {},
		"weighted":          func(r *types.ResourceRecordSet) { r.Weight = aws.Int64(0) },
		"latency":           func(r *types.ResourceRecordSet) { r.Region = types.ResourceRecordSetRegionEuWest1 },
		"failover":          func(r *types.ResourceRecordSet) { r.Failover = types.ResourceRecordSetFailoverPrimary },
		"geolocation":       func(r *types.ResourceRecordSet) { r.GeoLocation = &types.GeoLocation{CountryCode: aws.String("AQ")} },
		"multivalue answer": func(r *types.ResourceRecordSet) { r.MultiValueAnswer = aws.Bool(true) },
	} {
		t.Run("routing "+want, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				set := plain(www, types.RRTypeA, 60, "192.0.2.1")
				edit(&set)
				if want != "" {
					set.SetIdentifier = aws.String("one")
				}
				s.put(types.ChangeActionCreate, set)
				if got := s.at(www); len(got) != 1 || got[0].Routing != want {
					s.Errorf("read %+v, want %q routing", got, want)
				}
			})
		})
	}
}

// A name may have more record sets than fit on a page, and its neighbours are not its.
func TestRecordsAreReadThroughEveryPage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		var sets []types.ResourceRecordSet
		for i := range 50 {
			set := plain(www, types.RRTypeA, 60, "192.0.2.1")
			set.SetIdentifier, set.Weight = aws.String(fmt.Sprintf("set %02d", i)), aws.Int64(1)
			sets = append(sets, set)
		}
		sets = append(sets, plain("wwx.example.com", types.RRTypeA, 60, "192.0.2.1"))
		s.put(types.ChangeActionCreate, sets...)
		if got := s.at(www); len(got) != 50 {
			s.Errorf("%d of 50 record sets were found", len(got))
		}
		s.expect("wwx.example.com", route53api.Record{Name: "wwx.example.com", Type: "A", TTL: 60, Values: []string{"192.0.2.1"}})
	})
}

func TestReplaceIsOneBatchOfDeletesAndCreates(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.put(types.ChangeActionCreate, plain(www, types.RRTypeA, 300, "192.0.2.1", "192.0.2.2"))
		before := s.sim.Journal().Seq()
		change, err := s.replace(s.at(www), list(s.alias(www, "A"), s.alias(www, "AAAA"), s.alias(www, "HTTPS")))
		if err != nil || change == "" {
			s.Fatalf("change %q: %v", change, err)
		}
		s.expect(www, s.alias(www, "A"), s.alias(www, "AAAA"), s.alias(www, "HTTPS"))
		writes := s.sim.Journal().Writes(before)
		if len(writes) != 1 || strings.Contains(writes[0].Body, "UPSERT") || !strings.Contains(writes[0].Body, "<Comment>cutover</Comment>") {
			s.Errorf("wrote %+v", writes)
		}
	})
}

// What is deleted is what was observed, down to the last value.
func TestEverySimpleRecordCanBeReplacedAsItIs(t *testing.T) {
	t.Parallel()
	elb := types.ResourceRecordSet{Name: aws.String(www), Type: types.RRTypeA, AliasTarget: &types.AliasTarget{
		HostedZoneId: aws.String("Z215JYRZR1TBD5"), DNSName: aws.String("dualstack.MyLB-123.eu-central-1.elb.amazonaws.com"), EvaluateTargetHealth: true,
	}}
	at := func(set types.ResourceRecordSet, name string) types.ResourceRecordSet {
		set.Name = aws.String(name)
		return set
	}
	for _, c := range []struct {
		name string
		set  types.ResourceRecordSet
	}{
		{"one address", plain(www, types.RRTypeA, 60, "192.0.2.1")},
		{"several addresses", plain(www, types.RRTypeA, 172800, "192.0.2.3", "192.0.2.1", "192.0.2.2")},
		{"IPv6 in another spelling", plain(www, types.RRTypeAaaa, 60, "2001:DB8:0:0::1")},
		{"CNAME", plain(www, types.RRTypeCname, 30, "Target.Example.NET")},
		{"CNAME with a dot", plain(www, types.RRTypeCname, 30, "target.example.net.")},
		{"HTTPS", plain(www, types.RRTypeHttps, 30, `1 . alpn="h2,h3"`)},
		{"TTL of zero", plain(www, types.RRTypeA, 0, "192.0.2.1")},
		{"alias to a load balancer, evaluating", elb},
		{"wildcard", plain("*.example.com", types.RRTypeA, 60, "192.0.2.1")},
		{"wildcard spelled in octal", plain(`\052.example.com`, types.RRTypeA, 60, "192.0.2.1")},
		{"wildcard alias", at(elb, "*.example.com")},
		{"wildcard CNAME", plain("*.example.com", types.RRTypeCname, 60, "target.example.net")},
		{"underscore and upper case", plain("_Acme.Example.com", types.RRTypeCname, 60, "target.example.net")},
		{"apex", at(elb, "example.com")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				s.put(types.ChangeActionCreate, c.set)
				name := strings.ToLower(strings.ReplaceAll(aws.ToString(c.set.Name), `\052`, "*"))
				var seen []route53api.Record
				for _, r := range s.at(name) {
					if r.Type == string(c.set.Type) {
						seen = append(seen, r)
					}
				}
				if len(seen) != 1 || seen[0].Name != name {
					s.Fatalf("read %+v", seen)
				}
				want := s.alias(name, "A")
				if _, err := s.replace(seen, list(want)); err != nil {
					s.Fatal(err)
				}
				if got := s.at(name); !slices.ContainsFunc(got, func(r route53api.Record) bool { return reflect.DeepEqual(r, want) }) {
					s.Errorf("read %+v", got)
				}
				if _, err := s.replace(list(want), seen); err != nil { // and back, as a rollback does
					s.Fatal(err)
				}
				if got := s.at(name); !slices.ContainsFunc(got, func(r route53api.Record) bool { return reflect.DeepEqual(r, seen[0]) }) {
					s.Errorf("read %+v, want %+v again", got, seen)
				}
			})
		})
	}
}

// Somebody else changes the record between our look and our write.
func TestReplaceIsACompareAndSwap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		had   []types.ResourceRecordSet
		in    func(*site) // between
		stale bool
	}{
		{"nothing happened", []types.ResourceRecordSet{plain(www, types.RRTypeA, 60, "192.0.2.1")}, func(*site) {}, false},
		{"another value", []types.ResourceRecordSet{plain(www, types.RRTypeA, 60, "192.0.2.1")}, func(s *site) {
			s.put(types.ChangeActionUpsert, plain(www, types.RRTypeA, 60, "192.0.2.9"))
		}, true},
		{"another TTL", []types.ResourceRecordSet{plain(www, types.RRTypeA, 60, "192.0.2.1")}, func(s *site) {
			s.put(types.ChangeActionUpsert, plain(www, types.RRTypeA, 61, "192.0.2.1"))
		}, true},
		{"gone", []types.ResourceRecordSet{plain(www, types.RRTypeA, 60, "192.0.2.1")}, func(s *site) {
			s.put(types.ChangeActionDelete, plain(www, types.RRTypeA, 60, "192.0.2.1"))
		}, true},
		{"made", nil, func(s *site) { s.put(types.ChangeActionCreate, plain(www, types.RRTypeA, 60, "192.0.2.9")) }, true},
		{"a CNAME made", nil, func(s *site) {
			s.put(types.ChangeActionCreate, plain(www, types.RRTypeCname, 60, "elsewhere.example.net"))
		}, true},
		{"replaced by a CNAME", []types.ResourceRecordSet{plain(www, types.RRTypeA, 60, "192.0.2.1")}, func(s *site) {
			s.put(types.ChangeActionDelete, plain(www, types.RRTypeA, 60, "192.0.2.1"))
			s.put(types.ChangeActionCreate, plain(www, types.RRTypeCname, 60, "elsewhere.example.net"))
		}, true},
		{"made weighted", []types.ResourceRecordSet{plain(www, types.RRTypeA, 60, "192.0.2.1")}, func(s *site) {
			weighted := plain(www, types.RRTypeA, 60, "192.0.2.1")
			weighted.SetIdentifier, weighted.Weight = aws.String("one"), aws.Int64(1)
			s.put(types.ChangeActionDelete, plain(www, types.RRTypeA, 60, "192.0.2.1"))
			s.put(types.ChangeActionCreate, weighted)
		}, true},
		{"a neighbour changed", []types.ResourceRecordSet{plain(www, types.RRTypeA, 60, "192.0.2.1")}, func(s *site) {
			s.put(types.ChangeActionCreate, plain("other.example.com", types.RRTypeA, 60, "192.0.2.9"))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				if c.had != nil {
					s.put(types.ChangeActionCreate, c.had...)
				}
				seen := s.at(www)
				c.in(s)
				between := s.at(www)
				_, err := s.replace(seen, list(s.alias(www, "A")))
				if !c.stale {
					s.must(err)
					s.expect(www, s.alias(www, "A"))
					return
				}
				if !errors.Is(err, awsapi.ErrStale) || errors.Is(err, awsapi.ErrRefused) || !awsapi.Transient(err) {
					s.Errorf("answered %v", err)
				}
				if !strings.HasPrefix(err.Error(), "changing records in zone "+s.zone+": InvalidChangeBatch: ") {
					s.Errorf("it is worded %q", err)
				}
				s.expect(www, between...)
			})
		})
	}
}

// Taking records away is as conditional as replacing them.
func TestDeletingIsACompareAndSwapToo(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.put(types.ChangeActionCreate, plain(www, types.RRTypeA, 60, "192.0.2.1"))
		seen := s.at(www)
		s.put(types.ChangeActionUpsert, plain(www, types.RRTypeA, 60, "192.0.2.9"))
		if _, err := s.replace(seen, nil); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("a record with another value: %v", err)
		}
		now := s.at(www)
		if _, err := s.replace(now, nil); err != nil {
			s.Error(err)
		}
		if _, err := s.replace(now, nil); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("a record that is gone: %v", err)
		}
		s.expect(www)
	})
}

func TestAHealthCheckIsPartOfARecord(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		check, err := s.hands.CreateHealthCheck(s.Context(), &route53.CreateHealthCheckInput{CallerReference: aws.String("check"), HealthCheckConfig: &types.HealthCheckConfig{
			Type: types.HealthCheckTypeHttp, FullyQualifiedDomainName: aws.String("origin.example.net"),
		}})
		s.must(err)
		set := plain(www, types.RRTypeA, 60, "192.0.2.1")
		set.HealthCheckId = check.HealthCheck.Id
		s.put(types.ChangeActionCreate, set)
		seen := s.at(www)
		if len(seen) != 1 || seen[0].HealthCheckID != aws.ToString(set.HealthCheckId) {
			s.Fatalf("read %+v", seen)
		}
		_, err = s.replace(seen, list(s.alias(www, "A")))
		s.must(err)
		_, err = s.replace(list(s.alias(www, "A")), seen)
		s.must(err)
		s.expect(www, seen...)
	})
}

// Half a batch is worse than none.
func TestABatchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.put(types.ChangeActionCreate, plain("a.example.com", types.RRTypeA, 60, "192.0.2.1"), plain("b.example.com", types.RRTypeA, 60, "192.0.2.1"))
		seen := append(s.at("a.example.com"), s.at("b.example.com")...)
		s.put(types.ChangeActionUpsert, plain("b.example.com", types.RRTypeA, 60, "192.0.2.9"))
		if _, err := s.replace(seen, list(s.alias("a.example.com", "A"), s.alias("b.example.com", "A"))); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("answered %v", err)
		}
		s.expect("a.example.com", seen[0])
	})
}

func TestAChangeThatCanNeverWorkIsRefusedAndNotStale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		had  []types.ResourceRecordSet
		add  route53api.Record
	}{
		{"a CNAME at the apex", nil, route53api.Record{Name: "example.com", Type: "CNAME", TTL: 60, Values: []string{"target.example.net"}}},
		{"a CNAME beside a TXT", []types.ResourceRecordSet{plain(www, types.RRTypeTxt, 60, `"x"`)}, route53api.Record{Name: www, Type: "CNAME", TTL: 60, Values: []string{"target.example.net"}}},
		{"a name of another zone", nil, route53api.Record{Name: "www.example.org", Type: "A", TTL: 60, Values: []string{"192.0.2.1"}}},
		{"an alias to a distribution that does not exist", nil, alias(www, "A", "d999999abcdef8.cloudfront.net")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				if c.had != nil {
					s.put(types.ChangeActionCreate, c.had...)
				}
				if _, err := s.replace(nil, list(c.add)); !errors.Is(err, awsapi.ErrRefused) || awsapi.Transient(err) {
					s.Errorf("answered %v", err)
				}
			})
		})
	}
}

// The service's model lets a batch fail with a list of messages instead of one.
func TestTheMessagesOfABatchMayComeAsAList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		messages []string
		want     error
	}{
		{[]string{"RRSet of type A with DNS name x. cannot be created as other RRSets exist with the same name and type.", "Tried to delete resource record set [name='x.', type='A'] but it was not found"}, awsapi.ErrStale},
		{[]string{"RRSet with DNS name x. is not permitted in zone y."}, awsapi.ErrRefused},
	} {
		body := `<InvalidChangeBatch xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Messages>`
		for _, m := range c.messages {
			body += "<Message>" + m + "</Message>"
		}
		body += `</Messages><RequestId>r</RequestId></InvalidChangeBatch>`
		rt := trip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
		})
		_, err := route53api.New(config(rt), "", clock.System{}).Replace(t.Context(), "Z1", "", nil, list(alias("x", "A", "d1.cloudfront.net")))
		if !errors.Is(err, c.want) {
			t.Errorf("answered %v, want %v", err, c.want)
		}
		for _, m := range c.messages {
			if !strings.Contains(err.Error(), m) {
				t.Errorf("%q does not say %q", err, m)
			}
		}
	}
}

type trip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestInsyncSaysWhenEveryNameServerHasAChange(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.sim.Turn(func(k *knob.Knobs) { k.InsyncSpan = time.Minute })
		change, err := s.replace(nil, list(s.alias(www, "A")))
		s.must(err)
		for _, c := range []struct {
			after time.Duration
			want  bool
		}{{0, false}, {59 * time.Second, false}, {2 * time.Second, true}} {
			s.must(clock.System{}.Sleep(s.Context(), c.after))
			if got, err := s.client.Insync(s.Context(), change); err != nil || got != c.want {
				s.Errorf("%s later: %v (%v), want %v", c.after, got, err, c.want)
			}
		}
		if _, err := s.client.Insync(s.Context(), "/change/C0NOTHERE"); !errors.Is(err, awsapi.ErrNotFound) {
			s.Errorf("a change that does not exist: %v", err)
		}
	})
}

func TestABusyZoneIsThrottling(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.sim.Turn(func(k *knob.Knobs) { k.PriorRequest = true })
		s.must(clock.System{}.Sleep(s.Context(), time.Hour))
		_, err := s.replace(nil, list(s.alias(www, "A")))
		s.must(err)
		if _, err := s.replace(nil, list(s.alias(www, "AAAA"))); !errors.Is(err, awsapi.ErrThrottled) || !awsapi.Transient(err) {
			s.Errorf("answered %v", err)
		}
	})
}

// The SDK sends a batch again when the answer got lost; the second one finds its
// own work. That is for the next look to find out, and no reason to give up.
func TestABatchWhoseAnswerGotLostIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int]error{1: awsapi.ErrAmbiguous, 3: awsapi.ErrStale} {
		inBubble(t, func(s *site) {
			s.put(types.ChangeActionCreate, plain(www, types.RRTypeA, 60, "192.0.2.1"))
			cfg := config(s.sim.Transport())
			cfg.RetryMaxAttempts = attempts
			s.client = route53api.New(cfg, "", clock.System{})
			seen := s.at(www)
			s.sim.Faults().Add(fault.Fault{Operation: "ChangeResourceRecordSets", When: fault.AfterEffect, Kind: fault.Cut, Count: 1})
			if _, err := s.replace(seen, list(s.alias(www, "A"))); !errors.Is(err, want) || !awsapi.Transient(err) {
				s.Errorf("%d attempts: %v, want %v", attempts, err, want)
			}
			s.expect(www, s.alias(www, "A"))
		})
	}
}

func TestAnInterruptedBatchIsAnInterrupt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		if _, err := s.client.Replace(ctx, s.zone, "", nil, list(s.alias(www, "A"))); !errors.Is(err, context.Canceled) || awsapi.Transient(err) {
			s.Errorf("answered %v", err)
		}
		s.expect(www)
	})
}
