package bluegreenswitch_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

// The figures of the guide "Which method when" are measured here: one name in one
// zone, five minutes of propagation, no bake, the default poll_interval. Each row is
// logged as the guide has to have it.
func TestTheGuideShowsWhatEachMethodCosts(t *testing.T) {
	t.Parallel()
	panels := make([]picture.Panel, len(methods))
	var longest time.Duration
	var mu sync.Mutex
	measured := t.Run("each", func(t *testing.T) {
		for i, method := range methods {
			t.Run(method, func(t *testing.T) {
				t.Parallel()
				row, panel, took := costs(t, method)
				golden.Row(t, "../../../templates/guides/which-method-when.md", row)
				mu.Lock()
				defer mu.Unlock()
				panels[i], longest = panel, max(longest, took)
			})
		}
	})
	if !measured {
		return
	}
	drawn := picture.Chart{
		Title: "Who serves a name at each of 24 edge locations while it moves, by method", Width: 760,
		From: 0, To: longest.Minutes() + 0.5, Axis: "minutes since the apply began, when a change takes five to arrive everywhere",
		Legend: []picture.Entry{{Tone: picture.Blue, Text: "blue"}, {Tone: picture.Green, Text: "green"}, {Tone: picture.Lost, Text: "nobody"}, {Tone: picture.Busy, Text: "the apply runs"}},
		Panels: panels,
	}
	shows(t, "methods.svg", drawn)
}

// shows holds a committed picture against what was measured. make generate draws it anew.
func shows(t *testing.T, name string, c picture.Chart) {
	t.Helper()
	drawn, err := picture.Draw(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	golden.File(t, "../../../docs/images/"+name, drawn[0])
}

// A release that breaks once it has all the traffic, as the guides show it.
func TestTheGuideShowsARollback(t *testing.T) {
	t.Parallel()
	running(t, func() acctest.Site {
		s := site("www.example.com")
		s.World.Propagation = 5 * time.Minute
		return s
	}(), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		const healthy = 7 * time.Minute
		before, began := e.World.Journal().Seq(), e.World.Clock().Now()
		go func() {
			_ = e.World.Clock().Sleep(context.Background(), healthy)
			e.World.Origins().Put("green.origin.test", origin.State{Status: 503})
		}()
		if d := apply(t, c, switchTo(e, "green")).Errors(); len(d) != 1 || d[0].Summary != "Cutover failed and was rolled back" {
			t.Fatal(d)
		}
		took := e.World.Clock().Now().Sub(began)
		e.Settle()
		rows := []picture.Row{{Label: "apply", Spans: []picture.Span{{To: took.Minutes(), Tone: picture.Busy, Text: "one apply, which fails and says why"}}}}
		var marks []float64
		means := map[string]string{"UpdateDomainAssociation": "the name moves", "ChangeResourceRecordSets": "its records follow"}
		for _, w := range e.Writes(before) {
			at := w.At.Sub(began).Minutes()
			rows = append(rows, picture.Row{Label: "write", Points: []picture.Point{{At: at, Tone: picture.Dark, Text: means[w.Operation] + " (" + w.Operation + ")"}}})
			marks = append(marks, at)
		}
		rows = append(rows, picture.Row{Label: "green", Spans: []picture.Span{
			{To: healthy.Minutes(), Tone: picture.Green, Text: "healthy"}, {From: healthy.Minutes(), To: took.Minutes() + 0.5, Tone: picture.Sick, Text: "answers 503"},
		}})
		shows(t, "rollback.svg", picture.Chart{
			Title: "A cutover to a release that breaks under traffic, and the way back", Width: 760, From: -0.2, To: took.Minutes() + 0.5, Marks: marks,
			Axis:   "minutes since the apply began, when a change takes five to arrive everywhere",
			Legend: []picture.Entry{{Tone: picture.Blue, Text: "blue"}, {Tone: picture.Green, Text: "green"}, {Tone: picture.Sick, Text: "green, broken"}, {Tone: picture.Lost, Text: "nobody"}},
			Panels: []picture.Panel{
				{Title: "What the provider did", Tall: 14, Rows: rows},
				{Title: "What viewers get at each of 24 locations", Tall: 5, Rows: served(e, began, took, healthy)},
			},
		})
	})
}

