package behavior

import (
	"slices"
	"strings"
)

// A Pattern is a path pattern as CloudFront compares it: with its leading slash, which
// may be left out and counts all the same. Source: Developer Guide, path pattern.
type Pattern string

// Default is the default cache behaviour. It has no path pattern in the API: a pattern
// called default is one for /default.
const Default Pattern = "default"

// Asked is the pattern that somebody wrote, who calls the default behaviour by its name.
func Asked(text string) Pattern {
	if text == string(Default) {
		return Default
	}
	return Seen(text)
}

// Seen is the pattern of a cache behaviour as CloudFront shows it.
func Seen(text string) Pattern { return Pattern("/" + strings.TrimPrefix(text, "/")) }

// legal are the characters of a pattern. Source: as above.
const (
	legal          = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.*$/~\"'@:+&?"
	longestPattern = 255
)

// Illegal is why CloudFront has no behaviour of that pattern, "" if it may have one.
func (p Pattern) Illegal() string {
	switch i := strings.IndexFunc(string(p), func(r rune) bool { return !strings.ContainsRune(legal, r) }); {
	case p == "/":
		return "it is empty"
	case i >= 0:
		return "it has " + string([]rune(string(p)[i:])[:1]) + " in it"
	case len(p) > longestPattern:
		return "it is longer than 255 characters"
	}
	return ""
}

// covers says whether every path that q matches is matched by p as well, as far as that
// can be told without trying paths: where it says yes, it is so.
func (p Pattern) covers(q Pattern) bool { return covers(string(p), string(q)) }

func covers(p, q string) bool {
	switch {
	case p == "":
		return q == ""
	case p[0] == '*':
		return covers(p[1:], q) || q != "" && covers(p, q[1:])
	case q == "" || q[0] == '*':
		return false
	default:
		return (p[0] == '?' || p[0] == q[0]) && covers(p[1:], q[1:])
	}
}

// First is the one of some patterns, in their order, that a path gets.
func First(patterns []Pattern, path string) Pattern {
	for _, p := range patterns {
		if p != Default && covers(string(p), path) {
			return p
		}
	}
	return Default
}

// ShadowedBy is the behaviour that gets every request which p would get, "" if there is
// none: the first one that matches decides.
func (o Observation) ShadowedBy(p Pattern) Pattern {
	for _, before := range o.Order {
		switch {
		case before == p:
			return ""
		case p == Default && before.covers("/*"), p != Default && before.covers(p):
			return before
		}
	}
	return ""
}

// A Shuffle is a behaviour that has changed places with another one.
type Shuffle struct{ Behavior, Other Pattern }

// Shuffled lists those among the patterns that stand on the other side of a behaviour than
// before, and of which one. Behaviours that came or went shuffle nobody.
func Shuffled(patterns, before, now []Pattern) []Shuffle {
	var out []Shuffle
	for _, p := range patterns {
		was, is := slices.Index(before, p), slices.Index(now, p)
		if was < 0 || is < 0 {
			continue
		}
		for i, q := range before {
			if j := slices.Index(now, q); j >= 0 && i != was && (i < was) != (j < is) {
				out = append(out, Shuffle{p, q})
				break
			}
		}
	}
	return out
}
