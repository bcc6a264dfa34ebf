package cloudfront

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"iter"
	"net/http"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/javascript"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	operations["TestFunction"] = operation{read: true, serve: (*Service).testFunction}
}

// testFunction runs a version once. A function that throws is an answer like another one. What
// it made of headers is not judged, and the origin that it chose is not told.
// Source: Developer Guide, test-function.
func (s *Service) testFunction(r *call) (*wire.Response, error) {
	f, err := s.findFunction(r)
	if err != nil {
		return nil, err
	}
	v := &f.dev
	if r.Body.String("Stage") == "LIVE" {
		if v = f.live; v == nil {
			return nil, noSuchFunction()
		}
	}
	if got := r.Header.Get("If-Match"); got != v.etag {
		if s.opts.Knobs.StaleTest == "PreconditionFailed" {
			return nil, &wire.Error{Code: "PreconditionFailed", Status: http.StatusPreconditionFailed, Message: "The precondition in one or more of the request fields evaluated to false."}
		}
		return nil, invalidIfMatch()
	}
	raw, err := base64.StdEncoding.DecodeString(r.Body.String("EventObject"))
	if err != nil {
		return nil, errorf("InvalidArgument", "The parameter EventObject is not valid.")
	}
	var event struct {
		Context struct {
			EventType string `json:"eventType"`
		} `json:"context"`
		Request  json.RawMessage `json:"request"`
		Response json.RawMessage `json:"response"`
	}
	known := json.Unmarshal(raw, &event) == nil && (event.Request != nil || event.Response != nil)
	if !known {
		return nil, errorf("InvalidArgument", "The parameter EventObject is not valid.")
	}
	response := event.Context.EventType == "viewer-response" || event.Context.EventType == "" && event.Response != nil
	with := javascript.Surroundings{Now: r.now, Random: uint64(r.now.UnixNano()), Origins: !response, MissingKey: s.opts.Knobs.MissingKey} //nolint:gosec // any number will do
	if store := s.storeByARN(v.store()); store != nil {
		with.Store = store.now()
	}
	if !response {
		with.Location = &javascript.Location{Name: "IAD", ServerIP: "192.0.2.1", Region: "us-east-1"}
	}
	result := v.program().Run(raw, with)
	logs := wire.Elem("FunctionExecutionLogs")
	for _, line := range result.Logs {
		logs.Children = append(logs.Children, wire.Text("member", line))
	}
	message, output := "", ""
	switch {
	case result.Err != nil:
		message = result.Err.Error()
	case !bytes.HasPrefix(result.Output, []byte("{")):
		message = "The CloudFront function returned an invalid value." // wording ours
	default:
		var kind struct {
			Status *json.RawMessage `json:"statusCode"`
		}
		_ = json.Unmarshal(result.Output, &kind) // it begins as an object, and was written as one
		name := "request"
		if response || kind.Status != nil {
			name = "response"
		}
		output = `{"` + name + `":` + string(result.Output) + `}`
	}
	return &wire.Response{Body: wire.Elem("TestResult",
		s.functionSummary(f, v, r.now), wire.Text("ComputeUtilization", "21"), logs, wire.Text("FunctionErrorMessage", message), wire.Text("FunctionOutput", output))}, nil
}

// now is the view of what the store holds, wherever it has arrived.
func (v *keyValueStore) now() *StoreView {
	view := &StoreView{created: v.created, modified: v.created, values: v.latest().values}
	if v.latest().modified {
		view.modified = v.latest().at
	}
	return view
}

// Running is what a point of presence runs for a function: the version that was published and has
// arrived there, or the first one, which comes with the association. ok is false if there is none.
func (e *edge) Running(arn string, pop int, at time.Time) (program *javascript.Program, store *StoreView, ok bool) {
	e.mu.RLock()
	var found *functionStage
	for f := range e.published() {
		if f.arn != arn || len(f.releases) == 0 {
			continue
		}
		found = f.releases[0]
		for _, v := range f.releases {
			if !v.arrives[pop].After(at) {
				found = v
			}
		}
	}
	e.mu.RUnlock()
	if found == nil {
		return nil, nil, false
	}
	if has := found.store(); has != "" {
		store = e.Store(has, pop, at)
	}
	return found.program(), store, true
}

// published visits the functions of every account.
func (e *edge) published() iter.Seq[*function] {
	return func(yield func(*function) bool) {
		for _, s := range e.accounts {
			for _, f := range s.functions {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// FunctionRules are the knobs of functions, as the points of presence know them: whether
// viewer-response sees the viewer's own request, how long a function that fails is not run
// (0: it is), and the name of the error for a missing key.
func (s *Service) FunctionRules() (original bool, throttle time.Duration, missing string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.edgeKnobs.ThrottleFunctions {
		throttle = s.edgeKnobs.FunctionThrottled
	}
	return s.edgeKnobs.ResponseSees == "original", throttle, s.edgeKnobs.MissingKey
}

// Domain is the d….cloudfront.net name of a distribution, "" for one that there never was.
func (s *Service) Domain(id string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if d := s.byID[id]; d != nil {
		return d.domain
	}
	return ""
}
