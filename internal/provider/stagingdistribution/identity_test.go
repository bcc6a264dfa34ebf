package stagingdistribution_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// legacyBehavior gives a distribution a behaviour of before there were cache policies.
func legacyBehavior(c *cftypes.DistributionConfig) {
	b := c.DefaultCacheBehavior
	b.CachePolicyId, b.OriginRequestPolicyId = nil, nil
	//nolint:staticcheck // deprecated, and still there
	b.ForwardedValues = &cftypes.ForwardedValues{QueryString: aws.Bool(true), Cookies: &cftypes.CookiePreference{Forward: cftypes.ItemSelectionNone}}
	b.MinTTL, b.DefaultTTL, b.MaxTTL = aws.Int64(1), aws.Int64(60), aws.Int64(3600) //nolint:staticcheck // as above
}

// A create that fails half-way leaves a copy and no state. What happens to the primary
// until the next apply belongs into that copy: `follow` is asked for with it, and a
// release would take it back otherwise.
func TestACreateThatFindsACopyMakesItWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, follow := range map[string][2]any{"with another follow": {"1", "2"}, "with the same follow": {"1", "1"}, "without follow": {nil, nil}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in(t, func(t *testing.T, w *world) {
				config := with(next(w.Env), "follow", follow[0])
				behavior := config["overrides"].(map[string]any)["default_behavior"].(map[string]any)
				behavior["origin_request_policy_id"] = "00000000-0000-0000-0000-000000000000"
				if d := w.MustConverge(context.Background(), t, config); len(d.Errors()) != 1 || !strings.Contains(d.String(), "NoSuchOriginRequestPolicy") {
					t.Fatalf("a policy that is not there: %s", d)
				}
				if !w.State.IsNull() || len(w.Staging()) != 1 {
					t.Fatalf("%d copies, state %s", len(w.Staging()), w.State)
				}
				w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) {
					c.DefaultRootObject = aws.String("home.html")
					c.DefaultCacheBehavior.ViewerProtocolPolicy = cftypes.ViewerProtocolPolicyRedirectToHttps
				})
				w.Settle()
				config = with(next(w.Env), "follow", follow[1])
				w.apply(t, config)
				_, c := w.staging(t)
				if aws.ToString(c.DefaultRootObject) != "home.html" || c.DefaultCacheBehavior.ViewerProtocolPolicy != cftypes.ViewerProtocolPolicyRedirectToHttps {
					t.Errorf("the copy has the root object %q and %s, as the primary had when it was made", aws.ToString(c.DefaultRootObject), c.DefaultCacheBehavior.ViewerProtocolPolicy)
				}
				if path(c) != "/next" || w.Get("base") == "" {
					t.Errorf("origin path %q, base %q", path(c), w.Get("base"))
				}
				w.ExpectSilent(w.Core, config)
			})
		})
	}
}

func TestACopyAndItsRefreshAreTheSameHoweverCloudFrontSpellsThem(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		config := with(next(w.Env), "follow", "1")
		w.apply(t, config)
		w.Core.World.Alone = true // a glance would go by the version alone
		way, cases := w.Spell(), 0
		for _, way.Spelling = range acctest.Spellings() {
			before := way.Spelled
			w.ExpectSilent(w.Core, config)
			if t.Failed() {
				t.Fatal(way.Spelling.Name)
			}
			if way.Spelled > before {
				cases++
			}
		}
		// An adopting create writes nothing but its mark where nothing is to be changed.
		adopter := acctest.NewCore(resourceType, w.Core.World.Clock, way)
		for _, way.Spelling = range acctest.Spellings() {
			before, seq := way.Spelled, w.Env.World.Journal().Seq()
			again := *adopter
			if d := again.MustConverge(context.Background(), t, config); len(d) > 0 {
				t.Errorf("%s: %s", way.Spelling.Name, d)
			}
			if wr := w.Writes(seq); len(wr) != 1 || wr[0].Operation != "TagResource" {
				t.Fatalf("%s: adopting wrote %v", way.Spelling.Name, wr)
			}
			if way.Spelled > before {
				cases++
			}
		}
		t.Logf("%d answers", cases)
	})
}

// A cache policy takes the place of the settings that it excludes.
func TestACachePolicyReplacesLegacySettings(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.EditByHand(w.Blue, legacyBehavior)
		w.Settle()
		config := next(w.Env)
		behavior := config["overrides"].(map[string]any)["default_behavior"].(map[string]any)
		d := w.MustConverge(context.Background(), t, config).Errors()
		if len(d) != 1 || d[0].Summary != "There is nothing to override" || !strings.Contains(d[0].Detail, "a cache policy in cache behaviour default") {
			t.Errorf("an origin request policy beside legacy settings: %s", d)
		}
		if n := len(w.Staging()); n != 0 {
			t.Fatalf("%d copies were made before that was known", n)
		}
		behavior["cache_policy_id"] = "658327ea-f89d-4fab-a63d-7e88639e58f6"
		w.apply(t, config)
		_, c := w.staging(t)
		b := c.DefaultCacheBehavior
		//nolint:staticcheck // deprecated, and still there
		if b.ForwardedValues != nil || b.MinTTL != nil || b.DefaultTTL != nil || b.MaxTTL != nil || aws.ToString(b.CachePolicyId) == "" {
			t.Errorf("the behaviour is %+v", b)
		}
		w.ExpectSilent(w.Core, config)
	})
}

// What this provider does not know of the primary it cannot give to staging: following
// says so instead of counting it as carried out in silence.
func TestFollowingSaysWhatItCannotBring(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, with(next(w.Env), "follow", "1"))
		way := w.Spell()
		way.Of, way.Spelling = w.Blue.ID, acctest.Spelling{Rewrite: func(doc string) string {
			return strings.ReplaceAll(doc, "</Origin>", "<Novelty>on</Novelty></Origin>")
		}}
		d := w.MustConverge(context.Background(), t, with(next(w.Env), "follow", "2"))
		if len(d) != 1 || d[0].Summary != "Primary and staging differ in settings that nobody here knows" || !strings.Contains(d[0].Detail, "Origins/origin/Novelty") {
			t.Errorf("says %s", d)
		}
	})
}
