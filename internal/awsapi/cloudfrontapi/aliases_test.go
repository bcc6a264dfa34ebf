package cloudfrontapi_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func clockOf(*site) clock.Clock { return clock.System{} }

// answering says the same to everything.
func answering(status int, body string) http.RoundTripper {
	return trip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	})
}

type trip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func counted[T any](items ...T) (*int32, []T) { return aws.Int32(int32(len(items))), items } //nolint:gosec // a handful

// everything is a configuration with as many features as CloudFront has for one
// distribution.
func everything(s *site) func(*types.DistributionConfig) {
	control, err := s.hands.CreateOriginAccessControl(s.Context(), &cloudfront.CreateOriginAccessControlInput{OriginAccessControlConfig: &types.OriginAccessControlConfig{
		Name: aws.String("control"), OriginAccessControlOriginType: types.OriginAccessControlOriginTypesS3,
		SigningBehavior: types.OriginAccessControlSigningBehaviorsAlways, SigningProtocol: types.OriginAccessControlSigningProtocolsSigv4,
	}})
	s.must(err)
	rewrite, err := s.hands.CreateFunction(s.Context(), &cloudfront.CreateFunctionInput{
		Name: aws.String("rewrite"), FunctionCode: []byte("function handler(event) { return event.request }"),
		FunctionConfig: &types.FunctionConfig{Comment: aws.String(""), Runtime: types.FunctionRuntimeCloudfrontJs20},
	})
	s.must(err)
	_, err = s.hands.PublishFunction(s.Context(), &cloudfront.PublishFunctionInput{Name: aws.String("rewrite"), IfMatch: rewrite.ETag})
	s.must(err)
	return func(c *types.DistributionConfig) {
		custom := c.Origins.Items[0]
		custom.OriginPath, custom.ConnectionAttempts, custom.ConnectionTimeout = aws.String("/app"), aws.Int32(2), aws.Int32(7)
		custom.OriginShield = &types.OriginShield{Enabled: aws.Bool(true), OriginShieldRegion: aws.String("eu-central-1")}
		headers := &types.CustomHeaders{}
		headers.Quantity, headers.Items = counted(
			types.OriginCustomHeader{HeaderName: aws.String("X-Secret"), HeaderValue: aws.String(`a<b>&"c" 'd'`)},
			types.OriginCustomHeader{HeaderName: aws.String("X-Other"), HeaderValue: aws.String("ümlaut")})
		custom.CustomHeaders = headers
		custom.CustomOriginConfig.OriginReadTimeout, custom.CustomOriginConfig.OriginKeepaliveTimeout = aws.Int32(45), aws.Int32(31)
		protocols := &types.OriginSslProtocols{}
		protocols.Quantity, protocols.Items = counted(types.SslProtocolTLSv12)
		custom.CustomOriginConfig.OriginSslProtocols = protocols
		bucket := types.Origin{
			Id: aws.String("bucket"), DomainName: aws.String("assets.s3.eu-west-1.amazonaws.com"),
			S3OriginConfig: &types.S3OriginConfig{OriginAccessIdentity: aws.String("")}, OriginAccessControlId: control.OriginAccessControl.Id,
		}
		origins := &types.Origins{}
		origins.Quantity, origins.Items = counted(custom, bucket)
		c.Origins = origins

		members, codes := &types.OriginGroupMembers{}, &types.StatusCodes{}
		members.Quantity, members.Items = counted(types.OriginGroupMember{OriginId: aws.String("origin")}, types.OriginGroupMember{OriginId: aws.String("bucket")})
		codes.Quantity, codes.Items = counted[int32](500, 502, 503)
		groups := &types.OriginGroups{}
		groups.Quantity, groups.Items = counted(types.OriginGroup{Id: aws.String("group"), Members: members, FailoverCriteria: &types.OriginGroupFailoverCriteria{StatusCodes: codes}})
		c.OriginGroups = groups

		methods, cached := &types.AllowedMethods{}, &types.CachedMethods{}
		methods.Quantity, methods.Items = counted(types.MethodGet, types.MethodHead, types.MethodOptions)
		cached.Quantity, cached.Items = counted(types.MethodGet, types.MethodHead, types.MethodOptions)
		methods.CachedMethods = cached
		functions, lambdas := &types.FunctionAssociations{}, &types.LambdaFunctionAssociations{}
		functions.Quantity, functions.Items = counted(types.FunctionAssociation{EventType: types.EventTypeViewerRequest, FunctionARN: rewrite.FunctionSummary.FunctionMetadata.FunctionARN})
		lambdas.Quantity, lambdas.Items = counted(types.LambdaFunctionAssociation{
			EventType: types.EventTypeOriginRequest, IncludeBody: aws.Bool(true),
			LambdaFunctionARN: aws.String("arn:aws:lambda:us-east-1:123456789012:function:split:7"),
		})
		whitelist, names, keys := &types.CookieNames{}, &types.Headers{}, &types.QueryStringCacheKeys{}
		whitelist.Quantity, whitelist.Items = counted("session")
		names.Quantity, names.Items = counted("Accept", "Origin")
		keys.Quantity, keys.Items = counted("v")
		behaviours := &types.CacheBehaviors{}
		behaviours.Quantity, behaviours.Items = counted(
			types.CacheBehavior{
				PathPattern: aws.String("/api/*"), TargetOriginId: aws.String("group"), ViewerProtocolPolicy: types.ViewerProtocolPolicyHttpsOnly,
				CachePolicyId: c.DefaultCacheBehavior.CachePolicyId, AllowedMethods: methods, Compress: aws.Bool(true), LambdaFunctionAssociations: lambdas,
			},
			types.CacheBehavior{
				PathPattern: aws.String("/old/*"), TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: types.ViewerProtocolPolicyAllowAll,
				ForwardedValues: &types.ForwardedValues{ //nolint:staticcheck // deprecated and in use
					QueryString: aws.Bool(true), Headers: names, QueryStringCacheKeys: keys,
					Cookies: &types.CookiePreference{Forward: types.ItemSelectionWhitelist, WhitelistedNames: whitelist},
				},
				MinTTL: aws.Int64(0), DefaultTTL: aws.Int64(60), MaxTTL: aws.Int64(600), //nolint:staticcheck // deprecated and in use
			},
		)
		c.CacheBehaviors = behaviours
		c.DefaultCacheBehavior.FunctionAssociations = functions

		pages := &types.CustomErrorResponses{}
		pages.Quantity, pages.Items = counted(
			types.CustomErrorResponse{ErrorCode: aws.Int32(404), ResponseCode: aws.String("200"), ResponsePagePath: aws.String("/index.html"), ErrorCachingMinTTL: aws.Int64(5)},
			types.CustomErrorResponse{ErrorCode: aws.Int32(503), ErrorCachingMinTTL: aws.Int64(0)})
		c.CustomErrorResponses = pages
		geo := &types.GeoRestriction{RestrictionType: types.GeoRestrictionTypeBlacklist}
		geo.Quantity, geo.Items = counted("AQ", "BV")
		c.Restrictions = &types.Restrictions{GeoRestriction: geo}
		c.Logging = &types.LoggingConfig{Enabled: aws.Bool(true), IncludeCookies: aws.Bool(true), Bucket: aws.String("logs.s3.amazonaws.com"), Prefix: aws.String("cdn/")}
		c.DefaultRootObject, c.PriceClass, c.HttpVersion = aws.String("index.html"), types.PriceClassPriceClass100, types.HttpVersionHttp2and3
		c.Comment = aws.String("everything & <more>,\n on two lines ")
		c.WebACLId = aws.String("arn:aws:wafv2:us-east-1:123456789012:global/webacl/shield/11111111-2222-3333-4444-555555555555")
	}
}

