#!/usr/bin/env bash
# njs: a date with an offset, as RFC 3339 and ISO 8601 write it, is not a number
#
# VERSIONS   njs 0.7.9-2 as packaged by Debian 12, beside Node.js (any from 18 on).
# EXPECTED   ECMA-262, date time string format: the offset is "Z" or a sign with hours and minutes, so 2026-03-01T10:00:00-05:00 is
#            an instant like 2026-03-01T15:00:00Z.
# BEHAVIOUR  Only "Z" is understood. With an offset, +00:00 included, Date.parse answers NaN and no error is thrown, so that every
#            comparison with it is false: a rule of the kind "from this time on" never begins. The offset of an RFC 5322 date
#            is understood.
# SEEN       NaN, NaN, then three numbers; Node.js gives five numbers.
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
["2026-03-01T10:00:00-05:00", "2026-03-01T10:00:00+00:00", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.5Z", "Sun, 01 Mar 2026 10:00:00 +0000"].forEach(function (d) {
	console.log(Date.parse(d));
});
JS
got="njs:
$(unpacked/usr/bin/njs script.js)
node:
$(node script.js)"
want='njs:
NaN
NaN
1772359200000
1772359200500
1772359200000
node:
1772377200000
1772359200000
1772359200000
1772359200500
1772359200000'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
