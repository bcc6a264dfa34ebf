package provider

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// model is the provider block. Blocks are kept as values, because a `dynamic` one
// may be unknown while the configuration is validated.
type model struct {
	Region                 types.String         `tfsdk:"region"`
	SkipRegionValidation   types.Bool           `tfsdk:"skip_region_validation"`
	Profile                types.String         `tfsdk:"profile"`
	AccessKey              types.String         `tfsdk:"access_key"`
	SecretKey              types.String         `tfsdk:"secret_key"`
	Token                  types.String         `tfsdk:"token"`
	SharedConfigFiles      types.List           `tfsdk:"shared_config_files"`
	SharedCredentialsFiles types.List           `tfsdk:"shared_credentials_files"`
	AssumeRole             types.List           `tfsdk:"assume_role"`
	Accounts               types.Map            `tfsdk:"accounts"`
	WebIdentity            types.Object         `tfsdk:"assume_role_with_web_identity"`
	AllowedAccounts        types.Set            `tfsdk:"allowed_account_ids"`
	ForbiddenAccounts      types.Set            `tfsdk:"forbidden_account_ids"`
	SkipCredentials        types.Bool           `tfsdk:"skip_credentials_validation"`
	SkipAccount            types.Bool           `tfsdk:"skip_requesting_account_id"`
	SkipMetadata           types.Bool           `tfsdk:"skip_metadata_api_check"`
	MetadataEndpoint       types.String         `tfsdk:"ec2_metadata_service_endpoint"`
	MetadataMode           types.String         `tfsdk:"ec2_metadata_service_endpoint_mode"`
	STSRegion              types.String         `tfsdk:"sts_region"`
	DualStack              types.Bool           `tfsdk:"use_dualstack_endpoint"`
	FIPS                   types.Bool           `tfsdk:"use_fips_endpoint"`
	Endpoints              types.Object         `tfsdk:"endpoints"`
	HTTPProxy              types.String         `tfsdk:"http_proxy"`
	HTTPSProxy             types.String         `tfsdk:"https_proxy"`
	NoProxy                types.String         `tfsdk:"no_proxy"`
	CustomCABundle         types.String         `tfsdk:"custom_ca_bundle"`
	Insecure               types.Bool           `tfsdk:"insecure"`
	RetryMode              types.String         `tfsdk:"retry_mode"`
	MaxRetries             types.Int64          `tfsdk:"max_retries"`
	RequestTimeout         timetypes.GoDuration `tfsdk:"request_timeout"`
	PollInterval           timetypes.GoDuration `tfsdk:"poll_interval"`
	BatchWindow            timetypes.GoDuration `tfsdk:"batch_window"`
	Quotas                 types.Object         `tfsdk:"invalidation_quotas"`
}

type quotas struct {
	PathsPerSecond      types.Int64 `tfsdk:"paths_per_second"`
	WildcardsPerSecond  types.Int64 `tfsdk:"wildcards_per_second"`
	PathsInProgress     types.Int64 `tfsdk:"paths_in_progress"`
	WildcardsInProgress types.Int64 `tfsdk:"wildcards_in_progress"`
}

type roleModel struct {
	RoleARN           types.String         `tfsdk:"role_arn"`
	Duration          timetypes.GoDuration `tfsdk:"duration"`
	ExternalID        types.String         `tfsdk:"external_id"`
	Policy            types.String         `tfsdk:"policy"`
	PolicyARNs        types.Set            `tfsdk:"policy_arns"`
	SessionName       types.String         `tfsdk:"session_name"`
	SourceIdentity    types.String         `tfsdk:"source_identity"`
	Tags              types.Map            `tfsdk:"tags"`
	TransitiveTagKeys types.Set            `tfsdk:"transitive_tag_keys"`
}

type accountModel struct {
	AssumeRole types.Object `tfsdk:"assume_role"`
}

type webIdentityModel struct {
	RoleARN     types.String         `tfsdk:"role_arn"`
	Duration    timetypes.GoDuration `tfsdk:"duration"`
	Policy      types.String         `tfsdk:"policy"`
	PolicyARNs  types.Set            `tfsdk:"policy_arns"`
	SessionName types.String         `tfsdk:"session_name"`
	Token       types.String         `tfsdk:"web_identity_token"`
	TokenFile   types.String         `tfsdk:"web_identity_token_file"`
}

