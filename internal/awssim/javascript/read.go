package javascript

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/grafana/sobek"
)

// read makes what JSON text says. The engine's own JSON.parse is built on a reader of tokens
// that costs a quarter of a run; it still judges text that is not plain, so that what is no
// JSON fails as it does in JavaScript.
func (m *machine) read(text string) (sobek.Value, error) {
	r := reader{m: m, text: text}
	if v, ok := r.value(0); ok {
		if r.blank(); r.at == len(text) {
			return v, nil
		}
	}
	return m.parse(sobek.Undefined(), m.vm.ToValue(text))
}

type reader struct {
	m    *machine
	text string
	at   int
}

func (r *reader) blank() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\n' || r.text[r.at] == '\t' || r.text[r.at] == '\r') {
		r.at++
	}
}

// next says whether c comes next, and takes it.
func (r *reader) next(c byte) bool {
	r.blank()
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

// deepest is where plain text ends.
const deepest = 64

func (r *reader) value(depth int) (sobek.Value, bool) {
	if r.blank(); r.at >= len(r.text) || depth > deepest {
		return nil, false
	}
	switch c := r.text[r.at]; c {
	case '{':
		return r.object(depth)
	case '[':
		return r.array(depth)
	case '"':
		s, ok := r.string()
		return r.m.vm.ToValue(s), ok
	default:
		from := r.at
		for r.at < len(r.text) && (r.text[r.at] >= '0' && r.text[r.at] <= '9' || r.text[r.at] >= 'a' && r.text[r.at] <= 'z' || r.text[r.at] == '-' || r.text[r.at] == '+' || r.text[r.at] == '.' || r.text[r.at] == 'E') {
			r.at++
		}
		switch word := r.text[from:r.at]; {
		case word == "true" || word == "false":
			return r.m.vm.ToValue(word == "true"), true
		case word == "null":
			return sobek.Null(), true
		case json.Valid([]byte(word)):
			if n, err := strconv.ParseInt(word, 10, 32); err == nil && word != "-0" {
				return r.m.vm.ToValue(n), true
			}
			f, err := strconv.ParseFloat(word, 64)
			return r.m.vm.ToValue(f), err == nil
		}
		return nil, false
	}
}

func (r *reader) object(depth int) (sobek.Value, bool) {
	r.at++
	o := r.m.vm.NewObject()
	if r.next('}') {
		return o, true
	}
	for {
		if r.blank(); r.at >= len(r.text) || r.text[r.at] != '"' {
			return nil, false
		}
		name, ok := r.string()
		if !ok || name == proto || !r.next(':') {
			return nil, false
		}
		v, ok := r.value(depth + 1)
		if !ok || o.Set(name, v) != nil {
			return nil, false
		}
		if r.next('}') {
			return o, true
		}
		if !r.next(',') {
			return nil, false
		}
	}
}

func (r *reader) array(depth int) (sobek.Value, bool) {
	r.at++
	var list []any
	if r.next(']') {
		return r.m.vm.NewArray(), true
	}
	for {
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		list = append(list, v)
		if r.next(']') {
			return r.m.vm.NewArray(list...), true
		}
		if !r.next(',') {
			return nil, false
		}
	}
}

// string takes one, quotes included. One with escapes is not plain unless they are short.
func (r *reader) string() (string, bool) {
	from := r.at
	plain := true
	for r.at++; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			if plain {
				s := r.text[from+1 : r.at-1]
				return s, utf8.ValidString(s)
			}
			var s string
			err := json.Unmarshal([]byte(r.text[from:r.at]), &s)
			return s, err == nil
		case c == '\\':
			plain = false
			if r.at++; r.at < len(r.text) && r.text[r.at] == 'u' { // half a pair would be lost in Go
				return "", false
			}
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// proto is the name that sets a prototype where it is not defined as a property.
const proto = "__proto__"
