package sts

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// input turns the flat form of a call, Tags.member.1.Key=…, into the structure
// that the model describes, and checks it against the model.
func (s *Service) input(r *wire.Request) (map[string]any, error) {
	if r.Operation.Input == nil {
		return nil, nil
	}
	in, _ := s.member(r.JSON, r.Operation.Input.Shape, "").(map[string]any)
	if in == nil {
		in = map[string]any{}
	}
	err := s.model.ValidateJSON(r.Operation, in)
	if e, ok := errors.AsType[*wire.Error](err); ok {
		e.Code = "ValidationError" // as the query protocol spells it
	}
	return in, err
}

// member reads one value, nil if the form has none.
func (s *Service) member(form map[string]any, shapeName, at string) any {
	shape := s.model.Shapes[shapeName]
	switch shape.Type {
	case "structure":
		out := map[string]any{}
		for name, ref := range shape.Members {
			if v := s.member(form, ref.Shape, strings.TrimPrefix(at+"."+name, ".")); v != nil {
				out[name] = v
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case "list":
		var out []any
		for i := 1; ; i++ {
			v := s.member(form, shape.Member.Shape, fmt.Sprintf("%s.member.%d", at, i))
			if v == nil {
				break
			}
			out = append(out, v)
		}
		if out == nil {
			return nil
		}
		return out
	default:
		given, ok := form[at].(string)
		if !ok {
			return nil
		}
		if f, err := strconv.ParseFloat(given, 64); err == nil && (shape.Type == "integer" || shape.Type == "long") {
			return f
		}
		return given
	}
}

// text is a string member, "" if it is not given.
func text(in map[string]any, name string) string {
	s, _ := in[name].(string)
	return s
}
