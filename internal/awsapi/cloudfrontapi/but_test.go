package cloudfrontapi_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
)

// What differs in some fields alone is the same but for these, and for no others.
func TestTwoConfigurationsAreTheSameButForSomeFields(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.switched(2)
		was := s.read(id).Snapshot()
		if _, err := s.client.Edit(s.Context(), id, to(1, "green")); err != nil {
			s.Fatal(err)
		}
		origin := func(pattern string) cloudfrontapi.Field {
			return cloudfrontapi.Field{Name: cloudfrontapi.FieldTargetOrigin, Behavior: pattern}
		}
		root := cloudfrontapi.Field{Name: cloudfrontapi.FieldRootObject}
		path := cloudfrontapi.Field{Name: cloudfrontapi.FieldOriginPath, Origin: "green"}
		event := cloudfrontapi.Field{Name: cloudfrontapi.FieldFunction, Behavior: "/b0/*", Event: "viewer-request"}
		expect := func(same bool, fields ...cloudfrontapi.Field) {
			s.Helper()
			if got := s.read(id).SameBut(was, fields); got != same {
				s.Errorf("but for %v it is the same: %t", fields, got)
			}
		}
		expect(true, origin("/b1/*"))
		expect(true, origin("/b0/*"), origin("/b1/*"), root, path, event)
		expect(false, origin("/b0/*"))
		expect(false, origin(cloudfrontapi.DefaultBehavior), root, path, event)
		expect(false)
		s.edit(id, func(c *types.DistributionConfig) {
			c.DefaultRootObject = aws.String("b.html")
			for i := range c.Origins.Items {
				if aws.ToString(c.Origins.Items[i].Id) == "green" {
					c.Origins.Items[i].OriginPath = aws.String("/v2")
				}
			}
		})
		expect(true, origin("/b1/*"), root, path)
		if got, want := s.read(id).Otherwise(was, []cloudfrontapi.Field{origin("/b0/*"), origin("/b1/*"), origin("/none/*"), root, path, event}), []cloudfrontapi.Field{origin("/b1/*"), root, path}; !slices.Equal(got, want) {
			s.Errorf("%v are otherwise, want %v", got, want)
		}
		expect(false, origin("/b1/*"), root)
		expect(false, origin("/b1/*"), path)
	})
}
