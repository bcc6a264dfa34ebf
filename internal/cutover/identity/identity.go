// Package identity decides whether two looks at one distribution saw the same
// configuration, however differently the two answers were written.
//
// CloudFront begins to spell out in its answers what it has always done, and a newer
// build of this provider knows elements that an older one did not. Neither is a change.
// Three things are therefore on record of a configuration: the version that AWS counts,
// a hash of what this build knows, and one of what it does not. The package compares
// them. It will never read an answer, and never renew what is on record: whoever wrote
// last does.
package identity

import "strings"

// An Identity says which configuration somebody looked at.
type Identity struct {
	// Known is a hash of the settings that the build knew which looked, those at their
	// default left out: one part for each generation of settings, with dots between them.
	// A part is empty where nothing of its generation is set. "": it could not be read.
	Known string
	// Unknown is a hash of the elements that the build did not know, "" if there were none.
	Unknown string
	// Version is a hash of the distribution's id, its ETag and its LastModifiedTime: AWS
	// gives the same one to nothing else. "" where the answer did not say.
	Version string
}

// String is the identity as state has it: the hash of what is known, ~ and that of what
// is not, @ and the version. Parse reads it again.
func (i Identity) String() string {
	out := i.Known
	if out == "" {
		return ""
	}
	if i.Unknown != "" {
		out += "~" + i.Unknown
	}
	if i.Version != "" {
		out += "@" + i.Version
	}
	return out
}

// Parse reads what String wrote. Without ~ and @ it is all of what is known.
func Parse(text string) Identity {
	var i Identity
	text, i.Version, _ = strings.Cut(text, "@")
	i.Known, i.Unknown, _ = strings.Cut(text, "~")
	return i
}

// A Verdict says how two identities of one distribution stand to each other.
type Verdict string

// The verdicts. None but Changed may decide anything.
const (
	// Same: nothing has changed.
	Same Verdict = "same"
	// Unfamiliar: if anything has changed, then only what one of the two builds that
	// looked does not know. That is reported, and decides nothing.
	Unfamiliar Verdict = "unfamiliar"
	// Unseen: one of the two could not be read, so nobody can tell. It decides nothing
	// either.
	Unseen Verdict = "unseen"
	// Changed: somebody has changed a setting.
	Changed Verdict = "changed"
)

// Compare says whether what is seen now is what was on record. AWS counts every write,
// so the same version is the same configuration, whatever the answers say. Another
// version is not another configuration: a name that moved counts too.
func Compare(recorded, seen Identity) Verdict {
	switch {
	case recorded.Known == "" || seen.Known == "":
		return Unseen
	case recorded.Version != "" && recorded.Version == seen.Version:
		return Same
	}
	was, is := strings.Split(recorded.Known, "."), strings.Split(seen.Known, ".")
	if len(is) > len(was) {
		was, is = is, was
	}
	for g := range is { // what both builds knew
		if is[g] != was[g] {
			return Changed
		}
	}
	if strings.Join(was[len(is):], "") != "" || recorded.Unknown != seen.Unknown {
		return Unfamiliar
	}
	return Same
}

// Is says whether the two are the same configuration as far as anybody can decide by.
func Is(recorded, seen Identity) bool {
	v := Compare(recorded, seen)
	return v == Same || v == Unfamiliar
}

// A Register says under which name what is seen now is on record, so that equal names
// mean equal configurations, of one distribution over time as of two beside each other.
type Register map[string]string

// Recall compares everything that was seen with everything that is on record. What a
// distribution says now of a configuration that AWS has not changed, the other one of a
// pair says too, whichever of the two is on record.
func Recall(recorded []Identity, seen ...Identity) Register {
	out := Register{}
	for _, sameVersion := range []bool{true, false} {
		for _, s := range seen {
			for _, r := range recorded {
				if _, done := out[s.Known]; !done && Is(r, s) && (r.Version == s.Version && r.Version != "") == sameVersion {
					out[s.Known] = r.Known
				}
			}
		}
	}
	return out
}

// Name is the one on record for the hash of what is known; the hash itself if there is none.
func (r Register) Name(known string) string {
	if name, ok := r[known]; ok {
		return name
	}
	return known
}
