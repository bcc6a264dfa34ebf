package cloudfront

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// KeyValues is the data plane of key value stores, a service by itself. It is safe for
// concurrent use.
type KeyValues struct {
	s     *Service
	model *wire.Model
}

// KeyValues is the data plane of the account's stores.
func (s *Service) KeyValues() *KeyValues {
	return &KeyValues{s: s, model: wire.LoadModel("cloudfront-keyvaluestore")}
}

// Model implements wire.Service.
func (k *KeyValues) Model() *wire.Model { return k.model }

type keyOperation struct {
	read  bool
	serve func(*KeyValues, *keyCall) (map[string]any, error)
}

// A keyCall is one call about a store.
type keyCall struct {
	*call
	store *keyValueStore
	etag  string // of the answer
}

var keyOperations = map[string]keyOperation{
	"DescribeKeyValueStore": {read: true, serve: (*KeyValues).describe},
	"ListKeys":              {read: true, serve: (*KeyValues).list},
	"GetKey":                {read: true, serve: (*KeyValues).get},
	"PutKey":                {serve: (*KeyValues).put},
	"DeleteKey":             {serve: (*KeyValues).delete},
	"UpdateKeys":            {serve: (*KeyValues).update},
}

// Serves implements wire.Service.
func (k *KeyValues) Serves() []string { return slices.Sorted(maps.Keys(keyOperations)) }

// Reads implements wire.Service.
func (k *KeyValues) Reads(name string) bool { return keyOperations[name].read }

// Serve implements wire.Service.
func (k *KeyValues) Serve(_ context.Context, r *wire.Request) (*wire.Response, error) {
	op := keyOperations[r.Operation.Name]
	// What stands in the path and among the headers is required, too.
	in := map[string]any{}
	maps.Copy(in, r.JSON)
	for name, value := range r.Labels {
		in[name] = value
	}
	if etag := r.Header.Get("If-Match"); etag != "" {
		in["IfMatch"] = etag
	}
	if err := k.model.ValidateJSON(r.Operation, in); err != nil {
		return nil, err
	}
	k.s.serving.Lock()
	defer k.s.serving.Unlock()
	c := &keyCall{call: &call{Request: r, now: k.s.opts.Clock.Now()}}
	if c.store = k.s.storeByARN(r.Labels["KvsARN"]); c.store == nil {
		return nil, errorf("ResourceNotFoundException", "Key Value Store was not found.")
	}
	if status := c.store.status(c.now); status != ready && r.Operation.Name != "DescribeKeyValueStore" {
		return nil, errorf("ConflictException", "Key Value Store is not in expected state: %s", status) // wording ours
	}
	if held := c.store.latest().etag; !op.read && r.Header.Get("If-Match") != held {
		if k.s.opts.Knobs.StaleStore != "ConflictException" {
			return nil, &wire.Error{Code: k.s.opts.Knobs.StaleStore, Status: http.StatusPreconditionFailed, Message: "Pre-Condition failed"}
		}
		return nil, errorf("ConflictException", "Pre-Condition failed") // wording ours
	}
	out, err := op.serve(k, c)
	if err != nil {
		return nil, err
	}
	resp := &wire.Response{JSON: out}
	if c.etag != "" {
		resp.WithHeader("ETag", c.etag)
	}
	return resp, nil
}

// counts are what every answer says of the store.
func counts(v *keptVersion, more map[string]any) map[string]any {
	out := map[string]any{"ItemCount": len(v.values), "TotalSizeInBytes": v.size}
	maps.Copy(out, more)
	return out
}

func (k *KeyValues) describe(c *keyCall) (map[string]any, error) {
	v := c.store.latest()
	c.etag = v.etag
	out := counts(v, map[string]any{"KvsARN": c.store.arn, "Created": c.store.created, "Status": c.store.status(c.now)})
	if v.modified {
		out["LastModified"] = v.at
	}
	if out["Status"] == importFailed {
		out["FailureReason"] = c.store.failed
	}
	return out, nil
}

// The sizes of a page of keys. Source: model.
const defaultKeys, maxKeys = 10, 50

