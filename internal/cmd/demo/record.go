package main

import (
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// A record is what the report draws, beside the answers that the viewers got.
type record struct {
	act, changed string // the scene that plays, and what was edited in it
	steps        []string
	warned       []stage.Diagnostic // by the plan
	chapters     []chapter
	looks        []snapshot
	audited      bool
	violations   []string
}

// A chapter is one apply, or what is done in its place by hand, and what came of it.
type chapter struct {
	act, changed string
	steps        []string // as the plan showed them
	run          applied
	said         stage.Messages // of the plan too
	events       []event
}

func (c chapter) ended() time.Time { return c.run.began.Add(c.run.wall) }

// An event is a step that was taken, as the state records it.
type event struct {
	at      time.Time // when it was over
	took    time.Duration
	what    string
	request string // AWS's id of the write; "": it is none, or nobody answered
}

// text is an event on one line.
func (e event) text() string {
	if e.request == "" {
		return e.what
	}
	return e.what + ", request " + e.request
}

// scene begins a part of the story.
func (d *demo) scene(title string) {
	d.out.scene(title)
	if _, after, ok := strings.Cut(title, ". "); ok {
		title = after
	}
	d.act = title
}

// saw keeps what the fleet and the name servers showed.
func (r *record) saw(now snapshot) { r.looks = append(r.looks, now) }

// close ends a chapter.
func (r *record) close(run applied, said stage.Messages, events []event) {
	said.Diagnostics = append(r.warned, said.Diagnostics...)
	r.chapters = append(r.chapters, chapter{act: r.act, changed: r.changed, steps: r.steps, run: run, said: said, events: events})
	r.changed, r.steps, r.warned = "", nil, nil
}
