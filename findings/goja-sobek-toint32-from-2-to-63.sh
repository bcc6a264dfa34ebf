#!/usr/bin/env bash
# goja and sobek: bitwise operators turn every number from 2^63 on into 0
#
# VERSIONS   github.com/dop251/goja v0.0.0-20260917113740-793a2a65c13b, github.com/grafana/sobek
#            v0.0.0-20260429085637-a66d4790012b; beside them modernc.org/quickjs v0.27.0. Go 1.26.
# EXPECTED   ECMA-262, ToInt32 and ToUint32: a finite number is taken modulo 2^32, however large it is. So
#            (2^63 + 4096) | 0 is 4096, 1e19 >>> 0 is 2313682944, and typed arrays and Math.imul do the same.
# BEHAVIOUR  From 2^63 on, both engines answer 0 for all of them; below it they are right. No error, no warning: a hash
#            that multiplies and then folds with `>>> 0` puts everybody into bucket 0 in a test that runs in one of these
#            engines, and spreads them in a browser or at the edge.
# SEEN       goja 0 0 0 0 2, sobek 0 0 0 0 2, quickjs 4096 4096 2313682944 4096 2 for the five expressions below.
#
# Run it from anywhere; it installs into a temporary folder and fails when the answers change.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<'MOD'
module finding

go 1.26
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/dop251/goja"
	"github.com/grafana/sobek"
	"modernc.org/quickjs"
)

func main() {
	expressions := []string{
		"(9223372036854775808 + 4096) | 0",
		"Math.imul(9223372036854779904, 1)",
		"1e19 >>> 0",
		"new Int32Array([9223372036854779904])[0]",
		"(9007199254740992 + 2) | 0", // below 2^63
	}
	engines := map[string]func(string) (any, error){
		"goja":  func(e string) (any, error) { v, err := goja.New().RunString(e); return v, err },
		"sobek": func(e string) (any, error) { v, err := sobek.New().RunString(e); return v, err },
		"quickjs": func(e string) (any, error) {
			vm, err := quickjs.NewVM()
			if err != nil {
				return nil, err
			}
			defer vm.Close()
			return vm.Eval("String("+e+")", quickjs.EvalGlobal)
		},
	}
	for _, name := range []string{"goja", "sobek", "quickjs"} {
		fmt.Print(name)
		for _, e := range expressions {
			v, err := engines[name](e)
			if err != nil {
				panic(err)
			}
			fmt.Print(" ", v)
		}
		fmt.Println()
	}
}
GO
go get github.com/dop251/goja@v0.0.0-20260917113740-793a2a65c13b github.com/grafana/sobek@v0.0.0-20260429085637-a66d4790012b \
	modernc.org/quickjs@v0.27.0 2>/dev/null
got=$(go run .)
want='goja 0 0 0 0 2
sobek 0 0 0 0 2
quickjs 4096 4096 2313682944 4096 2'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
