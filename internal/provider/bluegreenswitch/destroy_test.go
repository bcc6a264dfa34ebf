package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func destroying(e *acctest.Env, how string) acctest.Config {
	config := switchTo(e, "blue")
	config["dns"] = map[string]any{"example.com": map[string]any{"zone_id": e.ZoneIDs["example.com"], "on_destroy": how}}
	return config
}

func tells(t *testing.T, d acctest.Diagnostics, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(d.String(), text) {
			t.Errorf("not a word of %q:\n%s", text, d)
		}
	}
}

func TestANameThatIsServedIsNotTakenOutOfDNS(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete"))
		before := e.World.Journal().Seq()
		d := apply(t, c, nil)
		tells(t, d, "The destroy stops while names are served", "The names are being served", "delete_live", "retain", "moved", "removed")
		if len(d.Errors()) == 0 || c.State.IsNull() || len(e.Writes(before)) > 0 || len(e.Records("www.example.com")) != 2 {
			t.Errorf("state %v, records %q:\n%s", !c.State.IsNull(), e.Records("www.example.com"), d)
		}
		e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) { c.Enabled = aws.Bool(false) })
		e.Settle()
		if d := apply(t, c, nil); len(d.Errors()) > 0 || !c.State.IsNull() || len(e.Records("www.example.com")) > 0 {
			t.Errorf("once nobody is served: records %q:\n%s", e.Records("www.example.com"), d)
		}
	})
}

// With no side left there is nobody on whose behalf CloudFront could be asked who has the
// name. That is not to say that nobody does: here a third distribution serves it.
func TestADestroyWithNoSideLeftCannotAskAndDeletesNothing(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete"))
		e.MoveByHand("www.example.com", e.Distribute("third", nil))
		e.DeleteByHand(e.Blue)
		e.DeleteByHand(e.Green)
		before := e.World.Journal().Seq()
		stops(t, apply(t, c, nil), "Nobody could say whether the names are served", "www.example.com", "no side is left to ask for it", "delete_live")
		writesNothing(t, e, before)
	})
}

func TestAWholeSiteGoesWithDeleteLive(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete_live"))
		d := apply(t, c, nil)
		tells(t, d, "The names go out of DNS")
		if len(d.Errors()) > 0 || !c.State.IsNull() || len(e.Records("www.example.com")) > 0 {
			t.Errorf("records %q:\n%s", e.Records("www.example.com"), d)
		}
		if err := e.DeleteZone("example.com"); err != nil {
			t.Error(err)
		}
	})
}

func TestARecordThatWasChangedSinceStaysWhateverOnDestroySays(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete_live"))
		p, err := c.Plan(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		e.PointByHand("www.example.com", e.Green.Domain, "A") // to the other side, after the plan
		e.Settle()
		d, err := c.Apply(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		tells(t, d, "Some DNS records were not deleted", e.Green.Domain)
		if got := e.Records("www.example.com"); len(got) != 1 {
			t.Errorf("records %q", got)
		}
	})
}

func TestADestroySaysThatTheZoneIsGone(t *testing.T) {
	t.Parallel()
	fresh(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, destroying(e, "delete"))
		p, err := c.Plan(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, typ := range []r53types.RRType{"A", "AAAA"} {
			e.ChangeByHand("www.example.com", r53types.Change{Action: "DELETE", ResourceRecordSet: aliasTo("www.example.com", e.Blue, typ)})
		}
		if err := e.DeleteZone("example.com"); err != nil {
			t.Fatal(err)
		}
		d, err := c.Apply(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		tells(t, d, "The hosted zone is gone", "example.com")
	})
}

func aliasTo(name string, to acctest.Distribution, typ r53types.RRType) *r53types.ResourceRecordSet {
	return &r53types.ResourceRecordSet{Name: aws.String(name), Type: typ, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(to.Domain)}}
}

func TestAnAliasThatIsGivenUpIsNamed(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		config := switchTo(e, "blue")
		config["aliases"] = []string{"a.example.com"}
		p, err := c.Plan(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		tells(t, p.Diags, "An alias is given up", "b.example.com stays on blue ("+e.Blue.ID+")")
	})
}

func TestAPrivateZoneIsNamed(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		out, err := e.Route53.CreateHostedZone(context.Background(), &route53.CreateHostedZoneInput{
			Name: aws.String("example.com"), CallerReference: aws.String("private"), VPC: &r53types.VPC{VPCId: aws.String("vpc-0123456789abcdef0"), VPCRegion: r53types.VPCRegionUsEast1},
		})
		if err != nil {
			t.Fatal(err)
		}
		config := switchTo(e, "blue")
		config["dns"] = map[string]any{"example.com": map[string]any{"zone_id": strings.TrimPrefix(aws.ToString(out.HostedZone.Id), "/hostedzone/")}}
		tells(t, apply(t, c, config), "The hosted zone is private")
	})
}

func TestDestroyLeavesTrafficWhereItIs(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, switchTo(e, "green"))
		before := e.World.Journal().Seq()
		d := apply(t, c, nil)
		if len(d.Errors()) > 0 || len(d.Warnings()) != 1 || d.Warnings()[0].Summary != "DNS records are kept" {
			t.Errorf("diagnostics: %s", d)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("destroy wrote %v", w)
		}
		if !c.State.IsNull() {
			t.Error("the state is not gone")
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}
