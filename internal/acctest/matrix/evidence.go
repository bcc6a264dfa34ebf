package matrix

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// A Source is where a part of the evidence comes from, as a gate of a configuration asks
// for it.
type Source string

// The sources of evidence.
const (
	Probes         Source = "probes"
	MetricAlarm    Source = "metric alarm"
	CompositeAlarm Source = "composite alarm"
	LogAlarm       Source = "log alarm"
	CustomMetric   Source = "custom metric"
	Requests       Source = "minimum of requests"
	Comparison     Source = "comparison"
)

// A Trouble is what a source gives instead of evidence.
type Trouble string

// The troubles of a source.
const (
	Healthy       Trouble = "" // none: it is the control
	Down          Trouble = "down at once"
	SlowerThanGap Trouble = "down, slower than the interval"
	SlowerThanAll Trouble = "down, slower than the bake"
	Partial       Trouble = "a part of it"
	Unevaluated   Trouble = "an evaluation that failed"
	Empty         Trouble = "empty"
	Late          Trouble = "late"
	Forbidden     Trouble = "forbidden"
	WrongType     Trouble = "wrong type"
	OnlyLast      Trouble = "recovering at the last moment"
	OnlyFirst     Trouble = "gone after the first seconds"
	HalfOfIt      Trouble = "errors without requests, requests without errors"
)

var troublesOf = map[Source][]Trouble{
	Probes:         {Down, SlowerThanAll, Empty, Forbidden, WrongType, OnlyFirst},
	MetricAlarm:    {Down, SlowerThanGap, SlowerThanAll, Partial, Unevaluated, Empty, Late, Forbidden, WrongType, OnlyFirst},
	CompositeAlarm: {Down, SlowerThanGap, SlowerThanAll, Empty, Late, Forbidden, WrongType, OnlyFirst},
	LogAlarm:       {Down, SlowerThanGap, SlowerThanAll, Partial, Unevaluated, Empty, Late, Forbidden, WrongType, OnlyFirst},
	CustomMetric:   {Down, SlowerThanGap, SlowerThanAll, Partial, Empty, Late, Forbidden, WrongType, OnlyLast, OnlyFirst},
	Requests:       {Down, SlowerThanGap, SlowerThanAll, Partial, Empty, Late, Forbidden, WrongType, OnlyFirst},
	Comparison:     {Down, SlowerThanGap, SlowerThanAll, Partial, Empty, Late, Forbidden, WrongType, OnlyFirst, HalfOfIt},
}

// asked is what a gate says to ask a source. Alarms and metrics are those that Doubtful
// answers for.
var asked = map[Source]map[string]any{
	MetricAlarm:    {"alarms": []any{map[string]any{"name": "metric"}}},
	CompositeAlarm: {"alarms": []any{map[string]any{"name": "composite"}}},
	LogAlarm:       {"alarms": []any{map[string]any{"name": "log"}}},
	CustomMetric: {"metrics": []any{map[string]any{
		"name": "Logins", "namespace": "Site", "dimensions": map[string]any{"Site": "www"}, "minimum": 1,
	}}},
	Requests:   {"minimum_requests": 1000},
	Comparison: {"comparison": map[string]any{}},
}

// Evidence is one gate of a resource in the course of a real run.
type Evidence struct {
	Name    string
	Sources []Source
	// Start is the world and the resource before the change.
	Start func(t *testing.T) (*acctest.Env, *acctest.Core)
	// Ask is the change, with a gate that asks for this and for nothing else, once a second.
	Ask func(e *acctest.Env, gate map[string]any) acctest.Config
	// Probe is what the gate says to ask the site itself.
	Probe map[string]any
	// AtOnce: the gate is asked before anything is written, so the trouble is there from the
	// beginning. Otherwise it comes with the first write.
	AtOnce bool
	// Passed says whether what the gate is to prevent has happened.
	Passed func(t *testing.T, e *acctest.Env, c *acctest.Core) bool
}

// NeverPasses puts each source of evidence of a resource's gates into each trouble while
// its run goes on: what is not seen never lets it go on. It gives the number of cells.
func NeverPasses(t *testing.T, ways ...Evidence) {
	t.Helper()
	cells, share := 0, Share{Of: 2}
	for _, way := range ways {
		for _, source := range way.Sources {
			for _, trouble := range append([]Trouble{Healthy}, troublesOf[source]...) {
				if trouble == OnlyFirst && way.AtOnce {
					continue // there is nothing after it
				}
				name := fmt.Sprintf("%s/%s/%s", way.Name, source, trouble)
				if trouble != Healthy {
					if !share.Takes(t, name) {
						continue
					}
					cells++
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { way.run(t, source, trouble) })
				})
			}
		}
	}
	t.Logf("%d cells in which nothing may pass: %s", cells, &share)
}

