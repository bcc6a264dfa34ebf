package wire

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A Protocol is a way of putting calls and answers into HTTP, by its name in the models.
type Protocol string

// The protocols that are spoken here. A service has one, CloudWatch three.
const (
	RESTXML  Protocol = "rest-xml"
	RESTJSON Protocol = "rest-json"
	JSON     Protocol = "json"
	Query    Protocol = "query"
	CBOR     Protocol = "smithy-rpc-v2-cbor"
)

// protocol is the one that a client of this service speaks.
func (m *Model) protocol(r *http.Request) Protocol {
	switch speaks := func(p Protocol) bool { return slices.Contains(m.Metadata.Protocols, string(p)) }; {
	case len(m.Metadata.Protocols) < 2:
		return Protocol(m.Metadata.Protocol)
	case speaks(CBOR) && r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return CBOR
	case speaks(JSON) && r.Header.Get("X-Amz-Target") != "":
		return JSON
	case speaks(Query):
		return Query
	}
	return Protocol(m.Metadata.Protocol)
}

// Read matches an HTTP request against the model and reads its body into req. What
// it returns as an error is the answer.
func (m *Model) Read(r *http.Request, raw []byte, req *Request) error {
	req.Raw, req.Protocol = raw, m.protocol(r)
	if r.Header.Get("Content-Encoding") == "gzip" && req.Protocol != RESTXML { // as SDKs send much data to CloudWatch
		plain, err := unzip(raw)
		if err != nil {
			return &Error{Code: "SerializationException", Message: err.Error()}
		}
		raw, req.Raw = plain, plain
	}
	switch req.Protocol {
	case JSON:
		name := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), m.Metadata.TargetPrefix+".")
		if req.Operation = m.Operations[name]; req.Operation == nil {
			return &Error{Code: "UnknownOperationException", Message: "unknown operation " + name}
		}
		return m.readJSON(raw, req)
	case Query:
		return m.readForm(raw, req)
	case CBOR:
		_, name, _ := strings.Cut(r.URL.Path, "/operation/")
		if req.Operation = m.Operations[name]; req.Operation == nil || r.Method != http.MethodPost {
			return &Error{Code: "UnknownOperationException", Status: http.StatusNotFound, Message: "unknown operation " + name}
		}
		return m.readCBOR(raw, req)
	case RESTXML, RESTJSON:
	}
	if req.Operation, req.Labels = m.Match(r); req.Operation == nil {
		return &Error{
			Code: "UnknownOperationException", Status: http.StatusNotFound,
			Message: fmt.Sprintf("no operation of %s is called by %s %s", m.Name, r.Method, r.URL.RequestURI()),
		}
	}
	switch blank := len(bytes.TrimSpace(raw)) == 0; {
	case m.RawBody(req.Operation):
	case req.Protocol == RESTJSON:
		return m.readJSON(raw, req)
	case !blank:
		body, err := ParseXML(bytes.NewReader(raw))
		if err != nil {
			return &Error{Code: "MalformedXML", Message: "The XML document is malformed: " + err.Error()}
		}
		req.Body = body
	}
	return nil
}

// maxPlain bounds what a compressed request may unfold to.
const maxPlain = 64 << 20

func unzip(raw []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, maxPlain))
}

// RawBody says whether the body of an operation's request is content, such as an
// object of S3, and not a document.
func (m *Model) RawBody(op *Operation) bool {
	if op == nil || op.Input == nil {
		return false
	}
	in := m.Shapes[op.Input.Shape]
	return in != nil && in.Payload != "" && m.Shapes[in.Members[in.Payload].Shape].Type != "structure"
}

func (m *Model) readJSON(raw []byte, req *Request) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		raw = []byte("{}")
	}
	if err := json.Unmarshal(raw, &req.JSON); err != nil {
		return &Error{Code: "SerializationException", Message: err.Error()}
	}
	req.JSON = m.canonicalInput(req.Operation, req.JSON)
	return nil
}

func (m *Model) readForm(raw []byte, req *Request) error {
	form, err := url.ParseQuery(string(raw))
	if err != nil {
		return &Error{Code: "MalformedQueryString", Message: err.Error()}
	}
	for k, v := range req.Query {
		form[k] = append(form[k], v...)
	}
	if req.Operation = m.Operations[form.Get("Action")]; req.Operation == nil {
		return &Error{Code: "InvalidAction", Message: "Could not find operation " + form.Get("Action") + " for version " + form.Get("Version")}
	}
	if len(m.Metadata.Protocols) < 2 { // a service of this protocol alone reads the form itself
		req.JSON = map[string]any{}
		for k := range form {
			req.JSON[k] = form.Get(k)
		}
		return nil
	}
	req.JSON = m.canonicalInput(req.Operation, m.decodeForm(req.Operation, form))
	return nil
}

