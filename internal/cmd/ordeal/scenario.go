//go:build unix

package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
)

// A scenario is a kind of change, to and fro between two targets.
type scenario struct {
	name    string
	targets [2]string
	config  func(w *world, target string) string
	// settled says what is not as it has to be once target is settled.
	settled func(ctx context.Context, w *world, target string) error

	prepare func(context.Context, *world) error         // before it is introduced
	begin   func(context.Context, *world, string) error // before each change
	end     func(context.Context, *world, string) error // after it

	// stays is the summary with which a run may end for ever without harm: killed after its way
	// back and before the state was written, the next one finds a side that it must not go to.
	stays string

	// edit changes the configuration once it is introduced: what is renamed in it, for one.
	edit func(config string) string

	lossy string // by whose doing viewers may lose something; "": nobody's
	// tries is how often one change may be promoted, by what its page says; 0: one.
	tries    int
	every    time.Duration // a viewer at each point of presence asks so often; 0: the usual
	viewed   string        // the name that viewers ask for; empty: the site's
	named    bool          // it is about which of blue and green has the name
	sticky   bool          // viewers keep their cookies
	patience time.Duration // with one apply; 0: the usual

	orphans int
}

func scenarios() []scenario {
	return []scenario{
		switching("domain_association", ""), switching("associate_alias", ""),
		switching("wildcard_overlap", ""), switching("remove_and_add", "allow_downtime = true"),
		rollingBack(), ramping(), promoting(), goingBack(), staging(), pairing(), switchingInside(), splitting(),
	}
}

// switchBlock is a switch. after replaces the gate after the move.
func switchBlock(w *world, live, extra string) string {
	return fmt.Sprintf(`resource "cdn_bluegreen_switch" "www" {
  aliases = [%q]
  live    = %q
  sides = {
    blue  = { distribution_id = %q, marker = { header = "x-release", value = "blue" } }
    green = { distribution_id = %q, marker = { header = "x-release", value = "green" } }
  }
  dns = { %q = { zone_id = %q } }
  verify = {
    before = { probes = [{ path = "/", scheme = "http" }] }
    after  = { probes = [{ path = "/", scheme = "http" }], interval = "500ms" }
  }
  bake_time = "2s"
  timeouts  = { create = "60s", update = "60s", roll_back = "60s" }
%s
}
`, siteName, live, w.blue.ID, w.green.ID, zoneName, w.zone, extra)
}

// serves is settled for what moves the name.
func serves(ctx context.Context, w *world, target string) error {
	s, err := w.Look(ctx)
	if err != nil {
		return err
	}
	side := w.blue
	if target == "green" {
		side = w.green
	}
	if got := s.Serving(siteName); got[side.ID] != fleet {
		return fmt.Errorf("%s is to serve, and this is who does: %v (blue is %s, green %s)", target, got, w.blue.ID, w.green.ID)
	}
	for _, r := range s.Records(siteName) {
		if (r.Type == "A" || r.Type == "AAAA") && r.Alias != side.Domain {
			return fmt.Errorf("%s is to serve, and the %s record points at %s", target, r.Type, r.Alias)
		}
	}
	return nil
}

func switching(method, more string) scenario {
	lossy := ""
	if method == "remove_and_add" {
		lossy = "remove_and_add, which takes a name off before it adds it again: allow_downtime says so"
	}
	return scenario{
		name: "switch by " + method, targets: [2]string{"blue", "green"}, named: true, lossy: lossy,
		config: func(w *world, live string) string {
			return switchBlock(w, live, fmt.Sprintf("  method = %q\n  %s", method, more))
		},
		settled: serves,
	}
}

// rollingBack cuts over to a side that breaks under traffic, and is healed afterwards.
func rollingBack() scenario {
	s := scenario{
		name: "switch that rolls back", targets: [2]string{"blue", "green"}, named: true, stays: "The idle side is not healthy",
		config: func(w *world, live string) string {
			return switchBlock(w, live, fmt.Sprintf("  retry = \"%d\"", w.release.Load()))
		},
	}
	s.begin = func(ctx context.Context, w *world, target string) error {
		if target == "blue" {
			return nil // it is there already: the kill falls into a run that has little to do
		}
		w.release.Add(1)
		w.watcher(ctx, w.green.ID, "green")
		return nil
	}
	s.settled = func(ctx context.Context, w *world, _ string) error { return serves(ctx, w, "blue") }
	s.end = func(ctx context.Context, w *world, _ string) error { return w.heal(ctx, "green") }
	return s
}

