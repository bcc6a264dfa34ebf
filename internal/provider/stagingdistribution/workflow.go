package stagingdistribution

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/staging"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
)

// workflow is the only place where a decision about a staging distribution meets AWS.
type workflow struct {
	p         *configured.Provider
	spec      staging.Spec
	overrides cloudfrontapi.Overrides
	sides     map[string]map[string]cloudfrontapi.OriginOverride
	side      string // that staging gets; "": the idle one
	live      string // that the plan was made with; "": not known then
	recipe    cutover.Recipe
	id        string // of the staging distribution, once it is known

	// What the latest look saw: a write carries the ETags of these and no others.
	primary, staging cloudfrontapi.Distribution
	change           cloudfrontapi.Change

	marked  bool   // by this run
	adopted bool   // by another instance, as a destroy has found
	unowned bool   // whose it is could not be asked
	blind   bool   // nobody could look in the end
	base    string // identity of the primary when staging last agreed with it; "": nobody knows
	obs     staging.Observation
	err     error
}

func (r *Resource) workflow(ctx context.Context, m *model) (*workflow, diag.Diagnostics) {
	w := &workflow{p: r.Provider, spec: m.spec()}
	var d, dd diag.Diagnostics
	w.overrides, d = m.overrides(ctx)
	w.sides, dd = m.sides(ctx)
	d.Append(dd...)
	return w, d
}

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (staging.Observation, error) {
	obs, err := w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2))
	if err != nil {
		return obs, configured.Again(err)
	}
	w.obs = obs
	return obs, nil
}

// look reads the primary and the copy, and says what the copy lacks.
func (w *workflow) look(ctx context.Context, since time.Time) (staging.Observation, error) {
	var obs staging.Observation
	var err error
	if w.primary, obs.Primary, err = w.read(ctx, w.spec.Primary, since); err != nil {
		return obs, err
	}
	if w.id == "" {
		if w.id, err = w.p.CloudFront.CopyOf(ctx, w.spec.Reference()); err != nil {
			return obs, err
		}
	}
	if w.staging, obs.Staging, err = w.read(ctx, w.id, since); err != nil {
		return obs, err
	}
	if obs.Primary != nil {
		obs.Live, obs.Idle = staging.Roles(roles(w.sides), rolesOf(w.primary.Origins()))
	}
	if w.side == "" {
		w.side = obs.Idle
	}
	if w.marked { // AWS may list the tags of before for a while
		obs.Owner = w.spec.Owner
	}
	return obs, w.compare(ctx, &obs)
}

// compare says what has to change for staging to be as asked. Before there is a copy
// the primary stands for it: what it lacks the copy will lack.
func (w *workflow) compare(ctx context.Context, obs *staging.Observation) error {
	of := w.staging
	base := of
	switch {
	case obs.Staging == nil && obs.Primary == nil:
		return nil
	case obs.Staging == nil:
		of, base = w.primary, w.primary
	case w.spec.Follow && obs.Primary != nil:
		base = w.primary
	}
	asked := merged(w.overrides, w.sides[w.side])
	change, err := w.p.CloudFront.Overridden(ctx, of, base, asked)
	if err != nil {
		return err
	}
	obs.Missing = change.Missing
	if obs.Staging == nil {
		if change.Edits() { // or a copy would be left that cannot be made what it is to be
			return change.Refused
		}
		return nil
	}
	if obs.Primary != nil {
		agreed := change
		if !w.spec.Follow {
			if agreed, err = w.p.CloudFront.Overridden(ctx, of, w.primary, asked); err != nil {
				return err
			}
		}
		obs.Agrees = !agreed.Needed()
	}
	w.change, obs.Change = change, change.Needed()
	for _, d := range change.Differences() {
		if d.Locked {
			obs.Locked = append(obs.Locked, d.Field)
		}
	}
	return nil
}

// merged adds the places of a side, which win.
func merged(o cloudfrontapi.Overrides, side map[string]cloudfrontapi.OriginOverride) cloudfrontapi.Overrides {
	if len(side) == 0 {
		return o
	}
	origins := maps.Clone(o.Origins)
	if origins == nil {
		origins = map[string]cloudfrontapi.OriginOverride{}
	}
	for id, p := range side {
		both := origins[id]
		if p.Domain != nil {
			both.Domain = p.Domain
		}
		if p.Path != nil {
			both.Path = p.Path
		}
		origins[id] = both
	}
	o.Origins = origins
	return o
}

func roles(sides map[string]map[string]cloudfrontapi.OriginOverride) map[string]map[string]staging.Place {
	out := map[string]map[string]staging.Place{}
	for name, places := range sides {
		out[name] = rolesOf(places)
	}
	return out
}

func rolesOf(places map[string]cloudfrontapi.OriginOverride) map[string]staging.Place {
	out := map[string]staging.Place{}
	for id, p := range places {
		out[id] = staging.Place{Domain: p.Domain, Path: p.Path}
	}
	return out
}

func (w *workflow) read(ctx context.Context, id string, since time.Time) (cloudfrontapi.Distribution, *staging.Distribution, error) {
	if id == "" {
		return cloudfrontapi.Distribution{}, nil, nil
	}
	d, err := w.p.CloudFront.Distribution(ctx, id, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return d, nil, nil
	}
	if err != nil {
		return d, nil, err
	}
	return d, &staging.Distribution{ID: d.ID, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, HTTP3: d.HTTP3, Policy: d.Policy}, nil
}

