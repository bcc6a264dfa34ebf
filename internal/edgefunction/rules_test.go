package edgefunction_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

// Each rule of docs/design/0035 once, by what the viewer and the origin see.
func TestRulesOfTheViewerRequest(t *testing.T) {
	t.Parallel()
	c := byOrigin()
	secretly := func(table edgefunction.Table) *string {
		table.Override = edgefunction.OverrideHash(secret)
		return encode(t, table)
	}
	all := func(side string) map[string]int {
		w := map[string]int{"blue": 0, "green": 0}
		w[side] = 100
		return w
	}
	green, blue := secretly(edgefunction.Table{Generation: 7, Weights: all("green")}), secretly(edgefunction.Table{Generation: 7, Weights: all("blue")})
	killed := encode(t, edgefunction.Table{Generation: 8, Weights: all("blue"), Killed: true})
	byHand := `{"generation":7,"weights":{"blue":0,"green":100},"killed":true}`
	on := func(side string, generation int64) string { return c.CookieValue("viewer", side, generation) }
	for _, rule := range []struct {
		name     string
		table    *string
		cookie   string
		override string
		safe     bool // without_cookie
		side     string
		sets     string
	}{
		{"a new viewer is assigned at once", green, "", "", false, "green", c.CookieValue("new", "green", 7)},
		{"or only from the second request on", green, "", "", true, "blue", "new"},
		{"which is this one", green, "new", "", true, "green", c.CookieValue("new", "green", 7)},
		{"a new viewer without a table is safe, and not assigned", nil, "", "", false, "blue", "new"},
		{"nor is one with an id alone", nil, "viewer", "", false, "blue", "viewer"},
		{"a viewer without a table stays", nil, on("green", 3), "", false, "green", on("green", 3)},
		{"and where a table is older", blue, on("green", 8), "", false, "green", on("green", 8)},
		{"and where it is the same", blue, on("green", 7), "", false, "green", on("green", 7)},
		{"a newer table moves", blue, on("green", 6), "", false, "blue", on("blue", 7)},
		{"a kill moves everybody", killed, on("green", 7), "", false, "blue", on("blue", 8)},
		{"an older location does not move them back", green, on("blue", 8), "", false, "blue", on("blue", 8)},
		{"a kill by hand, without a new generation, does too", &byHand, on("green", 7), "", false, "blue", on("blue", 7)},
		{"a forged code is no cookie", blue, on("green", 9)[:len(on("green", 9))-1] + "x", "", false, "blue", c.CookieValue("new", "blue", 7)},
		{"nor is one of an unknown side", blue, c.CookieValue("viewer", "pink", 9), "", false, "blue", c.CookieValue("new", "blue", 7)},
		{"nor one of a generation that no number holds", blue, c.CookieValue("viewer", "green", 1<<53), "", false, "blue", c.CookieValue("new", "blue", 7)},
		{"a tester gets the side", blue, "", "green." + secret, false, "green", "-"},
		{"also with a cookie, which stays", blue, on("blue", 7), "green." + secret, false, "green", "-"},
		{"not with a wrong secret", blue, on("blue", 7), "green.wrong", false, "blue", on("blue", 7)},
		{"nor an unknown side", blue, on("blue", 7), "pink." + secret, false, "blue", on("blue", 7)},
		{"nor without a table, which holds the hash", nil, on("blue", 7), "green." + secret, false, "blue", on("blue", 7)},
		{"nor where the table has none", killed, on("blue", 8), "green." + secret, false, "blue", on("blue", 8)},
	} {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			c := c
			if rule.safe {
				c.WithoutCookie = edgefunction.Safe
			}
			code, _, err := edgefunction.Generate(c)
			if err != nil {
				t.Fatal(err)
			}
			q := request{URI: "/", Headers: map[string]field{}, Cookies: map[string]field{}}
			if rule.cookie != "" {
				q.Cookies["cdn-split"] = field{Value: rule.cookie}
			}
			if rule.override != "" {
				q.Headers["x-cdn-side"] = field{Value: rule.override}
			}
			o := inSimulator(t, code, []run{{event{eventContext{"new"}, q, nil}, rule.table}})[0]
			got := read[request](t, o)
			if side := got.Headers["x-cdn-variant"].Value; side != rule.side || o.Origin != "origin-"+rule.side {
				t.Errorf("went to %s by %s, want %s", side, o.Origin, rule.side)
			}
			if sets := got.Headers["x-cdn-split"].Value; sets != rule.sets {
				t.Errorf("cookie %s, want %s", sets, rule.sets)
			}
			if _, seen := got.Headers["x-cdn-side"]; seen {
				t.Error("the origin sees the secret")
			}
		})
	}
}

