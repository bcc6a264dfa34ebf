package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

//go:embed report.html
var reportPage string

// A shown chapter is one as the page has it.
type shown struct {
	Number      int
	Name, Act   string
	Changed     string
	Steps       []string
	Events      []recorded
	Diagnostics []stage.Diagnostic
	Summary     string
	Outcome     string
	Lost, Sick  int
	Seconds     string
	Chart       *template.HTML
}

// A recorded event is one as the page lists it.
type recorded struct{ At, What, Request string }

// A section is a table with what there is to say about it.
type section struct {
	Title string
	Rows  [][]string
	Note  string
}

// report writes what happened as one page that needs nothing beside itself.
func (d *demo) report(ctx context.Context, path string, failed error) error {
	answers, rows := d.viewers.all(), d.viewers.end()
	end := rows[len(rows)-1].ended
	page := struct {
		Failed                             string
		Sabotage                           bool
		Site, CLI, Date, Took, Propagation string
		POPs, Rate                         int
		Faster                             string
		Requests, Lost, Sick, Unresolved   int
		Audited                            bool
		Violations                         []string
		Found, More                        int // how many, and how many of them are not listed
		Examples                           []string
		Overview                           *template.HTML
		Chapters                           []shown
		Sections                           []section
	}{
		Site: siteName, CLI: "the AWS SDK, by hand", Sabotage: d.cli == nil,
		Date: d.started.UTC().Format("2006-01-02 15:04 MST"), Took: seconds(end.Sub(d.started)), Propagation: d.propagation.String(),
		POPs: fleet, Rate: fleet * int(time.Second/interval), Faster: fmt.Sprintf("%.0f", float64(realPropagation)/float64(d.propagation)),
		Audited: d.audited, Violations: d.violations, Found: len(d.violations),
	}
	if d.cli != nil {
		page.CLI = d.cli.Name
	}
	if failed != nil {
		page.Failed = failed.Error()
	}
	const most = 12
	if n := len(page.Violations); n > most {
		page.Violations, page.More = page.Violations[:most], n-most
	}
	for _, r := range rows {
		page.Requests += r.requests
		page.Lost += r.lost()
		page.Sick += r.by[excused]
		if r.example != "" {
			page.Examples = append(page.Examples, fmt.Sprintf("First loss while %q: %s.", r.name, r.example))
		}
	}
	for _, a := range answers {
		if a.unresolved {
			page.Unresolved++
		}
	}
	draw := &drawing{demo: d, answers: answers, end: end}
	page.Overview = draw.overview(rows[0].began)
	for i, c := range d.chapters {
		page.Chapters = append(page.Chapters, draw.chapter(i+1, c))
	}
	page.Sections = append(page.Sections, section{"What the viewers saw", viewerTable(rows), joined(viewerNotes(rows))})
	if len(d.runs) > 0 {
		page.Sections = append(page.Sections,
			section{"Where the time went", timeTable(d.runs), joined(timeNotes)}, section{"What it took from AWS", callTable(d.runs), ""})
	}
	if err := draw.draw(ctx); err != nil {
		return err
	}
	t, err := template.New("report").Parse(reportPage)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, page); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

