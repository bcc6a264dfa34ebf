package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

const cleanCutover = "blue to green"

var applyArgs = []string{"apply", "-input=false", "-json", planFile}

// story is the whole performance with the provider.
func (d *demo) story(ctx context.Context) error {
	d.out.line("%s applies; the provider is the one built from this tree.", d.cli.Name)
	for _, scene := range []func(context.Context) error{d.open, d.introduce, d.cutOver, d.changeOfMind, d.badRelease, d.killed, d.verdict} {
		if err := scene(ctx); err != nil {
			return d.where(err)
		}
	}
	return nil
}

// bake is shorter than anybody would have it: it is not what the story is about.
func (d *demo) bake() time.Duration { return 3 * d.propagation / 10 }

// where adds to an error what the story was doing.
func (d *demo) where(err error) error {
	if d.viewers == nil || ended(err) {
		return err
	}
	rows := d.viewers.end()
	return fmt.Errorf("while %q: %w", rows[len(rows)-1].name, err)
}

func ended(err error) bool { return errors.Is(err, context.Canceled) }

// configuration is what a user writes.
func (d *demo) configuration(live, retry string) string {
	if retry != "" {
		retry = fmt.Sprintf("  retry   = %q\n", retry)
	}
	var sides strings.Builder
	for _, s := range d.site.sides {
		fmt.Fprintf(&sides, "    %-5s = { distribution_id = %q, marker = { header = %q, value = %q } }\n", s.name, s.id, markerHeader, s.name)
	}
	return fmt.Sprintf(`terraform {
  required_providers {
    cdn = { source = "cdn-bluegreen/cdn" }
  }
}

provider "cdn" {
  access_key    = %q
  secret_key    = "of-no-value"
  poll_interval = %q

  endpoints {
    cloudfront = %q
    route53    = %[3]q
    acm        = %[3]q
    edge       = %q # probes connect there
  }
}

resource "cdn_bluegreen_switch" "www" {
  aliases = [%q]
  live    = %q
%s
  sides = {
%s  }

  dns = { %q = { zone_id = %q } }

  verify = {
    before = { probes = [{ path = "/", scheme = "http" }] }
    after  = { probes = [{ path = "/", scheme = "http" }], interval = "1s" }
  }
  bake_time = %q
}
`, providerKey, d.poll().String(), d.aws.Control, d.aws.Edge, siteName, live, retry, sides.String(), zoneName, d.site.zone, d.bake().String())
}

// edit writes the configuration and shows what a user would have changed in it.
func (d *demo) edit(changed, live, retry string) error {
	if changed != "" {
		d.out.line("  In main.tf: %s", changed)
	}
	d.changed = changed
	return d.cli.write(d.configuration(live, retry))
}

// plan makes a plan; its calls are counted with those of the apply that follows.
func (d *demo) plan(ctx context.Context) (p plan, err error) {
	if _, d.before, err = d.aws.calls(ctx, 0); err != nil {
		return p, err
	}
	p, err = d.cli.plan(ctx)
	d.warned = p.said.Diagnostics
	return p, err
}

// propose makes a plan and shows it.
func (d *demo) propose(ctx context.Context) error {
	p, err := d.plan(ctx)
	if err != nil {
		return err
	}
	d.steps = p.steps
	d.out.line("  Plan: %s", strings.Join(p.actions, ", "))
	for i, step := range p.steps {
		d.out.line("    %d. %s", i+1, step)
	}
	return nil
}

// An expectation is what a run of the CLI has to come to.
type expectation struct {
	name   string
	way    *way // as the bar shows it; nil: nothing moves
	writes int  // -1: some
	fails  string
	bake   time.Duration
	each   func(snapshot)
}

