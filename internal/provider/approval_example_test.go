package provider_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

const stagingToProduction = "../../examples/staging-to-production/"

// A pipeline is the example of one, on a world and the clock of the machine: hashicorp/aws
// knows no other.
type pipeline struct {
	*testing.T
	c    *acctest.CLI
	use  func(*acctest.Workspace)
	from string // the folder of the example
}

func eachPipeline(t *testing.T, test func(p pipeline)) {
	t.Helper()
	acctest.NeedAWSProvider(t)
	acctest.EachCLI(t, func(t *testing.T, use func(*acctest.Workspace)) {
		t.Helper()
		test(newPipeline(t, stagingToProduction, use))
	})
}

func newPipeline(t *testing.T, from string, use func(*acctest.Workspace)) pipeline {
	t.Helper()
	return pipeline{t, acctest.NewCLI(t, acctest.Site{Names: []string{"elsewhere.example.net"}, NoRecords: true, World: acctest.Hasty()}), use, from}
}

// stack is a folder of the example, with the test's providers in place of its own.
func (p pipeline) stack(name string, w *acctest.Workspace) *acctest.Workspace {
	p.Helper()
	p.use(w)
	files, err := filepath.Glob(p.from + name + "/*.tf")
	if err != nil || len(files) == 0 {
		p.Fatal(files, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			p.Fatal(err)
		}
		// Who comes next waits anyway, and hashicorp/aws never for less than half a minute.
		hcl := strings.Replace(string(raw), "\n  enabled ", "\n  wait_for_deployment = false\n  enabled ", 1)
		hcl = strings.ReplaceAll(hcl, `bake_time = "5s"`, `bake_time = "1s"`)
		if filepath.Base(file) == "providers.tf" {
			hcl = strings.Replace(p.c.ProviderBlock(), `"15s"`, `"500ms"`, 1)
		}
		w.Put(filepath.Base(file), hcl)
	}
	return w
}

// gets fails the test unless viewers of a name get an origin.
func (p pipeline) gets(name, want string, headers ...string) {
	p.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+name+"/", nil)
	if err != nil {
		p.Fatal(err)
	}
	for _, h := range headers {
		k, v, _ := strings.Cut(h, "=")
		req.Header.Set(k, v)
	}
	resp, err := p.c.World.Transport().RoundTrip(req)
	if err != nil {
		p.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
		p.Errorf("%s answers %d %s %v, want %s", name, resp.StatusCode, body, err, want)
	}
}

// says fails the test unless a run warns so often, and has texts.
func (p pipeline) says(r acctest.Run, warnings int, texts ...string) {
	p.Helper()
	if got := strings.Count(r.Output, "Warning: "); got != warnings || !r.Says(texts...) {
		p.Errorf("%d warnings, want %d and %q:\n%s", got, warnings, texts, r.Output)
	}
}

const waits = "Warning: Waiting for an approval"

func TestAccApproval_exampleInOneStack(t *testing.T) {
	t.Parallel()
	eachPipeline(t, func(p pipeline) {
		p.Helper()
		const www, tester = "www.example.com", "aws-cf-cd-stage=next"
		w := p.stack("one-stack", p.c.Beside())
		request := func() string {
			p.Helper()
			asks, _ := w.State("cdn_staging_promotion.www")["approval_request"].(string)
			return asks
		}
		w.Must(0, "apply", "-auto-approve")
		w.Must(0, "plan", "-detailed-exitcode")
		p.gets(www, "build-1.origin.test")

		r := w.Must(0, "apply", "-auto-approve", "-var=build=2")
		second := request()
		p.says(r, 1, waits, "What waits is build 2, since ", `approval_request = "`+second+`"`)
		p.says(w.Must(0, "plan", "-detailed-exitcode", "-var=build=2"), 1, waits, "No changes")
		p.gets(www, "build-1.origin.test")
		p.gets(www, "build-2.origin.test", tester)
		p.c.World.Origins().Put("build-2.origin.test", origin.State{Status: 503})
		p.says(w.Must(0, "plan", "-detailed-exitcode", "-var=build=2"), 2, waits, "Warning: Check block assertion failed", "Do not approve build 2: ")

		// Somebody says yes, and meanwhile staging gets another build.
		p.says(w.Must(0, "apply", "-auto-approve", "-var=build=3", "-var=approval="+second), 2, "Warning: Nobody has asked for this approval", waits)
		third := request()
		p.gets(www, "build-1.origin.test")
		p.gets(www, "build-3.origin.test", tester)
		p.says(w.Must(0, "plan", "-var=build=3", "-var=approval="+second), 1, "Warning: The approval is of something else", third)

		w.Must(0, "apply", "-auto-approve", "-var=build=3", "-var=approval="+third)
		p.gets(www, "build-3.origin.test")
		p.says(w.Must(0, "plan", "-detailed-exitcode", "-var=build=3", "-var=approval="+third), 0, "No changes")

		// Back, in a hurry.
		w.Must(0, "apply", "-auto-approve", "-var=build=1", "-var=approval="+third, "-var=paused=false")
		p.gets(www, "build-1.origin.test")
	})
}