// A build on its way to production, and the person who is asked about it, as the guide shows it.
func TestTheGuideShowsAnApproval(t *testing.T) {
	t.Parallel()
	running(t, func() acctest.Site {
		s := site("www.example.com")
		s.World.Propagation = 5 * time.Minute
		return s
	}(), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		const night = 12 * time.Minute // which is longer
		before, began := e.World.Journal().Seq(), e.World.Clock().Now()
		now := func() float64 { return e.World.Clock().Now().Sub(began).Minutes() }
		e.EditByHand(e.Green, comment("build 2"))
		config := switchTo(e, "green")
		config["pause_before"], config["bake_time"] = "first_traffic", "3m"
		mustApply(t, c, config)
		paused := now()
		if err := e.World.Clock().Sleep(context.Background(), night/2); err != nil {
			t.Fatal(err)
		}
		looked := now()
		if p, err := c.Plan(context.Background(), config); err != nil || !p.Empty() {
			t.Fatal("a plan changes something while somebody waits", err)
		}
		if w := e.Writes(before); len(w) > 0 {
			t.Fatalf("somebody has moved already: %v", w)
		}
		if err := e.World.Clock().Sleep(context.Background(), night/2); err != nil {
			t.Fatal(err)
		}
		yes := now()
		config["approval"] = c.Get("approval_request")
		mustApply(t, c, config)
		took := e.World.Clock().Now().Sub(began)
		e.ExpectServed()
		shows(t, "approval.svg", picture.Chart{
			Title: "A build goes to the side that nobody uses, is validated, waits for a person, and gets the viewers", Width: 760,
			From: -0.2, To: took.Minutes() + 0.5, Marks: []float64{paused, yes},
			Axis:   "minutes since the build went out, when a change takes five to arrive everywhere",
			Legend: []picture.Entry{{Tone: picture.Blue, Text: "blue, build 1"}, {Tone: picture.Green, Text: "green, build 2"}, {Tone: picture.Lost, Text: "nobody"}, {Tone: picture.Busy, Text: "an apply runs"}},
			Panels: []picture.Panel{
				{Title: "What the pipeline does", Tall: 16, Rows: []picture.Row{
					{Label: "source", Points: []picture.Point{{At: 0, Tone: picture.Dark, Text: "build 2 goes to green"}}},
					{Label: "apply", Spans: []picture.Span{{To: paused, Tone: picture.Busy, Text: "the first"}, {From: yes, To: took.Minutes(), Tone: picture.Busy, Text: "the second"}}},
					{Label: "validator", Points: []picture.Point{{At: paused, Tone: picture.Dark, Text: "verify.before: healthy"}, {At: looked, Tone: picture.Dark, Text: "a plan: no changes, one warning"}}},
					{Label: "approval", Points: []picture.Point{{At: paused, Tone: picture.Dark, Text: "approval_request"}, {At: yes, Tone: picture.Dark, Text: "approval, which is the same"}}},
				}},
				{Title: "What viewers get at each of 24 locations", Tall: 5, Rows: served(e, began, took, time.Hour)},
			},
		})
	})
}

// costs cuts over by a method and says what that took: as a row of the guide's table
// and as a panel of its picture.
func costs(t *testing.T, method string) (row string, panel picture.Panel, took time.Duration) {
	t.Helper()
	s := site("www.example.com")
	s.World.Propagation = 5 * time.Minute
	running(t, s, func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		began := e.World.Clock().Now()
		config := byMethod(e, "green", method)
		config["bake_time"] = "0s"
		cost := e.Cost(func() { mustApply(t, c, config) })
		took = e.World.Clock().Now().Sub(began)
		e.Settle()
		var worst time.Duration
		for _, v := range e.World.Audit(e.Start, e.Names...) {
			if v.Kind == audit.Unserved {
				if v.Until.IsZero() {
					t.Fatal(v)
				}
				worst = max(worst, v.Until.Sub(v.At))
			}
		}
		row = fmt.Sprintf("| `%s` | %s | %s |", method, cost, acctest.Clockwise(worst))
		title := fmt.Sprintf("%s: %s, served everywhere all the time", method, acctest.Clockwise(took))
		if worst > 0 {
			title = fmt.Sprintf("%s: %s, and nobody serves the name for up to %s at one location", method, acctest.Clockwise(took), acctest.Clockwise(worst))
		}
		rows := append([]picture.Row{{Label: "apply", Spans: []picture.Span{{To: took.Minutes(), Tone: picture.Busy}}}}, served(e, began, took, time.Hour)...)
		panel = picture.Panel{Title: title, Tall: 4, Rows: rows}
	})
	return row, panel, took
}

// served shows who serves the site's name at each point of presence, second by
// second from a time on, for longer than an apply took that began then. Green is
// healthy only for a while.
func served(e *acctest.Env, began time.Time, took, healthy time.Duration) (rows []picture.Row) {
	for pop := range e.World.Propagation().POPs() {
		var row picture.Row
		for after := time.Duration(0); after <= took+30*time.Second; after += time.Second {
			tone := picture.Blue
			switch r := e.World.CloudFront().Route(pop, began.Add(after), e.Names[0]); {
			case r.Reason != "":
				tone = picture.Lost
			case r.Distribution == e.Green.ID && after >= healthy:
				tone = picture.Sick
			case r.Distribution == e.Green.ID:
				tone = picture.Green
			}
			if n := len(row.Spans); n > 0 && row.Spans[n-1].Tone == tone {
				row.Spans[n-1].To = (after + time.Second).Minutes()
			} else {
				row.Spans = append(row.Spans, picture.Span{From: after.Minutes(), To: (after + time.Second).Minutes(), Tone: tone})
			}
		}
		rows = append(rows, row)
	}
	rows[len(rows)/2].Label = fmt.Sprintf("%d locations", len(rows))
	return rows
}
