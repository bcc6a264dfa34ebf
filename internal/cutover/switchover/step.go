package switchover

import (
	"fmt"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// The steps that every kind has.
type (
	Step       = cutover.Step
	Wait       = cutover.Wait
	Done       = cutover.Done
	Invalidate = cutover.Invalidate
)

// Move takes a name from the distribution that has it to the target, in one
// transaction at AWS (UpdateDomainAssociation, AssociateAlias).
type Move struct {
	Name, From, To string
	Side           cutover.Side // played by To
	Method         Method
	IfMatch        string // ETag of To
	// Trial: AWS is expected to refuse it, because the distribution in another account that has
	// the name is enabled, and is asked to see whether it would refuse for another reason.
	Trial bool
}

// Claim adds names that nobody owns to a distribution (UpdateDistribution).
type Claim struct {
	Names   []string
	To      string
	Side    cutover.Side // played by To
	Method  Method
	Cover   bool   // wildcards that serve the names while they move
	Net     bool   // wildcards that stay on the idle side
	IfMatch string // ETag of To
}

// Point changes the records of one zone in one batch.
type Point struct {
	Zone    Zone
	Changes []Repoint // sorted by name
	Side    cutover.Side
	To      string // distribution id
}

// Retime changes the TTL of CNAMEs of one zone in one batch, and nothing else:
// down before a cutover, and up again when it is over.
type Retime struct {
	Zone    Zone
	Changes []Repoint // sorted by name
	TTL     int64     // seconds
	Lower   bool
}

// A Repoint replaces the records of one name. Delete holds them exactly as they
// were observed, which makes the batch fail if anybody changed them since.
type Repoint struct {
	Name        string
	Delete, Add []Record
}

// When says on which side of the move a gate stands.
type When string

// The two gates of a switch.
const (
	BeforeMove When = "before"
	AfterMove  When = "after"
)

// Verify gathers evidence.
type Verify struct {
	When When
	Side cutover.Side
}

// Progress implements Step.
func (Move) Progress() bool   { return true }
func (Claim) Progress() bool  { return true }
func (Point) Progress() bool  { return true }
func (Retime) Progress() bool { return true }
func (Verify) Progress() bool { return true }

// Intent implements Step.
func (s Move) Intent() string   { return moveIntent(s.Method, s.Name, s.Side, s.To) }
func (s Claim) Intent() string  { return Intents(s)[0] }
func (s Point) Intent() string  { return pointIntent(s.Changes[0].Name, s.Side, s.To) }
func (s Retime) Intent() string { return retimeIntent(s.Changes[0].Name, s.Lower, s.TTL) }
func (s Verify) Intent() string { return verifyIntent(s.When, s.Side) }

// Intents lists the lines of the recipe that a step carries out: one for each
// name, where a step is about several.
func Intents(s Step) []string {
	var out []string
	switch s := s.(type) {
	case Point:
		for _, c := range s.Changes {
			out = append(out, pointIntent(c.Name, s.Side, s.To))
		}
	case Retime:
		for _, c := range s.Changes {
			out = append(out, retimeIntent(c.Name, s.Lower, s.TTL))
		}
	case Claim:
		for _, name := range s.Names {
			out = append(out, s.intent(name))
		}
	case Release:
		out = s.intents()
	case Prove:
		out = s.intents()
	default:
		if s.Intent() != "" {
			out = append(out, s.Intent())
		}
	}
	return out
}

func (s Claim) intent(name string) string {
	switch {
	case s.Cover:
		return coverIntent(name, s.Side, s.To)
	case s.Net:
		return safetyNetIntent(name)
	default:
		return moveIntent(s.Method, name, s.Side, s.To)
	}
}

// Same says whether two steps do the same, whatever the ETag on condition of which: other
// names may have come to a distribution, or gone, since it was looked at.
func Same(a, b Step) bool {
	a, _ = Condition(a)
	b, _ = Condition(b)
	return cutover.Same(a, b)
}

// Condition takes a step apart: what it does, and the ETag that what it is done to must have.
func Condition(step Step) (does Step, etag string) {
	switch s := step.(type) {
	case Move:
		etag, s.IfMatch = s.IfMatch, ""
		return s, etag
	case Claim:
		etag, s.IfMatch = s.IfMatch, ""
		return s, etag
	case Release:
		etag, s.IfMatch = s.IfMatch, ""
		return s, etag
	case Disable:
		etag, s.IfMatch = s.IfMatch, ""
		return s, etag
	case Enable:
		etag, s.IfMatch = s.IfMatch, ""
		return s, etag
	}
	return step, ""
}

// Why implements Step.
func (s Move) Why() string {
	if s.Trial {
		return "what else AWS may have against it is to be known before anything is disabled"
	}
	return fmt.Sprintf("%s is on %s, and %s is %s", s.Name, s.From, s.Side, s.To)
}

// Why implements Step.
func (s Claim) Why() string {
	list := strings.Join(s.Names, ", ")
	switch {
	case s.Cover:
		return fmt.Sprintf("%s is to serve the names while they move to %s", list, s.Side)
	case s.Net:
		return fmt.Sprintf("keep_wildcard, and %s is idle", s.Side)
	default:
		return "no distribution has " + list
	}
}

// Why implements Step.
func (s Point) Why() string {
	return fmt.Sprintf("%s is %s, and not all of them lead there as they should", s.Side, s.To)
}

// Why implements Step.
func (s Retime) Why() string {
	if s.Lower {
		return "until they are pointed elsewhere, resolvers are to hold them for a short time only"
	}
	return "they are where they are to stay, so that resolvers may hold them for longer again"
}

// Why implements Step.
func (s Verify) Why() string {
	if s.When == BeforeMove {
		return fmt.Sprintf("%s is to prove itself before it gets traffic", s.Side)
	}
	return fmt.Sprintf("%s has the traffic, and nothing has proven it there yet", s.Side)
}

func (s Move) String() string {
	if s.Trial {
		return fmt.Sprintf("asking whether %s may move from %s to %s", s.Name, s.From, s.To)
	}
	return fmt.Sprintf("moving %s from %s to %s", s.Name, s.From, s.To)
}

func (s Claim) String() string {
	return fmt.Sprintf("adding %s to %s", strings.Join(s.Names, ", "), s.To)
}

func (s Point) String() string {
	return fmt.Sprintf("pointing the records of %s at %s", names(s.Changes), s.To)
}

func (s Retime) String() string {
	return fmt.Sprintf("setting the TTL of %s to %d s", names(s.Changes), s.TTL)
}

func names(changes []Repoint) string {
	var out []string
	for _, c := range changes {
		out = append(out, c.Name)
	}
	return strings.Join(out, ", ")
}

func (s Verify) String() string {
	return fmt.Sprintf("verifying %s %s the move", s.Side, s.When)
}

// moveIntent is one line for the whole way of a name, however many writes it
// takes: the way differs with what is found, the name's destination does not.
func moveIntent(m Method, name string, side cutover.Side, id string) string {
	line := fmt.Sprintf("move %s to %s (%s)", name, side, id)
	switch m {
	case RemoveAndAdd:
		line += ", unserved in between"
	case WildcardOverlap:
		if w := Wildcard(name); w != "" {
			line += " under cover of " + w
		}
	case DomainAssociation, AssociateAlias:
	}
	return line
}

func pointIntent(name string, side cutover.Side, id string) string {
	return fmt.Sprintf("point the records of %s at %s (%s)", name, side, id)
}

func retimeIntent(name string, lower bool, ttl int64) string {
	if lower {
		return fmt.Sprintf("lower the TTL of the CNAME of %s to %d s, and wait until resolvers know", name, ttl)
	}
	return fmt.Sprintf("raise the TTL of the CNAME of %s to %d s again", name, ttl)
}

func verifyIntent(when When, side cutover.Side) string {
	if when == BeforeMove {
		return fmt.Sprintf("verify %s before it gets traffic", side)
	}
	return fmt.Sprintf("verify %s under traffic", side)
}
