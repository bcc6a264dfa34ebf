// Package switchover decides how a set of alternate domain names moves from one
// CloudFront distribution to another, and the DNS records after them.
//
//	            alias moved                last alias            records
//	settled ───────────────▶ moving ───────────────▶ trailing ───────────▶ unproven
//	 ▲  ▲                      │                        │                     │
//	 │  │      names back      │      names back        │    gate failed      │ gate passed
//	 │  └── rolled_back ◀──────┴────────────────────────┴─────────────────────┤
//	 └────────────────────────────────────────────────────────────────────────┘
//
// displaced stands beside all of them: a name belongs to a distribution that is
// no side, or to nobody. The package reads no clock and remembers nothing.
package switchover

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/identity"
)

// Phase says where a switch stands, as AWS shows it.
type Phase string

// The phases of a switch.
const (
	// Settled: every name is on the live side, every record points there, the gate passed.
	Settled Phase = "settled"
	// Moving: the names are on more than one side. Each name is served all the same. Or they are on
	// one that a cutover between accounts has disabled, and nobody is served.
	Moving Phase = "moving"
	// Trailing: every name has moved; at least one record still points elsewhere or has
	// the short TTL of the way, or a wildcard that was only needed on the way is still there.
	// CloudFront goes by the Host header, so viewers are on the live side already.
	Trailing Phase = "trailing"
	// Unproven: names and records are in place, but since they moved no gate has passed,
	// or the paths to invalidate have not been.
	Unproven Phase = "unproven"
	// Displaced: a name is on a distribution that is no side, or on none.
	Displaced Phase = "displaced"
	// RolledBack: the last cutover failed its gate and everything is back where it was.
	RolledBack Phase = "rolled_back"
)

// Over says whether a cutover ended in the phase, and none is under way.
func (p Phase) Over() bool { return p == Settled || p == RolledBack }

// A Spec is what is asked for.
type Spec struct {
	Asked
	Mode
}

// Asked is what configuration asks for.
type Asked struct {
	Names []string                // lower case, sorted, at least one
	Sides map[cutover.Side]string // distribution id of each side
	Live  cutover.Side            // a key of Sides
	// Accounts are the names of the accounts of the sides that are not in the provider's own.
	Accounts map[cutover.Side]string
	// MayDarken are names that may be unserved while a distribution that has them is disabled.
	MayDarken []string
	Zones     []Zone // empty: DNS is somebody else's

	Method       Method // "": DomainAssociation
	KeepWildcard bool   // WildcardOverlap leaves the wildcard on the idle side

	Before bool          // a gate must pass before the first name moves
	After  bool          // a gate must pass after the last record moved
	Bake   time.Duration // how long the gate after must hold
	// TestAliases are the names by which sides are probed before a move, where they have one.
	TestAliases map[cutover.Side]string

	// Invalidate lists the paths whose cached copies on the target are to go once it is
	// live and proven. A run in which no name has moved leaves them alone, unless it is
	// Unfinished: it carries on after one that moved them.
	Invalidate []string
}

// Mode is in which way a run goes about it: what state and the runs before it have to say.
type Mode struct {
	// Kept are the types of the records that the switch has kept of each name: one that is
	// gone was deleted by somebody, and is missed. Empty for a name it has not kept so far.
	Kept       map[string][]string
	Unfinished bool

	// Adopting is set until the switch first settles: records that point at no side
	// belong to somebody else then, and moving them would be theft.
	Adopting bool
	// Joining lists names whose records the switch has not kept so far, because they or
	// their zone are new in it. The same holds for them.
	Joining []string
	// RollingBack leaves the gates out: the way back must not depend on evidence.
	RollingBack bool
}

// Target is the distribution id of the side that is to be live.
func (s Spec) Target() string { return s.Sides[s.Live] }

// SideOf returns the side a distribution plays, and whether it plays one.
func (s Spec) SideOf(distribution string) (cutover.Side, bool) {
	for side, id := range s.Sides {
		if distribution != "" && id == distribution {
			return side, true
		}
	}
	return "", false
}

// order lists the sides in an order that does not depend on what they are called:
// by distribution, the target last.
func (s Spec) order() []cutover.Side {
	return slices.SortedFunc(maps.Keys(s.Sides), func(a, b cutover.Side) int {
		if a == s.Live || b == s.Live {
			return cmp.Compare(rank(a == s.Live), rank(b == s.Live))
		}
		return strings.Compare(s.Sides[a], s.Sides[b])
	})
}

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
}

// ZoneOf returns the most specific zone that holds name.
func (s Spec) ZoneOf(name string) (Zone, bool) {
	var best Zone
	found := false
	for _, z := range s.Zones {
		if InZone(name, z.Domain) && len(z.Domain) > len(best.Domain) {
			best, found = z, true
		}
	}
	return best, found
}

