package awsapi_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/acmapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// vocabulary is every kind of error there is, with its name in a test's output.
var vocabulary = map[string]error{
	"ErrNotFound": awsapi.ErrNotFound, "ErrStale": awsapi.ErrStale, "ErrThrottled": awsapi.ErrThrottled, "ErrDenied": awsapi.ErrDenied,
	"ErrCredentials": awsapi.ErrCredentials, "ErrInUse": awsapi.ErrInUse, "ErrTaken": awsapi.ErrTaken, "ErrRefused": awsapi.ErrRefused,
	"ErrAmbiguous": awsapi.ErrAmbiguous, "ErrUnreachable": awsapi.ErrUnreachable, "ErrUnknownElement": awsapi.ErrUnknownElement,
	"ErrExists": awsapi.ErrExists, "ErrNotServed": awsapi.ErrNotServed,
}

// kinds lists what an error is: it should be one thing.
func kinds(err error) string {
	var out []string
	for name, kind := range vocabulary {
		if errors.Is(err, kind) {
			out = append(out, name)
		}
	}
	return strings.Join(out, "+")
}

func config(rt http.RoundTripper) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: rt}, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	}
}

// calls asks each service something through a configuration.
func calls(ctx context.Context, cfg aws.Config) map[string]error {
	out := map[string]error{}
	_, out["cloudfront"] = cloudfrontapi.New(cfg, "", clock.System{}).Distribution(ctx, "E1EXAMPLE", time.Time{})
	_, out["route53"] = route53api.New(cfg, "", clock.System{}).Zone(ctx, "Z1EXAMPLE")
	_, out["acm"] = acmapi.New(cfg, "", clock.System{}).Names(ctx, "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555")
	return out
}

// What each service's own SDK makes of the simulator's answers on the wire.
func TestEveryFailureOfAWSHasOneMeaning(t *testing.T) {
	t.Parallel()
	answer := func(code string, status int) *fault.Fault {
		return &fault.Fault{Kind: fault.Answer, Code: code, Status: status, Message: "Because."}
	}
	for _, c := range []struct {
		name      string
		fault     *fault.Fault // nil: nothing is wrong but that there is nothing
		want      string
		transient bool
	}{
		{"nothing there", nil, "ErrNotFound", false},
		{"throttled", &fault.Fault{Kind: fault.Throttle}, "ErrThrottled", true},
		{"5xx", &fault.Fault{Kind: fault.ServerFail}, "ErrAmbiguous", true},
		{"5xx of a code nobody knows", answer("Whoops", 502), "ErrAmbiguous", true},
		{"connection cut", &fault.Fault{Kind: fault.Cut}, "ErrAmbiguous", true},
		{"access denied", answer("AccessDenied", 403), "ErrDenied", false},
		{"access denied, as JSON services spell it", answer("AccessDeniedException", 400), "ErrDenied", false},
		{"403 of a code nobody knows", answer("OptInRequired", 403), "ErrDenied", false},
		{"token expired", answer("ExpiredToken", 403), "ErrCredentials", false},
		{"token expired, as JSON services spell it", answer("ExpiredTokenException", 400), "ErrCredentials", false},
		{"key unknown", answer("InvalidClientTokenId", 403), "ErrCredentials", false},
		{"key unknown, as JSON services spell it", answer("UnrecognizedClientException", 400), "ErrCredentials", false},
		{"wrong secret", answer("SignatureDoesNotMatch", 403), "ErrCredentials", false},
		{"wrong secret, as JSON services spell it", answer("InvalidSignatureException", 400), "ErrCredentials", false},
		{"clock wrong", answer("RequestExpired", 400), "ErrCredentials", false},
		{"precondition", answer("PreconditionFailed", 412), "ErrStale", true},
		{"412 of a code nobody knows", answer("ConditionalRequestConflict", 412), "ErrStale", true},
		{"ETag not accepted", answer("InvalidIfMatchVersion", 400), "ErrStale", true},
		{"zone busy", answer("PriorRequestNotComplete", 400), "ErrThrottled", true},
		{"another word for throttling", answer("TooManyRequestsException", 400), "ErrThrottled", true},
		{"throttled with 503", answer("SlowDown", 503), "ErrThrottled", true},
		{"429 of a code nobody knows", answer("Busy", 429), "ErrThrottled", true},
		{"timeout on their side", answer("RequestTimeout", 400), "ErrAmbiguous", true},
		{"name taken", answer("CNAMEAlreadyExists", 409), "ErrTaken", false},
		{"in use", answer("ResourceInUse", 409), "ErrInUse", false},
		{"no such thing", answer("EntityNotFound", 404), "ErrNotFound", false},
		{"refused", answer("InvalidArgument", 400), "ErrRefused", false},
		{"as many functions as there may be", answer("TooManyFunctions", 400), "ErrRefused", false},
		{"as many stores as there may be", answer("EntityLimitExceeded", 400), "ErrRefused", false},
		{"an operation nobody serves", answer("InternalFailure", 501), "ErrNotServed", false},
		{"an operation nobody serves, as JSON services spell it", answer("UnknownOperationException", 400), "ErrNotServed", false},
		{"an action nobody serves", answer("InvalidAction", 400), "ErrNotServed", false},
		{"a method that is not allowed", answer("MethodNotAllowed", 405), "ErrNotServed", false},
		{"404 of a code nobody knows", answer("NoSuchThing", 404), "ErrRefused", false},
		{"refused for a reason of next year", answer("QuantumUnsupported", 422), "ErrRefused", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := awssim.New(awssim.Options{})
				if c.fault != nil {
					sim.Faults().Add(*c.fault)
				}
				for service, err := range calls(t.Context(), config(sim.Transport())) {
					if got := kinds(err); got != c.want {
						t.Errorf("%s: %s, want %s: %v", service, got, c.want, err)
					}
					if got := awsapi.Transient(err); got != c.transient {
						t.Errorf("%s: transient %v, want %v: %v", service, got, c.transient, err)
					}
				}
			})
		})
	}
}

