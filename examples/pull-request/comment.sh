#!/bin/sh
# Prints the comment of a pull request: what applies since a moment have done, as last_cutover
# of every resource says it, with the request id of each write. Prints nothing if they have
# done nothing. Reads what `terraform show -json` prints, which is the whole state, in clear
# text; what it prints has only the tables.
#
#   terraform show -json | ./comment.sh 2026-11-29T14:30:00Z
set -eu
tables=$(jq -r --arg since "${1:-1970-01-01T00:00:00Z}" -f "$(dirname "$0")/events.jq")
[ -n "$tables" ] || exit 0
printf '%s\n\n%s\n' '### What this apply did at AWS' "$tables"
