package cloudwatch

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// What an alarm can be in.
const (
	stateOK           = "OK"
	stateAlarm        = "ALARM"
	stateInsufficient = "INSUFFICIENT_DATA"
)

// Kinds of alarms. Source: DescribeAlarms, AlarmTypes.
const (
	metricAlarm    = "MetricAlarm"
	compositeAlarm = "CompositeAlarm"
	logAlarm       = "LogAlarm"
)

// An alarm watches a metric, other alarms by a rule, or what a query finds in a log.
type alarm struct {
	region, name, arn string
	config            body    // as it was put
	rule              *rule   // of a composite alarm
	queries           []query // of a metric alarm
	configured        time.Time
	tags              []any

	state, reason, data string
	updated             time.Time // of the state or its reason
	transitioned        time.Time // of the state
	evaluated           time.Time // up to here
	impaired            string    // why it is not evaluated, as EvaluationState has it; "": it is
}

func (a *alarm) kind() string {
	switch {
	case a.rule != nil:
		return compositeAlarm
	case len(a.queries) > 0:
		return metricAlarm
	default:
		return logAlarm
	}
}

// Impair keeps an alarm from being evaluated, as a query that is too large, a role that
// may not read or a fault of CloudWatch would, so that it keeps the state it has: state is
// the EvaluationState, reason the StateReason it then shows. An empty state lets it be
// evaluated again. Composite alarms have no EvaluationState. It says whether there is such
// an alarm.
func (s *Service) Impair(region, name, state, reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock.Now()
	s.evaluate(now)
	a := s.alarms[alarmKey(region, name)]
	if a == nil || a.rule != nil {
		return false
	}
	a.impaired = state
	a.set(a.state, reason, "", now)
	return true
}

func alarmKey(region, name string) string { return region + "\x00" + name }

// find is by name or ARN, as rules and ARNs of tags have it.
func (s *Service) find(region, name string) *alarm {
	if rest, ok := strings.CutPrefix(name, "arn:aws:cloudwatch:"+region+":"+s.opts.Account+":alarm:"); ok {
		name = rest
	}
	return s.alarms[alarmKey(region, name)]
}

func (a *alarm) set(state, reason, data string, at time.Time) {
	if a.state != state {
		a.transitioned = at
	}
	a.state, a.reason, a.data, a.updated = state, reason, data, at
}

// maxAlarms is the quota of metric alarms in a region. Source: User Guide, quotas.
const maxAlarms = 5000

// save makes or replaces an alarm. One that is replaced keeps its state and its tags.
func (s *Service) save(c *call, a *alarm) error {
	a.region, a.name, a.config, a.configured = c.region, c.text("AlarmName"), c.body, c.now
	a.arn = "arn:aws:cloudwatch:" + c.region + ":" + s.opts.Account + ":alarm:" + a.name
	key := alarmKey(c.region, a.name)
	switch old := s.alarms[key]; {
	case old != nil && old.kind() != a.kind():
		return invalid("An alarm with the name %s exists and is of another type.", a.name)
	case old != nil:
		a.state, a.reason, a.data, a.updated, a.transitioned, a.evaluated, a.tags = old.state, old.reason, old.data, old.updated, old.transitioned, old.evaluated, old.tags
	case len(s.alarms) >= maxAlarms:
		return wire.Errorf("LimitExceeded", "The quota for alarms has been reached.")
	default:
		a.tags, _ = c.body["Tags"].([]any)
		a.evaluated = c.now
		a.set(stateInsufficient, "Unchecked: Initial alarm creation", "", c.now)
	}
	s.alarms[key] = a
	return nil
}

var comparisons = map[string]struct {
	breaches func(v, threshold float64) bool
	words    string
}{
	"GreaterThanOrEqualToThreshold": {func(v, t float64) bool { return v >= t }, "greater than or equal to"},
	"GreaterThanThreshold":          {func(v, t float64) bool { return v > t }, "greater than"},
	"LessThanThreshold":             {func(v, t float64) bool { return v < t }, "less than"},
	"LessThanOrEqualToThreshold":    {func(v, t float64) bool { return v <= t }, "less than or equal to"},
}

