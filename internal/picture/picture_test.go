package picture_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/picture"
)

func chart() picture.Chart {
	return picture.Chart{
		Title: "a <b> & c", Width: 600, From: -1, To: 20, Axis: "seconds", Marks: []float64{2, 99},
		Legend: []picture.Entry{{Tone: picture.Lost, Text: "nobody"}},
		Panels: []picture.Panel{
			{Title: "lanes", Tall: 12, Rows: []picture.Row{
				{Label: "one", Spans: []picture.Span{{From: -5, To: 10, Tone: picture.Blue, Text: "<inside>"}, {From: 10, To: 10, Tone: picture.Lost}, {From: 30, To: 40, Tone: picture.Sick}}},
				{Label: "two", Points: []picture.Point{{At: 3, Tone: picture.Dark, Text: "early"}, {At: 19.9, Tone: picture.Dark, Text: "late"}, {At: 50, Tone: picture.Dark, Text: "outside"}}},
			}},
			{Title: "bars", Tall: 50, Wide: 1, Bars: []picture.Bar{{At: 0, Count: map[picture.Tone]float64{picture.Green: 5, picture.Lost: 1}}}},
		},
	}
}

func draw(t *testing.T, charts ...picture.Chart) []string {
	t.Helper()
	drawn, err := picture.Draw(t.Context(), charts...)
	if err != nil {
		t.Fatal(err)
	}
	return drawn
}

func TestTheSameChartIsAlwaysTheSamePicture(t *testing.T) {
	t.Parallel()
	drawn := draw(t, chart(), chart())
	first := drawn[0]
	if first != drawn[1] {
		t.Error("two drawings of one chart differ")
	}
	// It is well-formed, and so are the texts in it.
	d := xml.NewDecoder(strings.NewReader(first))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"a &lt;b&gt; &amp; c", "&lt;inside&gt;", "early", "late", "seconds", "nobody", "lanes", "bars"} {
		if !strings.Contains(first, want) {
			t.Errorf("the picture does not show %q", want)
		}
	}
	if strings.Contains(first, "outside") {
		t.Error("the picture shows what is outside its time")
	}
	if strings.Contains(first, "http") && strings.Count(first, "http") != 1 { // the namespace, which is no address
		t.Error("the picture refers to something outside itself")
	}
}

func TestWhatLastedNoTimeIsDrawnAllTheSame(t *testing.T) {
	t.Parallel()
	// In the legend, in the row and in the bar.
	if n := strings.Count(draw(t, chart())[0], "fill:#C41230"); n != 3 {
		t.Errorf("losses are drawn %d times, want 3", n)
	}
}
