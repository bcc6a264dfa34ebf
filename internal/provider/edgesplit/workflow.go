package edgesplit

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/kvsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/split"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/edgefunction"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/latched"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/verification"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// workflow is the only place where a decision about a split meets AWS. Beyond what AWS shows it
// knows only what this run itself has done.
type workflow struct {
	latched.Way[model, split.Observation]
	p        *configured.Provider
	spec     split.Spec
	config   edgefunction.Config
	spreads  time.Duration // how long a table is given to arrive
	secret   string        // that testers write
	gate     *verification.Spec
	markers  verification.Markers
	past     past
	recent   time.Time          // answers of then or later will do; zero: of half a poll
	first    *split.Observation // what the run found
	evidence map[string]cutover.Evidence
	reasons  map[string]string
	foreseen bool // what the gate will ask has been asked

	tried     map[string]bool // functions, by name, that have answered every kind of event
	founded   bool            // this run has made the store
	made      bool
	stepped   bool
	steppedAt time.Time
	arrives   time.Time             // when the last table of this run has had its time
	known     split.Table           // as this run has found or written it
	asked     map[int64]split.Table // that it has asked for, by generation: whether they were written may be open

	own   []string // ARNs of the functions that were made for the split and not deleted, whatever their code
	code  map[split.Role][]byte
	value kvsapi.Value // as this run read it last
	store cloudfrontapi.Store
	hosts []string // by which viewers ask, as this run saw them last
	// order are the path patterns of each host, in their order, and functioning those whose
	// behaviours run the functions.
	order       map[string][]behavior.Pattern
	functioning map[string][]behavior.Pattern
}

func newWorkflow(p *configured.Provider, spec split.Spec, config edgefunction.Config) *workflow {
	w := &workflow{p: p, spec: spec, config: config, evidence: map[string]cutover.Evidence{}, reasons: map[string]string{}, tried: map[string]bool{}, asked: map[int64]split.Table{}}
	w.Log = run.NewJournal(p.Clock)
	return w
}

// mark is the comment of what a split has made.
func mark(name string) string { return "terraform-provider-cdn: edge split " + name }

// Observe implements engine.Workflow.
func (w *workflow) Observe(ctx context.Context) (split.Observation, error) {
	obs, err := w.look(ctx)
	if err != nil {
		return obs, configured.Again(err)
	}
	if w.first == nil {
		w.first = &obs
		w.begin(obs)
	}
	return w.annotate(obs), nil
}

// begin reckons with what was before this run.
func (w *workflow) begin(obs split.Observation) {
	now := obs.Weights(w.spec)
	w.known = obs.Table
	w.known.Weights = now
	if w.past.proven != nil && w.past.proven.Same(now) {
		w.evidence[now.String()] = cutover.Healthy
	}
	if w.past.unfinished && obs.Table.Generation > 0 { // when it was written nobody knows
		w.arrives = w.p.Clock.Now().Add(w.spreads)
		w.stepped = w.spec.PerApply && w.spec.Rung(now)
	}
}

// annotate adds what this run knows.
func (w *workflow) annotate(obs split.Observation) split.Observation {
	for role, f := range obs.Functions {
		f.Tried = w.tried[f.Name]
		obs.Functions[role] = f
	}
	obs.Spreading = w.p.Clock.Now().Before(w.arrives)
	obs.Stepped, obs.Made, obs.Evidence = w.stepped, w.made, w.evidence
	obs.Taken = w.taken(obs)
	if w.past.store == obs.Store {
		obs.Last = w.past.settled
	}
	if w.Bounds.Beyond(split.Remove{}.Intent()) != "" { // what a way back has left unused waits for a plan that shows its end
		obs.Old = nil
	}
	goal := w.first.Weights(w.spec)
	obs.Down = !slices.ContainsFunc(w.spec.Sides, func(side cutover.Side) bool { return side != w.spec.Safe && w.spec.Goal[side] > goal[side] }) && !w.spec.Goal.Same(goal)
	return obs
}

