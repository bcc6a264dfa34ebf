package cloudfrontapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
)

// A Policy is a continuous deployment policy.
type Policy struct {
	ID, ETag string
	Staging  string // domain name of its staging distribution, lower case
	Enabled  bool
	Routing  Routing
	Modified time.Time
	raw      []byte // the answer, for elements this SDK does not know
}

// A Routing says which requests go to staging. Compare two with Same.
type Routing struct {
	// Header and Value: requests with this header go to staging. Header is empty when a
	// share of all requests does.
	Header, Value string
	Percent       float64 // 0 to 15
	// Idle and Maximum are how long a session lasts, in seconds; 0: no session is kept.
	Idle, Maximum int32
}

// Same says whether AWS cannot tell two routings apart: a weight travels as a decimal
// and is kept as a 32-bit number.
func (r Routing) Same(other Routing) bool {
	same := share(r.Percent) == share(other.Percent)
	r.Percent, other.Percent = 0, 0
	return same && r == other
}

func share(percent float64) float32 {
	// By way of the decimal: 7 % is 0.07, which is not 7 divided by 100.
	out, _ := strconv.ParseFloat(strconv.FormatFloat(percent/100, 'g', 15, 64), 32) // what was formatted can be parsed
	return float32(out)
}

func percent(share float32) float64 {
	out, _ := strconv.ParseFloat(strconv.FormatFloat(float64(share), 'g', -1, 32), 64) // as above
	return math.Round(out*1e9) / 1e7
}

func (r Routing) traffic() *types.TrafficConfig {
	if r.Header != "" {
		return &types.TrafficConfig{
			Type:               types.ContinuousDeploymentPolicyTypeSingleHeader,
			SingleHeaderConfig: &types.ContinuousDeploymentSingleHeaderConfig{Header: aws.String(r.Header), Value: aws.String(r.Value)},
		}
	}
	weight := &types.ContinuousDeploymentSingleWeightConfig{Weight: aws.Float32(share(r.Percent))}
	if r.Idle > 0 {
		weight.SessionStickinessConfig = &types.SessionStickinessConfig{IdleTTL: aws.Int32(r.Idle), MaximumTTL: aws.Int32(r.Maximum)}
	}
	return &types.TrafficConfig{Type: types.ContinuousDeploymentPolicyTypeSingleWeight, SingleWeightConfig: weight}
}

func routing(t *types.TrafficConfig) Routing {
	var out Routing
	if t == nil {
		return out
	}
	if h := t.SingleHeaderConfig; h != nil && t.Type != types.ContinuousDeploymentPolicyTypeSingleWeight {
		out.Header, out.Value = aws.ToString(h.Header), aws.ToString(h.Value)
		return out
	}
	if w := t.SingleWeightConfig; w != nil {
		out.Percent = percent(aws.ToFloat32(w.Weight))
		if s := w.SessionStickinessConfig; s != nil {
			out.Idle, out.Maximum = aws.ToInt32(s.IdleTTL), aws.ToInt32(s.MaximumTTL)
		}
	}
	return out
}

func (p Policy) config() *types.ContinuousDeploymentPolicyConfig {
	return &types.ContinuousDeploymentPolicyConfig{
		Enabled: aws.Bool(p.Enabled), TrafficConfig: p.Routing.traffic(),
		StagingDistributionDnsNames: &types.StagingDistributionDnsNames{Quantity: aws.Int32(1), Items: []string{p.Staging}},
	}
}

// readPolicy returns false for an answer that holds none.
func readPolicy(p *types.ContinuousDeploymentPolicy, etag *string) (Policy, bool) {
	if p == nil || p.Id == nil || p.ContinuousDeploymentPolicyConfig == nil {
		return Policy{}, false
	}
	cfg := p.ContinuousDeploymentPolicyConfig
	out := Policy{ID: aws.ToString(p.Id), ETag: aws.ToString(etag), Enabled: aws.ToBool(cfg.Enabled), Routing: routing(cfg.TrafficConfig), Modified: aws.ToTime(p.LastModifiedTime)}
	if cfg.StagingDistributionDnsNames != nil && len(cfg.StagingDistributionDnsNames.Items) > 0 {
		out.Staging = strings.ToLower(strings.TrimSuffix(cfg.StagingDistributionDnsNames.Items[0], "."))
	}
	return out, true
}