var member = regexp.MustCompile(`<(\w+)>`)

// A node is an element as a test sees it.
type node struct {
	XMLName  xml.Name
	Text     string `xml:",chardata"`
	Children []node `xml:",any"`
}

// apart is a configuration apart from its aliases and from the order of members,
// which SDKs choose as they like; the order in lists is kept.
func (s *site) apart(doc string) string {
	s.Helper()
	var root node
	s.must(xml.Unmarshal([]byte(doc), &root))
	root.Children = slices.DeleteFunc(root.Children, func(n node) bool { return n.XMLName.Local == "Aliases" })
	return root.String()
}

// String lists an element's leaves.
func (n node) String() string {
	if len(n.Children) == 0 {
		return fmt.Sprintf("%s=%q", n.XMLName.Local, n.Text)
	}
	slices.SortStableFunc(n.Children, func(a, b node) int { return strings.Compare(a.XMLName.Local, b.XMLName.Local) })
	return fmt.Sprintf("%s%v", n.XMLName.Local, n.Children)
}

func TestAddAliasesChangesNothingElse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func(*site) func(*types.DistributionConfig)
		had  []string
	}{
		{"the least", func(*site) func(*types.DistributionConfig) { return nil }, nil},
		{"everything there is", everything, []string{"b.example.com", "a.example.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				id := s.distribute(c.edit(s), c.had...)
				s.settle()
				_, before := s.document(id)
				to := s.read(id)
				s.must(s.client.AddAliases(s.Context(), to, www))
				_, after := s.document(id)
				if b, a := s.apart(before), s.apart(after); a != b {
					s.Errorf("before %s\nafter  %s", b, a)
				}
				d := s.read(id)
				if want := append(slices.Clone(c.had), www); !slices.Equal(d.Aliases, want) {
					s.Errorf("aliases %v, want %v", d.Aliases, want)
				}
				if d.Deployed || !d.Settling || d.Fingerprint != to.Fingerprint {
					s.Errorf("a name was added, and now it is %+v", d)
				}
				if calls := s.calls(0, "UpdateDistribution"); len(calls) != 1 || calls[0].IfMatch != to.ETag {
					s.Errorf("called %+v", calls)
				}
			})
		})
	}
}

