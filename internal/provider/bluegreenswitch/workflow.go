package bluegreenswitch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/route53api"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/invalidation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// workflow is the only place where a decision about a switch meets AWS. Beyond
// what AWS shows it knows only what this run itself has done.
type workflow struct {
	latched.Way[model, switchover.Observation]
	p    *configured.Provider
	in   places
	spec switchover.Spec

	gates  gates
	called types.String // what configuration calls the target

	records   configured.RecordWriter
	refused   bool // the target refused a name while it was deploying
	states    map[switchover.When]cutover.Evidence
	reasons   map[switchover.When]string
	about     map[switchover.When]subject // what a gate has been asked about
	ownerless bool                        // who has a name that no side has does not matter
	removing  bool                        // a destroy: what only a cutover needs to know does not matter
	parting   bool                        // a destroy that may have to end a move between accounts
	lenient   bool                        // nothing will be written: not being allowed to know is no obstacle
	glancing  bool                        // answers that others share will do: what they say is compared with state, and decides nothing
	sharing   bool                        // the same of records and what guards a zone, which no list shows too late
	caught    map[string][]string         // what the wildcards would catch; read once
	purge     invalidation.Run            // the invalidation of the run
	foreseen  bool                        // what the gates will ask has been asked
	asked     bool                        // what the way will ask has been asked
	silence   int                         // how many questions about owners got no answer
	names     switchover.Memory           // of who had them
	dark      map[cutover.Side]bool       // sides that this run has disabled, or one that died before it
	proofs    map[string][]string         // what the switch has added to TXT records, by name
	proven    time.Time                   // when the last of them was made, or first refused
	tried     map[string]bool             // names that AWS has refused only because their source is enabled
	alone     bool                        // AWS may take a proof only if it is the one value of its record
	start     switchover.Start
	trail     *run.Trail[recordKey]
	failing   identity.Identity // what the target had when a way back from it was found
	latest    switchover.Observation
	seen      map[string]cloudfrontapi.Distribution // as this run read them last, by id
	recalled  bool                                  // what it goes by is latest, as it cannot look
}

// recordKey is what a record set answers for.
type recordKey struct{ name, typ string }

func newWorkflow(p *configured.Provider, in places, spec switchover.Spec) *workflow {
	w := &workflow{
		trail: &run.Trail[recordKey]{},
		p:     p, in: in, spec: spec, names: switchover.NewMemory(),
		dark: map[cutover.Side]bool{}, proofs: map[string][]string{}, tried: map[string]bool{},
		seen:   map[string]cloudfrontapi.Distribution{},
		states: map[switchover.When]cutover.Evidence{}, reasons: map[switchover.When]string{}, about: map[switchover.When]subject{},
	}
	w.Log = run.NewJournal(p.Clock)
	return w
}

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (switchover.Observation, error) {
	obs, err := w.observe(ctx)
	w.recalled = err != nil && w.bereft(ctx, err)
	if w.recalled {
		return w.latest, nil
	}
	return obs, err
}

// Recalled implements run.Recaller.
func (w *workflow) Recalled() bool { return w.recalled }

// bereft says whether a look that failed with err is no reason to stand still: this run has
// taken a name off a side, and nobody has been given it yet. All that is left to do for it
// is to give it to the target, on condition that the target is as it was seen last; AWS
// refuses that by itself where somebody has the name after all.
func (w *workflow) bereft(ctx context.Context, err error) bool {
	if ctx.Err() != nil || errors.Is(err, awsapi.ErrCredentials) {
		return false
	}
	return slices.ContainsFunc(w.spec.Names, func(name string) bool { return w.names.Released[name] && w.latest.Owner(w.spec, name) == "" })
}

// let notes that names were taken off a side, as the look that justified that showed it.
func (w *workflow) let(obs switchover.Observation, step switchover.Release) {
	w.latest = obs
	for side, d := range obs.Sides {
		if d.ID == step.From {
			d.Aliases = slices.DeleteFunc(slices.Clone(d.Aliases), func(name string) bool { return slices.Contains(step.Names, name) })
			w.latest.Sides[side] = d
		}
	}
}

