package provider_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// A logLine is one line of the provider's log, as the CLI writes it.
type logLine struct {
	Level     string `json:"@level"`
	Module    string `json:"@module"`
	Message   string `json:"@message"`
	Request   string `json:"tf_req_id"`
	RPC       string `json:"tf_rpc"`
	Type      string `json:"tf_resource_type"`
	Service   string `json:"service"`
	Operation string `json:"operation"`
	ID        string `json:"id"`
	Attempt   int    `json:"attempt"`
	Status    int    `json:"status"`
	Code      string `json:"error_code"`
	Error     string `json:"error"`
	RequestID string `json:"request_id"`
	Step      string `json:"step"`
	Why       string `json:"why"`
	Cause     string `json:"cause"`
	Result    string `json:"result"`
	Seen      string `json:"observation"`
}

// logOf is what the provider has logged; the CLI's own lines, and its prose, are left out.
func logOf(t *testing.T, path string) (out []logLine) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var l logLine
		if json.Unmarshal([]byte(line), &l) == nil && (l.Module == "cdn" || strings.HasPrefix(l.Module, "cdn.")) {
			out = append(out, l)
		}
	}
	return out
}

// refusedIn reads a log as somebody would who was woken up: the last run that ended early,
// and the call that it ended with. It knows nothing of what was done.
func refusedIn(log []logLine) (end, call logLine) {
	for _, l := range log {
		if l.Message == "the run ended early" {
			end = l
		}
	}
	for _, l := range log {
		if l.Message == "AWS call" && l.Error != "" && l.Request == end.Request && l.Operation == end.Operation {
			call = l
		}
	}
	return end, call
}

// guideFilters are the filters of jq on the page about the log, by what stands before them.
func guideFilters(t *testing.T) (jq string, refused, story string) {
	t.Helper()
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("SKIPPED: there is no jq on PATH, so nothing here shows that the page's filters work")
	}
	page, err := os.ReadFile("../../docs/guides/when-something-went-wrong.md")
	if err != nil {
		t.Fatal(err)
	}
	var filters []string
	for _, part := range strings.Split(string(page), "\n```jq\n")[1:] {
		filter, _, _ := strings.Cut(part, "\n```\n")
		file := filepath.Join(t.TempDir(), "filter.jq")
		if err := os.WriteFile(file, []byte(filter), 0o600); err != nil {
			t.Fatal(err)
		}
		filters = append(filters, file)
	}
	if len(filters) != 2 {
		t.Fatalf("the page has %d filters", len(filters))
	}
	return jq, filters[0], filters[1]
}

