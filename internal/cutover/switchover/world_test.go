package switchover

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
)

// worlds is how many random worlds each property is tried on. A failure prints the
// seed of its world; the same seed makes the same world.
const worlds = 2000

// A world is a model of AWS just big enough to take steps: it refuses what the
// decisions promise never to ask for. obs is the truth.
type world struct {
	spec Spec
	obs  Observation

	rng      *rand.Rand
	refusing bool                      // moves onto a target that is not Deployed
	picky    bool                      // a proof has to be the only value of its record
	verdicts map[When]cutover.Evidence // what each gate would say
	busy     map[cutover.Side]int      // waits until a side is deployed
	pending  int                       // waits until the records are
	etags    int
	refused  bool     // the last step was
	steps    []string // taken so far
}

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x73776974)) }

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

func chance(r *rand.Rand, percent int) bool { return r.IntN(100) < percent }

var (
	sideNames = []cutover.Side{"amber", "blue", "green"}
	allNames  = []string{"*.example.com", "a.b.example.com", "example.com", "shop.example.org", "www.example.com"}
)

// newWorld draws a world that was left half-way by whoever ran before, or that
// nobody has touched yet. Three of four are free of obstacles.
func newWorld(seed uint64) *world {
	r := random(seed)
	w := &world{rng: r, refusing: chance(r, 30), busy: map[cutover.Side]int{}, verdicts: map[When]cutover.Evidence{}}
	w.spec = Spec{Asked: Asked{Sides: map[cutover.Side]string{}, Before: chance(r, 40), After: chance(r, 40)}, Mode: Mode{Adopting: chance(r, 30), RollingBack: chance(r, 20)}}
	w.obs = Observation{Seen: Seen{Sides: map[cutover.Side]Distribution{}, Elsewhere: map[string]string{}, Records: map[string][]Record{}, ZoneNames: map[string]string{}}}
	for _, when := range []When{BeforeMove, AfterMove} {
		w.verdicts[when] = pick(r, cutover.Healthy, cutover.Healthy, cutover.Healthy, cutover.Unhealthy, cutover.Inconclusive)
	}
	w.spec.Method = pick(r, "", DomainAssociation, AssociateAlias, WildcardOverlap, WildcardOverlap, RemoveAndAdd)
	w.spec.KeepWildcard = w.spec.Method == WildcardOverlap && chance(r, 40)
	odd := chance(r, 25)
	w.picky = seed%3 == 0
	w.drawSides(odd)
	w.drawAccounts(odd)
	for _, n := range allNames {
		if w.spec.Darkens() && strings.HasPrefix(n, "*") {
			continue // nobody knows where its proof would be
		}
		if w.spec.Method == WildcardOverlap && (Wildcard(n) == "" || n == "example.com") {
			continue // configuration that asks for this is refused
		}
		if chance(r, 50) {
			w.spec.Names = append(w.spec.Names, n)
		}
	}
	if len(w.spec.Names) == 0 {
		w.spec.Names = []string{"www.example.com"}
	}
	w.drawZones(odd)
	for _, n := range w.spec.Names {
		w.drawOwner(n, odd)
		if _, ok := w.spec.ZoneOf(n); ok {
			w.drawRecords(n, odd)
		}
	}
	for _, wildcard := range w.spec.Wildcards() {
		if chance(r, 45) {
			w.drawOwner(wildcard, odd)
		}
	}
	return w
}

func (w *world) drawSides(odd bool) {
	r := w.rng
	names := slices.Clone(sideNames)
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for i, side := range names[:1+r.IntN(3)] {
		w.spec.Sides[side] = fmt.Sprintf("E%d", i+1)
		d := Distribution{
			ID: w.spec.Sides[side], Domain: fmt.Sprintf("d%d.cloudfront.net", i+1), ETag: w.etag(),
			Enabled: true, IPv6: chance(r, 70), Deployed: chance(r, 70),
		}
		if !d.Deployed {
			d.Settling, w.busy[side] = chance(r, 50), 1+r.IntN(3)
		}
		if chance(r, 60) {
			d.Certificate = []string{"example.com", "*.example.com", "*.b.example.com", "*.example.org"}
		}
		if odd {
			d.Enabled, d.Staging, d.DefaultCert = chance(r, 85), chance(r, 5), chance(r, 10)
			if chance(r, 10) {
				d.Certificate = []string{"*.example.com"}
			}
		}
		if !odd || chance(r, 95) {
			w.obs.Sides[side] = d
		}
		w.spec.Live = side
	}
}

