package edgefunction_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

const secret = "a-secret-of-testers"

func byPrefix() edgefunction.Config {
	c := byOrigin()
	c.Sides = []edgefunction.Side{{Name: "blue", URIPrefix: "/blue", IndexDocument: "index.html"}, {Name: "green", URIPrefix: "/v2/green"}, {Name: "red", URIPrefix: "/red"}}
	c.Override = edgefunction.Override{Kind: edgefunction.ByCookie, Name: "side"}
	c.WithoutCookie = edgefunction.Safe
	return c
}

func configs() map[string]edgefunction.Config {
	safe, none := byOrigin(), byPrefix()
	safe.WithoutCookie, safe.Safe = edgefunction.Safe, "green"
	bare := byPrefix()
	bare.Sides[0] = edgefunction.Side{Name: "blue"}
	none.Override, none.WithoutCookie = edgefunction.Override{}, edgefunction.AssignNow
	return map[string]edgefunction.Config{"origins": byOrigin(), "prefixes": byPrefix(), "origins, safe": safe, "prefixes, no override": none, "prefixes, safe without": bare}
}

func encode(t testing.TB, table edgefunction.Table) *string {
	t.Helper()
	text, err := table.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return &text
}

// malformed are values of the key that no function may follow. Whoever has a side keeps it, others are on the safe one.
var malformed = []string{
	"", "null", "7", `"split"`, "[]", "{", `{}`, `{"generation":9}`, `{"weights":{"blue":50,"green":50}}`, `{"generation":9,"weights":null}`,
	`{"generation":9,"weights":[50,50]}`, `{"generation":9,"weights":{"blue":50,"green":49}}`, `{"generation":9,"weights":{"blue":"50","green":50}}`,
	`{"generation":9,"weights":{"blue":150,"green":-50}}`, `{"generation":9,"weights":{"blue":49.5,"green":50.5}}`, `{"generation":9,"weights":{"blue":null,"green":100}}`,
	`{"generation":"9","weights":{"blue":50,"green":50}}`, `{"generation":0,"weights":{"blue":50,"green":50}}`, `{"generation":-1,"weights":{"blue":50,"green":50}}`,
	`{"generation":1.5,"weights":{"blue":50,"green":50}}`, `{"generation":9007199254740992,"weights":{"blue":50,"green":50}}`, `{"generation":1e300,"weights":{"blue":50,"green":50}}`,
	`{"generation":9,"weights":{"pink":50,"green":50}}`, `{"generation":9,"weights":{}}`, `{"generation":9,"weights":50}`, `{"generation":9,"weights":{"blue":50,"green":50}} x`,
}

// strange are tables that are followed, though nobody here writes them.
var strange = []string{
	`{"generation":9.0,"weights":{"blue":5e1,"green":50}}`, `{"generation":9,"generation":10,"weights":{"blue":50,"green":50}}`, `{"generation":9,"weights":{"green":100}}`,
	`{"generation":9,"weights":{"blue":50,"green":50,"pink":0},"override":7,"killed":"yes"}`, `{"generation":9,"weights":{"blue":50,"green":50,"pink":50}}`,
	`{"generation":9,"weights":{"blue":40,"green":60},"Killed":true,"KILLED":true}`, ` {"killed":true,"generation":9,"weights":{"blue":0,"green":100}} `,
}

// events draws what viewers, hostile ones too, send to locations in any state.
type events struct {
	*rand.Rand
	c edgefunction.Config
	t testing.TB
}

func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func (r events) table() *string {
	switch n := r.IntN(20); {
	case n < 2:
		return nil
	case n == 2:
		text := noStore
		return &text
	case n == 3:
		text := one(r.Rand, malformed...)
		return &text
	case n == 4:
		text := one(r.Rand, strange...)
		return &text
	}
	weights := map[string]int{}
	for i, w := range split(r.Rand, len(r.c.Sides)) {
		weights[r.c.Sides[i].Name] = w.Percent
	}
	table := edgefunction.Table{Generation: 1 + r.Int64N(12), Weights: weights, Killed: r.IntN(10) == 0}
	if r.IntN(4) > 0 {
		table.Override = edgefunction.OverrideHash(secret)
	}
	return encode(r.t, table)
}

