package ramp_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
)

// A world is a zone: it takes batches as Route 53 does, all or nothing.
type world struct {
	t       *testing.T
	records map[ramp.Key][]ramp.Record
}

func describe(list []ramp.Record) string {
	var out []string
	for _, r := range list {
		out = append(out, fmt.Sprintf("%+v", r))
	}
	slices.Sort(out)
	return fmt.Sprint(out)
}

// apply fails the test for a change that leaves a key without an answer, mixes kinds, or
// deletes what is not there.
func (w *world) apply(changes []ramp.Change) {
	w.t.Helper()
	for _, c := range changes {
		if describe(c.Delete) != describe(w.records[c.Key]) {
			w.t.Fatalf("%v: deletes %s, and there is %s", c.Key, describe(c.Delete), describe(w.records[c.Key]))
		}
		var weight int64
		simple := 0
		for _, r := range c.Add {
			if weight += r.Weight; r.ID == "" {
				simple++
			}
		}
		if len(c.Add) == 0 || simple > 1 || simple == 1 && len(c.Add) > 1 || simple == 0 && weight == 0 {
			w.t.Fatalf("%v: no good answer is left: %s", c.Key, describe(c.Add))
		}
		w.records[c.Key] = c.Add
	}
}

func spec() ramp.Spec {
	return ramp.Spec{
		Asked: ramp.Asked{
			Zone: "Z1", Names: []string{"a.example.com", "b.example.com"}, Types: []string{"A", "AAAA"},
			Target:   ramp.Endpoint{Side: "green", ID: "green", Values: map[string][]string{"A": {"203.0.113.9"}, "AAAA": {"2001:db8::9"}}, TTL: 60},
			Other:    ramp.Endpoint{Side: "blue", ID: "blue", Alias: ramp.Alias{Domain: "d1.cloudfront.net", Zone: "Z2FDTNDATAQYW2"}},
			Collapse: true,
		},
	}
}

func (w *world) simple(s ramp.Spec) {
	w.records = map[ramp.Key][]ramp.Record{}
	for _, k := range s.Keys() {
		w.records[k] = []ramp.Record{{Key: k, Alias: s.Other.Alias}}
	}
}

// run takes every step there is; each evidence passes. It returns the percentages that
// were shifted to and verified.
func (w *world) run(s ramp.Spec, recipe []string) (shifts, verified []int) {
	w.t.Helper()
	obs := ramp.Observation{Seen: ramp.Seen{Domain: "example.com"}, Own: ramp.Own{Evidence: map[int]cutover.Evidence{}}}
	first := true
	for range 100 {
		obs.Records = w.records
		if first {
			level, even := obs.Level(s)
			obs.Down, first = even && level > float64(s.Weight), false
		}
		step, err := ramp.Next(s, obs)
		if err != nil {
			w.t.Fatal(err)
		}
		if i := step.Intent(); recipe != nil && i != "" && !slices.Contains(recipe, i) {
			w.t.Fatalf("%q is not in the recipe %q", i, recipe)
		}
		switch x := step.(type) {
		case ramp.Done:
			return shifts, verified
		case ramp.Shift:
			w.apply(x.Changes)
			obs.Evidence, obs.Stepped, obs.Going = map[int]cutover.Evidence{}, obs.Stepped || x.Up, 0
			if x.Left > 0 {
				obs.Going = x.Percent
			} else {
				shifts = append(shifts, x.Percent)
			}
		case ramp.Collapse:
			w.apply(x.Changes)
		case ramp.Verify:
			obs.Evidence[x.Percent] = cutover.Healthy
			verified = append(verified, x.Percent)
		default:
			w.t.Fatalf("waits for nothing: %s", step)
		}
	}
	w.t.Fatal("no end in sight")
	return nil, nil
}

