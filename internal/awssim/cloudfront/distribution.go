package cloudfront

import (
	"slices"
	"strconv"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// A Version is one accepted configuration of a distribution.
type Version struct {
	At      time.Time   `json:"at"`
	Seq     int         `json:"seq"`     // of the write, among all of the account
	Arrives []time.Time `json:"arrives"` // per POP; never before the version before it
	Config  *wire.Node  `json:"-"`
	// AliasOnly: nothing but alternate domain names changed.
	AliasOnly bool `json:"alias_only,omitempty"`
	// PolicyOnly: nothing but the continuous deployment policy changed.
	PolicyOnly bool `json:"policy_only,omitempty"`

	etag, etagDeployed string

	split  *split // of the attached policy, as it was then; nil for none
	silent bool   // status and ETag do not show it
}

func (v *Version) deployed(at time.Time) bool { return !propagation.Done(v.Arrives).After(at) }

type distribution struct {
	of              *Service // whose it is
	id, domain, arn string
	versions        []Version
	tags            []tag
	invalidations   []*invalidation
	copied          *copied // how CopyDistribution made it
	deleted         bool
	gone            []time.Time // per POP, once deleted
	ended           time.Time   // when it was deleted
}

func (d *distribution) latest() *Version { return &d.versions[len(d.versions)-1] }

func (d *distribution) config() *wire.Node { return d.latest().Config }

func (d *distribution) staging() bool { return d.config().True("Staging") }

// shown is the version that status and ETag speak of.
func (d *distribution) shown() *Version {
	for i, v := range slices.Backward(d.versions) {
		if !v.silent {
			return &d.versions[i]
		}
	}
	return &d.versions[0]
}

// modified is when the configuration was written last.
func (d *distribution) modified() time.Time {
	for _, v := range slices.Backward(d.versions) {
		if !v.PolicyOnly {
			return v.At
		}
	}
	return d.versions[0].At
}

func (d *distribution) status(at time.Time) string {
	if d.shown().deployed(at) {
		return "Deployed"
	}
	return "InProgress"
}

// etag is the version identifier that a conditional write has to name.
func (d *distribution) etag(at time.Time) string {
	v := d.shown()
	if v.etagDeployed != "" && v.deployed(at) {
		return v.etagDeployed
	}
	return v.etag
}

func (d *distribution) aliases() []string { return aliasesOf(d.config()) }

// Quotas of an account. Source: Developer Guide, quotas.
const (
	maxAliases = 100
	maxPage    = 100
)

func noSuchDistribution() error {
	return errorf("NoSuchDistribution", "The specified distribution does not exist.")
}

// find returns a distribution that exists.
func (s *Service) find(id string) (*distribution, error) {
	d := s.byID[id]
	if d == nil || d.of != s || d.deleted { // CloudFront does not tell another account's from none
		return nil, noSuchDistribution()
	}
	return d, nil
}

func (s *Service) createDistribution(r *call) (*wire.Response, error) {
	return s.create(r, r.Body, nil)
}

func (s *Service) createDistributionWithTags(r *call) (*wire.Response, error) {
	tags, err := readTags(r.Body.Get("Tags"))
	if err != nil {
		return nil, err
	}
	return s.create(r, r.Body.Get("DistributionConfig"), tags)
}

func (s *Service) create(r *call, asked *wire.Node, tags []tag) (*wire.Response, error) {
	if err := s.admit(asked); err != nil {
		return nil, err
	}
	if asked.String("ContinuousDeploymentPolicyId") != "" {
		return nil, errorf("InvalidArgument", "Continuous deployment policy is not supported during distribution creation.")
	}
	config := complete(asked)
	if err := s.check(config, nil, r.now); err != nil {
		return nil, err
	}
	d := s.add(config, r.now)
	d.tags = tags
	return s.answer(d, r.now).WithHeader("Location", location(d)), nil
}

// admit checks what concerns the account in a new distribution: its caller reference and the quotas.
func (s *Service) admit(asked *wire.Node) error {
	ref := asked.String("CallerReference")
	if ref == "" {
		return errorf("InvalidArgument", "The parameter CallerReference is too small.")
	}
	all, staging := 0, 0
	for _, d := range s.order {
		switch {
		case d.deleted:
		case d.config().String("CallerReference") == ref:
			return errorf("DistributionAlreadyExists",
				"The caller reference that you are using to create a distribution is associated with another distribution. Already exists: %s", d.id)
		case d.staging():
			all, staging = all+1, staging+1
		default:
			all++
		}
	}
	if all >= s.opts.Knobs.Distributions || asked.True("Staging") && staging >= s.opts.Knobs.StagingDistributions {
		return errorf("TooManyDistributions", "Processing your request will cause you to exceed the maximum number of distributions allowed.")
	}
	return nil
}

// add makes a distribution with a checked configuration.
func (s *Service) add(config *wire.Node, now time.Time) *distribution {
	d := &distribution{of: s, domain: s.random("d", lower) + ".cloudfront.net", id: s.random("E", upper)}
	d.arn = "arn:aws:cloudfront::" + s.opts.Account + ":distribution/" + d.id
	s.mu.Lock()
	defer s.mu.Unlock()
	s.order = append(s.order, d)
	s.byID[d.id], s.byDomain[d.domain] = d, d
	s.commit(d, config, now)
	return d
}

func location(d *distribution) string {
	return "https://cloudfront.amazonaws.com/2020-05-31/distribution/" + d.id
}

func (s *Service) getDistribution(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	return s.answer(d, r.now), nil
}

func (s *Service) getDistributionConfig(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	return (&wire.Response{Body: s.visible(d)}).WithHeader("ETag", d.etag(r.now)), nil
}

func (s *Service) updateDistribution(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, d.etag(r.now)); err != nil {
		return nil, err
	}
	if code := s.opts.Knobs.RefuseUpdateInProgress; code != "" && d.status(r.now) == "InProgress" {
		return nil, &wire.Error{Code: code, Status: conflictStatus(code), Message: "The distribution is still being deployed."}
	}
	asked, old := r.Body, d.config()
	if asked.String("CallerReference") != old.String("CallerReference") {
		return nil, errorf("IllegalUpdate", "You cannot update Origin or CallerReference.")
	}
	if err := s.requireFull(asked); err != nil {
		return nil, err
	}
	config := complete(asked)
	if config.True("Staging") != old.True("Staging") {
		return nil, errorf("IllegalUpdate", "The Staging attribute of a distribution cannot be changed.")
	}
	if err := s.link(d, asked, config); err != nil {
		return nil, err
	}
	if err := s.check(config, d, r.now); err != nil {
		return nil, err
	}
	if err := s.checkLocked(d, config); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.point(func() { s.commit(d, config, r.now) }, r.now)
	s.mu.Unlock()
	return s.answer(d, r.now), nil
}

