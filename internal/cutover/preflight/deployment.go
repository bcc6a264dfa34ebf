package preflight

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
)

// The checks of a continuous deployment beyond its obstacles.
const (
	// LockedDiffers: primary and staging differ in a setting that has to be equal.
	LockedDiffers Check = "locked_differ"
	// PolicyElsewhere: the policy that names staging is attached to another primary.
	PolicyElsewhere Check = "policy_elsewhere"
	// CanaryRuns: the policy is enabled, so viewers are at staging before the release.
	CanaryRuns Check = "canary_runs"
	// StagingAliases: the staging distribution has alternate domain names.
	StagingAliases Check = "staging_aliases"
	// PathPatterns: staging has path patterns that the primary has not.
	PathPatterns Check = "path_patterns"
	// PairDeploying: one of the two is still deploying; the release would begin by waiting.
	PairDeploying Check = "pair_deploying"
	// PrimaryDisabled: the primary refuses every viewer, and a release would end that.
	PrimaryDisabled Check = "primary_disabled"
	// TooManyPolicies: a policy has to be made, and the account has no room for it.
	TooManyPolicies Check = "too_many_policies"
	// TooManyStaging: a staging distribution has to be made, and the account has no room for it.
	TooManyStaging Check = "too_many_staging"
	// BucketRefuses: the policy of a bucket does not admit a distribution that is to read it.
	BucketRefuses Check = "bucket_refuses"
	// BucketUnknown: the policy of a bucket could not be read.
	BucketUnknown Check = "bucket_unknown"
)

// A Deployment is everything that was seen for a continuous deployment.
type Deployment struct {
	Spec deployment.Spec // Staging is empty while none has been made
	Obs  deployment.Observation
	// Locked are the settings that differ and may not.
	Locked []Difference
	// PrimaryPaths and StagingPaths are the path patterns of their behaviours.
	PrimaryPaths, StagingPaths []string
	// Elsewhere is another distribution that has the policy; empty: none, or not known.
	Elsewhere string
	// Erasable is by the id of the distribution.
	Erasable map[string][]Erasable
	// Policies and Staging are how many the account has.
	Policies, Staging int
	Buckets           []Bucket
	Alarms            []Alarm
	Denied            []Denied
}

// A Difference is a setting and its values.
type Difference struct{ Field, Primary, Staging string }

// A Bucket is an origin of staging's that knows who asks by the bucket's policy.
type Bucket struct {
	Name   string
	Policy string // "": it has none
	// Unread says why the policy is not known; empty: it is.
	Unread string
	// Readers are the distributions that have to be admitted, as ARNs by id.
	Readers map[string]string
}

// quota of policies, and of staging distributions, in an account. Source: CloudFront
// quotas on continuous deployment.
const quota = 20

// Of lists everything found, errors first, in the order of the checks.
func (d Deployment) Of() []Finding {
	var out []Finding
	for _, o := range d.obstacles() {
		out = append(out, Finding{Check: Check(o.Kind), Severity: Error, Name: strings.Join(o.Fields, ", "), Found: o.Found, Deployment: o})
	}
	pair := slices.DeleteFunc(d.pair(), func(f Finding) bool { // an obstacle already
		return slices.ContainsFunc(out, func(known Finding) bool { return known.Check == f.Check })
	})
	return ranked(out, d.locked(), pair, d.quotas(), d.buckets(), d.erasable(), alarms(d.Alarms), permissions(d.Denied))
}

// obstacles are what a continuous deployment itself would meet. It stops asking where
// staging is missing, and where it is attached; a release minds all the same.
func (d Deployment) obstacles() []*deployment.Obstacle {
	var out []*deployment.Obstacle
	add := func(when bool, kind deployment.Kind, found string) {
		if when && !slices.ContainsFunc(out, func(o *deployment.Obstacle) bool { return o.Kind == kind }) {
			out = append(out, &deployment.Obstacle{Kind: kind, Found: found})
		}
	}
	for _, o := range deployment.Check(d.Spec, d.Obs) {
		unmade := o.Kind == deployment.StagingMissing && d.Spec.Staging == ""
		if o.Kind != deployment.LockedDiffer && !unmade {
			out = append(out, o)
		}
	}
	if p := d.Obs.Primary; p != nil {
		add(p.Staging, deployment.PrimaryIsStaging, p.ID)
		add(p.HTTP3, deployment.HTTP3, p.ID)
	}
	if s := d.Obs.Staging; s != nil && s.Staging {
		add(!s.Enabled, deployment.StagingDisabled, s.ID)
	}
	return out
}

