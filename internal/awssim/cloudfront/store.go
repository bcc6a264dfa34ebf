package cloudfront

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

func init() {
	operations["CreateKeyValueStore"] = operation{serve: (*Service).createStore}
	operations["DescribeKeyValueStore"] = operation{read: true, serve: (*Service).describeStore}
	operations["ListKeyValueStores"] = operation{read: true, serve: (*Service).listStores}
	operations["UpdateKeyValueStore"] = operation{serve: (*Service).updateStore}
	operations["DeleteKeyValueStore"] = operation{serve: (*Service).deleteStore}
}

// A keyValueStore is named on the control plane, and known by its ARN, which has an id, on the
// data plane: what is made anew under its name is another one there.
type keyValueStore struct {
	name, id, arn string
	comment       string
	tags          []tag
	created       time.Time
	modified      time.Time // of the comment
	ready         time.Time // from then on; until then it is PROVISIONING
	failed        string    // why nothing could be imported
	written       versions
	etag          string // of the control plane; the data plane counts by itself

	kept    versions // for the ETags of the data plane
	history []keptVersion
}

// A keptVersion is what a store held from one write to the next. It never changes.
type keptVersion struct {
	number   int
	at       time.Time
	etag     string
	values   map[string]string
	size     int
	arrives  []time.Time // per POP
	modified bool        // by a write, not by the creation
}

// The limits of a store. Source: Developer Guide, quotas.
const (
	maxKey         = 512
	maxValue       = 1 << 10
	maxStore       = 5 << 20
	maxKeysAtOnce  = 50
	maxBytesAtOnce = 3 << 20
)

// sizeOf counts what a store holds: the texts, and one for each key. The example of the guide
// has 11 for key1 and value1; what makes it 11 nobody says.
func sizeOf(values map[string]string) (size int) {
	for k, v := range values {
		size += len(k) + len(v) + 1
	}
	return size
}

// The states of a store. Source: the guide, whose console says "Import failed".
const (
	provisioning = "PROVISIONING"
	ready        = "READY"
	importFailed = "IMPORT_FAILED"
)

func (v *keyValueStore) status(now time.Time) string {
	switch {
	case now.Before(v.ready):
		return provisioning
	case v.failed != "":
		return importFailed
	}
	return ready
}

func (v *keyValueStore) latest() *keptVersion { return &v.history[len(v.history)-1] }

// write makes values the newest version. The caller holds mu.
func (s *Service) write(v *keyValueStore, values map[string]string, at time.Time, modified bool) {
	var before []time.Time
	if len(v.history) > 0 {
		before = v.latest().arrives
	}
	number := len(v.history)
	v.history = append(slices.Clip(v.history), keptVersion{
		number: number, at: at, etag: "KV" + v.kept.next()[1:], values: values, size: sizeOf(values), modified: modified,
		arrives: s.opts.Propagation.Scatter(v.arn, number, at, before, s.opts.Knobs.StoreMedian, s.opts.Knobs.StoreP99),
	})
}

func noSuchStore() error {
	return errorf("EntityNotFound", "The entity was not found.")
}

func (s *Service) findStore(name string) (*keyValueStore, error) {
	for _, v := range s.stores {
		if v.name == name {
			return v, nil
		}
	}
	return nil, noSuchStore()
}

func (s *Service) storeByARN(arn string) *keyValueStore {
	for _, v := range s.stores {
		if v.arn == arn {
			return v
		}
	}
	return nil
}

// anyStore finds a store of any account.
func (e *edge) anyStore(arn string) *keyValueStore {
	for _, s := range e.accounts {
		if v := s.storeByARN(arn); v != nil {
			return v
		}
	}
	return nil
}

func renderStore(v *keyValueStore, now time.Time) *wire.Node {
	return wire.Elem("KeyValueStore",
		wire.Text("Name", v.name), wire.Text("Id", v.id), wire.Text("Comment", v.comment), wire.Text("ARN", v.arn),
		wire.Text("Status", v.status(now)), wire.Text("LastModifiedTime", stamp(v.modified)))
}

