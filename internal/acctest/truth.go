package acctest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
)

// Answers asks every edge location for a name and says who answers there: the origin, or
// the status where none does. headers go with the requests.
func (e *Env) Answers(name string, headers map[string]string) []string {
	e.tb.Helper()
	var out []string
	for pop := range e.World.Propagation().POPs() {
		req := httptest.NewRequestWithContext(e.tb.Context(), http.MethodGet, "http://"+name+"/", nil)
		req.Header.Set(edge.POPHeader, strconv.Itoa(pop))
		for k, v := range headers {
			req.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		e.World.Edge().ServeHTTP(w, req)
		var who origin.Echo
		if w.Code != http.StatusOK || json.Unmarshal(w.Body.Bytes(), &who) != nil {
			who.Domain = strconv.Itoa(w.Code)
		}
		out = append(out, who.Domain)
	}
	return out
}

// Served compares what is said of viewers with who serves every name of the site. State is
// taken to say nothing about them.
func Served(e *Env, _ *Core, claim *Claim) []string {
	var wrong []string
	if claim != nil {
		for _, name := range e.Names {
			wrong = append(wrong, e.ServedBy(*claim, name)...)
		}
	}
	return wrong
}

// ServedBy compares a claim about distributions with who has a name and who answers for it
// at every edge location, and says what is wrong. While some may not know yet, only who
// has the name counts: they learn of nothing else.
func (e *Env) ServedBy(claim Claim, name string) []string {
	e.tb.Helper()
	var route *ClaimedRoute
	for i, r := range claim.Routes {
		if r.Concerns(name) {
			route = &claim.Routes[i]
		}
	}
	if route == nil {
		return []string{"nothing is said of " + name}
	}
	owner := e.Owner(name)
	if owner != route.ID() && (owner != "" || route.Has == "") { // a wildcard may answer for one that nobody has
		return []string{fmt.Sprintf("%s is on %q", name, owner)}
	}
	if route.Learning || !claim.Now {
		return nil
	}
	var wrong []string
	for pop := range e.World.Propagation().POPs() {
		r := e.World.CloudFront().Route(pop, e.World.Clock().Now(), name)
		refused := r.Reason != ""
		if route.To != "" && (r.Distribution != route.ID() || refused != route.Disabled) || route.To == "" && !refused {
			wrong = append(wrong, fmt.Sprintf("POP %d asks %q for %s (%s)", pop, r.Distribution, name, r.Reason))
		}
	}
	return wrong
}