// The log of a cutover that failed says by itself which call was refused, at which step, and
// why that step was taken: in every service that refuses one, to whoever reads JSON, and
// to whoever has only the filters of the page.
func TestAccTheLogOfAFailedCutoverSaysWhichCallWasRefused(t *testing.T) {
	jq, refused, story := guideFilters(t)
	c := acctest.NewCLI(t, hasty())
	control, _ := c.Addresses()
	dir := t.TempDir()
	w := c.Program("AWS_ENDPOINT_URL="+control, "AWS_ACCESS_KEY_ID=AKIDPROVIDER", "AWS_SECRET_ACCESS_KEY=secret", "TF_LOG=JSON", "TF_LOG_PATH="+filepath.Join(dir, "run.log"))
	provider := c.Provider(acctest.Config{"max_retries": 1})
	apply := func(exit int, config acctest.Config, name string) string {
		t.Helper()
		log := filepath.Join(dir, "run.log")
		w.Write(provider + c.Resource(addr, config))
		w.Must(exit, "apply", "-auto-approve")
		kept := filepath.Join(dir, name+".log")
		if err := os.Rename(log, kept); err != nil {
			t.Fatal(err)
		}
		return kept
	}
	filtered := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), jq, args...).CombinedOutput() //nolint:gosec // found above
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	path := apply(0, switched(c.Env, "blue"), "good")
	if end, call := refusedIn(logOf(t, path)); end.Message != "" || call.Message != "" {
		t.Errorf("nothing was refused, and it reads as %+v and %+v", end, call)
	}
	if got := filtered("-n", "-R", "-f", refused, path); got != "" {
		t.Errorf("nothing was refused, and the filter says\n%s", got)
	}

	for _, fails := range []struct {
		operation, service, module, code string
		status                           int
		id, step, cause                  string
	}{
		{"UpdateDomainAssociation", "CloudFront", "cdn.cloudfront", "AccessDenied", 403, "www.example.com " + c.Green.ID, "moving www.example.com from " + c.Blue.ID + " to " + c.Green.ID, "unable"},
		{"ChangeResourceRecordSets", "Route 53", "cdn.route53", "InvalidInput", 400, "", "pointing the records of www.example.com at " + c.Green.ID, "refused"},
	} {
		c.World.Faults().Add(fault.Fault{Operation: fails.operation, Kind: fault.Answer, Code: fails.code, Status: fails.status, Count: 1, Message: "Because of", Quote: true})
		config := switched(c.Env, "green")
		config["on_failure"] = "hold"
		path := apply(1, config, fails.operation)
		end, call := refusedIn(logOf(t, path))
		if call.Operation != fails.operation || call.Service != fails.service || call.Module != fails.module || call.Code != fails.code || call.Status != fails.status ||
			call.Step != fails.step || call.Attempt != 1 || call.RPC != "ApplyResourceChange" || call.Type != "cdn_bluegreen_switch" || call.ID == "" || fails.id != "" && call.ID != fails.id {
			t.Errorf("%s was refused, and the log says %+v", fails.operation, call)
		}
		if end.Cause != fails.cause || end.Level != "error" || end.RequestID != call.RequestID {
			t.Errorf("%s was refused, and the run's last line is %+v", fails.operation, end)
		}
		var sent []string // as AWS knows it
		for _, served := range c.Calls(0) {
			if served.Operation == fails.operation && served.Code != "" {
				sent = append(sent, served.RequestID)
			}
		}
		if !slices.Contains(sent, call.RequestID) {
			t.Errorf("AWS has refused %q, and the log says it was %q", sent, call.RequestID)
		}
		said := filtered("-n", "-R", "-c", "-f", refused, path)
		for _, want := range []string{fails.operation, fails.code, call.RequestID, fails.step, `"cause":"` + fails.cause + `"`} {
			if !strings.Contains(said, want) || strings.Count(said, "\n") != 1 {
				t.Errorf("the filter does not say %q once, but\n%s", want, said)
			}
		}
		told := filtered("-R", "-r", "-f", story, path)
		for _, want := range []string{fails.step + "  ", fails.operation + " " + call.ID + ": " + fails.code, "the run ended early  " + fails.cause, "the cutover is over  held"} {
			if !strings.Contains(told, want) {
				t.Errorf("the story has no %q:\n%s", want, told)
			}
		}
		if strings.Contains(said+told, "Because of") {
			t.Error("what AWS says in words is not for the log")
		}
	}

	// A gate that fails is no call, and the log says so instead of naming one that has nothing to do with it.
	c.World.Origins().Put("blue.origin.test", origin.State{Status: 503})
	sick := switched(c.Env, "blue")
	sick["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/", "scheme": "http"}}}}
	sick["bake_time"], sick["on_failure"] = "1s", "hold"
	for _, name := range []string{"blue", "green"} {
		sick["sides"].(map[string]any)[name].(map[string]any)["marker"] = map[string]any{"value": name + ".origin.test"}
	}
	path = apply(1, sick, "gate")
	if end, call := refusedIn(logOf(t, path)); end.Cause != "sick" || call.Message != "" {
		t.Errorf("the gate failed, and it reads as %+v and %+v", end, call)
	}
	if got := filtered("-n", "-R", "-c", "-f", refused, path); !strings.Contains(got, `"cause":"sick"`) || strings.Contains(got, "operation") {
		t.Errorf("the gate failed, and the filter says\n%s", got)
	}

	// Every step was taken for a reason, and from something that was seen.
	steps, seen := 0, map[string]bool{}
	for _, l := range logOf(t, path) {
		switch {
		case l.Message == "seen":
			var o struct {
				Sides map[string]struct {
					ID string `json:"id"`
				} `json:"sides"`
			}
			if err := json.Unmarshal([]byte(l.Seen), &o); err != nil || o.Sides["green"].ID != c.Green.ID {
				t.Errorf("an observation is %q: %v", l.Seen, err)
			}
			seen[l.Step] = true
		case l.Level == "info" && l.Why != "":
			if steps++; !seen[l.Message] {
				t.Errorf("nothing was seen before the step %q", l.Message)
			}
		}
	}
	if steps < 3 {
		t.Errorf("only %d steps are in the log", steps)
	}
}