var storeName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func (s *Service) createStore(r *call) (*wire.Response, error) {
	name, comment := r.Body.String("Name"), r.Body.String("Comment")
	if !storeName.MatchString(name) {
		return nil, errorf("InvalidArgument", "The parameter Name is not valid.")
	}
	if _, err := s.findStore(name); err == nil {
		return nil, errorf("EntityAlreadyExists", "The key value store already exists.")
	}
	if len(s.stores) >= s.opts.Knobs.KeyValueStores {
		return nil, errorf("EntityLimitExceeded", "You have reached the maximum number of key value stores for this account.")
	}
	tags, err := readTags(r.Body.Get("Tags"))
	if err != nil {
		return nil, errorf("InvalidArgument", "The parameter Tags is not valid.")
	}
	values, failed := map[string]string{}, ""
	if source := r.Body.Get("ImportSource"); source != nil {
		if values, failed, err = s.imported(source.String("SourceARN")); err != nil {
			return nil, err
		}
	}
	id := s.uuid()
	v := &keyValueStore{
		name: name, id: id, arn: "arn:aws:cloudfront::" + s.opts.Account + ":key-value-store/" + id, comment: comment, tags: tags,
		created: r.now, modified: r.now, ready: r.now.Add(s.opts.Knobs.ProvisioningSpan), failed: failed,
	}
	v.etag = v.written.next()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(v, values, v.ready, false)
	s.stores = append(slices.Clip(s.stores), v)
	return (&wire.Response{Body: renderStore(v, r.now)}).WithHeader("ETag", v.etag).
		WithHeader("Location", "https://cloudfront.amazonaws.com/2020-05-31/key-value-store/"+v.arn), nil
}

var importedObject = regexp.MustCompile(`^arn:aws:s3:::([a-z0-9.-]{3,63})/(.+)$`)

// imported reads a file of S3. What is wrong with the file is found later, when the store would
// have been READY. Source: Developer Guide, kvs-with-functions-create-s3-kvp.
func (s *Service) imported(arn string) (values map[string]string, failed string, err error) {
	m := importedObject.FindStringSubmatch(arn)
	if m == nil {
		return nil, "", errorf("InvalidArgument", "The parameter SourceARN is not valid.")
	}
	raw, ok := s.opts.Object(m[1], m[2])
	if !ok {
		return map[string]string{}, "The import source could not be read.", nil
	}
	if len(raw) > maxStore {
		return nil, "", errorf("EntitySizeLimitExceeded", "The import source is too large.")
	}
	var file struct {
		Data []struct {
			Key   *string `json:"key"`
			Value *string `json:"value"`
		} `json:"data"`
	}
	valid := utf8.Valid(raw) && json.Unmarshal(raw, &file) == nil
	if !valid || file.Data == nil {
		return map[string]string{}, "The import source is not valid JSON.", nil
	}
	values = map[string]string{}
	for _, pair := range file.Data {
		if pair.Key == nil || pair.Value == nil || *pair.Key == "" || len(*pair.Key) > maxKey || len(*pair.Value) > maxValue {
			return map[string]string{}, "The import source has a key or a value that is missing or too long.", nil
		}
		if _, twice := values[*pair.Key]; twice {
			return map[string]string{}, "The import source has duplicate keys.", nil
		}
		values[*pair.Key] = *pair.Value
	}
	return values, "", nil
}

func (s *Service) describeStore(r *call) (*wire.Response, error) {
	v, err := s.findStore(r.Labels["Name"])
	if err != nil {
		return nil, err
	}
	return (&wire.Response{Body: renderStore(v, r.now)}).WithHeader("ETag", v.etag), nil
}

func (s *Service) listStores(r *call) (*wire.Response, error) {
	var ids []string
	var listed []*keyValueStore
	for _, v := range s.stores {
		ids = append(ids, v.name)
		if want := r.Query.Get("Status"); want == "" || want == v.status(r.now) {
			listed = append(listed, v)
		}
	}
	page, err := pageAfter(r, ids, listed, func(v *keyValueStore) string { return v.name })
	if err != nil {
		return nil, err
	}
	items := wire.Elem("Items")
	for _, v := range page.items {
		items.Children = append(items.Children, renderStore(v, r.now))
	}
	out := page.render("KeyValueStoreList", items)
	out.Remove("Marker") // this list has neither
	out.Remove("IsTruncated")
	return &wire.Response{Body: out}, nil
}

// updateStore changes the comment, which is all that can be changed.
func (s *Service) updateStore(r *call) (*wire.Response, error) {
	v, err := s.findStore(r.Labels["Name"])
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, v.etag); err != nil {
		return nil, err
	}
	s.mu.Lock()
	v.comment, v.modified, v.etag = r.Body.String("Comment"), r.now, v.written.next()
	s.mu.Unlock()
	return (&wire.Response{Body: renderStore(v, r.now)}).WithHeader("ETag", v.etag), nil
}

