package cloudwatch

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A day is as far back as alarms are evaluated when nobody has asked for longer.
const day = 24 * time.Hour

// evaluate brings every alarm up to now: what each would have become at every full
// minute since it was last looked at, in the order of time.
func (s *Service) evaluate(now time.Time) {
	var first time.Time
	longest := time.Minute
	watching := false
	for _, a := range s.alarms {
		if a.kind() != metricAlarm {
			continue
		}
		if now.Sub(a.evaluated) > day {
			a.evaluated = now.Add(-day)
		}
		if !watching || a.evaluated.Before(first) {
			first = a.evaluated
		}
		watching, longest = true, max(longest, a.reach())
	}
	minute := first.Truncate(time.Minute).Add(time.Minute)
	if !watching || minute.After(now) {
		return
	}
	gathered := s.gather(minute.Add(-longest), now)
	for ; !minute.After(now); minute = minute.Add(time.Minute) {
		var changed []*alarm
		for _, a := range s.alarms {
			if a.kind() == metricAlarm && a.evaluated.Before(minute) {
				if a.impaired != "" {
					a.evaluated = minute
					continue
				}
				before := a.state
				a.look(gathered, minute)
				a.evaluated = minute
				if a.state != before {
					changed = append(changed, a)
				}
			}
		}
		s.propagate(minute, changed...)
	}
}

// reach is how far back an alarm looks: somewhat farther than it has to, so that
// data that is late or missing does not leave it without any.
// Source: User Guide, "How alarm state is evaluated when data is missing".
func (a *alarm) reach() time.Duration {
	n, _ := a.periods()
	return time.Duration(n+2) * a.watched().period
}

// look evaluates a metric alarm at a moment.
func (a *alarm) look(gathered map[string]*series, at time.Time) {
	q := a.watched()
	from := at.Add(-a.reach())
	results, err := reading{gathered: gathered, from: from, to: at, now: at, exact: true}.run(a.queries)
	if err != nil {
		a.become(stateInsufficient, "The expression cannot be evaluated: "+err.Error(), "", at)
		return
	}
	n, needed := a.periods()
	found := results[q.id]
	if len(found) > n {
		found = found[len(found)-n:]
	}
	compare := comparisons[a.config.text("ComparisonOperator")]
	threshold := a.config.number("Threshold")
	breaching := 0
	for _, p := range found {
		if compare.breaches(p.value, threshold) {
			breaching++
		}
	}
	state := a.verdict(found, n, needed, breaching, at, q.period)
	if state == "" { // retained
		return
	}
	reason, data := a.explain(found, breaching, needed, state, at, q)
	a.become(state, reason, data, at)
}

// become notes a state; one that stays keeps its reason and time, as CloudWatch's do.
func (a *alarm) become(state, reason, data string, at time.Time) {
	if a.state != state || a.reason == "" {
		a.set(state, reason, data, at)
	}
}

// verdict says what the datapoints that there are come to, "" for the state of before.
// It agrees with both tables of the User Guide, "How alarm state is evaluated when
// data is missing".
func (a *alarm) verdict(found values, n, needed, breaching int, at time.Time, period time.Duration) string {
	missing := n - len(found)
	treat := a.config.text("TreatMissingData")
	switch {
	case treat == "breaching" && missing > 0:
		breaching += missing
	case len(found) == 0 && treat == "notBreaching":
		return stateOK
	case len(found) == 0 && treat == "ignore":
		return ""
	case len(found) == 0:
		return stateInsufficient
	}
	switch {
	case breaching >= needed:
		return stateAlarm
	case missing > 0 && breaching == len(found) && treat == "ignore":
		return ""
	case missing > 0 && breaching == len(found) && (treat == "missing" || treat == ""):
		// All that is known is bad. It counts if the oldest of it is as old as the alarm
		// wants breaches to be; until then nothing is decided.
		if age := int(at.Sub(found[0].at) / period); age >= needed {
			return stateAlarm
		}
		return ""
	}
	return stateOK
}

// explain words a state as CloudWatch does.
func (a *alarm) explain(found values, breaching, needed int, state string, at time.Time, q query) (reason, data string) {
	threshold := a.config.number("Threshold")
	var shown []string
	numbers := []float64{}
	for _, p := range found {
		shown = append(shown, fmt.Sprintf("%v (%s)", p.value, p.at.UTC().Format("02/01/06 15:04:05")))
		numbers = append(numbers, p.value)
	}
	crossed := "was not"
	if state == stateAlarm {
		crossed = "was"
	}
	switch {
	case len(found) == 0 && state == stateInsufficient:
		reason = "Insufficient Data: no datapoints were received."
	case len(found) == 0:
		reason = fmt.Sprintf("Threshold Crossed: no datapoints were received for the evaluation period and missing data is treated as %s.", a.config.text("TreatMissingData"))
	default:
		reason = fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s %s the threshold (%v) (minimum %d datapoint(s) for transition to %s).",
			breaching, len(found), strings.Join(shown, ", "), crossed, comparisons[a.config.text("ComparisonOperator")].words, threshold, needed, stateAlarm)
	}
	stamp := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }
	raw, err := json.Marshal(map[string]any{
		"version": "1.0", "queryDate": stamp(at), "period": q.period / time.Second, "statistic": q.stat, "recentDatapoints": numbers, "threshold": threshold,
	})
	if err != nil {
		return reason, ""
	}
	return reason, string(raw)
}

// propagate evaluates the composite alarms above those that have changed, and above
// those that change by it. A composite alarm none of whose children changes keeps its
// state, also one that was set by hand. In a circle each is evaluated as often as
// there are alarms, and no more.
func (s *Service) propagate(at time.Time, changed ...*alarm) {
	visits := map[*alarm]int{}
	for len(changed) > 0 {
		child := changed[0]
		changed = changed[1:]
		for _, key := range slices.Sorted(maps.Keys(s.alarms)) {
			a := s.alarms[key]
			if a.region != child.region || visits[a] > len(s.alarms) || !slices.ContainsFunc(a.rule.alarms(), func(name string) bool { return s.find(a.region, name) == child }) {
				continue
			}
			visits[a]++
			if s.weigh(a, at) {
				changed = append(changed, a)
			}
		}
	}
}

// weigh evaluates one composite alarm and says whether its state changed.
func (s *Service) weigh(a *alarm, at time.Time) bool {
	state := func(name string) string {
		if x := s.find(a.region, name); x != nil {
			return x.state
		}
		return stateInsufficient
	}
	want := stateOK
	if a.rule.holds(state) {
		want = stateAlarm
	}
	if a.state == want {
		return false
	}
	a.set(want, fmt.Sprintf("%s transitioned to %s at %s", a.arn, want, at.UTC().Format("Monday 02 January, 2006 15:04:05 MST")), "", at)
	return true
}
