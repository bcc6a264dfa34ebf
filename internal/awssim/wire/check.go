package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check holds an answer against the model of its operation: an error code that the
// operation has, or a document with the members and values of the output and no
// others. It returns what is wrong, which is a mistake of the simulator's.
//
// Elements that a client newer than the model has sent and gets back are no mistake.
func (m *Model) Check(req *Request, resp *Response, code string) []string {
	op := req.Operation
	switch {
	case op == nil:
		return nil // there is nothing to hold it against
	case code != "":
		if _, listed := m.ErrorStatus(op, code); !listed && !slices.Contains(common, code) && !slices.Contains(commonOf[m.Name], code) && !slices.Contains(commonOf[m.Name+" "+op.Name], code) {
			return []string{fmt.Sprintf("%s has no error %s", op.Name, code)}
		}
		return nil
	}
	c := &checking{model: m}
	out := &Shape{Type: "structure"}
	if op.Output != nil {
		out = m.Shapes[op.Output.Shape]
	}
	c.headers(op.Name, out, resp)
	switch {
	case resp.Raw != nil && out.Payload == "":
		c.wrong(op.Name, "has content where the model has a document")
	case resp.Raw != nil:
	case resp.JSON != nil:
		c.jsonDocument(op.Name, op.Output, resp.JSON)
	case resp.Body != nil && op.Output == nil:
		c.wrong(op.Name, "has a document, and the model has none")
	case resp.Body != nil:
		c.document(op, out, resp.Body)
	}
	return c.problems
}

// The codes that every operation may answer without listing them. Source: each
// service's API reference, "Common errors", in the spellings of all protocols; and
// the simulator's own for what it does not serve.
var common = []string{
	"AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InternalFailure", "InvalidClientTokenId",
	"InvalidSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "RequestExpired", "ServiceUnavailable", "SignatureDoesNotMatch",
	"SerializationException", "Throttling", "ThrottlingException", "UnrecognizedClientException", "ValidationError", "ValidationException",
	"NotImplemented", "UnknownOperationException",
}

// What some services answer beyond the lists in their models: Route 53's and
// CloudFront's validation as public issues quote it, an error of CloudFront's that only
// the model's prose has, and S3, whose model lists next to nothing.
// Source: S3 API reference, "Error responses".
var commonOf = map[string][]string{
	"cloudfront": {"MalformedXML", "InvalidationBatchAlreadyExists"},
	"route53":    {"InvalidInput"},
	// What the knobs stale_store and stale_test can say.
	"cloudfront-keyvaluestore": {"PreconditionFailed"},
	"cloudfront TestFunction":  {"PreconditionFailed"},
	"s3": {
		"AccessControlListNotSupported", "BadDigest", "BadRequest", "BucketAlreadyExists", "BucketAlreadyOwnedByYou", "BucketNotEmpty", "CrossLocationLoggingProhibited",
		"EntityTooLarge", "EntityTooSmall", "IllegalLocationConstraintException", "IncompleteBody", "InvalidArgument", "InvalidBucketAclWithObjectOwnership",
		"InvalidBucketName", "InvalidBucketState", "InvalidDigest", "InvalidLocationConstraint", "InvalidPart", "InvalidPartNumber", "InvalidPartOrder", "InvalidRange",
		"InvalidRequest", "InvalidStorageClass", "InvalidTag", "InvalidTargetBucketForLogging", "InvalidURI", "KeyTooLongError", "MalformedPolicy", "MalformedXML",
		"MetadataTooLarge", "MethodNotAllowed", "MissingSecurityHeader", "NoSuchBucket", "NoSuchBucketPolicy", "NoSuchCORSConfiguration", "NoSuchKey",
		"NoSuchLifecycleConfiguration", "NoSuchPublicAccessBlockConfiguration", "NoSuchTagSet", "NoSuchUpload", "NoSuchVersion", "NoSuchWebsiteConfiguration",
		"ObjectLockConfigurationNotFoundError", "OwnershipControlsNotFoundError", "PermanentRedirect", "PreconditionFailed", "ReplicationConfigurationNotFoundError",
		"RequestTimeTooSkewed", "ServerSideEncryptionConfigurationNotFoundError",
	},
}

// leftOut are members that the models call required and AWS leaves out: the marker of
// a first page, the name servers of a private zone. Source: the examples of Route 53's
// API reference.
var leftOut = []string{"ListHostedZonesResponse/Marker", "ListHealthChecksResponse/Marker", "CreateHostedZoneResponse/DelegationSet"}

type checking struct {
	model    *Model
	problems []string
}

func (c *checking) wrong(path, format string, args ...any) {
	c.problems = append(c.problems, path+" "+fmt.Sprintf(format, args...))
}

// headers looks for the two that clients of CloudFront and Route 53 rely on.
func (c *checking) headers(path string, out *Shape, resp *Response) {
	if c.model.Name == "s3" {
		return // which sends most of its many headers now and then
	}
	for _, name := range sortedMembers(out) {
		ref := out.Members[name]
		if ref.Location == "header" && (name == "ETag" || name == "Location") && resp.Header.Get(ref.LocationName) == "" {
			c.wrong(path, "has no header %s", ref.LocationName)
		}
	}
}

