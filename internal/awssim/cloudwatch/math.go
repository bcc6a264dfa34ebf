package cloudwatch

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A scope is what an expression of metric math can see.
type scope struct {
	results  map[string]values
	from, to time.Time
	period   time.Duration
}

// An operand is a series, or one number for all times.
type operand struct {
	points values
	number float64
	scalar bool
}

// evaluate computes an expression. missing names something that it refers to and
// that has no result yet.
//
// Known are + - * / ^, comparisons, AND, OR, parentheses, the functions ABS, AVG, CEIL,
// FILL, FLOOR, IF, MAX, MIN and SUM. CloudWatch knows more.
// Source: User Guide, "Using math expressions with CloudWatch metrics".
func evaluate(expression string, in scope) (out values, missing string, err error) {
	p := &mathParser{scope: in, tokens: mathToken.FindAllString(expression, -1)}
	if strings.Join(p.tokens, "") != strings.Join(strings.Fields(expression), "") {
		return nil, "", invalid("Error in expression '%s': it contains characters that are not valid.", expression)
	}
	v := p.or()
	switch {
	case p.missing != "":
		return nil, p.missing, nil
	case p.problem != "":
		return nil, "", invalid("Error in expression '%s': %s", expression, p.problem)
	case p.at < len(p.tokens):
		return nil, "", invalid("Error in expression '%s': unexpected %s", expression, p.tokens[p.at])
	case v.scalar:
		return nil, "", invalid("Error in expression '%s': the result is a number and not a time series.", expression)
	}
	return v.points, "", nil
}

