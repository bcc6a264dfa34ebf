package configured_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

func TestTheAddressOfAWSIsKnownInEverySpelling(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"registry.terraform.io/hashicorp/aws": true,
		"registry.opentofu.org/hashicorp/aws": true,
		"mirror.example.com/hashicorp/aws":    true,
		"hashicorp/aws":                       true,
		"aws":                                 true, // OpenTofu up to 1.12.3

		"registry.terraform.io/nothashicorp/aws": false,
		"registry.terraform.io/opentofu/aws":     false,
		"registry.terraform.io/hashicorp/awscc":  false,
		"hashicorp/aws/aws":                      false,
		"a/b/hashicorp/aws":                      false,
		"awscc":                                  false,
		"":                                       false,
	} {
		if got := configured.OfAWS(address); got != want {
			t.Errorf("%q: %t, want %t", address, got, want)
		}
	}
}
