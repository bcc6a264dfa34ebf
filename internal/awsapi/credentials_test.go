package awsapi_test

import (
	"context"
	"crypto/sha1" //nolint:gosec // the name of a file
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/acmapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/stsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

const (
	issuer   = "https://app.terraform.io"
	audience = "aws.workload.identity"
	deploy   = "arn:aws:iam::123456789012:role/deploy"
)

// world is an account with roles, in which the machine's configuration has no part.
func world(t *testing.T, config string) *awssim.World {
	t.Helper()
	alone(t, config)
	sim := awssim.New(awssim.Options{})
	sim.Identity().AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}, Issuer: issuer, Audience: audience, Subject: "organization:acme:*"})
	sim.Identity().AddRole(sts.Role{Name: "second", Trusts: []string{deploy}})
	return sim
}

func load(t *testing.T, sim *awssim.World, c awsapi.Config) awsapi.Session {
	t.Helper()
	if c.HTTPClient == nil {
		c.HTTPClient = &http.Client{Transport: sim.Transport()}
	}
	s, err := awsapi.Load(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if n := sim.Journal().Seq(); n > 0 {
		t.Errorf("loading made %d calls", n)
	}
	return s
}

func ask(ctx context.Context, s awsapi.Session) error {
	_, err := cloudfrontapi.New(s.Config, "", clock.System{}).Distribution(ctx, "E1", time.Time{})
	return err
}

// callers lists who called CloudFront.
func callers(sim *awssim.World) []string {
	var out []string
	for _, c := range sim.Journal().Calls(0) {
		if c.Service == "cloudfront" {
			out = append(out, c.Caller)
		}
	}
	return out
}

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const keys = "aws_access_key_id = AKIDFILE\naws_secret_access_key = secret\n"

func TestEveryWayToBeSomebodyWaitsForTheFirstCall(t *testing.T) {
	token := sts.IdentityToken(issuer, audience, "organization:acme:project:site", clock.System{}.Now().Add(time.Hour))
	for _, c := range []struct {
		name   string
		shared string // configuration file
		env    map[string]string
		config awsapi.Config
		want   string
	}{
		{name: "keys in the environment", env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "secret"}, want: "user/simulated"},
		{name: "keys and a role", config: awsapi.Config{AccessKey: "AKID", SecretKey: "secret", AssumeRole: []awsapi.Role{{RoleARN: deploy, SessionName: "one"}}}, want: "assumed-role/deploy/one"},
		{
			name: "a chain", env: map[string]string{"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "secret"},
			config: awsapi.Config{AssumeRole: []awsapi.Role{{RoleARN: deploy}, {RoleARN: "arn:aws:iam::123456789012:role/second", SessionName: "two"}}},
			want:   "assumed-role/second/two",
		},
		{
			name: "a role in a profile", shared: "[profile base]\n" + keys + "[profile site]\nrole_arn = " + deploy + "\nsource_profile = base\nrole_session_name = three\n",
			config: awsapi.Config{Profile: "site"}, want: "assumed-role/deploy/three",
		},
		{
			name: "a profile in the environment", shared: "[profile base]\n" + keys + "[profile site]\nrole_arn = " + deploy + "\nsource_profile = base\nrole_session_name = four\n",
			env: map[string]string{"AWS_PROFILE": "site"}, want: "assumed-role/deploy/four",
		},
		{name: "a web identity", config: awsapi.Config{WebIdentity: &awsapi.WebIdentity{RoleARN: deploy, SessionName: "five", WebIdentityToken: token}}, want: "assumed-role/deploy/five"},
		{
			name:   "a web identity and a role",
			config: awsapi.Config{WebIdentity: &awsapi.WebIdentity{RoleARN: deploy, WebIdentityTokenFile: file(t, "token", token)}, AssumeRole: []awsapi.Role{{RoleARN: "arn:aws:iam::123456789012:role/second", SessionName: "six"}}},
			want:   "assumed-role/second/six",
		},
		{
			name: "HCP Terraform's environment", env: map[string]string{"AWS_ROLE_ARN": deploy, "AWS_WEB_IDENTITY_TOKEN_FILE": file(t, "token", token), "AWS_ROLE_SESSION_NAME": "seven"},
			want: "assumed-role/deploy/seven",
		},
		{
			name:   "a file of HCP Terraform's",
			config: awsapi.Config{SharedConfigFiles: []string{file(t, "config", "[default]\nweb_identity_token_file = "+file(t, "token", token)+"\nrole_arn = "+deploy+"\nrole_session_name = eight\n")}},
			want:   "assumed-role/deploy/eight",
		},
		{
			name:   "a program",
			config: awsapi.Config{SharedConfigFiles: []string{file(t, "config", "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIDPROGRAM\",\"SecretAccessKey\":\"secret\"}'\n")}},
			want:   "user/simulated",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			sim := world(t, c.shared)
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			s := load(t, sim, c.config)
			if err := ask(t.Context(), s); !errors.Is(err, awsapi.ErrNotFound) {
				t.Errorf("the first call: %v", err)
			}
			if got := callers(sim); len(got) != 1 || !strings.HasSuffix(got[0], c.want) {
				t.Errorf("called as %v, want %s", got, c.want)
			}
			who, err := stsapi.WhoAmI(t.Context(), s.Config, "", "")
			if err != nil || who.Account != "123456789012" || !strings.HasSuffix(who.ARN, c.want) {
				t.Errorf("it is %+v, %v", who, err)
			}
		})
	}
}

