package acctest

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// Data does what Terraform's core does with one data source, in process and on any
// clock. Each read starts a provider of its own, as the CLI does.
type Data struct {
	Type     string
	Provider Config // of the provider block
	World    provider.World
	Defers   bool // core says that it can put off what is not known yet
}

// NewData returns a core for one type of data source.
func NewData(typ string, c clock.Clock, rt http.RoundTripper) *Data {
	return &Data{
		Type: typ, World: provider.World{Clock: c, Transport: rt},
		Provider: Config{"access_key": "AKIDPROVIDER", "secret_key": "secret", "region": "us-east-1", "poll_interval": "15s"},
	}
}

// An Answer is what reading a data source came to.
type Answer struct {
	Value    tftypes.Value // null with an error
	Deferred bool
	Diags    Diagnostics
}

// Read validates a configuration and reads it. The error reports what core would
// call a bug of the provider.
func (d *Data) Read(ctx context.Context, config Config) (Answer, error) {
	s, err := provider.NewServer(d.World, "test")
	if err != nil {
		return Answer{}, err
	}
	return d.read(ctx, s, config, func() (Diagnostics, error) { return configure(ctx, s, d.Provider) })
}

// read reads by a provider that configure configures.
func (d *Data) read(ctx context.Context, s tfprotov6.ProviderServer, config Config, configure func() (Diagnostics, error)) (Answer, error) {
	var out Answer
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return out, err
	}
	schema := all.DataSourceSchemas[d.Type]
	if schema == nil {
		return out, fmt.Errorf("the provider has no data source %s", d.Type)
	}
	typ := schema.ValueType()
	given, err := value(typ, map[string]any(config))
	if err != nil {
		return out, err
	}
	dv, err := tfprotov6.NewDynamicValue(typ, given)
	if err != nil {
		return out, err
	}
	valid, err := s.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: d.Type, Config: &dv})
	if err != nil {
		return out, err
	}
	if out.Diags = valid.Diagnostics; len(out.Diags.Errors()) > 0 || !given.IsFullyKnown() {
		out.Deferred = len(out.Diags.Errors()) == 0 // core reads it in apply
		return out, nil
	}
	said, err := configure()
	if err != nil {
		return out, err
	}
	if out.Diags = append(out.Diags, said...); len(out.Diags.Errors()) > 0 {
		return out, nil
	}
	resp, err := s.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: d.Type, Config: &dv, ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: d.Defers},
	})
	if err != nil {
		return out, err
	}
	if out.Diags = append(out.Diags, resp.Diagnostics...); len(out.Diags.Errors()) > 0 {
		return out, nil
	}
	if out.Deferred = resp.Deferred != nil; out.Deferred {
		return out, nil
	}
	if out.Value, err = resp.State.Unmarshal(typ); err != nil {
		return out, err
	}
	if out.Value.IsNull() || !out.Value.IsFullyKnown() {
		return out, fmt.Errorf("provider produced an invalid object: %s", out.Value)
	}
	return out, kept(given, out.Value)
}

// kept is core's rule: what configuration sets is answered as configured.
func kept(config, got tftypes.Value) error {
	var was, is map[string]tftypes.Value
	if err := config.As(&was); err != nil {
		return err
	}
	if err := got.As(&is); err != nil {
		return err
	}
	for name, v := range was {
		if !v.IsNull() && !v.Equal(is[name]) {
			return fmt.Errorf("provider produced an invalid object: %s is %s, configured %s", name, is[name], v)
		}
	}
	return nil
}

type openTofuNull struct{}

// OpenTofuNull is how OpenTofu sends a null argument: nothing at all.
var OpenTofuNull any = openTofuNull{}

// Call calls a function of the provider. What it answers is a string, a bool,
// whole numbers, or an error about an argument.
func Call(ctx context.Context, name string, args ...any) (any, *tfprotov6.FunctionError, error) {
	s, err := provider.NewServer(provider.World{}, "test")
	if err != nil {
		return nil, nil, err
	}
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, nil, err
	}
	f := all.Functions[name]
	if f == nil {
		return nil, nil, fmt.Errorf("the provider has no function %s", name)
	}
	req := &tfprotov6.CallFunctionRequest{Name: name}
	for i, a := range args {
		p := f.VariadicParameter
		if i < len(f.Parameters) {
			p = f.Parameters[i]
		}
		if p == nil {
			return nil, nil, fmt.Errorf("%s takes no argument %d", name, i)
		}
		if a == OpenTofuNull {
			req.Arguments = append(req.Arguments, &tfprotov6.DynamicValue{})
			continue
		}
		var v tftypes.Value
		if p.Type.Is(tftypes.DynamicPseudoType) {
			v = infer(a)
		} else if v, err = value(p.Type, a); err != nil {
			return nil, nil, err
		}
		dv, err := tfprotov6.NewDynamicValue(p.Type, v)
		if err != nil {
			return nil, nil, err
		}
		req.Arguments = append(req.Arguments, &dv)
	}
	resp, err := s.CallFunction(ctx, req)
	if err != nil || resp.Error != nil {
		return nil, resp.Error, err
	}
	out, err := resp.Result.Unmarshal(f.Return.Type)
	if err != nil {
		return nil, nil, err
	}
	if f.Return.Type.Is(tftypes.Bool) {
		var b bool
		err = out.As(&b)
		return b, nil, err
	}
	if f.Return.Type.Is(tftypes.List{ElementType: tftypes.Number}) {
		numbers, err := numbers(out)
		return numbers, nil, err
	}
	var text string
	err = out.As(&text)
	return text, nil, err
}

func numbers(list tftypes.Value) ([]int64, error) {
	var elements []tftypes.Value
	if err := list.As(&elements); err != nil {
		return nil, err
	}
	out := make([]int64, len(elements))
	for i, e := range elements {
		n := new(big.Float)
		if err := e.As(n); err != nil {
			return nil, err
		}
		out[i], _ = n.Int64()
	}
	return out, nil
}

// infer builds the value that HCL would make of a literal.
func infer(v any) tftypes.Value {
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(tftypes.DynamicPseudoType, nil)
	case []any:
		types, values := []tftypes.Type{}, []tftypes.Value{}
		for _, x := range v {
			e := infer(x)
			types, values = append(types, e.Type()), append(values, e)
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: types}, values)
	case map[string]any:
		types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			values[k] = infer(v[k])
			types[k] = values[k].Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: types}, values)
	case bool:
		return tftypes.NewValue(tftypes.Bool, v)
	default:
		return tftypes.NewValue(tftypes.String, v)
	}
}
