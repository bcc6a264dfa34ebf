package pages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// whereSummary says which argument of a call is a summary.
var whereSummary = map[string]int{
	"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0,
	"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
}

// worded are the types whose second field is a summary.
var worded = map[string]bool{"words": true, "check": true, "doubtful": true, "callFailure": true}

// passes are the functions that hand the first text they are given on as a summary.
var passes = map[string]bool{"say": true, "says": true}

var explained = regexp.MustCompile(`(?m)^\| \*\*(.+?)\*\* \|`)

func TestEveryDiagnosticIsExplained(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	begin := beginnings(t)
	if len(begin) < 5 {
		t.Fatalf("only %q are known to begin a summary", begin)
	}
	for _, dir := range []string{"internal/diags", "internal/fwtypes", "internal/provider"} {
		for _, name := range files(t, dir, ".go") {
			if !strings.HasSuffix(name, "_test.go") {
				summaries(t, name, begin, said)
			}
		}
	}
	if len(said) < 100 {
		t.Fatalf("only %d summaries were found", len(said))
	}
	raw, err := os.ReadFile(root + "/docs/guides/when-something-went-wrong.md")
	if err != nil {
		t.Fatal(err)
	}
	on := map[string]bool{}
	for _, m := range explained.FindAllStringSubmatch(string(raw), -1) {
		if on[m[1]] {
			t.Errorf("%q is explained twice", m[1])
		}
		if on[m[1]] = true; said[m[1]] == "" {
			t.Errorf("the guide explains %q, and nothing says so", m[1])
		}
	}
	for summary, where := range said {
		if !on[summary] {
			t.Errorf("the guide does not explain %q (%s)", summary, where)
		}
	}
}

// summaries collects those in a file, from calls that make a diagnostic and from
// values that one is made of.
func summaries(t *testing.T, name string, begin []string, said map[string]string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	add := func(e ast.Expr) bool {
		open := []string{""}
		if sum, ok := e.(*ast.BinaryExpr); ok { // what + " ran out of time", n.name + " ran out of time"
			if sel, ok := sum.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "name" {
				open, e = begin, sum.Y
			} else if opening(sum.X) {
				open, e = []string{"…"}, sum.Y
			}
		}
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return false
		}
		text, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range open {
			if text != "" {
				said[o+text] = fset.Position(lit.Pos()).String()
			}
		}
		return true
	}
	for _, decl := range file.Decls {
		ast.Inspect(decl, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if passes[called(n)] && len(n.Args) > 1 { // (at, summary, …) or (summary, …)
					if !add(n.Args[0]) && !add(n.Args[1]) && !elsewhere(n.Args[0]) && !elsewhere(n.Args[1]) {
						t.Errorf("%s: a summary that cannot be read from the source", fset.Position(n.Pos()))
					}
				}
				sel, ok := n.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if i, ok := whereSummary[sel.Sel.Name]; ok && !add(n.Args[i]) && !elsewhere(n.Args[i]) {
					t.Errorf("%s: a summary that cannot be read from the source", fset.Position(n.Pos()))
				}
			case *ast.CompositeLit:
				if list, ok := n.Type.(*ast.ArrayType); ok {
					if typ, ok := list.Elt.(*ast.Ident); ok && worded[typ.Name] {
						for _, e := range n.Elts {
							if one, ok := e.(*ast.CompositeLit); ok && len(one.Elts) > 1 {
								add(one.Elts[1])
							}
						}
					}
				}
				if typ, ok := n.Type.(*ast.Ident); ok && worded[typ.Name] && len(n.Elts) > 1 {
					add(n.Elts[1])
				}
			case *ast.AssignStmt: // summary := "…", and summary, advice := "…", "…"
				if to, ok := n.Lhs[0].(*ast.Ident); ok && to.Name == "summary" {
					add(n.Rhs[0])
				}
			case *ast.FuncDecl: // named results: (summary, detail string), (where path.Path, summary, fact string)
				if i := result(n); i >= 0 {
					ast.Inspect(n.Body, func(n ast.Node) bool {
						if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > i {
							add(r.Results[i])
						}
						return true
					})
				}
			}
			return true
		})
	}
}

// beginnings are what the kinds of run are called where a summary begins with it; "…" is one
// that is not the same each time.
func beginnings(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range files(t, "internal/diags", ".go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if typ, ok := lit.Type.(*ast.Ident); !ok || typ.Name != "noun" {
				return true
			}
			for _, e := range lit.Elts {
				pair, ok := e.(*ast.KeyValueExpr)
				if !ok {
					continue
				}
				if key, ok := pair.Key.(*ast.Ident); !ok || key.Name != "name" {
					continue
				}
				begin := "…"
				if text, ok := pair.Value.(*ast.BasicLit); ok {
					if begin, err = strconv.Unquote(text.Value); err != nil {
						t.Fatal(err)
					}
				}
				out = append(out, begin)
			}
			return true
		})
	}
	return out
}

// called is the name of what a call calls, without what it belongs to.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// opening says whether an expression names what a summary begins with, which is not the
// same each time.
func opening(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "what"
	case *ast.SelectorExpr:
		return e.Sel.Name == "What"
	}
	return false
}

// result is which of a function's named results is a summary, -1 if none is.
func result(f *ast.FuncDecl) int {
	if f.Type.Results == nil {
		return -1
	}
	i := 0
	for _, field := range f.Type.Results.List {
		for _, name := range field.Names {
			if name.Name == "summary" {
				return i
			}
			i++
		}
	}
	return -1
}

// elsewhere says whether a summary is a variable or field of that name, which was
// collected where it got its value.
func elsewhere(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "summary"
	case *ast.SelectorExpr:
		return e.Sel.Name == "summary"
	case *ast.CallExpr:
		sel, ok := e.Fun.(*ast.SelectorExpr)
		return ok && sel.Sel.Name == "Summary"
	}
	return false
}