// repeated are settings in which CloudFront says again, as it once did, which certificate
// there is.
var repeated = []string{"ViewerCertificate/Certificate", "ViewerCertificate/CertificateSource"}

func (d Deployment) locked() []Finding {
	var out []Finding
	if p, s := d.Obs.Primary, d.Obs.Staging; p == nil || p.Staging || s == nil || !s.Staging {
		return nil // an obstacle
	}
	for _, l := range d.Locked {
		if d.Obs.Primary.HTTP3 && l.Field == "HttpVersion" || slices.Contains(repeated, l.Field) {
			continue // where HTTP/3 is an obstacle, this follows from it
		}
		out = append(out, Finding{Check: LockedDiffers, Severity: Error, Name: l.Field, Found: orNothing(l.Staging), Live: orNothing(l.Primary)})
	}
	return out
}

func orNothing(s string) string {
	if s == "" {
		return "not set"
	}
	return s
}

// pair is what else there is to know about the two and what joins them.
func (d Deployment) pair() []Finding {
	var out []Finding
	p, s, policy := d.Obs.Primary, d.Obs.Staging, d.Obs.Policy
	if d.Elsewhere != "" && policy != nil {
		out = append(out, Finding{Check: PolicyElsewhere, Severity: Error, Found: policy.ID, Live: d.Elsewhere})
	}
	if policy != nil && policy.Enabled && d.Obs.Attached() {
		out = append(out, Finding{Check: CanaryRuns, Severity: Warning, Found: policy.ID})
	}
	if p != nil && !p.Enabled {
		out = append(out, Finding{Check: PrimaryDisabled, Severity: Error, Found: p.ID})
	}
	if s != nil && s.Staging && len(s.Aliases) > 0 {
		out = append(out, Finding{Check: StagingAliases, Severity: Error, Name: strings.Join(s.Aliases, ", "), Found: s.ID})
	}
	var more []string
	for _, path := range d.StagingPaths {
		if !slices.Contains(d.PrimaryPaths, path) {
			more = append(more, path)
		}
	}
	if len(more) > 0 && p != nil && s != nil && s.Staging {
		out = append(out, Finding{Check: PathPatterns, Severity: Warning, Name: strings.Join(more, ", "), Found: s.ID})
	}
	for _, one := range []*deployment.Distribution{p, s} {
		if one != nil && !one.Deployed {
			out = append(out, Finding{Check: PairDeploying, Severity: Warning, Found: one.ID})
		}
	}
	return out
}

func (d Deployment) quotas() []Finding {
	var out []Finding
	if d.Obs.Policy == nil && d.Policies >= quota {
		out = append(out, Finding{Check: TooManyPolicies, Severity: Error, Found: fmt.Sprint(d.Policies)})
	}
	if d.Spec.Staging == "" && d.Staging >= quota {
		out = append(out, Finding{Check: TooManyStaging, Severity: Error, Found: fmt.Sprint(d.Staging)})
	}
	return out
}

func (d Deployment) buckets() []Finding {
	var out []Finding
	for _, b := range d.Buckets {
		if b.Unread != "" {
			out = append(out, Finding{Check: BucketUnknown, Severity: Warning, Name: b.Name, Found: b.Unread})
			continue
		}
		for _, id := range []string{d.Spec.Staging, d.Spec.Primary} {
			if arn := b.Readers[id]; arn != "" && !admits(b.Policy, arn) {
				out = append(out, Finding{Check: BucketRefuses, Severity: Error, Name: b.Name, Found: id})
			}
		}
	}
	return out
}
