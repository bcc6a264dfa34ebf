//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// An affliction is a fault in the middle of a change.
type affliction struct {
	name string
	scenario
	strike strike
	when   moment                     // nil: at random
	early  bool                       // before the run
	heals  time.Duration              // after which it is over by itself; 0: when the run has ended
	args   []string                   // of the apply
	rename func(config string) string // what the changed configuration is beside its target

	// never: nothing may be promoted, and the apply has to fail: there was no evidence. The
	// same run without the fault is among the controls.
	never bool
	// control: nothing strikes, and the first apply has to reach its end.
	control bool
	// open: whether it settles is up to whoever acted; only viewers and words are judged.
	open bool
	// outage: what viewers lose is somebody else's doing.
	outage string
}

// A strike is what happens, and a moment waits for when it does.
type (
	strike func(context.Context, *world) error
	moment func(context.Context, *world) error
)

// A fault is one that the simulator knows.
type fault struct {
	Service   string `json:"service,omitempty"`
	Operation string `json:"operation,omitempty"`
	Writes    bool   `json:"writes,omitempty"`
	Count     int    `json:"count,omitempty"`
	When      string `json:"when,omitempty"`
	Kind      string `json:"kind"`
	Code      string `json:"code,omitempty"`
	Status    int    `json:"status,omitempty"`
	Message   string `json:"message,omitempty"`
}

func arm(list ...fault) strike {
	return func(ctx context.Context, w *world) error { return w.Admin(ctx, http.MethodPost, "faults", list, nil) }
}

func connections(m mode, n int) strike {
	return func(_ context.Context, w *world) error {
		w.proxy.misbehave(m, n)
		return nil
	}
}

func frozen(ctx context.Context, w *world) error {
	return w.Admin(ctx, http.MethodPost, "propagation", map[string]bool{"frozen": true}, nil)
}

func revoked(ctx context.Context, w *world) error {
	return w.Admin(ctx, http.MethodPost, "allow", []string{"sts:GetCallerIdentity"}, nil)
}

func late(_ context.Context, w *world) error {
	w.watch.behave(6*time.Second, false)
	return nil
}

func partial(_ context.Context, w *world) error {
	w.watch.behave(0, true)
	return nil
}

// metricDelay is how long after a minute CloudWatch knows of it.
func metricDelay(ctx context.Context, w *world, d time.Duration) error {
	return w.Admin(ctx, http.MethodPut, "knobs", map[string]time.Duration{"metric_delay": d}, nil)
}

func tenMinutesLate(ctx context.Context, w *world) error { return metricDelay(ctx, w, 10*time.Minute) }

func nothing(context.Context, *world) error { return nil }

// recover ends every fault that an affliction may have made.
func (w *world) recover(ctx context.Context) error {
	w.proxy.misbehave(pass, 0)
	w.watch.behave(0, false)
	return errors.Join(
		metricDelay(ctx, w, usualDelay),
		w.Admin(ctx, http.MethodDelete, "faults", nil, nil),
		w.Admin(ctx, http.MethodPost, "allow", []string{}, nil),
		w.Admin(ctx, http.MethodPost, "propagation", map[string]bool{"frozen": false}, nil))
}