// watcher makes a side sick once it has the name everywhere.
func (w *world) watcher(ctx context.Context, id, side string) {
	round := w.release.Load()
	go func() {
		for w.release.Load() == round {
			s, err := w.Look(ctx)
			if err != nil {
				return
			}
			if s.Serving(siteName)[id] == fleet {
				_ = w.sicken(ctx, side) // the simulator ends before us only at the end
				return
			}
			if clk.Sleep(ctx, 100*time.Millisecond) != nil {
				return
			}
		}
	}()
}

// ramping goes between the distribution and another network, which here is the same edge.
func ramping() scenario {
	return scenario{
		name: "ramp", viewed: rampName, targets: [2]string{"0", "100"}, patience: 4 * time.Minute,
		config: func(w *world, weight string) string {
			return fmt.Sprintf(`resource "cdn_weighted_ramp" "www" {
  zone_id = %q
  names   = [%q]
  types   = ["CNAME"]
  sides = {
    cloudfront = { values = { CNAME = [%q] }, ttl = 1 }
    other      = { values = { CNAME = [%q] }, ttl = 1 }
  }
  target    = "other"
  weight    = %s
  weights   = [%s]
  bake_time = "1s"
  timeouts  = { create = "3m", update = "3m", roll_back = "3m" } # a run that carries on waits a minute for what others may have written
}
`, w.zone, rampName, w.blue.Domain, otherName, weight, map[string]string{"0": "", "100": "20, 60, 100"}[weight])
		},
		settled: func(ctx context.Context, w *world, weight string) error {
			s, err := w.Look(ctx)
			if err != nil {
				return err
			}
			var got []string
			for _, r := range s.Records(rampName) {
				if r.Type == "CNAME" {
					got = append(got, r.Values...)
				}
			}
			want := map[string]string{"0": w.blue.Domain, "100": otherName}[weight]
			if len(got) != 1 || strings.TrimSuffix(got[0], ".") != want {
				return fmt.Errorf("the ramp is to stand at %s, and its records are %q", weight, got)
			}
			return nil
		},
	}
}

// pair is a staging distribution of blue's, its policy, and how the release is called.
func pair(w *world, path string) string {
	return fmt.Sprintf(`resource "cdn_staging_distribution" "next" {
  primary_distribution_id = %q
  overrides = { origins = { origin = { origin_path = %q } } }
  timeouts  = { create = "60s", update = "60s", delete = "60s" }
}

resource "cdn_continuous_deployment" "www" {
  primary_distribution_id = %[1]q
  staging_distribution_id = cdn_staging_distribution.next.id
  header   = { name = "aws-cf-cd-ordeal", value = "yes" }
  timeouts = { create = "60s", update = "60s", delete = "60s" }
}
`, w.blue.ID, path)
}

func promotion(release, canary, extra string) string {
	return fmt.Sprintf(`
resource "cdn_staging_promotion" "www" {
  primary_distribution_id = cdn_continuous_deployment.www.primary_distribution_id
  staging_distribution_id = cdn_staging_distribution.next.id
  policy_id               = cdn_continuous_deployment.www.id
  release                 = %q
  canary                  = %s
  bake_time               = "2s"
  timeouts                = { create = "60s", update = "60s", roll_back = "60s" }
%s
}
`, release, canary, extra)
}

const headerCanary = `{ header = { name = "aws-cf-cd-ordeal", value = "yes" }, bake_time = "2s" }`

const probing = `  verify = {
    before = { probes = [{ path = "/", scheme = "http" }], interval = "500ms" }
    after  = { probes = [{ path = "/", scheme = "http" }], interval = "500ms" }
  }
`

// primaryPath is the origin path that blue has now.
func (w *world) primaryPath(ctx context.Context) (string, error) {
	got, err := w.CloudFront.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: aws.String(w.blue.ID)})
	if err != nil {
		return "", err
	}
	return aws.ToString(got.DistributionConfig.Origins.Items[0].OriginPath), nil
}

