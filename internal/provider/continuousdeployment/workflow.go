package continuousdeployment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/deployment"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// workflow is the only place where a decision about a policy meets AWS.
type workflow struct {
	p      *configured.Provider
	spec   deployment.Spec
	id     string // of the policy, once it is known
	known  bool   // id is all there is to look for
	recipe cutover.Recipe

	lenient bool            // nothing will be written
	memo    configured.Memo // nil but for a glance, to which answers that others share will do: what they say is compared with state, and decides nothing

	// What the latest look saw: a write carries the ETags of these and no others.
	primary, staging cloudfrontapi.Distribution
	policy           cloudfrontapi.Policy

	obs   deployment.Observation
	book  *run.Book
	sight run.Sight[deployment.Observation] // once the run has ended
	err   error
	// Who else has the policy is asked once in a run, before its first write.
	asked   bool
	user    string
	unsure  bool
	marks   bool // whether the policy can be marked was asked
	marked  bool // by this run
	adopted bool // by another instance, as a destroy has found
	unowned bool // whose it is could not be asked
}

func newWorkflow(p *configured.Provider, spec deployment.Spec) *workflow {
	return &workflow{p: p, spec: spec, book: &run.Book{}}
}

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (deployment.Observation, error) {
	obs, err := w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2))
	if err != nil {
		return obs, configured.Again(err)
	}
	if err := w.lookForUser(ctx, &obs); err != nil {
		return obs, configured.Again(err)
	}
	if err := w.lookForMark(ctx, &obs); err != nil {
		return obs, configured.Again(err)
	}
	w.obs = obs
	return obs, nil
}

// lookForMark asks, for a policy that is created or adopted, whether it can be marked. The
// mark is a tag of the staging distribution, and only one that cdn_staging_distribution
// keeps gets it: to whoever else keeps it, hashicorp/aws say, it would be drift.
func (w *workflow) lookForMark(ctx context.Context, obs *deployment.Observation) error {
	if w.spec.Owner != "" && !w.marks && obs.Staging != nil {
		copied, err := w.p.Owner(ctx, configured.OwnerOfCopy, w.staging.ARN)
		if err != nil {
			return err
		}
		w.marks = true
		if copied == "" {
			w.spec.Owner = ""
		}
	}
	if w.marked { // AWS may list the tags of before for a while
		obs.Owner = w.spec.Owner
	}
	return nil
}

// Look implements run.Looker.
func (w *workflow) Look(ctx context.Context) (deployment.Observation, error) {
	return w.look(ctx, w.p.Clock.Now())
}

// converge runs a way of the workflow to its end.
func (w *workflow) converge(ctx context.Context, way run.Looker[deployment.Observation, deployment.Step], l engine.Limits) error {
	w.sight, w.err = run.Converge(ctx, way, w.book, l, run.Sight[deployment.Observation]{})
	if w.sight.Seen() {
		w.obs = w.sight.Obs
	}
	return w.err
}

// lookForUser asks whether another primary has the policy, if the one that is to have it has
// not. What this run itself has made or detached nobody else has. Only configurations say
// which policy is attached, so every distribution of the account is asked; who may not list
// them is unsure.
func (w *workflow) lookForUser(ctx context.Context, obs *deployment.Observation) error {
	switch {
	case obs.Policy == nil:
	case obs.Attached():
		w.asked = true
	case !w.asked && (obs.Policy.Enabled || w.spec.Adopting && !obs.Policy.AsAsked): // else nothing is written that another primary would miss, and AWS refuses to attach or delete it
		user, err := w.p.CloudFront.PrimaryOf(ctx, obs.Policy.ID)
		if err != nil && !errors.Is(err, awsapi.ErrDenied) {
			return err
		}
		w.asked, w.user, w.unsure = true, user, err != nil
		if obs.Primary != nil && user == obs.Primary.ID {
			w.user = "" // attached since it was looked at
		}
	}
	obs.User, obs.Unsure = w.user, w.unsure
	return nil
}

