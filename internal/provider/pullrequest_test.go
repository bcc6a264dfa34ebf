package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

const pullRequest = "../../examples/pull-request/"

// scripted runs one of the example's scripts, as somebody would who has copied the folder.
func scripted(t *testing.T, dir, stdin string, args ...string) (string, int) {
	t.Helper()
	for _, program := range []string{"jq", "sh"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: there is no %s on PATH, so nothing here shows that the example works", program)
		}
	}
	script, err := filepath.Abs(pullRequest + args[0])
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{script}, args[1:]...)...) //nolint:gosec // of this repository
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "TERRAFORM="+filepath.Join(dir, "terraform"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if _, exited := err.(*exec.ExitError); err != nil && !exited { //nolint:errorlint // as it is returned
		t.Fatal(err)
	}
	if stderr.Len() > 0 {
		t.Errorf("%s says: %s", args[0], &stderr)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func content(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The example's comment is the one that stands beside it, the guide's filter is the
// example's, and what was done before is in no comment.
func TestThePullRequestExampleMakesTheCommentThatItShows(t *testing.T) {
	t.Parallel()
	state := content(t, pullRequest+"state.json")
	if got, code := scripted(t, t.TempDir(), state, "comment.sh"); got != content(t, pullRequest+"comment.md") || code != 0 {
		t.Errorf("it ended with %d and printed\n%s", code, got)
	}
	if got, code := scripted(t, t.TempDir(), state, "comment.sh", "2026-11-29T14:47:22Z"); got != "" || code != 0 {
		t.Errorf("nothing was done since, and it ended with %d and printed\n%s", code, got)
	}
	if got, code := scripted(t, t.TempDir(), `{"format_version":"1.0"}`, "comment.sh"); got != "" || code != 0 {
		t.Errorf("of a state that is empty it printed, with %d,\n%s", code, got)
	}
	_, filter, _ := strings.Cut(content(t, "../../docs/guides/introducing-it.md"), "\n```jq\n")
	if filter, _, _ = strings.Cut(filter, "\n```\n"); filter+"\n" != content(t, pullRequest+"events.jq") {
		t.Error("the guide's filter is another one than the example's")
	}
}

// Whoever applies in a pipeline wants the comment most where the apply has failed, and wants
// to know that it has.
func TestThePullRequestExampleEndsAsTheApplyDid(t *testing.T) {
	t.Parallel()
	state := strings.ReplaceAll(content(t, pullRequest+"state.json"), "2026-11-29T14:47:21Z", "2999-01-01T00:00:00Z")
	for code, want := range map[string]int{"0": 0, "1": 1} {
		dir := t.TempDir()
		cli := "#!/bin/sh\ncase $1 in apply) [ \"$2 $3\" = '-input=false plan.tfplan' ] || exit 9; exit " + code + ";; show) cat state.json;; esac\n"
		for name, text := range map[string]string{"state.json": state, "terraform": cli} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil { //nolint:gosec // to be run
				t.Fatal(err)
			}
		}
		if out, got := scripted(t, dir, "", "apply.sh", "plan.tfplan"); got != want || out != "" {
			t.Errorf("the apply ended with %s, and it with %d: %s", code, got, out)
		}
		if got := content(t, filepath.Join(dir, "comment.md")); got != content(t, pullRequest+"comment.md") {
			t.Errorf("the comment is\n%s", got)
		}
	}
}

// The request ids of the comment are those that AWS gave: of each write that it says was
// accepted, there and back.
func TestAccTheCommentHasTheRequestIDsThatAWSGave(t *testing.T) {
	c := acctest.NewCLI(t, site())
	w := c.Workspace()
	config := func(live string) acctest.Config {
		out := switched(c.Env, live)
		out["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/", "scheme": "http"}}}}
		for _, name := range []string{"blue", "green"} {
			out["sides"].(map[string]any)[name].(map[string]any)["marker"] = map[string]any{"value": name + ".origin.test"}
		}
		return out
	}
	w.Write(c.HCL(addr, config("blue")))
	w.Must(0, "apply", "-auto-approve")
	c.World.Origins().Put("green.origin.test", origin.State{Status: 503})
	w.Write(c.HCL(addr, config("green")))
	w.Must(1, "apply", "-auto-approve")
	comment, _ := scripted(t, t.TempDir(), w.Must(0, "show", "-json").Output, "comment.sh")
	given := map[string]string{}
	for _, call := range c.Calls(0) {
		if call.Write && call.Code == "" {
			given[call.RequestID] = call.Operation
		}
	}
	var operations []string
	for _, m := range regexp.MustCompile(`(?m)^\|.*\| accepted \| [0-9.]+ \| (\S+) \|$`).FindAllStringSubmatch(comment, -1) {
		operations = append(operations, given[m[1]])
	}
	want := "UpdateDomainAssociation ChangeResourceRecordSets UpdateDomainAssociation ChangeResourceRecordSets"
	if got := strings.Join(operations, " "); got != want || !strings.Contains(comment, "**"+addr+"**: rolled_back") || !strings.Contains(comment, "| going back to blue |") {
		t.Errorf("the writes are %q, want %q, in\n%s", got, want, comment)
	}
}
