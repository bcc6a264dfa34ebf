package route53

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

const namespace = "https://route53.amazonaws.com/doc/2013-04-01/"

// validate checks a call against the service model the way Route 53 does: its
// documents against an XML schema ("Invalid XML ; cvc-…"), everything else with
// the validation messages all AWS services share. Elements may come in any
// order: the SDK for Go sorts them.
func validate(m *wire.Model, r *wire.Request) error {
	if r.Operation.Input == nil {
		return nil
	}
	in := m.Shapes[r.Operation.Input.Shape]
	wantsBody := false
	for _, name := range sortedMembers(in) {
		ref := in.Members[name]
		var value string
		switch ref.Location {
		case "uri":
			if value = r.Labels[ref.LocationName]; ref.Shape != "TagResourceId" {
				value = bareID(value)
			}
		case "querystring":
			value = r.Query.Get(ref.LocationName)
			if value == "" {
				if required(in, name) {
					return invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", lowerFirst(name))
				}
				continue
			}
			value = bareID(value)
		default:
			wantsBody = wantsBody || ref.Location == ""
			continue
		}
		if problem := constraint(m.Shapes[ref.Shape], value); problem != "" {
			return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s", value, lowerFirst(name), problem)
		}
	}
	if !wantsBody {
		return nil
	}
	root := r.Operation.Input.LocationName
	switch {
	case r.Body == nil && !requiresBody(in):
		return nil
	case r.Body == nil:
		return wire.Errorf("MalformedInput", "Unexpected end of document, expected %s", root) // wording ours
	case r.Body.Name != root:
		return wire.Errorf("MalformedInput", "%s is not valid, expected %s", r.Body.Name, root)
	}
	return document(m, r.Operation.Input.Shape, r.Body)
}

func requiresBody(in *wire.Shape) bool {
	for _, name := range in.Required {
		if in.Members[name].Location == "" {
			return true
		}
	}
	return false
}

// constraint is the common validation of values in paths and queries.
func constraint(s *wire.Shape, value string) string {
	switch {
	case len(s.Enum) > 0 && !contains(s.Enum, value):
		return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
	case s.Type == "string" && s.Max != nil && utf8.RuneCountInString(value) > int(*s.Max):
		return fmt.Sprintf("Member must have length less than or equal to %d", int(*s.Max))
	}
	return ""
}

// document checks one element and all below it.
func document(m *wire.Model, shape string, n *wire.Node) error {
	s := m.Shapes[shape]
	switch s.Type {
	case "structure":
		return structure(m, s, n)
	case "list":
		return list(m, s, n)
	default:
		return leaf(s, shape, n)
	}
}

func structure(m *wire.Model, s *wire.Shape, n *wire.Node) error {
	shapes, expected := map[string]string{}, []string{}
	for _, name := range sortedMembers(s) {
		if ref := s.Members[name]; ref.Location == "" {
			element := elementName(name, ref)
			shapes[element] = ref.Shape
			expected = append(expected, element)
		}
	}
	seen := map[string]bool{}
	for _, c := range n.Children {
		if shapes[c.Name] == "" || seen[c.Name] {
			return invalidXML("cvc-complex-type.2.4.a: Invalid content was found starting with element '%s'. One of '{%s}' is expected.", c.Name, qualified(expected))
		}
		seen[c.Name] = true
	}
	for _, name := range s.Required {
		if ref := s.Members[name]; ref.Location == "" && !seen[elementName(name, ref)] {
			return incomplete(n.Name, elementName(name, ref))
		}
	}
	for _, c := range n.Children {
		if err := document(m, shapes[c.Name], c); err != nil {
			return err
		}
	}
	return nil
}

func list(m *wire.Model, s *wire.Shape, n *wire.Node) error {
	member := s.Member.LocationName
	if member == "" {
		member = "member"
	}
	if s.Min != nil && len(n.Children) < int(*s.Min) {
		return incomplete(n.Name, member)
	}
	for i, c := range n.Children {
		if c.Name != member || s.Max != nil && i >= int(*s.Max) {
			return invalidXML("cvc-complex-type.2.4.a: Invalid content was found starting with element '%s'. One of '{%s}' is expected.", c.Name, qualified([]string{member}))
		}
		if err := document(m, s.Member.Shape, c); err != nil {
			return err
		}
	}
	return nil
}

func leaf(s *wire.Shape, shape string, n *wire.Node) error {
	if len(n.Children) > 0 {
		return invalidXML("cvc-type.3.1.2: Element '%s' is a simple type, so it must have no element information item [children].", n.Name)
	}
	v := n.Text
	switch s.Type {
	case "string":
		length := utf8.RuneCountInString(v)
		switch {
		case len(s.Enum) > 0 && !contains(s.Enum, v):
			return invalidXML("cvc-enumeration-valid: Value '%s' is not facet-valid with respect to enumeration '[%s]'. It must be a value from the enumeration.", v, strings.Join(s.Enum, ", "))
		case s.Max != nil && length > int(*s.Max):
			return invalidXML("cvc-maxLength-valid: Value '%s' with length = '%d' is not facet-valid with respect to maxLength '%d' for type '%s'.", v, length, int(*s.Max), shape)
		case s.Min != nil && length < int(*s.Min):
			return invalidXML("cvc-minLength-valid: Value '%s' with length = '%d' is not facet-valid with respect to minLength '%d' for type '%s'.", v, length, int(*s.Min), shape)
		}
	case "integer", "long":
		i, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		switch {
		case err != nil:
			return invalidXML("cvc-datatype-valid.1.2.1: '%s' is not a valid value for 'integer'.", v)
		case s.Max != nil && float64(i) > *s.Max:
			return invalidXML("cvc-maxInclusive-valid: Value '%d' is not facet-valid with respect to maxInclusive '%d' for type '%s'.", i, int64(*s.Max), shape)
		case s.Min != nil && float64(i) < *s.Min:
			return invalidXML("cvc-minInclusive-valid: Value '%d' is not facet-valid with respect to minInclusive '%d' for type '%s'.", i, int64(*s.Min), shape)
		}
		n.Text = strconv.FormatInt(i, 10)
	case "boolean":
		switch v {
		case "true", "1":
			n.Text = "true"
		case "false", "0":
			n.Text = "false"
		default:
			return invalidXML("cvc-datatype-valid.1.2.1: '%s' is not a valid value for 'boolean'.", v)
		}
	}
	return nil
}

func incomplete(element, missing string) error {
	return invalidXML("cvc-complex-type.2.4.b: The content of element '%s' is not complete. One of '{%s}' is expected.", element, qualified([]string{missing}))
}

func invalidXML(format string, args ...any) error {
	return wire.Errorf("InvalidInput", "Invalid XML ; "+format, args...)
}

func invalid(format string, args ...any) error { return wire.Errorf("InvalidInput", format, args...) }

func qualified(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q:%s", namespace, n)
	}
	return strings.Join(out, ", ")
}

func elementName(member string, ref wire.Ref) string {
	if ref.LocationName != "" {
		return ref.LocationName
	}
	return member
}

func sortedMembers(s *wire.Shape) []string {
	out := make([]string, 0, len(s.Members))
	for name := range s.Members {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

func required(s *wire.Shape, member string) bool { return contains(s.Required, member) }

func contains(list []string, v string) bool {
	return slices.Contains(list, v)
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
