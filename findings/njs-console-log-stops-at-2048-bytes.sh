#!/usr/bin/env bash
# njs: the command line's console.log prints the first 2,048 bytes of a text, and says nothing of the rest
#
# VERSIONS   njs 0.7.9-2 as packaged by Debian 12
# EXPECTED   console.log prints the text that it is given, as Node, QuickJS and goja do, or says that it leaves something out.
# BEHAVIOUR  Longer texts are cut after 2,048 bytes without a mark, an error or another exit status. Whoever compares engines by
#            what they print, or passes a result on as JSON, gets half of it.
# SEEN       a text of 10,000 letters has the length 10000, and is printed as 2,048
#
# Run it from anywhere on Debian 12; it unpacks the package into a temporary folder and fails when all of the text is printed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq update >/dev/null 2>&1 || true # needed where package lists are not there yet
apt-get -qq download njs=0.7.9-2 libpcre2-8-0 libssl3 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" unpacked; done
export LD_LIBRARY_PATH=$work/unpacked/usr/lib/x86_64-linux-gnu
cat >long.js <<'JS'
var text = '';
for (var i = 0; i < 10000; i++) { text += 'x'; }
console.log(String(text.length));
console.log(text);
JS
out=$(unpacked/usr/bin/njs long.js)
length=$(head -1 <<<"$out")
printed=$(tail -1 <<<"$out" | tr -d '\n' | wc -c)
echo "a text of $length letters is printed as $printed"
[ "$length" = 10000 ] && [ "$printed" = 2048 ]
