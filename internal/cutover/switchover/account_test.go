package switchover

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

const (
	proofOfWWW = "_www.example.com"
	foreignTXT = `"of somebody"`
)

// apartly puts blue into another account, and www.example.com into a zone.
func apartly(s *Spec, o *Observation) {
	s.Accounts, s.Zones = map[cutover.Side]string{"blue": "old"}, []Zone{{Domain: "example.com", ID: "Z1"}}
	o.ZoneNames, o.Proofs = map[string]string{"Z1": "example.com"}, map[string][]Record{}
	o.Darkened, o.Proven, o.Tried = map[cutover.Side]bool{}, map[string][]string{}, map[string]bool{}
}

// between is quiet, changed.
func between(c change) (Spec, Observation) {
	spec, obs := quiet()
	c(&spec, &obs)
	return spec, obs
}

// txt is what is at the proof of www.example.com.
func txt(values ...string) change {
	return func(_ *Spec, o *Observation) {
		o.Proofs[proofOfWWW] = []Record{{Name: proofOfWWW, Type: "TXT", TTL: 300, Values: values}}
	}
}

func disabled(side cutover.Side, byUs bool) change {
	return func(_ *Spec, o *Observation) {
		o.with(side, func(d *Distribution) { d.Enabled = false })
		o.Darkened[side] = byUs
	}
}