func (r events) cookie() string {
	id := fmt.Sprintf("v%d", r.IntN(1000))
	side := one(r.Rand, r.c.Sides...).Name
	good := r.c.CookieValue(id, side, 1+r.Int64N(12))
	switch r.IntN(16) {
	case 0, 1:
		return id
	case 2:
		return good[:len(good)-1] + one(r.Rand, "0", "1", "", "00", "G") // a forged code
	case 3:
		return strings.Replace(good, "."+side+".", "."+one(r.Rand, "blue", "green", "pink", "")+".", 1)
	case 4:
		return r.c.CookieValue(id, "pink", 5)
	case 5:
		return one(r.Rand, r.c.CookieValue(id, side, 1<<53), r.c.CookieValue(id, side, 1<<62), r.c.CookieValue(id, side, 1<<53-1), r.c.CookieValue(id, side, 0), r.c.CookieValue(id, side, -7))
	case 6:
		return one(r.Rand, strings.Repeat("a", 4096), strings.Repeat(".", 4096), strings.Repeat("a.", 100), good+strings.Repeat("0", 4000))
	case 7:
		return one(r.Rand, "", ".", "...", "a b", "ä", "<script>", id+".", id+"."+side, id+"."+side+".1", "-", "__proto__", "%00", "a;b", strings.Repeat("a", 65), strings.Repeat("a", 64))
	}
	return good
}

func (r events) request() (request, edgefunction.Request) {
	q := request{Method: "GET", URI: one(r.Rand, "/", "/", "/a/b.html", "/blue/x", "/index.html"), Headers: map[string]field{"host": {Value: "www.example.com"}}, Cookies: map[string]field{}}
	m := edgefunction.Request{}
	if r.IntN(3) > 0 {
		n := 1
		if r.IntN(6) == 0 {
			n = 2 + r.IntN(4)
		}
		for range n {
			m.Cookies = append(m.Cookies, r.cookie())
		}
		f := field{Value: m.Cookies[0]}
		if n > 1 {
			for _, v := range m.Cookies {
				f.MultiValue = append(f.MultiValue, field{Value: v})
			}
		}
		q.Cookies[r.c.Cookie.Name] = f
		q.Cookies["other"] = field{Value: "1"}
	}
	if r.IntN(6) == 0 {
		m.Override = one(r.Rand, r.c.Sides...).Name + "." + one(r.Rand, secret, secret, "wrong-secret", "")
		m.Override = one(r.Rand, m.Override, m.Override, "pink."+secret, secret, ".", "", strings.Repeat("x", 1000)+"."+secret)
		switch r.c.Override.Kind {
		case edgefunction.ByHeader:
			q.Headers[r.c.Override.Name] = field{Value: m.Override}
		case edgefunction.ByCookie:
			q.Cookies[r.c.Override.Name] = field{Value: m.Override}
		}
	}
	if r.IntN(8) == 0 { // what no viewer may decide by
		q.Headers[r.c.VariantHeader] = field{Value: "pink"}
	}
	return q, m
}