// gave notes that the target was given names: without a look that is all there is to go by.
func (w *workflow) gave(step switchover.Claim) {
	if d, ok := w.latest.Sides[w.spec.Live]; ok && d.ID == step.To {
		d.Aliases = append(slices.Clone(d.Aliases), step.Names...)
		w.latest.Sides[w.spec.Live] = d
	}
}

func (w *workflow) observe(ctx context.Context) (switchover.Observation, error) {
	// A poll may share the answer to another resource's poll; a write looks again.
	obs, err := w.look(ctx, w.p.Clock.Now().Add(-w.p.Poll/2))
	if err != nil {
		return obs, configured.Again(err)
	}
	if err := w.records.Look(ctx, w.p, w.zone); err != nil {
		return obs, configured.Again(err)
	}
	if err := w.purge.Look(ctx, w.at(w.spec.Live)); err != nil {
		return obs, configured.Again(err)
	}
	obs.Pending = w.records.Spread.Pending()
	if w.start.Found == nil {
		w.start.Found = &obs
		w.assumeCached(obs)
		w.assumeSpreading(obs)
		obs.Proven = w.proofs
		for side := range w.spec.Sides {
			w.dark[side] = w.dark[side] || obs.Unfinished(side)
		}
	}
	w.annotate(&obs)
	w.latest = obs
	return obs, nil
}

// Look implements run.Looker.
func (w *workflow) Look(ctx context.Context) (switchover.Observation, error) {
	w.recalled = false
	return w.look(ctx, w.p.Clock.Now())
}

// A subject is what evidence is about: the configuration of a side, without interruption.
type subject struct {
	fingerprint, etag string
	aliases           []string
}

func subjectOf(d switchover.Distribution) subject { return subject{d.Fingerprint, d.ETag, d.Aliases} }

// still says whether a side is what evidence is about, and restored whether it was another
// one meanwhile. Names that come and go change its ETag too, and prove nothing else of it.
func (s subject) still(now subject) (same, restored bool) {
	restored = s.fingerprint == now.fingerprint && s.etag != now.etag && slices.Equal(s.aliases, now.aliases)
	return s.fingerprint == now.fingerprint && !restored, restored
}

// annotate adds what this run knows. Evidence is about the configuration it was
// gathered from: when somebody deploys another one, the gate has to be asked again, also
// if the one of before is back by the time of the next look.
func (w *workflow) annotate(obs *switchover.Observation) {
	now := subjectOf(obs.Sides[w.spec.Live])
	for when, was := range w.about {
		same, restored := was.still(now)
		if restored {
			w.Log.Note(fmt.Sprintf("%s was changed meanwhile, and has the same again: the evidence about it does not count", w.spec.Live))
		}
		if w.about[when] = now; !same {
			delete(w.states, when)
			delete(w.about, when)
		}
	}
	obs.MoveRefused, obs.TakenBack, obs.Diverted = w.refused, w.names.Look(w.spec, *obs), w.diverted(*obs)
	obs.Unheard, obs.Cached = w.records.Spread.Unheard(w.p.Clock.Now()), w.records.Spread.Cached(w.p.Clock.Now())
	obs.Moved, obs.Invalidation = w.start.Found != nil && (w.start.Found.Misplaced(w.spec) || w.start.Found.MovedLately(w.spec)), w.purge.State()
	obs.Darkened, obs.Proven, obs.Tried, obs.Alone = w.dark, w.proofs, w.tried, w.alone
	obs.Before, obs.After = w.states[switchover.BeforeMove], w.states[switchover.AfterMove]
}

// diverted describes, by name, the records that lead out of CloudFront since somebody
// pointed them there during the run.
func (w *workflow) diverted(obs switchover.Observation) map[string]string {
	out := map[string]string{}
	for _, name := range w.spec.Names {
		for _, typ := range []string{"A", "AAAA", "CNAME", "HTTPS"} {
			elsewhere := ""
			for _, r := range obs.Records[name] {
				if r.Type == typ && r.Routing == "" && r.Leaves() {
					elsewhere = r.Describe()
				}
			}
			if !w.trail.Diverted(recordKey{name, typ}, elsewhere, obs.Pending) {
				continue
			}
			if out[name] != "" {
				out[name] += "\n  "
			}
			out[name] += elsewhere
		}
	}
	return out
}

