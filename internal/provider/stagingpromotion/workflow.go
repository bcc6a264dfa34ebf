package stagingpromotion

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/promotion"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/invalidation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/ledger"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// workflow is the only place where a decision about a release meets AWS. Beyond what
// AWS shows it knows only what this run itself has done.
type workflow struct {
	latched.Way[model, promotion.Observation]
	p    *configured.Provider
	spec promotion.Spec

	gates   gates
	prior   *promotion.Prior // nil while creating
	lenient bool             // nothing will be written: not being allowed to know is no obstacle
	memo    configured.Memo  // nil but for a glance, to which answers that others share will do: what they say is compared with state, and decides nothing

	onRecord []identity.Identity // contents that state knows
	names    identity.Register   // what they are called where CloudFront spells them otherwise now

	first  *promotion.Observation // what the run found
	tried  *promotion.Attempt     // the release that is begun, once the run has ended
	undo   *workflow              // the way back, once it is taken
	latest promotion.Observation
	read   sides // what latest was made of

	proven         int // routes of the canary
	before, after  cutover.Evidence
	reason         string            // of the last gate that did not pass
	bound          string            // content that the run is about
	about          string            // content of staging that proven and before are about
	aboutPrimary   string            // content of the primary that after is about
	since          wrote             // when the two were written to last as far as evidence is about them
	promoted, from string            // content that was promoted, and the ETag of the primary before
	passed         promotion.Grounds // why the canary of that counts as passed
	asOf           time.Time         // no answer of the last look is older
	until          time.Time         // until when the primary is known to have had what was settled; before begin, by our own record
	sentBack       bool
	refused        bool // CloudFront refused a write while a distribution was deploying
	spreading      time.Time
	baking         time.Time // since when, by our own record; after begin, since when the step bakes that there is
	stepped        bool      // the step is new
	own            bool      // the policy was written to since the last look: AWS may count that as a write to staging
	sent           *promotion.Route
	sentFrom       string                // ETag of the policy before sent was
	sending        sending               // a route whose answer was lost
	promoting      promoting             // a promotion whose answer was lost
	kept           cloudfrontapi.Routing // how the policy routed, with sessions, when the run found it
	glanced        bool
	foreseen       bool // what the gates will ask has been asked
	purge          invalidation.Run
	ledger         ledger.Ledger
	dated          bool // this run has written until into it
}

// wrote is when primary and staging were written to last. Evidence is about what they had
// all the time, and not about what they have again.
type wrote struct{ primary, staging time.Time }

// A sending is a route that was written to the policy, if that took effect.
type sending struct {
	route *promotion.Route // nil: nothing is open
	from  string           // ETag of the policy before
}

// A promoting is a promotion that was sent, if it took effect.
type promoting struct {
	content, from string // of staging, and the ETag of the primary before; "": nothing is open
	at            time.Time
}

// sides are the answers a write needs in full.
type sides struct {
	primary, staging cloudfrontapi.Distribution
	policy           cloudfrontapi.Policy
}

func newWorkflow(p *configured.Provider, spec promotion.Spec) *workflow {
	w := &workflow{p: p, spec: spec}
	w.Log = run.NewJournal(p.Clock)
	return w
}

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (promotion.Observation, error) {
	// A poll may share the answer to another resource's poll; a write looks again.
	obs, err := w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2))
	if err != nil {
		return obs, configured.Again(err)
	}
	if err := w.purge.Look(ctx, w.p); err != nil {
		return obs, configured.Again(err)
	}
	if w.first == nil {
		if err := w.ledger.Read(ctx); err != nil {
			return obs, configured.Again(err)
		}
		w.begin(obs)
	}
	w.annotate(&obs)
	w.latest = obs
	return obs, nil
}

