package cloudfrontapi_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
)

func TestARestoredDistributionHasTheContentOfTheSnapshotAndItsOwnRest(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		const unknown = "<FutureSetting>on</FutureSetting>"
		id := s.distribute(everything(s), www)
		s.rewrite(id, func(doc string) string {
			return strings.Replace(doc, "<DefaultRootObject>", unknown+"<DefaultRootObject>", 1)
		})
		s.settle()
		then := s.read(id)
		snapshot := then.Snapshot()
		if !strings.Contains(snapshot, unknown) || cloudfrontapi.ContentOf(snapshot) != then.Content() || then.Content() == "" || then.Modified().IsZero() {
			s.Fatalf("content %q, modified %s, snapshot %s", then.Content(), then.Modified(), snapshot)
		}
		_, before := s.document(id)
		// Somebody releases something, and renews what is the distribution's own.
		s.edit(id, func(c *types.DistributionConfig) {
			c.Origins.Items[0].DomainName, c.DefaultRootObject, c.Comment = aws.String("next.origin.test"), aws.String("next.html"), aws.String("next")
			c.PriceClass, c.Aliases = types.PriceClassPriceClass200, &types.Aliases{Quantity: aws.Int32(2), Items: []string{"a.example.com", www}}
		})
		now := s.read(id)
		if now.Content() == then.Content() {
			s.Error("another origin is no other content")
		}
		s.must(s.client.Restore(s.Context(), now, snapshot))
		back := s.read(id)
		if back.Content() != then.Content() || !owns(back, "a.example.com") {
			s.Errorf("it has content %s, want %s, and aliases %v", back.Content(), then.Content(), back.Aliases)
		}
		_, after := s.document(id)
		if want := strings.Replace(s.apart(before), "PriceClass_100", "PriceClass_200", 1); s.apart(after) != want {
			s.Errorf("it has\n%s\nwant\n%s", s.apart(after), want)
		}
		if calls := s.calls(0, "UpdateDistribution"); calls[len(calls)-1].IfMatch != now.ETag {
			s.Errorf("called %+v", calls)
		}
		if err := s.client.Restore(s.Context(), now, snapshot); !errors.Is(err, awsapi.ErrStale) {
			s.Errorf("on an old ETag: %v", err)
		}
		if err := s.client.Restore(s.Context(), s.read(id), "<Distribut"); err == nil || awsapi.Transient(err) {
			s.Errorf("a snapshot that is none: %v", err)
		}
	})
}

func TestWhatIsADistributionsOwnIsNoContent(t *testing.T) {
	t.Parallel()
	inBubble(t, func(s *site) {
		id := s.distribute(nil, www)
		was := s.read(id).Content()
		for name, c := range map[string]struct {
			edit    func(*types.DistributionConfig)
			content bool
		}{
			"price class":         {func(c *types.DistributionConfig) { c.PriceClass = types.PriceClassPriceClass100 }, false},
			"aliases":             {func(c *types.DistributionConfig) { c.Aliases = &types.Aliases{Quantity: aws.Int32(0)} }, false},
			"IPv6":                {func(c *types.DistributionConfig) { c.IsIPV6Enabled = aws.Bool(false) }, false},
			"comment":             {func(c *types.DistributionConfig) { c.Comment = aws.String("release 2") }, true},
			"default root object": {func(c *types.DistributionConfig) { c.DefaultRootObject = aws.String("index.html") }, true},
		} {
			s.edit(id, c.edit)
			is := s.read(id).Content()
			if (is != was) != c.content {
				s.Errorf("%s: content %s after %s", name, is, was)
			}
			was = is
		}
	})
}