// A tripper is a connection that a function stands for.
type tripper func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f tripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// What a refusal is called stands in its body. Without that, even 404 says nothing about
// AWS: whoever wants to know looks again.
func TestAnAnswerThatBreaksOffSaysNothing(t *testing.T) {
	t.Parallel()
	for _, broken := range []error{io.ErrUnexpectedEOF, &net.OpError{Op: "read", Net: "tcp", Err: net.ErrClosed}} {
		for _, status := range []int{400, 403, 404, 405, 409, 412, 429, 500, 501} {
			rt := tripper(func(*http.Request) (*http.Response, error) {
				body := io.MultiReader(strings.NewReader("<ErrorResponse><Error><Code>NoSuch"), iotest.ErrReader(broken))
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
			})
			for service, err := range calls(t.Context(), config(rt)) {
				if got := kinds(err); got != "ErrAmbiguous" {
					t.Errorf("%s: %d, then %v: %s, want ErrAmbiguous: %v", service, status, broken, got, err)
				}
				if want := fmt.Sprintf("HTTP %d %s, and the answer broke off before it said why", status, http.StatusText(status)); !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v does not say %q", service, err, want)
				}
			}
		}
	}
}

// A refusal may begin before the request has been sent to its end. Then the rest is sent
// while the answer is read: net/http closes the connection if the rest is not there.
func TestARefusalInTheMiddleOfARequestIsRead(t *testing.T) {
	t.Parallel()
	checked := 0
	for operation := range everyOperation(config(nil)) {
		rt := tripper(func(req *http.Request) (*http.Response, error) {
			answer := func() (io.Reader, error) {
				if req.Body == nil {
					return strings.NewReader(""), nil
				}
				rest, err := io.ReadAll(req.Body)
				if err == nil && int64(len(rest)) != req.ContentLength {
					err = fmt.Errorf("%d bytes of %d are there", len(rest), req.ContentLength)
				}
				if req.ContentLength > 0 {
					checked++
				}
				return strings.NewReader(`<ErrorResponse><Error><Code>Refused</Code><Message>Because.</Message></Error></ErrorResponse>`), err
			}
			return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: &late{open: answer}}, nil
		})
		cfg := config(nil)
		cfg.HTTPClient = awsapi.Limited(&http.Client{Transport: rt}, time.Minute)
		if err := everyOperation(cfg)[operation](t.Context()); err == nil || strings.Contains(err.Error(), "bytes of") {
			t.Errorf("%s: %v", operation, err)
		}
	}
	if checked < 5 {
		t.Errorf("only %d requests had a body", checked)
	}
}

