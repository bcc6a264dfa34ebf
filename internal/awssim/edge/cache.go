package edge

import (
	"strings"
	"sync"
	"time"
)

// maxObjects bounds the cache of one POP; CloudFront evicts too.
const maxObjects = 20_000

// A cache is what one POP has stored. The zero value is empty.
type cache struct {
	mu      sync.Mutex
	objects map[string]*object
}

type object struct {
	answer   answer
	asked    time.Time // an invalidation that arrives later covers it
	received time.Time // it ages from here
	expires  time.Time
}

// find returns the object under key that is fresh at that time.
func (c *cache) find(key []byte, at time.Time) *object {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.objects[string(key)] // does not allocate
	if o == nil || !at.Before(o.expires) {
		return nil
	}
	return o
}

func (c *cache) store(key []byte, o *object) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.objects == nil {
		c.objects = map[string]*object{}
	}
	if len(c.objects) >= maxObjects {
		for k := range c.objects { // any will do: nothing here depends on which
			delete(c.objects, k)
			break
		}
	}
	c.objects[string(key)] = o
}

// A tier is the cache of a POP, or the regional one behind it.
type tier struct {
	*cache
	at int // the POP whose invalidations count
}

// tiers are the caches that a request passes, the POP's own first.
func (v *visit) tiers(c Caching) []tier {
	out := []tier{{&v.pop.cache, v.pop.index}}
	if c.Regional > 0 {
		i := v.pop.index % c.Regional
		regional, _ := v.fleet.regional.LoadOrStore(i, &cache{})
		if r, ok := regional.(*cache); ok {
			out = append(out, tier{r, i})
		}
	}
	return out
}

// origin is what of the origin, or of an origin group's members, is part of the key.
func (d *distribution) origin(target string, c Caching) string {
	if !c.PathInKey && !c.Purges {
		return ""
	}
	ids := []string{target}
	if g, grouped := d.groups[target]; grouped {
		ids = g.members
	}
	var out strings.Builder
	for _, id := range ids {
		if c.Purges {
			out.WriteString(id + " " + d.origins[id].domain)
		}
		out.WriteString(d.origins[id].path + "\x00")
	}
	return out.String()
}

// appendKey appends the cache key of a request: the distribution, not the host it
// was asked by, the path, and what the cache policy adds; but not which origin answers,
// unless a knob has it so.
func (v *visit) appendKey(b []byte, path string, key *values, origin string) []byte {
	b = append(b, v.id...)
	b = append(b, 0)
	b = append(b, origin...)
	b = append(b, path...)
	b = append(b, 0)
	b = append(b, key.query.query(v.r.URL.RawQuery)...)
	for _, name := range key.headers {
		b = append(b, 0)
		if name == "Host" {
			b = append(b, v.host...)
			continue
		}
		for _, value := range v.r.Header[name] {
			b = append(b, value...)
			b = append(b, ',')
		}
	}
	if !key.cookies.empty() {
		b = append(b, 0)
		b = append(b, key.cookies.cookies(v.r)...)
	}
	return b
}