// Policy reads one policy. Whoever writes looks again inside Exclusive(ctx, id, …),
// as with a distribution. Source: GetContinuousDeploymentPolicy. Errors: ErrNotFound.
func (c *Client) Policy(ctx context.Context, id string) (Policy, error) {
	capture := &captured{}
	out, err := c.api.GetContinuousDeploymentPolicy(ctx, &cloudfront.GetContinuousDeploymentPolicyInput{Id: aws.String(id)}, capture.option)
	doing := "reading continuous deployment policy " + id
	if err != nil {
		return Policy{}, awsapi.Wrap(ctx, doing, err)
	}
	p, ok := readPolicy(out.ContinuousDeploymentPolicy, out.ETag)
	if !ok {
		return Policy{}, awsapi.Wrap(ctx, doing, errNotAnAnswer)
	}
	p.raw = capture.body
	return p, nil
}

// Policies lists the policies of the account, without ETags. Source:
// ListContinuousDeploymentPolicies, which has no paginator.
func (c *Client) Policies(ctx context.Context) ([]Policy, error) {
	var out []Policy
	for marker := ""; ; {
		page, next, err := c.policiesFrom(ctx, marker)
		if err != nil {
			return nil, err
		}
		if out = append(out, page...); next == "" || next == marker { // a list that goes round has no more to say
			return out, nil
		}
		marker = next
	}
}

// SharedPolicies is Policies, in no order, by the pages that SharedPolicy goes by, and for the same callers.
func (c *Client) SharedPolicies(ctx context.Context) ([]Policy, error) {
	all, err := c.policies.All(ctx)
	return slices.Collect(maps.Values(all)), err
}

// errNoPolicies: an account without any policy has an empty list of them, and not none.
var errNoPolicies = errors.New("the answer holds no list of continuous deployment policies")

// policiesFrom reads the page of policies at a marker, "" for the first, and returns the marker of
// the next one, "" where there is none.
func (c *Client) policiesFrom(ctx context.Context, marker string) (page []Policy, next string, err error) {
	in := &cloudfront.ListContinuousDeploymentPoliciesInput{}
	if marker != "" {
		in.Marker = aws.String(marker)
	}
	out, err := c.api.ListContinuousDeploymentPolicies(ctx, in)
	if err == nil && out.ContinuousDeploymentPolicyList == nil {
		err = errNoPolicies
	}
	if err != nil {
		return nil, "", awsapi.Wrap(ctx, "listing continuous deployment policies", err)
	}
	for _, item := range out.ContinuousDeploymentPolicyList.Items {
		if p, ok := readPolicy(item.ContinuousDeploymentPolicy, nil); ok {
			page = append(page, p)
		}
	}
	return page, aws.ToString(out.ContinuousDeploymentPolicyList.NextMarker), nil
}

// PolicyFor finds the policy that names a staging distribution, "" if none does.
// Source: ListContinuousDeploymentPolicies.
func (c *Client) PolicyFor(ctx context.Context, stagingDomain string) (id string, err error) {
	all, err := c.Policies(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if strings.EqualFold(p.Staging, stagingDomain) {
			return p.ID, nil
		}
	}
	return "", nil
}

// CreatePolicy makes a policy. AWS takes no caller reference; asked again it refuses,
// because a staging distribution is in one policy only: PolicyFor finds it. Source:
// CreateContinuousDeploymentPolicy. Errors: ErrInUse, ErrExists, ErrRefused.
func (c *Client) CreatePolicy(ctx context.Context, p Policy) (id string, err error) {
	out, err := c.api.CreateContinuousDeploymentPolicy(ctx, &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: p.config()})
	c.wrote() // staging shows the policy
	if err == nil && (out.ContinuousDeploymentPolicy == nil || out.ContinuousDeploymentPolicy.Id == nil) {
		err = errNotAnAnswer
	}
	if err != nil {
		return "", awsapi.Wrap(ctx, "creating a continuous deployment policy for "+p.Staging, awsapi.Hide(err, p.Routing.Value))
	}
	return aws.ToString(out.ContinuousDeploymentPolicy.Id), nil
}

