package behaviorswitch_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// Another prefix is another entry document, and whoever has the old one keeps it for as long
// as it said.
func TestBrowsersThatKeepTheEntryDocumentAreToldOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		control, root string
		edit          func(acctest.Config)
		says          string // "": nothing
	}{
		"a day":                         {"public, max-age=86400", "index.html", nil, "Browsers that got it go on with it until "},
		"a day, and nothing is dropped": {"max-age=86400", "index.html", func(c acctest.Config) { delete(c, "invalidate") }, "Browsers that get it go on with it for 24h"},
		"less than the cutover":         {"max-age=5", "index.html", nil, ""},
		"it is asked for each time":     {"no-cache, max-age=86400", "index.html", nil, ""},
		"nothing said":                  {"", "index.html", nil, ""},
		"no entry document":             {"max-age=86400", "", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			running(t, func(t *testing.T) {
				s := open(t, "/api/*")
				s.EditByHand(s.Distribution, func(d *cftypes.DistributionConfig) {
					d.DefaultRootObject, d.Origins.Items[0].OriginPath = aws.String(c.root), aws.String("/v1")
				})
				s.Settle()
				answers := origin.State{}
				if c.control != "" {
					answers.Headers = map[string]string{"Cache-Control": c.control}
				}
				s.World.Origins().Put("app-blue.origin.test", answers)
				toward := func(live string) acctest.Config {
					config := s.toward(live, "default", "/api/*")
					at := func(path string) map[string]any {
						return map[string]any{"origins": map[string]any{"app-blue": map[string]any{"path": path}}}
					}
					config["sides"] = map[string]any{"blue": at("/v1"), "green": at("/v2")}
					if c.edit != nil {
						c.edit(config)
					}
					return config
				}
				p := core(s.Env)
				mustApply(t, p, toward("blue"))
				said := p.MustConverge(context.Background(), t, toward("green"))
				if len(said.Errors()) > 0 {
					t.Fatal(said)
				}
				switch warned := said.Warnings(); {
				case c.says == "" && len(warned) > 0:
					t.Errorf("said:\n%s", said)
				case c.says != "" && (len(warned) != 1 || warned[0].Summary != "Browsers keep the entry document of before" || !strings.Contains(warned[0].Detail, c.says)):
					t.Errorf("want %q, said:\n%s", c.says, said)
				}
				s.ExpectNothingLeft(p, toward("green"))
			})
		})
	}
}
