package cutover

import (
	"slices"
	"strings"
)

// Cuts lists the names at which a zone may hand a name of its own to other name servers,
// from just below its apex down to the name itself.
func Cuts(name, domain string) []string {
	var out []string
	for at := name; at != domain && strings.HasSuffix(at, "."+domain); {
		out = append(out, at)
		_, at, _ = strings.Cut(at, ".")
	}
	slices.Reverse(out)
	return out
}

// HandedOn is the name at which a zone hands a name of its own to other name servers, by the names
// that have NS records in it; "" if it answers itself.
func HandedOn(name, domain string, ns map[string]bool) string {
	for _, at := range Cuts(name, domain) {
		if ns[at] {
			return at
		}
	}
	return ""
}