// A function that throws answers 503 to everybody, so this one does not, whatever it is given.
func TestNothingMakesTheCodeThrow(t *testing.T) {
	t.Parallel()
	code, answer, err := edgefunction.Generate(byOrigin())
	if err != nil {
		t.Fatal(err)
	}
	missing := noStore
	for _, q := range []request{{}, {Headers: map[string]field{}}, {Headers: map[string]field{}, Cookies: map[string]field{"cdn-split": {}}}} {
		for _, table := range []*string{nil, &missing} {
			o := inSimulator(t, code, []run{{event{eventContext{}, q, nil}, table}})[0]
			if q.Headers == nil { // CloudFront always gives headers
				continue
			}
			if got := read[request](t, o); got.Headers["x-cdn-variant"].Value != "blue" {
				t.Errorf("%+v: %+v", q, got)
			}
		}
		if o := inSimulator(t, answer, []run{{event{eventContext{"id"}, q, &response{StatusCode: 200}}, nil}})[0]; o.Threw != "" {
			t.Errorf("%+v: %s", q, o.Threw)
		}
	}
}

// The header is in the cache key. It must never say a side whose origin was not asked.
func TestTheHeaderSaysTheSafeSideWhereNoOriginCanBeSelected(t *testing.T) {
	t.Parallel()
	code, _, err := edgefunction.Generate(byOrigin())
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(code, []byte("cf.selectRequestOriginById("), []byte("cf.noSuchFunction("), 1)
	table := encode(t, edgefunction.Table{Generation: 7, Weights: map[string]int{"blue": 0, "green": 100}})
	got := read[request](t, inSimulator(t, broken, []run{{event{eventContext{"id"}, request{URI: "/", Headers: map[string]field{}, Cookies: map[string]field{}}, nil}, table}})[0])
	if got.Headers["x-cdn-variant"].Value != "blue" || got.Headers["x-cdn-split"].Value != "-" {
		t.Errorf("%+v", got.Headers)
	}
}

func TestRedirectsDoNotShowThePrefix(t *testing.T) {
	t.Parallel()
	_, code, err := edgefunction.Generate(byPrefix())
	if err != nil {
		t.Fatal(err)
	}
	for given, want := range map[string]string{
		"/blue/dir/":                          "/dir/",
		"/v2/green/dir/?a=/blue/b#c":          "/dir/?a=/blue/b#c",
		"/blue":                               "/",
		"/blue?a":                             "/?a",
		"https://www.example.com/red/x":       "https://www.example.com/x",
		"http://www.example.com/red":          "http://www.example.com/",
		"https://elsewhere.example.com/red/x": "https://elsewhere.example.com/red/x",
		"https://www.example.com.evil/red/x":  "https://www.example.com.evil/red/x",
		"ftp://www.example.com/red/x":         "ftp://www.example.com/red/x",
		"/blueberry/":                         "/blueberry/",
		"/other/blue/":                        "/other/blue/",
		"relative":                            "relative",
		"":                                    "",
		"/blue//evil.example/dir/":            "/blue//evil.example/dir/", // or it would lead to another host
		`/blue/\evil.example/dir/`:            `/blue/\evil.example/dir/`,
	} {
		e := event{
			eventContext{"id"},
			request{Headers: map[string]field{"host": {Value: "www.example.com"}, "x-cdn-split": {Value: "-"}}, Cookies: map[string]field{}},
			&response{StatusCode: 302, Headers: map[string]field{"location": {Value: given}}},
		}
		if got := read[response](t, inSimulator(t, code, []run{{e, nil}})[0]); got.Headers["location"].Value != want || len(got.Cookies) > 0 {
			t.Errorf("%s became %s, want %s", given, got.Headers["location"].Value, want)
		}
	}
}