// drawAccounts puts the sides of some worlds into different accounts, with the TXT records of
// other people in their zones.
func (w *world) drawAccounts(odd bool) {
	r := w.rng
	w.obs.Tried = map[string]bool{}
	if w.obs.Darkened, w.obs.Proven = map[cutover.Side]bool{}, map[string][]string{}; !chance(r, 35) {
		return
	}
	w.spec.Accounts, w.obs.Proofs = map[cutover.Side]string{}, map[string][]Record{}
	for _, side := range slices.Sorted(maps.Keys(w.spec.Sides)) { // in one order, or a seed would make two worlds
		if chance(r, 50) {
			w.spec.Accounts[side] = pick(r, "old", "new")
		}
		if _, ok := w.obs.Sides[side]; ok && chance(r, 20) {
			other := strings.ToLower(w.spec.Sides[side]) + ".example.net"
			w.obs.with(side, func(d *Distribution) { d.Aliases = append(d.Aliases, other) })
			if !odd || w.spec.RollingBack || chance(r, 50) {
				w.spec.MayDarken = append(w.spec.MayDarken, other)
			}
		}
	}
	for _, at := range []string{"_www.example.com", "_.example.com"} {
		if chance(r, 20) && !w.picky { // else nothing would ever be taken
			w.obs.Proofs[at] = []Record{{Name: at, Type: "TXT", TTL: 300, Values: []string{`"of somebody"`}}}
		}
	}
}

func (w *world) drawZones(odd bool) {
	r := w.rng
	w.obs.ZoneNames = map[string]string{"Z1": "example.com", "Z2": "example.org", "Z3": "b.example.com"}
	for _, z := range []Zone{{Domain: "b.example.com", ID: "Z3"}, {Domain: "example.com", ID: "Z1"}, {Domain: "example.org", ID: "Z2"}} {
		if !chance(r, 60) && !w.spec.Darkens() { // configuration that gives a proof no zone is refused
			continue
		}
		if chance(r, 30) && !slices.Contains(w.spec.Names, z.Domain) {
			z.CNAME, z.TTL = true, pick[int64](r, 30, 60)
		}
		if odd && chance(r, 10) {
			w.obs.ZoneNames[z.ID] = pick(r, "", "example.net")
		}
		w.spec.Zones = append(w.spec.Zones, z)
	}
}

func (w *world) drawOwner(name string, odd bool) {
	owners := slices.Sorted(maps.Keys(w.obs.Sides))
	switch {
	case len(owners) > 0 && chance(w.rng, 85):
		side := pick(w.rng, owners...)
		w.obs.with(side, func(d *Distribution) { d.Aliases = append(d.Aliases, name) })
	case odd && chance(w.rng, 40):
		w.obs.Elsewhere[name] = "E9"
	}
}

func (w *world) drawRecords(name string, odd bool) {
	r := w.rng
	target := func() string {
		if owners := slices.Sorted(maps.Keys(w.obs.Sides)); len(owners) > 0 && !(odd && chance(r, 20)) {
			return w.obs.Sides[pick(r, owners...)].Domain
		}
		return "lb.example.net"
	}
	one := target()
	switch r.IntN(6) {
	case 0:
	case 1:
		w.obs.Records[name] = []Record{cname(name, one, pick[int64](r, 30, 60))}
	case 2:
		if odd {
			w.obs.Records[name] = []Record{{Name: name, Type: "A", TTL: 60, Values: []string{"192.0.2.1"}}}
		}
	default:
		for _, typ := range []string{"A", "AAAA", "HTTPS"} {
			if chance(r, 70) {
				if chance(r, 20) {
					one = target()
				}
				rec := alias(name, typ, one)
				rec.Evaluate = chance(r, 10)
				w.obs.Records[name] = append(w.obs.Records[name], rec)
			}
		}
	}
	if list := w.obs.Records[name]; odd && len(list) > 0 && chance(r, 5) {
		list[0].Routing = "weighted"
	}
}

func (w *world) etag() string {
	w.etags++
	return fmt.Sprint("etag", w.etags)
}

