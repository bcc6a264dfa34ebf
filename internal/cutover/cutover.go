// Package cutover is the vocabulary that every kind of cutover shares. It and
// the packages below it decide and never do: they import the standard library
// and nothing else, so that a decision can be asked for at plan, at apply, after
// a crash and in a test, and is the same one each time.
package cutover

// A Side is the name of one alternative, such as blue or green. Which side is
// live is a role, not a name: no decision may depend on what a side is called.
type Side string

// OnFailure says what to do once the evidence speaks against the new live side.
type OnFailure string

// The ways to answer a failed gate.
const (
	// RollBack returns to the side that was live before, provided it is not
	// failing as well; when both fail, traffic stays where it is.
	RollBack OnFailure = "roll_back"
	// Hold leaves traffic where it is and reports.
	Hold OnFailure = "hold"
)

// OnDestroy says what becomes of records when what keeps them is destroyed.
type OnDestroy string

// The fates of records.
const (
	// Retain leaves them.
	Retain OnDestroy = "retain"
	// DeleteUnserved deletes those by whose names nobody is served.
	DeleteUnserved OnDestroy = "delete"
	// DeleteLive deletes them although viewers are served.
	DeleteLive OnDestroy = "delete_live"
)

// Destroyed is why a destroy deletes records.
const Destroyed = "what keeps them is destroyed, and on_destroy says that they go with it"

// Evidence is what a gate has shown during one run.
type Evidence string

// The states of a gate.
const (
	// NoEvidence: the gate has not been asked yet.
	NoEvidence Evidence = ""
	// Healthy: every condition held for as long as it had to.
	Healthy Evidence = "healthy"
	// Unhealthy: at least one condition was seen violated.
	Unhealthy Evidence = "unhealthy"
	// Inconclusive: nothing spoke against the side, and nothing proved it either.
	Inconclusive Evidence = "inconclusive"
	// Unasked: nobody asked for evidence, so there is none, and none is missing.
	Unasked Evidence = "unasked"
)

// Enough says whether a run may go on with that evidence: everything that was asked for
// was seen to hold, or nothing was asked for.
func (e Evidence) Enough() bool { return e == Healthy || e == Unasked }

// A Flaw is why a gate could not do its work.
type Flaw string

// The flaws of a gate, found before the first write.
const (
	// AlarmMissing: an alarm that is to be watched does not exist.
	AlarmMissing Flaw = "alarm_missing"
	// AlarmFiring: an alarm that is to be watched is in alarm before anything has moved.
	AlarmFiring Flaw = "alarm_firing"
	// AlarmNotEvaluated: CloudWatch cannot evaluate an alarm that is to be watched until
	// somebody corrects it, whatever state it shows.
	AlarmNotEvaluated Flaw = "alarm_not_evaluated"
)

// An Invalidation says how far the invalidation of a run has come.
type Invalidation string

// What may be known of an invalidation. The zero value: it has not been asked for.
const (
	Invalidating Invalidation = "invalidating" // CloudFront is at it
	Invalidated  Invalidation = "invalidated"  // every edge location has carried it out
	// Unconfirmed: CloudFront has taken it, and nobody saw its end: it took too long, or
	// could not be asked for.
	Unconfirmed Invalidation = "unconfirmed"
	// NotTaken: CloudFront would not take it.
	NotTaken Invalidation = "not_taken"
)

// Over says whether nothing more is to be done about it in this run. What became of it
// changes nothing about who serves.
func (i Invalidation) Over() bool { return i == Invalidated || i == Unconfirmed || i == NotTaken }

// LookFirst begins the steps of a create: nobody has looked yet when they are planned.
const LookFirst = "look at what is there, and skip each step that is so already"