// taken says whether somebody else has moved viewers by the table. Who writes it by hand may leave the
// generation as it is; an older one is an old answer.
func (w *workflow) taken(obs split.Observation) bool {
	is := func(t split.Table) bool { return obs.Weights(w.spec).Same(t.Weights) && obs.Table.Killed == t.Killed }
	if t, ok := w.asked[obs.Table.Generation]; ok && is(t) {
		w.known = t
	}
	return obs.Table.Generation > 0 && obs.Table.Generation >= w.known.Generation && !is(w.known)
}

// Look implements run.Looker.
func (w *workflow) Look(ctx context.Context) (split.Observation, error) {
	obs, err := w.look(ctx)
	obs.Spreading = w.p.Clock.Now().Before(w.arrives)
	return obs, err
}

// look reads everything a decision depends on.
func (w *workflow) look(ctx context.Context) (split.Observation, error) {
	obs := split.Observation{Seen: split.Seen{Functions: map[split.Role]split.Function{}}}
	if err := w.lookAtStore(ctx, &obs); err != nil {
		return obs, err
	}
	if err := w.lookAtSite(ctx, &obs); err != nil {
		return obs, err
	}
	if err := w.lookAtFunctions(ctx, &obs); err != nil {
		return obs, err
	}
	if w.spec.Attach == nil && obs.Store != "" && !w.spec.Creating {
		if err := w.lookAtUsers(ctx, &obs); err != nil {
			return obs, err
		}
	}
	return obs, nil
}

// since is from when on an answer about a distribution will do.
func (w *workflow) since() time.Time {
	if w.recent.IsZero() {
		return w.p.Clock.Now().Add(-w.p.Poll / 2)
	}
	return w.recent
}

func (w *workflow) lookAtStore(ctx context.Context, obs *split.Observation) error {
	store, err := w.p.CloudFront.Store(ctx, w.spec.Name)
	switch {
	case errors.Is(err, awsapi.ErrNotFound):
		w.store, w.value = cloudfrontapi.Store{}, kvsapi.Value{}
		return nil
	case err != nil:
		return err
	case store.Comment != mark(w.spec.Name):
		obs.Stranger = fmt.Sprintf("%s, with the comment %q", store.ARN, store.Comment)
		return nil
	}
	w.store = store
	if obs.Store, obs.Ready = store.ARN, store.Ready; !store.Ready {
		return nil
	}
	if w.value, err = w.p.KVS.Get(ctx, store.ARN, edgefunction.Key); err != nil {
		return err
	}
	if !w.value.Exists {
		return nil
	}
	t, err := edgefunction.ParseTable(w.value.Text)
	if err != nil { // the functions do not follow it either
		return nil //nolint:nilerr // to them there is no table
	}
	obs.Table = split.Table{Generation: t.Generation, Weights: split.Weights{}, Override: t.Override, Killed: t.Killed}
	for side, n := range t.Weights {
		if n > 0 {
			obs.Table.Weights[cutover.Side(side)] = n
		}
	}
	return nil
}

func (w *workflow) lookAtFunctions(ctx context.Context, obs *split.Observation) error {
	if obs.Store == "" {
		return nil
	}
	w.config.MACKey = key(obs.Store)
	code, name, err := names(w.spec, w.config, obs.Store)
	if err != nil {
		return err
	}
	w.code = code
	all, err := w.p.CloudFront.Functions(ctx, w.spec.Name+"-")
	if err != nil {
		return err
	}
	for _, role := range split.Roles() { // whosever they are
		f := split.Function{Name: name[role]}
		if slices.ContainsFunc(all, func(is cloudfrontapi.EdgeFunction) bool { return is.Name == f.Name }) {
			if f, err = w.lookAtFunction(ctx, role, f.Name, obs.Store); err != nil {
				return err
			}
		}
		obs.Functions[role] = f
	}
	attached := map[string]bool{}
	for _, b := range obs.Site.Behaviors {
		for _, arn := range b.Functions {
			attached[arn] = true
		}
	}
	w.own = nil
	for _, f := range all {
		if w.ours(f) {
			w.own = append(w.own, f.ARN)
		}
		if w.ours(f) && f.Name != name[split.Request] && f.Name != name[split.Response] && !f.Used && !attached[f.ARN] {
			obs.Old = append(obs.Old, f.Name)
		}
	}
	return nil
}

