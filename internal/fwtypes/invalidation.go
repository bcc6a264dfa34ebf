package fwtypes

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// unsafe are the ASCII characters that a path to invalidate has percent-encoded, beside
// control characters. Source: CloudFront Developer Guide, specifying the files to
// invalidate, which names RFC 1738, section 2.2.
const unsafe = " <>\"#%{}|\\^[]`"

// InvalidationPath accepts a path that CloudFront can invalidate: a wildcard stands
// only at its end, what RFC 1738 calls unsafe is percent-encoded, and a tilde is not in
// it at all. Source: as above.
func InvalidationPath() validator.String {
	const longest = 4000
	return check{"a path to invalidate", "Not a path to invalidate", func(s string) string {
		at, raw := foreign(s)
		switch {
		case !strings.HasPrefix(s, "/"):
			return fmt.Sprintf("%q does not begin with a slash. Write %q.", s, "/"+encoded(s))
		case strings.Contains(strings.TrimSuffix(s, "*"), "*"):
			return fmt.Sprintf("%q has a wildcard that is not its last character. CloudFront takes /images/*, never /*/logo.png.", s)
		case tilde(s) >= 0:
			return fmt.Sprintf("%q has a tilde, and CloudFront invalidates no path with one, encoded or not. Write %q, which covers it.", s, s[:strings.LastIndex(s[:tilde(s)], "/")+1]+"*")
		case raw:
			return fmt.Sprintf("%q has %s in it, and CloudFront takes such a character percent-encoded only. Write %q.", s, at, encoded(s))
		case len(s) > longest:
			return fmt.Sprintf("The path has %d characters, and CloudFront takes %d. Write a shorter one that ends in *.", len(s), longest)
		}
		return ""
	}}
}

// tilde is where a path has one, in either spelling; -1: nowhere.
func tilde(s string) int {
	return strings.IndexFunc(strings.ReplaceAll(strings.ReplaceAll(s, "%7e", "~  "), "%7E", "~  "), func(r rune) bool { return r == '~' })
}

// foreign finds the first character that has to be encoded, in words.
func foreign(s string) (what string, found bool) {
	for i, r := range s {
		switch {
		case r == '%' && escape(s[i:]):
		case r == '%':
			return "a % that begins no escape", true
		case r == ' ':
			return "a space", true
		case outside(r):
			return fmt.Sprintf("%q", r), true
		}
	}
	return "", false
}

func outside(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(unsafe, r) }

// escape says whether s begins with a percent sign and two hexadecimal digits.
func escape(s string) bool {
	const digits = "0123456789abcdefABCDEF"
	return len(s) > 2 && s[0] == '%' && strings.IndexByte(digits, s[1]) >= 0 && strings.IndexByte(digits, s[2]) >= 0
}

// encoded is a path with every character encoded that has to be, and no other.
func encoded(s string) string {
	var out strings.Builder
	for i, r := range s {
		if !outside(r) || r == '%' && escape(s[i:]) {
			out.WriteRune(r)
			continue
		}
		for _, b := range []byte(string(r)) {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}
