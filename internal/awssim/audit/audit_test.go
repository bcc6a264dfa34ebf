package audit_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
)

var start = time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)

// at is a moment s seconds into the story.
func at(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

// all is a schedule that reaches each of the three POPs, or four name servers, at one moment.
func all(n, s int) []time.Time { return slices.Repeat([]time.Time{at(s)}, n) }

// A step is what one POP believes about the name from a moment on.
type step struct {
	from  time.Time
	route audit.Route
}

// A history is a world written down by hand: three POPs, four name servers, one name.
type history struct {
	pops     [3][]step
	events   []audit.AliasEvent
	versions map[string][]audit.Version
	targets  map[string][]target
	records  []audit.RecordEvent
}

type target struct {
	from time.Time
	audit.Target
}

const name = "www.example.com"

func (h *history) POPs() int    { return len(h.pops) }
func (h *history) Servers() int { return 4 }

func (h *history) Route(pop int, t time.Time, _ string) audit.Route {
	out := audit.Route{Reason: "unclaimed"}
	for _, s := range h.pops[pop] {
		if !s.from.After(t) {
			out = s.route
		}
	}
	return out
}

func (h *history) Moments(host string) []time.Time {
	var out []time.Time
	for _, p := range h.pops {
		for _, s := range p {
			out = append(out, s.from)
		}
	}
	for _, t := range h.targets[host] {
		out = append(out, t.from)
	}
	return out
}

func (h *history) AliasEvents(string) []audit.AliasEvent { return h.events }
func (h *history) Versions(id string) []audit.Version    { return h.versions[id] }
func (h *history) Events(string) []audit.RecordEvent     { return h.records }

func (h *history) Target(domain string, t time.Time) (out audit.Target) {
	for _, s := range h.targets[domain] {
		if !s.from.After(t) {
			out = s.Target
		}
	}
	return out
}

// zone gives the history's name servers, whose moments are those of the records.
type zone struct{ *history }

func (z zone) Moments(string) []time.Time {
	var out []time.Time
	for _, e := range z.records {
		out = append(out, e.Arrives...)
	}
	return out
}

func (z zone) Answers(server int, t time.Time, _, rtype string) bool {
	sets := map[string]bool{}
	for _, e := range z.records {
		if e.Type == rtype && !e.Arrives[server].After(t) {
			sets[e.SetIdentifier] = e.Action != "DELETE"
		}
	}
	for _, there := range sets {
		if there {
			return true
		}
	}
	return false
}

const blue, green = "dblue.cloudfront.net", "dgreen.cloudfront.net"

// cutover is how it should be done: E1 serves, E2 is deployed, the name moves and
// reaches the POPs at 110, 120 and 130, then the A record follows.
func cutover() *history {
	h := &history{
		events: []audit.AliasEvent{{At: at(0), To: "E1"}, {At: at(100), From: "E1", To: "E2"}},
		versions: map[string][]audit.Version{
			"E1": {{At: at(0), Arrives: all(3, 10)}, {At: at(100), Arrives: all(3, 130), AliasOnly: true}},
			"E2": {{At: at(20), Arrives: []time.Time{at(30), at(40), at(50)}}, {At: at(100), Arrives: all(3, 130), AliasOnly: true}},
		},
		targets: map[string][]target{
			blue:  {{at(0), audit.Target{Distribution: "E1", Enabled: true}}, {at(10), audit.Target{Distribution: "E1", Enabled: true, Resolves: true}}},
			green: {{at(20), audit.Target{Distribution: "E2", Enabled: true}}, {at(30), audit.Target{Distribution: "E2", Enabled: true, Resolves: true}}},
		},
		records: []audit.RecordEvent{
			{At: at(15), Type: "A", Action: "CREATE", Target: blue + ".", Arrives: all(4, 16)},
			{At: at(140), Type: "A", Action: "UPSERT", Target: green, Arrives: []time.Time{at(141), at(142), at(143), at(144)}},
		},
	}
	for i := range h.pops {
		h.pops[i] = []step{
			{at(0), audit.Route{Distribution: "E1", Reason: "undeployed"}},
			{at(10), audit.Route{Distribution: "E1"}},
			{at(110 + 10*i), audit.Route{Distribution: "E2"}},
		}
	}
	return h
}

func check(h *history, since time.Time) []audit.Violation {
	return audit.Check(h, zone{h}, since, name)
}

func TestACutoverInTheRightOrderHasNoViolations(t *testing.T) {
	t.Parallel()
	for _, v := range check(cutover(), at(0)) {
		t.Error(v)
	}
}

func TestEachBrokenPromiseIsFound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*history)
		want  []audit.Violation // Kind, At, Until, POP, Server, Type and Distribution
		says  string
	}{
		"a gap of one millisecond on one POP": {
			spoil: func(h *history) {
				gap := step{at(120).Add(-time.Millisecond), audit.Route{Reason: "unclaimed"}}
				h.pops[1] = slices.Insert(h.pops[1], 2, gap)
			},
			want: []audit.Violation{{Kind: audit.Unserved, At: at(120).Add(-time.Millisecond), Until: at(120), POP: 1, Server: -1}},
			says: "unserved on POP 1 at 03:01:59.999 for 1ms: unclaimed",
		},
		"an owner that has not arrived": {
			spoil: func(h *history) {
				h.pops[2] = append(h.pops[2], step{at(150), audit.Route{Distribution: "E3", Reason: "undeployed"}})
			},
			want: []audit.Violation{{Kind: audit.UndeployedSide, At: at(150), POP: 2, Server: -1, Distribution: "E3"}},
			says: "undeployed side on POP 2 at 03:02:30.000: undeployed [E3]",
		},
		"an owner that is disabled": {
			spoil: func(h *history) {
				h.pops[0] = append(h.pops[0], step{at(150), audit.Route{Distribution: "E2", Reason: "disabled"}})
			},
			want: []audit.Violation{{Kind: audit.DisabledSide, At: at(150), POP: 0, Server: -1, Distribution: "E2"}},
			says: "disabled side on POP 0",
		},
		"a policy that is on a POP before its staging distribution": {
			spoil: func(h *history) {
				h.pops[1] = append(h.pops[1],
					step{at(150), audit.Route{Distribution: "E2", Staging: "E9", StagingReason: "undeployed"}},
					step{at(155), audit.Route{Distribution: "E2", Staging: "E9"}})
			},
			want: []audit.Violation{{Kind: audit.BrokenStaging, At: at(150), Until: at(155), POP: 1, Server: -1, Distribution: "E9"}},
			says: "broken staging on POP 1 at 03:02:30.000 for 5s: undeployed [E9]",
		},
		"a move to a side that is deploying, though every POP happened to have it in time": {
			spoil: func(h *history) {
				h.versions["E2"][0].Arrives = []time.Time{at(30), at(105), at(106)}
			},
			want: []audit.Violation{{Kind: audit.MovedWhileDeploying, At: at(100), POP: 1, Server: -1, Distribution: "E2"}},
			says: "had not reached 2 of 3 POPs",
		},
		"remove and add, with the add carrying another change": {
			spoil: func(h *history) {
				h.events = []audit.AliasEvent{{At: at(0), To: "E1"}, {At: at(100), From: "E1"}, {At: at(100), To: "E2"}}
				h.versions["E2"][1] = audit.Version{At: at(100), Arrives: all(3, 130)}
			},
			want: []audit.Violation{{Kind: audit.MovedWhileDeploying, At: at(100), POP: 0, Server: -1, Distribution: "E2"}},
			says: "still deploying",
		},
		"the old side deleted while one name server points at it": {
			spoil: func(h *history) {
				h.targets[blue] = append(h.targets[blue], target{at(143), audit.Target{}})
			},
			want: []audit.Violation{{Kind: audit.RecordDangling, At: at(143), Until: at(144), POP: -1, Server: 3, Type: "A"}},
			says: "points at dblue.cloudfront.net, which does not exist",
		},
		"a side disabled under its record": {
			spoil: func(h *history) {
				h.targets[green] = append(h.targets[green], target{at(150), audit.Target{Distribution: "E2", Resolves: true}})
				h.versions["E2"] = append(h.versions["E2"], audit.Version{At: at(150), Arrives: all(3, 170)})
			},
			want: []audit.Violation{
				{Kind: audit.RecordDangling, At: at(150), POP: -1, Server: 0, Type: "A", Distribution: "E2"},
				{Kind: audit.RecordDangling, At: at(150), POP: -1, Server: 1, Type: "A", Distribution: "E2"},
				{Kind: audit.RecordDangling, At: at(150), POP: -1, Server: 2, Type: "A", Distribution: "E2"},
				{Kind: audit.RecordDangling, At: at(150), POP: -1, Server: 3, Type: "A", Distribution: "E2"},
			},
			says: "which is disabled",
		},
		"a weighted record to a name that does not resolve": {
			spoil: func(h *history) {
				h.targets["dnew.cloudfront.net"] = []target{{at(145), audit.Target{Distribution: "E3", Enabled: true}}}
				h.records = append(h.records, audit.RecordEvent{
					At: at(150), Type: "AAAA", SetIdentifier: "b", Action: "CREATE", Target: "dnew.cloudfront.net",
					Arrives: []time.Time{at(151), never, never, never},
				})
				h.pops = [3][]step{}
				h.events = nil // nobody owns the name, so DNS may go first
			},
			want: []audit.Violation{{Kind: audit.RecordDangling, At: at(151), POP: -1, Server: 0, Type: "AAAA", Distribution: "E3"}},
			says: "which does not resolve",
		},
		"a record deleted before its replacement": {
			spoil: func(h *history) {
				h.records = slices.Insert(h.records, 1, audit.RecordEvent{
					At: at(135), Type: "A", Action: "DELETE", Target: blue, Arrives: []time.Time{at(142), at(142), at(142), at(142)},
				})
				h.records[2].Arrives = []time.Time{at(142), at(142), at(145), at(142)}
			},
			want: []audit.Violation{{Kind: audit.RecordMissing, At: at(142), Until: at(145), POP: -1, Server: 2, Type: "A"}},
			says: "had a record and has none",
		},
		"DNS before the last POP": {
			spoil: func(h *history) {
				h.records[1].At = at(125)
			},
			want: []audit.Violation{{Kind: audit.DNSLeads, At: at(125), POP: 2, Server: -1, Type: "A", Distribution: "E2"}},
			says: "1 of 3 POPs did not serve the name from",
		},
	}
	for title, tt := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			h := cutover()
			tt.spoil(h)
			got := check(h, at(20))
			said := false
			var plain []audit.Violation
			for _, v := range got {
				said = said || strings.Contains(v.String(), tt.says)
				v.Name, v.Reason = "", ""
				plain = append(plain, v)
			}
			if !slices.Equal(plain, tt.want) {
				t.Errorf("found %v\nwant  %v", got, tt.want)
			}
			if !said {
				t.Errorf("none of %v says %q", got, tt.says)
			}
		})
	}
}