func TestTheCodeSaysWhatItWasWrittenFrom(t *testing.T) {
	t.Parallel()
	other := byPrefix()
	other.Cookie = edgefunction.Cookie{Name: "__Secure-a", MaxAge: 60, Path: "/shop", Domain: "example.com", SameSite: edgefunction.None, Secure: true}
	all := configs()
	all["other attributes"] = other
	for name, c := range all {
		ask, answer, err := edgefunction.Generate(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, code := range [][]byte{ask, answer, bytes.ReplaceAll(ask, []byte("\n"), []byte("\r\n"))} {
			if again, err := edgefunction.Parse(code); err != nil || !reflect.DeepEqual(again, c) {
				t.Errorf("%s: read %+v, %v", name, again, err)
			}
		}
		again, _, _ := edgefunction.Generate(c)
		if !bytes.Equal(ask, again) || bytes.Equal(ask, answer) {
			t.Errorf("%s: not always the same code", name)
		}
		// The quota is 10,240; the rest is for ids and prefixes.
		if len(ask) > 8700 || len(answer) > 6000 {
			t.Errorf("%s: %d and %d bytes", name, len(ask), len(answer))
		}
	}
	for _, code := range []string{"", "function handler(event) { return event.request; }", "const config = 7;", `const config = {"sides":[]}; `, "const config = {\"more\":1};\n"} {
		if c, err := edgefunction.Parse([]byte(code)); !errors.Is(err, edgefunction.ErrNotOurs) {
			t.Errorf("%q: %+v, %v", code, c, err)
		}
	}
	many := byOrigin()
	many.Sides = nil
	for _, letter := range "abcdefghij" {
		many.Sides = append(many.Sides, edgefunction.Side{Name: string(letter), OriginID: string(letter) + strings.Repeat("x", 127)})
	}
	many.Safe = "a"
	if ask, _, err := edgefunction.Generate(many); err == nil && len(ask) > edgefunction.MaxCode {
		t.Errorf("%d bytes", len(ask))
	}
}

func TestOtherCodeIsAnotherFunction(t *testing.T) {
	t.Parallel()
	c := byOrigin()
	ask, _, _ := edgefunction.Generate(c)
	c.Salt = "another"
	other, _, _ := edgefunction.Generate(c)
	longest := strings.Repeat("n", edgefunction.MaxName)
	a, b := edgefunction.FunctionName(longest, edgefunction.ViewerResponse, ask), edgefunction.FunctionName(longest, edgefunction.ViewerResponse, other)
	if a == b || len(a) != 64 || !strings.HasPrefix(a, longest+"-response-") || edgefunction.NameProblem(longest) != "" || edgefunction.NameProblem(longest+"n") == "" {
		t.Errorf("%s, %s", a, b)
	}
}

// Every mistake is named at its place, with what to write instead.
func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for name, mistake := range map[string]struct {
		make  func(*edgefunction.Config)
		field string
		says  string
	}{
		"one side":               {func(c *edgefunction.Config) { c.Sides = c.Sides[:1] }, "sides", "Write 2 to 10"},
		"upper case":             {func(c *edgefunction.Config) { c.Sides[1].Name = "Green" }, "sides", `"blue"`},
		"what every object has":  {func(c *edgefunction.Config) { c.Sides[1].Name = "constructor" }, "sides", "no name of a side"},
		"twice":                  {func(c *edgefunction.Config) { c.Sides[1].Name = "blue" }, "sides", "every name once"},
		"both kinds":             {func(c *edgefunction.Config) { c.Sides[1].URIPrefix = "/green" }, "sides", "one of them"},
		"mixed kinds":            {func(c *edgefunction.Config) { c.Sides[1] = edgefunction.Side{Name: "green", URIPrefix: "/green"} }, "sides", "same kind for all"},
		"neither":                {func(c *edgefunction.Config) { c.Sides[1].OriginID = "" }, "sides", "one of them"},
		"one origin":             {func(c *edgefunction.Config) { c.Sides[1].OriginID = "origin-blue" }, "sides", "another for each"},
		"index of an origin":     {func(c *edgefunction.Config) { c.Sides[1].IndexDocument = "index.html" }, "sides", "default root object"},
		"slash at the end":       {func(c *edgefunction.Config) { *c = byPrefix(); c.Sides[1].URIPrefix = "/green/" }, "sides", `"/green"`},
		"no slash":               {func(c *edgefunction.Config) { *c = byPrefix(); c.Sides[1].URIPrefix = "green" }, "sides", `"/green"`},
		"dots":                   {func(c *edgefunction.Config) { *c = byPrefix(); c.Sides[1].URIPrefix = "/a/.." }, "sides", "dots only"},
		"prefix in a prefix":     {func(c *edgefunction.Config) { *c = byPrefix(); c.Sides[1].URIPrefix = "/blue/green" }, "sides", "beside each other"},
		"none, not safe":         {func(c *edgefunction.Config) { *c = byPrefix(); c.Sides[1].URIPrefix = "" }, "sides", "Only the safe side"},
		"none among origins":     {func(c *edgefunction.Config) { c.Sides[0].OriginID = "" }, "sides", "Only the safe side"},
		"document, no prefix":    {func(c *edgefunction.Config) { *c = byPrefix(); c.Sides[0].URIPrefix = "" }, "sides", "Leave the document out"},
		"document with a slash":  {func(c *edgefunction.Config) { *c = byPrefix(); c.Sides[0].IndexDocument = "/index.html" }, "sides", `"index.html"`},
		"unknown safe side":      {func(c *edgefunction.Config) { c.Safe = "pink" }, "safe", "none of the sides"},
		"salt with a space":      {func(c *edgefunction.Config) { c.Salt = "a b" }, "salt", "1 to 64 letters"},
		"cookie with a space":    {func(c *edgefunction.Config) { c.Cookie.Name = "a b" }, "cookie.name", `"cdn-split"`},
		"cookie for ever":        {func(c *edgefunction.Config) { c.Cookie.MaxAge = 401 * 24 * 3600 }, "cookie.max_age", "400 days"},
		"cookie for no time":     {func(c *edgefunction.Config) { c.Cookie.MaxAge = 0 }, "cookie.max_age", "400 days"},
		"path with a semicolon":  {func(c *edgefunction.Config) { c.Cookie.Path = "/; Domain=x" }, "cookie.path", "semicolons"},
		"domain with a dot":      {func(c *edgefunction.Config) { c.Cookie.Domain = ".example.com" }, "cookie.domain", `"example.com"`},
		"None, not Secure":       {func(c *edgefunction.Config) { c.Cookie.SameSite, c.Cookie.Secure = edgefunction.None, false }, "cookie.same_site", "secure = true"},
		"unknown SameSite":       {func(c *edgefunction.Config) { c.Cookie.SameSite = "lax" }, "cookie.same_site", `"Lax"`},
		"__Host- with a domain":  {func(c *edgefunction.Config) { c.Cookie.Name, c.Cookie.Domain = "__Host-a", "example.com" }, "cookie.name", "without a domain"},
		"__Secure- without it":   {func(c *edgefunction.Config) { c.Cookie.Name, c.Cookie.Secure = "__Secure-a", false }, "cookie.name", "secure = true"},
		"disallowed header":      {func(c *edgefunction.Config) { c.VariantHeader = "x-amzn-requestid" }, "variant_header", "502"},
		"disallowed prefix":      {func(c *edgefunction.Config) { c.VariantHeader = "x-edge-variant" }, "variant_header", "502"},
		"read-only header":       {func(c *edgefunction.Config) { c.VariantHeader = "host" }, "variant_header", "502"},
		"AWS' header":            {func(c *edgefunction.Config) { c.VariantHeader = "x-amz-variant" }, "variant_header", "own"},
		"our header":             {func(c *edgefunction.Config) { c.VariantHeader = "x-cdn-split" }, "variant_header", "x-cdn-variant"},
		"browsers' header":       {func(c *edgefunction.Config) { c.VariantHeader = "accept" }, "variant_header", "begins with x-"},
		"header in upper case":   {func(c *edgefunction.Config) { c.VariantHeader = "X-Variant" }, "variant_header", "lower-case"},
		"without cookie":         {func(c *edgefunction.Config) { c.WithoutCookie = "random" }, "without_cookie", `"safe"`},
		"override of what":       {func(c *edgefunction.Config) { c.Override.Kind = "query" }, "override", `"header" or "cookie"`},
		"override without kind":  {func(c *edgefunction.Config) { c.Override.Kind = "" }, "override", "Write which"},
		"override is the header": {func(c *edgefunction.Config) { c.Override.Name = c.VariantHeader }, "override", "Write another"},
		"override is the cookie": {func(c *edgefunction.Config) { *c = byPrefix(); c.Override.Name = "cdn-split" }, "override", "Write another"},
		"key":                    {func(c *edgefunction.Config) { c.MACKey = "secret" }, "mac_key", "hexadecimal"},
	} {
		c := byOrigin()
		mistake.make(&c)
		problems := c.Problems()
		if len(problems) != 1 || problems[0].Field != mistake.field || !strings.Contains(problems[0].Text, mistake.says) {
			t.Errorf("%s: %+v, want %s at %s", name, problems, mistake.says, mistake.field)
		}
		if _, _, err := edgefunction.Generate(c); err == nil {
			t.Errorf("%s: generated", name)
		}
	}
	for name, problem := range map[string]string{
		"short": edgefunction.SecretProblem("short"), "space": edgefunction.SecretProblem("a secret of testers"),
	} {
		if problem == "" || strings.Contains(problem, "testers") {
			t.Errorf("%s: %q", name, problem)
		}
	}
	if p := edgefunction.IDProblem("abc.green.7.0123456789abcdef"); !strings.Contains(p, `"abc"`) {
		t.Errorf("a whole cookie: %s", p)
	}
}
