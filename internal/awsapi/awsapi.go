// Package awsapi and the packages below it are the only ones that talk to AWS.
//
// They offer conditional writes and plain reads, and translate what AWS answers
// into one small vocabulary. They decide nothing, wait for nothing and never
// resend a write that AWS refused: that is for whoever looks again.
package awsapi

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
	"github.com/hashicorp/aws-sdk-go-base/v2/diag"
)

// Region is where CloudFront's control plane, its certificates and its metrics live.
const Region = "us-east-1"

// A Config says who calls, from where, and how. What it leaves out comes from the
// environment and the shared files, as for every AWS tool.
type Config struct {
	Region                      string // empty: the environment's, the profile's, or us-east-1
	SkipRegionValidation        bool
	Profile                     string
	AccessKey, SecretKey, Token string
	SharedConfigFiles           []string
	SharedCredentialsFiles      []string
	AssumeRole                  []Role // each with the credentials of the one before it
	WebIdentity                 *WebIdentity

	STSRegion, STSEndpoint string // empty: as Region, and AWS's own
	DualStack, FIPS        bool

	HTTPProxy, HTTPSProxy *string // nil: the environment's; "" is none
	NoProxy               string
	CustomCABundle        string // path; empty: the environment's
	Insecure              bool

	RetryMode  string // standard or adaptive; empty: the environment's
	MaxRetries int    // attempts per call; 0: the environment's, or 3
	// Attempt is how long one attempt at a read may take; a write gets three times as
	// long. 0: DefaultAttempt.
	Attempt time.Duration

	SkipMetadata     *bool // nil: as AWS_EC2_METADATA_DISABLED says
	MetadataEndpoint string
	MetadataMode     string // IPv4 or IPv6

	// Answered, if set, is told the id that AWS gave to each write, whatever it answered.
	Answered func(ctx context.Context, request string)
	// Called, if set, is told of each attempt at a call, once it is over, and each time that
	// credentials are found by asking AWS.
	Called func(ctx context.Context, c Call)

	Account string // what people call the account; "": the provider's own, which has no name

	Version    string       // of the provider, for the user agent
	HTTPClient *http.Client // nil: one for the network. For tests
}

// A Role is one to assume.
type Role = awsbase.AssumeRole

// A WebIdentity is a role to assume with a token of somebody AWS trusts.
type WebIdentity = awsbase.AssumeRoleWithWebIdentity

// A Session is what a Config amounts to. It may not have called anybody yet.
type Session struct {
	aws.Config
	// Proxy and Roots are for requests that are not AWS's, such as probes: the proxy
	// for a request, and whom to trust; nil is the machine's own.
	Proxy func(*http.Request) (*url.URL, error)
	Roots *x509.CertPool
}

// A SettingError is about one setting, found without asking anybody.
type SettingError struct {
	Setting string // as in Terraform's configuration; "" where the environment or a shared file set it
	Err     error
	Kind    error // of the vocabulary; nil if it is only this
}

// Error implements error.
func (e *SettingError) Error() string { return e.Err.Error() }

// Unwrap implements the interface of errors.Is.
func (e *SettingError) Unwrap() []error { return []error{e.Kind, e.Err} }

// margin is how long before their end credentials are renewed, so that no call
// meets it. The shortest session is three times as long.
const margin = 5 * time.Minute