// clone copies a world, so that both can go different ways.
func (w *world) clone() *world {
	out := *w
	out.rng = random(w.rng.Uint64())
	out.busy, out.steps = maps.Clone(w.busy), slices.Clone(w.steps)
	out.obs.Darkened, out.obs.Proven, out.obs.Proofs = maps.Clone(w.obs.Darkened), maps.Clone(w.obs.Proven), maps.Clone(w.obs.Proofs)
	out.obs.Tried = maps.Clone(w.obs.Tried)
	out.obs.Sides, out.obs.Elsewhere, out.obs.Records = maps.Clone(w.obs.Sides), maps.Clone(w.obs.Elsewhere), maps.Clone(w.obs.Records)
	for side, d := range out.obs.Sides {
		d.Aliases = slices.Clone(d.Aliases)
		out.obs.Sides[side] = d
	}
	for name, records := range out.obs.Records {
		out.obs.Records[name] = slices.Clone(records)
	}
	return &out
}

// wait lets time pass. It reports whether there was anything to wait for.
func (w *world) wait() bool {
	if len(w.busy) == 0 && w.pending == 0 {
		return false
	}
	for side, left := range w.busy {
		if w.busy[side] = left - 1; left <= 1 {
			delete(w.busy, side)
			w.obs.with(side, func(d *Distribution) { d.Deployed, d.Settling = true, false })
		}
	}
	w.pending = max(w.pending-1, 0)
	w.obs.Pending = w.pending > 0
	return true
}

// written is what a changed list of names does to a distribution.
func (w *world) written(side cutover.Side, change func([]string) []string) {
	w.obs.with(side, func(d *Distribution) {
		d.Aliases, d.ETag = change(d.Aliases), w.etag()
		d.Settling, d.Deployed = d.Settling || d.Deployed, false
	})
	w.busy[side] += 1 + w.rng.IntN(3)
}

// apply takes a step. Its error is a broken promise.
func (w *world) apply(step Step) error {
	w.steps = append(w.steps, step.String())
	w.refused = false
	switch s := step.(type) {
	case Wait:
		if !w.wait() {
			return errors.New("waits for nothing")
		}
	case Verify:
		switch s.When {
		case BeforeMove:
			w.obs.Before = w.verdicts[s.When]
		case AfterMove:
			w.obs.After = w.verdicts[s.When]
		}
		if s.Side != w.spec.Live {
			return errors.New("verifies a side that is not to be live")
		}
	case Move:
		return w.move(s)
	case Claim:
		return w.claim(s)
	case Release:
		return w.release(s)
	case Point:
		return w.point(s)
	case Prove:
		return w.prove(s)
	case Disable:
		return w.able(s.Side, s.IfMatch, false)
	case Enable:
		return w.able(s.Side, s.IfMatch, true)
	default:
		return fmt.Errorf("a step nobody knows: %T", step)
	}
	return nil
}

// suits says why the target must not get a name now.
func (w *world) suits(name, to, ifMatch string) error {
	target, ok := w.obs.Sides[w.spec.Live]
	switch {
	case !ok || target.ID != to:
		return fmt.Errorf("%s is not the target", to)
	case !target.Enabled || target.Staging:
		return errors.New("the target cannot serve")
	case !target.Deployed && !target.Settling:
		return errors.New("the target is neither deployed nor settling")
	case ifMatch != target.ETag:
		return fmt.Errorf("the target is at %s, and not at %s", target.ETag, ifMatch)
	case target.DefaultCert || target.Certificate != nil && !Covered(target.Certificate, name):
		return fmt.Errorf("the target's certificate does not cover %s", name)
	}
	return nil
}

// busyNow refuses a write to a side that is still deploying, where AWS does.
func (w *world) busyNow(side cutover.Side) bool {
	if !w.refusing || w.obs.Sides[side].Deployed {
		return false
	}
	w.refused, w.obs.MoveRefused = true, true
	w.wait() // whoever is refused pauses
	return true
}

func (w *world) move(s Move) error {
	if owner := w.obs.Owner(w.spec, s.Name); owner != s.From || owner == "" {
		return fmt.Errorf("%q has the name, and not %s", owner, s.From)
	}
	if w.spec.Method.leads() {
		return fmt.Errorf("moves a name at once, and was told to do it by %s", w.spec.Method)
	}
	if err := w.suits(s.Name, s.To, s.IfMatch); err != nil || w.busyNow(w.spec.Live) {
		return err
	}
	if side, ok := w.spec.SideOf(s.From); ok {
		if w.spec.Accounts[side] != w.spec.Accounts[w.spec.Live] {
			at := w.spec.Proofs()[s.Name]
			switch enabled := w.obs.Sides[side].Enabled; {
			case enabled != s.Trial:
				return errors.New("moves a name to another account while its distribution is enabled, or tries it while that is not")
			case w.obs.Pending || !w.obs.proves(at, w.obs.Sides[w.spec.Live].Domain):
				return fmt.Errorf("nothing proves at %s that %s may move", at, s.Name)
			case w.picky && len(w.obs.txt(at).Values) > 1:
				w.refused, w.obs.Alone = true, true
				if !enabled {
					return fmt.Errorf("%s is dark when AWS first says that it does not take the proof", s.Name)
				}
				return nil
			case s.Trial:
				w.obs.Tried[s.Name] = true
				return nil
			}
		}
		w.written(side, without(s.Name))
	}
	w.obs.Moved = true
	w.written(w.spec.Live, with(s.Name))
	return nil
}

