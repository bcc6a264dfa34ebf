package edgesplit

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

// A past is what state knows: what was asked for, what was seen last, and what was in order last.
type past struct {
	spec       split.Spec // as of the last apply
	current    split.Weights
	settled    split.Weights         // nil: nothing has been yet
	functions  map[split.Role]string // that were in force then
	have       map[split.Role]string // as of the last refresh
	proven     split.Weights         // nil: nothing is
	since      time.Time             // when current had arrived; zero: not on record
	failed     *latched.Failure      // nil: the latch is open
	phase      split.Phase
	unfinished bool
	store      string
}

func (m *model) past(ctx context.Context) (past, diag.Diagnostics) {
	var p past
	var d, dd diag.Diagnostics
	p.spec, d = m.spec(ctx)
	p.current, dd = table(ctx, m.CurrentWeights)
	d.Append(dd...)
	p.settled, p.functions, dd = m.settled(ctx)
	d.Append(dd...)
	p.have, dd = functions(ctx, m.FunctionARNs)
	d.Append(dd...)
	p.failed, dd = m.Failure(ctx)
	d.Append(dd...)
	p.since, dd = m.since()
	d.Append(dd...)
	p.phase, p.store = split.Phase(m.Phase.ValueString()), m.StoreARN.ValueString()
	p.unfinished = !p.phase.Over() && p.phase != split.Ramping || !m.Unseen.IsNull()
	if !p.unfinished && p.phase != split.Displaced {
		p.proven = p.current
	}
	return p, d
}

// fingerprint identifies functions by their code.
func fingerprint(name map[split.Role]string) string {
	var out []string
	for _, role := range split.Roles() {
		_, hash, _ := strings.Cut(name[role], split.Prefix("", role))
		out = append(out, hash)
	}
	return strings.Join(out, ",")
}

// same says whether the functions are those that a model's code has, where they are to be.
func (p past) same(ctx context.Context, spec split.Spec, plan *model) (bool, map[split.Role]string, diag.Diagnostics) {
	c, d := plan.config(ctx)
	if p.store == "" || d.HasError() {
		return false, nil, d
	}
	_, name, err := names(spec, c, p.store)
	if err != nil {
		d.AddError("The functions cannot be written", err.Error())
		return false, nil, d
	}
	want := arns(p.store, name)
	for role, arn := range want {
		if p.have[role] != arn {
			return false, name, d
		}
	}
	return place(spec.Attach) == place(p.spec.Attach), name, d
}

// loss is which viewers who have a side the functions that are asked for would not know. A change that failed and is
// tried again was warned of before it was tried first.
func (p past) loss(ctx context.Context, spec split.Spec, plan, state *model) (split.Loss, diag.Diagnostics) {
	is, d := plan.config(ctx)
	was, dd := state.config(ctx)
	now := p.current
	if now == nil { // the table is gone, and viewers keep what they have
		now = p.settled
	}
	return split.Lost(now, spec.Sides, was.Cookie.Name, is.Cookie.Name, p.store == ""), append(d, dd...)
}

// before is the distribution of the last apply, if another one is asked for now.
func (p past) before(spec split.Spec) string {
	if p.spec.Attach == nil || spec.Attach == nil || p.spec.Attach.Distribution == spec.Attach.Distribution {
		return ""
	}
	return p.spec.Attach.Distribution
}

func place(p *split.Place) string {
	if p == nil {
		return ""
	}
	return p.Distribution + " " + strings.Join(p.Patterns, " ")
}
