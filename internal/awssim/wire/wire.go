// Package wire speaks the protocols of the AWS control planes: it turns HTTP
// requests into calls by the published service models, and answers and errors
// back into what an SDK decodes. It knows no service's behaviour.
package wire

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// A Request is one call as a service sees it: matched to an operation,
// attributed to a caller, checked against the model.
type Request struct {
	Service   string // the model's name: cloudfront, route53, acm, sts, s3, cloudwatch
	Protocol  Protocol
	Operation *Operation        // from the service model
	Labels    map[string]string // path labels by their name in the model's URI
	Query     url.Values
	Header    http.Header
	Body      *Node          // rest-xml: the document, nil where there was none
	JSON      map[string]any // the other protocols: the members of the input; query alone: the form, flat
	Raw       []byte         // the body as it came
	AccessKey string         // of the signature; empty when unsigned
	Caller    string         // ARN of whose key that is; empty for nobody's
	Region    string         // of the signature; empty when unsigned
	RequestID string
	Host      string // as the client addressed us
}

// A Response is a service's answer. At most one of Body, JSON and Raw is set; none
// is an empty body.
type Response struct {
	Status int // 0: the model's
	Header http.Header
	Body   *Node  // rest-xml: document root; query: the result element's content
	JSON   any    // the members of the output, encoded as the client's protocol has them
	Raw    []byte // as it is; the type is among the headers
}

// WithHeader sets a header and returns the response, for building in one expression.
func (r *Response) WithHeader(key, value string) *Response {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(key, value)
	return r
}

// A Service answers the calls of one AWS service.
//
// Serve is called with the world locked: one call at a time, in the order of the
// journal. It must not sleep and must not keep ctx. Errors other than *Error
// become a 500 that names the bug.
type Service interface {
	Model() *Model
	// Serves lists the operations this service implements; all others are
	// answered with 501 and a message that says so.
	Serves() []string
	// Reads says whether an operation changes nothing.
	Reads(operation string) bool
	Serve(ctx context.Context, r *Request) (*Response, error)
}

// An Error is what AWS answers instead of a result.
type Error struct {
	Code    string
	Status  int // 0: the model's status for Code, 400 where it has none
	Message string
	Detail  []*Node     // further elements of the document, which some errors of the XML protocols have
	Header  http.Header // sent with it
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// Errorf makes an Error with the model's status for its code.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
