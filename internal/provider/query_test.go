package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/matrix"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/permissions"
)

// An estate is what is there before anybody lists it.
type estate struct {
	// set makes it, and says what to ask for, and what is found by that.
	set func(e *acctest.Env) (config acctest.Config, ids []string)
	bad map[string]func(e *acctest.Env) acctest.Config // nil: a CLI takes everything that it can be given
	// whole, if set, makes of what is found what a plan has nothing to add to.
	whole func(e *acctest.Env, ids []string)
}

// estates are those of the lists, by type.
var estates = map[string]estate{
	"cdn_bluegreen_switch": {
		set: func(e *acctest.Env) (acctest.Config, []string) {
			zone := e.ZoneIDs["example.com"]
			e.Certificate = e.Certify("*.example.com")
			var ids []string
			for _, site := range []string{"docs", "shop"} {
				name := site + ".example.com"
				blue := e.Distribute(site+"-blue", func(c *cftypes.DistributionConfig) {
					c.Aliases = &cftypes.Aliases{Quantity: aws.Int32(1), Items: []string{name}}
				})
				green := e.Distribute(site+"-green", nil)
				e.PointByHand(name, blue.Domain, "A", "AAAA")
				ids = append(ids, fmt.Sprintf("blue=%s,green=%s;%s;example.com=%s", blue.ID, green.ID, name, zone))
			}
			e.Settle()
			return acctest.Config{"pattern": "{site}-{side}", "zones": map[string]any{"example.com": zone}}, ids
		},
		bad: map[string]func(e *acctest.Env) acctest.Config{
			"a pattern without a side": func(*acctest.Env) acctest.Config { return acctest.Config{"pattern": "{site}-blue"} },
			"a side in capitals": func(*acctest.Env) acctest.Config {
				return acctest.Config{"pattern": "{site}-{side}", "sides": []string{"Blue", "Green"}}
			},
			"a domain for a zone": func(*acctest.Env) acctest.Config {
				return acctest.Config{"pattern": "{site}-{side}", "zones": map[string]any{"example.com": "example.com"}}
			},
			"another thing to match": func(*acctest.Env) acctest.Config {
				return acctest.Config{"pattern": "{site}-{side}", "match": "tags"}
			},
		},
	},
	"cdn_continuous_deployment": {
		set: func(e *acctest.Env) (acctest.Config, []string) {
			joined := e.JoinByHand(e.CopyByHand(e.Blue), acctest.ByWeight(0.1), false)
			e.AttachByHand(e.Blue, joined)
			e.JoinByHand(e.CopyByHand(e.Green), acctest.ByWeight(0.1), false)
			e.Settle()
			return acctest.Config{"orphaned": false}, []string{joined}
		},
	},
	"cdn_staging_distribution": {
		set: func(e *acctest.Env) (acctest.Config, []string) {
			one, other := e.CopyByHand(e.Blue), e.CopyByHand(e.Green)
			e.AttachByHand(e.Blue, e.JoinByHand(one, acctest.ByWeight(0.1), false))
			e.Settle()
			return acctest.Config{}, []string{one.ID, other.ID}
		},
		bad: map[string]func(e *acctest.Env) acctest.Config{
			"a domain name for an id": func(*acctest.Env) acctest.Config {
				return acctest.Config{"primary_distribution_id": "d111111abcdef8.cloudfront.net"}
			},
		},
		whole: func(e *acctest.Env, ids []string) { // nobody but a policy knows what the other is a copy of
			for _, d := range e.Staging() {
				if d.ID == ids[1] {
					e.AttachByHand(e.Green, e.JoinByHand(d, acctest.ByWeight(0.1), false))
				}
			}
		},
	},
	"cdn_weighted_ramp": {
		set: func(e *acctest.Env) (acctest.Config, []string) {
			e.ChangeByHand("api.example.com", divided("api.example.com", map[string]int64{"blue": 9, "green": 1})...)
			e.ChangeByHand("old.example.com", divided("old.example.com", map[string]int64{"Old site": 0, "New, site": 7})...)
			zone := e.ZoneIDs["example.com"]
			return acctest.Config{"zone_id": zone}, []string{zone + ";api.example.com;A;blue,green", zone + ";old.example.com;A;new-site=New%2C%20site,old-site=Old%20site"}
		},
		bad: map[string]func(e *acctest.Env) acctest.Config{
			"a domain for a zone": func(*acctest.Env) acctest.Config { return acctest.Config{"zone_id": "example.com"} },
			"no zone":             func(*acctest.Env) acctest.Config { return acctest.Config{} },
		},
	},
}

// divided is a pair of weighted records of a name, by the identifiers of its sides and their weights.
func divided(name string, weights map[string]int64) []r53types.Change {
	var out []r53types.Change
	for i, id := range slices.Sorted(maps.Keys(weights)) {
		out = append(out, r53types.Change{Action: r53types.ChangeActionCreate, ResourceRecordSet: &r53types.ResourceRecordSet{
			Name: aws.String(name), Type: r53types.RRTypeA, SetIdentifier: aws.String(id), Weight: aws.Int64(weights[id]), TTL: aws.Int64(60),
			ResourceRecords: []r53types.ResourceRecord{{Value: aws.String(fmt.Sprintf("192.0.2.%d", i+1))}},
		}})
	}
	return out
}

