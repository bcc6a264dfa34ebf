package promotion_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

func TestWhatEndedAReleaseDecidesWhetherItIsTakenBack(t *testing.T) {
	t.Parallel()
	at := func(content string, canary bool) promotion.Observation {
		return promotion.Observation{
			Seen: promotion.Seen{Primary: promotion.Distribution{ID: "E1", Content: content, Policy: "P1"}, Policy: promotion.Policy{ID: "P1", Enabled: canary}},
		}
	}
	for name, c := range map[string]struct {
		purpose promotion.Purpose
		now     promotion.Observation
		cause   cutover.Cause
		want    cutover.Stay
	}{
		"it is sick":                        {promotion.Release, at("new", false), cutover.Sick, ""},
		"it is sick, and nobody is there":   {promotion.Release, at("old", false), cutover.Sick, ""},
		"it was taken back before":          {promotion.Release, at("old", false), cutover.Condemned, ""},
		"CloudFront refuses the rest":       {promotion.Release, at("new", false), cutover.Refused, ""},
		"it refuses, and viewers are there": {promotion.Release, at("old", true), cutover.Refused, ""},
		"it refuses the first step":         {promotion.Release, at("old", false), cutover.Refused, cutover.Unmoved},
		"it refuses, and nobody has looked": {promotion.Release, promotion.Observation{}, cutover.Refused, cutover.Unmoved},
		"nobody may go on":                  {promotion.Release, at("new", true), cutover.Unable, cutover.Unmended},
		"what it needs is gone":             {promotion.Release, at("new", true), cutover.Lost, cutover.Unmended},
		"it is the way back":                {promotion.Return, at("new", true), cutover.Sick, cutover.Nowhere},
		"it accepts what there is":          {promotion.Adopt, at("new", true), cutover.Sick, cutover.Nowhere},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tried := &promotion.Attempt{Content: "new"}
			back, stay := promotion.Back(promotion.Spec{Mode: promotion.Mode{Purpose: c.purpose, Settled: "old"}}, c.now, c.cause, tried)
			if stay != c.want {
				t.Fatalf("stays because %q, want %q", stay, c.want)
			}
			if stay == "" && (back.Purpose != promotion.Return || back.Resumes != tried) {
				t.Errorf("the way back asks for %+v", back)
			}
		})
	}
	for o, want := range map[promotion.Obstacle]cutover.Cause{
		{Kind: promotion.GateAfter, Evidence: cutover.Unhealthy}:     cutover.Sick,
		{Kind: promotion.GateBefore, Evidence: cutover.Inconclusive}: cutover.Unable,
		{Kind: promotion.FailedBefore}:                               cutover.Condemned,
		{Kind: promotion.Overwritten}:                                cutover.Unable,
	} {
		if got := o.Cause(); got != want {
			t.Errorf("%s comes to %d, want %d", &o, got, want)
		}
	}
}