func joined(notes []string) string {
	return strings.Join(strings.Fields(strings.Join(notes, " ")), " ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// A drawing turns what was recorded into charts.
type drawing struct {
	*demo
	answers []judged
	end     time.Time
	charts  []picture.Chart
	drawn   []*template.HTML // of each chart, once they are drawn
}

var legend = []picture.Entry{
	{Tone: picture.Blue, Text: "blue"},
	{Tone: picture.Green, Text: "green"},
	{Tone: picture.Sick, Text: "error of the bad release itself"},
	{Tone: picture.Lost, Text: "lost: nobody answers, or who should not"},
	{Tone: picture.Busy, Text: "under way"},
}

// overview draws the whole story.
func (d *drawing) overview(from time.Time) *template.HTML {
	span := d.end.Sub(from).Seconds()
	applies := picture.Row{Label: "apply"}
	writes := picture.Row{Label: "writes"}
	for i, c := range d.chapters {
		applies.Spans = append(applies.Spans, d.span(from, c.run.began, c.ended(), picture.Busy, fmt.Sprint(i+1)))
		for _, w := range d.writes(from, c) {
			for _, p := range w {
				writes.Points = append(writes.Points, picture.Point{At: p.At, Tone: p.Tone})
			}
		}
	}
	if d.cli == nil {
		applies.Label = "by hand"
	}
	return d.svg(picture.Chart{
		Title: "The whole story", From: 0, To: span, Axis: "seconds since the first viewer came",
		Panels: []picture.Panel{
			{Title: "What was done (numbers as below), and each write to AWS", Tall: 15, Rows: []picture.Row{applies, writes}},
			d.fleet(from, 9.5), d.servers(from), d.rate(from, 0, span, 1),
		},
	})
}

// svg is where the drawn chart will be.
func (d *drawing) svg(c picture.Chart) *template.HTML {
	c.Width, c.Legend = 900, legend
	d.charts, d.drawn = append(d.charts, c), append(d.drawn, new(template.HTML))
	return d.drawn[len(d.drawn)-1]
}

// draw draws all charts at once.
func (d *drawing) draw(ctx context.Context) error {
	drawn, err := picture.Draw(ctx, d.charts...)
	for i, svg := range drawn {
		*d.drawn[i] = template.HTML(svg) //nolint:gosec // drawn by package picture, which escapes every text
	}
	return err
}

// chapter draws one apply, from a moment before to a moment after.
func (d *drawing) chapter(number int, c chapter) shown {
	from, until := c.run.began, c.ended()
	out := shown{
		Number: number, Name: c.run.name, Act: c.act, Changed: c.changed, Steps: c.steps, Diagnostics: c.said.Diagnostics, Summary: c.said.Summary,
		Seconds: seconds(c.run.wall), Outcome: "finished",
	}
	switch {
	case c.run.killed:
		out.Outcome = "killed"
	case len(c.said.Diagnostics) > 0 && c.said.Diagnostics[len(c.said.Diagnostics)-1].Severity == "error":
		out.Outcome = "failed, and went back"
	}
	for _, a := range d.answers {
		if a.at.Before(from) || a.at.After(until) {
			continue
		}
		switch a.verdict {
		case failed, wrong:
			out.Lost++
		case excused:
			out.Sick++
		case good:
		}
	}
	done := picture.Row{Label: "apply", Spans: []picture.Span{d.span(from, from, until, picture.Busy, c.run.name)}}
	if d.cli == nil {
		done.Label = "by hand"
	}
	if c.run.killed {
		done.Points = []picture.Point{{At: until.Sub(from).Seconds(), Tone: picture.Lost, Text: "SIGKILL"}}
	}
	lanes := []picture.Row{
		done,
		{Label: "a distribution is InProgress", Spans: d.while(from, func(s snapshot) bool { return s.deploying })},
		{Label: "a record is PENDING", Spans: d.while(from, func(s snapshot) bool { return s.pending })},
		{Label: "reads", Points: d.reads(from, c)},
	}
	var marks []float64
	for _, w := range d.writes(from, c) {
		lanes = append(lanes, picture.Row{Label: "write", Points: w})
		if w[0].Tone == picture.Dark {
			marks = append(marks, w[0].At)
		}
	}
	for i, e := range c.events {
		e.what = strings.NewReplacer(d.site.sides[0].id, d.site.sides[0].name, d.site.sides[1].id, d.site.sides[1].name).Replace(e.what)
		lanes = append(lanes, d.step(i+1, from, e))
		out.Events = append(out.Events, recorded{e.at.Format("15:04:05.000"), e.what, e.request})
	}
	if len(lanes) == 4 {
		return out // it did nothing but look: there is nothing to draw
	}
	head := -max(0.5, c.run.wall.Seconds()/25)
	tail := c.run.wall.Seconds() - head
	what := "What was done. Dashed: writes that were accepted"
	if len(c.events) > 0 {
		what += ". Steps take from where the state says that each began to where it was over, each with the id of AWS's answer"
	}
	out.Chart = d.svg(picture.Chart{
		Title: c.run.name, From: head, To: tail, Axis: "seconds since it began", Marks: marks,
		Panels: []picture.Panel{
			{Title: what, Tall: 14, Rows: lanes},
			d.fleet(from, 9.5), d.servers(from), d.rate(from, head, tail, 0.5),
		},
	})
	return out
}

func (d *drawing) span(origin, from, to time.Time, tone picture.Tone, text string) picture.Span {
	return picture.Span{From: from.Sub(origin).Seconds(), To: to.Sub(origin).Seconds(), Tone: tone, Text: text}
}

// step is one event of last_cutover: how long it took, what it was, and which answer of AWS's
// it was given.
func (d *drawing) step(number int, from time.Time, e event) picture.Row {
	out := picture.Row{
		Label:  fmt.Sprintf("step %d", number),
		Points: []picture.Point{{At: max(0, e.at.Sub(from).Seconds()), Tone: picture.Dark, Text: e.text()}},
	}
	if e.took > 0 {
		out.Spans = []picture.Span{d.span(from, later(from, e.at.Add(-e.took)), e.at, picture.Busy, "")}
	}
	return out
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (d *drawing) reads(origin time.Time, c chapter) (out []picture.Point) {
	for _, call := range c.run.calls {
		if !call.Write {
			out = append(out, picture.Point{At: call.At.Sub(origin).Seconds(), Tone: picture.Dark})
		}
	}
	return out
}

// writes are named, each by itself; those that were refused, and tried again and
// again, are together.
func (d *drawing) writes(origin time.Time, c chapter) (out [][]picture.Point) {
	last := ""
	for _, call := range c.run.calls {
		if !call.Write {
			continue
		}
		p := picture.Point{At: call.At.Sub(origin).Seconds(), Tone: picture.Dark, Text: call.Operation}
		if call.Code == "" {
			out, last = append(out, []picture.Point{p}), ""
			continue
		}
		p.Tone = picture.Busy
		p.Text += ": refused, " + call.Code
		if n := len(out); p.Text == last {
			out[n-1] = append(out[n-1], p)
			out[n-1][len(out[n-1])-2].Text = "" // said once, at the end
		} else {
			out = append(out, []picture.Point{p})
		}
		last = p.Text
	}
	return out
}

// while is when something held, as the fleet was looked at.
func (d *drawing) while(origin time.Time, holds func(snapshot) bool) (out []picture.Span) {
	for i, s := range d.looks[:max(0, len(d.looks)-1)] {
		if !holds(s) || d.looks[i+1].at.Sub(s.at) > time.Second { // nobody looked for a while
			continue
		}
		out = join(out, d.span(origin, s.at, d.looks[i+1].at, picture.Busy, ""))
	}
	return out
}

// join adds a span, to the last one if that goes on.
func join(spans []picture.Span, s picture.Span) []picture.Span {
	if n := len(spans); n > 0 && spans[n-1].Tone == s.Tone && s.From-spans[n-1].To < 0.001 {
		spans[n-1].To = s.To
		return spans
	}
	return append(spans, s)
}

// fleet shows which side each point of presence served, by what its viewer got: each
// answer stands until the next one.
func (d *drawing) fleet(origin time.Time, each float64) picture.Panel {
	byPOP := map[int][]judged{}
	for _, a := range d.answers {
		byPOP[a.pop] = append(byPOP[a.pop], a)
	}
	rows := make([]picture.Row, fleet)
	for pop := range fleet {
		got := byPOP[pop]
		slices.SortStableFunc(got, func(x, y judged) int { return x.at.Compare(y.at) })
		rows[pop].Label = fmt.Sprint(pop)
		if len(d.looks) > 0 && len(d.looks[0].pops) == fleet {
			rows[pop].Label = d.looks[0].pops[pop]
		}
		for i, a := range got {
			until := a.at.Add(interval)
			if i+1 < len(got) {
				until = got[i+1].at
			}
			rows[pop].Spans = join(rows[pop].Spans, d.span(origin, a.at, until, d.tone(a), ""))
		}
	}
	return picture.Panel{Title: "What the viewer at each of the " + fmt.Sprint(fleet) + " points of presence got", Tall: each, Rows: rows}
}

func (d *drawing) tone(a judged) picture.Tone {
	switch {
	case a.verdict == failed || a.verdict == wrong:
		return picture.Lost
	case a.verdict == excused:
		return picture.Sick
	case a.distribution == d.site.sides[1].id:
		return picture.Green
	}
	return picture.Blue
}

// servers shows where each name server says the name is. Which of them learns first
// is of no interest: those that know stand at the top.
func (d *drawing) servers(origin time.Time) picture.Panel {
	const servers = 4
	rows := make([]picture.Row, servers)
	tone := func(target string) picture.Tone {
		switch target {
		case d.site.sides[0].domain:
			return picture.Blue
		case d.site.sides[1].domain:
			return picture.Green
		}
		return picture.Lost
	}
	before := ""
	for i, s := range d.looks {
		if i == 0 {
			before = s.target
		} else if last := d.looks[i-1].target; last != s.target {
			before = last
		}
		until := s.at.Add(tick)
		if i+1 < len(d.looks) {
			until = d.looks[i+1].at
		}
		for n := range servers {
			at := before
			if n < s.known {
				at = s.target
			}
			rows[n].Spans = join(rows[n].Spans, d.span(origin, s.at, until, tone(at), ""))
		}
	}
	for n := range rows {
		rows[n].Label = fmt.Sprintf("%d of %d", n+1, servers)
	}
	return picture.Panel{Title: "DNS: where the name servers say that the A record of " + siteName + " points", Tall: 9.5, Rows: rows}
}

// rate counts answers over time.
func (d *drawing) rate(origin time.Time, from, to, wide float64) picture.Panel {
	bars := make([]picture.Bar, int((to-from)/wide)) // whole ones
	for i := range bars {
		bars[i] = picture.Bar{At: from + float64(i)*wide, Count: map[picture.Tone]float64{}}
	}
	for _, a := range d.answers {
		if i := int(math.Floor((a.at.Sub(origin).Seconds() - from) / wide)); i >= 0 && i < len(bars) {
			bars[i].Count[d.tone(a)] += 1 / wide
		}
	}
	return picture.Panel{Title: "Requests per second, by what became of them", Tall: 80, Wide: wide, Bars: bars}
}
