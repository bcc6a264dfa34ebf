// Package sts simulates AWS STS: who a caller is, and credentials for roles that
// expire. It also keeps the users and roles of all accounts, because everybody
// else only wants to know who called and what that one may do.
//
// The first account, while it has no users, takes every access key that is nobody's for a
// user of its own that may do everything; other accounts take those that they were opened
// for. As soon as one user is added to an account, keys of it that are neither a user's nor
// a session's are refused, and so is a wrong signature. Of OpenID Connect tokens
// it reads the claims; it does not check who signed them.
package sts

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Options of a Service.
type Options struct {
	Account string // the first one, 12 digits
	Clock   clock.Clock
	Seed    uint64 // the same seed draws the same keys
	// Tokens is the version that session tokens have, 0 for what the endpoint gives. Nil: 0.
	Tokens func() int
}

// A Service answers for every account. It is safe for concurrent use.
type Service struct {
	account string
	clock   clock.Clock
	model   *wire.Model
	tokens  func() int

	mu       sync.Mutex
	random   *rand.Rand
	users    map[string]User    // by access key
	open     map[string]string  // access key → account, see Open
	roles    map[string]*role   // by ARN
	policies map[string]permits // managed ones, by ARN
	sessions map[string]*session
}

// New returns the identity service of a world, without users or roles.
func New(o Options) *Service {
	if o.Tokens == nil {
		o.Tokens = func() int { return 0 }
	}
	return &Service{
		tokens: o.Tokens, account: o.Account, clock: o.Clock, model: wire.LoadModel("sts"),
		random: rand.New(rand.NewPCG(o.Seed, 0x575)), //nolint:gosec // simulated keys
		users:  map[string]User{}, open: map[string]string{}, roles: map[string]*role{}, policies: map[string]permits{}, sessions: map[string]*session{},
	}
}

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

// Serves implements wire.Service.
func (s *Service) Serves() []string {
	return []string{"AssumeRole", "AssumeRoleWithWebIdentity", "GetAccessKeyInfo", "GetCallerIdentity"}
}

// Reads implements wire.Service: a session is no change to the account, and
// CloudTrail calls these events read-only too.
func (s *Service) Reads(string) bool { return true }

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	in, err := s.input(r)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Operation.Name {
	case "GetCallerIdentity":
		who, err := s.identify(r.AccessKey)
		if err != nil {
			return nil, err
		}
		return &wire.Response{Body: wire.Elem("GetCallerIdentityResult",
			wire.Text("Arn", who.ARN), wire.Text("UserId", who.UserID), wire.Text("Account", who.Account))}, nil
	case "GetAccessKeyInfo":
		who, err := s.identify(text(in, "AccessKeyId"))
		if err != nil {
			return nil, invalid("The specified value for accessKeyId is invalid")
		}
		return &wire.Response{Body: wire.Elem("GetAccessKeyInfoResult", wire.Text("Account", who.Account))}, nil
	case "AssumeRole":
		return s.assumeRole(r, in)
	case "AssumeRoleWithWebIdentity":
		return s.assumeWithToken(r, in)
	default:
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of STS", r.Operation.Name),
		}
	}
}

func invalid(format string, args ...any) error {
	return &wire.Error{Code: "ValidationError", Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

func denied(format string, args ...any) error {
	return &wire.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: fmt.Sprintf(format, args...)}
}
