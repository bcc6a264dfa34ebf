package gate_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
)

const url = "https://www.example.com/health"

func answer(status int, body string, headers ...string) gate.Sample {
	s := gate.Sample{Status: status, Body: body, Header: http.Header{}}
	for i := 0; i < len(headers); i += 2 {
		s.Header.Add(headers[i], headers[i+1])
	}
	return s
}

func TestExamineJudgesOneSample(t *testing.T) {
	t.Parallel()
	green := &gate.Marker{Value: "i am green"}
	inHeader := &gate.Marker{Header: "X-Side", Value: "green"}
	others := map[string]gate.Marker{"amber": {Value: "i am amber"}, "blue": {Value: "i am blue"}}
	for _, c := range []struct {
		name    string
		target  gate.Target
		sample  gate.Sample
		verdict gate.Verdict
		why     string
	}{
		{"200 by default", gate.Target{}, answer(200, ""), gate.Pass, ""},
		{"no answer", gate.Target{}, gate.Sample{Err: "connection refused"}, gate.Fail, url + " gave no answer: connection refused"},
		{"half an answer", gate.Target{}, gate.Sample{Status: 200, Err: "unexpected EOF"}, gate.Fail, url + " gave no answer: unexpected EOF"},
		{"another status", gate.Target{}, answer(503, ""), gate.Fail, url + " answered 503, expected 200"},
		{"a redirect is a status", gate.Target{}, answer(301, ""), gate.Fail, url + " answered 301, expected 200"},
		{"expected statuses", gate.Target{Statuses: []int{204, 301}}, answer(301, ""), gate.Pass, ""},
		{"none of the expected statuses", gate.Target{Statuses: []int{204, 301}}, answer(200, ""), gate.Fail, url + " answered 200, expected 204 or 301"},
		{"contains", gate.Target{Contains: "ok"}, answer(200, "all ok"), gate.Pass, ""},
		{"does not contain", gate.Target{Contains: "ok"}, answer(200, "maintenance"), gate.Fail, "the body of " + url + ` does not contain "ok"`},
		{"matches", gate.Target{Matches: regexp.MustCompile(`v\d+`)}, answer(200, "v12"), gate.Pass, ""},
		{"does not match", gate.Target{Matches: regexp.MustCompile(`v\d+`)}, answer(200, "vX"), gate.Fail, "the body of " + url + ` does not match "v\\d+"`},

		{"right marker in the body", gate.Target{WantMarker: green, NeedMarker: true}, answer(200, "hello, i am green"), gate.Pass, ""},
		{"right marker in a header", gate.Target{WantMarker: inHeader, NeedMarker: true}, answer(200, "", "x-side", "green"), gate.Pass, ""},
		{"right marker among several values", gate.Target{WantMarker: inHeader}, answer(200, "", "X-Side", "edge", "X-Side", "green"), gate.Pass, ""},
		{"a header's value is the whole value", gate.Target{WantMarker: inHeader}, answer(200, "", "X-Side", "greenish"), gate.Fail, "the answer of " + url + " does not carry the marker of the side that should have given it"},
		{"the marker's text in the body is not its header", gate.Target{WantMarker: inHeader}, answer(200, "green"), gate.Fail, "the answer of " + url + " does not carry the marker of the side that should have given it"},
		{"no marker although one is expected", gate.Target{WantMarker: green, Others: others}, answer(200, "hello"), gate.Fail, "the answer of " + url + " does not carry the marker of the side that should have given it"},
		{"wrong side", gate.Target{WantMarker: green, Others: others}, answer(200, "i am blue"), gate.Fail, url + " was answered by blue"},
		{"wrong side, whatever its status", gate.Target{WantMarker: green, Others: others}, answer(503, "i am blue"), gate.Fail, url + " was answered by blue"},
		{"wrong side is known without a marker of one's own", gate.Target{Others: others, NeedMarker: true}, answer(200, "i am amber"), gate.Fail, url + " was answered by amber"},
		{"both markers: the right one counts", gate.Target{WantMarker: green, Others: others}, answer(200, "i am blue and i am green"), gate.Pass, ""},
		{"the right side, sick", gate.Target{WantMarker: green, Others: others}, answer(500, "i am green"), gate.Fail, url + " answered 500, expected 200"},
		{"nothing proves who answered", gate.Target{NeedMarker: true, Others: others}, answer(200, "hello"), gate.Inconclusive, url + " answered, but without a `marker` on each side nothing proves which one did"},
		{"nothing proves who answered, but it is sick", gate.Target{NeedMarker: true}, answer(500, ""), gate.Fail, url + " answered 500, expected 200"},
		{"who answers is not in doubt", gate.Target{NeedMarker: false}, answer(200, "hello"), gate.Pass, ""},

		{"an empty marker proves nothing", gate.Target{WantMarker: &gate.Marker{}}, answer(200, "hello"), gate.Fail, "the answer of " + url + " does not carry the marker of the side that should have given it"},
		{"an empty header marker proves nothing", gate.Target{WantMarker: &gate.Marker{Header: "X-Side"}}, answer(200, "hello", "X-Side", ""), gate.Fail, "the answer of " + url + " does not carry the marker of the side that should have given it"},
		{"an empty marker of another side accuses nobody", gate.Target{Others: map[string]gate.Marker{"blue": {}}}, answer(200, "hello"), gate.Pass, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.target.URL = url
			got := c.target.Examine(c.sample)
			if want := (gate.Finding{Verdict: c.verdict, Why: c.why}); got != want {
				t.Errorf("\n got %s %q\nwant %s %q", got.Verdict, got.Why, want.Verdict, want.Why)
			}
		})
	}
}

