#!/usr/bin/env bash
# The AWS SDK for Go loses the reason of a refusal that begins before the request has been sent to its end
#
# VERSIONS   github.com/aws/smithy-go v1.28.9 under aws-sdk-go-v2 v1.48.0 and service/s3 v1.114.7, Go 1.26.
# EXPECTED   A server may answer 403 after the head of a request and read the rest afterwards; net/http sends the rest while it hands on
#            the answer. So the error names the code that stands in the body: AccessDenied.
# BEHAVIOUR  smithy-go closes the body of the request as soon as the head of the answer is there (transport/http/client.go), and reading
#            on from it gives EOF. net/http finds fewer bytes than it announced and closes the connection, from which the SDK is
#            just about to read. The error has the status and no code. Request and answer are the same each time; with a body that
#            is sent in one piece it happens by chance only, so it looks like a network that fails under load.
# SEEN       net/http: 403 AccessDenied, the whole body arrived; SDK: 403, no code, "failed to copy error response body … use of closed
#            network connection", a part of the body arrived.
#
# Run it from anywhere; it needs Go and fails when the answers change.
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
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

const (
	size    = 64 << 20 // more than fits into the buffers of a connection
	refusal = `<Error><Code>AccessDenied</Code><Message>No.</Message></Error>`
)

// server refuses after the head, waits until the client has read that, takes the rest of
// the request and then says why. It hands on how much of the body arrived.
func server() (string, <-chan int64) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	arrived := make(chan int64, 1)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				panic(err)
			}
			req, err := http.ReadRequest(bufio.NewReader(conn))
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(conn, "HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n", len(refusal))
			time.Sleep(time.Second)
			n, _ := io.Copy(io.Discard, req.Body)
			io.WriteString(conn, refusal)
			arrived <- n
			conn.Close()
		}
	}()
	return "http://" + l.Addr().String(), arrived
}

func main() {
	url, arrived := server()
	body := make([]byte, size)

	req, err := http.NewRequest(http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	said, err := io.ReadAll(resp.Body)
	fmt.Println("net/http:", resp.StatusCode, strings.Contains(string(said), "AccessDenied"), err, <-arrived == size)

	client := s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &url, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""), RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired,
	})
	_, err = client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String("releases"), Key: aws.String("site.tar"), Body: bytes.NewReader(body)})
	var api smithy.APIError
	code := "no code"
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	fmt.Println("SDK:", strings.Contains(err.Error(), "StatusCode: 403"), code,
		strings.Contains(err.Error(), "failed to copy error response body"), strings.Contains(err.Error(), "use of closed network connection"), <-arrived == size)
}
GO
go get github.com/aws/aws-sdk-go-v2@v1.48.0 github.com/aws/aws-sdk-go-v2/credentials@v1.20.14 github.com/aws/aws-sdk-go-v2/service/s3@v1.114.7 github.com/aws/smithy-go@v1.28.9 2>/dev/null
got=$(go run .)
want='net/http: 403 true <nil> true
SDK: true no code true true false'
echo "$got"
[ "$got" = "$want" ] || { echo 'The answers have changed.' >&2; exit 1; }
