package deployment

import (
	"fmt"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// The steps that every kind has.
type (
	Step = cutover.Step
	Wait = cutover.Wait
	Done = cutover.Done
)

// Create makes the policy, disabled (CreateContinuousDeploymentPolicy).
type Create struct {
	Routing Routing
	Staging string
}

// Mark says at AWS whose the policy is (TagResource).
type Mark struct{ Policy, Owner string }

// Leave ends a destroy: another instance has marked the policy as its own since.
type Leave struct{ Policy string }

// Reroute changes how a disabled policy routes (UpdateContinuousDeploymentPolicy).
type Reroute struct {
	Routing Routing
	Staging string
}

// Attach puts the primary under the policy (UpdateDistribution).
type Attach struct{ Primary string }

// Disable sends everybody to the primary (UpdateContinuousDeploymentPolicy).
type Disable struct{}

// Detach takes the primary out of its policy (UpdateDistribution with the empty id).
type Detach struct{ Primary string }

// Delete deletes the policy (DeleteContinuousDeploymentPolicy).
type Delete struct{}

// Progress implements Step.
func (Create) Progress() bool  { return true }
func (Leave) Progress() bool   { return true }
func (Mark) Progress() bool    { return true }
func (Reroute) Progress() bool { return true }
func (Attach) Progress() bool  { return true }
func (Disable) Progress() bool { return true }
func (Detach) Progress() bool  { return true }
func (Delete) Progress() bool  { return true }

// Intent implements Step.
func (s Create) Intent() string  { return routeIntent(s.Routing, s.Staging) }
func (Leave) Intent() string     { return "" }
func (Mark) Intent() string      { return "" } // a tag changes nothing that anybody is served by
func (s Reroute) Intent() string { return routeIntent(s.Routing, s.Staging) }
func (s Attach) Intent() string  { return "attach it to " + s.Primary }
func (Disable) Intent() string   { return "disable it, so that every request goes to the primary" }
func (s Detach) Intent() string  { return "detach it from " + s.Primary }
func (Delete) Intent() string    { return "delete it" }

func routeIntent(r Routing, staging string) string {
	return fmt.Sprintf("have a policy that routes %s to %s once a release enables it", r, staging)
}

// Why implements Step.
func (s Create) Why() string { return s.Staging + " has no policy yet" }
func (Leave) Why() string    { return "another instance has marked it as its own" }
func (Mark) Why() string     { return "nothing at AWS says whose it is" }
func (Reroute) Why() string  { return "it routes otherwise" }
func (s Attach) Why() string { return s.Primary + " is not under it" }
func (Disable) Why() string  { return "nobody is to be sent to staging by a policy that goes" }
func (Detach) Why() string   { return "the policy is not to decide about it any more" }
func (Delete) Why() string   { return "no distribution is under it" }

// String implements fmt.Stringer.
func (s Create) String() string { return "creating a disabled policy for " + s.Staging }

func (s Leave) String() string   { return "leaving policy " + s.Policy + " to whoever has adopted it" }
func (s Mark) String() string    { return "marking policy " + s.Policy }
func (s Reroute) String() string { return "changing the policy to route " + s.Routing.String() }
func (s Attach) String() string  { return "attaching the policy to " + s.Primary }
func (Disable) String() string   { return "disabling the policy" }
func (s Detach) String() string  { return "detaching the policy from " + s.Primary }
func (Delete) String() string    { return "deleting the policy" }
