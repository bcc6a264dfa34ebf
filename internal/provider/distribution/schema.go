package distribution

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// Schema implements datasource.DataSource. What cdn_behavior_switch decides about
// is named as it is there, so that one value serves both; of what is left, names are those of
// hashicorp/aws.
func (d *DataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "What CloudFront says about a distribution at the moment: also what somebody changed by hand, and what state of another configuration does not know. " +
			"It holds no values of custom origin headers.",
		Attributes: map[string]schema.Attribute{
			"account": configured.AccountOfData("the distribution is"),
			"id": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{fwtypes.DistributionID()},
				MarkdownDescription: "Id of the distribution.",
			},
			"arn":         computed("ARN of the distribution."),
			"status":      computed("`Deployed`, or `InProgress` while a change is on its way to the edge locations."),
			"deployed":    flag("Whether every edge location has the configuration (`status` is `Deployed`)."),
			"etag":        computed("Version of the configuration. It changes with every change of it."),
			"fingerprint": computed("Hash of the configuration without its aliases and without bookkeeping such as the ETag. A cutover does not change it; a change of a cache behaviour does."),
			"enabled":     flag("Whether it answers viewers. A disabled distribution refuses all of its aliases."),
			"comment":     computed("Its comment."),
			"domain_name": computed("Its own domain name, `d….cloudfront.net`."),
			"hosted_zone_id": computed(
				"Id of the hosted zone that an alias record to the distribution names; the same for all distributions."),
			"aliases": schema.ListAttribute{
				ElementType: types.StringType, Computed: true,
				MarkdownDescription: "Its alternate domain names, sorted.",
			},
			"staging":                         flag("Whether it is a staging distribution, which can have no alias."),
			"continuous_deployment_policy_id": computed("Id of the attached continuous deployment policy; null if there is none."),
			"http_version":                    computed("The highest HTTP version it speaks to viewers: `http1.1`, `http2`, `http3` or `http2and3`."),
			"price_class":                     computed("Which edge locations it is served from: `PriceClass_All`, `PriceClass_200` or `PriceClass_100`."),
			"is_ipv6_enabled":                 flag("Whether it answers over IPv6."),
			"default_root_object":             computed("What `/` answers with; null if nothing is set."),
			"web_acl_id":                      computed("ARN (or, for WAF Classic, id) of the web ACL in front of it; null if there is none."),
			"viewer_certificate": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The certificate that viewers see.",
				Attributes: map[string]schema.Attribute{
					"acm_certificate_arn":            computed("ARN of a certificate in ACM."),
					"iam_certificate_id":             computed("Id of a certificate in IAM."),
					"cloudfront_default_certificate": flag("Whether it is CloudFront's own, which covers no alternate domain name."),
					"minimum_protocol_version":       computed("The lowest version of TLS that viewers may use; null with the default certificate."),
					"ssl_support_method":             computed("`sni-only`, `vip` or `static-ip`; null with the default certificate."),
				},
			},
			"origins": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Where it gets its answers from.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"origin_id":                computed("Name of the origin within the distribution."),
					"domain_name":              computed("Host of the origin."),
					"path":                     computed("What is put before the path of each request; null if nothing is."),
					"origin_access_control_id": computed("Id of the origin access control; null if there is none."),
					"custom_header_names": schema.ListAttribute{
						ElementType: types.StringType, Computed: true,
						MarkdownDescription: "Names, in lower case, of the headers that CloudFront adds to requests to the origin. Their values are not read into state: they are often secrets.",
					},
				}},
			},
			"origin_groups": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Origins with a replacement for when they fail.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"origin_id": computed("Name of the group, which a cache behaviour can name in the place of an origin."),
					"member_origin_ids": schema.ListAttribute{
						ElementType: types.StringType, Computed: true,
						MarkdownDescription: "Origins of the group, the primary first.",
					},
				}},
			},
			"cache_tag_header": computed("The header of origins' answers in which it reads cache tags; null if it reads none, and then an invalidation by tag reaches nothing."),
			"behaviors": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "What it does with requests, by path, in order: the first that matches decides; the last is the default.",
				NestedObject:        schema.NestedAttributeObject{Attributes: behaviorAttributes()},
			},
		},
	}
}

func behaviorAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"behavior":                   computed("What it is called in `behaviors` of a `cdn_behavior_switch`: its path pattern with a leading slash, or `default`."),
		"path_pattern":               computed("Which paths it is for, as CloudFront has it; `*` for the default."),
		"origin_id":                  computed("The origin, or group of origins, that answers."),
		"viewer_protocol_policy":     computed("`allow-all`, `https-only` or `redirect-to-https`."),
		"cache_policy_id":            computed("Id of the cache policy; null with legacy cache settings."),
		"origin_request_policy_id":   computed("Id of the origin request policy; null if there is none."),
		"response_headers_policy_id": computed("Id of the response headers policy; null if there is none."),
		"functions": schema.MapAttribute{
			ElementType: types.StringType, Computed: true,
			MarkdownDescription: "ARNs of the CloudFront Functions that run, by event: `viewer-request` or `viewer-response`.",
		},
		"lambda_functions": schema.MapNestedAttribute{
			Computed:            true,
			MarkdownDescription: "Versions of Lambda@Edge functions that run, by event: `viewer-request`, `origin-request`, `origin-response` or `viewer-response`.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"arn":          computed("ARN of the function, with its version."),
				"include_body": flag("Whether the function sees the body of requests."),
			}},
		},
		"min_ttl":     seconds("The least that edge locations keep an answer, also one that says `no-store`"),
		"default_ttl": seconds("How long they keep an answer that says nothing about it"),
		"max_ttl":     seconds("The most that they keep an answer, whatever it says"),
	}
}

// seconds is a time of legacy cache settings.
func seconds(what string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: what + ", in seconds; null with a cache policy, which says it then."}
}

func computed(what string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: what}
}

func flag(what string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: what}
}
