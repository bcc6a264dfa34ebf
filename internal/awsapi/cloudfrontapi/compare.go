package cloudfrontapi

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// A Difference is one setting that two configurations do not share.
type Difference struct {
	// Field is a path such as Origins/shop/OriginPath: members of lists go by their id,
	// path pattern, code or event.
	Field string
	// First and Second are its values, empty where it has none. Values of custom origin
	// headers are secrets: of those there is a hash.
	First, Second string
	// Locked: continuous deployment does not let it differ.
	Locked bool
}

// free are the settings that primary and staging may have each of their own. Source:
// Developer Guide, "Update primary and staging distributions"; that of Enabled is what
// hashicorp/aws relies on.
var free = []string{
	"DefaultCacheBehavior", "CacheBehaviors", "Origins", "OriginGroups", "CustomErrorResponses", "Restrictions", "DefaultRootObject", "Logging", "Comment", "Enabled",
}

// own are the settings that are no part of what is compared: names and bookkeeping.
var own = []string{"Aliases", "CallerReference", "ContinuousDeploymentPolicyId", "Staging"}

// Differences lists the settings that two distributions do not share, sorted, without
// names and bookkeeping: none exactly if their fingerprints are equal. Elements that this
// build does not know are none of them: Unfamiliar has those.
func Differences(a, b Distribution) []Difference { return differences(a.raw, b.raw) }

func differences(a, b []byte) []Difference {
	first, second := bySetting(a, true), bySetting(b, true)
	var out []Difference
	for field := range paths(first, second) {
		one, other := first[field], second[field]
		if one.meaning() == other.meaning() {
			continue
		}
		top, _, _ := strings.Cut(field, "/")
		out = append(out, Difference{Field: field, First: shown(field, one.value), Second: shown(field, other.value), Locked: !slices.Contains(free, top)})
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.Field, b.Field) })
	return out
}

// Unfamiliar lists the elements that this build does not know and that two distributions
// do not share, sorted. They are reported, and decide nothing.
func Unfamiliar(a, b Distribution) []string {
	first, second := bySetting(a.raw, false), bySetting(b.raw, false)
	var out []string
	for field := range paths(first, second) {
		if first[field] != second[field] {
			out = append(out, field)
		}
	}
	slices.Sort(out)
	return out
}

// bySetting has what a configuration says by path, without names and bookkeeping: what
// this build knows of it, or what it does not.
func bySetting(doc []byte, known bool) map[string]setting {
	out := map[string]setting{}
	for generation, said := range settings(configuration(doc), own...) {
		for _, s := range said {
			if known != (generation > 0) {
				continue
			}
			if before, twice := out[s.path]; twice {
				s.value = before.value + ", " + s.value
			}
			out[s.path] = s
		}
	}
	return out
}

func paths(all ...map[string]setting) map[string]bool {
	out := map[string]bool{}
	for _, m := range all {
		for path := range m {
			out[path] = true
		}
	}
	return out
}

// meaning is the value, "" where it is what CloudFront does without the setting.
func (s setting) meaning() string {
	if s.unsaid() {
		return ""
	}
	return s.value
}

// shown is a value as somebody may read it.
func shown(field, value string) string {
	if value == "" || !strings.HasSuffix(field, "/HeaderValue") {
		return value
	}
	sum := sha256.Sum256([]byte(value))
	return "sha256:" + hex.EncodeToString(sum[:4])
}

// String says the difference on one line.
func (d Difference) String() string {
	or := func(s string) string { return cmp.Or(s, "nothing") }
	return fmt.Sprintf("%s: %s, %s", d.Field, or(d.First), or(d.Second))
}