// begin takes what the run finds for its start.
func (w *workflow) begin(obs promotion.Observation) {
	w.first = &obs
	w.proven, w.about, w.since = w.spec.Reached(obs), obs.Staging.Content, wrote{obs.Primary.Modified, obs.Staging.Modified}
	if !w.spec.Baking(obs) {
		w.baking = time.Time{}
		w.stepped = w.at(obs, w.proven) // by a run that could not write it down, or by hand
	}
	if w.switchedSince(w.spec.Settled, w.spec.WayBack, obs) {
		w.spec.Settled, w.spec.WayBack = obs.Primary.Content, w.read.primary.Snapshot()
	}
	w.bound = w.spec.Bind(obs)
	if a := w.spec.Resumes; a == nil || a.Content != obs.Primary.Content {
		w.until = time.Time{} // it is about something else
	}
	entry := w.entry()
	if then := entry.HadUntil(w.spec.Settled, obs.Primary.Content); then.After(w.until) {
		w.until = then
	}
	if w.kept.Idle == 0 {
		w.kept = w.read.policy.Routing
	}
	if entry.TookBack(w.spec.Settled, obs.Primary.Content) {
		// What a release was taken back to counts as settled again.
		w.spec.Settled, w.spec.WayBack, w.spec.Decided = obs.Primary.Content, w.read.primary.Snapshot(), ""
		w.spec.SettledRelease, w.spec.SettledGrounds = "", ""
	}
}

// switchedSince says whether the primary has what was settled, but for what a switch of this
// process has decided since.
func (w *workflow) switchedSince(settled, wayBack string, obs promotion.Observation) bool {
	fields := slices.Collect(maps.Keys(w.p.Vouched(w.read.primary)))
	return settled != "" && obs.Primary.Content != settled && len(fields) > 0 && w.read.primary.SameBut(wayBack, fields)
}

// switched are the fields that staging has otherwise than a switch of this process has set
// them on the primary.
func switched(fields configured.Fields, staging cloudfrontapi.Distribution) []string {
	var out []string
	has := staging.Fields()
	for f, v := range fields {
		if has[f] != v {
			out = append(out, fmt.Sprintf("%s: %s, and staging has %s", f, cmp.Or(v.Text, "none"), cmp.Or(has[f].Text, "none")))
		}
	}
	slices.Sort(out)
	return out
}

// undone are the fields that a way back has otherwise than a switch of this process has set
// them on the primary.
func undone(fields configured.Fields, primary cloudfrontapi.Distribution, wayBack string) []string {
	var out []string
	for _, f := range primary.Otherwise(wayBack, slices.Collect(maps.Keys(fields))) {
		out = append(out, fmt.Sprintf("%s: %s", f, cmp.Or(fields[f].Text, "none")))
	}
	slices.Sort(out)
	return out
}

// entry is what the ledger has, with the names that this run has for its contents: what is
// on record and what is seen now have the last word.
func (w *workflow) entry() promotion.Entry {
	e := w.ledger.Entry()
	names := []string{cloudfrontapi.ContentOf(e.WayBack)}
	for _, r := range w.onRecord {
		names = append(names, r.Known)
	}
	for _, d := range []cloudfrontapi.Distribution{w.read.primary, w.read.staging} {
		if d.ID != "" {
			names = append(names, w.names.Name(d.Content()))
		}
	}
	return e.Named(names...)
}

// at says whether staging is sent what a route says.
func (w *workflow) at(obs promotion.Observation, route int) bool {
	return route < len(w.spec.Routes) && obs.Policy.Enabled && obs.Policy.Route.Same(w.spec.Routes[route])
}

// annotate adds what this run knows. Evidence is about the configuration it was
// gathered from: when somebody deploys another one, the gate has to be asked again.
func (w *workflow) annotate(obs *promotion.Observation) {
	if w.own {
		w.own, w.since.staging = false, obs.Staging.Modified
	}
	if w.about != obs.Staging.Content || w.since.staging.Before(obs.Staging.Modified) {
		if w.about == obs.Staging.Content && (w.proven > 0 || w.before != cutover.NoEvidence) {
			w.Log.Note("staging was changed meanwhile, and has the same again: the canary begins anew")
		}
		w.about, w.proven, w.before, w.since.staging = obs.Staging.Content, 0, cutover.NoEvidence, obs.Staging.Modified
		w.restart()
	}
	if w.aboutPrimary != obs.Primary.Content || w.since.primary.Before(obs.Primary.Modified) {
		if w.aboutPrimary == obs.Primary.Content && w.after != cutover.NoEvidence {
			w.Log.Note("the primary was changed meanwhile, and has the same again: the evidence about it does not count")
		}
		w.aboutPrimary, w.after, w.since.primary = obs.Primary.Content, cutover.NoEvidence, obs.Primary.Modified
	}
	w.settleDoubts(*obs)
	if w.promoted == "" && w.promoting.content == "" && obs.Primary.Content == w.spec.Settled && obs.Primary.Content != w.bound {
		w.until = w.asOf
	}
	obs.Bound = w.bound
	obs.Proven, obs.Before, obs.After = w.proven, w.before, w.after
	obs.Stepped, obs.Glanced = w.stepped, w.glanced
	if w.at(*obs, w.proven) { // also by a run before this one, or by a write whose answer was lost
		w.sent = &w.spec.Routes[w.proven]
	}
	obs.Sent, obs.SentFrom = w.sent, w.sentFrom
	obs.Policy.Bare = obs.Policy.ID != "" && !obs.Policy.Enabled && w.resting() != w.read.policy.Routing
	obs.Promoted, obs.PromotedFrom, obs.SentBack, obs.Refused = w.promoted, w.from, w.sentBack, w.refused
	if w.promoting.content != "" && w.p.Clock.Now().Before(w.promoting.at.Add(silent)) {
		obs.PromotingFrom = w.promoting.from
	}
	w.learning(obs)
	obs.Invalidation = w.purge.State()
	obs.Entry, obs.Until, obs.Dated = w.entry(), w.until, w.dated
}

