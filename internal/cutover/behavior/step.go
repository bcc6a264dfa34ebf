package behavior

import (
	"fmt"
	"slices"
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

// Edit changes fields of the distribution in one write (UpdateDistribution).
type Edit struct {
	Distribution string
	Side         cutover.Side
	Patterns     []Pattern
	Changes      []Change // sorted by field, at least one
	// Alone: nobody may ask whether a version is Active, so AWS may refuse the write for a
	// while, and no other edit is to wait for that.
	Alone   bool
	summary string
	why     string
}

// A Change sets a field that has one value to another.
type Change struct {
	Field    Field
	From, To Value
}

// When says on which side of the edit a gate stands.
type When string

// The two gates of a switch.
const (
	BeforeEdit When = "before"
	AfterEdit  When = "after"
)

// Verify gathers evidence.
type Verify struct {
	When When
	Side cutover.Side
}

// Warm asks for paths, so that edge locations hold them when viewers come. One host asks
// one location.
type Warm struct {
	Paths []string
	Side  cutover.Side
}

// Progress implements Step.
func (Edit) Progress() bool   { return true }
func (Verify) Progress() bool { return true }
func (Warm) Progress() bool   { return true }

// Intent implements Step.
func (s Edit) Intent() string   { return s.summary }
func (s Verify) Intent() string { return verifyIntent(s.When, s.Side) }
func (s Warm) Intent() string   { return warmIntent(s.Paths) }

// Why implements Step.
func (s Edit) Why() string { return s.why }

// Why implements Step.
func (s Verify) Why() string {
	if s.When == BeforeEdit {
		return fmt.Sprintf("no viewer is to be sent to %s before it has been seen to work", s.Side)
	}
	return fmt.Sprintf("%s is live everywhere, and nothing has shown yet that it works under traffic", s.Side)
}

// Why implements Step.
func (s Warm) Why() string {
	return "edge locations have forgotten what they held, and the next viewers would wait for the origin"
}

func (s Edit) String() string {
	return fmt.Sprintf("switching %s of %s to %s", list(s.Patterns), s.Distribution, s.Side)
}

func (s Verify) String() string {
	return fmt.Sprintf("verifying %s %s the edit", s.Side, s.When)
}

func (s Warm) String() string { return "asking for " + strings.Join(s.Paths, ", ") }

// edit is the change of some fields that a spec asks for.
func edit(spec Spec, obs Observation, changes []Change) Edit {
	e := Edit{
		Distribution: spec.Distribution, Side: spec.Live, Patterns: spec.Patterns, Changes: changes,
		summary: editIntent(spec),
	}
	first := changes[0]
	e.why = fmt.Sprintf("%s is %s, and %s asks for %s", first.Field, said(first.From), spec.Live, said(first.To))
	if more := len(changes) - 1; more > 0 {
		e.why += fmt.Sprintf("; so with %d more", more)
	}
	for _, c := range changes {
		e.Alone = e.Alone || c.Field.Name == Lambda && c.To.Text != "" && obs.Lambdas[c.To.Text].State == Unknown
	}
	return e
}

// editIntent is one line for the whole edit, however many fields turn out to differ.
func editIntent(spec Spec) string {
	return fmt.Sprintf("switch %s of %s to %s: %s", list(spec.Patterns), spec.Distribution, spec.Live, spec.Target().Summary())
}

func verifyIntent(when When, side cutover.Side) string {
	if when == BeforeEdit {
		return fmt.Sprintf("verify %s before it gets traffic", side)
	}
	return fmt.Sprintf("verify %s under traffic", side)
}

func warmIntent(paths []string) string { return "ask for " + strings.Join(paths, ", ") }

func list(patterns []Pattern) string {
	out := make([]string, 0, len(patterns))
	for _, p := range patterns {
		out = append(out, string(p))
	}
	return strings.Join(out, ", ")
}

// Summary says what a definition sets, in few words.
func (d Definition) Summary() string {
	var out []string
	for _, f := range d.Fields() {
		if text := summary(f, d[f]); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}

func summary(f Field, v Value) string {
	text := said(v)
	switch f.Name {
	case TargetOrigin:
		return "origin " + text
	case OriginDomain:
		return "origin " + f.Origin + " at " + text
	case OriginPath:
		return "origin " + f.Origin + " under " + text
	case RootObject:
		return "default root object " + text
	case Lambda, Function:
		if v.Body {
			text += " with the body"
		}
		return text + " at " + f.Event
	case CachePolicy:
		return "cache policy " + text
	case OriginRequestPolicy:
		return "origin request policy " + text
	case ResponseHeadersPolicy:
		return "response headers policy " + text
	}
	return text
}

// said is a value as people call it.
func said(v Value) string {
	if v.Text == "" {
		return "nothing"
	}
	if arn, ok := ParseLambda(v.Text); ok {
		return arn.Short()
	}
	if _, name, ok := strings.Cut(v.Text, ":function/"); ok { // of a CloudFront Function
		return name
	}
	return v.Text
}