// monitoring is CloudWatch that is down, partial, late or late to recover, under gates that
// it alone can prove, and under each of them the run that nothing happens to.
func monitoring() []affliction {
	type gate struct{ name, canary, verify string }
	const weights = `weights = [15], bake_time = "70s"`
	compare := func(more string) string {
		return `  verify = { before = { comparison = { minimum_requests = 20, tolerance = 20 }` + more + ` } }`
	}
	gates := []gate{
		{"require_traffic", `{ ` + weights + `, require_traffic = 20 }`, ``},
		{"comparison", `{ ` + weights + `, require_traffic = 0 }`, compare(``)},
		{"both", `{ ` + weights + `, require_traffic = 20 }`, compare(`, interval = "300ms"`)},
		{"an alarm", `{ weights = [15], bake_time = "5s", require_traffic = 0 }`, `  verify = { before = { alarms = [{ name = "errors" }], interval = "1s" } }`},
	}
	cloudwatch := func(f fault) strike {
		f.Service = "cloudwatch"
		return arm(f)
	}
	down := cloudwatch(fault{Kind: "server_fail"})
	type how struct {
		name   string
		strike strike
		when   moment
		gates  []gate
	}
	var out []affliction
	for _, h := range []how{
		{"", nothing, nil, gates},
		{"answers 503", down, nil, gates},
		{"answers 503 from the first step of the canary on", down, canary, gates},
		{"answers 503 after 6 s", late, canary, gates},
		{"cuts connections", cloudwatch(fault{Kind: "cut"}), nil, gates[1:3]},
		{"throttles", cloudwatch(fault{Kind: "throttle"}), nil, gates[1:3]},
		{"denies", cloudwatch(fault{Kind: "answer", Code: "AccessDenied", Status: http.StatusForbidden, Message: "not you"}), nil, gates},
		{"has partial data", partial, nil, gates[:3]},
		{"is ten minutes late", tenMinutesLate, nil, gates[:3]},
	} {
		for _, g := range h.gates {
			a := affliction{name: "CloudWatch " + h.name + ", gate of " + g.name, scenario: gated(g.canary, g.verify), strike: h.strike, when: h.when, early: h.when == nil, never: true}
			if h.name == "" {
				a.name, a.never, a.control = "control, gate of "+g.name, false, true
			}
			out = append(out, a)
		}
	}
	// It comes back right before the bake is over, and then says that there was too little.
	for _, g := range gates[:3] {
		more := strings.NewReplacer("require_traffic = 20", "require_traffic = 1000000", "minimum_requests = 20", "minimum_requests = 1000000")
		out = append(out, affliction{
			name: "CloudWatch recovers at the end of the bake and has too little, gate of " + g.name, scenario: gated(more.Replace(g.canary), more.Replace(g.verify)),
			strike: down, when: canary, heals: 60 * time.Second, never: true,
		})
	}
	return out
}

// network is what connections and answers do.
func network() []affliction {
	var out []affliction
	for _, s := range []scenario{switching("domain_association", ""), rollingBack(), promoting(), splitting()} {
		s.patience = 4 * time.Minute
		for _, m := range []mode{blackhole, halfOpen, trickle, slow} {
			out = append(out, affliction{name: string(m) + ", " + s.name, scenario: s, strike: connections(m, 2)})
		}
	}
	for _, s := range []scenario{rollingBack(), goingBack()} {
		s.patience = 4 * time.Minute
		for _, m := range []mode{blackhole, halfOpen, trickle} {
			out = append(out, affliction{name: string(m) + " on the way back, " + s.name, scenario: s, strike: connections(m, 2), when: sickness})
		}
	}
	for _, s := range []scenario{switching("domain_association", ""), promoting()} {
		out = append(
			out,
			affliction{name: "throttled for 15 s, " + s.name, scenario: s, strike: arm(fault{Kind: "throttle"}), heals: 15 * time.Second},
			affliction{name: "throttled for 245 s, " + s.name, scenario: patient(s), strike: arm(fault{Kind: "throttle"}), heals: 245 * time.Second},
			affliction{name: "a location frozen for 20 s, " + s.name, scenario: s, strike: frozen, heals: 20 * time.Second},
			affliction{name: "frozen for ever, " + s.name, scenario: s, strike: frozen},
		)
	}
	for _, s := range []scenario{switching("domain_association", ""), ramping(), promoting(), staging(), pairing(), switchingInside(), splitting()} {
		out = append(out, affliction{name: "5xx after the effect, " + s.name, scenario: s, strike: arm(fault{Writes: true, Count: 2, When: "after", Kind: "server_fail"}), early: true})
	}
	for _, s := range []scenario{switching("domain_association", ""), ramping(), promoting(), pairing(), switchingInside(), splitting()} {
		out = append(out, affliction{name: "stale reads, " + s.name, scenario: s, strike: arm(fault{Count: 6, Kind: "stale"})})
	}
	return out
}

