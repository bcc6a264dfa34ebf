package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// source finds credentials each time it is asked, from the beginning: a role is
// assumed anew, and a file that somebody has renewed is read again. The cache in
// front of it asks when they are about to expire.
type source struct {
	base awsbase.Config
	// account is what people call the one that the last role leads to; "" for the provider's own
	account string
	hidden  *secrets
	cache   *aws.CredentialsCache
	limit   time.Duration                     // of finding them, roles and all
	called  func(ctx context.Context, c Call) // nil: nobody is told

	mu    sync.Mutex
	found *aws.Credentials // on this machine, by local; they count once
	// token of the latest credentials, and of those a call was last refused with
	latest, refused string
}

// Retrieve implements aws.CredentialsProvider.
func (s *source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	s.mu.Lock()
	found := s.found
	s.found = nil
	s.mu.Unlock()
	if found == nil {
		// Whoever waits for them shares this one call, and a cache hands its end on to nobody.
		within, cancel := context.WithTimeoutCause(ctx, s.limit, errSpent)
		defer cancel()
		began := clock.System{}.Now()
		creds, err := s.retrieve(within)
		s.tell(ctx, clock.System{}.Now().Sub(began), err)
		if err != nil {
			return creds, s.hidden.hide(err)
		}
		found = &creds
	}
	s.hidden.add(found.SecretAccessKey, found.SessionToken)
	s.mu.Lock()
	s.latest = found.AccessKeyID + found.SessionToken
	s.mu.Unlock()
	return *found, nil
}

func (s *source) retrieve(ctx context.Context) (aws.Credentials, error) {
	base := s.base
	_, cfg, diags := awsbase.GetAwsConfig(ctx, &base)
	if d, err := problem(diags); err != nil {
		doing := "finding credentials"
		first, _, _ := strings.Cut(d.Detail(), "\n") // it names the role
		for i, r := range base.AssumeRole {
			if awsbase.IsCannotAssumeRoleError(d) && strings.Contains(first, r.RoleARN) {
				doing = fmt.Sprintf("assuming %s (assume_role %d of %d)", r.RoleARN, i+1, len(base.AssumeRole))
				if s.account != "" && i == len(base.AssumeRole)-1 {
					doing = fmt.Sprintf("assuming %s, the role of the account %s", r.RoleARN, s.account)
				}
			}
		}
		if w := base.AssumeRoleWithWebIdentity; w != nil && strings.Contains(first, w.RoleARN) {
			doing = fmt.Sprintf("assuming %s with the web identity token", w.RoleARN)
		}
		return aws.Credentials{}, &identityError{doing, err}
	}
	creds, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		err = &identityError{"renewing credentials", err}
	}
	return creds, err
}

// tell hands on that roles were assumed, or what else was asked in vain. aws-sdk-go-base makes
// these calls, and lets nobody see each of them: they are one line.
func (s *source) tell(ctx context.Context, took time.Duration, err error) {
	var c Call
	switch n := len(s.base.AssumeRole); {
	case n > 0:
		c = Call{Service: "STS", Operation: "AssumeRole", ID: s.base.AssumeRole[n-1].RoleARN}
	case s.base.AssumeRoleWithWebIdentity != nil:
		c = Call{Service: "STS", Operation: "AssumeRoleWithWebIdentity", ID: s.base.AssumeRoleWithWebIdentity.RoleARN}
	}
	if err != nil {
		if refused, ok := Refusal(err); ok {
			refused.ID = c.ID
			c = refused
		} else {
			c.answered(err)
		}
	}
	if c.Took = took; s.called != nil && c.Service != "" {
		s.called(ctx, c)
	}
}

// retryer adds to a retryer that a call whose session has expired is made once
// more, with credentials found anew: AWS did nothing, and the ones in hand may have
// been replaced since. Those that are refused again are not tried a third time.
func (s *source) retryer(inner func() aws.Retryer) func() aws.Retryer {
	return func() aws.Retryer {
		if r, ok := inner().(aws.RetryerV2); ok {
			return renewing{r, s}
		}
		return inner()
	}
}

type renewing struct {
	aws.RetryerV2
	source *source
}

// IsErrorRetryable implements aws.Retryer.
func (r renewing) IsErrorRetryable(err error) bool {
	return errors.Is(kind(err), ErrExpired) && r.source.renew() || r.RetryerV2.IsErrorRetryable(err)
}

func (s *source) renew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused == s.latest {
		return false
	}
	s.refused = s.latest
	s.cache.Invalidate()
	return true
}

// local finds credentials without a network: keys in the environment and in shared
// files, and what a program on this machine answers. It returns nil where somebody
// else would have to be asked, which waits until a call needs it.
func local(ctx context.Context, c Config, region string) (*aws.Credentials, error) {
	var asked atomic.Bool
	refuse := func() error {
		asked.Store(true)
		return errors.New("not yet")
	}
	client := awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) {
		d.ControlContext = func(context.Context, string, string, syscall.RawConn) error { return refuse() }
	}).WithTransportOptions(func(t *http.Transport) {
		t.Proxy = nil
		t.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, refuse() }
	})
	base := c.base()
	configFiles, err := base.ResolveSharedConfigFiles()
	if err != nil {
		return nil, &SettingError{Setting: "shared_config_files", Err: err}
	}
	credentialsFiles, err := base.ResolveSharedCredentialsFiles()
	if err != nil {
		return nil, &SettingError{Setting: "shared_credentials_files", Err: err}
	}
	options := []func(*config.LoadOptions) error{
		config.WithRegion(region), config.WithHTTPClient(client), config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		config.WithEC2IMDSClientEnableState(base.EC2MetadataServiceEnableState),
	}
	if c.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(c.Profile))
	}
	if len(configFiles) > 0 {
		options = append(options, config.WithSharedConfigFiles(configFiles))
	}
	if len(credentialsFiles) > 0 {
		options = append(options, config.WithSharedCredentialsFiles(credentialsFiles))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, settingOf(c, err)
	}
	creds, err := cfg.Credentials.Retrieve(ctx)
	switch {
	case err == nil:
		return &creds, nil
	case asked.Load():
		return nil, nil
	default:
		err = &identityError{"finding credentials", err}
		return nil, fmt.Errorf("%w: %w", kind(err), err)
	}
}