func TestAccApproval_exampleInTwoStacks(t *testing.T) {
	t.Parallel()
	eachPipeline(t, func(p pipeline) {
		p.Helper()
		const shop, two, three = "shop.example.com", `-var=builds={blue="1",green="2"}`, `-var=builds={blue="1",green="3"}`
		production, approval := p.stack("production", p.c.Beside()), p.stack("approval", p.c.Workspace())
		state := func(w *acctest.Workspace) string { return w.File("terraform.tfstate", "") }
		approvals, asks := "-var=approvals="+state(approval), "-var=production="+state(production)
		for _, w := range []*acctest.Workspace{production, approval} {
			if err := os.Remove(state(w)); err != nil {
				p.Fatal(err)
			}
		}
		production.Must(0, "apply", "-auto-approve", "-var=paused=false")
		approval.Must(0, "apply", "-auto-approve", asks)
		production.Must(0, "apply", "-auto-approve", approvals)
		production.Must(0, "plan", "-detailed-exitcode", approvals)
		p.gets(shop, "build-1.blue.origin.test")

		p.says(production.Must(0, "apply", "-auto-approve", approvals, two, "-var=live=green"), 1, waits, "What waits is green, since ")
		p.says(production.Must(0, "plan", "-detailed-exitcode", approvals, two, "-var=live=green"), 1, waits, "No changes")
		p.says(approval.Must(2, "plan", "-detailed-exitcode", asks), 1, "Confirm this plan to approve green, waiting since ", "Evidence: verifying green before the move: healthy.")
		approval.Must(0, "apply", "-auto-approve", asks)

		// There is a yes, and nothing goes out: not now.
		const frozen = `-var=freezes=[{from="2000-01-01T00:00:00Z",until="2999-01-01T00:00:00Z"}]`
		for range 2 {
			p.says(production.Must(0, "plan", "-detailed-exitcode", approvals, two, "-var=live=green", frozen), 1, waits, "No changes")
		}
		p.says(production.Must(0, "apply", "-auto-approve", approvals, two, "-var=live=green", frozen), 1, waits)
		p.gets(shop, "build-1.blue.origin.test")

		// It is a yes to build 2.
		p.says(production.Must(1, "apply", "-auto-approve", approvals, three, "-var=live=green"), 0, "Error: What was approved has changed")
		p.gets(shop, "build-1.blue.origin.test")
		// An apply that fails leaves the outputs of before, and whoever is to say yes reads those: the next one hands over the new ones.
		p.says(production.Must(0, "apply", "-auto-approve", approvals, three, "-var=live=green"), 1, "Warning: The approval is of something else")
		p.gets(shop, "build-1.blue.origin.test")
		approval.Must(0, "apply", "-auto-approve", asks)
		production.Must(0, "apply", "-auto-approve", approvals, three, "-var=live=green")
		p.gets(shop, "build-3.green.origin.test")
		p.says(production.Must(0, "plan", "-detailed-exitcode", approvals, three, "-var=live=green"), 0, "No changes")
		p.says(approval.Must(0, "plan", "-detailed-exitcode", asks), 0, "No changes") // there is nothing to confirm

		// Back, in a hurry.
		production.Must(0, "apply", "-auto-approve", three, "-var=paused=false")
		p.gets(shop, "build-1.blue.origin.test")
	})
}
