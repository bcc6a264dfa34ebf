package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

// Schema implements provider.Provider. What provider "aws" has as a block is a
// block here, see docs/design/0010.
func (p *cdn) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Safe blue/green cutovers on Amazon CloudFront and Route 53. Stands beside `hashicorp/aws`: distributions, zones and certificates stay `aws_*` resources; " +
			"this provider owns only the decision which side is live.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "AWS region in which roles are assumed. CloudFront, its certificates and Route 53 are always addressed in `us-east-1`, whatever this says. " +
					"Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, `us-east-1`.",
			},
			"skip_region_validation": flag("Take any `region`, also one that AWS opened after this provider was built."),
			"profile":                schema.StringAttribute{Optional: true, MarkdownDescription: "Profile in the shared AWS files. Default: `AWS_PROFILE`, `default`."},
			"access_key": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Access key id. Together with `secret_key`; without both, credentials come from the environment, shared files or the machine, as for every AWS tool.",
			},
			"secret_key": schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Secret access key."},
			"token":      schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: "Session token, for temporary credentials. The provider cannot renew those: a cutover that outlasts them stops, and the next apply carries on."},
			"shared_config_files": schema.ListAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Shared configuration files, later ones over earlier ones. Default: `AWS_CONFIG_FILE`, `~/.aws/config`. HCP Terraform hands one to each of several provider configurations: " +
					"`[var.tfc_aws_dynamic_credentials.default.shared_config_file]`.",
			},
			"shared_credentials_files": schema.ListAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Shared credentials files, later ones over earlier ones. Default: `AWS_SHARED_CREDENTIALS_FILE`, `~/.aws/credentials`.",
			},
			"allowed_account_ids": accountIDs("The only accounts to work in, in quotes. AWS is then asked for the account (`sts:GetCallerIdentity`) whenever the provider is configured, plans included, " +
				"and every other account is an error before anything is read. Default: every account. Conflicts with `forbidden_account_ids`."),
			"forbidden_account_ids": accountIDs("Accounts never to work in, in quotes. Asked for as with `allowed_account_ids`, with which it conflicts."),
			"accounts":              accounts(),
			"skip_credentials_validation": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "With `false`, credentials are tried with `sts:GetCallerIdentity` whenever the provider is configured, so that a plan shows what is wrong with them. " +
					"Default `true`, unlike in `hashicorp/aws`: they are first used by the first call that needs them.",
			},
			"skip_requesting_account_id": flag("For configurations shared with `hashicorp/aws`: this provider asks for the account only to keep `allowed_account_ids` and `forbidden_account_ids`, and conflicts with them if this is `true`."),
			"skip_metadata_api_check":    flag("Do not ask the EC2 metadata service for credentials. Default: as `AWS_EC2_METADATA_DISABLED` says."),
			"ec2_metadata_service_endpoint": schema.StringAttribute{
				Optional: true, Validators: []validator.String{fwtypes.Endpoint("http://169.254.169.254")},
				MarkdownDescription: "URL of the EC2 metadata service. Default: `AWS_EC2_METADATA_SERVICE_ENDPOINT`, AWS's own.",
			},
			"ec2_metadata_service_endpoint_mode": schema.StringAttribute{
				Optional: true, Validators: []validator.String{fwtypes.OneOf("IPv4", "IPv6")},
				MarkdownDescription: "`IPv4` or `IPv6`: how the EC2 metadata service is reached. Default: `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`, `IPv4`.",
			},
			"sts_region":             schema.StringAttribute{Optional: true, MarkdownDescription: "AWS region in which roles are assumed, if not in `region`."},
			"use_dualstack_endpoint": flag("Call AWS at addresses that have IPv6 as well. Default: as `AWS_USE_DUALSTACK_ENDPOINT` says. Conflicts with `endpoints`."),
			"use_fips_endpoint":      flag("Call AWS at endpoints with cryptography validated to FIPS 140. Default: as `AWS_USE_FIPS_ENDPOINT` says. Conflicts with `endpoints`."),
			"http_proxy": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: []validator.String{fwtypes.ProxyURL()},
				MarkdownDescription: "Proxy for calls to AWS and for probes over HTTP, and over HTTPS where nothing else is set for that. Default: `HTTP_PROXY`. `\"\"` is none. A probe with `connect_to` uses no proxy.",
			},
			"https_proxy": schema.StringAttribute{
				Optional: true, Sensitive: true, Validators: []validator.String{fwtypes.ProxyURL()},
				MarkdownDescription: "Proxy for calls to AWS and for probes over HTTPS. Default: `HTTPS_PROXY`, `http_proxy`. `\"\"` is none.",
			},
			"no_proxy": schema.StringAttribute{Optional: true, MarkdownDescription: "Hosts to reach without a proxy, with commas between them. Default: `NO_PROXY`."},
			"custom_ca_bundle": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "File with the certificates, in PEM form, of authorities to trust: instead of the machine's for calls to AWS, and in addition to them for probes. " +
					"`~` and `$VARIABLES` may be used. Default: `AWS_CA_BUNDLE`.",
			},
			"insecure": flag("Call AWS without checking certificates. Only for rehearsals: whoever answers gets the credentials' signatures. Probes go on checking, because viewers do."),
			"retry_mode": schema.StringAttribute{
				Optional: true, Validators: []validator.String{fwtypes.OneOf("standard", "adaptive")},
				MarkdownDescription: "`standard`, or `adaptive`, which also slows down calls once AWS throttles them. Default: `AWS_RETRY_MODE`, `standard`.",
			},
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "Attempts at a call that AWS throttles or does not answer, the first one included. Default: `AWS_MAX_ATTEMPTS`, 3; unless one of them is set, " +
					"an attempt that AWS throttles is made up to ten times, each in its turn, before it counts. " +
					"More are seldom of use: a cutover looks again after each call that failed, for as long as its `timeouts` last.",
			},
			"request_timeout": schema.StringAttribute{
				CustomType: timetypes.GoDurationType{}, Optional: true,
				Validators: []validator.String{fwtypes.NotNegative()},
				MarkdownDescription: "How long one attempt at a call to AWS that reads may take, from the connection to the last byte of the answer; one that writes may take three times as long. " +
					"Then its connection is given up: a read is tried again over another one, and after a write the provider looks whether it took effect. " +
					"Go duration of at least `1s`, default `20s`. Probes have a `timeout` of their own.",
			},
			"poll_interval": schema.StringAttribute{
				CustomType: timetypes.GoDurationType{}, Optional: true,
				Validators:          []validator.String{fwtypes.NotNegative()},
				MarkdownDescription: "Time between two looks at something that propagates. CloudFront throttles callers who look too often. Go duration, default `15s`.",
			},
			"batch_window": schema.StringAttribute{
				CustomType: timetypes.GoDurationType{}, Optional: true,
				Validators: []validator.String{fwtypes.NotNegative()},
				MarkdownDescription: "How long an edit of a distribution waits for other edits of the same distribution, of this provider block, to share one write and one propagation with them: " +
					"since the last one came, and at most five times as long since the first. `0s`: each is a write of its own. Go duration, default `2s`.",
			},
		},
		Blocks: map[string]schema.Block{
			"assume_role":                   assumeRole(),
			"assume_role_with_web_identity": assumeRoleWithWebIdentity(),
			"invalidation_quotas": schema.SingleNestedBlock{
				MarkdownDescription: "What CloudFront allows of invalidations. All of one provider block share it, whichever resource or action asks: what would exceed it waits for its turn, in the order of asking. " +
					"The defaults are what AWS gives every account; write more where AWS has raised a quota, and less where other pipelines invalidate in the same account, or several provider blocks do.",
				Attributes: map[string]schema.Attribute{
					"paths_per_second":      quota(cloudfrontapi.DefaultQuotas.PathsPerSecond, "Paths and cache tags a second. An invalidation that has more is sent whole, and the next one waits for as long as it is worth."),
					"wildcards_per_second":  quota(cloudfrontapi.DefaultQuotas.WildcardsPerSecond, "Paths that end in `*` a second, likewise."),
					"paths_in_progress":     quota(cloudfrontapi.DefaultQuotas.PathsInProgress, "Paths without a wildcard and cache tags in progress for one distribution, and so in one invalidation."),
					"wildcards_in_progress": quota(cloudfrontapi.DefaultQuotas.WildcardsInProgress, "Paths that end in `*` in progress for one distribution, and so in one invalidation."),
				},
			},
			"endpoints": schema.SingleNestedBlock{
				MarkdownDescription: "Other addresses for AWS services: a gateway of your own, or the simulator. Over the variables `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_CLOUDFRONT`, `_ROUTE_53`, `_ACM`, `_CLOUDWATCH`, `_LAMBDA`, `_S3` and `_STS`.",
				Attributes: map[string]schema.Attribute{
					"cloudfront":              endpoint("CloudFront"),
					"route53":                 endpoint("Route 53"),
					"acm":                     endpoint("Certificate Manager"),
					"cloudwatch":              endpoint("CloudWatch"),
					"cloudfrontkeyvaluestore": endpoint("CloudFront key value stores"),
					"lambda":                  endpoint("Lambda, for the versions that a `cdn_behavior_switch` associates"),
					"s3":                      endpoint("S3, for snapshots. Buckets are addressed by path there"),
					"sts":                     endpoint("STS, for roles and account checks"),
					"edge": schema.StringAttribute{
						Optional: true, Validators: []validator.String{fwtypes.HostPort()},
						MarkdownDescription: "For rehearsals: `host:port` that every probe connects to, whatever its name resolves to.",
					},
				},
			},
		},
	}
}

