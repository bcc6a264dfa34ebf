package bluegreenswitch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// The CLI asks for this many resources at a time.
const parallelism = 10

// A fleet is many switches, each on two distributions of its own, and what state has of them.
type fleet struct {
	e      *acctest.Env
	typ    tftypes.Type // of a state
	states []*tfprotov6.DynamicValue
}

// newFleet imports so many switches of names in one zone, under one certificate, and completes
// what was imported.
func newFleet(tb testing.TB, world awssim.Options, size, behaviors int) *fleet {
	tb.Helper()
	ctx := context.Background()
	knobs := knob.Defaults()
	if world.Knobs != nil {
		knobs = *world.Knobs
	}
	knobs.Distributions = 2 * (size + 1)
	world.Knobs = &knobs
	e := acctest.New(tb, acctest.Site{Names: []string{"www.example.com"}, Zones: []string{"example.com"}, World: world})
	e.Certificate = e.Certify("*.example.com")
	cached := func(c *cftypes.DistributionConfig) {
		var items []cftypes.CacheBehavior
		for i := range behaviors {
			items = append(items, cftypes.CacheBehavior{
				PathPattern: aws.String(fmt.Sprintf("/part-%d/*", i)), TargetOriginId: c.DefaultCacheBehavior.TargetOriginId,
				ViewerProtocolPolicy: c.DefaultCacheBehavior.ViewerProtocolPolicy, CachePolicyId: c.DefaultCacheBehavior.CachePolicyId,
			})
		}
		if len(items) > 0 {
			c.CacheBehaviors = &cftypes.CacheBehaviors{Quantity: aws.Int32(int32(len(items))), Items: items} //nolint:gosec // a handful
		}
	}
	f := &fleet{e: e, states: make([]*tfprotov6.DynamicValue, size)}
	ids := make([]string, size)
	for i := range ids {
		name := fmt.Sprintf("www-%d.example.com", i)
		blue := e.Distribute(fmt.Sprintf("blue-%d", i), func(c *cftypes.DistributionConfig) {
			c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{name}}
			cached(c)
		})
		green := e.Distribute(fmt.Sprintf("green-%d", i), cached)
		e.PointByHand(name, blue.Domain, "A", "AAAA")
		ids[i] = fmt.Sprintf("blue=%s,green=%s;%s;example.com=%s", blue.ID, green.ID, name, e.ZoneIDs["example.com"])
	}
	e.Settle()
	s := configured(ctx, tb, provider.World{Transport: e.World.Transport()})
	schemas, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		tb.Fatal(err)
	}
	f.typ = schemas.ResourceSchemas[resourceType].ValueType()
	acctest.Each(parallelism, size, func(i int) {
		resp, err := s.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: ids[i]})
		if err != nil || len(resp.ImportedResources) != 1 {
			tb.Errorf("importing %s: %v %s", ids[i], err, acctest.Diagnostics(resp.Diagnostics))
			return
		}
		f.states[i] = resp.ImportedResources[0].State
	})
	if tb.Failed() {
		tb.FailNow()
	}
	refreshAll(tb, s, f.states)
	return f
}

// refreshAll refreshes switches as a plan does, and takes what it makes of their states.
func refreshAll(tb testing.TB, s tfprotov6.ProviderServer, states []*tfprotov6.DynamicValue) {
	tb.Helper()
	acctest.Each(parallelism, len(states), func(i int) {
		resp, err := s.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{TypeName: resourceType, CurrentState: states[i]})
		if err != nil || slices.ContainsFunc(resp.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError }) {
			tb.Errorf("refreshing the switch %d: %v %s", i, err, acctest.Diagnostics(resp.Diagnostics))
			return
		}
		states[i] = resp.NewState
	})
}

// working measures for how long at least one of its requests was being answered: on the machine's
// clock that is the simulator's own work, which checks each answer, and no work of the provider's.
type working struct {
	inner http.RoundTripper

	mu    sync.Mutex
	now   int // requests
	since time.Time
	total time.Duration
}

// RoundTrip implements http.RoundTripper.
func (w *working) RoundTrip(req *http.Request) (*http.Response, error) {
	w.count(1)
	defer w.count(-1)
	return w.inner.RoundTrip(req)
}

func (w *working) count(more int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := clock.System{}.Now()
	if w.now > 0 {
		w.total += at.Sub(w.since)
	}
	w.now, w.since = w.now+more, at
}

