package configured

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

// A Memo is what a list lacks of distributions, by id, as an apply saw it. It is kept in
// private state, so that a refresh to which a list shows the same versions needs to ask about
// none of them. Whatever else a list shows, the memo says nothing about.
//
// It is a hint: without one a refresh asks, as it does about what was changed since. It is
// written only where state is written too, because a refresh that changed nothing but private
// state would count as drift.
type Memo map[string]cloudfrontapi.Rest

// Memo is what this process knows of distributions, whose ids may be empty.
func (p *Provider) Memo(ids ...string) Memo {
	out := Memo{}
	for _, id := range ids {
		if rest := p.CloudFront.Latest(id).Rest(); id != "" && rest.Version != "" {
			out[id] = rest
		}
	}
	return out
}

const keyMemo = "seen"

// Remember keeps a memo in place of the one before.
func Remember(ctx context.Context, p Private, m Memo) diag.Diagnostics {
	if len(m) == 0 {
		return p.SetKey(ctx, keyMemo, nil)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil // strings have a text
	}
	return p.SetKey(ctx, keyMemo, text)
}

// Remembered is the memo that private state has, nil if it has none.
func Remembered(ctx context.Context, p Private) (Memo, diag.Diagnostics) {
	text, d := p.GetKey(ctx, keyMemo)
	var out Memo
	if len(text) == 0 || json.Unmarshal(text, &out) != nil { // of another build
		return nil, d
	}
	return out, d
}

// A Refreshed is what a refresh has come to.
type Refreshed struct {
	There   bool // anything to show
	Renewed bool // state says something else than before
	Diags   diag.Diagnostics
}

// Refresh makes state say what AWS shows. What glance makes of it, by answers that instances
// share, counts only where that is what state said before: a list may lag behind. Else it is
// what look makes of it. There need be no glance.
func Refresh[M any](state *M, glance, look func(*M) (there bool, d diag.Diagnostics)) Refreshed {
	before := *state
	if glance != nil {
		seen := before
		if there, d := glance(&seen); there && !d.HasError() && fwtypes.Alike(&before, &seen) {
			*state = seen
			return Refreshed{There: true, Diags: d}
		}
	}
	there, d := look(state)
	return Refreshed{There: there, Renewed: !fwtypes.Alike(&before, state), Diags: d}
}
