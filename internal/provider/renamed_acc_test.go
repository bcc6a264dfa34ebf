package provider_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/kvsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// A noun as it is before it comes to another address.
type noun struct {
	typ  string
	body func(c *acctest.CLI) acctest.Config
	// there says what of it AWS has; it must be the same, or made anew, afterwards.
	there func(c *acctest.CLI, t *testing.T) string
	// anew: a replacement that is destroyed first makes another object.
	anew bool
	// asked: it says in so many words that what is needed is to be deleted. Two applies know
	// nothing of each other, so there the plan has to have warned.
	asked bool
	// warns are words of that plan; nil: those about names. stops are words with which an apply may
	// end that nobody can tell from the end of a site.
	warns []string
	stops string
	// then is what configuration asks for next, before the noun is renamed; nil: nothing.
	then acctest.Config
	// id is what an import asks for, by what state has; nil: the id.
	id func(state map[string]any) string
}

func nouns() []noun {
	limits := map[string]any{"create": "48h", "update": "48h", "delete": "48h"}
	records := func(c *acctest.CLI, _ *testing.T) string {
		return fmt.Sprint(c.Records("www.example.com"), c.Owner("www.example.com"))
	}
	uses := func(c *acctest.CLI, t *testing.T) string {
		t.Helper()
		got, err := c.CloudFront.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: aws.String(c.Blue.ID)})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(got.ETag) + " " + aws.ToString(got.DistributionConfig.DefaultRootObject) // another ETag is another write
	}
	copies := func(c *acctest.CLI, t *testing.T) string {
		t.Helper()
		list, err := c.CloudFront.ListDistributions(t.Context(), &cloudfront.ListDistributionsInput{})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, d := range list.DistributionList.Items {
			if aws.ToBool(d.Staging) {
				out = append(out, fmt.Sprintf("%s enabled=%t", aws.ToString(d.Id), aws.ToBool(d.Enabled)))
			}
		}
		return strings.Join(out, " ")
	}
	policies := func(c *acctest.CLI, t *testing.T) string {
		t.Helper()
		list, err := c.CloudFront.ListContinuousDeploymentPolicies(t.Context(), &cloudfront.ListContinuousDeploymentPoliciesInput{})
		if err != nil {
			t.Fatal(err)
		}
		primary, err := c.CloudFront.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: aws.String(c.Blue.ID)})
		if err != nil {
			t.Fatal(err)
		}
		attached := aws.ToString(primary.DistributionConfig.ContinuousDeploymentPolicyId)
		for _, p := range list.ContinuousDeploymentPolicyList.Items {
			if id := aws.ToString(p.ContinuousDeploymentPolicy.Id); id == attached {
				return id
			}
		}
		return ""
	}
	// shares is what resolvers are handed out: every set of the name, with its weight.
	shares := func(c *acctest.CLI, t *testing.T) string {
		t.Helper()
		list, err := c.Route53.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(c.ZoneIDs["example.com"])})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, set := range list.ResourceRecordSets {
			if aws.ToString(set.Name) == "api.example.com." && len(set.ResourceRecords) == 1 {
				out = append(out, fmt.Sprintf("%s %s %d of %s", set.Type, aws.ToString(set.SetIdentifier), aws.ToInt64(set.Weight), aws.ToString(set.ResourceRecords[0].Value)))
			}
		}
		return strings.Join(out, ", ")
	}
	aSwitch := func(onDestroy string) func(c *acctest.CLI) acctest.Config {
		return func(c *acctest.CLI) acctest.Config {
			return acctest.Config{
				"aliases": c.Names, "live": "blue",
				"sides": map[string]any{"blue": map[string]any{"distribution_id": c.Blue.ID}, "green": map[string]any{"distribution_id": c.Green.ID}},
				"dns":   map[string]any{"example.com": map[string]any{"zone_id": c.ZoneIDs["example.com"], "on_destroy": onDestroy}},
			}
		}
	}
	aRamp := func(onDestroy string) func(c *acctest.CLI) acctest.Config {
		at := func(address string) map[string]any {
			return map[string]any{"values": map[string]any{"A": []any{address}}}
		}
		return func(c *acctest.CLI) acctest.Config {
			return acctest.Config{
				"zone_id": c.ZoneIDs["example.com"], "names": []any{"api.example.com"}, "types": []any{"A"}, "target": "new", "weight": 20,
				"sides": map[string]any{"old": at("192.0.2.1"), "new": at("192.0.2.2")}, "on_destroy": onDestroy,
			}
		}
	}
	// A promotion owns nothing: what is there is what viewers are sent, the share of staging
	// included, and to what they would be taken back.
	sent := func(c *acctest.CLI, t *testing.T) string {
		t.Helper()
		primary, err := c.CloudFront.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: aws.String(c.Blue.ID)})
		if err != nil {
			t.Fatal(err)
		}
		out := "the primary serves " + aws.ToString(primary.DistributionConfig.Origins.Items[0].DomainName)
		for id, p := range c.Policies() {
			out += fmt.Sprintf(", %s enabled=%t", id, aws.ToBool(p.Enabled))
		}
		return out
	}
	promotion := func(c *acctest.CLI) acctest.Config {
		staging := c.CopyByHand(c.Blue)
		c.EditByHand(staging, func(d *cftypes.DistributionConfig) { d.Origins.Items[0].DomainName = aws.String("next.origin.test") })
		made, err := c.CloudFront.CreateContinuousDeploymentPolicy(context.Background(), &cloudfront.CreateContinuousDeploymentPolicyInput{
			ContinuousDeploymentPolicyConfig: &cftypes.ContinuousDeploymentPolicyConfig{
				Enabled: aws.Bool(false), StagingDistributionDnsNames: &cftypes.StagingDistributionDnsNames{Quantity: aws.Int32(1), Items: []string{staging.Domain}},
				TrafficConfig: &cftypes.TrafficConfig{Type: cftypes.ContinuousDeploymentPolicyTypeSingleWeight, SingleWeightConfig: &cftypes.ContinuousDeploymentSingleWeightConfig{Weight: aws.Float32(0.05)}},
			},
		})
		if err != nil {
			panic(err)
		}
		policy := aws.ToString(made.ContinuousDeploymentPolicy.Id)
		c.AttachByHand(c.Blue, policy)
		c.Settle()
		return acctest.Config{
			"primary_distribution_id": c.Blue.ID, "staging_distribution_id": staging.ID, "policy_id": policy, "release": "one", "bake_time": "0s",
			"canary":   map[string]any{"header": map[string]any{"name": "aws-cf-cd-canary", "value": "yes"}, "bake_time": "0s"},
			"timeouts": map[string]any{"create": "48h", "update": "48h"},
		}
	}
	slowly := map[string]any{"header": map[string]any{"name": "aws-cf-cd-canary", "value": "yes"}, "bake_time": "240h"}
	four := func(state map[string]any) string {
		return fmt.Sprintf("%s,%s,%s,%s", state["primary_distribution_id"], state["staging_distribution_id"], state["policy_id"], state["release"])
	}
	// decides is what decides at the edge: the functions that the behaviours have, and the table.
	decides := func(c *acctest.CLI, t *testing.T) string {
		t.Helper()
		got, err := c.CloudFront.GetDistributionConfig(t.Context(), &cloudfront.GetDistributionConfigInput{Id: aws.String(c.Blue.ID)})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		if list := got.DistributionConfig.DefaultCacheBehavior.FunctionAssociations; list != nil {
			for _, f := range list.Items {
				out = append(out, fmt.Sprintf("%s runs %s", f.EventType, aws.ToString(f.FunctionARN)))
			}
		}
		slices.Sort(out)
		store, err := c.CloudFront.DescribeKeyValueStore(t.Context(), &cloudfront.DescribeKeyValueStoreInput{Name: aws.String("shop")})
		if err != nil || len(out) == 0 {
			return ""
		}
		keys := kvsapi.New(aws.Config{
			Region: "us-east-1", HTTPClient: &http.Client{Transport: c.World.Transport()}, Credentials: credentials.NewStaticCredentialsProvider("AKIDHANDS", "secret", ""),
		}, "")
		table, err := keys.Get(t.Context(), aws.ToString(store.KeyValueStore.ARN), edgefunction.Key)
		if err != nil {
			t.Fatal(err)
		}
		return table.Text + ", " + strings.Join(out, ", ")
	}
	aSplit := func(weight int) func(c *acctest.CLI) acctest.Config {
		return func(c *acctest.CLI) acctest.Config {
			c.EditByHand(c.Blue, func(d *cftypes.DistributionConfig) {
				other := d.Origins.Items[0]
				other.Id, other.DomainName = aws.String("other"), aws.String("other.origin.test")
				d.Origins = &cftypes.Origins{Quantity: aws.Int32(2), Items: append(d.Origins.Items, other)}
			})
			c.Settle()
			return acctest.Config{
				"name": "shop", "safe": "blue", "weight": weight, "bake_time": "0s", "timeouts": limits,
				"sides":  map[string]any{"blue": map[string]any{"origin_id": "origin"}, "green": map[string]any{"origin_id": "other"}},
				"attach": map[string]any{"distribution_id": c.Blue.ID, "behaviors": []any{"default"}},
			}
		}
	}
	return []noun{
		{typ: "cdn_staging_promotion", body: promotion, there: sent, id: four},
		{typ: "cdn_staging_promotion", body: promotion, there: sent, id: four, then: acctest.Config{"release": "two"}},
		{typ: "cdn_staging_promotion", body: promotion, there: sent, id: four, then: acctest.Config{"release": "two", "advance": "per_apply", "canary": slowly}}, // in mid-canary
		{typ: "cdn_behavior_switch", there: uses, body: func(c *acctest.CLI) acctest.Config {
			return acctest.Config{
				"distribution_id": c.Blue.ID, "behaviors": []any{"default"}, "live": "blue", "timeouts": map[string]any{"create": "48h", "update": "48h"},
				"sides": map[string]any{"blue": map[string]any{"default_root_object": ""}, "green": map[string]any{"default_root_object": "green.html"}},
			}
		}, id: func(state map[string]any) string {
			return fmt.Sprintf("%s;default;blue=default_root_object", state["distribution_id"])
		}},
		{typ: "cdn_bluegreen_switch", body: aSwitch("retain"), there: records},
		{typ: "cdn_bluegreen_switch", body: aSwitch("delete"), there: records},
		{typ: "cdn_bluegreen_switch", body: aSwitch("delete_live"), there: records, asked: true},
		{typ: "cdn_staging_distribution", there: copies, anew: true, body: func(c *acctest.CLI) acctest.Config {
			return acctest.Config{"primary_distribution_id": c.Blue.ID, "overrides": map[string]any{"comment": "next"}, "timeouts": limits}
		}},
		{typ: "cdn_continuous_deployment", there: policies, anew: true, body: func(c *acctest.CLI) acctest.Config {
			staging := c.CopyByHand(c.Blue)
			c.MarkByHand(staging)
			c.Settle()
			return acctest.Config{"primary_distribution_id": c.Blue.ID, "staging_distribution_id": staging.ID, "weight": 0.05, "timeouts": limits}
		}},
		{typ: "cdn_weighted_ramp", there: shares, body: aRamp("retain")},
		{typ: "cdn_weighted_ramp", there: shares, body: aRamp("delete")},
		{typ: "cdn_weighted_ramp", there: shares, body: aRamp("delete_live"), asked: true},
		{typ: "cdn_edge_split", body: aSplit(0), there: decides, anew: true, asked: true, warns: []string{"The split goes, whoever else has it", "moved"}},
		{typ: "cdn_edge_split", body: aSplit(20), there: decides, then: acctest.Config{"bake_time": "1s"}, stops: "Viewers would get another side"}, // what a create has left pending
	}
}

