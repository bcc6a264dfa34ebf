package behavior

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Setting is a side as people define it: what each of the behaviours has while the side
// is live. Nil means unmanaged, empty means nothing.
type Setting struct {
	Origin    *string           // id of an origin or an origin group
	Origins   map[string]Place  // by id
	Lambdas   map[string]Value  // a version by event
	Functions map[string]string // ARN by event

	CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy *string // ids

	RootObject *string
}

// A Place is where an origin is; nil: wherever.
type Place struct{ Domain, Path *string }

// Define says what sides set which fields to. At an event that only another side has a
// function for, a side has none.
func Define(patterns []Pattern, sides map[cutover.Side]Setting) map[cutover.Side]Definition {
	lambdas, functions := map[string]bool{}, map[string]bool{}
	for _, s := range sides {
		for event := range s.Lambdas {
			lambdas[event] = true
		}
		for event := range s.Functions {
			functions[event] = true
		}
	}
	out := map[cutover.Side]Definition{}
	for side, s := range sides {
		d := Definition{}
		set := func(f Field, text *string) {
			if text != nil {
				d[f] = Value{Text: *text}
			}
		}
		for _, p := range patterns {
			set(Field{Name: TargetOrigin, Behavior: p}, s.Origin)
			set(Field{Name: CachePolicy, Behavior: p}, s.CachePolicy)
			set(Field{Name: OriginRequestPolicy, Behavior: p}, s.OriginRequestPolicy)
			set(Field{Name: ResponseHeadersPolicy, Behavior: p}, s.ResponseHeadersPolicy)
			for event := range lambdas {
				if s.Lambdas != nil {
					d[Field{Name: Lambda, Behavior: p, Event: event}] = s.Lambdas[event]
				}
			}
			for event := range functions {
				if s.Functions != nil {
					d[Field{Name: Function, Behavior: p, Event: event}] = Value{Text: s.Functions[event]}
				}
			}
		}
		for id, place := range s.Origins {
			set(Field{Name: OriginPath, Origin: id}, place.Path)
			if place.Domain != nil {
				d[Field{Name: OriginDomain, Origin: id}] = Value{Text: strings.ToLower(*place.Domain)}
			}
		}
		set(Field{Name: RootObject}, s.RootObject)
		out[side] = d
	}
	return out
}

// Wrong classifies what is wrong with a definition, whatever AWS shows.
type Wrong string

// What may be wrong.
const (
	// NoBehaviors: there is nothing to switch.
	NoBehaviors Wrong = "no_behaviors"
	// BadPattern: CloudFront has no such path pattern.
	BadPattern Wrong = "bad_pattern"
	// PatternTwice: two patterns are one to CloudFront.
	PatternTwice Wrong = "pattern_twice"
	// NoFields: a side says nothing.
	NoFields Wrong = "no_fields"
	// FieldsDiffer: a side does not name a field that another one names.
	FieldsDiffer Wrong = "fields_differ"
	// SidesEqual: two sides say the same.
	SidesEqual Wrong = "sides_equal"
	// BadVersion: it is no ARN of a numbered version of a Lambda function.
	BadVersion Wrong = "bad_version"
	// BadRegion: the Lambda function is not in us-east-1.
	BadRegion Wrong = "bad_region"
	// BadEvent: there is no such event, or not for this kind of function.
	BadEvent Wrong = "bad_event"
	// BothKinds: Lambda@Edge and a CloudFront Function are both to run on viewer events.
	BothKinds Wrong = "both_kinds"
	// RootElsewhere: the default root object is switched, and the default behaviour is not.
	RootElsewhere Wrong = "root_elsewhere"
	// BadPath: it is no path of an origin.
	BadPath Wrong = "bad_path"
	// BadRoot: it is no default root object.
	BadRoot Wrong = "bad_root"
	// Empty: the field has to be something.
	Empty Wrong = "empty"
)

// A Mistake is something wrong.
type Mistake struct {
	Wrong       Wrong
	Side, Other cutover.Side
	Field       Field
	Text        string // what was written
	Why         string
}

// Error implements error. It is for logs; diagnostics word mistakes themselves.
func (m Mistake) Error() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %s", m.Wrong, m.Side, m.Text, m.Why)), " ")
}

// The events. Source: CloudFront API reference, EventType.
const (
	ViewerRequest  = "viewer-request"
	ViewerResponse = "viewer-response"
	OriginRequest  = "origin-request"
	OriginResponse = "origin-response"
)

// maxOriginPath is in characters. Source: CloudFront API reference, Origin.
const maxOriginPath = 255