// look reads everything a decision depends on.
func (w *workflow) look(ctx context.Context, since time.Time) (switchover.Observation, error) {
	obs := switchover.Observation{Seen: switchover.Seen{Records: map[string][]switchover.Record{}, Beside: map[string][]string{}, ZoneNames: map[string]string{}, Guards: map[string]cutover.Guard{}}}
	if err := w.lookAtSides(ctx, &obs, since); err != nil {
		return obs, err
	}
	for _, z := range w.spec.Zones {
		domain, err := w.zone(z.ID).Route53.Zone(ctx, z.ID)
		if err != nil && len(w.in) > 1 {
			if obs.Unreached == nil {
				obs.Unreached = map[string]switchover.Unreached{}
			}
			if obs.Unreached[z.ID], err = w.unreached(ctx, z, err); err != nil {
				return obs, err
			}
			obs.ZoneNames[z.ID] = ""
			continue
		}
		if err != nil && !errors.Is(err, awsapi.ErrNotFound) {
			return obs, err
		}
		obs.ZoneNames[z.ID] = domain // "" for a zone that is not there
		if domain != z.Domain {
			continue
		}
		private, err := w.zone(z.ID).Route53.Private(ctx, z.ID)
		if err != nil {
			return obs, err
		}
		if private {
			obs.Private = append(obs.Private, z.Domain)
		}
	}
	if err := w.lookAtRecords(ctx, &obs); err != nil {
		return obs, err
	}
	if err := w.lookAtProofs(ctx, &obs); err != nil {
		return obs, err
	}
	if err := w.lookAtGuards(ctx, &obs); err != nil {
		return obs, err
	}
	if err := w.lookForCuts(ctx, &obs); err != nil {
		return obs, err
	}
	return obs, w.lookUnderWildcards(ctx, &obs)
}

// lookAtGuards asks what keeps Route 53 from changing the records: a run as long as it
// has any to change, and a refresh in any case, because of the plan that follows it.
func (w *workflow) lookAtGuards(ctx context.Context, obs *switchover.Observation) error {
	if w.removing || !w.lenient && !obs.Writes(w.spec) {
		return nil
	}
	for _, z := range w.spec.Zones {
		if obs.ZoneNames[z.ID] != z.Domain {
			continue
		}
		guard, err := w.guard(ctx, z.ID)
		if err != nil {
			return err
		}
		obs.Guards[z.ID] = guard
	}
	return nil
}

// lately is how long after a write a create that finds nothing to move still counts as the
// rest of a cutover that died: somebody applies again within the day.
const lately = 24 * time.Hour

func (w *workflow) guard(ctx context.Context, zone string) (cutover.Guard, error) {
	if w.sharing {
		return w.zone(zone).SharedGuard(ctx, zone)
	}
	return w.records.Guard.Look(ctx, w.zone(zone), zone)
}

// lookAtRecords reads the records of all names, those of a zone together: a look at fifty names
// that asked for each would take longer than the move that it precedes.
func (w *workflow) lookAtRecords(ctx context.Context, obs *switchover.Observation) error {
	of := map[string][]string{} // names by zone id
	for _, name := range w.spec.Names {
		zone, ok := w.spec.ZoneOf(name)
		if !ok || obs.ZoneNames[zone.ID] != zone.Domain {
			continue // the wrong zone is an obstacle, and its records are none of our business
		}
		of[zone.ID] = append(of[zone.ID], name)
	}
	for _, zone := range slices.Sorted(maps.Keys(of)) {
		records, err := w.recordsOf(ctx, zone, of[zone])
		if err != nil {
			return err
		}
		for _, name := range of[zone] {
			for _, found := range records[name] {
				if r := recordOf(found); r != nil {
					obs.Records[name] = append(obs.Records[name], *r)
				} else {
					obs.Beside[name] = append(obs.Beside[name], found.Type)
				}
			}
		}
	}
	return nil
}

