package awsapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// The vocabulary: what an AWS error means for somebody who wants to go on.
var (
	// ErrNotFound: the thing does not exist.
	ErrNotFound = errors.New("not found")
	// ErrStale: the world changed since the observation that justified a write.
	// Observe again, decide again; never resend.
	ErrStale = errors.New("changed in the meantime")
	// ErrThrottled: too many calls; nothing happened.
	ErrThrottled = errors.New("throttled")
	// ErrDenied: the credentials may not do this.
	ErrDenied = errors.New("access denied")
	// ErrCredentials: the credentials are missing, expired or wrong.
	ErrCredentials = errors.New("credentials rejected")
	// ErrExpired: a session has ended, or the token that renews it. An ErrCredentials.
	ErrExpired = fmt.Errorf("%w: they have expired", ErrCredentials)
	// ErrNoCredentials: there was nobody to be. An ErrCredentials.
	ErrNoCredentials = fmt.Errorf("%w: there are none", ErrCredentials)
	// ErrInUse: something else depends on the thing, or it is not in a state to change.
	ErrInUse = errors.New("in use")
	// ErrTaken: an alternate domain name belongs to another resource, or its DNS says so.
	ErrTaken = errors.New("taken")
	// ErrExists: something that was made with the same reference is there already.
	ErrExists = errors.New("exists already")
	// ErrRefused: AWS understood and said no, for a reason that trying again does not mend.
	ErrRefused = errors.New("refused")
	// ErrProtected: somebody has forbidden every change of a record. An ErrRefused.
	ErrProtected = fmt.Errorf("%w: protected", ErrRefused)
	// ErrUnproven: a name may not be moved, for want of a proof or because the distribution
	// that has it is enabled, in another account. An ErrRefused.
	ErrUnproven = fmt.Errorf("%w: not to be moved", ErrRefused)
	// ErrNoProof: it is the proof. An ErrUnproven.
	ErrNoProof = fmt.Errorf("%w: not proven", ErrUnproven)
	// ErrTooManyFunctions: the account has as many functions as it may. An ErrRefused.
	ErrTooManyFunctions = fmt.Errorf("%w: too many functions", ErrRefused)
	// ErrTooManyStores: the account has as many key value stores as it may. An ErrRefused.
	ErrTooManyStores = fmt.Errorf("%w: too many key value stores", ErrRefused)
	// ErrAmbiguous: no usable answer came; the call may or may not have taken effect.
	ErrAmbiguous = errors.New("no answer")
	// ErrSessionToken stands beside ErrDenied or ErrCredentials: the call was signed for all
	// regions, and with a session token, which has to come from a regional endpoint of STS then.
	ErrSessionToken = errors.New("signed for all regions with a session token")
	// ErrUnreachable: no connection could be made, so nothing can have happened.
	ErrUnreachable = errors.New("unreachable")
	// ErrNotServed: whoever answered does not know the operation: a gateway, a simulator, a
	// proxy, or a region where AWS does not offer it. Asking again changes nothing, and it
	// says nothing about the thing asked for.
	ErrNotServed = errors.New("not served")
	// ErrUnknownElement: a read-modify-write would have dropped a setting that this
	// build does not know.
	ErrUnknownElement = errors.New("unknown setting")
)

