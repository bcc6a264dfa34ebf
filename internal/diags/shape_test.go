package diags_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// ofViewers are words that say where viewers are sent.
var ofViewers = regexp.MustCompile(`(?i)\btraffic( of [^.]*)? (goes|went|is going|gets|got) `)

// Whatever says where viewers are gets that from one place, which knows how old it is.
func TestOnlyOnePlaceSaysWhereViewersAre(t *testing.T) {
	t.Parallel()
	for _, file := range parse(t, ".") {
		if slices.ContainsFunc(file.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && f.Recv == nil && f.Name.Name == "Traffic"
		}) {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err != nil || ofViewers.MatchString(text) {
				t.Errorf("this says where viewers are by itself: use Traffic\n%s", lit.Value)
			}
			return true
		})
	}
}