// able enables or disables a side.
func (w *world) able(side cutover.Side, ifMatch string, enable bool) error {
	d := w.obs.Sides[side]
	switch {
	case d.ETag != ifMatch:
		return fmt.Errorf("%s is at %s, and not at %s", side, d.ETag, ifMatch)
	case d.Enabled == enable:
		return fmt.Errorf("%s is so already", side)
	case enable && !w.obs.Darkened[side]:
		return fmt.Errorf("enables %s, which somebody else has disabled", side)
	case !enable && w.obs.Pending:
		return errors.New("darkens names before their proofs can be seen")
	case !enable && !w.spec.RollingBack:
		for _, name := range w.spec.Names {
			at := w.spec.Proofs()[name]
			if d.Owns(name) && !((w.obs.proves(at, d.Domain) || w.picky) && slices.Contains(w.obs.txt(LedgerAt(name)).Values, disables(d.Domain)) && w.obs.proves(at, w.obs.Sides[w.spec.Live].Domain)) {
				return fmt.Errorf("darkens %s while nothing proves that it may move there and back", name)
			}
			if d.Owns(name) && !w.obs.Tried[name] {
				return fmt.Errorf("darkens %s before AWS was asked what it has against the move", name)
			}
		}
	}
	if !enable {
		for _, alias := range d.Aliases {
			if !slices.Contains(w.spec.Names, alias) && !slices.Contains(w.spec.MayDarken, alias) {
				return fmt.Errorf("darkens %s", alias)
			}
		}
	}
	if w.busyNow(side) {
		return nil
	}
	w.written(side, with())
	w.obs.with(side, func(d *Distribution) { d.Enabled = enable })
	w.obs.Darkened[side] = !enable
	return nil
}

// prove changes TXT records. What others have there must stay.
func (w *world) prove(s Prove) error {
	for _, c := range s.Changes {
		if fmt.Sprint(w.obs.Proofs[c.Name]) != fmt.Sprint(c.Delete) {
			return fmt.Errorf("deletes %v at %s, where %v is", c.Delete, c.Name, w.obs.Proofs[c.Name])
		}
		values := map[string]bool{}
		for _, r := range c.Add {
			for _, v := range r.Values {
				values[v] = true
			}
		}
		for _, r := range c.Delete {
			for _, v := range r.Values {
				if !values[v] && !slices.Contains(w.obs.Proven[c.Name], v) {
					return fmt.Errorf("takes %s away, which is not ours", v)
				}
			}
		}
		w.obs.Proofs[c.Name] = c.Add
		w.obs.Tried = map[string]bool{}
		if s.Away {
			delete(w.obs.Proven, c.Name)
		}
	}
	for at, values := range s.Added() {
		if !s.Away {
			w.obs.Proven[at] = append(slices.Clone(w.obs.Proven[at]), values...)
		}
	}
	w.pending, w.obs.Pending = 1+w.rng.IntN(2), true
	return nil
}

func without(names ...string) func([]string) []string {
	return func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(n string) bool { return slices.Contains(names, n) })
	}
}

func with(names ...string) func([]string) []string {
	return func(list []string) []string { return append(slices.Clone(list), names...) }
}

