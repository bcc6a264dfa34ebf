package weightedramp_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	resourceType = "cdn_weighted_ramp"
	propagation  = 4 * time.Minute
	elsewhere    = "203.0.113.9" // the other CDN
)

func site(names ...string) acctest.Site {
	return acctest.Site{Names: names, Zones: []string{"example.com"}, World: awssim.Options{Propagation: propagation}}
}

func core(e *acctest.Env) *acctest.Core {
	return acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
}

// toward is a complete configuration: the distribution blue beside another CDN, green.
func toward(e *acctest.Env, weight int, weights ...any) acctest.Config {
	c := acctest.Config{
		"zone_id": e.ZoneIDs["example.com"], "names": e.Names, "types": []string{"A"},
		"sides": map[string]any{
			"blue":  map[string]any{"alias": map[string]any{"domain_name": e.Blue.Domain, "zone_id": "Z2FDTNDATAQYW2"}},
			"green": map[string]any{"values": map[string]any{"A": []string{elsewhere}}},
		},
		"target": "green", "weight": weight,
	}
	if len(weights) > 0 {
		c["weights"] = weights
	}
	return c
}

// gated adds a gate that asks green's own distribution, which no weight changes.
func gated(e *acctest.Env, c acctest.Config) acctest.Config {
	c["verify"] = map[string]any{"probes": []any{map[string]any{"url": "http://" + e.Green.Domain + "/health"}}}
	return c
}

// sets describes the record sets of a type at a name: "blue 95 d1.cloudfront.net".
func sets(e *acctest.Env, name, typ string) []string { return zone(e, typ)[name] }

// zone describes the record sets of a type at every name.
func zone(e *acctest.Env, typ string) map[string][]string {
	out := map[string][]string{}
	pages := route53.NewListResourceRecordSetsPaginator(e.Route53, &route53.ListResourceRecordSetsInput{HostedZoneId: aws.String(e.ZoneIDs["example.com"])})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			return map[string][]string{"error": {err.Error()}}
		}
		for _, set := range page.ResourceRecordSets {
			if string(set.Type) != typ {
				continue
			}
			text := ""
			if set.SetIdentifier != nil {
				text = fmt.Sprintf("%s %d ", *set.SetIdentifier, aws.ToInt64(set.Weight))
			}
			switch {
			case set.AliasTarget != nil:
				text += strings.TrimSuffix(aws.ToString(set.AliasTarget.DNSName), ".")
			default:
				text += fmt.Sprintf("%s ttl=%d", aws.ToString(set.ResourceRecords[0].Value), aws.ToInt64(set.TTL))
			}
			name := strings.TrimSuffix(aws.ToString(set.Name), ".")
			out[name] = append(out[name], text)
			slices.Sort(out[name])
		}
	}
	return out
}

func expectSets(t *testing.T, e *acctest.Env, want ...string) {
	t.Helper()
	slices.Sort(want)
	found := zone(e, "A")
	for _, name := range e.Names {
		if got := found[name]; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func mustApply(t *testing.T, c *acctest.Core, config acctest.Config) {
	t.Helper()
	if d := c.MustConverge(context.Background(), t, config).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

// running runs a test in a bubble of its own, with a site to which the ramp has been
// introduced at 0 percent.
func running(t *testing.T, s acctest.Site, test func(t *testing.T, e *acctest.Env, c *acctest.Core)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, s)
		c := core(e)
		mustApply(t, c, toward(e, 0))
		test(t, e, c)
	})
}

const www = "www.example.com"

func simple(e *acctest.Env) []string { return []string{e.Blue.Domain} }

// at is what every name has when green has a share of it.
func at(e *acctest.Env, percent, rest string) []string {
	return []string{"blue " + rest + " " + e.Blue.Domain, "green " + percent + " " + elsewhere + " ttl=60"}
}

func wait(d time.Duration) { _ = clock.System{}.Sleep(context.Background(), d) }

// weigh says that a side of the name has a weight.
func weigh(e *acctest.Env, name, id string, weight int64) r53types.Change {
	set := &r53types.ResourceRecordSet{Name: aws.String(name), Type: r53types.RRTypeA, SetIdentifier: aws.String(id), Weight: aws.Int64(weight)}
	if id == "blue" {
		set.AliasTarget = &r53types.AliasTarget{HostedZoneId: aws.String("Z2FDTNDATAQYW2"), DNSName: aws.String(e.Blue.Domain)}
	} else {
		set.TTL, set.ResourceRecords = aws.Int64(60), []r53types.ResourceRecord{{Value: aws.String(elsewhere)}}
	}
	return r53types.Change{Action: r53types.ChangeActionUpsert, ResourceRecordSet: set}
}