func TestTheRegionIsTheConfigurationsTheEnvironmentsOrTheProfiles(t *testing.T) {
	for _, c := range []struct {
		name   string
		env    map[string]string
		config awsapi.Config
		want   string // "" is refused
	}{
		{"none", nil, awsapi.Config{}, "us-east-1"},
		{"the configuration's", map[string]string{"AWS_REGION": "eu-west-1"}, awsapi.Config{Region: "eu-central-1"}, "eu-central-1"},
		{"the environment's", map[string]string{"AWS_REGION": "eu-west-1"}, awsapi.Config{}, "eu-west-1"},
		{"the older variable's", map[string]string{"AWS_DEFAULT_REGION": "eu-north-1"}, awsapi.Config{}, "eu-north-1"},
		{"the profile's", nil, awsapi.Config{Profile: "site"}, "ap-south-1"},
		{"China, by the environment", map[string]string{"AWS_REGION": "cn-north-1"}, awsapi.Config{}, ""},
		{"a typo in the environment", map[string]string{"AWS_REGION": "eu-wset-1"}, awsapi.Config{}, ""},
		{"a new one", nil, awsapi.Config{Region: "eu-west-9", SkipRegionValidation: true}, "eu-west-9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t, "[default]\n"+keys+"[profile site]\nregion = ap-south-1\n"+keys)
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			s, err := awsapi.Load(t.Context(), c.config)
			if _, refused := errors.AsType[*awsapi.RegionError](err); refused != (c.want == "") || !refused && (err != nil || s.Region != c.want) {
				t.Errorf("region %q, %v, want %q", s.Region, err, c.want)
			}
			if setting, ok := errors.AsType[*awsapi.SettingError](err); ok && setting.Setting != "" {
				t.Errorf("it blames %s", setting.Setting)
			}
		})
	}
}

// hosts keeps which host and agent each request is for, and lets none out.
type hosts struct{ seen []string }

// RoundTrip implements http.RoundTripper.
func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.seen = append(h.seen, r.URL.Scheme+"://"+r.URL.Host)
	return nil, errors.New("far enough")
}