// UpdatePolicy enables or disables a policy and says how it routes, on condition that
// it is as observed. AWS replaces every field, so all of them are sent. Source:
// UpdateContinuousDeploymentPolicy. Errors: ErrStale, ErrNotFound, ErrRefused,
// ErrUnknownElement.
func (c *Client) UpdatePolicy(ctx context.Context, seen Policy, enabled bool, r Routing) error {
	doing := "changing continuous deployment policy " + seen.ID
	if seen.raw == nil {
		return fmt.Errorf("%s: %w", doing, awsapi.ErrStale)
	}
	if err := c.knowsPolicy(ctx, doing, seen); err != nil {
		return err
	}
	next := seen
	next.Enabled, next.Routing = enabled, r
	_, err := c.api.UpdateContinuousDeploymentPolicy(ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{
		Id: aws.String(seen.ID), IfMatch: aws.String(seen.ETag), ContinuousDeploymentPolicyConfig: next.config(),
	})
	c.wrote() // it travels with the primary
	return awsapi.Wrap(ctx, doing, awsapi.Hide(err, r.Value, seen.Routing.Value))
}

// knowsPolicy refuses a policy with a setting that this build does not know. Weights
// are left out: the same number can be written in many ways.
func (c *Client) knowsPolicy(ctx context.Context, doing string, seen Policy) error {
	guard := &preserving{raw: withoutWeight(seen.raw), dry: true}
	_, err := c.api.UpdateContinuousDeploymentPolicy(ctx, &cloudfront.UpdateContinuousDeploymentPolicyInput{
		Id: aws.String(seen.ID), IfMatch: aws.String(seen.ETag), ContinuousDeploymentPolicyConfig: seen.config(),
	}, guard.option)
	if err := guard.err(doing); err != nil {
		return err
	}
	if !errors.Is(err, errDry) {
		return awsapi.Wrap(ctx, doing, err)
	}
	return nil
}

func withoutWeight(raw []byte) []byte {
	doc := string(raw)
	before, rest, found := strings.Cut(doc, "<Weight>")
	_, after, closed := strings.Cut(rest, "</Weight>")
	if !found || !closed {
		return raw
	}
	return []byte(before + after)
}

// DeletePolicy deletes a policy, on condition that it is as observed. One that is gone
// is deleted. Errors: ErrStale, ErrInUse while it is attached.
func (c *Client) DeletePolicy(ctx context.Context, seen Policy) error {
	_, err := c.api.DeleteContinuousDeploymentPolicy(ctx, &cloudfront.DeleteContinuousDeploymentPolicyInput{Id: aws.String(seen.ID), IfMatch: aws.String(seen.ETag)})
	c.wrote()
	if err = awsapi.Wrap(ctx, "deleting continuous deployment policy "+seen.ID, err); errors.Is(err, awsapi.ErrNotFound) {
		return nil
	}
	return err
}

// Attach puts a primary under a policy, on condition that it is as observed. Errors:
// ErrStale, ErrNotFound (no such policy), ErrInUse (another primary has it), ErrRefused
// (primary and staging differ in what must be equal), ErrUnknownElement.
func (c *Client) Attach(ctx context.Context, primary Distribution, policy string) error {
	return c.link(ctx, fmt.Sprintf("attaching policy %s to %s", policy, primary.ID), primary, policy)
}

// Detach takes a primary out of its policy, on condition that it is as observed.
// Errors: ErrStale, ErrRefused, ErrUnknownElement.
func (c *Client) Detach(ctx context.Context, primary Distribution) error {
	// An id that is left out means no change; only the empty one detaches.
	return c.link(ctx, fmt.Sprintf("detaching policy %s from %s", primary.Policy, primary.ID), primary, "")
}

func (c *Client) link(ctx context.Context, doing string, primary Distribution, policy string) error {
	if primary.config == nil {
		return fmt.Errorf("%s: %w", doing, awsapi.ErrStale)
	}
	cfg := *primary.config
	cfg.ContinuousDeploymentPolicyId = aws.String(policy)
	return c.update(ctx, doing, primary, &cfg, "ContinuousDeploymentPolicyId")
}

// Promote copies the configuration of staging over its primary, on condition that both
// are as observed, and disables their policy. It cannot be undone by AWS. Source:
// UpdateDistributionWithStagingConfig. Errors: ErrStale, ErrRefused, ErrNotFound.
func (c *Client) Promote(ctx context.Context, primary, staging Distribution) error {
	_, err := c.api.UpdateDistributionWithStagingConfig(ctx, &cloudfront.UpdateDistributionWithStagingConfigInput{
		Id: aws.String(primary.ID), StagingDistributionId: aws.String(staging.ID), IfMatch: aws.String(primary.ETag + ", " + staging.ETag),
	})
	c.wrote()
	return awsapi.Wrap(ctx, fmt.Sprintf("promoting %s to %s", staging.ID, primary.ID), err)
}
