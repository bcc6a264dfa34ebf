package route53

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// checkValues validates the values of a record set that is not an alias.
// Source: Route 53 Developer Guide, supported DNS record types.
func checkValues(typ string, values []string) []string {
	var problems []string
	seen := map[string]bool{}
	for _, v := range values {
		if seen[v] {
			problems = append(problems, fmt.Sprintf("Duplicate Resource Record: '%s'", v))
		}
		seen[v] = true
		if p := checkValue(typ, v); p != "" {
			problems = append(problems, fmt.Sprintf("Invalid Resource Record: '%s'", p))
		}
	}
	return problems
}

var caaTag = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

func checkValue(typ, v string) string {
	switch typ {
	case "A":
		return checkAddress(v, "ARRDATA", netip.Addr.Is4, "ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address")
	case "AAAA":
		return checkAddress(v, "AAAARRDATA", netip.Addr.Is6, "AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address")
	case "CNAME", "NS", "PTR":
		if strings.ContainsAny(v, " \t") {
			return fatal(typ+"RRDATANotSingleField", "Value contains spaces", v)
		}
		_, problem := parseName(v)
		return problem
	case "MX":
		f := strings.Fields(v)
		if len(f) != 2 {
			return fatal("MXRRDATANotTwoFields", "MX record doesn't have 2 fields", v)
		}
		if _, err := strconv.ParseUint(f[0], 10, 16); err != nil {
			return fatal("MXRRDATAIllegalPriority", "Priority is not a 16-bit number", v) // wording ours
		}
		_, problem := parseName(f[1])
		return problem
	case "CAA":
		flags, rest, _ := strings.Cut(strings.TrimSpace(v), " ")
		tag, value, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if _, err := strconv.ParseUint(flags, 10, 8); err != nil || !caaTag.MatchString(tag) {
			return fatal("CAARRDATAInvalid", "Value is not valid for the record type", v) // wording ours
		}
		return checkStrings(strings.TrimSpace(value))
	case "TXT", "SPF":
		return checkStrings(v)
	default:
		return checkPresentation(typ, v)
	}
}

func checkAddress(v, prefix string, family func(netip.Addr) bool, code, text string) string {
	if strings.ContainsAny(v, " \t") {
		return fatal(prefix+"NotSingleField", "Value contains spaces", v)
	}
	if a, err := netip.ParseAddr(v); err != nil || !family(a) || a.Zone() != "" {
		return fatal(code, text, v)
	}
	return ""
}

// checkStrings checks quoted strings of at most 255 characters, separated by spaces.
func checkStrings(v string) string {
	if strings.TrimSpace(v) == "" || v[0] != '"' {
		return fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", v)
	}
	for rest := v; rest != ""; rest = strings.TrimLeft(rest, " ") {
		if rest[0] != '"' {
			return fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", v)
		}
		length, i := 0, 1
		for ; i < len(rest) && rest[i] != '"'; i++ {
			switch c := rest[i]; {
			case c == '\\' && i+3 < len(rest) && octal(rest[i+1:i+4]):
				i += 3
			case c == '\\':
				i++
			case c < ' ' || c > '~':
				return fatal("UnsupportedCharacter", "Value contains unsupported characters", string(rune(c)))
			}
			length++
		}
		if i >= len(rest) {
			return fatal("InvalidCharacterString", "Value should be enclosed in quotation marks", v)
		}
		if length > 255 {
			return fatal("CharacterStringTooLong", "Value is too long", v)
		}
		rest = rest[i+1:]
	}
	return ""
}

// checkPresentation accepts what a DNS library reads as the presentation form of the type.
func checkPresentation(typ, v string) string {
	if strings.ContainsAny(v, "\n\r;(") && typ != "NAPTR" {
		return fatal("UnsupportedCharacter", "Value contains unsupported characters", v)
	}
	rr, err := dns.NewRR(". 0 IN " + typ + " " + v)
	if err != nil || rr == nil {
		return fatal(typ+"RRDATAInvalid", "Value is not valid for the record type", v) // wording ours
	}
	return ""
}
