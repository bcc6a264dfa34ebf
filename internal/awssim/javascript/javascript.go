// Package javascript runs the code of CloudFront Functions: an event in, a request or a
// response out, with the modules that the runtimes cloudfront-js-1.0 and 2.0 have.
//
// The engine is sobek, which accepts more than CloudFront does. What CloudFront's runtime
// refuses is therefore refused here first, by the syntax tree, and as late as there: at each
// run, and neither when a function is created nor when it is published (see refuse.go and
// docs/design/0034).
//
// Not modelled: the limits on memory and on compute time. Code that never ends hangs.
package javascript

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/grafana/sobek"
	"github.com/grafana/sobek/ast"
	"github.com/grafana/sobek/parser"
)

// The runtimes that a function can ask for.
const (
	Runtime10 = "cloudfront-js-1.0"
	Runtime20 = "cloudfront-js-2.0"
)

// A Program is the code of one function, read once. It is safe for concurrent use, and no
// run sees anything of another one.
type Program struct {
	old      bool // runtime 1.0
	err      error
	code     *sobek.Program
	tampers  bool // it could change what another run would see: a virtual machine serves one run
	machines sync.Pool
}

// Compile reads the code of a function. It always succeeds, as creating a function does: what is
// wrong with the code is the error of each run.
func Compile(source, runtime string) *Program {
	p := &Program{old: runtime == Runtime10}
	tree, err := parser.ParseFile(nil, "function.js", source, 0, parser.IsModule, parser.WithDisableSourceMaps)
	if err != nil {
		p.err = syntaxError(err)
		return p
	}
	found := inspect(tree, p.old)
	if found.refused != "" {
		p.err = errors.New(found.refused)
		return p
	}
	p.tampers = found.tampers
	// Each run calls this anew, so that what stands outside of the handler is its own as well.
	// Everything before the code is on its first line: the numbers of lines stay.
	text := `(function(require, console) {"use strict";` + required(source, tree) + "\n;return typeof handler === 'function' ? handler : undefined;})"
	if p.code, err = sobek.Compile("function.js", text, true); err != nil {
		p.err = syntaxError(err)
	}
	return p
}

func syntaxError(err error) error {
	text := err.Error()
	if list := parser.ErrorList(nil); errors.As(err, &list) && len(list) > 0 {
		text = fmt.Sprintf("%s in function.js:%d", list[0].Message, list[0].Position.Line)
	}
	return errors.New("SyntaxError: " + strings.TrimPrefix(text, "SyntaxError: "))
}

// required is source with its imports as calls of require, each where it stands.
func required(source string, tree *ast.Program) string {
	var out strings.Builder
	at := 0
	for _, statement := range tree.Body {
		d, ok := statement.(*ast.ImportDeclaration)
		if !ok {
			continue
		}
		from := int(d.Idx) - 1
		to := from + importEnd(source[from:])
		out.WriteString(source[at:from])
		module := "require(" + quoted(importedFrom(d)) + ")"
		var names []string
		if c := d.ImportClause; c != nil {
			if c.ImportedDefaultBinding != nil {
				names = append(names, c.ImportedDefaultBinding.Name.String()+" = "+module)
			}
			if c.NameSpaceImport != nil {
				names = append(names, c.NameSpaceImport.ImportedBinding.String()+" = "+module)
			}
			if c.NamedImports != nil {
				for _, n := range c.NamedImports.ImportsList {
					local := n.Alias.String()
					if local == "" {
						local = n.IdentifierName.String()
					}
					names = append(names, local+" = "+module+"["+quoted(n.IdentifierName.String())+"]")
				}
			}
		}
		if len(names) > 0 {
			out.WriteString("const " + strings.Join(names, ", ") + ";")
		} else {
			out.WriteString(module + ";")
		}
		out.WriteString(strings.Repeat("\n", strings.Count(source[from:to], "\n")))
		at = to
	}
	out.WriteString(source[at:])
	return out.String()
}

func importedFrom(d *ast.ImportDeclaration) string {
	if d.FromClause != nil {
		return d.FromClause.ModuleSpecifier.String()
	}
	return d.ModuleSpecifier.String()
}

