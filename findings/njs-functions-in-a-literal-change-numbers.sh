#!/usr/bin/env bash
# njs: a function in an array literal turns the number of its index into a string, in the whole script
#
# VERSIONS   njs 0.7.9-2 as packaged by Debian 12, beside Node.js (any from 18 on).
# EXPECTED   A literal is a constant: 1 + 1 is 2 whatever stands before it.
# BEHAVIOUR  An anonymous function in an array literal is given a name after its index. The number of the index is made a string for
#            that in place, and it is one constant with every equal number literal of the script, in functions above it too. So a
#            table of handlers, or of rules with a predicate, changes the arithmetic of the rest: weights that are added are joined,
#            JSON has "1" for 1, and 5 - 1 stays right, which hides it. The first element does it to 0, an object with the key 1 and
#            a function as value to 1. Functions that are declared and then put into the array by name do no harm.
# SEEN       njs: 11 05 [5,"1"] 11; Node.js: 2 5 [5,1] 2
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
function sum(a) { return a + 1; }
var rules = [function (r) { return r; }, function (r) { return r; }];
console.log(sum(1), 0 + 5, JSON.stringify([5, 1]), sum(rules.length - 1));
JS
cat >declared.js <<'JS'
function first(r) { return r; }
function second(r) { return r; }
function sum(a) { return a + 1; }
var rules = [first, second];
console.log(sum(1), 0 + 5, JSON.stringify([5, 1]), sum(rules.length - 1));
JS
got="njs, functions in the literal: $(unpacked/usr/bin/njs script.js)
njs, functions declared: $(unpacked/usr/bin/njs declared.js)
node, functions in the literal: $(node script.js)"
want='njs, functions in the literal: 11 05 [5,"1"] 11
njs, functions declared: 2 5 [5,1] 2
node, functions in the literal: 2 5 [5,1] 2'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