var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func TestAnEditCountsAgainstAMoveOnlyIfItWasWrittenNoLater(t *testing.T) {
	t.Parallel()
	// The clock stands still at 100: only the order of the writes tells what was before the move.
	for title, tt := range map[string]struct {
		seq  int
		want []audit.Kind
	}{
		"written before the move":         {seq: 2, want: []audit.Kind{audit.MovedWhileDeploying}},
		"written by the move's own write": {seq: 3, want: []audit.Kind{audit.MovedWhileDeploying}},
		"written after the move":          {seq: 4},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			h := cutover()
			h.events[1].Seq, h.versions["E2"][1].Seq = 3, 3
			edit := audit.Version{At: at(100), Seq: tt.seq, Arrives: all(3, 130)}
			h.versions["E2"] = append(h.versions["E2"], edit)
			slices.SortStableFunc(h.versions["E2"], func(a, b audit.Version) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Seq, b.Seq)) })
			var got []audit.Kind
			for _, v := range check(h, at(20)) {
				got = append(got, v.Kind)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAStagingDistributionThatServesIsAsGoodAsTheOwner(t *testing.T) {
	t.Parallel()
	h := cutover()
	for i := range h.pops {
		h.pops[i] = append(h.pops[i],
			step{at(150 + i), audit.Route{Distribution: "E2", Staging: "E9"}},
			step{at(170 - i), audit.Route{Distribution: "E2"}})
	}
	if got := check(h, at(0)); len(got) != 0 {
		t.Errorf("found %v, want nothing", got)
	}
}

func TestWhatHappenedBeforeSinceIsNotJudged(t *testing.T) {
	t.Parallel()
	h := cutover()
	h.records[1].At = at(125)
	h.versions["E2"][0].Arrives = all(3, 105)
	h.pops[1] = slices.Insert(h.pops[1], 2, step{at(115), audit.Route{Reason: "unclaimed"}})
	if got := check(h, at(135)); len(got) != 0 {
		t.Errorf("found %v, want nothing", got)
	}
	if got := check(h, at(90)); len(got) != 3 {
		t.Errorf("found %v, want three violations", got)
	}
}

func TestTheFirstOwnerOfANameMovesNothing(t *testing.T) {
	t.Parallel()
	h := cutover()
	h.events = h.events[:1]
	h.records = h.records[:1]
	for i := range h.pops {
		h.pops[i] = h.pops[i][:2]
	}
	if got := check(h, at(-10)); len(got) != 0 {
		t.Errorf("found %v, want nothing", got)
	}
}

func TestAnotherWeightForTheSameTargetIsNotDNSLeading(t *testing.T) {
	t.Parallel()
	h := cutover()
	h.records[1] = audit.RecordEvent{At: at(115), Type: "A", Action: "UPSERT", Target: blue, Arrives: all(4, 116)}
	if got := check(h, at(0)); len(got) != 0 {
		t.Errorf("found %v, want nothing", got)
	}
}

func TestACNAMEThatBecomesAnAliasRecordIsNotMissing(t *testing.T) {
	t.Parallel()
	h := cutover()
	h.records = []audit.RecordEvent{
		{At: at(15), Type: "CNAME", Action: "CREATE", Target: blue, Arrives: all(4, 16)},
		{At: at(140), Type: "CNAME", Action: "DELETE", Target: blue, Arrives: all(4, 141)},
		{At: at(140), Type: "A", Action: "CREATE", Target: green, Arrives: all(4, 141)},
	}
	if got := check(h, at(0)); len(got) != 0 {
		t.Errorf("found %v, want nothing", got)
	}
}
