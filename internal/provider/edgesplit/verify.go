package edgesplit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate/watch"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// verify asks the side that has got viewers, or lets time pass where there is no gate.
func (w *workflow) verify(ctx context.Context, s split.Verify) error {
	if !s.Gate {
		if err := w.p.Clock.Sleep(ctx, s.Hold); err != nil {
			return err
		}
		w.evidence[s.At.String()] = cutover.Unasked
		w.Log.Asked(s, cutover.Unasked)
		return nil
	}
	g := w.about(s.Side)
	if w.spec.PerApply && !w.stepped { // it has been holding since the run that took the step
		g.Since = w.past.since
	}
	shown, why, err := w.Log.Ask(ctx, w.p.Watcher(), s, *g, s.Hold)
	if err == nil {
		w.evidence[s.At.String()], w.reasons[s.At.String()] = shown, why
	}
	return err
}

// about asks a side by the names of the distribution, in the way of testers. It returns nil
// without a gate.
func (w *workflow) about(side cutover.Side) *watch.Gate {
	if w.gate == nil {
		return nil
	}
	who := w.markers.Subject(side)
	who.Names, who.UnderTraffic, who.NeedMarker = w.hosts, true, w.secret == ""
	out := w.gate.About(who)
	if w.secret == "" {
		return &out
	}
	name, value := w.config.Override.Name, string(side)+"."+w.secret
	if w.config.Override.Kind == edgefunction.ByCookie {
		name, value = "Cookie", name+"="+value
	}
	for i, t := range out.Targets {
		if t.Elsewhere {
			continue
		}
		header := maps.Clone(t.Header)
		if header == nil {
			header = http.Header{}
		}
		header.Add(name, value)
		out.Targets[i].Header = header
		if !w.meets(t.URL) { // the override is nobody's to read there
			out.Targets[i].NeedMarker = true
		}
	}
	return &out
}

// foresee asks, before the first step up, what the gate is going to ask.
func (w *workflow) foresee(ctx context.Context) error {
	if w.foreseen || w.spec.RollingBack {
		return nil
	}
	asks := w.about(w.spec.Sides[0])
	if asks != nil {
		for _, t := range asks.Targets {
			if !t.Elsewhere && w.secret != "" && t.NeedMarker && t.WantMarker == nil {
				return &split.Obstacle{Kind: split.ProbeBlind, Found: t.URL}
			}
		}
	}
	flaw, err := run.Foresee(ctx, w.p.Watcher(), asks)
	if err != nil {
		return configured.Again(err)
	}
	if flaw != nil {
		return &split.Obstacle{Kind: split.Kind(flaw.Flaw), Found: flaw.Found}
	}
	w.foreseen = true
	return nil
}

// A trial is one event that a function has to answer.
type trial struct {
	Version string         `json:"version"`
	Context map[string]any `json:"context"`
	Viewer  map[string]any `json:"viewer"`
	Request map[string]any `json:"request"`
	// Response is of viewer-response only.
	Response map[string]any `json:"response,omitempty"`
}

// trials are the kinds of events that a function meets: known and unknown viewers, testers, and
// whoever sends what no function has set. Source: Developer Guide, event structure of functions.
func (w *workflow) trials(role split.Role) []trial {
	type fields = map[string]any
	field := func(v string) fields { return fields{"value": v} }
	var out []trial
	add := func(method string, headers, cookies fields) {
		t := trial{
			Version: "1.0", Viewer: fields{"ip": "198.51.100.11"},
			Context: fields{"distributionDomainName": "d111111abcdef8.cloudfront.net", "distributionId": "EDFDVBD6EXAMPLE", "eventType": string(role), "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ=="},
			Request: fields{"method": method, "uri": "/", "querystring": fields{}, "headers": headers, "cookies": cookies},
		}
		if role == split.Response {
			t.Response = fields{"statusCode": http.StatusOK, "statusDescription": "OK", "headers": fields{}, "cookies": fields{}}
		}
		out = append(out, t)
	}
	host := fields{"host": field("www.example.com")}
	add(http.MethodGet, host, fields{})
	add(http.MethodPost, host, fields{"other": field("1")})
	for _, value := range []string{"a-viewer", w.config.CookieValue("a-viewer", w.config.Safe, 1), "not.a.cookie.of-ours"} {
		add(http.MethodGet, host, fields{w.config.Cookie.Name: field(value)})
	}
	decided := maps.Clone(host)
	decided[edgefunction.DecisionHeader] = field("a-viewer")
	add(http.MethodGet, decided, fields{})
	switch w.config.Override.Kind {
	case edgefunction.ByHeader:
		asks := maps.Clone(host)
		asks[w.config.Override.Name] = field(w.config.Safe + ".wrong")
		add(http.MethodGet, asks, fields{})
	case edgefunction.ByCookie:
		add(http.MethodGet, host, fields{w.config.Override.Name: field(w.config.Safe + ".wrong")})
	}
	return out
}

// try runs a function for every kind of event. It serves nobody yet.
func (w *workflow) try(ctx context.Context, s split.Try) error {
	is, err := w.p.CloudFront.Function(ctx, s.Name)
	if err != nil {
		return configured.Again(err)
	}
	for _, t := range w.trials(s.Role) {
		event, err := json.Marshal(t)
		if err != nil {
			return err
		}
		output, failure, err := w.p.CloudFront.TryFunction(ctx, is, event)
		if err != nil {
			return configured.Again(err)
		}
		if why := answers(s.Role, w.config, output, failure); why != "" {
			return &split.Obstacle{Kind: split.FunctionBroken, Role: s.Role, Asked: s.Name, Found: why}
		}
	}
	w.tried[s.Name] = true
	return nil
}

// answers says what is wrong with the answer of a function, "" if nothing is.
func answers(role split.Role, c edgefunction.Config, output, failure string) string {
	if failure != "" {
		return failure
	}
	var got struct {
		Request *struct {
			Headers map[string]struct {
				Value string `json:"value"`
			} `json:"headers"`
		} `json:"request"`
		Response *struct {
			Status int `json:"statusCode"`
		} `json:"response"`
	}
	switch err := json.Unmarshal([]byte(output), &got); {
	case err != nil:
		return "it returned no JSON: " + err.Error()
	case role == split.Response && (got.Response == nil || got.Response.Status != http.StatusOK):
		return "it did not return the response"
	case role == split.Request && (got.Request == nil || got.Request.Headers[c.VariantHeader].Value == ""):
		return fmt.Sprintf("it returned a request that does not name a side in %s", c.VariantHeader)
	}
	return ""
}