func estateOf(t *testing.T, typ string) (e *acctest.Env, l *acctest.List, config acctest.Config, want []string) {
	t.Helper()
	e = acctest.New(t, site())
	config, want = estates[typ].set(e)
	slices.Sort(want)
	return e, acctest.NewList(typ, clock.System{}, e.World.Transport()), config, want
}

func ids(found []acctest.Listed) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.ID)
	}
	slices.Sort(out)
	return out
}

func eachEstate(t *testing.T, test func(t *testing.T, typ string)) {
	t.Helper()
	listed := schemas(t).ListResourceSchemas
	if len(listed) != len(estates) || len(listed) != len(permissions.Listed()) {
		t.Errorf("%d lists, %d of them tested, and %d in the table of permissions", len(listed), len(estates), len(permissions.Listed()))
	}
	for typ := range listed {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, typ) })
		})
	}
}

func TestAListNeedsWhatItsPageSays(t *testing.T) {
	t.Parallel()
	eachEstate(t, func(t *testing.T, typ string) {
		t.Helper()
		e, l, config, want := estateOf(t, typ)
		grants := permissions.Grants(permissions.Query, []string{typ}, permissions.Options{})
		policy, err := permissions.Policy(permissions.Query, []string{typ}, permissions.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.World.Restrict(policy); err != nil {
			t.Fatal(err)
		}
		before := e.World.Journal().Seq()
		found, said, err := l.Ask(t.Context(), config)
		if err != nil || len(said) > 0 || !slices.Equal(ids(found), want) {
			t.Fatalf("found %v, want %v\n%v%s", ids(found), want, err, said)
		}
		matrix.Exact(t, e, before, permissions.Query, typ, permissions.Options{})
		if wrote := e.Writes(before); len(wrote) > 0 {
			t.Errorf("it wrote %v", wrote)
		}
		for _, g := range grants {
			policy, err := permissions.Without(g.Action, permissions.Query, []string{typ}, permissions.Options{})
			if len(grants) == 1 { // a policy has to allow something
				policy = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*"}]}`
			}
			if err == nil {
				err = e.World.Restrict(policy)
			}
			if err != nil {
				t.Fatal(err)
			}
			found, said, err := l.Ask(t.Context(), config)
			switch {
			case err != nil:
				t.Error(err)
			case g.Optional && (len(said) > 0 || !slices.Equal(ids(found), want)):
				t.Errorf("without %s, which is optional, it found %v, and said\n%s", g.Action, ids(found), said)
			case !g.Optional && (len(said.Errors()) != 1 || !strings.Contains(said.String(), g.Action)):
				t.Errorf("without %s it found %v, and said\n%s", g.Action, ids(found), said)
			}
		}
		var shown bytes.Buffer
		if err := json.Indent(&shown, []byte(policy), "", "  "); err != nil {
			t.Fatal(err)
		}
		shown.WriteString("\n")
		file := filepath.Join("../../examples/list-resources", typ, "policy.json")
		golden.File(t, file, shown.String())
		page, err := os.ReadFile("../../templates/list-resources/" + strings.TrimPrefix(typ, "cdn_") + ".md.tmpl") //nolint:gosec // a name from a schema
		if err != nil || !strings.Contains(string(page), strings.TrimPrefix(file, "../../")) {
			t.Errorf("the page does not show %s: %v", file, err)
		}
	})
}

func TestAListStopsWhereItIsTold(t *testing.T) {
	t.Parallel()
	eachEstate(t, func(t *testing.T, typ string) {
		t.Helper()
		_, l, config, want := estateOf(t, typ)
		l.Bare, l.Limit = true, 1
		found, said, err := l.Ask(t.Context(), config)
		if err != nil || len(said) > 0 || len(found) != 1 || !slices.Contains(want, found[0].ID) || found[0].Name == "" || found[0].Resource.IsKnown() && !found[0].Resource.IsNull() {
			t.Errorf("found %v, %v%s", found, err, said)
		}
	})
}

func TestABadListIsRefusedBeforeAWSIsAsked(t *testing.T) {
	t.Parallel()
	eachEstate(t, func(t *testing.T, typ string) {
		t.Helper()
		e, l, _, _ := estateOf(t, typ)
		for name, bad := range estates[typ].bad {
			before := e.World.Journal().Seq()
			found, said, err := l.Ask(t.Context(), bad(e))
			if err != nil || len(found) > 0 || len(said.Errors()) == 0 || len(e.Calls(before)) > 0 {
				t.Errorf("%s: found %v with %v, %v%s", name, found, e.Calls(before), err, said)
			}
			golden.File(t, filepath.Join("testdata/query", typ, strings.ReplaceAll(name, " ", "-")+".txt"), said.String())
		}
	})
}
