package cloudfrontapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// pair makes a primary and a copy of it, both deployed.
func (s *site) pair() (primary, staging cloudfrontapi.Distribution) {
	s.Helper()
	id := s.distribute(func(c *types.DistributionConfig) {
		c.Comment = aws.String("production")
		c.Origins.Items[0].CustomHeaders = &types.CustomHeaders{Quantity: aws.Int32(1), Items: []types.OriginCustomHeader{
			{HeaderName: aws.String("X-Secret"), HeaderValue: aws.String("hunter2")},
		}}
		c.CacheBehaviors = &types.CacheBehaviors{Quantity: aws.Int32(1), Items: []types.CacheBehavior{{
			PathPattern: aws.String("/api/*"), TargetOriginId: aws.String("origin"), ViewerProtocolPolicy: types.ViewerProtocolPolicyAllowAll,
			CachePolicyId: aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad"),
		}}}
	})
	s.settle()
	copied, err := s.client.Copy(s.Context(), s.read(id), "staging of "+id)
	s.must(err)
	s.settle()
	return s.read(id), s.read(copied)
}

func TestACopyIsFoundByItsReferenceAndMadeOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		s.distribute(func(c *types.DistributionConfig) { c.Staging = aws.Bool(true) }) // somebody else's
		primary, staging := s.pair()
		if !staging.Staging || !staging.Enabled || len(staging.Aliases) > 0 || staging.Fingerprint != primary.Fingerprint || staging.ARN == "" {
			s.Errorf("copied %+v", staging)
		}
		ref := "staging of " + primary.ID
		if staging.Reference != ref {
			s.Errorf("reference %q", staging.Reference)
		}
		if _, err := s.client.Copy(s.Context(), primary, ref); !errors.Is(err, awsapi.ErrExists) {
			s.Errorf("the second copy: %v", err)
		}
		if id, err := s.client.CopyOf(s.Context(), ref); err != nil || id != staging.ID {
			s.Errorf("found %q, %v", id, err)
		}
		if id, err := s.client.CopyOf(s.Context(), "another"); err != nil || id != "" {
			s.Errorf("found %q, %v", id, err)
		}
		primary.ETag = "E0STALE"
		if _, err := s.client.Copy(s.Context(), primary, "another"); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("a copy of what was not seen: %v", err)
		}
	})
}

func TestOverridesChangeWhatTheySayAndNothingElse(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		primary, staging := s.pair()
		overrides := cloudfrontapi.Overrides{
			Comment: aws.String("next"), DefaultRootObject: aws.String("index.html"),
			Origins:   map[string]cloudfrontapi.OriginOverride{"origin": {Path: aws.String("/green")}},
			Behaviors: map[string]cloudfrontapi.BehaviorOverride{"/api/*": {OriginRequestPolicy: aws.String("216adef6-5c7f-47e4-b989-5492eafa07d3")}},
			Default:   &cloudfrontapi.BehaviorOverride{ResponseHeadersPolicy: aws.String("")},
			Errors:    &[]cloudfrontapi.ErrorResponse{{Code: 404, ResponseCode: "200", Page: "/index.html", MinTTL: 10}, {Code: 503, MinTTL: 5}},
		}
		change, err := s.client.Overridden(s.Context(), staging, staging, overrides)
		s.must(err)
		if !change.Needed() || len(change.Missing) > 0 {
			s.Errorf("needed %v, missing %v", change.Needed(), change.Missing)
		}
		if w := s.calls(0, "UpdateDistribution"); len(w) > 0 {
			s.Errorf("asking sent %+v", w)
		}
		s.must(s.client.Configure(s.Context(), change))
		now := s.read(staging.ID)
		if now.Fingerprint != change.Fingerprint {
			s.Errorf("fingerprint %s, said to become %s", now.Fingerprint, change.Fingerprint)
		}
		fields := map[string]bool{}
		for _, d := range cloudfrontapi.Differences(primary, now) {
			if d.Locked {
				s.Errorf("%s is locked", d)
			}
			top, _, _ := strings.Cut(d.Field, "/")
			fields[top] = true
		}
		if len(fields) != 5 || !fields["Comment"] || !fields["DefaultRootObject"] || !fields["Origins"] || !fields["CacheBehaviors"] || !fields["CustomErrorResponses"] {
			s.Errorf("differs in %v", cloudfrontapi.Differences(primary, now))
		}
		again, err := s.client.Overridden(s.Context(), now, now, overrides)
		s.must(err)
		if again.Needed() {
			s.Errorf("a second time it would change %v", again.Differences())
		}
		back, err := s.client.Overridden(s.Context(), now, primary, cloudfrontapi.Overrides{})
		s.must(err)
		s.must(s.client.Configure(s.Context(), back))
		if got := s.read(staging.ID); got.Fingerprint != primary.Fingerprint || got.Reference != staging.Reference || !got.Staging {
			s.Errorf("following the primary came to %v", cloudfrontapi.Differences(primary, got))
		}
		if err := s.client.Configure(s.Context(), back); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("a change of what was not seen: %v", err)
		}
	})
}

