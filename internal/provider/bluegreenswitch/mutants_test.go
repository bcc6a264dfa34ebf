//go:build !race

// Mutants are compiled and run one by one, which the race detector makes slow and
// no better: they are left to the second half of `make test`.

package bluegreenswitch_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A mutant is this provider with one safety removed. The change is made to a
// copy of one file while the tests are compiled, so that the product itself has
// no switch that turns a safety off.
type mutant struct {
	name string
	file string // relative to the module's root
	old  string // must occur exactly once
	with string
	// caught names the tests that have to fail; they all pass without the mutation.
	caught string
}

func mutants() []mutant {
	const (
		next  = "internal/cutover/switchover/next.go"
		flow  = "internal/provider/bluegreenswitch/workflow.go"
		front = "internal/awsapi/cloudfrontapi/cloudfrontapi.go"
	)
	return []mutant{
		{
			name: "does not wait for the target to be deployed", file: next,
			old: "ready := target.Deployed || target.Settling", with: "ready := true",
			caught: "TestANewTargetGetsNothingBeforeItIsEverywhere",
		},
		{
			name: "moves DNS before the name has arrived everywhere", file: next,
			old: "	case !target.Deployed:\n		return Wait{For: fmt.Sprintf(\"every edge", with: "	case false:\n		return Wait{For: fmt.Sprintf(\"every edge",
			caught: "TestNoViewerIsLostDuringACutover",
		},
		{
			name: "removes the name before adding it", file: front,
			old: "	_, err := c.api.UpdateDomainAssociation(ctx, &cloudfront.UpdateDomainAssociationInput{", with: removeFirst,
			caught: "TestNoViewerIsLostDuringACutover",
		},
		{
			name: "skips the gate before the move", file: next,
			old: "case spec.Before && !spec.RollingBack && obs.Before == cutover.NoEvidence:\n			return Verify{When: BeforeMove, Side: spec.Live}, nil\n		case spec.Before && !spec.RollingBack && obs.Before != cutover.Healthy:", with: "case false:",
			caught: "TestASickTargetGetsNoTraffic",
		},
		{
			name: "skips the gate after the move", file: next,
			old: "	if spec.After && !spec.RollingBack {", with: "	if false {",
			caught: "TestAFailedCutoverGoesBackAndIsNotTriedAgain",
		},
		{
			name: "probes the side that is live before the move", file: flow,
			old: "c, hold = w.gates.beforeMove(s.Side, obs), 0", with: "c, hold = w.gates.beforeMove(w.cameFrom(order{}), obs), 0",
			caught: "TestASickTargetGetsNoTraffic",
		},
		{
			name: "overwrites blindly after a 412", file: front,
			old: "	_, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{", with: blindOverwrite,
			caught: "TestSomebodyElsesEditSurvivesOurs",
		},
		{
			name: "moves a name without If-Match", file: front,
			old: "Domain: aws.String(domain), IfMatch: aws.String(to.ETag),", with: "Domain: aws.String(domain),",
			caught: "TestNoViewerIsLostDuringACutover",
		},
		{
			name: "forgets that a cutover failed", file: "internal/provider/bluegreenswitch/plan.go",
			old: "	if failed == nil || ", with: "	if failed == nil || failed != nil || ",
			caught: "TestAFailedCutoverGoesBackAndIsNotTriedAgain",
		},
		{
			name: "goes back to a side that is sick too", file: "internal/provider/bluegreenswitch/cutover.go",
			old: "if evidence == cutover.Unhealthy {", with: "if evidence == cutover.Unhealthy && false {",
			caught: "TestNothingGoesBackToASideThatIsSickToo",
		},
		{
			name: "takes the other side for the one it came from", file: "internal/provider/bluegreenswitch/cutover.go",
			old:    "	if _, ok := w.spec.Sides[o.settled]; ok && o.settled != w.spec.Live {\n		return o.settled\n	}",
			with:   "	for side := range w.spec.Sides {\n		if side != w.spec.Live {\n			return side\n		}\n	}",
			caught: "TestARepairDoesNotEndOnTheOtherSide",
		},
		{
			name: "does more than the plan showed", file: flow,
			old: "	if w.recipe != nil {", with: "	if false {",
			caught: "TestTheWorldMayNotAskForMoreThanThePlanShowed",
		},
		{
			name: "leaves a state behind a failed create", file: "internal/provider/bluegreenswitch/resource.go",
			old: "		resp.Diagnostics.Append(words(run, out, true))\n		return\n", with: "		resp.Diagnostics.Append(words(run, out, true))\n",
			caught: "TestAFailedCreateLeavesNoState",
		},
	}
}

