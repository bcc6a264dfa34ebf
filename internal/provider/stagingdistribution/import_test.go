package stagingdistribution_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

func TestAStagingDistributionArrivesWithoutAWrite(t *testing.T) {
	t.Parallel()
	for name, arrive := range map[string]func(w *world, id string) (acctest.Diagnostics, error){
		"import": func(w *world, id string) (acctest.Diagnostics, error) { return w.Import(context.Background(), id) },
		"moved": func(w *world, id string) (acctest.Diagnostics, error) {
			return w.Move(context.Background(), "registry.terraform.io/hashicorp/aws", "aws_cloudfront_distribution", `{"id":"`+id+`","staging":true,"enabled":true}`)
		},
		"moved by OpenTofu before 1.12.4": func(w *world, id string) (acctest.Diagnostics, error) {
			return w.Move(context.Background(), "aws", "aws_cloudfront_distribution", `{"id":"`+id+`","staging":true,"enabled":true}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				d := w.CopyByHand(w.Blue)
				w.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("next") })
				w.Settle()
				if d, err := arrive(w, d.ID); err != nil || len(d) > 0 {
					t.Fatal(err, d)
				}
				config := acctest.Config{"primary_distribution_id": w.Blue.ID, "overrides": map[string]any{"comment": "next"}}
				w.apply(t, config)
				w.ExpectSilent(w.Core, config)
				if wr := w.Writes(0); len(wr) > 0 || w.Get("id") != d.ID {
					t.Errorf("%s became %s, wrote %v", d.ID, w.Get("id"), wr)
				}
			})
		})
	}
}

func TestAnOrdinaryDistributionIsNeverMoved(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		d, err := w.Move(context.Background(), "registry.terraform.io/hashicorp/aws", "aws_cloudfront_distribution", `{"id":"`+w.Blue.ID+`","staging":false}`)
		if err != nil || len(d.Errors()) != 1 || !strings.Contains(d.String(), "Remove the moved block") {
			t.Errorf("said %v %s", err, d)
		}
		if d, err := w.Import(context.Background(), w.Blue.ID); err != nil || len(d.Errors()) != 1 || d.Errors()[0].Summary != "This is no staging distribution" {
			t.Errorf("the import said %v %s", err, d)
		}
	})
}

// Nobody knows when a copy that is imported last agreed with its primary, unless it does now.
func TestAnImportInventsNoBase(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		d := w.CopyByHand(w.Blue)
		w.Settle()
		imported := func() string {
			t.Helper()
			c := acctest.NewCore(resourceType, w.Core.World.Clock, w.Core.World.Transport)
			if _, err := c.Import(context.Background(), d.ID); err != nil {
				t.Fatal(err)
			}
			return c.Get("base")
		}
		if got := imported(); got != "" {
			t.Errorf("base is %q, and nobody knows the primary", got)
		}
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("home.html") })
		w.Settle()
		config := next(w.Env)
		c := acctest.NewCore(resourceType, w.Core.World.Clock, w.Core.World.Transport)
		if _, err := c.Import(context.Background(), d.ID); err != nil {
			t.Fatal(err)
		}
		if diags := c.MustConverge(context.Background(), t, config); len(diags) > 0 {
			t.Error(diags)
		}
		if got := c.Get("base"); got != "" {
			t.Errorf("base is %q, and staging has never had the primary's root object", got)
		}
		if diags := c.MustConverge(context.Background(), t, with(next(w.Env), "follow", "now")); len(diags) > 0 {
			t.Error(diags)
		}
		if _, is := w.staging(t); c.Get("base") == "" || aws.ToString(is.DefaultRootObject) != "home.html" {
			t.Errorf("base %q, root object %q after following", c.Get("base"), aws.ToString(is.DefaultRootObject))
		}
	})
}
