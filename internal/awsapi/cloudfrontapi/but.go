package cloudfrontapi

import (
	"slices"
	"strings"
)

// SameBut says whether a distribution has the Content of a snapshot, whatever some fields are
// set to in either.
func (d Distribution) SameBut(snapshot string, fields []Field) bool {
	is, was := configuration(d.raw), configuration([]byte(snapshot))
	if is == nil || was == nil {
		return false
	}
	for _, f := range fields {
		is.forget(f)
		was.forget(f)
	}
	return knownHash(is, owned...) == knownHash(was, owned...)
}

// Otherwise lists those of some fields that a snapshot has otherwise than a distribution, in
// their order.
func (d Distribution) Otherwise(snapshot string, fields []Field) []Field {
	is, was := configuration(d.raw), configuration([]byte(snapshot))
	if is == nil || was == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return is.value(f) == was.value(f) })
}

// value is what a field is set to, "" if there is nothing.
func (e *element) value(f Field) string {
	switch f.Name {
	case FieldRootObject:
		return e.child("DefaultRootObject")
	case FieldOriginDomain, FieldOriginPath:
		for _, o := range e.items("Origins") {
			if o.child("Id") == f.Origin {
				return o.child(originElements[f.Name])
			}
		}
	case FieldTargetOrigin, FieldCachePolicy, FieldOriginRequestPolicy, FieldResponseHeadersPolicy:
		for _, b := range e.behaviors(f.Behavior) {
			return b.child(plainElements[f.Name])
		}
	case FieldLambda:
		return e.associated(f, "LambdaFunctionAssociations", "LambdaFunctionARN")
	case FieldFunction:
		return e.associated(f, "FunctionAssociations", "FunctionARN")
	}
	return ""
}

// associated is what is associated with the event of a field, by the name of its ARN.
func (e *element) associated(f Field, list, arn string) string {
	for _, b := range e.behaviors(f.Behavior) {
		for _, a := range b.items(list) {
			if a.child("EventType") == f.Event {
				return a.child(arn) + strings.TrimPrefix(a.child("IncludeBody"), "false")
			}
		}
	}
	return ""
}

// originElements are what CloudFront calls where an origin is.
var originElements = map[FieldName]string{FieldOriginDomain: "DomainName", FieldOriginPath: "OriginPath"}

// plainElements are what CloudFront calls the settings of a behaviour that are one value each.
var plainElements = map[FieldName]string{
	FieldTargetOrigin: "TargetOriginId", FieldCachePolicy: "CachePolicyId", FieldOriginRequestPolicy: "OriginRequestPolicyId", FieldResponseHeadersPolicy: "ResponseHeadersPolicyId",
}

// forget takes a field out of a configuration, if it is there.
func (e *element) forget(f Field) {
	switch f.Name {
	case FieldRootObject:
		e.drop("DefaultRootObject")
	case FieldOriginDomain, FieldOriginPath:
		for _, o := range e.items("Origins") {
			if o.child("Id") == f.Origin {
				o.drop(originElements[f.Name])
			}
		}
	case FieldTargetOrigin, FieldCachePolicy, FieldOriginRequestPolicy, FieldResponseHeadersPolicy:
		for _, b := range e.behaviors(f.Behavior) {
			b.drop(plainElements[f.Name])
		}
	case FieldLambda:
		for _, b := range e.behaviors(f.Behavior) {
			b.dissociate("LambdaFunctionAssociations", f.Event)
		}
	case FieldFunction:
		for _, b := range e.behaviors(f.Behavior) {
			b.dissociate("FunctionAssociations", f.Event)
		}
	}
}

// behaviors are the elements of the behaviour with a pattern.
func (e *element) behaviors(pattern string) []*element {
	if pattern == DefaultBehavior {
		return e.named("DefaultCacheBehavior")
	}
	return slices.DeleteFunc(e.items("CacheBehaviors"), func(b *element) bool { return slashed(b.child("PathPattern")) != pattern })
}

// dissociate takes what is associated with an event out of a list, and how many there are.
func (e *element) dissociate(list, event string) {
	for _, l := range e.named(list) {
		l.drop("Quantity")
		for _, items := range l.named("Items") {
			items.children = slices.DeleteFunc(items.children, func(a *element) bool { return a.child("EventType") == event })
		}
	}
}

// items are the members of a list.
func (e *element) items(list string) []*element {
	var out []*element
	for _, l := range e.named(list) {
		for _, items := range l.named("Items") {
			out = append(out, items.children...)
		}
	}
	return out
}

func (e *element) named(name string) []*element {
	var out []*element
	for _, c := range e.children {
		if c.name == name {
			out = append(out, c)
		}
	}
	return out
}

func (e *element) drop(name string) {
	e.children = slices.DeleteFunc(e.children, func(c *element) bool { return c.name == name })
}
