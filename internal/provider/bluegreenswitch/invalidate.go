package bluegreenswitch

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/invalidation"
)

func (w *workflow) invalidate(ctx context.Context, s switchover.Invalidate) error {
	taken, err := w.purge.Ask(ctx, w.p, invalidation.Request{By: "cdn-bluegreen-switch", On: s.On, ETag: s.ETag, Paths: s.Paths})
	if taken {
		w.wrote = true
		w.note(s)
	}
	return err
}

// stale warns of copies of before that edge locations may still hold.
func (w *workflow) stale(out outcome) diag.Diagnostics {
	var d diag.Diagnostics
	if out.err != nil {
		return d
	}
	switch {
	case w.purge.Err != nil:
		d.Append(diags.NotInvalidated(w.spec, out.obs, w.purge.Err))
	case w.purge.Slow:
		d.Append(diags.StillInvalidating(w.spec, out.obs, w.purge.ID, w.purge.Unseen))
	}
	return d
}
