package cloudfrontapi

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// A Reference is something outside a distribution that its configuration needs.
type Reference struct{ Kind, Name string }

// References lists what a configuration needs, sorted: where its origins are, and the
// policies, functions and key groups that its behaviours name.
func (d Distribution) References() []Reference {
	var out []Reference
	add := func(kind string, names ...string) {
		for _, name := range names {
			if name != "" {
				out = append(out, Reference{kind, name})
			}
		}
	}
	c := d.config
	if c == nil {
		return nil
	}
	if c.Origins != nil {
		for _, o := range c.Origins.Items {
			add("origin", aws.ToString(o.DomainName)+aws.ToString(o.OriginPath))
			add("origin_access_control", aws.ToString(o.OriginAccessControlId))
			if o.VpcOriginConfig != nil {
				add("vpc_origin", aws.ToString(o.VpcOriginConfig.VpcOriginId))
			}
		}
	}
	for _, b := range d.Facts().Behaviors {
		add("cache_policy", b.CachePolicy)
		add("origin_request_policy", b.OriginRequestPolicy)
		add("response_headers_policy", b.ResponseHeadersPolicy)
		for _, f := range b.Functions {
			add("function", f.ARN)
		}
		for _, f := range b.Lambdas {
			add("lambda_function", f.ARN)
		}
	}
	further := func(groups *types.TrustedKeyGroups, encryption, logs *string) {
		if groups != nil {
			add("key_group", groups.Items...)
		}
		add("field_level_encryption", aws.ToString(encryption))
		add("realtime_log_config", aws.ToString(logs))
	}
	if b := c.DefaultCacheBehavior; b != nil {
		further(b.TrustedKeyGroups, b.FieldLevelEncryptionId, b.RealtimeLogConfigArn)
	}
	if c.CacheBehaviors != nil {
		for _, b := range c.CacheBehaviors.Items {
			further(b.TrustedKeyGroups, b.FieldLevelEncryptionId, b.RealtimeLogConfigArn)
		}
	}
	slices.SortFunc(out, func(a, b Reference) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name)) })
	return slices.Compact(out)
}

// A Bucket is an S3 bucket that an origin reads on behalf of its distribution.
type Bucket struct{ Name, Region string } // Region is empty where the domain name has none

// restEndpoint is the domain name of a bucket. Source: S3 User Guide, virtual-hosted-style.
var restEndpoint = regexp.MustCompile(`^(.+)\.s3(?:\.dualstack)?(?:[.-]([a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com$`)

// Buckets lists the buckets that know by the origin access control on whose behalf they
// are asked, so that their policies have to name the distribution.
func (d Distribution) Buckets() []Bucket {
	var out []Bucket
	for _, o := range d.Facts().Origins {
		if m := restEndpoint.FindStringSubmatch(o.Domain); m != nil && o.AccessControl != "" {
			out = append(out, Bucket{Name: m[1], Region: m[2]})
		}
	}
	slices.SortFunc(out, func(a, b Bucket) int { return cmp.Compare(a.Name, b.Name) })
	return slices.Compact(out)
}