func (w *world) claim(s Claim) error {
	side, ok := w.spec.SideOf(s.To)
	if !ok {
		return fmt.Errorf("%s is no side", s.To)
	}
	wildcards := w.spec.Wildcards()
	for _, name := range s.Names {
		if owner := w.obs.Owner(w.spec, name); owner != "" {
			return fmt.Errorf("%s has %s already", owner, name)
		}
		if (s.Cover || s.Net) != slices.Contains(wildcards, name) {
			return fmt.Errorf("%s is taken for what it is not", name)
		}
		if s.Net {
			continue
		}
		if err := w.suits(name, s.To, s.IfMatch); err != nil {
			return err
		}
		for _, r := range w.obs.Records[name] {
			if r.Target != "" && r.Target != w.obs.Sides[side].Domain && strings.HasSuffix(r.Target, ".cloudfront.net") {
				return fmt.Errorf("CloudFront sees that DNS points %s at %s", name, r.Target)
			}
		}
	}
	if s.Net && (!w.spec.KeepWildcard || side == w.spec.Live || w.misplaced()) {
		return errors.New("the safety net belongs on the idle side, and after the move")
	}
	if d := w.obs.Sides[side]; d.ETag != s.IfMatch {
		return fmt.Errorf("%s is at %s, and not at %s", s.To, d.ETag, s.IfMatch)
	}
	if !w.busyNow(side) {
		w.written(side, with(s.Names...))
	}
	return nil
}

// misplaced says whether a name has yet to get to the target.
func (w *world) misplaced() bool {
	return slices.ContainsFunc(w.spec.Names, func(n string) bool { return !w.obs.Sides[w.spec.Live].Owns(n) })
}

func (w *world) release(s Release) error {
	side, ok := w.spec.SideOf(s.From)
	if !ok {
		return fmt.Errorf("takes %v off %s, which is no side", s.Names, s.From)
	}
	target := w.obs.Sides[w.spec.Live]
	for _, name := range s.Names {
		cover := slices.Contains(w.spec.Wildcards(), name)
		switch {
		case !w.obs.Sides[side].Owns(name):
			return fmt.Errorf("%s does not have %s", s.From, name)
		case s.To == "" && (!cover || w.misplaced()):
			return fmt.Errorf("tidies %s away although it is needed", name)
		case s.To == "" || cover:
			continue // nobody depends on a wildcard on its way to the target
		case side == w.spec.Live:
			return fmt.Errorf("takes %s off the target", name)
		case w.spec.Method == WildcardOverlap && !(target.Deployed && target.Owns(Wildcard(name))):
			return fmt.Errorf("takes %s off %s while nothing else serves it everywhere", name, s.From)
		}
		for _, r := range w.obs.Records[name] {
			if w.obs.Pending || r.Target != target.Domain {
				return fmt.Errorf("takes %s off %s while CloudFront would refuse to add it to the target: DNS points at %s", name, s.From, r.Target)
			}
		}
	}
	if w.obs.Sides[side].ETag != s.IfMatch {
		return fmt.Errorf("%s is at %s, and not at %s", s.From, w.obs.Sides[side].ETag, s.IfMatch)
	}
	if !w.busyNow(side) {
		w.written(side, without(s.Names...))
	}
	return nil
}

func (w *world) point(p Point) error {
	if len(p.Changes) == 0 {
		return errors.New("an empty batch")
	}
	if !slices.IsSortedFunc(p.Changes, func(a, b Repoint) int { return strings.Compare(a.Name, b.Name) }) {
		return errors.New("a batch out of order")
	}
	target := w.obs.Sides[w.spec.Live]
	for _, c := range p.Changes {
		if zone, ok := w.spec.ZoneOf(c.Name); !ok || zone != p.Zone {
			return fmt.Errorf("%s does not belong in zone %s", c.Name, p.Zone.ID)
		}
		if owner := w.obs.Owner(w.spec, c.Name); owner != "" && owner != target.ID && !w.spec.Method.leads() {
			return fmt.Errorf("the records of %s would point at a distribution that lacks it, while %s has it", c.Name, owner)
		}
		left := slices.Clone(w.obs.Records[c.Name])
		for _, r := range c.Delete {
			i := slices.IndexFunc(left, func(x Record) bool { return fmt.Sprint(x) == fmt.Sprint(r) })
			if i < 0 {
				return fmt.Errorf("deletes %+v, which is not there", r)
			}
			left = slices.Delete(left, i, i+1)
		}
		for _, r := range c.Add {
			if r.Target != target.Domain {
				return fmt.Errorf("points at %s", r.Target)
			}
			if r.Alias() == (r.TTL > 0 || len(r.Values) > 0) {
				return fmt.Errorf("%+v is half an alias", r)
			}
			for _, x := range left {
				if x.Type == r.Type || x.Type == "CNAME" || r.Type == "CNAME" {
					return fmt.Errorf("%s cannot stand beside %s", r.Describe(), x.Describe())
				}
			}
			left = append(left, r)
		}
		w.obs.Records[c.Name] = left
	}
	w.pending = 1 + w.rng.IntN(2)
	w.obs.Pending = true
	return nil
}