// importEnd is the length of an import declaration: to the end of the name of its module.
func importEnd(text string) int {
	open := strings.IndexAny(text, `'"`)
	if open < 0 {
		return len(text)
	}
	end := strings.IndexByte(text[open+1:], text[open])
	if end < 0 {
		return len(text)
	}
	return open + 1 + end + 1
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string is always written
	return string(b)
}

// A Store is what a function sees of its key value store. It does not change during a run.
type Store interface {
	Get(key string) (value string, ok bool)
	// Keys is the number of keys.
	Keys() int
	Created() time.Time
	LastModified() time.Time
}

// A Location is what cf.edgeLocation says.
type Location struct {
	Name     string // IATA code
	ServerIP string
	Region   string // of the regional edge cache that is expected
}

// Surroundings are what a run sees besides its event.
type Surroundings struct {
	Now      time.Time // of the start: Date stands still
	Random   uint64    // seed of Math.random
	Store    Store     // nil: none is associated
	Location *Location
	// MissingKey is the name of the error that a key is rejected with which the store lacks.
	MissingKey string
	RawQuery   *string // of the viewer's request, without the question mark; nil: it had none
	// Origins says whether the helpers for origins can be used: in viewer-request only.
	Origins bool
}

// An Origin is the one that a function chose: by ID an origin of the distribution, or else the
// assigned one, with changes.
type Origin struct {
	ID string
	// Changes is the object handed to the helper, as JSON; nil: none.
	Changes json.RawMessage
}

// A Result is what a run came to. Err is set where it threw, or could not run at all.
type Result struct {
	Output json.RawMessage // what the handler returned, as JSON
	Origin *Origin         // nil: none was chosen
	Logs   []string        // lines of console.log
	Err    error
}

var errNeverSettled = errors.New("the promise of the handler was never settled")

// maxDepth bounds recursion.
const maxDepth = 512

// Fields are an object of JavaScript, with its properties in order: a string, a bool, an int,
// a float64, Fields or a []any each.
type Fields []Field

// A Field is one property.
type Field struct {
	Name  string
	Value any
}

// Run calls the handler with an event: JSON text, as []byte, or, which is quicker, Fields.
func (p *Program) Run(event any, with Surroundings) Result {
	if p.err != nil {
		return Result{Err: p.err}
	}
	m, _ := p.machines.Get().(*machine)
	if m == nil {
		m = newMachine(p.old)
	}
	result := m.run(p.code, event, with)
	if !p.tampers && m.untouched() {
		p.machines.Put(m)
	}
	return result
}

// A machine is a virtual machine, which serves one run at a time.
type machine struct {
	vm      *sobek.Runtime
	old     bool
	parse   sobek.Callable
	write   sobek.Callable
	modules map[string]*sobek.Object
	baked   *sobek.Object // Object.prototype
	own     int           // the number of its properties

	factory *sobek.Program // the one that made is of
	made    sobek.Callable

	// Of the run.
	with   Surroundings
	logs   []string
	origin *Origin
}

func newMachine(old bool) *machine {
	m := &machine{vm: sobek.New(), old: old, modules: map[string]*sobek.Object{}}
	m.vm.SetMaxCallStackSize(maxDepth)
	m.vm.SetTimeSource(func() time.Time { return m.with.Now })
	m.vm.SetRandSource(rand.New(rand.NewPCG(0, 0)).Float64)
	object := m.vm.Get("JSON").ToObject(m.vm)
	m.parse, _ = sobek.AssertFunction(object.Get("parse"))
	m.write, _ = sobek.AssertFunction(object.Get("stringify"))
	m.furnish()
	m.baked = m.vm.Get("Object").ToObject(m.vm).Get("prototype").ToObject(m.vm)
	m.own = len(m.baked.GetOwnPropertyNames())
	return m
}

// untouched says whether a run left what all objects have as it was: who writes to __proto__ by
// a computed name is not seen in the syntax tree.
func (m *machine) untouched() bool { return len(m.baked.GetOwnPropertyNames()) == m.own }

