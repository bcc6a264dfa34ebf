package cloudfrontapi

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
)

// headerValues are the values of a configuration's custom origin headers. An origin
// knows by them that it is CloudFront who asks, so they are secrets, and AWS quotes
// from a configuration that it refuses.
func headerValues(c *types.DistributionConfig) []string {
	var out []string
	if c == nil || c.Origins == nil {
		return nil
	}
	for _, o := range c.Origins.Items {
		if o.CustomHeaders == nil {
			continue
		}
		for _, h := range o.CustomHeaders.Items {
			out = append(out, aws.ToString(h.HeaderValue))
		}
	}
	return out
}
