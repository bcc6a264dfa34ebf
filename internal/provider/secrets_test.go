package provider_test

import (
	"bytes"
	"context"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-log/tfsdklogtest"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/logged"
)

// A sink takes every line at every level.
type sink struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.Write(p)
}

// Every way a run can end: what it logs, says and keeps has no secret in it.
func TestSecretsAreInNoLogDiagnosticOrState(t *testing.T) {
	t.Parallel()
	const baseSecret = "BASEwJalrXUtnFEMI/K7MDENG+secret"
	probed := func(e *acctest.Env, live string) acctest.Config {
		config := byHand(e, live)
		config["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health"}}}}
		for _, name := range []string{"blue", "green"} {
			config["sides"].(map[string]any)[name].(map[string]any)["marker"] = map[string]any{"value": name + ".origin.test"}
		}
		return config
	}
	quote := func(service, code string, status, skip int) func(*acctest.Env) {
		return func(e *acctest.Env) {
			e.World.Faults().Add(fault.Fault{Service: service, Kind: fault.Answer, Code: code, Status: status, Skip: skip, Message: "Because of", Quote: true})
		}
	}
	sick := func(e *acctest.Env) { e.World.Origins().Put("green.origin.test", origin.State{Status: 503}) }
	for name, c := range map[string]struct {
		world  func(*acctest.Env)
		config func(*acctest.Env, string) acctest.Config
		set    acctest.Config
		says   string // "" succeeds
	}{
		"a cutover":                {config: byHand},
		"AWS refuses a value":      {config: byHand, says: "is not valid", world: func(e *acctest.Env) { e.World.Faults().Add(badValue) }},
		"a signature is wrong":     {config: byHand, says: "SignatureDoesNotMatch", world: func(e *acctest.Env) { e.World.Faults().Add(badSignature) }},
		"a refusal of Route 53":    {config: byHand, says: "Because of", world: quote("route53", "InvalidInput", 400, 0)},
		"a refusal of STS":         {config: byHand, says: "Because of", world: quote("sts", "ValidationError", 400, 0)},
		"a refusal half-way":       {config: byHand, says: "Because of", world: quote("cloudfront", "IllegalUpdate", 400, 6)},
		"a code nobody knows":      {config: byHand, says: "Because of", world: quote("cloudfront", "Whatever", 418, 2)},
		"a secret that is wrong":   {config: byHand, says: "SignatureDoesNotMatch", set: acctest.Config{"secret_key": baseSecret + "?"}},
		"the session has expired":  {config: byHand, says: "have expired", world: quote("cloudfront", "ExpiredToken", 403, 4)},
		"an account that is wrong": {config: byHand, says: "belong to another AWS account", set: acctest.Config{"allowed_account_ids": []string{"111111111111"}}},
		"no answer about that": {
			config: byHand, says: "could not be checked", world: quote("sts", "AccessDenied", 403, 0), set: acctest.Config{"allowed_account_ids": []string{"123456789012"}},
		},
		"the new side fails": {config: probed, says: "rolled back", world: sick},
		"and the way back is shut": {config: probed, says: "so did going back", world: func(e *acctest.Env) {
			sick(e)
			e.World.Faults().Add(fault.Fault{
				Operation: "ChangeResourceRecordSets", Kind: fault.Answer, Code: "InvalidInput", Status: 400, Skip: 1, Message: "Because of", Quote: true,
			})
		}},
		"time runs out": {says: "ran out of time", config: func(e *acctest.Env, live string) acctest.Config {
			config := byHand(e, live)
			config["timeouts"] = map[string]any{"update": "10s"}
			return config
		}},
		"a proxy with its password": {config: byHand, set: acctest.Config{"https_proxy": "http://user:hunter2hunter2@proxy.example.com"}},
		"a proxy that is no URL":    {config: byHand, says: "Not the URL of a proxy", set: acctest.Config{"https_proxy": "http://user:hunter2hunter2 x@proxy"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log := &sink{}
				ctx := tfsdklogtest.RootLogger(tflogtest.RootLogger(context.Background(), log), log)
				e := acctest.New(t, site())
				guarded(e)
				id := e.World.Identity()
				id.AddUser(sts.User{Name: "hands", AccessKey: "AKIDBYHAND", SecretKey: "secret"})
				id.AddUser(sts.User{Name: "ci", AccessKey: "AKIACI", SecretKey: baseSecret})
				id.AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}})
				core := core(e)
				core.World.Log = logged.Trace
				core.Provider["access_key"], core.Provider["secret_key"], core.Provider["assume_role"] = "AKIACI", baseSecret, block(nil)
				if d := core.MustConverge(ctx, t, c.config(e, "blue")).Errors(); len(d) > 0 {
					t.Fatal(d)
				}
				maps.Copy(core.Provider, c.set)
				if c.world != nil {
					c.world(e)
				}
				said := core.MustConverge(ctx, t, c.config(e, "green"))
				if failed := len(said.Errors()) > 0; failed != (c.says != "") || !strings.Contains(said.String(), c.says) {
					t.Errorf("it said, and should have said %q:\n%s", c.says, said)
				}
				secrets := append(id.Issued(), baseSecret, originSecret, "hunter2hunter2")
				shows(t, "a diagnostic", said.String(), secrets)
				shows(t, "the state", core.State.String(), secrets)
				text := log.all.String()
				if !strings.Contains(text, `"@message":"seen"`) || !strings.Contains(text, `"@message":"AWS call"`) || !strings.Contains(text, "cdn_bluegreen_switch") {
					t.Errorf("the log has %d bytes and is not the log of everything", len(text))
				}
				shows(t, "the log", text, secrets)
				if c.says == "" && !strings.Contains(text, "adding www.example.com to "+e.Green.ID) {
					t.Error("the log does not say what was done")
				}
				for _, call := range e.Calls(0) { // that it was sent at all
					if call.Operation == "UpdateDistribution" && !strings.Contains(call.Body, originSecret) {
						t.Error("an update dropped the header")
					}
				}
			})
		})
	}
}