// codes maps AWS error codes to the vocabulary; the codes for throttling are the
// SDK's own list. Source: the services' models and the common error lists of their
// API references.
var codes = map[string]error{
	"NoSuchDistribution": ErrNotFound, "EntityNotFound": ErrNotFound, "NoSuchHostedZone": ErrNotFound,
	"NoSuchChange": ErrNotFound, "NoSuchInvalidation": ErrNotFound, "ResourceNotFoundException": ErrNotFound, "NoSuchContinuousDeploymentPolicy": ErrNotFound,
	"NoSuchResource":       ErrNotFound, // of the tagging calls
	"NoSuchFunctionExists": ErrNotFound,

	"PreconditionFailed": ErrStale, "InvalidIfMatchVersion": ErrStale, "ConditionalRequestConflict": ErrStale,
	"ConflictException": ErrStale, // of key value stores, which have no 412

	"RequestTimeout": ErrAmbiguous, "RequestTimeoutException": ErrAmbiguous,

	"AccessDenied": ErrDenied, "AccessDeniedException": ErrDenied, "UnauthorizedOperation": ErrDenied,

	"ExpiredToken": ErrExpired, "ExpiredTokenException": ErrExpired, // of a session; the latter also of a web identity token
	"RequestExpired":       ErrCredentials,
	"InvalidClientTokenId": ErrCredentials, "UnrecognizedClientException": ErrCredentials, "InvalidToken": ErrCredentials,
	"SignatureDoesNotMatch": ErrCredentials, "InvalidSignatureException": ErrCredentials,
	"IncompleteSignature": ErrCredentials, "IncompleteSignatureException": ErrCredentials,
	"MissingAuthenticationToken": ErrCredentials, "MissingAuthenticationTokenException": ErrCredentials,

	"CNAMEAlreadyExists": ErrTaken, "IllegalUpdate": ErrUnproven, // of an update it says that something cannot be changed
	// It says that the request would pass if it came later, which is what throttling means.
	"TooManyInvalidationsInProgress": ErrThrottled,

	"ResourceInUse": ErrInUse, "DistributionNotDisabled": ErrInUse,
	"StagingDistributionInUse": ErrInUse, "ContinuousDeploymentPolicyInUse": ErrInUse,
	"FunctionInUse": ErrInUse, "CannotDeleteEntityWhileInUse": ErrInUse,

	"TooManyFunctions": ErrTooManyFunctions, "EntityLimitExceeded": ErrTooManyStores, // of entities there are only stores

	"DistributionAlreadyExists": ErrExists, "ContinuousDeploymentPolicyAlreadyExists": ErrExists,
	"FunctionAlreadyExists": ErrExists, "EntityAlreadyExists": ErrExists,

	"InvalidAction": ErrNotServed, "UnknownOperation": ErrNotServed, "UnknownOperationException": ErrNotServed,
	"NotImplemented": ErrNotServed, "NotImplementedException": ErrNotServed, "MethodNotAllowed": ErrNotServed,
}

// proofWord is in what AWS says of a proof that it does not take. Neither type nor code tells that
// from what else it has against a move; should it be worded otherwise one day, nobody knows
// which it is, as with an ErrUnproven.
const proofWord = "TXT"

// codeless is what the SDK makes of an answer in which no service says what is wrong.
const codeless = "UnknownError"

// TooLarge is the error of an invalidation that would exceed a quota of what is in progress if there
// were nothing else.
type TooLarge struct {
	Has, Most int
	Wildcards bool // they are what is too many; otherwise paths and cache tags
}

// Error implements error.
func (t *TooLarge) Error() string {
	if t.Wildcards {
		return fmt.Sprintf("%d paths with a wildcard are more than the %d that may be in progress", t.Has, t.Most)
	}
	return fmt.Sprintf("%d paths and cache tags are more than the %d that may be in progress", t.Has, t.Most)
}

// An Error is what one call answered.
type Error struct {
	Doing string // gerund phrase: "moving www.example.com to E2"
	Kind  error  // from the vocabulary
	Err   error  // as the SDK returned it
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Doing, Brief(e.Err)) }

// Unwrap lets errors.Is find the kind and errors.As the SDK's error.
func (e *Error) Unwrap() []error { return []error{e.Kind, e.Err} }

// Wrap translates what the SDK returned. A nil err stays nil; the end of ctx is
// not a fact about AWS and is passed on as it is.
func Wrap(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", doing, ctx.Err())
	}
	return &Error{Doing: Where(doing, err), Kind: kind(err), Err: err}
}

// Where adds to what was being done the account in which err says it was, if that has a name.
func Where(doing string, err error) string {
	if account := Account(err); account != "" {
		doing += " in the account " + account
	}
	return doing
}

// An identityError says why there are no credentials to make a call with.
type identityError struct {
	doing string // gerund phrase: "assuming arn:aws:iam::123456789012:role/deploy"
	err   error
}

// Error implements error.
func (e *identityError) Error() string { return e.doing + ": " + answer(e.err) }

// Unwrap implements the interface of errors.Is.
func (e *identityError) Unwrap() error { return e.err }

// kind is what the failure to find credentials means: what AWS said, if it was AWS
// that was asked.
func (e *identityError) kind() error {
	if _, ok := errors.AsType[*ssocreds.InvalidTokenError](e.err); ok || strings.Contains(e.err.Error(), "cached SSO token is expired") {
		return ErrExpired // for a session of several profiles the SDK has no type
	}
	if op, ok := errors.AsType[*smithy.OperationError](e.err); ok && slices.Contains([]string{"STS", "SSO", "SSO OIDC", "Signin"}, op.Service()) {
		return kind(e.err)
	}
	return ErrNoCredentials
}

