package promotionstatus_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A pair does not come to differ because CloudFront says more of one of the two, or of both.
func TestAPairIsTheSameHoweverCloudFrontSpellsIt(t *testing.T) {
	t.Parallel()
	joined(t, func(t *testing.T, r *rig) {
		settled := text(at(t, r.ask(t), "primary.fingerprint"))
		way, cases := &acctest.Speller{RoundTripper: r.World.Transport()}, 0
		read := func(known string) (tftypes.Value, acctest.Diagnostics) {
			t.Helper()
			c := acctest.Config{"primary_distribution_id": r.Blue.ID}
			if known != "" {
				c["settled_fingerprint"] = known
			}
			out, err := acctest.NewData("cdn_promotion_status", clock.System{}, way).Read(t.Context(), c)
			if err != nil || len(out.Diags.Errors()) > 0 {
				t.Fatal(err, out.Diags)
			}
			return out.Value, out.Diags
		}
		for _, want := range []string{"in_sync", "pending"} {
			before, _ := read("")
			for _, of := range []string{"", r.Blue.ID, r.staging.ID} {
				for _, way.Spelling = range acctest.Spellings() {
					if of != "" && way.Spelling.Name == "a known value that is no documented default" {
						continue // in one of the two it is a difference
					}
					for _, known := range []string{"", settled} {
						if known != "" && way.Spelling.Name == "a known value that is no documented default" {
							continue // what is handed over says nothing of what AWS counts
						}
						spelled := way.Spelled
						way.Of = of
						v, said := read(known)
						expect(t, v, map[string]string{"status": want, "blocked_by": "null"})
						if got := at(t, v, "differences"); got != at(t, before, "differences") {
							t.Errorf("%s: they differ in %s", way.Spelling.Name, got)
						}
						differ := of != "" && way.Spelling.Unknown && way.Spelled > spelled && !strings.HasPrefix(way.Spelling.Name, "an empty")
						if (len(said) > 0) != differ {
							t.Errorf("%s of %q: says %s", way.Spelling.Name, of, said)
						}
						if t.Failed() {
							t.Fatal(way.Spelling.Name, of, known)
						}
						if way.Spelled > spelled {
							cases++
						}
					}
				}
			}
			way.Spelling = acctest.Spelling{}
			if want == "in_sync" {
				r.stage()
			}
		}
		t.Logf("%d answers", cases)
	})
}
