package gate

// An Obligation is one thing that a gate asks for, and what was found about it. The zero
// value of what was found is no evidence.
type Obligation struct {
	Name string // for words: "alarm errors", "the probe of https://www.example.com/"
	Finding
}

// Decide gives the verdict over everything a gate asks for, and what decided it. A verdict
// is earned: it is Pass only if each obligation has a positive finding of its own. One that
// was found violated makes it Fail, one without a finding leaves it Inconclusive, and
// without any obligation there is nothing that could pass: it is Unasked.
func Decide(obligations []Obligation) (Verdict, string) {
	if len(obligations) == 0 {
		return Unasked, ""
	}
	proven := 0
	var open *Obligation
	for _, o := range obligations {
		switch {
		case o.Verdict == Fail:
			return Fail, o.Why
		case o.Verdict == Pass:
			proven++
		case open == nil:
			open = &o
		}
	}
	if proven == len(obligations) {
		return Pass, ""
	}
	if open.Why == "" {
		return Inconclusive, "nothing is known about " + open.Name
	}
	return Inconclusive, open.Why
}
