package route53

import (
	"fmt"
	"strings"
)

// parseName brings a domain name into the form Route 53 stores and returns:
// lower case, a trailing dot, and everything but a-z, 0-9, - and _ as an octal
// escape (\052 for *). Both forms are accepted. problem is Route 53's complaint.
// Source: Route 53 Developer Guide, DNS domain name format.
func parseName(raw string) (name, problem string) {
	if raw == "" {
		return "", fatal("DomainNameEmpty", "Domain name is empty", raw)
	}
	if raw == "." {
		return ".", ""
	}
	var out strings.Builder
	label, total := 0, 0
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '.':
			if label == 0 {
				return "", fatal("DomainLabelEmpty", "Domain label is empty", raw)
			}
			out.WriteByte('.')
			label = 0
			continue
		case c == '\\':
			if i+3 >= len(raw) || !octal(raw[i+1:i+4]) {
				return "", fatal("InvalidEscapeSequence", "Escape sequence must be \\ and three octal digits", raw) // wording ours
			}
			c = (raw[i+1]-'0')<<6 | (raw[i+2]-'0')<<3 | (raw[i+3] - '0')
			i += 3
		case c <= ' ' || c > '~':
			return "", fatal("UnsupportedCharacter", "Value contains unsupported characters", string([]rune(raw[i:])[:1]))
		}
		label++
		total++
		if label > 63 {
			return "", fatal("DomainLabelTooLong", "Domain label is too long", raw)
		}
		out.WriteString(escape(c))
	}
	if label > 0 {
		out.WriteByte('.')
	}
	name = out.String()
	if total+strings.Count(name, ".")+1 > 255 {
		return "", fatal("DomainNameTooLong", "Domain name is too long", raw)
	}
	return name, ""
}

func octal(s string) bool {
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7'
}

func escape(c byte) string {
	switch {
	case c >= 'A' && c <= 'Z':
		return string(c + 'a' - 'A')
	case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		return string(c)
	default:
		return fmt.Sprintf(`\%03o`, c)
	}
}

func fatal(code, text, value string) string {
	return fmt.Sprintf("FATAL problem: %s (%s) encountered with '%s'", code, text, value)
}

const wildcard = `\052`

// within says whether name is zone or lies below it; both are stored names.
func within(name, zone string) bool {
	return name == zone || zone == "." || strings.HasSuffix(name, "."+zone)
}

// parent drops the first label.
func parent(name string) string {
	_, rest, _ := strings.Cut(name, ".")
	return rest
}

// plain is a stored name as people write it: no trailing dot, * for \052.
func plain(name string) string {
	name = strings.TrimSuffix(name, ".")
	if rest, ok := strings.CutPrefix(name, wildcard+"."); ok {
		return "*." + rest
	}
	return name
}

// sortKey orders names as ListResourceRecordSets does: labels reversed, the
// escaped form, ASCII, the trailing dot included.
func sortKey(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return strings.Join(labels, ".") + "."
}
