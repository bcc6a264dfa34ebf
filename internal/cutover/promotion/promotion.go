// Package promotion decides how the configuration of a staging distribution gets
// onto its primary: a share of the viewers first, evidence, the promotion, evidence
// again, and the way back.
//
//	         policy enabled        evidence, promoted             evidence
//	settled ───────────────▶ canary ───────────────▶ promoted ───────────────▶ settled
//	  ▲                        │                        │
//	  │     policy disabled    │                        │  configuration of before sent back
//	  └── rolled_back ◀────────┴────────────────────────┘
//
// unproven, stray and drifted stand beside them: the primary has the configuration of
// staging, viewers are sent to staging, or the primary has what nobody knows, and no
// release on record brought that about. A run that was killed leaves the first two, and so
// do other hands: which of them it was is not told, and neither is taken for settled.
//
// A release is about one content, that of staging when its run first looked. Evidence,
// record and promotion are about that content; another one voids them.
//
// The settled configuration is identified by its content: what a release can change
// and nothing else. Certificate, aliases and the like are the primary's own, and
// neither promoted nor sent back. The package reads no clock and remembers nothing.
package promotion

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Phase says where a release stands, as state has it.
type Phase string

// The phases of a release.
const (
	// Settled: the primary has the configuration that was last settled. Staging may
	// have another one: a pending release is no phase, and no difference in state.
	Settled Phase = "settled"
	// Canary: a run of ours ended before the promotion, because it was stopped or because
	// the next step is another run's. The policy may still send viewers to staging.
	Canary Phase = "canary"
	// Promoted: the primary has the configuration of a release of ours that is not
	// proven yet.
	Promoted Phase = "promoted"
	// GoingBack: a run of ours ended on its way back.
	GoingBack Phase = "going_back"
	// RolledBack: the last release failed; the primary has what was settled before.
	RolledBack Phase = "rolled_back"
	// Stale: settled, but paths that were to be invalidated have not been.
	Stale Phase = "stale"
	// Unproven: the primary has what staging has, or had when this was first seen, and no
	// release on record has proven it: a run that was killed promoted it, or other hands.
	Unproven Phase = "unproven"
	// Stray: the primary has what was settled, and viewers are sent to staging by no release
	// on record.
	Stray Phase = "stray"
	// Drifted: the primary has a configuration that is neither settled nor staging's.
	Drifted Phase = "drifted"
)

// Rests says whether nothing is under way, and nothing is to be decided, in a phase.
func (p Phase) Rests() bool {
	switch p {
	case Canary, Promoted, GoingBack, Unproven, Stray:
		return false
	default:
		return true
	}
}

// Purpose is what a run is for.
type Purpose string

// The purposes of a run. The zero value is to do nothing.
const (
	Rest    Purpose = ""
	Adopt   Purpose = "adopt"      // take what the primary has; writes nothing
	Decide  Purpose = "decide"     // say what somebody has to decide, and do nothing
	Release Purpose = "release"    // canary, promotion, evidence
	Return  Purpose = "return"     // nobody at staging, and the settled configuration on the primary
	Purge   Purpose = "invalidate" // what an earlier run could not
)

// OnDrift says what to do about a primary that changed behind our back.
type OnDrift string

// The ways to deal with drift.
const (
	Report  OnDrift = "report"  // show it, change nothing, release nothing
	Restore OnDrift = "restore" // send the settled configuration back
	Accept  OnDrift = "accept"  // what it has now counts as settled
)

// Grounds say why what is settled counts as settled.
type Grounds string

// The grounds. Only the first is evidence.
const (
	Proven   Grounds = "proven"   // a gate that was asked about it has passed
	Unasked  Grounds = "unasked"  // it was released, and no gate was asked for
	Accepted Grounds = "accepted" // by on_drift, and no gate was asked for
	Declared Grounds = "declared" // it was there when the resource was created or imported
)

// A Route is how a policy picks the requests that staging gets: by weight or by header.
type Route struct {
	Percent       float64 // of the viewers; 0 with a header
	Header, Value string
}

// precision is what is left of a weight in percent once CloudFront has kept it as a
// fraction in single precision.
const precision = 1e-5

// Same says whether two routes send the same requests to staging.
func (r Route) Same(other Route) bool {
	return math.Abs(r.Percent-other.Percent) < precision && r.Header == other.Header && r.Value == other.Value
}

// String names the requests that go to staging. The value of a header lets whoever knows it
// in, so it is in no plan, state or log.
func (r Route) String() string {
	if r.Header != "" {
		return "requests with the header " + r.Header
	}
	return strconv.FormatFloat(r.Percent, 'f', -1, 64) + " % of the viewers"
}