func (s *Service) putMetricAlarm(c *call) (map[string]any, error) {
	if err := c.checkActions(); err != nil {
		return nil, err
	}
	a := &alarm{}
	stat := cmp.Or(c.text("Statistic"), c.text("ExtendedStatistic"))
	switch {
	case c.has("EvaluationCriteria"), c.has("ThresholdMetricId"):
		return nil, &wire.Error{Code: "NotImplemented", Status: 501, Message: "the simulator has no PromQL alarms and no anomaly detection"}
	case c.has("Statistic") && c.has("ExtendedStatistic"):
		return nil, invalid("The parameters Statistic and ExtendedStatistic are mutually exclusive.")
	case c.number("EvaluationPeriods") < 1:
		return nil, invalid("The parameter EvaluationPeriods is required.")
	case !c.has("Threshold") || !c.has("ComparisonOperator"):
		return nil, invalid("The parameters Threshold and ComparisonOperator are required.")
	case c.number("DatapointsToAlarm") > c.number("EvaluationPeriods"):
		return nil, invalid("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
	case !slices.Contains([]string{"", "breaching", "notBreaching", "ignore", "missing"}, c.text("TreatMissingData")):
		return nil, invalid("Option %s is not supported. Supported options for TreatMissingData are [breaching, notBreaching, ignore, missing]", c.text("TreatMissingData"))
	case !slices.Contains([]string{"", "evaluate", "ignore"}, c.text("EvaluateLowSampleCountPercentile")):
		return nil, invalid("Option %s is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.", c.text("EvaluateLowSampleCountPercentile"))
	case comparisons[c.text("ComparisonOperator")].breaches == nil:
		return nil, invalid("The parameter ComparisonOperator %s is for anomaly detection only.", c.text("ComparisonOperator"))
	case c.has("Metrics") && (c.has("MetricName") || c.has("Namespace") || stat != "" || c.has("Period") || c.has("Dimensions")):
		return nil, invalid("The parameters Metrics and MetricName, Namespace, Dimensions, Period, Statistic are mutually exclusive.")
	case c.has("Metrics"):
		list, err := readQueries(c.region, c.objects("Metrics"))
		if err != nil {
			return nil, err
		}
		if n := len(slices.DeleteFunc(slices.Clone(list), func(q query) bool { return !q.returned })); n != 1 {
			return nil, invalid("Exactly one element of the metrics list should return data.")
		}
		a.queries = list
	case c.text("MetricName") == "" || c.text("Namespace") == "" || stat == "" || !c.has("Period"):
		return nil, invalid("The parameters MetricName, Namespace, Period and one of Statistic and ExtendedStatistic are required.")
	case !knownStatistic(stat):
		return nil, invalid("The value %s for parameter ExtendedStatistic is not supported.", stat)
	default:
		if err := checkPeriod(c.period()); err != nil {
			return nil, err
		}
		a.queries = []query{{id: "m", metric: metricOf(c.region, c.body), period: c.period(), stat: stat, unit: c.text("Unit"), returned: true}}
	}
	period := a.watched().period
	if span := period * time.Duration(c.number("EvaluationPeriods")); span > 24*time.Hour && period < time.Hour || span > 7*24*time.Hour {
		return nil, invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
	}
	return nil, s.save(c, a)
}

// watched is the one query whose values an alarm compares.
func (a *alarm) watched() query {
	i := slices.IndexFunc(a.queries, func(q query) bool { return q.returned })
	return a.queries[i]
}

// periods is how many are evaluated, and how many of them have to breach.
func (a *alarm) periods() (n, breaching int) {
	n = int(a.config.number("EvaluationPeriods"))
	return n, cmp.Or(int(a.config.number("DatapointsToAlarm")), n)
}

func (s *Service) putCompositeAlarm(c *call) (map[string]any, error) {
	if err := c.checkActions(); err != nil {
		return nil, err
	}
	r, err := parseRule(c.text("AlarmRule"))
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range r.alarms() {
		if s.find(c.region, name) == nil {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, invalid("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist", strings.Join(missing, ", "))
	}
	a := &alarm{rule: r}
	if err := s.save(c, a); err != nil {
		return nil, err
	}
	if s.weigh(a, c.now) { // it looks at its children at once
		s.propagate(c.now, a)
	}
	return nil, nil
}

// putLogAlarm makes an alarm on a log. There are no logs here, so its query finds nothing
// and its state stays what somebody sets.
func (s *Service) putLogAlarm(c *call) (map[string]any, error) {
	if err := c.checkActions(); err != nil {
		return nil, err
	}
	switch {
	case c.number("QueryResultsToAlarm") > c.number("QueryResultsToEvaluate"):
		return nil, invalid("The parameter QueryResultsToAlarm must be less than or equal to QueryResultsToEvaluate.")
	case c.number("ActionLogLineCount") > 0 && c.text("ActionLogLineRoleArn") == "":
		return nil, invalid("The parameter ActionLogLineRoleArn is required when ActionLogLineCount is greater than 0.")
	case comparisons[c.text("ComparisonOperator")].breaches == nil:
		return nil, invalid("The parameter ComparisonOperator %s is for anomaly detection only.", c.text("ComparisonOperator"))
	}
	return nil, s.save(c, &alarm{})
}

func (s *Service) deleteAlarms(c *call) (map[string]any, error) {
	names := c.texts("AlarmNames")
	composites := 0
	for _, name := range names {
		a := s.alarms[alarmKey(c.region, name)]
		if a == nil {
			return nil, wire.Errorf("ResourceNotFound", "Alarm %s does not exist.", name)
		}
		if a.rule != nil {
			composites++
		}
	}
	if composites > 0 && len(names) > 1 {
		return nil, invalid("A composite alarm has to be deleted by itself.")
	}
	for _, x := range s.alarms {
		if x.rule == nil || x.region != c.region || slices.Contains(names, x.name) {
			continue
		}
		for _, child := range x.rule.alarms() {
			if a := s.find(c.region, child); a != nil && slices.Contains(names, a.name) {
				return nil, invalid("Cannot delete %s as there are composite alarm(s) depending on it.", a.name)
			}
		}
	}
	for _, name := range names {
		delete(s.alarms, alarmKey(c.region, name))
	}
	return nil, nil
}

// setAlarmState lasts until the next evaluation; that of a composite alarm until one
// of its children changes.
func (s *Service) setAlarmState(c *call) (map[string]any, error) {
	a := s.alarms[alarmKey(c.region, c.text("AlarmName"))]
	if a == nil {
		return nil, wire.Errorf("ResourceNotFound", "Alarm %s does not exist.", c.text("AlarmName"))
	}
	if data := c.text("StateReasonData"); data != "" && !json.Valid([]byte(data)) {
		return nil, wire.Errorf("InvalidFormat", "StateReasonData must be valid JSON.")
	}
	a.set(c.text("StateValue"), c.text("StateReason"), c.text("StateReasonData"), c.now)
	s.propagate(c.now, a)
	return nil, nil
}

func (s *Service) enableActions(c *call) (map[string]any, error)  { return s.actions(c, true) }
func (s *Service) disableActions(c *call) (map[string]any, error) { return s.actions(c, false) }

// actions takes no offence at alarms that do not exist.
func (s *Service) actions(c *call, enabled bool) (map[string]any, error) {
	for _, name := range c.texts("AlarmNames") {
		if a := s.alarms[alarmKey(c.region, name)]; a != nil {
			a.config = maps.Clone(a.config)
			a.config["ActionsEnabled"] = enabled
		}
	}
	return nil, nil
}

// describeAlarms answers with metric alarms only, unless told otherwise. What does
// not exist is not there and is no error. Source: API reference.
func (s *Service) describeAlarms(c *call) (map[string]any, error) {
	kinds, names := c.texts("AlarmTypes"), c.texts("AlarmNames")
	if len(kinds) == 0 {
		kinds = []string{metricAlarm}
	}
	if len(names) > 0 && c.has("AlarmNamePrefix") {
		return nil, invalid("AlarmNamePrefix and AlarmNames cannot both be specified.")
	}
	related, filtered, err := s.related(c)
	if err != nil {
		return nil, err
	}
	if filtered {
		kinds = []string{compositeAlarm, metricAlarm, logAlarm}
	}
	var found []*alarm
	for _, key := range slices.Sorted(maps.Keys(s.alarms)) {
		a := s.alarms[key]
		if a.region != c.region || !slices.Contains(kinds, a.kind()) || len(names) > 0 && !slices.Contains(names, a.name) ||
			!strings.HasPrefix(a.name, c.text("AlarmNamePrefix")) || c.has("StateValue") && a.state != c.text("StateValue") ||
			filtered && !slices.Contains(related, a.name) || !a.acts(c.text("ActionPrefix")) {
			continue
		}
		found = append(found, a)
	}
	skip := 0
	if token := c.text("NextToken"); token != "" {
		if skip, err = strconv.Atoi(token); err != nil || skip < 0 || skip > len(found) {
			return nil, wire.Errorf("InvalidNextToken", "The next token is not valid.")
		}
	}
	limit := cmp.Or(int(c.number("MaxRecords")), 50)
	listed := map[string][]any{metricAlarm: {}, compositeAlarm: {}, logAlarm: {}}
	out := map[string]any{}
	for i, a := range found[skip:] {
		if i == limit {
			out["NextToken"] = strconv.Itoa(skip + limit)
			break
		}
		listed[a.kind()] = append(listed[a.kind()], a.describe())
	}
	for kind, list := range listed {
		out[kind+"s"] = list
	}
	return out, nil
}

// related lists the alarms that a call wants by their place in a composite alarm's rule.
func (s *Service) related(c *call) (names []string, filtered bool, err error) {
	children, parents := c.text("ChildrenOfAlarmName"), c.text("ParentsOfAlarmName")
	switch {
	case children == "" && parents == "":
		return nil, false, nil
	case children != "" && parents != "" || c.has("AlarmNames") || c.has("AlarmNamePrefix") || c.has("AlarmTypes") || c.has("StateValue"):
		return nil, false, invalid("ChildrenOfAlarmName and ParentsOfAlarmName cannot be combined with other filters.")
	}
	for _, a := range s.alarms {
		if a.rule == nil || a.region != c.region {
			continue
		}
		for _, name := range a.rule.alarms() {
			child := s.find(c.region, name)
			if child == nil {
				continue
			}
			if a.name == children {
				names = append(names, child.name)
			}
			if child.name == parents {
				names = append(names, a.name)
			}
		}
	}
	return names, true, nil
}

// acts says whether one of the alarm's actions begins with a prefix.
func (a *alarm) acts(prefix string) bool {
	if prefix == "" {
		return true
	}
	for _, list := range []string{"AlarmActions", "OKActions", "InsufficientDataActions"} {
		if slices.ContainsFunc(a.config.texts(list), func(s string) bool { return strings.HasPrefix(s, prefix) }) {
			return true
		}
	}
	return false
}

// checkActions refuses actions that are no ARNs. Nothing looks for what they name.
func (c *call) checkActions() error {
	for _, list := range []string{"AlarmActions", "OKActions", "InsufficientDataActions"} {
		for _, action := range c.texts(list) {
			if !strings.HasPrefix(action, "arn:") {
				return invalid("Invalid arn syntax: %s", action)
			}
		}
	}
	return nil
}

func (a *alarm) describe() map[string]any {
	out := map[string]any{}
	maps.Copy(out, a.config)
	delete(out, "Tags")
	for _, list := range []string{"AlarmActions", "OKActions", "InsufficientDataActions"} {
		if out[list] == nil {
			out[list] = []any{}
		}
	}
	if out["ActionsEnabled"] == nil {
		out["ActionsEnabled"] = true
	}
	if a.kind() == metricAlarm && out["Dimensions"] == nil && out["Metrics"] == nil {
		out["Dimensions"] = []any{}
	}
	out["AlarmArn"], out["AlarmConfigurationUpdatedTimestamp"] = a.arn, a.configured
	out["StateValue"], out["StateReason"] = a.state, a.reason
	out["StateUpdatedTimestamp"], out["StateTransitionedTimestamp"] = a.updated, a.transitioned
	if a.data != "" {
		out["StateReasonData"] = a.data
	}
	if a.impaired != "" {
		out["EvaluationState"] = a.impaired
	}
	return out
}

// tagged is the alarm that a tagging call names by its ARN.
func (s *Service) tagged(c *call) (*alarm, error) {
	arn := c.text("ResourceARN")
	if !strings.HasPrefix(arn, "arn:aws:cloudwatch:") {
		return nil, wire.Errorf("InvalidParameterValue", "%s is not a valid ARN.", arn)
	}
	if a := s.find(c.region, arn); a != nil && a.arn == arn {
		return a, nil
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Unknown")
}

func (s *Service) tagResource(c *call) (map[string]any, error) {
	a, err := s.tagged(c)
	if err != nil {
		return nil, err
	}
	for _, t := range c.objects("Tags") {
		a.untag(t.text("Key"))
		a.tags = append(a.tags, map[string]any{"Key": t.text("Key"), "Value": t.text("Value")})
	}
	return nil, nil
}

func (a *alarm) untag(key string) {
	a.tags = slices.DeleteFunc(slices.Clone(a.tags), func(x any) bool {
		m, _ := x.(map[string]any)
		return m["Key"] == key
	})
}

func (s *Service) untagResource(c *call) (map[string]any, error) {
	a, err := s.tagged(c)
	if err != nil {
		return nil, err
	}
	for _, key := range c.texts("TagKeys") {
		a.untag(key)
	}
	return nil, nil
}

func (s *Service) listTags(c *call) (map[string]any, error) {
	a, err := s.tagged(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Tags": append([]any{}, a.tags...)}, nil
}
