package cutover

// A Guard is what keeps Route 53 from changing the records of one hosted zone. The zero
// value is a zone of which nothing of the kind is known.
type Guard struct {
	// Locked is the state, as Route 53 calls it, in which the zone takes no change; "":
	// it takes them. It passes by itself.
	Locked string
	// Protected has the comment of each name and type that Route 53 changes for nobody,
	// whoever asks and whether the record exists or not. It stays until somebody deletes
	// the protection.
	Protected map[RecordKey]string
	// Denied is the IAM action for want of which Protected is not known; "": it is known,
	// or this Route 53 knows no protections.
	Denied string
}

// A RecordKey names the record sets of one name and one type.
type RecordKey struct{ Name, Type string } // lower case, no trailing dot; such as AAAA

// A Protection is one that stands in the way.
type Protection struct {
	RecordKey
	Comment string // of whoever made it; may be empty
}

// Of returns the protection of a name and type.
func (g Guard) Of(name, typ string) (Protection, bool) {
	k := RecordKey{Name: name, Type: typ}
	comment, ok := g.Protected[k]
	return Protection{RecordKey: k, Comment: comment}, ok
}
