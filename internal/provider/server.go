package provider

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
)

// address is where registries have the provider.
const address = "registry.terraform.io/cdn-bluegreen/cdn"

// Serve serves the provider to Terraform or OpenTofu until they have had enough. With
// debug it stays in the foreground, so that a debugger can attach.
func Serve(version string, debug bool) error {
	var w World
	if debug {
		w.Log = logged.Trace // no CLI is in between, so whoever started it reads everything
	}
	s, err := NewServer(w, version)
	if err != nil {
		return err
	}
	var opts []tf6server.ServeOpt
	if debug {
		opts = append(opts, tf6server.WithManagedDebug())
	} else if own, ok := s.(*server); ok {
		go own.outlive(parentGone)
	}
	return tf6server.Serve(address, func() tfprotov6.ProviderServer { return s }, opts...)
}

// NewServer returns what a CLI talks to when the provider works in a world: the
// framework's server, with three things mended, see ReadResource, StopProvider and
// CallFunction.
func NewServer(w World, version string) (tfprotov6.ProviderServer, error) {
	w.Walk = &configured.Walk{}
	s, err := providerserver.NewProtocol6WithError(NewIn(w, version)())()
	if err != nil {
		return nil, err
	}
	all, ok := s.(protocol)
	if !ok {
		return nil, errors.New("the framework's server has lost a part of the protocol")
	}
	types := func(context.Context) (map[string]tftypes.Type, error) { return resourceTypes() }
	if len(w.Also) > 0 {
		types = func(ctx context.Context) (map[string]tftypes.Type, error) { return typesIn(ctx, w) }
	}
	return &server{protocol: all, types: types, walk: w.Walk}, nil
}

// protocol is everything that a server can be asked, the optional parts included: a CLI
// is offered what the methods of a server say.
type protocol interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
	tfprotov6.StateStoreServer
}

type server struct {
	protocol
	types func(ctx context.Context) (map[string]tftypes.Type, error) // of its resources, by name
	walk  *configured.Walk

	mu       sync.Mutex
	acting   []<-chan struct{} // closed once an action has said everything
	applying []<-chan struct{} // closed once a change is made, or has failed
}

// running is what StopProvider does not wait for: it is a CLI's to wait for answers.
func (s *server) running() []<-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.applying
}

// ApplyResourceChange implements tfprotov6.ResourceServer.
func (s *server) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	s.walk.Changes()
	over := make(chan struct{})
	defer close(over)
	s.mu.Lock()
	s.applying = append(s.applying, over)
	s.mu.Unlock()
	return s.protocol.ApplyResourceChange(ctx, req)
}

// patience is for one step that cannot be stopped, and a last look. Terraform waits
// without a limit, and whoever does not interrupts a second time.
const patience = 20 * time.Second

// InvokeAction implements tfprotov6.ActionServer.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	s.walk.Changes()
	stream, err := s.protocol.InvokeAction(ctx, req)
	if err != nil {
		return stream, err
	}
	over := make(chan struct{})
	s.mu.Lock()
	s.acting = append(s.acting, over)
	s.mu.Unlock()
	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer close(over)
		stream.Events(push)
	}}, nil
}

// ConfigureProvider implements tfprotov6.ProviderServer.
func (s *server) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	s.walk.Begins()
	return s.protocol.ConfigureProvider(ctx, req)
}

// ImportResourceState implements tfprotov6.ResourceServer.
func (s *server) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	s.walk.Refreshes()
	return s.protocol.ImportResourceState(ctx, req)
}

// absent is null in MessagePack.
var absent = []byte{0xc0}

// CallFunction implements tfprotov6.FunctionServer. Where an argument is null, OpenTofu
// leaves its place empty instead of sending a null (v1.12.6, GRPCProvider.CallFunction),
// and the framework takes that for a broken message.
func (s *server) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	mended := *req
	mended.Arguments = slices.Clone(req.Arguments)
	for i, arg := range mended.Arguments {
		if arg == nil || len(arg.MsgPack)+len(arg.JSON) == 0 {
			mended.Arguments[i] = &tfprotov6.DynamicValue{MsgPack: absent}
		}
	}
	return s.protocol.CallFunction(ctx, &mended)
}

// StopProvider implements tfprotov6.ProviderServer. When a CLI is told to stop,
// terraform-plugin-go drops what an action says from then on, its diagnostics and even
// the fact that it failed (v0.31.0, tf6server.InvokeAction); Terraform 1.14 then reports
// that the action is complete. So the request to stop is answered only once those that
// run have come to their end and said so: they are told to stop before that.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	if req == nil {
		req = &tfprotov6.StopProviderRequest{}
	}
	resp, err := s.protocol.StopProvider(ctx, req)
	s.mu.Lock()
	acting := s.acting
	s.mu.Unlock()
	within, cancel := clock.WithTimeout(ctx, clock.System{}, patience)
	defer cancel()
	for _, over := range acting {
		select {
		case <-over:
		case <-within.Done():
		}
	}
	return resp, err
}
