package switchover

import (
	"maps"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// worlds of three sides and two names, by who has them.
func owned(first, second cutover.Side) (Spec, Observation) {
	spec := Spec{Asked: Asked{Names: []string{"a.example.com", www}, Live: "green", Sides: map[cutover.Side]string{"amber": "E0", "blue": "E1", "green": "E2"}}}
	obs := Observation{Seen: Seen{Sides: map[cutover.Side]Distribution{}, Records: map[string][]Record{}}}
	for side, id := range spec.Sides {
		obs.Sides[side] = Distribution{ID: id, Domain: string(side) + ".cloudfront.net", ETag: "1"}
	}
	for i, side := range []cutover.Side{first, second} {
		if side != "" {
			obs.with(side, func(d *Distribution) { d.Aliases = append(d.Aliases, spec.Names[i]) })
		}
	}
	return spec, obs
}

func TestARollbackReturnsToWhereViewersCameFrom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, second     cutover.Side // who had the names at the first look
		previous, settled cutover.Side
		want              cutover.Side
	}{
		"the side that was live":                       {first: "blue", second: "blue", previous: "blue", settled: "blue", want: "blue"},
		"what was seen outweighs what state believes":  {first: "blue", second: "blue", previous: "amber", settled: "amber", want: "blue"},
		"a run that died had moved some":               {first: "green", second: "blue", previous: "blue", settled: "amber", want: "blue"},
		"a run that died had moved all":                {first: "green", second: "green", previous: "green", settled: "blue", want: "blue"},
		"everything was there, and nothing else known": {first: "green", second: "green", previous: "green", settled: "green"},
		"state knows a side that is gone":              {first: "green", second: "green", previous: "red", settled: "red"},
		"a create finds it live":                       {first: "green", second: "green"},
		"a create finds it on its way from one side":   {first: "green", second: "blue", want: "blue"},
		"a create finds it on two others":              {first: "amber", second: "blue"},
		"a create finds a name that nobody has":        {first: "green"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec, found := owned(c.first, c.second)
			if got := (Start{Previous: c.previous, Settled: c.settled, Found: &found}).CameFrom(spec); got != c.want {
				t.Errorf("goes back to %q, want %q", got, c.want)
			}
			if got := (Start{Previous: c.previous, Settled: c.settled}).CameFrom(spec); got != "" {
				t.Errorf("goes back to %q, and nobody has looked", got)
			}
		})
	}
}

func TestWhatEndedARunDecidesWhetherItGoesBack(t *testing.T) {
	t.Parallel()
	spec, found := owned("blue", "blue")
	spec.Adopting = true
	_, half := owned("green", "blue")
	_, recorded := owned("blue", "blue")
	recorded.Records[www] = []Record{{Name: www, Type: "A", Target: "green.cloudfront.net"}}
	for _, c := range []struct {
		name  string
		cause cutover.Cause
		start Start
		now   Observation
		want  cutover.Stay
	}{
		{"the target is sick", cutover.Sick, Start{Found: &found}, half, ""},
		{"it is sick, and has nothing yet", cutover.Sick, Start{Previous: "blue", Found: &found}, found, cutover.Unmoved},
		{"a record was left with it", cutover.Sick, Start{Previous: "blue", Found: &found}, recorded, ""},
		{"a record leads to it before there is a switch", cutover.Sick, Start{Found: &found}, recorded, cutover.Unmoved},
		{"AWS refuses the next name", cutover.Refused, Start{Found: &found}, half, ""},
		{"AWS refuses the first name", cutover.Refused, Start{Found: &found}, found, cutover.Unmoved},
		{"the next name is somebody else's", cutover.Lost, Start{Found: &found}, half, ""},
		{"a record was protected on the way", cutover.Barred, Start{Found: &found}, half, ""},
		{"a record was protected, and nothing moves", cutover.Barred, Start{Previous: "green", Settled: "blue", Found: func() *Observation { _, o := owned("green", "green"); return &o }()}, half, cutover.Unmoved},
		{"nobody may go on", cutover.Unable, Start{Found: &found}, half, cutover.Unmended},
		{"nobody knows where viewers came from", cutover.Sick, Start{}, half, cutover.Nowhere},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			back, stay := c.start.Back(spec, c.now, c.cause)
			if stay != c.want {
				t.Fatalf("stays because %q, want %q", stay, c.want)
			}
			if stay == "" && (back.Live != "blue" || !back.RollingBack || back.Adopting) {
				t.Errorf("the way back asks for %+v", back)
			}
		})
	}
	for o, want := range map[Obstacle]cutover.Cause{
		{Kind: GateBefore, Evidence: cutover.Unhealthy}:   cutover.Sick,
		{Kind: GateAfter, Evidence: cutover.Inconclusive}: cutover.Unable,
		{Kind: RecordProtected}:                           cutover.Barred,
		{Kind: TakenBack}:                                 cutover.Unable,
	} {
		if got := o.Cause(); got != want {
			t.Errorf("%s comes to %d, want %d", &o, got, want)
		}
	}
}

func TestANameThatWasOnTheTargetIsMissed(t *testing.T) {
	t.Parallel()
	spec, before := owned("blue", "blue")
	_, half := owned("green", "blue")
	half.with("green", func(d *Distribution) { d.ETag = "2" })
	_, taken := owned("blue", "blue")
	taken.with("green", func(d *Distribution) { d.ETag = "3" })
	_, gone := owned("", "blue")
	m := NewMemory()
	for i, look := range []struct {
		obs       Observation
		takenBack string
		stripped  string
	}{{obs: before}, {obs: half}, {obs: before /* as old as that of before it arrived */}, {obs: taken, takenBack: "a.example.com"}, {obs: gone, stripped: "E1"}} {
		if got := m.Look(spec, look.obs); got != look.takenBack || m.Stripped["a.example.com"] != look.stripped {
			t.Errorf("look %d: taken back %q, stripped %v", i, got, m.Stripped)
		}
	}
	m = NewMemory()
	m.Released["a.example.com"] = true
	if m.Look(spec, before); m.Look(spec, gone) != "" || len(maps.Clone(m.Stripped)) > 0 {
		t.Errorf("what the run took off itself is somebody else's doing: %v", m.Stripped)
	}
}