func (w *world) path() string { return fmt.Sprintf("/builds/%d", w.release.Load()) }

func promoting() scenario {
	return scenario{
		name: "canary and promotion", targets: [2]string{"a", "b"},
		config: func(w *world, _ string) string {
			return pair(w, w.path()) + promotion(fmt.Sprint(w.release.Load()), headerCanary, probing)
		},
		begin: func(_ context.Context, w *world, _ string) error { w.release.Add(1); return nil },
		settled: func(ctx context.Context, w *world, _ string) error {
			got, err := w.primaryPath(ctx)
			if err == nil && got != w.path() {
				err = fmt.Errorf("release %d is settled, and the primary has %q", w.release.Load(), got)
			}
			return err
		},
	}
}

// goingBack releases what breaks once the primary has it.
func goingBack() scenario {
	s := promoting()
	// Killed after its way back and before the state was written, a run without a snapshot
	// bucket leaves nothing from which the next one could know: it tries once more.
	s.name, s.tries = "promotion that rolls back", 2
	var before string
	s.begin = func(ctx context.Context, w *world, _ string) (err error) {
		before, err = w.primaryPath(ctx)
		w.release.Add(1)
		round, want := w.release.Load(), w.path()
		go func() { // the origin is broken whenever the primary has the release
			for broken := false; w.release.Load() == round; {
				got, err := w.primaryPath(ctx)
				if err != nil {
					return
				}
				if now := got == want; now != broken {
					broken = now
					if broken {
						_ = w.sicken(ctx, "blue") // the simulator ends before us only at the end
					} else {
						_ = w.heal(ctx, "blue")
					}
				}
				if clk.Sleep(ctx, 100*time.Millisecond) != nil {
					return
				}
			}
		}()
		return err
	}
	s.settled = func(ctx context.Context, w *world, _ string) error {
		got, err := w.primaryPath(ctx)
		if err == nil && got != before {
			err = fmt.Errorf("release %d broke, and the primary has %q, not %q", w.release.Load(), got, before)
		}
		return err
	}
	s.end = func(ctx context.Context, w *world, _ string) error { return w.heal(ctx, "blue") }
	return s
}

func staging() scenario {
	return scenario{
		name: "staging", targets: [2]string{"a", "b"},
		config: func(w *world, _ string) string { return pair(w, w.path()) },
		begin:  func(_ context.Context, w *world, _ string) error { w.release.Add(1); return nil },
		settled: func(ctx context.Context, w *world, _ string) error {
			list, err := w.CloudFront.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
			if err != nil {
				return err
			}
			n := 0
			for _, d := range list.DistributionList.Items {
				if aws.ToBool(d.Staging) {
					n++
					if got := aws.ToString(d.Origins.Items[0].OriginPath); got != w.path() {
						return fmt.Errorf("staging is to have %s, and has %q", w.path(), got)
					}
				}
			}
			if n != 1 {
				return fmt.Errorf("there are %d staging distributions", n)
			}
			return nil
		},
	}
}

// pairing makes and removes a pair and its policy.
func pairing() scenario {
	return scenario{
		name: "pair", targets: [2]string{"there", "gone"},
		config: func(w *world, target string) string {
			if target == "gone" {
				return "# nothing\n"
			}
			return pair(w, "/next")
		},
		settled: func(ctx context.Context, w *world, target string) error {
			list, err := w.CloudFront.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
			if err != nil {
				return err
			}
			policies, err := w.CloudFront.ListContinuousDeploymentPolicies(ctx, &cloudfront.ListContinuousDeploymentPoliciesInput{})
			if err != nil {
				return err
			}
			n, want := 0, map[string]int{"there": 1, "gone": 0}[target]
			for _, d := range list.DistributionList.Items {
				if aws.ToBool(d.Staging) {
					n++
				}
			}
			if p := int(aws.ToInt32(policies.ContinuousDeploymentPolicyList.Quantity)); n != want || p != want {
				return fmt.Errorf("it is to be %s, and there are %d staging distributions and %d policies", target, n, p)
			}
			return nil
		},
	}
}
