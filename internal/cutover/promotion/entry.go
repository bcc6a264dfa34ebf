package promotion

import (
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
)

// An Entry is what the snapshot bucket has about a primary: the release that was begun
// last, and the way back from it. State is written when a run returns; this is written
// before a run does what nobody could tell any more if it died.
type Entry struct {
	Release string `json:"release"`
	Content string `json:"content"` // of staging, when the release began
	Settled string `json:"settled"` // content of the way back
	WayBack string `json:"way_back"`
	Failed  string `json:"failed,omitempty"` // why it was taken back
	// Before and Grounds are what Settled was called, and why it counts as settled.
	Before  string  `json:"settled_release,omitempty"`
	Grounds Grounds `json:"settled_grounds,omitempty"`
	// Until is until when the primary is known to have had Settled (RFC 3339); "": nobody knows.
	Until string `json:"settled_until,omitempty"`
}

// Named is an entry with the names that a run has for its contents; of two that fit, the
// later. A run of another build may have written it, and the same configuration has
// another text where a build knows more settings.
func (e Entry) Named(names ...string) Entry {
	for _, content := range []*string{&e.Content, &e.Settled} {
		for _, name := range names {
			if identity.Compare(identity.Parse(*content), identity.Identity{Known: name}) == identity.Same {
				*content = name
			}
		}
	}
	return e
}

// Failure says why this very release was taken back, "" if it was not.
func (e Entry) Failure(release, content string) string {
	if e.Release != release || e.Content != content {
		return ""
	}
	return e.Failed
}

// TookBack says whether what state calls settled was taken back since, by an action that
// state knows nothing of, and the primary has what was before it.
func (e Entry) TookBack(settled, primary string) bool {
	return e.Failed != "" && e.Content == settled && e.Settled == primary
}

// Called is what a content of the primary is called that was not taken back; "": nothing.
func (e Entry) Called(content string) string {
	switch {
	case content == e.Settled:
		return e.Before
	case content == e.Content && e.Failed == "":
		return e.Release
	default:
		return ""
	}
}

// HadUntil is until when the primary is known to have had what was settled, before it got
// another content; zero: the entry does not say.
func (e Entry) HadUntil(settled, content string) time.Time {
	if e.Settled != settled || e.Content != content {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, e.Until)
	if err != nil {
		return time.Time{}
	}
	return at
}

// Date is a time as an entry has it.
func Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// snapshotFirst puts a snapshot before a step that writes, unless the bucket has all of it: the
// release with the way back from it, and until when the primary had what was settled, as
// this run first knew it.
func snapshotFirst(spec Spec, obs Observation, step Step) Step {
	if !spec.Snapshots {
		return step
	}
	switch step.(type) {
	case Send, Withdraw, Dress, Promote:
	default:
		return step
	}
	due := Entry{Release: spec.Release, Content: obs.Bound, Settled: spec.Settled, WayBack: spec.WayBack, Before: spec.SettledRelease, Grounds: spec.SettledGrounds}
	has, dated := obs.Entry, obs.Dated || obs.Until.IsZero() || obs.Entry.Until == Date(obs.Until)
	if has.Until = ""; dated && has == due {
		return step
	}
	return Snapshot{Entry: due, Primary: spec.Primary}
}
