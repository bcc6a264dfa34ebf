#!/usr/bin/env bash
# aws-sdk-go-v2, CloudFront KeyValueStore: a base endpoint gets the account id in front of its host, and an endpoint
# resolver that only says where to connect signs for another set of regions
#
# VERSIONS   github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore v1.13.1 with aws-sdk-go-v2 v1.48.0,
#            smithy-go v1.28.9. Go 1.26.
# EXPECTED   BaseEndpoint, or AWS_ENDPOINT_URL, names the host that is asked, as for every other service; and where to
#            connect has no influence on what a request is signed for (SigV4A, region set `*`: a store is global).
# BEHAVIOUR  The rules of this one service put the account id of the store's ARN before the host of a base endpoint, so
#            http://localhost:4566 becomes http://123456789012.localhost:4566, which does not resolve everywhere. And
#            EndpointResolverV2 decides what is signed too: one that returns just a URI makes the client sign the region
#            set us-east-1 instead of `*`. Asking the default resolver and replacing its URI keeps `*`.
# SEEN       base endpoint: 123456789012.localhost; URI alone: us-east-1; URI replaced: *
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
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	kvs "github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore"
	endpoints "github.com/aws/smithy-go/endpoints"
)

type place struct {
	uri    *url.URL
	asking bool // the default resolver first
}

func (p place) ResolveEndpoint(ctx context.Context, params kvs.EndpointParameters) (endpoints.Endpoint, error) {
	var e endpoints.Endpoint
	var err error
	if p.asking {
		e, err = kvs.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, params)
	}
	e.URI = *p.uri
	return e, err
}

type recorder struct{ host string }

func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	r.host = req.URL.Hostname()
	return http.DefaultClient.Do(req)
}

func main() {
	var signed string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		signed = r.Header.Get("X-Amz-Region-Set")
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"Key":"k","Value":"v","ItemCount":1,"TotalSizeInBytes":2}`)
	}))
	defer srv.Close()
	u, err := url.Parse(srv.URL)
	if err != nil {
		panic(err)
	}
	get := func(o kvs.Options) error {
		o.Region, o.Credentials = "us-east-1", credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")
		o.Retryer = aws.NopRetryer{}
		_, err := kvs.New(o).GetKey(context.Background(), &kvs.GetKeyInput{
			KvsARN: aws.String("arn:aws:cloudfront::123456789012:key-value-store/3e0a1b2c-1111-2222-3333-444455556666"), Key: aws.String("k"),
		})
		return err
	}
	rec := &recorder{}
	_ = get(kvs.Options{BaseEndpoint: aws.String("http://localhost:" + u.Port()), HTTPClient: rec}) // may not resolve: what counts is what was asked for
	fmt.Println("base endpoint:", rec.host)
	for _, asking := range []bool{false, true} {
		if err := get(kvs.Options{EndpointResolverV2: place{u, asking}}); err != nil {
			panic(err)
		}
		fmt.Println(map[bool]string{false: "URI alone:", true: "URI replaced:"}[asking], signed)
	}
}
GO
go get github.com/aws/aws-sdk-go-v2@v1.48.0 github.com/aws/aws-sdk-go-v2/service/cloudfrontkeyvaluestore@v1.13.1 \
	github.com/aws/aws-sdk-go-v2/credentials@v1.21.0 github.com/aws/smithy-go@v1.28.9 2>/dev/null
got=$(go run .)
want='base endpoint: 123456789012.localhost
URI alone: us-east-1
URI replaced: *'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
