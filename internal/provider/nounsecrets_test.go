package provider_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-log/tfsdklogtest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
)

// What the nouns are told and nobody else is to know, beside what stands in distributions.
const (
	testersSecret = "only-our-testers-know-7f3c9d"
	canaryValue   = "let-qa-in-7f3c9d"
)

// secretive is one resource in a world where every origin has a secret header.
type secretive struct {
	first, then func(e *acctest.Env) acctest.Config // then: what is asked for once the first is there
	world       func(e *acctest.Env)
	knows       string // a secret of its own, which its configuration has
	writes      string // an operation that then takes
}

// balanced gives the site a second origin and a behaviour.
func balanced(e *acctest.Env) {
	e.EditByHand(e.Blue, func(c *cftypes.DistributionConfig) {
		from := func(id string) cftypes.Origin {
			o := c.Origins.Items[0]
			o.Id, o.DomainName = aws.String(id), aws.String(id+".origin.test")
			return o
		}
		c.Origins = &cftypes.Origins{Quantity: aws.Int32(2), Items: []cftypes.Origin{from("app-blue"), from("app-green")}}
		c.DefaultCacheBehavior.TargetOriginId, c.DefaultCacheBehavior.CachePolicyId = aws.String("app-blue"), aws.String("4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
	})
	e.Settle()
	_ = clock.System{}.Sleep(context.Background(), 25*time.Hour) // else it could be the rest of a cutover that died
}

func secretives() map[string]secretive {
	joined := func(e *acctest.Env) acctest.Config {
		return acctest.Config{
			"primary_distribution_id": e.Blue.ID, "staging_distribution_id": e.Staging()[0].ID,
			"header": map[string]any{"name": "aws-cf-cd-canary", "value": canaryValue},
		}
	}
	split := func(weight int) func(e *acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			return acctest.Config{
				"name": "shop", "safe": "blue", "weight": weight, "bake_time": "1m",
				"sides":    map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "green": map[string]any{"origin_id": "app-green"}},
				"attach":   map[string]any{"distribution_id": e.Blue.ID, "behaviors": []string{"default"}},
				"override": map[string]any{"header": "x-side", "secret": testersSecret},
			}
		}
	}
	live := func(side string) func(e *acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			return acctest.Config{
				"distribution_id": e.Blue.ID, "live": side, "behaviors": []string{"default"},
				"sides": map[string]any{"blue": map[string]any{"origin_id": "app-blue"}, "green": map[string]any{"origin_id": "app-green"}},
			}
		}
	}
	ramp := func(weight int) func(e *acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			return acctest.Config{
				"zone_id": e.ZoneIDs["example.com"], "names": e.Names, "types": []string{"A"}, "target": "green", "weight": weight,
				"sides": map[string]any{
					"blue":  map[string]any{"alias": map[string]any{"domain_name": e.Blue.Domain, "zone_id": "Z2FDTNDATAQYW2"}},
					"green": map[string]any{"values": map[string]any{"A": []string{"203.0.113.9"}}},
				},
			}
		}
	}
	purge := func(release string) func(e *acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			return acctest.Config{"distribution_id": e.Blue.ID, "paths": []string{"/*"}, "triggers": map[string]any{"release": release}}
		}
	}
	copied := func(path string) func(e *acctest.Env) acctest.Config {
		return func(e *acctest.Env) acctest.Config {
			return acctest.Config{"primary_distribution_id": e.Blue.ID, "overrides": map[string]any{"origins": map[string]any{"origin": map[string]any{"origin_path": path}}}}
		}
	}
	return map[string]secretive{
		"cdn_behavior_switch": {first: live("blue"), then: live("green"), world: balanced, writes: "UpdateDistribution"},
		"cdn_bluegreen_switch": {
			first: func(e *acctest.Env) acctest.Config { return byHand(e, "blue") }, then: func(e *acctest.Env) acctest.Config { return byHand(e, "green") }, writes: "UpdateDistribution",
		},
		"cdn_continuous_deployment": {
			first: joined, world: func(e *acctest.Env) { e.CopyByHand(e.Blue); e.Settle() }, knows: canaryValue, writes: "UpdateContinuousDeploymentPolicy",
			then: func(e *acctest.Env) acctest.Config {
				c := joined(e)
				c["header"] = map[string]any{"name": "aws-cf-cd-other", "value": canaryValue}
				return c
			},
		},
		"cdn_edge_split":           {first: split(0), then: split(50), world: balanced, knows: testersSecret, writes: "PutKey"},
		"cdn_invalidation":         {first: purge("one"), then: purge("two"), writes: "CreateInvalidation"},
		"cdn_staging_distribution": {first: copied("/one"), then: copied("/two"), writes: "UpdateDistribution"},
		// It needs both of the above; TestTheValueOfACanarysHeaderIsNowhereElse, in its package, is its row.
		"cdn_staging_promotion": {},
		"cdn_weighted_ramp":     {first: ramp(0), then: ramp(50), writes: "ChangeResourceRecordSets"},
	}
}

// Whatever a noun does, and whatever AWS refuses of it, quoting all that it was sent: the log
// of everything has the observations and the calls, and no secret, neither of the noun nor
// of a distribution nor of the credentials.
func TestNoNounLogsASecret(t *testing.T) {
	t.Parallel()
	all := secretives()
	s, err := provider.NewServer(provider.World{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for typ := range schema.ResourceSchemas {
		if _, ok := all[typ]; !ok {
			t.Errorf("%s is not tried", typ)
		}
	}
	for typ, n := range all {
		if n.first == nil {
			continue
		}
		for _, refused := range []bool{false, true} {
			name := typ
			if refused {
				name += " and a refusal"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					log := &sink{}
					ctx := tfsdklogtest.RootLogger(tflogtest.RootLogger(context.Background(), log), log)
					e := acctest.New(t, site())
					guarded(e)
					if n.world != nil {
						n.world(e)
					}
					core := acctest.NewCore(typ, clock.System{}, e.World.Transport())
					core.World.Log = logged.Trace
					if d := core.MustConverge(ctx, t, n.first(e)).Errors(); len(d) > 0 {
						t.Fatal(d)
					}
					if refused {
						e.World.Faults().Add(fault.Fault{Operation: n.writes, Kind: fault.Answer, Code: "InvalidArgument", Status: 400, Message: "Because of", Quote: true})
					}
					said := core.MustConverge(ctx, t, n.then(e))
					if failed := len(said.Errors()) > 0; failed != refused {
						t.Errorf("it said\n%s", said)
					}
					sent := false
					for _, call := range e.Calls(0) {
						sent = sent || call.Operation == n.writes && call.Write
					}
					text := log.all.String()
					for _, want := range []string{`"@message":"seen"`, `"@message":"AWS call"`, `"operation":"` + n.writes + `"`, `"why":`} {
						if !strings.Contains(text, want) || !sent {
							t.Errorf("the log of %d bytes has no %s", len(text), want)
						}
					}
					if refused != strings.Contains(text, `"the run ended early"`) || refused && !strings.Contains(text, `"error_code":"InvalidArgument"`) {
						t.Error("whether it was refused is not in the log")
					}
					secrets := append(e.World.Identity().Issued(), originSecret, "Because of")
					if n.knows != "" {
						secrets = append(secrets, n.knows)
					}
					shows(t, "the log", text, slices.DeleteFunc(secrets, func(s string) bool { return s == "secret" }))
				})
			})
		}
	}
}
