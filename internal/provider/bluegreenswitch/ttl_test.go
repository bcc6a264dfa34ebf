package bluegreenswitch_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

const (
	longTTL  = 15 * time.Minute
	shortTTL = 20 * time.Second
)

// withLowerTTL is a site whose names are CNAMEs with a TTL that a cutover lowers.
func withLowerTTL(e *acctest.Env, live string) acctest.Config {
	c := switchTo(e, live)
	for _, z := range c["dns"].(map[string]any) {
		z := z.(map[string]any)
		z["type"], z["ttl"], z["lower_ttl"] = "CNAME", int(longTTL.Seconds()), int(shortTTL.Seconds())
	}
	return c
}

// ttl is what Route 53 says resolvers may keep a CNAME for.
func ttl(t *testing.T, e *acctest.Env, name string) time.Duration {
	t.Helper()
	for _, zone := range e.ZoneIDs {
		out, err := e.Route53.ListResourceRecordSets(context.Background(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(zone), StartRecordName: aws.String(name)})
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range out.ResourceRecordSets {
			if strings.TrimSuffix(aws.ToString(set.Name), ".") == name && set.Type == "CNAME" {
				return time.Duration(aws.ToInt64(set.TTL)) * time.Second
			}
		}
	}
	t.Fatalf("%s has no CNAME", name)
	return 0
}

func TestTheTTLIsLowAndTheOldOneIsOverWhenTheFirstNameMoves(t *testing.T) {
	t.Parallel()
	running(t, site("a.example.com", "b.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, withLowerTTL(e, "blue"))
		if got := ttl(t, e, "a.example.com"); got != longTTL {
			t.Fatalf("TTL before the cutover is %s", got)
		}
		before := e.World.Journal().Seq()
		mustApply(t, c, withLowerTTL(e, "green"))
		var lowered, moved time.Time
		for _, call := range e.Writes(before) {
			switch call.Operation {
			case "ChangeResourceRecordSets":
				if lowered.IsZero() {
					if lowered = call.At; strings.Count(call.Body, "<TTL>20</TTL>") != 2 || !moved.IsZero() {
						t.Errorf("the first batch does not lower both TTLs: %s", call.Body)
					}
				}
			case "UpdateDomainAssociation":
				if moved.IsZero() {
					moved = call.At
				}
			}
		}
		if wait := moved.Sub(lowered); lowered.IsZero() || wait < longTTL {
			t.Errorf("the first name moved %s after the TTL was lowered, while resolvers may keep the old record for %s", wait, longTTL)
		}
		for _, name := range e.Names {
			if got := ttl(t, e, name); got != longTTL {
				t.Errorf("TTL of %s after the cutover is %s", name, got)
			}
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestTheGateIsAskedAgainOnceTheTTLIsOver(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, withLowerTTL(e, "blue"))
		before := e.World.Journal().Seq()
		go func() { // green falls ill while resolvers are waited for
			_ = e.World.Clock().Sleep(context.Background(), longTTL/2)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}()
		d := apply(t, c, withLowerTTL(e, "green"))
		stops(t, d, "The idle side is not healthy", "503")
		for _, w := range e.Writes(before) {
			if w.Operation == "UpdateDomainAssociation" {
				t.Error("a name moved to a side that had fallen ill since it was asked")
			}
		}
		e.ExpectOn(e.Blue)
	})
}

func TestALoweredTTLIsRaisedWhenTheCutoverIsCalledOff(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, withLowerTTL(e, "blue"))
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		p, err := c.Plan(ctx, withLowerTTL(e, "green"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_ = e.World.Clock().Sleep(context.Background(), longTTL/2)
			cancel()
		}()
		if _, err := c.Interrupt(ctx, p); err != nil {
			t.Fatal(err)
		}
		if got := ttl(t, e, "www.example.com"); got != shortTTL {
			t.Fatalf("TTL at the interrupt is %s", got)
		}
		mustApply(t, c, withLowerTTL(e, "blue"))
		if got := ttl(t, e, "www.example.com"); got != longTTL {
			t.Errorf("TTL is %s", got)
		}
		e.ExpectOn(e.Blue)
	})
}

func TestAnotherLowerTTLMovesNothing(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		mustApply(t, c, withLowerTTL(e, "blue"))
		before := e.World.Journal().Seq()
		config := withLowerTTL(e, "blue")
		zone(config, "example.com")["lower_ttl"] = 5
		mustApply(t, c, config)
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("writes: %v", w)
		}
	})
}
