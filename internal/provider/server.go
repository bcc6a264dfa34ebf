package provider

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// Server returns what a CLI talks to: the framework's server, with one thing mended.
//
// When a CLI is told to stop, terraform-plugin-go drops what an action says from then
// on, its diagnostics and even the fact that it failed (v0.31.0, tf6server.InvokeAction);
// Terraform 1.14 then reports that the action is complete. So the request to stop is
// answered only once those that run have come to their end and said so: they are told
// to stop before that.
func Server(w World, version string) func() tfprotov6.ProviderServer {
	serve := providerserver.NewProtocol6(NewIn(w, version)())
	return func() tfprotov6.ProviderServer {
		s := serve()
		if all, ok := s.(protocol); ok {
			return &server{protocol: all}
		}
		return s
	}
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

	mu     sync.Mutex
	acting []<-chan struct{} // closed once an action has said everything
}

// patience is for one step that cannot be stopped, and a last look. Terraform waits
// without a limit, and whoever does not interrupts a second time.
const patience = 20 * time.Second

// InvokeAction implements tfprotov6.ActionServer.
func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
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

// StopProvider implements tfprotov6.ProviderServer.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
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
