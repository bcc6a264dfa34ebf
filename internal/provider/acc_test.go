package provider_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/acctest"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

const addr = "cdn_bluegreen_switch.site"

func hasty() acctest.Site {
	s := site()
	s.World = acctest.Hasty()
	return s
}

// calledBy fails unless every call of the provider but those to STS was made by a session.
func calledBy(t *testing.T, calls []journal.Call, want string) {
	t.Helper()
	n := 0
	for _, call := range calls {
		if call.Service == "sts" {
			continue
		}
		if n++; call.Caller != want {
			t.Errorf("%s was called by %q, want %s", call.Operation, call.Caller, want)
		}
		if !strings.Contains(call.UserAgent, "terraform-provider-cdn/") || !strings.Contains(call.UserAgent, "pipeline/42") {
			t.Errorf("%s was called with the user agent %q", call.Operation, call.UserAgent)
		}
	}
	if n == 0 {
		t.Error("nothing was called")
	}
}

// cutsOver introduces the switch and moves the site to green.
func cutsOver(c *acctest.CLI, w *acctest.Workspace, provider string) {
	for _, live := range []string{"blue", "green"} {
		w.Write(provider + c.Resource(addr, switched(c.Env, live)))
		w.Must(0, "apply", "-auto-approve")
	}
	c.ExpectOn(c.Green)
	c.ExpectServed()
	w.Must(0, "plan", "-detailed-exitcode")
}

// Keys in a shared file, a profile, and two roles, each of which trusts the one before.
func TestAccProvider_sharedFilesAndRoles(t *testing.T) {
	c := acctest.NewCLI(t, hasty())
	id := c.World.Identity()
	id.AddUser(sts.User{Name: "hands", AccessKey: "AKIDBYHAND", SecretKey: "secret"})
	alice := id.AddUser(sts.User{Name: "alice", AccessKey: "AKIAALICE", SecretKey: "wJalrXUtnFEMI/K7MDENG", Allow: []string{"sts:*"}})
	hub := id.AddRole(sts.Role{Name: "hub", Trusts: []string{alice}, ExternalID: "site-7", Allow: []string{"sts:*"}})
	spoke := id.AddRole(sts.Role{Name: "ci/spoke", Trusts: []string{hub}})

	control, _ := c.Addresses()
	w := c.Program("AWS_ENDPOINT_URL="+control, "TF_APPEND_USER_AGENT=pipeline/42")
	config := w.File("config", "[profile site]\nregion = eu-west-1\n")
	keys := w.File("credentials", "[site]\naws_access_key_id = AKIAALICE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\n")
	provider := func(spoke string) string {
		return c.Provider(acctest.Config{
			"profile": "site", "shared_config_files": []any{config}, "shared_credentials_files": []any{keys}, "allowed_account_ids": []any{"123456789012"},
			"assume_role": []acctest.Block{
				{"role_arn": hub, "external_id": "site-7", "session_name": "one", "source_identity": "alice"},
				{"role_arn": spoke, "session_name": "two", "duration": "1h", "tags": map[string]any{"team": "web"}},
			},
		})
	}
	w.Write(provider("arn:aws:iam::123456789012:role/nobody") + c.Resource(addr, switched(c.Env, "blue")))
	if r := w.Must(1, "plan"); !r.Says("The AWS account could not be checked", "assuming arn:aws:iam::123456789012:role/nobody (assume_role 2 of 2): AccessDenied") {
		t.Errorf("a role that nobody has:\n%s", r.Output)
	}
	before := c.World.Journal().Seq()
	cutsOver(c, w, provider(spoke))
	calledBy(t, c.Calls(before), "arn:aws:sts::123456789012:assumed-role/spoke/two")
}

// What HCP Terraform sets for a run, and the same as a block.
func TestAccProvider_webIdentity(t *testing.T) {
	c := acctest.NewCLI(t, hasty())
	role := c.World.Identity().AddRole(sts.Role{
		Name: "tfc", Issuer: issuer, Audience: "aws.workload.identity", Subject: "organization:acme:project:site:workspace:prod:run_phase:*",
	})
	control, _ := c.Addresses()
	token := filepath.Join(t.TempDir(), "token")
	fresh := sts.IdentityToken(issuer, "aws.workload.identity", "organization:acme:project:site:workspace:prod:run_phase:apply", c.World.Clock().Now().Add(time.Hour))
	if err := os.WriteFile(token, []byte(fresh), 0o600); err != nil {
		t.Fatal(err)
	}
	w := c.Program("AWS_ENDPOINT_URL="+control, "TF_APPEND_USER_AGENT=pipeline/42",
		"AWS_ROLE_ARN="+role, "AWS_WEB_IDENTITY_TOKEN_FILE="+token, "AWS_ROLE_SESSION_NAME=run-1")
	cutsOver(c, w, c.Provider(nil))
	calledBy(t, c.Calls(0), "arn:aws:sts::123456789012:assumed-role/tfc/run-1")

	before := c.World.Journal().Seq()
	w.Write(c.Provider(acctest.Config{"assume_role_with_web_identity": acctest.Block{"role_arn": role, "session_name": "run-2", "web_identity_token_file": token}}) +
		c.Resource(addr, switched(c.Env, "green")))
	w.Must(0, "plan", "-detailed-exitcode")
	calledBy(t, c.Calls(before), "arn:aws:sts::123456789012:assumed-role/tfc/run-2")

	// A block whose role only apply will know: nobody is asked.
	before = c.World.Journal().Seq()
	w.Write("resource \"terraform_data\" \"role\" { input = \"" + role + "\" }\n" +
		c.Provider(acctest.Config{"assume_role": []acctest.Block{{"role_arn": acctest.Expr("terraform_data.role.output")}}}) + c.Resource(addr, switched(c.Env, "green")))
	w.Must(0, "plan")
	if calls := c.Calls(before); len(calls) > 0 {
		t.Errorf("with an unknown role the plan called %s", calls[0].Operation)
	}
}