func conflictStatus(code string) int {
	if code == "PreconditionFailed" {
		return 412
	}
	return 400
}

// fullUpdate lists what the guide requires of an update but not of a creation.
// Source: Developer Guide, "Required fields for creating and updating distributions".
var fullUpdate = []string{
	"Aliases", "DefaultRootObject", "CacheBehaviors", "CustomErrorResponses", "Logging",
	"PriceClass", "ViewerCertificate", "Restrictions", "WebACLId", "HttpVersion",
}

// The same of a cache behaviour, by the guide, and of an origin, by what people met:
// aws-controllers-k8s/community #2335 and #2461, hashicorp/terraform #13367.
var (
	fullBehavior     = []string{"AllowedMethods", "SmoothStreaming", "Compress", "LambdaFunctionAssociations", "FieldLevelEncryptionId"}
	fullOrigin       = []string{"OriginPath", "CustomHeaders"}
	fullCustomOrigin = []string{"OriginSslProtocols", "OriginReadTimeout", "OriginKeepaliveTimeout"}
)

func (s *Service) requireFull(asked *wire.Node) error {
	if !s.opts.Knobs.FullUpdateRequired {
		return nil
	}
	for _, part := range []struct {
		nodes    []*wire.Node
		required []string
	}{
		{[]*wire.Node{asked}, fullUpdate},
		{behaviors(asked), fullBehavior},
		{asked.All("Origin", "Origins", "Items"), fullOrigin},
		{customOrigins(asked), fullCustomOrigin},
	} {
		for _, n := range part.nodes {
			for _, name := range part.required {
				if n.Get(name) == nil { // worded as in public issues
					return errorf("IllegalUpdate", "%s is required for updates.", name)
				}
			}
		}
	}
	return nil
}

func customOrigins(c *wire.Node) []*wire.Node {
	var out []*wire.Node
	for _, o := range c.All("Origin", "Origins", "Items") {
		if custom := o.Get("CustomOriginConfig"); custom != nil {
			out = append(out, custom)
		}
	}
	return out
}

