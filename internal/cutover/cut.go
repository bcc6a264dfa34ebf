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
