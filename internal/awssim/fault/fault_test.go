package fault_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
)

func TestAFaultStrikesAfterSkipAndUntilCountAndSaysSo(t *testing.T) {
	t.Parallel()
	var s fault.Set
	s.Add(fault.Fault{Operation: "UpdateDistribution", Resource: "E1", Writes: true, Kind: fault.Throttle, Skip: 1, Count: 2})
	target := fault.Target{Service: "cloudfront", Operation: "UpdateDistribution", Write: true, Values: []string{"E1"}}
	other := target
	other.Values = []string{"E2"}
	var struck []bool
	for range 5 {
		struck = append(struck, s.Strike(target) != nil)
		if s.Strike(other) != nil {
			t.Error("it struck another resource")
		}
	}
	for i, want := range []bool{false, true, true, false, false} {
		if struck[i] != want {
			t.Errorf("call %d: struck %t, want %t", i, struck[i], want)
		}
	}
	got := s.List()
	if len(got) != 1 || got[0].Seen != 5 || got[0].Hits != 2 || got[0].When != fault.BeforeEffect {
		t.Errorf("List says %+v", got)
	}
	s.Clear()
	if len(s.List()) != 0 {
		t.Error("Clear left something")
	}
}

func TestAFaultCanBeAimedAtOneAccount(t *testing.T) {
	t.Parallel()
	var s fault.Set
	s.Add(fault.Fault{Account: "111122223333", Kind: fault.Throttle})
	for account, want := range map[string]bool{"111122223333": true, "123456789012": false} {
		if got := s.Strike(fault.Target{Operation: "GetDistribution", Account: account}) != nil; got != want {
			t.Errorf("%s: struck %t", account, got)
		}
	}
}

func TestCheckRefusesAFaultThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, f := range []fault.Fault{
		{}, {Kind: "explode"}, {Kind: fault.Cut, When: "later"}, {Kind: fault.Answer, Status: 409}, {Kind: fault.Answer, Code: "X", Status: 200},
	} {
		if f.Check() == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
	for _, f := range []fault.Fault{
		{Kind: fault.Throttle}, {Kind: fault.Cut, When: fault.AfterEffect}, {Kind: fault.Stale}, {Kind: fault.Answer, Code: "IllegalUpdate", Status: 400},
	} {
		if err := f.Check(); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}
