// Package edge is the fleet of CloudFront points of presence: one http.Handler
// in which each viewer meets one POP, and each POP knows only the changes that
// have reached it. It routes by Host, picks the cache behaviour by path, caches
// per POP, asks origins and writes every answer into the journal.
//
// A viewer meets the POP that its address hashes to, or the one that the
// request header X-Awssim-Pop names by index. Every answer says which POP
// (X-Amz-Cf-Pop) and which distribution (X-Awssim-Distribution) gave it.
//
// A request counts as https when it came over TLS; X-Forwarded-Proto is not
// believed, as CloudFront does not believe it. Serve accepts both on one port. HTTP status 421 is never answered: CloudFront refuses domain
// fronting only across accounts, and the simulator has one.
//
// CloudFront Functions run: each point of presence has the version of the code and the keys that
// have reached it. Lambda@Edge runs in name only: an answer says which versions would have run.
//
// Not modelled: logs of functions, geo restrictions, range and conditional requests,
// compression, serving expired objects when the origin fails, WebSockets.
//
// It decides nothing about ownership or propagation; it asks Routes. It never
// waits for anything but an origin.
package edge

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// The headers of the simulator's own.
const (
	POPHeader          = "X-Awssim-Pop"          // request: the index of the POP to meet
	DistributionHeader = "X-Awssim-Distribution" // answer: the id of the distribution that served or refused
	// OriginLambdaHeader and ViewerLambdaHeader, of an answer, list the versions of Lambda
	// functions that ran for it, as origin-request=shop:2: those at origin events when the
	// object was fetched, which may be long ago, and those at viewer events just now.
	OriginLambdaHeader = "X-Awssim-Origin-Lambda"
	ViewerLambdaHeader = "X-Awssim-Viewer-Lambda"
)

// A Route is what one POP believes about one host name. Reason is empty where it
// serves; else unclaimed, disabled, undeployed or staging.
type Route struct {
	Distribution string
	Config       *wire.Node // DistributionConfig in force there; shared, never written to
	Version      int
	Reason       string
	Status       int    // of the refusal; 0: 403
	Split        *Split // by a continuous deployment policy; nil: none is in force
}

// Routes knows what has reached which POP.
type Routes interface {
	Route(pop int, at time.Time, host string) Route
	// Invalidated says whether an invalidation that covers path reached pop after
	// stored and not later than at.
	Invalidated(distribution string, pop int, path string, stored, at time.Time) bool
}

// Options are the parts a Fleet is made of; all but Seed and Certificates are required.
type Options struct {
	Clock   clock.Clock
	Routes  Routes
	Origins *origin.Set
	Journal *journal.Journal
	POPs    int
	Seed    uint64
	// Certificates returns the names on an issued certificate; nil: there are none.
	Certificates func(arn string) (names []string, ok bool)
	// Policy returns the configuration of a cache, origin request or response headers
	// policy, as a POP knows it then; nil: it knows none.
	Policy func(kind, id string, pop int, at time.Time) *wire.Node
	// Signing returns the signing behaviour of an origin access control, "" for one that
	// does not exist; nil: there are none.
	Signing func(id string) string
	// Caching says how the fleet caches just now; nil: as the zero Caching has it.
	Caching func() Caching
	// Key returns the public key of that id (*rsa.PublicKey or *ecdsa.PublicKey), nil if none
	// of the key groups has it. Nil: none ever has.
	Key func(groups []string, id string) any
	// Origin says whether some distribution gets answers from a domain: whoever asks for it by
	// its own name meets the origin itself. Nil: there is none.
	Origin func(domain string) bool
	// Function returns what a point of presence has of a function, nil if there is none of that
	// ARN. Nil: there never is.
	Function func(arn string, pop int, at time.Time) *Function
	// Functions says how functions are run just now; nil: as the zero FunctionRules have it.
	Functions func() FunctionRules
	// Domain returns the d….cloudfront.net name of a distribution; nil: it is not known.
	Domain func(distribution string) string
}

// Caching is how a fleet caches.
type Caching struct {
	// Regional is the number of regional edge caches between the POPs and the origins. A
	// regional cache is invalidated when the POP of the same index is.
	Regional  int
	PathInKey bool // the path of the origin is part of the cache key
	Purges    bool // the origin is part of it
}

// A Fleet is every POP. It is safe for concurrent use.
type Fleet struct {
	clock   clock.Clock
	routes  Routes
	origins *origin.Set
	journal *journal.Journal
	seed    uint64
	pops    []*pop
	metrics metrics
	ca      authority
	names   func(arn string) ([]string, bool)
	policy  func(kind, id string, pop int, at time.Time) *wire.Node
	signing func(id string) string
	key     func(groups []string, id string) any
	direct  func(domain string) bool
	caching func() Caching

	function func(arn string, pop int, at time.Time) *Function
	rules    func() FunctionRules
	domain   func(distribution string) string
	ran      ran

	regional sync.Map // index → *cache

	draws    draws
	requests atomic.Uint64
	compiled sync.Map // version → *distribution
}