func (m *machine) run(code *sobek.Program, event any, with Surroundings) (out Result) {
	m.with, m.logs, m.origin = with, nil, nil
	m.vm.SetRandSource(rand.New(rand.NewPCG(with.Random, 0x6a73)).Float64)
	defer func() { out.Logs, out.Origin = m.logs, m.origin }()
	value, err := m.call(code, event)
	if err != nil {
		return Result{Err: thrown(err)}
	}
	if promise, ok := asPromise(value); ok {
		switch promise.State() {
		case sobek.PromiseStateFulfilled:
			value = promise.Result()
		case sobek.PromiseStateRejected:
			return Result{Err: errors.New(described(promise.Result()))}
		case sobek.PromiseStatePending:
			return Result{Err: errNeverSettled}
		}
	}
	text, err := m.write(sobek.Undefined(), value)
	if err != nil {
		return Result{Err: thrown(err)}
	}
	if sobek.IsUndefined(text) {
		return Result{Output: json.RawMessage("null")}
	}
	return Result{Output: json.RawMessage(text.String())}
}

func asPromise(v sobek.Value) (*sobek.Promise, bool) {
	if v.ExportType() != reflect.TypeFor[*sobek.Promise]() { // to export any other object is to copy it
		return nil, false
	}
	promise, ok := v.Export().(*sobek.Promise)
	return promise, ok
}

func (m *machine) call(code *sobek.Program, event any) (sobek.Value, error) {
	if m.factory != code {
		value, err := m.vm.RunProgram(code)
		if err != nil {
			return nil, err
		}
		m.factory = code
		m.made, _ = sobek.AssertFunction(value)
	}
	handler, err := m.made(sobek.Undefined(), m.vm.Get("require"), m.modules["console"])
	if err != nil {
		return nil, err
	}
	entry, ok := sobek.AssertFunction(handler)
	if !ok {
		return nil, errors.New(`ReferenceError: the code has no function named "handler"`)
	}
	argument := m.value(event)
	if text, ok := event.([]byte); ok {
		if argument, err = m.read(string(text)); err != nil {
			return nil, fmt.Errorf("the event is no JSON: %w", err)
		}
	}
	if !m.old {
		m.rawQuery(argument)
	}
	return entry(sobek.Undefined(), argument)
}

// value makes one of Fields and what they hold.
func (m *machine) value(v any) sobek.Value {
	switch v := v.(type) {
	case Fields:
		o := m.vm.NewObject()
		for _, f := range v {
			if f.Name == proto { // a viewer may call a header so
				_ = o.DefineDataProperty(f.Name, m.value(f.Value), sobek.FLAG_TRUE, sobek.FLAG_TRUE, sobek.FLAG_TRUE)
				continue
			}
			_ = o.Set(f.Name, m.value(f.Value)) // a plain object takes everything
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = m.value(x)
		}
		return m.vm.NewArray(list...)
	case []byte:
		return sobek.Undefined() // JSON, see call
	}
	return m.vm.ToValue(v)
}

// rawQuery gives a request the one method that it has.
func (m *machine) rawQuery(event sobek.Value) {
	object, ok := event.(*sobek.Object)
	if !ok {
		return
	}
	request, ok := object.Get("request").(*sobek.Object)
	if !ok {
		return
	}
	raw := sobek.Undefined()
	if m.with.RawQuery != nil {
		raw = m.vm.ToValue(*m.with.RawQuery)
	}
	_ = request.DefineDataProperty("rawQueryString", m.vm.ToValue(func() sobek.Value { return raw }), sobek.FLAG_FALSE, sobek.FLAG_FALSE, sobek.FLAG_FALSE) // it is new there
}

// thrown words what a run threw as CloudFront does: name and message, and where.
func thrown(err error) error {
	if e := (*sobek.Exception)(nil); errors.As(err, &e) {
		return errors.New(described(e.Value()))
	}
	if e := (*sobek.StackOverflowError)(nil); errors.As(err, &e) {
		return errors.New("RangeError: Maximum call stack size exceeded")
	}
	return err
}

// line finds the line of the code in the stack of an error.
var line = regexp.MustCompile(`function\.js:\d+`)

func described(v sobek.Value) string {
	if v == nil {
		return "Error"
	}
	text := v.String()
	if o, ok := v.(*sobek.Object); ok {
		if stack := o.Get("stack"); stack != nil {
			if where := line.FindString(strings.TrimPrefix(stack.String(), text)); where != "" {
				text += " in " + where
			}
		}
	}
	return text
}