// look reads both distributions and the policy.
func (w *workflow) look(ctx context.Context, since time.Time) (deployment.Observation, error) {
	var obs deployment.Observation
	var err error
	if w.memo != nil {
		w.primary, w.staging, err = w.p.CloudFront.RecalledPair(ctx, w.spec.Primary, w.spec.Staging, w.memo)
	} else if w.primary, err = w.distribution(ctx, w.spec.Primary, since); err == nil {
		w.staging, err = w.distribution(ctx, w.spec.Staging, since)
	}
	if err != nil {
		return obs, err
	}
	obs.Primary, obs.Staging = observed(w.primary), observed(w.staging)
	if err := w.lookForPolicy(ctx, &obs, since); err != nil {
		return obs, err
	}
	if obs.Primary != nil && obs.Staging != nil && !obs.Attached() && w.primary.Whole() && w.staging.Whole() { // else they agree: see RecalledPair
		for _, d := range cloudfrontapi.Differences(w.primary, w.staging) {
			if d.Locked {
				obs.Locked = append(obs.Locked, d.Field)
			}
		}
	}
	return obs, w.lookForStray(ctx, &obs, since)
}

// distribution reads one; one that does not exist, or has no id, is the zero value.
func (w *workflow) distribution(ctx context.Context, id string, since time.Time) (cloudfrontapi.Distribution, error) {
	if id == "" {
		return cloudfrontapi.Distribution{}, nil
	}
	d, err := w.p.CloudFront.Distribution(ctx, id, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return cloudfrontapi.Distribution{}, nil
	}
	return d, err
}

func observed(d cloudfrontapi.Distribution) *deployment.Distribution {
	if d.ID == "" {
		return nil
	}
	return &deployment.Distribution{
		ID: d.ID, Domain: d.Domain, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, HTTP3: d.HTTP3, Policy: d.Policy, Aliases: d.Aliases,
	}
}

// read reads a policy. A run, which may write to it, asks each time.
func (w *workflow) read(ctx context.Context, id string, since time.Time) (cloudfrontapi.Policy, error) {
	switch {
	case w.memo != nil:
		return w.p.CloudFront.SharedPolicy(ctx, id)
	case w.lenient:
		return w.p.CloudFront.PolicySince(ctx, id, since)
	default:
		return w.p.CloudFront.Policy(ctx, id)
	}
}

