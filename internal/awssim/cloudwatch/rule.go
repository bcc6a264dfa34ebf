package cloudwatch

import (
	"regexp"
	"slices"
	"strings"
)

// A rule is the expression of a composite alarm: ALARM(name), OK(name) and
// INSUFFICIENT_DATA(name) by name or ARN, TRUE, FALSE, NOT, AND, OR and parentheses.
// NOT binds most, then AND, then OR. Source: API reference, PutCompositeAlarm.
type rule struct {
	op    string // AND, OR, NOT, TRUE, FALSE, or a state
	left  *rule
	right *rule
	alarm string
}

var ruleToken = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[()]|[^\s()"]+`)

// maxRule is the number of elements that a rule may have. Source: API reference.
const maxRule = 500

func parseRule(text string) (*rule, error) {
	p := &ruleParser{tokens: ruleToken.FindAllString(text, -1)}
	if len(p.tokens) > maxRule*4 {
		return nil, invalid("AlarmRule contains too many elements; the maximum is %d.", maxRule)
	}
	r := p.or()
	if p.failed || r == nil || p.at < len(p.tokens) {
		return nil, invalid("AlarmRule must not contain leading or trailing whitespaces or be malformed: error near position %d of '%s'", p.position(), text)
	}
	return r, nil
}

type ruleParser struct {
	tokens []string
	at     int
	failed bool
}

func (p *ruleParser) position() int {
	n := 0
	for _, t := range p.tokens[:min(p.at, len(p.tokens))] {
		n += len(t) + 1
	}
	return n
}

func (p *ruleParser) next() string {
	p.at++
	if p.at > len(p.tokens) {
		p.failed = true
		return ""
	}
	return p.tokens[p.at-1]
}

func (p *ruleParser) take(token string) bool {
	if p.at < len(p.tokens) && p.tokens[p.at] == token {
		p.at++
		return true
	}
	return false
}

func (p *ruleParser) or() *rule {
	r := p.and()
	for p.take("OR") {
		r = &rule{op: "OR", left: r, right: p.and()}
	}
	return r
}

func (p *ruleParser) and() *rule {
	r := p.not()
	for p.take("AND") {
		r = &rule{op: "AND", left: r, right: p.not()}
	}
	return r
}

func (p *ruleParser) not() *rule {
	if p.take("NOT") {
		return &rule{op: "NOT", left: p.not()}
	}
	switch t := p.next(); t {
	case "(":
		r := p.or()
		if !p.take(")") {
			p.failed = true
		}
		return r
	case "TRUE", "FALSE":
		return &rule{op: t}
	case stateAlarm, stateOK, stateInsufficient:
		if !p.take("(") {
			p.failed = true
			return nil
		}
		name := p.next()
		if quoted, found := strings.CutPrefix(name, `"`); found {
			name = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(strings.TrimSuffix(quoted, `"`))
		}
		if name == "" || name == ")" || !p.take(")") {
			p.failed = true
		}
		return &rule{op: t, alarm: name}
	default:
		p.failed = true
		return nil
	}
}

// holds evaluates the rule, given the state of each alarm.
func (r *rule) holds(state func(alarm string) string) bool {
	switch r.op {
	case "AND":
		return r.left.holds(state) && r.right.holds(state)
	case "OR":
		return r.left.holds(state) || r.right.holds(state)
	case "NOT":
		return !r.left.holds(state)
	case "TRUE":
		return true
	case "FALSE":
		return false
	}
	return state(r.alarm) == r.op
}

// alarms lists those that the rule names, each once.
func (r *rule) alarms() []string {
	if r == nil {
		return nil
	}
	out := append(r.left.alarms(), r.right.alarms()...)
	if r.alarm != "" {
		out = append(out, r.alarm)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
