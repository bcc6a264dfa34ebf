package route53

import (
	"fmt"
	"strings"
)

// endpoints are zones of AWS that an alias may target besides CloudFront's, with
// the suffix of their names: those a cutover away from or towards CloudFront
// meets. Source: AWS General Reference, service endpoints.
var endpoints = map[string]string{
	"Z3AQBSTGFYJSTF": "s3-website-us-east-1.amazonaws.com.",
	"Z2O1EMRO9K5GLX": "s3-website.us-east-2.amazonaws.com.",
	"Z2F56UZL2M1ACD": "s3-website-us-west-1.amazonaws.com.",
	"Z3BJ6K6RIION7M": "s3-website-us-west-2.amazonaws.com.",
	"Z1BKCTXD74EZPE": "s3-website-eu-west-1.amazonaws.com.",
	"Z21DNDUVLTQW6Q": "s3-website.eu-central-1.amazonaws.com.",
	"Z35SXDOTRQ7X7K": "us-east-1.elb.amazonaws.com.",
	"Z26RNL4JYFTOTI": "elb.us-east-1.amazonaws.com.",
	"Z1H1FL5HABSF5":  "us-west-2.elb.amazonaws.com.",
	"Z32O12XQLNTSW2": "eu-west-1.elb.amazonaws.com.",
	"Z215JYRZR1TBD5": "eu-central-1.elb.amazonaws.com.",
	"Z2BJ6XQ5FK7U4H": "awsglobalaccelerator.com.",
}

// reviewAlias checks an alias target. A target must lie within the zone it names
// and exist there with the type of the alias.
func (s *Service) reviewAlias(d *draft, r *record) []string {
	a := r.alias
	said := func(what string) string {
		return fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but %s", a.target, r.typ, a.zone, what)
	}
	const outside, missing = "the alias target name does not lie within the target zone", "that target was not found"
	switch suffix, known := endpoints[a.zone]; {
	case a.zone == CloudFrontZone:
		return s.reviewDistribution(r, said(outside), said(missing))
	case known && !within(a.target, suffix):
		return []string{said(outside)}
	case known:
		return nil
	case a.zone != d.zone.id: // another hosted zone, or none: an alias reaches only its own
		return []string{said(outside), said(missing)}
	case !within(a.target, d.zone.name):
		return []string{said(outside), said(missing)}
	case a.target == r.name:
		return []string{said("an alias cannot target itself")} // wording ours
	}
	for _, other := range d.at(a.target) {
		if other.typ == r.typ {
			return nil
		}
	}
	return []string{said(missing)}
}

func (s *Service) reviewDistribution(r *record, outside, missing string) (problems []string) {
	domain := plain(r.alias.target)
	if !strings.HasSuffix(domain, ".cloudfront.net") {
		return []string{outside}
	}
	// A and AAAA, since July 2025 HTTPS as well.
	if (r.typ != "A" && r.typ != "AAAA" && r.typ != "HTTPS") || !s.opt.TargetExists(domain) {
		return []string{missing}
	}
	if r.alias.evaluate { // the rule: API reference, AliasTarget; wording ours
		problems = append(problems, fmt.Sprintf("EvaluateTargetHealth cannot be true for an alias to a CloudFront distribution: %s, type %s", r.name, r.typ))
	}
	if s.opt.Knobs.AliasMustMatch && !s.opt.OwnsName(domain, plain(r.name)) { // wording ours
		problems = append(problems, fmt.Sprintf("Tried to create an alias that targets %s, type %s in zone %s, but the distribution does not have the alternate domain name %s",
			r.alias.target, r.typ, CloudFrontZone, plain(r.name)))
	}
	return problems
}