func quota(preset int, description string) schema.Int64Attribute {
	return schema.Int64Attribute{Optional: true, MarkdownDescription: fmt.Sprintf("%s Default %d.", description, preset)}
}

func flag(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func accountIDs(description string) schema.SetAttribute {
	return schema.SetAttribute{
		ElementType: types.StringType, Optional: true, MarkdownDescription: description,
		Validators: []validator.Set{setvalidator.ValueStringsAre(fwtypes.AccountID())},
	}
}

func endpoint(service string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{fwtypes.Endpoint("http://127.0.0.1:4566")},
		MarkdownDescription: "URL for " + service + ".",
	}
}

func assumeRole() schema.Block {
	return schema.ListNestedBlock{
		MarkdownDescription: "Role to work as. Several blocks are a chain: each role is assumed as the one before it. " +
			"A session is renewed before it ends, so it need not outlast a cutover. Roles are assumed when the first call needs them, and not by a plan without refresh.",
		NestedObject: schema.NestedBlockObject{Attributes: role("default `15m`; in a chain AWS allows `1h`")},
	}
}

// role is what is said of a role to assume, wherever.
func role(usual string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"role_arn": roleARN("ARN of the role. Required."),
		"duration": sessionDuration(usual),
		"external_id": schema.StringAttribute{
			Optional: true, Validators: []validator.String{fwtypes.ExternalID()},
			MarkdownDescription: "What the owner of the role wants to hear, so that nobody else can have you use it.",
		},
		"policy":       sessionPolicy(),
		"policy_arns":  sessionPolicies(),
		"session_name": sessionName("Name of the session, as CloudTrail shows it. Default: the time."),
		"source_identity": schema.StringAttribute{
			Optional: true, Validators: []validator.String{fwtypes.SessionName()},
			MarkdownDescription: "Who is behind the session. It stays with the roles assumed after this one.",
		},
		"tags": schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: "Session tags."},
		"transitive_tag_keys": schema.SetAttribute{
			ElementType: types.StringType, Optional: true,
			MarkdownDescription: "Keys of the `tags` that stay with the roles assumed after this one.",
		},
	}
}