func (s *Service) deleteDistribution(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["Id"])
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, d.etag(r.now)); err != nil {
		return nil, err
	}
	if d.config().True("Enabled") || d.status(r.now) != "Deployed" {
		return nil, errorf("DistributionNotDisabled", "The distribution you are trying to delete has not been disabled.")
	}
	if err := s.checkUnlinked(d); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.point(func() { d.deleted, d.ended = true, r.now }, r.now)
	d.gone = s.opts.Propagation.Schedule(d.id, len(d.versions), r.now, s.after(d, d.aliases()))
	for _, name := range d.aliases() {
		s.record(name, AliasEvent{At: r.now, From: d.id, Arrives: d.gone})
	}
	return &wire.Response{}, nil
}

func (s *Service) listDistributions(r *call) (*wire.Response, error) {
	page, err := s.pageOf(r, s.asListed(r.now))
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, d := range page.items {
		items.Children = append(items.Children, s.summary(d, r.now))
	}
	return &wire.Response{Body: page.render("DistributionList", items)}, nil
}

// A page is one answer of a list operation.
type page[T any] struct {
	marker, next string
	max          int
	items        []T
}

// pageAfter cuts the page that the call asks for. A marker is the identifier of
// the last item of the page before; keys are all identifiers that were ever
// given out, in order, so that a page goes on when its marker is deleted meanwhile.
func pageAfter[T any](r *call, keys []string, items []T, key func(T) string) (page[T], error) {
	marker, maxItems := r.Query.Get("Marker"), r.Query.Get("MaxItems")
	return cut(marker, maxItems, keys, items, key)
}

func cut[T any](marker, maxItems string, keys []string, items []T, key func(T) string) (page[T], error) {
	p := page[T]{marker: marker, max: maxPage}
	if maxItems != "" {
		n, err := strconv.Atoi(maxItems)
		if err != nil || n < 1 {
			return p, errorf("InvalidArgument", "The parameter MaxItems is not valid.")
		}
		p.max = min(n, maxPage)
	}
	from := -1
	if marker != "" {
		if from = slices.Index(keys, marker); from < 0 {
			return p, errorf("InvalidArgument", "The parameter Marker is not valid.")
		}
	}
	for _, item := range items {
		if slices.Index(keys, key(item)) <= from {
			continue
		}
		if len(p.items) == p.max {
			p.next = key(p.items[p.max-1])
			break
		}
		p.items = append(p.items, item)
	}
	return p, nil
}

func (p page[T]) render(name string, items *wire.Node) *wire.Node {
	out := wire.Elem(name, wire.Text("Marker", p.marker))
	if p.next != "" {
		out.Set(wire.Text("NextMarker", p.next))
	}
	out.Set(wire.Int("MaxItems", p.max))
	out.Set(wire.Bool("IsTruncated", p.next != ""))
	out.Set(wire.Int("Quantity", len(p.items)))
	if len(items.Children) > 0 {
		out.Set(items)
	}
	return out
}

// after is the schedule that the next change of d may not overtake: d's version
// before, and the latest event of each name that the change touches.
func (s *Service) after(d *distribution, names []string) []time.Time {
	var out []time.Time
	merge := func(arrives []time.Time) {
		if out == nil {
			out = slices.Clone(arrives)
			return
		}
		for i, t := range arrives {
			// A frozen change holds back nothing, see propagation.Schedule.
			if t.After(out[i]) && t.Before(propagation.Never) || !out[i].Before(propagation.Never) {
				out[i] = t
			}
		}
	}
	if len(d.versions) > 0 {
		merge(d.latest().Arrives)
	}
	for _, name := range names {
		if events := s.names[key(name)]; len(events) > 0 {
			merge(events[len(events)-1].Arrives)
		}
	}
	return out
}

// commit makes config the next version of d. Names that it adds or drops change
// hands with it. The caller holds mu.
func (s *Service) commit(d *distribution, config *wire.Node, now time.Time) {
	var before []string
	if len(d.versions) > 0 {
		before = d.aliases()
	}
	after := aliasesOf(config)
	added, dropped := minus(after, before), minus(before, after)
	arrives := s.opts.Propagation.Schedule(d.id, len(d.versions), now, s.after(d, append(slices.Clone(added), dropped...)))
	s.append(d, Version{At: now, Arrives: arrives, Config: config, AliasOnly: len(d.versions) > 0 && sameButNames(d.config(), config)})
	for _, name := range dropped {
		s.record(name, AliasEvent{At: now, From: d.id, Arrives: arrives})
	}
	for _, name := range added {
		s.record(name, AliasEvent{At: now, To: d.id, Arrives: arrives})
	}
}

// sameButNames says whether two configurations differ in nothing but their names.
func sameButNames(a, b *wire.Node) bool {
	a, b = a.Clone(), b.Clone()
	a.Remove("Aliases")
	b.Remove("Aliases")
	return slices.Equal(a.Leaves(), b.Leaves())
}

