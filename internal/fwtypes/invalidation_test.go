package fwtypes_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/fwtypes"
)

func saysOfPath(t *testing.T, s string) string {
	t.Helper()
	return saysOf(t, fwtypes.InvalidationPath(), s)
}

func saysOf(t *testing.T, v validator.String, s string) string {
	t.Helper()
	resp := validator.StringResponse{}
	v.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("invalidate"), ConfigValue: types.StringValue(s)}, &resp)
	if !resp.Diagnostics.HasError() {
		return ""
	}
	return resp.Diagnostics[0].Detail()
}

func TestAPathToInvalidateIsWrittenAsCloudFrontTakesIt(t *testing.T) {
	t.Parallel()
	for given, write := range map[string]string{
		"#release-7": "", "#a~b/": "", "/images/*": "", "/a/b.html?x=1&y=2": "", "/caf%C3%A9/": "", "/a'b(c),;:@$!": "", "/%41": "",

		"/café/":          "/caf%C3%A9/",
		"/a b":            "/a%20b",
		"/{id}":           "/%7Bid%7D",
		`/say "hi"`:       "/say%20%22hi%22",
		"/100%":           "/100%25",
		"/100%zz":         "/100%25zz",
		"/a|b\\c^d`[e]<>": "/a%7Cb%5Cc%5Ed%60%5Be%5D%3C%3E",
		"/#top":           "/%23top",
		"/日本":             "/%E6%97%A5%E6%9C%AC",
		"/tab\there":      "/tab%09here",
		"images/ä":        "/images/%C3%A4",
		"/~user/x":        "/*",
		"/home/~user/x":   "/home/*",
		"/home/%7euser":   "/home/*",
		"/ü/a~":           "/ü/*", // and then the next plan says the rest
	} {
		got := saysOfPath(t, given)
		switch {
		case write == "" && got != "":
			t.Errorf("%s is refused: %s", given, got)
		case write != "" && !strings.Contains(got, `Write "`+write+`"`):
			t.Errorf("%s: %s, want to read %q", given, got, write)
		}
	}
}

// CloudFront takes an asterisk anywhere, and for a wildcard only at the end.
func TestAnAsteriskThatIsNoWildcardIsRefused(t *testing.T) {
	t.Parallel()
	for _, v := range []validator.String{fwtypes.InvalidationPath(), fwtypes.PathToInvalidate()} {
		for s, write := range map[string]string{"/*/logo.png": `Write "/*"`, "/img/*.png": `Write "/img/*"`, "/a*b*": `Write "/a*"`, "/a**": `Write "/a*"`, "/*": "", "/images/*": "", "/a": ""} {
			if said := saysOf(t, v, s); (said != "") != (write != "") || !strings.Contains(said, write) {
				t.Errorf("%s: %s", s, said)
			}
		}
	}
}

func TestACacheTagIsWhatCloudFrontTakesForOne(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"#", "#a,b", "#a b", "#ä", "#" + strings.Repeat("x", 257), "#release:*", "#*", "#/a*", "#*/a"} {
		if saysOfPath(t, s) == "" {
			t.Errorf("%s passes", s)
		}
		if bare := strings.TrimPrefix(s, "#"); saysOf(t, fwtypes.CacheTag(), bare) == "" {
			t.Errorf("%s passes where no path is taken", bare)
		}
	}
	for _, s := range []string{"release:41", "a!b~c#d", strings.Repeat("x", 256)} {
		if said := saysOf(t, fwtypes.CacheTag(), s) + saysOfPath(t, "#"+s); said != "" {
			t.Errorf("%s: %s", s, said)
		}
	}
}

func TestPathsAndTagsStandInTheirOwnAttributes(t *testing.T) {
	t.Parallel()
	if said := saysOf(t, fwtypes.PathToInvalidate(), "#release:7"); !strings.Contains(said, "Write \"release:7\" in `tags`") {
		t.Error(said)
	}
	if said := saysOf(t, fwtypes.CacheTag(), "#release:7"); !strings.Contains(said, "Write \"release:7\"") {
		t.Error(said)
	}
	if said := saysOf(t, fwtypes.PathToInvalidate(), "index.html"); !strings.Contains(said, "Write \"/index.html\"") {
		t.Error(said)
	}
}

// What the advice says passes, and means the same path.
func FuzzTheAdviceIsTaken(f *testing.F) {
	for _, s := range []string{"/a b", "/ä/%C3", "/%", "x{", "/\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		said := saysOfPath(t, s)
		_, advice, ok := strings.Cut(said, "percent-encoded only. Write \"")
		if !ok {
			return
		}
		advice = strings.TrimSuffix(advice, "\".")
		if again := saysOfPath(t, advice); strings.Contains(again, "percent-encoded only") {
			t.Errorf("%q: advised %q, of which it is said %s", s, advice, again)
		}
		if plain, err := url.PathUnescape(s); err == nil {
			if back, err := url.PathUnescape(advice); err != nil || back != strings.ToValidUTF8(plain, "\uFFFD") && back != plain {
				t.Errorf("%q: advised %q, which is %q", s, advice, back)
			}
		}
	})
}