var mathToken = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_]*|\d+(?:\.\d+)?|[<>=!]=|&&|\|\||[-+*/^<>(),]`)

type mathParser struct {
	scope
	tokens           []string
	at               int
	missing, problem string
}

func (p *mathParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

// take consumes the next token if it is one of these.
func (p *mathParser) take(tokens ...string) string {
	if t := p.peek(); t != "" && slices.Contains(tokens, t) {
		p.at++
		return t
	}
	return ""
}

func (p *mathParser) fail(why string) operand {
	if p.problem == "" {
		p.problem = why
	}
	p.at = len(p.tokens)
	return operand{scalar: true}
}

// chain reads operands of one precedence, from left to right.
func (p *mathParser) chain(operand func() operand, operators ...string) operand {
	left := operand()
	for {
		op := p.take(operators...)
		if op == "" {
			return left
		}
		left = combine(op, left, operand())
	}
}

func (p *mathParser) or() operand  { return p.chain(p.and, "OR", "||") }
func (p *mathParser) and() operand { return p.chain(p.compare, "AND", "&&") }
func (p *mathParser) compare() operand {
	return p.chain(p.sum, "<", ">", "<=", ">=", "==", "!=")
}
func (p *mathParser) sum() operand     { return p.chain(p.product, "+", "-") }
func (p *mathParser) product() operand { return p.chain(p.power, "*", "/") }
func (p *mathParser) power() operand   { return p.chain(p.unary, "^") }

func (p *mathParser) unary() operand {
	if p.take("-") != "" {
		return combine("-", operand{scalar: true}, p.unary())
	}
	return p.primary()
}

func (p *mathParser) primary() operand {
	t := p.peek()
	p.at++
	if t == "(" {
		v := p.or()
		if p.take(")") == "" {
			return p.fail("a parenthesis is not closed")
		}
		return v
	}
	if f, err := strconv.ParseFloat(t, 64); err == nil && t[0] >= '0' && t[0] <= '9' {
		return operand{number: f, scalar: true}
	}
	switch {
	case t == "" || !(t[0] >= 'a' && t[0] <= 'z' || t[0] >= 'A' && t[0] <= 'Z'):
		return p.fail("something is missing")
	case p.peek() == "(":
		return p.call(t)
	}
	v, ok := p.results[t]
	if !ok {
		p.missing = t
	}
	return operand{points: v}
}

// call reads the arguments of a function and computes it.
func (p *mathParser) call(name string) operand {
	p.at++ // the parenthesis
	var args []operand
	repeat := false
	for p.peek() != ")" {
		if name == "FILL" && len(args) == 1 && p.take("REPEAT") != "" {
			repeat = true
		} else {
			args = append(args, p.or())
		}
		if p.take(",") == "" {
			break
		}
	}
	if p.take(")") == "" {
		return p.fail("a parenthesis is not closed")
	}
	series := func(n int) bool { return len(args) == n && !args[0].scalar }
	switch {
	case name == "FILL" && len(args) == 1 && repeat:
		return operand{points: p.fill(args[0].points, nil)}
	case name == "FILL" && series(2) && args[1].scalar:
		return operand{points: p.fill(args[0].points, &args[1].number)}
	case name == "IF" && len(args) == 3:
		return p.choose(args[0], args[1], args[2])
	case series(1):
		if f, ok := each[name]; ok {
			return operand{points: args[0].points.mapped(f)}
		}
		if f, ok := whole[name]; ok {
			if len(args[0].points) == 0 {
				return operand{} // nothing in, nothing out
			}
			return operand{number: f(args[0].points), scalar: true}
		}
	}
	return p.fail("the simulator knows no function " + name + " with such arguments")
}

var each = map[string]func(float64) float64{"ABS": math.Abs, "CEIL": math.Ceil, "FLOOR": math.Floor}

var whole = map[string]func(values) float64{
	"SUM": func(v values) float64 { return v.fold(0, func(a, b float64) float64 { return a + b }) },
	"AVG": func(v values) float64 {
		return v.fold(0, func(a, b float64) float64 { return a + b }) / float64(len(v))
	},
	"MAX": func(v values) float64 { return v.fold(math.Inf(-1), math.Max) },
	"MIN": func(v values) float64 { return v.fold(math.Inf(1), math.Min) },
}

func (v values) fold(start float64, f func(a, b float64) float64) float64 {
	for _, p := range v {
		start = f(start, p.value)
	}
	return start
}

func (v values) mapped(f func(float64) float64) values {
	var out values
	for _, p := range v {
		out = append(out, point{p.at, f(p.value)})
	}
	return out
}

// fill puts a value, or the one before, where there is none.
func (p *mathParser) fill(v values, with *float64) values {
	var out values
	var last *float64
	for t := p.from; t.Before(p.to); t = t.Add(p.period) {
		x, ok := v.at(t)
		switch {
		case ok:
			last = &x
		case with != nil:
			x = *with
		case last != nil:
			x = *last
		default:
			continue
		}
		out = append(out, point{t, x})
	}
	return out
}

// choose is IF: at each time of the condition one of two values.
func (p *mathParser) choose(condition, yes, no operand) operand {
	if condition.scalar {
		return p.fail("the condition of IF has to be a time series")
	}
	var out values
	for _, c := range condition.points {
		from := no
		if c.value != 0 {
			from = yes
		}
		if v, ok := from.value(c.at); ok {
			out = append(out, point{c.at, v})
		}
	}
	return operand{points: out}
}

func (o operand) value(at time.Time) (float64, bool) {
	if o.scalar {
		return o.number, true
	}
	return o.points.at(at)
}

// combine computes at each time at which both sides have a value.
func combine(op string, a, b operand) operand {
	if a.scalar && b.scalar {
		v, _ := calculate(op, a.number, b.number)
		return operand{number: v, scalar: true}
	}
	times := a.points
	if a.scalar {
		times = b.points
	}
	var out values
	for _, p := range times {
		x, okA := a.value(p.at)
		y, okB := b.value(p.at)
		if v, ok := calculate(op, x, y); ok && okA && okB {
			out = append(out, point{p.at, v})
		}
	}
	return operand{points: out}
}

// calculate is false for what has no value, such as a division by zero.
func calculate(op string, x, y float64) (float64, bool) {
	truth := func(b bool) (float64, bool) {
		if b {
			return 1, true
		}
		return 0, true
	}
	switch op {
	case "+":
		return x + y, true
	case "-":
		return x - y, true
	case "*":
		return x * y, true
	case "/":
		return x / y, y != 0
	case "^":
		return math.Pow(x, y), true
	case "<":
		return truth(x < y)
	case ">":
		return truth(x > y)
	case "<=":
		return truth(x <= y)
	case ">=":
		return truth(x >= y)
	case "==":
		return truth(x == y)
	case "!=":
		return truth(x != y)
	case "AND", "&&":
		return truth(x != 0 && y != 0)
	default: // OR
		return truth(x != 0 || y != 0)
	}
}
