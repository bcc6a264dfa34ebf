package continuousdeployment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestAnOrphanIsAdoptedWithoutAWrite(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		id := w.JoinByHand(w.staging, acctest.ByWeight(0.05), true)
		w.AttachByHand(w.Blue, id)
		w.Settle()
		before := w.Env.World.Journal().Seq()
		w.apply(t, joined(w.Env))
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
		w.ExpectSilent(w.Core, joined(w.Env))
		w.apply(t, nil)
		if n := len(w.Policies()); n != 0 || w.PolicyOn(w.Blue) != "" {
			t.Errorf("%d policies left, the primary has %q", n, w.PolicyOn(w.Blue))
		}
	})
}

// source is a state as hashicorp/aws 5.100.0 writes it.
func source(id, staging string) string {
	return fmt.Sprintf(`{"enabled":true,"etag":"E1","id":%q,"last_modified_time":"2026-11-21 08:00:00 +0000 UTC",
		"staging_distribution_dns_names":[{"items":[%q],"quantity":1}],
		"traffic_config":[{"single_header_config":[],"single_weight_config":[{"session_stickiness_config":[],"weight":0.05}],"type":"SingleWeight"}]}`, id, staging)
}

const awsProvider = "registry.terraform.io/hashicorp/aws"

func TestAPolicyArrivesWithoutAWrite(t *testing.T) {
	t.Parallel()
	for name, arrive := range map[string]func(w *world, id string) (acctest.Diagnostics, error){
		"import": func(w *world, id string) (acctest.Diagnostics, error) { return w.Import(context.Background(), id) },
		"moved": func(w *world, id string) (acctest.Diagnostics, error) {
			return w.Move(context.Background(), awsProvider, "aws_cloudfront_continuous_deployment_policy", source(id, w.staging.Domain))
		},
		"moved by OpenTofu before 1.12.4": func(w *world, id string) (acctest.Diagnostics, error) {
			return w.Move(context.Background(), "aws", "aws_cloudfront_continuous_deployment_policy", source(id, w.staging.Domain))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				id := w.JoinByHand(w.staging, acctest.ByWeight(0.05), false)
				w.AttachByHand(w.Blue, id)
				w.Settle()
				if d, err := arrive(w, id); err != nil || len(d) > 0 {
					t.Fatal(err, d)
				}
				w.apply(t, joined(w.Env))
				w.ExpectSilent(w.Core, joined(w.Env))
				if wr := w.Writes(0); len(wr) > 0 {
					t.Errorf("wrote %v", wr)
				}
				if is, _ := w.policy(t); is != id {
					t.Errorf("policy %s became %s", id, is)
				}
			})
		})
	}
}

// Nobody knows what a detached policy belongs to: configuration says it, and nothing
// is replaced for that.
func TestADetachedPolicyArrivesAndIsAttached(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		id := w.JoinByHand(w.staging, acctest.ByWeight(0.05), false)
		if d, err := w.Import(context.Background(), id); err != nil || len(d) > 0 {
			t.Fatal(err, d)
		}
		w.apply(t, joined(w.Env))
		if is, _ := w.policy(t); is != id || w.PolicyOn(w.Blue) != id {
			t.Errorf("policy %s became %s; the primary has %q", id, is, w.PolicyOn(w.Blue))
		}
	})
}

func TestOnlyAPolicyCanBeMovedHere(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		d, err := w.Move(context.Background(), awsProvider, "aws_cloudfront_distribution", `{"id":"E1"}`)
		if err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "Unable to Move Resource State" {
			t.Errorf("said %v %s", err, d)
		}
	})
}

func TestTheDiagnosticNamesTheSettingsThatDiffer(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.EditByHand(w.staging, func(c *cftypes.DistributionConfig) {
			c.PriceClass, c.IsIPV6Enabled, c.Comment = cftypes.PriceClassPriceClass100, aws.Bool(false), aws.String("free to differ")
		})
		w.Settle()
		before := w.Env.World.Journal().Seq()
		d := w.MustConverge(context.Background(), t, joined(w.Env)).Errors()
		if len(d) != 1 || !strings.Contains(d[0].Detail, "IsIPV6Enabled\n  PriceClass") || strings.Contains(d[0].Detail, "Comment") {
			t.Errorf("said %s", d)
		}
		if wr := w.Writes(before); len(wr) > 0 {
			t.Errorf("wrote %v", wr)
		}
	})
}
