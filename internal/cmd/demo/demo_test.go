package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

// performance is a demo before a simulator in this process, behind real sockets.
func performance(t *testing.T) *demo {
	t.Helper()
	knobs := knob.Defaults()
	knobs.InsyncSpan, knobs.DNSCheckDelay = 100*time.Millisecond, 200*time.Millisecond
	const propagation = time.Second
	sim := awssim.New(awssim.Options{POPs: fleet, Propagation: propagation, Knobs: &knobs})
	ctx := t.Context()
	listen := func() net.Listener {
		var cfg net.ListenConfig
		l, err := cfg.Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	control, edge := listen(), listen()
	server := &http.Server{Handler: sim.Control()}
	go func() { _ = server.Serve(control) }() // ends with Close
	t.Cleanup(func() { _ = server.Close() })
	go func() { _ = sim.Fleet().Serve(ctx, edge) }() // ends with the test
	go func() { _ = sim.DNS().Serve(ctx, "127.0.0.1:0") }()
	d := &demo{
		out: &screen{w: t.Output()}, propagation: propagation, started: clk.Now(),
		aws: &world{&stage.World{Control: "http://" + control.Addr().String(), Edge: edge.Addr().String(), DNS: sim.DNS().Addr(ctx).String()}},
	}
	t.Cleanup(func() {
		if d.viewers != nil {
			d.viewers.leave()
		}
	})
	return d
}

func TestACutoverThatTakesTheSiteDownIsCountedAsLost(t *testing.T) {
	t.Parallel()
	d := performance(t)
	err := d.sabotage(t.Context())
	if err == nil || !strings.Contains(err.Error(), "lost") || !strings.Contains(err.Error(), "violations found by the audit") {
		t.Errorf("sabotage ended with %v, want losses and violations", err)
	}
	rows := d.viewers.end()
	if got := rows[0]; got.requests == 0 || got.lost() > 0 {
		t.Errorf("before the cutover %d of %d requests were lost, want none of some", got.lost(), got.requests)
	}
	if got := rows[1]; got.lost() == 0 || !strings.Contains(got.example, "nobody had the name") {
		t.Errorf("during it %d of %d were lost, the first with %q", got.lost(), got.requests, got.example)
	}
	if got := rows[2]; got.requests == 0 || got.lost() > 0 {
		t.Errorf("after it %d of %d were lost, want none of some: %s", got.lost(), got.requests, got.example)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := d.report(t.Context(), path, err); err != nil {
		t.Fatal(err)
	}
	page := selfContained(t, path)
	for _, want := range []string{
		"Failed, as it has to", "<b>" + fmt.Sprint(rows[1].lost()) + "</b>lost", "nobody had the name there", "unserved (unclaimed)",
		"is taken off blue. Wait.", "UpdateDistribution", "ChangeResourceRecordSets", "FRA50-P1",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the report does not show %q", want)
		}
	}
	// Once in each legend, and then where it was seen: in two charts, by points of presence and by the second.
	if n := strings.Count(page, "fill:#C41230"); n < 2+4 {
		t.Errorf("losses are drawn %d times, want them in both charts", n)
	}
	if strings.Contains(page, "Nothing was lost") {
		t.Error("the report praises what failed")
	}
}

// selfContained reads a report, which may ask nobody for anything.
func selfContained(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if found := regexp.MustCompile(`(?i)<script|<link|@import|url\(|(?:src|href|action|data)\s*=`).FindString(string(raw)); found != "" {
		t.Errorf("the report is not complete in itself: it contains %q", found)
	}
	if !strings.Contains(string(raw), `content="default-src 'none'; style-src 'unsafe-inline'"`) {
		t.Error("the report does not forbid browsers to fetch anything")
	}
	return string(raw)
}

func TestAMoveInOneTransactionLosesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	d := performance(t)
	if err := d.open(ctx); err != nil {
		t.Fatal(err)
	}
	green := d.site.sides[1]
	d.viewers.enter(phase{name: "move"})
	got, err := d.site.CloudFront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(green.id)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.site.CloudFront.UpdateDomainAssociation(ctx, &cloudfront.UpdateDomainAssociationInput{
		Domain: aws.String(siteName), IfMatch: got.ETag, TargetResource: &cftypes.DistributionResourceId{DistributionId: aws.String(green.id)},
	}); err != nil {
		t.Fatal(err)
	}
	if err := d.aws.settle(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.site.point(ctx, green); err != nil {
		t.Fatal(err)
	}
	if err := d.aws.settle(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := d.arrived(ctx, 1, "green is live"); err != nil {
		t.Fatal(err)
	}
	if err := d.verdict(ctx); err != nil {
		t.Error(err)
	}
}

// The whole of make demo, five times as fast.
func TestAccDemo_tellsItsStoryWithoutALoss(t *testing.T) {
	path := os.Getenv("TF_ACC_TERRAFORM_PATH")
	if path == "" {
		t.Skip("needs a CLI: internal/tools/cli names it, as make test does")
	}
	t.Parallel()
	bin := t.TempDir()
	build, err := stage.NewChild("go", "build", "-o", filepath.Join(bin, "terraform-provider-cdn"), "github.com/cdn-bluegreen/terraform-provider-cdn").CombinedOutput()
	if err != nil {
		t.Fatalf("building the provider: %v\n%s", err, build)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	report := filepath.Join(t.TempDir(), "report.html")
	code := run(t.Context(), []string{"-cli", path, "-bin", bin, "-propagation", "2s", "-report", report}, out, &stderr)
	said, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	if code != stage.ExitOK || !strings.Contains(string(said), "Nothing was lost.") {
		t.Errorf("exit code %d\n%s%s", code, said, &stderr)
	}
	page := selfContained(t, report)
	for _, want := range []string{
		"Nothing was lost.", "<b>0</b>lost", "<b>0</b>violations", "verify green before it gets traffic", "move www.example.com to green", "going back to blue",
		"Cutover failed and was rolled back", "SIGKILL", "A failed cutover is not tried again", "UpdateDomainAssociation", "errors of the bad release itself",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the report does not show %q", want)
		}
	}
	// Each id that the state has is listed, and drawn at its step.
	listed := regexp.MustCompile(`<br><code>([0-9a-f-]{36})</code>`).FindAllStringSubmatch(page, -1)
	if len(listed) < 6 {
		t.Errorf("the report lists %d request ids", len(listed))
	}
	for _, m := range listed {
		if !strings.Contains(page, ", request "+m[1]+"<") {
			t.Errorf("no picture has the request id %s", m[1])
		}
	}
}

// A step is drawn from when it began to when it was over, with the id of AWS's answer; a
// gate has none, and a step of an earlier moment begins at the edge.
func TestAStepIsDrawnWithTheRequestIDOfItsWrite(t *testing.T) {
	t.Parallel()
	from := time.Unix(1e9, 0)
	d := &drawing{}
	for _, c := range []struct {
		event event
		spans []picture.Span
		text  string
		at    float64
	}{
		{event{at: from.Add(5 * time.Second), took: 2 * time.Second, what: "moving", request: "R1"}, []picture.Span{{From: 3, To: 5, Tone: picture.Busy}}, "moving, request R1", 5},
		{event{at: from.Add(time.Second), took: 2 * time.Second, what: "verify: healthy"}, []picture.Span{{From: 0, To: 1, Tone: picture.Busy}}, "verify: healthy", 1},
		{event{at: from.Add(time.Second), what: "a remark"}, nil, "a remark", 1},
	} {
		got := d.step(1, from, c.event)
		if !slices.Equal(got.Spans, c.spans) || len(got.Points) != 1 || got.Points[0].Text != c.text || got.Points[0].At != c.at || got.Label != "step 1" {
			t.Errorf("%+v is drawn as %+v", c.event, got)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	sides := [2]side{{id: "EBLUE", origin: "blue.origin.test"}, {id: "EGREEN", origin: "green.origin.test"}}
	steady, moving := phase{"steady", "EBLUE"}, phase{name: "moving"}
	for name, c := range map[string]struct {
		phase phase
		sick  string
		a     answer
		want  verdict
	}{
		"no answer is a failure":                         {moving, "", answer{err: errors.New("refused")}, failed},
		"no answer is a failure beside a sick origin":    {moving, "green.origin.test", answer{err: errors.New("refused")}, failed},
		"while the name moves either side may answer":    {moving, "", answer{status: 200, distribution: "EGREEN"}, good},
		"a third distribution may not":                   {moving, "", answer{status: 200, distribution: "EOTHER"}, wrong},
		"nobody may not":                                 {moving, "", answer{status: 403}, wrong},
		"an error of a side is wrong":                    {moving, "", answer{status: 503, distribution: "EGREEN", origin: "green.origin.test"}, wrong},
		"an error of the sick origin is excused":         {moving, "green.origin.test", answer{status: 503, distribution: "EGREEN", origin: "green.origin.test"}, excused},
		"an error of the other origin is not":            {moving, "green.origin.test", answer{status: 503, distribution: "EBLUE", origin: "blue.origin.test"}, wrong},
		"an error of the edge itself is not":             {moving, "green.origin.test", answer{status: 502, distribution: "EGREEN"}, wrong},
		"in peace the live side may answer":              {steady, "", answer{status: 200, distribution: "EBLUE"}, good},
		"in peace the idle side may not":                 {steady, "", answer{status: 200, distribution: "EGREEN"}, wrong},
		"in peace the sick idle side may not":            {steady, "green.origin.test", answer{status: 503, distribution: "EGREEN", origin: "green.origin.test"}, wrong},
		"a redirect is no answer that anybody asked for": {steady, "", answer{status: 301, distribution: "EBLUE"}, wrong},
	} {
		if got := judge(c.phase, sides, c.sick, c.a); got != c.want {
			t.Errorf("%s: verdict %d, want %d", name, got, c.want)
		}
	}
}

func TestARequestThatSpansTwoPhasesIsJudgedByTheOneInWhichTheNameMoves(t *testing.T) {
	t.Parallel()
	tally := &tally{sides: [2]side{{id: "EBLUE"}, {id: "EGREEN"}}}
	tally.enter(phase{"steady", "EBLUE"})
	before := tally.now()
	tally.enter(phase{name: "moving"})
	tally.count(before, answer{status: 200, distribution: "EGREEN"})
	during := tally.now()
	tally.enter(phase{"steady", "EGREEN"})
	tally.count(during, answer{status: 200, distribution: "EBLUE"})
	tally.count(tally.now(), answer{status: 200, distribution: "EBLUE"})
	rows := tally.end()
	for i, want := range []struct{ requests, lost int }{{0, 0}, {2, 0}, {1, 1}} {
		if got := rows[i]; got.requests != want.requests || got.lost() != want.lost {
			t.Errorf("phase %d: %d requests, %d lost, want %+v", i, got.requests, got.lost(), want)
		}
	}
}

func TestDiagnosticsAreReadFromWhatTheCLISays(t *testing.T) {
	t.Parallel()
	said := stage.Read(`{"type":"version","@message":"Terraform 1.11.4"}
not JSON at all
{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"Provider development overrides are in effect"}}
{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Cutover failed and was rolled back","detail":"Traffic goes to blue."}}
{"type":"change_summary","@message":"Apply complete! Resources: 1 added, 0 changed, 0 destroyed."}
`)
	if len(said.Diagnostics) != 1 || said.Diagnostics[0].String() != "Error: Cutover failed and was rolled back\n\nTraffic goes to blue." {
		t.Errorf("diagnostics: %q", said.Diagnostics)
	}
	if said.Summary != "Apply complete! Resources: 1 added, 0 changed, 0 destroyed." {
		t.Errorf("summary: %q", said.Summary)
	}
}

func TestWithoutATerminalTheBarHasNoControlCharacters(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(f)
	for n := range 10 {
		s.draw(bar{from: "blue", to: "green", onFrom: 24 - n, onTo: n})
	}
	s.settle(bar{from: "blue", to: "green", nobody: 4, onTo: 20})
	raw, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	const want = "  blue [bbbbbbbbbbbbbbbbbbbbbbbb] green 0/24    0.0s  0 requests, 0 lost\n" +
		"  blue [....gggggggggggggggggggg] green 20/24    0.0s  0 requests, 0 lost\n"
	if string(raw) != want {
		t.Errorf("got\n%q\nwant the first and the last\n%q", raw, want)
	}
}

func TestAnInterruptedDemoSaysSoAndFails(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	if code := run(ctx, []string{"-sabotage", "-bin", t.TempDir(), "-report", ""}, out, &bytes.Buffer{}); code != stage.ExitFailed {
		t.Errorf("exit code %d", code)
	}
	said, err := os.ReadFile(out.Name())
	if err != nil || !strings.Contains(string(said), "Interrupted.") {
		t.Errorf("it said %q, %v", said, err)
	}
}
