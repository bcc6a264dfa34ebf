package stagingpromotion

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
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

// purge is the invalidation of a run. Nothing that happens to it fails the run: the
// release is proven, and going back would not make a copy any fresher.
type purge struct {
	on, id string // distribution and invalidation, once CloudFront has taken it
	asked  time.Time
	tries  int
	done   bool
	slow   bool  // nobody waits for it any more
	unseen error // why nobody could look how far it is
	err    error // CloudFront would not take it
}

func (p purge) state() promotion.Invalidation {
	switch {
	case p.done || p.slow || p.err != nil:
		return promotion.Invalidated
	case p.id != "":
		return promotion.Invalidating
	default:
		return ""
	}
}

func (w *workflow) invalidate(ctx context.Context, s promotion.Invalidate) error {
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
func reference(s promotion.Invalidate) string {
	sum := sha256.Sum256([]byte(s.On + "\n" + s.ETag + "\n" + strings.Join(s.Paths, "\n")))
	return "cdn-staging-promotion-" + hex.EncodeToString(sum[:16])
}

// settlePurge looks how far the invalidation is.
func (w *workflow) settlePurge(ctx context.Context) error {
	if w.purge.state() != promotion.Invalidating {
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
		d.Append(diags.ReleaseNotInvalidated(w.spec.Primary, w.purge.err))
	case w.purge.slow:
		d.Append(diags.ReleaseStillInvalidating(w.spec.Primary, w.purge.id, w.purge.unseen))
	}
	return d
}
