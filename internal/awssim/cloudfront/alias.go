package cloudfront

import (
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// An AliasEvent is one change of hands of an alternate domain name.
type AliasEvent struct {
	At      time.Time   `json:"at"`             // of the write
	Seq     int         `json:"seq"`            // of the write, as a Version's
	From    string      `json:"from,omitempty"` // distribution id; empty: nobody owned it
	To      string      `json:"to,omitempty"`   // distribution id; empty: nobody owns it afterwards
	Arrives []time.Time `json:"arrives"`        // per POP: from then on To owns it
	// Gap is how long before Arrives the name stops belonging to From.
	Gap time.Duration `json:"gap,omitempty"`
}

// key is the spelling under which an alias is unique: names have no case.
func key(name string) string { return strings.ToLower(name) }

func aliasesOf(config *wire.Node) []string {
	var out []string
	for _, n := range config.All("CNAME", "Aliases", "Items") {
		out = append(out, n.Text)
	}
	return out
}

// withAliases returns a copy of config that lists exactly these names.
func withAliases(config *wire.Node, names []string) *wire.Node {
	out := config.Clone()
	aliases := wire.Elem("Aliases", wire.Int("Quantity", len(names)))
	if len(names) > 0 {
		items := wire.Elem("Items")
		for _, n := range names {
			items.Children = append(items.Children, wire.Text("CNAME", n))
		}
		aliases.Children = append(aliases.Children, items)
	}
	out.Set(aliases)
	return out
}

// minus returns the names of a that b lacks.
func minus(a, b []string) []string {
	var out []string
	for _, x := range a {
		if !slices.ContainsFunc(b, func(y string) bool { return key(x) == key(y) }) {
			out = append(out, x)
		}
	}
	return out
}

// validName says whether name is a domain name as an alias may be, upper case apart:
// at least two labels, and a wildcard only as the whole first one.
func validName(name string) bool {
	rest := strings.TrimPrefix(name, "*.")
	labels := strings.Split(rest, ".")
	if len(name) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
		for _, c := range []byte(l) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
	}
	return true
}

// certificateCovers: a wildcard in a certificate stands for exactly one label, so it
// covers the wildcard alias of the same spelling too. Source: Developer Guide, CNAMEs.
func certificateCovers(names []string, alias string) bool {
	alias = key(alias)
	for _, n := range names {
		n = key(n)
		if n == alias {
			return true
		}
		suffix, wild := strings.CutPrefix(n, "*")
		first, ok := strings.CutSuffix(alias, suffix)
		if wild && ok && first != "" && !strings.Contains(first, ".") {
			return true
		}
	}
	return false
}

// aliasCovers: a wildcard alias stands for any depth.
func aliasCovers(alias, name string) bool {
	alias, name = key(alias), key(name)
	suffix, wild := strings.CutPrefix(alias, "*")
	return alias == name || wild && strings.HasSuffix(name, suffix) && len(name) > len(suffix)
}

// candidates are the aliases that may claim host, most specific first.
func candidates(host string) []string {
	out := []string{host}
	for rest := host; ; {
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			return out
		}
		out, rest = append(out, "*."+after), after
	}
}

// owner is who owns a name in the control plane's view.
func (s *Service) owner(name string) *distribution {
	if events := s.names[key(name)]; len(events) > 0 {
		return s.byID[events[len(events)-1].To]
	}
	return nil
}

// record appends to a name's history. The caller holds mu.
func (s *Service) record(name string, e AliasEvent) {
	e.Seq = s.seq
	s.names[key(name)] = append(s.names[key(name)], e)
}

// covered says whether the certificate of config is valid for name.
func (s *Service) covered(config *wire.Node, name string) bool {
	names, ok := s.opts.Certificates(config.String("ViewerCertificate", "ACMCertificateArn"))
	return ok && certificateCovers(names, name)
}

