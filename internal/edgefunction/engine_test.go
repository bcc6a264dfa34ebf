package edgefunction_test

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// run is one invocation of a function.
type run struct {
	Event event   `json:"event"`
	Table *string `json:"table"` // nil: the key is missing; noStore: there is not even a store
}

const noStore = "!kvs"

type event struct {
	Context  eventContext `json:"context"`
	Request  request      `json:"request"`
	Response *response    `json:"response,omitempty"`
}

type eventContext struct {
	RequestID string `json:"requestId"`
}

type request struct {
	Method  string           `json:"method"`
	URI     string           `json:"uri"`
	Headers map[string]field `json:"headers"`
	Cookies map[string]field `json:"cookies"`
}

type response struct {
	StatusCode int              `json:"statusCode"`
	Headers    map[string]field `json:"headers"`
	Cookies    map[string]field `json:"cookies"`
}

type field struct {
	Value      string  `json:"value"`
	Attributes string  `json:"attributes,omitempty"`
	MultiValue []field `json:"multiValue,omitempty"`
}

// outcome is what a run came to.
type outcome struct {
	Returned json.RawMessage `json:"returned"`
	Origin   string          `json:"origin"`
	Hashes   int             `json:"hashes"` // njs only
	Threw    string          `json:"threw"`
}

func read[T any](t testing.TB, o outcome) (out T) {
	t.Helper()
	if o.Threw != "" {
		t.Fatal(o.Threw)
	}
	if err := json.Unmarshal(o.Returned, &out); err != nil {
		t.Fatalf("%v: %s", err, o.Returned)
	}
	return out
}

// An engine runs code over many events, one after the other.
type engine func(t testing.TB, code []byte, runs []run) []outcome

var engines = map[string]engine{"sobek": inSimulator, "njs": inNJS}

// store is a key value store with the one key of a split.
type store struct{ value *string }

func (s store) Get(key string) (string, bool) {
	if s.value == nil || key != edgefunction.Key {
		return "", false
	}
	return *s.value, true
}
func (store) Keys() int               { return 1 }
func (store) Created() time.Time      { return time.Time{} }
func (store) LastModified() time.Time { return time.Time{} }

// inSimulator is the engine of the simulated edge.
func inSimulator(t testing.TB, code []byte, runs []run) []outcome {
	t.Helper()
	program := javascript.Compile(string(code), javascript.Runtime20)
	out := make([]outcome, len(runs))
	for i, r := range runs {
		text, err := json.Marshal(r.Event)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = simulate(program, text, r.Table, r.Event.Response == nil)
	}
	return out
}

func simulate(program *javascript.Program, event []byte, table *string, origins bool) outcome {
	with := javascript.Surroundings{Store: store{table}, Origins: origins}
	if table != nil && *table == noStore {
		with.Store = nil
	}
	got := program.Run(event, with)
	if got.Err != nil {
		return outcome{Threw: got.Err.Error()}
	}
	o := outcome{Returned: got.Output}
	if got.Origin != nil {
		o.Origin = got.Origin.ID
	}
	return o
}

//go:embed testdata/driver.js
var driver string

// njs is the family of engine that CloudFront's is of.
func njs(t testing.TB, script, runs string) []string {
	t.Helper()
	path, err := exec.LookPath("njs")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("njs is not installed, of the engine family that CloudFront's is of")
	}
	folder := t.TempDir()
	in, out := filepath.Join(folder, "in"), filepath.Join(folder, "out")
	// Its console cuts what it writes after 2048 bytes, and it frees nothing before it ends.
	head := "var $fs = require('fs'), $crypto = require('crypto'), $lines = '';\n" +
		"var $runs = function () { return $fs.readFileSync('" + in + "', 'utf8'); };\n" +
		"var $print = function (line) { $lines += line + '\\n'; if ($lines.length > 4000) $flush(); };\n" +
		"var $flush = function () { $fs.appendFileSync('" + out + "', $lines); $lines = ''; };\n"
	code := strings.NewReplacer("import cf from 'cloudfront';", "", "const crypto = require('crypto');", "").Replace(script)
	for name, text := range map[string]string{filepath.Join(folder, "script.js"): head + code, in: runs} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var problems bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, filepath.Join(folder, "script.js"))
	cmd.Stdout, cmd.Stderr = &problems, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, problems.String())
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatalf("%v\n%s", err, problems.String())
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func inNJS(t testing.TB, code []byte, runs []run) []outcome {
	t.Helper()
	text, err := json.Marshal(runs)
	if err != nil {
		t.Fatal(err)
	}
	lines := njs(t, driver+string(code)+"\n$all();\n", string(text))
	if len(lines) != len(runs) {
		t.Fatalf("%d answers to %d runs: %.500q", len(lines), len(runs), lines)
	}
	out := make([]outcome, len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &out[i]); err != nil {
			t.Fatalf("%v: %.500s", err, line)
		}
	}
	return out
}