// probed is the path that the probe asks for, whichever way it is written.
func (way Evidence) probed() string {
	if whole, ok := way.Probe["url"].(string); ok {
		if u, err := url.Parse(whole); err == nil {
			return u.Path
		}
	}
	return fmt.Sprint(way.Probe["path"])
}

func (way Evidence) run(t *testing.T, source Source, trouble Trouble) {
	e, c := way.Start(t)
	d := &doubtful{next: c.World.Transport, source: source, trouble: trouble, probed: way.probed()}
	base := e.World.Journal().Seq()
	d.begun = func() bool { return way.AtOnce || len(e.World.Journal().Writes(base)) > 0 }
	c.World.Transport = d
	gate := asked[source]
	if source == Probes {
		gate = map[string]any{"probes": []any{way.Probe}}
	}
	said := c.MustConverge(context.Background(), t, way.Ask(e, gate)).Errors()
	passed := way.Passed(t, e, c)
	switch {
	case trouble == Healthy && (len(said) > 0 || !passed):
		t.Errorf("it did not pass with all its evidence: %s", said)
	case trouble != Healthy && len(said) == 0:
		t.Error("it ended well")
	case trouble != Healthy && passed:
		t.Errorf("it passed, and said:\n%s", said)
	case trouble != Healthy && d.struck == 0:
		t.Error("nobody asked the source")
	}
}

// doubtful is a way to AWS and to the site on which CloudWatch knows all that a gate can
// ask for, and everything is in order, but for one source.
type doubtful struct {
	next    http.RoundTripper
	source  Source
	trouble Trouble
	probed  string // path
	begun   func() bool
	since   time.Time // when it began; zero: it has not
	struck  int
}

// RoundTrip implements http.RoundTripper.
func (d *doubtful) RoundTrip(req *http.Request) (*http.Response, error) {
	if d.since.IsZero() && d.begun() {
		d.since = clock.System{}.Now()
	}
	_, operation, ok := strings.Cut(req.URL.Path, "/operation/")
	switch {
	case ok && operation == "DescribeAlarms":
		return d.answer(req, d.alarms)
	case ok && operation == "GetMetricData":
		return d.answer(req, d.metrics)
	case d.source == Probes && req.URL.Path == d.probed && !d.since.IsZero():
		return d.probe(req)
	default:
		return d.next.RoundTrip(req)
	}
}

// fails is how a source in trouble gives no answer; "" and nil where it gives one.
func (d *doubtful) fails(ctx context.Context) (code string, err error) {
	const unavailable = "InternalServiceFault"
	d.struck++
	wait := func(by time.Duration) error { return clock.System{}.Sleep(ctx, by) }
	switch d.trouble {
	case Down:
		return unavailable, nil
	case SlowerThanGap:
		return unavailable, wait(6 * time.Second)
	case SlowerThanAll:
		return unavailable, wait(time.Hour)
	case Forbidden:
		return "AccessDenied", nil
	case OnlyFirst:
		if (clock.System{}).Now().Sub(d.since) > 10*time.Second {
			return unavailable, nil
		}
	default: // the other troubles show elsewhere
	}
	return "", nil
}

func (d *doubtful) probe(req *http.Request) (*http.Response, error) {
	switch code, err := d.fails(req.Context()); {
	case err != nil:
		return nil, err
	case code == "AccessDenied":
		return reply(req, http.StatusForbidden, "text/html", nil), nil
	case code != "":
		return nil, io.ErrUnexpectedEOF
	case d.trouble == Empty:
		return reply(req, http.StatusNoContent, "text/html", nil), nil
	case d.trouble == WrongType:
		return reply(req, http.StatusOK, "application/octet-stream", []byte{0, 1, 2}), nil
	default:
		return d.next.RoundTrip(req)
	}
}