// recordsOf lists the records of names of a zone.
func (w *workflow) recordsOf(ctx context.Context, zone string, names []string) (map[string][]route53api.Record, error) {
	if w.sharing {
		return w.zone(zone).Route53.SharedRecords(ctx, zone, names)
	}
	return w.zone(zone).Route53.RecordsOf(ctx, zone, names)
}

// lookAtSides reads the distributions, and asks who has the names that none of them has.
func (w *workflow) lookAtSides(ctx context.Context, obs *switchover.Observation, since time.Time) error {
	obs.Sides, obs.Elsewhere, obs.Unasked = map[cutover.Side]switchover.Distribution{}, map[string]string{}, map[string]string{}
	for _, side := range slices.Sorted(maps.Keys(w.spec.Sides)) {
		if err := w.lookAtSide(ctx, obs, side, since); err != nil {
			return err
		}
	}
	for _, side := range slices.Sorted(maps.Keys(obs.Sides)) {
		if err := w.lookAtCertificate(ctx, obs, side); err != nil {
			return err
		}
	}
	if w.removing {
		return w.lookForViewers(ctx, obs, since)
	}
	asking := w.spec.Target()
	if _, ok := obs.Sides[w.spec.Live]; !ok { // nothing will be done, but who has the names can still be asked
		asking = ""
		for _, side := range slices.Sorted(maps.Keys(obs.Sides)) {
			asking = obs.Sides[side].ID
		}
	}
	if asking == "" && !w.ownerless {
		for _, name := range w.spec.Names {
			obs.Unasked[name] = noAsker
		}
	}
	if asking == "" || w.ownerless {
		return nil
	}
	obs.Asking = asking
	for _, name := range w.wanted(obs) {
		if obs.Owner(w.spec, name) != "" {
			continue
		}
		owner, err := w.of(asking).CloudFront.Owner(ctx, asking, name)
		if err != nil && w.unanswered(ctx, name, err) {
			obs.Unasked[name] = awsapi.Brief(err)
			continue
		}
		if err != nil {
			return err
		}
		if owner != "" {
			obs.Elsewhere[name] = w.unmask(obs, owner)
		}
	}
	return nil
}

