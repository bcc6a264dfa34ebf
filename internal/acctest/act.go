package acctest

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider"
)

// An Invocation is what invoking an action came to.
type Invocation struct {
	Progress []string // the messages, in order
	Diags    Diagnostics
}

// InvokeAction does what core does with an action: validates, plans and invokes it, by a
// provider of its own. The core's resource has no part in it but for the provider block.
func (c *Core) InvokeAction(ctx context.Context, typ string, config Config) (Invocation, error) {
	var out Invocation
	s, err := providerserver.NewProtocol6WithError(provider.NewIn(c.watched(), "test")())()
	if err != nil {
		return out, err
	}
	all, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return out, err
	}
	schema := all.ActionSchemas[typ]
	acts, ok := s.(tfprotov6.ActionServer)
	if schema == nil || !ok {
		return out, fmt.Errorf("the provider has no action %s", typ)
	}
	given, err := dynamic(schema.Schema.ValueType(), map[string]any(config))
	if err != nil {
		return out, err
	}
	valid, err := acts.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: typ, Config: given})
	if err != nil {
		return out, err
	}
	if out.Diags = valid.Diagnostics; len(out.Diags.Errors()) > 0 {
		return out, nil
	}
	block, err := dynamic(all.Provider.ValueType(), map[string]any(c.Provider))
	if err != nil {
		return out, err
	}
	conf, err := s.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.9", Config: block})
	if err != nil {
		return out, err
	}
	if out.Diags = append(out.Diags, conf.Diagnostics...); len(out.Diags.Errors()) > 0 {
		return out, nil
	}
	plan, err := acts.PlanAction(ctx, &tfprotov6.PlanActionRequest{ActionType: typ, Config: given})
	if err != nil {
		return out, err
	}
	if out.Diags = append(out.Diags, plan.Diagnostics...); len(out.Diags.Errors()) > 0 {
		return out, nil
	}
	stream, err := acts.InvokeAction(ctx, &tfprotov6.InvokeActionRequest{ActionType: typ, Config: given})
	if err != nil {
		return out, err
	}
	completed := false
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			out.Progress = append(out.Progress, e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			out.Diags, completed = append(out.Diags, e.Diagnostics...), true
		}
	}
	if !completed {
		return out, errors.New("the provider did not say that the action is over")
	}
	return out, c.turns.check(nil)
}