// An Attempt is a release that was begun: what configuration called it, the content of
// staging at that time, and how far its canary came.
type Attempt struct {
	Release, Content string
	Route            string // what staging was sent, as Route prints it; "": nothing
	Baking           bool   // all edge locations had the route, and it is on record since when
	// Version of staging, as AWS counts, when it was at that route; "": not on record.
	Version string
	// Canary says why its canary counts as passed, once the run that saw that has promoted
	// the content; "": it is not on record that it has.
	Canary Grounds
	// Recorded: an earlier run began it, and since when it bakes is what state says.
	Recorded bool
}

// A Spec is what is asked for.
type Spec struct {
	Asked
	Mode
}

// Asked is what configuration asks for.
type Asked struct {
	Primary, Staging, Policy string // ids
	Release                  string
	// Staged is a fingerprint that staging has to have for this release; "": any.
	Staged string
	// Overwrite: what somebody else has changed on the primary may be lost, whatever it is.
	Overwrite bool

	Routes     []Route // of the canary, in order; empty: none
	Before     bool    // a canary has to prove something besides outlasting its bake
	CanaryBake time.Duration
	PerApply   bool          // a run takes one step of the canary, and its bake is the time until the next run
	Glance     bool          // something can be asked about a step at once, without a bake
	After      bool          // a gate must pass after the promotion
	Bake       time.Duration // how long that must hold
	// Invalidate lists the paths whose cached copies on the primary are to go once it
	// has another configuration.
	Invalidate []string
}

// Mode is in which way a run goes about it: what state and the runs before it have to say.
type Mode struct {
	Purpose Purpose

	// Settled is the content of the configuration that was last settled; "" while creating.
	Settled string
	// WayBack is the configuration with that content, SettledRelease what it is called, and
	// SettledGrounds why it counts as settled; "" where nobody knows.
	WayBack, SettledRelease string
	SettledGrounds          Grounds
	// Snapshots: there is a bucket that a release is written down in before it begins.
	Snapshots bool
	Retry     bool // what the bucket says has failed may be tried again
	// Resumes is the release that was begun and not finished, by our own record.
	Resumes *Attempt
	// Previous is what was settled before that, nil if nobody knows.
	Previous *Attempt
	// Decided is the content of the primary about which somebody has said what is to
	// become of it, as the refresh before that showed it; "": about none.
	Decided string
	// Word: that it counts as settled.
	Word bool
	// Routed is what staging may be sent while no release is under way.
	Routed string
}

// A Distribution is what CloudFront says about the primary or the staging distribution.
type Distribution struct {
	ID       string // "": there is none
	Domain   string // d….cloudfront.net
	ETag     string
	Deployed bool
	Enabled  bool
	Staging  bool
	Aliases  []string
	Policy   string // id of the continuous deployment policy
	// Content identifies what a release can change of its configuration.
	Content string
	// Fingerprint identifies the whole of it, as other resources call it.
	Fingerprint string
	Modified    time.Time // when it was written to last; equal for nothing else
	Version     string    // as AWS counts; "": it does not say
}

// A Policy is what CloudFront says about the continuous deployment policy.
type Policy struct {
	ID      string // "": there is none
	ETag    string
	Enabled bool
	Staging string // domain name of the distribution it sends requests to
	Route   Route
	// Bare: it kept sessions before this run, and keeps none any more. A policy has either a
	// weight with sessions or a header, and a canary by header takes the place of both.
	Bare bool
}

// An Observation is what AWS showed at one moment, and what this run has found out.
type Observation struct {
	Seen
	Own
}

// Seen is what AWS has shown.
type Seen struct {
	Primary, Staging Distribution
	Policy           Policy
	Locked           []string // fields in which the two differ although continuous deployment does not let them
	// Switched are fields of the primary that something else decides about, and that staging has
	// otherwise, for people: "origin_id of /api/*: app-green, and staging has app-blue".
	Switched []string
	// Undone are fields of the primary that something else decides about, and that the way back
	// has otherwise, for people too.
	Undone []string
	// Entry is what the snapshot bucket has about the primary, the zero value if that is
	// nothing, or if there is no bucket.
	Entry Entry
}