// late is a body that is made when somebody reads it.
type late struct {
	open func() (io.Reader, error)
	r    io.Reader
}

// Read implements io.Reader.
func (l *late) Read(p []byte) (int, error) {
	if l.r == nil {
		r, err := l.open()
		if err != nil {
			return 0, err
		}
		l.r = r
	}
	return l.r.Read(p)
}

// Close implements io.Closer.
func (*late) Close() error { return nil }

func TestMissingPermissionsAreDenied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		sim.Allow("cloudfront:ListDistributions")
		for service, err := range calls(t.Context(), config(sim.Transport())) {
			if kinds(err) != "ErrDenied" || !strings.Contains(err.Error(), "is not authorized to perform: "+service+":") {
				t.Errorf("%s: %s: %v", service, kinds(err), err)
			}
		}
	})
}

// An error is worded for a person: what was being done, the code, the message and
// the request, and nothing of the SDK.
func TestAnErrorSaysWhatWasDoneAndWhatAWSSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := awssim.New(awssim.Options{})
		sim.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "AccessDenied", Status: 403, Message: "You shall not pass."})
		for service, doing := range map[string]string{
			"cloudfront": "reading distribution E1EXAMPLE", "route53": "reading hosted zone Z1EXAMPLE",
			"acm": "reading certificate arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555",
		} {
			err := calls(t.Context(), config(sim.Transport()))[service]
			got := err.Error()
			if !strings.HasPrefix(got, doing+": AccessDenied: You shall not pass.") || strings.Contains(got, "operation error") || strings.Contains(got, "https response") {
				t.Errorf("%s: %s", service, got)
			}
			if service != "acm" && !strings.Contains(got, " (request ") {
				t.Errorf("%s does not say which request: %s", service, got)
			}
			if outside := awsapi.Brief(fmt.Errorf("outside: %w", err)); doing+": "+outside != got {
				t.Errorf("%s is briefly %q, want what follows %q in %q", service, outside, doing, got)
			}
		}
		plain := awsapi.Wrap(t.Context(), "doing", errors.New("plain"))
		if got := awsapi.Brief(plain); got != "plain" || plain.Error() != "doing: plain" {
			t.Errorf("%q is briefly %q", plain, got)
		}
		if got := awsapi.Brief(errors.New("plain")); got != "plain" {
			t.Errorf("a plain error is briefly %q", got)
		}
	})
}

func TestTheEndOfTheContextIsNoFactAboutAWS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		sim := awssim.New(awssim.Options{})
		sim.Faults().Add(fault.Fault{Hook: cancel})
		for service, err := range calls(ctx, config(sim.Transport())) {
			if !errors.Is(err, context.Canceled) || kinds(err) != "" || awsapi.Transient(err) {
				t.Errorf("%s: %s: %v", service, kinds(err), err)
			}
		}
	})
	if err := awsapi.Wrap(t.Context(), "doing", nil); err != nil {
		t.Errorf("success became %v", err)
	}
}

// dead is an address nobody listens on: a port that only root may open, and that no
// other test is given.
const dead = "127.0.0.1:1"

func TestNoConnectionMeansThatNothingHappened(t *testing.T) {
	t.Parallel()
	silent := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) // whose certificate nobody trusts
	silent.Config.ErrorLog = nil
	t.Cleanup(silent.Close)
	proxied := &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return url.Parse("http://" + dead) }}
	for _, c := range []struct {
		name, endpoint string
		rt             http.RoundTripper
	}{
		{"connection refused", "http://" + dead, &http.Transport{}},
		{"no such host", "http://aws.example.invalid", &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "aws.example.invalid", IsNotFound: true}}
		}}},
		{"a certificate nobody trusts", silent.URL, &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}},
		{"the proxy is down", "https://cloudfront.amazonaws.com", proxied},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := cloudfrontapi.New(config(c.rt), c.endpoint, clock.System{}).Distribution(t.Context(), "E1", time.Time{})
			if kinds(err) != "ErrUnreachable" || !awsapi.Transient(err) {
				t.Errorf("%s: %v", kinds(err), err)
			}
		})
	}
}

