#!/usr/bin/env bash
# Route 53 writes characters of a name in octal, and DNS libraries read the same spelling as decimal
#
# VERSIONS   github.com/miekg/dns v1.1.73, Go 1.26; the spelling is Route 53's ("DNS domain name format" in its developer guide).
# EXPECTED   A name that ListResourceRecordSets returned can be handed to a DNS library, which knows the escapes of zone files.
# BEHAVIOUR  Route 53 returns `\052.example.com.` for a wildcard and `\100` for an `@`: three octal digits. In RFC 1035, 5.1, three
#            digits are decimal. The library asks for, or compares with, 4.example.com and d.example.com; both are valid names, so
#            nothing fails. Unescape what Route 53 said before anything else reads it.
# SEEN       wildcard: 4.example.com.; at sign: d.example.com.; unescaped first: *.example.com. and \@.example.com.
#
# Run it from anywhere; it needs Go and fails when the answers change.
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
	"regexp"
	"strconv"

	"github.com/miekg/dns"
)

// wire is what the library makes of a name, once sent and received.
func wire(name string) string {
	b := make([]byte, 255)
	n, err := dns.PackDomainName(name, b, 0, nil, false)
	if err != nil {
		panic(err)
	}
	out, _, err := dns.UnpackDomainName(b[:n], 0)
	if err != nil {
		panic(err)
	}
	return out
}

func main() {
	octal := regexp.MustCompile(`\\([0-3][0-7][0-7])`)
	for _, name := range []string{`\052.example.com.`, `\100.example.com.`} {
		plain := octal.ReplaceAllStringFunc(name, func(s string) string {
			c, err := strconv.ParseUint(s[1:], 8, 8)
			if err != nil {
				panic(err)
			}
			return string(rune(c))
		})
		fmt.Println(name, wire(name), wire(plain))
	}
}
GO
go get github.com/miekg/dns@v1.1.73 2>/dev/null
got=$(go run .)
want='\052.example.com. 4.example.com. *.example.com.
\100.example.com. d.example.com. \@.example.com.'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