type endpoints struct {
	CloudFront types.String `tfsdk:"cloudfront"`
	Route53    types.String `tfsdk:"route53"`
	ACM        types.String `tfsdk:"acm"`
	CloudWatch types.String `tfsdk:"cloudwatch"`
	KVS        types.String `tfsdk:"cloudfrontkeyvaluestore"`
	Lambda     types.String `tfsdk:"lambda"`
	S3         types.String `tfsdk:"s3"`
	STS        types.String `tfsdk:"sts"`
	Edge       types.String `tfsdk:"edge"`
}

// accountName is what an account may be called: a name stands in import ids, beside = , ; and @.
var accountName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

// known says whether a value was written, and is not for apply to find out.
func known(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

// roles are the blocks assume_role, none while they are unknown.
func (m model) roles(ctx context.Context) (out []roleModel, d diag.Diagnostics) {
	if known(m.AssumeRole) {
		d = m.AssumeRole.ElementsAs(ctx, &out, false)
	}
	return out, d
}

// others are the roles of `accounts`, by name; without those that are not known yet.
func (m model) others(ctx context.Context) (map[string]roleModel, diag.Diagnostics) {
	out := map[string]roleModel{}
	var d diag.Diagnostics
	for name, value := range m.Accounts.Elements() {
		o, ok := value.(types.Object)
		if !ok || !known(o) {
			continue
		}
		var a accountModel
		if dd := o.As(ctx, &a, basetypes.ObjectAsOptions{}); dd.HasError() || !known(a.AssumeRole) {
			d.Append(dd...)
			continue
		}
		var r roleModel
		d.Append(a.AssumeRole.As(ctx, &r, basetypes.ObjectAsOptions{})...)
		out[name] = r
	}
	return out, d
}

// object reads a block; false where there is none, or it is unknown.
func object(ctx context.Context, from types.Object, into any) (bool, diag.Diagnostics) {
	if !known(from) {
		return false, nil
	}
	return true, from.As(ctx, into, basetypes.ObjectAsOptions{})
}

// check refuses settings that contradict each other, as far as they are known. What
// is wrong with one setting alone is for its validator to say.
func (m model) check(ctx context.Context) diag.Diagnostics {
	var d diag.Diagnostics
	add := func(wrong bool, say func() diag.Diagnostic) {
		if wrong {
			d.Append(say())
		}
	}
	secret := !m.AccessKey.IsUnknown() && !m.SecretKey.IsUnknown()
	add(secret && m.AccessKey.IsNull() != m.SecretKey.IsNull(), diags.HalfKeyPair)
	add(known(m.Token) && m.AccessKey.IsNull() && m.SecretKey.IsNull(), diags.TokenAlone)
	for name, region := range map[string]types.String{"region": m.Region, "sts_region": m.STSRegion} {
		if known(region) && !m.SkipRegionValidation.IsUnknown() && !m.SkipRegionValidation.ValueBool() {
			if err := awsapi.CheckRegion(region.ValueString()); err != nil {
				d.Append(diags.Region(path.Root(name), err))
			}
		}
	}
	add(len(m.AllowedAccounts.Elements()) > 0 && len(m.ForbiddenAccounts.Elements()) > 0, diags.AllowedAndForbidden)
	if setting, _ := m.accounts(ctx); setting != "" && m.SkipAccount.ValueBool() {
		d.Append(diags.AccountNotAsked(setting))
	}
	roles, _ := m.roles(ctx) // what a role's settings are made of is said with their full path before
	for i, r := range roles {
		add(!r.RoleARN.IsUnknown() && r.RoleARN.ValueString() == "", func() diag.Diagnostic {
			return diags.RoleWithoutARN(path.Root("assume_role").AtListIndex(i).AtName("role_arn"))
		})
	}
	others, _ := m.others(ctx)
	for _, name := range slices.Sorted(maps.Keys(others)) {
		r := others[name]
		at := path.Root("accounts").AtMapKey(name)
		add(!accountName.MatchString(name), func() diag.Diagnostic { return diags.NotAnAccountName(at, name) })
		add(!r.RoleARN.IsUnknown() && r.RoleARN.ValueString() == "", func() diag.Diagnostic {
			return diags.RoleWithoutARN(at.AtName("assume_role").AtName("role_arn"))
		})
	}
	d.Append(m.checkWebIdentity(ctx)...)
	d.Append(m.checkEndpoints(ctx)...)
	_, dd := m.quotas(ctx)
	d.Append(dd...)
	add(known(m.MaxRetries) && m.MaxRetries.ValueInt64() < 1, diags.NoAttempt)
	if known(m.RequestTimeout) {
		limit, dd := m.RequestTimeout.ValueGoDuration()
		d.Append(dd...)
		add(!dd.HasError() && limit < time.Second, diags.RequestTimeoutTooShort)
	}
	if known(m.PollInterval) {
		poll, dd := m.PollInterval.ValueGoDuration()
		d.Append(dd...)
		add(!dd.HasError() && poll == 0, diags.PollingAllTheTime)
	}
	return d
}

func (m model) checkWebIdentity(ctx context.Context) diag.Diagnostics {
	var w webIdentityModel
	var d diag.Diagnostics
	if ok, dd := object(ctx, m.WebIdentity, &w); !ok || dd.HasError() {
		return nil // as with roles
	}
	if known(m.AccessKey) {
		d.Append(diags.KeysAndToken())
	}
	if !w.RoleARN.IsUnknown() && w.RoleARN.ValueString() == "" && os.Getenv("AWS_ROLE_ARN") == "" {
		d.Append(diags.RoleWithoutARN(path.Root("assume_role_with_web_identity").AtName("role_arn")))
	}
	switch {
	case w.Token.IsUnknown() || w.TokenFile.IsUnknown():
	case w.Token.ValueString() != "" && w.TokenFile.ValueString() != "":
		d.Append(diags.TwoTokens())
	case w.Token.ValueString() == "" && w.TokenFile.ValueString() == "" && os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") == "":
		d.Append(diags.WebIdentityWithoutToken())
	}
	return d
}

func (m model) checkEndpoints(ctx context.Context) diag.Diagnostics {
	var e endpoints
	ok, d := object(ctx, m.Endpoints, &e)
	if !ok || d.HasError() {
		return d
	}
	for choice, chosen := range map[string]types.Bool{"use_fips_endpoint": m.FIPS, "use_dualstack_endpoint": m.DualStack} {
		for service, address := range map[string]types.String{"cloudfront": e.CloudFront, "route53": e.Route53, "acm": e.ACM, "cloudwatch": e.CloudWatch, "cloudfrontkeyvaluestore": e.KVS, "lambda": e.Lambda, "s3": e.S3, "sts": e.STS} {
			if chosen.ValueBool() && known(address) {
				d.Append(diags.EndpointOfOneKind(path.Root("endpoints").AtName(service), choice))
			}
		}
	}
	return d
}

// quotas are those that invalidations keep to, as far as they are known.
func (m model) quotas(ctx context.Context) (cloudfrontapi.Quotas, diag.Diagnostics) {
	out := cloudfrontapi.DefaultQuotas
	var q quotas
	ok, d := object(ctx, m.Quotas, &q)
	if !ok || d.HasError() {
		return out, d
	}
	for _, one := range []struct {
		name string
		set  types.Int64
		into *int
	}{
		{"paths_per_second", q.PathsPerSecond, &out.PathsPerSecond},
		{"wildcards_per_second", q.WildcardsPerSecond, &out.WildcardsPerSecond},
		{"paths_in_progress", q.PathsInProgress, &out.PathsInProgress},
		{"wildcards_in_progress", q.WildcardsInProgress, &out.WildcardsInProgress},
	} {
		switch {
		case !known(one.set):
		case one.set.ValueInt64() < 1:
			d.Append(diags.NoInvalidationAtAll(one.name, *one.into))
		default:
			*one.into = int(one.set.ValueInt64())
		}
	}
	return out, d
}

// accounts are the account ids of which one list is set, and its name; "" for none.
func (m model) accounts(ctx context.Context) (setting string, ids []string) {
	for name, set := range map[string]types.Set{"allowed_account_ids": m.AllowedAccounts, "forbidden_account_ids": m.ForbiddenAccounts} {
		if len(set.Elements()) > 0 {
			return name, texts(ctx, set)
		}
	}
	return "", nil
}

// texts are the elements of a list or set of strings that are known.
func texts(ctx context.Context, v interface{ Elements() []attr.Value }) []string {
	var out []string
	for _, e := range v.Elements() {
		if s, ok := e.(basetypes.StringValuable); ok && known(e) {
			text, _ := s.ToStringValue(ctx) // known
			out = append(out, text.ValueString())
		}
	}
	return out
}

// config is what a fully known configuration asks awsapi for.
func (m model) config(ctx context.Context) (awsapi.Config, diag.Diagnostics) {
	c := awsapi.Config{
		Region: m.Region.ValueString(), SkipRegionValidation: m.SkipRegionValidation.ValueBool(), Profile: m.Profile.ValueString(),
		AccessKey: m.AccessKey.ValueString(), SecretKey: m.SecretKey.ValueString(), Token: m.Token.ValueString(),
		SharedConfigFiles: texts(ctx, m.SharedConfigFiles), SharedCredentialsFiles: texts(ctx, m.SharedCredentialsFiles),
		STSRegion: m.STSRegion.ValueString(), DualStack: m.DualStack.ValueBool(), FIPS: m.FIPS.ValueBool(),
		HTTPProxy: m.HTTPProxy.ValueStringPointer(), HTTPSProxy: m.HTTPSProxy.ValueStringPointer(), NoProxy: m.NoProxy.ValueString(),
		CustomCABundle: m.CustomCABundle.ValueString(), Insecure: m.Insecure.ValueBool(),
		RetryMode: m.RetryMode.ValueString(), MaxRetries: int(m.MaxRetries.ValueInt64()), Attempt: lasting(m.RequestTimeout), Answered: run.Answered,
		SkipMetadata: m.SkipMetadata.ValueBoolPointer(), MetadataEndpoint: m.MetadataEndpoint.ValueString(), MetadataMode: m.MetadataMode.ValueString(),
	}
	roles, d := m.roles(ctx)
	for _, r := range roles {
		role, dd := r.role(ctx)
		d.Append(dd...)
		c.AssumeRole = append(c.AssumeRole, role)
	}
	var w webIdentityModel
	ok, dd := object(ctx, m.WebIdentity, &w)
	d.Append(dd...)
	if ok {
		c.WebIdentity = &awsapi.WebIdentity{
			RoleARN: or(w.RoleARN, "AWS_ROLE_ARN"), Duration: lasting(w.Duration), Policy: w.Policy.ValueString(), PolicyARNs: texts(ctx, w.PolicyARNs),
			SessionName: or(w.SessionName, "AWS_ROLE_SESSION_NAME"), WebIdentityToken: w.Token.ValueString(),
		}
		if c.WebIdentity.WebIdentityToken == "" {
			c.WebIdentity.WebIdentityTokenFile = or(w.TokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE")
		}
	}
	return c, d
}

// role is what a block asks awsapi for.
func (r roleModel) role(ctx context.Context) (awsapi.Role, diag.Diagnostics) {
	var d diag.Diagnostics
	role := awsapi.Role{
		RoleARN: r.RoleARN.ValueString(), Duration: lasting(r.Duration), ExternalID: r.ExternalID.ValueString(), Policy: r.Policy.ValueString(),
		PolicyARNs: texts(ctx, r.PolicyARNs), SessionName: r.SessionName.ValueString(), SourceIdentity: r.SourceIdentity.ValueString(),
		TransitiveTagKeys: texts(ctx, r.TransitiveTagKeys),
	}
	if known(r.Tags) {
		d.Append(r.Tags.ElementsAs(ctx, &role.Tags, false)...)
	}
	return role, d
}

// in is the configuration of calls in another account: whoever the provider is assumes its role.
func in(c awsapi.Config, account string, role awsapi.Role) awsapi.Config {
	c.Account, c.AssumeRole = account, append(slices.Clone(c.AssumeRole), role)
	return c
}

// or is a setting, or what the environment says in its place.
func or(setting types.String, variable string) string {
	if s := setting.ValueString(); s != "" {
		return s
	}
	return os.Getenv(variable)
}

// lasting is a duration that has been validated; 0 is AWS's default.
func lasting(v timetypes.GoDuration) time.Duration {
	if !known(v) {
		return 0
	}
	d, _ := v.ValueGoDuration() // validated
	return d
}

// wanted says why AWS has to be asked for the account before anything else: to
// keep a list, or because validation was asked for by name.
func (m model) wanted(ctx context.Context) (setting string, ids []string) {
	if setting, ids = m.accounts(ctx); setting != "" {
		return setting, ids
	}
	if known(m.SkipCredentials) && !m.SkipCredentials.ValueBool() {
		return "skip_credentials_validation", nil
	}
	return "", nil
}

// permits says whether an account is one the lists let through.
func permits(setting, account string, ids []string) bool {
	switch setting {
	case "allowed_account_ids":
		return slices.Contains(ids, account)
	case "forbidden_account_ids":
		return !slices.Contains(ids, account)
	default:
		return true
	}
}
