package javascript

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/sobek"
)

const event = `{"version":"1.0","context":{"distributionId":"E1","eventType":"viewer-request","requestId":"abc=="},"viewer":{"ip":"192.0.2.1"},` +
	`"request":{"method":"GET","uri":"/x","querystring":{"q":{"value":"1"}},"headers":{"host":{"value":"www.example.com"}},"cookies":{"sticky":{"value":"blue"}}}}`

type store map[string]string

func (s store) Get(key string) (string, bool) { v, ok := s[key]; return v, ok }
func (s store) Keys() int                     { return len(s) }
func (store) Created() time.Time              { return time.Unix(0, 0) }
func (store) LastModified() time.Time         { return time.Unix(60, 0) }

func around() Surroundings {
	raw := "q=1"
	return Surroundings{
		Now: time.Unix(1_700_000_000, 0), Store: store{"split": `{"generation":7}`}, RawQuery: &raw, Origins: true,
		Location: &Location{Name: "FRA", ServerIP: "192.0.2.9", Region: "eu-central-1"},
	}
}

// body runs statements within an async handler, whose result is that of the run.
func body(text string) string {
	return "import cf from 'cloudfront';\nimport crypto from 'crypto';\nimport qs from 'querystring';\nasync function handler(event) {\n" + text + "\n}"
}

func TestAHandlerSeesWhatCloudFrontGivesIt(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"return event.request.uri": `"/x"`,
		"const t = await cf.kvs().get('split', {format: 'json'}); return t.generation":               "7",
		"const t = await cf.kvs('an-id').get('split'); return t":                                     `"{\"generation\":7}"`,
		"const b = await cf.kvs().get('split', {format: 'bytes'}); return b[0]":                      "123",
		"const b = await cf.kvs().exists('none'); return b":                                          "false",
		"const m = await cf.kvs().meta(); return m.keyCount + m.lastUpdatedDateTime":                 `"11970-01-01T00:01:00.000Z"`,
		"try { const t = await cf.kvs().get('none'); return t; } catch (e) { return 'absent'; }":     `"absent"`,
		"return crypto.createHash('sha256').update('a').update('b').digest('hex')":                   `"fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603"`,
		"return crypto.createHash('md5').update('').digest('base64')":                                `"1B2M2Y8AsgTpgAmY7PhCfg=="`,
		"return crypto.createHmac('sha1', 'key').update('x').digest('base64url')":                    `"KgDo6DQ9-GxMGIsmPuyjMa-jFUg"`,
		"return crypto.createHash('sha1').update('x').digest().toString('hex')":                      `"11f6ad8ec52a2984abaafd7c3b516503785c2072"`,
		"return require('crypto') === crypto":                                                        "true",
		"return qs.stringify(qs.parse('a=1&a=2&b=x%20y'))":                                           `"a=1&a=2&b=x%20y"`,
		"return Buffer.from('aGk', 'base64').toString() + btoa('hi') + atob('aGk=')":                 `"hiaGk=hi"`,
		"return event.request.rawQueryString()":                                                      `"q=1"`,
		"return cf.edgeLocation.name":                                                                `"FRA"`,
		"return new Date().getTime() === Date.now() && Date.now()":                                   "1700000000000",
		"return typeof Map + typeof Proxy + typeof setTimeout + typeof fetch + typeof process":       `"undefinedundefinedundefinedundefinedundefined"`,
		"return typeof eval + typeof [].flat":                                                        `"undefinedundefined"`,
		"const f = (...rest) => rest.length; return `${f(1, 2)}`":                                    `"2"`,
		"return 'aa'.replaceAll('a', 'b') + 1_000 + 2 ** 3 + /(.)/y.exec('z')[1]":                    `"bb10008z"`,
		"const o = {a: 1}; let s = ''; for (const k in o) { s += k; } return s":                      `"a"`,
		"return Object.prototype.hasOwnProperty.call(event.request.cookies, 'sticky')":               "true",
		"const all = await Promise.all([cf.kvs().get('split'), cf.kvs().meta()]); return all.length": "2",
	} {
		if got := Compile(body(code), Runtime20).Run([]byte(event), around()); got.Err != nil || string(got.Output) != want {
			t.Errorf("%s\n  is %s, %v; want %s", code, got.Output, got.Err, want)
		}
	}
}