// Mistakes lists what is wrong with a spec, in a fixed order.
func Mistakes(spec Spec) []Mistake {
	var out []Mistake
	if len(spec.Patterns) == 0 {
		out = append(out, Mistake{Wrong: NoBehaviors})
	}
	for i, p := range spec.Patterns {
		at := Mistake{Field: Field{Behavior: p}, Text: string(p), Why: p.Illegal()}
		switch {
		case p != Default && at.Why != "":
			at.Wrong = BadPattern
		case slices.Contains(spec.Patterns[:i], p):
			at.Wrong = PatternTwice
		default:
			continue
		}
		out = append(out, at)
	}
	sides := slices.Sorted(maps.Keys(spec.Sides))
	for i, side := range sides {
		d := spec.Sides[side]
		if len(d) == 0 {
			out = append(out, Mistake{Wrong: NoFields, Side: side})
		}
		for _, other := range sides[:i] {
			if m, differ := compareSides(spec, other, side); differ {
				out = append(out, m)
			}
		}
		for _, f := range d.Fields() {
			if m := mistaken(spec, f, d[f]); m.Wrong != "" {
				m.Side, m.Field, m.Text = side, f, d[f].Text
				out = append(out, m)
			}
		}
		for _, p := range spec.Patterns {
			if lambda, function := viewers(d, p); lambda != "" && function != "" {
				out = append(out, Mistake{Wrong: BothKinds, Side: side, Field: Field{Name: Lambda, Behavior: p, Event: lambda}, Text: function})
			}
		}
	}
	return out
}

func compareSides(spec Spec, one, other cutover.Side) (Mistake, bool) {
	a, b := spec.Sides[one], spec.Sides[other]
	for _, f := range a.Fields() {
		if _, ok := b[f]; !ok {
			return Mistake{Wrong: FieldsDiffer, Side: other, Other: one, Field: f}, true
		}
	}
	for _, f := range b.Fields() {
		if _, ok := a[f]; !ok {
			return Mistake{Wrong: FieldsDiffer, Side: one, Other: other, Field: f}, true
		}
	}
	return Mistake{Wrong: SidesEqual, Side: other, Other: one}, len(a) > 0 && maps.Equal(a, b)
}

// mistaken says what is wrong with one field by itself.
func mistaken(spec Spec, f Field, v Value) (m Mistake) {
	switch f.Name {
	case TargetOrigin, OriginDomain, CachePolicy:
		if v.Text == "" {
			m.Wrong = Empty
		}
	case OriginPath:
		switch {
		case v.Text == "":
		case !strings.HasPrefix(v.Text, "/"):
			m.Wrong, m.Why = BadPath, "it does not begin with a slash"
		case strings.HasSuffix(v.Text, "/"):
			m.Wrong, m.Why = BadPath, "it ends with a slash"
		case len(v.Text) > maxOriginPath:
			m.Wrong, m.Why = BadPath, "it is longer than 255 characters"
		}
	case RootObject:
		switch {
		case !slices.Contains(spec.Patterns, Default):
			m.Wrong = RootElsewhere
		case strings.HasPrefix(v.Text, "/"):
			m.Wrong, m.Why = BadRoot, "it begins with a slash"
		}
	case Lambda:
		known := []string{ViewerRequest, OriginRequest, OriginResponse, ViewerResponse}
		switch arn, ok := ParseLambda(v.Text); {
		case !slices.Contains(known, f.Event):
			m.Wrong = BadEvent
		case v.Text == "":
		case !ok:
			m.Wrong = BadVersion
		case arn.Region != lambdaRegion:
			m.Wrong = BadRegion
		}
	case Function:
		if f.Event != ViewerRequest && f.Event != ViewerResponse {
			m.Wrong = BadEvent
		}
	case OriginRequestPolicy, ResponseHeadersPolicy:
	}
	return m
}

// viewers finds a viewer event at which a behaviour runs a Lambda function, and one at
// which it runs a CloudFront Function. CloudFront has no behaviour with both. Source:
// Developer Guide, restrictions on edge functions.
func viewers(d Definition, p Pattern) (lambda, function string) {
	for _, event := range []string{ViewerResponse, ViewerRequest} {
		if d[Field{Name: Lambda, Behavior: p, Event: event}].Text != "" {
			lambda = event
		}
		if d[Field{Name: Function, Behavior: p, Event: event}].Text != "" {
			function = event
		}
	}
	return lambda, function
}

// lambdaRegion is where functions of Lambda@Edge are. Source: Developer Guide.
const lambdaRegion = "us-east-1"

// An ARN is that of a numbered version of a Lambda function.
type ARN struct{ Partition, Region, Account, Function, Version string }

// ParseLambda reads the ARN of a version of a Lambda function. It is not ok for $LATEST,
// an alias, and a function without a version: CloudFront takes none of those.
func ParseLambda(text string) (ARN, bool) {
	const parts = 8 // arn:aws:lambda:region:account:function:name:version
	p := strings.Split(text, ":")
	if len(p) != parts || p[0] != "arn" || p[2] != "lambda" || p[5] != "function" {
		return ARN{}, false
	}
	digits := p[7] != "" && strings.Trim(p[7], "0123456789") == ""
	return ARN{p[1], p[3], p[4], p[6], p[7]}, digits && p[6] != ""
}

// Short is how people call the version.
func (a ARN) Short() string { return a.Function + ":" + a.Version }

// sameFunction says whether two ARNs are of versions of one function.
func sameFunction(a, b string) bool {
	x, ok := ParseLambda(a)
	y, too := ParseLambda(b)
	x.Version, y.Version = "", ""
	return ok && too && x == y
}