// costs is what a plan without changes costs by a new process, one refresh of everything: the
// time is without that for which AWS works.
func (f *fleet) costs(tb testing.TB, alone bool) (calls float64, took time.Duration) {
	tb.Helper()
	aws := &working{inner: f.e.World.Transport()}
	s := configured(context.Background(), tb, provider.World{Transport: acctest.Distant(aws), Alone: alone})
	clk, before := clock.System{}, f.e.World.Journal().Seq()
	states, began := slices.Clone(f.states), clk.Now()
	refreshAll(tb, s, states)
	took = clk.Now().Sub(began) - aws.total
	for i, state := range states {
		was, err := f.states[i].Unmarshal(f.typ)
		is, err2 := state.Unmarshal(f.typ)
		if err != nil || err2 != nil || !is.Equal(was) {
			tb.Errorf("the refresh of the switch %d changed its state", i)
		}
	}
	return float64(len(f.e.Calls(before))), took
}

// mostCalls is what the page says that a plan of so many switches takes at most.
var mostCalls = []struct{ switches, calls, alone int }{{1, 6, 7}, {10, 12, 52}, {100, 20, 502}, {500, 35, 2502}, {2000, 75, 10002}}

func TestTheGuideShowsWhatAPlanOfManyCosts(t *testing.T) {
	t.Parallel()
	var rows []picture.Row
	for _, m := range mostCalls {
		golden.Row(t, "../../../templates/resources/bluegreen_switch.md.tmpl", fmt.Sprintf("| %s | %s | %s |", thousands(m.switches), thousands(m.calls), thousands(m.alone)))
		rows = append(rows, picture.Row{
			Label: thousands(m.switches), Spans: []picture.Span{{To: float64(m.calls), Tone: picture.Green}},
			Points: []picture.Point{{At: float64(m.calls), Tone: picture.Dark, Text: fmt.Sprintf("%d, and %s each switch for itself", m.calls, thousands(m.alone))}},
		})
	}
	shows(t, "refresh.svg", picture.Chart{
		Title: "Calls of a plan without changes, by the number of switches", Width: 760, To: 130, Axis: "calls to AWS, at most",
		Panels: []picture.Panel{{Title: "Switches, each with one name on two distributions", Tall: 16, Rows: rows}},
	})
}

// thousands writes a number as pages do.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

// What a plan of many switches costs, with a network of acctest.RoundTrip between provider and
// AWS, beside builds in which every refresh looks for itself, in virtual time.
func TestFiguresOfARefresh(t *testing.T) { //nolint:paralleltest // it measures
	sizes := []int{1, 10, 40}
	if *switches > sizes[2] {
		sizes = []int{1, 10, 100, 500, 2000}
	}
	calls := map[int]float64{}
	for _, size := range sizes {
		synctest.Test(t, func(t *testing.T) {
			f := newFleet(t, awssim.Options{}, size, 0)
			with, took := f.costs(t, false)
			calls[size] = with
			about := fmt.Sprintf("refresh of %d switches on %d distributions: ", size, 2*size)
			figures := []figure.Figure{figure.Plain(about+"time", took.Seconds(), "s")}
			if size <= 500 { // what is far more than that takes minutes each for itself
				without, slow := f.costs(t, true)
				figures = append(figures, figure.AtMost(about+"calls", with, "calls", min(most(size), without)),
					figure.Plain(about+"calls, each switch for itself", without, "calls"), figure.Plain(about+"time, each switch for itself", slow.Seconds(), "s"))
				if size >= 500 {
					figures = append(figures, figure.AtMost(about+"share of the time that it takes each for itself", took.Seconds()/slow.Seconds(), "", 0.1))
				}
			} else {
				figures = append(figures, figure.AtMost(about+"calls", with, "calls", most(size)))
			}
			f.e.World.Turn(func(k *knob.Knobs) { k.ReadsPerSecond, k.ReadBurst = 5, 20 })
			if size >= 40 && size <= 500 {
				sleep(time.Minute)
				_, took = f.costs(t, false)
				figures = append(figures, figure.AtMost(about+"time where 5 reads a second are answered", took.Seconds(), "s", 15))
			}
			figure.Report(t, figures...)
			for _, x := range figures {
				if !x.OK {
					t.Errorf("%s: %g, want %s", x.Name, x.Value, x.Bound)
				}
			}
		})
	}
	if slope := (calls[2000] - calls[500]) / 1500; calls[2000] > 0 {
		figure.Report(t, figure.AtMost("refresh of 500 to 2000 switches: calls for each one more", slope, "calls", 0.03))
		if slope > 0.03 {
			t.Errorf("%g calls for each switch more", slope)
		}
	}
}