// credentials are those that are revoked, that expire, or that lose one permission.
func credentials() []affliction {
	var out []affliction
	for _, s := range []scenario{switching("domain_association", ""), ramping(), promoting(), switchingInside(), splitting()} {
		out = append(
			out,
			affliction{name: "permissions revoked, " + s.name, scenario: s, strike: revoked},
			affliction{name: "the session expires, " + s.name, scenario: s, strike: arm(fault{Kind: "answer", Code: "ExpiredToken", Status: http.StatusForbidden, Message: "The security token included in the request is expired"})},
		)
	}
	denied := func(operation string) strike {
		return arm(fault{Operation: operation, Kind: "answer", Code: "AccessDenied", Status: http.StatusForbidden, Message: "not any more"})
	}
	return append(
		out,
		affliction{name: "records may not be written after the move", scenario: switching("domain_association", ""), strike: denied("ChangeResourceRecordSets"), when: called("UpdateDomainAssociation")},
		affliction{name: "distributions may not be read after the move", scenario: switching("domain_association", ""), strike: denied("GetDistribution"), when: called("UpdateDomainAssociation")},
		affliction{name: "tables may not be written after the first", scenario: splitting(), strike: denied("PutKey"), when: called("PutKey")},
		affliction{name: "policies may not be written after the canary", scenario: promoting(), strike: denied("UpdateContinuousDeploymentPolicy"), when: canary},
	)
}

// names are what a configuration calls things, and in which order a CLI goes.
func names() []affliction {
	move, ramp := switching("domain_association", ""), ramping()
	var out []affliction
	for _, s := range []scenario{move, ramp, promoting(), staging(), pairing()} {
		// A promotion that is created declares what is there and warns that nothing was released.
		declares := s.name == promoting().name
		out = append(
			out,
			affliction{name: "renamed without moved, " + s.name, scenario: s, strike: nothing, early: true, rename: renamed, open: declares},
			affliction{name: "renamed without moved at -parallelism=1, " + s.name, scenario: s, strike: nothing, early: true, rename: renamed, open: declares, args: []string{"-parallelism=1"}},
		)
	}
	deleting := move
	deleting.config = func(w *world, target string) string {
		return strings.ReplaceAll(move.config(w, target), fmt.Sprintf(`{ zone_id = %q }`, w.zone), fmt.Sprintf(`{ zone_id = %q, on_destroy = "delete" }`, w.zone))
	}
	keyed := func(key string) func(string) string {
		return func(config string) string {
			return begun.ReplaceAllString(config, "$0\n  for_each = toset([\""+key+"\"])")
		}
	}
	forEach := func(s scenario) scenario {
		config := s.config
		s.config = func(w *world, target string) string { return keyed("a")(config(w, target)) }
		return s
	}
	another := func(config string) string { return strings.ReplaceAll(config, `toset(["a"])`, `toset(["b"])`) }
	first := func(s scenario) scenario {
		config := s.config
		s.config = func(w *world, target string) string {
			return begun.ReplaceAllString(config(w, target), "$0\n  lifecycle { create_before_destroy = true }")
		}
		return s
	}
	return append(
		out,
		affliction{name: "renamed without moved, delete, " + move.name, scenario: deleting, strike: nothing, early: true, rename: renamed, open: true},
		affliction{name: "renamed without moved, delete, -parallelism=1, " + move.name, scenario: deleting, strike: nothing, early: true, rename: renamed, open: true, args: []string{"-parallelism=1"}},
		affliction{name: "another key of for_each, " + move.name, scenario: forEach(move), strike: nothing, early: true, rename: another},
		affliction{name: "another key of for_each, " + ramp.name, scenario: forEach(ramp), strike: nothing, early: true, rename: another},
		affliction{name: "-replace, " + move.name, scenario: move, strike: nothing, args: []string{"-replace=cdn_bluegreen_switch.www"}},
		affliction{name: "-replace, " + ramp.name, scenario: ramp, strike: nothing, args: []string{"-replace=cdn_weighted_ramp.www"}},
		affliction{name: "-replace, delete, " + move.name, scenario: deleting, strike: nothing, open: true, args: []string{"-replace=cdn_bluegreen_switch.www"}},
		affliction{name: "-replace, create_before_destroy, " + move.name, scenario: first(move), strike: nothing, args: []string{"-replace=cdn_bluegreen_switch.www"}},
		affliction{name: "-replace, create_before_destroy, delete, " + move.name, scenario: first(deleting), strike: nothing, open: true, args: []string{"-replace=cdn_bluegreen_switch.www"}},
		affliction{name: "-parallelism=1, " + promoting().name, scenario: promoting(), strike: nothing, args: []string{"-parallelism=1"}},
		affliction{name: "state lost, " + move.name, scenario: move, strike: loseState, early: true},
		affliction{name: "state lost, " + ramp.name, scenario: ramp, strike: loseState, early: true},
	)
}

