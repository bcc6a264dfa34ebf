package edgefunction_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/sobek"
)

// run is one invocation of a function.
type run struct {
	Event event   `json:"event"`
	Table *string `json:"table"` // nil: the key is missing; "!kvs", "!get": the store throws there
}

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
type outcome[T any] struct {
	Returned T      `json:"returned"`
	Origin   string `json:"origin"`
	Hashes   int    `json:"hashes"`
	Threw    string `json:"threw"`
}

//go:embed testdata/driver.js
var driver string

// bare is code without what the driver stands in for.
func bare(code []byte) string {
	return strings.NewReplacer("import cf from 'cloudfront';", "", "const crypto = require('crypto');", "").Replace(string(code))
}

// An engine runs a script and answers what it printed.
type engine func(t testing.TB, script, runs string) []string

func inSobek(t testing.TB, script, runs string) []string {
	t.Helper()
	vm := sobek.New()
	var lines []string
	made := func(h hash.Hash) map[string]any {
		return map[string]any{
			"update": func(text string) { h.Write([]byte(text)) },
			"digest": func(string) string { return hex.EncodeToString(h.Sum(nil)) },
		}
	}
	for name, v := range map[string]any{
		"$runs":  func() string { return runs },
		"$print": func(line string) { lines = append(lines, line) },
		"$crypto": map[string]any{
			"createHash": func(string) map[string]any { return made(sha256.New()) },
			"createHmac": func(_, key string) map[string]any { return made(hmac.New(sha256.New, []byte(key))) },
		},
	} {
		if err := vm.Set(name, v); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := vm.RunString("'use strict';\n" + script); err != nil {
		t.Fatal(err)
	}
	return lines
}

// inNJS is the family of engine that CloudFront's is of.
func inNJS(t testing.TB, script, runs string) []string {
	t.Helper()
	path, err := exec.LookPath("njs")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("njs is not installed, the engine family that CloudFront's is of")
	}
	folder := t.TempDir()
	head := "var $crypto = require('crypto');\nvar $runs = function () { return require('fs').readFileSync('" + filepath.Join(folder, "runs") + "', 'utf8'); };\nvar $print = function (line) { console.log(line); };\n"
	for name, text := range map[string]string{"script.js": head + script, "runs": runs} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, problems bytes.Buffer
	cmd := exec.CommandContext(context.Background(), path, filepath.Join(folder, "script.js"))
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%.2000s", err, problems.String(), out.String())
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// each runs code over all the runs.
func each[T any](t testing.TB, in engine, code []byte, runs []run) []outcome[T] {
	t.Helper()
	text, err := json.Marshal(runs)
	if err != nil {
		t.Fatal(err)
	}
	lines := in(t, driver+bare(code)+"\n$all();\n", string(text))
	if len(lines) != len(runs) {
		t.Fatalf("%d answers to %d runs: %.500q", len(lines), len(runs), lines)
	}
	out := make([]outcome[T], len(lines))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &out[i]); err != nil {
			t.Fatalf("%v: %.500s", err, line)
		}
	}
	return out
}
