package bluegreenswitch_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
)

// Who writes the report of a night reads them, and looks in CloudTrail for the rest.
func TestEventsSayWhatWasDoneWhyAndByWhichRequest(t *testing.T) {
	t.Parallel()
	running(t, site("www.example.com"), func(t *testing.T, e *acctest.Env, c *acctest.Core) {
		seq := e.World.Journal().Seq()
		mustApply(t, c, switchTo(e, "green"))
		sides := strings.NewReplacer(e.Blue.ID, "BLUE", e.Green.ID, "GREEN")
		var got []string
		answers := map[string]string{}
		for _, call := range e.Writes(seq) {
			answers[call.RequestID] = call.At.UTC().Format("2006-01-02T15:04:05.000Z")
		}
		for _, event := range c.Events() {
			got = append(got, sides.Replace(fmt.Sprintf("%s, as %s", event, event.Why)))
			if at, write := answers[event.RequestID]; write != (event.Result == "accepted") || write && at != event.At {
				t.Errorf("%+v is of a request at %q", event, at)
			}
			delete(answers, event.RequestID)
		}
		want := []string{
			"verifying green before the move: healthy, as green is to prove itself before it gets traffic",
			"moving www.example.com from BLUE to GREEN: accepted, as www.example.com is on BLUE, and green is GREEN",
			"pointing the records of www.example.com at GREEN: accepted, as green is GREEN, and not all of them lead there as they should",
			"verifying green after the move: healthy, as green has the traffic, and nothing has proven it there yet",
		}
		if !slices.Equal(got, want) {
			t.Errorf("recorded\n%s", strings.Join(got, "\n"))
		}
		if len(answers) > 0 {
			t.Errorf("writes without an event: %v", answers)
		}
		events := c.Events()
		for i, event := range events {
			if i > 0 && event.At < events[i-1].At {
				t.Errorf("%+v was over before %+v", event, events[i-1])
			}
		}
		if last := events[len(events)-1]; last.Seconds == "" || last.Seconds == "0" || last.RequestID != "" {
			t.Errorf("the bake: %+v", last)
		}
	})
}
