package aliasowner_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// world has one name on blue, a wildcard on a third distribution, and two names in
// another account.
func world(t *testing.T) *acctest.Env {
	t.Helper()
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: time.Minute}})
	e.Distribute("wild", func(c *cftypes.DistributionConfig) {
		c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{"*.example.com"}}
	})
	e.World.CloudFront().Elsewhere(cloudfront.Outsider{Type: "distribution", ID: "EABCDEFGHIJKLM", Account: "999999999999"}, "shop.example.com")
	e.World.CloudFront().Elsewhere(cloudfront.Outsider{Type: "distribution-tenant", ID: "dt_0123456789ABCDEF", Account: "999999999999"}, "app.example.com")
	e.Settle()
	return e
}

// owner writes an owner in one line: whose, what, where.
func owner(t *testing.T, v tftypes.Value) string {
	t.Helper()
	if v.IsNull() {
		return "nobody"
	}
	var m map[string]tftypes.Value
	var alias, typ, id, account string
	var same bool
	for _, err := range []error{v.As(&m), m["alias"].As(&alias), m["resource_type"].As(&typ), m["resource_id"].As(&id), m["account_id"].As(&account), m["same_account"].As(&same)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%s %s %s of %s, ours %t", alias, typ, id, account, same)
}

func TestWhoHasAName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := world(t)
		www := fmt.Sprintf("www.example.com distribution %s of 123456789012, ours true", e.Blue.ID)
		wild := fmt.Sprintf("*.example.com distribution %s of 123456789012, ours true", e.Owner("*.example.com"))
		shop := "shop.example.com distribution *******GHIJKLM of ******999999, ours false"
		app := "app.example.com distribution-tenant *********6789ABCDEF of ******999999, ours false"
		for _, c := range []struct {
			name, owner, served string
			conflicts           int
		}{
			{"www.example.com", www, www, 2},
			{"*.example.com", wild, wild, 4},
			{"shop.example.com", shop, shop, 2},
			{"app.example.com", app, app, 2},
			{"new.example.com", "nobody", wild, 1},
			{"example.com", "nobody", "nobody", 0},
		} {
			site := e.Green.ID
			if c.name == "example.com" { // the site's certificate does not cover it
				arn := e.Certify("example.com")
				site = e.Distribute("apex", func(d *cftypes.DistributionConfig) { d.ViewerCertificate.ACMCertificateArn = aws.String(arn) }).ID
			}
			out, err := acctest.NewData("cdn_alias_owner", clock.System{}, e.World.Transport()).Read(t.Context(), acctest.Config{"name": c.name, "distribution_id": site})
			if err != nil || len(out.Diags) > 0 {
				t.Fatal(err, out.Diags)
			}
			var m map[string]tftypes.Value
			var owned bool
			var conflicts []tftypes.Value
			for _, err := range []error{out.Value.As(&m), m["owned"].As(&owned), m["conflicts"].As(&conflicts)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if got := owner(t, m["owner"]); got != c.owner || owned != (c.owner != "nobody") {
				t.Errorf("%s is owned (%t) by %s, want %s", c.name, owned, got, c.owner)
			}
			if got := owner(t, m["served_by"]); got != c.served {
				t.Errorf("%s is served by %s, want %s", c.name, got, c.served)
			}
			if len(conflicts) != c.conflicts {
				t.Errorf("%s has %d conflicts, want %d: %v", c.name, len(conflicts), c.conflicts, conflicts)
			}
		}
	})
}