// move gives name to target in one transaction: it leaves the owner's
// configuration and enters the target's, both get a new version, and at each POP
// the name changes hands once, on a schedule of its own. That schedule is not
// ordered after the target's earlier versions: a target that has not arrived
// somewhere yet cannot serve the name there.
func (s *Service) move(name string, from, to *distribution, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name = key(name)
	event := AliasEvent{At: now, To: to.id}
	var last []time.Time
	if events := s.names[name]; len(events) > 0 {
		last = events[len(events)-1].Arrives
	}
	event.Arrives = s.opts.Propagation.Schedule(name, len(s.names[name]), now, last)
	if from != nil {
		event.From, event.Gap = from.id, s.opts.Knobs.UnownedGap
		for i, t := range event.Arrives {
			if t.Before(propagation.Never) {
				event.Arrives[i] = t.Add(event.Gap)
			}
		}
	}
	s.record(name, event)
	if from != nil {
		from.of.follow(from, withAliases(from.config(), minus(from.aliases(), []string{name})), event)
	}
	s.follow(to, withAliases(to.config(), append(to.aliases(), name)), event)
}

// follow makes the version that goes with a moved name: Deployed once every POP has both.
func (s *Service) follow(d *distribution, config *wire.Node, e AliasEvent) {
	arrives := slices.Clone(e.Arrives)
	for i, t := range d.latest().Arrives {
		if t.After(arrives[i]) && t.Before(propagation.Never) {
			arrives[i] = t
		}
	}
	s.append(d, Version{At: e.At, Arrives: arrives, Config: config, AliasOnly: true})
}

// checkMove are the rules that AssociateAlias and UpdateDomainAssociation share
// once the target and its certificate are known to be good. unowned and early are what
// a name without an owner, and a target that is InProgress, are refused with; "" accepts
// it. done: there is nothing to do.
func (s *Service) checkMove(name string, to *distribution, unowned, early string, now time.Time) (from *distribution, done bool, err error) {
	k := s.opts.Knobs
	from = s.owner(name)
	switch {
	case s.stranger(name):
		if k.ProofLast && s.serves(from, now) {
			return nil, false, sourceEnabled()
		}
		if !s.proven(name, to.domain, now) {
			return nil, false, unproven()
		}
		if s.serves(from, now) {
			return nil, false, sourceEnabled()
		}
	case from == nil && unowned != "":
		return nil, false, errorf(unowned, "The domain %s is not associated with a distribution.", name)
	case from == to:
		if k.RefuseRepeatedAssociate {
			return nil, false, errorf("IllegalUpdate", "The alias is already associated with the target distribution.")
		}
		return from, true, nil
	case from != nil && k.SourceMustBeDisabled && from.config().True("Enabled"):
		return nil, false, sourceEnabled()
	}
	if k.MoveLockedByPolicy {
		for _, d := range []*distribution{from, to} {
			if d != nil && d.config().String("ContinuousDeploymentPolicyId") != "" {
				return nil, false, errorf("IllegalUpdate", "One or more fields updated are not supported for continuous deployment.")
			}
		}
	}
	if early != "" && to.status(now) == "InProgress" {
		return nil, false, &wire.Error{
			Code: early, Status: conflictStatus(early),
			Message: "The request failed because it didn't meet the preconditions in one or more request-header fields.",
		}
	}
	return from, false, nil
}

// stranger says whether a name is another account's, of which a move needs proof.
func (s *Service) stranger(name string) bool {
	_, outside := s.elsewhere[key(name)]
	from := s.owner(name)
	return outside || from != nil && from.of != s
}

// serves says whether the source of a move is too alive for it, as far as the target's
// account is concerned. One that is not simulated, nil, always is.
func (s *Service) serves(from *distribution, now time.Time) bool {
	return from == nil || from.config().True("Enabled") || s.opts.Knobs.SourceMustBeDeployed && from.status(now) != "Deployed"
}

func unproven() error {
	return errorf("IllegalUpdate", "Invalid or missing alias DNS TXT records.")
}

