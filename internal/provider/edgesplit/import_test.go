package edgesplit_test

import (
	"context"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
)

func TestAnImportIdThatCannotBeMeantSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id    string
		world func(t *testing.T, s shop)
	}{
		"not the form":          {"shop;blue", nil},
		"nothing of that name":  {"shop", nil},
		"store without a split": {"shop", func(t *testing.T, s shop) { t.Helper(); s.keep(t, "") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t)
				if c.world != nil {
					c.world(t, s)
				}
				d, err := core(s.Env).Import(context.Background(), c.id)
				if err != nil || len(d.Errors()) != 1 {
					t.Fatalf("%v\n%s", err, d)
				}
				golden.Said(t, "import", name, d.String())
			})
		})
	}
}