// What passes creation and publication, and then fails each request.
func TestWhatCloudFrontRefusesIsAnErrorOfEachRun(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"const f = (x) => x; return f(await cf.kvs().get('split'))": "await in arguments not supported in function.js:5",
		"return new Date(await cf.kvs().get('split'))":              "await in arguments",
		"return event?.request":                                     "?.",
		"return event.request?.[0]":                                 "?.",
		"return event.x ?? 1":                                       "SyntaxError",
		"let a; a ??= 1; return a":                                  "SyntaxError",
		"let a; a ||= 1; return a":                                  "SyntaxError",
		"return [...[1]]":                                           "...",
		"return {...event}":                                         "...",
		"return Math.max(...[1])":                                   "...",
		"const {request} = event; return request":                   "destructuring",
		"const [a] = [1]; return a":                                 "destructuring",
		"let a; [a] = [1]; return a":                                "destructuring",
		"const f = ({a}) => a; return f({a: 1})":                    "destructuring",
		"class A {} return 1":                                       "class",
		"for (const x of [1]) { return x; }":                        "of",
		"const f = (a = 1) => a; return f()":                        "SyntaxError",
		"function* g() {} return 1":                                 "SyntaxError",
		"try { x(); } catch { return 1; }":                          "SyntaxError",
		"return 1n":                                                 "BigInt",
		"return /a/u.test('a')":                                     "RegExp flags",
		"const m = await import('crypto'); return m":                "SyntaxError",
		"const f = async () => 1; return f":                         "async closures",
		"return eval('1')":                                          "eval",
		"return new Function('return 1')()":                         "disabled",
		"return (function () {}).constructor('return 1')()":         "disabled",
		"undeclared = 1; return 1":                                  "undeclared",
		"with (event) { return 1; }":                                "SyntaxError",
		"return require('fs')":                                      "Cannot find module",
		"return cf.kvs().get('none')":                               "KeyNotFound",
		"return crypto.createHash('sha512')":                        "sha512",
		"cf.createRequestOriginGroup({})":                           "does not model",
		"throw new TypeError('no')":                                 "TypeError: no in function.js:5",
		"return new Promise(function () {})":                        "never settled",
		"const f = () => f(); return f()":                           "call stack",
	} {
		if got := Compile(body(code), Runtime20).Run([]byte(event), around()); got.Err == nil || !strings.Contains(got.Err.Error(), want) {
			t.Errorf("%s\n  came to %s, %v; want an error with %q", code, got.Output, got.Err, want)
		}
	}
	for code, want := range map[string]string{
		"function handler(event) {":                        "SyntaxError",
		"function handle(event) {}":                        "handler",
		"import fs from 'fs';\nfunction handler(event) {}": "Cannot find module",
		"const x = await 1; function handler() {}":         "await",
		"export function handler() {}":                     "SyntaxError",
		"}); (function () {":                               "SyntaxError",
	} {
		if got := Compile(code, Runtime20).Run([]byte(event), around()); got.Err == nil || !strings.Contains(got.Err.Error(), want) {
			t.Errorf("%s\n  came to %s, %v; want an error with %q", code, got.Output, got.Err, want)
		}
	}
}

func TestRuntime10HasLess(t *testing.T) {
	t.Parallel()
	if got := Compile("var c = require('crypto');\nfunction handler(event) { var r = event.request; r.uri = c.createHash('md5').update('a').digest('hex'); return r.uri }", Runtime10).Run([]byte(event), around()); string(got.Output) != `"0cc175b9c0f1b6a831c399e269772661"` {
		t.Errorf("%s, %v", got.Output, got.Err)
	}
	for _, code := range []string{
		"function handler(e) { const a = 1; return a }", "function handler(e) { let a = 1; return a }", "async function handler(e) { return 1 }", "for (let i in {}) {}; function handler() { return 1 }",
		"import cf from 'cloudfront';\nfunction handler() { return 1 }", "var cf = require('cloudfront'); function handler() { return 1 }", "function handler() { return Buffer.from('') }", "function handler() { return 'a'.replaceAll('a', 'b') }",
	} {
		if got := Compile(code, Runtime10).Run([]byte(event), around()); got.Err == nil {
			t.Errorf("%s\n  came to %s", code, got.Output)
		}
	}
}

