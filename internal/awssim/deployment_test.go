package awssim_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/audit"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/binomial"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
)

// A release is a primary that owns www, with blue behind it, a staging distribution
// with green, and their policy, attached.
type release struct {
	*account
	primary, staging *types.Distribution
	policy           string
}

const pops = 8

// newRelease settles everything but what the policy says, which is nothing yet.
func newRelease(t *testing.T) *release {
	t.Helper()
	r := &release{account: newAccount(t, awssim.New(awssim.Options{Propagation: time.Minute, POPs: pops}))}
	r.primary = r.distribution("blue", www)
	r.staging = r.copy("next")
	r.edit(r.staging, func(c *types.DistributionConfig) { c.Origins.Items[0].DomainName = aws.String("green.origin.test") })
	out, err := r.cf.CreateContinuousDeploymentPolicy(t.Context(), &cloudfront.CreateContinuousDeploymentPolicyInput{ContinuousDeploymentPolicyConfig: r.says(false, 0)})
	r.policy = *must(t, out, err).ContinuousDeploymentPolicy.Id
	r.edit(r.primary, func(c *types.DistributionConfig) { c.ContinuousDeploymentPolicyId = &r.policy })
	pass(2 * time.Minute)
	return r
}

func (r *release) copy(ref string) *types.Distribution {
	r.t.Helper()
	out, err := r.cf.CopyDistribution(r.t.Context(), &cloudfront.CopyDistributionInput{
		PrimaryDistributionId: r.primary.Id, IfMatch: r.etag(r.primary), Staging: aws.Bool(true), CallerReference: &ref,
	})
	return must(r.t, out, err).Distribution
}

func (r *release) etag(d *types.Distribution) *string {
	r.t.Helper()
	out, err := r.cf.GetDistribution(r.t.Context(), &cloudfront.GetDistributionInput{Id: d.Id})
	return must(r.t, out, err).ETag
}

func (r *release) edit(d *types.Distribution, change func(*types.DistributionConfig)) {
	r.t.Helper()
	got, err := r.cf.GetDistributionConfig(r.t.Context(), &cloudfront.GetDistributionConfigInput{Id: d.Id})
	cfg := must(r.t, got, err).DistributionConfig
	change(cfg)
	_, err = r.cf.UpdateDistribution(r.t.Context(), &cloudfront.UpdateDistributionInput{Id: d.Id, IfMatch: got.ETag, DistributionConfig: cfg})
	must(r.t, 0, err)
}

// says is a policy with sticky sessions.
func (r *release) says(enabled bool, weight float32) *types.ContinuousDeploymentPolicyConfig {
	return &types.ContinuousDeploymentPolicyConfig{
		Enabled:                     &enabled,
		StagingDistributionDnsNames: &types.StagingDistributionDnsNames{Quantity: aws.Int32(1), Items: []string{*r.staging.DomainName}},
		TrafficConfig: &types.TrafficConfig{
			Type: types.ContinuousDeploymentPolicyTypeSingleWeight,
			SingleWeightConfig: &types.ContinuousDeploymentSingleWeightConfig{
				Weight: &weight, SessionStickinessConfig: &types.SessionStickinessConfig{IdleTTL: aws.Int32(300), MaximumTTL: aws.Int32(3600)},
			},
		},
	}
}

func (r *release) say(config *types.ContinuousDeploymentPolicyConfig) {
	r.t.Helper()
	got, err := r.cf.GetContinuousDeploymentPolicyConfig(r.t.Context(), &cloudfront.GetContinuousDeploymentPolicyConfigInput{Id: &r.policy})
	_, err = r.cf.UpdateContinuousDeploymentPolicy(r.t.Context(), &cloudfront.UpdateContinuousDeploymentPolicyInput{
		Id: &r.policy, IfMatch: must(r.t, got, err).ETag, ContinuousDeploymentPolicyConfig: config,
	})
	must(r.t, 0, err)
}

func (r *release) promote() {
	r.t.Helper()
	_, err := r.cf.UpdateDistributionWithStagingConfig(r.t.Context(), &cloudfront.UpdateDistributionWithStagingConfigInput{
		Id: r.primary.Id, StagingDistributionId: r.staging.Id, IfMatch: aws.String(*r.etag(r.primary) + ", " + *r.etag(r.staging)),
	})
	must(r.t, 0, err)
}

// A browser keeps cookies. It is served by a distribution at the POP that it names.
type browser struct{ client *http.Client }

func (r *release) browser() browser {
	return browser{&http.Client{Transport: r.Transport(), Jar: sure(cookiejar.New(nil))}}
}

