package ramp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/ramp"
)

// set is a weighted record with one value.
func set(name, typ, id string, weight int64, value string) ramp.Record {
	return ramp.Record{Key: ramp.Key{Name: name, Type: typ}, ID: id, Weight: weight, Values: []string{value}, TTL: 60}
}

func TestAPairIsWhatARampLeavesAsItIs(t *testing.T) {
	t.Parallel()
	const name = "www.example.com"
	apex := []ramp.Record{
		{Key: ramp.Key{Name: "example.com", Type: "SOA"}, Values: []string{"ns.example.net."}},
		{Key: ramp.Key{Name: "example.com", Type: "NS"}, Values: []string{"ns.example.net."}},
	}
	slower := set(name, "AAAA", "green", 10, "2001:db8::2")
	slower.TTL = 300
	for label, test := range map[string]struct {
		target string
		zone   []ramp.Record
		want   string // target, weight, types, collapse, or why there is none
	}{
		"the one that gets less": {"", []ramp.Record{set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2")}, "green 10 A true"},
		"whatever it is called":  {"", []ramp.Record{set(name, "A", "blue", 1, "192.0.2.1"), set(name, "A", "green", 3, "192.0.2.2")}, "blue 25 A true"},
		"of two equals":          {"", []ramp.Record{set(name, "A", "blue", 0, "192.0.2.1"), set(name, "A", "green", 0, "192.0.2.2")}, "green 50 A true"},
		"the one that is asked for": {
			"blue", []ramp.Record{set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2")}, "blue 90 A true",
		},
		"without the one that is asked for": {"red", []ramp.Record{set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2")}, ""},
		"everything on one side": {
			"", []ramp.Record{set(name, "A", "blue", 100, "192.0.2.1"), set(name, "A", "green", 0, "192.0.2.2")}, "green 0 A false",
		},
		"two types": {
			"", []ramp.Record{
				set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2"),
				set(name, "AAAA", "blue", 90, "2001:db8::1"), set(name, "AAAA", "green", 10, "2001:db8::2"),
			}, "green 10 A,AAAA true",
		},
		"a type that divides otherwise": {
			"", []ramp.Record{
				set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2"),
				set(name, "AAAA", "blue", 80, "2001:db8::1"), set(name, "AAAA", "green", 20, "2001:db8::2"),
			}, "its types do not have the same shares, TTLs and targets",
		},
		"a type with another TTL": {
			"", []ramp.Record{
				set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2"),
				set(name, "AAAA", "blue", 90, "2001:db8::1"), slower,
			}, "its types do not have the same shares, TTLs and targets",
		},
		"a type of one side": {
			"", []ramp.Record{
				set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2"), set(name, "AAAA", "blue", 90, "2001:db8::1"),
			}, "green does not have every type of A, AAAA",
		},
		"three of them": {
			"",
			[]ramp.Record{set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 5, "192.0.2.2"), set(name, "A", "red", 5, "192.0.2.3")},
			"its weighted records are called blue, green, red, and a ramp has two sides",
		},
		"one alone":   {"", []ramp.Record{set(name, "A", "blue", 90, "192.0.2.1")}, "its weighted records are called blue, and a ramp has two sides"},
		"half of one": {"", []ramp.Record{set(name, "A", "blue", 2, "192.0.2.1"), set(name, "A", "green", 1, "192.0.2.2")}, "green has 33.33 percent, and a ramp has whole ones"},
		"of mail":     {"", []ramp.Record{set(name, "MX", "blue", 2, "10 mx."), set(name, "MX", "green", 1, "10 mx2.")}, ""},
		"simple":      {"", []ramp.Record{{Key: ramp.Key{Name: name, Type: "A"}, Values: []string{"192.0.2.1"}, TTL: 60}}, ""},
		"by latency":  {"", []ramp.Record{{Key: ramp.Key{Name: name, Type: "A"}, ID: "blue", Routing: "latency", Values: []string{"192.0.2.1"}}}, ""},
		"beside a text": {
			"", []ramp.Record{
				set(name, "A", "blue", 90, "192.0.2.1"), set(name, "A", "green", 10, "192.0.2.2"),
				{Key: ramp.Key{Name: name, Type: "TXT"}, Values: []string{`"v"`}, TTL: 60},
			}, "green 10 A true",
		},
		"handed on": {
			"", []ramp.Record{
				set("a."+name, "A", "blue", 90, "192.0.2.1"), set("a."+name, "A", "green", 10, "192.0.2.2"),
				{Key: ramp.Key{Name: name, Type: "NS"}, Values: []string{"ns.example.org."}},
			}, "the zone hands www.example.com to other name servers",
		},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			got := ""
			for _, p := range ramp.Pairs("Z1", test.target, append(slices.Clone(apex), test.zone...)) {
				if got += p.Why; p.Why == "" {
					got += fmt.Sprintf("%s %d %s %v", p.Spec.Target.ID, p.Spec.Weight, strings.Join(p.Spec.Types, ","), p.Spec.Collapse)
				}
			}
			if got != test.want {
				t.Errorf("it is %q, want %q", got, test.want)
			}
		})
	}
}
