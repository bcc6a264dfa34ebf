package provider_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest/golden"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// slow is a site on which a change takes longer to arrive than a short session lasts.
func slow() acctest.Site {
	s := site()
	s.World = awssim.Options{Propagation: 30 * time.Minute}
	return s
}

// session assumes the role deploy by hand.
func session(t *testing.T, e *acctest.Env, lasts time.Duration) *types.Credentials {
	t.Helper()
	by := awssts.NewFromConfig(aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: e.World.Transport()},
		Credentials: credentials.NewStaticCredentialsProvider("AKIDBYHAND", "secret", ""),
	})
	out, err := by.AssumeRole(context.Background(), &awssts.AssumeRoleInput{RoleArn: aws.String(deploy), RoleSessionName: aws.String("ci"), DurationSeconds: aws.Int32(int32(lasts.Seconds()))})
	if err != nil {
		t.Fatal(err)
	}
	return out.Credentials
}

// as configures the provider with credentials that it cannot renew.
func as(c *acctest.Core, k *types.Credentials) {
	c.Provider["access_key"], c.Provider["secret_key"], c.Provider["token"] = *k.AccessKeyId, *k.SecretAccessKey, *k.SessionToken
}

// introduce creates the switch with blue live.
func introduce(t *testing.T, e *acctest.Env, c *acctest.Core) {
	t.Helper()
	if d := c.MustConverge(context.Background(), t, switched(e, "blue")).Errors(); len(d) > 0 {
		t.Fatal(d)
	}
}

func TestRolesAreAssumedByTheFirstCallAndNotByAPlanWithoutRefresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		e := acctest.New(t, site())
		id := e.World.Identity()
		hub := id.AddRole(sts.Role{Name: "hub", Trusts: []string{"arn:aws:iam::123456789012:user/simulated"}, ExternalID: "site-7", Allow: []string{"sts:*"}})
		id.AddRole(sts.Role{Name: "spoke", Trusts: []string{hub}, MaxSession: 2 * time.Hour})
		c := core(e)
		c.Provider["assume_role"] = append(
			block(acctest.Config{"role_arn": hub, "external_id": "site-7", "tags": map[string]any{"team": "web"}, "transitive_tag_keys": []string{"team"}, "source_identity": "alice"}),
			block(acctest.Config{"role_arn": "arn:aws:iam::123456789012:role/spoke", "session_name": "cutover", "duration": "1h"})...)
		introduce(t, e, c)
		for _, call := range e.Calls(0) {
			if want := "arn:aws:sts::123456789012:assumed-role/spoke/cutover"; call.Service != "sts" && call.Caller != want {
				t.Errorf("%s was called by %s, want %s", call.Operation, call.Caller, want)
			}
		}
		before := e.World.Journal().Seq()
		if p, err := c.PlanWithoutRefresh(ctx, switched(e, "green")); err != nil || len(p.Diags.Errors()) > 0 {
			t.Fatal(err, p.Diags)
		}
		if calls := e.Calls(before); len(calls) > 0 {
			t.Errorf("a plan without refresh called %s", calls[0].Operation)
		}
		if d := c.MustConverge(ctx, t, switched(e, "green")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestTheAccountIsAskedForOnlyWhenItIsToBeChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  acctest.Config
		want []string
	}{
		"nothing is to be checked": {acctest.Config{}, nil},
		"validation is skipped":    {acctest.Config{"skip_credentials_validation": true, "skip_requesting_account_id": true}, nil},
		"empty lists":              {acctest.Config{"allowed_account_ids": []string{}, "forbidden_account_ids": []string{}}, nil},
		"an allowed account":       {acctest.Config{"allowed_account_ids": []string{"123456789012"}}, []string{"GetCallerIdentity"}},
		"no forbidden account":     {acctest.Config{"forbidden_account_ids": []string{"210987654321"}}, []string{"GetCallerIdentity"}},
		"validation is asked for":  {acctest.Config{"skip_credentials_validation": false}, []string{"GetCallerIdentity"}},
		"something is unknown":     {acctest.Config{"allowed_account_ids": []string{"123456789012"}, "assume_role": block(acctest.Config{"role_arn": acctest.Unknown})}, nil},
		"the blocks are unknown": {acctest.Config{
			"skip_credentials_validation": false, "assume_role": acctest.Unknown, "endpoints": acctest.Unknown, "assume_role_with_web_identity": acctest.Unknown,
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := acctest.New(t, site())
				core := core(e)
				maps.Copy(core.Provider, c.set)
				p, err := core.Plan(context.Background(), switched(e, "blue"))
				if err != nil || len(p.Diags.Errors()) > 0 {
					t.Fatal(err, p.Diags)
				}
				var got []string
				for _, call := range e.Calls(0) {
					got = append(got, call.Operation)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("called %v, want %v", got, c.want)
				}
			})
		})
	}
}

