package stagingdistribution_test

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
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// copies is so many copies, each of a primary of its own.
func copies(t *testing.T, many int, set func(*knob.Knobs)) (*acctest.Env, []acctest.Distribution, []*acctest.Core) {
	t.Helper()
	knobs := knob.Defaults()
	knobs.StagingDistributions = 100
	set(&knobs)
	e := acctest.New(t, acctest.Site{Names: []string{"www.example.com"}, World: awssim.Options{Propagation: propagation, Knobs: &knobs}})
	var primaries []acctest.Distribution
	for i := range many {
		primaries = append(primaries, e.Distribute(fmt.Sprintf("primary-%d", i), nil))
	}
	e.Settle()
	if err := e.World.Clock().Sleep(context.Background(), time.Hour); err != nil {
		t.Fatal(err)
	}
	var cores []*acctest.Core
	for _, d := range primaries {
		c := acctest.NewCore(resourceType, clock.System{}, e.World.Transport())
		if d := c.MustConverge(context.Background(), t, acctest.Config{"primary_distribution_id": d.ID}); len(d.Errors()) > 0 {
			t.Fatal(d)
		}
		cores = append(cores, c)
	}
	return e, primaries, cores
}

// A refresh of many copies costs the list pages, and a call for each primary that was changed
// since.
func TestWhatARefreshOfManyCopiesCosts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many = 20
		e, primaries, cores := copies(t, many, func(*knob.Knobs) {})
		cost := func(situation string, most float64) { e.ReportRefresh("copies", situation, cores, most) }
		e.Settle()
		cost("as they were left", 0.2)
		for _, d := range primaries {
			e.EditByHand(d, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("changed") })
		}
		e.Settle()
		cost("all primaries changed", 1.2)
	})
}

// With a second copy a refresh reads a page of the list, which shows for half an hour what was
// before an update. What somebody changes is seen once the list shows it.
func TestAListThatLagsBehindIsNotBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		e, primaries, cores := copies(t, 3, func(k *knob.Knobs) { k.ListLag = 30 * time.Minute })
		refresh := func() {
			t.Helper()
			before := e.World.Journal().Seq()
			if d, err := acctest.RefreshTogether(ctx, 1, cores); err != nil || len(d.Errors()) > 0 {
				t.Fatal(err, d)
			}
			if !slices.ContainsFunc(e.Calls(before), func(c journal.Call) bool { return c.Operation == "ListDistributions" }) {
				t.Error("no list was read that could lag")
			}
		}
		if err := e.World.Clock().Sleep(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		last := cores[2]
		last.MustConverge(ctx, t, acctest.Config{"primary_distribution_id": primaries[2].ID, "overrides": map[string]any{"comment": "next"}})
		state := last.State
		refresh()
		if !last.State.Equal(state) {
			t.Errorf("the refresh made\n%s\nof\n%s", last.State, state)
		}
		id := last.Get("id")
		e.EditByHand(acctest.Distribution{ID: id}, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("by hand") })
		if err := e.World.Clock().Sleep(ctx, time.Hour); err != nil {
			t.Fatal(err)
		}
		refresh()
		if !strings.Contains(last.State.String(), "by hand") {
			t.Errorf("what somebody changed is not seen: %s", last.State)
		}
	})
}

// A refresh of one instance asks about the copy and its primary.
func TestARefreshOfOneCopyTakesTwoCalls(t *testing.T) {
	t.Parallel()
	in(t, func(t *testing.T, w *world) {
		w.apply(t, next(w.Env))
		staging, _ := w.staging(t)
		calls := func(when string) {
			t.Helper()
			seq := w.Env.World.Journal().Seq()
			if _, err := w.Refresh(context.Background()); err != nil {
				t.Fatal(err)
			}
			if got := w.Calls(seq); len(got) != 2 {
				t.Errorf("%s: %v", when, got)
			}
		}
		calls("as it was left")
		w.EditByHand(staging, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("by hand") })
		calls("changed by hand")
		w.EditByHand(w.Blue, func(c *cftypes.DistributionConfig) { c.Comment = aws.String("by hand") })
		calls("and its primary")
	})
}
