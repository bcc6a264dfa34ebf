#!/usr/bin/env bash
# aws-sdk-go-v2: a wrong clock is corrected for SigV4 and never for SigV4A
#
# VERSIONS   github.com/aws/aws-sdk-go-v2 v1.48.0 (internal/v4a v1.5.12), service/cloudfrontkeyvaluestore v1.13.1 (SigV4A),
#            service/sqs v1.53.0 (SigV4). Go 1.26.
# EXPECTED   When a service answers RequestTimeTooSkewed, the client reckons the difference to the Date of the answer and
#            signs the next attempt, and later requests, with the corrected time, whichever signature the service takes.
# BEHAVIOUR  With SigV4 that is so. With SigV4A the difference is measured and retried on, but the signer takes the time
#            of the machine again: every attempt is as wrong as the first, and the retries are spent on it.
# SEEN       sqs: first attempt 0 min ahead, second 30 min; keyvaluestore: both 0 min
#
# Run it from anywhere; it talks to loopback only and fails when the answers change.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<'MOD'
module finding

go 1.26
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	endpoints "github.com/aws/smithy-go/endpoints"
)

type place struct{ uri *url.URL }

func (p place) ResolveEndpoint(ctx context.Context, params kvs.EndpointParameters) (endpoints.Endpoint, error) {
	e, err := kvs.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, params)
	e.URI = *p.uri
	return e, err
}

func main() {
	var ahead []int // minutes by which each attempt's signature is ahead of this machine
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
		if err != nil {
			panic(err)
		}
		ahead = append(ahead, int(math.Round(time.Until(at).Minutes())))
		w.Header().Set("Date", time.Now().Add(30*time.Minute).UTC().Format(http.TimeFormat))
		w.Header().Set("X-Amzn-ErrorType", "RequestTimeTooSkewed")
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"__type":"RequestTimeTooSkewed","message":"The difference is too large."}`)
	}))
	defer srv.Close()
	u, err := url.Parse(srv.URL)
	if err != nil {
		panic(err)
	}
	keys := credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")
	_, _ = sqs.New(sqs.Options{Region: "us-east-1", Credentials: keys, BaseEndpoint: aws.String(srv.URL)}).ListQueues(context.Background(), &sqs.ListQueuesInput{})
	fmt.Println("sqs", ahead)
	ahead = nil
	_, _ = kvs.New(kvs.Options{Region: "us-east-1", Credentials: keys, EndpointResolverV2: place{u}}).GetKey(context.Background(), &kvs.GetKeyInput{
		KvsARN: aws.String("arn:aws:cloudfront::123456789012:key-value-store/3e0a1b2c-1111-2222-3333-444455556666"), Key: aws.String("k"),
	})
	fmt.Println("keyvaluestore", ahead)
}
GO
go get github.com/aws/aws-sdk-go-v2@v1.48.0 github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore@v1.13.1 github.com/aws/aws-sdk-go-v2/service/sqs@v1.53.0 \
	github.com/aws/aws-sdk-go-v2/credentials@v1.21.0 github.com/aws/smithy-go@v1.28.9 2>/dev/null
got=$(go run .)
want='sqs [0 30]
keyvaluestore [0 0]'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
