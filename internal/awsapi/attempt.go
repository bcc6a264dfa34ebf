package awsapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/middleware"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	// DefaultAttempt is how long one attempt at a read may take. AWS answers within a
	// second or two; a proxy in between may hold a connection that leads nowhere for hours.
	DefaultAttempt = 20 * time.Second
	// patienceWithWrites is how many times as long an attempt at a write may take: to give
	// one up early leaves open whether it took effect.
	patienceWithWrites = 3
	// pingAfter is how long a connection over HTTP/2 may be silent before it is asked
	// whether it is still there. Giving up a request does not close one.
	pingAfter = 10 * time.Second
	// pingAnswer is how long that answer may take before the connection is closed.
	pingAnswer = 5 * time.Second
)

// A Timeout is the error of an attempt at a call that was given up.
type Timeout struct {
	After time.Duration
	Err   error
	read  bool // it can be asked again
}

// Error implements error.
func (t *Timeout) Error() string {
	return fmt.Sprintf("no answer within %s, so the connection was given up", t.After)
}

// Unwrap implements the interface of errors.Is.
func (t *Timeout) Unwrap() error { return t.Err }

// attempts is an HTTP client that gives each attempt at a call so much time, from the
// connection to the last byte of the answer, and takes no connection a second time
// that was good for nothing.
type attempts struct {
	limit time.Duration // of a read
	fresh func() aws.HTTPClient

	mu     sync.Mutex
	client aws.HTTPClient
}

// limited puts a limit on every attempt. What a client of the SDK's own has been told of
// proxies and authorities stays as it is.
func limited(client aws.HTTPClient, limit time.Duration) aws.HTTPClient {
	out := &attempts{limit: limit, client: client, fresh: func() aws.HTTPClient { return client }}
	if buildable, ok := client.(*awshttp.BuildableClient); ok {
		out.fresh = func() aws.HTTPClient {
			return buildable.WithTransportOptions(func(t *http.Transport) {
				t.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAnswer, WriteByteTimeout: limit}
			}).Freeze()
		}
		out.client = out.fresh()
	}
	return out
}

// errSpent is why the context of an attempt ends.
var errSpent = errors.New("the time of the attempt is over")

// Do implements aws.HTTPClient.
func (a *attempts) Do(req *http.Request) (*http.Response, error) {
	limit, read := a.limit, reads(req)
	if !read {
		limit *= patienceWithWrites
	}
	a.mu.Lock()
	client := a.client
	a.mu.Unlock()
	parent, release := req.Context(), func() {}
	if !read {
		if err := parent.Err(); err != nil {
			return nil, err
		}
		parent, release = outlasting(parent)
	}
	// The network's time is the machine's, whatever clock the cutover runs on.
	ctx, end := context.WithTimeoutCause(parent, limit, errSpent)
	cancel := func() { end(); release() }
	spent := func(err error) error {
		if err == nil || !errors.Is(context.Cause(ctx), errSpent) {
			return err
		}
		a.discard(client)
		return &Timeout{After: limit, Err: err, read: read}
	}
	req = req.WithContext(ctx)
	if err := unclosed(req); err != nil {
		cancel()
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		err = spent(err)
		cancel()
		return resp, err
	}
	resp.Body = &body{ReadCloser: resp.Body, spent: spent, cancel: cancel}
	return resp, nil
}

// unclosed gives a request a body that only the connection closes. The SDK closes its
// own as soon as an answer begins (smithy-go, transport/http/client.go). An answer may
// begin before the request has been sent to its end, as a refusal does that needs no more
// than the head. The connection then misses the rest, closes itself, and what AWS says is
// wrong can be read no more.
func unclosed(req *http.Request) error {
	if req.Body == nil || req.Body == http.NoBody {
		return nil
	}
	whole, err := io.ReadAll(req.Body)
	req.Body = io.NopCloser(bytes.NewReader(whole))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(whole)), nil }
	return err
}

// grace is how long a write that has been sent gets for its answer after its run was
// told to stop: whoever stops in the middle of one does not know what it did.
const grace = 10 * time.Second

// outlasting is a context that ends a while after its parent.
func outlasting(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		if (clock.System{}).Sleep(ctx, grace) == nil {
			cancel(parent.Err())
		}
	})
	return ctx, func() { stop(); cancel(context.Canceled) }
}

// discard takes no more connections from a client that is still the current one.
func (a *attempts) discard(client aws.HTTPClient) {
	a.mu.Lock()
	if a.client == client {
		a.client = a.fresh()
	}
	a.mu.Unlock()
	if c, ok := client.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// A body is an answer that has to be there within the time of its attempt.
type body struct {
	io.ReadCloser
	spent  func(error) error
	cancel context.CancelFunc
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.spent(err)
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// reads says whether a request changes nothing, by the name of its operation.
func reads(req *http.Request) bool {
	operation := awsmiddleware.GetOperationName(req.Context())
	return readsBy(operation) || operation == "" && (req.Method == http.MethodGet || req.Method == http.MethodHead)
}

func readsBy(operation string) bool {
	return slices.ContainsFunc([]string{"Get", "List", "Describe", "Head"}, func(verb string) bool { return strings.HasPrefix(operation, verb) })
}

// callersKey marks the context of a call that is made for several.
type callersKey struct{}

// For is a context of calls that are made for several callers at once: what is known of a
// call by its caller, such as the step it is made for, is known of it by each of theirs. Its
// other values, its deadline and its end are those of ctx.
func For(ctx context.Context, callers ...context.Context) context.Context {
	return context.WithValue(ctx, callersKey{}, callers)
}

// Callers are the contexts of those that a call with ctx is made for: ctx, unless For says more.
func Callers(ctx context.Context) []context.Context {
	if callers, ok := ctx.Value(callersKey{}).([]context.Context); ok {
		return callers
	}
	return []context.Context{ctx}
}

// answered hands on the ids of writes: of each attempt, because of two the first may be the
// one that took effect, and the last is the one that somebody was answered.
func answered(hand func(ctx context.Context, request string)) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("HandOnRequestID",
			func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
				out, meta, err := next.HandleDeserialize(ctx, in)
				if id, ok := awsmiddleware.GetRequestIDMetadata(meta); ok && id != "" && !readsBy(awsmiddleware.GetOperationName(ctx)) {
					for _, caller := range Callers(ctx) {
						hand(caller, id) //nolint:contextcheck // of whom the call is made for
					}
				}
				return out, meta, err
			}), middleware.Before)
	}
}

// unrepeated is a retryer that does not send a write again whose attempt was given up:
// whether it took effect shows when somebody looks. A read is asked again, over another
// connection.
type unrepeated struct{ aws.RetryerV2 }

// IsErrorRetryable implements aws.Retryer.
func (r unrepeated) IsErrorRetryable(err error) bool {
	if t, ok := errors.AsType[*Timeout](err); ok {
		return t.read
	}
	return r.RetryerV2.IsErrorRetryable(err)
}

// unrepeating wraps what makes retryers.
func unrepeating(inner func() aws.Retryer) func() aws.Retryer {
	return func() aws.Retryer {
		if r, ok := inner().(aws.RetryerV2); ok {
			return unrepeated{r}
		}
		return inner()
	}
}