// follow takes every step that Next asks for. seen is called before each of them.
// It returns the obstacle the way ended at, nil at its end.
func (w *world) follow(seen func(Step) error) (*Obstacle, error) {
	progress, waits := 0, 0 // a step that is refused is a wait
	for {
		step, err := Next(w.spec, w.obs)
		if again, errAgain := Next(w.spec, w.obs); !equal(step, again) || (err == nil) != (errAgain == nil) {
			return nil, fmt.Errorf("decided %v and then %v about the same world", step, again)
		}
		if err != nil {
			var o *Obstacle
			if !errors.As(err, &o) {
				return nil, fmt.Errorf("stopped by %w, which is no obstacle", err)
			}
			return o, nil
		}
		if _, done := step.(Done); done {
			return nil, nil
		}
		if seen != nil {
			if err := seen(step); err != nil {
				return nil, err
			}
		}
		if err := w.apply(step); err != nil {
			return nil, fmt.Errorf("%s: %w", step, err)
		}
		if step.Progress() && !w.refused {
			progress++
		} else {
			waits++
		}
		if bound := 4*len(w.spec.Names) + 4*len(w.spec.Wildcards()) + 4*len(w.spec.Sides) + 8; progress > bound || waits > 8*bound {
			return nil, fmt.Errorf("no end after %d steps and %d waits", progress, waits)
		}
	}
}

func equal(a, b Step) bool { return fmt.Sprintf("%T%+v", a, a) == fmt.Sprintf("%T%+v", b, b) }

// unsettled says what is missing to be where the spec says. It does not ask the
// code under test.
func (w *world) unsettled() error {
	target := w.obs.Sides[w.spec.Live]
	if !target.Deployed || w.obs.Pending {
		return errors.New("something is still on its way")
	}
	for _, name := range w.spec.Names {
		if !slices.Contains(target.Aliases, name) {
			return fmt.Errorf("%s is not on the target", name)
		}
		zone, ok := w.spec.ZoneOf(name)
		if !ok {
			continue
		}
		if len(w.obs.Records[name]) == 0 {
			return fmt.Errorf("%s has no records", name)
		}
		for _, r := range w.obs.Records[name] {
			if r.Target != target.Domain || zone.CNAME != (r.Type == "CNAME") || zone.CNAME && r.TTL != zone.TTL {
				return fmt.Errorf("%s is left over", r.Describe())
			}
		}
	}
	for _, wildcard := range w.spec.Wildcards() {
		for side, d := range w.obs.Sides {
			if d.Owns(wildcard) && (side == w.spec.Live || !w.spec.KeepWildcard) {
				return fmt.Errorf("%s was left behind on %s", wildcard, side)
			}
		}
	}
	for side := range w.obs.Sides {
		if w.obs.Darkened[side] {
			return fmt.Errorf("%s is still disabled", side)
		}
	}
	for at, values := range w.obs.Proven {
		return fmt.Errorf("%v is still at %s", values, at)
	}
	if w.spec.After && !w.spec.RollingBack && w.obs.After != cutover.Healthy {
		return fmt.Errorf("the gate after said %q", w.obs.After)
	}
	return nil
}

// fail reports a broken property so that it can be reproduced.
func (w *world) fail(t *testing.T, seed uint64, err error) {
	t.Helper()
	t.Fatalf("seed %d: %v\nspec  %+v\nworld %+v\nsteps %s", seed, err, w.spec, w.obs, strings.Join(w.steps, "\n      "))
}

func TestEveryWayEndsAtDoneOrAnObstacle(t *testing.T) {
	t.Parallel()
	ends := map[string]int{}
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		obstacle, err := w.follow(nil)
		if err != nil {
			w.fail(t, seed, err)
		}
		if obstacle != nil {
			ends[string(obstacle.Kind)]++
			continue
		}
		ends["done"]++
		if err := w.unsettled(); err != nil {
			w.fail(t, seed, fmt.Errorf("done, but %w", err))
		}
		if phase := w.obs.PhaseAt(w.spec); phase != Settled {
			w.fail(t, seed, fmt.Errorf("done, but %s", phase))
		}
		for w.wait() { // nothing that is still on its way asks for more
			if step, err := Next(w.spec, w.obs); !equal(step, Done{}) {
				w.fail(t, seed, fmt.Errorf("done is not stable: then %v (%w)", step, err))
			}
		}
	}
	t.Logf("ends: %v", ends)
	for _, kind := range []Kind{"done", TargetMissing, TargetDisabled, TargetStaging, NotCovered, TakenElsewhere, WildcardTaken, ForeignRecord, RoutedRecord, WrongZone, GateBefore, GateAfter, DarkensOthers} {
		if ends[string(kind)] == 0 {
			t.Errorf("no world ended at %s: the worlds have become too tame", kind)
		}
	}
}

