package acctest

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
)

// changes finds the operations of AWS that change something, by their first word.
var changes = regexp.MustCompile("^(Associate|Change|Copy|Create|Delete|Put|Tag|Untag|Update)")

// turns is a way to AWS that holds every run to the contract of engine.Workflow: Do writes
// at most once. A run that dies between two writes of one step leaves what no step leaves.
// A call that AWS has refused, or that is sent again, is no second one.
type turns struct {
	next http.RoundTripper

	mu    sync.Mutex
	wrote map[fmt.Stringer]string // the operation that AWS took from each step
	err   error
}

func newTurns(next http.RoundTripper) *turns {
	return &turns{next: next, wrote: map[fmt.Stringer]string{}}
}

// RoundTrip implements http.RoundTripper.
func (w *turns) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(req)
	operation := awsmiddleware.GetOperationName(req.Context())
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices || !changes.MatchString(operation) {
		return resp, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, caller := range awsapi.Callers(req.Context()) { // several share a write of one distribution
		step := engine.Doing(caller) //nolint:contextcheck // of whom the call is made for
		if step == nil {
			continue
		}
		if before, twice := w.wrote[step]; twice {
			w.err = errors.Join(w.err, fmt.Errorf("%s wrote twice: %s, then %s", step, before, operation))
		}
		w.wrote[step] = operation
	}
	return resp, nil
}

// check returns err, or else what broke the contract.
func (w *turns) check(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		return err
	}
	return w.err
}
