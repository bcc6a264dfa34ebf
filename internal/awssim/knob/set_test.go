package knob_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

func TestJSONTurnsOnlyTheKnobsItNames(t *testing.T) {
	t.Parallel()
	k := knob.Defaults()
	if err := json.Unmarshal([]byte(`{"unowned_gap":"2s","source_must_be_disabled":true,"distribution_writes":3,"insync_span":5000000000}`), &k); err != nil {
		t.Fatal(err)
	}
	want := knob.Defaults()
	want.UnownedGap, want.SourceMustBeDisabled, want.DistributionWrites, want.InsyncSpan = 2*time.Second, true, 3, 5*time.Second
	if k != want {
		t.Errorf("got %+v\nwant %+v", k, want)
	}
	raw, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	var back knob.Knobs
	if err := json.Unmarshal(raw, &back); err != nil || back != k {
		t.Errorf("%s came back as %+v, %v", raw, back, err)
	}
}

func TestAMistakenKnobChangesNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{`{"unowned_gap":"2s","no_such_knob":1}`, `{"unowned_gap":"soon"}`, `{"require_txt":"yes"}`, `[]`} {
		k := knob.Defaults()
		if err := json.Unmarshal([]byte(bad), &k); err == nil {
			t.Errorf("%s was accepted", bad)
		}
		if k != knob.Defaults() {
			t.Errorf("%s left %+v", bad, k)
		}
	}
}

func TestSetReadsTextByTheTypeOfTheKnob(t *testing.T) {
	t.Parallel()
	k := knob.Defaults()
	for name, value := range map[string]string{
		"unowned_gap": "3s", "require_txt": "true", "distribution_writes": "7", "refuse_update_in_progress": "IllegalUpdate",
	} {
		if err := k.Set(name, value); err != nil {
			t.Errorf("Set(%q, %q): %v", name, value, err)
		}
	}
	if k.UnownedGap != 3*time.Second || !k.RequireTXT || k.DistributionWrites != 7 || k.RefuseUpdateInProgress != "IllegalUpdate" {
		t.Errorf("got %+v", k)
	}
	for name, value := range map[string]string{"require_txt": "maybe", "nonsense": "1", "distribution_writes": "many", "unowned_gap": "3"} {
		if err := k.Set(name, value); err == nil {
			t.Errorf("Set(%q, %q) was accepted", name, value)
		}
	}
}
