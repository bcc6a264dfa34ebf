package bluegreenswitch

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
)

// stale warns of copies of before that edge locations may still hold.
func (w *workflow) stale() diag.Diagnostics {
	var d diag.Diagnostics
	if w.Out.Err != nil {
		return d
	}
	if len(w.purge.Unread) > 0 && w.purge.Err == nil {
		d.Append(diags.TagsNotInvalidated(w.spec.Target(), w.purge.Unread))
	}
	switch {
	case w.purge.Err != nil:
		d.Append(diags.NotInvalidated(w.stop(), w.purge.Err))
	case w.purge.Unseen != nil:
		d.Append(diags.InvalidationUnseen(w.stop(), w.purge.ID, w.purge.Unseen))
	case w.purge.Slow:
		d.Append(diags.StillInvalidating(w.stop(), w.purge.ID))
	}
	return d
}
