package bluegreenswitch_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// Records of another kind than configuration asks for are records to be pointed,
// whoever made the difference, even though they point at the right side already.
func TestRecordsFollowTheKindThatIsAskedFor(t *testing.T) {
	t.Parallel()
	const name = "www.example.com"
	kind := func(attributes map[string]any) func(*acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			c := switchTo(e, "blue")
			attributes["zone_id"] = e.ZoneIDs["example.com"]
			c["dns"] = map[string]any{"example.com": attributes}
			return c
		}
	}
	minute, half := kind(map[string]any{"type": "CNAME", "ttl": 60}), kind(map[string]any{"type": "CNAME", "ttl": 30})
	aliases := kind(map[string]any{})
	fresh(t, site(name), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		ctx := context.Background()
		byHand := func(action r53types.ChangeAction, ttl int64) r53types.Change {
			return r53types.Change{Action: action, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: aws.String(name), Type: r53types.RRTypeCname, TTL: aws.Int64(ttl), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(e.Blue.Domain)}},
			}}
		}
		for _, step := range []struct {
			what   string
			before func()
			config func(*acctest.Env) acctest.Config
			want   int // record sets
		}{
			{"introduced", nil, aliases, 2},
			{"aliases become a CNAME", nil, minute, 1},
			{"the CNAME gets another TTL", nil, half, 1},
			{"somebody changed the TTL", func() { e.ChangeByHand(name, byHand(r53types.ChangeActionUpsert, 300)) }, half, 1},
			{"the CNAME becomes aliases", nil, aliases, 2},
			{"somebody made a CNAME of them", func() {
				alias := func(typ r53types.RRType) r53types.Change {
					return r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
						Name: aws.String(name), Type: typ, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)},
					}}
				}
				e.ChangeByHand(name, alias(r53types.RRTypeA), alias(r53types.RRTypeAaaa), byHand(r53types.ChangeActionCreate, 60))
			}, aliases, 2},
		} {
			e.Settle()
			if step.before != nil {
				step.before()
				e.Settle()
			}
			if d := c.MustConverge(ctx, t, step.config(e)).Errors(); len(d) > 0 {
				t.Fatalf("%s: %s", step.what, d)
			}
			e.ExpectOn(e.Blue)
			if got := e.Records(name); len(got) != step.want {
				t.Errorf("%s: records %v, want %d", step.what, got, step.want)
			}
			if p, err := c.Plan(ctx, step.config(e)); err != nil || !p.Empty() {
				t.Errorf("%s: a second plan is not empty: %v\nfrom %s\nto   %s", step.what, err, p.Prior, p.Planned)
			}
		}
	})
}