// ours says whether a function was made for the split, whatever its code.
func (w *workflow) ours(f cloudfrontapi.EdgeFunction) bool {
	return f.Comment == mark(w.spec.Name) && slices.ContainsFunc(split.Roles(), func(r split.Role) bool { return split.OfSplit(w.spec.Name, r, f.ARN) })
}

// lookAtFunction looks whether a function is what its name says.
func (w *workflow) lookAtFunction(ctx context.Context, role split.Role, name, store string) (split.Function, error) {
	is, err := w.p.CloudFront.Function(ctx, name)
	if err != nil {
		return split.Function{}, err
	}
	f := split.Function{Name: name, ARN: is.ARN, Exists: true, Published: is.Published}
	reads := store
	if role == split.Response {
		reads = ""
	}
	switch {
	case is.Comment != mark(w.spec.Name):
		f.Foreign = fmt.Sprintf("the comment %q", is.Comment)
	case is.Runtime != edgefunction.Runtime:
		f.Foreign = "the runtime " + is.Runtime + ", in which this code does not run"
	case is.Store != reads:
		f.Foreign = cmp.Or(is.Store, "no key value store")
	default:
		read := w.p.CloudFront.FunctionDraft
		if f.Published { // else publishing would make others' code serve
			read = w.p.CloudFront.FunctionCode
		}
		var code []byte
		if code, err = read(ctx, name); err == nil && !bytes.Equal(code, w.code[role]) {
			f.Foreign = "other code"
		}
	}
	return f, err
}

func (w *workflow) lookAtSite(ctx context.Context, obs *split.Observation) error {
	w.hosts, w.order, w.functioning = nil, map[string][]behavior.Pattern{}, map[string][]behavior.Pattern{}
	if w.spec.Attach == nil {
		return nil
	}
	d, err := w.p.CloudFront.Distribution(ctx, w.spec.Attach.Distribution, w.since())
	if errors.Is(err, awsapi.ErrNotFound) {
		return nil // an obstacle, not an error
	}
	if err != nil {
		return err
	}
	w.meet(d)
	if obs.Site, err = w.site(ctx, d); err != nil || w.spec.Before == "" {
		return err
	}
	was, err := w.p.CloudFront.Distribution(ctx, w.spec.Before, w.since())
	if errors.Is(err, awsapi.ErrNotFound) { // it was replaced
		return nil
	}
	if err != nil {
		return err
	}
	for _, b := range was.Facts().Behaviors {
		if stayed := w.running(was.ID, b); stayed != nil {
			obs.Stayed = append(obs.Stayed, *stayed)
		}
	}
	return nil
}

// site puts a distribution into the terms of package split.
func (w *workflow) site(ctx context.Context, d cloudfrontapi.Distribution) (split.Site, error) {
	out := split.Site{Exists: true, Deployed: d.Deployed, Enabled: d.Enabled, Staging: d.Staging, ETag: d.ETag}
	facts := d.Facts()
	for _, b := range facts.Behaviors {
		if !slices.Contains(w.spec.Attach.Patterns, b.Name) {
			if left := w.running(d.ID, b); left != nil {
				out.Left = append(out.Left, *left)
			}
			continue
		}
		seen, err := w.behavior(ctx, d.ID, facts, b)
		if err != nil {
			return out, err
		}
		out.Behaviors = append(out.Behaviors, seen)
	}
	slices.SortFunc(out.Behaviors, func(a, b split.Behavior) int { return strings.Compare(a.Pattern, b.Pattern) })
	return out, nil
}

