package orphanedpolicies_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// without leaves distributions out of lists: the simulator, as AWS, does not let one go
// that a policy names.
type without struct {
	http.RoundTripper
	hidden []string // ids
}

var summary = regexp.MustCompile(`(?s)<DistributionSummary>.*?</DistributionSummary>`)

func (w without) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.RoundTripper.RoundTrip(req)
	if err != nil || !strings.HasSuffix(req.URL.Path, "/distribution") {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	body = summary.ReplaceAllFunc(body, func(one []byte) []byte {
		if slices.ContainsFunc(w.hidden, func(id string) bool { return bytes.Contains(one, []byte("<Id>"+id+"</Id>")) }) {
			return nil
		}
		return one
	})
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// orphans reads the data source: what it says of each policy, and how many there are.
func orphans(t *testing.T, e *acctest.Env, hidden ...string) (found map[string]map[string]string, count string) {
	t.Helper()
	out, err := acctest.NewData("cdn_orphaned_policies", clock.System{}, without{e.World.Transport(), hidden}).Read(t.Context(), acctest.Config{})
	if err != nil || len(out.Diags) > 0 {
		t.Fatal(err, out.Diags)
	}
	var object map[string]tftypes.Value
	var list []tftypes.Value
	if err := out.Value.As(&object); err != nil {
		t.Fatal(err)
	}
	if err := object["policies"].As(&list); err != nil {
		t.Fatal(err)
	}
	found = map[string]map[string]string{}
	for _, one := range list {
		var members map[string]tftypes.Value
		if err := one.As(&members); err != nil {
			t.Fatal(err)
		}
		texts := map[string]string{}
		for name, v := range members {
			var s *string
			if v.As(&s) == nil && s != nil {
				texts[name] = *s
			}
		}
		texts["enabled"] = members["enabled"].String()
		found[texts["id"]] = texts
	}
	return found, object["policies_in_account"].String()
}

func TestAPolicyWithoutAnEndIsAnOrphan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: time.Minute}})
		if found, count := orphans(t, e); len(found) > 0 || !strings.Contains(count, `"0"`) {
			t.Errorf("without a policy: %v of %s", found, count)
		}
		if n := len(e.Calls(0)); n != 1 {
			t.Errorf("made %d calls to learn that there is no policy", n)
		}

		next, other := e.CopyByHand(e.Blue), e.CopyByHand(e.Green)
		used, unused := e.JoinByHand(next, acctest.ByWeight(0.05), false), e.JoinByHand(other, acctest.ByWeight(0.1), true)
		e.AttachByHand(e.Blue, used)
		e.Settle()
		check := func(when string, want map[string]string, hidden ...string) {
			t.Helper()
			found, count := orphans(t, e, hidden...)
			got := map[string]string{}
			for id, o := range found {
				got[id] = o["lacks"] + " " + o["primary_distribution_id"] + " " + o["staging_distribution_id"]
			}
			if len(got) != len(want) || !strings.Contains(count, `"2"`) {
				t.Errorf("%s: found %v of %s, want %v", when, got, count, want)
			}
			for id, w := range want {
				if got[id] != w {
					t.Errorf("%s: %s lacks %q, want %q", when, id, got[id], w)
				}
			}
		}
		check("one is not attached", map[string]string{unused: "primary  " + other.ID})
		check("and another has no staging", map[string]string{unused: "both  ", used: "staging " + e.Blue.ID + " "}, next.ID, other.ID)
		found, _ := orphans(t, e)
		o := found[unused]
		if o["staging_domain_name"] != strings.ToLower(other.Domain) || !strings.Contains(o["enabled"], "true") || !strings.HasPrefix(o["last_modified"], "2000-01-01T") {
			t.Errorf("says %v", o)
		}

		// A primary that is disabled goes together with its attachment, and leaves its policy.
		e.AttachByHand(e.Green, unused)
		e.Settle()
		check("both are attached", nil)
		e.TurnByHand(unused, func(c *cftypes.ContinuousDeploymentPolicyConfig) { c.Enabled = aws.Bool(false) })
		e.DeleteByHand(e.Green)
		check("the primary is gone", map[string]string{unused: "primary  " + other.ID})
		if w := e.Writes(0); len(w) > 0 {
			t.Errorf("wrote %s", w[0].Operation)
		}
	})
}
