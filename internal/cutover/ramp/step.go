package ramp

import (
	"fmt"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// The steps that every kind has.
type (
	Step = cutover.Step
	Wait = cutover.Wait
	Done = cutover.Done
)

// Shift gives the target a share of the names, in one batch. Names and Percent say
// what the step is about as a whole; Changes are as many of it as a batch holds.
type Shift struct {
	Percent int
	Side    cutover.Side
	Names   []string
	Up      bool
	Passed  int // percentage of the step before, on the way up; 0: there was none
	Changes []Change
	Left    int // names that do not fit into this batch
}

// Collapse makes simple records of weighted ones, once a side has everything.
type Collapse struct {
	Side    cutover.Side
	Names   []string
	Changes []Change
	Left    int
}

// A Change replaces the records of one key. Delete holds them exactly as they were
// observed, which makes the batch fail if anybody changed them since.
type Change struct {
	Key
	Delete, Add []Record
}

// Verify gathers evidence, or lets a step stand for a while where there is no gate.
type Verify struct {
	Percent int
	Side    cutover.Side
	Hold    time.Duration
	Gate    bool
}

// Progress implements Step.
func (Shift) Progress() bool    { return true }
func (Collapse) Progress() bool { return true }
func (Verify) Progress() bool   { return true }

// Intent implements Step.
func (s Shift) Intent() string    { return shiftIntent(s.Side, s.Percent, s.Names) }
func (s Collapse) Intent() string { return collapseIntent(s.Side, s.Names) }
func (s Verify) Intent() string {
	if !s.Gate {
		return waitIntent(s.Hold)
	}
	return verifyIntent(s.Side, s.Percent)
}

// Why implements Step.
func (s Shift) Why() string {
	switch {
	case !s.Up:
		return fmt.Sprintf("not every name gives %s %d %%", s.Side, s.Percent)
	case s.Passed == 0:
		return fmt.Sprintf("%s has nothing yet, and begins with that", s.Side)
	default:
		return fmt.Sprintf("%s has passed with %d %%", s.Side, s.Passed)
	}
}

// Why implements Step.
func (s Collapse) Why() string {
	return fmt.Sprintf("%s has everything, so weights decide nothing any more", s.Side)
}

// Why implements Step.
func (s Verify) Why() string {
	if !s.Gate {
		return "bake_time: each step holds for a while before the next"
	}
	return fmt.Sprintf("%s has its share, and nothing has proven it with that", s.Side)
}

func (s Shift) String() string {
	return fmt.Sprintf("giving %s %d %% of %s", s.Side, s.Percent, names(changed(s.Changes)))
}

func (s Collapse) String() string {
	return fmt.Sprintf("making the records of %s simple ones of %s", names(changed(s.Changes)), s.Side)
}

func (s Verify) String() string {
	if !s.Gate {
		return fmt.Sprintf("letting %s have %d %% for %s", s.Side, s.Percent, s.Hold)
	}
	return fmt.Sprintf("verifying %s at %d %%", s.Side, s.Percent)
}

func changed(changes []Change) []string {
	var out []string
	for _, c := range changes {
		if !slices.Contains(out, c.Name) {
			out = append(out, c.Name)
		}
	}
	return out
}

func names(list []string) string {
	switch len(list) {
	case 1:
		return list[0]
	case 2:
		return list[0] + " and " + list[1]
	}
	return fmt.Sprintf("%s and %d more names", list[0], len(list)-1)
}

func shiftIntent(side cutover.Side, percent int, list []string) string {
	return fmt.Sprintf("give %s %d %% of %s", side, percent, names(list))
}

func collapseIntent(side cutover.Side, list []string) string {
	return fmt.Sprintf("make the records of %s simple ones of %s", names(list), side)
}

func verifyIntent(side cutover.Side, percent int) string {
	return fmt.Sprintf("verify %s at %d %%", side, percent)
}

func waitIntent(d time.Duration) string { return "wait " + cutover.Brief(d) }
