package acctest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Claim is what a diagnostic says about viewers, taken apart. Its sentences have fixed
// shapes, see diags.Traffic; a text that says something about viewers in any other shape
// is no claim, and ClaimOf says so.
type Claim struct {
	Text string
	// Now: this is how things are. Otherwise how they were: nobody could look any more.
	Now bool
	// Since is the last write, where nobody could look after it.
	Since string
	// Never: nobody has looked at all, and nothing was written.
	Never bool
	// At is when somebody last looked, where nobody could in the end and nothing was
	// written since.
	At       time.Time
	Recorded bool // it is what state says
	Routes   []ClaimedRoute
}

// A ClaimedRoute is where viewers of some names are said to be sent.
type ClaimedRoute struct {
	Names    []string // empty: all
	To       string   // "green (E2)"; empty: nowhere
	Has      string   // what they get there
	Disabled bool
	Others   map[string]string // who else, and what part they get
	Learning bool              // some may not know yet
}

var (
	sinceWrite = regexp.MustCompile(`^Nobody could look since the last write, at (\S+): (.*?)\. (?:Its answer was lost, so AWS may have made that change or not\. )?(?:Before it, (.*)|Nobody could look before it either\.)$`)
	lastLook   = regexp.MustCompile(`^When this run could last look, at ([^,]+), (.*) It has written nothing(?: since)?\.$`)
	byState    = regexp.MustCompile(`^When state was last brought up to date, (.*)$`)
	aRoute     = regexp.MustCompile(`^[Tt]raffic(?: of (.+?))? (?:goes|went) (?:to (.*)|nowhere: .*)$`)
	aShare     = regexp.MustCompile(`^(.*?)(?: (?:gets|got) (.*?))?(?:, which (?:has|had) (.*?))?(, which (?:is|was) disabled and answer(?:s|ed) nobody)?$`)
)

// ClaimOf takes the first paragraph of a detail apart. ok is false for one that says
// nothing about viewers; an error is a text that says something in a shape of its own.
func ClaimOf(detail string) (c Claim, ok bool, err error) {
	first, rest, _ := strings.Cut(detail, "\n\n")
	c.Text = first
	for p := range strings.SplitSeq(rest, "\n\n") {
		if aRoute.MatchString(p) || strings.HasPrefix(p, "Nothing was changed") {
			return c, false, fmt.Errorf("a claim about viewers stands below: %s", p)
		}
	}
	said := first
	switch {
	case strings.HasPrefix(first, "Nobody could look at where traffic goes."):
		c.Never = true
		return c, true, nil
	case sinceWrite.MatchString(first):
		m := sinceWrite.FindStringSubmatch(first)
		c.Since, said = m[2], m[3]
	case lastLook.MatchString(first):
		m := lastLook.FindStringSubmatch(first)
		if c.At, err = time.Parse(time.RFC3339, m[1]); err != nil {
			return c, false, err
		}
		said = m[2]
	case byState.MatchString(first):
		c.Recorded, said = true, byState.FindStringSubmatch(first)[1]
	case strings.HasPrefix(first, "Traffic "):
		c.Now = true
	case strings.Contains(strings.ToLower(first), "traffic goes"), strings.Contains(first, "Nothing was changed"):
		return c, false, fmt.Errorf("a claim of another shape: %s", first)
	default:
		return c, false, nil
	}
	for sentence := range strings.SplitSeq(strings.TrimSuffix(said, "."), ". ") {
		if m := aRoute.FindStringSubmatch(sentence); m != nil {
			c.Routes = append(c.Routes, claimedRoute(m[1], m[2]))
		} else if strings.HasPrefix(sentence, "Some ") && strings.HasSuffix(sentence, "may not know that yet, and send viewers where they went before") && len(c.Routes) > 0 {
			c.Routes[len(c.Routes)-1].Learning = true
		}
	}
	return c, true, nil
}

func claimedRoute(names, to string) ClaimedRoute {
	r := ClaimedRoute{Others: map[string]string{}}
	if names != "" {
		r.Names = strings.Split(names, ", ")
	}
	for i, part := range strings.Split(to, "; ") {
		m := aShare.FindStringSubmatch(part)
		if i == 0 {
			r.To, r.Has, r.Disabled = m[1], m[3], m[4] != ""
		} else {
			r.Others[m[1]] = m[2]
		}
	}
	return r
}

// Concerns says whether a route is about a name.
func (r ClaimedRoute) Concerns(name string) bool {
	return len(r.Names) == 0 || slices.Contains(r.Names, name)
}

// ID is the distribution in "green (E2)" or "E2".
func (r ClaimedRoute) ID() string {
	if _, id, ok := strings.Cut(r.To, " ("); ok {
		return strings.TrimSuffix(id, ")")
	}
	return r.To
}