// Most of a cutover is waiting, and a session may end meanwhile.
func TestCredentialsThatExpireDuringAWaitStopTheRunWhereItIs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		e := acctest.New(t, slow())
		roles(e)
		c := core(e)
		introduce(t, e, c)
		as(c, session(t, e, 15*time.Minute))
		got := c.MustConverge(ctx, t, switched(e, "green")).Errors()
		named := strings.NewReplacer(e.Blue.ID, "BLUE", e.Green.ID, "GREEN")
		golden.File(t, "testdata/expired_during_a_wait.txt", named.Replace(golden.Blank(got.String())))
		if live := c.Get("live"); live != "green" && live != "blue" || c.Tainted {
			t.Errorf("state says %q, tainted %v", live, c.Tainted)
		}
		e.ExpectServed()

		as(c, session(t, e, time.Hour))
		p, err := c.Plan(ctx, switched(e, "green"))
		if err != nil || len(p.Diags.Errors()) > 0 || p.Empty() {
			t.Fatalf("the next plan: %v, empty %v\n%s", err, p.Empty(), p.Diags)
		}
		writes := len(e.Writes(0))
		if d, err := c.Apply(ctx, p); err != nil || len(d.Errors()) > 0 {
			t.Fatal(err, d)
		}
		if n := len(e.Writes(0)); n-writes > 1 { // the record; the name has moved
			t.Errorf("the second apply made %d writes", n-writes)
		}
		e.ExpectOn(e.Green)
		e.ExpectServed()
	})
}

func TestASessionIsRenewedBeforeItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, slow())
		roles(e)
		c := core(e)
		c.Provider["assume_role"] = block(acctest.Config{"duration": "15m"})
		introduce(t, e, c)
		if d := c.MustConverge(context.Background(), t, switched(e, "green")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.ExpectOn(e.Green)
		for _, call := range e.Calls(0) {
			if call.Code == "ExpiredToken" {
				t.Errorf("%s met the end of the session", call.Operation)
			}
		}
	})
}

// Whoever keeps a file of session keys fresh, by hand or with a tool, need not hurry.
func TestKeysThatWereReplacedInTheirFileAreFoundWhenTheOldOnesExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := acctest.New(t, slow())
		roles(e)
		file := filepath.Join(t.TempDir(), "credentials")
		write := func(k *types.Credentials) {
			text := fmt.Sprintf("[site]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\n", *k.AccessKeyId, *k.SecretAccessKey, *k.SessionToken)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(session(t, e, 15*time.Minute))
		c := core(e)
		delete(c.Provider, "access_key")
		delete(c.Provider, "secret_key")
		c.Provider["profile"], c.Provider["shared_credentials_files"] = "site", []string{file}
		introduce(t, e, c)
		end := e.World.Clock().Now().Add(14 * time.Minute)
		e.World.Faults().Add(fault.Fault{Service: "cloudfront", Operation: "GetDistribution", Hook: func() {
			if e.World.Clock().Now().After(end) {
				end = end.Add(14 * time.Minute)
				write(session(t, e, 15*time.Minute))
			}
		}})
		if d := c.MustConverge(context.Background(), t, switched(e, "green")).Errors(); len(d) > 0 {
			t.Fatal(d)
		}
		e.ExpectOn(e.Green)
		expired := 0
		for _, call := range e.Calls(0) {
			if call.Code == "ExpiredToken" {
				expired++
			}
		}
		if expired == 0 {
			t.Error("no call met the end of a session: this test shows nothing")
		}
	})
}

// HCP Terraform hands a run a shared configuration file for each tag of its dynamic
// credentials; the token in it may have been replaced when the session is renewed.
func TestDynamicCredentialsOfHCPTerraform(t *testing.T) {
	t.Parallel()
	for form, profile := range map[string]string{"default": "", "a profile": "site"} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := acctest.New(t, slow())
				roles(e)
				dir := t.TempDir()
				token, file := filepath.Join(dir, "token"), filepath.Join(dir, "config")
				section := "default"
				if profile != "" {
					section = "profile " + profile
				}
				fresh := func() []byte {
					return []byte(sts.IdentityToken(issuer, "aws.workload.identity", "organization:acme:project:site:workspace:prod:run_phase:apply", e.World.Clock().Now().Add(10*time.Hour)))
				}
				for name, content := range map[string][]byte{
					token: fresh(),
					file:  fmt.Appendf(nil, "[%s]\nweb_identity_token_file=%s\nrole_arn=arn:aws:iam::123456789012:role/tfc\nrole_session_name=run-1\n", section, token),
				} {
					if err := os.WriteFile(name, content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				c := core(e)
				c.Provider = acctest.Config{"shared_config_files": []string{file}}
				if profile != "" {
					c.Provider["profile"] = profile
				}
				introduce(t, e, c)
				if d := c.MustConverge(context.Background(), t, switched(e, "green")).Errors(); len(d) > 0 {
					t.Fatal(d)
				}
				e.ExpectOn(e.Green)
				for _, call := range e.Calls(0) {
					if call.Service != "sts" && call.Caller != "arn:aws:sts::123456789012:assumed-role/tfc/run-1" {
						t.Errorf("%s was called by %q", call.Operation, call.Caller)
					}
				}
			})
		})
	}
}
