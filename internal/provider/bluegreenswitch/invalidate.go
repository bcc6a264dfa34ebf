package bluegreenswitch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

const (
	// purgePatience is how long a run waits for an invalidation, which CloudFront
	// says takes minutes.
	purgePatience = 15 * time.Minute
	// purgeTries bounds how often a run asks for one that CloudFront is too busy for.
	purgeTries = 5
)

// purge is the invalidation of a run. Nothing that happens to it fails the run:
// the names have moved, and going back would not make a copy any fresher.
type purge struct {
	on, id string // distribution and invalidation, once CloudFront has taken it
	asked  time.Time
	tries  int
	done   bool
	slow   bool  // nobody waits for it any more
	err    error // CloudFront would not take it
	unseen error // why its end was not seen, if not for want of patience
}

func (p purge) state() switchover.Invalidation {
	switch {
	case p.done || p.slow || p.err != nil:
		return switchover.Invalidated
	case p.id != "":
		return switchover.Invalidating
	default:
		return ""
	}
}

func (w *workflow) invalidate(ctx context.Context, s switchover.Invalidate) error {
	id, err := w.p.CloudFront.Invalidate(ctx, s.On, reference(s), s.Paths)
	switch {
	case ctx.Err() != nil:
		return err
	case err == nil:
		w.purge.on, w.purge.id, w.purge.asked, w.wrote = s.On, id, w.p.Clock.Now(), true
		w.note(s)
		return nil
	case awsapi.Transient(err) && w.purge.tries < purgeTries:
		w.purge.tries++
		return fmt.Errorf("%w: %w", engine.ErrAgain, err)
	default:
		w.purge.err = err
		return nil
	}
}

// reference is the same for everybody who invalidates the same paths for the same
// configuration, so a run that carries on after a crash gets the invalidation that
// exists already.
func reference(s switchover.Invalidate) string {
	sum := sha256.Sum256([]byte(s.On + "\n" + s.ETag + "\n" + strings.Join(s.Paths, "\n")))
	return "cdn-bluegreen-switch-" + hex.EncodeToString(sum[:16])
}

// settlePurge looks how far the invalidation is.
func (w *workflow) settlePurge(ctx context.Context) error {
	if w.purge.state() != switchover.Invalidating {
		return nil
	}
	done, err := w.p.CloudFront.Invalidated(ctx, w.purge.on, w.purge.id)
	switch {
	case ctx.Err() != nil:
		return err
	case err == nil && done:
		w.purge.done = true
	case w.p.Clock.Now().Sub(w.purge.asked) >= purgePatience, err != nil && !awsapi.Transient(err):
		w.purge.slow, w.purge.unseen = true, err // under way, and nothing anybody could do about it
	}
	return nil
}

// stale warns of copies of before that edge locations may still hold.
func (w *workflow) stale(out outcome) diag.Diagnostics {
	var d diag.Diagnostics
	if out.err != nil {
		return d
	}
	switch {
	case w.purge.err != nil:
		d.Append(diags.NotInvalidated(w.spec, out.obs, w.purge.err))
	case w.purge.slow:
		d.Append(diags.StillInvalidating(w.spec, out.obs, w.purge.id, w.purge.unseen))
	}
	return d
}
