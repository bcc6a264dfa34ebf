package awssim

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/cloudfront"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/edge"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/fault"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/journal"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/knob"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/origin"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/route53"
	"github.com/cdn-bluegreen/terraform-provider-cdn/internal/awssim/sts"
)

// AdminPath is where people and tests of other processes look into the world. No
// AWS service has such a path.
const AdminPath = "/_awssim/"

//go:embed admin.html
var adminPage []byte

// admin is the interface under AdminPath:
//
//	GET    /_awssim/                 the fleet, live, as a page
//	GET    state                     distributions, aliases by POP, continuous deployment policies, zones, origins
//	GET    journal?after=N&since=T   calls with a number above N; answers and resolutions since T (RFC 3339);
//	                                 limit=N: the newest N of each, 0 is all of them (default 1000)
//	GET    metrics                   requests and errors per distribution and minute, of real answers
//	GET    audit?name=N&since=T      every instant at which viewers of these names were let down
//	GET    faults, POST, DELETE      the armed faults with their hits; arm a JSON array of more; disarm all
//	GET    knobs, PUT                how the knobs are set; turn those that the JSON object names
//	GET    origins, PUT origins/{d}  how origins behave; change one (DELETE: make it healthy again)
//	PUT    alarms/{name}, DELETE     keep an alarm from being evaluated: {"region": …, "evaluation_state": …, "reason": …};
//	                                 let it be evaluated again (?region=…; default us-east-1)
//	POST   accounts                  add an account, or access keys to it: {"account": …, "access_keys": […]}
//	POST   allow                     a JSON array of IAM actions, the only ones allowed from now on; [] allows all;
//	                                 or an IAM policy document (?account=N: to that one's callers alone)
//	POST   users, POST roles         add one, or replace it, and answer its ARN; see package sts. With the first
//	                                 user, access keys that nobody has are refused from then on
//	POST   propagation               {"frozen": true} or {"slow": {"3": 10}}: POP 3 takes ten times as long
//	GET    ca.pem                    the certificate that TLS viewers of the edge have to trust
//
// It asks for no credentials, which is why the program listens on loopback only, and why
// it answers to no name but localhost.
type admin struct {
	*World

	mu    sync.Mutex
	names map[string]bool // aliases seen so far: a name that was removed is still served for a while
}

// withAdmin returns the control planes with the admin interface beside them.
func withAdmin(w *World) http.Handler {
	a := &admin{World: w, names: map[string]bool{}}
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET {$}": a.page, "GET state": a.getState, "GET journal": a.getJournal, "GET metrics": a.getMetrics, "GET audit": a.getAudit,
		"GET faults": a.getFaults, "POST faults": a.postFaults, "DELETE faults": a.deleteFaults,
		"GET knobs": a.getKnobs, "PUT knobs": a.putKnobs,
		"GET origins": a.getOrigins, "PUT origins/{domain}": a.putOrigin, "DELETE origins/{domain}": a.deleteOrigin,
		"PUT alarms/{name}": a.putAlarm, "DELETE alarms/{name}": a.deleteAlarm,
		"POST accounts": a.postAccount, "POST allow": a.postAllow, "POST users": a.postUser, "POST roles": a.postRole, "POST propagation": a.postPropagation, "GET ca.pem": a.getAuthority,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+AdminPath+path, func(w http.ResponseWriter, r *http.Request) {
			if err := handle(w, r); err != nil {
				reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			}
		})
	}
	// A web page from elsewhere must not be able to post here.
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case (strings.HasPrefix(r.URL.Path, AdminPath) || r.URL.Path+"/" == AdminPath) && !byAddress(r.Host):
			reply(rw, http.StatusMisdirectedRequest, map[string]string{
				"error": fmt.Sprintf("%q is a name, and this is answered by address or as localhost only: a page of that name may be somebody else's", r.Host),
			})
		case strings.HasPrefix(r.URL.Path, AdminPath):
			guarded.ServeHTTP(rw, r)
		case r.URL.Path+"/" == AdminPath:
			http.Redirect(rw, r, AdminPath, http.StatusMovedPermanently)
		default:
			w.plane.ServeHTTP(rw, r)
		}
	})
}

// byAddress says whether a Host cannot be that of a page from elsewhere: whoever has a name
// may let it point here, and a browser then takes our answers for that page's own.
func byAddress(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}

func reply(w http.ResponseWriter, status int, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"error":"unencodable"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(raw, '\n')) // the client may have gone
}

