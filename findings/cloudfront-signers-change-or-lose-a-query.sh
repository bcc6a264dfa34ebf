#!/usr/bin/env bash
# CloudFront URL signers: npm's rewrites the query it was asked to sign, and Go's puts the signature behind a fragment
#
# VERSIONS   npm @aws-sdk/cloudfront-signer 3.1166.0; github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign v1.9.16. Go 1.26.
# EXPECTED   Both are given a valid URL and return it with Expires, Signature and Key-Pair-Id at the end of its query: the rest of the
#            query as it was, since a cache policy that has it in the key makes `?x` and `?x=` two objects, and a fragment last
#            (RFC 3986, 3.5), since what follows `#` is never sent.
# BEHAVIOUR  npm's gives a valueless parameter a `=` and percent-encodes what a query may hold as it is (`/`, `:`, `;`, `=`), and signs
#            that. Its links work, but another cache key than the page's own links (and those of Go's signer) is asked for, which a
#            warm-up, an invalidation by query or a split that hashes the query then misses. getSignedCookies of the same package
#            leaves the URL as it is. A fragment becomes part of the path (`%23`), another object. Go's keeps the query, and writes
#            the three parameters behind the fragment: the request arrives unsigned.
# SEEN       the six lines at the end.
#
# Run it from anywhere; it needs Go, Node.js and npm, and fails when the answers change.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem 2>/dev/null
cat >sign.js <<'JS'
const { getSignedUrl } = require("@aws-sdk/cloudfront-signer");
const privateKey = require("fs").readFileSync("key.pem", "utf8");
for (const url of process.argv.slice(2)) {
	console.log("npm", getSignedUrl({ url, keyPairId: "K", dateLessThan: "2030-01-01T00:00:00Z", privateKey }).replace(/Signature=[^&]*/, "Signature=S"));
}
JS
cat >go.mod <<'MOD'
module finding

go 1.26
MOD
cat >main.go <<'GO'
package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign"
)

func main() {
	text, err := os.ReadFile("key.pem")
	if err != nil {
		panic(err)
	}
	block, _ := pem.Decode(text)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	for _, url := range os.Args[1:] {
		signed, err := sign.NewURLSigner("K", key.(*rsa.PrivateKey)).Sign(url, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			panic(err)
		}
		fmt.Println("go ", regexp.MustCompile(`Signature=[^&]*`).ReplaceAllString(signed, "Signature=S"))
	}
}
GO
npm install --silent --no-audit --no-fund @aws-sdk/cloudfront-signer@3.1166.0 >/dev/null
go get github.com/aws/aws-sdk-go-v2/feature/cloudfront/sign@v1.9.16 2>/dev/null
urls=('https://www.example.com/a?preview' 'https://www.example.com/a?path=b/c:d' 'https://www.example.com/a#part')
got=$(node sign.js "${urls[@]}" && go run . "${urls[@]}")
want='npm https://www.example.com/a?preview=&Expires=1893456000&Key-Pair-Id=K&Signature=S
npm https://www.example.com/a?path=b%2Fc%3Ad&Expires=1893456000&Key-Pair-Id=K&Signature=S
npm https://www.example.com/a%23part?Expires=1893456000&Key-Pair-Id=K&Signature=S
go  https://www.example.com/a?preview&Expires=1893456000&Signature=S&Key-Pair-Id=K
go  https://www.example.com/a?path=b/c:d&Expires=1893456000&Signature=S&Key-Pair-Id=K
go  https://www.example.com/a#part?Expires=1893456000&Signature=S&Key-Pair-Id=K'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