func sourceEnabled() error {
	return errorf("IllegalUpdate", "Alias move is not allowed since the source distribution is enabled.")
}

func (s *Service) associateAlias(r *call) (*wire.Response, error) {
	name := r.Query.Get("Alias")
	d, err := s.find(r.Labels["TargetDistributionId"])
	if err != nil {
		return nil, err
	}
	switch {
	case !validName(name):
		return nil, invalidAlias()
	case d.staging():
		return nil, errorf("IllegalUpdate", "A staging distribution cannot have aliases.")
	case !s.covered(d.config(), name):
		return nil, errorf("InvalidArgument", "The request contains an invalid domain name")
	case s.opts.Knobs.RequireTXT && !s.stranger(name) && !s.proven(name, d.domain, r.now):
		return nil, unproven()
	}
	unowned, early := s.opts.Knobs.UnownedMove, s.opts.Knobs.RefuseMoveInProgress
	if unowned != "" {
		unowned = "IllegalUpdate" // the model has no EntityNotFound for this operation
	}
	if early != "" {
		early = "IllegalUpdate" // and no PreconditionFailed
	}
	from, done, err := s.checkMove(name, d, unowned, early, r.now)
	if err != nil {
		return nil, err
	}
	if !done {
		if len(d.aliases()) >= maxAliases {
			return nil, tooManyAliases()
		}
		s.move(name, from, d, r.now)
	}
	return &wire.Response{}, nil
}

func (s *Service) updateDomainAssociation(r *call) (*wire.Response, error) {
	name := r.Body.String("Domain")
	d, err := s.resource(r.Body.Get("TargetResource"))
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, d.etag(r.now)); err != nil {
		return nil, err
	}
	switch {
	case !validName(name), !s.covered(d.config(), name):
		return nil, errorf("InvalidArgument", "The request contains an invalid domain name")
	case d.staging():
		return nil, errorf("IllegalUpdate", "A staging distribution cannot have aliases.")
	}
	from, done, err := s.checkMove(name, d, s.opts.Knobs.UnownedMove, s.opts.Knobs.RefuseMoveInProgress, r.now)
	if err != nil {
		return nil, err
	}
	if !done {
		if len(d.aliases()) >= maxAliases {
			return nil, errorf("InvalidArgument", "The target distribution has the maximum number of alternate domain names.")
		}
		s.move(name, from, d, r.now)
	}
	body := wire.Elem("UpdateDomainAssociationResult", wire.Text("Domain", name), wire.Text("ResourceId", d.id))
	return (&wire.Response{Body: body}).WithHeader("ETag", d.etag(r.now)), nil
}

// resource resolves a DistributionResourceId, which names exactly one resource.
// There are no tenants here, so none exists.
func (s *Service) resource(n *wire.Node) (*distribution, error) {
	id, tenant := n.String("DistributionId"), n.String("DistributionTenantId")
	if (id == "") == (tenant == "") {
		return nil, errorf("InvalidArgument", "Specify either a distribution or a distribution tenant.")
	}
	d := s.byID[id]
	if d == nil || d.of != s || d.deleted {
		return nil, errorf("EntityNotFound", "The specified resource does not exist.")
	}
	return d, nil
}

// A conflict is an alias in use.
type conflict struct {
	alias string
	Outsider
}

// conflicts lists who owns name or overlaps it: for an exact name itself and the
// wildcards over it, for a wildcard itself and every name under it.
// Source: API reference of ListConflictingAliases and ListDomainConflicts.
func (s *Service) conflicts(name string) []conflict {
	var out []conflict
	overlap := func(alias string) bool { return aliasCovers(alias, name) }
	if strings.HasPrefix(name, "*.") {
		overlap = func(alias string) bool { return aliasCovers(name, alias) }
	}
	for alias := range s.names {
		if d := s.owner(alias); d != nil && overlap(alias) {
			out = append(out, conflict{alias, Outsider{Type: "distribution", ID: d.id, Account: d.of.opts.Account}})
		}
	}
	for alias, o := range s.elsewhere {
		if overlap(alias) {
			out = append(out, conflict{alias, o})
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].alias < out[j].alias })
	return out
}

