#!/usr/bin/env bash
# smithy-go, CBOR (the protocol of CloudWatch): a time in single precision is read as one up to a minute away, and an
# integer that no double holds is taken for one
#
# VERSIONS   github.com/aws/smithy-go v1.28.9 (the newest at the time), beside github.com/fxamacker/cbor/v2 v2.10.0. Go 1.26.
# EXPECTED   RFC 8949 lets whoever encodes take the shortest float that holds a value, and prefers it. 2026-01-01T00:00:00Z
#            is exactly 1767225600 in single precision too, so that a time (tag 1) in either precision is that instant.
#            AsFloat64 says that it takes integers within the lossless range, which for a double ends at 2^53.
# BEHAVIOUR  AsTime multiplies by a thousand before it leaves single precision, and 24 bits hold no milliseconds since 1970:
#            nearly every whole minute comes out as another instant. A datum of CloudWatch would be in another minute.
#            AsFloat64's limit is 2^54, so that 2^53+1 becomes 2^53 without an error, and from 2^54+1 on there is one.
# SEEN       whole minutes of 2026 that single precision holds exactly: 16425; read as another instant: 16296, the farthest
#            by 65.536 s; by the other library: 0. In double precision: 0.
#            9007199254740993 is read as 9007199254740992, no error
#
# Run it from anywhere. It fails when the answers change.
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
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	other "github.com/fxamacker/cbor/v2"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func main() {
	single := func(s int64) []byte {
		return binary.BigEndian.AppendUint32([]byte{0xc1, 0xfa}, math.Float32bits(float32(s)))
	}
	double := func(s int64) []byte {
		return binary.BigEndian.AppendUint64([]byte{0xc1, 0xfb}, math.Float64bits(float64(s)))
	}
	smithy := func(raw []byte) time.Time { return must(cbor.AsTime(must(cbor.Decode(raw)))) }
	var exact, wrong, wrongDouble, wrongOther int
	var farthest time.Duration
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for at := first; at.Year() == 2026; at = at.Add(time.Minute) {
		s := at.Unix()
		if int64(float32(s)) != s {
			continue
		}
		exact++
		if got := smithy(single(s)); !got.Equal(at) {
			wrong++
			farthest = max(farthest, got.Sub(at).Abs())
		}
		if !smithy(double(s)).Equal(at) {
			wrongDouble++
		}
		var t time.Time
		if err := other.Unmarshal(single(s), &t); err != nil || !t.Equal(at) {
			wrongOther++
		}
	}
	fmt.Printf("exact %d, wrong %d by up to %s; in double precision %d; other library %d\n", exact, wrong, farthest, wrongDouble, wrongOther)
	for _, n := range []uint64{1 << 53, 1<<53 + 1, 1<<54 + 1} {
		f, err := cbor.AsFloat64(must(cbor.Decode(binary.BigEndian.AppendUint64([]byte{0x1b}, n))))
		fmt.Printf("%d is %.0f, error %t\n", n, f, err != nil)
	}
}
GO
go get github.com/aws/smithy-go@v1.28.9 github.com/fxamacker/cbor/v2@v2.10.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
got=$(go run .)
printf '%s\n' "$got"
[ "$got" = 'exact 16425, wrong 16296 by up to 1m5.536s; in double precision 0; other library 0
9007199254740992 is 9007199254740992, error false
9007199254740993 is 9007199254740992, error false
18014398509481985 is 0, error true' ]
echo "as described"
