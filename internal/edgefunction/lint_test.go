package edgefunction_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/sobek/ast"
	"github.com/grafana/sobek/file"
	"github.com/grafana/sobek/parser"
	"github.com/grafana/sobek/token"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// Pages of CloudFront's Developer Guide. What is in neither does not run, though it can be created and published.
const (
	runtime  = "functions-javascript-runtime-20"
	es51     = runtime + ", Core features: all of ES 5.1"
	es6      = runtime + ", Core features: const, let"
	async    = runtime + ", Core features: async, await; async-await-syntax"
	modules  = runtime + ", Built-in modules"
	strings5 = runtime + ", String: ES 5.1"
	store20  = "functions-custom-methods, Key value store"
	origins  = "helper-functions-origin-modification"
	objects  = "functions-event-structure"
)

// allowedNodes are the kinds of nodes that the generated code may consist of, each with its source.
var allowedNodes = map[string]string{
	"ArrayLiteral": es51, "AssignExpression": es51, "BinaryExpression": es51, "Binding": es51, "BlockStatement": es51, "BooleanLiteral": es51, "BracketExpression": es51, "CallExpression": es51,
	"CatchStatement": es51, "ConditionalExpression": es51, "EmptyStatement": es51, "DotExpression": es51, "ExpressionBody": es51, "ExpressionStatement": es51, "ForStatement": es51, "FunctionDeclaration": es51, "FunctionLiteral": es51,
	"Identifier": es51, "IfStatement": es51, "NullLiteral": es51, "NumberLiteral": es51, "ObjectLiteral": es51, "ParameterList": es51, "PropertyKeyed": es51, "RegExpLiteral": es51,
	"ReturnStatement": es51, "StringLiteral": es51, "TryStatement": es51, "UnaryExpression": es51, "WhileStatement": es51,
	"LexicalDeclaration": es6, "ForLoopInitializerLexicalDecl": es6,
	"AwaitExpression":   async,
	"ImportDeclaration": modules, "ImportClause": modules, "FromClause": modules,
}

// allowedNames are what the code may refer to besides its own.
var allowedNames = map[string]string{
	"cf": store20, "crypto": modules, "require": modules, "Math": runtime, "Number": runtime, "String": runtime, "parseInt": runtime + ", Globals", "undefined": es51,
}

// allowedMethods are what it may call on anything.
var allowedMethods = map[string]string{
	"floor": runtime + ", Math", "push": runtime + ", Array", "indexOf": runtime + ", Array, String", "split": strings5, "slice": strings5, "charAt": strings5, "replace": strings5, "test": runtime + ", RegExp",
	"createHash": modules, "createHmac": modules, "update": modules, "digest": modules, "kvs": store20, "get": store20, "selectRequestOriginById": origins,
}

var allowedOperators = []token.Token{
	token.PLUS, token.MINUS, token.MULTIPLY, token.SLASH, token.ASSIGN, token.STRICT_EQUAL, token.STRICT_NOT_EQUAL, token.LESS, token.LESS_OR_EQUAL, token.GREATER, token.GREATER_OR_EQUAL,
	token.LOGICAL_AND, token.LOGICAL_OR, token.NOT, token.TYPEOF, token.DELETE, token.INCREMENT, token.DECREMENT,
}

// lint says what in code is not known to run at the edge.
func lint(code string) []string {
	tree, err := parser.ParseFile(nil, "function.js", code, 0, parser.IsModule, parser.WithDisableSourceMaps)
	if err != nil {
		return []string{err.Error()}
	}
	l := linter{own: map[string]bool{}, seen: map[any]bool{}}
	l.declared(reflect.ValueOf(tree.Body))
	l.seen = map[any]bool{}
	l.walk(reflect.ValueOf(tree.Body))
	return l.problems
}

type linter struct {
	own      map[string]bool // names that the code declares
	seen     map[any]bool
	problems []string
	inCall   int // calls around, in whose arguments this stands
	inAsync  int
	depth    int // functions around
}

func (l *linter) say(format string, args ...any) {
	l.problems = append(l.problems, fmt.Sprintf(format, args...))
}