// apply applies the saved plan and holds the result against what was expected.
func (d *demo) apply(ctx context.Context, want expectation) error {
	r, err := d.cli.Start(applyArgs...)
	if err != nil {
		return err
	}
	took, err := d.watch(ctx, r, want.way, want.each)
	if err != nil {
		return err
	}
	said, err := r.Wait(ctx)
	_, failedAsExpected := said.Find(want.fails)
	switch {
	case err != nil && !failedAsExpected:
		return err
	case err == nil && want.fails != "":
		return fmt.Errorf("the apply was to fail with %q, and did not. It said:\n\n%s", want.fails, said.Raw)
	}
	if took.calls, _, err = d.aws.calls(ctx, d.before); err != nil {
		return err
	}
	took.name, took.bake = want.name, want.bake
	d.runs = append(d.runs, took)
	events, err := d.cli.events(took.began)
	if err != nil {
		return err
	}
	d.close(took, said, events)
	if n := stage.Writes(took.calls); want.writes >= 0 && n != want.writes {
		return fmt.Errorf("%s wrote %d times, not %d: %v", want.name, n, want.writes, took.calls)
	}
	for _, x := range said.Diagnostics {
		d.out.indented(x.String())
	}
	if said.Summary != "" {
		d.out.line("  %s", said.Summary)
	}
	return nil
}

// arrived makes sure that every point of presence serves a side, and begins a
// phase in which no other may answer.
func (d *demo) arrived(ctx context.Context, at int, name string) error {
	now, err := d.aws.look(ctx)
	if err != nil {
		return err
	}
	s := d.site.sides[at]
	if now.serving[s.id] != fleet || now.deploying || now.pending {
		return fmt.Errorf("%s is not served by %s everywhere: %v", siteName, s.name, now.serving)
	}
	d.viewers.enter(phase{name, s.id})
	return d.linger(ctx)
}

func (d *demo) introduce(ctx context.Context) error {
	d.scene("1. The switch is introduced into the running setup")
	if err := d.edit("", "blue", ""); err != nil {
		return err
	}
	if err := d.propose(ctx); err != nil {
		return err
	}
	d.viewers.enter(phase{"the switch is introduced", d.site.sides[0].id})
	if err := d.apply(ctx, expectation{name: "introduction", bake: d.bake()}); err != nil {
		return err
	}
	d.out.line("  The journal has 0 writes: everything was adopted as it is.")
	p, err := d.cli.plan(ctx)
	if err != nil {
		return err
	}
	if !slices.Equal(p.actions, []string{"no-op"}) {
		return fmt.Errorf("a second plan is not empty: %v\n%s", p.actions, p.said.Raw)
	}
	d.out.line("  A second plan is empty.")
	return nil
}

// move is one clean cutover.
func (d *demo) move(ctx context.Context, name string, from, to int) error {
	if err := d.propose(ctx); err != nil {
		return err
	}
	d.viewers.enter(phase{name: name})
	if err := d.apply(ctx, expectation{name: name, way: &way{from, to}, writes: 2, bake: d.bake()}); err != nil {
		return err
	}
	return d.arrived(ctx, to, d.site.sides[to].name+" is live")
}

func (d *demo) cutOver(ctx context.Context) error {
	d.scene("2. Blue to green, under load")
	if err := d.edit(`live = "blue" becomes live = "green"`, "green", ""); err != nil {
		return err
	}
	return d.move(ctx, cleanCutover, 0, 1)
}

func (d *demo) changeOfMind(ctx context.Context) error {
	d.scene("3. A change of mind: back to blue")
	if err := d.edit(`live = "green" becomes live = "blue"`, "blue", ""); err != nil {
		return err
	}
	return d.move(ctx, "green to blue", 1, 0)
}

