package cloudfront

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/propagation"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

type invalidation struct {
	id, ref string
	paths   []string
	at      time.Time
	arrives []time.Time   // per POP
	slack   time.Duration // from the last arrival to the word of it
}

func (i *invalidation) status(at time.Time) string {
	if propagation.Done(i.arrives).Add(i.slack).After(at) {
		return "InProgress"
	}
	return "Completed"
}

func wildcard(path string) bool { return strings.HasPrefix(path, "/") && strings.HasSuffix(path, "*") }

// A bucket holds what may still be asked for: a second's worth at most, which is there
// again after a second. A batch that is larger than that takes a full one, and leaves a debt.
type bucket struct {
	owed float64 // what is missing to a full one
	at   time.Time
}

// holds says whether n can be taken at a rate per second.
func (b *bucket) holds(now time.Time, n, rate int) bool {
	if rate <= 0 { // no limit
		b.owed, b.at = 0, now
		return true
	}
	b.owed, b.at = max(0, b.owed-now.Sub(b.at).Seconds()*float64(rate)), now
	return float64(min(n, rate)) <= float64(rate)-b.owed
}

func badPaths() error {
	return errorf("InvalidArgument", "Your request contains one or more invalid invalidation paths.")
}

// maxPath is the longest path. Source: Developer Guide, invalidation.
const maxPath = 4000

// unencoded is what a path may hold in no other form than percent-encoded, and tildes not
// even so. Source: Developer Guide, specifying the files to invalidate; RFC 1738, 2.2.
var unencoded = regexp.MustCompile("[^!-~]|[<>\"#{}|\\\\^~\\[\\]`]|%7[eE]|%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)")

// untagged is what no cache tag has. Source: Developer Guide, specifying cache tags.
var untagged = regexp.MustCompile(`[^!-~]|,`)

const maxTag = 256

// invalidatable says whether CloudFront takes an item of a batch: a path, in which an
// asterisk is a wildcard at the end and itself anywhere else, or a cache tag.
func invalidatable(item string) bool {
	if tag, ok := strings.CutPrefix(item, "#"); ok {
		return tag != "" && len(tag) <= maxTag && !untagged.MatchString(tag)
	}
	return strings.HasPrefix(item, "/") && len(item) <= maxPath && !unencoded.MatchString(item)
}

func (s *Service) createInvalidation(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["DistributionId"])
	if err != nil {
		return nil, err
	}
	ref := r.Body.String("CallerReference")
	if ref == "" {
		return nil, errorf("InvalidArgument", "The parameter CallerReference is too small.")
	}
	if s.opts.Knobs.RefuseInvalidationDisabled && !d.config().True("Enabled") {
		return nil, errorf("InvalidArgument", "The specified distribution is disabled.") // wording ours
	}
	unread := s.opts.Knobs.RefuseTagWithoutConfig && d.config().String("CacheTagConfig", "HeaderName") == ""
	var paths []string
	for _, p := range r.Body.All("Path", "Paths", "Items") {
		if !invalidatable(p.Text) || unread && strings.HasPrefix(p.Text, "#") {
			return nil, badPaths()
		}
		paths = append(paths, p.Text)
	}
	if len(paths) == 0 {
		return nil, badPaths()
	}
	for _, inv := range d.invalidations {
		if inv.ref != ref {
			continue
		}
		if !slices.Equal(slices.Sorted(slices.Values(inv.paths)), slices.Sorted(slices.Values(paths))) {
			return nil, &wire.Error{
				Code: "InvalidationBatchAlreadyExists", Status: 409,
				Message: "An invalidation batch with this caller reference already exists with different paths.",
			}
		}
		return inv.answer(d, r.now), nil
	}
	if err := s.checkInvalidationQuota(d, paths, r.now); err != nil {
		return nil, err
	}
	inv := &invalidation{id: s.random("I", upper), ref: ref, paths: paths, at: r.now}
	inv.arrives = s.opts.Propagation.Schedule(d.id+"/invalidation", len(d.invalidations), r.now, nil)
	if span := s.opts.Knobs.InvalidationSpan; span > 0 {
		// It has effect long before anybody says so.
		scale(inv.arrives, r.now, span/5)
		inv.slack = span - span/5
	}
	s.mu.Lock()
	d.invalidations = append(d.invalidations, inv)
	s.mu.Unlock()
	return inv.answer(d, r.now), nil
}