// masked hides the first half of an identifier, as CloudFront does for everybody's.
func masked(id string) string { return strings.Repeat("*", len(id)/2) + id[len(id)/2:] }

// conflictPage cuts a page. The marker is the last alias of the page before; it need
// not be in use any more.
func (s *Service) conflictPage(name, marker, maxItems string) (page[conflict], error) {
	all := s.conflicts(name)
	var keys []string
	for _, c := range all {
		keys = append(keys, c.alias)
	}
	if marker != "" && !slices.Contains(keys, marker) {
		_, known := s.names[marker]
		if _, outside := s.elsewhere[marker]; !known && !outside {
			return page[conflict]{}, errorf("InvalidArgument", "The parameter Marker is not valid.")
		}
		keys = append(keys, marker)
		sort.Strings(keys)
	}
	return cut(marker, maxItems, keys, all, func(c conflict) string { return c.alias })
}

func (s *Service) listConflictingAliases(r *call) (*wire.Response, error) {
	name := r.Query.Get("Alias")
	if name == "" || !validName(name) {
		return nil, errorf("InvalidArgument", "The parameter Alias is not valid.")
	}
	d, err := s.find(r.Query.Get("DistributionId"))
	if err != nil {
		return nil, err
	}
	if !s.covered(d.config(), name) {
		return nil, errorf("InvalidArgument", "The certificate attached to the distribution does not cover the alias.")
	}
	p, err := s.conflictPage(key(name), r.Query.Get("Marker"), r.Query.Get("MaxItems"))
	if err != nil {
		return nil, err
	}
	out := wire.Elem("ConflictingAliasesList")
	if p.next != "" {
		out.Set(wire.Text("NextMarker", p.next))
	}
	out.Set(wire.Int("MaxItems", p.max))
	out.Set(wire.Int("Quantity", len(p.items)))
	items := wire.Elem("Items")
	for _, c := range p.items {
		items.Children = append(items.Children, wire.Elem("ConflictingAlias", wire.Text("Alias", c.alias),
			wire.Text("DistributionId", masked(c.ID)), wire.Text("AccountId", masked(c.Account))))
	}
	if len(items.Children) > 0 {
		out.Set(items)
	}
	return &wire.Response{Body: out}, nil
}

func (s *Service) listDomainConflicts(r *call) (*wire.Response, error) {
	name := r.Body.String("Domain")
	d, err := s.resource(r.Body.Get("DomainControlValidationResource"))
	if err != nil {
		return nil, err
	}
	if !validName(name) || !s.covered(d.config(), name) {
		return nil, errorf("InvalidArgument", "The request contains an invalid domain name")
	}
	p, err := s.conflictPage(key(name), r.Body.String("Marker"), r.Body.String("MaxItems"))
	if err != nil {
		return nil, err
	}
	list := wire.Elem("DomainConflicts") // the list and its members have one name
	for _, c := range p.items {
		list.Children = append(list.Children, wire.Elem("DomainConflicts",
			wire.Text("Domain", c.alias), wire.Text("ResourceType", c.Type),
			wire.Text("ResourceId", masked(c.ID)), wire.Text("AccountId", masked(c.Account))))
	}
	out := wire.Elem("ListDomainConflictsResult", list)
	if p.next != "" {
		out.Set(wire.Text("NextMarker", p.next))
	}
	return &wire.Response{Body: out}, nil
}

func invalidAlias() error {
	return errorf("InvalidArgument", "The parameter CNAME contains one or more parameters that are not valid.")
}

func tooManyAliases() error {
	return errorf("TooManyDistributionCNAMEs", "Your request contains more CNAMEs than are allowed per distribution.")
}
