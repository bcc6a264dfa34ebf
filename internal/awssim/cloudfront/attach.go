package cloudfront

import (
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// pointer is the policy id that a staging distribution shows. It is not part of its
// own configuration: it comes and goes with the policy that names it.
// Source: terraform-provider-aws #33338, cdk-real-drift #1674.
func (s *Service) pointer(d *distribution) string {
	p := s.naming(d)
	if p == nil || s.edgeKnobs.PointerOnAttach && s.primary(p) == nil {
		return ""
	}
	return p.id
}

// visible is a distribution's configuration as CloudFront answers with it.
func (s *Service) visible(d *distribution) *wire.Node {
	if !d.staging() {
		return d.config()
	}
	config := d.config().Clone()
	config.Set(wire.Text("ContinuousDeploymentPolicyId", s.pointer(d)))
	return config
}

// point makes a change after which staging distributions may show another policy.
// The caller holds mu.
func (s *Service) point(change func(), now time.Time) {
	if !s.opts.Knobs.PointerNewETag {
		change()
		return
	}
	before := map[*distribution]string{}
	for _, d := range s.order {
		if !d.deleted && d.staging() {
			before[d] = s.pointer(d)
		}
	}
	change()
	for _, d := range s.order {
		if was, known := before[d]; known && s.pointer(d) != was {
			s.touch(d, now)
		}
	}
}

// touch deploys a distribution as it is, under a new ETag. The caller holds mu.
func (s *Service) touch(d *distribution, now time.Time) *Version {
	arrives := s.opts.Propagation.Schedule(d.id, len(d.versions), now, s.after(d, nil))
	s.append(d, Version{At: now, Arrives: arrives, Config: d.config(), PolicyOnly: true})
	return d.latest()
}

// redeploy sends the policy of a primary to the points of presence: it takes effect
// as the primary's configuration arrives there. Source: Developer Guide, "Work with a
// staging distribution and continuous deployment policy". The caller holds mu.
func (s *Service) redeploy(d *distribution, now time.Time) {
	etag := d.etag(now)
	v := s.touch(d, now)
	switch s.opts.Knobs.PolicyUpdatePrimary {
	case "etag":
	case "silent":
		v.silent = true
	default:
		v.etag = etag
	}
}

// link resolves the policy id of an update. Absent means "as it was", the only
// element of which that is true (aws-sdk-js-v3 #7417); empty detaches.
func (s *Service) link(d *distribution, asked, config *wire.Node) error {
	set := func(id string) { config.Set(wire.Text("ContinuousDeploymentPolicyId", id)) }
	given := asked.Get("ContinuousDeploymentPolicyId") != nil
	id, was := config.String("ContinuousDeploymentPolicyId"), d.config().String("ContinuousDeploymentPolicyId")
	if d.staging() {
		was = s.pointer(d)
	}
	if !given {
		id = was
	}
	if id != was && id != "" {
		p, err := s.findDeployment(id)
		if err != nil {
			return err
		}
		if s.opts.Knobs.FlatRatePlan {
			return flatRate()
		}
		if other := s.primary(p); other != nil && other != d {
			return errorf("ContinuousDeploymentPolicyInUse", "The specified continuous deployment policy is currently associated with a distribution.")
		}
	}
	if d.staging() {
		if id != was || !given && was != "" && s.opts.Knobs.PointerRequired {
			return errorf("IllegalUpdate", "You cannot update Origin or CallerReference.") // sic, terraform-provider-aws #33338
		}
		id = ""
	}
	set(id)
	return nil
}

// unlocked are the elements that primary and staging may change while a policy is
// attached. Source: Developer Guide, "Update primary and staging distributions".
// The others have rules of their own.
var unlocked = []string{
	"DefaultCacheBehavior", "CacheBehaviors", "Origins", "OriginGroups", "CustomErrorResponses", "Restrictions", "DefaultRootObject", "Logging", "Comment",
	"CallerReference", "Staging", "ContinuousDeploymentPolicyId", "Enabled", "Aliases",
}

// lockedDiffer says whether two configurations differ in what continuous deployment
// does not let differ, elements that the simulator has never heard of included.
func lockedDiffer(a, b *wire.Node) bool {
	locked := func(n *wire.Node) []string {
		n = n.Clone()
		for _, name := range unlocked {
			n.Remove(name)
		}
		return n.Leaves()
	}
	return !slices.Equal(locked(a), locked(b))
}

func notSupported() error {
	return errorf("IllegalUpdate", "One or more fields updated are not supported for continuous deployment.")
}

// checkLocked refuses what an update of a distribution may not change because of a policy.
func (s *Service) checkLocked(d *distribution, config *wire.Node) error {
	old, k := d.config(), s.opts.Knobs
	if d.staging() {
		switch p := s.naming(d); {
		case p == nil:
		case old.True("Enabled") && !config.True("Enabled"):
			return errorf("StagingDistributionInUse", "%s", stagingInUse)
		case s.primary(p) != nil && lockedDiffer(old, config):
			return notSupported()
		}
		return nil
	}
	was, _ := s.findDeployment(old.String("ContinuousDeploymentPolicyId"))
	is, _ := s.findDeployment(config.String("ContinuousDeploymentPolicyId"))
	if was != nil && (was == is || !k.DetachWithChanges) {
		moved := len(minus(aliasesOf(old), aliasesOf(config))) + len(minus(aliasesOf(config), aliasesOf(old)))
		switch {
		case lockedDiffer(old, config), moved > 0 && !k.AliasesUnlocked:
			return notSupported()
		case k.EnabledLocked && was.split.enabled && old.True("Enabled") != config.True("Enabled"):
			return notSupported()
		}
	}
	switch {
	case was != nil && was != is && was.split.enabled && k.RefuseDetachEnabled:
		return errorf("IllegalUpdate", "The continuous deployment policy has to be disabled first.")
	case is != nil && was != is && lockedDiffer(config, is.split.staging.config()):
		return notSupported()
	}
	return nil
}

// stagingInUse is CloudFront's own wording.
const stagingInUse = "The specified staging distribution is currently used by a continuous deployment policy. Please the update policy before deleting."

// checkUnlinked refuses to delete what a policy still needs. The operation has no
// StagingDistributionInUse.
func (s *Service) checkUnlinked(d *distribution) error {
	if d.staging() && s.naming(d) != nil {
		return errorf("ResourceInUse", "%s", stagingInUse)
	}
	if p, err := s.findDeployment(d.config().String("ContinuousDeploymentPolicyId")); err == nil && p.split.enabled {
		return errorf("ResourceInUse", "The distribution has a continuous deployment policy that is enabled.")
	}
	return nil
}

// checkPlan refuses what a flat-rate plan does not include. Source: public write-ups
// of November 2025.
func (s *Service) checkPlan(c *wire.Node) error {
	if !s.opts.Knobs.FlatRatePlan {
		return nil
	}
	if c.True("Staging") {
		return flatRate()
	}
	for _, b := range behaviors(c) {
		if len(b.All("LambdaFunctionAssociation", "LambdaFunctionAssociations", "Items")) > 0 {
			return errorf("InvalidLambdaFunctionAssociation", "Lambda@Edge is not supported by the pricing plan of this account.")
		}
	}
	return nil
}
