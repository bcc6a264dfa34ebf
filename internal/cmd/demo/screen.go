package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// A screen prints lines for a person. On a terminal the bar is one line that
// moves; anywhere else it becomes a line now and then, so that a log stays readable.
type screen struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	colour   bool

	drawn int    // characters of the bar that is on the terminal now
	last  string // the fleet as the last printed bar showed it
	at    time.Time
}

func newScreen(f *os.File) *screen {
	s := &screen{w: f}
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" {
		s.terminal = true
		s.colour = os.Getenv("NO_COLOR") == ""
	}
	return s
}

// line prints one or more whole lines.
func (s *screen) line(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintf(s.w, format+"\n", args...)
}

// indented prints a text from elsewhere, such as what the CLI said.
func (s *screen) indented(text string) {
	for l := range strings.Lines(strings.TrimRight(text, "\n")) {
		s.line("%s", strings.TrimRight("    "+l, " \n"))
	}
}

// scene prints a heading.
func (s *screen) scene(title string) {
	s.line("\n%s\n%s", title, strings.Repeat("-", len(title)))
}

func (s *screen) clear() {
	if s.drawn > 0 {
		fmt.Fprintf(s.w, "\r%s\r", strings.Repeat(" ", s.drawn))
		s.drawn = 0
	}
}

// quiet is how long the bar stays silent where it cannot be redrawn.
const quiet = 2 * time.Second

// A bar is the fleet in one line: a letter for each point of presence, sorted by
// the side that it serves from; a dot serves nobody.
type bar struct {
	from, to         string // names of the sides
	onFrom, onTo     int
	nobody           int
	elapsed          time.Duration
	requests, failed int
}

func (b bar) fleet(colour bool) string {
	paint := func(n int, letter, code string) string {
		text := strings.Repeat(letter, n)
		if colour && n > 0 {
			return "\x1b[" + code + "m" + text + "\x1b[0m"
		}
		return text
	}
	codes := map[string]string{"blue": "34", "green": "32"}
	return paint(b.onFrom, b.from[:1], codes[b.from]) + strings.Repeat(".", b.nobody) + paint(b.onTo, b.to[:1], codes[b.to])
}

func (b bar) text(colour bool) string {
	return fmt.Sprintf("  %s [%s] %s %d/%d  %5.1fs  %d requests, %d lost", b.from, b.fleet(colour), b.to,
		b.onTo, b.onFrom+b.onTo+b.nobody, b.elapsed.Seconds(), b.requests, b.failed)
}

// draw shows the bar as it is now.
func (s *screen) draw(b bar) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.terminal {
		s.clear()
		fmt.Fprint(s.w, b.text(s.colour))
		s.drawn = len(b.text(false))
		return
	}
	if now := clk.Now(); b.fleet(false) != s.last && now.Sub(s.at) >= quiet {
		s.print(b)
	}
}

// settle prints the bar for good.
func (s *screen) settle(b bar) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	if s.terminal || b.fleet(false) != s.last || clk.Now().Sub(s.at) >= quiet/4 {
		s.print(b)
	}
}

func (s *screen) print(b bar) {
	fmt.Fprintln(s.w, b.text(s.colour))
	s.last, s.at = b.fleet(false), clk.Now()
}
