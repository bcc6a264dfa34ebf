package fwtypes

import (
	"maps"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Settled returns a schema whose nested attributes say what type they have instead of putting it together from their
// parts. The framework asks for it at each value of a plan and of a state, several times, which was a tenth of the
// work of planning: nothing else changes. It is made when it is first asked for, once for all providers of a process.
func Settled(of func() schema.Schema) func() schema.Schema {
	return sync.OnceValue(func() schema.Schema {
		s := of()
		s.Attributes = settled(s.Attributes)
		return s
	})
}

func settled(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	out := maps.Clone(attributes)
	for name, a := range out {
		switch a := a.(type) {
		case schema.SingleNestedAttribute:
			a.Attributes = settled(a.Attributes)
			if a.CustomType == nil {
				a.CustomType = types.ObjectType{AttrTypes: TypesOf(a.Attributes)}
			}
			out[name] = a
		case schema.ListNestedAttribute:
			a.NestedObject = settledObject(a.NestedObject)
			out[name] = a
		case schema.MapNestedAttribute:
			a.NestedObject = settledObject(a.NestedObject)
			out[name] = a
		case schema.SetNestedAttribute:
			a.NestedObject = settledObject(a.NestedObject)
			out[name] = a
		}
	}
	return out
}

func settledObject(o schema.NestedAttributeObject) schema.NestedAttributeObject {
	o.Attributes = settled(o.Attributes)
	if o.CustomType == nil {
		o.CustomType = types.ObjectType{AttrTypes: TypesOf(o.Attributes)}
	}
	return o
}
