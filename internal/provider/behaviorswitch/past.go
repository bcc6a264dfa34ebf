package behaviorswitch

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
)

// A past is what state knows: how things were defined, how they were seen last, and what
// was in order last.
type past struct {
	spec    behavior.Spec       // as of the last apply
	values  behavior.Definition // as of the last refresh
	settled *behavior.Recorded  // nil: nothing has been yet
	failed  *latched.Failure    // nil: the latch is open
	order   []behavior.Pattern
	phase   behavior.Phase
	unseen  bool
}

func (m *model) past(ctx context.Context) (past, diag.Diagnostics) {
	var p past
	var d, dd diag.Diagnostics
	p.spec, d = m.spec(ctx)
	fields := fieldsOf(p.spec)
	p.values, dd = read(ctx, fields, m.CurrentValues)
	d.Append(dd...)
	settled, dd := read(ctx, fields, m.SettledValues)
	if d.Append(dd...); len(settled) > 0 {
		p.settled = &behavior.Recorded{Side: cutover.Side(m.SettledLive.ValueString()), Definition: settled}
	}
	p.failed, dd = m.Failure(ctx)
	d.Append(dd...)
	order, dd := fwtypes.Texts(ctx, m.BehaviorOrder)
	for _, o := range order {
		p.order = append(p.order, behavior.Pattern(o))
	}
	p.phase, p.unseen = behavior.Phase(m.Phase.ValueString()), !m.Unseen.IsNull()
	return p, append(d, dd...)
}

// prior is what the recipe of a spec goes by.
func (p past) prior(spec behavior.Spec) *behavior.Prior {
	values := behavior.Definition{}
	for f, v := range p.values {
		if _, owned := spec.Target()[f]; owned {
			values[f] = v
		}
	}
	return &behavior.Prior{Values: values, Unfinished: !p.phase.Over() || p.unseen}
}

// previous is what was live by what state says. A definition that failed never was.
func (p past) previous() *behavior.Recorded {
	if p.failed != nil {
		return p.settled
	}
	return &behavior.Recorded{Side: p.spec.Live, Definition: p.spec.Target()}
}

// carryOn adds to a spec what was before it.
func (p past) carryOn(spec behavior.Spec) behavior.Spec {
	if p.settled != nil {
		spec.Known = append(spec.Known, *p.settled)
	}
	for _, side := range slices.Sorted(maps.Keys(p.spec.Sides)) {
		spec.Known = append(spec.Known, behavior.Recorded{Side: side, Definition: p.spec.Sides[side]})
	}
	spec.Order, spec.Unfinished = p.order, !p.phase.Over() || p.unseen
	owned := fieldsOf(p.spec)
	for _, f := range spec.Target().Fields() {
		if !slices.Contains(owned, f) {
			spec.Joining = append(spec.Joining, f)
		}
	}
	return spec
}

// back is the rest of the way back from what failed.
func (p past) back(spec behavior.Spec) behavior.Spec {
	spec.Sides = maps.Clone(spec.Sides)
	spec.Live, spec.Sides[p.settled.Side] = p.settled.Side, p.settled.Definition
	spec.RollingBack, spec.Joining, spec.Warm = true, nil, nil
	spec.Before, spec.After, spec.Bake = false, false, 0
	if slices.ContainsFunc(spec.Invalidate, func(s string) bool { return strings.HasPrefix(s, "#") }) {
		spec.Invalidate = []string{"/*"} // a tag names what was live before, and what is to go came after it
	}
	return spec
}

// standing says whether the fields are as a spec asks for.
func (p past) standing(spec behavior.Spec) bool {
	for f, v := range spec.Target() {
		if is, known := p.values[f]; !known || is != v {
			return false
		}
	}
	return true
}