// Load resolves a configuration the way every AWS provider does, through
// aws-sdk-go-base, and calls nobody: settings are checked and files are read at
// once, but roles are assumed, and whatever else needs a network is asked, when the
// first call needs credentials. Errors: SettingError, ErrNoCredentials, ErrExpired.
func Load(ctx context.Context, c Config) (Session, error) {
	var s Session
	var err error
	if s.Roots, err = roots(c); err != nil {
		return s, err
	}
	if s.Proxy, err = proxy(c); err != nil {
		return s, err
	}
	hidden := &secrets{}
	hidden.addConfig(c)

	base := c.base()
	base.AccessKey, base.SecretKey, base.Token = "none", "none", "" // only to be asked for no credentials
	_, s.Config, err = get(ctx, base)
	if err != nil {
		return s, settingOf(c, err)
	}
	if c.Region == "" && s.Region == "" {
		c.Region, s.Region = Region, Region
	}
	if !c.SkipRegionValidation {
		if err := CheckRegion(s.Region); err != nil {
			return s, &SettingError{Setting: given("region", c.Region), Err: err}
		}
	}
	if c.HTTPClient != nil { // after loading: a CA bundle in the environment is for the network's client
		s.HTTPClient = c.HTTPClient
	}
	attempt := cmp.Or(c.Attempt, DefaultAttempt)
	s.HTTPClient, s.Retryer = limited(s.HTTPClient, attempt), unrepeating(s.Retryer)
	s.APIOptions = append(s.APIOptions, hidden.option, lined(s.Retryer(), c.MaxRetries).option)
	if c.Account != "" {
		s.APIOptions = append(s.APIOptions, in(c.Account))
	}
	if c.Answered != nil {
		s.APIOptions = append(s.APIOptions, answered(c.Answered))
	}
	if c.Called != nil {
		s.APIOptions = append(s.APIOptions, called(c.Called))
	}

	static := c.AccessKey != "" || c.SecretKey != "" || c.Token != ""
	if static {
		keys := credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.Token)
		if _, err := keys.Retrieve(ctx); err != nil {
			return s, &SettingError{Setting: "access_key", Err: err, Kind: ErrNoCredentials}
		}
		if len(c.AssumeRole) == 0 {
			s.Credentials = keys
			return s, nil
		}
	}
	src := &source{base: c.base(), account: c.Account, hidden: hidden, limit: patienceWithWrites * attempt, called: c.Called}
	src.base.Region, src.base.HTTPClient = s.Region, c.HTTPClient
	if _, own := os.LookupEnv("AWS_ENDPOINT_URL_STS"); c.STSEndpoint == "" && s.BaseEndpoint != nil && !own && os.Getenv("AWS_ENDPOINT_URL") != "" {
		// While the SDK looks for credentials it does not know this variable yet.
		src.base.StsEndpoint = *s.BaseEndpoint
	}
	if c.WebIdentity != nil {
		if _, err := c.WebIdentity.GetIdentityToken(); err != nil {
			return s, &SettingError{Setting: "assume_role_with_web_identity", Err: err, Kind: ErrNoCredentials}
		}
	}
	if !static && c.WebIdentity == nil {
		if src.found, err = local(ctx, c, s.Region); err != nil {
			return s, err
		}
		if len(c.AssumeRole) > 0 {
			src.found = nil // it only assumes the first role
		}
	}
	src.cache = aws.NewCredentialsCache(src, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = margin })
	s.Credentials = src.cache
	s.Retryer = src.retryer(s.Retryer)
	return s, nil
}

func given(setting, value string) string {
	if value == "" {
		return ""
	}
	return setting
}