// Past the connection nobody can say whether the call arrived.
func TestAConnectionLostHalfwayIsAmbiguous(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
	}{
		{"reset", &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}},
		{"broken pipe", &net.OpError{Op: "write", Net: "tcp", Err: errors.New("broken pipe")}},
		{"closed", io.ErrUnexpectedEOF},
		{"timed out", context.DeadlineExceeded}, // of the HTTP client; ours has not ended
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rt := trip(func(*http.Request) (*http.Response, error) { return nil, c.err })
			for service, err := range calls(t.Context(), config(rt)) {
				if kinds(err) != "ErrAmbiguous" {
					t.Errorf("%s: %s: %v", service, kinds(err), err)
				}
			}
		})
	}
}

type trip func(*http.Request) (*http.Response, error)

// RoundTrip implements http.RoundTripper.
func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Answers of strangers: proxies, portals, load balancers.
func TestAnAnswerThatIsNotAWSsIsNotTrusted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{200, "", "ErrAmbiguous"},
		{200, "<html>Welcome to our hotel</html>", "ErrAmbiguous"},
		{403, "<html>blocked by policy</html>", "ErrDenied"},
		{403, "", "ErrDenied"},
		{401, "", "ErrDenied"},
		{502, "<html>bad gateway</html>", "ErrAmbiguous"},
		{504, "", "ErrAmbiguous"},
		{429, "slow down", "ErrThrottled"},
		{501, "", "ErrNotServed"},
		{501, "<html>not implemented</html>", "ErrNotServed"},
		{404, "", "ErrNotServed"}, // and not that there is no such distribution
		{404, "<html>not found</html>", "ErrNotServed"},
		{404, `{"message":"Not Found"}`, "ErrNotServed"},
		{405, "", "ErrNotServed"},
		{405, "<html>method not allowed</html>", "ErrNotServed"},
		{400, "<html>bad request</html>", "ErrRefused"},
		{407, "<html>log in first</html>", "ErrRefused"},
		{413, "", "ErrRefused"},
		{408, "", "ErrAmbiguous"},
		{425, "", "ErrAmbiguous"},
		{302, "", "ErrAmbiguous"},
	} {
		rt := trip(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: c.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(c.body)), Request: r}, nil
		})
		for service, err := range calls(t.Context(), config(rt)) {
			if got := kinds(err); got != c.want {
				t.Errorf("%s: %d %q is %s, want %s: %v", service, c.status, c.body, got, c.want, err)
			}
		}
	}
}

// nobody provides no credentials, in the ways that aws-sdk-go knows.
type nobody struct{ err error }

// Retrieve implements aws.CredentialsProvider.
func (n nobody) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, n.err
}

func TestCredentialsThatCannotBeHadAreAMatterOfCredentials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"none", errors.New("no EC2 IMDS role found"), "ErrCredentials"},
		{"empty", &credentials.StaticCredentialsEmptyError{}, "ErrCredentials"},
		{"the service that gives them cannot be reached", &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}, "ErrUnreachable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := awssim.New(awssim.Options{})
				for _, provider := range []aws.CredentialsProvider{nobody{c.err}, aws.NewCredentialsCache(nobody{c.err})} {
					cfg := config(sim.Transport())
					cfg.Credentials = provider
					for service, err := range calls(t.Context(), cfg) {
						if got := kinds(err); got != c.want {
							t.Errorf("%s: %s, want %s: %v", service, got, c.want, err)
						}
					}
				}
				if n := sim.Journal().Seq(); n > 0 {
					t.Errorf("%d calls were made by nobody", n)
				}
			})
		})
	}
}
