package preflight

import (
	"fmt"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
)

// The checks of a switch of behaviours beyond its obstacles.
const (
	// VersionPending: a version was published a moment ago; the cutover would begin by waiting.
	VersionPending Check = "version_pending"
	// BehaviorShadowed: another behaviour answers everything that this one would.
	BehaviorShadowed Check = "behavior_shadowed"
	// StagingBeside: a promotion from a staging distribution would take back what is switched.
	StagingBeside Check = "staging_beside"
	// AnswersKept: edge locations go on answering with what the side before has given them.
	AnswersKept Check = "answers_kept"
	// MinTTLKept: so they do where the origin says that nothing is to be kept.
	MinTTLKept Check = "min_ttl_kept"
	// ErrorsKept: they go on answering with an error when it has long been mended.
	ErrorsKept Check = "errors_kept"
)

// Behaviors is everything that was seen for a switch of behaviours.
type Behaviors struct {
	Spec     behavior.Spec // Adopting: nobody knows whether the switch exists yet
	Obs      behavior.Observation
	Caching  behavior.Caching
	Erasable []Erasable
	Alarms   []Alarm
	Denied   []Denied
}

// Of lists everything found, errors first, in the order of the checks.
func (b Behaviors) Of() []Finding {
	var out []Finding
	for _, o := range behavior.Obstacles(b.Spec, b.Obs) {
		out = append(out, Finding{Check: Check(o.Kind), Severity: Error, Name: o.Field.String(), Found: o.Found, Behavior: o})
	}
	return ranked(out, b.versions(), b.beside(), b.kept(), alarms(b.Alarms), permissions(b.Denied))
}

// versions are those that cannot be used yet.
func (b Behaviors) versions() []Finding {
	var out []Finding
	told := map[string]bool{}
	target := b.Spec.Target()
	for _, f := range target.Fields() {
		arn := target[f].Text
		if f.Name == behavior.Lambda && b.Obs.Values[f].Text != arn && b.Obs.Lambdas[arn].State == behavior.Pending && !told[arn] {
			out = append(out, Finding{Check: VersionPending, Severity: Warning, Side: b.Spec.Live, Name: f.Event, Found: arn})
			told[arn] = true
		}
	}
	return out
}

// beside is who else decides about what viewers of the behaviours get.
func (b Behaviors) beside() []Finding {
	var out []Finding
	for _, p := range b.Spec.Patterns {
		if by := b.Obs.ShadowedBy(p); by != "" && b.Obs.Has(p) {
			out = append(out, Finding{Check: BehaviorShadowed, Severity: Warning, Name: string(p), Found: string(by)})
		}
	}
	if b.Obs.Policy != "" && !b.Obs.Staging {
		out = append(out, Finding{Check: StagingBeside, Severity: Warning, Name: b.Spec.Distribution, Found: b.Obs.Policy})
	}
	if list := listed(b.Erasable); list != "" {
		out = append(out, Finding{Check: ErasedBeside, Severity: Warning, Name: b.Spec.Distribution, Found: list})
	}
	return out
}

// kept is what edge locations hold on to.
func (b Behaviors) kept() []Finding {
	var out []Finding
	for _, k := range behavior.Caches(b.Spec, b.Obs, b.Caching) {
		f := Finding{Check: Check(k.What), Severity: Warning, Side: b.Spec.Live}
		var names, codes []string
		for _, p := range k.Patterns {
			names = append(names, string(p))
		}
		for _, c := range k.Codes {
			codes = append(codes, fmt.Sprint(c))
		}
		if f.Name, f.Live = strings.Join(names, ", "), strings.Join(codes, ", "); k.For > 0 {
			f.Found = span(k.For)
		}
		out = append(out, f)
	}
	return out
}

// span prints a time as people say it who keep answers for days.
func span(d time.Duration) string {
	if day := 24 * time.Hour; d > day && d%day == 0 {
		return fmt.Sprintf("%d days", d/day)
	}
	return cutover.Brief(d)
}
