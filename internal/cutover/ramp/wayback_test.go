package ramp_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
)

// at is a look at which the target has a percentage of every name.
func at(s ramp.Spec, percent int64) ramp.Observation {
	obs := ramp.Observation{Seen: ramp.Seen{Domain: "example.com", Records: map[ramp.Key][]ramp.Record{}}}
	for _, k := range s.Keys() {
		obs.Records[k] = []ramp.Record{
			{Key: k, Alias: s.Other.Alias, ID: s.Other.ID, Weight: 100 - percent},
			{Key: k, Values: s.Target.Values[k.Type], TTL: s.Target.TTL, ID: s.Target.ID, Weight: percent},
		}
	}
	return obs
}

func TestARampReturnsToTheLastWeightThatWasInOrder(t *testing.T) {
	t.Parallel()
	s := spec()
	s.Weight = 80
	number := func(n int) *int { return &n }
	uneven := at(s, 10)
	uneven.Records[s.Keys()[0]] = at(s, 20).Records[s.Keys()[0]]
	ten, fraction := at(s, 10), at(s, 10)
	for k, list := range fraction.Records {
		list[0].Weight = 203
		fraction.Records[k] = list
	}
	for name, c := range map[string]struct {
		from  *int
		found *ramp.Observation
		want  *int
	}{
		"what was in order":                    {number(5), &ten, number(5)},
		"somebody has lowered it since":        {number(25), &ten, number(10)},
		"a create goes back to what it found":  {nil, &ten, number(10)},
		"nobody has looked":                    {number(5), nil, number(5)},
		"the names disagree":                   {number(25), &uneven, number(25)},
		"they disagree, and nothing was known": {nil, &uneven, nil},
		"no weight that anybody asks for":      {nil, &fraction, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := ramp.Past{From: c.from}.CameFrom(s, c.found)
			if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
				t.Errorf("goes back to %v, want %v", got, c.want)
			}
		})
	}
}

// Where Route 53 refuses, the ramp stays at a share that the plan has shown.
func TestARampGoesBackForASickTargetOnly(t *testing.T) {
	t.Parallel()
	s := spec()
	s.Weight, s.Weights, s.PerApply = 80, []int{5, 25}, true
	five, eighty := 5, 80
	for _, c := range []struct {
		cause cutover.Cause
		from  *int
		want  cutover.Stay
	}{
		{cutover.Sick, &five, ""},
		{cutover.Sick, &eighty, cutover.Nowhere},
		{cutover.Sick, nil, cutover.Nowhere},
		{cutover.Refused, &five, cutover.AsShown},
		{cutover.Lost, &five, cutover.AsShown},
		{cutover.Barred, &five, cutover.AsShown},
		{cutover.Unable, &five, cutover.Unmended},
	} {
		back, stay := ramp.Back(s, c.from, c.cause)
		if stay != c.want {
			t.Errorf("cause %d: stays because %q, want %q", c.cause, stay, c.want)
		}
		if stay == "" && (back.Weight != 5 || back.Weights != nil || back.PerApply || !back.RollingBack) {
			t.Errorf("the way back asks for %+v", back)
		}
	}
	for o, want := range map[ramp.Obstacle]cutover.Cause{
		{Kind: ramp.GateFailed, Evidence: cutover.Unhealthy}:    cutover.Sick,
		{Kind: ramp.GateFailed, Evidence: cutover.Inconclusive}: cutover.Unable,
		{Kind: ramp.RecordProtected}:                            cutover.Barred,
		{Kind: ramp.Lowered}:                                    cutover.Unable,
	} {
		if got := o.Cause(); got != want {
			t.Errorf("%s comes to %d, want %d", &o, got, want)
		}
	}
}

func TestWhatIsOnRecordOfAShareIsAboutThatShare(t *testing.T) {
	t.Parallel()
	s := spec()
	s.Weight, s.Weights = 80, []int{5, 25}
	five, ninety := 5.0, 90.0
	past := ramp.Past{Level: &five, Proven: true}
	for percent, want := range map[int64]struct{ known, unrecorded bool }{0: {}, 3: {}, 5: {known: true}, 25: {unrecorded: true}} {
		if obs := at(s, percent); past.Known(s, obs) != want.known || past.Unrecorded(s, obs) != want.unrecorded {
			t.Errorf("at %d %%: known %t, unrecorded %t", percent, past.Known(s, obs), past.Unrecorded(s, obs))
		}
	}
	if obs := at(s, 5); !(ramp.Past{Level: &five}).Unrecorded(s, obs) {
		t.Error("a step that nobody proved and nobody dated is on record")
	}
	if high := (ramp.Past{Level: &ninety, Proven: true}); !high.Down(s, at(s, 90)) || !high.Down(s, at(s, 80)) || past.Down(s, at(s, 80)) || past.Down(s, at(s, 5)) {
		t.Error("up is taken for down, or down for up")
	}
	var shares ramp.Shares
	for i, look := range []struct {
		percent int64
		lowered bool
	}{{25, false}, {30, false}, {25, false}, {5, true}} {
		if got := shares.Lowered(s, at(s, look.percent)); (got != nil) != look.lowered {
			t.Errorf("look %d at %d %%: lowered %v", i, look.percent, got)
		}
	}
}
