package bluegreenswitch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awsapi/cloudfrontapi"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/switchover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/diags"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/engine"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/provider/configured"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/run"
)

// places are the accounts in which a run works, by name; "" is the provider's own.
type places map[string]*configured.Provider

// named lists the accounts that a spec names, by the attribute that does.
func named(spec switchover.Spec) (at []path.Path, names []string) {
	for _, side := range slices.Sorted(maps.Keys(spec.Accounts)) {
		at, names = append(at, path.Root("sides").AtMapKey(string(side)).AtName("account")), append(names, spec.Accounts[side])
	}
	for _, z := range spec.Zones {
		if z.Account != "" {
			at, names = append(at, path.Root("dns").AtMapKey(z.Domain).AtName("account")), append(names, z.Account)
		}
	}
	return at, names
}

// open opens the accounts that a spec names.
func open(ctx context.Context, p *configured.Provider, spec switchover.Spec) (places, diag.Diagnostics) {
	var d diag.Diagnostics
	out := places{"": p}
	at, names := named(spec)
	for i, name := range names {
		if out[name] != nil {
			continue
		}
		in, err := p.In(ctx, name)
		if err != nil {
			d.Append(configured.AccountProblem(at[i], name, err))
			return nil, d
		}
		out[name] = in
	}
	for side, id := range spec.Sides {
		p.Locate(id, out[spec.Accounts[side]])
	}
	return out, d
}

// unnamed refuses names that no account has. A plan calls nobody, so it says no more.
func unnamed(p *configured.Provider, spec switchover.Spec) diag.Diagnostics {
	var d diag.Diagnostics
	at, names := named(spec)
	for i, name := range names {
		if p != nil && !p.Has(name) {
			d.Append(configured.AccountProblem(at[i], name, &configured.NoAccount{Name: name, Known: p.Named()}))
		}
	}
	return d
}

// at is where a side is.
func (w *workflow) at(side cutover.Side) *configured.Provider { return w.in[w.spec.Accounts[side]] }

// of is where a distribution is that is a side.
func (w *workflow) of(id string) *configured.Provider {
	side, _ := w.spec.SideOf(id)
	return w.at(side)
}

// zone is where a hosted zone is, by its id.
func (w *workflow) zone(id string) *configured.Provider {
	for _, z := range w.spec.Zones {
		if z.ID == id {
			return w.in[z.Account]
		}
	}
	return w.p
}

// unmask completes the id of an owner in another account, if it is that of a side which is seen
// there. One that is not seen is in an account that nobody has given.
func (w *workflow) unmask(obs *switchover.Observation, owner string) string {
	id := w.spec.Unmask(owner)
	if side, ok := w.spec.SideOf(id); ok {
		if _, seen := obs.Sides[side]; !seen {
			return owner
		}
	}
	return id
}

