package pages_test

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	inline = regexp.MustCompile("`[^`\n]*`")
)

// repository is how pages that a registry shows link to what it does not have, and
// show pictures: raw, and with the parameter that makes GitHub call SVG an image.
var repository = regexp.MustCompile(`^https://(?:github\.com/cdn-bluegreen/terraform-provider-cdn/(?:tree|blob)|raw\.githubusercontent\.com/cdn-bluegreen/terraform-provider-cdn)/main/([^?]+)(?:\?sanitize=true)?$`)

func TestEveryLinkLeadsSomewhere(t *testing.T) {
	t.Parallel()
	all := map[string]page{}
	for _, p := range pages(t) {
		all[p.name] = p
	}
	seen := 0
	for _, p := range all {
		prose, _ := p.split()
		for _, m := range link.FindAllStringSubmatch(inline.ReplaceAllString(prose, "``"), -1) {
			seen++
			if problem := follow(all, p, m[1]); problem != "" {
				t.Errorf("%s links to %s: %s", p.name, m[1], problem)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d links were found", seen)
	}
}

// follow says where a link does not lead, "" if it does. What is not in this
// repository is only looked at.
func follow(all map[string]page, from page, to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return err.Error()
	}
	target := path.Join(path.Dir(from.name), u.Path)
	if m := repository.FindStringSubmatch(to); m != nil {
		target, _, _ = strings.Cut(m[1], "#")
	} else if u.Scheme != "" || u.Host != "" {
		if u.Scheme != "https" || !strings.Contains(u.Host, ".") {
			return "not an address that a reader can open"
		}
		return ""
	} else if rendered(from.name) && !rendered(target) && u.Path != "" {
		return "a registry shows the page and not the target; write its address on GitHub"
	}
	if u.Path == "" {
		target = from.name
	}
	if _, err := os.Stat(filepath.Join(root, target)); err != nil {
		return "there is no such file"
	}
	if p, ok := all[target]; u.Fragment != "" && (!ok || !slices.Contains(p.anchors(), u.Fragment)) {
		return "the page has no such heading"
	}
	return ""
}

// rendered says whether a registry shows a page.
func rendered(name string) bool {
	return strings.HasPrefix(name, "docs/") && !strings.HasPrefix(name, "docs/design/") && !strings.HasPrefix(name, "docs/images/")
}