func TestAddressesAreAWSsTheEnvironmentsOrTheConfigurations(t *testing.T) {
	own := map[string]string{
		"AWS_ENDPOINT_URL": "http://all.test", "AWS_ENDPOINT_URL_CLOUDFRONT": "http://cloudfront.test", "AWS_ENDPOINT_URL_STS": "http://sts.test",
	}
	for _, c := range []struct {
		name     string
		env      map[string]string
		config   awsapi.Config
		endpoint string
		want     []string // of CloudFront, ACM, STS
	}{
		{"AWS's", nil, awsapi.Config{Region: "eu-west-1"}, "", []string{"https://cloudfront.amazonaws.com", "https://acm.us-east-1.amazonaws.com", "https://sts.eu-west-1.amazonaws.com"}},
		{"FIPS", nil, awsapi.Config{FIPS: true}, "", []string{"https://cloudfront-fips.amazonaws.com", "https://acm-fips.us-east-1.amazonaws.com", "https://sts-fips.us-east-1.amazonaws.com"}},
		{"dual stack", nil, awsapi.Config{DualStack: true}, "", []string{"https://cloudfront.global.api.aws", "https://acm.us-east-1.api.aws", "https://sts.us-east-1.api.aws"}},
		{"the environment's", own, awsapi.Config{}, "", []string{"http://cloudfront.test", "http://all.test", "http://sts.test"}},
		{"the configuration's", own, awsapi.Config{}, "http://mine.test", []string{"http://mine.test", "http://mine.test", "http://mine.test"}},
		{"none of the environment's", map[string]string{"AWS_ENDPOINT_URL": "http://all.test", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, awsapi.Config{}, "", []string{"https://cloudfront.amazonaws.com", "https://acm.us-east-1.amazonaws.com", "https://sts.us-east-1.amazonaws.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t, "")
			for name := range own { // alone sets them to nothing, which the SDK takes for an address
				if err := os.Unsetenv(name); err != nil {
					t.Fatal(err)
				}
			}
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			h := &hosts{}
			c.config.AccessKey, c.config.SecretKey, c.config.HTTPClient, c.config.MaxRetries = "AKID", "secret", &http.Client{Transport: h}, 1
			s, err := awsapi.Load(t.Context(), c.config)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = cloudfrontapi.New(s.Config, c.endpoint, clock.System{}).Distribution(t.Context(), "E1", time.Time{})                                     // fails
			_, _ = acmapi.New(s.Config, c.endpoint, clock.System{}).Names(t.Context(), "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333") // fails
			_, _ = stsapi.WhoAmI(t.Context(), s.Config, c.endpoint, "")                                                                                     // fails
			if !slices.Equal(h.seen, c.want) {
				t.Errorf("called %v\nwant   %v", h.seen, c.want)
			}
		})
	}
}

func TestRolesAreAssumedAtTheirOwnAddressAndInTheirOwnRegion(t *testing.T) {
	alone(t, "")
	t.Setenv("AWS_ENDPOINT_URL_STS", "http://not-this-one.test")
	h := &hosts{}
	s, err := awsapi.Load(t.Context(), awsapi.Config{
		AccessKey: "AKID", SecretKey: "secret", AssumeRole: []awsapi.Role{{RoleARN: deploy}}, STSEndpoint: "http://sts.example.test", STSRegion: "eu-west-1",
		HTTPClient: &http.Client{Transport: h}, MaxRetries: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(t.Context(), s); err == nil || !strings.Contains(err.Error(), "assuming "+deploy+" (assume_role 1 of 1)") {
		t.Errorf("answered %v", err)
	}
	if len(h.seen) == 0 || h.seen[0] != "http://sts.example.test" {
		t.Errorf("called %v", h.seen)
	}
}

func TestWhoeverRunsTheProviderCanAddToTheUserAgent(t *testing.T) {
	sim := world(t, "")
	t.Setenv("TF_APPEND_USER_AGENT", "pipeline/42")
	s := load(t, sim, awsapi.Config{AccessKey: "AKID", SecretKey: "secret", Version: "1.2.3", AssumeRole: []awsapi.Role{{RoleARN: deploy}}})
	_ = ask(t.Context(), s) // not found
	for _, c := range sim.Journal().Calls(0) {
		for _, want := range []string{"pipeline/42", "terraform-provider-cdn/1.2.3"} {
			if !strings.Contains(c.UserAgent, want) {
				t.Errorf("%s was called by %q, without %s", c.Operation, c.UserAgent, want)
			}
		}
	}
}

func TestAttemptsAreCounted(t *testing.T) {
	for _, c := range []struct {
		name   string
		env    map[string]string
		config awsapi.Config
		want   int
	}{
		{"by AWS", nil, awsapi.Config{}, 3},
		{"by the configuration", map[string]string{"AWS_MAX_ATTEMPTS": "2"}, awsapi.Config{MaxRetries: 5}, 5},
		{"by the environment", map[string]string{"AWS_MAX_ATTEMPTS": "2"}, awsapi.Config{RetryMode: "adaptive"}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t, "")
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			synctest.Test(t, func(t *testing.T) {
				sim := awssim.New(awssim.Options{})
				hits := sim.Faults().Add(fault.Fault{Kind: fault.ServerFail})
				c.config.AccessKey, c.config.SecretKey, c.config.HTTPClient = "AKID", "secret", &http.Client{Transport: sim.Transport()}
				s, err := awsapi.Load(t.Context(), c.config)
				if err != nil {
					t.Fatal(err)
				}
				if err := ask(t.Context(), s); !errors.Is(err, awsapi.ErrAmbiguous) || hits() != c.want {
					t.Errorf("%d attempts, want %d: %v", hits(), c.want, err)
				}
			})
		})
	}
}

// Calls with credentials that cannot be renewed are refused once more, and no more.
//
//nolint:paralleltest // sets the environment
func TestAnExpiredSessionIsLookedUpOnceMore(t *testing.T) {
	sim := world(t, "[default]\n"+keys)
	expire := func(s awsapi.Session, want int) {
		t.Helper()
		before := sim.Journal().Seq()
		if err := ask(t.Context(), s); !errors.Is(err, awsapi.ErrExpired) || !errors.Is(err, awsapi.ErrCredentials) {
			t.Errorf("answered %v", err)
		}
		if got := sim.Journal().Seq() - before; got != want {
			t.Errorf("%d calls, want %d", got, want)
		}
	}
	inFile := load(t, sim, awsapi.Config{MaxRetries: 9})
	fixed := load(t, sim, awsapi.Config{AccessKey: "AKID", SecretKey: "secret", MaxRetries: 9})
	sim.Faults().Add(fault.Fault{Service: "cloudfront", Kind: fault.Answer, Code: "ExpiredToken", Status: 403, Message: "The security token included in the request is expired"})
	expire(inFile, 2)
	expire(inFile, 1) // the same keys again
	expire(fixed, 1)
}

//nolint:paralleltest // sets the environment
func TestWhyThereAreNoCredentialsHasAName(t *testing.T) {
	past := sts.IdentityToken(issuer, audience, "organization:acme:x", time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC))
	role := func(arn string) awsapi.Config {
		return awsapi.Config{AccessKey: "AKID", SecretKey: "secret", AssumeRole: []awsapi.Role{{RoleARN: arn}}}
	}
	for _, c := range []struct {
		name   string
		config awsapi.Config
		world  func(*awssim.World)
		want   error
	}{
		{"a role of nobody's", role("arn:aws:iam::123456789012:role/missing"), nil, awsapi.ErrDenied},
		{"a token of the past", awsapi.Config{WebIdentity: &awsapi.WebIdentity{RoleARN: deploy, WebIdentityToken: past}}, nil, awsapi.ErrExpired},
		{"STS is busy", role(deploy), func(w *awssim.World) { w.Faults().Add(fault.Fault{Service: "sts", Kind: fault.Throttle}) }, awsapi.ErrThrottled},
		{"STS is down", role(deploy), func(w *awssim.World) { w.Faults().Add(fault.Fault{Service: "sts", Kind: fault.ServerFail}) }, awsapi.ErrAmbiguous},
		{"the session of who assumes has ended", role(deploy), func(w *awssim.World) {
			w.Faults().Add(fault.Fault{Service: "sts", Kind: fault.Answer, Code: "ExpiredToken", Status: 403, Message: "expired"})
		}, awsapi.ErrExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t, "")
			synctest.Test(t, func(t *testing.T) {
				sim := awssim.New(awssim.Options{})
				sim.Identity().AddRole(sts.Role{Name: "deploy", Trusts: []string{"*"}, Issuer: issuer, Audience: audience, Subject: "organization:acme:*"})
				if c.world != nil {
					c.world(sim)
				}
				c.config.HTTPClient = &http.Client{Transport: sim.Transport()}
				s, err := awsapi.Load(t.Context(), c.config)
				if err != nil {
					t.Fatal(err)
				}
				if err := ask(t.Context(), s); !errors.Is(err, c.want) {
					t.Errorf("answered %v, want %v", err, c.want)
				}
				if got := callers(sim); len(got) > 0 {
					t.Errorf("CloudFront was called as %v", got)
				}
			})
		})
	}
}

