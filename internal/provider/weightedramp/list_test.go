package weightedramp_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// divided gives a name weighted records, an alias to a distribution for each value that is one's
// domain name.
func divided(e *acctest.Env, name string, sides map[string]string, weights map[string]int64) {
	var changes []r53types.Change
	for id, to := range sides {
		set := &r53types.ResourceRecordSet{Name: aws.String(name), Type: r53types.RRTypeA, SetIdentifier: aws.String(id), Weight: aws.Int64(weights[id])}
		if strings.HasSuffix(to, "cloudfront.net") {
			set.AliasTarget = &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(to)}
		} else {
			set.TTL, set.ResourceRecords = aws.Int64(60), []r53types.ResourceRecord{{Value: aws.String(to)}}
		}
		changes = append(changes, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: set})
	}
	e.ChangeByHand(name, changes...)
}

// A list takes nothing for a ramp of which an import would change something, and says what it has
// passed over.
func TestAListNamesRecordsThatComeOverAsTheyAre(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, site(www))
		divided(e, "good.example.com", map[string]string{"blue": e.Blue.Domain, "green": elsewhere}, map[string]int64{"blue": 3, "green": 1})
		divided(e, "idle.example.com", map[string]string{"blue": e.Blue.Domain, "green": elsewhere}, map[string]int64{"blue": 3})
		divided(e, "both.example.com", map[string]string{"blue": e.Blue.Domain, "green": e.Green.Domain}, map[string]int64{"blue": 3, "green": 1})
		divided(e, "three.example.com", map[string]string{"blue": e.Blue.Domain, "green": elsewhere, "red": "192.0.2.9"}, map[string]int64{"blue": 3})
		l := acctest.NewList(resourceType, clock.System{}, e.World.Transport())
		found, said, err := l.Ask(t.Context(), acctest.Config{"zone_id": e.ZoneIDs["example.com"]})
		if err != nil || len(found) != 2 || len(said.Errors()) > 0 {
			t.Fatalf("found %v, %v %s", found, err, said)
		}
		for _, want := range []string{"both.example.com: Weights between two distributions divide nothing", "three.example.com: its weighted records are called blue, green, red"} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("it does not say %q:\n%s", want, said)
			}
		}
		for i, want := range []string{"good.example.com, 25% to green", "idle.example.com, 0% to green"} {
			if found[i].Name != want {
				t.Errorf("found %q, want %q", found[i].Name, want)
			}
			// What is listed is what an import brings, but for what that sees by asking.
			c := core(e)
			if d, err := c.Import(t.Context(), found[i].ID); err != nil || len(d) > 0 || c.Get("id") != found[i].ID {
				t.Errorf("%s is imported as %s: %v %s", found[i].ID, c.Get("id"), err, d)
			}
			for _, a := range []string{"zone_id", "names", "types", "target", "weight", "sides", "collapse"} {
				if got, want := (acctest.Listed{Resource: c.State}).Text(a), found[i].Text(a); got != want {
					t.Errorf("%s is %s, listed as %s", a, got, want)
				}
			}
		}
	})
}