// most is what the page says of so many switches, or of the next number that it has.
func most(size int) float64 {
	for _, m := range mostCalls {
		if m.switches >= size {
			return float64(m.calls)
		}
	}
	return 0
}

// What only `make bench` looks at would be noticed late: the process of its own has to reach AWS.
func TestTheMemoryOfARefreshCanBeMeasured(t *testing.T) {
	t.Parallel()
	if peak := newFleet(t, acctest.Hasty(), 1, 0).peak(t); peak <= 0 || peak > 64 {
		t.Errorf("%g MiB", peak)
	}
}

// The same on this machine's clock, on which the provider's own work takes time.
func BenchmarkRefreshOfManySwitches(b *testing.B) {
	f := newFleet(b, acctest.Hasty(), *switches, 20)
	_, took := f.costs(b, false)
	_, slow := f.costs(b, true)
	about := fmt.Sprintf("refresh of %d switches, on this machine and without the simulator's work: ", *switches)
	figure.Report(b, figure.Plain(about+"time", took.Seconds(), "s"), figure.Plain(about+"time, each switch for itself", slow.Seconds(), "s"),
		figure.AtMost(about+"share of it", took.Seconds()/slow.Seconds(), "", 0.1), figure.AtMost(about+"peak of memory above the start, with 20 behaviours in each distribution", f.peak(b), "MiB", 64))
}

// Names of the environment by which a process of its own is told what to refresh.
const (
	refreshStates = "CDN_TEST_REFRESH_STATES"
	refreshAt     = "CDN_TEST_REFRESH_AT"
)

// peak is by how many MiB the memory of a process grows at most that does nothing but refresh
// the fleet: this one has the simulator in it.
func (f *fleet) peak(tb testing.TB) float64 {
	tb.Helper()
	aws := httptest.NewServer(f.e.World.Control())
	defer aws.Close()
	raw, err := json.Marshal(f.states)
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "states.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		tb.Fatal(err)
	}
	child := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestRefreshingByItself$", "-test.v")
	child.Env = append(figure.Environ(), refreshStates+"="+file, refreshAt+"="+aws.URL)
	out, err := child.CombinedOutput()
	if err != nil {
		tb.Fatalf("%v\n%s", err, out)
	}
	found, err := figure.Read(string(out))
	if err != nil || len(found) != 1 {
		tb.Fatalf("%v\n%s", err, out)
	}
	return found[0].Value
}

// TestRefreshingByItself is the process that peak starts.
func TestRefreshingByItself(t *testing.T) { // alone: it sets the environment
	file := os.Getenv(refreshStates)
	if file == "" {
		t.Skip("it is started by BenchmarkRefreshOfManySwitches")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var states []*tfprotov6.DynamicValue
	if err := json.Unmarshal(raw, &states); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_ENDPOINT_URL", os.Getenv(refreshAt)) // tests begin without variables of AWS's
	s := configured(t.Context(), t, provider.World{})
	before := resident(t, "VmRSS")
	refreshAll(t, s, states)
	figure.Report(t, figure.Plain("peak", resident(t, "VmHWM")-before, "MiB"))
}

// resident is what the system says of this process's memory, in MiB; only Linux says it so.
func resident(tb testing.TB, which string) float64 {
	tb.Helper()
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		tb.Skip(err)
	}
	for line := range strings.Lines(string(raw)) {
		var kib float64
		if rest, ok := strings.CutPrefix(line, which+":"); ok {
			if _, err := fmt.Sscan(rest, &kib); err != nil {
				tb.Fatal(err)
			}
			return kib / 1024
		}
	}
	tb.Fatalf("no %s in %s", which, raw)
	return 0
}

// configured is one provider process, as a run of the CLI starts it.
func configured(ctx context.Context, b testing.TB, world provider.World) tfprotov6.ProviderServer {
	b.Helper()
	s, err := providerserver.NewProtocol6WithError(provider.NewIn(world, "test")())()
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