// InZone says whether a record called name can live in the zone of domain.
func InZone(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

// A Zone is a Route 53 hosted zone in which the switch keeps records.
type Zone struct {
	Domain string // lower case, without the trailing dot
	ID     string
	CNAME  bool  // keep one CNAME instead of alias records
	TTL    int64 // seconds, of the CNAME
	// LowerTTL is the TTL, in seconds, that the CNAME has during a cutover; 0: always TTL.
	LowerTTL int64
	Account  string // name of the account that it is in; "" is the provider's own
}

// Same says whether the records of both come to the same once a cutover is over.
func (z Zone) Same(other Zone) bool {
	z.LowerTTL, other.LowerTTL = 0, 0
	z.Account, other.Account = "", "" // an id is of one zone, wherever that is
	return z == other
}

// A Distribution is what CloudFront says about one side.
type Distribution struct {
	ID       string
	Domain   string // d….cloudfront.net
	ETag     string
	Deployed bool
	// Settling: not Deployed, but only because of names that came or went since it
	// was. Moving another name onto it is as safe as the first was.
	Settling bool
	// Recent: it was written so lately that a run which died may have done it.
	Recent      bool
	Enabled     bool
	Staging     bool
	IPv6        bool
	Aliases     []string
	Fingerprint string // of what is known of the configuration, without names and bookkeeping
	// UnknownHash and Version complete its identity.
	UnknownHash, Version string
	Unknown              []string // the elements of its configuration that nobody here knows
	CertificateARN       string   // in ACM; "": it has none there
	// Certificate holds the names the viewer certificate covers; nil: not known,
	// because nobody may read it. Then AWS has the last word.
	Certificate []string
	// Invalid says why the certificate is not valid, in words; "": it is, or nobody may
	// read it.
	Invalid     string
	DefaultCert bool // only *.cloudfront.net: covers none of our names
}

// Identity says which configuration it has.
func (d Distribution) Identity() identity.Identity {
	return identity.Identity{Known: d.Fingerprint, Unknown: d.UnknownHash, Version: d.Version}
}

// Owns says whether the distribution has exactly this alias.
func (d Distribution) Owns(name string) bool { return slices.Contains(d.Aliases, name) }

// A Record is one record set at one of the names.
type Record struct {
	Name, Type string
	Target     string   // alias target or CNAME value, lower case, no trailing dot
	AliasZone  string   // hosted zone of the alias target; empty: not an alias record
	Evaluate   bool     // evaluate target health
	TTL        int64    // seconds; 0 for alias records
	Values     []string // of a record that is no alias, as Route 53 shows them
	Routing    string   // weighted, latency …; empty: simple
}

// Alias says whether the record is an alias record.
func (r Record) Alias() bool { return r.AliasZone != "" }

// An Observation is what AWS showed at one moment, and what the gates of this
// run have shown so far.
type Observation struct {
	Seen
	Own
}

// Unreached is why a zone could not be looked at.
type Unreached struct {
	Elsewhere bool   // another account of the switch has it
	Account   string // its name; "" is the provider's own
	Why       string // what was answered where it is said to be, if no account has it
}

// Seen is what AWS has shown.
type Seen struct {
	Sides map[cutover.Side]Distribution
	// Elsewhere names the owner of each name that no side has; a missing or empty
	// entry means nobody owns it. AWS masks half of the id in other accounts.
	Elsewhere map[string]string
	// Unasked says, for a name that no side has, why nobody could be asked who else has
	// it. That is not to say that nobody does.
	Unasked map[string]string
	Asking  string // the distribution on whose behalf CloudFront was asked that; "": it was not
	// Caught lists, for each wildcard that is to serve names on their way, the other
	// names it would serve: they point at CloudFront, and no distribution has them. Nil:
	// nobody has looked, because no name is to move that way, or not into a zone of ours.
	Caught    map[string][]string
	Records   map[string][]Record      // by name; A, AAAA, HTTPS and CNAME only
	Beside    map[string][]string      // types of the other records at a name: TXT, MX, NS …
	Guards    map[string]cutover.Guard // by zone id
	ZoneNames map[string]string        // domain of each hosted zone by id, as Route 53 has it; "": there is none

	// Unreached are the zones that could not be looked at in their account, by id.
	Unreached map[string]Unreached

	// DelegatedAt is, by name, the domain at which its zone hands the name to other name
	// servers; Private are the domains of zones that answer in VPCs only.
	DelegatedAt map[string]string
	Private     []string
	// Proofs are all records at the names of the proofs that were looked at, see ProofAt.
	Proofs map[string][]Record
}

// Own is what a run itself knows, and no look can show.
type Own struct {
	Pending bool // a record change of this run is not INSYNC yet
	// Unheard: a record change of this run got no answer, so it cannot be asked whether it is
	// INSYNC; if it was made, name servers may lack it.
	Unheard bool
	// Cached: resolvers may still hold a record with the TTL it had before this run
	// lowered it.
	Cached bool
	// Darkened are the sides that a cutover has disabled, this run or one that died before it.
	Darkened map[cutover.Side]bool
	// Proven are the values of proofs that the switch has added and not taken away, by the
	// names of the records.
	Proven map[string][]string
	// Tried are the names that AWS was asked for while their source, in another account, was
	// enabled, and that it has refused for no other reason.
	Tried map[string]bool
	// Alone: AWS has refused a proof, and may take one only if it is the one value of its record.
	Alone bool
	// MoveRefused: the target has refused a name while it was still deploying.
	MoveRefused   bool
	Before, After cutover.Evidence
	// TakenBack is a name that this run has seen on the target and that another side has
	// now; "" if there is none. Whoever took it means it.
	TakenBack string
	// Diverted describes, by name, the records that somebody has pointed out of CloudFront
	// during this run, or the run that it undoes. Whoever did that means it.
	Diverted map[string]string
	// Moved: the run found a name that was not on the target.
	Moved        bool
	Invalidation cutover.Invalidation // of this run
}

// Since compares a side with the configuration that is on record of it. A side that is
// not there says nothing.
func (o Observation) Since(side cutover.Side, recorded identity.Identity) identity.Verdict {
	return identity.Compare(recorded, o.Sides[side].Identity())
}

// Owner returns the distribution that has name: a side's id, another's, or "".
//
// The sides are not read at one instant, so two of them may seem to have the name.
// Then it counts as not yet on the target: looking again does no harm, while going
// on to the records because of a stale answer would.
func (o Observation) Owner(spec Spec, name string) string {
	for _, side := range spec.order() {
		if o.Sides[side].Owns(name) {
			return spec.Sides[side]
		}
	}
	return o.Elsewhere[name]
}

// MovedLately says whether a create that finds nothing to move may be the rest of one that
// died: its target was written lately, as it is when a name comes to it. Nothing at AWS tells
// more: an invalidation too many is harmless, and one that is missing is not.
func (o Observation) MovedLately(spec Spec) bool {
	return spec.Adopting && o.Sides[spec.Live].Recent
}

// Misplaced says whether any name is not on the target.
func (o Observation) Misplaced(spec Spec) bool { return len(misplaced(spec, o)) > 0 }

// Owners returns Owner for every name.
func (o Observation) Owners(spec Spec) map[string]string {
	out := make(map[string]string, len(spec.Names))
	for _, name := range spec.Names {
		out[name] = o.Owner(spec, name)
	}
	return out
}

// Live returns the side that has every name of the spec.
func (o Observation) Live(spec Spec) (cutover.Side, bool) {
	var live cutover.Side
	for i, name := range spec.Names {
		side, ok := spec.SideOf(o.Owner(spec, name))
		if !ok || i > 0 && side != live {
			return "", false
		}
		live = side
	}
	return live, len(spec.Names) > 0
}

// Pointed returns the one target that every record of name has, "" if they
// disagree, if there are none, or if they are of another kind than their zone asks
// for: then pointing them is still to be done.
func (o Observation) Pointed(spec Spec, name string) string {
	o.Diverted = nil // it is about where records point, whoever wants them to
	target := ""
	for i, r := range o.Records[name] {
		if i > 0 && r.Target != target || r.Target == "" {
			return ""
		}
		target = r.Target
	}
	for side, d := range o.Sides {
		spec.Live = side
		if d.Domain == target && len(repoint(spec, o, name).Add) > 0 {
			return ""
		}
	}
	return target
}

// RecordTypes lists the types of the records of name that a switch keeps.
func (o Observation) RecordTypes(name string) []string {
	var out []string
	for _, r := range o.Records[name] {
		if r.Routing == "" && !slices.Contains(out, r.Type) {
			out = append(out, r.Type)
		}
	}
	slices.Sort(out)
	return out
}

// PhaseAt says where the switch stands as seen from one side: the one that was
// settled last, or that state believes to be live. Whether a gate passed cannot
// be observed, so Settled here means "in place".
func (o Observation) PhaseAt(spec Spec) Phase {
	o.Diverted = nil // it is about where records point, whoever wants them to
	for _, name := range spec.Names {
		if _, ok := spec.SideOf(o.Owner(spec, name)); !ok {
			return Displaced
		}
	}
	live, ok := o.Live(spec)
	if !ok {
		return Moving
	}
	spec.Live = live
	if o.Unfinished(live) {
		return Moving
	}
	for _, name := range spec.Names {
		if len(repoint(spec, o, name).Add) > 0 {
			return Trailing
		}
	}
	if _, low := nextRaise(spec, o); low || tidy(spec, o) != nil {
		return Trailing
	}
	if _, left := Unprove(spec, o); left {
		return Trailing
	}
	return Settled
}
