package awssim_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

var pathLabel = regexp.MustCompile(`\{[^}]+\}`)

// call is the smallest request that is a call of an operation.
func call(service, name string) *http.Request {
	m := wire.LoadModel(service)
	op := m.Operations[name]
	signing := map[string]string{"cloudwatch": "monitoring"}[service]
	if signing == "" {
		signing = service
	}
	r := httptest.NewRequest(op.HTTP.Method, pathLabel.ReplaceAllString(op.HTTP.URI, "x"), nil)
	switch m.Metadata.Protocol {
	case "json", "smithy-rpc-v2-cbor":
		r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
		r.Header.Set("X-Amz-Target", m.Metadata.TargetPrefix+"."+name)
	case "query":
		r = httptest.NewRequest(http.MethodPost, "/", strings.NewReader("Action="+name))
	default:
		require(m, op, r)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/"+signing+"/aws4_request, SignedHeaders=host, Signature=0")
	return r
}

// require gives a request the parameters and headers that make it one of an operation.
func require(m *wire.Model, op *wire.Operation, r *http.Request) {
	if op.Input == nil {
		return
	}
	q, in := r.URL.Query(), m.Shapes[op.Input.Shape]
	for _, required := range in.Required {
		switch ref := in.Members[required]; ref.Location {
		case "querystring":
			q.Set(ref.LocationName, "1")
		case "header":
			r.Header.Set(ref.LocationName, "x")
		}
	}
	r.URL.RawQuery = q.Encode()
}

// Nobody may take silence, or another error, for an answer of AWS's.
func TestEveryOperationThatIsNotServedSaysSo(t *testing.T) {
	t.Parallel()
	w := awssim.New(awssim.Options{})
	n := 0
	for _, op := range w.Operations() {
		if op.Served {
			continue
		}
		n++
		got := httptest.NewRecorder()
		w.Control().ServeHTTP(got, call(op.Service, op.Name))
		body, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got.Code != http.StatusNotImplemented || !strings.Contains(string(body), "does not serve "+op.Name+" of ") {
			t.Errorf("%s %s: %d %s", op.Service, op.Name, got.Code, body)
		}
	}
	if n < 100 {
		t.Errorf("%d operations are not served: fewer than there are", n)
	}
}