// begun is the first line of a resource.
var begun = regexp.MustCompile(`(?m)^resource "cdn_\w+" "\w+" \{$`)

// renamed gives every resource another name.
func renamed(config string) string {
	return strings.NewReplacer(`"www" {`, `"web" {`, `.www.`, `.web.`, `"next" {`, `"later" {`, `.next.`, `.later.`).Replace(config)
}

// faults are all of them. Those of monitoring take longest and begin.
func faults() []affliction {
	return slices.Concat(monitoring(), network(), credentials(), names(), hands())
}

// patient is a scenario whose runs have time.
func patient(s scenario) scenario {
	config := s.config
	s.config = func(w *world, target string) string {
		return strings.ReplaceAll(config(w, target), `update = "60s"`, `update = "8m"`)
	}
	s.patience = 10 * time.Minute
	return s
}

// gatedPatience is with a canary that CloudWatch judges: three minutes until every edge
// location has to know of the policy, the bake, and the minutes of CloudWatch.
const gatedPatience = 10 * time.Minute

// gated is a promotion whose evidence comes from CloudWatch alone.
func gated(canary, verify string) scenario {
	s := promoting()
	s.prepare = func(ctx context.Context, w *world) error { return w.Alarm(ctx, "errors", w.blue.ID) }
	s.config = func(w *world, _ string) string {
		block := strings.Replace(promotion(fmt.Sprint(w.release.Load()), canary, verify), `update = "60s"`, `update = "8m"`, 1)
		return strings.Replace(pair(w, w.path()), `header   = { name = "aws-cf-cd-ordeal", value = "yes" }`, `weight   = 15`, 1) + block
	}
	s.patience, s.every = gatedPatience, time.Second
	return s
}

// called waits until the provider has made a call that had its effect.
func called(operation string) moment {
	return func(ctx context.Context, w *world) error {
		_, after, err := w.Calls(ctx, providerKey, 0)
		for err == nil {
			var calls []stage.Call
			if calls, after, err = w.Calls(ctx, providerKey, after); err != nil {
				break
			}
			for _, c := range calls {
				if c.Operation == operation && c.Effect {
					return nil
				}
			}
			err = clk.Sleep(ctx, 100*time.Millisecond)
		}
		return err
	}
}

// canary is the first step of one.
func canary(ctx context.Context, w *world) error {
	return called("UpdateContinuousDeploymentPolicy")(ctx, w)
}