func (k *KeyValues) list(c *keyCall) (map[string]any, error) {
	size := defaultKeys
	if text := c.Query.Get("MaxResults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > maxKeys {
			return nil, errorf("ValidationException", "MaxResults must be between 1 and %d.", maxKeys)
		}
		size = n
	}
	v := c.store.latest()
	keys := slices.Sorted(maps.Keys(v.values))
	if after := c.Query.Get("NextToken"); after != "" {
		i, _ := slices.BinarySearch(keys, after)
		keys = keys[i:]
	}
	out := map[string]any{}
	if len(keys) > size {
		out["NextToken"] = keys[size]
		keys = keys[:size]
	}
	items := []any{}
	for _, key := range keys {
		items = append(items, map[string]any{"Key": key, "Value": v.values[key]})
	}
	out["Items"] = items
	return out, nil
}

func noSuchKey(key string) error {
	return errorf("ResourceNotFoundException", "Key %s was not found.", key)
}

func (k *KeyValues) get(c *keyCall) (map[string]any, error) {
	v, key := c.store.latest(), c.Labels["Key"]
	value, ok := v.values[key]
	if !ok {
		return nil, noSuchKey(key)
	}
	return counts(v, map[string]any{"Key": key, "Value": value}), nil
}

// checkPair refuses what a store cannot hold.
func checkPair(key, value string) error {
	switch {
	case len(key) > maxKey:
		return errorf("ValidationException", "The key exceeds %d bytes.", maxKey)
	case len(value) > maxValue:
		return errorf("ValidationException", "The value exceeds %d bytes.", maxValue)
	}
	return nil
}

// write makes values the newest version, all of it or nothing.
func (k *KeyValues) write(c *keyCall, values map[string]string) (map[string]any, error) {
	if sizeOf(values) > maxStore {
		return nil, errorf("ServiceQuotaExceededException", "The Key Value Store exceeds its maximum size.")
	}
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	k.s.write(c.store, values, c.now, true)
	c.etag = c.store.latest().etag
	return counts(c.store.latest(), nil), nil
}

func (k *KeyValues) put(c *keyCall) (map[string]any, error) {
	key, value := c.Labels["Key"], fmt.Sprint(c.JSON["Value"])
	if err := checkPair(key, value); err != nil {
		return nil, err
	}
	values := maps.Clone(c.store.latest().values)
	values[key] = value
	return k.write(c, values)
}

func (k *KeyValues) delete(c *keyCall) (map[string]any, error) {
	key, v := c.Labels["Key"], c.store.latest()
	if _, ok := v.values[key]; !ok {
		if !k.s.opts.Knobs.DeleteAbsentKey {
			return nil, noSuchKey(key)
		}
		c.etag = v.etag
		return counts(v, nil), nil
	}
	values := maps.Clone(v.values)
	delete(values, key)
	return k.write(c, values)
}

func (k *KeyValues) update(c *keyCall) (map[string]any, error) {
	values := maps.Clone(c.store.latest().values)
	named := map[string]bool{}
	bytes := 0
	entries := func(list string, take func(key, value string) error) error {
		items, _ := c.JSON[list].([]any)
		for _, x := range items {
			item, _ := x.(map[string]any)
			key, _ := item["Key"].(string)
			value, _ := item["Value"].(string)
			if named[key] {
				return errorf("ValidationException", "Key %s is named twice.", key)
			}
			named[key] = true
			bytes += len(key) + len(value)
			if err := take(key, value); err != nil {
				return err
			}
		}
		return nil
	}
	if err := entries("Puts", func(key, value string) error {
		values[key] = value
		return checkPair(key, value)
	}); err != nil {
		return nil, err
	}
	if err := entries("Deletes", func(key, _ string) error {
		if _, ok := values[key]; !ok && !k.s.opts.Knobs.DeleteAbsentKey {
			return noSuchKey(key)
		}
		delete(values, key)
		return nil
	}); err != nil {
		return nil, err
	}
	switch {
	case len(named) == 0:
		return nil, errorf("ValidationException", "There is nothing to put or to delete.")
	case len(named) > maxKeysAtOnce:
		return nil, errorf("ValidationException", "An update has at most %d keys.", maxKeysAtOnce)
	case bytes > maxBytesAtOnce:
		return nil, errorf("ValidationException", "An update has at most %d bytes.", maxBytesAtOnce)
	}
	return k.write(c, values)
}
