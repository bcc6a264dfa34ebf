#!/bin/sh
# Applies a saved plan, writes into comment.md what that did, whether it ended well or not, and
# ends as the apply did.
#
#   ./apply.sh plan.tfplan && …
set -eu
terraform=${TERRAFORM:-terraform}
since=$(date -u +%Y-%m-%dT%H:%M:%SZ)
"$terraform" apply -input=false "$1" && code=0 || code=$?
"$terraform" show -json | "$(dirname "$0")/comment.sh" "$since" >comment.md
exit "$code"