// A proxy and an authority of one's own are for AWS and for probes alike.
func TestProxyAndAuthorityAreThoseOfTheConfiguration(t *testing.T) {
	alone(t, "")
	sim := awssim.New(awssim.Options{})
	server := httptest.NewTLSServer(sim.Control())
	defer server.Close()
	bundle := file(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	call := func(c awsapi.Config) (awsapi.Session, error) {
		c.AccessKey, c.SecretKey, c.MaxRetries = "AKID", "secret", 1
		s, err := awsapi.Load(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		_, err = cloudfrontapi.New(s.Config, server.URL, clock.System{}).Distribution(t.Context(), "E1", time.Time{})
		return s, err
	}
	if _, err := call(awsapi.Config{}); !errors.Is(err, awsapi.ErrUnreachable) {
		t.Errorf("an authority that nobody trusts: %v", err)
	}
	if _, err := call(awsapi.Config{Insecure: true}); !errors.Is(err, awsapi.ErrNotFound) {
		t.Errorf("without checking: %v", err)
	}
	trusting, err := call(awsapi.Config{CustomCABundle: bundle})
	if !errors.Is(err, awsapi.ErrNotFound) {
		t.Errorf("with the bundle: %v", err)
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusting.Roots, MinVersion: tls.VersionTLS12}}}
	if resp, err := client.Get(server.URL); err != nil {
		t.Errorf("a probe: %v", err)
	} else {
		_ = resp.Body.Close()
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if s, err := call(awsapi.Config{}); !errors.Is(err, awsapi.ErrNotFound) || s.Roots == nil {
		t.Errorf("with the bundle of the environment: %v", err)
	}

	proxy := "http://user:hunter2hunter2@127.0.0.1:9"
	s, err := awsapi.Load(t.Context(), awsapi.Config{AccessKey: "AKID", SecretKey: "secret", MaxRetries: 1, HTTPProxy: &proxy, NoProxy: "direct.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]string{"http://a.example.com/": "127.0.0.1:9", "https://a.example.com/": "127.0.0.1:9", "https://direct.example.com/": ""} {
		u, err := s.Proxy(&http.Request{URL: sure(url.Parse(target))})
		got := ""
		if u != nil {
			got = u.Host
		}
		if err != nil || got != want {
			t.Errorf("%s goes by %q, %v, want %q", target, got, err, want)
		}
	}
	if err := ask(t.Context(), s); !errors.Is(err, awsapi.ErrUnreachable) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("with a proxy that is not there: %v", err)
	}
}

func sure[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// AWS quotes what it was sent.
//
//nolint:paralleltest // sets the environment
func TestNoErrorShowsASecret(t *testing.T) {
	alone(t, "")
	sim := awssim.New(awssim.Options{})
	const secret, token, header = "SECRETsecretSECRET", "TOKENtoken/TOKEN+==", "header-value-that-nobody-may-know"
	for name, message := range map[string]string{
		"as it does":    "The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'GET\n/\nx-amz-security-token:" + token + "'",
		"in some other": "Do you mean " + token + " or " + url.QueryEscape(token) + " or " + secret + "?",
	} {
		sim.Faults().Clear()
		sim.Faults().Add(fault.Fault{Kind: fault.Answer, Code: "SignatureDoesNotMatch", Status: 403, Message: message})
		s, err := awsapi.Load(t.Context(), awsapi.Config{AccessKey: "AKID", SecretKey: secret, Token: token, HTTPClient: &http.Client{Transport: sim.Transport()}})
		if err != nil {
			t.Fatal(err)
		}
		err = ask(t.Context(), s)
		for _, text := range []string{err.Error(), fmt.Sprint(err), awsapi.Brief(err), awsapi.Brief(errors.Unwrap(fmt.Errorf("%w", err)))} {
			if strings.Contains(text, secret) || strings.Contains(text, token) || strings.Contains(text, url.QueryEscape(token)) {
				t.Errorf("%s: %s", name, text)
			}
			if !strings.Contains(text, "SignatureDoesNotMatch") {
				t.Errorf("%s: it does not say what is wrong: %s", name, text)
			}
		}
	}
	hidden := awsapi.Hide(fmt.Errorf("the value %s is not valid: %w", header, awsapi.ErrRefused), header, "")
	if got := hidden.Error(); got != "the value (hidden) is not valid: refused" || !errors.Is(hidden, awsapi.ErrRefused) {
		t.Errorf("%q", got)
	}
	if awsapi.Hide(nil, header) != nil {
		t.Error("nothing became an error")
	}
	if kept := awsapi.Hide(awsapi.ErrRefused, "short"); kept.Error() != "refused" {
		t.Errorf("%q", kept)
	}
}

// Who has to sign in again is told so by the plan: that is known without asking anybody.
func TestASignInOfYesterdayShowsWhenLoading(t *testing.T) {
	alone(t, "[default]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = deploy\n[sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n")
	home := t.TempDir()
	t.Setenv("HOME", home)
	cache := filepath.Join(home, ".aws", "sso", "cache")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		expires time.Time
		want    error
	}{
		{clock.System{}.Now().Add(-24 * time.Hour), awsapi.ErrExpired},
		{clock.System{}.Now().Add(time.Hour), nil},
	} {
		token := fmt.Sprintf(`{"accessToken":"t","expiresAt":%q,"region":"eu-west-1","startUrl":"https://example.awsapps.com/start"}`, c.expires.UTC().Format(time.RFC3339))
		name := fmt.Sprintf("%x.json", sha1.Sum([]byte("work")))
		if err := os.WriteFile(filepath.Join(cache, name), []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := awsapi.Load(t.Context(), awsapi.Config{}); !errors.Is(err, c.want) {
			t.Errorf("a sign-in until %s: %v, want %v", c.expires, err, c.want)
		}
	}
}
