package provider_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// The guide's filter makes a table of what was done from what a CLI shows of state, in
// whatever module it is and whatever the text has in it, and of nothing that was done before.
func TestAccTheGuideMakesATableOfWhatWasDone(t *testing.T) {
	jq, err := exec.LookPath("jq")
	if err != nil {
		t.Skip("SKIPPED: there is no jq on PATH, so nothing here shows that the guide's filter works")
	}
	page, err := os.ReadFile("../../docs/guides/introducing-it.md")
	if err != nil {
		t.Fatal(err)
	}
	_, filter, ok := strings.Cut(string(page), "\n```jq\n")
	filter, _, closed := strings.Cut(filter, "\n```\n")
	if !ok || !closed {
		t.Fatal("the guide has no filter any more")
	}
	file := filepath.Join(t.TempDir(), "events.jq")
	if err := os.WriteFile(file, []byte(filter), 0o600); err != nil {
		t.Fatal(err)
	}
	table := func(state, since string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), jq, "-r", "--arg", "since", since, "-f", file) //nolint:gosec // found above
		cmd.Stdin = strings.NewReader(state)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	const ever = "1970-01-01T00:00:00Z"

	c := acctest.NewCLI(t, site())
	w := c.Workspace()
	w.Write(c.HCL(addr, switched(c.Env, "blue")))
	w.Must(0, "apply", "-auto-approve")
	if got := table(w.Must(0, "show", "-json").Output, ever); got != "" {
		t.Errorf("nothing was done, and it shows\n%s", got)
	}
	w.Write(c.HCL(addr, switched(c.Env, "green")))
	w.Must(0, "apply", "-auto-approve")
	shown := w.Must(0, "show", "-json").Output
	got := table(shown, ever)
	sides := strings.NewReplacer(c.Blue.ID, "E1AAAAAAAAAAAA", c.Green.ID, "E2BBBBBBBBBBBB")
	shape := regexp.MustCompile(`(?m)^\| \S+ \| (.*) \| [0-9.]+ \| \S* \|$`)
	want := []string{
		"moving www.example.com from E1AAAAAAAAAAAA to E2BBBBBBBBBBBB | www.example.com is on E1AAAAAAAAAAAA, and green is E2BBBBBBBBBBBB | accepted",
		"pointing the records of www.example.com at E2BBBBBBBBBBBB | green is E2BBBBBBBBBBBB, and not all of them lead there as they should | accepted",
	}
	var rows []string
	for _, m := range shape.FindAllStringSubmatch(sides.Replace(got), -1) {
		rows = append(rows, m[1])
	}
	if strings.Join(rows, "\n") != strings.Join(want, "\n") || !strings.HasPrefix(got, "**"+addr+"**: finished\n\n| At |") {
		t.Errorf("it shows\n%s", got)
	}
	for _, row := range want { // the guide shows it as it is
		if !strings.Contains(string(page), " | "+row+" | ") {
			t.Errorf("the guide does not show\n%s", row)
		}
	}
	if late := table(shown, "2999-01-01T00:00:00Z"); late != "" {
		t.Errorf("it was done before, and it shows\n%s", late)
	}

	// In a module of a module, and with what would break a table.
	var state map[string]any
	if err := json.Unmarshal([]byte(strings.ReplaceAll(shown, "moving www", `moving\n|www`)), &state); err != nil {
		t.Fatal(err)
	}
	values := state["values"].(map[string]any)
	values["root_module"] = map[string]any{"child_modules": []any{map[string]any{"child_modules": []any{values["root_module"]}}}}
	nested, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	if is, want := table(string(nested), ever), strings.ReplaceAll(got, "moving www", `moving \|www`); is != want {
		t.Errorf("it shows\n%s\nwant\n%s", is, want)
	}
}
