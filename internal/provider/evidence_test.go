package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

func attribute(t *testing.T, v tftypes.Value, name string) string {
	t.Helper()
	got, _, err := tftypes.WalkAttributePath(v, tftypes.NewAttributePath().WithAttributeName(name))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(got)
}

// A target that is ill, slow or gone is an answer, and no error: a check block says
// what it means, and a destroy goes on.
func TestAProbeNeverFailsAPlanBecauseItsTargetIsIll(t *testing.T) {
	t.Parallel()
	for name, break_ := range map[string]func(e *acctest.Env, d *acctest.Data, c acctest.Config){
		"503": func(e *acctest.Env, _ *acctest.Data, _ acctest.Config) {
			e.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
		},
		"another":     func(_ *acctest.Env, _ *acctest.Data, c acctest.Config) { c["body_contains"] = "green" },
		"unreachable": func(_ *acctest.Env, d *acctest.Data, _ acctest.Config) { d.World.Transport = acctest.Unreachable{} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inASite(t, "cdn_http_probe", func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
				break_(e, d, config)
				out := read(t, d, config)
				if len(out.Diags) > 0 {
					t.Error(out.Diags)
				}
				if got := attribute(t, out.Value, "verdict"); got != `tftypes.String<"failed">` {
					t.Errorf("verdict %s in %s", got, out.Value)
				}
				if got := attribute(t, out.Value, "failed"); got != `tftypes.Number<"3">` {
					t.Errorf("failed %s", got)
				}
			})
		})
	}
	inASite(t, "cdn_http_probe", func(t *testing.T, _ *acctest.Env, d *acctest.Data, config acctest.Config) {
		if got := attribute(t, read(t, d, config).Value, "passed"); got != `tftypes.Bool<"true">` {
			t.Errorf("passed %s", got)
		}
	})
}

func TestTrafficIsWhatViewersAskedForAndNoneIsNoEvidence(t *testing.T) {
	t.Parallel()
	inASite(t, "cdn_traffic", func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
		out := read(t, d, config)
		if got := attribute(t, out.Value, "error_rate"); got != "tftypes.Number<null>" || len(out.Diags) > 0 {
			t.Errorf("without traffic the error rate is %s (%s)", got, out.Diags)
		}
		viewer := &http.Client{Transport: e.World.Transport()}
		ask := func(n int) {
			for range n {
				req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+e.Green.Domain+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := viewer.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				_ = resp.Body.Close() // nothing to be done about it
			}
		}
		ask(30)
		e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		ask(10)
		_ = clock.System{}.Sleep(context.Background(), 6*time.Minute)
		out = read(t, d, config)
		for name, want := range map[string]string{"requests": `tftypes.Number<"40">`, "errors": `tftypes.Number<"10">`, "error_rate": `tftypes.Number<"25">`} {
			if got := attribute(t, out.Value, name); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
	})
}
