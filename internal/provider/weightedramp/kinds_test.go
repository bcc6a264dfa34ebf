package weightedramp_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// CloudFront against another CDN, by a CNAME as most names below the apex have it: up in
// steps, each once the TTL of the one before is over, and down in one.
func TestACNAMERampGoesTheWholeWayAndBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := site(www)
		s.NoRecords = true
		e := acctest.New(t, s)
		c := core(e)
		e.ChangeByHand(www, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(www), Type: r53types.RRTypeCname, TTL: aws.Int64(600), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(e.Blue.Domain)}},
		}})
		e.Settle()
		const other = "site.other-cdn.test"
		ask := func(weight int, weights ...any) acctest.Config {
			config := toward(e, weight, weights...)
			config["types"] = []string{"CNAME"}
			config["sides"] = map[string]any{
				"blue":  map[string]any{"values": map[string]any{"CNAME": []string{e.Blue.Domain}}, "ttl": 600},
				"green": map[string]any{"values": map[string]any{"CNAME": []string{other}}, "ttl": 600},
			}
			return config
		}
		before := e.World.Journal().Seq()
		mustApply(t, c, ask(0))
		if w := e.Writes(before); len(w) > 0 {
			t.Errorf("introducing it wrote %v", w)
		}
		mustApply(t, c, ask(100, 10, 50))
		expectKind(t, e, "CNAME", other+" ttl=600")
		e.ExpectNothingLeft(c, ask(100, 10, 50))
		writes := e.Writes(before)
		if len(writes) != 4 { // 10, 50, 100, and a simple record
			t.Fatalf("%d writes: %v", len(writes), writes)
		}
		for i := range 2 { // 30 s until INSYNC, 10 minutes of the old TTL, and 5 of the step
			if gap := writes[i+1].At.Sub(writes[i].At); gap < 15*time.Minute+30*time.Second || gap > 17*time.Minute {
				t.Errorf("step %d came %s after the one before", i+2, gap)
			}
		}
		mustApply(t, c, ask(0, 10, 50))
		expectKind(t, e, "CNAME", e.Blue.Domain+" ttl=600")
		e.ExpectNothingLeft(c, ask(0, 10, 50))
	})
}

// An S3 website as the other side: the alias names the region's endpoint, the bucket is
// found by the name, and every plan says that it speaks no TLS.
func TestARampToAnS3WebsiteGoesTheWholeWayAndBack(t *testing.T) {
	t.Parallel()
	const region, bucket = "s3-website-us-east-1.amazonaws.com", www + ".s3-website-us-east-1.amazonaws.com"
	for _, c := range []struct {
		typ, record string
		side        map[string]any
	}{
		{"A", region, map[string]any{"alias": map[string]any{"domain_name": region, "zone_id": "Z3AQBSTGFYJSTF"}}},
		{"CNAME", bucket + " ttl=60", map[string]any{"values": map[string]any{"CNAME": []string{bucket}}}},
	} {
		t.Run(c.typ, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := site(www)
				s.NoRecords = c.typ == "CNAME"
				e := acctest.New(t, s)
				k := core(e)
				ask := func(weight int, weights ...any) acctest.Config {
					config := toward(e, weight, weights...)
					config["types"], config["sides"].(map[string]any)["green"] = []string{c.typ}, c.side
					if c.typ == "CNAME" {
						config["sides"].(map[string]any)["blue"] = map[string]any{"values": map[string]any{"CNAME": []string{e.Blue.Domain}}}
					}
					return config
				}
				blue := e.Blue.Domain
				if c.typ == "CNAME" {
					blue += " ttl=60"
				}
				for _, step := range []struct {
					weight int
					steps  []any
					want   []string
				}{
					{0, nil, []string{blue}},
					{20, []any{5}, []string{"blue 80 " + blue, "green 20 " + c.record}},
					{100, nil, []string{c.record}},
					{0, nil, []string{blue}},
				} {
					d := k.MustConverge(context.Background(), t, ask(step.weight, step.steps...))
					if len(d.Errors()) > 0 || len(d) != 1 || d[0].Summary != "An S3 website speaks no TLS" {
						t.Fatalf("at %d: %s", step.weight, d)
					}
					expectKind(t, e, c.typ, step.want...)
				}
			})
		})
	}
}

func expectKind(t *testing.T, e *acctest.Env, typ string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := sets(e, www, typ); !slices.Equal(got, want) {
		t.Errorf("%s records %q, want %q", typ, got, want)
	}
}
