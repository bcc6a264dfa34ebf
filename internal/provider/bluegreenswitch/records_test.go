package bluegreenswitch_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestAnAliasAddedLaterDoesNotStealARecord(t *testing.T) {
	t.Parallel()
	s := site("www.example.com")
	s.Covered = []string{"*.example.com", "example.com"}
	running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.ChangeByHand("shop.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("shop.example.com"), Type: r53types.RRTypeA, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String("192.0.2.7")}},
		}})
		e.Settle()
		config := switchTo(e, "blue")
		config["aliases"] = []string{"www.example.com", "shop.example.com"}
		stops(t, apply(t, c, config), "A record points at something else", "192.0.2.7")
		if got := e.Records("shop.example.com"); !slices.Equal(got, []string{"A 192.0.2.7"}) {
			t.Errorf("records = %v", got)
		}
	})
}

func TestTTLOfAliasRecordsDecidesNothing(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "blue")
		config["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"], "ttl": 300}}
		before := e.World.Journal().Seq()
		mustApply(t, c, config)
		writesNothing(t, e, before)
	})
}

func TestAnHTTPSServiceRecordIsLeftAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site("www.example.com"))
		e.ChangeByHand("www.example.com", r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("www.example.com"), Type: r53types.RRType("HTTPS"), TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(`1 . alpn="h3,h2"`)}},
		}})
		e.Settle()
		c := core(e)
		mustApply(t, c, switchTo(e, "blue"))
		if got := e.Records("www.example.com"); !slices.ContainsFunc(got, func(r string) bool { return strings.HasPrefix(r, "HTTPS 1 .") }) {
			t.Errorf("records = %v: the HTTPS record is not the switch's", got)
		}
	})
}

func TestDestroyDeletesNoRecordOfANameWhoseOtherRecordStrayed(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "blue")
		config["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"], "on_destroy": "delete"}}
		mustApply(t, c, config)
		fresh := e.Distribute("fresh", nil)
		e.PointByHand("www.example.com", fresh.Domain, "A")
		e.Settle()
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, nil), "The names are being served", "www.example.com is served by blue", "delete_live")
		writesNothing(t, e, before)
	})
}
