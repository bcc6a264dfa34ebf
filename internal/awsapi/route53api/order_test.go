package route53api_test

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A listing is a hosted zone that answers ListResourceRecordSets as Route 53 documents
// it: by name with the labels reversed, compared as text, trailing dot included; then by
// type, then by set identifier. It is written from the API reference and knows nothing
// of the simulator or of the client. Whether an escaped character sorts as what it stands for or
// as it is spelled the reference does not say, so both occur.
type listing struct {
	sets    []listedSet
	page    int  // sets a page, whatever is asked for
	decoded bool // \052 sorts as *
	calls   int
}

type listedSet struct{ name, typ, id string }

type answeredSet struct {
	Name, Type    string
	SetIdentifier string `xml:",omitempty"`
	Weight        *int   `xml:",omitempty"`
	TTL           int
	Values        []string `xml:"ResourceRecords>ResourceRecord>Value"`
}

func (l *listing) key(name string) string {
	if l.decoded {
		name = strings.ReplaceAll(name, `\052`, "*")
	}
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

func (l *listing) order(a, b listedSet) int {
	return cmp.Or(strings.Compare(l.key(a.name), l.key(b.name)), strings.Compare(a.typ, b.typ), strings.Compare(a.id, b.id))
}

// spelled is how Route 53 stores a name.
func spelled(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSuffix(name, ".")), "*", `\052`) + "."
}

// RoundTrip implements http.RoundTripper.
func (l *listing) RoundTrip(r *http.Request) (*http.Response, error) {
	l.calls++
	q := r.URL.Query()
	from := listedSet{spelled(q.Get("name")), q.Get("type"), q.Get("identifier")}
	sets := slices.DeleteFunc(slices.Clone(l.sets), func(s listedSet) bool { return q.Get("name") != "" && l.order(s, from) < 0 })
	var out struct {
		XMLName              xml.Name      `xml:"ListResourceRecordSetsResponse"`
		Sets                 []answeredSet `xml:"ResourceRecordSets>ResourceRecordSet"`
		IsTruncated          bool
		NextRecordName       string `xml:",omitempty"`
		NextRecordType       string `xml:",omitempty"`
		NextRecordIdentifier string `xml:",omitempty"`
		MaxItems             int
	}
	for i, s := range sets {
		if i == l.page {
			out.IsTruncated, out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier = true, s.name, s.typ, s.id
			break
		}
		set := answeredSet{Name: s.name, Type: s.typ, TTL: 60, Values: []string{"192.0.2.1"}}
		if s.id != "" {
			set.SetIdentifier, set.Weight = s.id, new(1)
		}
		out.Sets = append(out.Sets, set)
	}
	body, err := xml.Marshal(out)
	if err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, nil
}

// Labels that sort on either side of the dot, before and after letters, and prefixes of
// one another.
var labels = []string{"a", "b", "a-b", "a-", "origin", "origin-api", "origin1", "origin_x", "0", "z", "_dmarc", "*", `a\100b`, `a\041`, "xn--mnchen-3ya"}

func anyName(r *rand.Rand) string {
	out := "example.com"
	for range r.IntN(4) {
		out = labels[r.IntN(len(labels))] + "." + out
	}
	return out
}

// Whatever the names and whatever their neighbours, each gets all of its record sets and
// nothing of anybody else's: together, alone, and in calls whose number is bounded.
func TestEveryNameGetsItsOwnRecordsWhateverItsNeighbours(t *testing.T) {
	t.Parallel()
	const rounds = 400
	var asked int
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // the same each time
		l := &listing{page: 1 + r.IntN(6), decoded: r.IntN(2) == 0}
		want := map[string][]string{}
		for range r.IntN(30) {
			name, typ := anyName(r), []string{"A", "AAAA", "CNAME", "HTTPS"}[r.IntN(4)]
			if want[name] != nil && r.IntN(2) == 0 {
				continue
			}
			ids := []string{""}
			if r.IntN(3) == 0 {
				ids = []string{"blue", "Green", "a b", "0"}[:1+r.IntN(4)]
			}
			for _, id := range ids {
				s := listedSet{spelled(name), typ, id}
				if !slices.Contains(l.sets, s) {
					l.sets = append(l.sets, s)
					want[name] = append(want[name], typ+" "+id)
				}
			}
		}
		slices.SortFunc(l.sets, l.order)
		var names []string
		for range 1 + r.IntN(6) {
			names = append(names, anyName(r))
		}
		asked += len(names)
		client := route53api.New(config(l), "", clock.System{})
		l.calls = 0
		found, err := client.RecordsOf(t.Context(), "Z1EXAMPLE", names)
		if err != nil {
			t.Fatal(err)
		}
		if most := len(names) + len(l.sets)*len(names)/l.page + 1; l.calls > most {
			t.Errorf("seed %d: %d calls for %d names and %d record sets", seed, l.calls, len(names), len(l.sets))
		}
		check := func(how, name string, got []route53api.Record) {
			var have []string
			for _, g := range got {
				if g.Name != name {
					t.Errorf("seed %d, %s: %s got a record of %s", seed, how, name, g.Name)
				}
				have = append(have, g.Type+" "+g.SetIdentifier)
			}
			slices.Sort(have)
			slices.Sort(want[name])
			if !slices.Equal(have, want[name]) {
				t.Errorf("seed %d, %s: %s has %q, want %q", seed, how, name, have, want[name])
			}
		}
		l.calls = 0
		for _, name := range slices.Concat(names, names) { // each by a reader of its own
			shared, err := client.SharedRecords(t.Context(), "Z1EXAMPLE", []string{name})
			if err != nil {
				t.Fatal(err)
			}
			check("shared", name, shared[name])
		}
		if most := 2*len(names) + len(l.sets)*len(names)/l.page + 1; l.calls > most {
			t.Errorf("seed %d: %d calls of %d names that share, and %d record sets", seed, l.calls, len(names), len(l.sets))
		}
		for _, name := range names {
			check("together", name, found[name])
			alone, err := client.Records(t.Context(), "Z1EXAMPLE", name)
			if err != nil {
				t.Fatal(err)
			}
			check("alone", name, alone)
			under, _, err := client.Under(t.Context(), "Z1EXAMPLE", name)
			if err != nil {
				t.Fatal(err)
			}
			var n int
			for _, s := range l.sets {
				if strings.HasSuffix(s.name, "."+spelled(name)) {
					n++
				}
			}
			if len(under) != n {
				t.Errorf("seed %d: %d record sets under %s, want %d", seed, len(under), name, n)
			}
		}
		if t.Failed() {
			t.Fatal(fmt.Sprint(l.sets))
		}
	}
	t.Logf("%d zones, %d names", rounds, asked)
}
