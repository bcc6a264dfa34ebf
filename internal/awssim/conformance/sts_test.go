package conformance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	simulated "github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// everybody is who a role of the tests trusts.
var everybody = []string{"*"}

// with are the clients of other credentials in the same world.
func (c *client) with(key, secret, token string) (aws.Config, *client) {
	cfg := aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
		HTTPClient: &http.Client{Transport: c.sim.Transport()}, RetryMaxAttempts: 1,
	}
	return cfg, &client{T: c.T, sim: c.sim, ctx: c.ctx, cf: cloudfront.NewFromConfig(cfg), acm: acm.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg)}
}

func (c *client) session(k *types.Credentials) (aws.Config, *client) {
	return c.with(*k.AccessKeyId, *k.SecretAccessKey, *k.SessionToken)
}

// assume assumes a role of this account.
func (c *client) assume(role string, edit ...func(*sts.AssumeRoleInput)) (*sts.AssumeRoleOutput, error) {
	in := &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/" + role), RoleSessionName: aws.String("test")}
	for _, e := range edit {
		e(in)
	}
	return c.sts.AssumeRole(c.ctx, in)
}

func (c *client) exists() (string, error) {
	_, err := c.cf.GetDistribution(c.ctx, &cloudfront.GetDistributionInput{Id: aws.String("E1")})
	return code(err), err
}

func TestASessionIsItsRoleUntilItExpires(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		c.sim.Identity().AddRole(simulated.Role{Name: "ci/deploy", Trusts: everybody})
		out := must(c.assume("ci/deploy", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(900) }))
		if got := out.Credentials.Expiration.Sub(now()); got > 15*time.Minute || got < 14*time.Minute {
			t.Errorf("expires in %s", got)
		}
		cfg, s := c.session(out.Credentials)
		who := must(s.sts.GetCallerIdentity(s.ctx, &sts.GetCallerIdentityInput{}))
		if want := "arn:aws:sts::123456789012:assumed-role/deploy/test"; *who.Arn != want || *out.AssumedRoleUser.Arn != want {
			t.Errorf("it is %s, and AssumeRole said %s, want %s", *who.Arn, *out.AssumedRoleUser.Arn, want)
		}
		if got, _ := s.exists(); got != "NoSuchDistribution" {
			t.Errorf("answered %q, want that there is none", got)
		}
		calls := c.sim.Journal().Calls(0)
		if last := calls[len(calls)-1]; last.Caller != *who.Arn {
			t.Errorf("the journal says it was %s", last.Caller)
		}
		pass(15 * time.Minute)
		for name, got := range map[string]string{
			"cloudfront ExpiredToken": code(second(s.exists())),
			"route53 ExpiredToken":    code(second(route53.NewFromConfig(cfg).ListHostedZones(s.ctx, &route53.ListHostedZonesInput{}))),
			"sts ExpiredToken":        code(second(s.sts.GetCallerIdentity(s.ctx, &sts.GetCallerIdentityInput{}))),
			// The JSON protocols spell it in their own way.
			"acm ExpiredTokenException": code(second(s.acm.ListCertificates(s.ctx, &acm.ListCertificatesInput{}))),
		} {
			if _, want, _ := strings.Cut(name, " "); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

func second[A any](_ A, err error) error { return err }

func TestWhoMayNotAssumeARoleIsRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id := c.sim.Identity()
		id.AddRole(simulated.Role{Name: "deploy", Trusts: []string{"arn:aws:iam::123456789012:root"}, ExternalID: "site-7"})
		id.AddRole(simulated.Role{Name: "others", Trusts: []string{"arn:aws:iam::210987654321:root"}})
		id.AddRole(simulated.Role{Name: "plain", Trusts: everybody, Grants: []string{"sts:AssumeRole"}})
		external := func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("site-7") }
		must(c.assume("deploy", external))
		for name, err := range map[string]error{
			"AccessDenied without the external id":    second(c.assume("deploy")),
			"AccessDenied for a role of nobody":       second(c.assume("missing")),
			"AccessDenied where others are trusted":   second(c.assume("others")),
			"AccessDenied where tags are not granted": second(c.assume("plain", func(in *sts.AssumeRoleInput) { in.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}} })),
			"ValidationError for a second":            second(c.assume("deploy", external, func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(1) })),
			"ValidationError for two hours":           second(c.assume("deploy", external, func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7200) })),
			"ValidationError for a name with a space": second(c.assume("deploy", external, func(in *sts.AssumeRoleInput) { in.RoleSessionName = aws.String("a b") })),
			"MalformedPolicyDocument":                 second(c.assume("deploy", external, func(in *sts.AssumeRoleInput) { in.Policy = aws.String("{}") })),
		} {
			want, _, _ := strings.Cut(name, " ")
			if got := code(err); got != want {
				t.Errorf("%s: %q (%v)", name, got, err)
			}
		}
	})
}

