package cloudfrontapi_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
)

func TestWhatACachePolicyHasKeptIsAskedUnlessItIsOneOfAWS(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		theirs, err := s.hands.ListCachePolicies(s.Context(), &cloudfront.ListCachePoliciesInput{Type: types.CachePolicyTypeManaged})
		s.must(err)
		before := s.sim.Journal().Seq()
		for _, p := range theirs.CachePolicyList.Items {
			c := p.CachePolicy.CachePolicyConfig
			got, err := s.client.PolicyTTL(s.Context(), aws.ToString(p.CachePolicy.Id))
			if want := (cloudfrontapi.TTL{Min: *c.MinTTL, Default: *c.DefaultTTL, Max: *c.MaxTTL}); err != nil || got != want {
				s.Errorf("%s: %+v, want %+v (%v)", aws.ToString(c.Name), got, want, err)
			}
		}
		if n := s.sim.Journal().Seq() - before; n > 0 || len(theirs.CachePolicyList.Items) < 7 {
			s.Errorf("%d calls for %d policies of AWS", n, len(theirs.CachePolicyList.Items))
		}
		own, err := s.hands.CreateCachePolicy(s.Context(), &cloudfront.CreateCachePolicyInput{CachePolicyConfig: &types.CachePolicyConfig{Name: aws.String("own"), MinTTL: aws.Int64(60)}})
		s.must(err)
		if got, err := s.client.PolicyTTL(s.Context(), aws.ToString(own.CachePolicy.Id)); err != nil || got != (cloudfrontapi.TTL{Min: 60, Default: 86_400, Max: 31_536_000}) {
			s.Errorf("%+v (%v)", got, err)
		}
		s.sim.Allow("cloudfront:GetDistribution")
		if _, err := s.client.PolicyTTL(s.Context(), aws.ToString(own.CachePolicy.Id)); !errors.Is(err, awsapi.ErrDenied) {
			s.Errorf("without the permission: %v", err)
		}
	})
}

func TestForHowLongErrorsAreKeptIsWhatTheDistributionSays(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		if got := s.read(s.distribute(everything(s), www)).ErrorTTLs(); !reflect.DeepEqual(got, map[int]int64{404: 5, 503: 0}) {
			s.Errorf("%v", got)
		}
	})
}
