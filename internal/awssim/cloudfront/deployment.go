package cloudfront

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A deployment is a continuous deployment policy. It does nothing by itself: it
// travels to the points of presence with the configuration of the primary that it
// is attached to, see Version.split.
type deployment struct {
	id, etag string
	config   *wire.Node
	modified time.Time
	split    *split // what config says
	deleted  bool
}

// A split is what one version of a policy makes of requests. It never changes.
type split struct {
	policy  string
	staging *distribution
	enabled bool

	header, value string // by header, where header is not empty
	weight        float64
	sticky        bool
	idle, maximum time.Duration
	// sessions numbers the times at which sessions began anew: whenever an update enables
	// or disables the policy or its stickiness. A promotion, which disables it, need not:
	// only an update enables it again. Source: Developer Guide, session stickiness.
	sessions int
}

func init() {
	maps.Copy(operations, map[string]operation{
		"CopyDistribution":                    {serve: (*Service).copyDistribution},
		"UpdateDistributionWithStagingConfig": {serve: (*Service).promote},
		"CreateContinuousDeploymentPolicy":    {serve: (*Service).createDeployment},
		"GetContinuousDeploymentPolicy":       {read: true, serve: (*Service).getDeployment},
		"GetContinuousDeploymentPolicyConfig": {read: true, serve: (*Service).getDeploymentConfig},
		"UpdateContinuousDeploymentPolicy":    {serve: (*Service).updateDeployment},
		"DeleteContinuousDeploymentPolicy":    {serve: (*Service).deleteDeployment},
		"ListContinuousDeploymentPolicies":    {read: true, serve: (*Service).listDeployments},
	})
}

// findDeployment returns a policy that exists.
func (s *Service) findDeployment(id string) (*deployment, error) {
	for _, p := range s.deployments {
		if p.id == id && !p.deleted {
			return p, nil
		}
	}
	return nil, errorf("NoSuchContinuousDeploymentPolicy", "The specified continuous deployment policy does not exist.")
}

// naming is the policy that names a staging distribution, nil for none.
func (s *Service) naming(d *distribution) *deployment {
	for _, p := range s.deployments {
		if !p.deleted && p.split.staging == d {
			return p
		}
	}
	return nil
}

// primary is the distribution that a policy is attached to, nil for none.
func (s *Service) primary(p *deployment) *distribution {
	for _, d := range s.order {
		if !d.deleted && d.config().String("ContinuousDeploymentPolicyId") == p.id {
			return d
		}
	}
	return nil
}

func (s *Service) createDeployment(r *call) (*wire.Response, error) {
	if s.opts.Knobs.FlatRatePlan {
		return nil, flatRate()
	}
	p := &deployment{}
	config, split, err := s.readDeployment(r.Body, p)
	if err != nil {
		return nil, err
	}
	count := 0
	for _, other := range s.deployments {
		if !other.deleted {
			count++
		}
	}
	if count >= s.opts.Knobs.StagingDistributions {
		return nil, errorf("TooManyContinuousDeploymentPolicies", "You have reached the maximum number of continuous deployment policies for this AWS account.")
	}
	p.id = s.deploymentID()
	split.policy = p.id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn(p, config, split, r.now)
	s.point(func() { s.deployments = append(s.deployments, p) }, r.now)
	return p.answer().WithHeader("Location", "https://cloudfront.amazonaws.com/2020-05-31/continuous-deployment-policy/"+p.id), nil
}

