#!/usr/bin/env bash
# gonum distuv: the probability of what is certain is NaN for a binomial distribution with P of 0 or 1
#
# VERSIONS   gonum.org/v1/gonum v0.17.0, Go 1.26.
# EXPECTED   "P must be in [0, 1]", says the type. No error in ten requests is certain when errors have probability 0: 1, and its
#            logarithm 0. CDF and Survival of the same type answer so.
# BEHAVIOUR  Prob and LogProb multiply zero by the logarithm of zero: NaN, for the one outcome that is possible. A likelihood ratio of a
#            canary without errors is NaN then, and since every comparison with NaN is false, a check of the form "fail if below"
#            passes. The other outcomes have probability 0, as they should.
# SEEN       P=0: NaN for 0 of 10, CDF 1; P=1: NaN for 10 of 10, CDF 1; P=0, 1 of 10: 0
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

	"gonum.org/v1/gonum/stat/distuv"
)

func main() {
	never, always := distuv.Binomial{N: 10, P: 0}, distuv.Binomial{N: 10, P: 1}
	fmt.Println("P=0:", never.Prob(0), never.LogProb(0), never.CDF(0))
	fmt.Println("P=1:", always.Prob(10), always.LogProb(10), always.CDF(10))
	fmt.Println("P=0, 1 of 10:", never.Prob(1), never.Survival(0))
}
GO
go get gonum.org/v1/gonum@v0.17.0 2>/dev/null
got=$(go run .)
want='P=0: NaN NaN 1
P=1: NaN NaN 1
P=0, 1 of 10: 0 0'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
