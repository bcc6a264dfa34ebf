package preflight

import (
	"fmt"
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
)

// The checks of an edge split beyond its obstacles.
const (
	// TooManyFunctions: functions have to be made, and the account has no room for them.
	TooManyFunctions Check = "too_many_functions"
	// SessionRefused: calls to key value stores are refused in this session, perhaps for its token's sake.
	SessionRefused Check = "session_refused"
	// RootLost: a side by prefix has no document for /, and the distribution's would not apply there.
	RootLost Check = "root_lost"
)

// Splits is everything that was seen for an edge split.
type Splits struct {
	Spec split.Spec
	Obs  split.Observation
	// Order are the behaviours of the distribution in theirs, the default last.
	Order []behavior.Pattern
	// Policy is the continuous deployment policy attached to the distribution, RootObject its document for /.
	Policy, RootObject string
	// Rootless are the sides with a prefix that say nothing of /.
	Rootless []cutover.Side
	// Functions is how many the account has.
	Functions int
	Refused   bool // the session, by key value stores
	Erasable  []Erasable
	Alarms    []Alarm
	Denied    []Denied
}

// functions of an account. Source: CloudFront quotas on functions.
const functions = 100

// Of lists everything found, errors first, in the order of the checks.
func (s Splits) Of() []Finding {
	var out []Finding
	for _, o := range split.Obstacles(s.Spec, s.Obs) {
		if yet := o.Kind == split.Unused || o.Kind == split.HalfUsed; yet && s.unmade() > 0 {
			continue // nobody can have associated what is yet to be made
		}
		out = append(out, Finding{Check: Check(o.Kind), Severity: Error, Name: o.Behavior.Pattern, Found: o.Found, Splits: o})
	}
	return ranked(out, s.account(), s.beside(), alarms(s.Alarms), permissions(s.Denied))
}

// unmade is how many functions are yet to be made.
func (s Splits) unmade() int {
	n := 0
	for _, role := range split.Roles() {
		if !s.Obs.Functions[role].Exists {
			n++
		}
	}
	return n
}

// account is what the account, or the session, does not let in.
func (s Splits) account() []Finding {
	var out []Finding
	if n := s.unmade(); n > 0 && s.Functions+n > functions {
		out = append(out, Finding{Check: TooManyFunctions, Severity: Error, Found: fmt.Sprint(s.Functions)})
	}
	if s.Refused {
		out = append(out, Finding{Check: SessionRefused, Severity: Warning})
	}
	return out
}

// beside is who else decides about what viewers of the behaviours get.
func (s Splits) beside() []Finding {
	if s.Spec.Attach == nil || !s.Obs.Site.Exists || s.Obs.Site.Staging {
		return nil // nobody says where, or an obstacle
	}
	var out []Finding
	at := s.Spec.Attach
	site := behavior.Observation{Order: s.Order}
	for _, b := range s.Obs.Site.Behaviors {
		if by := site.ShadowedBy(behavior.Pattern(b.Pattern)); by != "" {
			out = append(out, Finding{Check: BehaviorShadowed, Severity: Warning, Name: b.Pattern, Found: string(by)})
		}
	}
	if s.RootObject != "" && slices.Contains(at.Patterns, string(behavior.First(s.Order, "/"))) {
		for _, side := range s.Rootless {
			out = append(out, Finding{Check: RootLost, Severity: Warning, Side: side, Name: at.Distribution, Found: s.RootObject})
		}
	}
	if s.Policy != "" {
		out = append(out, Finding{Check: StagingBeside, Severity: Warning, Name: at.Distribution, Found: s.Policy})
	}
	if list := listed(s.Erasable); list != "" {
		out = append(out, Finding{Check: ErasedBeside, Severity: Warning, Name: at.Distribution, Found: list})
	}
	return out
}