// scale stretches a schedule so that it ends after span.
func scale(arrives []time.Time, now time.Time, span time.Duration) {
	whole := propagation.Done(arrives).Sub(now)
	for i, t := range arrives {
		if t.Before(propagation.Never) && whole > 0 {
			arrives[i] = now.Add(time.Duration(float64(t.Sub(now)) / float64(whole) * float64(span)))
		}
	}
}

func (s *Service) checkInvalidationQuota(d *distribution, paths []string, now time.Time) error {
	k := s.opts.Knobs
	// Files and wildcards have quotas of their own. Source: Developer Guide, concurrent
	// invalidation request maximum.
	count := func(paths []string) (files, wild int) {
		for _, p := range paths {
			if wildcard(p) {
				wild++
			}
		}
		return len(paths) - wild, wild
	}
	asked, askedWild := count(paths)
	if k.InvalidationPaths > 0 && asked > k.InvalidationPaths {
		return errorf("BatchTooLarge", "Your request contains more paths than are allowed in an invalidation batch.")
	}
	files, wild := asked, askedWild
	for _, inv := range d.invalidations {
		if inv.status(now) == "InProgress" {
			f, w := count(inv.paths)
			files, wild = files+f, wild+w
		}
	}
	if k.InvalidationPaths > 0 && files > k.InvalidationPaths || k.InvalidationWildcards > 0 && wild > k.InvalidationWildcards {
		return errorf("TooManyInvalidationsInProgress", "Processing your request will cause you to exceed the maximum number of in-progress invalidations.")
	}
	if !s.invalidated.holds(now, len(paths), k.InvalidationPathRate) || !s.invalidatedWild.holds(now, askedWild, k.InvalidationWildcardRate) {
		return &wire.Error{Code: "Throttling", Status: 400, Message: "Rate exceeded"}
	}
	s.invalidated.owed += float64(len(paths))
	s.invalidatedWild.owed += float64(askedWild)
	return nil
}

func (i *invalidation) answer(d *distribution, now time.Time) *wire.Response {
	body := wire.Elem("Invalidation",
		wire.Text("Id", i.id),
		wire.Text("Status", i.status(now)),
		wire.Text("CreateTime", stamp(i.at)),
		wire.Elem("InvalidationBatch", names("Paths", "Path", i.paths...), wire.Text("CallerReference", i.ref)))
	return (&wire.Response{Body: body}).WithHeader("Location", location(d)+"/invalidation/"+i.id)
}

func (s *Service) getInvalidation(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["DistributionId"])
	if err != nil {
		return nil, err
	}
	for _, inv := range d.invalidations {
		if inv.id == r.Labels["Id"] {
			out := inv.answer(d, r.now)
			out.Header = nil // only the creation has a Location
			return out, nil
		}
	}
	return nil, errorf("NoSuchInvalidation", "The specified invalidation does not exist.")
}

// listInvalidations answers from the most recent to the first. Source: API reference.
func (s *Service) listInvalidations(r *call) (*wire.Response, error) {
	d, err := s.find(r.Labels["DistributionId"])
	if err != nil {
		return nil, err
	}
	newest := slices.Clone(d.invalidations)
	slices.Reverse(newest)
	var ids []string
	for _, inv := range newest {
		ids = append(ids, inv.id)
	}
	p, err := pageAfter(r, ids, newest, func(i *invalidation) string { return i.id })
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, inv := range p.items {
		items.Children = append(items.Children, wire.Elem("InvalidationSummary", wire.Text("Id", inv.id),
			wire.Text("CreateTime", stamp(inv.at)), wire.Text("Status", inv.status(r.now))))
	}
	return &wire.Response{Body: p.render("InvalidationList", items)}, nil
}

// Invalidated says whether an object that pop stored at the moment stored has been
// invalidated there by the moment at.
func (s *Service) Invalidated(id string, pop int, path string, stored, at time.Time) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	d := s.byID[id]
	if d == nil {
		return false
	}
	for _, inv := range d.invalidations {
		t := inv.arrives[pop]
		if !t.After(stored) || t.After(at) {
			continue
		}
		if slices.ContainsFunc(inv.paths, func(p string) bool {
			if strings.HasPrefix(p, "#") { // tags have no case and no wildcard
				return strings.EqualFold(p, path)
			}
			prefix, wild := strings.CutSuffix(p, "*")
			return p == path || wild && strings.HasPrefix(path, prefix)
		}) {
			return true
		}
	}
	return false
}
