package switchover_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
)

// listed is a distribution with a comment and names.
func listed(id, comment string, names ...string) switchover.Listed {
	return switchover.Listed{Comment: comment, Distribution: switchover.Distribution{ID: id, Domain: strings.ToLower(id) + ".cloudfront.net", Aliases: names}}
}

// pointing is a zone whose name points at a distribution.
func pointing(name, id string, ns ...string) switchover.Zoned {
	z := switchover.Zoned{
		Zone: switchover.Zone{Domain: "example.com", ID: "Z1"}, Actual: "example.com", Handed: map[string]bool{},
		Records: map[string][]switchover.Record{name: {{Name: name, Type: "A", Target: strings.ToLower(id) + ".cloudfront.net", AliasZone: cutover.CloudFrontZone}}},
	}
	for _, at := range ns {
		z.Handed[at] = true
	}
	return z
}

func TestAPairIsWhatASwitchLeavesAsItIs(t *testing.T) {
	t.Parallel()
	const www = "www.example.com"
	blue, green := listed("E1", "shop-blue", www), listed("E2", "shop-green")
	other := pointing(www, "E1")
	other.Actual = "example.org"
	copied := listed("E3", "shop-blue")
	copied.Staging = true
	comments := switchover.Pattern{Text: "{site}-{side}", Sides: []string{"blue", "green"}}
	names := switchover.Pattern{Text: "{side}.{site}.example.com", OnNames: true, Sides: []string{"blue", "green"}}
	for label, test := range map[string]struct {
		pattern switchover.Pattern
		list    []switchover.Listed
		zones   []switchover.Zoned
		want    string
	}{
		"one of them has names": {comments, []switchover.Listed{green, blue}, nil, "shop: blue=E1 green=E2 live=blue www.example.com"},
		"two sites": {
			comments,
			[]switchover.Listed{green, blue, listed("E4", "docs-blue"), listed("E5", "docs-green", "docs.example.com", "a.example.com")},
			nil,
			"docs: blue=E4 green=E5 live=green a.example.com docs.example.com\nshop: blue=E1 green=E2 live=blue www.example.com",
		},
		"both have names":  {comments, []switchover.Listed{blue, listed("E2", "shop-green", "old.example.com")}, nil, "shop: blue and green both have names"},
		"neither has one":  {comments, []switchover.Listed{listed("E1", "shop-blue"), green}, nil, "shop: none of its sides has a name"},
		"a side too few":   {comments, []switchover.Listed{blue}, nil, "shop: it has no green"},
		"a side twice":     {comments, []switchover.Listed{blue, green, listed("E3", "shop-green")}, nil, "shop: E2 and E3 are both green"},
		"of another kind":  {comments, []switchover.Listed{listed("E1", "the shop, blue", www)}, nil, ""},
		"a dot is a dot":   {switchover.Pattern{Text: "{site}.{side}", Sides: []string{"blue"}}, []switchover.Listed{blue}, nil, ""},
		"a copy beside it": {comments, []switchover.Listed{blue, green, copied}, nil, "shop: blue=E1 green=E2 live=blue www.example.com"},
		"three sides": {
			switchover.Pattern{Text: "{side} of {site}", Sides: []string{"a", "b", "c"}},
			[]switchover.Listed{listed("E1", "a of shop"), listed("E2", "b of shop", www), listed("E3", "c of shop")},
			nil,
			"shop: a=E1 b=E2 c=E3 live=b www.example.com",
		},
		"in two ways": {
			switchover.Pattern{Text: "{site}{side}", Sides: []string{"green", "evergreen"}}, []switchover.Listed{listed("E1", "shopevergreen", www)}, nil, "E1: it fits {site}{side} in more than one way",
		},
		"by names of their own": {
			names, []switchover.Listed{listed("E1", "", "blue.shop.example.com"), listed("E2", "", "green.shop.example.com", www)}, nil, "shop: blue=E1 green=E2 live=green www.example.com",
		},
		"by names, and no other": {
			names, []switchover.Listed{listed("E1", "", "blue.shop.example.com"), listed("E2", "", "green.shop.example.com")}, nil, "shop: none of its sides has a name",
		},
		"of two sites": {
			names, []switchover.Listed{listed("E1", "", "blue.shop.example.com", "blue.docs.example.com")}, nil, "E1: it fits {side}.{site}.example.com in more than one way",
		},
		"with records":            {comments, []switchover.Listed{blue, green}, []switchover.Zoned{pointing(www, "E1")}, "shop: blue=E1 green=E2 live=blue www.example.com in example.com"},
		"records point elsewhere": {comments, []switchover.Listed{blue, green}, []switchover.Zoned{pointing(www, "E2")}, "shop: not all of its records are alias records that point at blue (e1.cloudfront.net)"},
		"no records":              {comments, []switchover.Listed{blue, green}, []switchover.Zoned{pointing("a.example.com", "E1")}, "shop: not all of its records are alias records that point at blue (e1.cloudfront.net)"},
		"outside of the zone": {
			comments, []switchover.Listed{listed("E1", "shop-blue", "www.example.org"), green}, []switchover.Zoned{pointing(www, "E1")}, "shop: www.example.org lies in none of the zones",
		},
		"handed on":        {comments, []switchover.Listed{blue, green}, []switchover.Zoned{pointing(www, "E1", www)}, "shop: the zone hands www.example.com to other name servers"},
		"of another zone":  {comments, []switchover.Listed{blue, green}, []switchover.Zoned{other}, `shop: Z1 is the zone of "example.org", and not of example.com`},
		"nobody is listed": {comments, nil, nil, ""},
	} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range switchover.Pairs(test.pattern, test.list, test.zones) {
				if p.Why != "" {
					got = append(got, p.Site+": "+p.Why)
					continue
				}
				text := p.Site + ":"
				for _, side := range slices.Sorted(maps.Keys(p.Spec.Sides)) {
					text += fmt.Sprintf(" %s=%s", side, p.Spec.Sides[side])
				}
				text += fmt.Sprintf(" live=%s %s", p.Spec.Live, strings.Join(p.Spec.Names, " "))
				for _, z := range p.Spec.Zones {
					text += " in " + z.Domain
				}
				got = append(got, text)
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("it finds\n%s\nwant\n%s", strings.Join(got, "\n"), test.want)
			}
		})
	}
}
