// Package purge decides about an invalidation that somebody asked for by itself, beside no
// cutover: when it may be asked for, of what, and when it is over. It performs no I/O.
//
// It will never take a tag to be dropped by a distribution that reads none. One that is disabled,
// or a staging distribution, holds copies like any other, which viewers get once it is enabled or
// they are sent there: CloudFront drops them, and so does this.
package purge

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Spec says what is to be dropped.
type Spec struct {
	Distribution string
	// Items are paths, and cache tags with # before them, sorted.
	Items []string
	// Occasion is what it is asked for because of. The same items on the same occasion are
	// the same invalidation: a run that carries on after a crash asks for no other.
	Occasion string
	Deployed bool // not before every edge location has the configuration of the distribution
	Complete bool // it is over once every edge location has dropped what it held
}

// Reference is the caller reference, by which CloudFront knows an invalidation again. after
// are the ids of those that the references before it turned out to be of, and that are too
// old to be this run's: each makes another reference, the same for every run.
func (s Spec) Reference(by string, after []string) string {
	sum := sha256.Sum256([]byte(strings.Join(slices.Concat([]string{s.Distribution, s.Occasion}, s.Items, after), "\n")))
	return by + "-" + hex.EncodeToString(sum[:16])
}

// Tagged is the first cache tag among the items, with #; "" for none.
func (s Spec) Tagged() string {
	if i := slices.IndexFunc(s.Items, func(item string) bool { return strings.HasPrefix(item, "#") }); i >= 0 {
		return s.Items[i]
	}
	return ""
}

// Named lists the items, as far as anybody reads on.
func (s Spec) Named() string {
	const most = 10
	if len(s.Items) <= most {
		return strings.Join(s.Items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(s.Items[:most], ", "), len(s.Items)-most)
}

// Recipe is what a plan shows.
func (s Spec) Recipe() []string { return []string{"invalidate " + s.Named() + " on " + s.Distribution} }

// An Observation is what AWS shows.
type Observation struct {
	Exists, Deployed bool
	TagHeader        string // in which the distribution reads cache tags; "": in none
	ID               string // of the invalidation, once CloudFront has taken it
	Done             bool   // every edge location has carried it out
}

// A Kind is a reason not to invalidate.
type Kind string

// The reasons.
const (
	Missing    Kind = "missing"     // the distribution does not exist
	TagsUnread Kind = "tags unread" // it has no CacheTagConfig, so nothing that it holds has a tag
)

// An Obstacle is what is in the way before anything was asked for.
type Obstacle struct {
	Kind  Kind
	Found string // the distribution, or the tag
}

// Error implements error.
func (o *Obstacle) Error() string { return string(o.Kind) + ": " + o.Found }

// Ask is the step that asks CloudFront.
type Ask struct{ Named, On string }

// Progress implements cutover.Step.
func (Ask) Progress() bool { return true }

// Intent implements cutover.Step.
func (a Ask) Intent() string { return "invalidate " + a.Named + " on " + a.On }

// Why implements cutover.Step.
func (Ask) Why() string { return "edge locations may hold copies from before" }

// String implements fmt.Stringer.
func (a Ask) String() string { return "invalidating " + a.Named + " on " + a.On }

// Next returns the one step that is left to do; done: none is.
func Next(s Spec, obs Observation) (step cutover.Step, done bool, err error) {
	if obs.ID != "" {
		if s.Complete && !obs.Done {
			return cutover.Wait{For: fmt.Sprintf("every edge location of %s has carried out invalidation %s", s.Distribution, obs.ID)}, false, nil
		}
		return cutover.Done{}, true, nil
	}
	switch tag := s.Tagged(); {
	case !obs.Exists:
		return nil, false, &Obstacle{Missing, s.Distribution}
	case tag != "" && obs.TagHeader == "":
		return nil, false, &Obstacle{TagsUnread, tag}
	case s.Deployed && !obs.Deployed:
		return cutover.Wait{For: s.Distribution + " is deployed everywhere, so that no edge location drops what it holds and then fills up from before"}, false, nil
	default:
		return Ask{s.Named(), s.Distribution}, false, nil
	}
}