// The list of features above is worth something only as long as the documents have them.
func TestEverythingIsInTheDocument(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		_, doc := s.document(s.distribute(everything(s)))
		seen := map[string]bool{}
		for _, m := range member.FindAllStringSubmatch(doc, -1) {
			seen[m[1]] = true
		}
		for want := range strings.FieldsSeq("CacheBehavior OriginGroup OriginGroupMember StatusCode CustomErrorResponse GeoRestriction Location Logging Prefix FunctionAssociation " +
			"LambdaFunctionAssociation IncludeBody ForwardedValues WhitelistedNames QueryStringCacheKeys OriginCustomHeader OriginShieldRegion OriginAccessControlId SslProtocol WebACLId MaxTTL CertificateSource") {
			if !seen[want] {
				s.Errorf("there is no %s", want)
			}
		}
	})
}

func TestAddAliasesRefusesToDropWhatThisBuildDoesNotKnow(t *testing.T) {
	t.Parallel()
	const unknown = "<FutureSetting>on</FutureSetting>"
	for _, c := range []struct {
		name, after, element, want string
	}{
		{"at the top", "<Comment></Comment>", unknown, "FutureSetting"},
		{"in a behaviour", "<TargetOriginId>origin</TargetOriginId>", unknown, "DefaultCacheBehavior/FutureSetting"},
		{"in an item of a list", "<DomainName>origin.example.net</DomainName>", unknown, "Origins/Items/Origin/FutureSetting"},
		{"with something in it", "<Comment></Comment>", "<FutureSettings><Mode>fast</Mode></FutureSettings>", "FutureSettings/Mode"},
		{"a list of them", "<Comment></Comment>", "<Futures><Quantity>1</Quantity><Items><Future>x</Future></Items></Futures>", "Futures/Quantity"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(s *site) {
				id := s.distribute(nil)
				s.rewrite(id, func(doc string) string { return strings.Replace(doc, c.after, c.after+c.element, 1) })
				s.settle()
				etag, before := s.document(id)
				if !strings.Contains(before, c.element) {
					s.Fatalf("CloudFront has forgotten it: %s", before)
				}
				to := s.read(id)
				seq := s.sim.Journal().Seq()
				err := s.client.AddAliases(s.Context(), to, www)
				if !errors.Is(err, awsapi.ErrUnknownElement) || awsapi.Transient(err) || !strings.Contains(err.Error(), "has "+c.want+",") {
					s.Errorf("answered %v, want a refusal that names %s", err, c.want)
				}
				if calls := s.calls(seq, ""); len(calls) > 0 {
					s.Errorf("called %+v", calls)
				}
				if now, after := s.document(id); now != etag || after != before {
					s.Error("something was written")
				}
			})
		})
	}
}

func TestAnUnknownElementThatHoldsNothingIsNoReasonToRefuse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil)
		s.rewrite(id, func(doc string) string {
			return strings.Replace(doc, "<Comment></Comment>", "<Comment></Comment><FutureSetting></FutureSetting>", 1)
		})
		s.settle()
		if err := s.client.AddAliases(s.Context(), s.read(id), www); err != nil {
			s.Error(err)
		}
	})
}

