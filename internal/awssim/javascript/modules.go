package javascript

import (
	"cmp"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // what functions may ask for
	"crypto/sha1" //nolint:gosec // the same
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/grafana/sobek"
)

// prelude takes away what CloudFront's runtimes do not have, and adds what is easier said in
// JavaScript.
//
//go:embed prelude.js
var prelude string

var furniture = sobek.MustCompile("prelude.js", prelude, true)

// furnish makes the globals and the modules.
func (m *machine) furnish() {
	native := m.vm.NewObject()
	set := func(o *sobek.Object, name string, v any) {
		if err := o.Set(name, v); err != nil {
			panic(err) // a plain object takes everything
		}
	}
	set(native, "decode", m.decode)
	set(native, "encode", m.encode)
	set(native, "old", m.old)
	made, err := m.vm.RunProgram(furniture)
	if err != nil {
		panic(err)
	}
	setup, _ := sobek.AssertFunction(made)
	helpers, err := setup(sobek.Undefined(), native)
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"buffer", "querystring"} {
		m.modules[name] = helpers.ToObject(m.vm).Get(name).ToObject(m.vm)
	}
	m.modules["crypto"] = m.crypto(helpers.ToObject(m.vm).Get("wrap"))
	set(m.modules["querystring"], "escape", func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") })
	if m.old {
		delete(m.modules, "buffer")
	} else {
		m.modules["cloudfront"] = m.cloudfront()
	}
	m.modules["console"] = m.console()
	freeze, _ := sobek.AssertFunction(m.vm.Get("Object").ToObject(m.vm).Get("freeze"))
	for name, module := range m.modules {
		if name != "console" {
			set(module, "default", module)
		}
		if _, err := freeze(sobek.Undefined(), module); err != nil { // runs have them in common
			panic(err)
		}
	}
	if err := m.vm.Set("require", func(name string) sobek.Value {
		if module, ok := m.modules[name]; ok && name != "console" {
			return module
		}
		panic(m.failure("Error", "Cannot find module "+quoted(name)))
	}); err != nil {
		panic(err)
	}
}

// failure is an error as JavaScript throws them.
func (m *machine) failure(kind, text string) sobek.Value {
	e, err := m.vm.New(m.vm.Get(kind), m.vm.ToValue(text))
	if err != nil {
		panic(err)
	}
	return e
}

// maxLog bounds what one run writes. Source: Developer Guide, edge-functions-logs.
const maxLog = 10 << 10

// console has one method, which takes one argument.
func (m *machine) console() *sobek.Object {
	c := m.vm.NewObject()
	write := func(call sobek.FunctionCall) sobek.Value {
		text := call.Argument(0).String()
		if o, ok := call.Argument(0).(*sobek.Object); ok && o.ClassName() != "Error" {
			if v, err := m.write(sobek.Undefined(), o); err == nil && !sobek.IsUndefined(v) {
				text = v.String()
			}
		}
		size := len(text)
		for _, line := range m.logs {
			size += len(line)
		}
		if size <= maxLog {
			m.logs = append(m.logs, text)
		}
		return sobek.Undefined()
	}
	_ = c.Set("log", write)   // a plain object takes everything
	_ = c.Set("error", write) // the same
	return c
}

// bytes are those of a string or of a typed array.
func (m *machine) bytes(v sobek.Value) []byte {
	switch x := v.Export().(type) {
	case string:
		return []byte(x)
	case []byte:
		return x
	case sobek.ArrayBuffer:
		return x.Bytes()
	}
	panic(m.failure("TypeError", "data is not a string or Buffer-like object"))
}

// encode writes bytes as text.
func (m *machine) encode(v sobek.Value, encoding string) string {
	raw := m.bytes(v)
	switch encoding {
	case "", "utf8", "utf-8":
		return strings.ToValidUTF8(string(raw), string(utf8.RuneError))
	case "hex":
		return hex.EncodeToString(raw)
	case "base64":
		return base64.StdEncoding.EncodeToString(raw)
	case "base64url":
		return base64.RawURLEncoding.EncodeToString(raw)
	case "latin1", "binary":
		runes := make([]rune, len(raw))
		for i, b := range raw {
			runes[i] = rune(b)
		}
		return string(runes)
	}
	panic(m.failure("TypeError", "Unknown encoding: "+quoted(encoding)))
}