func reply(req *http.Request, status int, kind string, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {kind}, "Smithy-Protocol": {"rpc-v2-cbor"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// answer decodes what CloudWatch is asked for and encodes what it says.
func (d *doubtful) answer(req *http.Request, say func(in map[string]any, troubled bool) map[string]any) (*http.Response, error) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var in map[string]any
	if err := decoding.Unmarshal(raw, &in); err != nil {
		return nil, fmt.Errorf("what CloudWatch was asked for: %w", err)
	}
	troubled := !d.since.IsZero() && d.concerns(in)
	status, out := http.StatusOK, map[string]any{}
	if troubled {
		code, err := d.fails(req.Context())
		if err != nil {
			return nil, err
		}
		if code != "" {
			status, out = http.StatusServiceUnavailable, map[string]any{"__type": "com.amazonaws.cloudwatch#" + code, "message": "not now"}
			if code == "AccessDenied" {
				status = http.StatusForbidden
			}
		}
	}
	if status == http.StatusOK {
		out = say(in, troubled)
	}
	body, err := encoding.Marshal(out)
	if err != nil {
		return nil, err
	}
	return reply(req, status, "application/cbor", body), nil
}

// concerns says whether a question is for the source in trouble.
func (d *doubtful) concerns(in map[string]any) bool {
	_, alarms := in["AlarmNames"]
	switch d.source {
	case MetricAlarm, CompositeAlarm, LogAlarm:
		return alarms
	case CustomMetric, Requests, Comparison:
		return !alarms
	default:
		return false
	}
}

// kinds of alarms as DescribeAlarms lists them, by their name here.
var kinds = map[string]string{"metric": "MetricAlarm", "composite": "CompositeAlarm", "log": "LogAlarm"}

func (d *doubtful) alarms(in map[string]any, troubled bool) map[string]any {
	out := map[string]any{"MetricAlarms": []any{}, "CompositeAlarms": []any{}, "LogAlarms": []any{}}
	wanted, _ := in["AlarmTypes"].([]any)
	names, _ := in["AlarmNames"].([]any)
	for _, n := range names {
		name, _ := n.(string)
		kind := kinds[name]
		if !slices.Contains(wanted, any(kind)) {
			continue
		}
		alarm := map[string]any{"AlarmName": name, "StateValue": "OK", "StateReason": "all is well"}
		if troubled {
			switch d.trouble {
			case Partial:
				alarm["EvaluationState"] = "PARTIAL_DATA"
			case Unevaluated:
				alarm["EvaluationState"] = "EVALUATION_FAILURE"
			case Late:
				alarm["StateValue"] = "INSUFFICIENT_DATA"
			case WrongType:
				alarm["StateValue"] = "FINE"
			case Empty:
				continue
			default: // the other troubles show elsewhere
			}
		}
		list, _ := out[kind+"s"].([]any)
		out[kind+"s"] = append(list, alarm)
	}
	return out
}

func (d *doubtful) metrics(in map[string]any, troubled bool) map[string]any {
	from, _ := in["StartTime"].(time.Time)
	to, _ := in["EndTime"].(time.Time)
	now := clock.System{}.Now()
	results := []any{}
	queries, _ := in["MetricDataQueries"].([]any)
	for _, q := range queries {
		query, _ := q.(map[string]any)
		stat, _ := query["MetricStat"].(map[string]any)
		metric, _ := stat["Metric"].(map[string]any)
		name, _ := metric["MetricName"].(string)
		seconds, _ := stat["Period"].(int64)
		period := time.Duration(seconds) * time.Second
		status, at, values := "Complete", []any{}, []any{}
		for moment := from; period > 0 && moment.Before(to); moment = moment.Add(period) {
			value := map[string]float64{"Requests": 100_000, "5xxErrorRate": 0.01, "Logins": 5}[name]
			if troubled {
				switch d.trouble {
				case Partial:
					status = "PartialData"
				case Empty:
					continue
				case Late:
					if moment.After(now.Add(-24 * time.Hour)) {
						continue
					}
				case OnlyLast:
					if moment.Add(period).Before(to) || to.Sub(from) == period {
						continue
					}
				case WrongType:
					value = math.NaN()
				case HalfOfIt:
					if (name == "Requests") == (moment.Unix()/60%2 == 0) {
						continue
					}
				default: // the other troubles show elsewhere
				}
			}
			at, values = append(at, moment), append(values, value)
		}
		results = append(results, map[string]any{"Id": query["Id"], "Label": name, "StatusCode": status, "Timestamps": at, "Values": values})
	}
	return map[string]any{"MetricDataResults": results}
}

var (
	encoding = func() cbor.EncMode {
		mode, err := cbor.EncOptions{Time: cbor.TimeUnixDynamic, TimeTag: cbor.EncTagRequired}.EncMode()
		if err != nil {
			panic(err) // the options are constants
		}
		return mode
	}()
	decoding = func() cbor.DecMode {
		mode, err := cbor.DecOptions{DefaultMapType: reflect.TypeFor[map[string]any](), IntDec: cbor.IntDecConvertSigned}.DecMode()
		if err != nil {
			panic(err) // the options are constants
		}
		return mode
	}()
)