func TestAddAliasesIsConditional(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil)
		s.settle()
		seen := s.read(id)
		s.edit(id, func(c *types.DistributionConfig) { c.Comment = aws.String("edited by somebody") })
		if err := s.client.AddAliases(s.Context(), seen, www); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("on an old ETag: %v", err)
		}
		if _, doc := s.document(id); !strings.Contains(doc, "edited by somebody") || strings.Contains(doc, www) {
			s.Errorf("the other hand's edit is lost: %s", doc)
		}
		if err := s.client.AddAliases(s.Context(), cloudfrontapi.Distribution{Summary: cloudfrontapi.Summary{ID: id, ETag: seen.ETag}}, www); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("on a distribution that was never read: %v", err)
		}
	})
}

func TestANameThatSomebodyHasIsTaken(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.distribute(nil, www)
		id := s.distribute(nil)
		s.settle()
		err := s.client.AddAliases(s.Context(), s.read(id), www)
		if !errors.Is(err, awsapi.ErrTaken) || awsapi.Transient(err) || !strings.Contains(err.Error(), "CNAMEAlreadyExists") {
			s.Errorf("answered %v", err)
		}
		if err := s.client.AddAliases(s.Context(), s.read(id), "www.example.org"); !errors.Is(err, awsapi.ErrRefused) {
			s.Errorf("a name that the certificate does not cover: %v", err)
		}
	})
}

func TestRemoveAliasesChangesNothingElse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(everything(s), www, "a.example.com", "b.example.com")
		s.settle()
		_, before := s.document(id)
		to := s.read(id)
		s.must(s.client.RemoveAliases(s.Context(), to, "b.example.com", www))
		_, after := s.document(id)
		if b, a := s.apart(before), s.apart(after); a != b {
			s.Errorf("before %s\nafter  %s", b, a)
		}
		if d := s.read(id); !slices.Equal(d.Aliases, []string{"a.example.com"}) || !d.Settling {
			s.Errorf("two names were removed, and now it is %+v", d)
		}
		if err := s.client.RemoveAliases(s.Context(), to, "a.example.com"); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("on an old ETag: %v", err)
		}
		s.must(s.client.RemoveAliases(s.Context(), s.read(id), "a.example.com"))
		if d := s.read(id); len(d.Aliases) > 0 {
			s.Errorf("the last name stayed: %v", d.Aliases)
		}
		if err := s.client.RemoveAliases(s.Context(), cloudfrontapi.Distribution{Summary: cloudfrontapi.Summary{ID: id}}, www); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("on a distribution that was never read: %v", err)
		}
	})
}

func TestRemoveAliasesRefusesToDropWhatThisBuildDoesNotKnow(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil, www)
		s.rewrite(id, func(doc string) string {
			return strings.Replace(doc, "<Comment></Comment>", "<Comment></Comment><FutureSetting>on</FutureSetting>", 1)
		})
		if err := s.client.RemoveAliases(s.Context(), s.read(id), www); !errors.Is(err, awsapi.ErrUnknownElement) {
			s.Errorf("answered %v", err)
		}
		if d := s.read(id); !owns(d, www) {
			s.Error("it was removed all the same")
		}
	})
}

func TestAssociateAliasMovesAName(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		blue, green := s.distribute(nil, www), s.distribute(nil)
		s.settle()
		s.read(blue)
		for range 2 { // doing it twice does no harm
			s.must(s.client.AssociateAlias(s.Context(), www, s.read(green)))
			if b, g := s.read(blue), s.read(green); owns(b, www) || !owns(g, www) {
				s.Errorf("blue has %v, green has %v", b.Aliases, g.Aliases)
			}
		}
		if err := s.client.AssociateAlias(s.Context(), "www.example.org", s.read(green)); !errors.Is(err, awsapi.ErrRefused) {
			s.Errorf("a name that the certificate does not cover: %v", err)
		}
		if err := s.client.AssociateAlias(s.Context(), www, cloudfrontapi.Distribution{Summary: cloudfrontapi.Summary{ID: "E1NOTHERE"}}); !errors.Is(err, awsapi.ErrNotFound) {
			s.Errorf("a target that does not exist: %v", err)
		}
	})
}

func TestAnInterruptedWriteIsAnInterrupt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		blue, green := s.distribute(nil, www), s.distribute(nil)
		s.settle()
		to := s.read(green)
		for what, err := range map[string]error{
			"move": s.client.MoveDomain(cancelled(s.Context()), www, to),
			"add":  s.client.AddAliases(cancelled(s.Context()), to, "a.example.com"),
		} {
			if !errors.Is(err, context.Canceled) || errors.Is(err, awsapi.ErrAmbiguous) {
				s.Errorf("%s: %v", what, err)
			}
		}
		if d := s.read(blue); !owns(d, www) {
			s.Error("it moved")
		}
	})
}
