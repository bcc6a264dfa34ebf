package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ReadResource implements tfprotov6.ResourceServer. It answers in JSON instead of msgpack:
// Terraform since 1.10 compares the state of before and after a refresh in memory, the
// precision of numbers included; a number from the state file has another one than the
// same number from msgpack, and `plan -refresh-only -detailed-exitcode` says 2 with "No
// changes" (hashicorp/terraform#37406). From JSON both have the same.
func (s *server) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	s.walk.Refreshes()
	resp, err := s.protocol.ReadResource(ctx, req)
	if err != nil || resp.NewState == nil {
		return resp, err
	}
	types, err := s.types(ctx)
	if err != nil {
		return nil, err
	}
	typ, ok := types[req.TypeName]
	if !ok {
		return resp, nil // the framework has said that there is no such resource
	}
	state, err := resp.NewState.Unmarshal(typ)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", req.TypeName, err)
	}
	plain, err := plainly(state)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", req.TypeName, err)
	}
	raw, err := json.Marshal(plain)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", req.TypeName, err)
	}
	resp.NewState = &tfprotov6.DynamicValue{JSON: raw}
	return resp, nil
}

// resourceTypes are the types of all resources, by name: the same for every server that
// has no others.
var resourceTypes = sync.OnceValues(func() (map[string]tftypes.Type, error) { return typesIn(context.Background(), World{}) })

func typesIn(ctx context.Context, w World) (map[string]tftypes.Type, error) {
	s, err := providerserver.NewProtocol6WithError(NewIn(w, "")())()
	if err != nil {
		return nil, err
	}
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	out := map[string]tftypes.Type{}
	for name, schema := range all.ResourceSchemas {
		out[name] = schema.ValueType()
	}
	return out, nil
}

// plainly is a wholly known value as package json prints it. No resource has an attribute
// of a dynamic type, whose value would have to be sent with its type.
func plainly(v tftypes.Value) (any, error) {
	if v.IsNull() {
		return nil, nil //nolint:nilnil // null is what it is
	}
	switch typ := v.Type(); {
	case !v.IsKnown():
		return nil, errors.New("a refresh left something unknown")
	case typ.Is(tftypes.String):
		var out string
		err := v.As(&out)
		return out, err
	case typ.Is(tftypes.Bool):
		var out bool
		err := v.As(&out)
		return out, err
	case typ.Is(tftypes.Number):
		out := new(big.Float)
		err := v.As(&out)
		return json.RawMessage(out.Text('f', -1)), err
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var members map[string]tftypes.Value
		if err := v.As(&members); err != nil {
			return nil, err
		}
		out := map[string]any{}
		for name, member := range members {
			var err error
			if out[name], err = plainly(member); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		var elements []tftypes.Value
		if err := v.As(&elements); err != nil {
			return nil, err
		}
		out := make([]any, len(elements))
		for i, element := range elements {
			var err error
			if out[i], err = plainly(element); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}
