package cloudfrontapi_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscloudfront "github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

const account = "123456789012" // the simulator's

func TestConflictsSayWhoHasANameOrOverlapsWithIt(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		ours := s.distribute(nil)
		third, wild := s.distribute(nil, www), s.distribute(nil, "*.example.com")
		s.sim.CloudFront().Elsewhere(cloudfront.Outsider{Type: "distribution", ID: "EABCDEFGHIJKLM", Account: "999999999999"}, "shop.example.com")
		// An account whose number ends like ours is another one all the same.
		s.sim.CloudFront().Elsewhere(cloudfront.Outsider{Type: "distribution", ID: "ENOPQRSTUVWXYZ", Account: "000000789012"}, "blog.example.com")
		s.sim.CloudFront().Elsewhere(cloudfront.Outsider{Type: "distribution-tenant", ID: "dt_0123456789ABCDEF", Account: "999999999999"}, "app.example.com")

		mine := func(alias, id string) cloudfrontapi.Conflict {
			return cloudfrontapi.Conflict{Alias: alias, Type: "distribution", ID: id, Account: account, Own: true}
		}
		wildcard := mine("*.example.com", wild)
		shop := cloudfrontapi.Conflict{Alias: "shop.example.com", Type: "distribution", ID: "*******GHIJKLM", Account: "******999999"}
		blog := cloudfrontapi.Conflict{Alias: "blog.example.com", Type: "distribution", ID: "*******TUVWXYZ", Account: "******789012"}
		app := cloudfrontapi.Conflict{Alias: "app.example.com", Type: "distribution-tenant", ID: "*********6789ABCDEF", Account: "******999999"}
		for name, want := range map[string][]cloudfrontapi.Conflict{
			www:                  {wildcard, mine(www, third)},
			"shop.example.com":   {wildcard, shop},
			"blog.example.com":   {wildcard, blog},
			"app.example.com":    {wildcard, app},
			"nobody.example.com": {wildcard},
			"example.com":        nil,
			"*.example.com":      {wildcard, app, blog, shop, mine(www, third)},
		} {
			got, err := s.client.Conflicts(s.Context(), s.read(ours).Summary, name)
			if err != nil || !slices.Equal(got, want) {
				s.Errorf("%s (%v):\n%+v\nwant\n%+v", name, err, got, want)
			}
		}
		if _, err := s.client.Conflicts(s.Context(), s.read(ours).Summary, "www.example.org"); !errors.Is(err, awsapi.ErrRefused) {
			s.Errorf("a name that our certificate does not cover: %v", err)
		}
	})
}

// Pages are shared for a while: they lack what was made since, and know of names what was true then.
func TestConflictsKnowWhatIsNewerThanTheList(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		ours, third := s.read(s.distribute(nil)).Summary, s.distribute(nil, www)
		owner := func(name, want string) {
			s.Helper()
			got, err := s.client.Conflicts(s.Context(), ours, name)
			if err != nil || len(got) != 1 || got[0].ID != want || got[0].Account != account {
				s.Errorf("%s: %+v, %v, want %s", name, got, err, want)
			}
		}
		owner(www, third)
		later := s.distribute(nil, "later.example.com") // by somebody else
		owner("later.example.com", later)
		_, err := s.hands.UpdateDomainAssociation(s.Context(), &awscloudfront.UpdateDomainAssociationInput{
			Domain: aws.String(www), IfMatch: aws.String(s.read(later).ETag), TargetResource: &types.DistributionResourceId{DistributionId: aws.String(later)},
		})
		s.must(err)
		owner(www, later)
	})
}

func TestConflictsWithoutTheListStayMasked(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		ours, third := s.read(s.distribute(nil)), s.distribute(nil, www)
		s.sim.Faults().Add(fault.Fault{Operation: "ListDistributions", Kind: fault.Throttle})
		if got, err := s.client.Conflicts(s.Context(), ours.Summary, www); !errors.Is(err, awsapi.ErrThrottled) {
			s.Errorf("answered %+v, %v", got, err)
		}
		s.sim.Faults().Clear()
		s.sim.Allow("cloudfront:ListDomainConflicts", "cloudfront:GetDistribution")
		got, err := s.client.Conflicts(s.Context(), ours.Summary, www)
		if err != nil || len(got) != 1 || !got[0].Own || got[0].Account != account || got[0].ID != "*******"+third[len(third)/2:] {
			s.Errorf("answered %+v, %v, want %s masked", got, err, third)
		}
	})
}