func TestARampTakesItsStepsAndProvesEach(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		weights          []int // asked for, in turn
		steps            []int
		gate             bool
		wait             time.Duration
		shifts, verified []int
	}{
		{"in one step", []int{100}, nil, true, 0, []int{100}, []int{100}},
		{"in steps", []int{100}, []int{5, 50}, true, 0, []int{5, 50, 100}, []int{5, 50, 100}},
		{"a step that is the weight", []int{50}, []int{5, 50}, true, 0, []int{5, 50}, []int{5, 50}},
		{"without a gate", []int{50}, []int{5}, false, 0, []int{5, 50}, nil},
		{"without a gate steps stand, and the last one does not", []int{50}, []int{5}, false, time.Minute, []int{5, 50}, []int{5}},
		{"down in one", []int{100, 0}, []int{5, 50}, true, 0, []int{5, 50, 100, 0}, []int{5, 50, 100}},
		{"down a little", []int{50, 20}, nil, true, 0, []int{50, 20}, []int{50}},
		{"nothing to do", []int{0}, []int{5}, true, 0, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := &world{t: t}
			s := spec()
			w.simple(s)
			var shifts, verified []int
			for _, weight := range c.weights {
				s.Weight, s.Gate, s.Bake = weight, c.gate, c.wait
				if s.Weights = c.steps; weight < 100 {
					s.Weights = slices.DeleteFunc(slices.Clone(c.steps), func(p int) bool { return p > weight })
				}
				a, b := w.run(s, ramp.Recipe(s, nil))
				shifts, verified = append(shifts, a...), append(verified, b...)
			}
			if !slices.Equal(shifts, c.shifts) || !slices.Equal(verified, c.verified) {
				t.Errorf("shifted to %v and verified %v, want %v and %v", shifts, verified, c.shifts, c.verified)
			}
			obs := ramp.Observation{Seen: ramp.Seen{Domain: "example.com", Records: w.records}}
			if level, even := obs.Level(s); !even || level != float64(s.Weight) || obs.PhaseAt(s) != ramp.Settled {
				t.Errorf("ends at %g (%v), %s", level, even, obs.PhaseAt(s))
			}
			if s.Weight == 0 || s.Weight == 100 {
				if obs.Routing(s) != "simple" {
					t.Errorf("routing is %s", obs.Routing(s))
				}
			}
		})
	}
}

// From whatever there is, as long as it is the two sides': every batch leaves an answer,
// the end is what was asked for, no name that is further on goes back on the way up, and a
// recipe for a state nobody knows covers every step.
func TestFromAnywhereARampComesToItsEnd(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's own dice
		s := spec()
		s.Weight, s.Gate, s.Collapse, s.PerApply = r.IntN(101), r.IntN(2) == 0, r.IntN(2) == 0, r.IntN(4) == 0
		for p := 1 + r.IntN(30); p < s.Weight; p += 1 + r.IntN(40) {
			s.Weights = append(s.Weights, p)
		}
		w := &world{t: t, records: map[ramp.Key][]ramp.Record{}}
		for _, k := range s.Keys() {
			a, b := ramp.Record{Key: k, Alias: s.Other.Alias}, ramp.Record{Key: k, Values: s.Target.Values[k.Type], TTL: []int64{60, 300}[r.IntN(2)]}
			switch r.IntN(5) {
			case 0:
				w.records[k] = []ramp.Record{a}
			case 1:
				w.records[k] = []ramp.Record{b}
			case 2: // nothing
			default:
				a.ID, b.ID, a.Weight, b.Weight = "blue", "green", int64(r.IntN(256)), int64(r.IntN(256))
				w.records[k] = []ramp.Record{a, b}
			}
		}
		before := ramp.Observation{Seen: ramp.Seen{Domain: "example.com", Records: map[ramp.Key][]ramp.Record{}}}
		maps.Copy(before.Records, w.records)
		recipe := ramp.Recipe(s, nil)
		for range 20 { // as many runs as a ramp of one step each needs
			w.run(s, recipe)
		}
		after := ramp.Observation{Seen: ramp.Seen{Domain: "example.com", Records: w.records}}
		if level, even := after.Level(s); !even || level != float64(s.Weight) || after.PhaseAt(s) != ramp.Settled {
			t.Fatalf("seed %d: ends at %g (%v), %s, want %d; began with %+v", seed, level, even, after.PhaseAt(s), s.Weight, before.Records)
		}
	}
}

