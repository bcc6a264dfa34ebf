package awsapi

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"

	"github.com/aws/smithy-go/middleware"
)

// secrets are values that no error may show. AWS quotes what it was sent: a wrong
// signature is answered with every signed header, the session token among them.
type secrets struct {
	mu     sync.Mutex
	values []string
}

func (s *secrets) add(values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range values {
		if len(v) >= minSecret {
			s.values = append(s.values, v)
		}
	}
}

// minSecret keeps values that are no secrets, such as "none", from eating up messages.
const minSecret = 8

func (s *secrets) addConfig(c Config) {
	s.add(c.SecretKey, c.Token)
	if c.WebIdentity != nil {
		s.add(c.WebIdentity.WebIdentityToken)
	}
	for _, proxy := range []*string{c.HTTPProxy, c.HTTPSProxy} {
		if proxy == nil {
			continue
		}
		if u, err := url.Parse(*proxy); err == nil && u.User != nil {
			password, _ := u.User.Password()
			s.add(password)
		}
	}
}

// option hides secrets in every error of a client.
func (s *secrets) option(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("HideSecrets",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleInitialize(ctx, in)
			return out, meta, s.hide(err)
		}), middleware.Before)
}

func (s *secrets) hide(err error) error {
	if err == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return Hide(err, s.values...)
}

// Hide keeps values out of the text of an error, which is otherwise the same.
func Hide(err error, values ...string) error {
	var pairs []string
	for _, v := range values {
		if len(v) >= minSecret {
			pairs = append(pairs, v, "(hidden)", url.QueryEscape(v), "(hidden)")
		}
	}
	if err == nil || len(pairs) == 0 {
		return err
	}
	return &hiding{err, strings.NewReplacer(pairs...)}
}

type hiding struct {
	err  error
	hide *strings.Replacer
}

// Error implements error.
func (h *hiding) Error() string { return h.hide.Replace(h.err.Error()) }

// Unwrap lets errors.As find the SDK's error, whose own text hides nothing: Brief
// asks the chain.
func (h *hiding) Unwrap() error { return h.err }

// hidden takes out of a text what any part of err's chain wants hidden.
func hidden(err error, text string) string {
	for {
		h, ok := errors.AsType[*hiding](err)
		if !ok {
			return text
		}
		text, err = h.hide.Replace(text), h.err
	}
}
