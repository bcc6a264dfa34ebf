package wire

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Validate checks the document of a REST-XML request against the input of op:
// members that must be there, enumerations, numbers, lengths and patterns, and,
// where a list carries a Quantity, that it is true. An element that the model
// does not have passes and is marked: the model may be older than the client.
//
// All violations are reported in one error, worded as AWS's request framework
// words them ("1 validation error detected: ..."). The code is the service's:
// MalformedXML for CloudFront, InvalidInput for Route 53 (seen in public issues
// of both).
func (m *Model) Validate(op *Operation, body *Node) error {
	if op == nil || op.Input == nil {
		return nil
	}
	in := m.Shapes[op.Input.Shape]
	v := &validation{model: m}
	switch {
	case in.Payload != "":
		ref := in.Members[in.Payload]
		shape := m.Shapes[ref.Shape]
		if shape.Type != "structure" {
			return nil // a blob: nothing to look into
		}
		if body == nil {
			if slices.Contains(in.Required, in.Payload) {
				return m.missingBody(op)
			}
			return nil
		}
		root := ref.LocationName
		if root == "" {
			root = in.Payload
		}
		if body.Name != root {
			return m.malformed("The XML document has the root element %s and not %s.", body.Name, root)
		}
		v.structure(ref.Shape, body, lowerFirst(in.Payload))
	case hasBodyMembers(in):
		if body == nil {
			for _, name := range in.Required {
				if in.Members[name].Location == "" {
					return m.missingBody(op)
				}
			}
			return nil
		}
		if root := op.Input.LocationName; root != "" && body.Name != root {
			return m.malformed("The XML document has the root element %s and not %s.", body.Name, root)
		}
		v.structure(op.Input.Shape, body, "")
	default:
		return nil
	}
	if len(v.problems) > 0 {
		return &Error{Code: m.violationCode(), Status: http.StatusBadRequest, Message: v.message()}
	}
	if v.quantity != "" {
		return &Error{Code: "InconsistentQuantities", Status: http.StatusBadRequest, Message: v.quantity}
	}
	return nil
}

// ValidateJSON is Validate for the JSON protocols. A violation is a
// ValidationException, a value of the wrong type a SerializationException.
func (m *Model) ValidateJSON(op *Operation, body map[string]any) error {
	if op == nil || op.Input == nil {
		return nil
	}
	v := &validation{model: m}
	v.json(op.Input.Shape, body, "")
	if v.wrongType != "" {
		return &Error{Code: "SerializationException", Status: http.StatusBadRequest, Message: v.wrongType}
	}
	if len(v.problems) > 0 {
		return &Error{Code: "ValidationException", Status: http.StatusBadRequest, Message: v.message()}
	}
	return nil
}

func hasBodyMembers(s *Shape) bool {
	for _, ref := range s.Members {
		if ref.Location == "" {
			return true
		}
	}
	return false
}

func (m *Model) violationCode() string {
	if m.Name == "route53" {
		return "InvalidInput"
	}
	return "MalformedXML"
}