// children visits every field of a node.
func (l *linter) children(v reflect.Value, visit func(reflect.Value)) {
	switch v.Kind() { //nolint:exhaustive // nothing else holds a node
	case reflect.Interface:
		if !v.IsNil() {
			l.children(v.Elem(), visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			l.children(v.Index(i), visit)
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct && v.Type() != reflect.TypeFor[*file.File]() && !l.seen[v.Interface()] {
			l.seen[v.Interface()] = true
			visit(v)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "DeclarationList" { // what stands in the body as well
				l.children(v.Field(i), visit)
			}
		}
	}
}

func (l *linter) declared(v reflect.Value) {
	l.children(v, func(n reflect.Value) {
		switch n := n.Interface().(type) {
		case *ast.Binding:
			if id, ok := n.Target.(*ast.Identifier); ok {
				l.own[id.Name.String()] = true
			}
		case *ast.FunctionLiteral:
			if n.Name != nil {
				l.own[n.Name.Name.String()] = true
			}
		case *ast.CatchStatement:
			if id, ok := n.Parameter.(*ast.Identifier); ok {
				l.own[id.Name.String()] = true
			}
		}
		l.declared(n.Elem())
	})
}

func (l *linter) walk(v reflect.Value) { l.children(v, l.node) }

func (l *linter) node(v reflect.Value) {
	kind := v.Elem().Type().Name()
	if allowedNodes[kind] == "" {
		l.say("%s is not known to run", kind)
	}
	operator := func(t token.Token) {
		if !slices.Contains(allowedOperators, t) {
			l.say("operator %s", t)
		}
	}
	switch n := v.Interface().(type) {
	case *ast.Identifier:
		if name := n.Name.String(); !l.own[name] && allowedNames[name] == "" {
			l.say("name %s", name)
		}
		return
	case *ast.DotExpression:
		l.walk(reflect.ValueOf(&n.Left).Elem())
		return
	case *ast.CallExpression:
		switch callee := n.Callee.(type) {
		case *ast.DotExpression:
			if name := callee.Identifier.Name.String(); allowedMethods[name] == "" {
				l.say("method %s", name)
			}
		case *ast.Identifier:
		default:
			l.say("a call of what is not named")
		}
		l.walk(reflect.ValueOf(&n.Callee).Elem())
		l.inCall++
		l.walk(reflect.ValueOf(n.ArgumentList))
		l.inCall--
		return
	case *ast.AwaitExpression:
		if l.inCall > 0 || l.inAsync == 0 {
			l.say("await in arguments, or outside of async")
		}
	case *ast.BinaryExpression:
		operator(n.Operator)
	case *ast.AssignExpression:
		operator(n.Operator)
	case *ast.UnaryExpression:
		operator(n.Operator)
	case *ast.PropertyKeyed:
		if n.Computed || n.Kind != ast.PropertyKindValue {
			l.say("a computed property or an accessor")
		}
		l.walk(reflect.ValueOf(&n.Value).Elem())
		return
	case *ast.RegExpLiteral:
		if n.Flags != "" && n.Flags != "g" {
			l.say("flags of a regular expression: %s", n.Flags)
		}
	case *ast.Binding:
		if _, ok := n.Target.(*ast.Identifier); !ok {
			l.say("destructuring")
		}
	case *ast.ParameterList:
		if n.Rest != nil || slices.ContainsFunc(n.List, func(b *ast.Binding) bool { return b.Initializer != nil }) {
			l.say("default or rest parameters")
		}
	case *ast.CatchStatement:
		if n.Parameter == nil {
			l.say("catch without a name")
		}
	case *ast.FunctionLiteral:
		if n.Generator || l.depth > 0 {
			l.say("a generator or a closure")
		}
		if n.Async {
			l.inAsync++
			defer func() { l.inAsync-- }()
		}
		l.depth++
		defer func() { l.depth-- }()
	}
	l.walk(v.Elem())
}

func TestTheCodeStaysInsideOfWhatIsDocumented(t *testing.T) {
	t.Parallel()
	for name, c := range configs() {
		ask, answer, err := edgefunction.Generate(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range [][]byte{ask, answer} {
			for _, problem := range lint(string(code)) {
				t.Errorf("%s: %s", name, problem)
			}
			if i := strings.IndexFunc(string(code), func(r rune) bool { return r > '~' }); i >= 0 {
				t.Errorf("%s: not ASCII: %.40s", name, code[i:])
			}
		}
		if strings.Contains(string(answer), "kvs") {
			t.Error("the viewer response reads the store")
		}
	}
}

// What passes creation and publication and then fails every request is found before.
func TestTheLintFindsWhatFailsOnlyAtTheEdge(t *testing.T) {
	t.Parallel()
	code, _, err := edgefunction.Generate(byOrigin())
	if err != nil {
		t.Fatal(err)
	}
	const await, get = "    const value = await store.get('split', { format: 'json' });\n    table = readTable(value);", "const cookie = request.cookies && request.cookies[config.cookie];"
	for name, with := range map[string][2]string{
		"await in arguments":   {await, "    table = readTable(await store.get('split', { format: 'json' }));"},
		"optional chaining":    {get, "const cookie = request.cookies?.[config.cookie];"},
		"nullish":              {get, "const cookie = request.cookies ?? {};"},
		"spread":               {"values.push(cookie.multiValue[i].value);", "values.push(...cookie.multiValue);"},
		"destructuring":        {"const request = event.request;", "const { request } = event;"},
		"default parameter":    {"function isSide(name)", "function isSide(name = '')"},
		"for of":               {"for (let i = 0; i < values.length; i++)", "for (const i of values)"},
		"class":                {"function isSide(", "class A {}\nfunction isSide("},
		"generator":            {"function isSide(", "function* isSide("},
		"Map":                  {"const values = [];", "const values = new Map();"},
		"closure":              {"const weights = [];", "const weights = []; const f = function () { return 1; };"},
		"arrow":                {"const weights = [];", "const weights = []; const f = () => 1;"},
		"async argument":       {"const store = cf.kvs();", "const store = cf.kvs(async function () { return 1; });"},
		"catch without a name": {"catch (e)", "catch"},
		"template":             {"id + '.' + side", "`${id}.` + side"},
		"Math.random":          {"Math.floor(x / 2)", "Math.random(x / 2)"},
		"Math.log":             {"Math.floor(x / 2)", "Math.log(x / 2)"},
		"bits":                 {"Math.floor(x / 2)", "(x >>> 1)"},
		"updateRequestOrigin":  {"cf.selectRequestOriginById(side.origin)", "cf.updateRequestOrigin({ domainName: side.origin })"},
		"console":              {"let table = null;", "let table = null; console.log(event);"},
		"Date":                 {"let table = null;", "let table = null; const now = Date;"},
		"labels of regexes":    {"/g, '_'", "/gu, '_'"},
		"syntax":               {"async function handler(event) {", "async function handler(event) {{"},
	} {
		mutant := strings.Replace(string(code), with[0], with[1], 1)
		if mutant == string(code) {
			t.Errorf("%s: there is no %q in the code", name, with[0])
		}
		if len(lint(mutant)) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}
