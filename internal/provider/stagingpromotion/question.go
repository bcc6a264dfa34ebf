package stagingpromotion

import (
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
)

// Observed is what a release decides by, as AWS shows it, for cdn_promotion_status too.
// What is not there has no id.
func Observed(primary, staging cloudfrontapi.Distribution, policy cloudfrontapi.Policy) promotion.Observation {
	obs := promotion.Observation{
		Seen: promotion.Seen{
			Primary: observed(primary), Staging: observed(staging),
			Policy: promotion.Policy{ID: policy.ID, ETag: policy.ETag, Enabled: policy.Enabled, Staging: policy.Staging, Route: routeOf(policy.Routing)},
		},
	}
	if primary.ID != "" && staging.ID != "" {
		obs.Locked = cloudfrontapi.Locked(primary, staging)
	}
	return obs
}
