package logged_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
)

func TestWhatIsWrittenIsWhatTheCLIShows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		want logged.Level
	}{
		{nil, logged.Off},
		{map[string]string{"TF_LOG": "trace"}, logged.Trace},
		{map[string]string{"TF_LOG": "JSON"}, logged.Trace},
		{map[string]string{"TF_LOG": "what?"}, logged.Trace},
		{map[string]string{"TF_LOG": "debug"}, logged.Debug},
		{map[string]string{"TF_LOG": "WARN"}, logged.Info},
		{map[string]string{"TF_LOG": "trace", "TF_LOG_PROVIDER": "debug"}, logged.Debug},
		{map[string]string{"TF_LOG": "trace", "TF_LOG_PROVIDER": "off"}, logged.Off},
		{map[string]string{"TF_LOG_PROVIDER": "info"}, logged.Info},
		{map[string]string{"TF_LOG_CORE": "trace"}, logged.Off},
	} {
		getenv := func(name string) string { return c.env[name] }
		if got := logged.Told.Or(getenv); got != c.want {
			t.Errorf("with %v it is %d, want %d", c.env, got, c.want)
		}
		if got := logged.Debug.Or(getenv); got != logged.Debug {
			t.Errorf("who has said what they read is not asked for the environment: %d", got)
		}
	}
}

func TestWhatNobodyReadsIsNotMade(t *testing.T) {
	t.Parallel()
	for level, want := range map[logged.Level]bool{logged.Off: false, logged.Info: false, logged.Debug: true, logged.Trace: true} {
		if got := level.Calls() != nil; got != want {
			t.Errorf("at %d calls are written: %v", level, got)
		}
	}
	logged.Debug.Observation(t.Context(), nil, nil, func() any {
		t.Error("an observation was made that nobody reads")
		return nil
	})
}

// lines are what was logged.
func lines(t *testing.T, log *bytes.Buffer) []map[string]any {
	t.Helper()
	out, err := tflogtest.MultilineJSONDecode(log)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type step struct{ text, why string }

// String implements fmt.Stringer.
func (s step) String() string { return s.text }

// Why implements cutover.Step.
func (s step) Why() string { return s.why }

// Progress implements engine.Step.
func (step) Progress() bool { return true }

// A walk takes one step, and calls AWS for it.
type walk struct {
	do    func(ctx context.Context) error
	taken bool
}

func (w *walk) Observe(context.Context) (int, error) { return 1, nil }

func (w *walk) Next(int) (step, bool, error) {
	return step{"moving a name", "it is elsewhere"}, w.taken, nil
}

func (w *walk) Do(ctx context.Context, _ int, _ step) error {
	w.taken = true
	return w.do(ctx)
}

// A line of a call says for which step it was made; one of a step why it is taken; and the
// last one of a run leads to the call that ended it.
func TestTheLinesOfARunLeadFromOneToTheOther(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	ctx := tflog.SetField(tflogtest.RootLogger(t.Context(), &log), "tf_resource_type", "cdn_example")
	refusal := &smithy.OperationError{ServiceID: "CloudFront", OperationName: "UpdateDistribution", Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "a secret"}}
	about := map[string]any{"distribution_id": "E1"}
	limits := engine.Limits{
		Clock: clock.System{}, Budget: time.Hour, Steps: 2,
		OnStep: func(ctx context.Context, s fmt.Stringer) { logged.Step(ctx, s, about) },
		OnEnd:  func(ctx context.Context, err error) { logged.End(ctx, err, "unable", about) },
		OnDecision: func(ctx context.Context, obs any, s fmt.Stringer) {
			logged.Trace.Observation(ctx, s, about, func() any { return struct{ Seen any }{obs} })
		},
	}
	w := &walk{do: func(ctx context.Context) error {
		logged.Trace.Calls()(awsapi.For(context.Background(), ctx, ctx), awsapi.Call{
			Service: "CloudFront", Operation: "UpdateDistribution", ID: "E1", Attempt: 1, Status: 403, Code: "AccessDenied", Kind: "access denied", RequestID: "R1", Took: time.Second,
		})
		return refusal
	}}
	_, err := engine.Run(ctx, w, limits)
	if !errors.Is(err, refusal) {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"@level": "trace", "@module": "provider.observation", "@message": "seen", "step": "moving a name", "observation": `{"Seen":1}`},
		{"@level": "info", "@module": "provider", "@message": "moving a name", "why": "it is elsewhere"},
		{"@level": "error", "@module": "provider", "@message": "the run ended early", "service": "CloudFront", "operation": "UpdateDistribution", "error_code": "AccessDenied", "error": "access denied", "cause": "unable"},
	}
	for _, line := range want {
		line["distribution_id"], line["tf_resource_type"] = "E1", "cdn_example"
	}
	if got := lines(t, &log); !slices.EqualFunc(got, want, func(a, b map[string]any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		t.Errorf("logged\n%v\nwant\n%v", got, want)
	}

	// The call's own context has no logger here; with one, it says whose step it was.
	log.Reset()
	w = &walk{do: func(ctx context.Context) error {
		logged.Trace.Calls()(ctx, awsapi.Call{Service: "Route 53", Operation: "GetChange", Status: 200, Attempt: 2, RequestID: "R2", Took: 1500 * time.Microsecond})
		return nil
	}}
	if _, err := engine.Run(ctx, w, limits); err != nil {
		t.Fatal(err)
	}
	got := lines(t, &log)
	call := map[string]any{
		"@level": "debug", "@module": "provider.route53", "@message": "AWS call", "service": "Route 53", "operation": "GetChange", "attempt": 2.0, "status": 200.0,
		"request_id": "R2", "ms": 1.0, "step": "moving a name", "tf_resource_type": "cdn_example",
	}
	if len(got) != 5 || fmt.Sprint(got[2]) != fmt.Sprint(call) || got[4]["@message"] != "the run came to its end" || got[3]["step"] != nil {
		t.Errorf("logged\n%v", got)
	}
}

