package provider_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// spread is a site whose green and whose zone are in other accounts.
func spread(t *testing.T) *acctest.Env {
	t.Helper()
	s := site()
	s.Zones = nil
	e := acctest.New(t, s)
	e.Spread()
	return e
}

func TestADataSourceAsksInTheAccountItNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := spread(t)
		read := func(typ string, config acctest.Config) acctest.Answer {
			d := acctest.NewData(typ, clock.System{}, e.World.Transport())
			d.Provider["accounts"] = acctest.Accounts()
			out, err := d.Read(context.Background(), config)
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		for typ, config := range map[string]acctest.Config{
			"cdn_distribution":      {"id": e.Green.ID},
			"cdn_alias_owner":       {"name": "www.example.com", "distribution_id": e.Green.ID},
			"cdn_traffic":           {"distribution_id": e.Green.ID},
			"cdn_orphaned_policies": {},
			"cdn_promotion_status":  {"primary_distribution_id": e.Green.ID},
		} {
			since := e.World.Journal().Seq()
			config["account"] = "new"
			if out := read(typ, config); len(out.Diags.Errors()) > 0 {
				t.Errorf("%s: %s", typ, out.Diags)
			}
			for _, c := range e.Calls(since) {
				if c.Service != "sts" && strings.Split(c.Caller, ":")[4] != acctest.NewAccount {
					t.Errorf("%s made %s as %s", typ, c.Operation, c.Caller)
				}
			}
			config["account"] = "prod"
			if out := read(typ, config); len(out.Diags.Errors()) != 1 || out.Diags.Errors()[0].Summary != "There is no such account" {
				t.Errorf("%s: %s", typ, out.Diags)
			}
		}
	})
}

func TestAnActionWorksInTheAccountItNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := spread(t)
		c := acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
		c.Provider["accounts"] = acctest.Accounts()
		for typ, x := range map[string]struct {
			config acctest.Config
			fails  string
		}{
			"cdn_invalidate":             {acctest.Config{"distribution_id": e.Green.ID, "paths": []string{"/*"}}, ""},
			"cdn_wait_deployed":          {acctest.Config{"distribution_ids": []string{e.Green.ID}}, ""},
			"cdn_delete_orphaned_policy": {acctest.Config{"policy_id": "none"}, ""},
			"cdn_roll_back":              {acctest.Config{"primary_distribution_id": e.Green.ID, "staging_distribution_id": e.Blue.ID, "policy_id": "none", "snapshot_bucket": "none"}, "it has no policy"},
		} {
			since := e.World.Journal().Seq()
			x.config["account"] = "new"
			got, err := c.InvokeAction(context.Background(), typ, x.config)
			if err != nil || (len(got.Diags.Errors()) > 0) != (x.fails != "") {
				t.Errorf("%s: %v %s", typ, err, got.Diags)
			}
			made := 0
			for _, call := range e.Calls(since) {
				if call.Service == "sts" {
					continue
				}
				if made++; strings.Split(call.Caller, ":")[4] != acctest.NewAccount {
					t.Errorf("%s made %s as %s", typ, call.Operation, call.Caller)
				}
			}
			if made == 0 {
				t.Errorf("%s made no call", typ)
			}
			x.config["account"] = "prod"
			if got, err := c.InvokeAction(context.Background(), typ, x.config); err != nil || len(got.Diags.Errors()) != 1 || got.Diags.Errors()[0].Summary != "There is no such account" {
				t.Errorf("%s: %v %s", typ, err, got.Diags)
			}
		}
	})
}

func TestARampKeepsRecordsInTheAccountItNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := spread(t)
		c := acctest.NewCore("cdn_weighted_ramp", clock.System{}, e.World.Transport())
		c.Provider["accounts"] = acctest.Accounts()
		config := func(weight int) acctest.Config {
			side := func(value string) map[string]any {
				return map[string]any{"ttl": 60, "values": map[string]any{"A": []string{value}}}
			}
			return acctest.Config{
				"zone_id": e.ZoneIDs["example.com"], "account": "dns", "names": []string{"api.example.com"}, "types": []string{"A"},
				"sides":  map[string]any{"blue": side("192.0.2.1"), "green": side("192.0.2.2")},
				"target": "green", "weight": weight,
			}
		}
		for _, weight := range []int{0, 100} {
			if d := c.MustConverge(context.Background(), t, config(weight)).Errors(); len(d) > 0 {
				t.Fatal(d)
			}
		}
		if id := c.Get("id"); !strings.HasPrefix(id, e.ZoneIDs["example.com"]+"@dns;") {
			t.Errorf("the import id is %s", id)
		}
		for _, call := range e.Calls(0) {
			if call.Service == "route53" && strings.Split(call.Caller, ":")[4] != acctest.DNSAccount {
				t.Errorf("%s was made as %s", call.Operation, call.Caller)
			}
		}
	})
}