// base is the configuration as aws-sdk-go-base takes it.
func (c Config) base() awsbase.Config {
	out := awsbase.Config{
		AccessKey: c.AccessKey, SecretKey: c.SecretKey, Token: c.Token, Profile: c.Profile, Region: c.Region,
		SharedConfigFiles: c.SharedConfigFiles, SharedCredentialsFiles: c.SharedCredentialsFiles,
		AssumeRole: c.AssumeRole, AssumeRoleWithWebIdentity: c.WebIdentity,
		StsRegion: c.STSRegion, StsEndpoint: c.STSEndpoint, UseDualStackEndpoint: c.DualStack, UseFIPSEndpoint: c.FIPS,
		HTTPProxy: c.HTTPProxy, HTTPSProxy: c.HTTPSProxy, NoProxy: c.NoProxy, HTTPProxyMode: awsbase.HTTPProxyModeLegacy,
		CustomCABundle: c.CustomCABundle, Insecure: c.Insecure,
		RetryMode: aws.RetryMode(c.RetryMode), MaxRetries: c.MaxRetries,
		EC2MetadataServiceEndpoint: c.MetadataEndpoint, EC2MetadataServiceEndpointMode: c.MetadataMode,
		SkipCredsValidation: true, SkipRequestingAccountId: true,
		// Its request log prints bodies, and a distribution's body holds the values of
		// custom origin headers, which are secrets.
		SuppressDebugLog: true,
		CallerName:       "The cdn provider",
		UserAgent: awsbase.UserAgentProducts{
			{Name: "terraform-provider-cdn", Version: c.Version},
		},
	}
	if len(c.AssumeRole) == 0 {
		out.AssumeRole = nil // an empty list would assume nobody, and take the credentials away
	}
	if c.SkipMetadata != nil {
		out.EC2MetadataServiceEnableState = imds.ClientEnabled
		if *c.SkipMetadata {
			out.EC2MetadataServiceEnableState = imds.ClientDisabled
		}
	}
	return out
}

// get is GetAwsConfig without roles, with its diagnostics as one error.
func get(ctx context.Context, base awsbase.Config) (context.Context, aws.Config, error) {
	base.AssumeRole, base.AssumeRoleWithWebIdentity = nil, nil
	ctx, cfg, diags := awsbase.GetAwsConfig(ctx, &base)
	_, err := problem(diags)
	return ctx, cfg, err
}

// problem is the first error among diagnostics, with its type and what it is about.
func problem(diags diag.Diagnostics) (diag.Diagnostic, error) {
	errs := diags.Errors()
	if len(errs) == 0 {
		return nil, nil
	}
	if e, ok := errs[0].(diag.DiagnosticWithErr); ok {
		return e, e.Err()
	}
	return errs[0], errors.New(cmp.Or(errs[0].Detail(), errs[0].Summary()))
}

// settingOf says which setting an error of loading is about.
func settingOf(c Config, err error) error {
	if _, missing := errors.AsType[config.SharedConfigProfileNotExistError](err); missing {
		name := cmp.Or(c.Profile, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"))
		return &SettingError{Setting: given("profile", c.Profile), Err: fmt.Errorf("the shared files have no profile %q", name), Kind: ErrNoCredentials}
	}
	return &SettingError{Err: err}
}

// proxy is how a request gets out, by the rules of aws-sdk-go-base.
func proxy(c Config) (func(*http.Request) (*url.URL, error), error) {
	for setting, value := range map[string]*string{"http_proxy": c.HTTPProxy, "https_proxy": c.HTTPSProxy} {
		if value == nil {
			continue
		}
		if _, err := url.Parse(*value); err != nil {
			return nil, &SettingError{Setting: setting, Err: errors.New("it is not a URL")} // the error would quote it, with its password
		}
	}
	base := c.base()
	options, err := base.HTTPTransportOptions()
	if err != nil {
		return nil, &SettingError{Err: errors.New("the proxy is not a URL")}
	}
	var t http.Transport
	options(&t)
	return t.Proxy, nil
}

// roots adds the configured authorities to the machine's; nil if there are none.
// The SDK trusts only the bundle then, but a probe asks a site that viewers reach
// without it.
func roots(c Config) (*x509.CertPool, error) {
	setting, path := "custom_ca_bundle", c.CustomCABundle
	if path == "" {
		setting, path = "", os.Getenv("AWS_CA_BUNDLE")
	}
	if path == "" {
		return nil, nil
	}
	base := awsbase.Config{CustomCABundle: path}
	pem, err := base.CustomCABundleReader()
	if err != nil {
		return nil, &SettingError{Setting: setting, Err: err}
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	raw := make([]byte, pem.Len())
	_, _ = pem.Read(raw) // all of it is in memory
	if !pool.AppendCertsFromPEM(raw) {
		return nil, &SettingError{Setting: setting, Err: fmt.Errorf("%s holds no certificate in PEM form", path)}
	}
	return pool, nil
}