// running is a behaviour as far as it is known without a question, nil if no function of the split runs there.
func (w *workflow) running(distribution string, b cloudfrontapi.Behavior) *split.Behavior {
	out := split.Behavior{Distribution: distribution, Pattern: b.Name, Origin: b.TargetOrigin, Functions: map[split.Role]string{}}
	for _, f := range b.Functions {
		if split.OfSplit(w.spec.Name, split.Role(f.Event), f.ARN) {
			out.Functions[split.Role(f.Event)] = f.ARN
		}
	}
	if len(out.Functions) == 0 {
		return nil
	}
	return &out
}

func (w *workflow) behavior(ctx context.Context, distribution string, facts cloudfrontapi.Facts, b cloudfrontapi.Behavior) (split.Behavior, error) {
	out := split.Behavior{
		Distribution: distribution, Pattern: b.Name, Origin: b.TargetOrigin, Functions: map[split.Role]string{}, Legacy: b.TTL != nil,
		Policy: b.CachePolicy, Unusable: map[string]string{}, Origins: map[string]string{b.TargetOrigin: whereabouts(facts, b.TargetOrigin)},
	}
	for _, f := range b.Functions {
		out.Functions[split.Role(f.Event)] = f.ARN
	}
	for _, l := range b.Lambdas {
		if strings.HasPrefix(l.Event, "viewer-") {
			out.Lambda = l.Event + " " + l.ARN
		}
	}
	for _, side := range w.spec.Sides {
		if id := w.spec.Origins[side]; id != "" {
			out.Origins[id] = whereabouts(facts, id)
			if why := unusable(facts, id); why != "" {
				out.Unusable[id] = why
			}
		}
	}
	if w.spec.Origins == nil || b.CachePolicy == "" {
		return out, nil
	}
	ttl, headers, err := w.p.CloudFront.CachePolicy(ctx, b.CachePolicy)
	if errors.Is(err, awsapi.ErrNotFound) { // it has another one by now
		err = nil
	}
	out.Blind = ttl.Max > 0 && !slices.Contains(headers, w.config.VariantHeader)
	return out, err
}

// whereabouts are where an origin or the members of an origin group are.
func whereabouts(facts cloudfrontapi.Facts, id string) string {
	var out []string
	for _, o := range facts.Origins {
		if o.ID == id {
			out = append(out, o.Domain+o.Path)
		}
	}
	for _, g := range facts.OriginGroups {
		if g.ID == id {
			for _, member := range g.Members {
				out = append(out, whereabouts(facts, member))
			}
		}
	}
	return strings.Join(out, " ")
}

// unusable is why a function cannot select an origin; "": it can, also where it is one in a VPC, which only
// updateRequestOrigin cannot lead to. Source: Developer Guide, selectRequestOriginById.
func unusable(facts cloudfrontapi.Facts, id string) string {
	for _, o := range facts.Origins {
		if o.ID == id {
			if o.Certificate != "" {
				return "it is asked with a client certificate"
			}
			return ""
		}
	}
	if slices.ContainsFunc(facts.OriginGroups, func(g cloudfrontapi.OriginGroup) bool { return g.ID == id }) {
		return "it is an origin group"
	}
	return "the distribution has no such origin"
}

