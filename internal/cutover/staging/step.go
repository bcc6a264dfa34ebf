package staging

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"

// The steps that every kind has.
type (
	Step = cutover.Step
	Wait = cutover.Wait
	Done = cutover.Done
)

// Copy makes the staging distribution (CopyDistribution).
type Copy struct{ Primary string }

// Mark says at AWS whose it is (TagResource).
type Mark struct{ ID, Owner string }

// Leave ends a destroy: another instance has marked the copy as its own since.
type Leave struct{ ID string }

// Configure makes it what is asked for (UpdateDistribution).
type Configure struct {
	Follow  bool
	Primary string
	Side    string
}

// Disable turns it off (UpdateDistribution).
type Disable struct{ ID string }

// Delete deletes it (DeleteDistribution).
type Delete struct{ ID string }

// Progress implements Step.
func (Copy) Progress() bool      { return true }
func (Leave) Progress() bool     { return true }
func (Mark) Progress() bool      { return true }
func (Configure) Progress() bool { return true }
func (Disable) Progress() bool   { return true }
func (Delete) Progress() bool    { return true }

// Intent implements Step.
func (s Copy) Intent() string  { return "copy " + s.Primary + " to a staging distribution" }
func (Leave) Intent() string   { return "" }
func (Mark) Intent() string    { return "" } // a tag changes nothing that anybody is served by
func (Disable) Intent() string { return "disable it" }
func (Delete) Intent() string  { return "delete it" }

// Intent implements Step.
func (s Configure) Intent() string {
	out := "give it the overrides"
	if s.Side != "" {
		out += " and the origins of " + s.Side
	}
	if s.Follow {
		out += ", and for everything else the settings of " + s.Primary
	}
	return out
}

// Why implements Step.
func (s Copy) Why() string    { return s.Primary + " has no staging distribution yet" }
func (Leave) Why() string     { return "another instance has marked it as its own" }
func (Mark) Why() string      { return "nothing at AWS says whose it is" }
func (Configure) Why() string { return "it is not as asked for" }
func (Disable) Why() string   { return "only a disabled distribution can be deleted" }
func (Delete) Why() string    { return "it is disabled everywhere, and what made it is destroyed" }

// String implements fmt.Stringer.
func (s Copy) String() string    { return "copying " + s.Primary }
func (s Leave) String() string   { return "leaving " + s.ID + " to whoever has adopted it" }
func (s Mark) String() string    { return "marking " + s.ID }
func (Configure) String() string { return "configuring the staging distribution" }
func (s Disable) String() string { return "disabling " + s.ID }
func (s Delete) String() string  { return "deleting " + s.ID }
