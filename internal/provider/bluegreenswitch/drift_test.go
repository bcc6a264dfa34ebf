package bluegreenswitch_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestADeletedAddressRecordIsDrift(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		e.ChangeByHand("www.example.com", r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String("www.example.com"), Type: r53types.RRTypeA,
			AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)},
		}})
		plan, err := c.Plan(context.Background(), switchTo(e, "blue"))
		if err != nil || plan.Empty() {
			t.Fatalf("err %v: the plan does not show that viewers have no IPv4 address", err)
		}
		mustApply(t, c, switchTo(e, "blue"))
		if got := e.Records("www.example.com"); !slices.Equal(got, []string{"A " + e.Blue.Domain, "AAAA " + e.Blue.Domain}) {
			t.Errorf("records = %v", got)
		}
	})
}

func TestADeletedRecordIsDriftWhateverItsType(t *testing.T) {
	t.Parallel()
	for _, typ := range []r53types.RRType{"AAAA", "HTTPS"} {
		fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
			e.PointByHand("www.example.com", e.Blue.Domain, "HTTPS")
			e.Settle()
			mustApply(t, c, switchTo(e, "blue"))
			e.ChangeByHand("www.example.com", r53types.Change{Action: "DELETE", ResourceRecordSet: aliasTo("www.example.com", e.Blue, typ)})
			e.Settle()
			p, err := c.Plan(context.Background(), switchTo(e, "blue"))
			if err != nil || p.Empty() {
				t.Fatalf("%s is gone and the plan is empty (%v)", typ, err)
			}
			mustApply(t, c, switchTo(e, "blue"))
			if got := e.Records("www.example.com"); len(got) != 3 {
				t.Errorf("%s: the records are %q", typ, got)
			}
			if p, err = c.Plan(context.Background(), switchTo(e, "blue")); err != nil || !p.Empty() {
				t.Errorf("%s: the second plan is not empty (%v)", typ, err)
			}
		})
	}
}

func TestStateIsTrueAfterASideWasReplaced(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		fresh := e.Distribute("fresh", nil)
		e.Settle()
		config := switchTo(e, "blue")
		side(config, "blue")["distribution_id"] = fresh.ID
		stops(t, apply(t, c, config), "An alias belongs to another distribution", "Traffic goes to "+e.Blue.ID)
		if got := c.Get("live_distribution_id"); got != e.Blue.ID {
			t.Errorf("live_distribution_id = %s, but %s has the name (fresh is %s)", got, e.Blue.ID, fresh.ID)
		}
	})
}

func TestARemovedLiveSideStillShowsInState(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "green")
		delete(config["sides"].(map[string]any), "blue")
		stops(t, apply(t, c, config), "An alias belongs to another distribution", "Traffic goes to "+e.Blue.ID)
		if _, err := c.Refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
		p, err := c.Plan(context.Background(), switchTo(e, "blue"))
		if err != nil || len(p.Diags.Errors()) > 0 {
			t.Errorf("with the side again: %v %s", err, p.Diags)
		}
		if got := c.Get("live_distribution_id"); got != e.Blue.ID {
			t.Errorf("live_distribution_id = %q", got)
		}
	})
}