type pop struct {
	index int
	name  []string // X-Amz-Cf-Pop
	via   []string
	cache cache

	throttle throttle
}

type version struct {
	distribution string
	number       int
}

// New returns a fleet with cold caches.
func New(o Options) *Fleet {
	f := &Fleet{clock: o.Clock, routes: o.Routes, origins: o.Origins, journal: o.Journal, seed: o.Seed, names: o.Certificates, policy: o.Policy, signing: o.Signing, key: o.Key, direct: o.Origin, caching: o.Caching, function: o.Function, rules: o.Functions, domain: o.Domain}
	if f.function == nil {
		f.function = func(string, int, time.Time) *Function { return nil }
	}
	if f.rules == nil {
		f.rules = func() FunctionRules { return FunctionRules{} }
	}
	if f.domain == nil {
		f.domain = func(string) string { return "" }
	}
	if f.caching == nil {
		f.caching = func() Caching { return Caching{} }
	}
	if f.policy == nil {
		f.policy = func(string, string, int, time.Time) *wire.Node { return nil }
	}
	if f.signing == nil {
		f.signing = func(string) string { return "" }
	}
	if f.direct == nil {
		f.direct = func(string) bool { return false }
	}
	if f.key == nil {
		f.key = func([]string, string) any { return nil }
	}
	f.ca.clock = o.Clock
	for i := range max(o.POPs, 1) {
		f.pops = append(f.pops, &pop{
			index: i,
			name:  []string{POPName(i)},
			via:   []string{fmt.Sprintf("1.1 %016x.cloudfront.net (CloudFront)", mix(o.Seed+uint64(i)))},
		})
	}
	f.draws.seed(o.Seed)
	return f
}

// A visit is one viewer request at one POP.
type visit struct {
	fleet *Fleet
	r     *http.Request
	pop   *pop
	at    time.Time
	host  string
	id    string // of the distribution
	ray   string // X-Amz-Cf-Id
	body  []byte

	split split
	// What the function at viewer-request chose: an origin, nil for the behaviour's, and the
	// group whose first member it takes the place of.
	chosen   *backend
	failover string
}

// An answer is what a POP says. Header is shared with the cache: never written to.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	cache    string // X-Cache, first word
	age      int    // seconds; negative: none
	location string
	own      bool // CloudFront made it by itself
}

// What X-Cache says.
const (
	fromOrigin = "Miss from cloudfront"
	fromCache  = "Hit from cloudfront"
	redirected = "Redirect from cloudfront"
	failed     = "Error from cloudfront"
)

