package edgefunction_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// locations is what edge locations know of a weight that rises and falls. Each learns of each table at a time of its own, and around that
// time its reads are absent, old and new in turn, as has been measured.
type locations struct {
	tables  []*string
	written []edgefunction.Table
	arrival [][]float64 // by location and table, in seconds
	until   float64
}

const (
	between = 60.0 // seconds from a write to the next
	flaps   = 8.0  // seconds for which reads alternate, before and after a table arrives
)

func rising(t testing.TB, r *rand.Rand) locations {
	t.Helper()
	var l locations
	for i, green := range []int{0, 5, 25, 50, 100, 50, 5, 0, 30, 70, 0} {
		table := edgefunction.Table{Generation: int64(i + 1), Weights: map[string]int{"blue": 100 - green, "green": green}}
		l.written, l.tables = append(l.written, table), append(l.tables, encode(t, table))
	}
	for range 12 {
		var at []float64
		for i := range l.tables {
			// Median 5 s, 99 % within 45 s.
			at = append(at, between*float64(i)+math.Exp(math.Log(5)+r.NormFloat64()*math.Log(9)/2.326))
		}
		l.arrival = append(l.arrival, at)
	}
	l.until = between * float64(len(l.tables))
	return l
}

// read is the index of the table that a location answers with, or -1.
func (l locations) read(r *rand.Rand, location int, at float64) int {
	newest := -1
	for i, arrival := range l.arrival[location] {
		switch {
		case math.Abs(arrival-at) < flaps:
			return one(r, -1, max(i-1, 0), i)
		case arrival <= at:
			newest = i
		}
	}
	return newest
}

// edge is what runs there: the model, or code.
type edge interface {
	decide(edgefunction.Request) edgefunction.Decision
	answer(edgefunction.Request, *edgefunction.Decision) string
}

type model struct{ edgefunction.Config }

func (m model) decide(r edgefunction.Request) edgefunction.Decision { return m.Decide(r) }
func (m model) answer(r edgefunction.Request, d *edgefunction.Decision) string {
	return m.Answered(r, d)
}

type code struct {
	t                testing.TB
	c                edgefunction.Config
	request, respond *javascript.Program
	runs             uint64
}

func (e *code) run(program *javascript.Program, v event, table *string) javascript.Result {
	e.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		e.t.Fatal(err)
	}
	e.runs++
	got := program.Run(text, javascript.Surroundings{Store: store{table}, Origins: v.Response == nil, Random: e.runs})
	if got.Err != nil {
		e.t.Fatal(got.Err)
	}
	return got
}

func (e *code) event(r edgefunction.Request) event {
	v := event{eventContext{r.ID}, request{Method: "GET", URI: "/", Headers: map[string]field{}, Cookies: map[string]field{}}, nil}
	for _, value := range r.Cookies {
		v.Request.Cookies[e.c.Cookie.Name] = field{Value: value}
	}
	return v
}

func (e *code) decide(r edgefunction.Request) edgefunction.Decision {
	got := read[request](e.t, outcome{Returned: e.run(e.request, e.event(r), r.Table).Output})
	return edgefunction.Decision{Side: got.Headers[e.c.VariantHeader].Value, Cookie: got.Headers[edgefunction.DecisionHeader].Value}
}

func (e *code) answer(r edgefunction.Request, d *edgefunction.Decision) string {
	v := e.event(r)
	if d != nil {
		v.Request.Headers[edgefunction.DecisionHeader] = field{Value: d.Cookie}
	}
	v.Response = &response{StatusCode: 200, Headers: map[string]field{}, Cookies: map[string]field{}}
	return read[response](e.t, outcome{Returned: e.run(e.respond, v, nil).Output}).Cookies[e.c.Cookie.Name].Value
}

