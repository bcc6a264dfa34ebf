package switchover_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

func TestAWildcardAliasStandsForAnyDepthAndACertificatesForOneLabel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		alias, name        string
		asAlias, asSubject bool
	}{
		{"www.example.com", "www.example.com", true, true},
		{"www.example.com", "example.com", false, false},
		{"example.com", "www.example.com", false, false},
		{"*.example.com", "www.example.com", true, true},
		{"*.example.com", "marketing.product-name.example.com", true, false},
		{"*.example.com", "example.com", false, false},
		{"*.example.com", "wwwexample.com", false, false},
		{"*.www.example.com", "www.example.com", false, false},
		{"*.example.com", "*.example.com", true, true},
	} {
		if got := switchover.AliasCovers(c.alias, c.name); got != c.asAlias {
			t.Errorf("alias %s covers %s: %t", c.alias, c.name, got)
		}
		if got := switchover.Covered([]string{c.alias}, c.name); got != c.asSubject {
			t.Errorf("a certificate for %s covers %s: %t", c.alias, c.name, got)
		}
	}
}
