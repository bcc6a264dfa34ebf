// Package preflight lists everything that speaks against starting a cutover, all of
// it at once. It is stricter than the cutover itself, which stops at the first thing
// that forbids a write and does not mind what only surprises people.
//
// It decides nothing: whether to start is for whoever reads the list.
package preflight

import (
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// A Severity says what becomes of a cutover that is started all the same.
type Severity string

// The severities.
const (
	// Error: it would stop, or the switch would not do what it is there for.
	Error Severity = "error"
	// Warning: it would go through, and somebody might be surprised.
	Warning Severity = "warning"
)

// A Check names what is found. Obstacles have their Kind for a name.
type Check string

// The checks of a switch beyond its obstacles.
const (
	// SideMissing: an idle side does not exist, so there is no way back to it.
	SideMissing Check = "side_missing"
	// SideDisabled: an idle side would refuse every viewer who comes back.
	SideDisabled Check = "side_disabled"
	// SideNotCovered: the certificate of an idle side does not cover a name, which therefore cannot come back.
	SideNotCovered Check = "side_not_covered"
	// TargetDeploying: the target is still deploying; the cutover would begin by waiting.
	TargetDeploying Check = "target_deploying"
	// CertificateExpires: it expires soon.
	CertificateExpires Check = "certificate_expires"
	// CertificateUnknown: nobody could say what the certificate covers.
	CertificateUnknown Check = "certificate_unknown"
	// PolicyAttached: a continuous deployment policy is attached to a distribution that gains or loses names.
	PolicyAttached Check = "policy_attached"
	// SettingsDiffer: viewers would notice that the target is configured differently.
	SettingsDiffer Check = "settings_differ"
	// Unowned: nobody has the name.
	Unowned Check = "unowned"
	// Split: the names are on more than one side, as an interrupted cutover leaves them.
	Split Check = "split"
	// StaysBehind: a name under a wildcard that moves has an owner of its own, and stays there.
	StaysBehind Check = "stays_behind"
	// WildcardCatches: the wildcard that serves the names on their way serves others as well.
	WildcardCatches Check = "wildcard_catches"
	// PrivateZone: the zone answers in VPCs only.
	PrivateZone Check = "private_zone"
	// NoRecord: the name does not resolve.
	NoRecord Check = "no_record"
	// LongTTL: resolvers keep a record for long.
	LongTTL Check = "long_ttl"
	// IPv6Lost: there is an AAAA record, and the target does not speak IPv6.
	IPv6Lost Check = "ipv6_lost"
	// IPv6Unused: the target speaks IPv6, and there is no AAAA record.
	IPv6Unused Check = "ipv6_unused"
	// NotPermitted: the credentials may not ask for something.
	NotPermitted Check = "not_permitted"
	// AlarmWithoutData: an alarm that gates are to watch cannot tell.
	AlarmWithoutData Check = "alarm_without_data"
)

// A Finding is one thing that speaks against a cutover. Which of its members are
// set depends on the check.
type Finding struct {
	Check    Check
	Severity Severity
	Side     cutover.Side
	Name     string // an alternate domain name, or the domain of a zone
	Found    string // what is there instead: an id, a value, types of records
	Live     string // the value on the side that serves now
	Until    time.Time
	Staging  bool                 // it is about staging, and not about the primary
	Obstacle *switchover.Obstacle // that the cutover itself would meet
	// Deployment is what a continuous deployment itself would meet.
	Deployment *deployment.Obstacle
	// Behavior is what a switch of behaviours itself would meet.
	Behavior *behavior.Obstacle
	// Splits is what an edge split itself would meet.
	Splits *split.Obstacle
}

// A Switch is everything that was seen for a switch.
type Switch struct {
	Spec switchover.Spec // Adopting: nobody knows whether the switch exists yet
	Obs  switchover.Observation
	Now  time.Time

	Sides map[cutover.Side]Side
	// Under lists for a wildcard that is to move the names under it that others have: owner by name.
	Under  map[string]map[string]string
	Alarms []Alarm
	Denied []Denied
}

// A Side is what a switch does not decide by, and viewers may notice.
type Side struct {
	Certificate *Certificate // nil: it has none in ACM, or it could not be read
	Settings    []Setting    // in a fixed order
	WebACL      string
	Policy      string // continuous deployment
	Erasable    []Erasable
}

// A Certificate is what ACM says of one.
type Certificate struct {
	Valid  bool   // issued, and nothing else
	Status string // as ACM words it
	Until  time.Time
}

// An Alarm is what CloudWatch says of one that gates are to watch.
type Alarm struct {
	Name string       // and where it is
	Flaw cutover.Flaw // what keeps it from being watched; empty: nothing does
	// Unsure: it may be watched, and CloudWatch cannot tell whether it is in order.
	Unsure bool
}

// A Setting is one value of a distribution's configuration, for comparison.
type Setting struct{ Name, Value string }

// Denied is an action that AWS refused to the credentials.
type Denied struct {
	Action   string
	Optional bool // the cutover can do without
}

// Thresholds.
const (
	expiresSoon  = 14 * 24 * time.Hour // ACM renews its own weeks earlier, so this one it does not
	longTTL      = 300                 // seconds
	leastOfSides = 2                   // for a way back
)

// Of lists everything found, errors first, in the order of the checks.
func (s Switch) Of() []Finding {
	var out []Finding
	for _, o := range switchover.Obstacles(s.Spec, s.Obs) {
		out = append(out, Finding{Check: Check(o.Kind), Severity: Error, Side: o.Side, Name: o.Name, Found: o.Found, Obstacle: o})
	}
	for _, check := range []func() []Finding{s.sides, s.certificates, s.target, s.names, s.wildcards, s.zones, s.records, s.erasable} {
		out = append(out, check()...)
	}
	return ranked(out, alarms(s.Alarms), permissions(s.Denied))
}

// ranked joins lists of findings, errors first.
func ranked(lists ...[]Finding) []Finding {
	out := slices.Concat(lists...)
	slices.SortStableFunc(out, func(a, b Finding) int { return rank(a.Severity) - rank(b.Severity) })
	return out
}

func rank(s Severity) int {
	if s == Error {
		return 0
	}
	return 1
}

// OK says whether nothing found is an error.
func OK(findings []Finding) bool {
	return !slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}