func TestOverridesNameWhatIsNotThere(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		_, staging := s.pair()
		change, err := s.client.Overridden(s.Context(), staging, staging, cloudfrontapi.Overrides{
			Origins: map[string]cloudfrontapi.OriginOverride{"nobody": {}}, Behaviors: map[string]cloudfrontapi.BehaviorOverride{"/none/*": {}},
		})
		s.must(err)
		if got := strings.Join(change.Missing, ", "); got != "origin nobody, cache behaviour /none/*" {
			s.Errorf("missing %s", got)
		}
	})
}

func TestADeepChangeIsRefusedWhereThereIsASettingNobodyKnows(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		_, staging := s.pair()
		s.rewrite(staging.ID, func(doc string) string {
			return strings.Replace(doc, "<TargetOriginId>", "<Novelty>on</Novelty><TargetOriginId>", 1)
		})
		s.pass(time.Second)
		now := s.read(staging.ID)
		change, err := s.client.Overridden(s.Context(), now, now, cloudfrontapi.Overrides{Comment: aws.String("x")})
		s.must(err) // asking is no write
		if !change.Needed() || !errors.Is(change.Refused, awsapi.ErrUnknownElement) {
			s.Errorf("needed %v, refused %v", change.Needed(), change.Refused)
		}
		if err := s.client.Configure(s.Context(), change); !errors.Is(err, awsapi.ErrUnknownElement) || !strings.Contains(err.Error(), "Novelty") {
			s.Errorf("answered %v", err)
		}
		if got := s.read(now.ID); got.ETag != now.ETag {
			s.Error("it was written to")
		}
	})
}

func TestDifferencesNameFieldsAndHideSecrets(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		primary, staging := s.pair()
		if d := cloudfrontapi.Differences(primary, staging); len(d) > 0 {
			s.Errorf("a copy differs: %v", d)
		}
		s.edit(staging.ID, func(c *types.DistributionConfig) {
			c.Origins.Items[0].CustomHeaders.Items[0].HeaderValue = aws.String("correct horse")
			c.PriceClass = types.PriceClassPriceClass100
		})
		got := cloudfrontapi.Differences(primary, s.read(staging.ID))
		if len(got) != 2 || got[0].Field != "Origins/origin/CustomHeaders/X-Secret/HeaderValue" || got[0].Locked || got[1].Field != "PriceClass" || !got[1].Locked {
			s.Fatalf("differs in %v", got)
		}
		if text := got[0].String(); strings.Contains(text, "hunter2") || strings.Contains(text, "horse") || !strings.Contains(text, "sha256:") {
			s.Errorf("says %s", text)
		}
		if got[1].First != "PriceClass_All" || got[1].Second != "PriceClass_100" {
			s.Errorf("says %s", got[1])
		}
	})
}

// AWS quotes from a configuration that it refuses, and an origin's headers are secrets.
func TestAChangeThatIsRefusedShowsNoHeader(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		_, staging := s.pair()
		s.edit(staging.ID, func(c *types.DistributionConfig) {
			c.Origins.Items[0].CustomHeaders.Items[0].HeaderValue = aws.String("correct-horse")
		})
		staging = s.read(staging.ID)
		change, err := s.client.Overridden(s.Context(), staging, staging, cloudfrontapi.Overrides{Comment: aws.String("next")})
		s.must(err)
		s.sim.Faults().Add(fault.Fault{Operation: "UpdateDistribution", Kind: fault.Answer, Code: "InvalidArgument", Status: 400, Message: "The parameter HeaderValue is not valid:", Quote: true})
		if err := s.client.Configure(s.Context(), change); err == nil || strings.Contains(err.Error(), "correct-horse") || !strings.Contains(err.Error(), "(hidden)") {
			s.Errorf("says %v", err)
		}
	})
}

