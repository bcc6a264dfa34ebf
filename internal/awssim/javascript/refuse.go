package javascript

import (
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"

	"github.com/grafana/sobek/ast"
	"github.com/grafana/sobek/file"
	"github.com/grafana/sobek/token"
)

// What of the language CloudFront's runtimes do not have, and sobek does. Sources: Developer
// Guide, functions-javascript-runtime-10 and -20, which list what there is, and
// async-await-syntax; njs 0.7.9 and 0.8.9, of the engine family that CloudFront's is of, for
// what neither list names. Public post-mortems agree that all of it passes creation and
// publication, and then fails every request.

// findings are what a syntax tree shows.
type findings struct {
	refused string // the first thing that is, "" if nothing is
	tampers bool   // see Program
}

// An inspector walks a syntax tree.
type inspector struct {
	findings
	old       bool
	source    *file.File
	seen      map[any]bool
	functions []bool // around: whether each is async
	arguments int    // calls around, up to the nearest function, in whose arguments this stands
}

func inspect(tree *ast.Program, old bool) findings {
	w := &inspector{old: old, source: tree.File, seen: map[any]bool{}}
	if tree.HasTLA {
		w.refuse(nil, "await is only valid in async functions")
	}
	w.walk(reflect.ValueOf(tree.Body))
	return w.findings
}

func (w *inspector) refuse(n ast.Node, what string) {
	if w.refused != "" {
		return
	}
	w.refused = "SyntaxError: " + what
	if n != nil && w.source != nil {
		w.refused += fmt.Sprintf(" in function.js:%d", w.source.Position(int(n.Idx0())-1).Line)
	}
}

// walk looks at every node that v holds. The fields of the tree's nodes are walked by
// reflection, so that no node of a newer sobek is left out.
func (w *inspector) walk(v reflect.Value) {
	switch v.Kind() { //nolint:exhaustive // nothing else holds a node
	case reflect.Interface:
		if !v.IsNil() {
			w.walk(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i))
		}
	case reflect.Pointer:
		if v.IsNil() || v.Elem().Kind() != reflect.Struct || v.Type() == reflect.TypeFor[*file.File]() || w.seen[v.Interface()] {
			return
		}
		w.seen[v.Interface()] = true
		w.node(v.Interface(), v.Elem())
	case reflect.Struct:
		w.fields(v)
	}
}

func (w *inspector) fields(v reflect.Value) {
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; name != "DeclarationList" { // what stands in the body as well
			w.walk(v.Field(i))
		}
	}
}

// tampering are the members by which code reaches what all runs on a virtual machine have in common.
var tampering = []string{"__proto__", "constructor", "defineProperty", "defineProperties", "setPrototypeOf", "getPrototypeOf", "assign", "freeze", "seal", "preventExtensions"}

// builtin are the objects that every run finds. What is written to them would last.
var builtin = []string{
	"Object", "Array", "String", "Number", "Boolean", "Function", "Symbol", "Math", "JSON", "Date", "RegExp", "Promise", "Error", "Buffer", "console",
	"ArrayBuffer", "Uint8Array", "Int8Array", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array", "Uint8ClampedArray", "DataView", "TextEncoder", "TextDecoder",
}

