package awsapi

import (
	"context"
	"errors"

	"github.com/aws/smithy-go/middleware"
)

// inAccount is an error of a call made in an account that people have given a name. It says
// nothing of its own: Wrap puts the name where it is read.
type inAccount struct {
	name string
	error
}

// Unwrap implements the interface of errors.Is.
func (e *inAccount) Unwrap() error { return e.error }

// Account is what people call the account that the call was made in which err comes from; ""
// for the provider's own, and where no call was made.
func Account(err error) string {
	if in, ok := errors.AsType[*inAccount](err); ok {
		return in.name
	}
	return ""
}

// in says of the errors of every call which account it was made in.
func in(account string) func(*middleware.Stack) error {
	return func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("cdn:account", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, meta, err := next.HandleInitialize(ctx, in)
			if err != nil {
				err = &inAccount{account, err}
			}
			return out, meta, err
		}), middleware.Before)
	}
}