// originSecret is what an origin knows CloudFront by.
const originSecret = "ORIGIN-only-cloudfront-knows-this"

// guarded gives both distributions a custom origin header.
func guarded(e *acctest.Env) {
	for _, d := range []acctest.Distribution{e.Blue, e.Green} {
		e.EditByHand(d, func(c *cftypes.DistributionConfig) {
			c.Origins.Items[0].CustomHeaders = &cftypes.CustomHeaders{Quantity: aws.Int32(1), Items: []cftypes.OriginCustomHeader{
				{HeaderName: aws.String("X-Origin-Secret"), HeaderValue: aws.String(originSecret)},
			}}
		})
	}
	e.Settle()
}

// quoting are refusals in which AWS quotes what it was sent.
var (
	badValue     = fault.Fault{Service: "cloudfront", Operation: "UpdateDistribution", Kind: fault.Answer, Code: "InvalidArgument", Status: 400, Count: 1, Message: "The parameter HeaderValue is not valid:", Quote: true}
	badSignature = fault.Fault{Service: "cloudfront", Kind: fault.Answer, Code: "SignatureDoesNotMatch", Status: 403, Count: 2 /* a refresh that cannot share an answer asks for itself */, Message: "It does not match.\n\nThe Canonical String for this request should have been", Quote: true}
)

// byHand moves names by adding and removing them, so that whole configurations are
// sent, header values included.
func byHand(e *acctest.Env, live string) acctest.Config {
	config := switched(e, live)
	config["method"], config["allow_downtime"] = "remove_and_add", true
	return config
}

// shows fails for every secret found in a text, in any of the forms it may have there.
func shows(t *testing.T, where, text string, secrets []string) {
	t.Helper()
	for i, s := range secrets {
		for form, v := range map[string]string{"as it is": s, "in a URL": url.QueryEscape(s), "in JSON": strings.Trim(fmt.Sprintf("%q", s), `"`)} {
			if at := strings.Index(text, v); at >= 0 {
				t.Errorf("%s shows secret %d %s: …%s…", where, i, form, text[max(0, at-120):min(len(text), at+len(v)+40)])
				break
			}
		}
	}
}

// The log of everything, of the CLI and of the provider, and what both of them print
// and keep, through a cutover, refusals that quote, and a rollback.
func TestAccProvider_secretsAreInNoLog(t *testing.T) {
	c := acctest.NewCLI(t, hasty())
	guarded(c.Env)
	const baseSecret, token = "BASEwJalrXUtnFEMI/K7MDENG+secret", "proxy-password-of-nobody"
	id := c.World.Identity()
	id.AddUser(sts.User{Name: "hands", AccessKey: "AKIDBYHAND", SecretKey: "secret"})
	id.AddUser(sts.User{Name: "ci", AccessKey: "AKIACI", SecretKey: baseSecret})
	role := id.AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}})
	control, _ := c.Addresses()
	log := filepath.Join(t.TempDir(), "trace.log")
	w := c.Program("AWS_ENDPOINT_URL="+control, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	provider := c.Provider(acctest.Config{
		"access_key": "AKIACI", "secret_key": baseSecret, "assume_role": []acctest.Block{{"role_arn": role}},
		"http_proxy": "http://user:" + token + "@127.0.0.1:9", "https_proxy": "", "no_proxy": "127.0.0.1", "max_retries": 1,
	})
	var printed strings.Builder
	run := func(exit int, config acctest.Config, says string) {
		t.Helper()
		w.Write(provider + c.Resource(addr, config))
		r := w.Must(exit, "apply", "-auto-approve")
		printed.WriteString(r.Output)
		if !r.Says(says) {
			t.Errorf("it does not say %q:\n%s", says, r.Output)
		}
	}
	run(0, byHand(c.Env, "blue"), "Apply complete!")

	c.World.Faults().Add(badValue)
	run(1, byHand(c.Env, "green"), "InvalidArgument: The parameter HeaderValue is not valid: x-amz-security-token:(hidden)")
	c.World.Faults().Add(badSignature)
	run(1, byHand(c.Env, "green"), "SignatureDoesNotMatch: It does not match.")

	sick := byHand(c.Env, "green")
	sick["verify"] = map[string]any{"after": map[string]any{"probes": []any{map[string]any{"path": "/health", "scheme": "http"}}}}
	sick["bake_time"] = "1s"
	for _, name := range []string{"blue", "green"} {
		sick["sides"].(map[string]any)[name].(map[string]any)["marker"] = map[string]any{"value": name + ".origin.test"}
	}
	c.World.Origins().Put("green.origin.test", origin.State{Status: 503})
	run(1, sick, "Cutover failed and was rolled back")
	c.World.Origins().Put("green.origin.test", origin.State{})
	again := byHand(c.Env, "green")
	again["retry"] = "repaired"
	run(0, again, "Apply complete!")
	c.ExpectOn(c.Green)

	raw, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	// It is the log of everything: the provider's own lines are in it, and the CLI's.
	for _, want := range []string{"adding www.example.com to " + c.Green.ID, "[TRACE] provider", "ApplyResourceChange"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log of %d bytes has no %q", len(text), want)
		}
	}
	secrets := append(id.Issued(), originSecret, baseSecret, token)
	if len(secrets) < 6 {
		t.Errorf("only %d secrets to look for", len(secrets))
	}
	shows(t, "the log", text, secrets)
	shows(t, "the CLI", printed.String(), secrets)
	shows(t, "the state", w.RawState(), secrets)
}