func accounts() schema.Attribute {
	assume := role("default `15m`; where the provider has a role already, AWS allows `1h`")
	return schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "Other AWS accounts to work in, by a name of your choice: `accounts = { dns = { assume_role = { role_arn = \"arn:aws:iam::…\" } } }`. A side or a zone of a switch, the zone of a ramp, a data source or an action names one in `account`; " +
			"what names none is in the provider's own account. An account is first called when something needs it, and asked then which one it is (`sts:GetCallerIdentity`): two names for one account are an error. See the guide [Between accounts](guides/between-accounts.md).",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"assume_role": schema.SingleNestedAttribute{
				Required: true, Attributes: assume,
				MarkdownDescription: "Role to work as in that account. It is assumed with the credentials that the provider has, its own `assume_role` included.",
			},
		}},
	}
}

func assumeRoleWithWebIdentity() schema.Block {
	return schema.SingleNestedBlock{
		MarkdownDescription: "Role to assume with a token of an OpenID Connect provider that AWS trusts, such as a CI system. " +
			"Blocks `assume_role` come after it. Conflicts with `access_key`. Where `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN` are set, as HCP Terraform sets them, no block is needed.",
		Attributes: map[string]schema.Attribute{
			"role_arn":     roleARN("ARN of the role. Required, unless `AWS_ROLE_ARN` is set."),
			"duration":     sessionDuration("default `1h`"),
			"policy":       sessionPolicy(),
			"policy_arns":  sessionPolicies(),
			"session_name": sessionName("Name of the session, as CloudTrail shows it. Default: `AWS_ROLE_SESSION_NAME`, the time."),
			"web_identity_token": schema.StringAttribute{
				Optional: true, Sensitive: true, MarkdownDescription: "The token. Conflicts with `web_identity_token_file`.",
			},
			"web_identity_token_file": schema.StringAttribute{
				Optional: true, MarkdownDescription: "File with the token, read again when the session is renewed. Default: `AWS_WEB_IDENTITY_TOKEN_FILE`.",
			},
		},
	}
}

func roleARN(description string) schema.Attribute {
	return schema.StringAttribute{Optional: true, Validators: []validator.String{fwtypes.RoleARN()}, MarkdownDescription: description}
}

func sessionDuration(usual string) schema.Attribute {
	return schema.StringAttribute{
		CustomType: timetypes.GoDurationType{}, Optional: true, Validators: []validator.String{fwtypes.SessionDuration()},
		MarkdownDescription: "How long a session lasts before it is renewed. Go duration from `15m` to `12h`, " + usual + ".",
	}
}

func sessionPolicy() schema.Attribute {
	return schema.StringAttribute{
		Optional: true, Validators: []validator.String{fwtypes.PolicyDocument()},
		MarkdownDescription: "IAM policy in JSON. The session may do what the role and this both allow.",
	}
}

func sessionPolicies() schema.Attribute {
	return schema.SetAttribute{
		ElementType: types.StringType, Optional: true, Validators: []validator.Set{setvalidator.ValueStringsAre(fwtypes.PolicyARN())},
		MarkdownDescription: "ARNs of managed policies, to the same effect as `policy`.",
	}
}

func sessionName(description string) schema.Attribute {
	return schema.StringAttribute{Optional: true, Validators: []validator.String{fwtypes.SessionName()}, MarkdownDescription: description}
}
