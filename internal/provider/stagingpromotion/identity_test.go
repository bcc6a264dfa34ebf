package stagingpromotion_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// undocumented is the one spelling that a table of defaults cannot know: only what AWS
// counts tells it from a change.
const undocumented = "a known value that is no documented default"

// sameContent says whether two fingerprints are of one content, however often AWS has
// counted a write in between.
func sameContent(a, b string) bool {
	a, _, _ = strings.Cut(a, "@")
	b, _, _ = strings.Cut(b, "@")
	return a == b && a != ""
}

// quiet fails the test unless a refresh under each spelling changes nothing, and a plan
// neither. It returns how many answers were spelled anew.
func (r *rig) quiet(t *testing.T, way *acctest.Speller, config acctest.Config, except string) int {
	t.Helper()
	cases := 0
	for _, way.Spelling = range acctest.Spellings() {
		if way.Spelling.Name == except {
			continue
		}
		state, seq, before := r.core.State, r.World.Journal().Seq(), way.Spelled
		p, err := r.core.Plan(context.Background(), config)
		if err != nil || !p.Empty() || !r.core.State.Equal(state) || len(r.Writes(seq)) > 0 {
			t.Fatalf("%s: err %v, empty %v, wrote %v\nstate was %s\nstate is  %s", way.Spelling.Name, err, p.Empty(), r.Writes(seq), state, r.core.State)
		}
		if way.Spelled > before {
			cases++
		}
	}
	way.Spelling = acctest.Spelling{}
	return cases
}

// Nothing is drift, pending or promoted because CloudFront has begun to say more of
// distributions that nobody has touched.
func TestNoReleaseComesOfHowCloudFrontSpellsItsAnswers(t *testing.T) {
	t.Parallel()
	for _, onDrift := range []string{"report", "restore", "accept"} {
		t.Run(onDrift, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T, r *rig) {
				drift := acctest.Config{"on_drift": onDrift}
				r.introduce(t, r.ask("one", drift))
				way := r.core.Spell()
				cases := r.quiet(t, way, r.ask("one", drift), "")
				// The names of the primary are written anew: AWS counts, and nothing else changes.
				r.EditByHand(r.Blue, func(*cftypes.DistributionConfig) {})
				r.EditByHand(r.staging, func(*cftypes.DistributionConfig) {})
				r.Settle()
				cases += r.quiet(t, way, r.ask("one", drift), undocumented)
				// A release that failed stays one.
				r.sicken("next.origin.test")
				bad := r.ask("two", afterOnly, drift)
				expectSays(t, r.apply(t, bad).Errors(), "Release failed and was rolled back")
				r.heal("next.origin.test")
				r.Settle()
				cases += r.quiet(t, way, bad, "")
				r.EditByHand(r.staging, func(*cftypes.DistributionConfig) {})
				r.Settle()
				cases += r.quiet(t, way, bad, undocumented)
				if got := r.origin(t); got != "blue.origin.test" {
					t.Errorf("the primary serves from %s", got)
				}
				// What somebody does change is drift, however it is spelled.
				r.EditByHand(r.Blue, func(c *cftypes.DistributionConfig) { c.DefaultRootObject = aws.String("wild.html") })
				r.Settle()
				for _, way.Spelling = range acctest.Spellings() {
					kept := *r.core
					if d, err := r.core.Refresh(context.Background()); err != nil || len(d.Errors()) > 0 || r.core.Get("phase") != "drifted" {
						t.Errorf("%s: err %v, phase %s, %s", way.Spelling.Name, err, r.core.Get("phase"), d)
					}
					*r.core = kept
					cases++
				}
				t.Logf("%d answers", cases)
			})
		})
	}
}
