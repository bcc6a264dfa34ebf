package configured

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Unseen is the value of the attribute unseen.
func Unseen(w *run.Write) types.String {
	if w == nil {
		return types.StringNull()
	}
	return types.StringValue(w.At.UTC().Format(time.RFC3339) + " " + w.Step)
}

// UnseenAttribute is the attribute unseen; seen lists the attributes that say what AWS showed.
func UnseenAttribute(seen string) schema.StringAttribute {
	return schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "The last write of a run, with its time, if that run failed and nobody could look at AWS after it; null otherwise. " +
			"While it is set, " + seen + " say what was seen before that write. The next refresh looks and clears it, and without one the next plan has something to do.",
	}
}
