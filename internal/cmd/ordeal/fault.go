//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cmd/stage"
)

// An affliction is a fault in the middle of a change.
type affliction struct {
	name string
	scenario
	strike func(context.Context, *world) error // at a random moment, or before the run
	early  bool                                // before the run
	heals  time.Duration                       // after which it is over by itself; 0: when the run has ended
	args   []string                            // of the apply

	// never: nothing may be promoted, and the apply has to fail: there was no evidence.
	never bool
	// open: whether it settles is up to whoever acted; only viewers and words are judged.
	open bool
}

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

func arm(list ...fault) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error { return w.Admin(ctx, http.MethodPost, "faults", list, nil) }
}

func connections(m mode, n int) func(context.Context, *world) error {
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

// recover ends every fault that an affliction may have made.
func (w *world) recover(ctx context.Context) error {
	w.proxy.misbehave(pass, 0)
	return errors.Join(
		w.Admin(ctx, http.MethodDelete, "faults", nil, nil),
		w.Admin(ctx, http.MethodPost, "allow", []string{}, nil),
		w.Admin(ctx, http.MethodPost, "propagation", map[string]bool{"frozen": false}, nil))
}

func faults() []affliction {
	var out []affliction
	// Monitoring that is down must never add up to evidence.
	for _, down := range []struct {
		name string
		f    fault
	}{
		{"answers 503", fault{Service: "cloudwatch", Kind: "server_fail"}},
		{"cuts connections", fault{Service: "cloudwatch", Kind: "cut"}},
		{"throttles", fault{Service: "cloudwatch", Kind: "throttle"}},
		{"denies", fault{Service: "cloudwatch", Kind: "answer", Code: "AccessDenied", Status: 403, Message: "not you"}},
	} {
		for _, g := range []struct{ name, canary, verify string }{
			{"require_traffic", `{ weights = [5], bake_time = "1s", require_traffic = 1000000 }`, ""},
			{"comparison", `{ weights = [5], bake_time = "1s" }`, `  verify = { before = { comparison = {}, interval = "1s" } }`},
			{"both", `{ weights = [5], bake_time = "1s", require_traffic = 1000000 }`, `  verify = { before = { comparison = {}, interval = "300ms" } }`},
			{"an alarm", `{ weights = [5], bake_time = "1s", require_traffic = 0 }`, `  verify = { before = { alarms = [{ name = "nobody-made-it" }] } }`},
		} {
			out = append(out, affliction{name: "CloudWatch " + down.name + ", gate of " + g.name, scenario: gated(g.canary, g.verify), strike: arm(down.f), early: true, never: true})
		}
	}
	toAndFro := []scenario{switching("domain_association", ""), rollingBack(), promoting()}
	for _, s := range toAndFro {
		s.patience = 4 * time.Minute
		for _, m := range []mode{blackhole, halfOpen, trickle, slow} {
			out = append(out, affliction{name: string(m) + ", " + s.name, scenario: s, strike: connections(m, 2)})
		}
	}
	for _, s := range []scenario{switching("domain_association", ""), promoting()} {
		out = append(
			out,
			affliction{name: "throttled for 15 s, " + s.name, scenario: s, strike: arm(fault{Kind: "throttle"}), heals: 15 * time.Second},
			affliction{name: "a location frozen for 20 s, " + s.name, scenario: s, strike: frozen, heals: 20 * time.Second},
		)
	}
	for _, s := range []scenario{switching("domain_association", ""), ramping(), promoting(), staging(), pairing()} {
		out = append(out, affliction{name: "5xx after the effect, " + s.name, scenario: s, strike: arm(fault{Writes: true, Count: 2, When: "after", Kind: "server_fail"}), early: true})
	}
	for _, s := range []scenario{switching("domain_association", ""), ramping(), promoting(), pairing()} {
		out = append(out, affliction{name: "stale reads, " + s.name, scenario: s, strike: arm(fault{Count: 6, Kind: "stale"})})
	}
	for _, s := range []scenario{switching("domain_association", ""), ramping(), promoting()} {
		out = append(out, affliction{name: "permissions revoked, " + s.name, scenario: s, strike: revoked})
	}
	move := switching("domain_association", "")
	return append(
		out,
		affliction{name: "moved back by hand, " + move.name, scenario: move, strike: moveBack, open: true},
		affliction{name: "policy disabled by hand, " + promoting().name, scenario: promoting(), strike: disablePolicy, open: true},
		affliction{name: "-replace, " + move.name, scenario: move, strike: nothing, args: []string{"-replace=cdn_bluegreen_switch.www"}},
		affliction{name: "-parallelism=1, " + promoting().name, scenario: promoting(), strike: nothing, args: []string{"-parallelism=1"}},
		affliction{name: "state lost, " + move.name, scenario: move, strike: loseState, early: true},
		affliction{name: "state lost, " + ramping().name, scenario: ramping(), strike: loseState, early: true},
	)
}

// gated is a promotion whose evidence comes from CloudWatch alone.
func gated(canary, verify string) scenario {
	s := promoting()
	s.config = func(w *world, _ string) string {
		block := strings.Replace(promotion(fmt.Sprint(w.release.Load()), canary, verify), `update = "60s"`, `update = "30s"`, 1)
		return strings.Replace(pair(w, w.path()), `header   = { name = "aws-cf-cd-ordeal", value = "yes" }`, `weight   = 5`, 1) + block
	}
	return s
}

func nothing(context.Context, *world) error { return nil }

func moveBack(ctx context.Context, w *world) error {
	for range 20 { // as somebody would who insists
		got, err := w.CloudFront.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(w.blue.ID)})
		if err != nil {
			return err
		}
		if _, err = w.CloudFront.AssociateAlias(ctx, &cloudfront.AssociateAliasInput{Alias: aws.String(siteName), TargetDistributionId: got.Distribution.Id}); err == nil {
			return nil
		}
		if err := clk.Sleep(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func disablePolicy(ctx context.Context, w *world) error {
	list, err := w.CloudFront.ListContinuousDeploymentPolicies(ctx, &cloudfront.ListContinuousDeploymentPoliciesInput{})
	if err != nil || len(list.ContinuousDeploymentPolicyList.Items) == 0 {
		return err
	}
	id := list.ContinuousDeploymentPolicyList.Items[0].ContinuousDeploymentPolicy.Id
	got, err := w.CloudFront.GetContinuousDeploymentPolicy(ctx, &cloudfront.GetContinuousDeploymentPolicyInput{Id: id})
	if err != nil {
		return err
	}
	config := got.ContinuousDeploymentPolicy.ContinuousDeploymentPolicyConfig
	config.Enabled = aws.Bool(false)
	_, err = w.CloudFront.UpdateContinuousDeploymentPolicy(ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{Id: id, IfMatch: got.ETag, ContinuousDeploymentPolicyConfig: config})
	if err != nil && strings.Contains(err.Error(), "PreconditionFailed") {
		return nil // the run was quicker
	}
	return err
}

func loseState(_ context.Context, w *world) error {
	return errors.Join(os.Remove(w.statefile()), os.RemoveAll(filepath.Join(w.cli.Dir, "terraform.tfstate.backup")))
}

// suffering introduces the scenario, changes it once while the fault strikes, and judges.
func (w *world) suffering(ctx context.Context, r *row, f affliction) {
	if f.never { // a baseline without the fault needs no evidence
		w.patience = 3 * time.Minute
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
	case !f.never && !f.open:
		w.converge(ctx, r, target, f.name)
	}
	if now, err := w.promotions(ctx); err != nil || now > before+1 {
		r.wrong("%d promotions, %v", now-before, err)
	}
	if w.end != nil {
		if err := w.end(ctx, w, target); err != nil {
			r.wrong("%v", err)
		}
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
			if err := clk.Sleep(playing, time.Duration((1.5+5*w.rng.Float64())*float64(time.Second))); err != nil {
				struck <- nil // the run was over before
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
