#!/usr/bin/env bash
# terraform: with several sensitive values in one resource, `plan -refresh-only -detailed-exitcode` answers 0 or 2 by chance
#
# VERSIONS   github.com/hashicorp/terraform v1.11.4, built here from its module; Go 1.26. No provider but the built-in one.
#            Not so with v1.14.9, nor with OpenTofu v1.12.6.
# EXPECTED   Nothing has changed, so every plan says "No changes" and ends with 0. Health checks and pipelines go by the 2.
# BEHAVIOUR  Every plan says "No changes", and about half of them end with 2. Where the sensitive values are in an object
#            is kept as a list, in the order in which a map was walked, and the lists of before and after are compared.
# SEEN       of 40 plans without a change: 40 say "No changes", some end with 0 and some with 2; with one value all end with 0
#
# Run it from anywhere. Building takes some minutes. It fails when the answers change.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

# `go install` refuses the module, because its go.mod has replace directives, and Go has no setting tlskyber any more.
src=$(cd "$work" && GOFLAGS=-mod=mod go mod download -json github.com/hashicorp/terraform@v1.11.4 | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
cp -R "$src" terraform
chmod -R u+w terraform
sed '/^godebug/d' "$src/go.mod" >terraform/go.mod
# The backends that keep state in clouds are modules of their own, which a download leaves out, and are not needed here.
(
	cd terraform
	backends='azure|consul|cos|gcs|kubernetes|oci|oss|pg|s3'
	sed -E "\\#remote-state/($backends)\"#d; /backend(Azure|Consul|Cos|GCS|Kubernetes|OCI|OSS|Pg|S3)\.New/d" "$src/internal/backend/init/init.go" >internal/backend/init/init.go
	for m in internal/legacy $(tr '|' '\n' <<<"$backends" | sed 's#^#internal/backend/remote-state/#'); do
		go mod edit -droprequire="github.com/hashicorp/terraform/$m" -dropreplace="github.com/hashicorp/terraform/$m"
	done
)
(cd terraform && go build -mod=mod -ldflags '-s -w' -o "$work/tf" .)
"$work/tf" version | head -n 1

# trial NAME INPUT: how 40 plans of a resource with that input end, none of which has anything to change
trial() {
	mkdir "$1"
	printf 'resource "terraform_data" "this" {\n  input = %s\n}\n' "$2" >"$1/main.tf"
	(
		cd "$1"
		"$work/tf" init -no-color >/dev/null
		"$work/tf" apply -auto-approve -no-color >/dev/null
		for _ in $(seq 40); do
			code=0
			"$work/tf" plan -refresh-only -detailed-exitcode -no-color >out || code=$?
			grep -q '^No changes' out || { cat out && exit 1; }
			echo "$code"
		done
	) | sort | uniq -c | sed 's/^ *//'
}

one=$(trial one '{ a = sensitive("1") }')
three=$(trial three '{ a = sensitive("1"), b = sensitive("2"), c = sensitive("3") }')
printf 'one sensitive value, plans by exit code:\n%s\nthree:\n%s\n' "$one" "$three"
[ "$one" = "40 0" ]
[ "$(wc -l <<<"$three")" = 2 ] && grep -q ' 0$' <<<"$three" && grep -q ' 2$' <<<"$three"
echo "as described"