// settleDoubts takes a write whose answer was lost for made once a look shows that it was. A
// call that is sent again because of that is answered with 412, and says nothing itself.
func (w *workflow) settleDoubts(obs promotion.Observation) {
	if s := w.sending; s.route != nil && obs.Policy.Enabled && obs.Policy.Route.Same(*s.route) && obs.Policy.ETag != s.from {
		w.sent, w.sentFrom, w.sending = s.route, s.from, sending{}
	}
	if p := w.promoting; p.content != "" && obs.Primary.Content == p.content && obs.Primary.ETag != p.from {
		w.promoted, w.from, w.promoting = p.content, p.from, promoting{}
		w.Log.Note("the answer to the promotion was lost, and " + w.spec.Primary + " shows that it was made")
	}
}

// learning notes whether edge locations may not know yet of what this run has changed.
func (w *workflow) learning(obs *promotion.Observation) {
	if !obs.Primary.Deployed {
		w.spreading = time.Time{} // it shows: from here on Deployed says when it is over
	}
	obs.Spreading = w.p.Clock.Now().Before(w.spreading)
}

// Look implements run.Looker.
func (w *workflow) Look(ctx context.Context) (promotion.Observation, error) {
	obs, err := w.look(ctx, w.p.Clock.Now())
	if err == nil {
		w.learning(&obs)
		obs.Bound, obs.Promoted = w.bound, w.promoted
	}
	return obs, err
}

// look reads everything a decision depends on.
func (w *workflow) look(ctx context.Context, since time.Time) (promotion.Observation, error) {
	var obs promotion.Observation
	primary, staging, err := w.distributions(ctx, since)
	if err != nil {
		return obs, err
	}
	policy, err := w.policy(ctx, since)
	if w.lenient && errors.Is(err, awsapi.ErrDenied) || errors.Is(err, awsapi.ErrNotFound) {
		policy, err = cloudfrontapi.Policy{}, nil
	}
	if err != nil {
		return obs, err
	}
	w.read, w.asOf = sides{primary, staging, policy}, since
	obs = Observed(primary, staging, policy)
	obs.Switched = switched(w.p.Vouched(primary), staging)
	obs.Undone = undone(w.p.Vouched(primary), primary, w.spec.WayBack)
	w.recognise(&obs)
	return obs, nil
}

// recognise gives contents the names they have on record. What has once been recognised
// stays so: after a write of ours AWS counts anew, and goes on spelling as it does.
func (w *workflow) recognise(obs *promotion.Observation) {
	if w.names == nil {
		w.names = identity.Register{}
	}
	for known, name := range identity.Recall(w.onRecord, configured.Content(w.read.primary), configured.Content(w.read.staging)) {
		if _, ok := w.names[known]; !ok {
			w.names[known] = name
		}
	}
	obs.Primary.Content, obs.Staging.Content = w.names.Name(obs.Primary.Content), w.names.Name(obs.Staging.Content)
}

// text is a content as state has it: with what AWS counts, as far as anybody has it now.
func (w *workflow) text(content string, first, second cloudfrontapi.Distribution) string {
	for _, d := range []cloudfrontapi.Distribution{first, second} {
		if is := configured.Content(d); content != "" && w.names.Name(is.Known) == content {
			return is.String()
		}
	}
	return w.recorded(content)
}