// What the function at the edge does is what Decide says, in the simulator's engine and in the family of engine that CloudFront's
// is of: with 100,000 events each in make matrices, with a fifth of those in make test.
func TestTheCodeDecidesAsTheModelSays(t *testing.T) {
	t.Parallel()
	each := 5000
	if os.Getenv("CDN_MATRIX") == "all" {
		each = 25_000
	}
	for engineName, in := range engines {
		for _, name := range slices.Sorted(maps.Keys(configs())) {
			t.Run(engineName+"/"+name, func(t *testing.T) {
				t.Parallel()
				c := configs()[name]
				ask, answer, err := edgefunction.Generate(c)
				if err != nil {
					t.Fatal(err)
				}
				r := events{rand.New(rand.NewPCG(14, 4)), c, t}
				runs, models := make([]run, each), make([]edgefunction.Request, each)
				for i := range runs {
					var q request
					q, models[i] = r.request()
					models[i].ID = one(r.Rand, "", "EXAMPLE_request-ID==", "a.b/c+d", strings.Repeat("x", 100)) + fmt.Sprint(r.IntN(1000))
					models[i].Table = r.table()
					runs[i] = run{Event: event{eventContext{models[i].ID}, q, nil}, Table: models[i].Table}
				}
				decided := in(t, ask, runs)
				answers, shown := make([]run, each), make([]*edgefunction.Decision, each)
				reached := map[string]int{}
				for i, m := range models {
					if m.Table != nil && *m.Table == noStore {
						m.Table = nil
					}
					want := c.Decide(m)
					got := read[request](t, decided[i])
					if side, cookie := got.Headers[c.VariantHeader].Value, got.Headers[edgefunction.DecisionHeader].Value; side != want.Side || cookie != want.Cookie {
						t.Fatalf("%+v, table %v: the code says %s and %s, the model %+v", runs[i].Event, text(m.Table), side, cookie, want)
					}
					if uri, origin := outcomeOf(c, want.Side, runs[i].Event.Request.URI); got.URI != uri || decided[i].Origin != origin {
						t.Fatalf("%s of %s went to %s, %q, want %s, %q", runs[i].Event.Request.URI, want.Side, got.URI, decided[i].Origin, uri, origin)
					}
					_, header := got.Headers[c.Override.Name]
					if _, cookie := got.Cookies[c.Override.Name]; c.Override.Kind != "" && (header || cookie) {
						t.Fatalf("the origin sees the override: %+v", got)
					}
					reached[want.Side]++
					if want.Cookie == edgefunction.NoCookie {
						reached["override"]++
					}
					again := runs[i].Event
					if r.IntN(2) == 0 {
						again.Request, shown[i] = got, &want
					}
					again.Response = &response{StatusCode: 200, Headers: map[string]field{}, Cookies: map[string]field{"session": {Value: "1"}}}
					answers[i] = run{Event: again}
				}
				for i, o := range in(t, answer, answers) {
					got := read[response](t, o)
					want := c.Answered(models[i], shown[i])
					set := got.Cookies[c.Cookie.Name]
					if set.Value != want || got.Cookies["session"].Value != "1" {
						t.Fatalf("%+v, decided %+v: the code sets %q, the model %q", answers[i].Event, shown[i], set.Value, want)
					}
					if want != "" && set.Attributes != "Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=Lax" {
						t.Fatalf("attributes: %s", set.Attributes)
					}
					reached[fmt.Sprint("sets ", want != "")]++
				}
				for _, s := range c.Sides {
					if reached[s.Name] == 0 {
						t.Errorf("nobody is on %s: %v", s.Name, reached)
					}
				}
				if c.Override.Kind != "" && reached["override"] == 0 || reached["sets true"] == 0 || reached["sets false"] == 0 {
					t.Errorf("not everything happened: %v", reached)
				}
			})
		}
	}
}

func text(s *string) string {
	if s == nil {
		return "absent"
	}
	return *s
}

// outcomeOf is where a request of a side goes.
func outcomeOf(c edgefunction.Config, side, uri string) (path, origin string) {
	for _, s := range c.Sides {
		switch {
		case s.Name != side:
		case s.OriginID != "":
			return uri, s.OriginID
		case uri == "/" && s.IndexDocument != "":
			return s.URIPrefix + "/" + s.IndexDocument, ""
		default:
			return s.URIPrefix + uri, ""
		}
	}
	return "", ""
}