func findings(verdicts string) []gate.Finding {
	var out []gate.Finding
	for i, v := range verdicts {
		f := gate.Finding{Why: fmt.Sprintf("sample %d", i)}
		switch v {
		case '+':
			f = gate.Finding{Verdict: gate.Pass}
		case '-':
			f.Verdict = gate.Fail
		}
		out = append(out, f)
	}
	return out
}

func TestJudgeWeighsAllFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		findings string // + passed, - failed, ? inconclusive
		limit    int
		verdict  gate.Verdict
		why      string
	}{
		{"+++", 0, gate.Pass, ""},
		{"", 0, gate.Inconclusive, "no request was made"},
		{"", 5, gate.Inconclusive, "no request was made"},
		{"++-", 0, gate.Fail, "sample 2 (1 of 3 requests failed, 0 allowed)"},
		{"++-", 1, gate.Pass, ""},
		{"+-+-", 1, gate.Fail, "sample 1 (2 of 4 requests failed, 1 allowed)"},
		{"+-+-", 2, gate.Inconclusive, "sample 3, and only 2 of 4 requests succeeded"},
		{"+-+-+", 2, gate.Pass, ""},
		{"--", 2, gate.Inconclusive, "sample 0, and no request succeeded"},
		{"-", 1, gate.Inconclusive, "sample 0, and no request succeeded"},
		{"--", 1, gate.Fail, "sample 0 (2 of 2 requests failed, 1 allowed)"},
		{"+?+", 0, gate.Inconclusive, "sample 1"},
		{"???", 0, gate.Inconclusive, "sample 0"},
		{"?-", 0, gate.Fail, "sample 1 (1 of 2 requests failed, 0 allowed)"},
		{"?-", 1, gate.Inconclusive, "sample 0"},
		{"-?", 1, gate.Inconclusive, "sample 1"},
	} {
		verdict, why := gate.Judge(findings(c.findings), c.limit)
		if verdict != c.verdict || why != c.why {
			t.Errorf("%q with %d allowed: %s %q, want %s %q", c.findings, c.limit, verdict, why, c.verdict, c.why)
		}
	}
}

// What was not shown is not known: a finding that nobody filled in proves nothing.
func TestTheZeroFindingIsInconclusive(t *testing.T) {
	t.Parallel()
	if v, _ := gate.Judge([]gate.Finding{{}}, 0); v != gate.Inconclusive {
		t.Errorf("a zero finding: %s", v)
	}
	if v, _ := gate.Judge([]gate.Finding{{Verdict: gate.Pass}, {}}, 0); v != gate.Inconclusive {
		t.Errorf("a zero finding beside one that passed: %s", v)
	}
	if v, _ := gate.Judge([]gate.Finding{{Verdict: gate.Pass}, {Verdict: 99}}, 0); v != gate.Inconclusive {
		t.Errorf("a verdict nobody knows: %s", v)
	}
}

// More evidence against a side, in any order, never turns a verdict in its favour.
func TestAFurtherFailureNeverHelps(t *testing.T) {
	t.Parallel()
	rank := map[gate.Verdict]int{gate.Fail: 0, gate.Inconclusive: 1, gate.Pass: 2}
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var list []byte
		for range r.IntN(8) {
			list = append(list, "+-?"[r.IntN(3)])
		}
		limit := r.IntN(4)
		before, _ := gate.Judge(findings(string(list)), limit)
		worse, _ := gate.Judge(findings(string(list)+"-"), limit)
		if len(list) > 0 && rank[worse] > rank[before] {
			t.Fatalf("seed %d: %q with %d allowed is %s, and with one more failure %s", seed, list, limit, before, worse)
		}
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		if shuffled, _ := gate.Judge(findings(string(list)), limit); shuffled != before {
			t.Fatalf("seed %d: the order of %q turns %s into %s", seed, list, before, shuffled)
		}
	}
}

func TestVerdictsHaveNames(t *testing.T) {
	t.Parallel()
	for v, want := range map[gate.Verdict]string{gate.Pass: "passed", gate.Fail: "failed", gate.Inconclusive: "inconclusive", gate.Unasked: "unasked", 9: "Verdict(9)"} {
		if v.String() != want {
			t.Errorf("%d is called %q, want %q", int(v), v, want)
		}
	}
}
