package provider_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// A refresh says in JSON what it was told in any form, and loses nothing of the protocol.
func TestARefreshIsAnsweredInJSON(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := provider.NewServer(provider.World{Clock: clock.System{}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []func() bool{
		func() bool { _, ok := s.(tfprotov6.ListResourceServer); return ok },
		func() bool { _, ok := s.(tfprotov6.ActionServer); return ok },
		func() bool { _, ok := s.(tfprotov6.StateStoreServer); return ok },
	} {
		if !part() {
			t.Error("a part of the protocol is lost")
		}
	}
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range all.ResourceSchemas {
		typ, ok := schema.ValueType().(tftypes.Object)
		if !ok {
			t.Fatalf("%s is a %T", name, schema.ValueType())
		}
		values := map[string]tftypes.Value{}
		for attribute, of := range typ.AttributeTypes {
			values[attribute] = filled(of)
		}
		state := tftypes.NewValue(typ, values)
		sent, err := tfprotov6.NewDynamicValue(typ, state)
		if err != nil {
			t.Fatal(err)
		}
		// A provider that is not configured yet cannot ask anybody, and keeps what there is.
		// Where it misses an identity it says so, and that is another test's business.
		got, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: name, CurrentState: &sent})
		if err != nil {
			t.Fatal(name, err)
		}
		back, err := got.NewState.Unmarshal(typ)
		if err != nil || !back.Equal(state) || len(got.NewState.MsgPack) > 0 || !json.Valid(got.NewState.JSON) {
			t.Errorf("%s: %v\n%s", name, err, got.NewState.JSON)
		}
	}
}

// filled is a value of a type with something in every part of it.
func filled(typ tftypes.Type) tftypes.Value {
	switch t := typ.(type) {
	case tftypes.Object:
		out := map[string]tftypes.Value{}
		for name, of := range t.AttributeTypes {
			out[name] = filled(of)
		}
		return tftypes.NewValue(typ, out)
	case tftypes.Map:
		return tftypes.NewValue(typ, map[string]tftypes.Value{"one": filled(t.ElementType)})
	case tftypes.List:
		return tftypes.NewValue(typ, []tftypes.Value{filled(t.ElementType)})
	case tftypes.Set:
		return tftypes.NewValue(typ, []tftypes.Value{filled(t.ElementType)})
	}
	switch {
	case typ.Is(tftypes.Number):
		return tftypes.NewValue(typ, 2.5)
	case typ.Is(tftypes.Bool):
		return tftypes.NewValue(typ, true)
	}
	return tftypes.NewValue(typ, nil)
}
