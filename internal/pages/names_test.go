package pages_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// named finds what looks like a resource, a data source or an action of this provider,
// or like one of its functions.
var (
	named     = regexp.MustCompile(`\bcdn_[a-z]+(?:_[a-z]+)*\b`)
	functions = regexp.MustCompile(`provider::cdn::([a-z_]+)`)
)

// Nothing that people read may send them to what this build does not have.
func TestWhatTextsNameExists(t *testing.T) {
	t.Parallel()
	server, err := provider.NewServer(provider.World{Clock: clock.System{}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	has, err := server.GetMetadata(context.Background(), &tfprotov6.GetMetadataRequest{})
	if err != nil {
		t.Fatal(err)
	}
	known, callable := map[string]bool{}, map[string]bool{}
	for _, r := range has.Resources {
		known[r.TypeName] = true
	}
	for _, d := range has.DataSources {
		known[d.TypeName] = true
	}
	for _, a := range has.Actions {
		known[a.TypeName] = true
	}
	for _, f := range has.Functions {
		callable[f.Name] = true
	}
	if len(known) < 10 || len(callable) < 3 {
		t.Fatalf("the provider has only %v and %v", known, callable)
	}
	read := 0
	for _, in := range []struct{ dir, ext string }{
		{"internal/diags", ".go"},
		{"internal/fwtypes", ".go"},
		{"internal/provider", ".go"},
		{"internal/permissions", ".go"},
		{"templates", ".tmpl"},
		{"templates", ".md"},
		{"docs/guides", ".md"},
		{"docs/resources", ".md"},
		{"docs/data-sources", ".md"},
		{"docs/actions", ".md"},
		{"examples", ".tf"},
		{"examples", ".md"},
	} {
		for _, name := range files(t, in.dir, in.ext) {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(name) //nolint:gosec // a file of this repository
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range named.FindAllString(string(raw), -1) {
				if read++; !known[n] {
					t.Errorf("%s names %s, which this build does not have", name, n)
				}
			}
			for _, m := range functions.FindAllStringSubmatch(string(raw), -1) {
				if !callable[m[1]] {
					t.Errorf("%s calls provider::cdn::%s, which this build does not have", name, m[1])
				}
			}
		}
	}
	t.Logf("%d mentions of %d names", read, len(known))
}