// stateOf is what a refresh right before the plan would have put into state.
// believed is the side that state took for live until then.
func stateOf(spec Spec, obs Observation, believed cutover.Side) *Prior {
	live, ok := obs.Live(spec)
	if !ok {
		live = believed
	}
	p := &Prior{Owners: obs.Owners(spec), Pointed: map[string]string{}, Live: live, LiveID: spec.Sides[live], LiveDomain: obs.Sides[live].Domain, Zones: spec.Zones}
	for _, n := range spec.Names {
		if _, ok := spec.ZoneOf(n); ok {
			p.Pointed[n] = obs.Pointed(spec, n)
		}
	}
	return p
}

func TestEveryStepIsInTheRecipe(t *testing.T) {
	t.Parallel()
	taken := 0
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		var prior *Prior // creating
		if !w.spec.Adopting {
			prior = stateOf(w.spec, w.obs, pick(w.rng, slices.Sorted(maps.Keys(w.spec.Sides))...))
		}
		recipe := Recipe(w.spec, prior)
		var order []int
		_, err := w.follow(func(s Step) error {
			for _, intent := range Intents(s) {
				i := slices.Index(recipe, intent)
				if i < 0 {
					return fmt.Errorf("%q is not in the recipe %q", intent, recipe)
				}
				taken++
				if _, verifies := s.(Verify); verifies {
					order = append(order, i)
				}
			}
			return nil
		})
		if err != nil {
			w.fail(t, seed, err)
		}
		if !slices.IsSorted(order) {
			w.fail(t, seed, fmt.Errorf("the gates were asked in another order than %q", recipe))
		}
	}
	if taken < worlds {
		t.Errorf("only %d intents in %d worlds", taken, worlds)
	}
}

// A recipe made from state that is in place lists nothing but the evidence asked
// for, so introducing a switch, or planning it again, promises no writes.
func TestTheRecipeOfASettledStateWritesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(worlds) {
		w := settledWorld(seed)
		for _, line := range Recipe(w.spec, stateOf(w.spec, w.obs, w.spec.Live)) {
			tidying := strings.HasPrefix(line, "remove *.") || strings.HasPrefix(line, "keep *.") // state does not know where wildcards are
			if line != verifyIntent(AfterMove, w.spec.Live) && !strings.HasPrefix(line, "bake ") && !tidying {
				w.fail(t, seed, fmt.Errorf("the recipe lists %q", line))
			}
		}
	}
}

// settledWorld is a world in which one side has everything, with records of many
// kinds, and nothing is in the way of any side.
func settledWorld(seed uint64) *world {
	for try := seed * 1000; ; try++ {
		w := newWorld(try)
		w.spec.Adopting, w.spec.Before, w.spec.RollingBack = false, false, false
		w.verdicts[AfterMove] = cutover.Healthy
		for side := range w.obs.Sides {
			w.obs.with(side, func(d *Distribution) { d.Certificate = nil })
		}
		if o, err := w.follow(nil); o != nil || err != nil || len(w.obs.Sides) < 2 {
			continue
		}
		usable := true
		for _, d := range w.obs.Sides {
			usable = usable && d.Enabled && !d.Staging && !d.DefaultCert
		}
		for w.wait() {
			continue
		}
		if usable && len(w.obs.Sides) == len(w.spec.Sides) {
			w.obs.Tried, w.obs.Alone = map[string]bool{}, false
			w.steps, w.obs.Before, w.obs.After, w.obs.MoveRefused = nil, "", "", false
			return w
		}
	}
}

