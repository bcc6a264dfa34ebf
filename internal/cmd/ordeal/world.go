//go:build unix

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

const (
	providerKey = "AKIDPROVIDER"
	zoneName    = "example.com"
	siteName    = "www.example.com"
	rampName    = "ramp.example.com" // blue has it too
	otherName   = "edge.example.com" // the other network of the ramp, which is the same edge
	fleet       = 6
	propagation = 1500 * time.Millisecond
	usualDelay  = time.Second      // of CloudWatch
	patience    = 90 * time.Second // of ours with one command of the CLI
)

// A world is one simulated AWS with a site, its viewers and a folder of configuration.
type world struct {
	*stage.World
	stage.Hands
	scenario
	sim   *stage.Simulator
	cli   *stage.CLI
	proxy *proxy
	watch *monitor
	rng   *rand.Rand
	seed  uint64

	zone, certificate string
	blue, green       stage.Distribution
	release           atomic.Int64 // of the promotion, counted up
	since             time.Time

	leave   context.CancelFunc
	viewers sync.WaitGroup
	mu      sync.Mutex
	seen    int
	lost    int
	sick    string // the origin that is sick by our own doing
	regular audience
	example string
}

// open starts a simulator, builds a site in it and lets viewers in.
func (b *bench) open(ctx context.Context, dir string, s scenario, seed uint64) (*world, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	sim, err := stage.StartSimulator(ctx, b.program, filepath.Join(dir, "awssim.log"),
		"-pops", fmt.Sprint(fleet), "-propagation", propagation.String(), "-seed", fmt.Sprint(seed),
		"-knob", "insync_span=500ms", "-knob", "dns_check_delay=700ms", "-knob", "invalidation_span=1s", "-knob", "metric_delay="+usualDelay.String(), "-knob", "store_median=400ms", "-knob", "store_p99=2s", "-knob", "kvs_flap=true")
	if err != nil {
		return nil, err
	}
	w := &world{World: sim.World, Hands: stage.NewHands(sim.World), scenario: s, sim: sim, rng: rand.New(rand.NewPCG(seed, 0x6f7264)), seed: seed} //nolint:gosec // for play
	if w.cli, err = stage.NewCLI(ctx, b.CLI, b.Bin, dir); err != nil {
		return nil, errors.Join(err, sim.Stop(ctx))
	}
	if w.proxy, err = newProxy(ctx, strings.TrimPrefix(w.Control, "http://")); err != nil {
		return nil, errors.Join(err, sim.Stop(ctx))
	}
	if w.watch, err = newMonitor(ctx, w.Control); err != nil {
		return nil, errors.Join(err, sim.Stop(ctx))
	}
	if err := w.build(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("building the site: %w", err), sim.Stop(ctx))
	}
	w.since = clk.Now()
	w.admit(ctx)
	return w, nil
}

// build makes a certificate, two distributions of which blue has the name, a zone and the
// records of the name, and waits for all of it.
func (w *world) build(ctx context.Context) (err error) {
	if w.certificate, err = w.Certify(ctx, zoneName); err != nil {
		return err
	}
	if w.blue, err = w.Distribute(ctx, "blue", "blue.origin.test", w.certificate, siteName, rampName); err != nil {
		return err
	}
	if w.green, err = w.Distribute(ctx, "green", "green.origin.test", w.certificate); err != nil {
		return err
	}
	for _, side := range []string{"blue", "green"} {
		if err := w.heal(ctx, side); err != nil {
			return err
		}
	}
	if w.zone, err = w.Zone(ctx, zoneName); err != nil {
		return err
	}
	if err := w.Point(ctx, w.zone, siteName, w.blue.Domain); err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(w.Edge)
	if err != nil {
		return err
	}
	for _, r := range []r53types.ResourceRecordSet{
		{Name: aws.String(rampName), Type: r53types.RRTypeCname, TTL: aws.Int64(1), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(w.blue.Domain)}}},
		{Name: aws.String(otherName), Type: r53types.RRTypeA, TTL: aws.Int64(1), ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(host)}}},
	} {
		if _, err := w.Route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
			HostedZoneId: aws.String(w.zone), ChangeBatch: &r53types.ChangeBatch{Changes: []r53types.Change{{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r}}},
		}); err != nil {
			return err
		}
	}
	return w.settle(ctx)
}

func (w *world) heal(ctx context.Context, side string) error {
	w.mu.Lock()
	w.sick = ""
	w.mu.Unlock()
	return w.SetOrigin(ctx, side+".origin.test", stage.Origin{Headers: map[string]string{"x-release": side}})
}

func (w *world) sicken(ctx context.Context, side string) error {
	w.mu.Lock()
	w.sick = side + ".origin.test"
	w.mu.Unlock()
	return w.SetOrigin(ctx, side+".origin.test", stage.Origin{Status: http.StatusServiceUnavailable, Headers: map[string]string{"x-release": side}})
}

