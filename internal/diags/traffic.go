package diags

import (
	"fmt"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// Traffic says what is known about viewers, as the first paragraph of every detail that
// says anything about them, and the only place that does. It has one of five shapes, which
// begin so:
//
//	Traffic goes to …                                       somebody has just looked
//	When this run could last look, at …, traffic went to …  and nothing was written since
//	Nobody could look since the last write, at …            what that was, and what was seen before it
//	When state was last brought up to date, traffic went …  nobody has looked in this process
//	Nobody could look at where traffic goes …               nobody has ever looked
func Traffic(t run.Traffic) string {
	switch {
	case t.Recorded:
		return "When state was last brought up to date, " + went(t.Seen)
	case t.At.IsZero() && t.Unseen == nil:
		return "Nobody could look at where traffic goes. This run has written nothing."
	case t.Unseen != nil:
		said := fmt.Sprintf("Nobody could look since the last write, at %s: %s. ", instant(t.Unseen.At), t.Unseen.Step)
		if t.Unseen.Unsure {
			said += "Its answer was lost, so AWS may have made that change or not. "
		}
		if t.At.IsZero() {
			return said + "Nobody could look before it either."
		}
		return said + "Before it, " + went(t.Seen)
	case t.Past:
		written := "It has written nothing since."
		if !t.Wrote {
			written = "It has written nothing."
		}
		return fmt.Sprintf("When this run could last look, at %s, %s %s", instant(t.At), went(t.Seen), written)
	default:
		return goes(t.Seen)
	}
}

func instant(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// A tense is that of a sentence about viewers.
type tense struct{ goes, has, gets, is, answers string }

var (
	now  = tense{"goes", "has", "gets", "is", "answers"}
	then = tense{"went", "had", "got", "was", "answered"}
)

// goes says where viewers are now.
func goes(seen cutover.Traffic) string { return capital(tell(seen, now)) }

// went says where viewers were when somebody looked.
func went(seen cutover.Traffic) string { return tell(seen, then) }

func tell(seen cutover.Traffic, t tense) string {
	var out []string
	for _, r := range seen {
		whose := ""
		if len(r.Names) > 0 {
			whose = " of " + list(r.Names)
		}
		switch {
		case len(r.To) > 0:
			to := []string{t.goes + " to " + t.share(r.To[0])}
			for _, s := range r.To[1:] {
				to = append(to, t.share(s))
			}
			out = append(out, "traffic"+whose+" "+strings.Join(to, "; ")+".")
		case r.Nobody != "":
			out = append(out, fmt.Sprintf("traffic%s %s nowhere: %s.", whose, t.goes, r.Nobody))
		}
		if r.Learning != "" && t == now {
			out = append(out, fmt.Sprintf("Some %s may not know that yet, and send viewers where they went before.", r.Learning))
		}
		if r.Note != "" {
			out = append(out, r.Note+".")
		}
	}
	for i := 1; i < len(out); i++ {
		out[i] = capital(out[i])
	}
	return strings.Join(out, " ")
}

func (t tense) share(s cutover.Share) string {
	said := s.To
	if s.Part != "" {
		said += " " + t.gets + " " + s.Part
	}
	if s.Has != "" {
		said += fmt.Sprintf(", which %s %s", t.has, s.Has)
	}
	if s.Disabled {
		said += fmt.Sprintf(", which %s disabled and %s nobody", t.is, t.answers)
	}
	return said
}

// asked says what a run did when it was told to stop.
const asked = "The run was asked to stop, and took no further step. Nothing is rolled back because of it."

// unwritten says what became of a write that would have lost something.
const unwritten = "That was not written: the update would have removed the setting."

// unrecorded says what comes after a create that failed.
const unrecorded = "Nothing is recorded in state. The next apply looks at AWS and carries on from there."

// recorded says what state holds after a run.
func recorded(t run.Traffic) string {
	switch {
	case t.Unseen != nil:
		return "State records what was seen before that write, and names the write in `unseen`. The next plan looks again, and the next apply carries on from what it sees."
	case t.Past:
		return blind
	default:
		return shown
	}
}

// What state holds after a run.
const (
	blind = "State records what was seen last. The next plan looks again, and the next apply carries on from what it sees."
	shown = "State records what AWS shows. The next apply carries on from there."
)
