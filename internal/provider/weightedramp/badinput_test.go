package weightedramp_test

import (
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

// A badInput is a configuration or a world that has to be refused.
type badInput struct {
	name  string
	names []string
	world func(e *acctest.Env) // makes the world wrong
	edit  func(e *acctest.Env, c acctest.Config)
	// update: the ramp exists, and the next change meets the world.
	update bool
}

func side(c acctest.Config, name string) map[string]any {
	return c["sides"].(map[string]any)[name].(map[string]any)
}

func weighted(name, id string, weight int64, value string) r53types.Change {
	return r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
		Name: aws.String(name), Type: r53types.RRTypeA, SetIdentifier: aws.String(id), Weight: aws.Int64(weight), TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(value)}},
	}}
}

// instead deletes the alias to blue.
func instead(e *acctest.Env, name string) r53types.Change {
	return r53types.Change{Action: r53types.ChangeActionDelete, ResourceRecordSet: &r53types.ResourceRecordSet{
		Name: aws.String(name), Type: r53types.RRTypeA, AliasTarget: &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)},
	}}
}

func badInputs() []badInput {
	gate := func(g map[string]any) func(*acctest.Env, acctest.Config) {
		return func(_ *acctest.Env, c acctest.Config) { c["verify"] = g }
	}
	return []badInput{
		{name: "weight over a hundred", edit: func(_ *acctest.Env, c acctest.Config) { c["weight"] = 101 }},
		{name: "negative weight", edit: func(_ *acctest.Env, c acctest.Config) { c["weight"] = -1 }},
		{name: "weights that do not rise", edit: func(_ *acctest.Env, c acctest.Config) { c["weights"] = []any{5, 25, 25, 10} }},
		{name: "step beyond the weight", edit: func(_ *acctest.Env, c acctest.Config) { c["weights"] = []any{5, 75} }},
		{name: "step of nothing", edit: func(_ *acctest.Env, c acctest.Config) { c["weights"] = []any{0, 5} }},
		{name: "steps that outlast the ramp", edit: func(_ *acctest.Env, c acctest.Config) { c["weights"], c["bake_time"] = []any{5, 10}, "1h" }},
		{name: "one side", edit: func(_ *acctest.Env, c acctest.Config) { delete(c["sides"].(map[string]any), "blue") }},
		{name: "unknown target", edit: func(_ *acctest.Env, c acctest.Config) { c["target"] = "purple" }},
		{name: "two distributions", edit: func(e *acctest.Env, c acctest.Config) {
			c["sides"].(map[string]any)["green"] = map[string]any{"alias": map[string]any{"domain_name": e.Green.Domain, "zone_id": "Z2FDTNDATAQYW2"}}
		}},
		{name: "two distributions by CNAME", edit: func(e *acctest.Env, c acctest.Config) {
			c["types"] = []string{"CNAME"}
			c["sides"] = map[string]any{
				"blue":  map[string]any{"values": map[string]any{"CNAME": []string{e.Blue.Domain}}},
				"green": map[string]any{"values": map[string]any{"CNAME": []string{e.Green.Domain + "."}}},
			}
		}},
		{name: "the same endpoint twice", edit: func(_ *acctest.Env, c acctest.Config) {
			c["sides"].(map[string]any)["blue"] = map[string]any{"values": map[string]any{"A": []string{elsewhere}}}
		}},
		{name: "the same identifier twice", edit: func(_ *acctest.Env, c acctest.Config) { side(c, "green")["set_identifier"] = "blue" }},
		{name: "alias and values", edit: func(_ *acctest.Env, c acctest.Config) {
			side(c, "blue")["values"] = map[string]any{"A": []string{elsewhere}}
		}},
		{name: "TTL with alias", edit: func(_ *acctest.Env, c acctest.Config) { side(c, "blue")["ttl"] = 300 }},
		{name: "different TTLs", edit: func(_ *acctest.Env, c acctest.Config) {
			c["sides"].(map[string]any)["blue"] = map[string]any{"values": map[string]any{"A": []string{"198.51.100.7"}}, "ttl": 300}
		}},
		{name: "conflicting types", edit: func(_ *acctest.Env, c acctest.Config) { c["types"] = []string{"A", "CNAME"} }},
		{name: "values of another type", edit: func(_ *acctest.Env, c acctest.Config) { c["types"] = []string{"AAAA"} }},
		{name: "not an address", edit: func(_ *acctest.Env, c acctest.Config) {
			side(c, "green")["values"] = map[string]any{"A": []string{"cdn.example.net"}}
		}},
		{name: "evaluated health of CloudFront", edit: func(_ *acctest.Env, c acctest.Config) {
			side(c, "blue")["alias"].(map[string]any)["evaluate_target_health"] = true
		}},
		{name: "alias outside the zone it names", edit: func(_ *acctest.Env, c acctest.Config) {
			side(c, "blue")["alias"].(map[string]any)["domain_name"] = "lb-1.eu-west-1.elb.amazonaws.com"
		}},
		{name: "alias outside this zone", edit: func(e *acctest.Env, c acctest.Config) {
			c["sides"].(map[string]any)["green"] = map[string]any{"alias": map[string]any{"domain_name": "www.example.net", "zone_id": e.ZoneIDs["example.com"]}}
		}},
		{name: "website of a bucket of another name", edit: func(_ *acctest.Env, c acctest.Config) {
			c["types"] = []string{"CNAME"}
			c["sides"] = map[string]any{
				"blue":  map[string]any{"values": map[string]any{"CNAME": []string{"cdn.example.net"}}},
				"green": map[string]any{"values": map[string]any{"CNAME": []string{"my-bucket.s3-website-eu-west-1.amazonaws.com"}}},
			}
		}},
		{name: "website alias that names a bucket", edit: func(_ *acctest.Env, c acctest.Config) {
			c["sides"].(map[string]any)["green"] = map[string]any{"alias": map[string]any{"domain_name": "www.example.com.s3-website-us-east-1.amazonaws.com", "zone_id": "Z3AQBSTGFYJSTF"}}
		}},
		{name: "names that are none", edit: func(_ *acctest.Env, c acctest.Config) {
			c["names"] = []string{"https://www.example.com/", "WWW.example.com"}
		}},
		{name: "no name", edit: func(_ *acctest.Env, c acctest.Config) { c["names"] = []string{} }},
		{name: "empty gate", edit: gate(map[string]any{"interval": "5s"})},
		{name: "metric of nobody", edit: gate(map[string]any{"metrics": []any{map[string]any{"name": "5xxErrorRate", "maximum": 1}}})},

		{name: "alarm that does not exist", edit: gate(map[string]any{"alarms": []any{map[string]any{"name": "errors"}}})},
		{name: "simple record with other values", world: func(e *acctest.Env) {
			e.PointByHand(www, e.Green.Domain, r53types.RRTypeA)
		}},
		{name: "simple record with other values, seen by the refresh", update: true, edit: func(_ *acctest.Env, c acctest.Config) {
			c["names"] = []string{www, "new.example.com"}
		}, world: func(e *acctest.Env) {
			e.PointByHand("new.example.com", e.Green.Domain, r53types.RRTypeA)
		}},
		{name: "weighted record of somebody else", world: func(e *acctest.Env) {
			e.ChangeByHand(www, instead(e, www), weighted(www, "canary", 10, elsewhere), weighted(www, "blue", 90, "198.51.100.7"))
		}},
		{name: "latency record", world: func(e *acctest.Env) {
			c := weighted(www, "eu", 0, elsewhere)
			c.ResourceRecordSet.Weight, c.ResourceRecordSet.Region = nil, r53types.ResourceRecordSetRegionEuWest1
			e.ChangeByHand(www, instead(e, www), c)
		}},
		{name: "CNAME where addresses are asked for", names: []string{"www.example.com", "alias.example.com"}, world: func(e *acctest.Env) {
			aaaa := instead(e, "alias.example.com")
			aaaa.ResourceRecordSet.Type = r53types.RRTypeAaaa
			e.ChangeByHand("alias.example.com", instead(e, "alias.example.com"), aaaa, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
				Name: aws.String("alias.example.com"), Type: r53types.RRTypeCname, TTL: aws.Int64(60), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(www)}},
			}})
		}},
		{name: "CNAME at the apex", edit: func(_ *acctest.Env, c acctest.Config) {
			c["names"], c["types"] = []string{"example.com"}, []string{"CNAME"}
			c["sides"] = map[string]any{
				"blue":  map[string]any{"values": map[string]any{"CNAME": []string{"a.example.net"}}},
				"green": map[string]any{"values": map[string]any{"CNAME": []string{"b.example.net"}}},
			}
		}},
		{name: "name outside the zone", edit: func(_ *acctest.Env, c acctest.Config) { c["names"] = []string{"www.example.net"} }},
		{name: "zone that does not exist", edit: func(_ *acctest.Env, c acctest.Config) { c["zone_id"] = "Z00000000000" }},
		{name: "access denied", world: func(e *acctest.Env) { e.World.Allow("route53:GetHostedZone", "route53:ListResourceRecordSets") }},
		{name: "expired credentials", world: func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"})
		}},
	}
}

func TestBadInputIsRefusedWithAWayOutAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range badInputs() {
		t.Run(bad.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				golden.Said(t, "bad", bad.name, bad.run(t))
			})
		})
	}
}

// run returns what plan and apply say, and fails if they changed anything.
func (bad badInput) run(t *testing.T) string {
	t.Helper()
	s := site(www)
	if bad.names != nil {
		s.Names = bad.names
	}
	e := acctest.New(t, s)
	c := core(e)
	if bad.update {
		introduced(t, e, c)
	}
	if bad.world != nil {
		bad.world(e)
	}
	config := toward(e, 50, 5)
	if bad.edit != nil {
		bad.edit(e, config)
	}
	said := e.Refused(c, config)
	if !bad.update && !c.State.IsNull() {
		t.Errorf("left a state behind: %s", c.State)
	}
	return said
}
