package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// told is a test that keeps what it is told.
type told struct {
	testing.TB
	said string
}

func (t *told) Errorf(format string, args ...any) { t.said += fmt.Sprintf(format, args...) }

func TestAFileThatIsMissingOrDiffersFailsTheTestAndSaysHowToGoOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "golden.txt")
	for name, c := range map[string]struct {
		holds, got string
		says       []string // none: it holds what came
		silent     []string
	}{
		"missing":            {"", "one\n", []string{"there is no ", "one"}, nil},
		"the same":           {"one\ntwo\n", "one\ntwo\n", nil, nil},
		"a line in between":  {"one\ntwo\nthree\nfour\nfive\n", "one\ntwo\n3\nfour\nfive\n", []string{"@@ line 2\n  two\n- three\n+ 3\n  four\n"}, []string{"one", "five"}},
		"a line too many":    {"one\n", "one\ntwo\n", []string{"  one\n+ two\n"}, []string{"- "}},
		"a line that is not": {"one\none\n", "one\n", []string{"- one\n"}, []string{"+ "}},
		"the newline":        {"one\n", "one", []string{"- one\n", "+ one\n\\ no newline at the end\n"}, nil},
		"nothing came":       {"one\n", "", []string{"- one\n"}, nil},
		"everything":         {strings.Repeat("a\n", 100), strings.Repeat("b\n", 100), []string{"- a\n", "- … and 60 lines more\n", "+ … and 60 lines more\n"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if c.holds == "" {
				_ = os.Remove(file) // or it was never there
			} else if err := write(file, c.holds); err != nil {
				t.Fatal(err)
			}
			out := &told{TB: t}
			hold(out, file, c.got, false)
			if (out.said == "") != (c.says == nil) {
				t.Errorf("it said %q", out.said)
			}
			if c.says != nil {
				c.says = append(c.says, file, "go test . -run '^TestAFileThatIsMissingOrDiffersFailsTheTestAndSaysHowToGoOn$' -rewrite")
			}
			for _, s := range c.says {
				if !strings.Contains(out.said, s) {
					t.Errorf("it does not say %q:\n%s", s, out.said)
				}
			}
			for _, s := range c.silent {
				if difference, _, _ := strings.Cut(out.said, "\nRead it"); strings.Contains(difference, s) {
					t.Errorf("it says %q:\n%s", s, out.said)
				}
			}
		})
	}
}

func TestAFileIsRewrittenOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "bad", "case.txt")
	hold(t, file, "one\n", true)
	hold(t, file, "one\n", false)
	hold(&told{TB: t}, file, "two\n", false)
	hold(t, file, "one\n", false)
	hold(t, file, "two\n", true)
	hold(t, file, "two\n", false)
}

func TestAPageWithoutTheRowFailsTheTest(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	if err := write(page, "| what | calls |\n|---|---|\n| a plan | 12 |\n"); err != nil {
		t.Fatal(err)
	}
	Row(t, page, "| a plan | 12 |")
	for _, row := range []string{"| a plan | 1", "| a plan | 13 |"} {
		out := &told{TB: t}
		if Row(out, page, row); !strings.Contains(out.said, row) {
			t.Errorf("of %q it said %q", row, out.said)
		}
	}
}

func TestWhatDiffersFromRunToRunIsLeftOut(t *testing.T) {
	t.Parallel()
	const said = "AccessDenied: expired: current date/time 946684950 (request 0123-cafe). Ask again (in a minute)."
	if got, want := Blank(said), "AccessDenied: expired: current date/time … (request …). Ask again (in a minute)."; got != want {
		t.Errorf("%s\nis not\n%s", got, want)
	}
}
