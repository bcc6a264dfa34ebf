package bluegreenswitch_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// The CLI asks for this many resources at a time.
const parallelism = 10

// A plan without changes is one refresh of everything. It is measured on this
// machine's clock, with a network of acctest.RoundTrip between provider and AWS; the memory
// is what the heap of the process grew by, which holds the simulator's work too.
func BenchmarkRefreshOfManySwitches(b *testing.B) {
	ctx := context.Background()
	world := acctest.Hasty()
	world.Knobs.Distributions = 2 * (*switches + 1)
	e := acctest.New(b, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: world})
	ids := make([]string, *switches)
	for i := range ids {
		name := fmt.Sprintf("www-%d.example.com", i)
		e.Certificate = e.Certify(name)
		blue := e.Distribute(fmt.Sprintf("blue-%d", i), func(c *cftypes.DistributionConfig) {
			c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{name}}
		})
		green := e.Distribute(fmt.Sprintf("green-%d", i), nil)
		e.PointByHand(name, blue.Domain, "A", "AAAA")
		ids[i] = fmt.Sprintf("blue=%s,green=%s;%s;example.com=%s", blue.ID, green.ID, name, e.ZoneIDs["example.com"])
	}
	e.Settle()
	s := configured(ctx, b, e)
	states := make([]*tfprotov6.DynamicValue, len(ids))
	each(len(ids), func(i int) {
		resp, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: ids[i]})
		if err != nil || len(resp.ImportedResources) != 1 {
			b.Errorf("importing %s: %v %s", ids[i], err, acctest.Diagnostics(resp.Diagnostics))
			return
		}
		states[i] = resp.ImportedResources[0].State
	})
	if b.Failed() {
		b.FailNow()
	}
	refresh := func(s tfprotov6.ProviderServer) {
		each(len(ids), func(i int) {
			resp, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: resourceType, CurrentState: states[i]})
			if err != nil || slices.ContainsFunc(resp.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
				b.Errorf("refreshing %s: %v %s", ids[i], err, acctest.Diagnostics(resp.Diagnostics))
				return
			}
			states[i] = resp.NewState
		})
	}
	refresh(s) // completes what was imported
	s = configured(ctx, b, e)

	before, calls, clk := heap(), e.World.Journal().Seq(), clock.System{}
	began := clk.Now()
	refresh(s)
	took := clk.Now().Sub(began)
	after := heap()
	n := float64(len(e.Calls(calls)))
	name := fmt.Sprintf("refresh of %d switches on %d distributions: ", len(ids), 2*len(ids))
	figure.Report(b,
		figure.Plain(name+"calls", n, "calls"),
		figure.Plain(name+"calls per switch", n/float64(len(ids)), "calls"),
		figure.Plain(name+fmt.Sprintf("time, with %s to AWS and back", acctest.RoundTrip), took.Seconds(), "s"),
		figure.Plain(name+"memory", float64(after-before)/(1<<20), "MiB"),
	)
	runtime.KeepAlive(s)
}

// heap is what is reachable, after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // far below
}

// each does something as often as asked, as many at a time as the CLI would.
func each(n int, do func(i int)) {
	var working sync.WaitGroup
	next := make(chan int)
	for range parallelism {
		working.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	working.Wait()
}

// configured is one provider process, as a run of the CLI starts it.
func configured(ctx context.Context, b *testing.B, e *acctest.Env) tfprotov6.ProviderServer {
	b.Helper()
	transport := acctest.Distant(e.World.Transport())
	s, err := providerserver.NewProtocol6WithError(provider.NewIn(provider.World{Clock: clock.System{}, Transport: transport}, "test")())()
	if err != nil {
		b.Fatal(err)
	}
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		b.Fatal(err)
	}
	typ, ok := all.Provider.ValueType().(tftypes.Object)
	if !ok {
		b.Fatal("the provider's configuration is no object")
	}
	given := map[string]string{"access_key": "AKIDPROVIDER", "secret_key": "secret", "region": "us-east-1"}
	values := map[string]tftypes.Value{}
	for name, t := range typ.AttributeTypes {
		values[name] = tftypes.NewValue(t, nil)
		if v, ok := given[name]; ok {
			values[name] = tftypes.NewValue(t, v)
		} else if t.Is(tftypes.List{}) {
			values[name] = tftypes.NewValue(t, []tftypes.Value{})
		}
	}
	config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, values))
	if err != nil {
		b.Fatal(err)
	}
	resp, err := s.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: &config})
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range resp.Diagnostics {
		b.Logf("%s: %s: %s", d.Severity, d.Summary, d.Detail)
	}
	return s
}
