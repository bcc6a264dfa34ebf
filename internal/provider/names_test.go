package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// One policy check reads every plan: an attribute of a name that resources share is of one
// type wherever it stands.
func TestWhatIsCalledAlikeIsOfOneType(t *testing.T) {
	t.Parallel()
	list, number := tftypes.List{ElementType: tftypes.Number}, tftypes.Number
	want := map[string]tftypes.Type{
		"steps":   tftypes.List{ElementType: tftypes.String},                                  // what a plan intends
		"weights": list, "weight": number, "current_weight": number, "settled_weight": number, // percent
		"current_weights": tftypes.Map{ElementType: tftypes.Number},
		"events": tftypes.List{ElementType: tftypes.Object{AttributeTypes: map[string]tftypes.Type{ // what a run did
			"at": tftypes.String, "step": tftypes.String, "why": tftypes.String, "result": tftypes.String, "seconds": number, "request_id": tftypes.String,
		}}},
		"bake_time": tftypes.String,                                    // a duration
		"ttl":       number, "idle_ttl": number, "maximum_ttl": number, // seconds
	}
	all := schemas(t)
	seen := map[string]int{}
	var walk func(at string, typ tftypes.Type)
	walk = func(at string, typ tftypes.Type) {
		switch typ := typ.(type) {
		case tftypes.Object:
			for name, a := range typ.AttributeTypes {
				if w, shared := want[name]; shared {
					if seen[name]++; !a.Equal(w) {
						t.Errorf("%s.%s is %s, and elsewhere %s", at, name, a, w)
					}
				}
				walk(at+"."+name, a)
			}
		case tftypes.List:
			walk(at, typ.ElementType)
		case tftypes.Set:
			walk(at, typ.ElementType)
		case tftypes.Map:
			walk(at, typ.ElementType)
		}
	}
	for name, s := range all.ResourceSchemas {
		walk(name, s.ValueType())
		if o, ok := s.ValueType().(tftypes.Object); !ok || o.AttributeTypes["steps"] == nil {
			t.Errorf("%s has no steps: a policy check cannot read what its plan intends", name)
		}
	}
	for name, s := range all.DataSourceSchemas {
		walk(name, s.ValueType())
	}
	for name := range want {
		if seen[name] == 0 {
			t.Errorf("no resource has %s any more: take it out of the table", name)
		}
	}
}
