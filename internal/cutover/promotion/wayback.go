package promotion

import "github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"

// Back is what is asked for on the way back from what ended a run, or why it stays where it
// is: nobody at staging and what was settled on the primary, when the release is not
// healthy, or when AWS will not let the rest of it happen. now is the latest look, tried the
// release that was begun. Nobody asks whether what viewers go back to is healthy: it was
// settled.
func Back(spec Spec, now Observation, cause cutover.Cause, tried *Attempt) (Spec, cutover.Stay) {
	if spec.Purpose != Release {
		return spec, cutover.Nowhere
	}
	switch cause {
	case cutover.Sick, cutover.Condemned:
	case cutover.Refused, cutover.Lapsed:
		if now.Primary.ID == "" || now.Primary.Content == spec.Settled && !(now.Policy.Enabled && now.Primary.Policy == now.Policy.ID) {
			return spec, cutover.Unmoved
		}
	case cutover.Unable, cutover.Lost, cutover.Barred:
		return spec, cutover.Unmended
	}
	spec.Purpose, spec.Resumes = Return, tried
	return spec, ""
}

// Cause is what an obstacle comes to.
func (o *Obstacle) Cause() cutover.Cause {
	switch {
	case o.Gate() && o.Evidence == cutover.Unhealthy:
		return cutover.Sick
	case o.Kind == FailedBefore:
		return cutover.Condemned
	default:
		return cutover.Unable
	}
}
