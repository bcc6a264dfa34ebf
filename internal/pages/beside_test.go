package pages_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
)

// What is known of hashicorp/aws stands in one table, which the preflight goes by.
func TestTheGuideShowsWhatIsKnownOfHashicorpAWS(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"../../templates/guides/beside-hashicorp-aws.md", "../../docs/guides/beside-hashicorp-aws.md"} {
		raw, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, table, ok := strings.Cut(string(raw), "\n## By version\n")
		table, _, _ = strings.Cut(table, "\n## ")
		if !ok || !strings.Contains(table, preflight.Newest) {
			t.Errorf("%s says nothing up to %s", page, preflight.Newest)
		}
		for _, row := range preflight.HashicorpAWS {
			if line := fmt.Sprintf("| %s | %s | %s |\n", row.Versions, row.What, row.Do); !strings.Contains(table, line) {
				t.Errorf("%s lacks\n%s", page, line)
			}
		}
		if got, want := strings.Count(table, "\n| "), len(preflight.HashicorpAWS)+1; got != want {
			t.Errorf("%s has %d rows, want %d", page, got, want)
		}
	}
}
