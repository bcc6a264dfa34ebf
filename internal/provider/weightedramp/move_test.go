package weightedramp_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// OpenTofu before 1.12.4 sends the name of the provider without its namespace.
func TestARecordIsMovedFromAWSWhateverTheCLICallsIt(t *testing.T) {
	t.Parallel()
	running(t, site(www), func(t *testing.T, e *acctest.Env, _ *acctest.Core) {
		record := `{"zone_id":"` + e.ZoneIDs["example.com"] + `","name":"` + www + `","fqdn":"` + www + `","type":"A","alias":[{"name":"` + e.Blue.Domain + `","zone_id":"Z2FDTNDATAQYW2","evaluate_target_health":false}]}`
		for address, want := range map[string]bool{"registry.terraform.io/hashicorp/aws": true, "aws": true, "registry.terraform.io/else/aws": false} {
			d, err := core(e).Move(t.Context(), address, "aws_route53_record", record)
			if err != nil || (len(d.Errors()) == 0) != want {
				t.Errorf("%s: %v %s", address, err, d)
			}
		}
	})
}
