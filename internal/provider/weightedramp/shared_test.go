package weightedramp_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
)

// Hundreds of ramps are imported by blocks, and refreshed every night after that. Both cost the
// pages that their records are on.
func TestWhatManyRampsOfAZoneCost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 12
		e := acctest.New(t, site(www))
		var changes []r53types.Change
		var cores []*acctest.Core
		var ids []string
		for i := range *moved {
			name := fmt.Sprintf("n%04d.example.com", i)
			for id, value := range map[string]string{"blue": "198.51.100.7", "green": elsewhere} {
				changes = append(changes, weighted(name, id, 50, value))
			}
			cores, ids = append(cores, core(e)), append(ids, e.ZoneIDs["example.com"]+";"+name+";A;blue,green")
		}
		for batch := range slices.Chunk(changes, 500) {
			e.ChangeByHand(www, batch...)
			e.Settle()
		}
		cost := func(what string, act func() (acctest.Diagnostics, error)) {
			t.Helper()
			before := e.World.Journal().Seq()
			if d, err := act(); err != nil || len(d) > 0 {
				t.Fatal(err, d)
			}
			report(t, figure.AtMost(fmt.Sprintf("%s of %d ramps in one zone: calls", what, *moved), float64(len(e.Calls(before))), "calls", most))
		}
		cost("import", func() (acctest.Diagnostics, error) { return acctest.ImportTogether(t.Context(), 10, cores, ids) })
		cost("refresh", func() (acctest.Diagnostics, error) { return acctest.RefreshTogether(t.Context(), 10, cores) })
		for i, c := range cores {
			if c.Get("weight") != "50" || c.Get("phase") != "settled" || c.Get("id") != ids[i] {
				t.Errorf("%s was imported as %s at %s, %s", ids[i], c.Get("id"), c.Get("weight"), c.Get("phase"))
			}
		}
	})
}
