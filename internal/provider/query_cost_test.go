package provider_test

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// listed is how many distributions and names lists are of; make bench has a thousand.
var listed = flag.Int("listed", 200, "distributions and names that are listed where lists are measured")

// A list costs the pages that what it lists is on, however much that is. Nobody says of which
// distribution a policy is, so only that is asked of each.
func TestWhatListsOfManyCost(t *testing.T) {
	t.Parallel()
	knobs := knob.Defaults()
	knobs.Distributions = 1100
	estate := acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: awssim.Options{Knobs: &knobs}}
	costs := func(t *testing.T, e *acctest.Env, what, typ string, config acctest.Config, many int, most float64) {
		t.Helper()
		before := e.World.Journal().Seq()
		found, said, err := acctest.NewList(typ, clock.System{}, e.World.Transport()).Ask(t.Context(), config)
		if err != nil || len(said) > 0 || len(found) != many {
			t.Fatalf("%d of %s, want %d: %v %s", len(found), typ, many, err, said)
		}
		f := figure.AtMost("list of "+what+": calls", float64(len(e.Calls(before))), "calls", most)
		if figure.Report(t, f); !f.OK {
			t.Errorf("%s: %g, want %s", f.Name, f.Value, f.Bound)
		}
	}
	t.Run("pairs", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			pairs := *listed/2 - 1 // two distributions are the site's
			e := acctest.New(t, estate)
			e.Certificate = e.Certify("*.example.com")
			var points []r53types.Change
			for i := range pairs {
				name := fmt.Sprintf("n%d.example.com", i)
				blue := e.Distribute(fmt.Sprintf("n%d-blue", i), func(c *cftypes.DistributionConfig) {
					c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{name}}
				})
				e.Distribute(fmt.Sprintf("n%d-green", i), nil)
				for _, typ := range []r53types.RRType{r53types.RRTypeA, r53types.RRTypeAaaa} {
					points = append(points, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
						Name: aws.String(name), Type: typ, AliasTarget: &r53types.AliasTarget{DNSName: aws.String(blue.Domain), HostedZoneId: aws.String("Z2FDTNDATAQYW2")},
					}})
				}
			}
			for batch := range slices.Chunk(points, 500) {
				e.ChangeByHand("www.example.com", batch...)
				e.Settle() // Route 53 takes five changes a second
			}
			e.Settle()
			asked := acctest.Config{"pattern": "{site}-{side}"}
			costs(t, e, fmt.Sprintf("pairs on %d distributions", *listed), "cdn_bluegreen_switch", asked, pairs, 12)
			asked["zones"] = map[string]any{"example.com": e.ZoneIDs["example.com"]}
			costs(t, e, fmt.Sprintf("pairs on %d distributions, with their records", *listed), "cdn_bluegreen_switch", asked, pairs, 16)
		})
	})
	t.Run("records", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			e := acctest.New(t, estate)
			var sets []r53types.Change
			for i := range *listed {
				sets = append(sets, divided(fmt.Sprintf("n%d.example.com", i), map[string]int64{"blue": 3, "green": 1})...)
			}
			for batch := range slices.Chunk(sets, 500) {
				e.ChangeByHand("www.example.com", batch...)
				e.Settle() // Route 53 takes five changes a second
			}
			costs(t, e, fmt.Sprintf("%d names with weighted records", *listed), "cdn_weighted_ramp", acctest.Config{"zone_id": e.ZoneIDs["example.com"]}, *listed, 12)
		})
	})
	t.Run("policies", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			const quota = 20
			e := acctest.New(t, estate)
			primaries := []acctest.Distribution{e.Blue, e.Green}
			for i := range quota - 2 {
				primaries = append(primaries, e.Distribute(fmt.Sprintf("p%d", i), nil))
			}
			e.Settle()
			for i, d := range primaries {
				if policy := e.JoinByHand(e.CopyByHand(d), acctest.ByWeight(0.1), false); i > 0 {
					e.AttachByHand(d, policy)
				}
			}
			e.Settle()
			pages := float64(2) // of distributions and of policies
			costs(t, e, "20 policies on 20 primaries, one an orphan", "cdn_continuous_deployment", acctest.Config{"orphaned": true}, 1, pages+quota)
		})
	})
}