func TestBetweenAccountsEveryStepHasItsPlace(t *testing.T) {
	t.Parallel()
	back, there := Quoted(blueDNS), Quoted(greenDNS)
	proven := txt(there, back)
	pending := func(_ *Spec, o *Observation) { o.Pending = true }
	moved := both(moved, func(_ *Spec, o *Observation) { o.Moved = true })
	ours := func(_ *Spec, o *Observation) { o.Proven[proofOfWWW] = []string{there, back} }
	alone := func(_ *Spec, o *Observation) { o.Alone = true }
	tried := func(_ *Spec, o *Observation) { o.Tried["www.example.com"] = true }
	noted := func(_ *Spec, o *Observation) {
		at := LedgerAt("www.example.com")
		o.Proofs[at] = []Record{{Name: at, Type: "TXT", TTL: 60, Values: []string{disables(blueDNS), disables(greenDNS), adds(back)}}}
	}
	rolling := func(s *Spec, _ *Observation) { s.Live, s.RollingBack = "blue", true }
	routed := func(_ *Spec, o *Observation) {
		o.Proofs[proofOfWWW] = []Record{{Name: proofOfWWW, Type: "TXT", TTL: 300, Values: []string{foreignTXT}, Routing: "weighted"}}
	}
	aliased := func(_ *Spec, o *Observation) {
		o.Proofs[proofOfWWW] = []Record{{Name: proofOfWWW, Type: "CNAME", TTL: 300, Values: []string{"elsewhere.example.net"}}}
	}
	other := func(side cutover.Side, name string) change {
		return func(_ *Spec, o *Observation) {
			o.with(side, func(d *Distribution) { d.Aliases = append(slices.Clone(d.Aliases), name) })
		}
	}
	for _, c := range []struct {
		name  string
		world change
		want  string
	}{
		{"the proofs come first", txt(), "proving by TXT at _cdn-cutover.www.example.com, _www.example.com"},
		{"and are waited for", both(proven, noted, pending), "waiting until every name server of the zone has the proofs"},
		{"then AWS is asked", both(proven, noted), "asking whether www.example.com may move from E1 to E2"},
		{"what it has against the proof may be the other value", both(proven, noted, ours, alone), "proving by TXT at _cdn-cutover.www.example.com, _www.example.com"},
		{"which stays if it is not ours", both(txt(foreignTXT, there, back), noted, ours, alone), "asking whether www.example.com may move from E1 to E2"},
		{"once it is gone AWS is asked again", both(txt(there), noted, ours, alone), "asking whether www.example.com may move from E1 to E2"},
		{"then the source is disabled", both(proven, noted, tried), "disabling E1"},
		{"without the other value, too", both(txt(there), noted, ours, alone, tried), "disabling E1"},
		{"but not without a note of it", both(proven, tried), "proving by TXT at _cdn-cutover.www.example.com"},
		{"and the name moves", both(proven, disabled("blue", true)), "moving www.example.com from E1 to E2"},
		{"a source that somebody has disabled is not asked to be", both(txt(there), disabled("blue", false)), "moving www.example.com from E1 to E2"},
		{"and gets no proof for a way back", both(txt(), disabled("blue", false)), "proving by TXT at _cdn-cutover.www.example.com, _www.example.com"},
		{"the source is enabled at once", both(proven, moved, disabled("blue", true), state("green", false)), "enabling E1"},
		{"but not one that somebody else has disabled", both(proven, moved, disabled("blue", false), state("green", false)), "waiting until every edge location has learned that green (E2) is live"},
		{"at last the proofs go", both(proven, ours, moved, pointedAt(greenDNS, www)), "taking away the proofs at _www.example.com"},
		{"those of others stay", both(proven, moved, pointedAt(greenDNS, www)), "done"},

		{"going back from a dark source enables it", both(proven, disabled("blue", true), rolling), "enabling E1"},
		{"going back from the target asks first", both(proven, noted, moved, rolling), "asking whether www.example.com may move from E2 to E1"},
		{"and disables that", both(proven, noted, moved, tried, rolling), "disabling E2"},

		{"a name beside is darkened for nobody", both(txt(), other("blue", "shop.example.com")), "darkens_others blue shop.example.com E1"},
		{"nor on the way back", both(txt(), other("green", "test.example.com")), "darkens_others green test.example.com E2"},
		{"unless it may be", both(txt(), other("blue", "shop.example.com"), func(s *Spec, _ *Observation) { s.MayDarken = []string{"shop.example.com"} }), "proving by TXT at _cdn-cutover.www.example.com, _www.example.com"},
		{"a routed TXT cannot be shared", routed, "proof_blocked www.example.com TXT _www.example.com (weighted routing) → " + foreignTXT},
		{"nor a CNAME", aliased, "proof_blocked www.example.com CNAME _www.example.com → elsewhere.example.net"},
		{"nobody sees a proof in a private zone", both(txt(), func(_ *Spec, o *Observation) { o.Private = []string{"example.com"} }), "proof_hidden www.example.com _www.example.com"},
		{"a protected TXT cannot be changed", both(txt(foreignTXT), func(_ *Spec, o *Observation) {
			o.Guards = map[string]cutover.Guard{"Z1": {Protected: map[cutover.RecordKey]string{{Name: proofOfWWW, Type: "TXT"}: "ours"}}}
		}), "record_protected _www.example.com TXT ours"},

		{"the dance asks for no proof", both(txt(), by(WildcardOverlap)), "adding *.example.com to E2"},
		{"nor does taking off and adding", both(txt(), by(RemoveAndAdd), pointedAt(greenDNS, www)), "removing www.example.com from E1"},
		{"within one account nothing is asked for", func(s *Spec, _ *Observation) { s.Accounts["green"] = "old" }, "moving www.example.com from E1 to E2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			spec, obs := between(both(apartly, pointedAt(blueDNS, www), c.world))
			step, err := Next(spec, obs)
			got := fmt.Sprint(step)
			if err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestAProofIsAddedToWhatOthersHaveAndTakenAwayAlone(t *testing.T) {
	t.Parallel()
	spec, obs := between(both(apartly, txt(foreignTXT)))
	step, _ := Next(spec, obs)
	p, ok := step.(Prove)
	if !ok || len(p.Changes) != 2 {
		t.Fatal(step)
	}
	note, c := p.Changes[0], p.Changes[1]
	if want := []string{disables(blueDNS), adds(Quoted(greenDNS)), adds(Quoted(blueDNS))}; !slices.Equal(note.Add[0].Values, want) || note.Name != LedgerAt("www.example.com") {
		t.Errorf("%+v", note)
	}
	if want := []string{foreignTXT, Quoted(greenDNS), Quoted(blueDNS)}; !slices.Equal(c.Add[0].Values, want) || c.Add[0].TTL != 300 || !slices.Equal(c.Delete[0].Values, []string{foreignTXT}) {
		t.Errorf("%+v", c)
	}
	obs.Proofs[proofOfWWW], obs.Proofs[note.Name], obs.Proven = c.Add, note.Add, p.Added()
	if !reflect.DeepEqual(Recall(spec, obs), p.Added()) {
		t.Errorf("a run that knows nothing recalls %v", Recall(spec, obs))
	}
	away, ok := Unprove(spec, obs)
	if !ok || len(away.Changes) != 2 || len(away.Changes[0].Add) > 0 || !slices.Equal(away.Changes[1].Add[0].Values, []string{foreignTXT}) {
		t.Errorf("%+v", away)
	}
	obs.Proven = map[string][]string{proofOfWWW: {Quoted(greenDNS)}} // the other one was there before
	if away, _ = Unprove(spec, obs); !slices.Equal(away.Changes[0].Add[0].Values, []string{foreignTXT, Quoted(blueDNS)}) {
		t.Errorf("%+v", away)
	}
	obs.Proofs[proofOfWWW] = []Record{{Name: proofOfWWW, Type: "TXT", Values: []string{Quoted(greenDNS)}}}
	if away, _ = Unprove(spec, obs); len(away.Changes[0].Add) > 0 {
		t.Errorf("%+v", away)
	}
}

func TestTheProofOfAnApexStandsUnderIt(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"example.com": "_.example.com", "www.example.com": proofOfWWW, "a.b.example.com": "_a.b.example.com"} {
		if got := ProofAt(name, "example.com"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		spec := Spec{Asked: Asked{Zones: []Zone{{Domain: "example.com", ID: "Z1"}}}}
		if z, ok := spec.ZoneOfProof(want); !ok || z.ID != "Z1" {
			t.Errorf("%s is in no zone", want)
		}
	}
}

// Whatever the end of a run, a source that it has disabled does not stay so: a run that dies
// remembers nothing, and the next one learns it from the proofs.
func TestARunThatDiesInTheDarkIsCarriedOn(t *testing.T) {
	t.Parallel()
	deaths := 0
	for seed := range uint64(worlds / 8) {
		start := settledWorld(seed)
		if !start.spec.Darkens() {
			continue
		}
		home := start.spec.Live
		for _, live := range slices.Sorted(maps.Keys(start.spec.Sides)) {
			if live == home {
				continue
			}
			w := start.clone()
			w.spec.Live = live
			die := func(Step) error {
				for i, next := range []struct {
					goal   cutover.Side
					method Method
					names  int // so many of them are kept
				}{
					{live, w.spec.Method, len(w.spec.Names)},
					{home, w.spec.Method, len(w.spec.Names)},
					{live, RemoveAndAdd, len(w.spec.Names)},
					{home, RemoveAndAdd, len(w.spec.Names)},
					{live, w.spec.Method, 1},
					{home, RemoveAndAdd, 1},
				} {
					if deaths++; i > 1 && deaths%4 > 0 { // another configuration takes its turn
						continue
					}
					b := w.clone()
					b.steps = append(b.steps, fmt.Sprintf("— dead, then %s of %d by %s —", next.goal, next.names, next.method))
					b.spec.Live, b.spec.Unfinished, b.spec.Method, b.spec.Names = next.goal, true, next.method, w.spec.Names[:next.names]
					b.spec.MayDarken = slices.Concat(w.spec.MayDarken, w.spec.Names[next.names:])
					b.obs.Before, b.obs.After, b.obs.MoveRefused, b.obs.Moved, b.obs.Pending, b.pending = "", "", false, false, false, 0
					b.obs.Tried, b.obs.Alone = map[string]bool{}, false
					b.obs.Proven, b.obs.Darkened = Recall(w.spec, b.obs), map[cutover.Side]bool{}
					for side := range b.spec.Sides {
						b.obs.Darkened[side] = b.obs.Unfinished(side)
					}
					prior := stateOf(b.spec, b.obs, home)
					prior.Unfinished, prior.Proofs = true, b.obs.Proven
					recipe := Recipe(b.spec, prior)
					o, err := b.follow(func(s Step) error {
						for _, intent := range Intents(s) {
							if !slices.Contains(recipe, intent) {
								return fmt.Errorf("%q is not in the recipe %q", intent, recipe)
							}
						}
						return nil
					})
					if o != nil {
						err = errors.Join(err, o)
					}
					if err == nil {
						err = b.unsettled()
					}
					for side, d := range b.obs.Sides {
						if !d.Enabled && start.obs.Sides[side].Enabled {
							err = errors.Join(err, fmt.Errorf("%s is left disabled", side))
						}
					}
					for at, records := range b.obs.Proofs {
						if fmt.Sprint(records) != fmt.Sprint(start.obs.Proofs[at]) {
							err = errors.Join(err, fmt.Errorf("%s is left with %v", at, records))
						}
					}
					if err != nil {
						b.fail(t, seed, err)
					}
				}
				return nil
			}
			if _, err := w.follow(die); err != nil {
				w.fail(t, seed, err)
			}
		}
	}
	if deaths < 100 {
		t.Errorf("only %d deaths", deaths)
	}
}

func TestWhileANameIsDarkEveryEndLeadsBack(t *testing.T) {
	t.Parallel()
	spec, obs := between(both(apartly, pointedAt(blueDNS, www), txt(Quoted(greenDNS), Quoted(blueDNS)), disabled("blue", true)))
	start := Start{Previous: "blue", Settled: "blue", Found: &obs}
	for _, cause := range []cutover.Cause{cutover.Unable, cutover.Refused, cutover.Lost, cutover.Condemned} {
		if back, stay := start.Back(spec, obs, cause); stay != "" || back.Live != "blue" || !back.RollingBack {
			t.Errorf("cause %d: stays, because %s", cause, stay)
		}
	}
	obs.Darkened["blue"] = false // it was disabled before
	for _, cause := range []cutover.Cause{cutover.Unable, cutover.Refused} {
		if _, stay := start.Back(spec, obs, cause); stay == "" {
			t.Errorf("cause %d: goes back to a side that served nobody", cause)
		}
	}
}

func TestARecipeBetweenAccountsSaysWhoIsDark(t *testing.T) {
	t.Parallel()
	spec, obs := between(both(apartly, pointedAt(blueDNS, www)))
	got := strings.Join(Recipe(spec, stateOf(spec, obs, "blue")), "\n")
	const want = `prove by a TXT record at _www.example.com that www.example.com may move to another account
disable blue (E1), which darkens its names until they have moved
move www.example.com to green (E2)
enable blue (E1) again
point the records of www.example.com at green (E2)
take the proof at _www.example.com away again`
	if got != want {
		t.Errorf("got:\n%s", got)
	}
}
