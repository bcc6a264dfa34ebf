package matrix

import (
	"cmp"
	"errors"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path/filepath"
	"slices"
)

// mutantsFile is the name of the files that declare mutants.
const mutantsFile = "mutants_test.go"

// declared returns the mutants of all packages of the module, in an order that is always the
// same: those of the frames, and what the files with mutants have literals of.
func declared(root string) ([]Mutant, error) {
	var out []Mutant
	for _, f := range Frames() {
		out = append(out, f.mutants...)
	}
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() != mutantsFile {
			return err
		}
		read, err := literals(path)
		out = append(out, read...)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, m := range out {
		out[i] = Mutant{Name: m.Name, File: m.File, Old: m.Old, With: m.With}
	}
	slices.SortFunc(out, func(a, b Mutant) int { return cmp.Compare(a.key(), b.key()) })
	return slices.Compact(out), nil
}

// literals reads the mutants that a file has literals of. Their fields are constants of it.
func literals(path string) ([]Mutant, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	alone := types.Config{Importer: nothing{}, Error: func(error) {}} // what comes from elsewhere has no constants of interest
	_, _ = alone.Check(file.Name.Name, fset, []*ast.File{file}, info) // nor has it a type
	var out []Mutant
	ast.Inspect(file, func(n ast.Node) bool {
		fields := map[string]string{}
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		for _, e := range literal.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if v := info.Types[kv.Value].Value; v != nil && v.Kind() == constant.String {
					fields[types.ExprString(kv.Key)] = constant.StringVal(v)
				}
			}
		}
		if m := (Mutant{Name: fields["Name"], File: fields["File"], Old: fields["Old"], With: fields["With"]}); m.Name != "" && m.Old != "" {
			out = append(out, m)
		}
		return true
	})
	return out, nil
}

// nothing can be imported from it.
type nothing struct{}

// Import implements types.Importer.
func (nothing) Import(string) (*types.Package, error) { return nil, errors.New("not looked for") }