func TestWhatAFunctionChoosesAndLogsIsReported(t *testing.T) {
	t.Parallel()
	p := Compile("import cf from 'cloudfront';\nfunction handler(event) {\n  console.log('one', 'two'); console.log({a: 1});\n  cf.updateRequestOrigin({domainName: 'x.example.com'});\n  cf.selectRequestOriginById('green', {hostHeader: 'h'});\n  return event.request;\n}", Runtime20)
	got := p.Run([]byte(event), around())
	if got.Err != nil || got.Origin == nil || got.Origin.ID != "green" || string(got.Origin.Changes) != `{"hostHeader":"h"}` || strings.Join(got.Logs, "|") != `one|{"a":1}` {
		t.Errorf("%+v of %+v", got, got.Origin)
	}
	late := around()
	late.Origins = false
	if got := p.Run([]byte(event), late); got.Err == nil || !strings.Contains(got.Err.Error(), "viewer-request functions only") {
		t.Errorf("in viewer-response: %+v", got)
	}
	late = around()
	late.Store = nil
	if got := Compile(body("return cf.kvs()"), Runtime20).Run([]byte(event), late); got.Err == nil || !strings.Contains(got.Err.Error(), "not associated") {
		t.Errorf("without a store: %+v", got)
	}
}

// Neither what stands outside of the handler nor what all objects have goes from one run to another.
func TestNothingLeaksFromOneRunToAnother(t *testing.T) {
	t.Parallel()
	for _, code := range []string{
		"let runs = 0;\nfunction handler(event) { runs++; return runs; }",
		"function handler(event) { globalThis.runs = (globalThis.runs || 0) + 1; return globalThis.runs; }",
		"function handler(event) { Array.prototype.runs = (Array.prototype.runs || 0) + 1; return [].runs; }",
		"function handler(event) { Math.runs = (Math.runs || 0) + 1; return Math.runs; }",
		"function handler(event) { const p = Object.prototype; p.runs = (p.runs || 0) + 1; return p.runs; }",
		"function handler(event) { const k = '__pro' + 'to__'; event[k].runs = (event[k].runs || 0) + 1; return event.runs; }",
		"import c from 'crypto';\nfunction handler(event) { try { c.runs = (c.runs || 0) + 1; } catch (e) { return 1; } return c.runs; }",
	} {
		p := Compile(code, Runtime20)
		for range 3 {
			if got := p.Run([]byte(event), around()); got.Err != nil || string(got.Output) != "1" {
				t.Errorf("%s\n  counts %s, %v", code, got.Output, got.Err)
			}
		}
	}
}

