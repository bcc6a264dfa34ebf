// Package pages holds the documentation to what it is about: every block of HCL
// is valid, every link leads somewhere, every diagnostic is explained. It has tests
// only, and never writes a page: make generate does that.
package pages_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// A page is one file of Markdown.
type page struct {
	name string // from the root of the repository
	text string
}

// A block is what stands between two fences.
type block struct {
	page, language, text string
	line                 int
}

// pages are all that people read: those at the root, docs and examples.
func pages(t *testing.T) []page {
	t.Helper()
	names, err := filepath.Glob(root + "/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"docs", "examples"} {
		names = append(names, files(t, dir, ".md")...)
	}
	var out []page
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, page{filepath.ToSlash(rel), string(raw)})
	}
	if len(out) < 20 {
		t.Fatalf("only %d pages were found", len(out))
	}
	return out
}

// files lists what lies in a directory of the repository, at any depth.
func files(t *testing.T, dir, ext string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(filepath.Join(root, dir), func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(name) == ext {
			out = append(out, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// split takes a page's blocks out of its prose, and leaves empty lines for them.
func (p page) split() (prose string, blocks []block) {
	var b strings.Builder
	var open *block
	for i, line := range strings.Split(p.text, "\n") {
		language, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && open == nil:
			open = &block{page: p.name, language: language, line: i + 1}
		case fence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		default:
			b.WriteString(line)
		}
		b.WriteString("\n")
	}
	return b.String(), blocks
}

var (
	heading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are what a link may name behind #: headings, as GitHub and the registries
// write them, and anchors that the generator sets.
func (p page) anchors() []string {
	prose, _ := p.split()
	var out []string
	for _, m := range heading.FindAllStringSubmatch(prose, -1) {
		out = append(out, strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(strings.TrimSpace(m[1])), ""), " ", "-"))
	}
	for _, m := range anchor.FindAllStringSubmatch(prose, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return out
}