// The level of each subsystem can be set; the test says so by the library's own rule.
func TestTheLevelOfASubsystemIsSetByItsVariable(t *testing.T) {
	var log bytes.Buffer
	t.Setenv("TF_LOG_PROVIDER_CDN_ROUTE53", "off")
	ctx := tflogtest.RootLogger(t.Context(), &log)
	for _, service := range []string{"Route 53", "CloudFront"} {
		logged.Trace.Calls()(ctx, awsapi.Call{Service: service, Operation: "X"})
	}
	if got := lines(t, &log); len(got) != 1 || got[0]["service"] != "CloudFront" {
		t.Errorf("logged %v", got)
	}
}

// Every service has a subsystem, and the page names each of them.
func TestThePageNamesEverySubsystem(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../templates/guides/when-something-went-wrong.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range logged.Subsystems() {
		if !strings.Contains(string(page), "`"+s+"`") {
			t.Errorf("the page does not name the subsystem %s", s)
		}
	}
}

// Whatever may be logged of an observation is named, by its noun, down to texts and numbers:
// no struct of package cutover's is among it, to which somebody could add a secret.
func TestWhatIsShownOfAnObservationIsNamed(t *testing.T) {
	t.Parallel()
	nouns, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	limits := regexp.MustCompile(`configured\.Limits\(.*, (\w+)\)`)
	plain := []string{"string", "bool", "int", "int32", "int64", "float64"}
	var found []string
	for _, path := range nouns {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if m := limits.FindStringSubmatch(string(source)); m != nil && m[1] != "show" {
			t.Errorf("%s shows by %s", path, m[1])
		} else if m != nil {
			found = append(found, filepath.Base(filepath.Dir(path)))
		}
		if filepath.Base(path) != "shown.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range s.Fields.List {
				if name := last(f.Type); !slices.Contains(plain, name) && !strings.HasPrefix(name, "shown") {
					t.Errorf("%s shows %v, which is a %s", path, f.Names, name)
				}
				if f.Tag == nil || len(f.Names) != 1 {
					t.Errorf("%s: %v has no name", path, f.Names)
				}
			}
			return true
		})
	}
	if slices.Sort(found); len(found) != 8 {
		t.Errorf("found only %q", found)
	}
}

// last is what a type consists of in the end.
func last(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return last(e.X)
	case *ast.ArrayType:
		return last(e.Elt)
	case *ast.MapType:
		if key := last(e.Key); key != "string" {
			return "map by " + key
		}
		return last(e.Value)
	}
	return fmt.Sprintf("%T", e)
}

// The field names are what filters go by, so they are a promise.
func TestTheFieldsOfACallAreThoseOfThePage(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	logged.Debug.Calls()(ctx, awsapi.Call{Service: "S3", Operation: "O", ID: "I", Attempt: 1, Status: 400, Code: "C", Kind: "K", RequestID: "R", Took: time.Second})
	raw, err := json.Marshal(slices.Sorted(maps.Keys(lines(t, &log)[0])))
	if err != nil {
		t.Fatal(err)
	}
	if want := `["@level","@message","@module","attempt","error","error_code","id","ms","operation","request_id","service","status"]`; string(raw) != want {
		t.Errorf("fields %s, want %s", raw, want)
	}
}
