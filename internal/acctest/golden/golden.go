// Package golden holds what a test comes to against a file that was committed, so that a
// change of it is read by somebody before it is accepted. It never decides what is
// right, and it writes nothing unless it is told to by -rewrite.
package golden

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files instead of holding the committed ones against what the tests come to")

// File fails the test unless a file, relative to the test's package, holds exactly this.
func File(tb testing.TB, file, got string) {
	tb.Helper()
	hold(tb, file, got, *rewrite)
}

func hold(tb testing.TB, file, got string, anew bool) {
	tb.Helper()
	if anew {
		if err := write(file, got); err != nil {
			tb.Fatal(err)
		}
	}
	if err := compare(file, got); err != nil {
		name, _, _ := strings.Cut(tb.Name(), "/")
		tb.Errorf("%v\nRead it as the person who is shown it. If it is right, in the folder of this test:\n\tgo test . -run '^%s$' -rewrite", err, name)
	}
}

// Said fails the test unless what a user is told in a case is what the case's file in a
// folder of testdata holds. What differs from run to run is left out.
func Said(tb testing.TB, folder, name, got string) {
	tb.Helper()
	File(tb, filepath.Join("testdata", folder, unspoken.Replace(name)+".txt"), Blank(got))
}

// Row fails the test unless a page has a row of a table. It is logged as the page has to
// have it.
func Row(tb testing.TB, page, row string) {
	tb.Helper()
	tb.Logf("%s", row)
	text, err := os.ReadFile(page) //nolint:gosec // a name that a test gives
	if err != nil {
		tb.Fatal(err)
	}
	if !strings.Contains(string(text), row+"\n") {
		tb.Errorf("%s does not have this row:\n%s", page, row)
	}
}

// unspoken makes the name of a file of a case's.
var unspoken = strings.NewReplacer(" ", "_", ",", "", "'", "", "/", "", ":", "")

// volatile is what AWS says differently in every run.
var volatile = regexp.MustCompile(`(\(request |current date/time )[0-9a-f-]+`)

// Blank leaves out of a text what differs from run to run.
func Blank(text string) string { return volatile.ReplaceAllString(text, "${1}…") }

func write(file, got string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(got), 0o600)
}

func compare(file, got string) error {
	want, err := os.ReadFile(file) //nolint:gosec // a name that a test gives
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no %s to hold this against:\n%s", file, got)
	case err != nil:
		return err
	case got != string(want):
		return fmt.Errorf("%s holds something else; what it has (-), and what came (+):\n%s", file, difference(string(want), got))
	}
	return nil
}

// most is how many lines of each side a difference shows: a picture has hundreds.
const most = 40

// difference shows what stands between the lines that two texts begin with and those
// that they end with, and one of these on either side.
func difference(want, got string) string {
	a, b := strings.SplitAfter(want, "\n"), strings.SplitAfter(got, "\n")
	begin := 0
	for begin < min(len(a), len(b)) && a[begin] == b[begin] {
		begin++
	}
	end := 0
	for end < min(len(a), len(b))-begin && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var out strings.Builder
	show := func(mark string, lines []string) {
		for i, line := range lines {
			if i == most {
				fmt.Fprintf(&out, "%s … and %d lines more\n", mark, len(lines)-most)
				return
			}
			text, ended := strings.CutSuffix(line, "\n")
			switch {
			case ended:
				fmt.Fprintf(&out, "%s %s\n", mark, text)
			case text != "": // or it is what follows the last newline
				fmt.Fprintf(&out, "%s %s\n\\ no newline at the end\n", mark, text)
			}
		}
	}
	if begin > 0 {
		show(fmt.Sprintf("@@ line %d\n ", begin), a[begin-1:begin])
	}
	show("-", a[begin:len(a)-end])
	show("+", b[begin:len(b)-end])
	show(" ", a[len(a)-end:min(len(a), len(a)-end+1)])
	return out.String()
}
