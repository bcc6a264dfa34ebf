package main

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

func height(p picture.Panel) vg.Length { return vg.Length(p.Tall) * vg.Length(max(1, len(p.Rows))) }

func plotOf(p picture.Panel, c picture.Chart) *plot.Plot {
	if len(p.Rows) > 0 {
		return lanes{p}.plot(c)
	}
	return bars{p}.plot(c)
}

// lanes are rows, each with what was so for a while and what happened at a moment.
type lanes struct{ picture.Panel }

// slim is the least width of a span: what was short must not be invisible.
const slim = 1.2

func (l lanes) plot(chart picture.Chart) *plot.Plot {
	p := plot.New()
	p.Y.Min, p.Y.Max = 0, float64(len(l.Rows))
	var labels []plot.Tick
	for i, r := range l.Rows {
		labels = append(labels, plot.Tick{Value: l.middle(i), Label: r.Label})
	}
	p.Y.Tick.Marker = plot.ConstantTicks(labels)
	p.Add(plotter(func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		// One path for each tone keeps a picture small. Losses come last, over all else.
		for tone := range picture.Tones {
			var path vg.Path
			for i, r := range l.Rows {
				path = append(path, l.boxes(r, chart, tone, x, y(l.middle(i)))...)
			}
			if len(path) > 0 {
				c.SetColor(colours[tone])
				c.Fill(path)
			}
		}
		drawMarks(chart, c, x)
		for i, r := range l.Rows {
			l.words(c, r, chart, x, y(l.middle(i)))
		}
	}))
	return p
}

// middle counts rows from the top.
func (l lanes) middle(row int) float64 { return float64(len(l.Rows)-row) - 0.5 }

func (l lanes) boxes(r picture.Row, chart picture.Chart, tone picture.Tone, x func(float64) vg.Length, middle vg.Length) (path vg.Path) {
	half := vg.Length(l.Tall) * 0.41
	box := func(from, to vg.Length, half vg.Length) {
		path = append(path, vg.Rectangle{Min: vg.Point{X: from, Y: middle - half}, Max: vg.Point{X: to, Y: middle + half}}.Path()...)
	}
	for _, s := range r.Spans {
		if s.Tone == tone && s.To >= chart.From && s.From <= chart.To {
			from, to := x(max(s.From, chart.From)), x(min(s.To, chart.To))
			box(from, max(to, from+slim), half)
		}
	}
	for _, pt := range r.Points {
		if pt.Tone != tone || pt.At < chart.From || pt.At > chart.To {
			continue
		}
		if pt.Text == "" {
			box(x(pt.At)-0.4, x(pt.At)+0.4, half)
			continue
		}
		const r = 3.6
		var diamond vg.Path
		diamond.Move(vg.Point{X: x(pt.At) - r, Y: middle})
		diamond.Line(vg.Point{X: x(pt.At), Y: middle + r})
		diamond.Line(vg.Point{X: x(pt.At) + r, Y: middle})
		diamond.Line(vg.Point{X: x(pt.At), Y: middle - r})
		diamond.Close()
		path = append(path, diamond...)
	}
	return path
}

func (l lanes) words(c draw.Canvas, r picture.Row, chart picture.Chart, x func(float64) vg.Length, middle vg.Length) {
	for _, s := range r.Spans {
		sty := style(smallSize, draw.XCenter)
		from, to := x(max(s.From, chart.From)), x(min(s.To, chart.To))
		if s.Text == "" || sty.Rectangle(s.Text).Size().X > to-from-2 {
			continue // it would run into its neighbours
		}
		if s.Tone == picture.Blue || s.Tone == picture.Lost || s.Tone == picture.Dark {
			sty.Color = color.White
		}
		c.FillText(sty, vg.Point{X: (from + to) / 2, Y: middle}, s.Text)
	}
	for _, pt := range r.Points {
		sty, at := style(smallSize, draw.XLeft), x(pt.At)+7
		if at+sty.Rectangle(pt.Text).Size().X > c.Max.X {
			sty.XAlign, at = draw.XRight, x(pt.At)-7
		}
		if pt.Text != "" && pt.At >= chart.From && pt.At <= chart.To {
			c.FillText(sty, vg.Point{X: at, Y: middle}, pt.Text)
		}
	}
}

// bars are counts, stacked, one bar for each equal stretch of time.
type bars struct{ picture.Panel }

func (b bars) plot(chart picture.Chart) *plot.Plot {
	p := plot.New()
	most := 1.0
	for _, bar := range b.Bars {
		sum := 0.0
		for _, n := range bar.Count {
			sum += n
		}
		most = max(most, sum)
	}
	p.Y.Min, p.Y.Max = 0, most*1.08
	p.Y.Tick.Marker = plot.TickerFunc(func(from, to float64) (out []plot.Tick) {
		for _, t := range (plot.DefaultTicks{}).Ticks(from, to) {
			if !t.IsMinor() {
				out = append(out, t)
			}
		}
		return out
	})
	p.Add(plotter(func(c draw.Canvas, p *plot.Plot) {
		x, y := p.Transforms(&c)
		faint := draw.LineStyle{Color: color.NRGBA{A: 0x20}, Width: 0.5}
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			c.StrokeLine2(faint, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
		for tone := range picture.Tones {
			var path vg.Path
			for _, bar := range b.Bars {
				if bar.Count[tone] == 0 || bar.At < chart.From || bar.At > chart.To {
					continue
				}
				base := 0.0
				for below := range tone {
					base += bar.Count[below]
				}
				path = append(path, vg.Rectangle{
					Min: vg.Point{X: x(bar.At) + 0.3, Y: y(base)},
					Max: vg.Point{X: x(min(bar.At+b.Wide, chart.To)) - 0.3, Y: y(base + bar.Count[tone])},
				}.Path()...)
			}
			if len(path) > 0 {
				c.SetColor(colours[tone])
				c.Fill(path)
			}
		}
		drawMarks(chart, c, x)
	}))
	return p
}