func (d *demo) badRelease(ctx context.Context) error {
	d.scene("4. Green is bad: it goes back by itself")
	green := d.site.sides[1]
	if err := d.edit(`live = "blue" becomes live = "green"`, "green", ""); err != nil {
		return err
	}
	if err := d.propose(ctx); err != nil {
		return err
	}
	d.out.line("  Green passes its probes, takes the traffic, and breaks under it:")
	d.viewers.enter(phase{name: "green breaks, back to blue"})
	broken := false
	var breaking error
	if err := d.apply(ctx, expectation{
		name: "green breaks, back to blue", way: &way{0, 1}, writes: -1, fails: "Cutover failed and was rolled back",
		each: func(now snapshot) {
			if now.serving[green.id] == fleet && !broken {
				broken = true
				d.viewers.sicken(green.origin)
				breaking = d.aws.setOrigin(ctx, green, 503)
				d.out.line("  Green has all viewers, and from now on its origin answers 503.")
			}
		},
	}); err != nil || breaking != nil {
		return errors.Join(err, breaking)
	}
	if err := d.arrived(ctx, 0, "blue is live again"); err != nil {
		return err
	}

	d.out.line("\n  main.tf still says live = \"green\". Two more applies, as a scheduled run would make them:")
	for range 2 {
		if err := d.again(ctx); err != nil {
			return err
		}
	}
	if err := d.aws.setOrigin(ctx, green, 0); err != nil {
		return err
	}
	d.viewers.sicken("")
	d.out.line("\n  Green's origin is repaired.")
	if err := d.edit(`retry = "the origin is repaired" is added`, "green", "the origin is repaired"); err != nil {
		return err
	}
	return d.move(ctx, "tried again", 0, 1)
}

// again applies while the latch holds.
func (d *demo) again(ctx context.Context) error {
	p, err := d.plan(ctx)
	if err != nil {
		return err
	}
	warning, ok := p.said.Find("A failed cutover is not tried again")
	if !ok {
		return fmt.Errorf("the plan does not warn about the failed cutover. It said:\n\n%s", p.said.Raw)
	}
	d.out.line("  Plan: %s. Warning: %s.", strings.Join(p.actions, ", "), warning.Summary)
	if err = d.apply(ctx, expectation{name: "apply under the latch"}); err != nil {
		return err
	}
	d.out.line("  The journal has 0 writes.")
	return nil
}

func (d *demo) killed(ctx context.Context) error {
	d.scene("5. An apply is killed half-way")
	blue := d.site.sides[0]
	if err := d.edit(`live = "green" becomes live = "blue"`, "blue", "the origin is repaired"); err != nil {
		return err
	}
	if err := d.propose(ctx); err != nil {
		return err
	}
	d.viewers.enter(phase{name: "killed half-way"})
	r, err := d.cli.Start(applyArgs...)
	if err != nil {
		return err
	}
	var reached int
	took, err := d.watch(ctx, r, &way{1, 0}, func(now snapshot) {
		if n := now.serving[blue.id]; n >= fleet/3 && reached == 0 {
			reached = n
			r.Kill()
		}
	})
	if err != nil {
		return err
	}
	if _, err := r.Wait(ctx); err == nil || reached == 0 || reached == fleet {
		return fmt.Errorf("the apply was to be killed half-way, and was not: %d of %d points of presence had followed", reached, fleet)
	}
	if took.calls, _, err = d.aws.calls(ctx, d.before); err != nil {
		return err
	}
	took.name, took.killed = "killed half-way", true
	d.runs = append(d.runs, took)
	d.close(took, stage.Messages{}, nil)
	state, err := d.cli.state()
	if err != nil {
		return err
	}
	d.out.line("  SIGKILL, to the CLI and the provider, when %d of %d points of presence had followed.", reached, fleet)
	d.out.line("  The state on disk says that %s is live; AWS is on its way to blue. The next apply:", state.Live)

	d.viewers.enter(phase{name: "the next apply finishes"})
	if err := d.propose(ctx); err != nil {
		return err
	}
	if err := d.apply(ctx, expectation{name: "the next apply finishes", way: &way{1, 0}, writes: 1, bake: d.bake()}); err != nil {
		return err
	}
	return d.arrived(ctx, 0, "blue is live, at last")
}
