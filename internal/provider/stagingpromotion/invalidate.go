package stagingpromotion

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// stale warns of copies that edge locations may still hold: of before, or, where the run
// led back, of the release.
func (w *workflow) stale() diag.Diagnostics {
	var d diag.Diagnostics
	back := w.Out.Result == run.RolledBack || w.spec.Purpose == promotion.Return
	if len(w.purge.Unread) > 0 && w.purge.Err == nil && w.over() {
		d.Append(diags.TagsNotInvalidated(w.spec.Primary, w.purge.Unread))
	}
	switch {
	case !w.over():
	case w.purge.Err != nil:
		d.Append(diags.ReleaseNotInvalidated(w.stop(), back, w.purge.Err))
	case w.purge.Unseen != nil:
		d.Append(diags.ReleaseInvalidationUnseen(w.stop(), back, w.purge.ID, w.purge.Unseen))
	case w.purge.Slow:
		d.Append(diags.ReleaseStillInvalidating(w.stop(), back, w.purge.ID))
	}
	return d
}