// lookForPolicy reads the policy by the id that state knows, by the one that the
// staging distribution shows, or by the list: AWS does not say which of them is right.
func (w *workflow) lookForPolicy(ctx context.Context, obs *deployment.Observation, since time.Time) error {
	w.policy = cloudfrontapi.Policy{}
	ids := []string{w.id}
	if !w.known {
		ids = append(ids, w.staging.Policy)
	}
	for i, id := range ids {
		if id == "" || i > 0 && id == ids[0] {
			continue
		}
		p, err := w.read(ctx, id, since)
		if errors.Is(err, awsapi.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		w.see(obs, p)
		return nil
	}
	if w.known || obs.Staging == nil || w.id != "" {
		return nil
	}
	id, err := w.policyFor(ctx, obs.Staging.Domain)
	if err != nil || id == "" {
		return err
	}
	p, err := w.read(ctx, id, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return nil // deleted since the list was made
	}
	if err != nil {
		return err
	}
	w.see(obs, p)
	return nil
}

// policyFor finds the policy that names a staging distribution, "" if none does.
func (w *workflow) policyFor(ctx context.Context, staging string) (id string, err error) {
	if w.lenient {
		return w.p.PolicyFor(ctx, staging)
	}
	return w.p.CloudFront.PolicyFor(ctx, staging)
}

func (w *workflow) see(obs *deployment.Observation, p cloudfrontapi.Policy) {
	w.policy = p
	obs.Policy = &deployment.Policy{
		ID: p.ID, Enabled: p.Enabled, Staging: p.Staging, AsAsked: p.Routing.Same(routing(w.spec.Routing)),
		Routing: deployment.Routing{Header: p.Routing.Header, Value: p.Routing.Value, Percent: p.Routing.Percent, Idle: p.Routing.Idle, Maximum: p.Routing.Maximum},
	}
}

// lookForStray asks whether a policy that the primary has, and that is not ours,
// exists at all.
func (w *workflow) lookForStray(ctx context.Context, obs *deployment.Observation, since time.Time) error {
	if obs.Primary == nil || obs.Primary.Staging || obs.Primary.Policy == "" || obs.Attached() || w.known {
		return nil
	}
	_, err := w.read(ctx, obs.Primary.Policy, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		obs.Stray = true
		return nil
	}
	return err
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs deployment.Observation) (deployment.Step, bool, error) {
	step, err := deployment.Next(w.spec, obs)
	if err != nil {
		return nil, false, err
	}
	if beyond := w.recipe.Beyond(step.Intent()); beyond != "" {
		return nil, false, &deployment.Obstacle{Kind: deployment.NotInRecipe, Found: beyond}
	}
	_, done := step.(deployment.Done)
	return step, done, nil
}

// Do implements engine.Workflow. Every step but a wait is a write.
func (w *workflow) Do(ctx context.Context, _ deployment.Observation, step deployment.Step) error {
	err := w.do(ctx, step)
	if _, wait := step.(deployment.Wait); !wait {
		w.book.Sent(step, w.p.Clock.Now(), configured.Effect(err))
	}
	return err
}

func (w *workflow) do(ctx context.Context, step deployment.Step) error {
	cf := w.p.CloudFront
	switch s := step.(type) {
	case deployment.Wait:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	case deployment.Create:
		w.asked = true
		_, err := cf.CreatePolicy(ctx, cloudfrontapi.Policy{Staging: w.staging.Domain, Routing: routing(s.Routing)})
		return configured.Again(err, awsapi.Unlisted) // there is one: the next look finds it
	case deployment.Mark:
		err := cf.Tag(ctx, w.staging.ARN, string(configured.OwnerOfPolicy), s.Owner)
		w.marked = err == nil
		return configured.Again(err)
	case deployment.Reroute:
		return configured.Again(cf.UpdatePolicy(ctx, w.policy, false, routing(s.Routing)))
	case deployment.Disable:
		return configured.Again(cf.UpdatePolicy(ctx, w.policy, false, w.policy.Routing))
	case deployment.Attach:
		return configured.Again(cf.Attach(ctx, w.primary, w.policy.ID))
	case deployment.Detach:
		return configured.Again(cf.Detach(ctx, w.primary))
	case deployment.Delete:
		return configured.Again(cf.DeletePolicy(ctx, w.policy))
	default:
		return fmt.Errorf("no way to do %T", step)
	}
}

func routing(r deployment.Routing) cloudfrontapi.Routing {
	return cloudfrontapi.Routing{Header: r.Header, Value: r.Value, Percent: r.Percent, Idle: r.Idle, Maximum: r.Maximum}
}

// removal is the way to nothing.
type removal struct {
	*workflow
	owner string // that state has
}

// Observe implements engine.Workflow.
func (r removal) Observe(ctx context.Context) (deployment.Observation, error) {
	obs, err := r.workflow.Observe(ctx)
	if err != nil || obs.Staging == nil || obs.Primary != nil && !obs.Primary.Deployed && (obs.Policy == nil || !obs.Policy.Enabled) {
		return obs, err // else there is only to wait
	}
	obs.Owner, err = r.p.Owner(ctx, configured.OwnerOfPolicy, r.staging.ARN)
	r.unowned = err != nil
	return obs, configured.Again(err)
}

// Next implements engine.Workflow.
func (r removal) Next(obs deployment.Observation) (deployment.Step, bool, error) {
	step, err := deployment.Remove(r.id, r.owner, obs)
	_, r.adopted = step.(deployment.Leave)
	_, done := step.(deployment.Done)
	return step, done || r.adopted, err
}

func (w *workflow) limits(budget time.Duration) engine.Limits {
	const steps = 12 // four, and as many again after somebody's interference
	return configured.Limits(w.p, budget, steps, map[string]any{"primary_distribution_id": w.spec.Primary, "staging_distribution_id": w.spec.Staging}, show)
}

// words says how the run ended, for a diagnostic.
func (w *workflow) words(created bool) diags.Work {
	out := diags.Work{What: "The continuous deployment", Err: w.err, Created: created, Unowned: w.unowned, Traffic: traffic(w.sight, w.spec), Blind: w.sight.Blind != nil}
	if w.obs.Policy != nil {
		out.Left = fmt.Sprintf("Policy %s exists.", w.obs.Policy.ID)
	}
	return out
}

// traffic is what a look at a policy says of viewers.
func traffic(s run.Sight[deployment.Observation], spec deployment.Spec) string {
	return diags.Traffic(seenBy(s, spec))
}

func seenBy(s run.Sight[deployment.Observation], spec deployment.Spec) run.Traffic {
	return s.Traffic(func(o deployment.Observation) cutover.Traffic { return o.Traffic(spec) })
}