func (c *checking) document(op *Operation, out *Shape, n *Node) {
	root, shape := op.Output.Shape, op.Output.Shape
	if out.Payload != "" {
		ref := out.Members[out.Payload]
		root, shape = element(out.Payload, ref), ref.Shape
	}
	switch protocol := Protocol(c.model.Metadata.Protocol); {
	case c.model.Name == "s3", protocol == Query: // roots of their own, or a wrapper
	case n.Name != root:
		c.wrong(op.Name, "has the document %s, not %s", n.Name, root)
		return
	}
	if c.model.Name == "s3" && len(n.Children) == 0 && len(out.Members) == 1 { // LocationConstraint
		return
	}
	c.structure(n.Name, shape, n)
}

func (c *checking) structure(path, shapeName string, n *Node) {
	shape := c.model.Shapes[shapeName]
	members := map[string]Ref{}
	for name, ref := range shape.Members {
		if ref.Location != "" {
			continue
		}
		name = element(name, ref)
		// A flattened list goes by the name of its items, if they have one.
		if s := c.model.Shapes[ref.Shape]; s.Type == "list" && (ref.Flattened || s.Flattened) && ref.LocationName == "" && s.Member.LocationName != "" {
			name = s.Member.LocationName
		}
		members[name] = ref
	}
	if n.Text != "" {
		c.wrong(path, "is text, and a structure in the model")
	}
	for _, child := range n.Children {
		ref, known := members[child.Name]
		switch {
		case known:
			c.value(path+"/"+child.Name, ref, child)
		case !child.Foreign:
			c.wrong(path+"/"+child.Name, "is unknown to the model")
		}
	}
	for _, name := range shape.Required {
		if ref := shape.Members[name]; ref.Location == "" && !ref.XMLAttribute && n.Get(element(name, ref)) == nil && !slices.Contains(leftOut, n.Name+"/"+name) {
			c.wrong(path+"/"+element(name, ref), "is required and missing")
		}
	}
}

func (c *checking) value(path string, ref Ref, n *Node) {
	switch shape := c.model.Shapes[ref.Shape]; shape.Type {
	case "structure":
		c.structure(path, ref.Shape, n)
	case "list":
		if ref.Flattened || shape.Flattened {
			c.value(path, Ref{Shape: shape.Member.Shape}, n)
			return
		}
		for _, item := range n.Children {
			if want := element("member", *shape.Member); item.Name != want {
				c.wrong(path+"/"+item.Name, "is in a list of %s", want)
				continue
			}
			c.value(path+"/"+item.Name, Ref{Shape: shape.Member.Shape}, item)
		}
	case "map":
	default:
		if len(n.Children) > 0 {
			c.wrong(path, "is a structure, and a %s in the model", shape.Type)
			return
		}
		c.scalar(path, shape, n.Text)
	}
}

func (c *checking) scalar(path string, shape *Shape, text string) {
	var err error
	switch shape.Type {
	case "integer", "long":
		_, err = strconv.ParseInt(text, 10, 64)
	case "float", "double":
		_, err = strconv.ParseFloat(text, 64)
	case "boolean":
		_, err = strconv.ParseBool(text)
	case "timestamp":
		_, err = time.Parse(time.RFC3339Nano, text)
	case "string":
		if len(shape.Enum) > 0 && !slices.Contains(shape.Enum, text) {
			c.wrong(path, "is %q, and one of %s in the model", text, strings.Join(shape.Enum, ", "))
		}
	}
	if err != nil && text != "" {
		c.wrong(path, "is %q, and a %s in the model", text, shape.Type)
	}
}

// jsonDocument looks at an answer as it leaves for a client.
func (c *checking) jsonDocument(path string, out *Ref, v any) {
	raw, err := json.Marshal(epochs(v))
	if err != nil {
		c.wrong(path, "cannot be encoded: %v", err)
		return
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		c.wrong(path, "cannot be decoded: %v", err)
		return
	}
	if out == nil {
		if m, ok := plain.(map[string]any); !ok || len(m) > 0 {
			c.wrong(path, "has a document, and the model has none")
		}
		return
	}
	c.json(path, out.Shape, plain)
}

func (c *checking) json(path, shapeName string, v any) {
	shape := c.model.Shapes[shapeName]
	mistyped := func() { c.wrong(path, "is %v, and a %s in the model", v, shape.Type) }
	switch v := v.(type) {
	case map[string]any:
		if shape.Type == "map" {
			return
		}
		if shape.Type != "structure" {
			mistyped()
			return
		}
		members := map[string]string{}
		for name, ref := range shape.Members {
			members[element(name, ref)] = ref.Shape
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if member, known := members[name]; known {
				c.json(path+"/"+name, member, v[name])
			} else {
				c.wrong(path+"/"+name, "is unknown to the model")
			}
		}
		for _, name := range shape.Required {
			if ref := shape.Members[name]; ref.Location == "" && v[element(name, ref)] == nil {
				c.wrong(path+"/"+name, "is required and missing")
			}
		}
	case []any:
		if shape.Type != "list" {
			mistyped()
			return
		}
		for _, x := range v {
			c.json(path+"/member", shape.Member.Shape, x)
		}
	case string:
		switch shape.Type {
		case "float", "double":
			if _, ok := special(shape, v); !ok {
				mistyped()
			}
		case "string":
			c.scalar(path, shape, v)
		case "blob", "timestamp":
		default:
			mistyped()
		}
	case float64:
		if !slices.Contains([]string{"integer", "long", "float", "double", "timestamp"}, shape.Type) || strings.HasPrefix(shape.Type, "int") && v != float64(int64(v)) {
			mistyped()
		}
	case bool:
		if shape.Type != "boolean" {
			mistyped()
		}
	case nil:
		c.wrong(path, "is null")
	}
}