// append is called for distributions of the account alone.
func (s *Service) append(d *distribution, v Version) {
	v.Seq, v.etag = s.seq, s.newETag()
	if s.opts.Knobs.ETagOnDeployed {
		v.etagDeployed = s.newETag()
	}
	if p, err := s.findDeployment(v.Config.String("ContinuousDeploymentPolicyId")); err == nil {
		v.split = p.split
	}
	d.versions = append(d.versions, v)
	s.revive(d, v.Arrives)
}

// revive lets a change that was frozen travel with the next one of its distribution.
func (s *Service) revive(d *distribution, arrives []time.Time) {
	for _, events := range s.names {
		e := &events[len(events)-1]
		if e.To != d.id && e.From != d.id || !slices.ContainsFunc(e.Arrives, propagation.Never.Equal) {
			continue
		}
		e.Arrives = slices.Clone(e.Arrives)
		for i, t := range e.Arrives {
			if t.Equal(propagation.Never) {
				e.Arrives[i] = arrives[i]
			}
		}
	}
}

// answer is what Get, Create and Update return.
func (s *Service) answer(d *distribution, now time.Time) *wire.Response {
	running := 0
	for _, inv := range d.invalidations {
		if inv.status(now) == "InProgress" {
			running++
		}
	}
	body := wire.Elem("Distribution",
		wire.Text("Id", d.id),
		wire.Text("ARN", d.arn),
		wire.Text("Status", d.status(now)),
		wire.Text("LastModifiedTime", stamp(d.modified())),
		wire.Int("InProgressInvalidationBatches", running),
		wire.Text("DomainName", d.domain),
		activeSigners(d.config()), s.activeKeyGroups(d.config()),
		s.visible(d),
		recordals(d))
	return (&wire.Response{Body: body}).WithHeader("ETag", d.etag(now))
}

// activeSigners are the accounts that may sign for viewers, none of which has keys here.
func activeSigners(c *wire.Node) *wire.Node {
	items, seen := wire.Elem("Items"), map[string]bool{}
	for _, b := range behaviors(c) {
		for _, n := range b.All("AwsAccountNumber", "TrustedSigners", "Items") {
			if !seen[n.Text] {
				items.Children = append(items.Children, wire.Elem("Signer", wire.Text("AwsAccountNumber", n.Text), wire.Elem("KeyPairIds", wire.Int("Quantity", 0))))
			}
			seen[n.Text] = true
		}
	}
	return active("ActiveTrustedSigners", items)
}

// activeKeyGroups are the key groups that some behaviour trusts, with their keys.
func (s *Service) activeKeyGroups(c *wire.Node) *wire.Node {
	items := wire.Elem("Items")
	for _, g := range s.keyGroups {
		if trusts(g.id)(c) {
			items.Children = append(items.Children, wire.Elem("KeyGroup", wire.Text("KeyGroupId", g.id), names("KeyPairIds", "KeyPairId", publicKeysOf(g.config)...)))
		}
	}
	return active("ActiveTrustedKeyGroups", items)
}

func active(name string, items *wire.Node) *wire.Node {
	n := len(items.Children)
	if n == 0 {
		items = nil
	}
	return wire.Elem(name, wire.Bool("Enabled", n > 0), wire.Int("Quantity", n), items)
}

// recordals says of each alias that it needs no filing in China.
func recordals(d *distribution) *wire.Node {
	out := wire.Elem("AliasICPRecordals")
	for _, a := range d.aliases() {
		out.Children = append(out.Children, wire.Elem("AliasICPRecordal", wire.Text("CNAME", a), wire.Text("ICPRecordalStatus", "APPROVED")))
	}
	if len(out.Children) == 0 {
		return nil
	}
	return out
}

// summary is a list's view: the members of the configuration that the model gives
// it. CallerReference and the policy id are not among them.
func (s *Service) summary(d *distribution, now time.Time) *wire.Node {
	out := wire.Elem("DistributionSummary",
		wire.Text("Id", d.id),
		wire.Text("ARN", d.arn),
		wire.Text("ETag", d.etag(now)),
		wire.Text("Status", d.status(now)),
		wire.Text("LastModifiedTime", stamp(d.modified())),
		wire.Text("DomainName", d.domain))
	members := s.model.Shapes["DistributionSummary"].Members
	for _, c := range d.config().Children {
		if _, ok := members[c.Name]; ok {
			out.Children = append(out.Children, c)
		}
	}
	if r := recordals(d); r != nil {
		out.Children = append(out.Children, r)
	}
	return out
}