// read decodes one JSON document and refuses names it does not know.
func read(r *http.Request, into any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the body is not what is expected here: %w", err)
	}
	return nil
}

func (a *admin) page(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'")
	_, _ = w.Write(adminPage) // the client may have gone
	return nil
}

// A State is the world at one moment, as GET state shows it.
type State struct {
	Now           time.Time                 `json:"now"`
	Accounts      []string                  `json:"accounts"` // the first one first
	Account       string                    `json:"account"`
	Span          string                    `json:"span"`
	Frozen        bool                      `json:"frozen"`
	POPs          []string                  `json:"pops"`
	Distributions []DistributionState       `json:"distributions"`
	Aliases       []AliasState              `json:"aliases"`
	Deployments   []cloudfront.Deployment   `json:"deployments"`
	Zones         []route53.ZoneDescription `json:"zones"`
	Origins       map[string]origin.State   `json:"origins"`
}

// A DistributionState adds to a distribution the share of POPs with its newest version.
type DistributionState struct {
	cloudfront.Description
	Account string  `json:"account"`
	Share   float64 `json:"share"`
}

// An AliasState is who serves a name, POP by POP.
type AliasState struct {
	Name   string             `json:"name"`
	POPs   []AliasRoute       `json:"pops"`
	Shares map[string]float64 `json:"shares"` // distribution id → share of POPs that serve from it; "" is nobody
}

// An AliasRoute is what one POP does with a name; Reason is empty where it serves.
type AliasRoute struct {
	Distribution string `json:"distribution,omitempty"`
	Reason       string `json:"reason,omitempty"`
	Staging      string `json:"staging,omitempty"` // that a policy sends some of the viewers to
	Peak         bool   `json:"peak,omitempty"`    // … but not now
}

// State describes the world now.
func (a *admin) state() State {
	now := a.Clock().Now()
	out := State{
		Now: now, Account: a.Account(), Span: a.propagation.Span().String(), Frozen: a.propagation.Frozen(),
		Origins: map[string]origin.State{}, Aliases: []AliasState{}, Distributions: []DistributionState{},
		Zones: []route53.ZoneDescription{}, Deployments: []cloudfront.Deployment{},
	}
	for i := range a.propagation.POPs() {
		out.POPs = append(out.POPs, edge.POPName(i))
	}
	for _, d := range a.origins.Domains() {
		out.Origins[d] = a.origins.Get(d)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, account := range a.plane.all() {
		out.Accounts = append(out.Accounts, account.number)
		out.Zones = append(out.Zones, account.route53.Describe()...)
		out.Deployments = append(out.Deployments, account.cloudfront.Deployments(now)...)
		for _, d := range account.cloudfront.Describe(now) {
			out.Distributions = append(out.Distributions, DistributionState{d, account.number, float64(len(d.POPs)) / float64(a.propagation.POPs())})
			for _, name := range d.Aliases {
				a.names[name] = true
			}
		}
	}
	for name := range a.names {
		out.Aliases = append(out.Aliases, a.alias(name, now))
	}
	slices.SortFunc(out.Aliases, func(x, y AliasState) int { return strings.Compare(x.Name, y.Name) })
	return out
}

func (a *admin) alias(name string, now time.Time) AliasState {
	out := AliasState{Name: name, Shares: map[string]float64{}}
	host := strings.Replace(name, "*", "any", 1)
	for i := range a.propagation.POPs() {
		r := a.cloudfront.Route(i, now, host)
		route := AliasRoute{Distribution: r.Distribution, Reason: r.Reason}
		if r.Split != nil {
			route.Staging, route.Peak = r.Split.Staging.Distribution, r.Split.Peak
		}
		out.POPs = append(out.POPs, route)
		serving := r.Distribution
		if r.Reason != "" {
			serving = ""
		}
		out.Shares[serving] += 1 / float64(a.propagation.POPs())
	}
	return out
}

func (a *admin) getState(w http.ResponseWriter, _ *http.Request) error {
	reply(w, http.StatusOK, a.state())
	return nil
}

func (a *admin) getJournal(w http.ResponseWriter, r *http.Request) error {
	var after int
	var err error
	if s := r.FormValue("after"); s != "" {
		if after, err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("after: %w", err)
		}
	}
	limit := 1000
	if s := r.FormValue("limit"); s != "" {
		if limit, err = strconv.Atoi(s); err != nil || limit < 0 {
			return fmt.Errorf("limit: %q is not a number of entries", s)
		}
	}
	since, err := sinceOf(r)
	if err != nil {
		return err
	}
	j := a.Journal()
	out := struct {
		Seq         int                  `json:"seq"`
		Truncated   bool                 `json:"truncated"` // older entries than these exist
		Calls       []journal.Call       `json:"calls"`
		Answers     []journal.Answer     `json:"answers"`
		Resolutions []journal.Resolution `json:"resolutions"`
	}{Seq: j.Seq()}
	out.Calls = newest(j.Calls(after), limit, &out.Truncated)
	out.Answers = newest(j.Answers(since), limit, &out.Truncated)
	out.Resolutions = newest(j.Resolutions(since), limit, &out.Truncated)
	reply(w, http.StatusOK, out)
	return nil
}