// memo is what the latest look was made of; nil unless both were there.
func (w *workflow) memo() configured.Memo {
	out := configured.Memo{}
	for _, d := range []cloudfrontapi.Distribution{w.primary, w.staging} {
		rest := d.Rest()
		if rest.Version == "" {
			return nil
		}
		out[d.ID] = rest
	}
	return out
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs staging.Observation) (staging.Step, bool, error) {
	if o := staging.Preflight(w.spec, obs); o == nil && len(w.sides) > 0 {
		if w.side == "" {
			return nil, false, &staging.Obstacle{Kind: staging.NoSide, Found: w.spec.Primary}
		}
		if w.live != "" && obs.Live != w.live {
			return nil, false, &staging.Obstacle{Kind: staging.NotInRecipe, Found: fmt.Sprintf("take into account that the primary has %q and no longer %q", obs.Live, w.live)}
		}
	}
	step, err := staging.Next(w.spec, obs)
	if err != nil {
		return nil, false, err
	}
	if beyond := w.recipe.Beyond(step.Intent()); beyond != "" {
		return nil, false, &staging.Obstacle{Kind: staging.NotInRecipe, Found: beyond}
	}
	_, done := step.(staging.Done)
	if done && obs.Agrees {
		w.base = configured.Identity(w.primary).String()
	}
	return step, done, nil
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, _ staging.Observation, step staging.Step) error {
	cf := w.p.CloudFront
	switch s := step.(type) {
	case staging.Wait:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	case staging.Copy:
		id, err := cf.Copy(ctx, w.primary, w.spec.Reference())
		if err == nil {
			w.id = id
		}
		return configured.Again(err, awsapi.Unlisted) // AWS may know of a copy before it lists it
	case staging.Mark:
		err := cf.Tag(ctx, w.staging.ARN, string(configured.OwnerOfCopy), s.Owner)
		w.marked = err == nil
		return configured.Again(err)
	case staging.Configure:
		return configured.Again(cf.Configure(ctx, w.change), configured.While(!w.staging.Deployed, awsapi.Deploying))
	case staging.Disable: // AWS may know of a policy after it is gone
		return configured.Again(cf.Disable(ctx, w.staging), awsapi.LetGo, configured.While(!w.staging.Deployed, awsapi.Deploying))
	case staging.Delete:
		return configured.Again(cf.Delete(ctx, w.staging), awsapi.LetGo)
	default:
		return fmt.Errorf("no way to do %T", step)
	}
}

// removal is the way to nothing.
type removal struct{ *workflow }

// Observe implements engine.Workflow.
func (r removal) Observe(ctx context.Context) (staging.Observation, error) {
	var obs staging.Observation
	var err error
	r.staging, obs.Staging, err = r.read(ctx, r.id, r.p.Clock.Now().Add(-r.p.Poll/2))
	if err != nil {
		return obs, configured.Again(err)
	}
	if s := obs.Staging; s != nil && (s.Enabled || s.Deployed) { // else there is only to wait
		obs.Owner, err = r.p.Owner(ctx, configured.OwnerOfCopy, r.staging.ARN)
		if r.unowned = err != nil; r.unowned {
			return obs, configured.Again(err)
		}
	}
	r.obs = obs
	return obs, nil
}

// Next implements engine.Workflow.
func (r removal) Next(obs staging.Observation) (staging.Step, bool, error) {
	step, err := staging.Remove(r.spec.Owner, obs)
	_, r.adopted = step.(staging.Leave)
	_, done := step.(staging.Done)
	return step, done || r.adopted, err
}

func (w *workflow) limits(budget time.Duration) engine.Limits {
	const steps = 10 // two, and as many again after somebody's interference
	about := map[string]any{"primary_distribution_id": w.spec.Primary}
	out := configured.Limits(w.p, budget, steps, about, show)
	tell := out.OnStep
	out.OnStep = func(ctx context.Context, step fmt.Stringer) {
		about["distribution_id"] = w.id // the copy has one once it is there
		tell(ctx, step)
	}
	return out
}

// left warns of what staging was to have from its primary and cannot get from this build.
func (w *workflow) left() diag.Diagnostics {
	has := w.primary.Unknown()
	strange := slices.DeleteFunc(cloudfrontapi.Unfamiliar(w.primary, w.staging), func(field string) bool { return !slices.Contains(has, field) })
	if w.spec.Follow && len(strange) > 0 {
		return diag.Diagnostics{diags.PairUnfamiliar(w.spec.Primary, w.id, strange)}
	}
	return nil
}

// words says how the run ended, for a diagnostic.
func (w *workflow) words(created bool) diags.Work {
	out := diags.Work{What: what, Err: w.err, Created: created, Unowned: w.unowned, Blind: w.blind, Traffic: "This run changes nothing that serves."}
	if w.spec.Primary != "" {
		out.Traffic = fmt.Sprintf("The primary (%s) was not changed by this run.", w.spec.Primary)
	}
	if w.id != "" {
		out.Left = fmt.Sprintf("Staging distribution %s exists.", w.id)
	}
	return out
}
