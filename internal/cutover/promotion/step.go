package promotion

import (
	"fmt"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// The steps that every kind has.
type (
	Step       = cutover.Step
	Wait       = cutover.Wait
	Done       = cutover.Done
	Invalidate = cutover.Invalidate
)

// Snapshot writes a release down, with the way back from it, before it is begun
// (PutObject). It changes nothing for viewers, and no plan can know whether it is due.
type Snapshot struct {
	Entry   Entry // without Until: that is as late as can be known when it is written
	Primary string
}

// Condemn writes down that a release is not to be tried again (PutObject), for a way back
// that somebody asks for by hand. It changes nothing for viewers.
type Condemn struct{ Release, Primary string }

// Send enables the policy, so that some requests go to staging
// (UpdateContinuousDeploymentPolicy).
type Send struct {
	Release string
	Route   Route
	Policy  string
	Staging string // distribution id
	Passed  Route  // of the canary before; the zero Route: there was none
	IfMatch string // ETag of Policy
}

// Withdraw disables the policy, so that no request goes to staging
// (UpdateContinuousDeploymentPolicy).
type Withdraw struct {
	Policy  string
	Because string // a clause, as Why has it
	IfMatch string
}

// Dress gives a disabled policy the weight and the sessions again that a canary by header
// has taken from it (UpdateContinuousDeploymentPolicy).
type Dress struct {
	Policy  string
	IfMatch string
}

// Promote copies the configuration of staging over the primary and disables the policy
// (UpdateDistributionWithStagingConfig). There is no API that undoes it.
type Promote struct {
	Release                  string
	Staging, Primary         string // distribution ids
	Passed                   Route  // the last one of the canary; the zero Route: there is no canary
	IfMatch, IfMatchOfSource string
}

// SendBack gives the primary the configuration that was settled last
// (UpdateDistribution).
type SendBack struct {
	Primary string
	IfMatch string
}

// When says on which side of the promotion a gate stands.
type When string

// The two gates of a release.
const (
	BeforePromotion When = "before"
	AfterPromotion  When = "after"
)

// Verify gathers evidence.
type Verify struct {
	Release string
	When    When
	Route   Route // of the canary, before the promotion
	About   string
	Bake    time.Duration
	// Glance: the route is new, and only what can be told at once is asked.
	Glance bool
}

// Progress implements Step.
func (Snapshot) Progress() bool { return false }
func (Condemn) Progress() bool  { return false }
func (Send) Progress() bool     { return true }
func (Withdraw) Progress() bool { return true }
func (Dress) Progress() bool    { return true }
func (Promote) Progress() bool  { return true }
func (SendBack) Progress() bool { return true }
func (Verify) Progress() bool   { return true }

// Intent implements Step.
func (Snapshot) Intent() string { return "" }
func (Condemn) Intent() string  { return "" }

func (s Send) Intent() string {
	return fmt.Sprintf("send %s to %s", s.Route, called(s.Release, s.Staging))
}

func (s Withdraw) Intent() string { return "send nobody to staging: disable " + s.Policy }

func (s Dress) Intent() string { return "give " + s.Policy + " its weight and sessions back, disabled" }

func (s Promote) Intent() string {
	return fmt.Sprintf("promote %s to %s", called(s.Release, s.Staging), s.Primary)
}

func (s SendBack) Intent() string {
	return fmt.Sprintf("give %s its settled configuration back", s.Primary)
}

func (s Verify) Intent() string {
	if s.When == BeforePromotion {
		return fmt.Sprintf("verify %s with %s", called(s.Release, s.About), s.Route)
	}
	return fmt.Sprintf("verify %s after the promotion", called(s.Release, s.About))
}

// Why implements Step.
func (Snapshot) Why() string   { return "the way back is to be on record before the release begins" }
func (Condemn) Why() string    { return "nobody is to try it again without knowing" }
func (s Send) Why() string     { return passed(s.Passed, "the canary begins with that") }
func (s Withdraw) Why() string { return s.Because }
func (Dress) Why() string      { return "the canary by header has taken them away" }
func (s Promote) Why() string  { return passed(s.Passed, "the release has no canary") }
func (s SendBack) Why() string { return s.Primary + " has something else" }

// Why implements Step.
func (s Verify) Why() string {
	out := "nothing has proven " + s.About + " with the release yet"
	switch {
	case s.Glance:
		out = "the route is new, and what shows at once is not left to the next run"
	case s.When == BeforePromotion:
		out = "nothing has proven " + s.About + " with that share yet"
	}
	if s.Bake > 0 {
		out += ", and it is to bake for " + cutover.Brief(s.Bake)
	}
	return out
}

// passed is why the next step of a release is taken after a route of its canary.
func passed(r Route, first string) string {
	if r == (Route{}) {
		return first
	}
	return "the canary with " + r.String() + " has passed"
}

// called names the release that a distribution serves beside its id. The steps of two
// releases differ in nothing else, and a CLI hides what a plan has in common with state.
func called(release, id string) string {
	if release == "" {
		return id
	}
	return fmt.Sprintf("release %s (%s)", cutover.Briefly(release), id)
}

// String implements fmt.Stringer: a gerund phrase for logs and errors.
func (s Snapshot) String() string {
	return "writing down " + called(s.Entry.Release, s.Primary) + " and the way back from it"
}

func (s Condemn) String() string {
	return "writing down that " + called(s.Release, s.Primary) + " is taken back"
}

func (s Send) String() string     { return fmt.Sprintf("sending %s to %s", s.Route, s.Staging) }
func (s Withdraw) String() string { return "sending nobody to staging any more" }
func (s Dress) String() string {
	return "giving " + s.Policy + " its weight and sessions back, disabled"
}
func (s Promote) String() string  { return fmt.Sprintf("promoting %s to %s", s.Staging, s.Primary) }
func (s SendBack) String() string { return "giving " + s.Primary + " its settled configuration back" }

func (s Verify) String() string {
	if s.When == BeforePromotion {
		return fmt.Sprintf("verifying %s with %s", s.About, s.Route)
	}
	return "verifying " + s.About + " after the promotion"
}
