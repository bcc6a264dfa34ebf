package bluegreenswitch_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A list takes nothing for a switch of which an import would change something, and says what it
// has passed over.
func TestAListNamesPairsThatComeOverAsTheyAre(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
		e.Certificate = e.Certify("*.example.com")
		with := func(names ...string) func(*cftypes.DistributionConfig) {
			return func(c *cftypes.DistributionConfig) {
				c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(int32(len(names))), Items: names} //nolint:gosec // a handful
			}
		}
		good := e.Distribute("good-blue", with("good.example.com"))
		e.Distribute("good-green", nil)
		e.PointByHand("good.example.com", good.Domain, "A", "AAAA")
		both := e.Distribute("both-blue", with("both.example.com"))
		e.Distribute("both-green", with("other.example.com"))
		e.PointByHand("both.example.com", both.Domain, "A")
		e.PointByHand("other.example.com", both.Domain, "A")
		away := e.Distribute("away-blue", nil)
		e.Distribute("away-green", with("away.example.com"))
		e.PointByHand("away.example.com", away.Domain, "A")
		e.Settle()
		l := acctest.NewList(resourceType, clock.System{}, e.World.Transport())
		asked := acctest.Config{"pattern": "{site}-{side}", "zones": map[string]any{"example.com": e.ZoneIDs["example.com"]}}
		found, said, err := l.Ask(t.Context(), asked)
		if err != nil || len(found) != 1 || found[0].Text("live") != "blue" || len(said.Errors()) > 0 {
			t.Fatalf("found %v, %v %s", found, err, said)
		}
		for _, want := range []string{"away: not all of its records", "both: blue and green both have names"} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("it does not say %q:\n%s", want, said)
			}
		}
		delete(asked, "zones") // then the records are nobody's business
		found, said, err = l.Ask(t.Context(), asked)
		if names := []string{found[0].Name, found[len(found)-1].Name}; err != nil || len(found) != 2 || len(said.Warnings()) != 1 ||
			!slices.Equal(names, []string{"away, green is live with away.example.com", "good, blue is live with good.example.com"}) {
			t.Errorf("without zones found %v, %v %s", names, err, said)
		}
	})
}
