package matrix

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
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
	// Viewers is the method under which it lets viewers down, which `make bench`
	// counts; empty: it does harm that viewers do not see in a plain cutover.
	Viewers string
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

// Test runs tests of the package that calls it against the mutant.
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
	cmd := exec.CommandContext(tb.Context(), "go", append([]string{"test", "-overlay", overlay, "-count=1", "-timeout=5m", "-vet=off", "-ldflags=-s -w", "."}, args...)...) //nolint:gosec // arguments from a table in a test
	out, err := cmd.CombinedOutput()
	return string(out), err
}
