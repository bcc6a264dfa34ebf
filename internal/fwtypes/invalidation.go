package fwtypes

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// unsafe are the ASCII characters that a path to invalidate has percent-encoded, beside
// control characters. Source: CloudFront Developer Guide, specifying the files to
// invalidate, which names RFC 1738, section 2.2.
const unsafe = " <>\"#%{}|\\^[]`"

// InvalidationPath accepts what CloudFront can invalidate: a path in which what RFC 1738
// calls unsafe is percent-encoded and a tilde is not at all, or a cache tag after a number
// sign. It refuses an asterisk that is no wildcard, although CloudFront takes it for itself:
// nobody would see that what was meant is still being served, and what is named by it can be
// covered by a wildcard. Source: as above, and invalidating by cache tag.
func InvalidationPath() validator.String {
	tagged := func(s string) bool { return strings.HasPrefix(s, "#") }
	return dropped{tagged, check{"a path to invalidate, or a cache tag after #", "Not a path to invalidate", func(s string) string {
		if tagged(s) {
			return cacheTag(s[1:])
		}
		return pathProblem(s)
	}}}
}

// PathToInvalidate accepts what InvalidationPath does, and no cache tag, which has an
// attribute of its own there.
func PathToInvalidate() validator.String {
	return dropped{func(string) bool { return false }, check{"a path to invalidate", "Not a path to invalidate", func(s string) string {
		if tag, ok := strings.CutPrefix(s, "#"); ok && tag != "" {
			return fmt.Sprintf("%q is a cache tag. Write %q in `tags`.", s, tag)
		}
		return pathProblem(s)
	}}}
}

// CacheTag accepts a cache tag to invalidate, without the number sign that CloudFront's API
// has before it.
func CacheTag() validator.String {
	return dropped{func(string) bool { return true }, check{"a cache tag", "Not a cache tag", func(s string) string {
		if tag, ok := strings.CutPrefix(s, "#"); ok && tag != "" {
			return fmt.Sprintf("The number sign is not part of a cache tag. Write %q.", tag)
		}
		return cacheTag(s)
	}}}
}

func pathProblem(s string) string {
	const longest = 4000
	at, raw := foreign(s)
	switch {
	case !strings.HasPrefix(s, "/"):
		return fmt.Sprintf("%q does not begin with a slash. Write %q.", s, "/"+encoded(s))
	case tilde(s) >= 0:
		return fmt.Sprintf("%q has a tilde, and CloudFront invalidates no path with one, encoded or not. Write %q, which covers it.", s, s[:strings.LastIndex(s[:tilde(s)], "/")+1]+"*")
	case raw:
		return fmt.Sprintf("%q has %s in it, and CloudFront takes such a character percent-encoded only. Write %q.", s, at, encoded(s))
	case len(s) > longest:
		return fmt.Sprintf("The path has %d characters, and CloudFront takes %d. Write a shorter one that ends in *.", len(s), longest)
	}
	return ""
}

// dropped is a check that refuses an asterisk which somebody means for a wildcard, and
// CloudFront does not.
type dropped struct {
	tagged func(string) bool // it is a cache tag
	check
}

// ValidateString implements validator.String.
func (d dropped) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	before := resp.Diagnostics.ErrorsCount()
	d.check.ValidateString(ctx, req, resp)
	s := req.ConfigValue.ValueString()
	at := strings.Index(s, "*")
	switch {
	case at < 0 || resp.Diagnostics.ErrorsCount() > before:
	case d.tagged(s):
		resp.Diagnostics.AddAttributeError(req.Path, "A cache tag has no wildcard",
			fmt.Sprintf("CloudFront compares cache tags as a whole, so %q would match only a tag that has an asterisk in it. Write each tag, or a path that ends in *.", s))
	case at < len(s)-1:
		resp.Diagnostics.AddAttributeError(req.Path, "The asterisk is no wildcard",
			fmt.Sprintf("%q has an asterisk that is not its last character. CloudFront takes a wildcard only there, so this would drop nothing but a path that has an asterisk in its name, and all else would go on being served. Write %q, which covers both.", s, s[:at+1]))
	}
}

// cacheTag says what is wrong with a cache tag, "" if nothing. Source: CloudFront Developer
// Guide, specifying cache tags.
func cacheTag(tag string) string {
	const longest = 256
	wrong := strings.IndexFunc(tag, func(r rune) bool { return r < '!' || r > '~' || r == ',' })
	switch {
	case tag == "":
		return "There is no cache tag after the number sign. Write one, as in #release-7."
	case wrong >= 0:
		r, _ := utf8.DecodeRuneInString(tag[wrong:])
		return fmt.Sprintf("The cache tag %q has %q in it. A cache tag is made of printable ASCII characters other than spaces and commas; write each tag as an element of its own.", tag, r)
	case len(tag) > longest:
		return fmt.Sprintf("The cache tag has %d characters, and CloudFront takes %d.", len(tag), longest)
	}
	return ""
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
