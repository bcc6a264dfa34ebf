package provider_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/figure"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// overtaken are the data sources whose answers others may share, each with what somebody changes
// that it tells of.
var overtaken = map[string]func(e *acctest.Env, config acctest.Config){
	"cdn_alias_owner": func(e *acctest.Env, _ acctest.Config) { e.MoveByHand(third, e.Blue) },
	"cdn_distribution": func(e *acctest.Env, _ acctest.Config) {
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("later") })
	},
	"cdn_orphaned_policies": func(e *acctest.Env, _ acctest.Config) {
		e.JoinByHand(e.CopyByHand(e.Blue), acctest.ByWeight(0.05), false)
	},
	"cdn_preflight": func(e *acctest.Env, _ acctest.Config) {
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.PriceClass = cftypes.PriceClassPriceClass100 })
	},
	"cdn_promotion_status": func(e *acctest.Env, _ acctest.Config) {
		e.EditByHand(e.Green, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("later") })
	},
}

// What has no account's lists to go by.
var apart = []string{"cdn_http_probe", "cdn_traffic"}

func TestEveryDataSourceIsOneThatSharesOrDoesNot(t *testing.T) {
	t.Parallel()
	for kind := range dataSources {
		if _, shares := overtaken[kind]; shares == slices.Contains(apart, kind) {
			t.Errorf("%s: shares %t, and does not %t", kind, shares, !shares)
		}
	}
}

// In an apply a data source is read because of a write, and whoever else reads it there has read
// it before that write or after it: other providers write, too, and tell nobody.
func TestWhatADataSourceSaysInAnApplyIsOfAfterEveryWrite(t *testing.T) {
	t.Parallel()
	for kind, change := range overtaken {
		for name, begin := range map[string]func(w *acctest.Walk, c *acctest.Core) error{
			"of another provider": func(*acctest.Walk, *acctest.Core) error { return nil },
			// Nobody knows a CLI that refreshes and applies by one process.
			"in a process that has refreshed and applied": func(w *acctest.Walk, c *acctest.Core) error {
				if err := w.Refresh(context.Background(), c); err != nil {
					return err
				}
				p, err := c.PlanWithoutRefresh(context.Background(), invalidation(c, "second"))
				if err != nil {
					return err
				}
				return w.Apply(context.Background(), c, p)
			},
		} {
			t.Run(strings.TrimPrefix(kind, "cdn_")+" "+name, func(t *testing.T) {
				t.Parallel()
				inASite(t, kind, func(t *testing.T, e *acctest.Env, d *acctest.Data, config acctest.Config) {
					ctx := context.Background()
					c := acctest.NewCore("cdn_invalidation", clock.System{}, e.World.Transport())
					if said := c.MustConverge(ctx, t, acctest.Config{"distribution_id": e.Blue.ID, "paths": []any{"/*"}, "triggers": map[string]any{"release": "first"}}); len(said.Errors()) > 0 {
						t.Fatal(said)
					}
					w, err := acctest.Begin(ctx, provider.World{Transport: acctest.Distant(e.World.Transport())}, d.Provider)
					if err == nil {
						err = begin(w, c)
					}
					if err != nil {
						t.Fatal(err)
					}
					first, err := w.Read(ctx, d, config)
					if err != nil || len(first.Diags.Errors()) > 0 {
						t.Fatal(err, first.Diags)
					}
					change(e, config)
					second, err := w.Read(ctx, d, config)
					if err != nil || len(second.Diags.Errors()) > 0 {
						t.Fatal(err, second.Diags)
					}
					truth, err := d.Read(ctx, config)
					if err != nil {
						t.Fatal(err)
					}
					if !second.Value.Equal(truth.Value) || second.Value.Equal(first.Value) {
						t.Errorf("first\n%s\nthen\n%s\nwhich is\n%s", first.Value, second.Value, truth.Value)
					}
				})
			})
		}
	}
}

func invalidation(c *acctest.Core, release string) acctest.Config {
	return acctest.Config{"distribution_id": c.Get("distribution_id"), "paths": []any{"/*"}, "triggers": map[string]any{"release": release}}
}

// What many of a kind cost in one plan, beside as many that look for themselves: what is one
// thing's is asked about each, and what is the account's once.
func TestWhatManyDataSourcesCost(t *testing.T) {
	t.Parallel()
	type pair struct{ primary, staging acctest.Distribution }
	for kind, c := range map[string]struct {
		ask func(p pair) acctest.Config
		// each is the calls that each takes beside those of the account, and beside is those.
		each, beside int
	}{
		"cdn_distribution":     {func(p pair) acctest.Config { return acctest.Config{"id": p.primary.ID} }, 1, 0},
		"cdn_promotion_status": {func(p pair) acctest.Config { return acctest.Config{"primary_distribution_id": p.primary.ID} }, 3, 2},
		"cdn_alias_owner": {func(p pair) acctest.Config {
			return acctest.Config{"distribution_id": p.primary.ID, "name": "www.example.com"}
		}, 2, 2},
		"cdn_preflight": {func(p pair) acctest.Config {
			return acctest.Config{"continuous_deployment": map[string]any{"primary_distribution_id": p.primary.ID}}
		}, 3, 2},
	} {
		for _, many := range []int{1, 10, 50} {
			t.Run(fmt.Sprintf("%d of %s", many, kind), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					ctx, knobs := context.Background(), knob.Defaults()
					knobs.StagingDistributions, knobs.Distributions = 100, 200
					e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: time.Minute, Knobs: &knobs}})
					var configs []acctest.Config
					for i := range many {
						p := pair{primary: e.Distribute(fmt.Sprintf("primary-%d", i), nil)}
						p.staging = e.CopyByHand(p.primary)
						e.AttachByHand(p.primary, e.JoinByHand(p.staging, acctest.ByWeight(0.05), false))
						configs = append(configs, c.ask(p))
					}
					e.Settle()
					one := acctest.NewCore("cdn_bluegreen_switch", clock.System{}, e.World.Transport())
					if d, err := one.Import(ctx, fmt.Sprintf("blue=%s,green=%s;www.example.com", e.Blue.ID, e.Green.ID)); err != nil || len(d.Errors()) > 0 {
						t.Fatal(err, d)
					}
					cost := func(alone bool) int {
						w, err := acctest.Begin(ctx, provider.World{Transport: acctest.Distant(e.World.Transport()), Alone: alone}, one.Provider)
						if err == nil {
							err = w.Refresh(ctx, one)
						}
						if err != nil {
							t.Fatal(err)
						}
						before := e.World.Journal().Seq()
						if _, err := w.ReadTogether(ctx, 10, acctest.NewData(kind, clock.System{}, nil), configs); err != nil {
							t.Fatal(err)
						}
						return len(e.Calls(before))
					}
					alone, shared := cost(true), cost(false)
					name := fmt.Sprintf("%d of %s: calls", many, kind)
					f := figure.AtMost(name, float64(shared), "calls", float64(min(alone, c.each*many+c.beside)))
					figure.Report(t, f, figure.Plain(name+", each for itself", float64(alone), "calls"))
					if !f.OK {
						t.Errorf("%s: %g, want %s, and each for itself %d", f.Name, f.Value, f.Bound, alone)
					}
				})
			})
		}
	}
}