func newest[T any](list []T, limit int, truncated *bool) []T {
	if limit > 0 && len(list) > limit {
		*truncated = true
		list = list[len(list)-limit:]
	}
	return append([]T{}, list...) // [] and not null
}

func sinceOf(r *http.Request) (since time.Time, err error) {
	if s := r.FormValue("since"); s != "" {
		if since, err = time.Parse(time.RFC3339Nano, s); err != nil {
			return since, fmt.Errorf("since: %w", err)
		}
	}
	return since, nil
}

func (a *admin) getMetrics(w http.ResponseWriter, _ *http.Request) error {
	reply(w, http.StatusOK, a.edge.Metrics())
	return nil
}

func (a *admin) getAudit(w http.ResponseWriter, r *http.Request) error {
	since, err := sinceOf(r)
	if err != nil {
		return err
	}
	names := r.URL.Query()["name"]
	if len(names) == 0 {
		return errors.New("say which: ?name=www.example.com, as often as needed")
	}
	violations := newest(a.Audit(since, names...), 0, new(bool))
	reply(w, http.StatusOK, violations)
	return nil
}

func (a *admin) getFaults(w http.ResponseWriter, _ *http.Request) error {
	reply(w, http.StatusOK, a.Faults().List())
	return nil
}

func (a *admin) postFaults(w http.ResponseWriter, r *http.Request) error {
	var list []fault.Fault
	if err := read(r, &list); err != nil {
		return err
	}
	for i, f := range list {
		if err := f.Check(); err != nil {
			return fmt.Errorf("fault %d: %w", i, err)
		}
	}
	for _, f := range list {
		a.Faults().Add(f)
	}
	reply(w, http.StatusOK, a.Faults().List())
	return nil
}

func (a *admin) deleteFaults(w http.ResponseWriter, r *http.Request) error {
	a.Faults().Clear()
	return a.getFaults(w, r)
}

func (a *admin) getKnobs(w http.ResponseWriter, _ *http.Request) error {
	reply(w, http.StatusOK, a.Knobs())
	return nil
}

func (a *admin) putKnobs(w http.ResponseWriter, r *http.Request) (err error) {
	var raw json.RawMessage // read before the world is locked
	if err := read(r, &raw); err != nil {
		return err
	}
	a.Turn(func(k *knob.Knobs) { err = json.Unmarshal(raw, k) }) // a Knobs merges what it reads
	if err != nil {
		return err
	}
	return a.getKnobs(w, r)
}

func (a *admin) getOrigins(w http.ResponseWriter, _ *http.Request) error {
	reply(w, http.StatusOK, a.state().Origins)
	return nil
}

func (a *admin) putOrigin(w http.ResponseWriter, r *http.Request) error {
	var state origin.State
	if err := read(r, &state); err != nil {
		return err
	}
	a.origins.Put(r.PathValue("domain"), state)
	reply(w, http.StatusOK, state)
	return nil
}

func (a *admin) deleteOrigin(w http.ResponseWriter, r *http.Request) error {
	a.origins.Reset(r.PathValue("domain"))
	reply(w, http.StatusOK, origin.State{})
	return nil
}

// An impairment is why CloudWatch does not evaluate an alarm.
type impairment struct {
	Region string `json:"region,omitempty"` // default us-east-1
	State  string `json:"evaluation_state"` // PARTIAL_DATA, EVALUATION_FAILURE or EVALUATION_ERROR
	Reason string `json:"reason,omitempty"`
}

func (a *admin) putAlarm(w http.ResponseWriter, r *http.Request) error {
	var is impairment
	if err := read(r, &is); err != nil {
		return err
	}
	if !slices.Contains([]string{"PARTIAL_DATA", "EVALUATION_FAILURE", "EVALUATION_ERROR"}, is.State) {
		return fmt.Errorf("evaluation_state is %q, and can be PARTIAL_DATA, EVALUATION_FAILURE or EVALUATION_ERROR", is.State)
	}
	return a.impair(w, r, is)
}

