package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// A demo is one performance: a site, its viewers, and what was found out.
type demo struct {
	out         *screen
	aws         *world
	cli         *cli
	propagation time.Duration
	started     time.Time

	site    *site
	viewers *viewers
	since   time.Time // the site has been up since then
	before  int       // the number of the last call before the plan that is being applied
	runs    []applied
	record
}

// open builds the site and lets the viewers in.
func (d *demo) open(ctx context.Context) error {
	faster := float64(realPropagation) / float64(d.propagation)
	d.out.line("The simulator runs as a process of its own: %s/_awssim/ shows the fleet in a browser.", d.aws.Control)
	d.out.line("%d points of presence, 4 name servers. What takes minutes at AWS is about %.0f times as fast here:", fleet, faster)
	d.out.line("a change arrives everywhere after about %s, and poll_interval is %s instead of 15s.", d.propagation, d.poll())

	var err error
	if d.site, err = build(ctx, d.aws); err != nil {
		return fmt.Errorf("setting up the site: %w", err)
	}
	d.scene("A live site")
	for _, s := range d.site.sides {
		d.out.line("  %-5s  %s  %s  origin %s", s.name, s.id, s.domain, s.origin)
	}
	d.out.line("  %s is an alias of blue, and A and AAAA records point there. It is being deployed.", siteName)
	began := clk.Now()
	if err := d.aws.settle(ctx, func(now snapshot) {
		d.saw(now)
		d.out.draw(d.bar(now, way{1, 0}, began))
	}); err != nil {
		return err
	}
	d.since = clk.Now()
	t := &tally{sides: d.site.sides}
	t.enter(phase{"blue is live", d.site.sides[0].id})
	d.viewers = d.aws.sendViewers(ctx, siteName, t)
	d.out.line("  Viewers arrive: %d of them, one for each point of presence, %d requests a second in all.", fleet, fleet*int(time.Second/interval))
	d.out.line("  Each request asks DNS for the name, connects to that address and says which release answered.")
	return d.linger(ctx)
}

func (d *demo) poll() time.Duration {
	return 15 * d.propagation / (realPropagation / time.Second)
}

// linger lets viewers see the site in peace for a moment: a second round of each, and on a
// busy machine as long as that takes. What nobody saw proves nothing.
func (d *demo) linger(ctx context.Context) error {
	const most = 300 * interval
	enough := d.viewers.seen() + 2*fleet
	for began := clk.Now(); ; {
		if err := clk.Sleep(ctx, 3*interval); err != nil {
			return err
		}
		switch seen := d.viewers.seen(); {
		case seen >= enough:
			return nil
		case clk.Now().Sub(began) > most:
			return fmt.Errorf("%d viewers had only %d of %d answers in %s: this machine is too busy to show a cutover", fleet, 2*fleet-(enough-seen), 2*fleet, most)
		}
	}
}

// A way is from one side to another, by index.
type way struct{ from, to int }

func (d *demo) bar(now snapshot, w way, began time.Time) bar {
	from, to := d.site.sides[w.from], d.site.sides[w.to]
	b := bar{
		from: from.name, to: to.name, onFrom: now.serving[from.id], onTo: now.serving[to.id], nobody: now.serving[""],
		elapsed: clk.Now().Sub(began),
	}
	if d.viewers != nil {
		b.requests, b.failed = d.viewers.totals()
	}
	return b
}

// applied is what one run of the CLI took.
type applied struct {
	name                            string
	began                           time.Time
	wall, propagation, insync, bake time.Duration
	calls                           []stage.Call
	killed                          bool
}

func (a applied) overhead() time.Duration { return a.wall - a.propagation - a.insync - a.bake }

// watch shows the fleet while a command runs, and adds up where its time went.
// Propagation counts for as long as a distribution is InProgress; a record that
// is PENDING counts only while nothing else is waited for.
func (d *demo) watch(ctx context.Context, r *stage.Command, w *way, each func(snapshot)) (applied, error) {
	out := applied{began: r.Began}
	last := r.Began
	for {
		now, err := d.aws.look(ctx)
		if err != nil {
			r.Interrupt()
			r.Within(ctx, stage.Grace)
			return out, err
		}
		d.saw(now)
		span := now.at.Sub(last)
		last = now.at
		switch {
		case now.deploying:
			out.propagation += span
		case now.pending:
			out.insync += span
		}
		if w != nil {
			d.out.draw(d.bar(now, *w, r.Began))
		}
		if each != nil {
			each(now)
		}
		select {
		case <-r.Ended:
			if w != nil {
				d.out.settle(d.bar(now, *w, r.Began))
			}
			out.wall = r.Took
			return out, nil
		case <-ctx.Done():
			_, err := r.Wait(ctx)
			return out, err
		default:
		}
		if err := clk.Sleep(ctx, tick); err != nil {
			_, err := r.Wait(ctx)
			return out, err
		}
	}
}

// verdict prints the tables and says what went wrong, if anything did.
func (d *demo) verdict(ctx context.Context) error {
	d.viewers.leave()
	rows := d.viewers.end()
	violations, err := d.aws.Audit(ctx, d.since, siteName)
	if err != nil {
		return err
	}
	d.audited, d.violations = true, violations
	now, err := d.aws.look(ctx)
	if err != nil {
		return err
	}
	d.saw(now)
	d.scene("What the viewers saw")
	d.out.line("%s", text(viewerTable(rows), viewerNotes(rows)...))
	if len(d.runs) > 0 {
		d.scene("Where the time went")
		d.out.line("%s", text(timeTable(d.runs), timeNotes...))
		d.scene("What it took from AWS")
		d.out.line("%s", text(callTable(d.runs)))
	}
	d.out.line("")
	lost := 0
	for _, r := range rows {
		if r.requests == 0 {
			return fmt.Errorf("no viewer came by while %q: nothing is known about it", r.name)
		}
		lost += r.lost()
		if r.example != "" {
			d.out.line("First loss while %q: %s.", r.name, r.example)
		}
	}
	d.out.line("Audit of every point of presence and name server, at every instant: %s.", count(len(violations), "violation"))
	for i, v := range violations {
		if i == 5 {
			d.out.line("  and %d more", len(violations)-i)
			break
		}
		d.out.line("  %s", v)
	}
	d.out.line("The demo took %.0f s.", clk.Now().Sub(d.started).Seconds())
	if lost > 0 || len(violations) > 0 {
		return fmt.Errorf("%s lost; %s found by the audit", count(lost, "request"), count(len(violations), "violation"))
	}
	d.out.line("\nNothing was lost.")
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
