package awssim

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// transport carries requests to a World without sockets or goroutines, so that a
// whole cutover runs inside one testing/synctest bubble.
type transport struct {
	world *World
	addr  string // of this client: decides which POP it meets
}

// Transport returns a client's way into the world: requests that carry an AWS
// signature or have an AWS path go to the control planes, all others to the fleet.
// Each one is a client with an address of its own, and so meets a POP of its own.
func (w *World) Transport() http.RoundTripper {
	n := w.clients.Add(1)
	return &transport{world: w, addr: fmt.Sprintf("198.18.%d.%d:1024", n>>8&0xff, n&0xff)} // RFC 2544: nobody's
}

// RoundTrip implements http.RoundTripper. The handler runs before it returns.
func (t *transport) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	body, err := drain(req)
	if err != nil {
		return nil, err
	}
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := req.Clone(ctx) // what a server would see of it
	in.Host = req.Host
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	in.RequestURI, in.RemoteAddr, in.Proto, in.ProtoMajor, in.ProtoMinor = req.URL.RequestURI(), t.addr, "HTTP/1.1", 1, 1
	in.Body, in.ContentLength, in.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	if len(body) == 0 {
		in.Body = http.NoBody
	}
	if req.URL.Scheme == "https" {
		in.TLS = &tls.ConnectionState{HandshakeComplete: true, ServerName: req.URL.Hostname()}
	}
	if in.Header.Get("User-Agent") == "" {
		in.Header.Set("User-Agent", "Go-http-client/1.1")
	}
	in.URL.Scheme, in.URL.Host = "", ""

	handler := t.world.Edge()
	if forControl(in, body) {
		handler = t.world.Control()
	}
	out := &recorder{header: http.Header{}}
	defer func() {
		if p := recover(); p != nil {
			if perr, ok := p.(error); !ok || !errors.Is(perr, http.ErrAbortHandler) {
				panic(p)
			}
			resp, err = nil, io.ErrUnexpectedEOF
		}
		// Whoever stopped waiting sees that, whatever the world made of the request.
		if ctxErr := ctx.Err(); ctxErr != nil {
			resp, err = nil, ctxErr
		}
	}()
	handler.ServeHTTP(out, in)
	return out.response(req), nil
}

func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	if cerr := req.Body.Close(); err == nil {
		err = cerr
	}
	return body, err
}

// bucketHost is where buckets are, website endpoints apart: those have viewers.
var bucketHost = regexp.MustCompile(`(^|\.)s3([.-][a-z]{2}(-[a-z]+)+-\d)?\.amazonaws\.com(:\d+)?$`)

// forControl tells a call of an AWS client from a viewer's request.
func forControl(r *http.Request, body []byte) bool {
	q := r.URL.Query()
	if r.Method == http.MethodPost && bytes.Contains(body, []byte("Action=AssumeRoleWith")) {
		return true // the calls of STS that nobody signs
	}
	return strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") || q.Has("X-Amz-Signature") || q.Has("AWSAccessKeyId") ||
		r.Header.Get("X-Amz-Target") != "" || r.Header.Get("Smithy-Protocol") != "" || bucketHost.MatchString(r.Host) ||
		strings.HasPrefix(r.URL.Path, "/2020-05-31/") || strings.HasPrefix(r.URL.Path, "/2013-04-01/") || strings.HasPrefix(r.URL.Path, AdminPath)
}

// A recorder is a ResponseWriter that keeps the answer.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(b)
}

func (r *recorder) response(req *http.Request) *http.Response {
	r.WriteHeader(http.StatusOK)
	length := int64(r.body.Len())
	if req.Method == http.MethodHead {
		r.body.Reset()
		if n, err := strconv.ParseInt(r.header.Get("Content-Length"), 10, 64); err == nil {
			length = n
		}
	}
	header := http.Header{}
	for name, values := range r.header { // as a client of net/http reads them
		header[http.CanonicalHeaderKey(name)] = values
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", r.status, http.StatusText(r.status)), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: req,
		Body: io.NopCloser(bytes.NewReader(r.body.Bytes())), ContentLength: length,
	}
}
