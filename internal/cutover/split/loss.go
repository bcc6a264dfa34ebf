package split

import (
	"slices"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// A Loss is why functions that are yet to be made do not know viewers who have a side. Those are assigned anew, whatever
// the weights are, as if they had never come. The zero value: every one of them stays known.
type Loss struct {
	Store   bool           // the store is gone, and with it the key by which the split knows its cookies
	Was, Is string         // the name of the cookie, where it is another one
	Sides   []cutover.Side // that viewers have, and that there are no more
	Weights Weights        // by which viewers have their sides
}

// Everybody says whether nobody who has a side stays known.
func (l Loss) Everybody() bool { return l.Store || l.Was != l.Is }

// Flips are the viewers of 100 who get another side than they have, where the weights stay as they are.
func (l Loss) Flips() int {
	stay := 0
	for _, n := range l.Weights {
		stay += n * n
	}
	return (Everything*Everything - stay + Everything/2) / Everything
}

// Lost is what a change of the functions loses, of viewers who have their sides by some weights. Where one side has
// them all, and keeps its name, nobody could tell. The other settings of a cookie, the salt and the headers are no loss: a
// browser keeps the cookie that it has, and the functions read it.
func Lost(now Weights, sides []cutover.Side, was, is string, store bool) Loss {
	l := Loss{Weights: now.plain()}
	for side := range l.Weights {
		if !slices.Contains(sides, side) {
			l.Sides = append(l.Sides, side)
		}
	}
	slices.Sort(l.Sides)
	if len(l.Weights) > 1 {
		if l.Store = store; was != is {
			l.Was, l.Is = was, is
		}
	}
	return l
}

// Any says whether there is a loss.
func (l Loss) Any() bool { return l.Everybody() || len(l.Sides) > 0 }