const removeFirst = `	{
		list, err := c.api.ListDistributions(ctx, &cloudfront.ListDistributionsInput{})
		if err != nil {
			return err
		}
		for _, d := range list.DistributionList.Items {
			got, err := c.api.GetDistributionConfig(ctx, &cloudfront.GetDistributionConfigInput{Id: d.Id})
			if err != nil {
				return err
			}
			var kept []string
			for _, a := range got.DistributionConfig.Aliases.Items {
				if a != domain {
					kept = append(kept, a)
				}
			}
			if len(kept) == len(got.DistributionConfig.Aliases.Items) {
				continue
			}
			got.DistributionConfig.Aliases = &types.Aliases{Items: kept, Quantity: aws.Int32(int32(len(kept)))}
			if _, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: got.ETag, DistributionConfig: got.DistributionConfig}); err != nil {
				return err
			}
			if err := c.clock.Sleep(ctx, 10*time.Minute); err != nil {
				return err
			}
			cfg := *to.config
			cfg.Aliases = &types.Aliases{Items: append(append([]string(nil), to.Aliases...), domain), Quantity: aws.Int32(int32(len(to.Aliases) + 1))}
			_, err = c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(to.ID), IfMatch: aws.String(to.ETag), DistributionConfig: &cfg})
			c.wrote()
			return awsapi.Wrap(ctx, "adding", err)
		}
	}
	_, err := c.api.UpdateDomainAssociation(ctx, &cloudfront.UpdateDomainAssociationInput{`

const blindOverwrite = `	if now, err := c.api.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(d.ID)}); err == nil {
		if _, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{Id: aws.String(d.ID), IfMatch: now.ETag, DistributionConfig: &cfg}); err == nil {
			c.wrote()
			return nil
		}
		if now, err = c.api.GetDistribution(ctx, &cloudfront.GetDistributionInput{Id: aws.String(d.ID)}); err == nil {
			d.ETag = aws.ToString(now.ETag)
		}
	}
	_, err := c.api.UpdateDistribution(ctx, &cloudfront.UpdateDistributionInput{`

func TestEveryMutantIsCaught(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			out, err := m.test(t, root)
			if strings.Contains(out, "[build failed]") || strings.Contains(out, "no tests to run") {
				t.Fatalf("the mutant was not tested:\n%s", out)
			}
			if err == nil {
				t.Errorf("%s passes with a provider that %s", m.caught, m.name)
			} else if !strings.Contains(out, "--- FAIL: "+m.caught) {
				t.Errorf("failed otherwise than by its assertions:\n%s", out)
			}
		})
	}
}

// test runs the tests that should catch the mutant against it.
func (m mutant) test(t *testing.T, root string) (string, error) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(m.file))
	source, err := os.ReadFile(file) //nolint:gosec // a file of this repository
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), m.old); n != 1 {
		t.Fatalf("%s has what the mutant replaces %d times, want once:\n%s", m.file, n, m.old)
	}
	dir := t.TempDir()
	mutated, overlay := filepath.Join(dir, "mutated.go"), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{file: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{mutated: strings.Replace(string(source), m.old, m.with, 1), overlay: string(replace)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-count=1", "-timeout=5m", "-run", "^"+m.caught+"$", ".") //nolint:gosec // arguments from the table above
	out, err := cmd.CombinedOutput()
	return string(out), err
}