// Refuse turns a failure into the error document of the client's protocol, and
// returns the error code.
func (m *Model) Refuse(req *Request, failure error) (*Response, string) {
	var e *Error
	if !errors.As(failure, &e) {
		e = &Error{Code: "InternalFailure", Status: http.StatusInternalServerError, Message: "a bug of the simulator: " + failure.Error()}
	}
	status := e.Status
	if status == 0 {
		status = http.StatusBadRequest
		if req.Operation != nil {
			status, _ = m.ErrorStatus(req.Operation, e.Code)
		}
	}
	fault := "Sender"
	if status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	resp := &Response{Status: status}
	switch protocol := m.protocolOf(req); {
	case protocol == RESTJSON:
		resp.JSON = map[string]any{"Type": map[string]string{"Sender": "User", "Receiver": "Server"}[fault], "Message": e.Message, "message": e.Message}
		kind := e.Code
		if kind == "AccessDenied" || kind == "Throttling" { // as the older protocols call them
			kind += "Exception"
		}
		resp.WithHeader("X-Amzn-Errortype", kind)
	case protocol == JSON || protocol == CBOR:
		shape := m.errorShape(req.Operation, e.Code)
		resp.JSON = map[string]any{"__type": shape, "message": e.Message}
		if m.Metadata.QueryCompatible != nil { // the client may know the error by its older name
			resp.WithHeader("X-Amzn-Query-Error", e.Code+";"+fault)
		} else {
			resp.WithHeader("X-Amzn-Errortype", shape)
		}
	case m.Name == "s3": // neither wrapped nor in a namespace
		resp.Body = Elem("Error", append([]*Node{Text("Code", e.Code), Text("Message", e.Message)}, e.Detail...)...)
		resp.Body.Children = append(resp.Body.Children, Text("RequestId", req.RequestID), Text("HostId", "simulated"))
	default:
		resp.Body = Elem("ErrorResponse",
			Elem("Error", append([]*Node{Text("Type", fault), Text("Code", e.Code), Text("Message", e.Message)}, e.Detail...)...),
			Text("RequestId", req.RequestID))
	}
	for name, values := range e.Header {
		for _, v := range values {
			resp.WithHeader(name, v)
		}
	}
	return resp, e.Code
}

// protocolOf is the client's, or the service's own where the request was not read.
func (m *Model) protocolOf(req *Request) Protocol {
	if req.Protocol != "" {
		return req.Protocol
	}
	return Protocol(m.Metadata.Protocol)
}

// errorShape is the name of an error's shape, which the newer protocols go by.
func (m *Model) errorShape(op *Operation, code string) string {
	if op == nil {
		return code
	}
	for _, ref := range op.Errors {
		if s := m.Shapes[ref.Shape]; s != nil && s.Error != nil && s.Error.Code == code {
			return ref.Shape
		}
	}
	return code
}

// Write encodes an answer for the client of req: the body, with its type, and the
// headers of the protocol.
func (m *Model) Write(req *Request, resp *Response) (body []byte, contentType string) {
	protocol := m.protocolOf(req)
	if protocol == CBOR {
		resp.WithHeader("Smithy-Protocol", "rpc-v2-cbor")
	}
	success := resp.Status < http.StatusMultipleChoices
	switch {
	case resp.Raw != nil:
		return resp.Raw, ""
	case protocol == Query && success:
		return m.queryResult(req, resp), "text/xml"
	case resp.JSON != nil && protocol == CBOR:
		if success && req.Operation != nil && req.Operation.Output != nil {
			return encodeCBOR(m.typed(req.Operation.Output.Shape, resp.JSON))
		}
		return encodeCBOR(resp.JSON)
	case resp.JSON != nil:
		body, err := json.Marshal(epochs(resp.JSON))
		if err != nil {
			body = []byte(`{"__type":"InternalFailure","message":"unencodable answer"}`)
		}
		if protocol == RESTJSON {
			return body, "application/json"
		}
		return body, "application/x-amz-json-" + m.jsonVersion()
	case resp.Body == nil:
		return nil, ""
	case m.Name == "s3" && !success:
		return resp.Body.XML(""), "application/xml"
	case m.Name == "s3":
		return resp.Body.XML(m.namespace()), "application/xml"
	default:
		return resp.Body.XML(m.namespace()), "text/xml"
	}
}

func (m *Model) jsonVersion() string {
	if m.Metadata.JSONVersion != "" {
		return m.Metadata.JSONVersion
	}
	return "1.1"
}

// queryResult wraps the result of a call of the query protocol.
func (m *Model) queryResult(req *Request, resp *Response) []byte {
	name := req.Operation.Name
	doc := Elem(name + "Response")
	switch out := req.Operation.Output; {
	case resp.Body != nil:
		doc.Children = append(doc.Children, resp.Body.Renamed(name+"Result"))
	case out != nil:
		wrapper := out.ResultWrapper
		if wrapper == "" {
			wrapper = name + "Result"
		}
		doc.Children = append(doc.Children, m.element(Ref{Shape: out.Shape}, wrapper, resp.JSON)...)
	}
	doc.Children = append(doc.Children, Elem("ResponseMetadata", Text("RequestId", req.RequestID)))
	return doc.XML(m.namespace())
}

// namespace is that of the service's documents. Where the model has none for the
// service, it stands at the documents of its requests.
func (m *Model) namespace() string {
	if m.Metadata.XMLNamespace != "" {
		return m.Metadata.XMLNamespace
	}
	return map[string]string{
		"cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
		"route53":    "https://route53.amazonaws.com/doc/2013-04-01/",
		"s3":         "http://s3.amazonaws.com/doc/2006-03-01/",
	}[m.Name]
}