// ServeHTTP implements http.Handler for viewers.
func (f *Fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := f.meet(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	v := visit{fleet: f, r: r, pop: p, at: f.clock.Now(), host: hostname(r.Host), ray: f.ray()}
	found := f.routes.Route(p.index, v.at, v.host)
	if found.Distribution == "" && f.direct(v.host) {
		v.outside(r.Context(), w)
		return
	}
	route := v.choose(found)
	v.id = route.Distribution
	a, gone := v.answer(r.Context(), route)
	entry := journal.Answer{
		At: v.at, POP: p.index, Method: r.Method, Host: v.host, Path: r.URL.Path, Status: a.status, Distribution: v.id,
		Primary: v.split.primary, Split: v.split.by, Reason: route.Reason, Cache: a.cache,
		Bytes: v.sends(a), Uploaded: len(v.body), Took: f.clock.Now().Sub(v.at),
	}
	if gone {
		entry.Status, entry.Bytes = 0, 0 // as CloudFront's logs have 000
		f.journal.AddAnswer(entry)
		panic(http.ErrAbortHandler)
	}
	f.metrics.count(&v, a)
	f.journal.AddAnswer(entry)
	v.write(w, a)
}

// outside answers as an origin does that is asked by its own name, as it would be by a probe
// that goes around CloudFront: nothing is cached, signed or entered into the journal.
func (v *visit) outside(ctx context.Context, w http.ResponseWriter) {
	body, err := readBody(v.r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	header := v.r.Header.Clone()
	header.Set("Host", v.r.Host)
	got, err := v.fleet.origins.Answer(ctx, &origin.Request{
		Domain: v.host, Method: v.r.Method, Path: v.r.URL.EscapedPath(), Query: v.r.URL.RawQuery, Header: header, Body: body, Secure: v.r.TLS != nil,
	})
	if err != nil || got.Status < http.StatusOK || got.Status > 599 {
		panic(http.ErrAbortHandler) // there is nobody, or no answer of HTTP
	}
	maps.Copy(w.Header(), got.Header)
	w.WriteHeader(got.Status)
	if v.r.Method != http.MethodHead {
		_, _ = w.Write(got.Body) // whoever asked may have gone
	}
}

// answer decides; gone means that the viewer left before there was an answer.
func (v *visit) answer(ctx context.Context, route Route) (a answer, gone bool) {
	if route.Reason != "" {
		return v.refuse(cmp.Or(route.Status, http.StatusForbidden), "Bad request. We can't connect to the server for this app or website at this time. There might be too much traffic or a configuration error."), false
	}
	var err error
	if v.body, err = readBody(v.r); err != nil {
		if errors.Is(err, errTooLarge) {
			return v.refuse(http.StatusRequestEntityTooLarge, "Bad request."), false
		}
		return answer{}, true
	}
	return v.serve(ctx, v.fleet.distribution(route, v.policies))
}

var errTooLarge = errors.New("the request's body is larger than the simulator takes")

// maxBody bounds what a viewer may send.
const maxBody = 8 << 20

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	return body, err
}

// meet chooses the viewer's POP.
func (f *Fleet) meet(r *http.Request) (*pop, error) {
	if s := r.Header.Get(POPHeader); s != "" {
		i, err := strconv.Atoi(s)
		if err != nil || i < 0 || i >= len(f.pops) {
			return nil, fmt.Errorf("%s: %q is not the index of a point of presence; the fleet has 0 to %d", POPHeader, s, len(f.pops)-1)
		}
		return f.pops[i], nil
	}
	return f.nearest(r.RemoteAddr), nil
}

// nearest is the POP of the viewer at addr, always the same one.
func (f *Fleet) nearest(addr string) *pop {
	ip, _, err := net.SplitHostPort(addr)
	if err != nil {
		ip = addr
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, ip) // a hash cannot fail
	return f.pops[mix(h.Sum64()^f.seed)%uint64(len(f.pops))]
}

// policies are those that the visit's POP knows at its time.
func (v *visit) policies(kind, id string) *wire.Node {
	return v.fleet.policy(kind, id, v.pop.index, v.at)
}

// distribution returns route's configuration, read once for each version and again
// where a policy that it refers to has changed.
func (f *Fleet) distribution(route Route, known policySource) *distribution {
	key := version{route.Distribution, route.Version}
	if d, ok := f.compiled.Load(key); ok {
		if d, ok := d.(*distribution); ok && d.config == route.Config && d.current(known) {
			return d
		}
	}
	d := compile(route.Config, known)
	f.compiled.Store(key, d)
	return d
}

func (v *visit) write(w http.ResponseWriter, a answer) {
	h := w.Header()
	maps.Copy(h, a.header)
	h["X-Amz-Cf-Pop"] = v.pop.name
	h["Via"] = v.pop.via
	h["X-Amz-Cf-Id"] = []string{v.ray}
	h["X-Cache"] = []string{a.cache}
	if v.id != "" {
		h[DistributionHeader] = []string{v.id}
	}
	if a.age >= 0 {
		h["Age"] = []string{strconv.Itoa(a.age)}
	}
	if a.location != "" {
		h["Location"] = []string{a.location}
	}
	if v.split.cookie != "" {
		h["Set-Cookie"] = append(slices.Clip(h["Set-Cookie"]), v.split.cookie)
	}
	if !bodyless(a) {
		h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	}
	w.WriteHeader(a.status)
	if v.sends(a) > 0 {
		_, _ = w.Write(a.body) // the viewer may have gone
	}
}

func bodyless(a answer) bool {
	return a.status == http.StatusNoContent || a.status == http.StatusNotModified
}

// sends is how many bytes of body the viewer gets.
func (v *visit) sends(a answer) int {
	if bodyless(a) || v.r.Method == http.MethodHead {
		return 0
	}
	return len(a.body)
}

// ray makes an X-Amz-Cf-Id: 56 characters, ending in ==.
func (f *Fleet) ray() string {
	var raw [40]byte
	n := f.requests.Add(1)
	for i := range 5 {
		binary.BigEndian.PutUint64(raw[i*8:], mix(f.seed+n*5+uint64(i)))
	}
	return base64.URLEncoding.EncodeToString(raw[:])
}

// mix is the finaliser of splitmix64: neighbours in, no likeness out.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hostname is the name in a Host header: lower case, without port and final dot.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// airports are where the POPs of a small fleet stand; a larger one goes round again.
var airports = strings.Fields("FRA IAD NRT LHR SIN CDG SYD GRU JFK AMS BOM DUB ORD ICN LAX MAD ARN YTO MXP HKG VIE DFW SEA CPT " +
	"WAW HEL CPH ATL MIA KIX DEL EZE BCN PRG DXB TLV")

// POPName is the code of the POP with that index, as X-Amz-Cf-Pop shows it.
func POPName(index int) string {
	return fmt.Sprintf("%s%d-P%d", airports[index%len(airports)], 50+index/len(airports), 1+index%4)
}