// recorded is a content as state has it already.
func (w *workflow) recorded(content string) string {
	for _, r := range w.onRecord {
		if r.Known == content {
			return r.String()
		}
	}
	return content
}

func routeOf(r cloudfrontapi.Routing) promotion.Route {
	return promotion.Route{Percent: r.Percent, Header: r.Header, Value: r.Value}
}

// routing is a route as the policy gets it. Sessions that it keeps stay kept: how long
// they last belongs to whoever made the policy.
func (w *workflow) routing(r promotion.Route) cloudfrontapi.Routing {
	out := cloudfrontapi.Routing{Percent: r.Percent, Header: r.Header, Value: r.Value}
	if r.Header == "" {
		out.Idle, out.Maximum = w.read.policy.Routing.Idle, w.read.policy.Routing.Maximum
	}
	return out
}

// resting is how the policy is to route once it is disabled: as it does, but with the
// sessions that it kept before a canary by header.
func (w *workflow) resting() cloudfrontapi.Routing {
	if now := w.read.policy.Routing; now.Idle > 0 || w.kept.Idle == 0 {
		return now
	}
	return w.kept
}

// distributions reads both.
func (w *workflow) distributions(ctx context.Context, since time.Time) (primary, staging cloudfrontapi.Distribution, err error) {
	if w.memo != nil && !w.p.Vouches(w.spec.Primary) { // what somebody vouches for, only a whole configuration tells
		return w.p.CloudFront.RecalledPair(ctx, w.spec.Primary, w.spec.Staging, w.memo)
	}
	if primary, err = w.distribution(ctx, w.spec.Primary, since); err == nil {
		staging, err = w.distribution(ctx, w.spec.Staging, since)
	}
	return primary, staging, err
}

// policy reads the policy. A run, which may write to it, asks each time.
func (w *workflow) policy(ctx context.Context, since time.Time) (cloudfrontapi.Policy, error) {
	switch {
	case w.memo != nil:
		return w.p.CloudFront.SharedPolicy(ctx, w.spec.Policy)
	case w.lenient:
		return w.p.CloudFront.PolicySince(ctx, w.spec.Policy, since)
	default:
		return w.p.CloudFront.Policy(ctx, w.spec.Policy)
	}
}

// distribution reads one; one that does not exist is the zero value.
func (w *workflow) distribution(ctx context.Context, id string, since time.Time) (cloudfrontapi.Distribution, error) {
	d, err := w.p.CloudFront.Distribution(ctx, id, since)
	if errors.Is(err, awsapi.ErrNotFound) {
		return cloudfrontapi.Distribution{}, nil
	}
	return d, err
}