// sickness is when the side that was moved to falls ill: the way back begins.
func sickness(ctx context.Context, w *world) error {
	for {
		w.mu.Lock()
		sick := w.sick
		w.mu.Unlock()
		if sick != "" {
			return nil
		}
		if err := clk.Sleep(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// suffering introduces the scenario, changes it once while the fault strikes, and judges.
func (w *world) suffering(ctx context.Context, r *row, f affliction) {
	r.lossy = f.outage
	if f.never || f.control { // evidence needs viewers
		w.patience = max(w.patience, gatedPatience)
	}
	if !w.introduce(ctx, r) {
		return
	}
	target := w.targets[1]
	if w.begin != nil {
		if err := w.begin(ctx, w, target); err != nil {
			r.wrong("%v", err)
			return
		}
	}
	before, err := w.promotions(ctx)
	w.edit = f.rename
	if err = errors.Join(err, w.write(target)); err == nil && f.early {
		err = f.strike(ctx, w)
	}
	if err != nil {
		r.wrong("%v", err)
		return
	}
	said, failure := w.strickenApply(ctx, r, f)
	switch {
	case errors.Is(failure, errHangs):
		r.wrong("the apply hung:\n%s", words(said))
	case failure != nil && f.control:
		r.wrong("without a fault, and so with all evidence, the apply ended with %v: the gates under faults prove nothing\n%s", ended(failure), words(said))
	case failure != nil:
		w.heed(ctx, r, f.name, said)
	}
	if err := w.recover(ctx); err != nil {
		r.wrong("%v", err)
		return
	}
	now, err := w.promotions(ctx)
	switch {
	case err != nil:
		r.wrong("%v", err)
	case f.never && (now > before || failure == nil):
		r.wrong("without evidence: %d promotions, and the apply ended with %v\n%s", now-before, ended(failure), words(said))
	case f.open:
		w.carryOn(ctx, r, f.name)
	case !f.never:
		w.converge(ctx, r, target, f.name)
	}
	if now, err := w.promotions(ctx); err != nil || now > before+max(1, w.tries) {
		r.wrong("%d promotions, %v", now-before, err)
	}
	if w.end != nil {
		if err := w.end(ctx, w, target); err != nil {
			r.wrong("%v", err)
		}
	}
}

var errNeverCame = errors.New("the run was over before")

// carryOn applies once more after somebody has acted: it may be refused, but comes to an
// end, and says what is true.
func (w *world) carryOn(ctx context.Context, r *row, what string) {
	r.runs++
	switch said, err := w.apply(ctx); {
	case errors.Is(err, errHangs):
		r.wrong("the apply after it hung:\n%s", words(said))
	case err != nil:
		w.heed(ctx, r, what+", once more", said)
	}
}

// strickenApply applies, and lets the fault strike in the middle.
func (w *world) strickenApply(ctx context.Context, r *row, f affliction) (stage.Messages, error) {
	r.runs++
	c, err := w.cli.Start(append([]string{"apply", "-input=false", "-auto-approve", "-json"}, f.args...)...)
	if err != nil {
		return stage.Messages{}, err
	}
	playing, over := context.WithCancel(ctx)
	defer over()
	struck := make(chan error, 1)
	go func() {
		if !f.early {
			wait := f.when
			if wait == nil {
				after := time.Duration((1.5 + 5*w.rng.Float64()) * float64(time.Second))
				wait = func(ctx context.Context, _ *world) error { return clk.Sleep(ctx, after) }
			}
			if err := wait(playing, w); err != nil {
				if f.when != nil {
					err = fmt.Errorf("the moment for it never came: %w", errNeverCame)
				} else {
					err = nil // the run was over before
				}
				struck <- err
				return
			}
			if err := f.strike(playing, w); err != nil && playing.Err() == nil {
				struck <- err
				return
			}
		}
		if f.heals > 0 && clk.Sleep(playing, f.heals) == nil {
			struck <- w.recover(playing)
			return
		}
		struck <- nil
	}()
	said, err := w.await(ctx, c)
	over()
	if bad := <-struck; bad != nil && ctx.Err() == nil && !errors.Is(bad, context.Canceled) {
		r.wrong("the fault itself failed: %v", bad)
	}
	return said, err
}
