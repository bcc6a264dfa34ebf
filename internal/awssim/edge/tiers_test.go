package edge_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/wire"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/clock"
)

// two are a blue and a green origin, each under a path of its own.
const two = `<Origins><Items>
	<Origin><Id>blue</Id><DomainName>blue.test</DomainName><OriginPath>/v1</OriginPath><CustomOriginConfig/></Origin>
	<Origin><Id>green</Id><DomainName>green.test</DomainName><OriginPath>/v2</OriginPath><CustomOriginConfig/></Origin>
</Items></Origins>`

func at(origin, settings string) string {
	return two + "<DefaultCacheBehavior><TargetOriginId>" + origin + "</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>" + settings + "</DefaultCacheBehavior>"
}

// caching is a fleet that caches in a way of its own.
func (s *sim) caching(c edge.Caching) {
	s.Fleet = edge.New(edge.Options{Clock: clock.System{}, Routes: s.routes, Origins: s.origins, Journal: s.journal, POPs: 8, Seed: 1, Caching: func() edge.Caching { return c }})
}

// point gives the distribution another version.
func (s *sim) point(t *testing.T, config string, number int) {
	t.Helper()
	s.routes.hosts["www.example.com"] = edge.Route{Distribution: "E1", Version: number, Config: configOf(t, config)}
}

func configOf(t *testing.T, config string) *wire.Node {
	t.Helper()
	s := newSim(t, config)
	return s.routes.hosts["www.example.com"].Config
}

func (s *sim) from(t *testing.T, pop int) string {
	t.Helper()
	return s.ask(t, "GET http://www.example.com/a", fmt.Sprintf("X-Awssim-Pop: %d", pop)).Header().Get("X-Origin")
}

// The chosen origin is not in the cache key, so what was cached is served on.
func TestACachedObjectOutlivesTheOriginItCameFrom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		caching edge.Caching
		want    string
	}{
		"as AWS is taken to be":  {edge.Caching{}, "blue.test"},
		"the path is in the key": {edge.Caching{PathInKey: true}, "green.test"},
		"the origin purges":      {edge.Caching{Purges: true}, "green.test"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSim(t, at("blue", optimized))
				s.caching(c.caching)
				s.from(t, 0)
				s.point(t, at("green", optimized), 2)
				if got := s.from(t, 0); got != c.want {
					t.Errorf("after the switch it came from %s", got)
				}
				if got := s.from(t, 1); got != "green.test" {
					t.Errorf("where nothing was cached it came from %s", got)
				}
			})
		})
	}
}

// A point of presence that learns late of a change fills the regional cache for those
// that know it, until that is invalidated.
func TestARegionalCacheIsFilledByWhoeverComesFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(t, at("blue", optimized))
		s.caching(edge.Caching{Regional: 2})
		s.from(t, 4) // 0, 2, 4 and 6 share one
		pass(time.Second)
		s.point(t, at("green", optimized), 2)
		if got := s.from(t, 6); got != "blue.test" {
			t.Errorf("a location that never asked before has it from %s", got)
		}
		if got := s.from(t, 1); got != "green.test" {
			t.Errorf("behind the other regional cache it came from %s", got)
		}
		if n := s.origins.Requests("blue.test"); n != 1 {
			t.Errorf("blue was asked %d times", n)
		}
		reached := now()
		pass(time.Second)
		s.routes.invalidated = func(pop int, _ string, stored, _ time.Time) bool { return pop == 6 && stored.Before(reached) }
		if got := s.from(t, 6); got != "blue.test" {
			t.Errorf("invalidated here and not in the regional cache, it came from %s", got)
		}
		s.routes.invalidated = func(_ int, _ string, stored, _ time.Time) bool { return stored.Before(reached) }
		for _, pop := range []int{6, 4, 0} {
			if got := s.from(t, pop); got != "green.test" {
				t.Errorf("invalidated everywhere, it came to %d from %s", pop, got)
			}
		}
		if n := s.origins.Requests("green.test"); n != 2 {
			t.Errorf("green was asked %d times", n)
		}
	})
}

// What a function at an origin event made of an object is cached with it.
func TestAnAnswerSaysWhichVersionsRanForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lambdas := func(n int) string {
			arn := fmt.Sprintf("arn:aws:lambda:us-east-1:123456789012:function:shop:%d", n)
			return optimized + "<LambdaFunctionAssociations><Items>" +
				"<LambdaFunctionAssociation><LambdaFunctionARN>" + arn + "</LambdaFunctionARN><EventType>viewer-request</EventType></LambdaFunctionAssociation>" +
				"<LambdaFunctionAssociation><LambdaFunctionARN>" + arn + "</LambdaFunctionARN><EventType>origin-request</EventType></LambdaFunctionAssociation>" +
				"</Items></LambdaFunctionAssociations>"
		}
		s := newSim(t, at("blue", lambdas(1)))
		for i, c := range []struct {
			version        int
			viewer, origin string
		}{{1, "shop:1", "shop:1"}, {2, "shop:2", "shop:1"}} {
			s.point(t, at("blue", lambdas(c.version)), i+1)
			h := s.ask(t, "GET http://www.example.com/a", "X-Awssim-Pop: 0").Header()
			if v, o := h.Get(edge.ViewerLambdaHeader), h.Get(edge.OriginLambdaHeader); v != "viewer-request="+c.viewer || o != "origin-request="+c.origin {
				t.Errorf("version %d: %q and %q", c.version, v, o)
			}
		}
	})
}
