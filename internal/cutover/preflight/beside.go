package preflight

import (
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
)

// A Beside is one thing that hashicorp/aws does to what a cutover depends on, and the
// versions of which it is known. The guide shows all of them.
type Beside struct {
	Versions string
	What     string
	Do       string
}

// Newest is the newest version of hashicorp/aws whose schema was read for the table.
const Newest = "6.66"

// HashicorpAWS is what is known, read in its source and tried with 5.100.0.
var HashicorpAWS = []Beside{
	{
		"5.100.0 to " + Newest, "An update of a distribution sends the whole configuration of its state. On an outdated ETag it reads the new one and sends the same once more.",
		"Apply plans soon, and keep the `ignore_changes` of this page.",
	},
	{
		"5.100.0", "An update of a distribution erases what is newer than mid-2025: cache tags, response completion timeouts, viewer mTLS, address types of origins. Its plan says \"No changes\" until then.",
		"Use 6.x, or none of these.",
	},
	{
		"5.100.0 to " + Newest, "An update of a distribution erases the read timeout of an S3 origin and the selection criteria of an origin group. They are not in its schema, so `ignore_changes` cannot keep them.",
		"[`cdn_preflight`](../data-sources/preflight.md) finds them. Set them again after the update, or do without.",
	},
	{
		"5.100.0 to " + Newest, "It takes the id of the continuous deployment policy from its state, and cannot detach one.",
		"`cdn_continuous_deployment` can.",
	},
	{
		"6.17 to 6.19", "`aws_cloudfront_continuous_deployment_policy` fails (#44951).",
		"Use another version, or `cdn_continuous_deployment`.",
	},
	{
		"5.100.0 to " + Newest, "`aws_cloudfront_continuous_deployment_policy` updates with the ETag of its state, and does not try again.",
		"With the `ignore_changes` of this page it has nothing to update during a release. After a `PreconditionFailed`, plan again.",
	},
	{
		"6.28 to " + Newest, "A multi-tenant distribution is updated under a fresh ETag, whatever has changed since the plan.",
		"Do not change one by two hands at a time.",
	},
	{
		"any that has it", "`aws_route53_records_exclusive` deletes every record of its zone that it does not know, those of a switch or a ramp among them.",
		"Never let it own a zone that stands in `dns` or `zone_id`.",
	},
	{
		"5.100.0 to " + Newest, "Destroying an `aws_route53_record` that Route 53 protects looks successful: the refusal is ignored, the record stays, and state forgets it.",
		"Look at the zone, and delete the protection first.",
	},
}

// An Erasable is a setting that the next update by any known hashicorp/aws takes away.
type Erasable struct{ Element, Of, Value string }

// ErasedBeside: a distribution has a setting that hashicorp/aws does not know.
const ErasedBeside Check = "erased_beside"

// erasable are the settings of the sides that somebody else's next update takes away.
func (s Switch) erasable() []Finding {
	var out []Finding
	for _, side := range append(s.idle(), s.Spec.Live) {
		if list := listed(s.Sides[side].Erasable); list != "" {
			out = append(out, Finding{Check: ErasedBeside, Severity: Warning, Side: side, Found: list})
		}
	}
	return out
}

// erasable are those of primary and staging: a release brings to the primary what staging has.
func (d Deployment) erasable() []Finding {
	var out []Finding
	for _, one := range []*deployment.Distribution{d.Obs.Primary, d.Obs.Staging} {
		if one == nil {
			continue
		}
		if list := listed(d.Erasable[one.ID]); list != "" {
			out = append(out, Finding{Check: ErasedBeside, Severity: Warning, Name: one.ID, Found: list, Staging: one == d.Obs.Staging})
		}
	}
	return out
}

func listed(all []Erasable) string {
	var list []string
	for _, e := range all {
		list = append(list, e.Element+" of "+e.Of+" ("+e.Value+")")
	}
	return strings.Join(list, ", ")
}