func TestRollbackFromEveryStepReachesTheStart(t *testing.T) {
	t.Parallel()
	ways := 0
	for seed := range uint64(worlds / 20) {
		start := settledWorld(seed)
		home := start.spec.Live
		w := start.clone()
		for side := range w.spec.Sides {
			if side != home {
				w.spec.Live = side
			}
		}
		back := func() {
			ways++
			b := w.clone()
			b.spec.Live, b.spec.RollingBack = home, true
			b.obs.Before, b.obs.After, b.obs.MoveRefused, b.obs.Pending = "", "", false, false // a run of its own
			b.obs.Tried = map[string]bool{}
			b.steps = append(b.steps, "— back —")
			o, err := b.follow(nil)
			if err != nil {
				b.fail(t, seed, err)
			}
			if o != nil {
				b.fail(t, seed, fmt.Errorf("the way back is blocked: %w", o))
			}
			for _, name := range start.spec.Names {
				if got, want := b.obs.Owner(b.spec, name), start.obs.Owner(start.spec, name); got != want {
					b.fail(t, seed, fmt.Errorf("%s is on %s again, and was on %s", name, got, want))
				}
				if got, want := records(b, name), records(start, name); got != want {
					b.fail(t, seed, fmt.Errorf("%s has the records %s, and had %s", name, got, want))
				}
			}
		}
		if _, err := w.follow(func(Step) error { back(); return nil }); err != nil {
			w.fail(t, seed, err)
		}
		back()
	}
	if ways < worlds/10 {
		t.Errorf("only %d ways back", ways)
	}
}

func records(w *world, name string) string {
	var out []string
	for _, r := range w.obs.Records[name] {
		r.Evaluate = false // never asked for, so it does not come back
		out = append(out, fmt.Sprintf("%+v", r))
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}

// renamed calls the sides of a world something else.
func renamed(spec Spec, obs Observation, names map[cutover.Side]cutover.Side) (Spec, Observation) {
	sides, seen := map[cutover.Side]string{}, map[cutover.Side]Distribution{}
	for side, id := range spec.Sides {
		sides[names[side]] = id
	}
	for side, d := range obs.Sides {
		seen[names[side]] = d
	}
	accounts, dark := map[cutover.Side]string{}, map[cutover.Side]bool{}
	for side, account := range spec.Accounts {
		accounts[names[side]] = account
	}
	for side, is := range obs.Darkened {
		dark[names[side]] = is
	}
	spec.Sides, spec.Accounts, spec.Live, obs.Sides, obs.Darkened = sides, accounts, names[spec.Live], seen, dark
	return spec, obs
}

func TestDecisionsDoNotDependOnWhatSidesAreCalled(t *testing.T) {
	t.Parallel()
	names := map[cutover.Side]cutover.Side{"amber": "zinc", "blue": "mint", "green": "coal"}
	translate := strings.NewReplacer("amber", "zinc", "blue", "mint", "green", "coal").Replace
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		// Answers of different moments: a name may seem to be on several sides.
		for side := range w.obs.Sides {
			for _, name := range w.spec.Names {
				if d := w.obs.Sides[side]; !d.Owns(name) && chance(w.rng, 20) {
					w.obs.with(side, func(d *Distribution) { d.Aliases = append(slices.Clone(d.Aliases), name) })
				}
			}
			w.obs.with(side, func(d *Distribution) { d.Staging = d.Staging || chance(w.rng, 3) })
		}
		w.obs.Before = pick(w.rng, cutover.NoEvidence, cutover.Healthy)
		say := func(spec Spec, obs Observation) string {
			step, err := Next(spec, obs)
			live, _ := obs.Live(spec)
			prior := stateOf(spec, obs, spec.Live)
			return fmt.Sprintf("%T%+v / %v / %s / %s / %v / %q", step, step, err, obs.PhaseAt(spec), live, obs.Owners(spec), Recipe(spec, prior))
		}
		want := translate(say(w.spec, w.obs))
		if got := say(renamed(w.spec, w.obs, names)); got != want {
			w.fail(t, seed, fmt.Errorf("other names, another decision:\n%s\n%s", want, got))
		}
	}
}

// An observation may lack anything: a side that is gone, records that were not
// asked for. Deciding about it must not panic, and must not write to what is not there.
func TestNoObservationMakesADecisionPanic(t *testing.T) {
	t.Parallel()
	for seed := range uint64(worlds) {
		w := newWorld(seed)
		for side := range w.obs.Sides {
			if chance(w.rng, 30) {
				delete(w.obs.Sides, side)
			}
		}
		if chance(w.rng, 20) {
			w.obs.Records = nil
		}
		if chance(w.rng, 20) {
			w.obs.Elsewhere, w.obs.ZoneNames = nil, nil
		}
		step, err := Next(w.spec, w.obs)
		if _, ok := w.obs.Sides[w.spec.Live]; !ok && err == nil {
			w.fail(t, seed, fmt.Errorf("wants %s without a target", step))
		}
		w.obs.PhaseAt(w.spec)
		Recipe(w.spec, stateOf(w.spec, w.obs, w.spec.Live))
	}
}