func TestAPolicyLivesFromCreationToDeletion(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		ctx := s.Context()
		primary, staging := s.pair()
		want := cloudfrontapi.Policy{Staging: staging.Domain, Routing: cloudfrontapi.Routing{Percent: 7, Idle: 300, Maximum: 600}}
		id, err := s.client.CreatePolicy(ctx, want)
		s.must(err)
		if found, err := s.client.PolicyFor(ctx, staging.Domain); err != nil || found != id {
			s.Errorf("found %q, %v", found, err)
		}
		if _, err := s.client.CreatePolicy(ctx, want); !errors.Is(err, awsapi.ErrInUse) {
			s.Errorf("a second one: %v", err)
		}
		p, err := s.client.Policy(ctx, id)
		s.must(err)
		if p.Enabled || p.ETag == "" || p.Staging != staging.Domain || !p.Routing.Same(want.Routing) || p.Routing.Percent != 7 {
			s.Errorf("read %+v", p)
		}
		s.must(s.client.Attach(ctx, s.read(primary.ID), id))
		if d := s.read(primary.ID); d.Policy != id {
			s.Errorf("attached %q", d.Policy)
		}
		if found, err := s.client.PrimaryOf(ctx, id); err != nil || found != primary.ID {
			s.Errorf("found %q, %v", found, err)
		}
		if found, err := s.client.StagingAt(ctx, p.Staging); err != nil || found != staging.ID {
			s.Errorf("found %q, %v", found, err)
		}
		if d := s.read(staging.ID); d.Policy != id {
			s.Errorf("staging shows %q", d.Policy)
		}
		s.must(s.client.UpdatePolicy(ctx, p, true, cloudfrontapi.Routing{Header: "aws-cf-cd-canary", Value: "yes"}))
		if err := s.client.UpdatePolicy(ctx, p, true, p.Routing); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("an update of what was not seen: %v", err)
		}
		p, err = s.client.Policy(ctx, id)
		s.must(err)
		if !p.Enabled || p.Routing != (cloudfrontapi.Routing{Header: "aws-cf-cd-canary", Value: "yes"}) {
			s.Errorf("read %+v", p)
		}
		if err := s.client.DeletePolicy(ctx, p); !errors.Is(err, awsapi.ErrInUse) {
			s.Errorf("deleting it while it is attached: %v", err)
		}
		if err := s.client.Disable(ctx, s.read(staging.ID)); !errors.Is(err, awsapi.ErrInUse) {
			s.Errorf("disabling its staging distribution: %v", err)
		}
		s.must(s.client.Promote(ctx, s.read(primary.ID), s.read(staging.ID)))
		if p, err = s.client.Policy(ctx, id); err != nil || p.Enabled {
			s.Errorf("after a promotion: %+v, %v", p, err)
		}
		s.must(s.client.Detach(ctx, s.read(primary.ID)))
		if d := s.read(primary.ID); d.Policy != "" || d.Fingerprint != s.read(staging.ID).Fingerprint {
			s.Errorf("detached: %+v", d)
		}
		s.must(s.client.DeletePolicy(ctx, p))
		s.must(s.client.DeletePolicy(ctx, p)) // gone is gone
		if _, err := s.client.Policy(ctx, id); !errors.Is(err, awsapi.ErrNotFound) {
			s.Errorf("deleted: %v", err)
		}
		s.settle()
		s.must(s.client.Disable(ctx, s.read(staging.ID)))
		s.settle()
		last := s.read(staging.ID)
		s.must(s.client.Delete(ctx, last))
		s.must(s.client.Delete(ctx, last))
	})
}