// decode reads bytes from text, in the form of an ArrayBuffer.
func (m *machine) decode(text, encoding string) sobek.Value {
	var raw []byte
	switch encoding {
	case "", "utf8", "utf-8":
		raw = []byte(text)
	case "hex":
		raw, _ = hex.DecodeString(text) // up to the first mistake, as there
	case "base64", "base64url":
		text = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "").Replace(text)
		raw, _ = base64.RawStdEncoding.DecodeString(text) // the same
	case "latin1", "binary":
		for _, r := range text {
			raw = append(raw, byte(r)) //nolint:gosec // the low byte is what latin1 takes
		}
	default:
		panic(m.failure("TypeError", "Unknown encoding: "+quoted(encoding)))
	}
	return m.vm.ToValue(m.vm.NewArrayBuffer(raw))
}

func (m *machine) algorithm(name string) func() hash.Hash {
	switch strings.ToLower(name) {
	case "md5":
		return md5.New
	case "sha1":
		return sha1.New
	case "sha256":
		return sha256.New
	}
	panic(m.failure("TypeError", "not supported algorithm: "+quoted(name)))
}

// crypto makes the module. Source: Developer Guide, functions-javascript-runtime-20.
func (m *machine) crypto(wrap sobek.Value) *sobek.Object {
	bare, _ := sobek.AssertFunction(wrap)
	digesting := func(h hash.Hash) *sobek.Object {
		o, done := m.vm.NewObject(), false
		live := func() {
			if done {
				panic(m.failure("Error", "Digest already called"))
			}
		}
		_ = o.Set("update", func(call sobek.FunctionCall) sobek.Value { // a plain object takes everything
			live()
			h.Write(m.bytes(call.Argument(0)))
			return o
		})
		_ = o.Set("digest", func(call sobek.FunctionCall) sobek.Value { // the same
			live()
			done = true
			sum := h.Sum(nil)
			if e := call.Argument(0); !sobek.IsUndefined(e) {
				if encoding := e.String(); encoding == "hex" || encoding == "base64" || encoding == "base64url" {
					return m.vm.ToValue(m.encode(m.vm.ToValue(m.vm.NewArrayBuffer(sum)), encoding))
				}
				panic(m.failure("TypeError", "Unknown digest encoding: "+quoted(e.String())))
			}
			v, err := bare(sobek.Undefined(), m.vm.ToValue(m.vm.NewArrayBuffer(sum)))
			if err != nil {
				panic(err)
			}
			return v
		})
		return o
	}
	module := m.vm.NewObject()
	_ = module.Set("createHash", func(name string) sobek.Value { return digesting(m.algorithm(name)()) }) // a plain object takes everything
	_ = module.Set("createHmac", func(name string, key sobek.Value) sobek.Value {                         // the same
		return digesting(hmac.New(m.algorithm(name), m.bytes(key)))
	})
	return module
}

// promised is a promise that is settled already.
func (m *machine) promised(value any, failure sobek.Value) sobek.Value {
	promise, resolve, reject := m.vm.NewPromise()
	settle := func(f func(any) error, v any) {
		if err := f(v); err != nil {
			panic(err)
		}
	}
	if failure != nil {
		settle(reject, failure)
	} else {
		settle(resolve, value)
	}
	return m.vm.ToValue(promise)
}