// node judges a node, and walks what it holds.
func (w *inspector) node(n any, v reflect.Value) {
	at, _ := n.(ast.Node)
	switch n := n.(type) {
	case *ast.OptionalChain, *ast.Optional:
		at = nil // the position of a part would be that of the whole
		w.refuse(at, `Unexpected token "?."`)
	case *ast.BinaryExpression:
		if n.Operator == token.COALESCE {
			w.refuse(at, `Unexpected token "?"`)
		}
	case *ast.AssignExpression:
		w.assignment(n, at)
		return
	case *ast.SpreadElement:
		w.refuse(n.Expression, `Unexpected token "..."`)
	case *ast.ObjectPattern, *ast.ArrayPattern:
		w.refuse(at, "destructuring is not supported")
	case *ast.ClassLiteral:
		w.refuse(at, `Unexpected reserved word "class"`)
	case *ast.ForOfStatement:
		w.refuse(at, `Unexpected token "of"`)
	case *ast.YieldExpression:
		w.refuse(at, `Unexpected reserved word "yield"`)
	case *ast.CatchStatement:
		if n.Parameter == nil {
			w.refuse(at, `Unexpected token "{"`)
		}
	case *ast.NumberLiteral:
		if _, ok := n.Value.(*big.Int); ok {
			w.refuse(at, "BigInt is not supported")
		}
	case *ast.RegExpLiteral:
		if strings.ContainsAny(n.Flags, "usvd") || w.old && strings.Contains(n.Flags, "y") {
			w.refuse(at, "Invalid RegExp flags \""+n.Flags+"\"")
		}
	case *ast.DynamicImportExpression, *ast.MetaProperty, *ast.WithStatement, *ast.ExportDeclaration:
		w.refuse(at, "Illegal statement")
	case *ast.ImportDeclaration:
		if w.old {
			w.refuse(at, `Unexpected reserved word "import"`)
		}
	case *ast.LexicalDeclaration:
		if w.old {
			w.refuse(at, fmt.Sprintf("Unexpected reserved word %q", n.Token.String()))
		}
	case *ast.ForDeclaration:
		if w.old {
			w.refuse(at, `Unexpected reserved word "let"`)
		}
	case *ast.AwaitExpression:
		if w.arguments > 0 {
			w.refuse(at, "await in arguments not supported")
		}
	case *ast.CallExpression:
		w.walk(reflect.ValueOf(&n.Callee).Elem())
		w.inArguments(n.ArgumentList)
		return
	case *ast.NewExpression:
		w.walk(reflect.ValueOf(&n.Callee).Elem())
		w.inArguments(n.ArgumentList)
		return
	case *ast.FunctionLiteral:
		if n.Generator {
			w.refuse(at, `Unexpected token "*"`)
		}
		w.function(at, n.ParameterList, n.Async, v)
		return
	case *ast.ArrowFunctionLiteral:
		w.function(at, n.ParameterList, n.Async, v)
		return
	case *ast.DotExpression:
		w.member(n)
	case *ast.UnaryExpression:
		switch n.Operator {
		case token.INCREMENT, token.DECREMENT, token.DELETE:
			w.written(n.Operand)
		default:
		}
	case *ast.Identifier:
		switch n.Name {
		case "globalThis", "__proto__", "constructor": // that of the global object
			w.tampers = true
		}
	case *ast.StringLiteral:
		if slices.Contains(tampering, n.Value.String()) || n.Value.String() == "prototype" {
			w.tampers = true
		}
	}
	w.fields(v)
}

// assignment walks one. What is assigned to a built-in object lasts.
func (w *inspector) assignment(n *ast.AssignExpression, at ast.Node) {
	switch n.Operator {
	case token.COALESCE, token.COALESCE_ASSIGN, token.LOGICAL_AND, token.LOGICAL_AND_ASSIGN, token.LOGICAL_OR, token.LOGICAL_OR_ASSIGN:
		w.refuse(at, `Unexpected token "="`)
	default:
	}
	w.written(n.Left)
	w.walk(reflect.ValueOf(&n.Left).Elem())
	w.walk(reflect.ValueOf(&n.Right).Elem())
}

// written notes what is written to, if a run should not have.
func (w *inspector) written(e ast.Expression) {
	depth := 0
	for {
		switch x := e.(type) {
		case *ast.DotExpression:
			if x.Identifier.Name == "prototype" {
				w.tampers = true
			}
			e = x.Left
		case *ast.BracketExpression:
			e = x.Left
		case *ast.Identifier:
			w.tampers = w.tampers || depth > 0 && slices.Contains(builtin, x.Name.String())
			return
		default:
			return
		}
		depth++
	}
}

// member looks at the name of a member. To call a method of a prototype is common and
// harmless; to hand a prototype on is not.
func (w *inspector) member(n *ast.DotExpression) {
	if slices.Contains(tampering, n.Identifier.Name.String()) || n.Identifier.Name == "prototype" {
		w.tampers = true
	}
	inner, ok := n.Left.(*ast.DotExpression)
	if !ok || inner.Identifier.Name != "prototype" {
		return
	}
	if _, ok := inner.Left.(*ast.Identifier); ok {
		w.seen[inner] = true // Object.prototype.hasOwnProperty: read, and no further
	}
}

// inArguments walks the arguments of a call.
func (w *inspector) inArguments(list []ast.Expression) {
	w.arguments++
	w.walk(reflect.ValueOf(list))
	w.arguments--
}

// function walks one, whose arguments are not those of the call that it may stand in.
func (w *inspector) function(at ast.Node, parameters *ast.ParameterList, async bool, v reflect.Value) {
	switch {
	case async && w.old:
		w.refuse(at, `Unexpected token "function"`)
	case async && len(w.functions) > 0:
		// "async arguments and closures are not supported", as the guide has it.
		w.refuse(at, "async closures are not supported")
	}
	if parameters != nil {
		for _, b := range parameters.List {
			if b.Initializer != nil {
				w.refuse(at, `Unexpected token "="`)
			}
		}
	}
	outside := w.arguments
	w.arguments = 0
	w.functions = append(w.functions, async)
	w.fields(v)
	w.functions = w.functions[:len(w.functions)-1]
	w.arguments = outside
}
