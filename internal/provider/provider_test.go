package provider_test

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// schemas are those of everything that the provider has.
func schemas(t *testing.T) *tfprotov6.GetProviderSchemaResponse {
	t.Helper()
	s, err := providerserver.NewProtocol6WithError(provider.New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestSchemasAreValidAndDescribeEveryAttribute(t *testing.T) {
	t.Parallel()
	resp := schemas(t)
	for _, d := range resp.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	described(t, "provider", resp.Provider.Block.Attributes)
	for _, b := range resp.Provider.Block.BlockTypes {
		if b.Block.Description == "" {
			t.Errorf("provider.%s has no description", b.TypeName)
		}
		described(t, "provider."+b.TypeName, b.Block.Attributes)
	}
	for name, r := range resp.ResourceSchemas {
		if r.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		described(t, name, r.Block.Attributes)
	}
	for name, d := range resp.DataSourceSchemas {
		if d.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		described(t, name, d.Block.Attributes)
	}
	for name, a := range resp.ActionSchemas {
		if a.Schema.Block.Description == "" {
			t.Errorf("%s has no description", name)
		}
		described(t, name, a.Schema.Block.Attributes)
	}
	for name, f := range resp.Functions {
		if f.Summary == "" || f.Description == "" {
			t.Errorf("%s has no description", name)
		}
		for _, p := range append(f.Parameters, f.VariadicParameter) {
			if p != nil && p.Description == "" {
				t.Errorf("%s(%s) has no description", name, p.Name)
			}
		}
	}
}

func described(t *testing.T, at string, attributes []*tfprotov6.SchemaAttribute) {
	t.Helper()
	for _, a := range attributes {
		if a.Description == "" {
			t.Errorf("%s.%s has no description", at, a.Name)
		}
		if a.NestedType != nil {
			described(t, at+"."+a.Name, a.NestedType.Attributes)
		}
	}
}

// A provider block may depend on values that only apply brings. Until then every
// plan must work without a single call, also for what exists already.
func TestUnknownConfigurationCallsNobodyAndKeepsState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}})
		c := acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
		config := acctest.Config{
			"aliases": e.Names, "live": "blue",
			"sides": map[string]any{"blue": map[string]any{"distribution_id": e.Blue.ID}, "green": map[string]any{"distribution_id": e.Green.ID}},
		}
		if d := c.MustConverge(ctx, t, config).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		before := e.World.Journal().Seq()
		c.Provider["secret_key"] = acctest.Unknown
		p, err := c.Plan(ctx, config)
		if err != nil || len(p.Diags.Errors()) > 0 || !p.Empty() {
			t.Errorf("plan: %v, empty %v\n%s", err, p.Empty(), p.Diags)
		}
		if calls := e.Calls(before); len(calls) > 0 {
			t.Errorf("called %s", calls[0].Operation)
		}
	})
}

// A CLI before 1.12 hands no identity over, and the framework wants one back, also of what nobody
// could be asked about.
func TestAReadThatMayAskNobodyAnswersWithAnIdentity(t *testing.T) {
	t.Parallel()
	s, err := provider.NewServer(provider.World{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	all := schemas(t)
	ids, err := s.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil || len(ids.IdentitySchemas) == 0 {
		t.Fatal(err, "no noun has an identity")
	}
	for typ := range ids.IdentitySchemas {
		schema := all.ResourceSchemas[typ].ValueType().(tftypes.Object)
		values := map[string]tftypes.Value{}
		for name, is := range schema.AttributeTypes {
			values[name] = tftypes.NewValue(is, nil)
		}
		values["id"] = tftypes.NewValue(tftypes.String, "E1")
		state, err := tfprotov6.NewDynamicValue(schema, tftypes.NewValue(schema, values))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: typ, CurrentState: &state}) // nobody has configured anything
		if err != nil || len(resp.Diagnostics) > 0 || resp.NewIdentity == nil {
			t.Errorf("%s: %v, %v %s", typ, resp.NewIdentity, err, acctest.Diagnostics(resp.Diagnostics))
		}
	}
}

func TestConfiguringCallsNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}})
		c := acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
		if _, err := c.Refresh(context.Background()); err != nil { // no state: nothing but Configure happens
			t.Fatal(err)
		}
		if calls := e.Calls(0); len(calls) > 0 {
			t.Errorf("called %s", calls[0].Operation)
		}
	})
}

// A server that is wrapped must not lose what the framework's own can be asked.
func TestTheServerOffersWhatTheFrameworkDoes(t *testing.T) {
	t.Parallel()
	s, err := provider.NewServer(provider.World{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := s.(tfprotov6.ActionServer); !ok {
		t.Error("no actions")
	}
	if _, ok := s.(tfprotov6.ListResourceServer); !ok {
		t.Error("no list resources")
	}
	plain := providerserver.NewProtocol6(provider.New("test")())()
	if _, can := plain.(tfprotov6.StateStoreServer); can {
		if _, ok := s.(tfprotov6.StateStoreServer); !ok {
			t.Error("no state stores")
		}
	}
	if reflect.TypeOf(s) == reflect.TypeOf(plain) {
		t.Error("it is the framework's own, which lets an interrupted action end as if it were complete")
	}
}
