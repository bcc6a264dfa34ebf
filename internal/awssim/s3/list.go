package s3

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
)

// maxList is how long a page may be: of keys, versions, uploads or parts.
const maxList = 1000

// A listing is one page of keys: objects, and the prefixes that stand for many.
type listing struct {
	keys, prefixes []string
	next           string // the last key or prefix, where there are more
}

// list cuts the page that a call asks for: keys behind after, in order of their bytes.
func (c *call) list(after string, has func(key string) bool) (listing, int, error) {
	prefix, delimiter := c.Query.Get("prefix"), c.Query.Get("delimiter")
	limit, err := c.limit("max-keys")
	if err != nil {
		return listing{}, 0, err
	}
	var out listing
	last := ""
	for _, key := range slices.Sorted(maps.Keys(c.bucket.objects)) {
		if !strings.HasPrefix(key, prefix) || !has(key) {
			continue
		}
		entry, rolled := key, false
		if delimiter != "" {
			if head, _, found := strings.Cut(key[len(prefix):], delimiter); found {
				entry, rolled = prefix+head+delimiter, true
			}
		}
		if entry <= after || rolled && slices.Contains(out.prefixes, entry) {
			continue
		}
		if len(out.keys)+len(out.prefixes) == limit {
			out.next = last
			break
		}
		if last = entry; rolled {
			out.prefixes = append(out.prefixes, entry)
		} else {
			out.keys = append(out.keys, key)
		}
	}
	return out, limit, nil
}

// text is a name in a listing, encoded where the client asked for it.
func (c *call) text(element, name string) *wire.Node {
	if c.Query.Get("encoding-type") == "url" {
		name = strings.ReplaceAll(url.QueryEscape(name), "%2F", "/")
	}
	return wire.Text(element, name)
}

// head begins the document of a listing with what was asked.
func (c *call) head(root string, limit int, truncated bool) *wire.Node {
	out := wire.Elem(root, wire.Text("Name", c.bucket.name), c.text("Prefix", c.Query.Get("prefix")), wire.Int("MaxKeys", limit), wire.Bool("IsTruncated", truncated))
	if d := c.Query.Get("delimiter"); d != "" {
		out.Children = append(out.Children, c.text("Delimiter", d))
	}
	if e := c.Query.Get("encoding-type"); e != "" {
		out.Children = append(out.Children, wire.Text("EncodingType", e))
	}
	return out
}

func (c *call) fill(out *wire.Node, page listing, owner *wire.Node) {
	for _, key := range page.keys {
		v, err := c.bucket.current(key)
		if err != nil {
			continue // list has let none through
		}
		n := wire.Elem("Contents", c.text("Key", key), wire.Text("LastModified", stamp(v.at)), wire.Text("ETag", v.etag),
			wire.Int("Size", len(v.body)), wire.Text("StorageClass", v.class()))
		if owner != nil {
			n.Children = append(n.Children, owner)
		}
		out.Children = append(out.Children, n)
	}
	for _, p := range page.prefixes {
		out.Children = append(out.Children, wire.Elem("CommonPrefixes", c.text("Prefix", p)))
	}
}

func (c *call) there(key string) bool {
	_, err := c.bucket.current(key)
	return err == nil
}

func (s *Service) listObjects(c *call) (*wire.Response, error) {
	page, limit, err := c.list(c.Query.Get("marker"), c.there)
	if err != nil {
		return nil, err
	}
	out := c.head("ListBucketResult", limit, page.next != "")
	out.Children = append(out.Children, c.text("Marker", c.Query.Get("marker")))
	if page.next != "" && c.Query.Get("delimiter") != "" {
		out.Children = append(out.Children, c.text("NextMarker", page.next))
	}
	c.fill(out, page, s.owner("Owner"))
	return &wire.Response{Body: out}, nil
}