func (b browser) look(ctx context.Context, pop int) (status int, distribution string) {
	req := sure(http.NewRequestWithContext(ctx, http.MethodGet, "https://"+www+"/", nil))
	req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
	resp := sure(b.client.Do(req))
	_ = resp.Body.Close()
	return resp.StatusCode, resp.Header.Get(edge.DistributionHeader)
}

func TestACanaryGetsItsWeightAndNoSessionChangesSides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		since := now()
		r.say(r.says(true, 0.10))
		pass(2 * time.Minute)
		const sessions = 2000
		sides := make([]string, sessions)
		browsers := make([]browser, sessions)
		staged := 0
		for i := range browsers {
			browsers[i] = r.browser()
			if _, sides[i] = browsers[i].look(t.Context(), i%pops); sides[i] == *r.staging.Id {
				staged++
			}
		}
		if low, high := binomial.Bounds(sessions, 0.10, 1e-6); staged < low || staged > high {
			t.Errorf("staging has %d of %d sessions, want %d to %d", staged, sessions, low, high)
		}
		// Another weight, on its way from POP to POP, moves nobody who is there, wherever he goes.
		r.say(r.says(true, 0.15))
		for range 3 {
			pass(20 * time.Second)
			for i, b := range browsers {
				if status, side := b.look(t.Context(), (i+1)%pops); status != 200 || side != sides[i] {
					t.Fatalf("session %d: %d from %s, was on %s", i, status, side, sides[i])
				}
			}
		}
		primary, staging := 0, 0
		for _, a := range r.Journal().Answers(since) {
			switch {
			case a.Distribution == *r.primary.Id && a.Primary == "":
				primary++
			case a.Distribution == *r.staging.Id && a.Primary == *r.primary.Id:
				staging++
			default:
				t.Fatalf("whose answer is this? %+v", a)
			}
			if a.Status != 200 || a.Bytes == 0 || a.Host != www {
				t.Fatalf("answer %+v", a)
			}
		}
		if primary+staging != 4*sessions || staging != 4*staged {
			t.Errorf("the journal has %d answers of the primary and %d of staging", primary, staging)
		}
		for _, v := range r.Audit(since, www) {
			t.Error(v)
		}
	})
}

func TestWhileAPromotionTravelsEachPOPGoesOverOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		since := now()
		ctx, stop := context.WithCancel(t.Context())
		var viewers sync.WaitGroup
		for pop := range pops {
			viewers.Go(func() {
				client := &http.Client{Transport: r.Transport()}
				went := 0
				for last := "blue.origin.test"; ctx.Err() == nil; pass(time.Second) {
					req := sure(http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+www+"/", nil))
					req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
					resp := sure(client.Do(req))
					_ = resp.Body.Close()
					if got := resp.Header.Get("X-Origin"); resp.StatusCode != http.StatusOK || got != last {
						went, last = went+1, got
					}
				}
				if went != 1 {
					t.Errorf("POP %d changed %d times, want once", pop, went)
				}
			})
		}
		pass(10 * time.Second)
		r.promote()
		pass(2 * time.Minute)
		stop()
		viewers.Wait()
		for _, v := range r.Audit(since, www) {
			t.Error(v)
		}
	})
}

func TestTheAuditFindsAPolicyThatIsQuickerThanItsStaging(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		since := now()
		r.staging = r.copy("fresh")
		r.say(r.says(true, 0.15))
		found := r.Audit(since, www)
		if len(found) == 0 {
			t.Error("found nothing, although no POP had the staging distribution yet")
		}
		for _, v := range found {
			if v.Kind != audit.BrokenStaging || v.Distribution != *r.staging.Id {
				t.Error(v)
			}
		}
		r.Turn(func(k *knob.Knobs) { k.StagingFallback = true })
		for _, v := range r.Audit(since, www) {
			t.Errorf("with the fallback: %v", v)
		}
	})
}

func TestAPeakIsTurnedOnForEveryPOP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		r.say(r.says(true, 0.15))
		pass(2 * time.Minute)
		r.Turn(func(k *knob.Knobs) { k.PeakSpan = k.PeakEvery })
		since := now()
		for i := range 400 {
			r.browser().look(t.Context(), i%pops)
		}
		for _, a := range r.Journal().Answers(since) {
			if a.Distribution != *r.primary.Id || a.Split != "peak" {
				t.Fatalf("at peak: %+v", a)
			}
		}
	})
}

func TestStagingIsReachedByNoNameOfItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		r.say(r.says(true, 0.15))
		pass(2 * time.Minute)
		since := now()
		if status, _, _ := r.get(t.Context(), "https://"+*r.staging.DomainName+"/"); status != 403 {
			t.Errorf("its own name: %d, want 403", status)
		}
		if a := r.Journal().Answers(since); len(a) != 1 || a[0].Reason != "staging" || a[0].Primary != "" {
			t.Errorf("the journal has %+v", a)
		}
		if r.CloudFront().Exists(*r.staging.DomainName) {
			t.Error("records may point at it")
		}
	})
}

func TestContinuousDeploymentNeedsTheActionsThatAWSNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		first, second := *r.etag(r.primary), *r.etag(r.staging)
		calls := []struct { // in an order in which each leaves the ETags that the next one names
			name    string
			actions []string
			call    func() error
		}{
			{"copy", []string{"cloudfront:CopyDistribution", "cloudfront:CreateDistribution", "cloudfront:GetDistribution"}, func() error {
				_, err := r.cf.CopyDistribution(t.Context(), &cloudfront.CopyDistributionInput{PrimaryDistributionId: r.primary.Id, IfMatch: &first, Staging: aws.Bool(true), CallerReference: aws.String("x")})
				return err
			}},
			{"promote", []string{"cloudfront:UpdateDistribution", "cloudfront:GetDistribution"}, func() error {
				_, err := r.cf.UpdateDistributionWithStagingConfig(t.Context(), &cloudfront.UpdateDistributionWithStagingConfigInput{
					Id: r.primary.Id, StagingDistributionId: r.staging.Id, IfMatch: aws.String(first + "," + second),
				})
				return err
			}},
			{"list", []string{"cloudfront:ListContinuousDeploymentPolicies"}, func() error {
				_, err := r.cf.ListContinuousDeploymentPolicies(t.Context(), &cloudfront.ListContinuousDeploymentPoliciesInput{})
				return err
			}},
			{"read", []string{"cloudfront:GetContinuousDeploymentPolicyConfig"}, func() error {
				_, err := r.cf.GetContinuousDeploymentPolicyConfig(t.Context(), &cloudfront.GetContinuousDeploymentPolicyConfigInput{Id: &r.policy})
				return err
			}},
		}
		for _, c := range calls {
			for i := range c.actions {
				r.Allow(append(append([]string{"sts:none"}, c.actions[:i]...), c.actions[i+1:]...)...)
				if err := c.call(); err == nil {
					t.Errorf("%s works without %s", c.name, c.actions[i])
				}
			}
			r.Allow(c.actions...)
			if err := c.call(); err != nil {
				t.Errorf("%s with everything it needs: %v", c.name, err)
			}
			r.Allow()
		}
	})
}

func TestTheStateShowsPoliciesAndTheirSplit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		r.say(r.says(true, 0.15))
		state := func() awssim.State { return admin[awssim.State](r.account, 200, "GET state", "") }
		if s := state(); len(s.Deployments) != 1 || s.Deployments[0].ID != r.policy || len(s.Deployments[0].POPs) != 0 || s.Aliases[0].POPs[0].Staging != "" {
			t.Errorf("at once: %+v %+v", s.Deployments, s.Aliases)
		}
		pass(2 * time.Minute)
		s := state()
		if d := s.Deployments[0]; len(d.POPs) != pops || d.Primary != *r.primary.Id || d.By != "weight 0.15, sticky" {
			t.Errorf("then: %+v", d)
		}
		for _, p := range s.Aliases[0].POPs {
			if p.Distribution != *r.primary.Id || p.Staging != *r.staging.Id || p.Peak {
				t.Errorf("a POP shows %+v", p)
			}
		}
		if share := s.Aliases[0].Shares[*r.primary.Id]; share < 0.999 {
			t.Errorf("the name's owner serves it on %v of the POPs", share)
		}
	})
}

// Whoever looks, looks without the world's lock: this is for the race detector.
func TestTheWorldIsLookedAtWhileKnobsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRelease(t)
		r.say(r.says(true, 0.15))
		var looking sync.WaitGroup
		for range 2 {
			looking.Go(func() {
				b := r.browser()
				for i := range 50 {
					b.look(t.Context(), i%pops)
					admin[awssim.State](r.account, 200, "GET state", "")
					r.Audit(now(), www)
				}
			})
		}
		for i := range 50 {
			r.Turn(func(k *knob.Knobs) { k.PointerOnAttach, k.PeakSpan = i%2 == 0, time.Duration(i)*time.Minute })
		}
		looking.Wait()
	})
}
