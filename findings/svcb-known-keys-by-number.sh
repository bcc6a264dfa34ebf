#!/usr/bin/env bash
# miekg/dns: an HTTPS or SVCB record that names a parameter by number is refused where the number has a name
#
# VERSIONS   github.com/miekg/dns v1.1.73, Go 1.26; beside dnspython 2.3.0-1+deb12u1 as packaged by Debian 12.
# EXPECTED   RFC 9460, 2.1: any key may be written keyNNNNN, its value then being the bytes on the wire. That is the one spelling
#            that every reader of a zone understands, whatever it knows, so exports and portable configurations use it; `key4` and
#            `ipv4hint` are the same record.
# BEHAVIOUR  The library reads keyNNNNN only for numbers it has no name for, and calls the others bad keys. So a record can stop being
#            readable with a new version, in which its number got a name (dohpath and ohttp did). dnspython reads both.
# SEEN       the lines at the end.
#
# Run it from anywhere on Debian 12; it needs Go and Python 3, and fails when the answers change.
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
	"os"

	"github.com/miekg/dns"
)

func main() {
	for _, value := range os.Args[1:] {
		rr, err := dns.NewRR("www.example.com. HTTPS " + value)
		if err != nil {
			fmt.Println("miekg/dns:", value, "is refused")
			continue
		}
		b := make([]byte, 512)
		n, err := dns.PackRR(rr, b, 0, nil, false)
		if err != nil {
			panic(err)
		}
		fmt.Printf("miekg/dns: %s is %x\n", value, b[n-int(rr.Header().Rdlength):n])
	}
}
GO
cat >main.py <<'PY'
import sys
import dns.rdata
for value in sys.argv[1:]:
    print("dnspython:", value, "is", dns.rdata.from_text("IN", "HTTPS", value).to_wire().hex())
PY
go get github.com/miekg/dns@v1.1.73 2>/dev/null
apt-get -qq update >/dev/null 2>&1 || true # needed where package lists are not there yet
apt-get -qq download python3-dnspython=2.3.0-1+deb12u1 >/dev/null 2>&1
dpkg -x python3-dnspython_*.deb unpacked
values=('1 . key1=\002h2' '1 . alpn=h2' '1 . alpn=h2 key4=\192\000\002\001' '1 . key667=hello')
got=$(go run . "${values[@]}" && PYTHONPATH=unpacked/usr/lib/python3/dist-packages python3 main.py "${values[@]}")
want='miekg/dns: 1 . key1=\002h2 is refused
miekg/dns: 1 . alpn=h2 is 00010000010003026832
miekg/dns: 1 . alpn=h2 key4=\192\000\002\001 is refused
miekg/dns: 1 . key667=hello is 000100029b000568656c6c6f
dnspython: 1 . key1=\002h2 is 00010000010003026832
dnspython: 1 . alpn=h2 is 00010000010003026832
dnspython: 1 . alpn=h2 key4=\192\000\002\001 is 0001000001000302683200040004c0000201
dnspython: 1 . key667=hello is 000100029b000568656c6c6f'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
