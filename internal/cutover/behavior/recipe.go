package behavior

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"

// A Prior is what state knows when a plan is made: the last refresh, or nothing when the
// switch is being created.
type Prior struct {
	Values     Definition // of the fields that the switch owned then
	Unfinished bool       // a run ended before everything was done
}

// Recipe lists what a plan intends to do, in order. It knows nothing that is not
// configuration or prior state, and so lists an intent that AWS may turn out to have
// fulfilled already; apply skips those and does nothing that is not listed.
func Recipe(spec Spec, prior *Prior) []string {
	var out []string
	moves := prior == nil || !recorded(spec, prior.Values)
	if moves {
		if spec.Before {
			out = append(out, verifyIntent(BeforeEdit, spec.Live))
		}
		out = append(out, editIntent(spec))
	}
	if moves || prior.Unfinished {
		if len(spec.Invalidate) > 0 {
			out = append(out, spec.purge("").Intent())
		}
		if len(spec.Warm) > 0 {
			out = append(out, warmIntent(spec.Warm))
		}
	}
	if spec.After {
		out = append(out, verifyIntent(AfterEdit, spec.Live))
		if spec.Bake > 0 {
			out = append(out, "bake "+cutover.Brief(spec.Bake))
		}
	}
	return out
}

// recorded says whether state shows every field as it is to be. One that it does not know
// may be anything.
func recorded(spec Spec, values Definition) bool {
	for f := range spec.Target() {
		if _, ok := values[f]; !ok {
			return false
		}
	}
	return spec.Target().Is(values)
}

// Gates are the intents that need a person's yes where a run pauses: the one write that there
// is, unless it brings back what was in order. settled is nil where nobody knows what was.
func Gates(spec Spec, prior *Prior, settled *Recorded) []string {
	if prior != nil && recorded(spec, prior.Values) || settled != nil && spec.Target().Is(settled.Definition) {
		return nil
	}
	return []string{editIntent(spec)}
}

// ContentToApprove is what viewers would get by a cutover: what the side says, and where the
// origins are that it names.
func (o Observation) ContentToApprove(spec Spec) string {
	parts := []string{spec.Distribution, list(spec.Patterns), spec.Target().Fingerprint()}
	for _, f := range spec.Target().Fields() {
		if f.Name == TargetOrigin {
			id := spec.Target()[f].Text
			parts = append(parts, id, o.Values[Field{Name: OriginDomain, Origin: id}].Text, o.Values[Field{Name: OriginPath, Origin: id}].Text)
		}
	}
	return cutover.ContentOf(parts...)
}
