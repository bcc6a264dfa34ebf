package country_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/country"
)

func TestCountriesAreKnownByTheirCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"AD", "BZ", "CA", "DE", "FR", "GA", "JP", "KE", "MZ", "NA", "RW", "SA", "TZ", "UA", "US", "XK", "ZW"} {
		if !country.Known(code) {
			t.Errorf("%s is unknown", code)
		}
	}
	for _, code := range []string{"", "XX", "EU", "us", "USA", "*", "UK"} {
		if country.Known(code) {
			t.Errorf("%q is a country", code)
		}
	}
}