// A batch holds 1,000 values; a name is never divided.
func TestManyNamesGoInSeveralBatches(t *testing.T) {
	t.Parallel()
	s := spec()
	s.Names, s.Weight, s.Weights = nil, 50, []int{10}
	for i := range 400 {
		s.Names = append(s.Names, fmt.Sprintf("n%03d.example.com", i))
	}
	w := &world{t: t}
	w.simple(s)
	obs := ramp.Observation{Seen: ramp.Seen{Domain: "example.com", Records: w.records}}
	step, err := ramp.Next(s, obs)
	x, ok := step.(ramp.Shift)
	if err != nil || !ok {
		t.Fatalf("%v, %v", step, err)
	}
	elements := 0
	for _, c := range x.Changes {
		elements += len(c.Delete) + len(c.Add)
	}
	if elements > 1000 || len(x.Changes)%2 != 0 || x.Left != 400-len(x.Changes)/2 || x.Left == 0 {
		t.Errorf("%d elements, %d changes, %d names left", elements, len(x.Changes), x.Left)
	}
	if shifts, _ := w.run(s, nil); !slices.Equal(shifts, []int{10, 50}) {
		t.Errorf("shifted to %v", shifts)
	}
}

func TestSharesAreWhatRoute53MakesOfWeights(t *testing.T) {
	t.Parallel()
	s := spec()
	k := ramp.Key{Name: "a.example.com", Type: "A"}
	blue, green := ramp.Record{Key: k, Alias: s.Other.Alias}, ramp.Record{Key: k, Values: []string{"203.0.113.9"}, TTL: 60}
	set := func(b, g int64) []ramp.Record {
		x, y := blue, green
		x.ID, x.Weight, y.ID, y.Weight = "blue", b, "green", g
		return []ramp.Record{x, y}
	}
	foreign := green
	foreign.Values = []string{"192.0.2.1"}
	strange := set(1, 1)
	strange[0].ID = "other"
	for _, c := range []struct {
		name    string
		records []ramp.Record
		want    float64
		ok      bool
	}{
		{"simple, blue", []ramp.Record{blue}, 0, true},
		{"simple, green", []ramp.Record{green}, 100, true},
		{"weights", set(3, 1), 25, true},
		{"none of one", set(1, 0), 0, true},
		{"all of one", set(0, 200), 100, true},
		{"nobody has any: equal shares", set(0, 0), 50, true},
		{"one record of a set", set(7, 9)[:1], 0, true},
		{"nothing", nil, 0, false},
		{"somebody else's", []ramp.Record{foreign}, 0, false},
		{"another identifier", strange, 0, false},
	} {
		got, ok := ramp.Observation{Seen: ramp.Seen{Records: map[ramp.Key][]ramp.Record{k: c.records}}}.Share(s, k)
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %g, %v, want %g, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestNobodysRecordIsTaken(t *testing.T) {
	t.Parallel()
	for _, adopting := range []bool{true, false} {
		s := spec()
		s.Weight, s.Adopting = 50, adopting
		w := &world{t: t}
		w.simple(s)
		k := ramp.Key{Name: "a.example.com", Type: "A"}
		w.records[k] = []ramp.Record{{Key: k, Values: []string{"192.0.2.1"}, TTL: 60}}
		_, err := ramp.Next(s, ramp.Observation{Seen: ramp.Seen{Domain: "example.com", Records: w.records}})
		o, found := errors.AsType[*ramp.Obstacle](err)
		if found != adopting || found && o.Kind != ramp.ForeignRecord {
			t.Errorf("adopting %v: %v", adopting, err)
		}
	}
}
