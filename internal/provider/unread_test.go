package provider_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	readsRequest = regexp.MustCompile(`Append\(req\.`)
	beginsRun    = regexp.MustCompile(`\.converge\(|engine\.Run\(|run\.Converge\(|\.cutOver\(`)
)

// A configuration, plan or state that could not be read stops a resource or an action before
// it begins a run: every run comes after the question whether there were errors, and that
// after everything that was read.
func TestNoRunBeginsBeforeErrorsOfReadingAreLookedAt(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			body := string(source[set.Position(f.Body.Pos()).Offset:set.Position(f.Body.End()).Offset])
			begins := beginsRun.FindStringIndex(body)
			if begins == nil {
				continue
			}
			reads := readsRequest.FindAllStringIndex(body[:begins[0]], -1)
			if len(reads) == 0 {
				continue
			}
			runs++
			if last := reads[len(reads)-1][1]; !strings.Contains(body[last:begins[0]], "HasError()") {
				t.Errorf("%s: %s begins a run although what it read may have been in error", set.Position(f.Pos()), f.Name.Name)
			}
		}
	}
	if runs < 10 {
		t.Errorf("only %d functions read a request and begin a run: the expressions of this test have grown old", runs)
	}
}
