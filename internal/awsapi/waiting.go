package awsapi

import "context"

type waitingKey struct{}

// OnWait has tell be told why calls that are made with the context wait before they are sent,
// also of the same wait again and again while it lasts. It is called by whoever makes the call.
func OnWait(ctx context.Context, tell func(ctx context.Context, why string)) context.Context {
	return context.WithValue(ctx, waitingKey{}, tell)
}

// Waiting tells whoever asked to be told.
func Waiting(ctx context.Context, why string) {
	if tell, ok := ctx.Value(waitingKey{}).(func(context.Context, string)); ok {
		tell(ctx, why)
	}
}