// settle waits until nothing is on its way any more.
func (w *world) settle(ctx context.Context) error {
	for range 600 {
		s, err := w.Look(ctx)
		if err != nil {
			return err
		}
		if !s.Deploying() && !s.Pending() {
			return nil
		}
		if err := clk.Sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return errors.New("AWS never settled")
}

// admit lets a viewer in for each point of presence.
func (w *world) admit(ctx context.Context) {
	ctx, w.leave = context.WithCancel(ctx)
	interval := cmp.Or(w.every, 200*time.Millisecond)
	for pop := range fleet {
		w.viewers.Go(func() {
			next := clk.Now().Add(interval * time.Duration(pop) / fleet)
			for clk.Sleep(ctx, next.Sub(clk.Now())) == nil {
				w.mu.Lock()
				sick := w.sick
				w.mu.Unlock()
				began := clk.Now()
				ask := func(header http.Header) stage.Answer { return w.View(ctx, cmp.Or(w.viewed, siteName), pop, header) }
				var got stage.Answer
				if w.sticky {
					got = w.regular.visit(pop, ask)
				} else {
					got = ask(nil)
				}
				if ctx.Err() != nil {
					return
				}
				w.judge(began, sick, pop, got)
				if next = next.Add(interval); next.Before(clk.Now()) {
					next = clk.Now() // a machine that is slow has fewer viewers, not a crowd
				}
			}
		})
	}
}

// judge counts. Nothing is forgiven but an error that comes from the very origin that was
// told to give errors.
func (w *world) judge(at time.Time, sick string, pop int, got stage.Answer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen++
	if sick == "" {
		sick = w.sick
	}
	good := got.Err == nil && got.Status == http.StatusOK
	excused := got.Err == nil && sick != "" && got.Header.Get("X-Origin") == sick
	if good || excused {
		return
	}
	w.lost++
	if w.example == "" {
		w.example = fmt.Sprintf("%s at point of presence %d: %d from %q, %v", at.Format(time.TimeOnly), pop, got.Status, got.Distribution, got.Err)
	}
}

// close sends the viewers home, and counts.
func (w *world) close(ctx context.Context, r *row) {
	w.leave()
	w.viewers.Wait()
	r.requests, r.lost = w.seen, w.lost
	if w.lost > 0 {
		r.notes = append(r.notes, "first loss: "+w.example)
	}
	if w.orphans > 0 {
		r.wrong("%d times a provider whose CLI had died was still there after %s", w.orphans, orphan)
	}
	if w.sticky {
		w.regular.judged(r)
	}
	if r.requests == 0 {
		r.wrong("nobody came by: nothing is known about it")
	}
	w.proxy.close()
	w.watch.close()
	if err := w.sim.Stop(ctx); err != nil {
		r.wrong("%v", err)
	}
}

// promotions counts those that took effect so far.
func (w *world) promotions(ctx context.Context) (int, error) {
	calls, _, err := w.Calls(ctx, providerKey, 0)
	n := 0
	for _, c := range calls {
		if c.Operation == "UpdateDistributionWithStagingConfig" && c.Effect {
			n++
		}
	}
	return n, err
}

// statefile is what is put back when a kill fell into the CLI's own write.
func (w *world) statefile() string { return filepath.Join(w.cli.Dir, "terraform.tfstate") }

// keepState returns a function that repairs the state if a kill has cut it off.
func (w *world) keepState() (repair func() bool) {
	before, err := os.ReadFile(w.statefile())
	return func() bool {
		now, nowErr := os.ReadFile(w.statefile())
		if nowErr != nil && err != nil || nowErr == nil && json.Valid(now) {
			return false
		}
		if err != nil {
			return os.Remove(w.statefile()) == nil
		}
		return os.WriteFile(w.statefile(), before, 0o600) == nil
	}
}

// write puts the configuration for a target into the folder.
func (w *world) write(target string) error {
	config := w.config(w, target)
	if w.edit != nil {
		config = w.edit(config)
	}
	return os.WriteFile(filepath.Join(w.cli.Dir, "main.tf"), []byte(w.header()+config), 0o600)
}

// header is the provider's block. Its calls go through the proxy.
func (w *world) header() string {
	return fmt.Sprintf(`terraform {
  required_providers {
    cdn = { source = "cdn-bluegreen/cdn" }
  }
}

provider "cdn" {
  access_key    = %q
  secret_key    = "of-no-value"
  poll_interval = "1s"

  endpoints {
    cloudfront = %[2]q
    route53    = %[2]q
    acm        = %[2]q
    cloudwatch = %[4]q
    sts        = %[2]q
    s3         = %[2]q
    edge       = %[3]q

    cloudfrontkeyvaluestore = %[2]q
  }
}

`, providerKey, "http://"+w.proxy.addr(), w.Edge, "http://"+w.watch.addr)
}

// apply runs the CLI to its end, or for as long as we have patience.
func (w *world) apply(ctx context.Context, args ...string) (stage.Messages, error) {
	r, err := w.cli.Start(append([]string{"apply", "-input=false", "-auto-approve", "-json"}, args...)...)
	if err != nil {
		return stage.Messages{}, err
	}
	return w.await(ctx, r)
}

var errHangs = errors.New("it did not end in time")

func (w *world) await(ctx context.Context, r *stage.Command) (stage.Messages, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	hangs := make(chan struct{})
	go func() {
		if clk.Sleep(waiting, max(patience, w.patience)) == nil {
			close(hangs)
			stop()
		}
	}()
	said, err := r.Wait(waiting)
	select {
	case <-hangs:
		if ctx.Err() == nil {
			return stage.Read(r.Said()), errHangs
		}
	default:
	}
	return said, err
}

// secondPlan says whether a plan finds something to do.
func (w *world) secondPlan(ctx context.Context) (empty bool, said stage.Messages, err error) {
	r, err := w.cli.Start("plan", "-input=false", "-json", "-detailed-exitcode")
	if err != nil {
		return false, said, err
	}
	said, err = w.await(ctx, r)
	return err == nil, said, nil
}

// changes lists what a plan wants to change, in words.
func changes(said stage.Messages) string {
	var out []string
	for line := range strings.Lines(said.Raw) {
		var m struct {
			Type    string `json:"type"`
			Message string `json:"@message"`
		}
		if json.Unmarshal([]byte(line), &m) == nil && slices.Contains([]string{"planned_change", "diagnostic", "resource_drift"}, m.Type) {
			out = append(out, m.Message)
		}
	}
	return strings.Join(out, "; ")
}
