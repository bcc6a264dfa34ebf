#!/usr/bin/env bash
# njs: nearly every other fraction is written with another last digit than other engines give it
#
# VERSIONS   njs 0.7.9-2 as packaged by Debian 12, beside Node.js (any from 18 on).
# EXPECTED   Number::toString of ECMA-262: as few digits as read back as the number; and of several such spellings, as it recommends in
#            a note and as browsers and Node.js do, the closest. They agree to the last digit, so a number can be part of a key.
# BEHAVIOUR  What njs writes reads back as the same number, but is often not the closest: 0.1 + 0.2 ends in 7 and not in 4. Now and then
#            it is too long, which the standard itself rules out: 9.999999999999999e+22 for 1e23. So a cookie, a cache key or the
#            input of a hash that an edge function made of a fraction (a share, a bucket) differs from what the origin makes of it.
#            Send integers, or fix the digits with toFixed.
# SEEN       of 20,000 fractions 8,999 are written differently, and none reads back as another number
#
# Run it from anywhere on Debian 12; it unpacks the package into a temporary folder and fails when the answers change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq update >/dev/null 2>&1 || true # needed where package lists are not there yet
apt-get -qq download njs=0.7.9-2 libpcre2-8-0 libssl3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" unpacked; done
export LD_LIBRARY_PATH=$work/unpacked/usr/lib/x86_64-linux-gnu
cat >script.js <<'JS'
console.log(0.1 + 0.2, 1e23, 1 / 3, 0.7 + 0.1);
var x = 12345;
for (var i = 0; i < 20000; i++) { // fractions by a linear congruential generator
	x = (Math.imul(x, 1103515245) + 12345) >>> 0;
	console.log(x / 4294967296 * 0.37);
}
JS
unpacked/usr/bin/njs script.js >njs
node script.js >node
cat >compare.js <<'JS'
var fs = require("fs"), read = f => fs.readFileSync(f, "utf8").trim().split("\n"), njs = read("njs"), node = read("node");
console.log("njs: ", njs[0]);
console.log("node:", node[0]);
var a = njs.slice(1), b = node.slice(1);
var other = a.filter((s, i) => s !== b[i]), wrong = a.filter((s, i) => Number(s) !== Number(b[i]));
console.log("of", a.length, "fractions, written differently:", other.length, "read back as another number:", wrong.length);
JS
got=$(node compare.js)
want='njs:  0.30000000000000007 9.999999999999999e+22 0.3333333333333333 0.7999999999999999
node: 0.30000000000000004 1e+23 0.3333333333333333 0.7999999999999999
of 20000 fractions, written differently: 8999 read back as another number: 0'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
