package preflight

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/preflight"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/gate"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/continuousdeployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// A deploymentLooker sees what a continuous deployment sees, and then what else there
// is to see.
type deploymentLooker struct {
	p     *configured.Provider
	since time.Time // answers asked for later than this are good enough
	seen  preflight.Deployment
	keep  []cloudfrontapi.Reference
	denials
}

func lookAtDeployment(ctx context.Context, p *configured.Provider, primary, staging string) (*deploymentLooker, error) {
	l := &deploymentLooker{p: p, since: p.Recent()}
	l.seen.Spec = deployment.Spec{Primary: primary, Staging: staging, Attached: true, Adopting: true}
	err := p.Patiently(ctx, func() error { return l.staging(ctx) })
	if err != nil {
		return l, err
	}
	if l.seen.Obs, err = continuousdeployment.Observe(ctx, p, l.seen.Spec, l.since); err != nil {
		return l, err
	}
	for _, further := range []func(context.Context) error{l.beside, l.pair, l.elsewhere, l.count} {
		if err := p.Patiently(ctx, func() error { return further(ctx) }); err != nil {
			return l, err
		}
	}
	return l, nil
}

// staging finds the one that the primary's policy names, if nobody has named one.
func (l *deploymentLooker) staging(ctx context.Context) error {
	if l.seen.Spec.Staging != "" {
		return nil
	}
	primary, err := l.p.CloudFront.Distribution(ctx, l.seen.Spec.Primary, l.since)
	if err == nil && primary.Policy != "" && !primary.Staging {
		var policy cloudfrontapi.Policy
		if policy, err = l.p.CloudFront.PolicySince(ctx, primary.Policy, l.since); err == nil {
			if l.seen.Spec.Staging, err = l.p.StagingAt(ctx, policy.Staging); errors.Is(err, awsapi.ErrDenied) {
				return l.denied(err, true)
			}
		}
	}
	if errors.Is(err, awsapi.ErrNotFound) {
		return nil // an obstacle
	}
	return err
}

// beside reads what hashicorp/aws does not know of the two.
func (l *deploymentLooker) beside(ctx context.Context) error {
	l.seen.Erasable = map[string][]preflight.Erasable{}
	for _, one := range []*deployment.Distribution{l.seen.Obs.Primary, l.seen.Obs.Staging} {
		if one == nil {
			continue
		}
		d, err := l.p.CloudFront.Distribution(ctx, one.ID, l.since)
		if errors.Is(err, awsapi.ErrNotFound) {
			continue // since the look before
		}
		if err != nil {
			return err
		}
		l.seen.Erasable[one.ID] = erasable(d.Outline)
	}
	return nil
}

// pair compares the two, and asks the buckets that the release reads.
func (l *deploymentLooker) pair(ctx context.Context) error {
	if l.seen.Obs.Primary == nil || l.seen.Obs.Staging == nil {
		return nil
	}
	primary, err := l.p.CloudFront.Distribution(ctx, l.seen.Spec.Primary, l.since)
	if err != nil {
		return err
	}
	staging, err := l.p.CloudFront.Distribution(ctx, l.seen.Spec.Staging, l.since)
	if err != nil {
		return err
	}
	l.seen.PrimaryPaths, l.seen.StagingPaths, l.seen.Locked, l.keep = paths(primary), paths(staging), nil, nil
	for _, d := range cloudfrontapi.Differences(primary, staging) {
		if d.Locked {
			l.seen.Locked = append(l.seen.Locked, preflight.Difference{Field: d.Field, Primary: d.First, Staging: d.Second})
		}
	}
	next := staging.References()
	for _, r := range primary.References() {
		if !slices.Contains(next, r) {
			l.keep = append(l.keep, r)
		}
	}
	return l.buckets(ctx, primary, staging)
}

func paths(d cloudfrontapi.Distribution) []string {
	var out []string
	for _, b := range d.Facts().Behaviors {
		out = append(out, b.PathPattern)
	}
	return out
}

// buckets reads the policies of the buckets that staging reads, and that the primary
// will: a bucket knows by whose ARN it is asked.
func (l *deploymentLooker) buckets(ctx context.Context, primary, staging cloudfrontapi.Distribution) error {
	l.seen.Buckets = nil
	for _, b := range staging.Buckets() {
		seen := preflight.Bucket{Name: b.Name, Readers: map[string]string{primary.ID: primary.ARN, staging.ID: staging.ARN}}
		policy, err := l.p.S3.BucketPolicy(ctx, b.Name, b.Region)
		switch {
		case errors.Is(err, awsapi.ErrDenied):
			if err := l.denied(err, true); err != nil {
				return err
			}
			continue
		case awsapi.Transient(err):
			return err
		case err != nil: // a bucket that is gone, or one of another region than its name says
			seen.Unread = awsapi.Brief(err)
		}
		seen.Policy = policy
		l.seen.Buckets = append(l.seen.Buckets, seen)
	}
	return nil
}

// elsewhere asks who has the policy that names staging, if the primary has not.
func (l *deploymentLooker) elsewhere(ctx context.Context) error {
	policy := l.seen.Obs.Policy
	if policy == nil || l.seen.Obs.Attached() {
		return nil
	}
	ends, err := l.p.CloudFront.Ends(ctx, []cloudfrontapi.Policy{{ID: policy.ID, Staging: policy.Staging}})
	if err != nil {
		return l.denied(err, true)
	}
	l.seen.Elsewhere = ends[policy.ID].Primary
	return nil
}

// count asks how much room the account has, for what has yet to be made.
func (l *deploymentLooker) count(ctx context.Context) error {
	if l.seen.Obs.Policy != nil {
		return nil
	}
	policies, err := l.p.Policies(ctx)
	if err != nil {
		return err
	}
	l.seen.Policies = len(policies)
	if l.seen.Spec.Staging != "" {
		return nil
	}
	if l.seen.Staging, err = l.p.CountStaging(ctx); err != nil {
		return l.denied(err, true)
	}
	return nil
}

// lookAtAlarms asks about the alarms that gates are to watch.
func lookAtAlarms(ctx context.Context, p *configured.Provider, alarms []gate.Alarm, d *denials) ([]preflight.Alarm, error) {
	if len(alarms) == 0 {
		return nil, nil
	}
	reports, err := configured.Look(ctx, p, func() ([]gate.AlarmReport, error) { return p.Watcher().Reports(ctx, alarms) })
	if err != nil {
		return nil, d.denied(err, false)
	}
	out := make([]preflight.Alarm, len(alarms))
	for i, a := range alarms {
		out[i] = preflight.Alarm{Name: fmt.Sprintf("%s in %s", a, a.Region), Unsure: a.Examine(reports[i]).Verdict == gate.Inconclusive}
		if f := run.FlawOf(a, reports[i]); f != nil {
			out[i].Flaw = f.Flaw
		}
	}
	return out, nil
}