func TestEveryTenthOfAPercentIsTheSameThereAndBack(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		_, staging := s.pair()
		id, err := s.client.CreatePolicy(s.Context(), cloudfrontapi.Policy{Staging: staging.Domain})
		s.must(err)
		for i := range 151 {
			want := cloudfrontapi.Routing{Percent: float64(i) / 10}
			seen, err := s.client.Policy(s.Context(), id)
			s.must(err)
			s.must(s.client.UpdatePolicy(s.Context(), seen, false, want))
			got, err := s.client.Policy(s.Context(), id)
			s.must(err)
			if !got.Routing.Same(want) || got.Routing.Percent != want.Percent {
				s.Errorf("%v %% came back as %v", want.Percent, got.Routing.Percent)
			}
		}
		if (cloudfrontapi.Routing{Percent: 5}).Same(cloudfrontapi.Routing{Percent: 5.001}) {
			s.Error("two weights are one")
		}
	})
}

// small asks for pages of one.
type small struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (w small) RoundTrip(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	q.Set("MaxItems", "1")
	r.URL.RawQuery = q.Encode()
	return w.RoundTripper.RoundTrip(r)
}

func TestPoliciesOfEveryPageAreListed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		want := map[string]bool{}
		for range 3 {
			_, staging := s.pair()
			id, err := s.client.CreatePolicy(s.Context(), cloudfrontapi.Policy{Staging: staging.Domain, Routing: cloudfrontapi.Routing{Percent: 1}})
			s.must(err)
			want[id] = true
		}
		s.via.RoundTripper = small{s.sim.Transport()}
		got, err := s.client.Policies(s.Context())
		s.must(err)
		if n := len(s.calls(0, "ListContinuousDeploymentPolicies")); n != 3 {
			s.Errorf("%d pages", n)
		}
		for _, p := range got {
			delete(want, p.ID)
		}
		if len(got) != 3 || len(want) > 0 {
			s.Errorf("listed %+v", got)
		}
	})
}

// nothing says yes to everybody, and no more.
type nothing struct{}

func (nothing) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// An account without any has an empty list, so an answer without a list says nothing about it.
func TestAnAnswerWithoutAListIsNoEmptyList(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		if all, err := s.client.Policies(s.Context()); err != nil || len(all) != 0 {
			s.Errorf("of an account without any: %v, %v", all, err)
		}
		s.via.RoundTripper = nothing{}
		for _, c := range []struct {
			what string
			list func(context.Context) error
		}{
			{"continuous deployment policies", func(ctx context.Context) error { _, err := s.client.Policies(ctx); return err }},
			{"continuous deployment policies", func(ctx context.Context) error { _, err := s.client.SharedPolicies(ctx); return err }},
			{"distributions", func(ctx context.Context) error { _, err := s.client.CountStaging(ctx); return err }},
			{"distributions", func(ctx context.Context) error { _, err := s.client.SharedCountStaging(ctx); return err }},
		} {
			if err := c.list(s.Context()); err == nil || !strings.Contains(err.Error(), "holds no list of "+c.what) {
				s.Errorf("%s: %v", c.what, err)
			}
		}
	})
}

func TestAnAnswerThatGotLostIsAmbiguous(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		primary, staging := s.pair()
		s.sim.Faults().Add(fault.Fault{Operation: "CreateContinuousDeploymentPolicy", Kind: fault.Cut, When: fault.AfterEffect, Count: 1})
		if _, err := s.client.CreatePolicy(s.Context(), cloudfrontapi.Policy{Staging: staging.Domain, Routing: cloudfrontapi.Routing{Percent: 1}}); !errors.Is(err, awsapi.ErrAmbiguous) {
			s.Errorf("answered %v", err)
		}
		if id, err := s.client.PolicyFor(s.Context(), staging.Domain); err != nil || id == "" {
			s.Errorf("found %q, %v", id, err)
		}
		s.sim.Faults().Add(fault.Fault{Operation: "CopyDistribution", Kind: fault.Cut, When: fault.AfterEffect, Count: 1})
		if _, err := s.client.Copy(s.Context(), primary, "lost"); !errors.Is(err, awsapi.ErrAmbiguous) {
			s.Errorf("answered %v", err)
		}
		if id, err := s.client.CopyOf(s.Context(), "lost"); err != nil || id == "" {
			s.Errorf("found %q, %v", id, err)
		}
	})
}
