#!/usr/bin/env bash
# njs: the keys of an object come neither in the order they were added in nor, for indices, in ascending order
#
# VERSIONS   njs 0.7.9-2 as packaged by Debian 12, beside Node.js (any from 18 on).
# EXPECTED   ECMA-262, OrdinaryOwnPropertyKeys: integer indices ascending, then other names in the order of their creation; so also
#            JSON.stringify, for..in and Object.keys of what JSON.parse returned. Small objects look that way in njs too.
# BEHAVIOUR  From about a dozen keys on they come in the order of a hash table, and a key that was deleted and set again stands where
#            it stood. Code that walks a table of weights and takes the first side whose sum passes the bucket sends the same
#            visitor to another side than Node.js does. Sort the keys, or keep them in an array.
# SEEN       keys after a dozen insertions: a hash order; indices 2 before 1; y back in the middle.
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
var o = {};
"alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november".split(" ").forEach(function (k) { o[k] = 1; });
console.log(Object.keys(o).join());
console.log(Object.keys({ b: 1, 2: 1, a: 1, 1: 1 }).join());
var q = { x: 1, y: 2, z: 3 };
delete q.y;
q.y = 4;
console.log(Object.keys(q).join());
JS
got="njs:
$(unpacked/usr/bin/njs script.js)
node:
$(node script.js)"
want='njs:
alpha,echo,kilo,golf,foxtrot,juliett,lima,bravo,charlie,delta,india,hotel,mike,november
b,2,a,1
x,y,z
node:
alpha,bravo,charlie,delta,echo,foxtrot,golf,hotel,india,juliett,kilo,lima,mike,november
1,2,b,a
x,z,y'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
