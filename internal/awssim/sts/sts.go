// Package sts simulates the one call of AWS STS that every AWS tool makes first:
// who am I. It checks no credentials and hands out none.
package sts

import (
	"context"
	"fmt"
	"net/http"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// Options of a Service.
type Options struct {
	Account string // 12 digits
}

// A Service answers GetCallerIdentity.
type Service struct {
	account string
	model   *wire.Model
}

// New returns the identity service of one account.
func New(o Options) *Service { return &Service{account: o.Account, model: wire.LoadModel("sts")} }

// Model implements wire.Service.
func (s *Service) Model() *wire.Model { return s.model }

// Serves implements wire.Service.
func (s *Service) Serves() []string { return []string{"GetCallerIdentity"} }

// Reads implements wire.Service.
func (s *Service) Reads(operation string) bool { return operation == "GetCallerIdentity" }

// Serve implements wire.Service.
func (s *Service) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	if r.Operation.Name != "GetCallerIdentity" {
		return nil, &wire.Error{
			Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the simulator does not serve %s of STS", r.Operation.Name),
		}
	}
	return &wire.Response{Body: wire.Elem("GetCallerIdentityResult",
		wire.Text("Arn", "arn:aws:iam::"+s.account+":user/simulated"),
		wire.Text("UserId", "AIDASIMULATED0000001"),
		wire.Text("Account", s.account))}, nil
}