func kind(err error) error {
	if nobody, ok := errors.AsType[*identityError](err); ok {
		return nobody.kind()
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != codeless {
		if k, ok := codes[api.ErrorCode()]; ok {
			if errors.Is(k, ErrUnproven) && strings.Contains(api.ErrorMessage(), proofWord) {
				return ErrNoProof
			}
			return k
		}
		if _, ok := retry.DefaultThrottleErrorCodes[api.ErrorCode()]; ok {
			return ErrThrottled
		}
	}
	if _, cut := unread(err); cut {
		return ErrAmbiguous // the code was in what is missing
	}
	said := api != nil && api.ErrorCode() != codeless
	if resp, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		switch status := resp.HTTPStatusCode(); {
		case status == http.StatusNotImplemented:
			return ErrNotServed
		case status >= http.StatusInternalServerError:
			return ErrAmbiguous
		case status == http.StatusTooManyRequests:
			return ErrThrottled
		case status == http.StatusPreconditionFailed:
			return ErrStale
		case status == http.StatusForbidden, status == http.StatusUnauthorized: // with a code of a newer API, or a proxy's page
			return ErrDenied
		case said || !refuses(status):
		case status == http.StatusNotFound, status == http.StatusMethodNotAllowed: // AWS would name what it does not find
			return ErrNotServed
		default: // a proxy, which asks for a login or thinks that the request is too long
			return ErrRefused
		}
	}
	if said {
		return ErrRefused
	}
	var dial *net.OpError
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &dial) && (dial.Op == "dial" || dial.Op == "proxyconnect") || errors.As(err, &untrusted) {
		return ErrUnreachable
	}
	if strings.Contains(err.Error(), "get identity") {
		return ErrCredentials // no call was made; the SDK has no type for it
	}
	return ErrAmbiguous
}

// unread is the status of an answer that broke off before its end: a status alone does
// not say what AWS meant.
func unread(err error) (int, bool) {
	resp, answered := errors.AsType[*awshttp.ResponseError](err)
	if !answered || resp.HTTPStatusCode() < http.StatusMultipleChoices {
		return 0, false
	}
	_, network := errors.AsType[*net.OpError](err)
	return resp.HTTPStatusCode(), network || errors.Is(err, io.ErrUnexpectedEOF)
}

// refuses says whether a status means that the same request will be answered alike.
func refuses(status int) bool {
	return status >= http.StatusBadRequest && status < http.StatusInternalServerError &&
		status != http.StatusRequestTimeout && status != http.StatusTooEarly
}

// Brief words an AWS error for a person: the code, the message, the request id,
// without the SDK's wrapping and without secrets.
func Brief(err error) string {
	if wrapped, ok := errors.AsType[*Error](err); ok {
		err = wrapped.Err
	}
	if nobody, ok := errors.AsType[*identityError](err); ok {
		return hidden(err, nobody.Error())
	}
	return hidden(err, answer(err))
}

// answer is what AWS said, or else what the SDK says.
func answer(err error) string {
	if t, ok := errors.AsType[*Timeout](err); ok {
		return t.Error()
	}
	var api smithy.APIError
	resp, answered := errors.AsType[*awshttp.ResponseError](err)
	if named := errors.As(err, &api) && api.ErrorCode() != codeless; !named {
		if status, cut := unread(err); cut {
			return fmt.Sprintf("HTTP %d %s, and the answer broke off before it said why", status, http.StatusText(status))
		}
		if answered && resp.HTTPStatusCode() >= http.StatusMultipleChoices {
			status := resp.HTTPStatusCode()
			return fmt.Sprintf("HTTP %d %s, without an error code of AWS", status, http.StatusText(status))
		}
		return err.Error()
	}
	out := api.ErrorCode()
	// After a wrong signature AWS quotes all that was signed, session token included.
	if m, _, _ := strings.Cut(api.ErrorMessage(), "The Canonical String for this request"); m != "" {
		out += ": " + strings.TrimSpace(m)
	}
	if answered && resp.ServiceRequestID() != "" {
		out += " (request " + resp.ServiceRequestID() + ")"
	}
	return out
}

// Transient says whether looking again is the right answer to err: somebody
// wrote first, AWS was busy, or the answer got lost.
func Transient(err error) bool {
	return errors.Is(err, ErrStale) || errors.Is(err, ErrThrottled) ||
		errors.Is(err, ErrAmbiguous) || errors.Is(err, ErrUnreachable)
}
