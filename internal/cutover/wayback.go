package cutover

// A Cause is why a run ended before its end, as far as it decides whether going back mends
// that. The list is closed: what an obstacle or an answer of AWS comes to is one of these.
type Cause int

// The causes.
const (
	// Unable: nothing speaks against where viewers are. Credentials, permissions, the network,
	// time or somebody's hand ended the run, and a way back needs them too.
	Unable Cause = iota
	// Sick: a gate has seen the side fail that viewers are on.
	Sick
	// Condemned: it is on record that this was tried before, and taken back.
	Condemned
	// Refused: AWS will not let the rest of it happen.
	Refused
	// Lost: what the next step is about is gone, or somebody else's.
	Lost
	// Barred: somebody has forbidden, since the run began, what was to follow.
	Barred
	// Lapsed: nobody has said yes in time to what was to follow.
	Lapsed
)

// A Stay is why there is no way back. The zero value: there is one.
type Stay string

// The reasons to stay.
const (
	// Unmended: going back would not mend what ended the run.
	Unmended Stay = "going back mends nothing"
	// Unmoved: nobody is where the run was to take them, so there is nothing to undo.
	Unmoved Stay = "nothing has moved"
	// Nowhere: nobody knows where viewers came from, or they are no better off there.
	Nowhere Stay = "there is nowhere to go back to"
	// AsShown: viewers are where the plan has shown them, on their way.
	AsShown Stay = "viewers are where the plan has shown them"
)
