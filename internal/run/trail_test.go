package run_test

import (
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

func TestWhoPointsANameElsewhereDuringARunIsNoticed(t *testing.T) {
	t.Parallel()
	type look struct {
		elsewhere string
		old       bool
	}
	for name, c := range map[string]struct {
		looks []look
		want  bool
	}{
		"the first look": {[]look{{"192.0.2.7", false}}, false},
		"elsewhere before the run and ever since": {[]look{{"192.0.2.7", false}, {"192.0.2.7", false}}, false},
		"put right":                {[]look{{"192.0.2.7", false}, {"", false}}, false},
		"never elsewhere":          {[]look{{"", false}, {"", false}}, false},
		"elsewhere during the run": {[]look{{"", false}, {"192.0.2.7", false}}, true},
		"elsewhere during the run, while a change runs":              {[]look{{"", false}, {"192.0.2.7", true}}, true},
		"elsewhere at the first look, and elsewhere than that":       {[]look{{"192.0.2.7", false}, {"192.0.2.8", false}}, true},
		"put right, and an answer from before that":                  {[]look{{"192.0.2.7", false}, {"", true}, {"192.0.2.7", true}}, false},
		"put right, and elsewhere again":                             {[]look{{"192.0.2.7", false}, {"", true}, {"192.0.2.7", false}}, true},
		"put right, and elsewhere than before while the change runs": {[]look{{"192.0.2.7", false}, {"", true}, {"192.0.2.8", true}}, true},
		"elsewhere, and back":                                        {[]look{{"", false}, {"192.0.2.7", false}, {"", false}}, false},
	} {
		var trail run.Trail[string]
		var got bool
		for _, l := range c.looks {
			got = trail.Diverted("www", l.elsewhere, l.old)
			trail.Diverted("another", "", false)
		}
		if got != c.want {
			t.Errorf("%s: diverted is %v", name, got)
		}
	}
}