// lookAtUsers looks for the behaviours with which somebody else has associated functions of the split, also those that
// others have taken the place of.
func (w *workflow) lookAtUsers(ctx context.Context, obs *split.Observation) error {
	ours := w.own
	obs.Known = true
	users, err := w.p.CloudFront.Users(ctx, ours...)
	if err != nil || len(users) == 0 {
		return err
	}
	var last string
	for _, u := range users {
		if u.Distribution == last {
			continue
		}
		last = u.Distribution
		d, err := w.p.CloudFront.Distribution(ctx, u.Distribution, w.since())
		if errors.Is(err, awsapi.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		w.meet(d)
		facts := d.Facts()
		for _, b := range facts.Behaviors {
			if !slices.ContainsFunc(b.Functions, func(f cloudfrontapi.Association) bool { return slices.Contains(ours, f.ARN) }) {
				continue
			}
			seen, err := w.behavior(ctx, d.ID, facts, b)
			if err != nil {
				return err
			}
			obs.Users = append(obs.Users, seen)
		}
	}
	return nil
}

// meet keeps by which names a distribution is asked, and which paths of it meet the functions.
func (w *workflow) meet(d cloudfrontapi.Distribution) {
	var order, functioning []behavior.Pattern
	for _, b := range d.Facts().Behaviors {
		order = append(order, behavior.Pattern(b.Name))
		if slices.ContainsFunc(b.Functions, func(f cloudfrontapi.Association) bool { return split.OfSplit(w.spec.Name, split.Request, f.ARN) }) {
			functioning = append(functioning, behavior.Pattern(b.Name))
		}
	}
	for _, host := range d.Hosts() {
		w.hosts = append(w.hosts, host)
		w.order[host], w.functioning[host] = order, functioning
	}
}

// meets says whether the functions decide who answers an address.
func (w *workflow) meets(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return slices.Contains(w.functioning[host], behavior.First(w.order[host], u.Path))
}

// Next implements engine.Workflow.
func (w *workflow) Next(obs split.Observation) (split.Step, bool, error) {
	step, err := split.Next(w.spec, obs)
	return latched.Within(&w.Way, obs.ContentToApprove(w.spec, w.identifies()), step, err, func(intent string) error { return &split.Obstacle{Kind: split.NotInRecipe, Found: intent} })
}

// Do implements engine.Workflow.
func (w *workflow) Do(ctx context.Context, obs split.Observation, step split.Step) error {
	switch s := step.(type) {
	case split.Wait:
		return w.p.Clock.Sleep(ctx, w.p.Poll)
	case split.MakeStore:
		w.founded = true
		return w.sent(step, w.p.CloudFront.CreateStore(ctx, s.Name, mark(s.Name)))
	case split.MakeFunction:
		return w.makeFunction(ctx, obs, s)
	case split.Try:
		return w.try(ctx, s)
	case split.Publish:
		is, err := w.p.CloudFront.Function(ctx, s.Name)
		if err != nil {
			return configured.Again(err)
		}
		return w.sent(step, w.p.CloudFront.PublishFunction(ctx, is))
	case split.Attach:
		return w.associate(ctx, obs, s)
	case split.Leave:
		_, err := w.edit(ctx, w, obs, step, s.Attach)
		return err
	case split.Weigh:
		return w.weigh(ctx, s)
	case split.Verify:
		return w.verify(ctx, s)
	case split.Remove:
		return w.remove(ctx, step, s.Name)
	default:
		return fmt.Errorf("no way to do %T", step)
	}
}

// sent enters a write into the journal. What was made already was made by a run whose answer was lost.
func (w *workflow) sent(step split.Step, err error) error {
	w.Log.Sent(step, w.p.Clock.Now(), configured.Effect(err))
	if errors.Is(err, awsapi.ErrExists) {
		return engine.ErrAgain
	}
	return configured.Again(err)
}

func (w *workflow) makeFunction(ctx context.Context, obs split.Observation, s split.MakeFunction) error {
	store := s.Store
	if s.Role == split.Response {
		store = ""
	}
	w.made = true
	return w.sent(s, w.p.CloudFront.CreateFunction(ctx, obs.Functions[s.Role].Name, mark(w.spec.Name), store, w.code[s.Role]))
}

// associate gives behaviours their functions.
func (w *workflow) associate(ctx context.Context, obs split.Observation, s split.Attach) error {
	effect, err := w.edit(ctx, w, obs, s, s)
	if effect != run.NoEffect {
		clear(w.evidence) // what was proven was proven of the functions before
	}
	return err
}

// edit changes associations in a write that others may share. The run by which the step is taken
// decides again on the distribution as it is by then, and leaves the others if that comes to another step.
func (w *workflow) edit(ctx context.Context, by engine.Workflow[split.Observation, split.Step], obs split.Observation, step split.Step, s split.Attach) (run.Effect, error) {
	deployed := obs.Site.Deployed
	written, err := w.p.CloudFront.Edit(ctx, s.Distribution, cloudfrontapi.Edit{Decide: func(ctx context.Context, now cloudfrontapi.Distribution) ([]cloudfrontapi.FieldChange, error) {
		fresh := obs
		var err error
		if fresh.Site, err = w.site(ctx, now); err != nil {
			return nil, err
		}
		deployed = fresh.Site.Deployed
		if _, err := run.Still(by, fresh, step, cutover.Same); err != nil {
			return nil, err
		}
		var out []cloudfrontapi.FieldChange
		for _, c := range s.Changes {
			out = append(out, cloudfrontapi.FieldChange{Field: field(c.Pattern, c.Role), From: cloudfrontapi.FieldValue{Text: c.From}, To: cloudfrontapi.FieldValue{Text: c.To}})
		}
		return out, nil
	}})
	if written.At.IsZero() {
		return run.NoEffect, configured.Again(err)
	}
	effect := configured.Effect(written.Err)
	w.Log.Sent(step, w.p.Clock.Now(), effect)
	return effect, configured.Again(err, configured.While(!deployed, awsapi.Deploying))
}

func field(p split.Pattern, role split.Role) cloudfrontapi.Field {
	return cloudfrontapi.Field{Name: cloudfrontapi.FieldFunction, Behavior: p, Event: string(role)}
}

// weigh writes the table, on condition that nobody has written to the store since this run looked.
func (w *workflow) weigh(ctx context.Context, s split.Weigh) error {
	if s.Up {
		if err := w.foresee(ctx); err != nil {
			return err
		}
	}
	t := edgefunction.Table{
		Generation: edgefunction.NextGeneration(s.From.Generation, w.p.Clock.Now()), Weights: map[string]int{}, Override: s.To.Override, Killed: s.To.Killed,
	}
	for _, side := range w.spec.Sides {
		t.Weights[string(side)] = 0
	}
	for side, n := range s.To.Weights { // a way back may lead to a side that is not asked for any more
		t.Weights[string(side)] = n
	}
	text, err := t.Encode()
	if err != nil {
		return err
	}
	err = w.p.KVS.Put(ctx, w.store.ARN, edgefunction.Key, w.value, text)
	effect := configured.Effect(err)
	w.Log.Sent(s, w.p.Clock.Now(), effect)
	if effect != run.NoEffect {
		w.arrives = w.p.Clock.Now().Add(w.spreads)
		w.asked[t.Generation] = split.Table{Generation: t.Generation, Weights: s.To.Weights, Killed: s.To.Killed}
		if !s.From.Weights.Same(s.To.Weights) { // what was proven was proven of the table before
			clear(w.evidence)
		}
		if s.Up {
			w.stepped, w.steppedAt = true, w.arrives
		}
	}
	return configured.Again(err)
}

func (w *workflow) remove(ctx context.Context, step split.Step, name string) error {
	is, err := w.p.CloudFront.Function(ctx, name)
	if errors.Is(err, awsapi.ErrNotFound) {
		return engine.ErrAgain
	}
	if err != nil {
		return configured.Again(err)
	}
	return w.sent(step, w.p.CloudFront.DeleteFunction(ctx, is))
}

// Limits implements run.Kind.
func (w *workflow) Limits(budget time.Duration) engine.Limits {
	steps := 3*(len(w.spec.Ladder)+3) + 40
	return configured.Limits(w.p, budget, steps, map[string]any{"name": w.spec.Name, "goal": w.spec.Goal.String()}, show)
}
