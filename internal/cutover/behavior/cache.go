package behavior

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A TTL is how long edge locations keep answers.
type TTL struct {
	Min     time.Duration // also those that say no-store. Source: Developer Guide, expiration
	Default time.Duration // those that say nothing
	Max     time.Duration // those that say longer
}

// A Caching is what a distribution says about keeping answers.
type Caching struct {
	TTL    map[Pattern]TTL       // those that are known
	Errors map[int]time.Duration // by status; any other is kept for errorTTL
}

// errorTTL is how long edge locations keep an error about which nobody says anything.
// Source: Developer Guide, custom error pages, expiration.
const errorTTL = 10 * time.Second

// A Keeping is what edge locations hold on to.
type Keeping string

// What they may hold on to.
const (
	// AnswersKept: what the side before has answered, until it expires.
	AnswersKept Keeping = "answers_kept"
	// MinTTLKept: the same, also where the origin says that it is not to be kept.
	MinTTLKept Keeping = "min_ttl_kept"
	// ErrorsKept: an error of either side, when it has long been mended.
	ErrorsKept Keeping = "errors_kept"
)

// A Kept is something that edge locations hold on to although the origin is another one.
type Kept struct {
	What     Keeping
	Patterns []Pattern     // of the behaviours concerned
	For      time.Duration // at most, but for MinTTLKept: at least; 0: nobody may ask
	Codes    []int         // of ErrorsKept, sorted; none: any error
}

// Caches lists what edge locations would hold on to in a cutover, behaviours whose answers
// it leaves as they are apart.
func Caches(spec Spec, obs Observation, c Caching) []Kept {
	var stale, left []Pattern
	for _, p := range spec.Patterns {
		if !obs.Has(p) || !Stale(obs.Values, spec.Target().of(p)) {
			continue
		}
		if stale = append(stale, p); !spec.forgets(p) {
			left = append(left, p)
		}
	}
	var out []Kept
	keep := func(what Keeping, p Pattern, span time.Duration) {
		i := slices.IndexFunc(out, func(k Kept) bool { return k.What == what && k.For == span })
		if i < 0 {
			out = append(out, Kept{What: what, For: span})
			i = len(out) - 1
		}
		out[i].Patterns = append(out[i].Patterns, p)
	}
	for _, p := range left {
		if ttl, known := c.TTL[p]; !known || ttl.Max > 0 {
			keep(AnswersKept, p, ttl.Max)
		}
	}
	for _, p := range left {
		if ttl := c.TTL[p]; ttl.Min > 0 {
			keep(MinTTLKept, p, ttl.Min)
		}
	}
	return append(out, c.errors(stale, left)...)
}

// errors are of two kinds. What is kept for longer than need be is told in any case: the
// target may fail for a moment when it gets its first viewers. Where a path is dropped, so
// is its error; an error has no cache tag.
func (c Caching) errors(stale, left []Pattern) []Kept {
	k := Kept{What: ErrorsKept, For: errorTTL}
	for _, code := range slices.Sorted(maps.Keys(c.Errors)) {
		if c.Errors[code] > errorTTL {
			k.Codes, k.For = append(k.Codes, code), max(k.For, c.Errors[code])
		}
	}
	if k.Patterns = left; len(k.Codes) > 0 {
		k.Patterns = stale
	}
	if len(k.Patterns) == 0 {
		return nil
	}
	return []Kept{k}
}

// forgets says whether every answer of a behaviour is dropped after the edit. A cache tag
// drops what has it, and nobody can tell what that is.
func (s Spec) forgets(p Pattern) bool {
	if p == Default {
		p = "/*"
	}
	return slices.ContainsFunc(s.Invalidate, func(path string) bool {
		return strings.HasPrefix(path, "/") && Pattern(path).covers(p)
	})
}

// ReplacesEntry says whether a cutover changes what the entry document of a site is: what
// the distribution answers for / by its default root object. Browsers keep that one too, and
// nothing makes them forget it.
func (o Observation) ReplacesEntry(spec Spec) bool {
	if o.Values[Field{Name: RootObject}].Text == "" {
		return false
	}
	at := Default
	for _, p := range o.Order {
		if p.covers("/") {
			at = p
			break
		}
	}
	if !slices.Contains(spec.Patterns, at) {
		return false
	}
	for f, v := range spec.Target().of(at) {
		switch f.Name {
		case TargetOrigin, OriginDomain, OriginPath, RootObject:
			if o.Values[f] != v {
				return true
			}
		case Lambda, Function, CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy:
		}
	}
	return false
}

// year is the longest that a cache keeps anything.
const year = 365 * 24 * time.Hour

// BrowsersKeep is how long browsers show an answer with such a Cache-Control without asking
// again. What is for shared caches alone does not count. Source: RFC 9111, section 5.2.2.
func BrowsersKeep(cacheControl string) time.Duration {
	var keep time.Duration
	for part := range strings.SplitSeq(cacheControl, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch strings.ToLower(name) {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			seconds, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 64)
			if err == nil {
				keep = time.Duration(min(max(seconds, 0), int64(year/time.Second))) * time.Second
			}
		}
	}
	return keep
}