// tally is what viewers saw.
type tally struct {
	sessions, requests, moves int
	flips                     int // another side, which no newer table than all that decided before explains
	wrong                     int // a side that has no weight in the table that decided
	disagree                  int // the cookie holds another side than was served
	unsteady                  int // two sides by one table
}

func (n tally) String() string {
	return fmt.Sprintf("%d sessions, %d requests, %d moved: %d flips, %d on a side without weight, %d beside their cookie, %d unsteady", n.sessions, n.requests, n.moves, n.flips, n.wrong, n.disagree, n.unsteady)
}

// session is one viewer with some requests. It is judged by what was served, and by what the location knew; not by what the code
// wrote into the cookie.
func (n *tally) session(r *rand.Rand, l locations, e edge, c edgefunction.Config, visible bool) {
	n.sessions++
	jar, side, seen := "", "", int64(0)
	identified, assigned := false, false
	by := map[int64]string{}
	if r.IntN(10) == 0 { // somebody wants to be on green for ever
		jar = fmt.Sprintf("me.green.%d.0123456789abcdef", 1+r.IntN(1000))
	}
	location, at := r.IntN(len(l.arrival)), r.Float64()*l.until
	for range 2 + r.IntN(7) {
		n.requests++
		at += r.ExpFloat64() * between / 3
		if r.IntN(2) == 0 {
			location = r.IntN(len(l.arrival))
		}
		q := edgefunction.Request{ID: fmt.Sprintf("r%d==", r.Uint64())}
		if jar != "" {
			q.Cookies = []string{jar}
		}
		generation := int64(0)
		var weights map[string]int
		if i := l.read(r, location, at); i >= 0 {
			q.Table, generation, weights = l.tables[i], l.written[i].Generation, l.written[i].Weights
		}
		d := e.decide(q)
		// Whoever has a side keeps it until a newer table; whoever has none gets one, if there is a table and an id.
		decides := generation > seen && (identified || c.WithoutCookie == edgefunction.AssignNow)
		switch {
		case assigned && d.Side != side && !decides:
			n.flips++
		case assigned && d.Side != side:
			n.moves++
		}
		if decides && weights[d.Side] == 0 {
			n.wrong++
		}
		if r.IntN(30) == 0 {
			continue // an answer of 400 or more runs no viewer response, and shows the viewer no side
		}
		shown := &d
		if !visible {
			shown = nil
		}
		if value := e.answer(q, shown); value != "" {
			jar = value
		}
		if generation > 0 && (identified || c.WithoutCookie == edgefunction.AssignNow) {
			if was, met := by[generation]; met && was != d.Side && !visible {
				n.unsteady++
			}
			by[generation] = d.Side
		}
		identified = true
		if decides {
			assigned, seen, side = true, generation, d.Side
		} else if assigned {
			side = d.Side
		}
		if assigned && visible && !strings.Contains(jar, "."+d.Side+".") {
			n.disagree++
		}
	}
}

func (n *tally) run(t testing.TB, e edge, c edgefunction.Config, visible bool, sessions int) {
	t.Helper()
	r := rand.New(rand.NewPCG(14, 5))
	for i := 0; i < sessions; i += 500 {
		l := rising(t, r)
		for range min(500, sessions-i) {
			n.session(r, l, e, c, visible)
		}
	}
}

func sticky(without edgefunction.WithoutCookie) edgefunction.Config {
	c := byOrigin()
	c.WithoutCookie = without
	return c
}

var withouts = []edgefunction.WithoutCookie{edgefunction.Safe, edgefunction.AssignNow}

// 100,000 sessions at locations that lag, miss the key and answer old and new in turn, while the weight rises and falls.
func TestNobodyFlipsWhereTheRewrittenRequestIsVisible(t *testing.T) {
	t.Parallel()
	for _, without := range withouts {
		t.Run(string(without), func(t *testing.T) {
			t.Parallel()
			var n tally
			c := sticky(without)
			n.run(t, model{c}, c, true, 50_000)
			t.Logf("%v", n)
			if n.flips > 0 || n.wrong > 0 || n.disagree > 0 || n.moves < n.sessions/10 {
				t.Errorf("%v", n)
			}
		})
	}
}