func TestRolesAreAssumedInAChain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id := c.sim.Identity()
		hub := id.AddRole(simulated.Role{Name: "hub", Trusts: everybody, MaxSession: 12 * time.Hour})
		id.AddRole(simulated.Role{Name: "spoke", Trusts: []string{hub}, MaxSession: 12 * time.Hour})
		if _, err := c.assume("spoke"); code(err) != "AccessDenied" {
			t.Errorf("without the hub: %v", err)
		}
		out := must(c.assume("hub", func(in *sts.AssumeRoleInput) {
			in.SourceIdentity, in.Tags, in.TransitiveTagKeys = aws.String("alice"), []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}}, []string{"team"}
		}))
		_, s := c.session(out.Credentials)
		if got := must(s.assume("spoke")); aws.ToString(got.SourceIdentity) != "alice" {
			t.Errorf("the source identity is %q", aws.ToString(got.SourceIdentity))
		}
		for name, err := range map[string]error{
			"ValidationError for two hours": second(s.assume("spoke", func(in *sts.AssumeRoleInput) { in.DurationSeconds = aws.Int32(7200) })),
			"ValidationError for a tag that sticks": second(s.assume("spoke", func(in *sts.AssumeRoleInput) {
				in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("x")}}
			})),
			"AccessDenied for another identity": second(s.assume("spoke", func(in *sts.AssumeRoleInput) { in.SourceIdentity = aws.String("mallory") })),
		} {
			if want, _, _ := strings.Cut(name, " "); code(err) != want {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestASessionMayDoWhatItsRoleAndItsPolicyBothAllow(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		id := c.sim.Identity()
		id.AddRole(simulated.Role{Name: "deploy", Trusts: everybody, Allow: []string{"cloudfront:Get*", "cloudfront:List*"}})
		id.AddPolicy("arn:aws:iam::aws:policy/Listing", "*:List*")
		lists := func(s *client) error {
			return second(s.cf.ListDistributions(s.ctx, &cloudfront.ListDistributionsInput{}))
		}
		for name, want := range map[string]struct {
			edit      func(*sts.AssumeRoleInput)
			get, list string
		}{
			"the role's own": {func(*sts.AssumeRoleInput) {}, "NoSuchDistribution", ""},
			"an inline policy": {func(in *sts.AssumeRoleInput) {
				in.Policy = aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"cloudfront:GetDistribution","Resource":"*"}}`)
			}, "NoSuchDistribution", "AccessDenied"},
			"a managed policy": {func(in *sts.AssumeRoleInput) {
				in.PolicyArns = []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/Listing")}}
			}, "AccessDenied", ""},
		} {
			_, s := c.session(must(c.assume("deploy", want.edit)).Credentials)
			got, err := s.exists()
			if got != want.get || code(lists(s)) != want.list {
				t.Errorf("%s: get %q, list %q", name, got, code(lists(s)))
			}
			if got == "AccessDenied" && !strings.Contains(err.Error(), "assumed-role/deploy/test is not authorized to perform: cloudfront:GetDistribution") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestASessionNeedsItsTokenAndItsSecret(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		c.sim.Identity().AddRole(simulated.Role{Name: "deploy", Trusts: everybody})
		k := must(c.assume("deploy")).Credentials
		for name, s := range map[string]func() (aws.Config, *client){
			"InvalidClientTokenId without the token":      func() (aws.Config, *client) { return c.with(*k.AccessKeyId, *k.SecretAccessKey, "") },
			"InvalidClientTokenId with another":           func() (aws.Config, *client) { return c.with(*k.AccessKeyId, *k.SecretAccessKey, "x") },
			"InvalidClientTokenId with a key of nobody's": func() (aws.Config, *client) { return c.with("ASIANOBODY", "secret", *k.SessionToken) },
			"SignatureDoesNotMatch":                       func() (aws.Config, *client) { return c.with(*k.AccessKeyId, "wrong", *k.SessionToken) },
		} {
			_, s := s()
			got, err := s.exists()
			want, _, _ := strings.Cut(name, " ")
			if got != want {
				t.Errorf("%s: %v", name, err)
			}
			// AWS quotes what should have been signed.
			if want == "SignatureDoesNotMatch" && !strings.Contains(err.Error(), "x-amz-security-token:"+*k.SessionToken) {
				t.Errorf("the message quotes no token: %v", err)
			}
		}
		if got, err := func() (string, error) { _, s := c.session(k); return s.exists() }(); got != "NoSuchDistribution" {
			t.Errorf("with both: %v", err)
		}
		c.sim.Identity().Revoke(*k.AccessKeyId)
		if got, _ := func() (string, error) { _, s := c.session(k); return s.exists() }(); got != "InvalidClientTokenId" {
			t.Errorf("after it was revoked: %q", got)
		}
	})
}

func TestAnAccountWithUsersRefusesStrangers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		if got, err := c.exists(); got != "NoSuchDistribution" {
			t.Errorf("an account without users: %v", err)
		}
		c.sim.Identity().AddUser(simulated.User{Name: "alice", AccessKey: "AKIAALICE", SecretKey: "s3cr3t/+", Allow: []string{"cloudfront:*"}})
		if got, err := c.exists(); got != "InvalidClientTokenId" {
			t.Errorf("a stranger: %v", err)
		}
		c.want(second(c.acm.ListCertificates(c.ctx, &acm.ListCertificatesInput{})), "UnrecognizedClientException")
		_, alice := c.with("AKIAALICE", "s3cr3t/+", "")
		if got, err := alice.exists(); got != "NoSuchDistribution" {
			t.Errorf("alice: %v", err)
		}
		// Queries, bodies and paths that need escaping are signed too.
		alice.want(second(alice.cf.ListConflictingAliases(c.ctx, &cloudfront.ListConflictingAliasesInput{DistributionId: aws.String("E1"), Alias: aws.String("*.example.com")})), "NoSuchDistribution")
		_, mallory := c.with("AKIAALICE", "guess", "")
		mallory.want(second(mallory.exists()), "SignatureDoesNotMatch")
		mallory.want(second(mallory.acm.ListCertificates(c.ctx, &acm.ListCertificatesInput{})), "InvalidSignatureException")
		alice.want(second(alice.acm.ListCertificates(c.ctx, &acm.ListCertificatesInput{})), "AccessDenied")
		if who := must(alice.sts.GetCallerIdentity(c.ctx, &sts.GetCallerIdentityInput{})); *who.Arn != "arn:aws:iam::123456789012:user/alice" {
			t.Errorf("alice is %s", *who.Arn)
		}
	})
}

func TestOtherAccountsAreEmpty(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		arn := c.sim.Identity().AddRole(simulated.Role{Name: "deploy", Account: "210987654321", Trusts: everybody})
		out := must(c.sts.AssumeRole(c.ctx, &sts.AssumeRoleInput{RoleArn: &arn, RoleSessionName: aws.String("test")}))
		_, s := c.session(out.Credentials)
		if who := must(s.sts.GetCallerIdentity(s.ctx, &sts.GetCallerIdentityInput{})); *who.Account != "210987654321" {
			t.Errorf("it is %s", *who.Account)
		}
		s.want(second(s.exists()), "AccessDenied")
	})
}

func TestATokenAssumesTheRoleThatTrustsItsIssuerAudienceAndSubject(t *testing.T) {
	t.Parallel()
	inBubble(t, func(c *client) {
		const issuer, audience, subject = "https://app.terraform.io", "aws.workload.identity", "organization:acme:project:site:workspace:prod:run_phase:apply"
		arn := c.sim.Identity().AddRole(simulated.Role{Name: "tfc", Issuer: issuer, Audience: audience, Subject: "organization:acme:project:site:workspace:prod:run_phase:*"})
		soon := now().Add(time.Hour)
		anonymous := sts.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: &http.Client{Transport: c.sim.Transport()}, RetryMaxAttempts: 1})
		assume := func(token string) (*sts.AssumeRoleWithWebIdentityOutput, error) {
			return anonymous.AssumeRoleWithWebIdentity(c.ctx, &sts.AssumeRoleWithWebIdentityInput{RoleArn: &arn, RoleSessionName: aws.String("run"), WebIdentityToken: &token})
		}
		out := must(assume(simulated.IdentityToken(issuer, audience, subject, soon)))
		_, s := c.session(out.Credentials)
		if who := must(s.sts.GetCallerIdentity(c.ctx, &sts.GetCallerIdentityInput{})); *who.Arn != "arn:aws:sts::123456789012:assumed-role/tfc/run" {
			t.Errorf("it is %s", *who.Arn)
		}
		for name, token := range map[string]string{
			"InvalidIdentityToken of another issuer":  simulated.IdentityToken("https://gitlab.com", audience, subject, soon),
			"InvalidIdentityToken for others":         simulated.IdentityToken(issuer, "sts.amazonaws.com", subject, soon),
			"InvalidIdentityToken that is none":       "not a token",
			"AccessDenied about another subject":      simulated.IdentityToken(issuer, audience, "organization:evil:project:site:workspace:prod:run_phase:apply", soon),
			"ExpiredTokenException of an hour before": simulated.IdentityToken(issuer, audience, subject, now().Add(-time.Hour)),
		} {
			want, _, _ := strings.Cut(name, " ")
			if err := second(assume(token)); code(err) != want {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
