package awssim_test

import (
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/miekg/dns"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// findChromium looks for it, by any of its names.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("SKIPPED: there is no Chromium on PATH, so nothing here shows that the page of the fleet works in a browser")
	return ""
}

// The page draws itself in the browser, so only a browser can say what it shows.
func TestABrowserShowsWhoServesANameAtEachPOP(t *testing.T) {
	t.Parallel()
	chromium := findChromium(t)
	a := newAccount(t, awssim.New(awssim.Options{Clock: clock.NewScaled(600), Propagation: time.Minute, POPs: 10}))
	blue := a.distribution("blue", www)
	if err := a.Clock().Sleep(t.Context(), 3*time.Minute); err != nil { // of the simulator's time: it is everywhere
		t.Fatal(err)
	}
	if status, _, _ := a.get(t.Context(), "https://"+www+"/"); status != 200 {
		t.Fatalf("a viewer got %d", status)
	}
	a.DNS().Answer(new(dns.Msg).SetQuestion("nowhere.example.net.", dns.TypeA))
	server := httptest.NewServer(a.Control())
	t.Cleanup(server.Close)

	// --virtual-time-budget lets the page's first look at the state come back.
	cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir="+t.TempDir(), "--no-proxy-server", "--virtual-time-budget=5000", "--dump-dom", server.URL+awssim.AdminPath)
	var said strings.Builder
	cmd.Stderr = &said
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	page := string(raw)
	for _, want := range []string{
		www, aws.ToString(blue.Id), "<b>cloudfront CreateDistribution</b>", "Deployed", "10 POPs", "No policy.", "Of the last 1", "nowhere.example.net", "REFUSED",
		`<small id="lost" class="error"></small>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if n := strings.Count(page, `class="pop" title=`); n != 10 {
		t.Errorf("the page shows %d points of presence that serve, want 10", n)
	}
	if t.Failed() {
		t.Logf("%s\n%s", page, said.String())
	}
}