// Where it is not, no cookie says which table decided, so a viewer between two locations sees the side of each. One table still gives one side.
func TestFlipsAreOnlyBetweenTablesWhereItIsNot(t *testing.T) {
	t.Parallel()
	for _, without := range withouts {
		t.Run(string(without), func(t *testing.T) {
			t.Parallel()
			var n tally
			c := sticky(without)
			n.run(t, model{c}, c, false, 10_000)
			t.Logf("%v", n)
			if n.flips == 0 || n.wrong > 0 || n.unsteady > 0 {
				t.Errorf("%v", n)
			}
		})
	}
}

// What makes the difference is in the code, and each part of it is needed.
func TestEachPartOfTheCodeKeepsViewersWhereTheyAre(t *testing.T) {
	t.Parallel()
	type mutant struct {
		old, new string
		hidden   bool // where the rewritten request is not visible
		caught   func(tally) int
	}
	flips := func(n tally) int { return n.flips }
	wrong := func(n tally) int { return n.wrong }
	for name, m := range map[string]mutant{
		"the code itself":                 {},
		"the code itself, hidden":         {hidden: true},
		"the proof is not looked at":      {old: " || codeOf(parts[0] + '.' + parts[1] + '.' + parts[2]) !== parts[3]", caught: wrong},
		"an older table moves":            {old: "table.generation > known.generation", new: "table.generation !== known.generation", caught: flips},
		"an absent table moves":           {old: "if (!newer && !killed) {", new: "if (table !== null && !newer && !killed) {", caught: flips},
		"the cookie holds no generation":  {old: "String(table.generation)", new: "'1'", caught: flips},
		"the weights are read once":       {old: "weights.push(weight);", new: "weights.push([50, 50][i]);", caught: wrong},
		"the cookie is on the request":    {old: "response.cookies[config.cookie] = {", new: "event.request.cookies[config.cookie] = {", caught: flips},
		"the id is drawn":                 {old: "event.context.requestId", new: "Math.random()", hidden: true, caught: func(n tally) int { return n.unsteady }},
		"the id is left out of the hash":  {old: "config.salt + '\\n' + id + '\\n' + name", new: "config.salt + '\\n' + Math.random() + '\\n' + name", hidden: true, caught: func(n tally) int { return n.unsteady }},
		"the response draws another id":   {old: "cookieOf(event.request) === null ? newId(event)", new: "cookieOf(event.request) === null ? 'x' + newId(event)", hidden: true, caught: func(n tally) int { return n.unsteady }},
		"the cookie is that of the table": {old: "return { side: known.side, cookie: known.value };", new: "return { side: known.side, cookie: id };", caught: func(n tally) int { return n.flips + n.disagree }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := sticky(edgefunction.AssignNow)
			ask, answer, err := edgefunction.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			changed := func(text []byte) string {
				if m.old == "" {
					return string(text)
				}
				return strings.ReplaceAll(string(text), m.old, m.new)
			}
			if m.old != "" && !slices.ContainsFunc([][]byte{ask, answer}, func(text []byte) bool { return changed(text) != string(text) }) {
				t.Fatalf("there is no %q in the code", m.old)
			}
			e := &code{t: t, c: c, request: javascript.Compile(changed(ask), javascript.Runtime20), respond: javascript.Compile(changed(answer), javascript.Runtime20)}
			var n tally
			n.run(t, e, c, !m.hidden, 500)
			switch {
			case m.caught != nil && m.caught(n) == 0:
				t.Errorf("nobody notices: %v", n)
			case m.caught == nil && (n.wrong > 0 || n.unsteady > 0 || n.disagree > 0 || (n.flips > 0) != m.hidden):
				t.Errorf("%v", n)
			}
		})
	}
}
