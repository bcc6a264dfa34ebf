#!/bin/sh
# Gives the simulator two more accounts, each with an access key of its own and a role that the first account may
# assume. At AWS they are there, and so is the role: what it has to allow is in the guide "Between accounts".
set -eu
simulator=${AWS_ENDPOINT_URL:-http://127.0.0.1:4566}/_awssim

add() { # account, access key
	curl -fsS -d "{\"account\": \"$1\", \"access_keys\": [\"$2\"]}" "$simulator/accounts"
	curl -fsS -d "{\"account\": \"$1\", \"name\": \"cutover\", \"trusts\": [\"arn:aws:iam::123456789012:root\"]}" "$simulator/roles"
}

add 210987654321 rehearsal-new
add 333344445555 rehearsal-dns
