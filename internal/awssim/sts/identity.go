package sts

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

// A User has a key that does not expire.
type User struct {
	Name      string   `json:"name"`
	Account   string   `json:"account,omitempty"` // whose it is; empty: the first one
	AccessKey string   `json:"access_key"`
	SecretKey string   `json:"secret_key"`      // calls have to be signed with it
	Allow     []string `json:"allow,omitempty"` // IAM actions, * as in policies; nil: every one
}

// A Role can be assumed by whom it trusts.
type Role struct {
	Name    string `json:"name"`              // may have a path before it: ci/deploy
	Account string `json:"account,omitempty"` // whose it is; empty: the first one. An account that the world does not have is empty

	Trusts     []string `json:"trusts,omitempty"`      // ARNs of users, roles or accounts (…:root); "*" is everybody
	ExternalID string   `json:"external_id,omitempty"` // what a caller has to know
	// Tokens of this issuer, for this audience, about this subject (* as in policies) may assume it.
	Issuer   string `json:"issuer,omitempty"`
	Audience string `json:"audience,omitempty"`
	Subject  string `json:"subject,omitempty"`
	// Grants are the actions that its trust policy allows; nil: AssumeRole, TagSession
	// and SetSourceIdentity.
	Grants []string `json:"grants,omitempty"`

	MaxSession time.Duration `json:"-"`               // one hour
	Allow      []string      `json:"allow,omitempty"` // IAM actions of its sessions; nil: every one
}

// role is a Role with what AWS adds to it.
type role struct {
	Role
	arn, id string
}

// permits says whether an IAM action is allowed.
type permits func(action string) bool

// A session is what AssumeRole hands out.
type session struct {
	Caller
	secret, token string
	version       int // of the token
	expires       time.Time
	source        string            // source identity; it sticks to chained sessions
	transitive    map[string]string // tags that stick to chained sessions
}

// A Caller is who made a call.
type Caller struct {
	ARN, UserID, Account string

	role string // ARN of the role behind a session
	may  []permits
}

// May says whether the caller's own policies allow an IAM action.
func (c Caller) May(action string) bool {
	return !slices.ContainsFunc(c.may, func(p permits) bool { return !p(action) })
}

// Why a call is nobody's.
var (
	ErrUnknownKey = errors.New("no such access key")
	ErrExpired    = errors.New("the session has expired")
)

// AddUser adds a user and returns its ARN. The first of them ends the time in
// which every access key would do.
func (s *Service) AddUser(u User) (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.Account = cmp.Or(u.Account, s.account)
	s.users[u.AccessKey] = u
	return u.arn()
}

func (u User) arn() string { return fmt.Sprintf("arn:aws:iam::%s:user/%s", u.Account, u.Name) }

// Open gives access keys to another account as the first one has every key: for a user of its
// own that may do everything, until a user is added to that account.
func (s *Service) Open(account string, accessKeys ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range accessKeys {
		s.open[key] = account
	}
}

// AddRole adds a role or replaces it, and returns its ARN.
func (s *Service) AddRole(r Role) (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Account == "" {
		r.Account = s.account
	}
	if r.Grants == nil {
		r.Grants = []string{"sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"}
	}
	if r.MaxSession == 0 {
		r.MaxSession = time.Hour
	}
	added := &role{Role: r, arn: fmt.Sprintf("arn:aws:iam::%s:role/%s", r.Account, r.Name), id: s.draw("AROA", 17)}
	s.roles[added.arn] = added
	return added.arn
}

// AddPolicy adds a managed policy that allows these IAM actions.
func (s *Service) AddPolicy(arn string, allow ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.policies[arn] = anyOf(allow)
}

// Revoke ends a session before its time, as deleting the role would.
func (s *Service) Revoke(accessKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, accessKey)
}

// Identify says who has an access key and the session token that belongs to it.
// Errors: ErrUnknownKey, ErrExpired.
func (s *Service) Identify(accessKey, token string) (Caller, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if live, ok := s.sessions[accessKey]; ok != (token != "") || ok && live.token != token {
		return Caller{}, ErrUnknownKey
	}
	return s.identify(accessKey)
}

// Owner is the account that an access key is of, an expired session's too; "" for a key that
// nobody has.
func (s *Service) Owner(accessKey string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, _ := s.identify(accessKey)
	return who.Account
}

// Secret is the key that calls with an access key are signed with, if it is known.
func (s *Service) Secret(accessKey string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if live, ok := s.sessions[accessKey]; ok {
		return live.secret, true
	}
	u, ok := s.users[accessKey]
	return u.SecretKey, ok
}

// TokenVersion is that of the session token that belongs to an access key, 0 where it is no
// session's.
func (s *Service) TokenVersion(accessKey string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if live, ok := s.sessions[accessKey]; ok {
		return live.version
	}
	return 0
}

// Issued lists the secret keys and session tokens of every session so far, for
// whoever searches something for them.
func (s *Service) Issued() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, live := range s.sessions {
		out = append(out, live.secret, live.token)
	}
	return out
}

func (s *Service) identify(accessKey string) (Caller, error) {
	if live, ok := s.sessions[accessKey]; ok {
		if !s.clock.Now().Before(live.expires) {
			return live.Caller, ErrExpired
		}
		return live.Caller, nil
	}
	if u, ok := s.users[accessKey]; ok {
		return Caller{
			ARN: u.arn(), UserID: "AIDA" + strings.ToUpper(u.Name), Account: u.Account,
			may: allowing(u.Allow),
		}, nil
	}
	account := cmp.Or(s.open[accessKey], s.account)
	for _, u := range s.users {
		if u.Account == account {
			return Caller{}, ErrUnknownKey
		}
	}
	return Caller{ARN: "arn:aws:iam::" + account + ":user/simulated", UserID: "AIDASIMULATED0000001", Account: account}, nil
}

// allowing are the permissions of a list, where nil is everything.
func allowing(actions []string) []permits {
	if actions == nil {
		return nil
	}
	return []permits{anyOf(actions)}
}

// anyOf permits the actions that one of the patterns matches.
func anyOf(patterns []string) permits {
	return func(action string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { return matches(strings.ToLower(p), strings.ToLower(action)) })
	}
}

// matches compares as IAM does: * is any text, ? any character.
func matches(pattern, text string) bool {
	escaped := strings.NewReplacer("[", `\[`, `\`, `\\`, "/", "|").Replace(pattern) // path.Match stops * at a slash
	ok, err := path.Match(escaped, strings.ReplaceAll(text, "/", "|"))
	return ok && err == nil
}

// draw makes an identifier such as AWS hands out.
func (s *Service) draw(prefix string, n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	out := []byte(prefix)
	for range n {
		out = append(out, letters[s.random.IntN(len(letters))])
	}
	return string(out)
}