func (a *admin) deleteAlarm(w http.ResponseWriter, r *http.Request) error {
	return a.impair(w, r, impairment{Region: r.URL.Query().Get("region")})
}

func (a *admin) impair(w http.ResponseWriter, r *http.Request, is impairment) error {
	is.Region = cmp.Or(is.Region, "us-east-1")
	if name := r.PathValue("name"); !a.cloudwatch.Impair(is.Region, name, is.State, is.Reason) {
		return fmt.Errorf("%s has no metric or log alarm %q", is.Region, name)
	}
	reply(w, http.StatusOK, is)
	return nil
}

func (a *admin) postAllow(w http.ResponseWriter, r *http.Request) error {
	var raw json.RawMessage
	if err := read(r, &raw); err != nil {
		return err
	}
	var of interface {
		Allow(actions ...string)
		Restrict(policy string) error
	} = a.World
	if number := r.URL.Query().Get("account"); number != "" {
		account := a.plane.account(number)
		if account == nil {
			return fmt.Errorf("there is no account %s", number)
		}
		of = account
	}
	if strings.HasPrefix(strings.TrimSpace(string(raw)), "{") {
		if err := of.Restrict(string(raw)); err != nil {
			return err
		}
		reply(w, http.StatusOK, raw)
		return nil
	}
	var actions []string
	if err := json.Unmarshal(raw, &actions); err != nil {
		return err
	}
	of.Allow(actions...)
	reply(w, http.StatusOK, append([]string{}, actions...))
	return nil
}

var accountNumber = regexp.MustCompile(`^\d{12}$`)

func (a *admin) postAccount(w http.ResponseWriter, r *http.Request) error {
	var given struct {
		Account    string   `json:"account"`
		AccessKeys []string `json:"access_keys"`
	}
	if err := read(r, &given); err != nil {
		return err
	}
	if !accountNumber.MatchString(given.Account) {
		return fmt.Errorf("account is %q, and has 12 digits", given.Account)
	}
	a.AddAccount(given.Account, given.AccessKeys...)
	reply(w, http.StatusOK, given)
	return nil
}

func (a *admin) postUser(w http.ResponseWriter, r *http.Request) error {
	var u sts.User
	if err := read(r, &u); err != nil {
		return err
	}
	if u.Name == "" || u.AccessKey == "" || u.SecretKey == "" {
		return errors.New("a user needs a name, an access_key and a secret_key")
	}
	reply(w, http.StatusOK, map[string]string{"arn": a.Identity().AddUser(u)})
	return nil
}

func (a *admin) postRole(w http.ResponseWriter, r *http.Request) error {
	var given struct {
		sts.Role
		MaxSession string `json:"max_session"` // such as "2h"
	}
	if err := read(r, &given); err != nil {
		return err
	}
	if given.Name == "" || len(given.Trusts) == 0 && given.Issuer == "" {
		return errors.New("a role needs a name, and trusts or an issuer: else nobody can assume it")
	}
	if given.MaxSession != "" {
		d, err := time.ParseDuration(given.MaxSession)
		if err != nil || d < time.Hour || d > 12*time.Hour {
			return fmt.Errorf("max_session is %q, and can be from 1h to 12h", given.MaxSession)
		}
		given.Role.MaxSession = d
	}
	reply(w, http.StatusOK, map[string]string{"arn": a.Identity().AddRole(given.Role)})
	return nil
}

func (a *admin) postPropagation(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Frozen *bool           `json:"frozen"`
		Slow   map[int]float64 `json:"slow"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	for pop, factor := range in.Slow {
		if pop < 0 || pop >= a.propagation.POPs() || factor <= 0 {
			return fmt.Errorf("slow: POP %d times %g: the fleet has POPs 0 to %d, and a factor is above 0", pop, factor, a.propagation.POPs()-1)
		}
	}
	for pop, factor := range in.Slow {
		a.propagation.Slow(pop, factor)
	}
	if in.Frozen != nil {
		a.Freeze(*in.Frozen)
	}
	reply(w, http.StatusOK, map[string]bool{"frozen": a.propagation.Frozen()})
	return nil
}

func (a *admin) getAuthority(w http.ResponseWriter, _ *http.Request) error {
	pem, err := a.edge.AuthorityPEM()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-pem-file")
	_, _ = w.Write(pem) // the client may have gone
	return nil
}