// deploymentID draws an identifier; AWS's are UUIDs.
func (s *Service) deploymentID() string {
	h := fmt.Sprintf("%016x%016x", s.rng.Uint64(), s.rng.Uint64())
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func (p *deployment) answer() *wire.Response {
	return (&wire.Response{Body: p.render()}).WithHeader("ETag", p.etag)
}

func (p *deployment) render() *wire.Node {
	return wire.Elem("ContinuousDeploymentPolicy",
		wire.Text("Id", p.id), wire.Text("LastModifiedTime", stamp(p.modified)), p.config)
}

func (s *Service) getDeployment(r *call) (*wire.Response, error) {
	p, err := s.findDeployment(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	return p.answer(), nil
}

func (s *Service) getDeploymentConfig(r *call) (*wire.Response, error) {
	p, err := s.findDeployment(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	return (&wire.Response{Body: p.config}).WithHeader("ETag", p.etag), nil
}

func (s *Service) updateDeployment(r *call) (*wire.Response, error) {
	p, err := s.findDeployment(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, p.etag); err != nil {
		return nil, err
	}
	config, split, err := s.readDeployment(r.Body, p)
	if err != nil {
		return nil, err
	}
	primary := s.primary(p)
	if primary != nil && split.staging != p.split.staging && lockedDiffer(primary.config(), split.staging.config()) {
		// This operation has no IllegalUpdate.
		return nil, errorf("InvalidArgument", "One or more fields of the staging distribution are not supported for continuous deployment.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.point(func() { s.turn(p, config, split, r.now) }, r.now)
	if primary != nil {
		s.redeploy(primary, r.now)
	}
	return p.answer(), nil
}

// turn gives p another configuration. The caller holds mu.
func (s *Service) turn(p *deployment, config *wire.Node, split *split, now time.Time) {
	p.config, p.split, p.etag, p.modified = config, split, s.newETag(), now
}

func (s *Service) deleteDeployment(r *call) (*wire.Response, error) {
	p, err := s.findDeployment(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, p.etag); err != nil {
		return nil, err
	}
	primary := s.primary(p)
	if primary != nil && (p.split.enabled || !s.opts.Knobs.DeleteAttachedPolicy) {
		return nil, errorf("ContinuousDeploymentPolicyInUse", "The specified continuous deployment policy is currently associated with a distribution.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.point(func() { p.deleted = true }, r.now)
	if primary != nil {
		config := primary.config().Clone()
		config.Set(wire.Text("ContinuousDeploymentPolicyId", ""))
		s.commit(primary, config, r.now)
	}
	return &wire.Response{}, nil
}

// listDeployments answers without Marker and IsTruncated, which the model does not have
// here, and with a Quantity that counts all there are, as its prose has it.
func (s *Service) listDeployments(r *call) (*wire.Response, error) {
	var ids []string
	for _, p := range s.deployments {
		ids = append(ids, p.id)
	}
	live := s.listedDeployments.at(r.now.Add(-s.opts.Knobs.ListLag))
	page, err := pageAfter(r, ids, live, func(p *deployment) string { return p.id })
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, p := range page.items {
		items.Children = append(items.Children, wire.Elem("ContinuousDeploymentPolicySummary", p.render()))
	}
	out := page.render("ContinuousDeploymentPolicyList", items)
	out.Remove("Marker")
	out.Remove("IsTruncated")
	out.Set(wire.Int("Quantity", len(live)))
	return &wire.Response{Body: out}, nil
}

const headerPrefix = "aws-cf-cd-"

// What session stickiness allows. Source: model prose.
const (
	minSession = 300
	maxSession = 3600
)

// maxWeight is the largest share. It is compared with the decimal that the client
// wrote: 0.15 as a 32-bit number, which some clients make of it, is above it.
const maxWeight = 0.15

func notValid(parameter string) error {
	return errorf("InvalidArgument", "The parameter %s is not valid.", parameter)
}

func flatRate() error {
	return errorf("InvalidArgument", "Continuous deployment is not supported by the pricing plan of this account.")
}

// readDeployment completes and checks a policy's configuration. p is the policy that
// it is for: not yet among the others, or as it was before.
func (s *Service) readDeployment(asked *wire.Node, p *deployment) (*wire.Node, *split, error) {
	config := asked.Renamed("ContinuousDeploymentPolicyConfig")
	config.Attrs = nil
	dropEmptyItems(config)
	out := &split{policy: p.id, enabled: config.True("Enabled")}
	if err := s.readTraffic(config.Get("TrafficConfig"), out); err != nil {
		return nil, nil, err
	}
	names := config.All("DnsName", "StagingDistributionDnsNames", "Items")
	if len(names) != 1 {
		return nil, nil, notValid("StagingDistributionDnsNames")
	}
	out.staging = s.byDomain[hostname(names[0].Text)]
	if d := out.staging; d == nil || d.of != s || d.deleted || !d.staging() {
		return nil, nil, errorf("InvalidArgument", "The parameter StagingDistributionDnsNames does not refer to a staging distribution.")
	}
	if other := s.naming(out.staging); other != nil && other != p {
		if s.opts.Knobs.RepeatedPolicyExists && p.config == nil && slices.Equal(other.config.Leaves(), config.Leaves()) {
			return nil, nil, errorf("ContinuousDeploymentPolicyAlreadyExists", "A continuous deployment policy with this configuration already exists.")
		}
		return nil, nil, errorf("StagingDistributionInUse", "A continuous deployment policy for this staging distribution already exists.")
	}
	if before := p.split; before != nil {
		out.sessions = before.sessions
		if before.enabled != out.enabled || before.sticky != out.sticky {
			out.sessions++
		}
	}
	return config, out, nil
}

// readTraffic checks how a policy routes. Without it the type is what CloudFront misses.
func (s *Service) readTraffic(t *wire.Node, out *split) error {
	weight, header := t.Get("SingleWeightConfig"), t.Get("SingleHeaderConfig")
	switch kind := t.String("Type"); {
	case kind == "":
		return notValid("Type")
	case kind == "SingleWeight" && header != nil, kind == "SingleHeader" && weight == nil && header == nil:
		return notValid("SingleHeaderConfig")
	case kind == "SingleHeader" && weight != nil, kind == "SingleWeight" && weight == nil:
		return notValid("SingleWeightConfig")
	case kind == "SingleHeader":
		out.header, out.value = header.String("Header"), header.String("Value")
		if !headerName(out.header) {
			return notValid("Header")
		}
		if out.value == "" {
			return notValid("Value")
		}
		return nil
	}
	share, err := strconv.ParseFloat(strings.TrimSpace(weight.String("Weight")), 64)
	if err != nil || !(share >= 0 && share <= maxWeight) || s.opts.Knobs.RefuseZeroWeight && share < 0.01 {
		return notValid("Weight")
	}
	out.weight = share
	weight.Set(wire.Text("Weight", strconv.FormatFloat(share, 'f', -1, 32)))
	if sticky := weight.Get("SessionStickinessConfig"); sticky != nil {
		idle, maximum := number(sticky.String("IdleTTL")), number(sticky.String("MaximumTTL"))
		switch {
		case idle < minSession || idle > maxSession || idle > maximum:
			return notValid("IdleTTL")
		case maximum > maxSession:
			return notValid("MaximumTTL")
		}
		out.sticky, out.idle, out.maximum = true, time.Duration(idle)*time.Second, time.Duration(maximum)*time.Second
	}
	return nil
}

// headerName says whether a policy may route by a header of that name.
func headerName(name string) bool {
	rest, ok := strings.CutPrefix(name, headerPrefix)
	return ok && rest != "" && !strings.ContainsFunc(rest, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.", c))
	})
}