func (s *Service) listObjectsV2(c *call) (*wire.Response, error) {
	after, token := c.Query.Get("start-after"), c.Query.Get("continuation-token")
	if token != "" {
		raw, err := url.QueryUnescape(token)
		if err != nil {
			return nil, failure("InvalidArgument", http.StatusBadRequest, "The continuation token provided is incorrect", wire.Text("ArgumentName", "continuation-token"))
		}
		after = raw
	}
	page, limit, err := c.list(after, c.there)
	if err != nil {
		return nil, err
	}
	out := c.head("ListBucketResult", limit, page.next != "")
	out.Children = append(out.Children, wire.Int("KeyCount", len(page.keys)+len(page.prefixes)))
	if token != "" {
		out.Children = append(out.Children, wire.Text("ContinuationToken", token))
	} else if after != "" {
		out.Children = append(out.Children, c.text("StartAfter", after))
	}
	if page.next != "" {
		out.Children = append(out.Children, wire.Text("NextContinuationToken", url.QueryEscape(page.next)))
	}
	var owner *wire.Node
	if c.Query.Get("fetch-owner") == "true" {
		owner = s.owner("Owner")
	}
	c.fill(out, page, owner)
	return &wire.Response{Body: out}, nil
}

// listVersions pages by key and version: the versions of one key may fill several pages.
func (s *Service) listVersions(c *call) (*wire.Response, error) {
	keyMarker, idMarker := c.Query.Get("key-marker"), c.Query.Get("version-id-marker")
	if idMarker != "" && keyMarker == "" {
		return nil, failure("InvalidArgument", http.StatusBadRequest, "A version-id marker cannot be specified without a key marker.", wire.Text("ArgumentName", "version-id-marker"), wire.Text("ArgumentValue", idMarker))
	}
	limit, err := c.limit("max-keys")
	if err != nil {
		return nil, err
	}
	prefix, delimiter := c.Query.Get("prefix"), c.Query.Get("delimiter")
	var entries []*wire.Node
	var last [2]string
	truncated, rolled := false, ""
	add := func(key, id string, n *wire.Node) bool {
		if truncated = len(entries) == limit; truncated {
			return false
		}
		entries, last = append(entries, n), [2]string{key, id}
		return true
	}
keys:
	for _, key := range slices.Sorted(maps.Keys(c.bucket.objects)) {
		if !strings.HasPrefix(key, prefix) || key < keyMarker || key == keyMarker && idMarker == "" {
			continue
		}
		if head, _, found := strings.Cut(key[len(prefix):], delimiter); delimiter != "" && found {
			entry := prefix + head + delimiter
			if entry == rolled || entry <= keyMarker {
				continue
			}
			if rolled = entry; !add(entry, "", wire.Elem("CommonPrefixes", c.text("Prefix", entry))) {
				break
			}
			continue
		}
		list, skip := c.bucket.objects[key], key == keyMarker
		for i, v := range slices.Backward(list) {
			if skip {
				skip = v.id != idMarker
				continue
			}
			n := wire.Elem("Version", c.text("Key", key), wire.Text("VersionId", v.id), wire.Bool("IsLatest", i == len(list)-1), wire.Text("LastModified", stamp(v.at)), s.owner("Owner"))
			if v.deleted {
				n.Name = "DeleteMarker"
			} else {
				n.Children = append(n.Children, wire.Text("ETag", v.etag), wire.Int("Size", len(v.body)), wire.Text("StorageClass", v.class()))
			}
			if !add(key, v.id, n) {
				break keys
			}
		}
	}
	out := c.head("ListVersionsResult", limit, truncated && limit > 0)
	out.Children = append(out.Children, c.text("KeyMarker", keyMarker), wire.Text("VersionIdMarker", idMarker))
	if truncated && limit > 0 {
		out.Children = append(out.Children, c.text("NextKeyMarker", last[0]))
		if last[1] != "" {
			out.Children = append(out.Children, wire.Text("NextVersionIdMarker", last[1]))
		}
	}
	out.Children = append(out.Children, entries...)
	return &wire.Response{Body: out}, nil
}
