package deployment

import (
	"fmt"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// Traffic says where the viewers of the primary are sent.
func (o Observation) Traffic(spec Spec) cutover.Traffic {
	switch {
	case spec.Primary == "":
		return cutover.Traffic{{Note: "No primary is known to have the policy, so it sends nobody anywhere"}}
	case o.Primary == nil:
		return cutover.Traffic{{Note: fmt.Sprintf("This account has no distribution %s, so it does not show where traffic goes", spec.Primary)}}
	}
	r := cutover.Route{To: []cutover.Share{{To: fmt.Sprintf("the primary (%s)", spec.Primary), Disabled: !o.Primary.Enabled}}}
	if o.Attached() && o.Policy.Enabled {
		r.To = append(r.To, cutover.Share{To: fmt.Sprintf("staging (%s)", spec.Staging), Part: "some of it by an enabled policy"})
	}
	return cutover.Traffic{r}
}
