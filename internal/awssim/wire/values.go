package wire

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"strconv"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// canonicalInput turns the values of a request that came as a form, as JSON or as CBOR
// into the ones that a service works with, by the operation's input: float64 for
// numbers, time.Time for times, and text, bool, []any and map[string]any. A value of
// another type than the model's stays what it is, for ValidateJSON to refuse.
func (m *Model) canonicalInput(op *Operation, in map[string]any) map[string]any {
	if op == nil || op.Input == nil {
		return in
	}
	out, ok := m.canonical(op.Input.Shape, in).(map[string]any)
	if !ok {
		return in
	}
	return out
}

func (m *Model) canonical(shapeName string, value any) any {
	shape := m.Shapes[shapeName]
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, x := range v {
			switch ref, known := shape.Members[name]; {
			case known:
				out[name] = m.canonical(ref.Shape, x)
			case shape.Type == "map" && shape.Value != nil:
				out[name] = m.canonical(shape.Value.Shape, x)
			default:
				out[name] = x
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			if out[i] = x; shape.Member != nil {
				out[i] = m.canonical(shape.Member.Shape, x)
			}
		}
		return out
	case float64:
		if shape.Type == "timestamp" {
			return moment(v)
		}
	case string:
		if f, ok := special(shape, v); ok {
			return f
		}
		if shape.Type != "timestamp" {
			return v
		}
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return t.UTC()
		}
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return moment(f)
		}
	}
	return value
}

// special reads what JSON has no numbers for. Source: Smithy 2.0, AWS JSON 1.0 protocol,
// shape serialization.
func special(shape *Shape, text string) (float64, bool) {
	if shape.Type != "float" && shape.Type != "double" {
		return 0, false
	}
	switch text {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}

func moment(epoch float64) time.Time {
	whole, part := math.Modf(epoch)
	return time.Unix(int64(whole), int64(math.Round(part*1e3))*int64(time.Millisecond)).UTC()
}

// decodeForm reads "Metrics.member.1.Name=…" by the operation's input.
func (m *Model) decodeForm(op *Operation, form url.Values) map[string]any {
	out := map[string]any{}
	if op.Input == nil {
		return out
	}
	if s := m.decodeFormValue(op.Input.Shape, "", form); s != nil {
		out, _ = s.(map[string]any)
	}
	return out
}

// decodeFormValue returns nil where the form has nothing under prefix.
func (m *Model) decodeFormValue(shapeName, prefix string, form url.Values) any {
	shape := m.Shapes[shapeName]
	dot := func(name string) string {
		if prefix == "" {
			return name
		}
		return prefix + "." + name
	}
	switch shape.Type {
	case "structure":
		out := map[string]any{}
		for name, ref := range shape.Members {
			if v := m.decodeFormValue(ref.Shape, dot(element(name, ref)), form); v != nil {
				out[name] = v
			}
		}
		if len(out) == 0 && prefix != "" {
			return nil
		}
		return out
	case "list":
		at := dot("member")
		if shape.Flattened {
			at = prefix
		}
		var out []any
		for i := 1; ; i++ {
			v := m.decodeFormValue(shape.Member.Shape, fmt.Sprintf("%s.%d", at, i), form)
			if v == nil {
				break
			}
			out = append(out, v)
		}
		if out == nil {
			if form.Has(prefix) { // how an empty list is sent
				return []any{}
			}
			return nil
		}
		return out
	}
	if !form.Has(prefix) {
		return nil
	}
	text := form.Get(prefix)
	switch shape.Type {
	case "integer", "long", "float", "double":
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	case "boolean":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}

// element is the XML of a value: one element, or several for a flattened list.
// Members that the value does not have are left out.
func (m *Model) element(ref Ref, name string, value any) []*Node {
	shape := m.Shapes[ref.Shape]
	switch v := value.(type) {
	case nil:
		return []*Node{Elem(name)}
	case map[string]any:
		out := Elem(name)
		for _, member := range sortedMembers(shape) {
			if x, ok := v[member]; ok && x != nil {
				r := shape.Members[member]
				out.Children = append(out.Children, m.element(r, element(member, r), x)...)
			}
		}
		return []*Node{out}
	case []any:
		var items []*Node
		item := "member"
		if shape.Flattened {
			item = name
		}
		for _, x := range v {
			items = append(items, m.element(*shape.Member, item, x)...)
		}
		if shape.Flattened {
			return items
		}
		return []*Node{Elem(name, items...)}
	case time.Time:
		return []*Node{Text(name, v.UTC().Format("2006-01-02T15:04:05.000Z"))}
	case float64:
		return []*Node{Text(name, strconv.FormatFloat(v, 'f', -1, 64))}
	case []byte:
		return []*Node{Text(name, base64.StdEncoding.EncodeToString(v))}
	default:
		return []*Node{Text(name, fmt.Sprint(v))}
	}
}

// epochs returns v with its times, and numbers that are none, as JSON has them.
func epochs(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = epochs(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = epochs(x)
		}
		return out
	case time.Time:
		return float64(v.UnixMilli()) / 1e3
	case float64:
		switch {
		case math.IsNaN(v):
			return "NaN"
		case math.IsInf(v, 0):
			return map[bool]string{true: "Infinity", false: "-Infinity"}[v > 0]
		}
	}
	return v
}

// typed gives numbers the type that the model has for them: CBOR tells whole ones
// from others, and its readers insist.
func (m *Model) typed(shapeName string, value any) any {
	shape := m.Shapes[shapeName]
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, x := range v {
			switch ref, known := shape.Members[name]; {
			case known:
				out[name] = m.typed(ref.Shape, x)
			case shape.Type == "map" && shape.Value != nil:
				out[name] = m.typed(shape.Value.Shape, x)
			default:
				out[name] = x
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = m.typed(shape.Member.Shape, x)
		}
		return out
	case float64:
		if shape.Type == "integer" || shape.Type == "long" {
			return int64(v)
		}
	case int:
		if shape.Type == "float" || shape.Type == "double" {
			return float64(v)
		}
	}
	return value
}

// Smithy RPC v2: maps with text keys, times as seconds under tag 1.
var (
	cborOut = func() cbor.EncMode {
		mode, err := cbor.EncOptions{Time: cbor.TimeUnixDynamic, TimeTag: cbor.EncTagRequired}.EncMode()
		if err != nil {
			panic(err) // fixed options
		}
		return mode
	}()
	cborIn = func() cbor.DecMode {
		mode, err := cbor.DecOptions{DefaultMapType: reflect.TypeFor[map[string]any](), IntDec: cbor.IntDecConvertSigned}.DecMode()
		if err != nil {
			panic(err)
		}
		return mode
	}()
)

func encodeCBOR(v any) (body []byte, contentType string) {
	body, err := cborOut.Marshal(v)
	if err != nil {
		body, _ = cborOut.Marshal(map[string]any{"__type": "InternalFailure", "message": err.Error()}) // text cannot fail
	}
	return body, "application/cbor"
}

func (m *Model) readCBOR(raw []byte, req *Request) error {
	req.JSON = map[string]any{}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	if err := cborIn.Unmarshal(raw, &req.JSON); err != nil {
		return &Error{Code: "SerializationException", Message: err.Error()}
	}
	for k, v := range req.JSON {
		req.JSON[k] = plain(v)
	}
	req.JSON = m.canonicalInput(req.Operation, req.JSON)
	return nil
}

// plain gives numbers the one type that JSON has.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = plain(x)
		}
		return v
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
		return v
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case float32:
		return float64(v)
	case time.Time:
		return v.UTC()
	}
	return v
}
