// Package cloudwatch simulates Amazon CloudWatch: metrics that other services
// publish and clients put, and alarms over them. It speaks whichever of the three
// protocols a client speaks.
//
// Alarms are evaluated once a minute of the simulator's clock, and lazily: what an
// alarm would have become meanwhile is worked out when somebody asks. Alarms do
// nothing but have a state: actions are stored and never taken.
//
// It invents no data. A period in which nothing happened has no datapoint.
package cloudwatch

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Options of a Service.
type Options struct {
	Clock   clock.Clock
	Account string
	// Published are the metrics of the other services, each telling its own.
	Published []Source
}

// A Service is one account's CloudWatch in all regions. It is safe for concurrent use.
type Service struct {
	opts  Options
	model *wire.Model

	mu     sync.Mutex
	put    map[string]*series // by region and metric
	alarms map[string]*alarm  // by region and name
}

// New returns a CloudWatch without alarms.
func New(o Options) *Service {
	return &Service{opts: o, model: wire.LoadModel("cloudwatch"), put: map[string]*series{}, alarms: map[string]*alarm{}}
}

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

// A call is one request at one moment.
type call struct {
	body
	region string
	now    time.Time
}

type operation struct {
	read  bool
	serve func(*Service, *call) (map[string]any, error)
}

var operations = map[string]operation{
	"GetMetricData":       {read: true, serve: (*Service).getMetricData},
	"GetMetricStatistics": {read: true, serve: (*Service).getMetricStatistics},
	"ListMetrics":         {read: true, serve: (*Service).listMetrics},
	"PutMetricData":       {serve: (*Service).putMetricData},

	"PutMetricAlarm":      {serve: (*Service).putMetricAlarm},
	"PutCompositeAlarm":   {serve: (*Service).putCompositeAlarm},
	"PutLogAlarm":         {serve: (*Service).putLogAlarm},
	"DescribeAlarms":      {read: true, serve: (*Service).describeAlarms},
	"DeleteAlarms":        {serve: (*Service).deleteAlarms},
	"SetAlarmState":       {serve: (*Service).setAlarmState},
	"EnableAlarmActions":  {serve: (*Service).enableActions},
	"DisableAlarmActions": {serve: (*Service).disableActions},

	"TagResource":         {serve: (*Service).tagResource},
	"UntagResource":       {serve: (*Service).untagResource},
	"ListTagsForResource": {read: true, serve: (*Service).listTags},
}

// Serves implements wire.Service.
func (s *Service) Serves() []string {
	var out []string
	for name := range operations {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Reads implements wire.Service.
func (s *Service) Reads(name string) bool { return operations[name].read }

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	op, ok := operations[r.Operation.Name]
	if !ok {
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of CloudWatch", r.Operation.Name),
		}
	}
	if err := s.model.ValidateJSON(r.Operation, r.JSON); err != nil {
		return nil, validationError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Clock.Now()
	s.evaluate(now)
	out, err := op.serve(s, &call{body: r.JSON, region: cmp.Or(r.Region, "us-east-1"), now: now})
	if err != nil {
		return nil, err
	}
	resp := &wire.Response{}
	if out != nil || r.Operation.Output != nil {
		if out == nil {
			out = map[string]any{}
		}
		resp.JSON = out
	}
	return resp, nil
}

// validationError gives a violation of the model the name that it has here.
func validationError(err error) error {
	e, ok := err.(*wire.Error) //nolint:errorlint // the model returns no other
	if !ok || e.Code != "ValidationException" {
		return err
	}
	return invalid("%s", e.Message)
}

// invalid is the error for what the parameters of most operations get wrong. It is
// one of the common errors, so the model lists it for none.
func invalid(format string, args ...any) error {
	return &wire.Error{Code: "ValidationError", Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// body is the input of a call, already checked against the model.
type body map[string]any

func (b body) text(name string) string { s, _ := b[name].(string); return s }

func (b body) object(name string) body { m, _ := b[name].(map[string]any); return m }

func (b body) time(name string) time.Time { t, _ := b[name].(time.Time); return t }

// number is 0 where there is none; has tells the difference.
func (b body) number(name string) float64 { f, _ := b[name].(float64); return f }

func (b body) has(name string) bool { return b[name] != nil }

// period is the member of that name as a duration.
func (b body) period() time.Duration { return time.Duration(b.number("Period")) * time.Second }

func (b body) objects(name string) []body {
	var out []body
	list, _ := b[name].([]any)
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func (b body) texts(name string) []string {
	var out []string
	list, _ := b[name].([]any)
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (b body) numbers(name string) []float64 {
	var out []float64
	list, _ := b[name].([]any)
	for _, v := range list {
		if f, ok := v.(float64); ok {
			out = append(out, f)
		}
	}
	return out
}
