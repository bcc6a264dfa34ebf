package matrix

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A Mutant is this provider with one safety removed. The change is made to a copy
// of one file while the tests are compiled, so that the product itself has no switch
// that turns a safety off.
type Mutant struct {
	Name string
	File string // relative to the module's root
	Old  string // must occur exactly once
	With string
	// Caught names the test that has to fail, in the package that calls Catch. It
	// passes without the mutation, in the same run of `make test`.
	Caught string
	// Viewers names the situation in which `make bench` counts what viewers get of
	// it; empty: a plain cutover.
	Viewers string
	// Seen says that they get less there than of the provider itself. Where it is
	// false the harm is of another kind: to a colleague's edit, to the state.
	Seen bool
}

// Catch runs, against each mutant, the test that has to catch it.
func Catch(t *testing.T, mutants ...Mutant) {
	t.Helper()
	root := moduleRoot(t)
	for _, m := range mutants {
		t.Run(m.Name, func(t *testing.T) {
			out, err := m.test(t, root, "-run", "^"+m.Caught+"$")
			if strings.Contains(out, "[build failed]") || strings.Contains(out, "no tests to run") {
				t.Fatalf("the mutant was not tested:\n%s", out)
			}
			if err == nil {
				t.Errorf("%s passes with a provider that %s", m.Caught, m.Name)
			} else if !strings.Contains(out, "--- FAIL: "+m.Caught) {
				t.Errorf("failed otherwise than by its assertions:\n%s", out)
			}
		})
	}
}

// Test runs tests of the package that calls it against the mutant, or, of the zero
// Mutant, against the provider itself.
func (m Mutant) Test(tb testing.TB, args ...string) (string, error) {
	tb.Helper()
	return m.test(tb, moduleRoot(tb), args...)
}

// moduleRoot is the folder above the test's package that holds go.mod.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			tb.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// test runs tests against the mutant, with further arguments of go test.
func (m Mutant) test(tb testing.TB, root string, args ...string) (string, error) {
	tb.Helper()
	args = append([]string{"test", "-count=1", "-vet=off", "-ldflags=-s -w", "-timeout=15m", "."}, args...)
	if m.File == "" {
		out, err := exec.CommandContext(tb.Context(), "go", args...).CombinedOutput() //nolint:gosec // arguments from a table in a test
		return string(out), err
	}
	file := filepath.Join(root, filepath.FromSlash(m.File))
	source, err := os.ReadFile(file) //nolint:gosec // a file of this repository
	if err != nil {
		tb.Fatal(err)
	}
	if n := strings.Count(string(source), m.Old); n != 1 {
		tb.Fatalf("%s has what the mutant replaces %d times, want once:\n%s", m.File, n, m.Old)
	}
	dir := tb.TempDir()
	mutated, overlay := filepath.Join(dir, "mutated.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: mutated}})
	if err != nil {
		tb.Fatal(err)
	}
	for path, content := range map[string]string{mutated: strings.Replace(string(source), m.Old, m.With, 1), overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	cmd := exec.CommandContext(tb.Context(), "go", slices.Insert(args, 1, "-overlay", overlay)...) //nolint:gosec // arguments from a table in a test
	out, err := cmd.CombinedOutput()
	return string(out), err
}
