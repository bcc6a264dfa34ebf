package matrix_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// make test draws what the race detector gets of the large nouns by the names of tests. A
// test that is given another name may drop out of that, a noun may not.
func TestTheRaceDetectorGetsAShareOfEveryLargeNoun(t *testing.T) {
	t.Parallel()
	const root, least, all = "../../..", 2, 30
	set := settings(t, filepath.Join(root, "GNUmakefile"))
	raced, matrices := regexp.MustCompile(set["raced"]), regexp.MustCompile(set["matrices"])
	total := 0
	for noun := range strings.FieldsSeq(set["large"]) {
		var taken []string
		acceptance, drawn := 0, 0
		has := tests(t, filepath.Join(root, "internal/provider", noun))
		for _, name := range has {
			if matrices.MatchString(name) {
				if raced.MatchString(name) {
					t.Errorf("%s of %s is a matrix by its name, and the race detector would get all of it", name, noun)
				}
				continue
			}
			through := strings.HasPrefix(name, "TestAcc")
			if through {
				acceptance++
			}
			if raced.MatchString(name) {
				taken = append(taken, name)
				if through {
					drawn++
				}
			}
		}
		if acceptance > 0 && drawn == 0 {
			t.Errorf("of the %d tests of %s that go through a CLI the race detector gets none", acceptance, noun)
		}
		if total += len(taken); len(taken) < least {
			t.Errorf("of %s the race detector gets %v, which is less than %d tests", noun, taken, least)
		}
		t.Logf("%s: %d of %d tests", noun, len(taken), len(has))
	}
	if total < all {
		t.Errorf("the race detector gets %d tests of the large nouns, which is less than %d", total, all)
	}
}

// What make test keeps from the race detector starts nothing that could race, nor shares anything.
func TestWhatTheRaceDetectorDoesNotGetIsAlone(t *testing.T) {
	t.Parallel()
	const root = "../../.."
	beside := regexp.MustCompile(`(?m)^\s*go [a-zA-Z]|"(sync|sync/atomic|testing/synctest|net/http|os/exec)"`)
	seen := 0
	for pattern := range strings.FieldsSeq(settings(t, filepath.Join(root, "GNUmakefile"))["alone"]) {
		files, err := filepath.Glob(filepath.Join(root, "internal", strings.Replace(pattern, "%", "*", 1), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) == 0 {
			t.Errorf("there is nothing at %s", pattern)
		}
		for _, file := range files {
			content, err := os.ReadFile(file) //nolint:gosec // a file of this repository
			if err != nil {
				t.Fatal(err)
			}
			if found := beside.Find(content); found != nil {
				t.Errorf("%s has %s: it is not alone", file, found)
			}
			seen++
		}
	}
	if seen < 30 {
		t.Errorf("only %d files were looked at", seen)
	}
}

// settings are the variables of a makefile that are set to a text.
func settings(t *testing.T, path string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(content)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " = "); ok {
			out[name] = value
		}
	}
	for _, name := range []string{"large", "raced", "matrices", "alone"} {
		if out[name] == "" {
			t.Fatalf("%s sets no %s", path, name)
		}
	}
	return out
}

// tests are the names of the tests of a package.
func tests(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, file := range files {
		content, err := os.ReadFile(file) //nolint:gosec // a file of this repository
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`).FindAllStringSubmatch(string(content), -1) {
			out = append(out, found[1])
		}
	}
	return out
}
