package preflight_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// untried asks what nobody can try.
func untried(t *testing.T, e *acctest.Env, c acctest.Config) []string {
	t.Helper()
	out, err := acctest.NewData("cdn_preflight", clock.System{}, e.World.Transport()).Read(t.Context(), c)
	must(t, err)
	return acctest.Strings(out.Value, "untried_writes")
}

const (
	updates, moves, associates = "cloudfront:UpdateDistribution", "cloudfront:UpdateDomainAssociation", "cloudfront:AssociateAlias"
	invalidates, points        = "cloudfront:CreateInvalidation", "route53:ChangeResourceRecordSets"
)

// What a run writes is named beforehand, whatever the method; what it cannot need is not.
func TestWritesThatNobodyCanTryAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		edit func(acctest.Config)
		want []string
	}{
		"a switch":       {func(acctest.Config) {}, []string{invalidates, updates, moves, points}},
		"without zones":  {func(c acctest.Config) { delete(c, "dns") }, []string{invalidates, updates, moves}},
		"another method": {func(c acctest.Config) { c["method"] = "associate_alias" }, []string{associates, invalidates, updates, points}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := acctest.New(t, site())
				ask := config(e)
				c.edit(ask)
				got := untried(t, e, ask)
				if !slices.Equal(got, c.want) {
					t.Errorf("it names %q, want %q", got, c.want)
				}
				// The cutover itself writes nothing else.
				s := acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
				before := e.World.Journal().Seq()
				if d := s.MustConverge(t.Context(), t, ask).Errors(); len(d) > 0 {
					t.Fatal(d)
				}
				writes := e.Writes(before)
				for _, w := range writes {
					for _, action := range awssim.Actions(w.Service, w.Operation) {
						if !slices.Contains(got, action) {
							t.Errorf("it wrote by %s, which was not named", action)
						}
					}
				}
				if len(writes) == 0 {
					t.Error("nothing was written")
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		got := untried(t, p.Env, p.config())
		for _, action := range []string{updates, invalidates, "cloudfront:CreateContinuousDeploymentPolicy", "cloudfront:UpdateContinuousDeploymentPolicy", "cloudfront:TagResource", "s3:PutObject"} {
			if !slices.Contains(got, action) {
				t.Errorf("of a continuous deployment it does not name %s: %q", action, got)
			}
		}
		c := p.config()
		delete(asked(c), "staging_distribution_id")
		if alone := untried(t, p.Env, c); slices.Contains(got, "cloudfront:CopyDistribution") || !slices.Contains(alone, "cloudfront:CopyDistribution") {
			t.Errorf("with staging %q, without it %q", got, alone)
		}
		for _, action := range got {
			if _, verb, _ := strings.Cut(action, ":"); strings.HasPrefix(verb, "Get") || strings.HasPrefix(verb, "List") || strings.HasPrefix(verb, "Describe") {
				t.Errorf("%s can be tried", action)
			}
		}
	})
}