func orElse(words []string, otherwise ...string) []string {
	if words == nil {
		return otherwise
	}
	return words
}

// Whatever comes to another address, or is made anew, in whatever order and with however
// many things at once: nothing that somebody needs is lost, and the second plan is empty.
// Where nobody can tell it from the end of a site, the apply stops instead.
func TestAccNothingIsLostByARename(t *testing.T) {
	share := matrix.Share{Of: 12}
	for i, n := range nouns() {
		for _, way := range []struct {
			claim         string
			args          []string
			rename, first bool
			forget        bool // by a removed block, and imported under the new address
			between       bool // the apply ends once the new address is there, and another one goes on
			moved         bool // the state comes along
		}{
			{claim: "renamed", rename: true},
			{claim: "moved", rename: true, moved: true},
			{claim: "renamed by two applies", rename: true, between: true},
			{claim: "replaced", args: []string{"-replace="}},
			{claim: "created before it is destroyed", args: []string{"-replace="}, first: true},
			{claim: "forgotten and imported", rename: true, forget: true},
		} {
			for _, parallelism := range []int{1, 10} {
				cell := fmt.Sprintf("%s/%s/%d", n.typ, way.claim, parallelism)
				if !share.Takes(t, fmt.Sprintf("%d/%s", i, cell)) {
					continue
				}
				t.Run(cell, func(t *testing.T) {
					c := acctest.NewCLI(t, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}})
					body := n.body(c)
					if way.first {
						body["lifecycle"] = acctest.Block{"create_before_destroy": true}
					}
					was, now := n.typ+".was", n.typ+".was"
					w := c.Workspace()
					w.Write(c.HCL(was, body))
					w.Must(0, "apply", "-auto-approve")
					if n.then != nil {
						maps.Copy(body, n.then)
						w.Write(c.HCL(was, body))
						w.Must(0, "apply", "-auto-approve")
					}
					id, _ := w.State(was)["id"].(string)
					if n.id != nil {
						id = n.id(w.State(was))
					}
					there := n.there(c, t)
					if there == "" {
						t.Fatal("nothing is there to begin with")
					}
					if way.rename {
						now = n.typ + ".now"
						w.Write(c.HCL(now, body))
					}
					if way.moved {
						w.Write(c.HCL(now, body, fmt.Sprintf("moved {\n  from = %s\n  to   = %s\n}\n", was, now)))
						if r := w.Must(2, "plan", "-detailed-exitcode"); !r.Says("0 to add, 0 to change, 0 to destroy") { // a move is a change of state
							t.Errorf("more is to happen than a move:\n%s", r.Output)
						}
					}
					if way.forget {
						w.Write(c.HCL(now, body, fmt.Sprintf("removed {\n  from = %s\n  lifecycle {\n    destroy = false\n  }\n}\nimport {\n  to = %s\n  id = %q\n}\n", was, now, id)))
					}
					args := []string{"apply", "-auto-approve", fmt.Sprintf("-parallelism=%d", parallelism)}
					for _, a := range way.args {
						args = append(args, a+was)
					}
					if way.between {
						w.Must(0, append(slices.Clone(args), "-target="+now)...)
					}
					r := w.Run(args...)
					if n.asked && way.between {
						for _, word := range orElse(n.warns, "The names go out of DNS", "moved") {
							if !r.Says(word) {
								t.Errorf("not a word of warning, %q:\n%s", word, r.Output)
							}
						}
						r = w.Must(0, "apply", "-auto-approve")
					}
					got := n.there(c, t)
					if got != there && !(n.anew && got != "") {
						t.Errorf("AWS has %q, and had %q; the apply exited with %d:\n%s", got, there, r.Exit, r.Output)
					}
					switch {
					case r.Exit == 0:
						w.Must(0, "plan", "-detailed-exitcode")
					case n.stops == "" && !way.rename, !r.Says(cmp.Or(n.stops, "The names are being served")):
						t.Errorf("the apply exited with %d:\n%s", r.Exit, r.Output)
					}
				})
			}
		}
	}
	t.Logf("%s: noun × way × parallelism", &share)
}
