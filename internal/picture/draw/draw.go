// Command draw draws charts: JSON of package picture on its standard input, JSON of as
// many SVG elements on its standard output.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"image/color"
	"log"
	"os"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

func main() {
	var charts []picture.Chart
	if err := json.NewDecoder(os.Stdin).Decode(&charts); err != nil {
		log.Fatal(err)
	}
	drawn := make([]string, len(charts))
	for i, c := range charts {
		drawn[i] = svg(c)
	}
	if err := json.NewEncoder(os.Stdout).Encode(drawn); err != nil {
		log.Fatal(err)
	}
}

// Blue is darker than green, and red darker than amber, so that they can be told apart
// without colours too.
var colours = [picture.Tones]color.NRGBA{
	picture.Blue:  {0x2f, 0x5d, 0xa8, 0xff},
	picture.Green: {0x7d, 0xc8, 0x7a, 0xff},
	picture.Sick:  {0xf2, 0xa9, 0x00, 0xff},
	picture.Lost:  {0xc4, 0x12, 0x30, 0xff},
	picture.Busy:  {0xb9, 0xbf, 0xc9, 0xff},
	picture.Dark:  {0x22, 0x26, 0x2e, 0xff},
}

// Sizes, in points.
const (
	textSize   = 9.5
	smallSize  = 8.5
	titleSize  = 10.5
	titleSpace = 21
	axisSpace  = 34
	legendLine = 20
	leftEdge   = 6
	rightEdge  = 12
)

func face(size vg.Length) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
}

func style(size vg.Length, x draw.XAlignment) draw.TextStyle {
	return draw.TextStyle{Color: colours[picture.Dark], Font: face(size), XAlign: x, YAlign: draw.YCenter, Handler: plot.DefaultTextHandler}
}

func svg(c picture.Chart) string {
	tall := vg.Length(axisSpace)
	if len(c.Legend) > 0 {
		tall += legendLine
	}
	for _, p := range c.Panels {
		tall += height(p) + titleSpace
	}
	surface := vgsvg.New(vg.Length(c.Width), tall)
	canvas := draw.New(surface)
	canvas.SetColor(color.White)
	canvas.Fill(canvas.Rectangle.Path())

	plots := make([]*plot.Plot, len(c.Panels))
	var left vg.Length
	for i, p := range c.Panels {
		plots[i] = dress(c, plotOf(p, c), i == len(c.Panels)-1)
		left = max(left, plots[i].DataCanvas(canvas).Min.X)
	}
	left += leftEdge
	y := canvas.Max.Y
	if len(c.Legend) > 0 {
		y -= legendLine
		drawLegend(c, canvas, left, y+legendLine/2)
	}
	for i, p := range c.Panels {
		y -= titleSpace
		canvas.FillText(style(titleSize, draw.XLeft), vg.Point{X: left, Y: y + titleSpace/2 - 3}, p.Title)
		y -= height(p)
		bottom := y
		if i == len(c.Panels)-1 {
			bottom = 0
		}
		at := canvas
		at.Min.X, at.Max.X = left-plots[i].DataCanvas(canvas).Min.X, canvas.Max.X-rightEdge
		at.Min.Y, at.Max.Y = bottom, y+height(p)
		if i == len(c.Panels)-1 {
			// What is below the data is the axis: it gets as much as it takes.
			at.Min.Y = y - (plots[i].DataCanvas(at).Min.Y - at.Min.Y)
		}
		plots[i].Draw(at)
	}
	var out bytes.Buffer
	_, _ = surface.WriteTo(&out) // to memory
	return element(c, out.String())
}

// element makes of a document what may also stand inside a page: without a prologue,
// as wide as there is room, and with fonts that exist elsewhere.
func element(c picture.Chart, document string) string {
	_, body, _ := strings.Cut(document, "<svg ")
	body = strings.ReplaceAll(body, "font-family:Liberation Sans;", "font-family:'Liberation Sans',Arial,Helvetica,sans-serif;")
	body = strings.ReplaceAll(body, "font-variant:normal;font-weight:normal;font-style:normal;", "")
	head, body, _ := strings.Cut(body, ">\n")
	_, box, _ := strings.Cut(head, "viewBox=")
	box, _, _ = strings.Cut(strings.TrimPrefix(box, `"`), `"`)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" viewBox="%s" role="img"><title>%s</title>`+"\n%s",
		c.Width, box, html.EscapeString(c.Title), body)
}

// dress gives a plot the axis of time and the fonts that all have.
func dress(c picture.Chart, p *plot.Plot, last bool) *plot.Plot {
	p.X.Min, p.X.Max = c.From, c.To
	p.X.Padding, p.Y.Padding = 0, 0
	p.X.Tick.Label.Font, p.Y.Tick.Label.Font = face(textSize), face(smallSize)
	p.X.Label.TextStyle.Font = face(textSize)
	p.X.Tick.Length, p.Y.Tick.Length = 4, 0
	p.BackgroundColor = nil
	if last {
		p.X.Label.Text = c.Axis
		p.X.Label.Padding = 2
		p.X.Tick.Marker = plot.TickerFunc(ticks)
	} else {
		p.HideX()
		p.X.LineStyle.Width = 0.5
	}
	return p
}

// ticks are at whole numbers that people count in.
func ticks(from, to float64) []plot.Tick {
	step := 1.0
	for _, step = range []float64{0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600} {
		if (to-from)/step <= 16 {
			break
		}
	}
	var out []plot.Tick
	for i := int(from/step) - 1; float64(i)*step <= to; i++ {
		if at := float64(i) * step; at >= from {
			out = append(out, plot.Tick{Value: at, Label: fmt.Sprintf("%g", at)})
		}
	}
	return out
}

func drawLegend(c picture.Chart, canvas draw.Canvas, x, y vg.Length) {
	for _, e := range c.Legend {
		box := vg.Rectangle{Min: vg.Point{X: x, Y: y - 5}, Max: vg.Point{X: x + 14, Y: y + 5}}
		canvas.SetColor(colours[e.Tone])
		canvas.Fill(box.Path())
		s := style(textSize, draw.XLeft)
		canvas.FillText(s, vg.Point{X: x + 18, Y: y}, e.Text)
		x += 18 + s.Rectangle(e.Text).Size().X + 18
	}
}

// drawMarks draws the moments that belong to all panels.
func drawMarks(c picture.Chart, canvas draw.Canvas, x func(float64) vg.Length) {
	line := draw.LineStyle{Color: color.NRGBA{A: 0x90}, Width: 0.6, Dashes: []vg.Length{3, 3}}
	for _, m := range c.Marks {
		if m >= c.From && m <= c.To {
			canvas.StrokeLine2(line, x(m), canvas.Min.Y, x(m), canvas.Max.Y)
		}
	}
}

// plotter is a function as a plot.Plotter.
type plotter func(draw.Canvas, *plot.Plot)

// Plot implements plot.Plotter.
func (f plotter) Plot(c draw.Canvas, p *plot.Plot) { f(c, p) }
