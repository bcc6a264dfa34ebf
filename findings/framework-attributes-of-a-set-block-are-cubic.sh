#!/usr/bin/env bash
# terraform-plugin-framework: validating a set block of n attributes allocates in proportion to the cube of n
#
# VERSIONS   github.com/hashicorp/terraform-plugin-framework v1.19.0, terraform-plugin-go v0.31.0. Go 1.26.
# EXPECTED   A block of twice as many optional attributes, of which one is written, takes twice the work to validate, or
#            four times at worst; and it makes no difference whether the block is in a list or in a set.
# BEHAVIOUR  In a set the place of an attribute has the whole element in it, because that is its key. Each attribute's
#            place is printed as text for a logger, whether anybody logs or not, so each of n attributes prints n attributes,
#            more than once for each. One element with 200 attributes takes hundreds of megabytes and, on two cores,
#            seconds. hashicorp/aws has such a block, `endpoints`, with one attribute for each service: writing it
#            costs tens of seconds with every command of a CLI, and AWS_ENDPOINT_URL says the same for nothing.
# SEEN       100 to 200 attributes: a list allocates 3.8 times as much, a set 6.9 times (61 MiB to 418 MiB)
#
# Run it from anywhere; it fails when a set of twice the attributes takes less than five times as much, or a list more.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<'MOD'
module finding

go 1.26
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A wide provider has one block of n optional texts.
type wide struct {
	n     int
	inSet bool
}

func (wide) Metadata(context.Context, provider.MetadataRequest, *provider.MetadataResponse) {}
func (wide) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (wide) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (wide) Resources(context.Context) []func() resource.Resource       { return nil }

func (w wide) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	texts := map[string]schema.Attribute{}
	for i := range w.n {
		texts[fmt.Sprintf("service%03d", i)] = schema.StringAttribute{Optional: true}
	}
	var block schema.Block = schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: texts}}
	if w.inSet {
		block = schema.SetNestedBlock{NestedObject: schema.NestedBlockObject{Attributes: texts}}
	}
	resp.Schema.Blocks = map[string]schema.Block{"endpoints": block}
}

// allocates is how many bytes it takes to validate the block with one text written.
func allocates(w wide) float64 {
	types, values := map[string]tftypes.Type{}, map[string]tftypes.Value{}
	for i := range w.n {
		name := fmt.Sprintf("service%03d", i)
		types[name], values[name] = tftypes.String, tftypes.NewValue(tftypes.String, nil)
	}
	values["service000"] = tftypes.NewValue(tftypes.String, "http://127.0.0.1:4566")
	element := tftypes.Object{AttributeTypes: types}
	var blocks tftypes.Type = tftypes.List{ElementType: element}
	if w.inSet {
		blocks = tftypes.Set{ElementType: element}
	}
	whole := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"endpoints": blocks}}
	config, err := tfprotov5.NewDynamicValue(whole, tftypes.NewValue(whole, map[string]tftypes.Value{
		"endpoints": tftypes.NewValue(blocks, []tftypes.Value{tftypes.NewValue(element, values)}),
	}))
	if err != nil {
		panic(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	resp, err := providerserver.NewProtocol5(w)().PrepareProviderConfig(context.Background(), &tfprotov5.PrepareProviderConfigRequest{Config: &config})
	runtime.ReadMemStats(&after)
	if err != nil || len(resp.Diagnostics) > 0 {
		panic(fmt.Sprint(err, resp.Diagnostics))
	}
	return float64(after.TotalAlloc - before.TotalAlloc)
}

func main() {
	list := allocates(wide{200, false}) / allocates(wide{100, false})
	set := allocates(wide{200, true}) / allocates(wide{100, true})
	fmt.Printf("twice the attributes: a list allocates %.1f times as much, a set %.1f times\n", list, set)
	if list > 5 || set < 5 {
		os.Exit(1)
	}
}
GO
go get github.com/hashicorp/terraform-plugin-framework@v1.19.0 github.com/hashicorp/terraform-plugin-go@v0.31.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