// What reads events and values agrees with JSON.parse, whatever the text.
func TestJSONIsReadAsTheEngineReadsIt(t *testing.T) {
	t.Parallel()
	texts := []string{
		event, `{}`, ` [ ] `, `[1, -2.5e3, 0, -0, 1e400, 12345678901]`, `{"a":{"b":[true,false,null,"x"]},"a":1}`, `"\u00e9\n\"\ud83d\ude00"`, `"\ud83d"`, `"\/\\"`, `"é😀"`,
		`{"__proto__":{"x":1}}`, `{"10":1,"2":2,"a":3}`, `01`, `1.`, `+1`, `tru`, `{"a":1,}`, `[1,]`, `{a:1}`, `"a`, `"a` + "\n" + `"`, `1 2`, ``, `nul`, `{"a" 1}`, `NaN`, strings.Repeat("[", 70) + strings.Repeat("]", 70),
	}
	m := newMachine(false)
	show := func(v sobek.Value, err error) string {
		if err != nil {
			return "error"
		}
		out, err := m.write(sobek.Undefined(), v)
		if err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	for _, text := range texts {
		got, want := show(m.read(text)), show(m.parse(sobek.Undefined(), m.vm.ToValue(text)))
		if got != want {
			t.Errorf("%s is read as %s, and parsed as %s", text, got, want)
		}
	}
	named := Fields{{"request", Fields{{"headers", Fields{{"__proto__", Fields{{"value", "1"}}}}}}}}
	if got := Compile("function handler(event) { return Object.keys(event.request.headers); }", Runtime20).Run(named, around()); string(got.Output) != `["__proto__"]` {
		t.Errorf("a header with the name of the prototype: %s, %v", got.Output, got.Err)
	}
}

func TestAnEventCanBeFields(t *testing.T) {
	t.Parallel()
	fields := Fields{{"request", Fields{{"uri", "/a"}, {"n", 3}, {"ok", true}, {"list", []any{Fields{{"value", "1"}}, "x"}}}}}
	got := Compile("function handler(event) { event.request.added = event.request.list.length; return event.request }", Runtime20).Run(fields, around())
	if want := `{"uri":"/a","n":3,"ok":true,"list":[{"value":"1"},"x"],"added":2}`; got.Err != nil || string(got.Output) != want {
		t.Errorf("%s, %v; want %s", got.Output, got.Err, want)
	}
}

const typical = `import cf from 'cloudfront';
import crypto from 'crypto';
const config = {"sides": {"blue": "b", "green": "g"}, "salt": "s"};
function assign(id, weights) {
  let best = '';
  let least = 0;
  for (const side in weights) {
    const hash = crypto.createHash('sha256').update(config.salt + '\n' + id + '\n' + side).digest('hex');
    let x = parseInt(hash.slice(0, 7), 16) + 1;
    let e = 0;
    for (let i = 0; i < 20; i++) { x = Math.floor(x * x / 67108864); e = e * 2; if (x < 33554432) { x = x * 2; e = e + 1; } }
    if (best === '' || e < least) { best = side; least = e; }
  }
  return best;
}
async function handler(event) {
  const request = event.request;
  let table = null;
  try { table = await cf.kvs().get('split', {format: 'json'}); } catch (e) { table = null; }
  const side = table === null ? 'blue' : assign(event.context.requestId, table.weights);
  request.headers['x-cdn-variant'] = {value: side};
  cf.selectRequestOriginById(config.sides[side]);
  return request;
}`

func TestRunsAreConcurrent(t *testing.T) {
	t.Parallel()
	p := Compile("import cf from 'cloudfront';\nlet n = 0;\nasync function handler(event) {\n  n++;\n  const v = await cf.kvs().get('k');\n  cf.selectRequestOriginById(v);\n  console.log(v);\n  return v + n;\n}", Runtime20)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 50 {
				want := fmt.Sprintf("%d-%d", i, j)
				with := around()
				with.Store = store{"k": want}
				if got := p.Run([]byte(event), with); got.Err != nil || string(got.Output) != `"`+want+`1"` || got.Origin.ID != want || got.Logs[0] != want {
					t.Errorf("%s: %+v", want, got)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkRun(b *testing.B) {
	p := Compile(typical, Runtime20)
	with := around()
	with.Store = store{"split": `{"generation":7,"weights":{"blue":75,"green":25}}`}
	one := func(value string) Fields { return Fields{{"value", value}} }
	event := Fields{
		{"version", "1.0"},
		{"context", Fields{{"distributionId", "E1"}, {"eventType", "viewer-request"}, {"requestId", "abc=="}}},
		{"viewer", Fields{{"ip", "192.0.2.1"}}},
		{"request", Fields{{"method", "GET"}, {"uri", "/x"}, {"querystring", Fields{{"q", one("1")}}}, {"headers", Fields{{"host", one("www.example.com")}}}, {"cookies", Fields{{"sticky", one("blue")}}}}},
	}
	for b.Loop() {
		if got := p.Run(event, with); got.Err != nil {
			b.Fatal(got.Err)
		}
	}
}

func BenchmarkNewMachine(b *testing.B) {
	for b.Loop() {
		newMachine(false)
	}
}
