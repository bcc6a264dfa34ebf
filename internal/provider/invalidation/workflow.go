package invalidation

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/purge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// workflow is the only place where a decision about an invalidation by itself meets AWS.
type workflow struct {
	p     *configured.Provider
	spec  purge.Spec
	began time.Time
	after []string                   // those that CloudFront answered with, and that are too old
	made  cloudfrontapi.Invalidation // what it has taken, or had
	told  configured.Tell            // of a step, and of what a call waits for
}

func newWorkflow(p *configured.Provider, spec purge.Spec) *workflow {
	return &workflow{p: p, spec: spec, began: p.Clock.Now()}
}

// recent is how long ago an invalidation may have been taken for a run to count it as its
// own: then a run died over it, or another resource asks for the same. One that is older and
// carried out was about what edge locations held by then.
const recent = 15 * time.Minute

// chain is how many invalidations of the same a run finds again before it takes a reference
// that nobody finds. There is more than one where a resource was destroyed and created anew.
const chain = 20

// run asks, and waits as far as is asked for. tell, if set, is told of each step.
func (w *workflow) run(ctx context.Context, budget time.Duration, tell configured.Tell) error {
	limits := tell.Aloud(configured.Limits(w.p, budget, chain+2, map[string]any{"distribution": w.spec.Distribution}, show))
	w.told = limits.OnStep
	_, err := engine.Run(ctx, w, limits)
	return err
}

// stop is how a run ended that did not reach its end.
func (w *workflow) stop(err error) diags.InvalidationStop {
	return diags.InvalidationStop{Spec: w.spec, ID: w.made.ID, Err: err}
}

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (purge.Observation, error) {
	if w.made.ID != "" {
		return w.progress(ctx)
	}
	// A look may share the answer to another's, but to none from before this run began: what
	// is to be dropped was stored under what was written by then.
	since := w.p.Clock.Now().Add(-w.p.Poll / 2)
	if since.Before(w.began) {
		since = w.began
	}
	d, err := w.p.CloudFront.Distribution(ctx, w.spec.Distribution, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return purge.Observation{}, nil
	}
	if err != nil {
		return purge.Observation{}, configured.Again(err)
	}
	return purge.Observation{Exists: true, Deployed: d.Deployed, TagHeader: d.CacheTagHeader()}, nil
}

// progress looks how far the invalidation is.
func (w *workflow) progress(ctx context.Context) (purge.Observation, error) {
	if w.spec.Complete && !w.made.Done {
		now, err := w.p.CloudFront.Invalidation(ctx, w.spec.Distribution, w.made.ID)
		if err != nil {
			return purge.Observation{ID: w.made.ID}, configured.Again(err)
		}
		w.made.Done = now.Done
	}
	return purge.Observation{ID: w.made.ID, Done: w.made.Done}, nil
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs purge.Observation) (cutover.Step, bool, error) {
	return purge.Next(w.spec, obs)
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, _ purge.Observation, step cutover.Step) error {
	if _, asks := step.(purge.Ask); !asks {
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	}
	spec := w.spec
	if len(w.after) >= chain {
		spec.Occasion += w.began.Format(time.RFC3339Nano)
	}
	waiting := func(ctx context.Context, why string) { w.told(ctx, configured.Remark(why)) }
	made, err := w.p.CloudFront.Invalidate(awsapi.OnWait(ctx, waiting), spec.Distribution, spec.Reference(by, w.after), spec.Items)
	if err != nil {
		return configured.Again(err)
	}
	if made.Done && made.At.Before(w.began.Add(-recent)) {
		w.after = append(slices.Clone(w.after), made.ID)
		return nil
	}
	w.made = made
	return nil
}