// cloudfront makes the module. Sources: Developer Guide, functions-custom-methods,
// helper-functions-origin-modification and general-helper-methods.
func (m *machine) cloudfront() *sobek.Object {
	module := m.vm.NewObject()
	set := func(o *sobek.Object, name string, f func(call sobek.FunctionCall) sobek.Value) {
		_ = o.Set(name, f) // a plain object takes everything
	}
	set(module, "kvs", func(sobek.FunctionCall) sobek.Value { // with or without the id of the store, as older code has it
		if m.with.Store == nil {
			panic(m.failure("Error", "KeyValueStore is not associated with this function"))
		}
		return m.handle()
	})
	set(module, "selectRequestOriginById", func(call sobek.FunctionCall) sobek.Value {
		m.choosing("selectRequestOriginById")
		id, ok := call.Argument(0).Export().(string)
		if !ok || id == "" {
			panic(m.failure("TypeError", "selectRequestOriginById needs the id of an origin"))
		}
		m.origin = &Origin{ID: id, Changes: m.changes(call.Argument(1))}
		return sobek.Undefined()
	})
	set(module, "updateRequestOrigin", func(call sobek.FunctionCall) sobek.Value {
		m.choosing("updateRequestOrigin")
		changes := m.changes(call.Argument(0))
		if changes == nil {
			panic(m.failure("TypeError", "updateRequestOrigin needs an object"))
		}
		m.origin = &Origin{Changes: changes}
		return sobek.Undefined()
	})
	set(module, "createRequestOriginGroup", func(sobek.FunctionCall) sobek.Value {
		panic(m.failure("Error", "the simulator does not model createRequestOriginGroup"))
	})
	_ = module.DefineAccessorProperty("edgeLocation", m.vm.ToValue(func() sobek.Value { // the same
		o := m.vm.NewObject()
		if l := m.with.Location; l != nil {
			for name, value := range map[string]string{"name": l.Name, "serverIp": l.ServerIP, "region": l.Region} {
				_ = o.Set(name, value) // the same
			}
		}
		return o
	}), nil, sobek.FLAG_FALSE, sobek.FLAG_TRUE)
	_ = module.DefineAccessorProperty("distributionTenant", m.vm.ToValue(func() sobek.Value { // the same
		panic(m.failure("Error", "distributionTenant module is not available"))
	}), nil, sobek.FLAG_FALSE, sobek.FLAG_FALSE)
	return module
}

// choosing refuses the helpers for origins where they cannot be used.
func (m *machine) choosing(helper string) {
	if !m.with.Origins {
		panic(m.failure("Error", helper+" is available in viewer-request functions only"))
	}
}

// changes is the object handed to a helper for origins.
func (m *machine) changes(v sobek.Value) json.RawMessage {
	if _, ok := v.(*sobek.Object); !ok {
		return nil
	}
	text, err := m.write(sobek.Undefined(), v)
	if err != nil {
		panic(err)
	}
	return json.RawMessage(text.String())
}

// handle is that of the key value store.
func (m *machine) handle() *sobek.Object {
	o := m.vm.NewObject()
	set := func(name string, f func(call sobek.FunctionCall) sobek.Value) { _ = o.Set(name, f) } // a plain object takes everything
	key := func(call sobek.FunctionCall) (string, sobek.Value) {
		k, ok := call.Argument(0).Export().(string)
		if !ok {
			return "", m.failure("TypeError", "the key is not a string")
		}
		return k, nil
	}
	set("get", func(call sobek.FunctionCall) sobek.Value {
		name, failure := key(call)
		if failure != nil {
			return m.promised(nil, failure)
		}
		value, ok := m.with.Store.Get(name)
		if !ok {
			return m.promised(nil, m.failure("Error", cmp.Or(m.with.MissingKey, "KeyNotFound")+": "+name))
		}
		format := "string"
		if options, ok := call.Argument(1).(*sobek.Object); ok {
			if f := options.Get("format"); f != nil && !sobek.IsUndefined(f) {
				format = f.String()
			}
		}
		switch format {
		case "string":
			return m.promised(value, nil)
		case "bytes":
			bytes, err := m.vm.New(m.vm.Get("Uint8Array"), m.vm.ToValue(m.vm.NewArrayBuffer([]byte(value))))
			if err != nil {
				panic(err)
			}
			return m.promised(bytes, nil)
		case "json":
			parsed, err := m.read(value)
			if err != nil {
				return m.promised(nil, m.failure("SyntaxError", fmt.Sprintf("the value of %s is no JSON", quoted(name))))
			}
			return m.promised(parsed, nil)
		}
		return m.promised(nil, m.failure("TypeError", "Unknown format: "+quoted(format)))
	})
	set("exists", func(call sobek.FunctionCall) sobek.Value {
		name, failure := key(call)
		_, ok := m.with.Store.Get(name)
		return m.promised(ok, failure)
	})
	set("meta", func(sobek.FunctionCall) sobek.Value {
		const layout = "2006-01-02T15:04:05.000Z"
		meta := m.vm.NewObject()
		_ = meta.Set("creationDateTime", m.with.Store.Created().UTC().Format(layout)) // the same
		_ = meta.Set("lastUpdatedDateTime", m.with.Store.LastModified().UTC().Format(layout))
		_ = meta.Set("keyCount", m.with.Store.Keys())
		return m.promised(meta, nil)
	})
	return o
}
