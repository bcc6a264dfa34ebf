package configured

import (
	"context"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// RecordWriter is how a run writes records: never into a zone that is guarded otherwise than
// when the write was decided on, and never without entering what became of it.
type RecordWriter struct {
	Guard  Guard
	Spread run.Spread
}

// Write replaces records of a zone in one batch, for a step of a run. held is how long
// resolvers keep what is replaced, as far as the run waits for that. The error is
// engine.ErrAgain where everything has to be looked at again, or what AWS refused.
func (w *RecordWriter) Write(ctx context.Context, p *Provider, j *run.Journal, step cutover.Step, zone, comment string, del, add []route53api.Record, held time.Duration) (run.Effect, error) {
	if still, err := w.Guard.Still(ctx, p, zone); err != nil {
		return run.NoEffect, Again(err)
	} else if !still {
		return run.NoEffect, engine.ErrAgain // the loop looks at everything and says why
	}
	change, err := p.Route53.Replace(ctx, zone, comment, del, add)
	now, effect := p.Clock.Now(), Effect(err)
	j.Sent(step, now, effect)
	w.Spread.Sent(zone, change, effect, held, now)
	return effect, Again(err)
}

// Look asks how far the changes are, whichever account a zone is in.
func (w *RecordWriter) Look(ctx context.Context, p *Provider, in func(zone string) *Provider) error {
	return w.Spread.Look(ctx, func(ctx context.Context, zone, change string) (bool, error) {
		return in(zone).Route53.Insync(ctx, change)
	}, p.Clock.Now)
}

// Here is for Look where every zone is in the account in which p works.
func (p *Provider) Here(string) *Provider { return p }

// Erase deletes records of a zone for a step of a destroy. as
// says what Route 53 calls one of them.
func Erase[R any](ctx context.Context, w *RecordWriter, p *Provider, j *run.Journal, step cutover.Step, zone, comment string, records []R, as func(R) route53api.Record) error {
	var del []route53api.Record
	for _, r := range records {
		del = append(del, as(r))
	}
	_, err := w.Write(ctx, p, j, step, zone, comment, del, nil, 0)
	return err
}
