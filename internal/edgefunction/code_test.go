package edgefunction_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
)

func byOrigin() edgefunction.Config {
	return edgefunction.Config{
		Sides:         []edgefunction.Side{{Name: "blue", OriginID: "origin-blue"}, {Name: "green", OriginID: "origin-green"}},
		Safe:          "blue",
		Salt:          "2026-shop",
		Cookie:        edgefunction.Cookie{Name: "cdn-split", MaxAge: 30 * 24 * 3600, SameSite: edgefunction.Lax, Secure: true, HTTPOnly: true},
		VariantHeader: edgefunction.DefaultVariantHeader,
		WithoutCookie: edgefunction.AssignNow,
		Override:      edgefunction.Override{Kind: edgefunction.ByHeader, Name: "x-cdn-side"},
		MACKey:        "00112233445566778899aabbccddeeff",
	}
}

func TestSmoke(t *testing.T) {
	c := byOrigin()
	req, resp, err := edgefunction.Generate(c)
	if err != nil {
		t.Fatal(err)
	}
	table, err := edgefunction.Table{Generation: 7, Weights: map[string]int{"blue": 75, "green": 25}}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	runs := []run{{Event: event{Context: eventContext{"EXAMPLE=="}, Request: request{URI: "/", Headers: map[string]field{"host": {Value: "x"}}}}, Table: &table}}
	for _, in := range []engine{inSobek, inNJS} {
		got := each[request](t, in, req, runs)
		t.Logf("%+v", got)
		t.Logf("%+v", c.Decide(edgefunction.Request{ID: "EXAMPLE==", Table: &table}))
		again := got[0].Returned
		r := each[response](t, in, resp, []run{{Event: event{Context: eventContext{"EXAMPLE=="}, Request: again, Response: &response{StatusCode: 200}}}})
		t.Logf("%+v", r)
	}
	t.Log(len(req), len(resp))
}