func observed(d cloudfrontapi.Distribution) promotion.Distribution {
	if d.ID == "" {
		return promotion.Distribution{}
	}
	return promotion.Distribution{
		ID: d.ID, Domain: d.Domain, ETag: d.ETag, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, Aliases: d.Aliases,
		Policy: d.Policy, Content: d.Content(), Fingerprint: d.Fingerprint, Modified: d.Modified(), Version: d.Version,
	}
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs promotion.Observation) (promotion.Step, bool, error) {
	step, err := promotion.Next(w.spec, obs)
	if err != nil {
		return nil, false, err
	}
	if _, done := step.(promotion.Done); done {
		promote := promotion.Promote{Release: w.spec.Release, Staging: w.spec.Staging, Primary: w.spec.Primary}.Intent()
		if w.Paused(obs) && slices.Contains(w.Bounds, promote) { // who waits for the promotion is not to go on without it
			return nil, false, &promotion.Obstacle{Kind: promotion.NotInRecipe, Found: "let staging bake with " + w.spec.At(obs) + " again, because it has changed"}
		}
		return step, true, nil
	}
	if pause, err := w.Awaits(w.spec.ContentToApprove(obs), promotion.Shown(step)); pause || err != nil {
		return promotion.Done{}, pause, err
	}
	if beyond := w.Bounds.Beyond(promotion.Shown(step)); beyond != "" {
		return nil, false, &promotion.Obstacle{Kind: promotion.NotInRecipe, Found: beyond}
	}
	return step, false, nil
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, obs promotion.Observation, step promotion.Step) error {
	switch s := step.(type) {
	case promotion.Wait:
		return w.pause(ctx)
	case promotion.Snapshot:
		return w.turn(ctx, step, func(promotion.Observation) error {
			s.Entry.Until = promotion.Date(w.until)
			err := w.ledger.Write(ctx, s.Entry)
			w.dated = w.dated || err == nil && !w.until.IsZero()
			return configured.Again(err)
		})
	case promotion.Send:
		return w.write(ctx, step, func() error { return w.p.CloudFront.UpdatePolicy(ctx, w.read.policy, true, w.routing(s.Route)) }, func(sure bool) {
			if sure {
				w.sent, w.sentFrom, w.sending = &s.Route, s.IfMatch, sending{}
			} else {
				w.sending = sending{&s.Route, s.IfMatch}
			}
			w.own = true
			w.spread()
			w.restart()
		})
	case promotion.Withdraw:
		return w.write(ctx, step, func() error { return w.p.CloudFront.UpdatePolicy(ctx, w.read.policy, false, w.resting()) }, func(bool) { w.spread() })
	case promotion.Dress:
		return w.write(ctx, step, func() error { return w.p.CloudFront.UpdatePolicy(ctx, w.read.policy, false, w.resting()) }, func(bool) {})
	case promotion.Promote:
		return w.write(ctx, step, func() error { return w.p.CloudFront.Promote(ctx, w.read.primary, w.read.staging) }, func(sure bool) {
			w.passed = w.spec.Grounds()
			if sure {
				w.promoted, w.from, w.promoting = obs.Staging.Content, s.IfMatch, promoting{}
			} else {
				w.promoting = promoting{obs.Staging.Content, s.IfMatch, w.p.Clock.Now()}
			}
		})
	case promotion.SendBack:
		return w.write(ctx, step, func() error { return w.p.CloudFront.Restore(ctx, w.read.primary, w.spec.WayBack) }, func(bool) { w.sentBack = true })
	case promotion.Invalidate:
		return w.purge.Do(ctx, w.p, w.Log, s, "cdn-staging-promotion")
	case promotion.Verify:
		return w.verify(ctx, s, obs)
	default:
		return fmt.Errorf("no way to do %T", step)
	}
}

// restart begins a bake: of another route, or of another configuration.
func (w *workflow) restart() { w.baking, w.stepped, w.glanced = time.Time{}, true, false }

// silent is how long a policy is given to reach edge locations where nothing shows
// that it is on its way. Runbooks report changes of a policy in about as long.
const silent = 3 * time.Minute

// spread notes that edge locations have yet to learn of the policy.
func (w *workflow) spread() { w.spreading = w.p.Clock.Now().Add(silent) }

// turn waits for a step's turn at the primary, looks once more, and takes it only if the
// decision is still the same. A write carries the ETags of that look.
func (w *workflow) turn(ctx context.Context, step promotion.Step, take func(fresh promotion.Observation) error) error {
	return w.p.CloudFront.Exclusive(ctx, w.spec.Primary, func() error {
		fresh, err := w.look(ctx, w.p.Clock.Now())
		if err != nil {
			return configured.Again(err)
		}
		w.annotate(&fresh)
		if _, err := run.Still(w, fresh, step, cutover.Same); err != nil {
			return err
		}
		if err := w.foresee(ctx, fresh); err != nil {
			return err
		}
		return take(fresh)
	})
}

// write sends a step to CloudFront when its turn has come. made notes what the run has to
// remember of it, also where its answer was lost and it is not sure.
func (w *workflow) write(ctx context.Context, step promotion.Step, send func() error, made func(sure bool)) error {
	return w.turn(ctx, step, func(fresh promotion.Observation) error {
		err := send()
		effect := configured.Effect(err)
		w.Log.Sent(step, w.p.Clock.Now(), effect)
		if effect != run.NoEffect {
			made(effect == run.Made)
		}
		if err == nil {
			return nil
		}
		deploying := !fresh.Primary.Deployed || !fresh.Staging.Deployed
		if deploying && (errors.Is(err, awsapi.ErrRefused) || errors.Is(err, awsapi.ErrStale)) {
			w.refused = true // it may be the deployment CloudFront minds: wait it out before asking again
		}
		return configured.Again(err, configured.While(deploying, awsapi.Deploying))
	})
}

// Limits implements run.Kind.
func (w *workflow) Limits(budget time.Duration) engine.Limits {
	steps := 4*len(w.spec.Routes) + 12 // each route takes a write and a gate, and both again
	return configured.Limits(w.p, budget, steps, map[string]any{"primary": w.spec.Primary, "staging": w.spec.Staging, "purpose": string(w.spec.Purpose)}, show)
}