func (s *Service) deleteStore(r *call) (*wire.Response, error) {
	v, err := s.findStore(r.Labels["Name"])
	if err != nil {
		return nil, err
	}
	if err := ifMatch(r, v.etag); err != nil {
		return nil, err
	}
	if len(s.having(v.arn)) > 0 {
		return nil, errorf("CannotDeleteEntityWhileInUse", "The entity cannot be deleted while it is in use.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stores = slices.DeleteFunc(slices.Clone(s.stores), func(x *keyValueStore) bool { return x == v })
	return &wire.Response{}, nil
}

// having lists the functions that have a store, in development or live.
func (s *Service) having(arn string) (names []string) {
	for _, f := range s.functions {
		if f.dev.store() == arn || f.live != nil && f.live.store() == arn {
			names = append(names, f.name)
		}
	}
	return names
}

// store is the ARN of the one that a version of a function has, "" if it has none.
func (v *functionStage) store() string {
	if all := v.config.All("KeyValueStoreAssociation", "KeyValueStoreAssociations", "Items"); len(all) > 0 {
		return all[0].String("KeyValueStoreARN")
	}
	return ""
}

// checkStore refuses a store that the function of that name cannot have.
func (s *Service) checkStore(arn, function string, now time.Time) error {
	v := s.storeByARN(arn)
	switch users := s.having(arn); {
	case v == nil:
		return errorf("InvalidArgument", "The key value store does not exist: %s", arn) // wording ours
	case v.status(now) != ready:
		return errorf("InvalidArgument", "The key value store is not ready: %s", arn) // wording ours
	case !slices.Contains(users, function) && len(users) >= s.opts.Knobs.FunctionsPerStore:
		return errorf("InvalidArgument", "The key value store has the maximum number of functions.") // wording ours
	}
	return nil
}

// A StoreView is what functions at one point of presence see of a store at a moment.
type StoreView struct {
	created, modified time.Time
	values            map[string]string
	// While a change arrives: what it leaves, and in which phase the keys are that differ.
	next  map[string]string
	phase phase
}

// A phase is what functions find for a key that a change is about to reach.
type phase int

const (
	settled phase = iota
	asBefore
	missing
	asAfter
)

// flapping is what was measured at one point of presence in October 2026, before a change had
// arrived for good.
var flapping = []phase{missing, asBefore, asAfter, missing, asBefore}

// flapSpan is how long that lasts at most.
const flapSpan = 5 * time.Second

// Store is the view of a store at a point of presence, nil if there is none of that ARN. What
// has not arrived there is not seen.
func (e *edge) Store(arn string, pop int, at time.Time) *StoreView {
	e.mu.RLock()
	defer e.mu.RUnlock()
	v := e.anyStore(arn)
	if v == nil {
		return nil
	}
	view := &StoreView{created: v.created, modified: v.created, values: map[string]string{}}
	seen := -1
	for i, kept := range slices.Backward(v.history) {
		if !kept.arrives[pop].After(at) {
			seen = i
			break
		}
	}
	if seen >= 0 {
		view.values = v.history[seen].values
		if v.history[seen].modified {
			view.modified = v.history[seen].at
		}
	}
	if e.edgeKnobs.StoreFlap && seen+1 < len(v.history) && seen+1 > 0 {
		arriving := v.history[seen+1]
		span := min(arriving.arrives[pop].Sub(arriving.at), flapSpan)
		if into := at.Sub(arriving.arrives[pop].Add(-span)); into >= 0 && span > 0 {
			view.next = arriving.values
			view.phase = flapping[min(int(int64(into)*int64(len(flapping))/int64(span)), len(flapping)-1)]
		}
	}
	return view
}

// Get is the value of a key.
func (v *StoreView) Get(key string) (string, bool) {
	old, was := v.values[key]
	if v.phase == settled || v.phase == asBefore {
		return old, was
	}
	after, is := v.next[key]
	switch {
	case was == is && old == after: // not touched by the change
		return old, was
	case v.phase == missing:
		return "", false
	}
	return after, is
}

// Keys is the number of keys.
func (v *StoreView) Keys() int { return len(v.values) }

// Created is when the store was.
func (v *StoreView) Created() time.Time { return v.created }

// LastModified is when its keys were, as far as it is known there.
func (v *StoreView) LastModified() time.Time { return v.modified }

// StoreArrivals lists when the latest change of a store reaches each point of presence, nil if
// there is no store of that ARN. No API of AWS tells.
func (e *edge) StoreArrivals(arn string) []time.Time {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if v := e.anyStore(arn); v != nil {
		return slices.Clone(v.latest().arrives)
	}
	return nil
}

// StoreValues is what a store holds, as the data plane has it; nil if there is none of that ARN.
func (e *edge) StoreValues(arn string) map[string]string {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if v := e.anyStore(arn); v != nil {
		return maps.Clone(v.latest().values)
	}
	return nil
}
