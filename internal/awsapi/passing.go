package awsapi

import (
	"errors"
	"slices"
	"time"
)

// A Circumstance is something a writer knows about AWS that makes a refusal one that
// time mends.
type Circumstance string

// The circumstances there are.
const (
	// Deploying: a distribution that the write is about is InProgress.
	Deploying Circumstance = "deploying"
	// RecordChanged: a record of the name has changed, or the name was just taken off
	// somebody. CloudFront goes on seeing what was before for about a minute.
	RecordChanged Circumstance = "record changed"
	// Leaving: the distribution of another account from which a name is to come is disabled, and
	// not every edge location knows.
	Leaving Circumstance = "leaving"
	// Proving: the proof for a name was made, and somebody may hold that there was none. Resolvers
	// do for as long as Route 53 tells them to, a quarter of an hour if nobody has changed that.
	Proving Circumstance = "proving"
	// LetGo: what the thing was in use by has let go of it, or was told to.
	LetGo Circumstance = "let go"
	// Unlisted: what AWS says is there was made a moment ago, and does not show yet.
	Unlisted Circumstance = "unlisted"
)

// A passing is a kind of answer to a write that time may turn into another one.
type passing struct {
	kind error
	when Circumstance // "": always
	// within is how long it may take, by far: an answer that is still the same then is
	// one that looking again does not change.
	within time.Duration
}

// passings is the closed table of answers to a write that the same write may get past.
// Every other answer ends a run.
var passings = []passing{
	// The look that comes after it may be of a moment before. Reads lag by seconds.
	{ErrStale, "", 2 * time.Minute},
	{ErrThrottled, "", 15 * time.Minute},
	{ErrAmbiguous, "", 15 * time.Minute},
	{ErrUnreachable, "", 15 * time.Minute},
	// CloudFront may refuse what is right while a distribution is InProgress, as it may
	// with a precondition. Until it is Deployed takes minutes; AWS gives no bound.
	{ErrStale, Deploying, 90 * time.Minute},
	{ErrRefused, Deploying, 90 * time.Minute},
	{ErrInUse, Deploying, 90 * time.Minute},
	{ErrTaken, RecordChanged, 15 * time.Minute},
	{ErrUnproven, Leaving, 90 * time.Minute},
	{ErrUnproven, Proving, 20 * time.Minute},
	{ErrInUse, LetGo, 5 * time.Minute},
	{ErrInUse, Unlisted, 5 * time.Minute},
	{ErrExists, Unlisted, 5 * time.Minute},
}

// Passes returns for how long the answer err to a write may be expected to be another
// one later, under the circumstances that the writer knows of; 0 is not at all.
func Passes(err error, known ...Circumstance) time.Duration {
	if errors.Is(err, ErrProtected) { // a refusal that lasts until somebody lifts the protection
		return 0
	}
	var out time.Duration
	for _, p := range passings {
		if errors.Is(err, p.kind) && (p.when == "" || slices.Contains(known, p.when)) {
			out = max(out, p.within)
		}
	}
	return out
}

// NoAnswer says whether err is no answer to what was asked: AWS was too busy for it, or
// out of reach. It says nothing about the content of a write.
func NoAnswer(err error) bool {
	return errors.Is(err, ErrThrottled) || errors.Is(err, ErrAmbiguous) || errors.Is(err, ErrUnreachable)
}

// AnswerOf is what was answered, the same for the same answer: request ids and
// timestamps left out.
func AnswerOf(err error) string {
	for _, p := range passings {
		if errors.Is(err, p.kind) {
			return p.kind.Error()
		}
	}
	return Brief(err)
}