// Own is what a run itself knows, and no look can show.
type Own struct {
	// Spreading: the policy was written to, and nothing shows yet that edge locations know.
	Spreading bool
	// Refused: CloudFront has refused a write while a distribution was deploying.
	Refused bool
	// Bound is the content that this run is about, "" before it has looked once.
	Bound string
	// Proven is how many routes of the canary have been proven, for the content that
	// staging has.
	Proven int
	// Stepped: the route after those is new, and its bake has only begun.
	Stepped bool
	Glanced bool // what can be told about it at once speaks for it
	// Sent is the route that this run has seen staging have, or given it, nil before that;
	// SentFrom is the ETag that the policy had before it was given, if it was. Whoever takes
	// it away means it.
	Sent     *Route
	SentFrom string
	Before   cutover.Evidence // about the route after those
	After    cutover.Evidence // about the primary's content
	// Promoted is the content that this run has promoted, "" before it has: it promotes
	// once. PromotedFrom is the ETag that the primary had then.
	Promoted, PromotedFrom string
	// PromotingFrom is that ETag where the answer to a promotion was lost a moment ago, and
	// no look has shown yet that it took effect; "": none was.
	PromotingFrom string
	SentBack      bool // this run has given the primary its settled configuration
	Invalidation  cutover.Invalidation
	// Until is until when the primary is known to have had what was settled, zero if nobody
	// knows. Dated: this run has written into the bucket until when.
	Until time.Time
	Dated bool
}

// Released says whether the primary has what this run is about: who changes staging
// after the promotion works at the release after this one.
func (o Observation) Released() bool {
	return o.Primary.Content != "" && o.Primary.Content == cmp.Or(o.Bound, o.Staging.Content)
}

// Sends names the requests that go to staging although the primary has something else;
// "": none do.
func (o Observation) Sends() string {
	if !o.Canary() || o.Primary.Content == o.Staging.Content {
		return ""
	}
	return o.Policy.Route.String()
}

// Bind returns the content that a run is about which finds obs: that of staging, unless
// an earlier run has begun this release with another one, and viewers have got that, or
// are still at staging.
func (s Spec) Bind(obs Observation) string {
	if r := s.Resumes; r != nil && r.Release == s.Release && r.Content != "" && (obs.Primary.Content == r.Content || obs.Canary()) {
		return r.Content
	}
	return obs.Staging.Content
}

// Reached is how many routes of the canary a run need not prove again that resumes an
// earlier one: those before the one that the policy has, provided it is the same
// release of the same content. Otherwise the canary begins with its first route, which
// may send fewer viewers to staging than there are now.
func (s Spec) Reached(obs Observation) int {
	if !s.resumes(obs) || s.PerApply && s.Resumes.Route == "" {
		return 0
	}
	return max(0, slices.IndexFunc(s.Routes, obs.Policy.Route.Same))
}

// Baking says whether the bake of the route that the policy has began in an earlier run,
// by our own record. Otherwise it begins now: nobody knows since when viewers are there.
func (s Spec) Baking(obs Observation) bool {
	return s.resumes(obs) && s.Resumes.Baking && s.Resumes.Route == s.At(obs)
}

// At names the route that staging is sent, as configuration has it; "" if it has none like it.
func (s Spec) At(obs Observation) string {
	i := slices.IndexFunc(s.Routes, obs.Policy.Route.Same)
	if i < 0 || !obs.Policy.Enabled {
		return ""
	}
	return s.Routes[i].String()
}

func (s Spec) resumes(obs Observation) bool {
	return s.Resumes != nil && s.Resumes.Release == s.Release && s.Resumes.Content == obs.Staging.Content && obs.Policy.Enabled && !s.Rewritten(obs)
}

// Rewritten says whether staging was written to since an earlier run left this release
// in mid-canary. What it had in between nobody knows, also where it is the same again.
func (s Spec) Rewritten(obs Observation) bool {
	return s.Resumes != nil && s.Resumes.Version != "" && obs.Staging.Version != "" && s.Resumes.Version != obs.Staging.Version
}

// Grounds says why a canary that has come to its end counts as passed; "": there is none.
func (s Spec) Grounds() Grounds {
	switch {
	case len(s.Routes) == 0:
		return ""
	case s.Before:
		return Proven
	default:
		return Unasked
	}
}

// passed says why the canary counts as passed of what the primary has, by the record of the
// run that saw it; "": no record says that it has.
func (s Spec) passed(content string) Grounds {
	if r := s.Resumes; r != nil && r.Release == s.Release && r.Content == content {
		return r.Canary
	}
	return ""
}

// ours says whether the primary's configuration is one that a run of ours gave it or
// found in order.
func (s Spec) ours(content string) bool {
	return content == s.Settled || s.Resumes != nil && content == s.Resumes.Content
}

// expendable says whether the primary's configuration may be lost.
func (s Spec) expendable(content string) bool {
	return s.Overwrite || s.ours(content) || !s.Word && s.Decided != "" && content == s.Decided
}
