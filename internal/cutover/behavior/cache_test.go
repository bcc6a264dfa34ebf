package behavior_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/cutover/behavior"
)

// words are what a list of what is kept says.
func words(all []behavior.Kept) string {
	var out []string
	for _, k := range all {
		out = append(out, strings.ReplaceAll(fmt.Sprintf("%s %v %s %v", k.What, k.Patterns, k.For, k.Codes), " []", ""))
	}
	return strings.Join(out, "; ")
}

func TestWhatEdgeLocationsHoldOnToIsNamedWhereItBites(t *testing.T) {
	t.Parallel()
	type edit func(s *behavior.Spec, o *behavior.Observation, c *behavior.Caching)
	for name, c := range map[string]struct {
		edit edit
		want string
	}{
		"everything is dropped": {func(*behavior.Spec, *behavior.Observation, *behavior.Caching) {}, ""},
		"nothing is": {
			func(s *behavior.Spec, _ *behavior.Observation, _ *behavior.Caching) { s.Invalidate = nil },
			"answers_kept [default] 24h0m0s; answers_kept [/api/*] 10m0s; min_ttl_kept [/api/*] 1m0s; errors_kept [default /api/*] 10s",
		},
		"a tag is, which errors do not have": {
			func(s *behavior.Spec, _ *behavior.Observation, _ *behavior.Caching) {
				s.Invalidate = []string{"#release:41"}
			},
			"answers_kept [default] 24h0m0s; answers_kept [/api/*] 10m0s; min_ttl_kept [/api/*] 1m0s; errors_kept [default /api/*] 10s",
		},
		"one of two is": {
			func(s *behavior.Spec, _ *behavior.Observation, _ *behavior.Caching) { s.Invalidate = []string{"/ap*"} },
			"answers_kept [default] 24h0m0s; errors_kept [default] 10s",
		},
		"a part of it is": {func(s *behavior.Spec, _ *behavior.Observation, _ *behavior.Caching) {
			s.Patterns, s.Invalidate = []behavior.Pattern{api}, []string{"/api/v1/*", "/api/"}
		}, "answers_kept [/api/*] 10m0s; min_ttl_kept [/api/*] 1m0s; errors_kept [/api/*] 10s"},
		"nothing is kept": {func(s *behavior.Spec, _ *behavior.Observation, c *behavior.Caching) {
			s.Patterns, s.Invalidate, c.TTL[api] = []behavior.Pattern{api}, nil, behavior.TTL{}
		}, "errors_kept [/api/*] 10s"},
		"nobody may ask how long": {func(s *behavior.Spec, _ *behavior.Observation, c *behavior.Caching) {
			s.Patterns, s.Invalidate, c.TTL = []behavior.Pattern{api}, nil, nil
		}, "answers_kept [/api/*] 0s; errors_kept [/api/*] 10s"},
		"errors that are kept for long, also where all is dropped": {func(_ *behavior.Spec, _ *behavior.Observation, c *behavior.Caching) {
			c.Errors = map[int]time.Duration{503: 5 * time.Minute, 404: time.Minute, 500: 0, 502: 10 * time.Second}
		}, "errors_kept [default /api/*] 5m0s [404 503]"},
		"there is nothing to change": {func(s *behavior.Spec, o *behavior.Observation, c *behavior.Caching) {
			s.Invalidate, o.Values, c.Errors = nil, s.Target(), map[int]time.Duration{503: time.Hour}
		}, ""},
		"what changes is not kept": {func(s *behavior.Spec, o *behavior.Observation, _ *behavior.Caching) {
			s.Invalidate = nil
			o.Values = at(*s, "green").Values
			for _, side := range s.Sides {
				side[behavior.Field{Name: behavior.ResponseHeadersPolicy, Behavior: api}] = behavior.Value{Text: "p"}
			}
		}, ""},
		"there is no such behaviour": {func(s *behavior.Spec, o *behavior.Observation, _ *behavior.Caching) {
			s.Invalidate, o.Order = nil, nil
		}, "answers_kept [default] 24h0m0s; errors_kept [default] 10s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := spec()
			o := at(s, "blue")
			caching := behavior.Caching{TTL: map[behavior.Pattern]behavior.TTL{
				site: {Default: time.Minute, Max: 24 * time.Hour}, api: {Min: time.Minute, Default: time.Minute, Max: 10 * time.Minute},
			}}
			c.edit(&s, &o, &caching)
			if got := words(behavior.Caches(s, o, caching)); got != c.want {
				t.Errorf("keeps %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheEntryDocumentOfAPrefixIsFoundWhereItIsAnswered(t *testing.T) {
	t.Parallel()
	patterns := []behavior.Pattern{site}
	s := behavior.Spec{Distribution: "E1", Patterns: patterns, Live: "green", Sides: map[cutover.Side]behavior.Definition{}}
	root := behavior.Field{Name: behavior.RootObject}
	path := behavior.Field{Name: behavior.OriginPath, Origin: "site"}
	s.Sides["green"] = behavior.Definition{path: {Text: "/v2"}}
	o := behavior.Observation{Exists: true, Values: behavior.Definition{path: {Text: "/v1"}, root: {Text: "index.html"}}}
	if !o.ReplacesEntry(s) {
		t.Error("another prefix leaves the entry document")
	}
	o.Values[path] = behavior.Value{Text: "/v2"}
	if o.ReplacesEntry(s) {
		t.Error("there is nothing to change")
	}
	o.Values[path] = behavior.Value{Text: "/v1"}
	o.Order = []behavior.Pattern{"/*"}
	if o.ReplacesEntry(s) {
		t.Error("another behaviour answers /")
	}
	o.Order = []behavior.Pattern{"/api/*"}
	delete(o.Values, root)
	if o.ReplacesEntry(s) {
		t.Error("there is no entry document")
	}
}

func TestBrowsersAskAgainWhenTheAnswerSaysSo(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]time.Duration{
		"max-age=86400":                         24 * time.Hour,
		"public, Max-Age=60, s-maxage=31536000": time.Minute,
		"max-age=60, no-cache":                  0,
		"no-store":                              0,
		"private=\"x\", max-age=\"30\"":         30 * time.Second,
		"max-age=soon":                          0,
		"":                                      0,
		"max-age=99999999999":                   maxSpan,
	} {
		if got := behavior.BrowsersKeep(said); got != want {
			t.Errorf("%q: %s, want %s", said, got, want)
		}
	}
}

// maxSpan is a year: nobody keeps anything for longer.
const maxSpan = 365 * 24 * time.Hour
