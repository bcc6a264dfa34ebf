//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// A victim is what a kill takes.
type victim string

// The victims. The CLI alone leaves a provider that has nobody to answer to.
const (
	both     victim = "both"
	provider victim = "the provider"
	theCLI   victim = "the CLI"
)

// killing introduces the scenario and then changes it to and fro, killing each change
// somewhere, n times in all.
func (w *world) killing(ctx context.Context, r *row, n int) {
	if !w.introduce(ctx, r) {
		return
	}
	typical := 4 * time.Second // until one was too quick for it
	for i := 0; r.kills < n && i < 3*n; i++ {
		if ctx.Err() != nil {
			r.wrong("there was no time left for %d of the kills", n-r.kills)
			return
		}
		target := w.targets[(i+1)%2]
		if w.begin != nil {
			if err := w.begin(ctx, w, target); err != nil {
				r.wrong("%v", err)
				return
			}
		}
		if err := w.write(target); err != nil {
			r.wrong("%v", err)
			return
		}
		before, err := w.promotions(ctx)
		if err != nil {
			r.wrong("%v", err)
			return
		}
		who := []victim{both, provider, theCLI}[w.rng.IntN(3)]
		after := time.Duration(w.rng.Float64() * float64(typical))
		if took, killed := w.kill(ctx, r, who, after); killed {
			r.kills++
			typical = min(typical*6/5, 15*time.Second)
		} else {
			typical = max(took, time.Second)
		}
		if !w.converge(ctx, r, target, fmt.Sprintf("kill %d (%s after %.1f s, to %s)", i+1, who, after.Seconds(), target)) {
			return
		}
		if now, err := w.promotions(ctx); err != nil || now > before+max(1, w.tries) {
			r.wrong("kill %d: %d promotions, %v", i+1, now-before, err)
		}
		if w.end != nil {
			if err := w.end(ctx, w, target); err != nil {
				r.wrong("after kill %d: %v", i+1, err)
			}
		}
	}
}

// introduce applies the configuration as things stand, undisturbed.
func (w *world) introduce(ctx context.Context, r *row) bool {
	if w.prepare != nil {
		if err := w.prepare(ctx, w); err != nil {
			r.wrong("preparing: %v", err)
			return false
		}
	}
	if err := w.write(w.targets[0]); err != nil {
		r.wrong("%v", err)
		return false
	}
	r.runs++
	if said, err := w.apply(ctx); err != nil {
		r.wrong("introducing it failed: %v\n%s", ended(err), words(said))
		return false
	}
	return true
}

// kill applies and kills; killed is false if the command was over before, which took it
// that long.
func (w *world) kill(ctx context.Context, r *row, who victim, after time.Duration) (took time.Duration, killed bool) {
	repair := w.keepState()
	c, err := w.cli.Start("apply", "-input=false", "-auto-approve", "-json")
	if err != nil {
		r.wrong("%v", err)
		return 0, false
	}
	r.runs++
	over := make(chan struct{})
	go func() {
		_ = clk.Sleep(ctx, after)
		close(over)
	}()
	select {
	case <-c.Ended:
		return c.Took, false
	case <-over:
	}
	if who != both {
		if pid := w.pid(c, who); pid > 0 {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone already
		} else {
			who = both
		}
	}
	switch who {
	case both:
		c.Kill()
		<-c.Ended
	case theCLI:
		// The pipe stays open as long as the provider lives: whoever waits for that waits for it.
		_ = clk.Sleep(ctx, 200*time.Millisecond)
		go func() { // an orphan may finish its call, and has then to end by itself
			if clk.Sleep(ctx, orphan) == nil {
				w.mu.Lock()
				defer w.mu.Unlock()
				if alive(c.Process.Pid) {
					w.orphans++
				}
				c.Kill()
			}
		}()
	case provider: // the CLI says what has happened to it
		c.Within(ctx, patience)
	}
	if repair() {
		r.notes = append(r.notes, "a kill fell into the CLI's own write; the state was put back")
	}
	return 0, true
}

// orphan is how long a provider whose CLI died may live.
const orphan = 60 * time.Second

// alive says whether some process of a group is still there.
func alive(group int) bool { return syscall.Kill(-group, 0) == nil }

// pid finds a process of a command: the CLI itself, or the provider that it started.
func (w *world) pid(c *stage.Command, who victim) int {
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, e := range entries {
		raw, err := os.ReadFile(e)
		if err != nil {
			continue
		}
		// pid (name) state ppid pgrp …; the name may hold anything.
		head, tail, ok := strings.Cut(string(raw), ") ")
		fields := strings.Fields(tail)
		if !ok || len(fields) < 3 || fields[2] != strconv.Itoa(c.Process.Pid) {
			continue
		}
		id, name, _ := strings.Cut(head, " (")
		pid, err := strconv.Atoi(id)
		if err != nil {
			continue
		}
		isProvider := strings.HasPrefix(name, stage.ProviderBinary[:15]) // as long as the kernel keeps names
		if isProvider == (who == provider) && (who == provider || pid == c.Process.Pid) {
			return pid
		}
	}
	return 0
}

// maxApplies is how often a configuration is applied until it is settled: a failed
// release needs one that fails and one that finds the latch.
const maxApplies = 5

// converge applies until that succeeds, and then checks everything that has to be true.
func (w *world) converge(ctx context.Context, r *row, target, what string) bool {
	var said stage.Messages
	var err error
	for range maxApplies {
		r.runs++
		if said, err = w.apply(ctx); err == nil {
			break
		}
		if ctx.Err() != nil {
			r.wrong("%s: %v", what, ctx.Err())
			return false
		}
		if errors.Is(err, errHangs) {
			break
		}
		if locked(said) { // an orphan may still hold the lock
			_ = clk.Sleep(ctx, 5*time.Second)
		}
		w.heed(ctx, r, what, said)
		if _, ok := said.Find(w.stays); ok {
			break
		}
	}
	_, stays := said.Find(w.stays)
	if err != nil && !stays {
		r.wrong("%s: it never settled: %v\n%s", what, ended(err), words(said))
		return false
	}
	if err := w.settle(ctx); err != nil {
		r.wrong("%s: %v", what, err)
		return false
	}
	if err := w.settled(ctx, w, target); err != nil {
		r.wrong("%s: %v", what, err)
	}
	if empty, plan, err := w.secondPlan(ctx); !stays && (err != nil || !empty) {
		r.wrong("%s: a second plan is not empty: %s %v", what, changes(plan), err)
	}
	if _, err := os.Stat(filepath.Join(w.cli.Dir, ".terraform.tfstate.lock.info")); err == nil {
		r.wrong("%s: a lock is left", what)
	}
	return true
}

// ended is how a command ended, without all that it said.
func ended(err error) error {
	if f := (*stage.Failure)(nil); errors.As(err, &f) {
		return f.Unwrap()
	}
	return err
}

func locked(said stage.Messages) bool {
	_, ok := said.Find("Error acquiring the state lock")
	return ok
}

// words are the diagnostics of a run, the beginning of each.
func words(said stage.Messages) string {
	var out []string
	for _, d := range said.Diagnostics {
		text := d.String()
		if len(text) > 700 {
			text = text[:700] + " …"
		}
		out = append(out, text)
	}
	if out == nil {
		raw := said.Raw
		if len(raw) > 1500 {
			raw = raw[len(raw)-1500:]
		}
		return raw
	}
	return strings.Join(out, "\n")
}