func (m *Model) malformed(format string, args ...any) error {
	return &Error{Code: m.violationCode(), Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

func (m *Model) missingBody(op *Operation) error {
	if _, known := m.ErrorStatus(op, "MissingBody"); known {
		return Errorf("MissingBody", "This operation requires a body. Ensure that the body is present and the Content-Type header is set.")
	}
	return m.malformed("The request has no body.")
}

// validation collects what is wrong with one request.
type validation struct {
	model     *Model
	problems  []string
	quantity  string // the first Quantity that is not true
	wrongType string
}

func (v *validation) message() string {
	plural := ""
	if len(v.problems) > 1 {
		plural = "s"
	}
	return fmt.Sprintf("%d validation error%s detected: %s", len(v.problems), plural, strings.Join(v.problems, "; "))
}

func (v *validation) problem(path, value, constraint string) {
	v.problems = append(v.problems, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, path, constraint))
}

// element is the name under which a member travels.
func element(name string, ref Ref) string {
	if ref.LocationName != "" {
		return ref.LocationName
	}
	return name
}

func sortedMembers(s *Shape) []string {
	names := make([]string, 0, len(s.Members))
	for name := range s.Members {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (v *validation) structure(shapeName string, n *Node, path string) {
	shape := v.model.Shapes[shapeName]
	if len(n.Children) == 0 && n.Text != "" {
		v.problem(path, "'"+n.Text+"'", "Member must be a structure")
		return
	}
	for _, name := range sortedMembers(shape) {
		ref := shape.Members[name]
		if ref.Location != "" || ref.XMLAttribute {
			continue
		}
		at := join(path, lowerFirst(name))
		child := n.Get(element(name, ref))
		if child == nil {
			if slices.Contains(shape.Required, name) {
				v.problem(at, "null", "Member must not be null")
			}
			continue
		}
		v.value(ref, n, child, at)
	}
	v.countItems(shape, n)
	known := map[string]bool{}
	for name, ref := range shape.Members {
		known[element(name, ref)] = true
		if s := v.model.Shapes[ref.Shape]; s.Type == "list" && s.Member.LocationName != "" {
			known[s.Member.LocationName] = known[s.Member.LocationName] || ref.Flattened || s.Flattened
		}
	}
	for _, c := range n.Children {
		c.Foreign = !known[c.Name]
	}
}

// countItems compares Quantity with the Items beside it, as every CloudFront list has them.
func (v *validation) countItems(shape *Shape, n *Node) {
	items, ok := shape.Members["Items"]
	if _, counted := shape.Members["Quantity"]; !ok || !counted || n.Get("Quantity") == nil || v.quantity != "" {
		return
	}
	list := v.model.Shapes[items.Shape]
	if list.Type != "list" {
		return
	}
	want, err := strconv.Atoi(strings.TrimSpace(n.String("Quantity")))
	got := len(n.All(element("member", *list.Member), element("Items", items)))
	if err == nil && want != got {
		v.quantity = fmt.Sprintf("The specified quantity of %s (%d) does not match the actual quantity supplied (%d).", n.Name, want, got)
	}
}

func (v *validation) value(ref Ref, parent, n *Node, path string) {
	shape := v.model.Shapes[ref.Shape]
	switch shape.Type {
	case "structure":
		v.structure(ref.Shape, n, path)
	case "list":
		members := n.All(element("member", *shape.Member))
		if ref.Flattened || shape.Flattened {
			members = parent.All(n.Name)
		}
		v.length(shape, len(members), n.Text, path)
		for i, item := range members {
			v.value(Ref{Shape: shape.Member.Shape}, n, item, fmt.Sprintf("%s.%d.member", path, i+1))
		}
	case "map", "blob":
	default:
		if len(n.Children) > 0 {
			v.problem(path, "''", "Member must be a "+shape.Type)
			return
		}
		v.scalar(shape, n.Text, path)
	}
}

func (v *validation) length(shape *Shape, n int, shown, path string) {
	if shape.Min != nil && float64(n) < *shape.Min {
		v.problem(path, "'"+shown+"'", fmt.Sprintf("Member must have length greater than or equal to %d", int(*shape.Min)))
	}
	if shape.Max != nil && float64(n) > *shape.Max {
		v.problem(path, "'"+shown+"'", fmt.Sprintf("Member must have length less than or equal to %d", int(*shape.Max)))
	}
}

func (v *validation) scalar(shape *Shape, text, path string) {
	shown := "'" + text + "'"
	switch shape.Type {
	case "integer", "long":
		bits := 32
		if shape.Type == "long" {
			bits = 64
		}
		i, err := strconv.ParseInt(strings.TrimSpace(text), 10, bits)
		if err != nil {
			v.problem(path, shown, "Member must be a number of type "+shape.Type)
			return
		}
		v.bounds(shape, float64(i), text, path)
	case "float", "double":
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			v.problem(path, shown, "Member must be a number of type "+shape.Type)
			return
		}
		v.bounds(shape, f, text, path)
	case "boolean":
		if t := strings.TrimSpace(text); t != "true" && t != "false" {
			v.problem(path, shown, "Member must be true or false")
		}
	case "string":
		if len(shape.Enum) > 0 && !slices.Contains(shape.Enum, text) {
			v.problem(path, shown, "Member must satisfy enum value set: ["+strings.Join(shape.Enum, ", ")+"]")
		}
		v.length(shape, utf8.RuneCountInString(text), text, path)
		if re := pattern(shape.Pattern); re != nil && !re.MatchString(text) {
			v.problem(path, shown, "Member must satisfy regular expression pattern: "+shape.Pattern)
		}
	}
}

func (v *validation) bounds(shape *Shape, f float64, text, path string) {
	if shape.Min != nil && f < *shape.Min {
		v.problem(path, "'"+text+"'", "Member must have value greater than or equal to "+strconv.FormatFloat(*shape.Min, 'f', -1, 64))
	}
	if shape.Max != nil && f > *shape.Max {
		v.problem(path, "'"+text+"'", "Member must have value less than or equal to "+strconv.FormatFloat(*shape.Max, 'f', -1, 64))
	}
}

func (v *validation) json(shapeName string, value any, path string) {
	shape := v.model.Shapes[shapeName]
	switch shape.Type {
	case "structure":
		object, ok := value.(map[string]any)
		if !ok {
			v.mistyped(path, shape.Type)
			return
		}
		for _, name := range sortedMembers(shape) {
			ref, at := shape.Members[name], join(path, lowerFirst(name))
			if ref.Location != "" { // of REST: it is not in the document
				continue
			}
			switch child := object[element(name, ref)]; {
			case child != nil:
				v.json(ref.Shape, child, at)
			case slices.Contains(shape.Required, name):
				v.problem(at, "null", "Member must not be null")
			}
		}
	case "list":
		list, ok := value.([]any)
		if !ok {
			v.mistyped(path, shape.Type)
			return
		}
		v.length(shape, len(list), v.model.shown(shapeName, list), path)
		for i, item := range list {
			v.json(shape.Member.Shape, item, fmt.Sprintf("%s.%d.member", path, i+1))
		}
	case "string", "blob":
		text, ok := value.(string)
		if !ok {
			v.mistyped(path, shape.Type)
			return
		}
		if shape.Type == "string" {
			v.scalar(shape, text, path)
		}
	case "timestamp":
		if _, ok := value.(time.Time); !ok {
			v.mistyped(path, shape.Type)
		}
	case "integer", "long", "float", "double", "boolean":
		switch value.(type) {
		case float64, bool:
			v.scalar(shape, jsonText(value), path)
		default:
			v.mistyped(path, shape.Type)
		}
	}
}

func (v *validation) mistyped(path, want string) {
	if v.wrongType == "" {
		v.wrongType = fmt.Sprintf("The value at '%s' is not of type %s", path, want)
	}
}

// shown is a value as the messages of AWS's request framework have it, which is Java's way:
// [Tag(key=a, value=b)].
func (m *Model) shown(shapeName string, value any) string {
	shape := m.Shapes[shapeName]
	switch value := value.(type) {
	case []any:
		parts := make([]string, len(value))
		for i, x := range value {
			parts[i] = m.shown(shape.Member.Shape, x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		if shape.Type != "structure" {
			return "{...}" // maps have no length that a model limits
		}
		var parts []string
		for _, name := range sortedMembers(shape) {
			if x, ok := value[element(name, shape.Members[name])]; ok {
				parts = append(parts, lowerFirst(name)+"="+m.shown(shape.Members[name].Shape, x))
			}
		}
		return shapeName + "(" + strings.Join(parts, ", ") + ")"
	}
	return jsonText(value)
}

func jsonText(value any) string {
	if f, ok := value.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

var (
	patternMu sync.Mutex
	patterns  = map[string]*regexp.Regexp{}
)

// pattern compiles a constraint of the model. The few that use what Go's
// expressions cannot say (lookaheads) are left to the services.
func pattern(p string) *regexp.Regexp {
	if p == "" {
		return nil
	}
	patternMu.Lock()
	defer patternMu.Unlock()
	re, seen := patterns[p]
	if !seen {
		re, _ = regexp.Compile(`^(?:` + p + `)$`) // nil where Go cannot say it
		patterns[p] = re
	}
	return re
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[size:]
}