// unreached says of a zone that could not be looked at in its account whether it is in another
// one of the switch. err is what was answered, and returned where it is no reason to ask there.
func (w *workflow) unreached(ctx context.Context, z switchover.Zone, err error) (switchover.Unreached, error) {
	if len(w.in) < 2 || !errors.Is(err, awsapi.ErrDenied) && !errors.Is(err, awsapi.ErrNotFound) {
		return switchover.Unreached{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(w.in)) {
		if name == z.Account {
			continue
		}
		if _, err := w.in[name].Route53.Zone(ctx, z.ID); err == nil {
			return switchover.Unreached{Elsewhere: true, Account: name}, nil
		} else if ctx.Err() != nil {
			return switchover.Unreached{}, err
		}
	}
	return switchover.Unreached{Why: awsapi.Brief(err)}, nil
}

// lookAtProofs reads the TXT records by which names may move to another account, and what
// else is in their place.
func (w *workflow) lookAtProofs(ctx context.Context, obs *switchover.Observation) error {
	// A cutover by another method may have died before: the first look asks about all names.
	all := w.spec.Darkens() || w.spec.Crosses() && w.start.Found == nil
	if w.removing && !w.parting || !all && len(w.proofs) == 0 {
		return nil
	}
	of := map[string][]string{} // names of records by zone id
	add := func(at string) {
		if zone, ok := w.spec.ZoneOfProof(at); ok && obs.ZoneNames[zone.ID] == zone.Domain && !slices.Contains(of[zone.ID], at) {
			of[zone.ID] = append(of[zone.ID], at)
		}
	}
	if all {
		for _, at := range w.spec.Proofs() {
			add(at)
		}
	}
	for at := range w.proofs {
		add(at)
	}
	obs.Proofs = map[string][]switchover.Record{}
	if err := w.lookAtTXT(ctx, obs, of); err != nil {
		return err
	}
	of = map[string][]string{} // who has added what, where anybody may have
	for at, records := range obs.Proofs {
		if name := switchover.NameProvenAt(at); at != switchover.LedgerAt(name) && slices.ContainsFunc(records, func(r switchover.Record) bool { return w.naming(*obs, r) }) {
			add(switchover.LedgerAt(name))
		}
	}
	if err := w.lookAtTXT(ctx, obs, of); err != nil {
		return err
	}
	w.own(switchover.Recall(w.spec, *obs))
	return nil
}

// own takes down what the switch has added.
func (w *workflow) own(added map[string][]string) {
	for at, values := range added {
		for _, v := range values {
			if !slices.Contains(w.proofs[at], v) {
				w.proofs[at] = append(w.proofs[at], v)
			}
		}
	}
}

// lookAtTXT reads what is at the names of proofs, by zone.
func (w *workflow) lookAtTXT(ctx context.Context, obs *switchover.Observation, of map[string][]string) error {
	for _, zone := range slices.Sorted(maps.Keys(of)) {
		slices.Sort(of[zone])
		records, err := w.recordsOf(ctx, zone, of[zone])
		if err != nil {
			return err
		}
		for _, at := range of[zone] {
			obs.Proofs[at] = nil // looked at twice, it is not there twice
		}
		for at, found := range records {
			for _, r := range found {
				obs.Proofs[at] = append(obs.Proofs[at], switchover.Record{
					Name: r.Name, Type: r.Type, Target: r.AliasTarget, AliasZone: r.AliasZone, TTL: r.TTL, Values: r.Values, Routing: r.Routing,
				})
			}
		}
	}
	return nil
}

// naming says whether a record has a value that names a side.
func (w *workflow) naming(obs switchover.Observation, r switchover.Record) bool {
	for _, d := range obs.Sides {
		if r.Type == "TXT" && slices.Contains(r.Values, switchover.Quoted(d.Domain)) {
			return true
		}
	}
	return false
}

// assumeSpreading reckons with proofs that another run has made, which died, a moment ago for
// all that is known: whoever asks too early is told that there are none, and remembers it.
func (w *workflow) assumeSpreading(obs switchover.Observation) {
	if !w.spec.Darkens() || !obs.Misplaced(w.spec) {
		return
	}
	for at, records := range obs.Proofs {
		zone, ok := w.spec.ZoneOfProof(at)
		if made := slices.ContainsFunc(records, func(r switchover.Record) bool { return r.Type == "TXT" }); ok && made {
			now := w.p.Clock.Now()
			w.records.Spread.Sent(zone.ID, "", run.Unanswered, 0, now)
			w.proven = now
		}
	}
}

// left are the proofs that the switch has added and that are still there. Of those that nobody
// could look at, as their zone is no longer one of the switch, it knows what a side that is
// disabled was disabled by.
func (w *workflow) left(obs switchover.Observation) map[string][]string {
	out := map[string][]string{}
	for at, values := range w.proofs {
		_, looked := obs.Proofs[at]
		_, ours := w.spec.ZoneOfProof(at)
		for _, v := range values {
			there := obs.Proofs == nil || !looked && (ours || obs.NeedsValue(v))
			for _, r := range obs.Proofs[at] {
				there = there || slices.Contains(r.Values, v)
			}
			if there && !slices.Contains(out[at], v) {
				out[at] = append(out[at], v)
			}
		}
	}
	return out
}

// prove adds proofs, or takes them away.
func (w *workflow) prove(ctx context.Context, step switchover.Prove) error {
	comment := "proof for a move to another account"
	if step.Away {
		comment = "proof not needed any more"
	}
	return w.write(ctx, step, step.Zone, step.Changes, comment, func(effect run.Effect) {
		switch {
		case effect == run.NoEffect:
		case step.Away && effect == run.Made:
			for _, c := range step.Changes {
				delete(w.proofs, c.Name)
			}
		case !step.Away:
			w.proven = w.p.Clock.Now()
			clear(w.tried)
			w.own(step.Added())
		}
	})
}

// able enables or disables a side.
func (w *workflow) able(ctx context.Context, obs switchover.Observation, step switchover.Step, side cutover.Side, id string, enable bool) error {
	return w.relocate(ctx, obs, step, id, func(d cloudfrontapi.Distribution) error {
		if enable {
			return w.at(side).CloudFront.Enable(ctx, d)
		}
		w.dark[side] = true // also where no answer comes: it shows whether it is
		return w.at(side).CloudFront.Disable(ctx, d)
	})
}

// mending are the circumstances in which CloudFront may yet take a move from another account
// that it refuses with err.
func (w *workflow) mending(obs switchover.Observation, from string, err error) []awsapi.Circumstance {
	side, ok := w.spec.SideOf(from)
	if !ok || w.spec.Accounts[side] == w.spec.Accounts[w.spec.Live] {
		return nil
	}
	patience := provenBy
	if obs.Dark(w.spec) {
		patience = darkBy
	}
	return []awsapi.Circumstance{
		configured.While(!errors.Is(err, awsapi.ErrNoProof) && !obs.Sides[side].Deployed, awsapi.Leaving),
		configured.While(w.p.Clock.Now().Sub(w.proven) < patience, awsapi.Proving),
	}
}

const (
	// provenBy is how long after a proof was made, or first refused, somebody may still hold that there is none.
	provenBy = 20 * time.Minute
	// darkBy is how long after that names stay dark for it. Nobody asked for the proof before it
	// was there, and what it is, once it has changed, everybody knows after a minute or two.
	darkBy = 5 * time.Minute
)

// answered takes note of what AWS says to a move from another account. done: that was all the
// step was to find out.
func (w *workflow) answered(step switchover.Move, err error) (done bool) {
	if errors.Is(err, awsapi.ErrNoProof) {
		if !w.alone { // however long ago it was made, nobody has looked at it before
			w.alone, w.proven = true, w.p.Clock.Now()
		}
		return false
	}
	done = step.Trial && errors.Is(err, awsapi.ErrUnproven)
	w.tried[step.Name] = w.tried[step.Name] || done
	return done
}

// Abandon takes the proofs away that a create has added which failed: it has no state to keep
// them in. While a side is disabled they stay, because they say by whom; and whoever is told to
// stop writes no more.
func (w *workflow) Abandon(ctx context.Context) diag.Diagnostics {
	var d diag.Diagnostics
	obs := w.Out.Sight.Obs
	obs.Darkened = w.dark // the last look shows what AWS has, and not what the run knows
	if len(w.left(obs)) == 0 {
		return d
	}
	if len(obs.Left(w.spec)) > 0 || w.Out.Result == run.Interrupted {
		d.Append(diags.ProofsLeft(w.left(obs), nil))
		return d
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	for range len(w.spec.Zones) {
		fresh := obs
		if err := w.lookAtProofs(ctx, &fresh); err != nil {
			d.Append(diags.ProofsLeft(w.left(obs), err))
			return d
		}
		fresh.Proven = w.proofs
		step, more := switchover.Unprove(w.spec, fresh)
		if !more {
			return d
		}
		if err := w.prove(ctx, step); err != nil && !errors.Is(err, engine.ErrAgain) {
			d.Append(diags.ProofsLeft(w.left(fresh), err))
			return d
		}
	}
	return d
}