// lookAtSide reads one distribution; one that is not there is no side of what is seen.
func (w *workflow) lookAtSide(ctx context.Context, obs *switchover.Observation, side cutover.Side, since time.Time) error {
	var d cloudfrontapi.Distribution
	var err error
	if w.glancing {
		d.Summary, err = w.at(side).CloudFront.SharedSummary(ctx, w.spec.Sides[side])
	} else {
		d, err = w.at(side).CloudFront.Distribution(ctx, w.spec.Sides[side], since)
	}
	if errors.Is(err, awsapi.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !w.glancing {
		w.seen[d.ID] = d
	}
	obs.Sides[side] = switchover.Distribution{
		ID: d.ID, Domain: d.Domain, ETag: d.ETag, Deployed: d.Deployed, Settling: d.Settling, Enabled: d.Enabled,
		Staging: d.Staging, IPv6: d.IPv6, Aliases: d.Aliases, Fingerprint: d.Fingerprint, DefaultCert: d.DefaultCertificate,
		UnknownHash: d.UnknownHash, Version: d.Version, Unknown: d.Unknown(), Recent: w.spec.Adopting && w.p.Clock.Now().Sub(d.Modified()) < lately,
		CertificateARN: d.CertificateARN,
	}
	return nil
}

// unanswered says whether a run goes on without knowing who has a name. It has to where
// the answer will not come: a name that lost its owner on the way, perhaps by a run that
// died, is to be served again, and a refresh is to show what can be seen.
func (w *workflow) unanswered(ctx context.Context, name string, err error) bool {
	switch {
	case ctx.Err() != nil, errors.Is(err, awsapi.ErrCredentials):
		return false
	case w.lenient, w.names.Released[name]:
		return true
	case awsapi.Transient(err):
		w.silence++
		return !w.spec.Adopting && w.silence > maxSilence
	default: // denied, not served; or refused, as where the certificate does not cover the name
		return true
	}
}

// maxSilence is how many questions about owners may go without an answer in a run.
const maxSilence = 3

// askAhead asks, before the first write, what the way and the way back will ask once
// there is no standing still: who has a name that is taken off its side, and how far the
// name servers are. Where a name has no owner already, it is served first.
func (w *workflow) askAhead(ctx context.Context, obs switchover.Observation) error {
	ownerless := func(name string) bool { return obs.Owner(w.spec, name) == "" }
	if w.asked || w.Log.Any() || w.spec.RollingBack || slices.ContainsFunc(w.spec.Names, ownerless) {
		return nil
	}
	if w.spec.Method == switchover.RemoveAndAdd || w.spec.Method == switchover.WildcardOverlap {
		for _, name := range w.spec.Names {
			if obs.Owner(w.spec, name) == w.spec.Target() {
				continue
			}
			if _, err := w.at(w.spec.Live).CloudFront.Owner(ctx, w.spec.Target(), name); awsapi.Transient(err) || ctx.Err() != nil || errors.Is(err, awsapi.ErrCredentials) {
				return configured.Again(err)
			} else if err != nil {
				return &switchover.Obstacle{Kind: switchover.OwnerUnknown, Side: w.spec.Live, Name: name, Found: awsapi.Brief(err)}
			}
		}
	}
	for _, z := range w.spec.Zones {
		if err := w.zone(z.ID).Route53.Followable(ctx); err != nil {
			return configured.Again(err)
		}
	}
	w.asked = true
	return nil
}

// wanted lists the names whose owner matters: those that are to move, and while
// one of them has yet to, the wildcards that serve them on their way.
func (w *workflow) wanted(obs *switchover.Observation) []string {
	covers := w.spec.Wildcards()
	if len(covers) == 0 || !slices.ContainsFunc(w.spec.Names, func(n string) bool { return obs.Owner(w.spec, n) != w.spec.Target() }) {
		return w.spec.Names
	}
	return slices.Concat(w.spec.Names, covers)
}

// lookAtCertificate reads what a side's certificate covers, if a name is not on it, or may
// have to come back to it under a wildcard, and we may. Otherwise AWS has the last word. Every side is asked, because a plan
// that follows a refresh warns about a target the refresh did not know of.
func (w *workflow) lookAtCertificate(ctx context.Context, obs *switchover.Observation, side cutover.Side) error {
	seen := obs.Sides[side]
	missing := slices.ContainsFunc(w.spec.Names, func(name string) bool { return !seen.Owns(name) })
	back := side != w.spec.Live && len(w.spec.Wildcards()) > 0
	if !missing && !back || seen.CertificateARN == "" || w.removing {
		return nil
	}
	if w.glancing && w.vouched(obs, seen.CertificateARN) {
		return nil
	}
	read, err := w.at(side).ACM.Certificate(ctx, seen.CertificateARN)
	switch {
	case err == nil:
		seen.Certificate = read.Names
		switch now := w.p.Clock.Now(); {
		case read.Status != "ISSUED":
			seen.Invalid = "ACM says that it is " + read.Status
		case !read.NotAfter.IsZero() && !now.Before(read.NotAfter):
			seen.Invalid = "it was valid until " + read.NotAfter.UTC().Format("2 January 2006")
		}
		obs.Sides[side] = seen
	case ctx.Err() != nil:
		return ctx.Err()
	case w.start.Found == nil && !w.lenient && awsapi.Transient(err) && !errors.Is(err, awsapi.ErrUnreachable):
		return err // it says nothing about the certificate; not to be allowed to ask does
	}
	return nil
}

// vouched says whether a side with this certificate has every name. CloudFront gives no
// distribution a name that its certificate does not cover, and what serves the names now is
// no less valid on another side.
func (w *workflow) vouched(obs *switchover.Observation, certificate string) bool {
	for _, side := range obs.Sides {
		if side.CertificateARN == certificate && !slices.ContainsFunc(w.spec.Names, func(name string) bool { return !side.Owns(name) }) {
			return true
		}
	}
	return false
}

func recordOf(r route53api.Record) *switchover.Record {
	out := &switchover.Record{
		Name: r.Name, Type: r.Type, Target: r.AliasTarget, AliasZone: r.AliasZone, Evaluate: r.Evaluate,
		TTL: r.TTL, Values: r.Values, Routing: r.Routing,
	}
	switch r.Type {
	case "CNAME":
		if len(r.Values) == 1 {
			out.Target = strings.ToLower(strings.TrimSuffix(r.Values[0], "."))
		}
	case "HTTPS":
		if !slices.ContainsFunc(r.Values, func(v string) bool { f := strings.Fields(v); return len(f) < 2 || f[1] != "." }) && r.AliasZone == "" {
			return nil // it says how to speak to the name itself, whoever serves it
		}
	case "A", "AAAA":
	default:
		return nil // TXT, MX and the like live beside us
	}
	if r.HealthCheckID != "" && out.Routing == "" {
		out.Routing = "health-checked"
	}
	return out
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs switchover.Observation) (switchover.Step, bool, error) {
	step, err := switchover.Next(w.spec, obs)
	if err != nil {
		return nil, false, err
	}
	intents := switchover.Intents(step)
	if pause, err := w.Awaits(obs.ContentToApprove(w.spec), intents...); pause || err != nil {
		lit := switchover.Relight(w.spec, obs)
		if lit == nil || configured.Cause(err) == cutover.Lapsed { // of which the way back takes care
			return switchover.Done{}, pause, err
		}
		step, intents = lit, switchover.Intents(lit)
		w.Unpause()
	}
	if beyond := w.Bounds.Beyond(intents...); beyond != "" {
		return nil, false, &switchover.Obstacle{Kind: switchover.NotInRecipe, Found: beyond}
	}
	_, done := step.(switchover.Done)
	return step, done, nil
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, obs switchover.Observation, step switchover.Step) error {
	switch step.(type) {
	case switchover.Move, switchover.Claim, switchover.Release, switchover.Point, switchover.Retime, switchover.Prove, switchover.Disable:
		if err := w.foresee(ctx, obs); err != nil {
			return err
		}
	}
	switch s := step.(type) {
	case switchover.Wait:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	case switchover.Move:
		return w.relocate(ctx, obs, step, s.To, func(to cloudfrontapi.Distribution) error {
			if s.Method == switchover.AssociateAlias {
				return w.of(s.To).CloudFront.AssociateAlias(ctx, s.Name, to)
			}
			return w.of(s.To).CloudFront.MoveDomain(ctx, s.Name, to)
		})
	case switchover.Claim:
		return w.relocate(ctx, obs, step, s.To, func(to cloudfrontapi.Distribution) error {
			return w.of(s.To).CloudFront.AddAliases(ctx, to, s.Names...)
		})
	case switchover.Release:
		return w.relocate(ctx, obs, step, s.From, func(from cloudfrontapi.Distribution) error {
			return w.of(s.From).CloudFront.RemoveAliases(ctx, from, s.Names...)
		})
	case switchover.Point:
		if err := w.askAhead(ctx, obs); err != nil {
			return err
		}
		return w.point(ctx, s, s.Zone, s.Changes, fmt.Sprintf("cutover to %s (%s)", s.Side, s.To))
	case switchover.Retime:
		if err := w.askAhead(ctx, obs); err != nil {
			return err
		}
		return w.point(ctx, s, s.Zone, s.Changes, s.String())
	case switchover.Prove:
		if err := w.askAhead(ctx, obs); err != nil {
			return err
		}
		return w.prove(ctx, s)
	case switchover.Disable:
		return w.able(ctx, obs, step, s.Side, s.ID, false)
	case switchover.Enable:
		return w.able(ctx, obs, step, s.Side, s.ID, true)
	case switchover.Invalidate:
		return w.purge.Do(ctx, w.at(w.spec.Live), w.Log, s, "cdn-bluegreen-switch")
	case switchover.Verify:
		return w.verify(ctx, s, obs)
	default:
		return fmt.Errorf("no way to do %T", step)
	}
}

// relocate changes which distribution has a name. It waits for its turn at the
// distribution it writes to, looks once more, and writes only if the decision is
// still the same.
func (w *workflow) relocate(ctx context.Context, obs switchover.Observation, step switchover.Step, id string, write func(cloudfrontapi.Distribution) error) error {
	return w.of(id).CloudFront.Exclusive(ctx, id, func() error {
		fresh, to, err := w.again(ctx, obs, step, id)
		if err != nil {
			return err
		}
		if err := w.askAhead(ctx, fresh); err != nil {
			return err
		}
		if r, ok := step.(switchover.Release); ok {
			for _, name := range r.Names {
				w.names.Released[name] = true
			}
		}
		err = write(to)
		effect := configured.Effect(err)
		w.Log.Sent(step, w.p.Clock.Now(), effect)
		if r, ok := step.(switchover.Release); ok && effect != run.NoEffect {
			w.let(fresh, r)
		}
		if c, ok := step.(switchover.Claim); ok && effect == run.Made {
			w.gave(c)
		}
		if err == nil {
			return w.sent(step, effect, nil)
		}
		move, moving := step.(switchover.Move)
		if moving && w.answered(move, err) {
			return nil
		}
		if !to.Deployed && (errors.Is(err, awsapi.ErrStale) || errors.Is(err, awsapi.ErrRefused)) {
			w.refused = true // it may be the deployment AWS minds: wait it out before asking again
		}
		_, claim := step.(switchover.Claim)
		known := []awsapi.Circumstance{
			configured.While(!to.Deployed, awsapi.Deploying),
			configured.While(claim && (len(w.spec.Zones) > 0 || w.Log.Any()), awsapi.RecordChanged),
		}
		if moving {
			known = append(known, w.mending(fresh, move.From, err)...)
		}
		return w.sent(step, effect, configured.Again(err, known...))
	})
}

// again looks once more before a step is taken, and returns the distribution it writes to.
func (w *workflow) again(ctx context.Context, obs switchover.Observation, step switchover.Step, id string) (fresh switchover.Observation, to cloudfrontapi.Distribution, err error) {
	now := w.p.Clock.Now()
	fresh = obs
	if err = w.lookAtSides(ctx, &fresh, now); err == nil {
		w.annotate(&fresh)
		if step, err = run.Still(w, fresh, step, switchover.Same); err != nil {
			return fresh, to, err
		}
		to, err = w.of(id).CloudFront.Distribution(ctx, id, now)
	}
	if _, claim := step.(switchover.Claim); err != nil && claim && w.bereft(ctx, err) {
		fresh, to, err = obs, w.seen[id], nil
	}
	if err != nil {
		return fresh, to, configured.Again(err)
	}
	if _, etag := switchover.Condition(step); to.ETag != etag {
		return fresh, to, engine.ErrAgain // it changed since the look that justified the step
	}
	return fresh, to, nil
}

func (w *workflow) point(ctx context.Context, step switchover.Step, zone switchover.Zone, changes []switchover.Repoint, comment string) error {
	return w.write(ctx, step, zone, changes, comment, func(run.Effect) {})
}

// write changes records of one zone in one batch, and tells what became of it.
func (w *workflow) write(ctx context.Context, step switchover.Step, zone switchover.Zone, changes []switchover.Repoint, comment string, tell func(run.Effect)) error {
	var del, add []route53api.Record
	for _, c := range changes {
		for _, r := range c.Delete {
			del = append(del, apiRecord(r))
		}
		for _, r := range c.Add {
			add = append(add, apiRecord(r))
		}
	}
	effect, err := w.records.Write(ctx, w.zone(zone.ID), w.Log, step, zone.ID, comment, del, add, held(step, del))
	tell(effect)
	return w.sent(step, effect, err)
}

// held is how long resolvers keep what a step replaces, as far as that is waited for.
func held(step switchover.Step, del []route53api.Record) time.Duration {
	var out time.Duration
	if s, ok := step.(switchover.Retime); ok && s.Lower {
		for _, r := range del {
			out = max(out, time.Duration(r.TTL)*time.Second)
		}
	}
	return out
}

func apiRecord(r switchover.Record) route53api.Record {
	return route53api.Record{
		Name: r.Name, Type: r.Type, TTL: r.TTL, Values: r.Values,
		AliasZone: r.AliasZone, AliasTarget: aliasTarget(r), Evaluate: r.Evaluate,
	}
}

func aliasTarget(r switchover.Record) string {
	if r.Alias() {
		return r.Target
	}
	return ""
}

func (w *workflow) verify(ctx context.Context, s switchover.Verify, obs switchover.Observation) error {
	from := w.start.CameFrom(w.spec)
	g, hold := w.gates.afterMove(s.Side, from, w.spec.Names, w.Log.Began, obs), w.spec.Bake
	if s.When == switchover.BeforeMove {
		g, hold = w.gates.beforeMove(s.Side, from, obs), 0
	}
	shown, why, err := w.Log.Ask(ctx, w.p.Watcher(), s, *g, hold)
	if err == nil {
		w.states[s.When], w.reasons[s.When], w.about[s.When] = shown, why, subjectOf(obs.Sides[s.Side])
	}
	return err
}

// foresee asks, before the first write, what the gates are going to ask: those of the
// target, and the one of the side that viewers would go back to. Once the target has a
// name it is too late for that: an alarm may be in alarm because of it.
func (w *workflow) foresee(ctx context.Context, obs switchover.Observation) error {
	if w.foreseen || w.spec.RollingBack || w.latest.Reached(w.spec) {
		return nil
	}
	live, from := w.spec.Live, w.start.CameFrom(w.spec)
	flaw, err := run.Foresee(ctx, w.p.Watcher(),
		w.gates.beforeMove(live, from, obs), w.gates.afterMove(live, from, w.spec.Names, w.Log.Began, obs), w.gates.beforeReturn(from, live, obs))
	if err != nil {
		return configured.Again(err)
	}
	if flaw != nil {
		return &switchover.Obstacle{Kind: switchover.Kind(flaw.Flaw), Found: flaw.Found}
	}
	w.foreseen = true
	return nil
}

// sent takes note of a write, with what became of it and the error to go on with. What was
// proven under traffic was proven of names and records as they were: once one of them has
// moved again, or may have, the gate is asked again.
func (w *workflow) sent(step switchover.Step, effect run.Effect, err error) error {
	if effect != run.NoEffect && moves(step) {
		delete(w.states, switchover.AfterMove)
		delete(w.about, switchover.AfterMove)
	}
	if s, ok := step.(switchover.Retime); ok && s.Lower && effect != run.NoEffect { // waiting it out takes so long that the evidence is no news any more
		delete(w.states, switchover.BeforeMove)
		delete(w.about, switchover.BeforeMove)
	}
	return err
}

// moves says whether a step changes who serves a name, or where its records point.
// Putting wildcards away does not.
func moves(step switchover.Step) bool {
	switch s := step.(type) {
	case switchover.Move, switchover.Point:
		return true
	case switchover.Claim:
		return !s.Net
	case switchover.Release:
		return s.To != ""
	default:
		return false
	}
}

// Limits implements run.Kind.
func (w *workflow) Limits(budget time.Duration) engine.Limits {
	// Each name may take a move, a record and a second try; the gates come on top.
	steps := 8*len(w.spec.Names) + 4*len(w.spec.Wildcards()) + 3*len(w.spec.Sides) + 2*len(w.spec.Zones) + 10
	return configured.Limits(w.p, budget, steps, map[string]any{"live": string(w.spec.Live), "distribution_id": w.spec.Target()}, show)
}
